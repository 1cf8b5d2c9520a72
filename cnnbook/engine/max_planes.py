"""Why max pooling is fast: its winners, their places and their gradient, on planes (N·C, H, W).

A maximum over a window is a maximum over its rows, then over its columns: K_H + K_W steps on
whole arrays instead of K_H·K_W. Padding is never copied: each tap of the window knows which
outputs it has a pixel for.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from cnnbook.arguments.checks import Array
from cnnbook.arguments.pooling import Pooling
from cnnbook.engine.masks import masked
from cnnbook.engine.planes import plane_blocks, reaches

Index: TypeAlias = tuple[Any, ...]


def forward(planes: Array, p: Pooling) -> Array:
    """Return each window's maximum."""
    y = np.empty((len(planes), *p.out), planes.dtype)
    for block in plane_blocks(planes):
        _maxima(planes[block], p, out=y[block])
    return y


def indices(planes: Array, p: Pooling) -> npt.NDArray[np.int64]:
    """Return the winners' places."""
    p = _without_idle_strides(p)
    places = np.empty((len(planes), *p.out), np.int64)
    for block in plane_blocks(planes):
        places[block] = _indices(planes[block], p)
    return places


def input_gradient(dy: Array, planes: Array, p: Pooling) -> Array:
    """Send all of each output's gradient to its window's winner."""
    if _halves_the_image(p):
        return _gradient_of_quarters(dy, planes)
    p = _without_idle_strides(p)
    dx = np.empty(planes.shape, planes.dtype)
    for block in plane_blocks(planes):
        dx[block] = _gradient(dy[block], planes[block], p)
    return dx


def _halves_the_image(p: Pooling) -> bool:
    """Say whether windows are 2×2 and side by side, and all of their pixels exist."""
    whole = all(2 * p.out[axis] <= p.size[axis] for axis in (0, 1))
    return whole and p[:4] == ((2, 2), (2, 2), (0, 0), (1, 1))


def _without_idle_strides(p: Pooling) -> Pooling:
    """Give an axis with one window the stride 1: a stride of 10⁹ would take as much memory."""
    height, width = (s if out > 1 else 1 for s, out in zip(p.stride, p.out, strict=True))
    return p._replace(stride=(height, width))


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
    rows, columns = reaches(p, 0), reaches(p, 1)
    taps = [((..., o, slice(None)), planes[:, read]) for o, read in rows]
    _fill(over_rows, taps)
    _fill(out, [((..., o), over_rows[..., read]) for o, read in columns])


def _fill(maxima: Array, taps: list[tuple[Index, Array]]) -> None:
    """Fill in the maxima over the taps, given what outputs each has a pixel for, and the pixels.

    Two taps that have one for every output begin, the others follow: two thirds of the time of
    starting with −∞.
    """
    whole = [pixels.shape == maxima.shape for _, pixels in taps]
    pairs = [t for t in range(len(taps) - 1) if whole[t] and whole[t + 1]]
    if pairs:
        earlier, later = taps[: pairs[0]], taps[pairs[0] + 2 :]
        np.maximum(taps[pairs[0]][1], taps[pairs[0] + 1][1], out=maxima)
    else:
        earlier, later = [], taps
        maxima.fill(_lowest(maxima.dtype))
    for outputs, pixels in reversed(earlier):
        np.maximum(pixels, maxima[outputs], out=maxima[outputs])
    for outputs, pixels in later:
        np.maximum(maxima[outputs], pixels, out=maxima[outputs])


def _gradient(dy: Array, planes: Array, p: Pooling) -> Array:
    """Send gradients to the row of each window's winner, then along this row to the winner.

    The first maximum of a window is the first one in the first row that has it, and the last
    NaN likewise: so K_H + K_W comparisons do the work of K_H·K_W.
    """
    lines, (rows, columns) = _lines(planes, p), _taps(len(planes), p)
    of_rows, y = _maxima_of_rows(lines, rows, columns, p)
    nan = _has_nan(y)
    to_rows = np.zeros_like(of_rows)
    for tap, won in _wins(of_rows, y, rows, nan):
        _send(dy[tap.outputs], won, tap, to_rows)
    gradient = np.zeros_like(lines)
    for tap, won in _wins(lines, of_rows, columns, nan):
        _send(to_rows, won, tap, gradient)
    dx = np.empty_like(planes)
    for first, part in enumerate(_parts(gradient, len(planes), p)):
        target = dx[:, :, first :: p.stride[1]]
        target[...] = part[..., : target.shape[2]]
    return dx


def _indices(planes: Array, p: Pooling) -> Array:
    """Return the winners' places: one for each row of a window first, then the winner's."""
    lines, (rows, columns) = _lines(planes, p), _taps(len(planes), p)
    of_rows, y = _maxima_of_rows(lines, rows, columns, p)
    nan = _has_nan(y)
    in_row = np.full(of_rows.shape, -1)
    places = np.arange(p.size[0])[:, None] * p.size[1] + np.arange(_line(p)) * p.stride[1]
    for tap, won in _wins(lines, of_rows, columns, nan):
        in_row += (places + tap.offset + 1) * won
    indices = np.full(y.shape, -1)
    for tap, won in _wins(of_rows, y, rows, nan):
        indices[tap.outputs] += (tap.of(in_row) + 1) * won
    return indices


def _maxima_of_rows(
    lines: Array, rows: list[Tap], columns: list[Tap], p: Pooling
) -> tuple[Array, Array]:
    """Return the maxima of the windows' rows, (count, H, L), and those of the windows."""
    of_rows = np.empty(columns[0].shape, lines.dtype)
    _fill(of_rows, [((..., c.reached), c.of(lines)[..., c.reached]) for c in columns])
    y = np.empty((len(of_rows), *p.out), lines.dtype)
    _fill(y, [(r.outputs, r.of(of_rows)) for r in rows])
    return of_rows, y


def _send(grad_output: Array, won: Array, tap: Tap, gradient: Array) -> None:
    """Send gradients to the pixels of a tap that won; write them where nothing was sent yet."""
    if tap.first:
        masked(grad_output, won, out=tap.of(gradient))
    else:
        tap.of(gradient)[...] += masked(grad_output, won)


def _has_nan(y: Array) -> bool:
    """Say whether a maximum is NaN; if none is, no pixel of a window and no row of it was."""
    return y.dtype.kind == "f" and bool(np.isnan(y).any())


def _wins(lines: Array, maxima: Array, taps: list[Tap], nan: bool) -> Iterator[tuple[Tap, Array]]:
    """Yield the taps, each with a mask of the outputs that it won.

    Each output is won once: by the first tap that equals the maximum, or by the last NaN. So
    without NaN all that is left is the last tap's, and nothing is compared; with the first taps'
    gradients written, not added, a 3×3 pooling with stride 2 takes .92 of the time.
    The masks are for multiplying: selecting by them takes some twenty times as long.
    """
    free = np.ones(maxima.shape, bool)
    for tap in taps if nan else taps[:-1]:
        yield tap, _take(tap, tap.of(lines) == maxima[tap.outputs], free)
    if not nan:
        yield taps[-1], free[taps[-1].outputs]
        return
    for tap in reversed(taps):  # NaN equals nothing: still free
        yield tap._replace(first=False), _take(tap, np.isnan(tap.of(lines)), free)


def _take(tap: Tap, wanted: Array, free: Array) -> Array:
    """Leave of the outputs that a tap wants those that it reaches and that are free; take them."""
    wanted[..., : tap.reached.start] = False
    wanted[..., tap.reached.stop :] = False
    wanted &= free[tap.outputs]
    free[tap.outputs] ^= wanted
    return wanted


class Tap(NamedTuple):
    """One row or column of the kernel: what it reads for which outputs."""

    offset: int  # the pixel that it reads for the first output
    outputs: Index
    pixels: Index
    shape: tuple[int, int, int]
    reached: slice  # the columns of the outputs that it has a pixel for
    first: bool  # whether no tap before reads any of these pixels

    def of(self, array: Array) -> Array:
        """View what it reads, an array like the outputs."""
        return array[self.pixels].reshape(self.shape)


def _taps(count: int, p: Pooling) -> tuple[list[Tap], list[Tap]]:
    """Return the kernel's rows and its columns."""
    return _row_taps(count, p), _column_taps(count, p)


def _row_taps(count: int, p: Pooling) -> list[Tap]:
    """Return the kernel's rows, which read lines of maxima."""
    taps: list[Tap] = []
    width = slice(0, p.out[1])
    for u, reach in enumerate(reaches(p, 0)):
        offset = u * p.dilation[0] - p.padding[0]
        shape = (count, reach.outputs.stop - reach.outputs.start, p.out[1])
        pixels = (..., reach.pixels, width)
        first = all((offset - tap.offset) % p.stride[0] for tap in taps)
        taps.append(Tap(offset, (..., reach.outputs, width), pixels, shape, width, first))
    return taps


def _column_taps(count: int, p: Pooling) -> list[Tap]:
    """Return the kernel's columns, which read `_lines`."""
    shape = (count, p.size[0], _line(p))
    taps: list[Tap] = []
    for v, reach in enumerate(reaches(p, 1)):
        offset = v * p.dilation[1] - p.padding[1]
        start, part = divmod(offset, p.stride[1])
        first = _room(p) + start
        pixels = (part, slice(first, first + prod(shape)))
        every = reach.outputs == slice(0, p.out[1])
        reached = slice(0, shape[-1]) if every else reach.outputs  # in one piece
        fresh = all((offset - tap.offset) % p.stride[1] for tap in taps)
        taps.append(Tap(offset, (...,), pixels, shape, reached, fresh))
    return taps


def _lines(planes: Array, p: Pooling) -> Array:
    """Copy planes to (s, room + count·H·L + room), s the columns' stride and L a line's length.

    What one tap reads for neighbouring outputs lies side by side then; and what it reads for all
    outputs is one piece, which begins so many pixels further on. At the ends of lines that is a
    pixel of another line: these outputs a tap must not take. The gradient of a 3×3 pooling takes
    .86 of the time that it takes line by line.
    """
    part = len(planes) * p.size[0] * _line(p)
    lines = np.zeros((p.stride[1], part + 2 * _room(p)), planes.dtype)
    for first, target in enumerate(_parts(lines, len(planes), p)):
        pixels = planes[:, :, first :: p.stride[1]]
        target[..., : pixels.shape[2]] = pixels
    return lines


def _parts(lines: Array, count: int, p: Pooling) -> Array:
    """View `_lines` as (s, count, H, L)."""
    inside = lines[:, _room(p) : lines.shape[1] - _room(p)]
    return inside.reshape(p.stride[1], count, p.size[0], _line(p))


def _line(p: Pooling) -> int:
    """Return the length of a line: every s-th pixel of a row, and an output for each window."""
    return max(p.out[1], -(-p.size[1] // p.stride[1]))


def _room(p: Pooling) -> int:
    """Return how far a tap may reach past the ends of all lines."""
    return (p.dilation[1] * p.kernel_size[1] + p.padding[1]) // p.stride[1] + 1


def _lowest(dtype: np.dtype[Any]) -> float:
    """Return what loses against every pixel."""
    return -np.inf if dtype.kind == "f" else int(np.iinfo(dtype).min)
