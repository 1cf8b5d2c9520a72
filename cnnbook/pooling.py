"""Pooling: the maximum, the mean or the sum of every window, and their gradients.

What an operation takes and gives stands here; how it is made fast, in `cnnbook.engine`: in
``max_planes`` and ``mean_planes``.
"""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from cnnbook.arguments.checks import (
    Array,
    Size,
    check_array,
    check_flag,
    check_grad_output,
    integer,
)
from cnnbook.arguments.pooling import LAYOUT, Pooling, check_pooling
from cnnbook.engine import max_planes, mean_planes


@overload
def max_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Array: ...
@overload
def max_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Array, npt.NDArray[np.int64]]: ...
def max_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Array | tuple[Array, npt.NDArray[np.int64]]:
    """Keep the largest pixel of every window, as `torch.nn.functional.max_pool2d` does.

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
        float32, float64 or int64. A NaN wins against every number.
    kernel_size : int or (height, width)
    stride : int or (height, width), optional
        The kernel's size if it is not given: windows side by side.
    padding : int or (height, width)
        Pixels of −∞ on each side (the smallest integer for int64); at most half the kernel.
    dilation : int or (height, width)
    ceil_mode : bool
        Whether an incomplete last window counts.
    return_indices : bool
        Whether to return the winners' places too.

    Returns
    -------
    y : array of shape (N, C, H_out, W_out), without N for an unbatched `x`
    indices : int64 array of the shape of `y`, if `return_indices`
        Each winner's place in its flattened (H·W) plane: the first maximum in row-major order,
        or the last NaN. A window that lies in the padding altogether, which a dilation makes
        possible, gives −∞ and the index −1.

    Raises
    ------
    ValueError
        If the window does not fit, the padding exceeds half the kernel, or a number is too small.
    TypeError
        For anything but an array of those dtypes, integers and flags.

    Examples
    --------
    >>> x = np.array([[[1, 3, 5, 3], [6, 2, 0, 8], [4, 6, 1, 4], [2, 8, 0, 3]]])
    >>> y, indices = max_pool2d(x, 2, return_indices=True)
    >>> y
    array([[[6, 8],
            [8, 4]]])
    >>> indices
    array([[[ 4,  7],
            [13, 11]]])
    """
    p = check_pooling("max_pool2d", x, kernel_size, stride, padding, dilation, ceil_mode)
    check_flag("max_pool2d", "return_indices", return_indices)
    planes = x.reshape(-1, *p.size)
    shape = (*x.shape[:-2], *p.out)
    y = max_planes.forward(planes, p).reshape(shape)
    return (y, max_planes.indices(planes, p).reshape(shape)) if return_indices else y


@np.errstate(all="ignore")  # infinities of both signs meet silently, as in torch
def max_pool2d_backward(
    grad_output: Array,
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return the gradient of `max_pool2d`: all of it goes to each window's winner.

    Where windows overlap, a pixel that wins several receives the sum.

    Parameters
    ----------
    grad_output : array of the shape of the output
    x, kernel_size, stride, padding, dilation, ceil_mode
        As given to `max_pool2d`.

    Returns
    -------
    array of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        As `max_pool2d`, and if `grad_output` has another shape or dtype than its output.

    Examples
    --------
    >>> x = np.array([[[1, 3, 5, 3], [6, 2, 0, 8]]])
    >>> max_pool2d_backward(np.array([[[10, 20]]]), x, 2)
    array([[[ 0,  0,  0,  0],
            [10,  0,  0, 20]]])
    """
    name = "max_pool2d_backward"
    p = check_pooling(name, x, kernel_size, stride, padding, dilation, ceil_mode)
    check_grad_output(name, grad_output, (*x.shape[:-2], *p.out), x=x)
    dy = grad_output.reshape(-1, *p.out)
    return max_planes.input_gradient(dy, x.reshape(-1, *p.size), p).reshape(x.shape)


@np.errstate(all="ignore")
def avg_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Take the mean of every window, as `torch.nn.functional.avg_pool2d` does.

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
        For int64 the quotient is cut off towards zero, as in PyTorch.
    kernel_size : int or (height, width)
    stride : int or (height, width), optional
        The kernel's size if it is not given.
    padding : int or (height, width)
        Zeros on each side; at most half the kernel.
    ceil_mode : bool
        Whether an incomplete last window counts. It divides by the pixels it holds.
    count_include_pad : bool
        Whether padding counts as pixels in the divisor.
    divisor_override : int, optional
        Divide by this number instead.

    Returns
    -------
    array of shape (N, C, H_out, W_out), without N for an unbatched `x`

    Raises
    ------
    ValueError
        If the window does not fit, the padding exceeds half the kernel, the divisor is 0, or a
        number is too small.
    TypeError
        For anything but an array of an allowed dtype, integers and flags.

    Examples
    --------
    >>> x = np.array([[[1.0, 3, 5, 3], [6, 2, 0, 8], [4, 6, 1, 4], [2, 8, 0, 3]]])
    >>> avg_pool2d(x, 2)
    array([[[3., 4.],
            [5., 2.]]])
    """
    p = check_pooling("avg_pool2d", x, kernel_size, stride, padding, 1, ceil_mode)
    divisor = _divisors("avg_pool2d", p, count_include_pad, divisor_override)
    sums = _sums(x, p)
    if x.dtype == np.int64:
        return (sums - np.fmod(sums, divisor)) // divisor  # −2⁶³ has no absolute value
    sums /= divisor.astype(x.dtype)
    return sums


@np.errstate(all="ignore")
def avg_pool2d_backward(
    grad_output: Array,
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Return the gradient of `avg_pool2d`: each pixel of a window gets an equal share.

    Parameters
    ----------
    grad_output : array of the shape of the output
    x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        As given to `avg_pool2d`; float32 or float64, since shares are fractions.

    Returns
    -------
    array of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        As `avg_pool2d`, and if `grad_output` has another shape or dtype than its output.

    Examples
    --------
    >>> avg_pool2d_backward(np.array([[[4.0, 8.0]]]), np.zeros((1, 2, 4)), 2)
    array([[[1., 1., 2., 2.],
            [1., 1., 2., 2.]]])
    """
    name = "avg_pool2d_backward"
    p = check_pooling(name, x, kernel_size, stride, padding, 1, ceil_mode, floating=True)
    divisor = _divisors(name, p, count_include_pad, divisor_override)
    check_grad_output(name, grad_output, (*x.shape[:-2], *p.out), x=x)
    return _spread(grad_output / divisor.astype(x.dtype), x, p)


@np.errstate(all="ignore")
def sum_pool2d(x: Array, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> Array:
    """Add up every window. PyTorch has no such function; it is the mean times the window's size.

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
    kernel_size : int or (height, width)
    stride : int or (height, width), optional
        The kernel's size if it is not given.
    padding : int or (height, width)
        Zeros on each side; at most half the kernel.

    Returns
    -------
    array of shape (N, C, H_out, W_out), without N for an unbatched `x`

    Raises
    ------
    ValueError, TypeError
        As `avg_pool2d`.

    Examples
    --------
    >>> sum_pool2d(np.array([[[1, 3, 5, 3], [6, 2, 0, 8]]]), 2)
    array([[[12, 16]]])
    """
    return _sums(x, check_pooling("sum_pool2d", x, kernel_size, stride, padding))


@np.errstate(all="ignore")
def sum_pool2d_backward(
    grad_output: Array,
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
) -> Array:
    """Return the gradient of `sum_pool2d`: every pixel of a window gets all of it.

    Parameters
    ----------
    grad_output : array of the shape of the output
    x, kernel_size, stride, padding
        As given to `sum_pool2d`.

    Returns
    -------
    array of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        As `sum_pool2d`, and if `grad_output` has another shape or dtype than its output.

    Examples
    --------
    Windows of two that move by one overlap:

    >>> sum_pool2d_backward(np.array([[[1, 2]]]), np.zeros((1, 1, 3), int), (1, 2), stride=1)
    array([[[1, 3, 2]]])
    """
    p = check_pooling("sum_pool2d_backward", x, kernel_size, stride, padding)
    check_grad_output("sum_pool2d_backward", grad_output, (*x.shape[:-2], *p.out), x=x)
    return _spread(grad_output, x, p)


@np.errstate(all="ignore")
def global_avg_pool2d(x: Array) -> Array:
    """Take the mean of every channel: one number per feature map, whatever its size.

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
        float32 or float64.

    Returns
    -------
    array of shape (N, C) or (C,)
        What ``torch.nn.functional.adaptive_avg_pool2d(x, 1)`` gives, flattened.

    Raises
    ------
    ValueError, TypeError
        For anything but such an array, or one without pixels.

    Examples
    --------
    >>> global_avg_pool2d(np.arange(8.0).reshape(1, 2, 2, 2))
    array([[1.5, 5.5]])
    """
    _check_global("global_avg_pool2d", x)
    means: Array = x.mean(axis=(-2, -1))
    return means


def global_avg_pool2d_backward(grad_output: Array, x: Array) -> Array:
    """Return the gradient of `global_avg_pool2d`: an equal share for every pixel.

    Parameters
    ----------
    grad_output : array of shape (N, C) or (C,)
    x : array of shape (N, C, H, W) or (C, H, W)
        The input of `global_avg_pool2d`; only its shape is used.

    Returns
    -------
    array of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        As `global_avg_pool2d`, and if `grad_output` has another shape or dtype than its output.

    Examples
    --------
    >>> global_avg_pool2d_backward(np.array([[4.0]]), np.zeros((1, 1, 2, 2)))
    array([[[[1., 1.],
             [1., 1.]]]])
    """
    name = "global_avg_pool2d_backward"
    _check_global(name, x)
    check_grad_output(name, grad_output, x.shape[:-2], x=x)
    share = grad_output / x.dtype.type(x.shape[-2] * x.shape[-1])
    return np.broadcast_to(share[..., None, None], x.shape).copy()


def _check_global(function: str, x: Array) -> None:
    check_array(function, "x", x, (4, 3), floating=True, layout=LAYOUT)
    if 0 in x.shape[-2:]:
        raise ValueError(f"{function}: x has shape {x.shape}; expected at least one pixel")


def _sums(x: Array, p: Pooling) -> Array:
    return mean_planes.sums(x.reshape(-1, *p.size), p).reshape(*x.shape[:-2], *p.out)


def _spread(grad_output: Array, x: Array, p: Pooling) -> Array:
    return mean_planes.spread(grad_output.reshape(-1, *p.out), p).reshape(x.shape)


def _divisors(
    function: str, p: Pooling, count_include_pad: bool, divisor_override: int | None
) -> npt.NDArray[np.int64]:
    """Return what each window's sum is divided by: (H_out, W_out), or one number."""
    check_flag(function, "count_include_pad", count_include_pad)
    if divisor_override is not None:
        limits = np.iinfo(np.int64)
        divisor = integer(function, "divisor_override", divisor_override, limits.min)
        if divisor == 0 or divisor > limits.max:
            raise ValueError(
                f"{function}: divisor_override is {divisor}; expected another integer than 0 "
                "of at most 64 bits"
            )
        return np.array(divisor)
    return mean_planes.pixels_counted(p, count_include_pad)
