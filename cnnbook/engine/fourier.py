"""Large kernels: convolution as a product of spectra.

A convolution costs K_H·K_W multiplications a pixel, a Fourier transform about log(H·W) however
large the kernel: from some 170 taps on it is ahead, at 31×31 ten times and more. The transforms
mix all pixels, so that an infinity would spread over the image and integers would be rounded:
only finite floating numbers come here.

Correlation is a product with the kernel's complex conjugate. The transform is cyclic; with
sizes of at least the padded image, no window that counts reaches past its end.
"""

from __future__ import annotations

import numpy as np

from cnnbook.arguments.checks import Array
from cnnbook.arguments.convolution import Arguments
from cnnbook.arguments.sizes import Pair
from cnnbook.padding import narrowed, widened
from cnnbook.windows import tap_slice


def forward(x: Array, weight: Array, bias: Array | None, a: Arguments) -> Array:
    """Multiply the spectra of images and kernels, sum over channels, transform back."""
    size = transform_size(x.shape[-2:], a)
    kernels = np.conj(spectra(dilated(weight, a.dilation), size, a.groups))
    y = np.empty((len(x), len(weight), *a.out), x.dtype)
    for n in range(len(x)):  # one image at a time: spectra are large
        image = spectra(widened(x[n], a.sides, a.pad_mode), size, a.groups)  # (G, C/G, …)
        total = (image[:, None, 0] * kernels[:, :, 0]) if image.shape[1] else 0 * kernels.sum(2)
        for c in range(1, image.shape[1]):
            total += image[:, None, c] * kernels[:, :, c]
        everywhere = np.fft.irfft2(total, size).reshape(len(weight), *size)
        y[n] = everywhere[:, *positions(a.out, a.stride)]
    if bias is not None:
        y += bias[:, None, None]
    return y


def weight_gradient(grad_output: Array, x: Array, a: Arguments) -> Array:
    """Correlate images with grad_output, spread out by the stride; keep the taps."""
    c_out, c_per_group = grad_output.shape[1], x.shape[1] // a.groups
    size = transform_size(x.shape[-2:], a)
    shape = (a.groups, c_out // a.groups, c_per_group, size[0], size[1] // 2 + 1)
    total = np.zeros(shape, np.result_type(x.dtype, np.complex64))
    for n in range(len(x)):
        image = spectra(widened(x[n], a.sides, a.pad_mode), size, a.groups)
        dy = np.conj(spectra(dilated(grad_output[n], a.stride), size, a.groups))
        for c in range(c_per_group):
            total[:, :, c] += dy * image[:, None, c]
    dw = np.fft.irfft2(total, size)[..., *positions(a.kernel_size, a.dilation)]
    return dw.reshape(c_out, c_per_group, *a.kernel_size).astype(x.dtype)


def input_gradient(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> Array:
    """Convolve grad_output, spread out by the stride, with the kernels: no conjugate."""
    padded = (size[0] + sum(a.sides[0]), size[1] + sum(a.sides[1]))
    fast = transform_size(size, a)
    kernels = spectra(dilated(weight, a.dilation), fast, a.groups)
    dx = np.empty((len(grad_output), a.groups * weight.shape[1], *size), grad_output.dtype)
    for n in range(len(dx)):
        dy = spectra(dilated(grad_output[n], a.stride), fast, a.groups)
        total = dy[:, 0, None] * kernels[:, 0]
        for f in range(1, dy.shape[1]):
            total += dy[:, f, None] * kernels[:, f]
        everywhere = np.fft.irfft2(total, fast).reshape(dx.shape[1], *fast)
        dx[n] = narrowed(everywhere[:, : padded[0], : padded[1]], a.sides, a.pad_mode)
    return dx


def spectra(images: Array, size: Pair, groups: int) -> Array:
    """Transform (C, …, H, W), C split into (G, C/G)."""
    split = images.reshape(groups, len(images) // groups, *images.shape[1:])
    transformed: Array = np.fft.rfft2(split, size)
    return transformed


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


def positions(count: Pair, step: Pair) -> tuple[slice, slice]:
    """Return `count` pixels, `step` apart, from the first one on."""
    return tap_slice(0, count[0], step[0], 1), tap_slice(0, count[1], step[1], 1)


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
