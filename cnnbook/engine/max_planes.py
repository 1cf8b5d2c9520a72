"""Why max pooling is fast: its winners, their places and their gradient, on planes (N·C, H, W).

A maximum over a window is a maximum over its rows, then over its columns: K_H + K_W steps on
whole arrays instead of K_H·K_W. Padding is never copied: each tap of the window knows which
outputs it has a pixel for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from cnnbook.arguments.checks import Array
from cnnbook.arguments.pooling import Pooling
from cnnbook.engine.masks import masked
from cnnbook.engine.planes import Reach, plane_blocks, reaches

Index: TypeAlias = tuple[Any, ...]
Taps: TypeAlias = list[tuple[Index, Index]]  # some outputs, and the pixels a tap reads for them


def forward(planes: Array, p: Pooling) -> Array:
    """Return each window's maximum."""
    y = np.empty((len(planes), *p.out), planes.dtype)
    for block in plane_blocks(planes):
        _maxima(planes[block], p, out=y[block])
    return y


def indices(planes: Array, p: Pooling) -> npt.NDArray[np.int64]:
    """Return the winners' places."""
    places = np.empty((len(planes), *p.out), np.int64)
    for block in plane_blocks(planes):
        places[block] = _indices(planes[block], p)
    return places


def input_gradient(dy: Array, planes: Array, p: Pooling) -> Array:
    """Send all of each output's gradient to its window's winner."""
    if _halves_the_image(p):
        return _gradient_of_quarters(dy, planes)
    dx = np.empty(planes.shape, planes.dtype)
    for block in plane_blocks(planes):
        dx[block] = _gradient(dy[block], planes[block], p)
    return dx


def _halves_the_image(p: Pooling) -> bool:
    """Say whether windows are 2×2 and side by side, and all of their pixels exist."""
    whole = all(2 * p.out[axis] <= p.size[axis] for axis in (0, 1))
    return whole and p[:4] == ((2, 2), (2, 2), (0, 0), (1, 1))


def _gradient_of_quarters(dy: Array, planes: Array) -> Array:
    """Return the gradient for the commonest pooling, in .55 of the general way's time.

    It goes to the upper or the lower row of a window, then to the left or the right pixel of
    that row. Nothing is compared with the maximum, and each pixel is written once.
    """
    dx = np.zeros(planes.shape, planes.dtype)
    height, width = 2 * dy.shape[1], 2 * dy.shape[2]
    for block in plane_blocks(planes):
        # Copied, as they are compared twice: on every second pixel that takes five times as long.
        left = planes[block, :height, 0:width:2].copy()
        right = planes[block, :height, 1:width:2].copy()
        rows = np.maximum(left, right)
        right_wins = _second_wins(left, right, rows)
        lower_wins = _second_wins(rows[:, 0::2], rows[:, 1::2], rows)
        to_rows = np.empty(rows.shape, dy.dtype)
        masked(dy[block], ~lower_wins, out=to_rows[:, 0::2])
        masked(dy[block], lower_wins, out=to_rows[:, 1::2])
        masked(to_rows, ~right_wins, out=dx[block, :height, 0:width:2])
        masked(to_rows, right_wins, out=dx[block, :height, 1:width:2])
    return dx


def _second_wins(first: Array, second: Array, maxima: Array) -> npt.NDArray[np.bool_]:
    """Return where the second of two pixels wins: it is larger, or NaN."""
    wins: npt.NDArray[np.bool_] = second > first
    if np.isnan(maxima).any():
        wins |= np.isnan(second)
    return wins


def _maxima(planes: Array, p: Pooling, out: Array) -> None:
    """Write each window's maximum into `out`: over its rows first, then over its columns."""
    over_rows = np.empty((len(planes), p.out[0], p.size[1]), planes.dtype)
    _maxima_of_taps(planes, reaches(p, 0), out=over_rows)
    _maxima_of_taps(over_rows.swapaxes(1, 2), reaches(p, 1), out=out.swapaxes(1, 2))


def _maxima_of_taps(lines: Array, taps: list[Reach], out: Array) -> None:
    """Write the maximum over the taps along the second axis into `out`."""
    every_output = slice(0, out.shape[1])
    if len(taps) > 1 and all(tap.outputs == every_output for tap in taps):
        # Without padding the first two begin: two thirds of the time of filling `out` with −∞.
        np.maximum(lines[:, taps[0].pixels], lines[:, taps[1].pixels], out=out)
        taps = taps[2:]
    else:
        out.fill(_lowest(out.dtype))
    for outputs, pixels in taps:
        np.maximum(out[:, outputs], lines[:, pixels], out=out[:, outputs])


def _gradient(dy: Array, planes: Array, p: Pooling) -> Array:
    """Send gradients to the row of each window's winner, then along this row to the winner.

    The first maximum of a window is the first one in the first row that has it, and the last
    NaN likewise: so K_H + K_W comparisons do the work of K_H·K_W.
    """
    split = _split_by_stride(planes, p)
    of_rows, y = _maxima_of_rows(split, p)
    gradient = _sent(_sent(dy, of_rows, y, _row_taps(p)), split, of_rows, _column_taps(p))
    dx = np.empty_like(planes)
    for first in range(p.stride[1]):
        target = dx[:, :, first :: p.stride[1]]
        target[...] = gradient[first, ..., : target.shape[2]]
    return dx


def _sent(dy: Array, lines: Array, maxima: Array, taps: Taps) -> Array:
    """Return the gradient of `lines`, given that of their maxima."""
    gradient = np.zeros_like(lines)
    for outputs, pixels, won in _wins(lines, maxima, taps):
        gradient[pixels] += masked(dy[outputs], won)
    return gradient


def _indices(planes: Array, p: Pooling) -> Array:
    """Return the winners' places: one for each row of a window first, then the winner's."""
    split = _split_by_stride(planes, p)
    of_rows, y = _maxima_of_rows(split, p)
    places = _split_by_stride(np.arange(p.size[0] * p.size[1]).reshape(1, *p.size), p)
    in_row = np.full(of_rows.shape, -1)
    for outputs, pixels, won in _wins(split, of_rows, _column_taps(p)):
        in_row[outputs] += (places[pixels] + 1) * won
    indices = np.full(y.shape, -1)
    for outputs, pixels, won in _wins(of_rows, y, _row_taps(p)):
        indices[outputs] += (in_row[pixels] + 1) * won
    return indices


def _maxima_of_rows(split: Array, p: Pooling) -> tuple[Array, Array]:
    """Return the maxima of the windows' rows, (count, H, W_out), and those of the windows."""
    of_rows = np.full((*split.shape[1:3], p.out[1]), _lowest(split.dtype), split.dtype)
    for outputs, pixels in _column_taps(p):
        np.maximum(of_rows[outputs], split[pixels], out=of_rows[outputs])
    y = np.full((len(of_rows), *p.out), _lowest(split.dtype), split.dtype)
    for outputs, pixels in _row_taps(p):
        np.maximum(y[outputs], of_rows[pixels], out=y[outputs])
    return of_rows, y


def _row_taps(p: Pooling) -> Taps:
    """Return, for each row of the kernel, some outputs and the rows that it reads for them."""
    return [
        ((..., reach.outputs, slice(None)), (..., reach.pixels, slice(None)))
        for reach in reaches(p, 0)
    ]


def _column_taps(p: Pooling) -> Taps:
    """Return the same for each column, of planes that `_split_by_stride` has cut up."""
    taps: Taps = []
    for outputs, pixels in reaches(p, 1):
        start, part = divmod(pixels.start, p.stride[1])
        read = slice(start, start + outputs.stop - outputs.start)
        taps.append(((..., outputs), (part, ..., read)))
    return taps


def _split_by_stride(planes: Array, p: Pooling) -> Array:
    """Copy planes to (s, count, H, W/s), s the columns' stride.

    What one tap reads lies side by side then, where it is compared and added several times as
    fast as on every second pixel.
    """
    stride = p.stride[1]
    if stride == 1:
        return planes[None]
    split = np.zeros((stride, *planes.shape[:2], -(-planes.shape[2] // stride)), planes.dtype)
    for first in range(stride):
        part = planes[:, :, first::stride]
        split[first, ..., : part.shape[2]] = part
    return split


def _wins(lines: Array, maxima: Array, taps: Taps) -> Iterator[tuple[Index, Index, Array]]:
    """Yield, tap by tap: some outputs, the pixels that tap reads for them, and where it won.

    Each output is won once: by the first tap that equals the maximum, or by the last NaN.
    The masks are for multiplying: selecting by them takes some twenty times as long.
    """
    free = np.ones(maxima.shape, bool)
    for outputs, pixels in taps:
        won = lines[pixels] == maxima[outputs]
        won &= free[outputs]
        free[outputs] ^= won
        yield outputs, pixels, won
    if maxima.dtype.kind == "f" and np.isnan(maxima).any():  # NaN equals nothing: still free
        for outputs, pixels in reversed(taps):
            won = np.isnan(lines[pixels]) & free[outputs]
            free[outputs] ^= won
            yield outputs, pixels, won


def _lowest(dtype: np.dtype[Any]) -> float:
    """Return what loses against every pixel."""
    return -np.inf if dtype.kind == "f" else int(np.iinfo(dtype).min)
