"""The PyTorch side of the book: its networks, and what trains, measures and explains them."""

from cnnbook.nets.augment import random_shift
from cnnbook.nets.checkpoints import load_weights
from cnnbook.nets.detector import SmallDetector
from cnnbook.nets.devices import describe, pick_device, stopwatch, synchronize, timed
from cnnbook.nets.evaluation import Evaluation, evaluate
from cnnbook.nets.initial import initialize
from cnnbook.nets.models import (
    Exercise10,
    FullyConnected,
    LeNet5,
    Net,
    SimpleCNN,
    SmallFCN,
    TinyCNN,
    UNet,
)
from cnnbook.nets.recipes import NOTES, Recipe
from cnnbook.nets.summary import Explanation, explain
from cnnbook.nets.training import History, fit

__all__ = [
    "NOTES",
    "Evaluation",
    "Exercise10",
    "Explanation",
    "FullyConnected",
    "History",
    "LeNet5",
    "Net",
    "Recipe",
    "SimpleCNN",
    "SmallDetector",
    "SmallFCN",
    "TinyCNN",
    "UNet",
    "describe",
    "evaluate",
    "explain",
    "fit",
    "initialize",
    "load_weights",
    "pick_device",
    "random_shift",
    "stopwatch",
    "synchronize",
    "timed",
]
