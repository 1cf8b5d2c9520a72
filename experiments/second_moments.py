"""What ten layers with ReLU leave of a signal's second moment, forward and backward.

Ten 3×3 convolutions of 64 channels with ReLU, without biases, on maps of 8×8 whose border is
circular, so that each place is like each other. The first weights are PyTorch's default ones, or
He's. Forward, numbers of chance go in, normal with mean 0 and variance 1; backward, such numbers
come in as the slopes of the last layer's outputs. Computed: a layer multiplies the mean of the
squares by half of fan times the weights' variance, 1/6 or 1; ten layers, by 6⁻¹⁰ or 1.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from experiments.verdicts import Numbers, standard_error

UNIT = "billionths of the second moment that went in"
SEEDS = 50
MINUTES = 1
DEPTH, CHANNELS, SIDE, IMAGES = 10, 64, 8, 4
COMPUTED = {"default": 1e9 / 6**DEPTH, "He": 1e9}


def billionths(after: Tensor, before: Tensor) -> float:
    """Return the second moment of one array over that of the other."""
    return 1e9 * float((after**2).mean() / (before**2).mean())


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Send numbers through the layers and back; there are no steps to share."""
    del share
    numbers: dict[str, float] = {}
    for weights in COMPUTED:
        torch.manual_seed(seed)
        parts: list[nn.Module] = []
        for _ in range(DEPTH):
            conv = nn.Conv2d(
                CHANNELS, CHANNELS, 3, padding=1, padding_mode="circular", bias=False
            ).double()
            if weights == "He":
                nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            parts += [conv, nn.ReLU()]
        x = torch.randn(IMAGES, CHANNELS, SIDE, SIDE, dtype=torch.float64, requires_grad=True)
        y = nn.Sequential(*parts)(x)
        slopes = torch.randn_like(y)
        (back,) = torch.autograd.grad(y, x, slopes)
        numbers[f"forward, {weights}"] = billionths(y.detach(), x.detach())
        numbers[f"backward, {weights}"] = billionths(back, slopes)
    return numbers


def as_computed(measured: Numbers, computed: float) -> bool:
    """Say whether the mean lies within three standard errors, which are less than a fifth."""
    error = standard_error(measured)
    return bool(abs(np.mean(measured) - computed) < 3 * error < 0.6 * computed)


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare what was measured with what was computed."""
    return {
        f"going {way}, the second moment after ten layers is as computed": all(
            as_computed(n[f"{way}, {weights}"], computed) for weights, computed in COMPUTED.items()
        )
        for way in ("forward", "backward")
    }
