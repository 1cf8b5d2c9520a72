"""Adam with a rate that rises and falls, as in the chapters on uses."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from experiments._training import batches


def train(
    model: nn.Module, loss_of_step: Callable[[nn.Module, int], Tensor], *, steps: int, lr: float
) -> nn.Module:
    """Train a model in place: `loss_of_step(model, step)` is the loss of that step's batch."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=lr, total_steps=steps + 1, cycle_momentum=False
    )
    model.train()
    for step in range(steps):
        optimizer.zero_grad()
        loss_of_step(model, step).backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def train_on(
    model: nn.Module, x: Tensor, y: Tensor, *, steps: int, seed: int, lr: float, size: int = 16
) -> nn.Module:
    """Train a classifier on given examples, each once an epoch."""
    chosen = list(batches(len(x), min(size, len(x)), steps, seed))

    def loss(model: nn.Module, step: int) -> Tensor:
        return nn.functional.cross_entropy(model(x[chosen[step]]), y[chosen[step]])

    return train(model, loss, steps=steps, lr=lr)


@torch.no_grad()
def right(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Return the share of right answers."""
    return float((model(x).argmax(1) == y).double().mean())
