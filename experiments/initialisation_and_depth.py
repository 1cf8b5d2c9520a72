"""Whether ten plain layers fail to learn by their depth, or by their first weights.

The network of *Convolution's relatives*: a convolution of 16 channels, a max pooling to 4×4, then
10 or 16 layers of 3×3, and a linear head; 500 digits, ten epochs. The first weights are PyTorch's
default ones, or He's. A residual layer adds its input to ReLU(convolution), or its branch ends
without a ReLU: this one stands after the sum, or before the convolution. Of three learning rates
the best on other digits counts, for each arm and seed.
"""

from __future__ import annotations

from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn

from experiments._small_data import he, wrong_at_best
from experiments.verdicts import Numbers, less

UNIT = "wrong of 450 test digits"
SEEDS = 5
MINUTES = 4
STEPS = 100  # 10 epochs of 10 batches
RATES = (0.0005, 0.0015, 0.005)
ARMS = (
    "10 layers, default: plain",
    "10 layers, He: plain",
    "10 layers, default: x + ReLU(conv)",
    "16 layers, default: x + ReLU(conv)",
    "16 layers, He: x + ReLU(conv)",
    "16 layers, He: ReLU(x + conv)",
    "16 layers, He: x + conv(ReLU)",
)


class Layer(nn.Module):
    """A convolution of 16 channels, and how its input takes part."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind, self.conv = kind, nn.Conv2d(16, 16, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the layer."""
        if self.kind == "plain":
            return F.relu(self.conv(x))
        if self.kind == "x + ReLU(conv)":
            return x + F.relu(self.conv(x))
        if self.kind == "ReLU(x + conv)":
            return F.relu(x + self.conv(x))
        return x + self.conv(F.relu(x))


def network(arm: str) -> nn.Module:
    """Return the network of an arm with its first weights."""
    sizes, kind = arm.split(": ")
    layers = [Layer(kind) for _ in range(int(sizes[:2]))]
    start = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    model = nn.Sequential(*start, *layers, nn.Flatten(), nn.Linear(256, 10))
    return he(model) if "He" in sizes else model


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train each network."""
    steps = round(STEPS * share)
    return {arm: wrong_at_best(partial(network, arm), RATES, steps, seed) for arm in ARMS}


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare first weights, and what a residual layer adds."""
    default, weights, sums = (n[arm] for arm in ARMS[:3])
    grows, *others = (n[arm] for arm in ARMS[4:])
    return {
        "ten plain layers learn with He's weights": less(weights, default, by=45),
        "with default weights a residual connection lets ten layers learn": less(
            sums, default, by=45
        ),
        "with He's weights 16 layers learn better if the branch ends without ReLU": all(
            less(other, grows) for other in others
        ),
        "with default weights the branch may end with ReLU": less(n[ARMS[3]], grows),
    }
