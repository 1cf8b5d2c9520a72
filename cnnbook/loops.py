"""Convolution as it is defined, in loops that read like the formula.

These functions are here to be read and to be tested against: the fast ones in
`cnnbook.convolution` must give the same answers. They are hundreds of times slower.
"""

from __future__ import annotations

import numpy as np

from cnnbook.arguments.checks import Array, Size, check_array, check_same_dtype
from cnnbook.arguments.convolution import (
    PaddingMode,
    check_convolution,
    check_convolution_backward,
)
from cnnbook.arguments.sizes import windows_that_fit
from cnnbook.padding import narrowed, widened


@np.errstate(all="ignore")  # infinities meet silently, as in torch
def correlate2d(image: Array, kernel: Array) -> Array:
    """Slide a kernel over an image: what networks call a convolution.

    y[i, j] = Σ_u Σ_v image[i + u, j + v] · kernel[u, v], wherever the kernel fits.

    Parameters
    ----------
    image : array of shape (H, W)
    kernel : array of shape (K_H, K_W)
        Not larger than the image, of the same dtype.

    Returns
    -------
    array of shape (H − K_H + 1, W − K_W + 1)

    Raises
    ------
    ValueError
        For other numbers of axes, an empty kernel or one that does not fit.
    TypeError
        For anything but arrays of one dtype: float32, float64 or int64.

    Examples
    --------
    >>> correlate2d(np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2))
    array([[19, 25],
           [37, 43]])
    """
    h_out, w_out = _check_matrices("correlate2d", image, kernel)
    k_h, k_w = kernel.shape
    y = np.empty((h_out, w_out), image.dtype)
    for i in range(h_out):
        for j in range(w_out):
            patch = image[i : i + k_h, j : j + k_w]
            y[i, j] = np.sum(patch * kernel)
    return y


@np.errstate(all="ignore")
def convolve2d(image: Array, kernel: Array) -> Array:
    """Convolve as mathematics and signal processing define it: with the kernel flipped.

    y[i, j] = Σ_u Σ_v image[i + u, j + v] · kernel[K_H − 1 − u, K_W − 1 − v]

    Parameters, result and errors are those of `correlate2d`.

    Parameters
    ----------
    image : array of shape (H, W)
    kernel : array of shape (K_H, K_W)

    Returns
    -------
    array of shape (H − K_H + 1, W − K_W + 1)

    Raises
    ------
    ValueError, TypeError
        As `correlate2d`.

    Examples
    --------
    >>> convolve2d(np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2))
    array([[ 5, 11],
           [23, 29]])
    """
    _check_matrices("convolve2d", image, kernel)
    return correlate2d(image, kernel[::-1, ::-1])


def _check_matrices(function: str, image: Array, kernel: Array) -> tuple[int, int]:
    """Refuse what cannot be slid over one another; return the output's size."""
    check_array(function, "image", image, (2,), layout="(H, W)")
    check_array(function, "kernel", kernel, (2,), layout="(K_H, K_W)")
    check_same_dtype(function, image=image, kernel=kernel)
    if 0 in kernel.shape:
        raise ValueError(f"{function}: kernel has shape {kernel.shape}; expected at least (1, 1)")
    height, width = (
        windows_that_fit(function, image.shape[i], kernel.shape[i], 1, 0, 1) for i in (0, 1)
    )
    return height, width


@np.errstate(all="ignore")
def conv2d_loops(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> Array:
    """Convolve by the definition; arguments and answer are those of `cnnbook.conv2d`.

    y[n, f, i, j] = bias[f] + Σ_c Σ_u Σ_v x_pad[n, c, s·i + d·u, s·j + d·v] · weight[f, c, u, v]

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
    weight : array of shape (C_out, C/groups, K_H, K_W)
    bias : array of shape (C_out,), optional
    stride, padding, dilation, groups, padding_mode
        As in `cnnbook.conv2d`.

    Returns
    -------
    array of shape (N, C_out, H_out, W_out) or (C_out, H_out, W_out)

    Raises
    ------
    ValueError, TypeError
        As `cnnbook.conv2d`.

    Examples
    --------
    >>> x = np.arange(9).reshape(1, 1, 3, 3)
    >>> conv2d_loops(x, np.arange(4).reshape(1, 1, 2, 2))
    array([[[[19, 25],
             [37, 43]]]])
    """
    a = check_convolution(
        "conv2d_loops", x, weight, bias, stride, padding, dilation, groups, padding_mode
    )
    x_pad = widened(x if x.ndim == 4 else x[None], a.sides, a.pad_mode)
    batch = len(x_pad)
    c_out, c_per_group, k_h, k_w = weight.shape
    h_out, w_out = a.out
    y = np.zeros((batch, c_out, h_out, w_out), x.dtype)
    for n in range(batch):
        for f in range(c_out):
            first = f // (c_out // groups) * c_per_group  # f's first channel
            for i in range(h_out):
                for j in range(w_out):
                    total = x.dtype.type(0) if bias is None else bias[f]
                    for c in range(c_per_group):
                        for u in range(k_h):
                            for v in range(k_w):
                                row = a.stride[0] * i + a.dilation[0] * u
                                column = a.stride[1] * j + a.dilation[1] * v
                                pixel = x_pad[n, first + c, row, column]
                                total = total + pixel * weight[f, c, u, v]
                    y[n, f, i, j] = total
    return y if x.ndim == 4 else y[0]


@np.errstate(all="ignore")
def conv2d_backward_loops(
    grad_output: Array,
    x: Array,
    weight: Array,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> tuple[Array, Array, Array]:
    """Run the chain rule through `conv2d_loops`, product by product.

    Every product x_pad · weight that was added to y[n, f, i, j] sends grad_output[n, f, i, j]
    back twice: times the weight to the pixel, times the pixel to the weight.

    Parameters
    ----------
    grad_output : array of the shape of the output
    x, weight, stride, padding, dilation, groups, padding_mode
        As in `cnnbook.conv2d`.

    Returns
    -------
    grad_input, grad_weight, grad_bias : arrays
        Of the shapes of `x`, `weight` and (C_out,).

    Raises
    ------
    ValueError, TypeError
        As `cnnbook.conv2d_backward`.

    Examples
    --------
    >>> x = np.arange(9).reshape(1, 1, 3, 3)
    >>> weight = np.arange(4).reshape(1, 1, 2, 2)
    >>> dx, dw, db = conv2d_backward_loops(np.ones((1, 1, 2, 2), int), x, weight)
    >>> dw
    array([[[[ 8, 12],
             [20, 24]]]])
    """
    a = check_convolution_backward(
        "conv2d_backward_loops",
        grad_output,
        x,
        weight,
        stride,
        padding,
        dilation,
        groups,
        padding_mode,
    )
    x_pad = widened(x if x.ndim == 4 else x[None], a.sides, a.pad_mode)
    dy = grad_output if x.ndim == 4 else grad_output[None]
    dx_pad, dw = np.zeros_like(x_pad), np.zeros_like(weight)
    c_out, c_per_group, k_h, k_w = weight.shape
    for n, f, i, j in np.ndindex(dy.shape):
        first = f // (c_out // groups) * c_per_group
        for c, u, v in np.ndindex(c_per_group, k_h, k_w):
            pixel = (
                n,
                first + c,
                a.stride[0] * i + a.dilation[0] * u,
                a.stride[1] * j + a.dilation[1] * v,
            )
            dx_pad[pixel] += dy[n, f, i, j] * weight[f, c, u, v]
            dw[f, c, u, v] += dy[n, f, i, j] * x_pad[pixel]
    dx = narrowed(dx_pad, a.sides, a.pad_mode)
    return dx.reshape(x.shape), dw, dy.sum(axis=(0, 2, 3))
