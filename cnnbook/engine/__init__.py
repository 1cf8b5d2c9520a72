"""A convolution's forward and backward passes, each computed the way that `rule` chooses.

Each way is a module of its own with the same three functions.
"""

from __future__ import annotations

from cnnbook.arguments.checks import Array
from cnnbook.arguments.convolution import Arguments
from cnnbook.arguments.sizes import Pair
from cnnbook.engine import fourier, im2col, matmul, rule, unrolled


def way(a: Arguments, x: Array, weight: Array) -> str:
    """Choose: a matrix product, the Fourier transform, im2col or the kernel's columns unrolled."""
    return rule.forward(x, weight, a)


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
    match rule.weight_gradient(grad_output, x, a):
        case "matmul":
            return matmul.weight_gradient(grad_output, x, a)
        case "fourier":
            return fourier.weight_gradient(grad_output, x, a)
        case "im2col":
            return im2col.weight_gradient(grad_output, x, a)
    return unrolled.weight_gradient(grad_output, x, a)


def input_gradient(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> Array:
    """Return the gradient of images of `size`: the adjoint of `forward`."""
    match rule.input_gradient(grad_output, weight, a, size):
        case "matmul":
            return matmul.input_gradient(grad_output, weight, a, size)
        case "fourier":
            return fourier.input_gradient(grad_output, weight, a, size)
        case "im2col":
            return im2col.input_gradient(grad_output, weight, a, size)
        case "turned":
            return unrolled.input_gradient_stride_1(grad_output, weight, a, size)
    return unrolled.input_gradient(grad_output, weight, a, size)


def bias_gradient(grad_output: Array) -> Array:
    """Return the sum of each channel: of the images first, in half the time of all at once."""
    total: Array = grad_output.sum(axis=0).sum(axis=(1, 2))
    return total
