"""Which hidden square of 7×7 pixels does the most harm to a network's answer.

In up to 100 test images that a network names rightly, each way picks one of 64 squares: at random,
by ink, by the size of the slopes (saliency), by slope times ink (what would be lost if the slopes
stayed), and by trying all (occlusion). The squares are hidden in black.
"""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook import nets
from experiments._seen import DIGITS, change, gradient, right, trained
from experiments.verdicts import Numbers, less

UNIT = "% of the images still right"
SEEDS = 6
MINUTES = 4
WAYS = ("at random", "most ink", "saliency", "slope × ink", "occlusion")


def in_squares(values: np.ndarray) -> np.ndarray:
    """Sum over each of the 64 squares."""
    return cnnbook.sliding_windows(values, 7, stride=3).sum(axis=(-2, -1))


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train a network, and hide."""
    network, rng = trained(seed, share), np.random.default_rng(seed)
    chosen = right(network, 100)
    damaged = {way: DIGITS.x_test[chosen].copy() for way in WAYS}
    for place, number in enumerate(chosen):
        image, slope = DIGITS.x_test[number, 0], gradient(network, number)
        squares = {
            "at random": rng.integers(64),
            "most ink": in_squares(image).argmax(),
            "saliency": in_squares(np.abs(slope)).argmax(),
            "slope × ink": in_squares(slope * image).argmax(),
            "occlusion": change(network, number).argmin(),
        }
        for way, square in squares.items():
            i, j = 3 * (square // 8), 3 * (square % 8)
            damaged[way][place, :, i : i + 7, j : j + 7] = 0
    labels = DIGITS.y_test[chosen]
    return {way: 100 * nets.evaluate(network, x, labels).accuracy for way, x in damaged.items()}


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the ways."""
    return {
        "saliency does no more harm than the ink": less(n["most ink"], n["saliency"]),
        "slope times ink does far more harm than either": all(
            less(n["slope × ink"], n[way], by=15) for way in ("saliency", "most ink")
        ),
        "occlusion does the most": less(n["occlusion"], n["slope × ink"]),
    }
