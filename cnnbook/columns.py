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

import numpy as np

from cnnbook._checks import Array
from cnnbook._convolution_arguments import Arguments
from cnnbook.shapes import Pair
from cnnbook.windows import narrowed, tap_slice, widened

BLOCK_BYTES = 1 << 20  # the copy of a block of images should stay in the cache
BLOCK_COLUMNS = 128  # narrower matrices leave the matrix product below its speed


def forward(x: Array, weight: Array, bias: Array | None, a: Arguments) -> Array:
    """Convolve images (N, C, H, W); a block of images and a few matrix products at a time."""
    groups, k_h, c_out = a.groups, a.kernel_size[0], len(weight)
    kernels = kernel_matrices(weight, groups)[:, None]  # (G, 1, C_out/G, K_H·C/G·K_W)
    y = np.empty((len(x), c_out, *a.out), x.dtype)
    for block in blocks(x, a):
        padded = widened(x[block], a.sides, a.pad_mode)
        target = y[block].reshape(len(padded), groups, c_out // groups, *a.out)
        target = target.transpose(1, 3, 2, 0, 4)  # (G, H_out, C_out/G, m, W_out)
        for in_rows, out_rows, stride in row_phases(a):
            low = unrolled(padded[:, :, in_rows], a)
            rows = row_windows(low, k_h, stride, len(target[0, out_rows]))
            product = (kernels @ rows).reshape(target[:, out_rows].shape)
            if bias is None:
                target[:, out_rows] = product
            else:
                np.add(product, bias.reshape(groups, 1, -1, 1, 1), out=target[:, out_rows])
    return y


def weight_gradient(grad_output: Array, x: Array, a: Arguments) -> Array:
    """Return the gradient of the weights: grad_output @ windowsᵀ, summed over all positions."""
    groups = a.groups
    c_out, c_per_group = grad_output.shape[1], x.shape[1] // groups
    k_h, k_w = a.kernel_size
    total = np.zeros((groups, c_out // groups, k_h * c_per_group * k_w), x.dtype)
    for block in blocks(x, a):
        padded = widened(x[block], a.sides, a.pad_mode)
        for in_rows, out_rows, stride in row_phases(a):
            low = unrolled(padded[:, :, in_rows], a)
            dy = gradient_matrices(grad_output[block][:, :, out_rows], groups)
            rows = row_windows(low, k_h, stride, dy.shape[1])
            total += (dy @ rows.swapaxes(2, 3)).sum(axis=1)
    by_row = total.reshape(c_out, k_h, c_per_group, k_w)
    return np.ascontiguousarray(by_row.transpose(0, 2, 1, 3))


def input_gradient(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> Array:
    """Return the gradient of images of `size`: the adjoint of `forward`, for any stride.

    The matrix product gives what each output sends to each tap of its window. Adding the taps
    up is two steps, as the copying was: K_H additions of rows, then K_W of columns.
    """
    groups = a.groups
    c_per_group, k_h, k_w = weight.shape[1:]
    kernels = kernel_matrices(weight, groups)[:, None].swapaxes(2, 3)
    padded_size = (size[0] + sum(a.sides[0]), size[1] + sum(a.sides[1]))
    dx = np.empty((len(grad_output), groups * c_per_group, *size), grad_output.dtype)
    for block in blocks(dx, a):
        m = len(dx[block])
        padded = np.zeros((m, groups, c_per_group, *padded_size), dx.dtype)
        for in_rows, out_rows, stride in row_phases(a):
            dy = gradient_matrices(grad_output[block][:, :, out_rows], groups)
            h_out, w_out = dy.shape[1], a.out[1]
            taps = (kernels @ dy).reshape(groups, h_out, k_h, c_per_group, k_w, m, w_out)
            image = padded[:, :, :, in_rows].transpose(1, 3, 2, 0, 4)  # (G, H, C/G, m, W)
            low = np.zeros((groups, image.shape[1], *taps.shape[3:]), dx.dtype)
            for u in range(k_h):
                low[:, tap_slice(u, h_out, stride, 1)] += taps[:, :, u]
            for v in range(k_w):
                columns = tap_slice(v, w_out, a.stride[1], a.dilation[1])
                image[..., columns] += low[:, :, :, v]
        dx[block] = narrowed(padded.reshape(m, -1, *padded_size), a.sides, a.pad_mode)
    return dx


def blocks(x: Array, a: Arguments) -> Iterator[slice]:
    """Cut the batch into blocks whose unrolled copy fits into the cache."""
    batch, channels, height, _ = x.shape
    copied = (height + sum(a.sides[0])) * channels * a.kernel_size[1] * a.out[1] * x.itemsize
    m = max(BLOCK_BYTES // max(copied, 1), -(-BLOCK_COLUMNS // a.out[1]), 1)
    for start in range(0, batch, m):
        yield slice(start, min(start + m, batch))


def row_phases(a: Arguments) -> Iterator[tuple[slice, slice, int]]:
    """Split a dilation of the rows into convolutions without: (input rows, output rows, stride).

    Output row i reads input rows s·i + d·u. All of them leave the same rest when divided by d,
    so every d-th row of the image is an image of its own, for every so-manieth output row.
    """
    stride, dilation = a.stride[0], a.dilation[0]
    common = gcd(stride, dilation)
    phases = dilation // common
    for i in range(min(phases, a.out[0])):
        yield slice(stride * i, None, dilation), slice(i, None, phases), stride // common


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


def row_windows(low: Array, k_h: int, stride: int, h_out: int) -> Array:
    """View `unrolled`'s copy as windows (G, H_out, K_H·C/G·K_W, m·W_out), without copying.

    K_H rows of the copy lie one after the other: together they are the window of an output row.
    """
    groups, height, c_per_group, k_w, m, w_out = low.shape
    line = m * w_out * low.itemsize
    row = c_per_group * k_w * line
    return np.lib.stride_tricks.as_strided(
        low,
        (groups, h_out, k_h * c_per_group * k_w, m * w_out),
        (height * row, stride * row, line, low.itemsize),
        writeable=False,
    )


def kernel_matrices(weight: Array, groups: int) -> Array:
    """Order weights as `row_windows` orders pixels: (G, C_out/G, K_H·C/G·K_W)."""
    rows_first = weight.transpose(0, 2, 1, 3)
    return rows_first.reshape(groups, len(weight) // groups, -1)


def gradient_matrices(grad_output: Array, groups: int) -> Array:
    """Order grad_output as the products of `forward`: (G, H_out, C_out/G, m·W_out)."""
    m, c_out, h_out, w_out = grad_output.shape
    by_group = grad_output.reshape(m, groups, c_out // groups, h_out, w_out)
    return by_group.transpose(1, 3, 2, 0, 4).reshape(groups, h_out, c_out // groups, m * w_out)
