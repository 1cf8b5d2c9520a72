"""Ink in pieces: what hangs together, and which pieces make a digit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float64]

EDGE = 0.2  # of full ink: where a stroke ends
ABOVE = 0.25  # pieces above each other are this near, in heights of the larger one
TOUCHING = 0.04  # and pieces beside each other this
SMALL = 0.3  # of the largest digit's height or width: what is smaller is no digit


def pieces(dark: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """Number the pieces of a mask: pixels that touch, also at a corner, are of one piece.

    Returns
    -------
    numbers : ndarray of int64, shape (H, W)
        0 where nothing is, 1 to count in the pieces.
    count : int

    Examples
    --------
    >>> pieces(np.array([[1, 0, 0, 1], [0, 1, 0, 1]], dtype=bool))
    (array([[1, 0, 0, 2],
           [0, 1, 0, 2]]), 2)
    """
    padded = np.pad(dark, ((0, 0), (1, 1))).astype(np.int8)
    step = np.diff(padded, axis=1)
    rows, starts = np.nonzero(step == 1)  # a run of pixels in a row: its first,
    ends = np.nonzero(step == -1)[1]  # and the first behind it
    parent = list(range(len(rows)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    first = np.searchsorted(rows, np.arange(len(dark) + 1))  # runs of row r: first[r] …
    for row in range(1, len(dark)):
        above, last_above, here = first[row - 1], first[row], first[row]
        while above < last_above and here < first[row + 1]:
            if starts[above] <= ends[here] and starts[here] <= ends[above]:
                a, b = sorted((root(above), root(here)))
                parent[b] = a
            if ends[above] < ends[here]:
                above += 1
            else:
                here += 1
    roots = np.array([root(run) for run in range(len(rows))], dtype=np.int64)
    kinds, numbers = np.unique(roots, return_inverse=True)
    # Along a row the number rises where a run starts, and falls behind its end.
    change = np.zeros((len(dark), dark.shape[1] + 1), dtype=np.int64)
    change[rows, starts] += numbers + 1
    change[rows, ends] -= numbers + 1
    return np.cumsum(change, axis=1)[:, :-1], len(kinds)


Box = tuple[int, int, int, int]  # top, bottom, left, right; bottom and right are the first outside


def separate(ink: Grey) -> list[Grey]:
    """Cut ink into digits, as they are read: from left to right, row by row.

    Pieces that stand above each other or all but touch are of one digit: the bar of a 5, or what
    a ruled line parted. What is much smaller than the largest digit is left out.

    Parameters
    ----------
    ink : ndarray, shape (H, W)
        0 to 1, some of it 1 (`cnnbook.data.scans.read_ink`).

    Returns
    -------
    list of ndarray
        For each digit the part of the picture that holds it, without its neighbours' ink.

    Examples
    --------
    >>> ink = np.zeros((9, 12))
    >>> ink[1:8, 2] = ink[1:8, 8:10] = 1
    >>> [digit.shape for digit in separate(ink)]
    [(7, 1), (7, 2)]
    """
    numbers, count = pieces(ink >= EDGE)
    groups = [(box, [n + 1]) for n, box in enumerate(boxes(numbers, count))]
    while pair := _first_pair(groups):
        (a, of_a), (b, of_b) = groups[pair[0]], groups.pop(pair[1])
        both = min(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), max(a[3], b[3])
        groups[pair[0]] = both, of_a + of_b
    tallest = max(size_of(box) for box, _ in groups)
    digits = []
    for box, members in _in_reading_order([g for g in groups if size_of(g[0]) >= SMALL * tallest]):
        top, bottom, left, right = box
        own = np.isin(numbers[top:bottom, left:right], members)
        digits.append(np.where(own, ink[top:bottom, left:right], 0))
    return digits


def boxes(numbers: NDArray[np.int64], count: int) -> list[Box]:
    """Return the smallest box around each piece."""
    rows, columns = np.nonzero(numbers)
    owner = numbers[rows, columns] - 1
    ends = []
    for places in (rows, columns):
        least, most = np.full(count, max(numbers.shape)), np.zeros(count, dtype=np.int64)
        np.minimum.at(least, owner, places)
        np.maximum.at(most, owner, places)
        ends += [least, most + 1]
    return [tuple(int(v) for v in box) for box in zip(*ends, strict=True)]  # type: ignore[misc]


def size_of(box: Box) -> int:
    """Return the longer side of a box."""
    return max(box[1] - box[0], box[3] - box[2])


def _first_pair(groups: list[tuple[Box, list[int]]]) -> tuple[int, int] | None:
    """Return two groups that are of one digit, if there are any."""
    for i, (a, _) in enumerate(groups):
        for j, (b, _) in enumerate(groups[i + 1 :], start=i + 1):
            size = max(size_of(a), size_of(b))
            apart_down = max(a[0], b[0]) - min(a[1], b[1])
            apart_across = max(a[2], b[2]) - min(a[3], b[3])
            narrower = min(a[3] - a[2], b[3] - b[2])
            above = apart_across <= -narrower / 3 and apart_down < ABOVE * size
            touching = max(apart_down, apart_across) < TOUCHING * size
            if above or touching:
                return i, j
    return None


def _in_reading_order(
    groups: list[tuple[Box, list[int]]],
) -> list[tuple[Box, list[int]]]:
    """Sort groups into rows, from top to bottom, and each row from left to right."""
    rows: list[list[tuple[Box, list[int]]]] = []
    for group in sorted(groups, key=lambda g: g[0][0] + g[0][1]):
        middle = (group[0][0] + group[0][1]) / 2
        if rows and any(top <= middle < bottom for (top, bottom, *_), _ in rows[-1]):
            rows[-1].append(group)
        else:
            rows.append([group])
    return [group for row in rows for group in sorted(row, key=lambda g: g[0][2])]
