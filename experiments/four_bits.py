"""Weights rounded to 8, 4, 3 and 2 bits after training: what it costs.

`TinyCNN` on the 8×8 digits, each output's weights with a scale of their own, for six trainings.
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import nn

from cnnbook.nets import TinyCNN
from experiments._training import batches, tensors_of_digits, wrong
from experiments.verdicts import Numbers, alike, less

UNIT = "wrong of 450 test digits"
SEEDS = 6
MINUTES = 3
STEPS = 860


def rounded(model: nn.Module, bits: int) -> nn.Module:
    """Return a copy with its weights on a grid of 2^bits − 1 steps."""
    most, other = 2 ** (bits - 1) - 1, copy.deepcopy(model)
    with torch.no_grad():
        for name, weight in other.named_parameters():
            if name.endswith("weight"):
                largest = weight.abs().amax(dim=tuple(range(1, weight.ndim)), keepdim=True)
                step = torch.where(largest > 0, largest / most, 1.0)
                weight.copy_((weight / step).round() * step)
    return other


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train once, and round."""
    x, y, x_test, y_test = tensors_of_digits()
    torch.manual_seed(seed)
    model = TinyCNN()
    optimizer = torch.optim.Adam(model.parameters(), 0.003)
    for chosen in batches(len(x), 32, round(STEPS * share), seed):
        optimizer.zero_grad()
        F.cross_entropy(model(x[chosen]), y[chosen]).backward()
        optimizer.step()
    numbers = {"not rounded": float(wrong(model, x_test, y_test))}
    for bits in (8, 4, 3, 2):
        numbers[f"{bits} bits"] = wrong(rounded(model, bits), x_test, y_test)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare with the network as trained."""
    return {
        "8 bits change at most two answers in 450 on average": alike(
            n["not rounded"], n["8 bits"], within=2
        ),
        "2 bits cost more than fifty answers": less(n["not rounded"], n["2 bits"], by=50),
    }
