"""The command line's choices: which networks and data have a name, and how they are trained.

The recipes of the two MNIST networks in RECIPES were chosen by training on the first 50,000
training images and measuring on the last 10,000; the test images were used once, for the figures
in cnnbook/data/results. The other pairs get a general recipe that was not searched for.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from torch import nn

from cnnbook.arguments.checks import choice
from cnnbook.data import Dataset, digits, mnist
from cnnbook.nets.initial import initialize
from cnnbook.nets.models import Exercise10, FullyConnected, LeNet5, Net, SimpleCNN, TinyCNN
from cnnbook.nets.recipes import Recipe

MNIST_SIDE = 28
DATA = ("digits", "mnist")
# Each makes its network for images of a given side; most exist for 28×28 only.
BUILDERS: dict[str, Callable[[int], nn.Module]] = {
    "exercise10": lambda side: Exercise10(),
    "fully-connected": lambda side: FullyConnected(side * side),
    "lenet5": lambda side: LeNet5(),
    "net": lambda side: Net(),
    "simple-cnn": lambda side: SimpleCNN(),
    "tiny": TinyCNN,
}
MODELS = tuple(BUILDERS)
RECIPES = {
    ("mnist", "simple-cnn"): Recipe(
        epochs=20, batch_size=128, optimizer="adamw", lr=0.01, one_cycle=True, shift=1
    ),
    ("mnist", "exercise10"): Recipe(
        epochs=20,
        batch_size=128,
        optimizer="adamw",
        lr=0.003,
        weight_decay=0.05,
        one_cycle=True,
        shift=2,
    ),
}
# For every other pair.
GENERAL = {
    "mnist": Recipe(epochs=10, batch_size=128, optimizer="adamw", lr=0.003, one_cycle=True),
    "digits": Recipe(epochs=30, batch_size=32, optimizer="adamw", lr=0.005, one_cycle=True),
}


def side_of(data: str, model: str) -> int:
    """Return the side of the images that a network is given from a data set."""
    return 8 if (data, model) == ("digits", "tiny") else MNIST_SIDE


def default_recipe(data: str, model: str) -> Recipe:
    """Return how the command line trains a network on a data set."""
    return RECIPES.get((data, model), GENERAL[data])


def build(model: str, data: str, seed: int) -> nn.Module:
    """Return a named network for a named data set, its weights drawn from a seed.

    Raises
    ------
    ValueError
        If there is no network or data set of that name.
    """
    choice("build", "model", model, MODELS)
    choice("build", "data", data, DATA)
    return initialize(BUILDERS[model](side_of(data, model)), seed)


def load(
    data: str, model: str, root: str | os.PathLike[str] | None = None, download: bool = False
) -> Dataset:
    """Return a named data set, values from 0 to 1, in the size that a network takes.

    Raises
    ------
    ValueError, OSError, ImportError
        As `cnnbook.data.mnist` and `cnnbook.data.digits`.
    """
    choice("load", "data", data, DATA)
    return mnist(root, download) if data == "mnist" else digits(side_of(data, model))
