"""Seven ideas of a block, made small, under one budget: which of them reads the digits best.

Each network has 9,000 to 11,000 parameters: a stem that halves the side, a few blocks, the mean
over the map, a linear layer. Logistic regression is the trivial baseline. Of the 8×8 digits 1,047
are learnt from, 300 choose among three learning rates by the least loss, and 450 test. The trivial
baseline and the transformer learn once more, with four times the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import torch
from torch import nn

from cnnbook.data import digits
from cnnbook.nets.architectures.blocks import Permute, Residual, conv_norm
from cnnbook.nets.architectures.branches import dense_block, inception
from cnnbook.nets.architectures.mobile import inverted_residual
from cnnbook.nets.architectures.modern import (
    FIRST,
    LAST,
    Positions,
    channel_norm,
    encoder_layer,
    mlp,
)
from cnnbook.nets.architectures.residual import basic_block
from experiments._one_cycle import train_on
from experiments._training import mean_loss, wrong
from experiments.verdicts import Numbers, alike, less

UNIT = "wrong of 450 test digits"
SEEDS = 5
MINUTES = 4
STEPS, SIZE, SIDE, VALIDATED = 200, 32, 8, 300
RATES = (0.01, 0.03, 0.1)


def with_stem(channels: int, *body: nn.Module, last: int = 0) -> nn.Sequential:
    """Return a convolution with pooling, the body, and the head."""
    stem = conv_norm(1, channels, 3).append(nn.MaxPool2d(2))
    return nn.Sequential(stem, *body, *head(last or channels))


def head(channels: int) -> list[nn.Module]:
    """Return the mean over the map and a linear layer."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]


def patchify(width: int) -> list[nn.Module]:
    """Return a convolution whose windows of 2×2 do not overlap."""
    return [nn.Conv2d(1, width, 2, stride=2)]


def convnext(width: int = 24) -> nn.Sequential:
    """Return patches, then twice depthwise 3×3, 1×1 to many channels and back."""
    blocks = [
        Residual(
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1, groups=width),
                Permute(*LAST), nn.LayerNorm(width), *mlp(width), Permute(*FIRST),
            )
        )
        for _ in "ab"
    ]  # fmt: skip
    return nn.Sequential(*patchify(width), channel_norm(width), *blocks, *head(width))


def transformer(width: int = 20) -> nn.Sequential:
    """Return patches with learnt positions, two layers of attention, and the mean."""
    patches = [*patchify(width), nn.Flatten(2), Permute(0, 2, 1)]
    layers = [encoder_layer(width, heads=4) for _ in "ab"]
    mean = [nn.LayerNorm(width), Permute(0, 2, 1), nn.AdaptiveAvgPool1d(1), nn.Flatten()]
    return nn.Sequential(
        *patches, Positions((SIDE // 2) ** 2, width), *layers, *mean, nn.Linear(width, 10)
    )


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "logistic regression": lambda: nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, 10)),
    "3×3 in a row": lambda: with_stem(16, *[conv_norm(16, 16, 3) for _ in range(4)]),
    "inception": lambda: with_stem(40, *[inception(40, 10, (16, 16), (8, 8), 6) for _ in "ab"]),
    "residual": lambda: with_stem(16, *[basic_block(16, 16, 1) for _ in "ab"]),
    "dense": lambda: with_stem(
        16, dense_block(16, 3, growth=8), nn.BatchNorm2d(40), nn.ReLU(), last=40
    ),
    "inverted residual": lambda: with_stem(
        16, *[inverted_residual(16, 16, 6, 3, 1, nn.ReLU6) for _ in "ab"]
    ),
    "ConvNeXt": convnext,
    "transformer": transformer,
}
LONGER = ("logistic regression", "transformer")
CONVOLUTIONS = ("3×3 in a row", "inception", "residual", "dense", "inverted residual")


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train each network with each rate, and test the one with the least loss on the 300."""
    data = digits(seed=seed)
    x, x_test = map(torch.from_numpy, (data.x_train, data.x_test))
    mean, spread = x.mean(), x.std()
    x, x_test = (x - mean) / spread, (x_test - mean) / spread
    y, y_test = map(torch.from_numpy, (data.y_train, data.y_test))
    count = len(x) - VALIDATED

    def wrong_at_best(build: Callable[[], nn.Module], steps: int) -> float:
        trained = []
        for lr in RATES:
            torch.manual_seed(seed)
            model = train_on(
                build(), x[:count], y[:count], steps=steps, seed=seed, lr=lr, size=SIZE
            )
            kept = mean_loss(model, x[count:], y[count:])
            trained.append((kept, wrong(model, x_test, y_test)))
        return min(trained)[1]

    steps = round(STEPS * share)
    numbers = {name: wrong_at_best(build, steps) for name, build in NETWORKS.items()}
    for name in LONGER:
        numbers[f"{name}, 4 × the steps"] = wrong_at_best(NETWORKS[name], 4 * steps)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the convolutions with each other, with the baseline and with the transformer."""
    return {
        "five kinds of block differ by less than 8 of 450": all(
            alike(n[a], n[b], within=8) for a, b in combinations(CONVOLUTIONS, 2)
        ),
        "each errs less than logistic regression": all(
            less(n[name], n[longer])
            for name in CONVOLUTIONS
            for longer in (LONGER[0], f"{LONGER[0]}, 4 × the steps")
        ),
        "the transformer is not done after these steps": less(
            n[f"{LONGER[1]}, 4 × the steps"], n[LONGER[1]], by=20
        ),
        "the transformer errs more than each of them": all(
            less(n[name], n[longer])
            for name in CONVOLUTIONS
            for longer in (LONGER[1], f"{LONGER[1]}, 4 × the steps")
        ),
    }
