"""In which layer the classes lie apart: the nearest of ten averages, layer by layer.

Each layer's maps of an image are one vector. The vectors of each class' training images are
averaged, and a test image gets the class of the nearest average. The pixels themselves are the
baseline, and the same network before training is the control.
"""

from __future__ import annotations

import numpy as np

from cnnbook import nets
from cnnbook.nets import inspection
from experiments._seen import DIGITS, trained
from experiments.verdicts import Numbers, less

UNIT = "% of 450 test images with the nearest average of their class"
SEEDS = 6
MINUTES = 3
LAYERS = ("relu1", "relu2", "fc")


def nearest(train: np.ndarray, test: np.ndarray) -> float:
    """Return how many per cent of the test vectors have their class' average nearest."""
    a, b = (x.reshape(len(x), -1).astype(np.float64) for x in (train, test))
    averages = np.stack([a[DIGITS.y_train == digit].mean(axis=0) for digit in range(10)])
    squared = (averages**2).sum(axis=1) - 2 * b @ averages.T  # + |b|², the same for all
    return float(100 * (squared.argmin(axis=1) == DIGITS.y_test).mean())


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Compare the layers of a network before and after training."""
    found = {"pixels": nearest(DIGITS.x_train, DIGITS.x_test)}
    networks = {
        "trained": trained(seed, share),
        "untrained": nets.initialize(nets.SimpleCNN(), seed),
    }
    for name, network in networks.items():
        maps = [
            inspection.feature_maps(network, x, LAYERS) for x in (DIGITS.x_train, DIGITS.x_test)
        ]
        for layer in LAYERS:
            found[f"{layer}, {name}"] = nearest(*(of_set[layer] for of_set in maps))
    return found


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare layers, and before with after."""
    return {
        "the first two layers do not beat the pixels": not any(
            less(n["pixels"], n[f"{layer}, trained"]) for layer in LAYERS[:2]
        ),
        "training shows in the second layer and not in the first": less(
            n["relu2, untrained"], n["relu2, trained"]
        )
        and not less(n["relu1, untrained"], n["relu1, trained"]),
        "the last layer beats the pixels": less(n["pixels"], n["fc, trained"], by=3),
    }
