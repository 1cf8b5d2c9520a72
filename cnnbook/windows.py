"""Sliding windows and their adjoint.

A convolution looks at an image through windows. `sliding_windows` shows every window without
copying, `im2col` copies each into a column of a matrix. What goes forward through such a
rearrangement comes back through its adjoint (`col2im`): a pixel that was read several times
receives the sum. Padding, which comes before, is in `cnnbook.padding`.
"""

from __future__ import annotations

import numpy as np

from cnnbook.arguments.checks import Array, Size, check_array, pair
from cnnbook.arguments.sizes import Pair, windows_of, windows_that_fit
from cnnbook.padding import narrowed, widened

__all__ = ["col2im", "im2col", "sliding_windows"]

LAYOUT = "(N, C, H, W) or (C, H, W)"


def sliding_windows(x: Array, kernel_size: Size, stride: Size = 1, dilation: Size = 1) -> Array:
    """Show every window of the last two axes: a read-only view, nothing is copied.

    Parameters
    ----------
    x : array of shape (..., H, W)
        Already padded, if it is to be.
    kernel_size, stride, dilation : int or (height, width)

    Returns
    -------
    array of shape (..., H_out, W_out, K_H, K_W)
        ``view[..., i, j, :, :]`` is the window of output (i, j).

    Raises
    ------
    ValueError
        If the window does not fit, or a number is below 1.
    TypeError
        For anything but an array and integers.

    Examples
    --------
    >>> view = sliding_windows(np.arange(9).reshape(3, 3), 2)
    >>> view.shape
    (2, 2, 2, 2)
    >>> view[1, 0]
    array([[3, 4],
           [6, 7]])
    """
    name = "sliding_windows"
    check_array(name, "x", x, (2, 3, 4), layout="(..., H, W)")
    k = pair(name, "kernel_size", kernel_size, 1)
    s = pair(name, "stride", stride, 1)
    d = pair(name, "dilation", dilation, 1)
    out = tuple(windows_that_fit(name, x.shape[i - 2], k[i], s[i], 0, d[i]) for i in (0, 1))
    return window_view(x, k, s, d, (out[0], out[1]))


def im2col(
    x: Array,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
) -> Array:
    """Copy every window into a column, so that a convolution becomes a matrix product.

    Each pixel is copied once per window that reads it: the matrix holds up to K_H·K_W times
    the numbers of `x`. It is what `torch.nn.functional.unfold` returns (whose arguments
    stand in another order).

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
    kernel_size, stride, padding, dilation
        As in `cnnbook.conv2d`.

    Returns
    -------
    array of shape (N, C·K_H·K_W, H_out·W_out), without N for an unbatched `x`
        Rows in the order of ``weight.reshape(C_out, -1)``, columns row by row of the output.

    Raises
    ------
    ValueError, TypeError
        As `cnnbook.conv2d`.

    Examples
    --------
    >>> im2col(np.arange(9).reshape(1, 3, 3), 2)
    array([[0, 1, 3, 4],
           [1, 2, 4, 5],
           [3, 4, 6, 7],
           [4, 5, 7, 8]])
    """
    check_array("im2col", "x", x, (4, 3), layout=LAYOUT)
    if 0 in x.shape[-2:]:
        raise ValueError(f"im2col: x has shape {x.shape}; expected at least one pixel")
    _, k, s, d, sides, out = windows_of(
        "im2col", x.shape[-2:], kernel_size, stride, padding, dilation
    )
    view = window_view(widened(x, sides), k, s, d, out)  # (..., C, H_out, W_out, K_H, K_W)
    taps_first = np.moveaxis(view, (-2, -1), (-4, -3))
    columns = taps_first.reshape(*x.shape[:-3], x.shape[-3] * k[0] * k[1], out[0] * out[1])
    # Where a view will do, as for windows of one pixel, reshape makes no copy: it is read-only.
    return columns if columns.flags.writeable else columns.copy()


@np.errstate(all="ignore")  # infinities of both signs meet silently, as in torch
def col2im(
    columns: Array,
    size: Pair,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
) -> Array:
    """Add every column back onto the pixels it was copied from: the adjoint of `im2col`.

    Not its inverse: a pixel that k windows read receives the sum of k numbers. It is what
    `torch.nn.functional.fold` returns.

    Parameters
    ----------
    columns : array of shape (N, C·K_H·K_W, H_out·W_out) or without N
    size : int or (height, width)
        Of the image to return.
    kernel_size, stride, padding, dilation
        As in `im2col`.

    Returns
    -------
    array of shape (N, C, H, W) or (C, H, W)

    Raises
    ------
    ValueError
        If `columns` is not of the shape `im2col` gives for an image of that size.
    TypeError
        For anything but an array and integers.

    Examples
    --------
    How often each pixel of a 3×3 image is read by a 2×2 kernel:

    >>> col2im(im2col(np.ones((1, 3, 3)), 2), (3, 3), 2)
    array([[[1., 2., 1.],
            [2., 4., 2.],
            [1., 2., 1.]]])
    """
    name = "col2im"
    check_array(name, "columns", columns, (3, 2), layout="(N, C·K_H·K_W, H_out·W_out)")
    n, k, s, d, sides, out = windows_of(name, size, kernel_size, stride, padding, dilation)
    *lead, rows, positions = columns.shape
    if rows % (k[0] * k[1]) or positions != out[0] * out[1]:
        raise ValueError(
            f"{name}: columns has shape {columns.shape}; expected a multiple of {k[0] * k[1]} "
            f"rows and {out[0]}·{out[1]} columns for size {n}"
        )
    image = np.zeros((*lead, rows // (k[0] * k[1]), *n), columns.dtype)
    taps = columns.reshape(*image.shape[:-2], *k, *out)
    return np.ascontiguousarray(narrowed(add_windows(widened(image, sides), taps, s, d), sides))


# What the operations of the package share. ------------------------------------------------


def window_view(x: Array, kernel_size: Pair, stride: Pair, dilation: Pair, out: Pair) -> Array:
    """View (..., H, W) as (..., H_out, W_out, K_H, K_W) without checks."""
    row, pixel = x.strides[-2:]
    return np.lib.stride_tricks.as_strided(
        x,
        shape=(*x.shape[:-2], *out, *kernel_size),
        strides=(
            *x.strides[:-2],
            *(row * stride[0], pixel * stride[1]),  # from one window to the next
            *(row * dilation[0], pixel * dilation[1]),  # from one tap to the next
        ),
        writeable=False,
    )


def add_windows(image: Array, taps: Array, stride: Pair, dilation: Pair) -> Array:
    """Add taps (..., K_H, K_W, H_out, W_out) onto `image`, in place.

    First the kernel's rows, then its columns: K_H + K_W additions of slices, not K_H·K_W.
    """
    k_h, k_w, h_out, w_out = taps.shape[-4:]
    low = np.zeros((*image.shape[:-2], k_w, image.shape[-2], w_out), image.dtype)
    for u in range(k_h):
        low[..., tap_slice(u, h_out, stride[0], dilation[0]), :] += taps[..., u, :, :, :]
    for v in range(k_w):
        image[..., tap_slice(v, w_out, stride[1], dilation[1])] += low[..., v, :, :]
    return image


def tap_slice(tap: int, out: int, stride: int, dilation: int) -> slice:
    """Return the pixels that one tap of the kernel reads along an axis, one per output."""
    start = tap * dilation
    return slice(start, start + (out - 1) * stride + 1, stride)
