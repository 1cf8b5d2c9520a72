"""Weights of any network from one list of numbers, the same wherever names differ."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

POOL = torch.from_numpy(np.random.default_rng(0).standard_normal(100_003, np.float32))


def fill(model: nn.Module) -> nn.Module:
    """Fill a network, entry by entry in the order of its state_dict, so that its answers vary."""
    start = 0
    for name, value in model.state_dict().items():
        if not value.is_floating_point():
            continue
        numbers = POOL.roll(-start)
        if value.ndim > 1:
            numbers = numbers * math.sqrt(2 / value[0].numel())
        elif name.endswith(("weight", "running_var")):
            numbers = 1 + 0.5 * numbers.tanh()  # positive
        else:
            numbers = 0.1 * numbers
        for part in value.view(-1).split(len(numbers)):
            part.copy_(numbers[: len(part)])
        start += value.numel() % len(numbers)
    return model
