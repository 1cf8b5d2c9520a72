"""Which way a convolution is computed: one rule for forward and backward."""

from __future__ import annotations

from cnnbook import columns
from cnnbook._checks import Array
from cnnbook._convolution_arguments import Arguments
from cnnbook.shapes import Pair


def forward(x: Array, weight: Array, bias: Array | None, a: Arguments) -> Array:
    """Return the convolution of images (N, C, H, W)."""
    return columns.forward(x, weight, bias, a)


def weight_gradient(grad_output: Array, x: Array, a: Arguments) -> Array:
    """Return the gradient of the weights."""
    return columns.weight_gradient(grad_output, x, a)


def input_gradient(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> Array:
    """Return the gradient of images of `size`: the adjoint of `forward`."""
    return columns.input_gradient(grad_output, weight, a, size)
