"""Learning rate 0.1 or 1: how many digits it decides, over ten orders of the batches.

Softmax regression on the 8×8 digits from zero weights, batches of 32, 20 epochs. Each rate is
also tried with 270 of the training digits set aside: that is how one is chosen.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from experiments._training import tensors_of_digits, train, wrong
from experiments.verdicts import Numbers, less

UNIT = "wrong of 450 test digits; of 270 validation digits"
SEEDS = 10
MINUTES = 3
RATES = (0.1, 1.0)


def trained(x: Tensor, y: Tensor, lr: float, epochs: float, seed: int) -> nn.Module:
    """Train from zero weights."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    steps = round(epochs * -(-len(x) // 32))
    return train(model, x, y, steps=steps, seed=seed, lr=lr, batch_size=32)


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Try both rates in one order of the batches."""
    x, y, x_test, y_test = tensors_of_digits()
    mixed = torch.from_numpy(np.random.default_rng(seed).permutation(len(x)))
    kept, aside = mixed[270:], mixed[:270]
    numbers: dict[str, float] = {}
    for lr in RATES:
        part = trained(x[kept], y[kept], lr, 20 * share, seed)
        numbers[f"lr {lr:g}: validation"] = wrong(part, x[aside], y[aside])
        whole = trained(x, y, lr, 20 * share, seed)
        numbers[f"lr {lr:g}: test"] = wrong(whole, x_test, y_test)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the rates."""
    return {
        "the validation digits choose the learning rate 1": less(
            n["lr 1: validation"], n["lr 0.1: validation"]
        ),
        "with the learning rate 1 fewer test digits are wrong": less(
            n["lr 1: test"], n["lr 0.1: test"], by=5
        ),
    }
