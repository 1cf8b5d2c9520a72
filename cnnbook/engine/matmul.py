"""1×1 convolution: one matrix at every pixel, so a matrix product on a view and nothing else.

The general way copies the pixels once into windows and once back: this takes half its time.
"""

from __future__ import annotations

import numpy as np

from cnnbook.arguments.checks import Array
from cnnbook.arguments.convolution import Arguments
from cnnbook.arguments.sizes import Pair
from cnnbook.padding import narrowed, widened
from cnnbook.windows import tap_slice


def forward(x: Array, weight: Array, bias: Array | None, a: Arguments) -> Array:
    """Multiply the channels of every pixel that is read by the weight."""
    y = matrices(weight, a) @ pixels_read(x, a)
    if bias is not None:
        y += bias.reshape(a.groups, -1, 1)
    return y.reshape(len(x), len(weight), *a.out)


def weight_gradient(grad_output: Array, x: Array, a: Arguments) -> Array:
    """Return grad_output @ pixelsᵀ, summed over the images."""
    dy = as_matrices(grad_output, a)
    read = pixels_read(x, a).swapaxes(2, 3)
    total = np.zeros((a.groups, dy.shape[2], read.shape[3]), x.dtype)
    for n in range(len(x)):  # one by one: a product per image would be kept for each
        total += dy[n] @ read[n]
    return total.reshape(grad_output.shape[1], x.shape[1] // a.groups, 1, 1)


def input_gradient(grad_output: Array, weight: Array, a: Arguments, size: Pair) -> Array:
    """Return weightᵀ @ grad_output at the pixels that were read, and zeros elsewhere."""
    batch, c_in = len(grad_output), weight.shape[1] * a.groups
    dx = (matrices(weight, a).swapaxes(1, 2) @ as_matrices(grad_output, a)).reshape(
        batch, c_in, *a.out
    )
    if a.out == size and a.sides == ((0, 0), (0, 0)):
        return dx
    spread = np.zeros((batch, c_in, size[0] + sum(a.sides[0]), size[1] + sum(a.sides[1])), dx.dtype)
    spread[:, :, tap_slice(0, a.out[0], a.stride[0], 1), tap_slice(0, a.out[1], a.stride[1], 1)] = (
        dx
    )
    return np.ascontiguousarray(narrowed(spread, a.sides, a.pad_mode))


def matrices(weight: Array, a: Arguments) -> Array:
    """View the weight as (G, C_out/G, C/G)."""
    c_out, c_per_group = weight.shape[:2]
    return np.ascontiguousarray(weight).reshape(a.groups, c_out // a.groups, c_per_group)


def as_matrices(images: Array, a: Arguments) -> Array:
    """View images as (N, G, C/G, H·W)."""
    n, c, height, width = images.shape
    images = np.ascontiguousarray(images)
    return images.reshape(n, a.groups, c // a.groups, height * width)


def pixels_read(x: Array, a: Arguments) -> Array:
    """View, or copy where a stride or padding leaves no view, the pixels that are read."""
    rows = tap_slice(0, a.out[0], a.stride[0], 1)
    columns = tap_slice(0, a.out[1], a.stride[1], 1)
    return as_matrices(widened(x, a.sides, a.pad_mode)[:, :, rows, columns], a)
