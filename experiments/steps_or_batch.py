"""Small batches or all images: whether the batch decides, or the number of steps.

Softmax regression on the 8×8 digits, plain SGD. Batches of 32 make 860 steps in 20 epochs. The full
batch makes 20 steps for the same gradients, and here 860 too, with the same learning rates.
"""

from __future__ import annotations

import torch
from torch import nn

from experiments._training import mean_loss, tensors_of_digits, train
from experiments.verdicts import Numbers, alike, less

UNIT = "loss on the 1,347 training digits"
SEEDS = 6
MINUTES = 4
STEPS = 860
RATES = (1.0, 4.0, 8.0)


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train with batches of 32, and with all images, for as many steps or as many passes."""
    x, y, _, _ = tensors_of_digits()
    plans = {"batches of 32, 860 steps": (32, STEPS), "all images, 860 steps": (len(x), STEPS)}
    plans["all images, 20 steps"] = (len(x), 20)
    numbers: dict[str, float] = {}
    for name, (size, steps) in plans.items():
        for lr in RATES:
            torch.manual_seed(seed)
            model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
            steps_now = max(1, round(steps * share))
            train(model, x, y, steps=steps_now, seed=seed, lr=lr, batch_size=size)
            numbers[f"{name}, lr {lr:.0f}"] = mean_loss(model, x, y)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare at equal steps, and at equal passes."""
    few = [n[f"all images, 20 steps, lr {lr:.0f}"] for lr in RATES]
    return {
        "at learning rate 1 both losses are within a hundredth after as many steps": alike(
            n["batches of 32, 860 steps, lr 1"], n["all images, 860 steps, lr 1"], within=0.01
        ),
        "after as many passes the full batch ends higher, at each of these rates": all(
            less(n[f"batches of 32, 860 steps, lr {lr:.0f}"], loss, by=0.1)
            for lr, loss in zip(RATES, few, strict=True)
        ),
    }
