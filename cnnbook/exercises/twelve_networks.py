"""Thirteen small trainings for the chapter *Training in practice*: one is right, twelve are not.

`Training` is the right one, a small CNN on the 8×8 digits. Each of the others changes one of its
methods, or one number. `symptoms` measures any of them from outside, as their author could.
"""

from __future__ import annotations

import functools
import inspect
import math
from typing import Any

import numpy as np

import cnnbook
from cnnbook import layers, optim
from cnnbook.data import digits

Array = np.ndarray[Any, Any]

FIFTY = 50  # images to learn by heart, and of a batch
STEPS = 40  # on the fifty
EPOCHS = 4


class Training:
    """A network, its data, its steps and its evaluation."""

    lr = 0.01

    def __init__(self, faster: float = 1.0) -> None:
        data = digits()
        self.new = data.x_test.astype(np.float64), data.y_test
        self.known = data.x_train[:1000].astype(np.float64), data.y_train[:1000]
        self.aside = data.x_train[1000:].astype(np.float64), data.y_train[1000:]
        self.rng = np.random.default_rng(0)
        self.arrange()
        self.model = self.build()
        self.optimizer = optim.Adam(self.learnt(), lr=self.lr * faster)

    def arrange(self) -> None:
        """Shuffle the training images and their labels together."""
        order = self.rng.permutation(len(self.known[0]))
        self.known = self.known[0][order], self.known[1][order]

    def build(self) -> layers.Sequential:
        """Return the network."""
        rng = self.rng
        return layers.Sequential(
            layers.Conv2d(1, 8, 3, stride=2, padding=1, rng=rng, dtype=np.float64),
            layers.ReLU(),
            layers.Flatten(),
            layers.Linear(128, 32, rng=rng, dtype=np.float64),
            layers.ReLU(),
            layers.Dropout(0.25, rng=rng),
            layers.Linear(32, 10, rng=rng, dtype=np.float64),
        )

    def learnt(self) -> list[Array]:
        """Return what the optimiser may change."""
        return self.model.parameters()

    def prepared(self, images: Array) -> Array:
        """Return what the network is given: pixels from 0 to 1."""
        return images

    def given(self, scores: Array) -> Array:
        """Return what the loss is given: the scores as they are."""
        return scores

    def back(self, slopes: Array, scores: Array) -> Array:
        """Return the slopes at the scores, from those at what the loss is given."""
        return slopes

    def loss(self, scores: Array, y: Array) -> tuple[float, Array]:
        """Return the loss and its slopes at the scores."""
        given = self.given(scores)
        slopes = self.back(cnnbook.cross_entropy_backward(given, y), scores)
        return float(cnnbook.cross_entropy(given, y)), slopes

    def gradients(self) -> list[Array]:
        """Return what the optimiser is given."""
        return self.model.gradients()

    def step(self, x: Array, y: Array) -> float:
        """Forward, loss, backward, step; return the batch's loss."""
        self.model.train()
        loss, slopes = self.loss(self.model(self.prepared(x)), y)
        self.model.backward(slopes, need_input_grad=False)
        taken = self.gradients()
        self.optimizer.step(taken[len(taken) - len(self.optimizer.parameters) :])
        return loss

    def epoch(self) -> float:
        """Take a step on each batch of the training images; return the mean loss."""
        x, y = self.known
        order = self.rng.permutation(len(x))
        batches = np.split(order, range(FIFTY, len(order), FIFTY))
        return float(np.mean([self.step(x[batch], y[batch]) for batch in batches]))

    def measured(self, x: Array, y: Array) -> float:
        """Return the loss on these images, without dropout."""
        self.model.eval()
        return self.loss(self.model(self.prepared(x)), y)[0]

    def wrong(self, images: Array, y: Array) -> float:
        """Return how many of a hundred are named wrongly."""
        return 100 * float(np.mean(self.answers(images) != y))

    def answers(self, x: Array) -> Array:
        """Return the class of each image, in evaluation mode."""
        self.model.eval()
        return np.asarray(self.model(self.prepared(x)).argmax(axis=1))


class Drawn(Training):
    """The last layer's weights are drawn a hundred times too large."""

    def build(self) -> layers.Sequential:
        """Return the network."""
        model = super().build()
        last = model[6]
        assert isinstance(last, layers.Linear)
        last.weight = 100 * last.weight
        return model


class Rectified(Training):
    """A ReLU stands behind the last layer, too."""

    def given(self, scores: Array) -> Array:
        """Cut off what is negative."""
        return cnnbook.relu(scores)

    def back(self, slopes: Array, scores: Array) -> Array:
        """Go back through the ReLU."""
        return cnnbook.relu_backward(slopes, scores)


class Twice(Training):
    """The network ends with a softmax, and the loss takes another."""

    def given(self, scores: Array) -> Array:
        """Return probabilities."""
        return cnnbook.softmax(scores)

    def back(self, slopes: Array, scores: Array) -> Array:
        """Go back through the softmax."""
        return cnnbook.softmax_backward(slopes, scores)


class Mixed(Training):
    """The images are shuffled, and their labels stay where they were."""

    def arrange(self) -> None:
        """Shuffle the images."""
        order = self.rng.permutation(len(self.known[0]))
        self.known = self.known[0][order], self.known[1]


class Piled(Training):
    """The gradients of all batches so far are added up."""

    total: tuple[Array, ...] = ()

    def gradients(self) -> list[Array]:
        """Add to what is there; nothing sets it to zero."""
        new = self.model.gradients()
        before = self.total or [np.zeros_like(g) for g in new]
        self.total = tuple(t + g for t, g in zip(before, new, strict=True))
        return list(self.total)


class Noisy(Training):
    """The evaluation leaves the network in training mode."""

    def answers(self, x: Array) -> Array:
        """Return the class of each image."""
        return np.asarray(self.model(self.prepared(x)).argmax(axis=1))


class Frozen(Training):
    """The optimiser was not given the convolution."""

    def learnt(self) -> list[Array]:
        """Leave out the first weight and bias."""
        return self.model.parameters()[2:]


class Across(Training):
    """The softmax goes over the images of the batch, not over the classes."""

    def loss(self, scores: Array, y: Array) -> tuple[float, Array]:
        """Return the loss and its slopes at the scores."""
        one_hot = np.eye(10)[y]
        p = cnnbook.softmax(scores, axis=0)
        loss = -np.log((p * one_hot).sum(axis=1)).mean()
        return float(loss), (p * one_hot.sum(axis=0) - one_hot) / len(y)


class Unscaled(Training):
    """The pixels go from 0 to 255."""

    def prepared(self, images: Array) -> Array:
        """Return pixels as a file holds them."""
        return images * 255


class Slow(Training):
    """The learning rate is fifty times smaller."""

    lr = 0.0002


class Silent(Training):
    """The first biases are so low that no sum gets above 0."""

    def build(self) -> layers.Sequential:
        """Return the network."""
        model = super().build()
        first = model[0]
        assert isinstance(first, layers.Conv2d)
        first.bias = np.full(8, -5.0)
        return model


class Leaking(Training):
    """The training images hold those of the validation."""

    def arrange(self) -> None:
        """Put all in one, and validate on a part of it."""
        (x, y), (others, classes) = self.known, self.aside
        self.known = np.concatenate([x, others]), np.concatenate([y, classes])
        super().arrange()


#: The networks of the page, by their letters: their order says nothing.
NETWORKS: dict[str, type[Training]] = {
    "A": Frozen,
    "B": Unscaled,
    "C": Twice,
    "D": Leaking,
    "E": Silent,
    "F": Across,
    "G": Noisy,
    "H": Slow,
    "I": Mixed,
    "J": Rectified,
    "K": Piled,
    "L": Drawn,
}
FAULTS: dict[type[Training], str] = {
    Drawn: "last weights drawn too large",
    Rectified: "a relu behind the scores",
    Twice: "softmax twice",
    Mixed: "labels of other images",
    Piled: "gradients never set to zero",
    Noisy: "evaluated in training mode",
    Frozen: "a layer is not trained",
    Across: "softmax over the wrong axis",
    Unscaled: "pixels not scaled",
    Slow: "learning rate too small",
    Silent: "units that never fire",
    Leaking: "validation images among the training images",
}


def fault_of(letter: str) -> str:
    """Return what is wrong with a network of the page."""
    return FAULTS[NETWORKS[letter]]


def show_fault(letter: str) -> str:
    """Print the lines in which a network of the page differs from the right one; name the fault."""
    print(inspect.getsource(NETWORKS[letter]).rstrip())
    return fault_of(letter)


def by_heart(training: Training) -> float:
    """Take forty steps on the first fifty images; return the loss on them."""
    x, y = training.known[0][:FIFTY], training.known[1][:FIFTY]
    for _ in range(STEPS):
        training.step(x, y)
    return training.measured(x, y)


def silent(training: Training, x: Array) -> float:
    """Return how many of a hundred numbers behind the ReLUs are 0 for every image."""
    training.model.eval()
    maps, never = training.prepared(x), []
    for layer in training.model:
        maps = layer(maps)
        if isinstance(layer, layers.ReLU):
            never.append((maps == 0).all(axis=0).ravel())
    return 100 * float(np.concatenate(never).mean())


@functools.cache
def symptoms(letter: str = "") -> dict[str, str]:
    """Train a network of the page, or the right one, and return what the checks show."""
    kind = NETWORKS.get(letter, Training)
    training = kind()
    x, y = training.known[0][:FIFTY], training.known[1][:FIFTY]
    found = {
        "input": f"{training.prepared(x).std():.1f}",
        "silent": f"{silent(training, x):.0f}",
        "start": f"{training.measured(x, y):.2f}",
        "fifty": f"{by_heart(training):.2f}",
        "×10": f"{by_heart(kind(faster=10)):.2f}",
    }
    given = training.given(training.model(training.prepared(x)))
    found["given"] = f"{round(float(given.min()))}…{round(float(given.max()))}"
    training = kind()
    first = [weight.copy() for weight in training.model.parameters()[::2]]
    for _ in range(EPOCHS):
        training.epoch()
    here, handed = training.model.gradients()[-2], training.gradients()[-2]
    found["pile"] = f"{math.sqrt((handed**2).sum() / (here**2).sum()):.0f}"
    last = training.model.parameters()[::2]
    pairs = zip(first, last, strict=True)
    found["moved"] = "".join("=" if np.array_equal(a, b) else "+" for a, b in pairs)
    once, again = (training.answers(training.aside[0]) for _ in range(2))
    found["twice"] = f"{(once != again).sum()}"
    found["train"] = f"{training.wrong(*training.known):.0f}"
    found["valid"] = f"{training.wrong(*training.aside):.0f}"
    training.model.eval()
    new = training.model(training.prepared(training.new[0])).argmax(axis=1)
    found["new"] = f"{100 * float(np.mean(new != training.new[1])):.0f}"
    return found


def show(letter: str = "") -> None:
    """Print the symptoms of the right network, and below it those of a network of the page."""
    rows = {"right": symptoms()}
    if letter:
        rows[letter] = symptoms(letter)
    print(" " * 5, *(f"{name:>{width(name)}}" for name in rows["right"]))
    for name, row in rows.items():
        print(f"{name:5}", *(f"{shown:>{width(column)}}" for column, shown in row.items()))


def width(column: str) -> int:
    """Return how wide a column is printed."""
    return 8 if column == "given" else max(4, len(column))
