"""Max pooling, its winners and its gradient. Mean and sum: `cnnbook.mean_pooling`.

A maximum over a window is a maximum over its rows, then over its columns: K_H + K_W steps on
whole arrays instead of K_H·K_W. Padding is never copied: each tap of the window knows which
outputs it has a pixel for.
"""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from cnnbook._checks import Array, Size
from cnnbook._pooling_arguments import (
    Pooling,
    check_flag,
    check_pooling,
    plane_blocks,
    reaches,
)
from cnnbook.windows import check_grad_output


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
    indices = np.empty(y.shape, np.int64)
    places = _places_of_taps(p)
    for block in plane_blocks(planes):
        winners = _winning_taps(planes[block], p)
        indices[block] = np.take_along_axis(places, winners.reshape(-1, *p.out).astype(int), 0)
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
    dx = np.zeros(planes.shape, x.dtype)
    rows, columns = reaches(p, 0), reaches(p, 1)
    for block in plane_blocks(planes):
        winners = _winning_taps(planes[block], p)
        for tap, (u, v) in enumerate(np.ndindex(p.kernel_size)):
            outputs = (slice(None), rows[u].outputs, columns[v].outputs)
            share = dy[block][outputs] * (winners[outputs] == tap)
            dx[block][:, rows[u].pixels, columns[v].pixels] += share
    return dx.reshape(x.shape)


def _maxima(planes: Array, p: Pooling, out: Array) -> None:
    """Write each window's maximum into `out`: over its rows first, then over its columns."""
    over_rows = np.full((len(planes), p.out[0], p.size[1]), _lowest(planes.dtype), planes.dtype)
    for outputs, pixels in reaches(p, 0):
        target = over_rows[:, outputs]
        np.maximum(target, planes[:, pixels], out=target)
    out.fill(_lowest(planes.dtype))
    for outputs, pixels in reaches(p, 1):
        target = out[:, :, outputs]
        np.maximum(target, over_rows[:, :, pixels], out=target)


def _winning_taps(planes: Array, p: Pooling) -> npt.NDArray[Any]:
    """Return which tap of its window each output came from, counted row by row.

    A later tap wins only if it is larger, so the first maximum stays; a NaN always wins.
    Masks are multiplied: selecting by them takes some twenty times as long.
    """
    rows, columns = reaches(p, 0), reaches(p, 1)
    taps = list(np.ndindex(p.kernel_size))
    kind = np.uint8 if len(taps) <= 256 else np.int64
    best = np.full((len(planes), *p.out), _lowest(planes.dtype), planes.dtype)
    winners = np.zeros(best.shape, kind)
    winners[:] = _first_tap_with_a_pixel(p)
    for tap, (u, v) in enumerate(taps):
        outputs = (slice(None), rows[u].outputs, columns[v].outputs)
        pixels = planes[:, rows[u].pixels, columns[v].pixels]
        wins = (pixels > best[outputs]) | (pixels != pixels)
        np.maximum(winners[outputs], wins * kind(tap), out=winners[outputs])
        np.maximum(best[outputs], pixels, out=best[outputs])
    return winners


def _first_tap_with_a_pixel(p: Pooling) -> npt.NDArray[np.int64]:
    """Return, for each output, the tap that wins while nothing is larger than −∞."""
    first = np.zeros(p.out, np.int64)
    rows, columns = reaches(p, 0), reaches(p, 1)
    for tap, (u, v) in reversed(list(enumerate(np.ndindex(p.kernel_size)))):
        first[rows[u].outputs, columns[v].outputs] = tap
    return first


def _places_of_taps(p: Pooling) -> npt.NDArray[np.int64]:
    """Return the flat place in the image that each tap of each output reads, or −1."""
    places = np.full((p.kernel_size[0] * p.kernel_size[1], *p.out), -1)
    image = np.arange(p.size[0] * p.size[1]).reshape(p.size)
    rows, columns = reaches(p, 0), reaches(p, 1)
    for tap, (u, v) in enumerate(np.ndindex(p.kernel_size)):
        pixels = image[rows[u].pixels, columns[v].pixels]
        places[tap, rows[u].outputs, columns[v].outputs] = pixels
    return places


def _lowest(dtype: np.dtype[Any]) -> float:
    """Return what loses against every pixel."""
    return -np.inf if dtype.kind == "f" else int(np.iinfo(dtype).min)
