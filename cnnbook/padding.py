"""Padding and its adjoint: pixels around an image, and what their gradients go back to."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnbook.arguments.checks import Array, Size, check_grad_output
from cnnbook.arguments.padding import PadMode, Sides, check_fill, check_pad
from cnnbook.arguments.sizes import Pair


def pad(
    x: Array,
    padding: Size | tuple[Pair, Pair],
    mode: PadMode = "constant",
    value: float = 0.0,
) -> Array:
    """Widen the last two axes of an array.

    Parameters
    ----------
    x : array of shape (..., H, W)
        Two to four axes; float32, float64 or int64.
    padding : int, (height, width) or ((top, bottom), (left, right))
        Pixels added: everywhere, per axis on both sides, or per side.
    mode : {"constant", "reflect", "replicate", "circular"}
        What the new pixels hold: `value`; the image mirrored without repeating its edge
        (c b | a b c | b a); its edge repeated (a a | a b c | c c); its other end
        (b c | a b c | a b).
    value : float
        For "constant" only; a number that the dtype of `x` can hold.

    Returns
    -------
    array of shape (..., top + H + bottom, left + W + right)
        A new array of the dtype of `x`.

    Raises
    ------
    ValueError
        For a negative padding, an unknown mode, a reflected padding that is not smaller than
        the axis, a circular one that is larger, or an axis without pixels to take from; for a
        `value` beyond the dtype of `x`, or with another mode than "constant".
    TypeError
        For anything but an array of those dtypes, or a `value` that is no real number or, for
        int64, no integer.

    Examples
    --------
    >>> pad(np.array([[1, 2, 3]]), ((0, 0), (2, 2)), mode="reflect")
    array([[3, 2, 1, 2, 3, 2, 1]])
    """
    sides = check_pad("pad", x, padding, mode)
    padded = widened(x, sides, mode, check_fill("pad", value, x.dtype, mode))
    return padded.copy() if padded is x else padded


@np.errstate(all="ignore")  # infinities of both signs meet silently, as in torch
def pad_backward(
    grad_output: Array, x: Array, padding: Size | tuple[Pair, Pair], mode: PadMode = "constant"
) -> Array:
    """Return the gradient of `pad`: every new pixel gives its share back to its source.

    Parameters
    ----------
    grad_output : array of the shape of ``pad(x, padding, mode)``
    x : array
        The input of `pad`; only its shape is used.
    padding, mode
        As in `pad`.

    Returns
    -------
    array of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        As `pad`, and for a `grad_output` of another shape or dtype.

    Examples
    --------
    >>> pad_backward(np.ones((1, 5)), np.zeros((1, 3)), ((0, 0), (1, 1)), mode="replicate")
    array([[2., 1., 2.]])
    """
    name = "pad_backward"
    sides = check_pad(name, x, padding, mode)
    (top, bottom), (left, right) = sides
    *lead, height, width = x.shape
    shape = (*lead, top + height + bottom, left + width + right)
    check_grad_output(name, grad_output, shape, x=x)
    return np.array(narrowed(grad_output, sides, mode))


# What the operations of the package share. ------------------------------------------------


def widened(x: Array, sides: Sides, mode: str = "constant", value: float = 0) -> Array:
    """Pad without checks; the same array when there is nothing to add."""
    (top, bottom), (left, right) = sides
    if not (top or bottom or left or right):
        return x
    height, width = x.shape[-2:]
    if mode != "constant":
        rows = source_pixels(height, top, bottom, mode)
        columns = source_pixels(width, left, right, mode)
        return np.take(np.take(x, rows, axis=-2), columns, axis=-1)
    shape = (*x.shape[:-2], top + height + bottom, left + width + right)
    out = np.full(shape, value, x.dtype) if value else np.zeros(shape, x.dtype)
    out[..., top : top + height, left : left + width] = x
    return out


def narrowed(grad: Array, sides: Sides, mode: str = "constant") -> Array:
    """Pad's adjoint without checks: cut the border off, and give it back to its source."""
    (top, bottom), (left, right) = sides
    height = grad.shape[-2] - top - bottom
    width = grad.shape[-1] - left - right
    inside = grad[..., top : top + height, left : left + width]
    if mode == "constant" or not (top or bottom or left or right):
        return inside
    # One axis after the other, as pixels in the corners were copied twice.
    rows = grad[..., top : top + height, :].copy()
    for i, source in _border(height, top, bottom, mode):
        rows[..., source, :] += grad[..., i, :]
    out = rows[..., left : left + width].copy()
    for j, source in _border(width, left, right, mode):
        out[..., source] += rows[..., j]
    return out


def source_pixels(size: int, before: int, after: int, mode: str) -> npt.NDArray[np.integer[Any]]:
    """Return, for each pixel of a padded axis, the pixel of the axis it is copied from."""
    positions = np.arange(-before, size + after)
    if mode == "circular":
        return positions % size
    if mode == "replicate":
        return np.clip(positions, 0, size - 1)
    # Reflect: 0 and size − 1 are the mirrors.
    folded: npt.NDArray[np.integer[Any]] = np.abs((size - 1) - np.abs(positions))
    return (size - 1) - folded


def _border(size: int, before: int, after: int, mode: str) -> list[tuple[int, int]]:
    """Return (padded pixel, source pixel) for the padding of one axis.

    The source is counted from the axis' own start, the padded pixel from the padding's.
    """
    sources = source_pixels(size, before, after, mode)
    outside = [*range(before), *range(before + size, before + size + after)]
    return [(i, int(sources[i])) for i in outside]
