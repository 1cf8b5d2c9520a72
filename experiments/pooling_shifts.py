"""Pooled edge maps of shifted digits: how many does the nearest neighbour still recognise.

Four maps of edges for each 16×16 digit in a frame of 4, pooled or not. A test digit is moved by
two pixels to the left, to the right, up and down, and gets the label of the training digit whose
maps are nearest. Nothing is trained. Each seed draws the digits to test on, and all ways of
pooling see the same ones.
"""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook import kernels
from cnnbook.data import digits
from experiments.verdicts import Numbers, alike, less

UNIT = "% of 450 digits recognised: as they are, and the mean of four moves by two pixels"
SEEDS = 8
MINUTES = 4
MOVES = [(0, 2), (0, -2), (2, 0), (-2, 0)]
WAYS = {
    "no pooling": lambda maps: maps,
    "max 2": lambda maps: cnnbook.max_pool2d(maps, 2),
    "max 4": lambda maps: cnnbook.max_pool2d(maps, 4),
    "every 4th pixel": lambda maps: maps[:, :, ::4, ::4],
    "max 4, stride 1": lambda maps: cnnbook.max_pool2d(maps, 4, stride=1),
    "mean 4": lambda maps: cnnbook.avg_pool2d(maps, 4),
    "mean 4, stride 1": lambda maps: cnnbook.avg_pool2d(maps, 4, stride=1),
}


def edges(images: Numbers) -> Numbers:
    """Return the edges in four directions."""
    x, y = kernels.sobel_x(), kernels.sobel_y()
    sobels = np.stack([x, -x, y, -y]).astype(np.float32)[:, None]
    return cnnbook.relu(cnnbook.conv2d(images, sobels, padding=1))


def nearest(rows: Numbers, known: Numbers) -> Numbers:
    """Return the place of the nearest known row, for each row."""
    return ((known**2).sum(axis=1) - 2 * rows @ known.T).argmin(axis=1)


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Recognise the digits as they are and moved, with each way of pooling."""
    data = digits(size=16, seed=seed)
    count = round(450 * share)
    x, x_test = (cnnbook.pad(images, 4) for images in (data.x_train, data.x_test[:count]))
    known, still = edges(x), edges(x_test)
    moved = [edges(np.roll(x_test, move, axis=(2, 3))) for move in MOVES]
    numbers = {}
    for name, way in WAYS.items():
        rows = way(known).reshape(len(x), -1)
        shares = []
        for maps in [still, *moved]:
            found = data.y_train[nearest(way(maps).reshape(count, -1), rows)]
            shares.append(100 * (found == data.y_test[:count]).mean())
        numbers[f"{name}: as they are"] = shares[0]
        numbers[f"{name}: moved"] = float(np.mean(shares[1:]))
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the ways on the moved digits."""
    moved = {name: n[f"{name}: moved"] for name in WAYS}
    none, dense = moved["no pooling"], moved["max 4, stride 1"]
    strided = [moved["max 2"], moved["max 4"]]
    return {
        "strided max pooling helps": all(less(none, some, by=3) for some in strided),
        "at stride 1 it helps more": all(less(some, dense, by=3) for some in strided),
        "leaving out pixels harms": less(moved["every 4th pixel"], none, by=5),
        "with a stride the mean helps more than the maximum": less(moved["max 4"], moved["mean 4"]),
        "the mean helps as much at stride 1": alike(dense, moved["mean 4, stride 1"], within=3),
    }
