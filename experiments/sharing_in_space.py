"""Digits anywhere in a frame: what a kernel gains by being shared over all places.

The same 8×8 digits at random places of 16×16 pixels. The small CNN; the same layers with other
kernels at each place; a fully connected network; and the small CNN with the largest number of each
last map in place of all its numbers. Each gets the rate with the least loss on 250 digits that are
neither trained on nor tested.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnbook.data import digits
from cnnbook.nets import FullyConnected, TinyCNN
from experiments._one_cycle import train_on
from experiments._training import mean_loss, wrong
from experiments.verdicts import Numbers, less

UNIT = "% of 450 test digits wrong"
SEEDS = 5
MINUTES = 12
RATES = (0.001, 0.003, 0.01)
EPOCHS = 30


class Local(nn.Module):
    """A 3×3 convolution with padding 1 whose kernels are others at each place."""

    def __init__(self, c_in: int, c_out: int, side: int) -> None:
        super().__init__()
        bound = (9 * c_in) ** -0.5  # as PyTorch draws a convolution's weights
        self.side = side
        self.weight = nn.Parameter(
            torch.empty(side * side, 9 * c_in, c_out).uniform_(-bound, bound)
        )
        self.bias = nn.Parameter(torch.empty(side * side, 1, c_out).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C_out, side, side)."""
        patches = F.unfold(x, 3, padding=1).permute(2, 0, 1)  # (places, N, 9·C_in)
        y = torch.baddbmm(self.bias, patches, self.weight)
        return y.permute(1, 2, 0).reshape(len(x), -1, self.side, self.side)


def local() -> nn.Module:
    """Return the layers of the small CNN without sharing."""
    first = [Local(1, 8, 16), nn.ReLU(), nn.MaxPool2d(2)]
    second = [Local(8, 16, 8), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(256, 10))


def one_maximum() -> nn.Module:
    """Return the small CNN with one number of each last map, wherever it stands."""
    convolutions = TinyCNN(16)[:5]
    return nn.Sequential(convolutions, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 10))


WAYS: dict[str, Callable[[], nn.Module]] = {
    "fully connected": lambda: FullyConnected(256, (128, 64)),
    "other kernels at each place": local,
    "shared kernels": lambda: TinyCNN(16),
    "shared kernels, one maximum of each map": one_maximum,
}


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train each network with three rates, and test the one that is best on other digits."""
    data = digits(frame=16, seed=seed).standardized()
    x, y, x_test, y_test = map(torch.from_numpy, data)
    steps = round(EPOCHS * (len(x) - 250) / 32 * share)
    numbers = {}
    for way, build in WAYS.items():
        trained = []
        for lr in RATES:
            torch.manual_seed(seed)
            model = build()
            train_on(model, x[:-250], y[:-250], steps=steps, seed=seed, lr=lr, size=32)
            loss = mean_loss(model, x[-250:], y[-250:])
            trained.append((loss, 100 * wrong(model, x_test, y_test) / len(x_test)))
        numbers[way] = min(trained)[1]
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the networks."""
    return {
        "shared kernels are ahead of a fully connected network": less(
            n["shared kernels"], n["fully connected"], by=10
        ),
        "without sharing the same layers gain nothing": not less(
            n["other kernels at each place"], n["fully connected"]
        ),
        "sharing is what helps": less(n["shared kernels"], n["other kernels at each place"], by=10),
        "forgetting the place helps further": less(
            n["shared kernels, one maximum of each map"], n["shared kernels"]
        ),
    }
