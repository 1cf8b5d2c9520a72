"""Printed lines taken away: ruled and squared paper, a margin, the rim of a sheet.

A printed line is straight, runs across the whole picture and is equally dark and thin all the
way. No stroke of a digit is all of that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float64]
Mask = NDArray[np.bool_]

STEEPEST = 0.18  # rows per column: paper that lies askew by ten degrees
SLOPES = 73  # tried between: half a pixel in a hundred apart
COVERED = 0.6  # of the picture's width has a line's rim, at least
MOST_LINES = 60
THICKEST = 0.025  # of the picture's shorter side


def without_lines(share: Grey) -> Grey:
    """Take away the lines that run across a picture from left to right or from top to bottom.

    Where a stroke crosses a line it stays; where it runs along one, its ink less the line's stays.
    If nothing were left, and the ink does not run from border to border, it is a 1, not a line.

    Parameters
    ----------
    share : ndarray of float64, shape (H, W)
        Ink, 0 where there is none.

    Returns
    -------
    ndarray of float64, shape (H, W)
    """
    without = _without_level_lines(_without_level_lines(share).T).T
    dark = share > 0
    from_border_to_border = (dark[0].any() and dark[-1].any()) or dark[:, [0, -1]].any(0).all()
    if from_border_to_border or without.sum() > 0.02 * share.sum():
        return without
    return share


def _without_level_lines(share: Grey) -> Grey:
    """Take away lines from left to right, the longest first.

    Every slope is tried: seen along a line's own slope, the pixels of its upper rim fall into
    one row (Hough, 1962; here with rows instead of angles).
    """
    height, width = share.shape
    tolerance = max(2, round(0.004 * height))
    rows, columns = np.nonzero((share > 0) & ~np.pad(share > 0, ((1, 0), (0, 0)))[:-1])
    slopes = np.linspace(-STEEPEST, STEEPEST, SLOPES)
    margin = int(STEEPEST * width / 2) + 2
    tilted = rows - np.outer(slopes, columns - width / 2)
    tilted = np.rint(tilted).astype(np.int64) + margin
    size = height + 2 * margin
    cells = tilted + size * np.arange(SLOPES)[:, None]
    counts = np.bincount(cells.ravel(), minlength=SLOPES * size).reshape(SLOPES, size)
    left = np.ones(len(rows), dtype=bool)
    result = share
    for _ in range(MOST_LINES):
        sums = np.cumsum(np.pad(counts, ((0, 0), (1, 0))), axis=1)
        near = sums[:, 2 * tolerance + 1 :] - sums[:, : -2 * tolerance - 1]
        slope, start = np.unravel_index(near.argmax(), near.shape)
        if near[slope, start] < COVERED * width:
            break
        rim = left & (np.abs(tilted[slope] - start - tolerance) <= tolerance)
        result = _without(result, rows[rim], columns[rim], float(slopes[slope]))
        counts -= np.bincount(cells[:, rim].ravel(), minlength=SLOPES * size).reshape(counts.shape)
        left &= ~rim
    return result


def _without(
    share: Grey, rows: NDArray[np.int64], columns: NDArray[np.int64], slope: float
) -> Grey:
    """Take away one line, given by the pixels of its upper rim."""
    height, width = share.shape
    across = np.arange(width)
    seen = np.unique(columns)
    if len(seen) < COVERED * width:
        return share
    # The rim, column by column: straight, but for what a sheet that is not flat adds slowly.
    order = np.argsort(columns)
    rows, columns = rows[order], columns[order]
    offset = np.interp(across, columns, rows - slope * columns)
    rim = np.rint(slope * across + _running_median(offset, width // 12)).astype(np.int64)
    depth = max(4, round(2 * THICKEST * min(share.shape)))
    reach = np.arange(-4, depth + 4)
    places = rim + reach[:, None]  # a band around the line, made level
    inside = (places >= 0) & (places < height)
    band = np.where(inside, share[places.clip(0, height - 1), across], 0)
    profile = np.median(band[:, seen], axis=1)
    covered = np.flatnonzero(profile > 0)
    if not len(covered) or len(covered) > THICKEST * min(share.shape):
        return share
    top, bottom = max(1, covered[0] - 2), min(covered[-1] + 2, len(band) - 2)
    # A stroke that crosses shows on both sides. Elsewhere somewhat more than the line goes, so
    # that its uneven parts go as well; a stroke along it is darker.
    crossed = _near(band[top - 1] > 0) & _near(band[bottom + 1] > 0)
    lines = band[top : bottom + 1]
    rest = lines - 1.5 * np.maximum(profile[top : bottom + 1], profile.max() / 2)[:, None]
    new = np.where(crossed & (lines > 0), lines, np.maximum(rest, 0))
    result = share.copy()
    here = inside[top : bottom + 1]
    result[places[top : bottom + 1][here], np.broadcast_to(across, new.shape)[here]] = new[here]
    return result


def _near(dark: Mask) -> Mask:
    """Whether there is ink here or in one of two columns on either side: strokes are slanted."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(dark, 2), 5)
    return np.logical_or.reduce(windows, axis=-1)


def _running_median(values: Grey, width: int) -> Grey:
    half = max(1, width // 2)
    padded = np.pad(values, half, mode="reflect")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=-1)
