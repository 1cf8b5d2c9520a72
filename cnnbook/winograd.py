"""Winograd's convolution with three taps: fewer multiplications, more additions.

F(2, 3) makes two neighbouring outputs of three taps with four multiplications instead of six;
F(2×2, 3×3), the same along both axes, makes four outputs with 16 instead of 36. Weights and
tiles of the image are changed by small fixed matrices first, multiplied number by number and
summed over the channels, and changed back (Winograd, 1980; Lavin and Gray, 2016).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from cnnbook.arguments.checks import Array, check_array, integer, pair
from cnnbook.arguments.convolution import check_convolution
from cnnbook.arguments.sizes import Pair
from cnnbook.padding import widened
from cnnbook.windows import sliding_windows

__all__ = [
    "OF_THE_OUTPUT",
    "OF_THE_TILE",
    "OF_THE_WEIGHT",
    "Multiplications",
    "conv1d_winograd",
    "conv2d_winograd",
    "multiplications",
]

#: Three taps to four numbers: G in the papers.
OF_THE_WEIGHT = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
#: Four neighbouring pixels to four numbers: Bᵀ.
OF_THE_TILE = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
#: Four products to two outputs: Aᵀ.
OF_THE_OUTPUT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])


class Multiplications(NamedTuple):
    """What a 3×3 convolution multiplies for one image (see `multiplications`)."""

    direct: int
    winograd: int


def conv1d_winograd(x: Array, weight: Array) -> Array:
    """Convolve with three taps at stride 1, by F(2, 3).

    Parameters
    ----------
    x : array of shape (N, C, L) or (C, L)
        float32 or float64; for padding use `cnnbook.pad` first.
    weight : array of shape (C_out, C, 3)

    Returns
    -------
    array of shape (N, C_out, L − 2) or (C_out, L − 2)
        What `cnnbook.conv1d` returns, up to rounding.

    Raises
    ------
    ValueError
        If the weight has not three taps, or does not fit `x`.
    TypeError
        For integers: the weight is halved.

    Examples
    --------
    >>> conv1d_winograd(np.array([[1.0, 2, 3, 4]]), np.array([[[1.0, 10, 100]]]))
    array([[321., 432.]])
    """
    check_array("conv1d_winograd", "x", x, floating=True)
    check_convolution("conv1d_winograd", x, weight, None, 1, 0, 1, 1, "zeros", axes=1)
    _check_three("conv1d_winograd", weight, (3,))
    length = x.shape[-1] - 2
    rows = x.reshape(-1, x.shape[-2], 1, x.shape[-1])
    rows = widened(rows, ((0, 0), (0, length % 2)))  # half of the last tile may be cut off
    tiles = sliding_windows(rows, (1, 4), (1, 2))[:, :, 0, :, 0]  # (N, C, tiles, 4)
    y = _outputs_of_tiles(tiles.transpose(3, 1, 0, 2), weight, 1)  # (2, C_out, N, tiles)
    y = y.transpose(2, 1, 3, 0).reshape(len(rows), len(weight), length + length % 2)
    return y[..., :length].reshape(*x.shape[:-2], len(weight), length)


def conv2d_winograd(x: Array, weight: Array) -> Array:
    """Convolve with 3×3 kernels at stride 1, by F(2×2, 3×3).

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
        float32 or float64; for padding use `cnnbook.pad` first.
    weight : array of shape (C_out, C, 3, 3)

    Returns
    -------
    array of shape (N, C_out, H − 2, W − 2) or (C_out, H − 2, W − 2)
        What `cnnbook.conv2d` returns, up to rounding.

    Raises
    ------
    ValueError
        If the kernel is not 3×3, or the weight does not fit `x`.
    TypeError
        For integers: the weight is halved.

    Examples
    --------
    >>> x, weight = np.arange(16.0).reshape(1, 4, 4), np.ones((1, 1, 3, 3))
    >>> conv2d_winograd(x, weight)
    array([[[45., 54.],
            [81., 90.]]])
    """
    check_array("conv2d_winograd", "x", x, floating=True)
    a = check_convolution("conv2d_winograd", x, weight, None, 1, 0, 1, 1, "zeros")
    _check_three("conv2d_winograd", weight, (3, 3))
    height, width = a.out
    images = x.reshape(-1, *x.shape[-3:])
    images = widened(images, ((0, height % 2), (0, width % 2)))
    tiles = sliding_windows(images, 4, 2)  # (N, C, rows, columns, 4, 4)
    y = _outputs_of_tiles(tiles.transpose(4, 5, 1, 0, 2, 3), weight, 2)
    y = y.transpose(3, 2, 4, 0, 5, 1)  # (N, C_out, rows, 2, columns, 2)
    y = y.reshape(len(images), len(weight), height + height % 2, width + width % 2)
    return y[..., :height, :width].reshape(*x.shape[:-3], len(weight), height, width)


def multiplications(size: int | Pair, in_channels: int, out_channels: int) -> Multiplications:
    """Count the multiplications of a 3×3 convolution of one image, both ways.

    Winograd's changes of weights, tiles and outputs are additions and halvings: not counted.

    Parameters
    ----------
    size : int or (height, width)
        Pixels of the input, padding included; an int is a square.
    in_channels, out_channels : int

    Returns
    -------
    Multiplications
        `direct`, 36 for each tile of 2×2 outputs, and `winograd`, 16. Where an axis has an odd
        number of outputs, Winograd's last tile is computed in full.

    Raises
    ------
    ValueError, TypeError
        If a number is no integer of at least 1, or the image is smaller than the kernel.

    Examples
    --------
    >>> multiplications(4, 1, 1)
    Multiplications(direct=36, winograd=16)
    >>> multiplications(58, 64, 64)
    Multiplications(direct=115605504, winograd=51380224)
    """
    height, width = (side - 2 for side in pair("multiplications", "size", size, 3))
    c_in = integer("multiplications", "in_channels", in_channels, 1)
    c_out = integer("multiplications", "out_channels", out_channels, 1)
    tiles = -(-height // 2) * -(-width // 2)
    return Multiplications(9 * height * width * c_in * c_out, 16 * tiles * c_in * c_out)


def _outputs_of_tiles(tiles: Array, weight: Array, axes: int) -> Array:
    """Return (2, …, C_out, N, tiles) of tiles (4, …, C, N, tiles), with one or two axes of pixels.

    Along two axes a matrix acts on rows and on columns, which its Kronecker product with itself
    does at once, on the 9, 16 or 4 numbers one after the other.
    """
    matrices = [OF_THE_WEIGHT, OF_THE_TILE, OF_THE_OUTPUT]
    if axes == 2:
        matrices = [np.kron(matrix, matrix) for matrix in matrices]
    to_weight, to_tile, to_output = (matrix.astype(weight.dtype) for matrix in matrices)
    size, c_out, c_in = len(to_tile), *weight.shape[:2]
    positions = tiles.shape[axes + 1 :]
    number = math.prod(positions)
    u = to_weight @ weight.reshape(c_out * c_in, -1).T  # a column for each kernel
    v = to_tile @ tiles.reshape(size, c_in * number)  # a column for each tile and channel
    # For each number of a tile the sum over the channels is a product of matrices.
    products = u.reshape(size, c_out, c_in) @ v.reshape(size, c_in, number)
    y = to_output @ products.reshape(size, c_out * number)
    return y.reshape(*[2] * axes, c_out, *positions)


def _check_three(function: str, weight: Array, taps: tuple[int, ...]) -> None:
    if weight.shape[2:] != taps:
        shape = ", ".join(("C_out", "C", *map(str, taps)))
        raise ValueError(f"{function}: weight has shape {weight.shape}; expected ({shape})")
