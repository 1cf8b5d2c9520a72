"""A softmax at the end of a network, and another one in the loss: how much is lost.

A linear classifier and a small CNN on the 8×8 digits, with the loss on the logits, and with a
softmax in between. The best of three learning rates by the loss counts, for each arm and seed, so
that the second softmax is not judged by a rate that fits the first.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments._training import mean_loss, tensors_of_digits, train, wrong
from experiments.verdicts import Numbers, between, less

UNIT = "wrong of 450 test digits; loss on the training digits; classes never predicted"
SEEDS = 12
MINUTES = 7
STEPS = 1260  # 60 epochs of 21 batches
RATES = (0.05, 0.2, 0.8)


def twice(outputs: Tensor, targets: Tensor) -> Tensor:
    """Take the softmax of the outputs for logits."""
    return F.cross_entropy(outputs.softmax(1), targets)


def linear() -> nn.Module:
    """Return a linear classifier."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def cnn() -> nn.Module:
    """Return two convolutions and a head."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 10),
    )


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train both networks with both losses."""
    x, y, x_test, y_test = tensors_of_digits()
    numbers: dict[str, float] = {}
    for name, build in {"linear": linear, "CNN": cnn}.items():
        for way, loss in {"once": F.cross_entropy, "twice": twice}.items():
            trained = []
            for lr in RATES:
                torch.manual_seed(seed)
                model = build()
                train(model, x, y, steps=round(STEPS * share), seed=seed, lr=lr, loss=loss)
                trained.append((mean_loss(model, x, y, loss), lr, model))
            least, _, model = min(trained, key=lambda found: found[:2])
            numbers[f"{name}, {way}: wrong"] = wrong(model, x_test, y_test)
            numbers[f"{name}, {way}: loss"] = least
            with torch.no_grad():
                predicted = set(model(x_test).argmax(1).tolist())
            numbers[f"{name}, {way}: classes missing"] = 10 - len(predicted)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the two losses."""
    missing = {way: n[f"CNN, {way}: classes missing"] for way in ("once", "twice")}
    return {
        "through a second softmax the linear classifier errs more": less(
            n["linear, once: wrong"], n["linear, twice: wrong"]
        ),
        "through a second softmax the CNN leaves a class unlearnt in some runs, else in none": bool(
            missing["twice"].max() > 0 and missing["once"].max() == 0
        ),
        "the loss with two softmaxes stays above 1.46": all(
            between(n[f"{name}, twice: loss"], 1.461, 2.31) for name in ("linear", "CNN")
        ),
    }
