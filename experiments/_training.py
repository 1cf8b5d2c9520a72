"""The training loop that the experiments share: plain SGD on arrays, every step the same work."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnbook.data import digits

Loss = Callable[[Tensor, Tensor], Tensor]


def tensors_of_digits(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the 8×8 digits as (1347, 1, 8, 8), labels, (450, 1, 8, 8), labels."""
    x, y, x_test, y_test = map(torch.from_numpy, digits(seed=seed))
    return x, y, x_test, y_test


def batches(count: int, size: int, steps: int, seed: int) -> Iterator[Tensor]:
    """Draw so many batches, each example once an epoch."""
    rng = np.random.default_rng(seed)
    order: np.ndarray = np.empty(0, np.int64)
    for _ in range(steps):
        if len(order) < size:
            order = rng.permutation(count)
        yield torch.from_numpy(order[:size])
        order = order[size:]


def train(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    steps: int,
    seed: int,
    lr: float,
    batch_size: int = 64,
    momentum: float = 0.0,
    loss: Loss = F.cross_entropy,
) -> nn.Module:
    """Train a model in place, and return it."""
    optimizer = torch.optim.SGD(model.parameters(), lr, momentum)
    model.train()
    for chosen in batches(len(x), min(batch_size, len(x)), steps, seed):
        optimizer.zero_grad()
        loss(model(x[chosen]), y[chosen]).backward()
        optimizer.step()
    return model.eval()


@torch.no_grad()
def wrong(model: nn.Module, x: Tensor, y: Tensor) -> int:
    """Count the wrong answers."""
    return int((model(x).argmax(1) != y).sum())


@torch.no_grad()
def mean_loss(model: nn.Module, x: Tensor, y: Tensor, loss: Loss = F.cross_entropy) -> float:
    """Return the loss over all examples."""
    return float(loss(model(x), y))
