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
from cnnbook.nets.roofline import (
    LAYERS,
    Case,
    Prediction,
    Roofline,
    Work,
    measure_roofline,
    predictions,
    work,
)
from cnnbook.nets.summary import Explanation, explain
from cnnbook.nets.training import History, fit
from cnnbook.nets.transfer import freeze, parameter_groups, replace_head, unfreeze

__all__ = [
    "LAYERS",
    "NOTES",
    "Case",
    "Evaluation",
    "Exercise10",
    "Explanation",
    "FullyConnected",
    "History",
    "LeNet5",
    "Net",
    "Prediction",
    "Recipe",
    "Roofline",
    "SimpleCNN",
    "SmallDetector",
    "SmallFCN",
    "TinyCNN",
    "UNet",
    "Work",
    "describe",
    "evaluate",
    "explain",
    "fit",
    "freeze",
    "initialize",
    "load_weights",
    "measure_roofline",
    "parameter_groups",
    "pick_device",
    "predictions",
    "random_shift",
    "replace_head",
    "stopwatch",
    "synchronize",
    "timed",
    "unfreeze",
    "work",
]
