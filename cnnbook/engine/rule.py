"""The rule that chooses how a convolution is computed: what each way would cost.

A cost is a number of nanoseconds, fitted to measurements of one thread of an x86-64 machine in
float32: kernels of 3 to 47, 1 to 64 channels, groups, strides, images of 8² to 256² and batches of
1 to 32. Only the order of two costs counts; other machines have other numbers, but much the
same order. `python -m benchmarks.crossing` shows how good the choice is.

The Fourier transform has its price whatever the kernel's size: for each pair of channels one
transform of the padded image's size, and one product of spectra for each pair and image. So it
needs more taps with many channels (some 250 for 64, one image) than with few (some 150), and
fewer with many images. The ways that multiply directly have a price a multiplication, which
falls with the rows of the matrix that is multiplied from the left.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnnbook.arguments.checks import Array
from cnnbook.arguments.convolution import Arguments
from cnnbook.arguments.sizes import Pair
from cnnbook.engine import fourier, im2col

CALLS = 80_000  # what the shortest unrolled convolution waits for Python and NumPy
SUMMING = 1.3  # a gradient of several kernels to their forward pass: products are added up
NARROW = 64  # outputs side by side, in all images, below which im2col is ahead
SMALL = 1 << 17  # bytes of the matrix of windows that are copied in no time,
SMALL_PER_ROW = 1 << 15  # more where many rows are multiplied with them
FEW_TAPS = 64  # up to so many im2col adds up one image's taps in .7 to 1.05 of the time
MANY = 64  # rows from which im2col gives the gradient of kernels of any size
LARGEST = 1 << 25  # bytes of the kernels' gradients, one for each image of im2col's part


class Work(NamedTuple):
    """What is asked for."""

    batch: int
    groups: int
    c: int  # channels of the images per group
    f: int  # channels of the output per group
    size: Pair
    dtype: np.dtype[Any]
    a: Arguments


def forward(x: Array, weight: Array, a: Arguments) -> str:
    """Choose among matmul, fourier, im2col and unrolled."""
    work = Work(len(x), a.groups, weight.shape[1], len(weight) // a.groups, x.shape[2:], x.dtype, a)
    if prod(a.kernel_size) == 1:
        return "matmul"
    direct = _unrolled(work, prod(a.out), work.c, work.f)
    if _fourier_wins(work, (work.batch, work.f, work.c), direct, x, weight):
        return "fourier"
    return "im2col" if _narrow(work, work.f) else "unrolled"


def weight_gradient(grad_output: Array, x: Array, a: Arguments) -> str:
    """Choose among matmul, fourier, im2col and unrolled."""
    c_out, c_in = grad_output.shape[1], x.shape[1]
    work = Work(len(x), a.groups, c_in // a.groups, c_out // a.groups, x.shape[2:], x.dtype, a)
    if prod(a.kernel_size) == 1:
        return "matmul"
    direct = _unrolled(work, prod(a.out), work.c, work.f)
    if work.f > 1:
        direct *= SUMMING
    if _fourier_wins(work, (work.c, work.f, work.batch), direct, grad_output, x):
        return "fourier"
    gradients = len(x) * c_out * work.c * prod(a.kernel_size) * x.itemsize
    narrow = _narrow(work, work.f) or (work.f >= MANY and _few(work))
    return "im2col" if narrow and gradients <= LARGEST else "unrolled"


def input_gradient(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> str:
    """Choose among matmul, fourier, im2col, unrolled and turned: unrolled with the turned kernel.

    The turned kernel meets the zeros around grad_output: an infinity in it would become NaN.
    """
    c, f = weight.shape[1], len(weight) // a.groups
    work = Work(len(grad_output), a.groups, c, f, size, weight.dtype, a)
    if prod(a.kernel_size) == 1:
        return "matmul"
    adding = _adding(work)
    turned = _unrolled(work, prod(size), f, c)
    turns = a.stride == (1, 1) and turned < adding and finite(weight)
    direct = turned if turns else adding
    if _fourier_wins(work, (work.batch, c, f), direct, grad_output, weight):
        return "fourier"
    if turns:
        return "im2col" if _narrow(work, f) and _windows(work) <= f << 16 else "turned"
    return "im2col" if _narrow(work, f) or _one_part(work) else "unrolled"


def finite(array: Array) -> bool:
    """Say whether these are floating numbers without infinities and NaN."""
    return array.dtype.kind == "f" and bool(np.isfinite(array).all())


def _unrolled(work: Work, outputs: int, copied: int, rows: int) -> float:
    """Return the cost of copying a kernel's columns and multiplying `rows` rows with them."""
    k_h, k_w = work.a.kernel_size
    rate = {1: 0.078, 2: 0.19, 3: 0.19}.get(rows, 0.034 + 0.21 / max(rows, 1))
    each = copied * k_w * 0.19 + copied * rows * k_h * k_w * rate
    return CALLS + work.batch * work.groups * outputs * each


def _adding(work: Work) -> float:
    """Return the cost of multiplying grad_output with the kernels and adding up all taps."""
    outputs, taps = prod(work.a.out), prod(work.a.kernel_size)
    each = work.c * taps * (0.7 + 0.05 * work.f)
    return CALLS + work.batch * work.groups * outputs * each


def _fourier_wins(work: Work, counts: tuple[int, int, int], direct: float, *arrays: Array) -> bool:
    """Say whether the Fourier transform costs less than `direct`, and these arrays allow it.

    `counts` are the a's, b's and k's of `fourier.sums`.
    """
    left, right, summed = counts
    calls = 60_000 + 28_000 * (left + summed)
    if calls > direct:  # most convolutions are decided here, in no time
        return False
    size, pairs = fourier.transform_size(work.size, work.a), left * right
    a, b, _ = fourier.block_lengths(left, right, work.groups, size, work.dtype.itemsize)
    again = left * -(-right // b) + right * -(-left // a)  # each block transforms anew
    each = 5.3 * summed * again + 4.4 * pairs + 1.9 * summed * pairs
    cost = calls + work.groups * prod(size) * each
    return cost < direct and _tame(work, *arrays)


def _windows(work: Work) -> int:
    """Return the bytes of im2col's matrix."""
    a = work.a
    pixels = prod(a.kernel_size) * prod(a.out)
    return work.batch * work.groups * work.c * pixels * work.dtype.itemsize


def _narrow(work: Work, rows: int) -> bool:
    """Say whether im2col is ahead: a product per row of the output would have few columns."""
    return _few(work) and _windows(work) <= SMALL + rows * SMALL_PER_ROW


def _one_part(work: Work) -> bool:
    """Say whether im2col adds up one image's taps at once, and these are few."""
    few = prod(work.a.kernel_size) <= FEW_TAPS
    return few and work.batch == 1 and _windows(work) <= im2col.PART_BYTES


def _few(work: Work) -> bool:
    """Say whether few outputs lie side by side."""
    return work.batch * work.a.out[1] < NARROW


def _tame(work: Work, *arrays: Array) -> bool:
    """Say whether the Fourier transform of these neither overflows nor loses digits.

    A transform adds up as many numbers as it has pixels, and three follow one another. Numbers
    near the smallest of their dtype would lose their last digits on the way.
    """
    if work.dtype.kind != "f":
        return False
    limits = np.finfo(work.dtype)
    pixels = prod(fourier.transform_size(work.size, work.a))
    reached = float(pixels) ** 3 * max(work.c, work.f, work.batch)
    for array in arrays:
        largest = max(float(array.max(initial=0)), -float(array.min(initial=0)))
        if not (largest == 0 or float(limits.tiny / limits.eps) < largest < np.inf):  # or NaN
            return False
        reached *= max(largest, 1.0)
    return reached < float(limits.max)
