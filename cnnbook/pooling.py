"""Max pooling, its winners and its gradient. Mean and sum: `cnnbook.mean_pooling`.

A maximum over a window is a maximum over its rows, then over its columns: K_H + K_W steps on
whole arrays instead of K_H·K_W. Padding is never copied: each tap of the window knows which
outputs it has a pixel for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from cnnbook._checks import Array, Size
from cnnbook._gradients import masked
from cnnbook._pooling_arguments import (
    Pooling,
    Reach,
    check_flag,
    check_pooling,
    plane_blocks,
    reaches,
)
from cnnbook.windows import check_grad_output

Index: TypeAlias = tuple[slice | int, ...]


@overload
def max_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Array: ...
@overload
def max_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Array, npt.NDArray[np.int64]]: ...
def max_pool2d(
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Array | tuple[Array, npt.NDArray[np.int64]]:
    """Keep the largest pixel of every window, as `torch.nn.functional.max_pool2d` does.

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
        float32, float64 or int64. A NaN wins against every number.
    kernel_size : int or (height, width)
    stride : int or (height, width), optional
        The kernel's size if it is not given: windows side by side.
    padding : int or (height, width)
        Pixels of −∞ on each side (the smallest integer for int64); at most half the kernel.
    dilation : int or (height, width)
    ceil_mode : bool
        Whether an incomplete last window counts.
    return_indices : bool
        Whether to return the winners' places too.

    Returns
    -------
    y : array of shape (N, C, H_out, W_out), without N for an unbatched `x`
    indices : int64 array of the shape of `y`, if `return_indices`
        Each winner's place in its flattened (H·W) plane: the first maximum in row-major order,
        or the last NaN. A window that lies in the padding altogether, which a dilation makes
        possible, gives −∞ and the index −1.

    Raises
    ------
    ValueError
        If the window does not fit, the padding exceeds half the kernel, or a number is too small.
    TypeError
        For anything but an array of those dtypes, integers and flags.

    Examples
    --------
    >>> x = np.array([[[1, 3, 5, 3], [6, 2, 0, 8], [4, 6, 1, 4], [2, 8, 0, 3]]])
    >>> y, indices = max_pool2d(x, 2, return_indices=True)
    >>> y
    array([[[6, 8],
            [8, 4]]])
    >>> indices
    array([[[ 4,  7],
            [13, 11]]])
    """
    p = check_pooling("max_pool2d", x, kernel_size, stride, padding, dilation, ceil_mode)
    check_flag("max_pool2d", "return_indices", return_indices)
    planes = x.reshape(-1, *p.size)
    shape = (*x.shape[:-2], *p.out)
    y = np.empty((len(planes), *p.out), x.dtype)
    for block in plane_blocks(planes):
        _maxima(planes[block], p, out=y[block])
    if not return_indices:
        return y.reshape(shape)
    indices = np.full(y.shape, -1)
    places = _split_by_stride(np.arange(p.size[0] * p.size[1]).reshape(1, *p.size), p)
    for block in plane_blocks(planes):
        for outputs, pixels, won in _wins(_split_by_stride(planes[block], p), y[block], p):
            indices[block][outputs] += (places[pixels] + 1) * won
    return y.reshape(shape), indices.reshape(shape)


def max_pool2d_backward(
    grad_output: Array,
    x: Array,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return the gradient of `max_pool2d`: all of it goes to each window's winner.

    Where windows overlap, a pixel that wins several receives the sum.

    Parameters
    ----------
    grad_output : array of the shape of the output
    x, kernel_size, stride, padding, dilation, ceil_mode
        As given to `max_pool2d`.

    Returns
    -------
    array of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        As `max_pool2d`, and if `grad_output` has another shape or dtype than its output.

    Examples
    --------
    >>> x = np.array([[[1, 3, 5, 3], [6, 2, 0, 8]]])
    >>> max_pool2d_backward(np.array([[[10, 20]]]), x, 2)
    array([[[ 0,  0,  0,  0],
            [10,  0,  0, 20]]])
    """
    name = "max_pool2d_backward"
    p = check_pooling(name, x, kernel_size, stride, padding, dilation, ceil_mode)
    check_grad_output(name, grad_output, x, (*x.shape[:-2], *p.out))
    planes = x.reshape(-1, *p.size)
    dy = grad_output.reshape(-1, *p.out)
    if _halves_the_image(p):
        return _gradient_of_quarters(dy, planes).reshape(x.shape)
    dx = np.empty(planes.shape, x.dtype)
    for block in plane_blocks(planes):
        y = np.empty(dy[block].shape, x.dtype)
        _maxima(planes[block], p, out=y)
        split = _split_by_stride(planes[block], p)
        gradient = np.zeros_like(split)
        for outputs, pixels, won in _wins(split, y, p):
            gradient[pixels] += masked(dy[block][outputs], won)
        for first_row, first_column in np.ndindex(p.stride):
            target = dx[block][:, first_row :: p.stride[0], first_column :: p.stride[1]]
            height, width = target.shape[1:]
            target[...] = gradient[first_row, first_column, :, :height, :width]
    return dx.reshape(x.shape)


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


def _split_by_stride(planes: Array, p: Pooling) -> Array:
    """Copy planes to (s_h, s_w, ..., H/s_h, W/s_w): what one tap reads lies side by side then.

    Every tap is compared and added to, and on neighbours both go several times as fast as on
    every second pixel of every second row.
    """
    count, height, width = planes.shape
    if p.stride == (1, 1):
        return planes[None, None]
    shape = (*p.stride, count, -(-height // p.stride[0]), -(-width // p.stride[1]))
    split = np.zeros(shape, planes.dtype)
    for first_row, first_column in np.ndindex(p.stride):
        part = planes[:, first_row :: p.stride[0], first_column :: p.stride[1]]
        split[first_row, first_column, :, : part.shape[1], : part.shape[2]] = part
    return split


def _wins(planes: Array, y: Array, p: Pooling) -> Iterator[tuple[Index, Index, Array]]:
    """Yield, tap by tap: some outputs, the pixels that tap reads for them, and where it won.

    Each output is won once: by the first tap that equals the maximum, or by the last NaN.
    The masks are for multiplying: selecting by them takes some twenty times as long. `planes`
    come as `_split_by_stride` leaves them.
    """
    taps = []
    for row in reaches(p, 0):
        for column in reaches(p, 1):
            outputs = (slice(None), row.outputs, column.outputs)
            first_row, rows = _after_split(row, p.stride[0])
            first_column, columns = _after_split(column, p.stride[1])
            taps.append((outputs, (first_row, first_column, slice(None), rows, columns)))
    free = np.ones(y.shape, bool)
    for outputs, pixels in taps:
        won = planes[pixels] == y[outputs]
        won &= free[outputs]
        free[outputs] ^= won
        yield outputs, pixels, won
    if y.dtype.kind == "f" and np.isnan(y).any():  # NaN equals nothing: its outputs are free
        for outputs, pixels in reversed(taps):
            won = np.isnan(planes[pixels]) & free[outputs]
            free[outputs] ^= won
            yield outputs, pixels, won


def _after_split(reach: Reach, stride: int) -> tuple[int, slice]:
    """Return where the pixels of a tap went: which part, and which of its neighbours."""
    start, first = divmod(reach.pixels.start, stride)
    return first, slice(start, start + reach.outputs.stop - reach.outputs.start)


def _lowest(dtype: np.dtype[Any]) -> float:
    """Return what loses against every pixel."""
    return -np.inf if dtype.kind == "f" else int(np.iinfo(dtype).min)
