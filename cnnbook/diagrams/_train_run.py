"""What the diagram *train* computes, in Python: chance, digits, and a run of the training.

The twin of js/train/: the same seed gives the same weights, the same batches and, but for
rounding, the same losses in both languages.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnbook.data import digits
from cnnbook.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from cnnbook.layers.initialisation import fan_in
from cnnbook.losses import cross_entropy, cross_entropy_backward
from cnnbook.optim import SGD, Adam

Array = NDArray[np.float64]

#: How much of its velocity the optimiser "momentum" keeps.
MOMENTUM = 0.9
#: The one order of the 64 pixels that "shuffled" gives all pictures.
PIXELS_SEED = 64
#: The digits' orders are drawn by another generator than the weights: its seed is so much higher.
ORDER_SEED = 1_000_000
INK = "0123456789abcdefg"


class Chance:
    """Random numbers that Python and JavaScript draw alike: xorshift32.

    The next number is the last one, three times shifted and combined with itself. (G. Marsaglia,
    "Xorshift RNGs", Journal of Statistical Software 8(14), 2003: the triple 13, 17, 5.)

    Examples
    --------
    >>> chance = Chance(0)
    >>> [round(chance.share(), 3) for _ in range(4)]
    [0.659, 0.708, 0.104, 0.973]
    >>> Chance(0).order(8)
    [3, 2, 7, 1, 6, 0, 4, 5]
    """

    def __init__(self, seed: int) -> None:
        # Neighbouring seeds begin far apart. The factor is odd, so no seed below 2³² − 1 gives 0.
        self.state = (seed + 1) * 2654435769 % 2**32
        for _ in range(8):
            self.share()

    def share(self) -> float:
        """Return the next number, above 0 and below 1."""
        x = self.state
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        self.state = x
        return x / 2**32

    def weights(self, shape: tuple[int, ...], fan: int) -> Array:
        """Return numbers evenly between −1/√fan and 1/√fan, as the library's layers begin."""
        bound = 1 / math.sqrt(fan)
        drawn = [(2 * self.share() - 1) * bound for _ in range(math.prod(shape))]
        return np.array(drawn).reshape(shape)

    def order(self, count: int) -> list[int]:
        """Return 0 to count − 1 in a random order: each place, from the last, is dealt one."""
        dealt = list(range(count))
        for last in range(count - 1, 0, -1):
            other = int(self.share() * (last + 1))
            dealt[last], dealt[other] = dealt[other], dealt[last]
        return dealt


@dataclass(frozen=True)
class Settings:
    """What the reader chooses."""

    optimiser: str
    lr: float
    batch_size: int
    shuffled: bool
    seed: int


def network(seed: int) -> Sequential:
    """Return the chapter's network for digits, with the weights of a seed.

    Examples
    --------
    >>> sum(array.size for array in network(0).parameters())
    1898
    """
    unused = np.random.default_rng(0)
    model = Sequential(
        Conv2d(1, 8, 3, padding=1, rng=unused, dtype=np.float64),
        ReLU(),
        MaxPool2d(2),
        Conv2d(8, 16, 3, padding=1, rng=unused, dtype=np.float64),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(16 * 2 * 2, 10, rng=unused, dtype=np.float64),
    )
    chance = Chance(seed)
    parameters = model.parameters()
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        fan = fan_in(weight.shape)
        weight[:] = chance.weights(weight.shape, fan)
        bias[:] = chance.weights(bias.shape, fan)
    return model


def optimiser(settings: Settings, parameters: list[Array]) -> SGD | Adam:
    """Return what changes the parameters."""
    if settings.optimiser == "Adam":
        return Adam(parameters, settings.lr)
    momentum = MOMENTUM if settings.optimiser == "momentum" else 0.0
    return SGD(parameters, settings.lr, momentum=momentum)


@functools.cache
def data() -> tuple[Array, NDArray[np.int64], Array, NDArray[np.int64]]:
    """Return the book's digits, to train on and held out, as float64."""
    x, y, x_held, y_held = digits()
    return x.astype(np.float64), y, x_held.astype(np.float64), y_held


def in_order(x: Array, shuffled: bool) -> Array:
    """Return the pictures, with their pixels in the one other order if that is wished."""
    if not shuffled:
        return x
    flat: Array = x.reshape(len(x), -1)[:, Chance(PIXELS_SEED).order(x[0].size)]
    return flat.reshape(x.shape)


def batches(settings: Settings, count: int) -> Iterator[list[int]]:
    """Yield the batches of one epoch after the other, each epoch in an order of its own."""
    chance = Chance(settings.seed + ORDER_SEED)
    while True:
        order = chance.order(count)
        for start in range(0, count, settings.batch_size):
            yield order[start : start + settings.batch_size]


class Run:
    """A training in progress: `step()` learns one batch, `measure()` asks for the held-out digits.

    Loss and gradients are those of `cnnbook.layers` in float64. Where a loss is no finite number,
    the training has diverged.
    """

    def __init__(self, settings: Settings) -> None:
        x, self.y, held, self.y_held = data()
        self.x = in_order(x, settings.shuffled)
        self.held = in_order(held, settings.shuffled)
        self.model = network(settings.seed)
        self.optimiser = optimiser(settings, self.model.parameters())
        self.batches = batches(settings, len(self.x))
        self.per_epoch = -(-len(self.x) // settings.batch_size)

    @np.errstate(all="ignore")
    def step(self) -> float:
        """Learn the next batch, and return its loss before that."""
        batch = next(self.batches)
        scores = self.model(self.x[batch])
        self.model.backward(cross_entropy_backward(scores, self.y[batch]), need_input_grad=False)
        self.optimiser.step(self.model.gradients())
        return float(cross_entropy(scores, self.y[batch]))

    @np.errstate(all="ignore")
    def measure(self) -> tuple[float, int]:
        """Return the mean loss of the held-out digits, and how many are read wrongly."""
        self.model.eval()
        scores = self.model(self.held)
        self.model.train()
        loss = float(cross_entropy(scores, self.y_held))
        return loss, int((scores.argmax(axis=1) != self.y_held).sum())


def packed(pictures: Array) -> str:
    """Write pixels from 0 to 1 as text: a letter each, 0 to g, which is 16; B to Z are zeros.

    A capital stands for as many zeros as its place in the alphabet says: half of all pixels are
    empty.

    Examples
    --------
    >>> packed(np.array([0, 0, 0, 1, 0.625, 0]))
    'Cga0'
    """
    text = "".join(INK[pixel] for pixel in np.rint(pictures.ravel() * 16).astype(int))
    return re.sub("0{2,26}", lambda zeros: chr(ord("A") + len(zeros[0]) - 1), text)
