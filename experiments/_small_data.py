"""Few digits and AdamW, with the learning rate chosen on digits that are not tested."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from experiments._training import batches, mean_loss, tensors_of_digits, wrong


def he(model: nn.Module) -> nn.Module:
    """Draw the weights of all convolutions as He and others do: their variance is 2/m."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return model


def wrong_at_best(
    build: Callable[[], nn.Module], rates: tuple[float, ...], steps: int, seed: int
) -> int:
    """Train on 500 digits, once for each rate.

    Return the wrong answers on the test of the network that has the least loss on 400 others.
    """
    x, y, x_test, y_test = tensors_of_digits()
    trained = []
    for lr in rates:
        torch.manual_seed(seed)
        model = build()
        optimizer = torch.optim.AdamW(model.parameters(), lr, fused=True)
        model.train()
        for chosen in batches(500, 50, steps, seed):
            optimizer.zero_grad()
            F.cross_entropy(model(x[chosen]), y[chosen]).backward()
            optimizer.step()
        model.eval()
        others = slice(500, 900)
        loss, errors = mean_loss(model, x[others], y[others]), wrong(model, x_test, y_test)
        trained.append((loss, errors))
    return min(trained)[1]
