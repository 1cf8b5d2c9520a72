"""Large kernels: convolution as a product of spectra.

A convolution costs K_H·K_W multiplications a pixel, a Fourier transform about log(H·W) however
large the kernel: with few channels it is ahead from some 170 taps on, at 31×31 ten times and
more. The transforms mix all pixels, so that an infinity would spread over the image and integers
would be rounded: only finite floating numbers come here.

The forward pass and both gradients have one form: for every pair of an a and a b, a sum over k
of left[k, a] correlated (or convolved) with right[k, b]. A spectrum is as large as its image, so
that all of them at once would take gigabytes: `sums` goes over blocks of pairs.

Correlation is a product with the kernel's complex conjugate. The transform is cyclic; with
sizes of at least the padded image, no window that counts reaches past its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from math import isqrt

import numpy as np

from cnnbook.arguments.checks import Array
from cnnbook.arguments.convolution import Arguments
from cnnbook.arguments.sizes import Pair
from cnnbook.padding import narrowed, widened
from cnnbook.windows import tap_slice

BLOCK_BYTES = 1 << 24  # spectra that are summed up at a time; two or three times as much is in use
FEWEST = 4  # but never fewer pairs than this, however large an image is


def forward(x: Array, weight: Array, bias: Array | None, a: Arguments) -> Array:
    """Correlate images with kernels, summed over the channels."""
    size = transform_size(x.shape[-2:], a)
    y = np.empty((len(x), len(weight), *a.out), x.dtype)
    images = by_group(x, a.groups)  # (N, G, C/G, …)
    kernels = weight.reshape(a.groups, len(weight) // a.groups, *weight.shape[1:])
    place = by_group(y, a.groups).swapaxes(1, 2)  # (N, C_out/G, G, …)
    for n, f, g, total in sums(
        images.transpose(2, 0, 1, 3, 4),
        kernels.transpose(2, 1, 0, 3, 4),
        size,
        lambda part: spectra(widened(part, a.sides, a.pad_mode), size),
        lambda part: np.conj(spectra(dilated(part, a.dilation), size)),
    ):
        place[n, f, g] = pixels(total, size, a.out, a.stride)
    if bias is not None:
        y += bias[:, None, None]
    return y


def weight_gradient(grad_output: Array, x: Array, a: Arguments) -> Array:
    """Correlate images with grad_output, spread out by the stride; keep the taps."""
    size = transform_size(x.shape[-2:], a)
    c_out, c_per_group = grad_output.shape[1], x.shape[1] // a.groups
    dw = np.empty((a.groups, c_out // a.groups, c_per_group, *a.kernel_size), x.dtype)
    place = dw.transpose(2, 1, 0, 3, 4)
    for c, f, g, total in sums(
        by_group(x, a.groups).transpose(0, 2, 1, 3, 4),
        by_group(grad_output, a.groups).transpose(0, 2, 1, 3, 4),
        size,
        lambda part: spectra(widened(part, a.sides, a.pad_mode), size),
        lambda part: np.conj(spectra(dilated(part, a.stride), size)),
    ):
        place[c, f, g] = pixels(total, size, a.kernel_size, a.dilation)
    return dw.reshape(c_out, c_per_group, *a.kernel_size)


def input_gradient(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> Array:
    """Convolve grad_output, spread out by the stride, with the kernels: no conjugate."""
    padded = (size[0] + sum(a.sides[0]), size[1] + sum(a.sides[1]))
    fast = transform_size(size, a)
    dx = np.empty((len(grad_output), a.groups * weight.shape[1], *size), grad_output.dtype)
    kernels = weight.reshape(a.groups, len(weight) // a.groups, *weight.shape[1:])
    place = by_group(dx, a.groups).swapaxes(1, 2)
    for n, c, g, total in sums(
        by_group(grad_output, a.groups).transpose(2, 0, 1, 3, 4),
        kernels.transpose(1, 2, 0, 3, 4),
        fast,
        lambda part: spectra(dilated(part, a.stride), fast),
        lambda part: spectra(dilated(part, a.dilation), fast),
    ):
        place[n, c, g] = narrowed(pixels(total, fast, padded, (1, 1)), a.sides, a.pad_mode)
    return dx


def sums(
    left: Array,
    right: Array,
    size: Pair,
    left_spectra: Callable[[Array], Array],
    right_spectra: Callable[[Array], Array],
) -> Iterator[tuple[int, slice, slice, Array]]:
    """Yield a, b's, groups and their spectra: left (K, A, G, …) · right (K, B, G, …) over K.

    Only the sums of a block are kept; what enters them is transformed when its turn comes.
    """
    shape = (size[0], size[1] // 2 + 1)
    dtype = np.result_type(left.dtype, np.complex64)
    for a_s, b_s, groups in blocks(left, right, size):
        count = [part.stop - part.start for part in (a_s, b_s, groups)]
        total = np.zeros((*count, *shape), dtype)
        for k in range(len(left)):
            ours, theirs = left_spectra(left[k, a_s, groups]), right_spectra(right[k, b_s, groups])
            for i in range(len(ours)):
                total[i] += ours[i] * theirs
        for i in range(len(total)):
            yield a_s.start + i, b_s, groups, total[i]


def blocks(left: Array, right: Array, size: Pair) -> Iterator[tuple[slice, slice, slice]]:
    """Cut the pairs of left (K, A, G, …) and right (K, B, G, …) into blocks of a's, b's, groups."""
    counts = (left.shape[1], right.shape[1], left.shape[2])
    lengths = block_lengths(*counts, size, left.itemsize)
    parts = [
        [slice(start, min(start + length, count)) for start in range(0, count, length)]
        for count, length in zip(counts, lengths, strict=True)
    ]
    yield from product(*parts)


def block_lengths(a: int, b: int, groups: int, size: Pair, itemsize: int) -> tuple[int, int, int]:
    """Return how many a's, b's and groups a block has, so that its sums fit into BLOCK_BYTES.

    A block transforms A + B images for A·B sums: the squarer it is, the fewer.
    """
    room = max(BLOCK_BYTES // (size[0] * size[1] * itemsize), FEWEST)
    a_length = max(min(a, max(isqrt(room), room // max(b, 1))), 1)
    b_length = max(min(b, room // a_length), 1)
    return a_length, b_length, max(min(groups, room // (a_length * b_length)), 1)


def spectra(images: Array, size: Pair) -> Array:
    """Transform images (…, H, W), made up to `size` with zeros."""
    transformed: Array = np.fft.rfft2(images, size)
    return transformed


def pixels(spectrum: Array, size: Pair, count: Pair, step: Pair) -> Array:
    """Transform back; return `count` pixels, `step` apart, from the first one on.

    Rows that nobody asks for are left out half way: a gradient of the weights wants few.
    """
    rows, columns = (tap_slice(0, count[axis], step[axis], 1) for axis in (0, 1))
    of_rows = np.fft.ifft(spectrum, axis=-2)[..., rows, :]
    everywhere: Array = np.fft.irfft(of_rows, size[1])
    return everywhere[..., columns]


def dilated(images: Array, step: Pair) -> Array:
    """Spread pixels `step` apart, with zeros between them."""
    if step == (1, 1):
        return images
    height, width = images.shape[-2:]
    spread = np.zeros(
        (*images.shape[:-2], step[0] * (height - 1) + 1, step[1] * (width - 1) + 1), images.dtype
    )
    spread[..., :: step[0], :: step[1]] = images
    return spread


def transform_size(size: Pair, a: Arguments) -> Pair:
    """Return the padded image's size, made up to lengths that transform fast."""
    return fast_length(size[0] + sum(a.sides[0])), fast_length(size[1] + sum(a.sides[1]))


def fast_length(length: int) -> int:
    """Return the next number of at least `length` with no prime factor above 5."""
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


def by_group(images: Array, groups: int) -> Array:
    """View images (N, G·C/G, H, W) as (N, G, C/G, H, W)."""
    n, c, height, width = images.shape
    return images.reshape(n, groups, c // groups, height, width)
