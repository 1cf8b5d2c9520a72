"""Whether more layers can raise the training error where neither size nor normalisation is missing.

A convolution of 16 channels, a max pooling to 4×4, then 10 or 40 layers of 3×3, and a linear head;
500 digits. All convolutions start with He's weights and are followed by batch normalisation. A
layer is ReLU(norm(conv)), plain, or ReLU(x + norm(conv)), with the input added. 20 epochs; the
deep plain network also gets 40. Of three learning rates that with the least training loss counts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments._small_data import he
from experiments._training import batches, mean_loss, tensors_of_digits, wrong
from experiments.verdicts import Numbers, less

UNIT = "wrong of the 500 training digits"
SEEDS = 5
MINUTES = 20
STEPS = 200  # 20 epochs of 10 batches
RATES = (0.0015, 0.005, 0.015)
ARMS = ("10 layers: plain", "10 layers: input added", "40 layers: plain", "40 layers: input added")
LONGER = "40 layers: plain, twice the time"


class Layer(nn.Module):
    """A convolution of 16 channels with batch normalisation; perhaps its input is added."""

    def __init__(self, added: bool) -> None:
        super().__init__()
        self.added = added
        self.path = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16))

    def forward(self, x: Tensor) -> Tensor:
        """Compute the layer."""
        y: Tensor = self.path(x)
        return F.relu(x + y if self.added else y)


def network(arm: str) -> nn.Module:
    """Return the network of an arm with its first weights."""
    layers = [Layer("added" in arm) for _ in range(int(arm[:2]))]
    start = [nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)]
    return he(nn.Sequential(*start, *layers, nn.Flatten(), nn.Linear(256, 10)))


def wrong_after(build: Callable[[], nn.Module], times: list[int], seed: int) -> list[int]:
    """Train with each rate; return the training errors after so many steps, at the best rate.

    They are counted as in training: each channel is normalised over all 500 digits.
    """
    x, y = (part[:500] for part in tensors_of_digits()[:2])
    found: dict[int, list[tuple[float, int]]] = {time: [] for time in times}
    for lr in RATES:
        torch.manual_seed(seed)
        model = build().train()
        optimizer = torch.optim.AdamW(model.parameters(), lr, fused=True)
        for step, chosen in enumerate(batches(500, 50, times[-1], seed), 1):
            optimizer.zero_grad()
            F.cross_entropy(model(x[chosen]), y[chosen]).backward()
            optimizer.step()
            if step in found:
                found[step].append((mean_loss(model, x, y), wrong(model, x, y)))
    return [min(found[time])[1] for time in times]


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train each network."""
    steps, numbers = round(STEPS * share), {}
    for arm in ARMS:
        times = [steps, 2 * steps] if arm == "40 layers: plain" else [steps]
        numbers[arm], *later = wrong_after(partial(network, arm), times, seed)
        if later:
            (numbers[LONGER],) = later
    return {arm: float(number) for arm, number in numbers.items()}


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare depths, and layers with and without the sum."""
    shallow, _, deep, added = (n[arm] for arm in ARMS)
    return {
        "with batch normalisation 40 plain layers have a higher training error than 10": less(
            shallow, deep, by=10
        ),
        "twice the time does not close the gap": less(shallow, n[LONGER], by=5),
        "with the input added 40 layers learn the training digits": less(added, n[LONGER], by=5),
    }
