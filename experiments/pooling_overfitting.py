"""Whether pooling keeps a classifier from learning by heart, or the count of its numbers does.

The chapter's classifier: weights of least squares with a slight preference for small ones, on 200
digits of 8×8. It gets few numbers of each digit in several ways, pooled or not, and as many as a
convolution with 16 or 256 random kernels and `relu` makes, with a 4×4 max pooling or without. Each
seed draws the digits, the kernels and the random labels, and all ways get the same ones. The
preference is the best of four for 400 other digits, for each way and seed.
"""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.data import digits
from experiments.verdicts import Numbers, alike, less

UNIT = "% of random labels learnt by heart; % of 450 new digits right; gap to the 200 known, points"
SEEDS = 24
MINUTES = 4
PREFERENCES = (1e-3, 1e-1, 1.0, 10.0)


def fit(rows: Numbers, labels: Numbers, preference: float) -> Numbers:
    """Return the weights of least squared error."""
    products = rows @ rows.T + preference * np.eye(len(rows))
    return rows.T @ np.linalg.solve(products, np.eye(10)[labels])


def right(rows: Numbers, weights: Numbers, labels: Numbers) -> float:
    """Return how many of a hundred are right."""
    return float(100 * ((rows @ weights).argmax(axis=1) == labels).mean())


def flat(maps: Numbers) -> Numbers:
    """Write the numbers of each image in a row, and a 1 for the bias behind them."""
    rows = maps.reshape(len(maps), -1)
    return np.hstack([rows, np.ones((len(rows), 1))])


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Fit each way to true and to random labels."""
    data, rng = digits(seed=seed), np.random.default_rng(seed)
    drawn = rng.permutation(len(data.x_train))
    known, chosen_by = drawn[:200], drawn[200:600]
    kernels = rng.normal(size=(round(256 * share), 1, 3, 3))
    places, random_labels = rng.permutation(64)[:16], rng.integers(10, size=200)

    def answers(images: Numbers, count: int) -> Numbers:
        return cnnbook.relu(cnnbook.conv2d(images, kernels[:count], padding=1))

    ways = {
        "64 pixels": lambda x: x,
        "16 pooled, mean": lambda x: cnnbook.avg_pool2d(x, 2),
        "16 pooled, max": lambda x: cnnbook.max_pool2d(x, 2),
        "16, every second pixel": lambda x: x[:, :, ::2, ::2],
        "16 random pixels": lambda x: x.reshape(len(x), 64)[:, places],
        "16 kernels, not pooled": lambda x: answers(x, 16),
        "16 kernels, pooled": lambda x: cnnbook.max_pool2d(answers(x, 16), 4),
        "256 kernels, not pooled": lambda x: answers(x, 256),
        "256 kernels, pooled": lambda x: cnnbook.max_pool2d(answers(x, 256), 4),
    }
    numbers = {}
    x, x_test = data.x_train.astype(np.float64), data.x_test.astype(np.float64)
    for name, way in ways.items():
        rows, others, new = flat(way(x[known])), flat(way(x[chosen_by])), flat(way(x_test))
        fits = [fit(rows, data.y_train[known], preference) for preference in PREFERENCES]
        best = max(fits, key=lambda weights: right(others, weights, data.y_train[chosen_by]))
        by_heart = right(rows, fit(rows, random_labels, PREFERENCES[0]), random_labels)
        numbers[f"{name}: by heart"] = by_heart
        numbers[f"{name}: new"] = right(new, best, data.y_test)
        numbers[f"{name}: gap"] = right(rows, best, data.y_train[known]) - numbers[f"{name}: new"]
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare pooling with as many numbers got in another way, and with none."""
    mean, max_ = n["16 pooled, mean: new"], n["16 pooled, max: new"]
    second, drawn = n["16, every second pixel: new"], n["16 random pixels: new"]
    return {
        "of ways to 16 numbers the pooled mean keeps most": all(
            less(other, mean, by=3) for other in (max_, second, drawn)
        ),
        "all 64 pixels recognise more than 16 pooled ones": less(mean, n["64 pixels: new"], by=5),
        "16 pooled numbers are no harder to learn by heart": less(
            n["16, every second pixel: by heart"], n["16 pooled, mean: by heart"], by=-2
        ),
        "pooling 16 kernels lowers what is learnt by heart": less(
            n["16 kernels, pooled: by heart"], n["16 kernels, not pooled: by heart"], by=10
        ),
        "pooling 16 kernels does not narrow the gap": less(
            n["16 kernels, not pooled: gap"], n["16 kernels, pooled: gap"]
        ),
        "pooling 16 kernels recognises fewer new digits": less(
            n["16 kernels, pooled: new"], n["16 kernels, not pooled: new"]
        ),
        "pooling 256 kernels changes little": alike(
            n["256 kernels, not pooled: new"], n["256 kernels, pooled: new"], within=2
        ),
    }
