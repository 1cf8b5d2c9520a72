"""Convolution as matrix products, with only the kernel's columns unrolled.

im2col copies every pixel K_H·K_W times. Here it is copied K_W times, once per column of the
kernel; the kernel's rows are an overlapping view of that copy, because the rows of one window
lie one after the other in it (Cho and Brand, "MEC: memory-efficient convolution for deep
neural networks", ICML 2017). A third of the memory for a 3×3 kernel, and more than that in
time: what is written and read again by im2col stays in the cache here.

A matrix has a column for every pixel of one output row of m images. In the shapes below L is
the pair of axes that makes its columns: (m, W_out) where maps are wide, (W_out, m) where they
are narrow (`images_last`), so that what is copied and added lies side by side in long pieces.

The three functions of a convolution are here: `forward`, `weight_gradient` and
`input_gradient`. They know no words and make no checks; `cnnbook.convolution` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd, prod
from typing import NamedTuple

import numpy as np

from cnnbook.arguments.checks import Array
from cnnbook.arguments.convolution import Arguments
from cnnbook.arguments.sizes import Pair
from cnnbook.padding import narrowed, widened
from cnnbook.windows import tap_slice

BLOCK_BYTES = 3 << 19  # what a block copies: it is read again and should stay in the cache
TAPS_BYTES = 1 << 24  # what the taps of some channels take that are added up at a time
BLOCK_COLUMNS = 100  # narrower matrices leave the matrix product below its speed
GROUP_COLUMNS = 400  # likewise for groups, where they are lower: a depthwise 3×3 in .92 of the time
NARROW = 16  # a map of fewer columns has its images side by side, not its pixels
LONG = 512  # images of so many columns are too large to be copied whole


class Band(NamedTuple):
    """Some output rows, and the input rows that they read."""

    in_rows: slice
    out_rows: slice
    stride: int
    height: int  # output rows


def forward(x: Array, weight: Array, bias: Array | None, a: Arguments) -> Array:
    """Convolve images (N, C, H, W), a block at a time."""
    c_out, c_per_group = len(weight), weight.shape[1]
    kernels = kernel_matrices(weight, a.groups)[:, None]  # (G, 1, C_out/G, K_H·C/G·K_W)
    offsets = None if bias is None else bias.reshape(a.groups, 1, -1, 1)
    y = np.empty((len(x), c_out, *a.out), x.dtype)
    for images, groups in blocks(x, c_out, a):
        part = x[images, channels(groups, c_per_group)]
        target = by_row(y[images, channels(groups, c_out // a.groups)], groups, a)
        offset = None if offsets is None else offsets[groups]
        _forward_block(part, kernels[groups], offset, target, a)
    return y


def _forward_block(x: Array, kernels: Array, offset: Array | None, y: Array, a: Arguments) -> None:
    """Fill y (G, H_out, C_out/G, L): one matrix product per output row."""
    if whole_lines(y, a):
        whole = Band(slice(None), slice(None), a.stride[0], a.out[0])
        _fill(y, kernels @ row_windows(shifted_lines(x, len(y), a), whole, a), offset)
        return
    padded = padded_rows(x, len(y), a)
    for band in bands(padded, y, a):
        windows = row_windows(unrolled(padded[:, band.in_rows], a), band, a)
        _fill(y[:, band.out_rows], kernels @ windows, offset)
        del windows  # before the next is made


def _fill(out: Array, product: Array, offset: Array | None) -> None:
    """Put a product in its place, (G, H_out, C_out/G, L), with the bias."""
    if offset is not None:
        product += offset  # before, while a row is long: in `out` it takes four times as long
    out[...] = product.reshape(*out.shape[:-1], -1)[..., : out.shape[-1]]


def weight_gradient(grad_output: Array, x: Array, a: Arguments) -> Array:
    """Return the gradient of the weights: grad_output @ windowsᵀ, summed over all positions."""
    (k_h, k_w), c_out = a.kernel_size, grad_output.shape[1]
    c_per_group = x.shape[1] // a.groups
    total = np.zeros((a.groups, c_out // a.groups, k_h * c_per_group * k_w), x.dtype)
    for images, groups in blocks(x, c_out, a):
        part = x[images, channels(groups, c_per_group)]
        dy = by_row(grad_output[images, channels(groups, c_out // a.groups)], groups, a)
        _add_weight_gradient(dy, part, total[groups], a)
    rows_first = total.reshape(c_out, k_h, c_per_group, k_w)
    return np.ascontiguousarray(rows_first.transpose(0, 2, 1, 3))


def _add_weight_gradient(dy: Array, x: Array, total: Array, a: Arguments) -> None:
    """Add a block's part to `total`, (G, C_out/G, K_H·C/G·K_W)."""
    padded = padded_rows(x, len(dy), a)
    for band in bands(padded, dy, a):
        windows = row_windows(unrolled(padded[:, band.in_rows], a), band, a)
        rows = as_matrices(dy[:, band.out_rows])
        step = max(BLOCK_BYTES // max(total.nbytes, 1), 1)  # a row's product is as large as total
        for i in range(0, band.height, step):
            some = slice(i, i + step)
            total += (rows[:, some] @ windows[:, some].swapaxes(2, 3)).sum(axis=1)


def input_gradient(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> Array:
    """Return the gradient of images of `size`: the adjoint of `forward`, for any stride."""
    c_out, c_per_group = weight.shape[:2]
    kernels = kernel_matrices(weight, a.groups)[:, None].swapaxes(2, 3)
    dx = np.empty((len(grad_output), a.groups * c_per_group, *size), grad_output.dtype)
    for images, groups in blocks(dx, c_out, a):
        part = dx[images, channels(groups, c_per_group)]
        dy = by_row(grad_output[images, channels(groups, c_out // a.groups)], groups, a)
        _input_gradient_block(dy, kernels[groups], part, a)
    return dx


def _input_gradient_block(dy: Array, kernels: Array, dx: Array, a: Arguments) -> None:
    """Fill dx (m, C, H, W) from dy (G, H_out, C_out/G, L).

    The matrix product gives what each output sends to each tap of its window. Adding the taps
    up is two steps, as the copying was: K_H additions of rows, then K_W of columns.
    """
    (k_h, k_w), (m, c, height, width) = a.kernel_size, dx.shape
    padded = np.empty((m, c, height + sum(a.sides[0]), width + sum(a.sides[1])), dx.dtype)
    rows = by_row(padded, slice(0, len(dy)), a)
    image = np.zeros(rows.shape, dx.dtype)
    by_channel = kernels.reshape(len(dy), 1, k_h, -1, k_w, kernels.shape[-1])
    for band in bands(image, dy, a):
        matrices = as_matrices(dy[:, band.out_rows])
        row_bytes = k_h * k_w * matrices.shape[-1] * matrices.shape[-3] * len(dy) * dx.itemsize
        step = max(TAPS_BYTES // row_bytes, 1)
        for first in range(0, c // len(dy), step):
            some = slice(first, first + step)
            part = np.ascontiguousarray(by_channel[:, :, :, some])
            taps = part.reshape(len(dy), 1, -1, part.shape[-1]) @ matrices
            taps = taps.reshape(len(dy), band.height, k_h, -1, k_w, *dy.shape[3:])
            _add_taps(taps, image[:, band.in_rows, some], band, a)
    rows[...] = image
    dx[...] = narrowed(padded, a.sides, a.pad_mode)


def _add_taps(taps: Array, target: Array, band: Band, a: Arguments) -> None:
    """Add taps (G, H_out, K_H, C, K_W, L) onto the pixels (G, H, C, L) of their windows."""
    low = np.zeros((*target.shape[:2], *taps.shape[3:]), taps.dtype)
    for u in range(a.kernel_size[0]):
        low[:, tap_slice(u, band.height, band.stride, 1)] += taps[:, :, u]
    low, target = width_last(low, a), width_last(target, a)
    for v in range(a.kernel_size[1]):
        target[..., tap_slice(v, a.out[1], a.stride[1], a.dilation[1])] += low[:, :, :, v]


def blocks(x: Array, c_out: int, a: Arguments) -> Iterator[tuple[slice, slice]]:
    """Cut the work into (images, groups) that fit into the cache, but wide enough matrices.

    Groups have nothing in common, so they can be worked on one after the other.
    """
    batch, c_in = x.shape[:2]
    height, width = x.shape[2] + sum(a.sides[0]), x.shape[3] + sum(a.sides[1])
    copied = c_in * height * (width + a.kernel_size[1] * a.out[1]) + c_out * prod(a.out)
    group_bytes = max(copied // a.groups * x.itemsize, 1)
    columns = GROUP_COLUMNS if a.groups > 1 else BLOCK_COLUMNS
    m = max(-(-columns // a.out[1]), BLOCK_BYTES // (group_bytes * a.groups))
    m = even(batch, m)
    g = even(a.groups, max(BLOCK_BYTES // (group_bytes * m), 1))
    for image in range(0, batch, m):
        for group in range(0, a.groups, g):
            yield slice(image, image + m), slice(group, min(group + g, a.groups))


def even(total: int, most: int) -> int:
    """Return the length of parts of `total`, at most `most` and all about as long.

    Without it one image may be left over, which takes as many calls as a whole block: LeNet's
    first convolution in .95 of the time.
    """
    parts = max(-(-total // most), 1)
    return max(-(-total // parts), 1)


def channels(groups: slice, per_group: int) -> slice:
    """Return the channels of some groups."""
    return slice(groups.start * per_group, groups.stop * per_group)


def images_last(a: Arguments) -> bool:
    """Say whether the images of a block lie side by side, as the pixels of a row are too few.

    On LeNet's second convolution (maps of 10×10) this takes .8 of the time. Elsewhere it takes
    longer, as images come with their pixels side by side and must be turned: 1.2 times as long
    on 28×28, or with a stride of 2, which reads each turned pixel less often.
    """
    return a.out[1] < NARROW and a.stride[1] == 1


def by_row(images: Array, groups: slice, a: Arguments) -> Array:
    """View images (m, G·C/G, H, W) as (G, H, C/G, m, W), or with m last."""
    m, c, height, width = images.shape
    g = groups.stop - groups.start
    split = images.reshape(m, g, c // g, height, width)
    return split.transpose((1, 3, 2, 4, 0) if images_last(a) else (1, 3, 2, 0, 4))


def padded_rows(x: Array, groups: int, a: Arguments) -> Array:
    """Pad images (m, C, H, W) and show them by row; turn them once and for all if need be."""
    rows = by_row(widened(x, a.sides, a.pad_mode), slice(0, groups), a)
    return np.ascontiguousarray(rows) if images_last(a) else rows


def width_last(rows: Array, a: Arguments) -> Array:
    """Exchange, or exchange back, the last two axes where images come last."""
    return rows.swapaxes(-2, -1) if images_last(a) else rows


def as_matrices(rows: Array) -> Array:
    """Copy rows to the matrices that `forward` multiplies: (G, H, C/G, L)."""
    return rows.reshape(*rows.shape[:3], -1)


def bands(padded: Array, y: Array, a: Arguments) -> Iterator[Band]:
    """Cut the rows of the output y (G, H_out, C_out/G, L) into bands that fit too.

    A dilation of the rows is resolved here. Output row i reads input rows s·i + d·u, which
    leave the same rest when divided by d: so every d-th row of the image is an image of its
    own, undilated, for every so-manieth output row.
    """
    stride, dilation, k_h = a.stride[0], a.dilation[0], a.kernel_size[0]
    (g, _, c_out, *columns), c_per_group = y.shape, padded.shape[2]
    phases = dilation // gcd(stride, dilation)
    step = stride // gcd(stride, dilation)
    row_bytes = g * (c_per_group * a.kernel_size[1] * step + c_out) * prod(columns) * y.itemsize
    room = max(BLOCK_BYTES - padded.nbytes, BLOCK_BYTES // 2)  # what the padding has left
    most = even(-(-a.out[0] // phases), max(room // max(row_bytes, 1), k_h))
    for i in range(min(phases, a.out[0])):
        rows = range(i, a.out[0], phases)
        for start in range(0, len(rows), most):
            band = rows[start : start + most]
            first, last = band[0] * stride, band[-1] * stride + dilation * (k_h - 1)
            yield Band(
                slice(first, last + 1, dilation),
                slice(band.start, band.stop, phases),
                step,
                len(band),
            )


def row_windows(low: Array, band: Band, a: Arguments) -> Array:
    """View a band's `unrolled` rows as its windows: matrices (G, H_out, K_H·C/G·K_W, L).

    K_H rows of this copy lie one after the other: together they are the windows of one output
    row, so that the windows of all rows are a view of it.
    """
    g, height, c_per_group, k_w, *columns = low.shape
    line = prod(columns) * low.itemsize
    row = c_per_group * k_w * line
    return np.ndarray(  # in an eighth of as_strided's time
        (g, band.height, a.kernel_size[0] * c_per_group * k_w, prod(columns)),
        low.dtype,
        low,
        strides=(height * row, band.stride * row, line, low.itemsize),
    )


def unrolled(rows: Array, a: Arguments) -> Array:
    """Copy K_W shifted views of the rows side by side: (G, H, C/G, K_W, L)."""
    rows = width_last(rows, a)
    pixel = rows.strides[-1]
    view = np.lib.stride_tricks.as_strided(
        rows,
        (*rows.shape[:3], a.kernel_size[1], rows.shape[3], a.out[1]),
        (*rows.strides[:3], pixel * a.dilation[1], rows.strides[3], pixel * a.stride[1]),
        writeable=False,
    )
    return np.ascontiguousarray(width_last(view, a))


def whole_lines(y: Array, a: Arguments) -> bool:
    """Say whether a depthwise convolution's lines are copied whole: images and padding in one.

    A kernel that stands alone multiplies little, so that copying takes most of the time, and
    long pieces are copied faster. What the windows at the seam of two images give is dropped.
    A depthwise 3×3 on 28×28 takes .72 of the time, on 112×112 .9; a 7×7 .91 and .84.
    """
    plain = a.stride[1] == a.dilation[0] == 1 and a.pad_mode == "constant" and not images_last(a)
    reach = a.dilation[1] * (a.kernel_size[1] - 1)
    return plain and y.shape[2] == 1 and a.out[1] < LONG and 4 * reach <= a.out[1]


def shifted_lines(x: Array, groups: int, a: Arguments) -> Array:
    """Pad images (m, C, H, W), side by side, and copy these lines K_W times: (G, H, C/G, K_W, m·W).

    Each copy starts `dilation` pixels further on: lines are shifted, not windows.
    """
    (top, bottom), (left, right) = a.sides
    rows = by_row(x, slice(0, groups), a)
    g, height, c_per_group, m, width = rows.shape
    shape = (g, top + height + bottom, c_per_group, m, left + width + right)
    reach = a.dilation[1] * (a.kernel_size[1] - 1)
    memory = np.zeros(prod(shape) + reach, x.dtype)  # with room for the last line's shift
    padded = memory[: prod(shape)].reshape(shape)
    padded[:, top : top + height, ..., left : left + width] = rows
    view = np.ndarray(
        (*shape[:3], a.kernel_size[1], m * shape[4]),
        x.dtype,
        memory,
        strides=(*padded.strides[:3], a.dilation[1] * x.itemsize, x.itemsize),
    )
    return np.ascontiguousarray(view)


def kernel_matrices(weight: Array, groups: int) -> Array:
    """Order weights as `row_windows` orders pixels: (G, C_out/G, K_H·C/G·K_W)."""
    rows_first = weight.transpose(0, 2, 1, 3)
    return np.ascontiguousarray(rows_first.reshape(groups, len(weight) // groups, -1))


def input_gradient_stride_1(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> Array:
    """Return the gradient of images of `size` for stride 1: a convolution too.

    With the kernel turned by half a turn, its input and output channels exchanged, and
    `grad_output` padded so far that every tap of the kernel meets every output.
    """
    c_out, c_per_group, *kernel = weight.shape
    by_group = weight.reshape(a.groups, c_out // a.groups, c_per_group, *kernel)
    turned = by_group.swapaxes(1, 2)[..., ::-1, ::-1].reshape(-1, c_out // a.groups, *kernel)
    zeros = a.pad_mode == "constant"
    sides = a.sides if zeros else ((0, 0), (0, 0))
    out = size if zeros else (size[0] + sum(a.sides[0]), size[1] + sum(a.sides[1]))
    around = []
    for axis in (0, 1):
        reach = a.dilation[axis] * (a.kernel_size[axis] - 1)
        before = reach - sides[axis][0]
        around.append((before, out[axis] + reach - a.out[axis] - before))
    # A padding beyond the kernel's reach made outputs that no pixel had a part in.
    (top, bottom), (left, right) = around
    met = (
        slice(max(-top, 0), a.out[0] - max(-bottom, 0)),
        slice(max(-left, 0), a.out[1] - max(-right, 0)),
    )
    adjoint = a._replace(
        sides=((max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0))),
        pad_mode="constant",
        out=out,
    )
    dx_pad = forward(grad_output[:, :, met[0], met[1]], turned, None, adjoint)
    return dx_pad if zeros else narrowed(dx_pad, a.sides, a.pad_mode)
