"""Which mistakes fifty images find, when a network is to learn them by heart.

The NumPy network of *Backpropagation*, right and with one mistake, takes sixty steps on the same
fifty digits. Beside it the nearest of the fifty, by which nothing is learnt but by heart.
"""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

import cnnbook
from cnnbook import layers, optim
from cnnbook.data import digits
from experiments.verdicts import Numbers, between, less

UNIT = "loss on the fifty; wrong of 450 test digits"
SEEDS = 6
MINUTES = 2
STEPS = 60
SILENT = ("flip forgotten", "ReLU stops no gradient", "first kernels never learn")
FOUND = ("softmax twice", "ReLU on the scores", "classes of other images")


class Flipless(layers.Conv2d):
    """A convolution whose input gradient correlates with the kernel as it is."""

    def backward(self, grad_output, need_input_grad=True):  # type: ignore[no-untyped-def]
        """Return the wrong gradient of the input."""
        super().backward(grad_output, need_input_grad=False)
        return cnnbook.conv2d(grad_output, self.weight.swapaxes(0, 1).copy(), padding=1)


class Leaky(layers.ReLU):
    """ReLU whose backward pass lets everything through."""

    def backward(self, grad_output, need_input_grad=True):  # type: ignore[no-untyped-def]
        """Return the gradient as it came."""
        return grad_output


def network(seed: int, mistake: str) -> layers.Sequential:
    """Return the network of the chapter, with a mistake or without."""
    rng = np.random.default_rng(seed)
    relu = Leaky if mistake == "ReLU stops no gradient" else layers.ReLU
    second = Flipless if mistake == "flip forgotten" else layers.Conv2d
    return layers.Sequential(
        layers.Conv2d(1, 8, 3, padding=1, rng=rng, dtype=np.float64),
        relu(),
        layers.MaxPool2d(2),
        second(8, 16, 3, padding=1, rng=rng, dtype=np.float64),
        relu(),
        layers.MaxPool2d(2),
        layers.Flatten(),
        layers.Linear(64, 10, rng=rng, dtype=np.float64),
    )


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train with each mistake, and return the losses that its author would see."""
    x, y, x_test, y_test = digits(seed=seed)
    x, y, x_test, numbers = x[:50].astype(float), y[:50], x_test.astype(float), {}
    for mistake in ("none", *SILENT, *FOUND):
        model, rng = network(seed, mistake), np.random.default_rng(seed)
        first = 2 if mistake == "first kernels never learn" else 0
        optimiser = optim.Adam(model.parameters()[first:], lr=0.01)
        for _ in range(round(STEPS * share)):
            order = rng.permutation(50)
            scores = model(x[order])
            given = y[rng.permutation(50)] if mistake == "classes of other images" else y[order]
            model.backward(gradient(scores, given, mistake), need_input_grad=False)
            optimiser.step(model.gradients()[first:])
        numbers[f"{mistake}: loss"] = float(cnnbook.cross_entropy(seen(model(x), mistake), y))
        if mistake == "none":
            wrong = float((model(x_test).argmax(axis=1) != y_test).sum())
    numbers["none: wrong"] = wrong
    nearest = KNeighborsClassifier(1).fit(x.reshape(50, -1), y)
    numbers["nearest of the fifty: wrong"] = float(
        (nearest.predict(x_test.reshape(450, -1)) != y_test).sum()
    )
    return numbers


def seen(scores: np.ndarray, mistake: str) -> np.ndarray:
    """Return what the loss is given."""
    after = {"softmax twice": cnnbook.softmax, "ReLU on the scores": cnnbook.relu}
    return after.get(mistake, np.asarray)(scores)


def gradient(scores: np.ndarray, y: np.ndarray, mistake: str) -> np.ndarray:
    """Return the loss's gradient for the scores, back through what follows them."""
    grad = cnnbook.cross_entropy_backward(seen(scores, mistake), y)
    if mistake == "softmax twice":
        return cnnbook.softmax_backward(grad, scores)
    return cnnbook.relu_backward(grad, scores) if mistake == "ReLU on the scores" else grad


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Say what goes to nearly 0, and what does not."""
    return {
        "a right network learns the fifty by heart": between(n["none: loss"], 0, 0.01),
        "and so does one with a wrong gradient or with kernels that never learn": all(
            between(n[f"{mistake}: loss"], 0, 0.1) for mistake in SILENT
        ),
        "what stops the learning is found": all(
            between(n[f"{mistake}: loss"], 0.5, 3) for mistake in FOUND
        ),
        "the nearest of the fifty errs no more": less(
            n["nearest of the fifty: wrong"], n["none: wrong"]
        ),
    }
