"""How far off the gradient of a batch of 32 is, at the start and after twenty epochs.

Softmax regression on the 8×8 digits, learning rates 0.1 and 1. The gradients of 100 random batches
are compared with that of all images: the mean angle, and how many of them point uphill.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments._training import tensors_of_digits, train
from experiments.verdicts import Numbers, between, less

UNIT = "angle of the mean cosine in degrees; batches of 100 that point uphill"
SEEDS = 6
MINUTES = 2


def gradient(model: nn.Sequential, x: Tensor, y: Tensor) -> Tensor:
    """Return the gradient of the weights as one vector."""
    return torch.autograd.grad(F.cross_entropy(model(x), y), model[1].weight)[0].flatten()


def compare(model: nn.Sequential, x: Tensor, y: Tensor, seed: int) -> tuple[float, int]:
    """Return the angle of the mean cosine, and how many batches point uphill."""
    exact, rng = gradient(model, x, y), np.random.default_rng(100 + seed)
    picks = [torch.from_numpy(rng.permutation(len(x))[:32]) for _ in range(100)]
    cosines = [F.cosine_similarity(gradient(model, x[i], y[i]), exact, dim=0) for i in picks]
    similar = torch.stack(cosines)
    return float(torch.rad2deg(torch.arccos(similar.mean()))), int((similar < 0).sum())


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Compare before and after training."""
    x, y, _, _ = tensors_of_digits()
    numbers: dict[str, float] = {}
    for lr in (0.1, 1.0):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
        if lr == 0.1:
            numbers["start: degrees"], numbers["start: uphill"] = compare(model, x, y, seed)
        train(model, x, y, steps=round(860 * share), seed=seed, lr=lr, batch_size=32)
        after = f"after 20 epochs, lr {lr:g}"
        numbers[f"{after}: degrees"], numbers[f"{after}: uphill"] = compare(model, x, y, seed)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the end with the start."""
    ends = [f"after 20 epochs, lr {lr}" for lr in ("0.1", "1")]
    return {
        "after training the batch is farther off than at the start": all(
            less(n["start: degrees"], n[f"{end}: degrees"], by=5) for end in ends
        ),
        "at the start no batch points uphill, at the end of learning rate 1 some do in each run": (
            between(n["start: uphill"], 0, 0) and between(n["after 20 epochs, lr 1: uphill"], 1, 50)
        ),
    }
