"""Mean and sum pooling, and their gradients.

A sum over a window is a sum over its rows, then over its columns. The only subtle part of the
mean is what it divides by where a window reaches into the padding or past it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cnnbook._checks import Array, Size, check_array, check_grad_output, integer
from cnnbook._pooling_arguments import (
    LAYOUT,
    Pooling,
    check_flag,
    check_pooling,
    plane_blocks,
    reaches,
)


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
        return np.sign(sums) * np.sign(divisor) * (np.abs(sums) // np.abs(divisor))
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
    """Add up every window, over its rows first."""
    planes = x.reshape(-1, *p.size)
    y = np.zeros((len(planes), *p.out), x.dtype)
    for block in plane_blocks(planes):
        over_rows = np.zeros((len(y[block]), p.out[0], p.size[1]), x.dtype)
        for outputs, pixels in reaches(p, 0):
            over_rows[:, outputs] += planes[block][:, pixels]
        for outputs, pixels in reaches(p, 1):
            y[block][:, :, outputs] += over_rows[:, :, pixels]
    return y.reshape(*x.shape[:-2], *p.out)


def _spread(grad_output: Array, x: Array, p: Pooling) -> Array:
    """Add each output's gradient onto all pixels of its window: the adjoint of `_sums`."""
    dy = grad_output.reshape(-1, *p.out)
    dx = np.zeros((len(dy), *p.size), x.dtype)
    for block in plane_blocks(dx):
        over_rows = np.zeros((len(dx[block]), p.out[0], p.size[1]), x.dtype)
        for outputs, pixels in reaches(p, 1):
            over_rows[:, :, pixels] += dy[block][:, :, outputs]
        for outputs, pixels in reaches(p, 0):
            dx[block][:, pixels] += over_rows[:, outputs]
    return dx.reshape(x.shape)


def _divisors(
    function: str, p: Pooling, count_include_pad: bool, divisor_override: int | None
) -> npt.NDArray[np.int64]:
    """Return what each window's sum is divided by: (H_out, W_out), or one number.

    Past the padding, where `ceil_mode` lets the last window reach, nothing ever counts.
    """
    check_flag(function, "count_include_pad", count_include_pad)
    if divisor_override is not None:
        divisor = integer(function, "divisor_override", divisor_override, -(2**62))
        if divisor == 0:
            raise ValueError(f"{function}: divisor_override is 0; expected another integer")
        return np.array(divisor)
    counts = []
    for axis in (0, 1):
        start = np.arange(p.out[axis]) * p.stride[axis] - p.padding[axis]
        margin = p.padding[axis] if count_include_pad else 0
        end = np.minimum(start + p.kernel_size[axis], p.size[axis] + margin)
        counts.append(end - np.maximum(start, -margin))
    return np.multiply.outer(counts[0], counts[1])
