"""Whether the squared error of probabilities trains worse than the log loss.

A linear classifier and a small CNN on the 8×8 digits, from ordinary first weights, and the linear
one from weights so wide that it is certain, and wrong, at the start. Each loss has the learning
rate of three that errs least on 270 validation digits. Each seed has a split of its own.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments._training import tensors_of_digits, train, wrong
from experiments.verdicts import Numbers, alike, less

UNIT = "wrong of 450 test digits"
SEEDS = 6
MINUTES = 3
STEPS = 860
KEPT = 270


def squared(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the squared error of all ten probabilities, averaged over the images."""
    return (logits.softmax(1) - F.one_hot(targets, 10)).square().sum(1).mean()


LOSSES = {"log": (F.cross_entropy, (0.1, 0.3, 1.0)), "squared": (squared, (0.3, 1.0, 3.0))}


def linear() -> nn.Module:
    """Return a linear classifier."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def wide() -> nn.Module:
    """Return one with logits about ten apart."""
    model = linear()
    nn.init.normal_(model[1].weight, std=3)  # type: ignore[index]
    return model


def cnn() -> nn.Module:
    """Return two convolutions and a head."""
    first = [nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    second = [nn.Conv2d(8, 16, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(256, 10))


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train each network with each loss."""
    x, y, x_test, y_test = tensors_of_digits(seed)
    seen, steps, numbers = (x[:-KEPT], y[:-KEPT]), round(STEPS * share), {}
    for name, build in {"linear": linear, "CNN": cnn, "linear, wide start": wide}.items():
        for kind, (loss, rates) in LOSSES.items():
            found = []
            for lr in rates:
                torch.manual_seed(seed)
                model = train(
                    build(), *seen, steps=steps, seed=seed, lr=lr, batch_size=32, loss=loss
                )
                kept = wrong(model, x[-KEPT:], y[-KEPT:])
                found.append((kept, lr, wrong(model, x_test, y_test)))
            numbers[f"{name}: {kind}"] = float(min(found)[2])
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the losses, network by network."""
    return {
        "from ordinary first weights the squared error trains as well": alike(
            n["linear: log"], n["linear: squared"], within=5
        )
        and alike(n["CNN: log"], n["CNN: squared"], within=5),
        "from a start that is certain and wrong it errs more": less(
            n["linear, wide start: log"], n["linear, wide start: squared"], by=10
        ),
    }
