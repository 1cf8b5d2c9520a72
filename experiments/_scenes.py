"""Scenes of shapes of a given size, for the experiments of *What convolution is for: images*."""

from __future__ import annotations

import numpy as np

from cnnbook.data import shape_scenes
from cnnbook.data.scenes import ShapeScenes


def widths(scenes: ShapeScenes) -> np.ndarray:
    """Return the longer side of each box."""
    return np.asarray((scenes.boxes[:, 2:] - scenes.boxes[:, :2]).max(axis=1))


def scenes_of_width(
    count: int, rng: np.random.Generator, least: int, widest: int, side: int = 32
) -> ShapeScenes:
    """Draw shapes so many pixels wide, somewhere in `side`×`side` pixels.

    Each picture is a window of a larger scene, which holds the whole shape at a random place.
    """
    parts: list[ShapeScenes] = []
    missing = count
    while missing:
        drawn = shape_scenes(4 * missing, rng, side=2 * widest)
        fits = (widths(drawn) >= least) & (widths(drawn) <= widest)
        chosen = np.flatnonzero(fits)[:missing]
        low = np.maximum(drawn.boxes[chosen, 2:] - side, 0)
        high = np.minimum(drawn.boxes[chosen, :2], 2 * widest - side)
        corners = rng.integers(low, high + 1)
        windows = [np.s_[r : r + side, c : c + side] for r, c in corners]
        pairs = list(zip(chosen, windows, strict=True))
        images = np.array([drawn.images[n, 0][w] for n, w in pairs])
        masks = np.array([drawn.masks[n][w] for n, w in pairs])
        boxes = drawn.boxes[chosen] - np.tile(corners, 2)
        if pairs:
            parts.append(ShapeScenes(images[:, None], drawn.labels[chosen], masks, boxes))
        missing -= len(pairs)
    return ShapeScenes(*(np.concatenate(part) for part in zip(*parts, strict=True)))
