"""Which way a convolution is computed: one rule for its forward and backward passes.

`way` is the rule. Each way is a module of its own with the same three functions.
"""

from __future__ import annotations

import numpy as np

from cnnbook.arguments.checks import Array
from cnnbook.arguments.convolution import Arguments
from cnnbook.arguments.sizes import Pair
from cnnbook.engine import fourier, im2col, matmul, unrolled

FOURIER_TAPS = 170  # taps of a kernel from which on the Fourier transform is ahead
NARROW = 50  # outputs side by side, in all images, below which im2col is ahead
WIDE = 16  # channels from which on the turned kernel is ahead of adding up taps


def way(a: Arguments, *arrays: Array) -> str:
    """Choose: a matrix product, the Fourier transform, im2col or the kernel's columns unrolled."""
    batch = len(arrays[0])
    taps = a.kernel_size[0] * a.kernel_size[1]
    if taps == 1:
        return "matmul"
    if taps >= FOURIER_TAPS and all(map(finite, arrays)):
        return "fourier"
    if batch * a.out[1] < NARROW:
        return "im2col"
    return "unrolled"


def forward(x: Array, weight: Array, bias: Array | None, a: Arguments) -> Array:
    """Return the convolution of images (N, C, H, W)."""
    match way(a, x, weight):
        case "matmul":
            return matmul.forward(x, weight, bias, a)
        case "fourier":
            return fourier.forward(x, weight, bias, a)
        case "im2col":
            return im2col.forward(x, weight, bias, a)
    return unrolled.forward(x, weight, bias, a)


def weight_gradient(grad_output: Array, x: Array, a: Arguments) -> Array:
    """Return the gradient of the weights."""
    match way(a, grad_output, x):
        case "matmul":
            return matmul.weight_gradient(grad_output, x, a)
        case "fourier":
            return fourier.weight_gradient(grad_output, x, a)
        case "im2col":
            return im2col.weight_gradient(grad_output, x, a)
    return unrolled.weight_gradient(grad_output, x, a)


def input_gradient(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> Array:
    """Return the gradient of images of `size`: the adjoint of `forward`."""
    match way(a, grad_output, weight):
        case "matmul":
            return matmul.input_gradient(grad_output, weight, a, size)
        case "fourier":
            return fourier.input_gradient(grad_output, weight, a, size)
        case "im2col":
            return im2col.input_gradient(grad_output, weight, a, size)
    # The turned kernel meets the zeros around grad_output: an infinity in it would become NaN.
    few = weight.shape[1] < WIDE and a.groups < WIDE
    if a.stride != (1, 1) or few or not finite(weight):
        return unrolled.input_gradient(grad_output, weight, a, size)
    return unrolled.input_gradient_stride_1(grad_output, weight, a, size)


def bias_gradient(grad_output: Array) -> Array:
    """Return the sum of each channel: of the images first, in half the time of all at once."""
    total: Array = grad_output.sum(axis=0).sum(axis=(1, 2))
    return total


def finite(array: Array) -> bool:
    """Say whether these are floating numbers without infinities and NaN."""
    return array.dtype.kind == "f" and bool(np.isfinite(array).all())
