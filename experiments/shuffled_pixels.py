"""Shuffled pixels: which linear classifiers give the very same answers.

A linear classifier learns the 8×8 digits with all examples in each step, from zero. Its rivals
learn the same digits with their pixels shuffled: from zero, too; from another start; and from
another start with weight decay, which gives the loss a single lowest place, until that is reached.
Each seed draws the digits to test on, the order of the pixels and the other start.
"""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.data import digits
from experiments.verdicts import Numbers, between

UNIT = "of 450 answers, how many differ from those on the pixels as they are"
SEEDS = 5
MINUTES = 4
RATE, DECAY = 2.0, 3e-3


def learn(x: Numbers, y: Numbers, start: Numbers, steps: int, decay: float = 0.0) -> Numbers:
    """Return the weights after so many steps of gradient descent; the last is the bias."""
    weight = start.copy()
    for _ in range(steps):
        grad = cnnbook.cross_entropy_backward(x @ weight.T, y).T @ x
        weight -= RATE * (grad + decay * weight)
    return weight


def with_ones(images: Numbers) -> Numbers:
    """Write each image in a row, and a 1 for the bias behind it."""
    rows = images.reshape(len(images), -1).astype(np.float64)
    return np.hstack([rows, np.ones((len(rows), 1))])


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Count the answers that differ after each way to learn."""
    data, rng = digits(seed=seed), np.random.default_rng(seed)
    x, x_test = with_ones(data.x_train), with_ones(data.x_test)
    order = np.append(rng.permutation(64), 64)
    zero, other = np.zeros((10, 65)), rng.normal(size=(10, 65))
    ways = {
        "both from zero, 600 steps": (zero, 600, 0.0),
        "another start, 600 steps": (other, 600, 0.0),
        "another start, weight decay, 3,000 steps": (other, 3000, DECAY),
    }
    numbers = {}
    for name, (start, steps, decay) in ways.items():
        steps = round(steps * share)
        plain = learn(x, data.y_train, zero, steps, decay)
        shuffled = learn(x[:, order], data.y_train, start, steps, decay)
        answers = (x_test @ plain.T).argmax(axis=1)
        shuffled_answers = (x_test[:, order] @ shuffled.T).argmax(axis=1)
        numbers[name] = float((answers != shuffled_answers).sum())
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the starts, and what weight decay makes of them."""
    return {
        "from zero all answers are the same": between(n["both from zero, 600 steps"], 0, 0),
        "from another start some differ": between(n["another start, 600 steps"], 1, 100),
        "with weight decay all are the same in the end": between(
            n["another start, weight decay, 3,000 steps"], 0, 0
        ),
    }
