"""Convolution as matrix products, with only the kernel's columns unrolled.

im2col copies every pixel K_H·K_W times. Here it is copied K_W times, once per column of the
kernel; the kernel's rows are an overlapping view of that copy, because the rows of one window
lie one after the other in it (Cho and Brand, "MEC: memory-efficient convolution for deep
neural networks", ICML 2017). A third of the memory for a 3×3 kernel, and more than that in
time: what is written and read again by im2col stays in the cache here.

The three functions of a convolution are here: `forward`, `weight_gradient` and
`input_gradient`. They know no words and make no checks; `cnnbook.convolution` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import NamedTuple

import numpy as np

from cnnbook._checks import Array
from cnnbook._convolution_arguments import Arguments
from cnnbook.shapes import Pair
from cnnbook.windows import narrowed, tap_slice, widened

BLOCK_BYTES = 1 << 20  # the copy that one batch of matrix products reads should stay in the cache
BLOCK_COLUMNS = 128  # narrower matrices leave the matrix product below its speed


class Band(NamedTuple):
    """Some output rows, and the input rows that they read."""

    in_rows: slice
    out_rows: slice
    stride: int
    height: int  # output rows


def forward(x: Array, weight: Array, bias: Array | None, a: Arguments) -> Array:
    """Convolve images (N, C, H, W): a few images and rows at a time, one product per row."""
    groups, c_out = a.groups, len(weight)
    kernels = kernel_matrices(weight, groups)[:, None]  # (G, 1, C_out/G, K_H·C/G·K_W)
    y = np.empty((len(x), c_out, *a.out), x.dtype)
    for images in blocks(len(x), a):
        padded = widened(x[images], a.sides, a.pad_mode)
        target = y[images].reshape(-1, groups, c_out // groups, *a.out)
        target = target.transpose(1, 3, 2, 0, 4)  # (G, H_out, C_out/G, m, W_out)
        for band in bands(padded, c_out, a):
            out = target[:, band.out_rows]
            product = (kernels @ row_windows(padded, band, a)).reshape(out.shape)
            if bias is None:
                out[...] = product
            else:
                np.add(product, bias.reshape(groups, 1, -1, 1, 1), out=out)
    return y


def weight_gradient(grad_output: Array, x: Array, a: Arguments) -> Array:
    """Return the gradient of the weights: grad_output @ windowsᵀ, summed over all positions."""
    groups, (k_h, k_w) = a.groups, a.kernel_size
    c_out, c_per_group = grad_output.shape[1], x.shape[1] // groups
    total = np.zeros((groups, c_out // groups, k_h * c_per_group * k_w), x.dtype)
    for images in blocks(len(x), a):
        padded = widened(x[images], a.sides, a.pad_mode)
        for band in bands(padded, c_out, a):
            dy = gradient_matrices(grad_output[images][:, :, band.out_rows], groups)
            total += (dy @ row_windows(padded, band, a).swapaxes(2, 3)).sum(axis=1)
    by_row = total.reshape(c_out, k_h, c_per_group, k_w)
    return np.ascontiguousarray(by_row.transpose(0, 2, 1, 3))


def input_gradient(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> Array:
    """Return the gradient of images of `size`: the adjoint of `forward`, for any stride.

    The matrix product gives what each output sends to each tap of its window. Adding the taps
    up is two steps, as the copying was: K_H additions of rows, then K_W of columns.
    """
    groups, (k_h, k_w) = a.groups, a.kernel_size
    c_out, c_per_group = weight.shape[:2]
    kernels = kernel_matrices(weight, groups)[:, None].swapaxes(2, 3)
    padded_size = (size[0] + sum(a.sides[0]), size[1] + sum(a.sides[1]))
    dx = np.empty((len(grad_output), groups * c_per_group, *size), grad_output.dtype)
    for images in blocks(len(dx), a):
        m = len(dx[images])
        padded = np.zeros((m, groups * c_per_group, *padded_size), dx.dtype)
        by_group = padded.reshape(m, groups, c_per_group, *padded_size)
        for band in bands(padded, c_out, a):
            dy = gradient_matrices(grad_output[images][:, :, band.out_rows], groups)
            taps = (kernels @ dy).reshape(groups, band.height, k_h, c_per_group, k_w, m, a.out[1])
            image = by_group[:, :, :, band.in_rows].transpose(1, 3, 2, 0, 4)  # (G, H, C/G, m, W)
            low = np.zeros((groups, image.shape[1], *taps.shape[3:]), dx.dtype)
            for u in range(k_h):
                low[:, tap_slice(u, band.height, band.stride, 1)] += taps[:, :, u]
            for v in range(k_w):
                image[..., tap_slice(v, a.out[1], a.stride[1], a.dilation[1])] += low[:, :, :, v]
        dx[images] = narrowed(padded, a.sides, a.pad_mode)
    return dx


def blocks(batch: int, a: Arguments) -> Iterator[slice]:
    """Cut the batch into blocks of images that are wide enough side by side."""
    m = -(-BLOCK_COLUMNS // a.out[1])
    for start in range(0, batch, m):
        yield slice(start, min(start + m, batch))


def bands(padded: Array, c_out: int, a: Arguments) -> Iterator[Band]:
    """Cut the output's rows into bands whose unrolled copy fits into the cache.

    A dilation of the rows is resolved here too. Output row i reads input rows s·i + d·u, which
    leave the same rest when divided by d: so every d-th row of the image is an image of its
    own, undilated, for every so-manieth output row.
    """
    stride, dilation, k_h = a.stride[0], a.dilation[0], a.kernel_size[0]
    phases = dilation // gcd(stride, dilation)
    step = stride // gcd(stride, dilation)
    copied = padded.shape[1] * a.kernel_size[1] * step
    row_bytes = len(padded) * a.out[1] * (copied + c_out) * padded.itemsize
    most = max(BLOCK_BYTES // max(row_bytes, 1), k_h)
    for i in range(min(phases, a.out[0])):
        rows = range(i, a.out[0], phases)
        for start in range(0, len(rows), most):
            band = rows[start : start + most]
            read = range(band[0] * stride, band[-1] * stride + dilation * (k_h - 1) + 1, dilation)
            yield Band(
                slice(read.start, read.stop, dilation),
                slice(band.start, band.stop, phases),
                step,
                len(band),
            )


def row_windows(padded: Array, band: Band, a: Arguments) -> Array:
    """Return a band's windows as matrices (G, H_out, K_H·C/G·K_W, m·W_out).

    Copied are K_W shifted views of the images, side by side. K_H rows of this copy lie one
    after the other: together they are the windows of one output row, so that the windows of
    all rows are a view of it.
    """
    low = unrolled(padded[:, :, band.in_rows], a)
    groups, height, c_per_group, k_w, m, w_out = low.shape
    line = m * w_out * low.itemsize
    row = c_per_group * k_w * line
    return np.lib.stride_tricks.as_strided(
        low,
        (groups, band.height, a.kernel_size[0] * c_per_group * k_w, m * w_out),
        (height * row, band.stride * row, line, low.itemsize),
        writeable=False,
    )


def unrolled(padded: Array, a: Arguments) -> Array:
    """Copy K_W shifted views of the images side by side: (G, H, C/G, K_W, m, W_out)."""
    m, channels, height, _ = padded.shape
    c_per_group = channels // a.groups
    image, channel, row, pixel = padded.strides
    view = np.lib.stride_tricks.as_strided(
        padded,
        (a.groups, height, c_per_group, a.kernel_size[1], m, a.out[1]),
        (c_per_group * channel, row, channel, pixel * a.dilation[1], image, pixel * a.stride[1]),
        writeable=False,
    )
    return np.ascontiguousarray(view)


def kernel_matrices(weight: Array, groups: int) -> Array:
    """Order weights as `row_windows` orders pixels: (G, C_out/G, K_H·C/G·K_W)."""
    rows_first = weight.transpose(0, 2, 1, 3)
    return rows_first.reshape(groups, len(weight) // groups, -1)


def gradient_matrices(grad_output: Array, groups: int) -> Array:
    """Order grad_output as the products of `forward`: (G, H_out, C_out/G, m·W_out)."""
    m, c_out, h_out, w_out = grad_output.shape
    by_group = grad_output.reshape(m, groups, c_out // groups, h_out, w_out)
    return by_group.transpose(1, 3, 2, 0, 4).reshape(groups, h_out, c_out // groups, m * w_out)
