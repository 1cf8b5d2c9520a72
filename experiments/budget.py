"""Five networks for a small machine: what each gets wrong when trained with care, float and int8.

The 8×8 digits, each at a random place in a frame of 12×12. Each network is trained with three
learning rates; the one with the fewest errors on 250 images kept back counts, on the test images.
"""

from __future__ import annotations

import torch
from torch import nn

from cnnbook.data import digits
from cnnbook.nets import FullyConnected
from cnnbook.nets.quantization import quantize_int8
from experiments._one_cycle import train_on
from experiments._training import wrong
from experiments.verdicts import Numbers, alike, less

UNIT = "% wrong of 450 test images, or of 250 kept back"
SEEDS = 5
MINUTES = 12
STEPS = 1000
KEPT_BACK = 250
RATES = (0.005, 0.01, 0.03)


def conv(c_in: int, c_out: int, size: int = 3, groups: int = 1) -> nn.Module:
    """Return a convolution that keeps height and width."""
    return nn.Conv2d(c_in, c_out, size, padding=size // 2, groups=groups)


def network_of(second: list[nn.Module], head: list[nn.Module], width: int = 8) -> nn.Module:
    """Return two convolutions with a pooling between, and a head."""
    first = [conv(1, width), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*first, *second, nn.ReLU(), *head)


def flat(channels: int) -> list[nn.Module]:
    """Return a head that keeps places: 3×3 of them."""
    return [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(channels * 9, 10)]


def anywhere(channels: int) -> list[nn.Module]:
    """Return a head that takes each map's maximum."""
    return [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]


CANDIDATES = {
    "narrow": lambda: network_of([conv(4, 8)], flat(8), width=4),
    "usual": lambda: network_of([conv(8, 16)], flat(16)),
    "separable": lambda: network_of([conv(8, 8, groups=8), conv(8, 16, 1)], flat(16)),
    "global max": lambda: network_of([conv(8, 32)], anywhere(32)),
    "dense": lambda: FullyConnected(144, (64, 32)),
}


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train the five networks, and round each."""
    data = [torch.from_numpy(part) for part in digits(8, seed=seed, frame=12)]
    x, y, x_test, y_test = data
    x_valid, y_valid = x[-KEPT_BACK:], y[-KEPT_BACK:]
    numbers: dict[str, float] = {}
    for name, build in CANDIDATES.items():
        found: list[tuple[int, float, nn.Module]] = []
        for lr in RATES:
            torch.manual_seed(seed)
            model = build()
            steps = round(STEPS * share)
            train_on(model, x[:-KEPT_BACK], y[:-KEPT_BACK], steps=steps, seed=seed, lr=lr, size=32)
            found.append((wrong(model, x_valid, y_valid), lr, model))
        missed, _, best = min(found, key=lambda one: one[:2])
        numbers[f"{name}, kept back"] = 100 * missed / KEPT_BACK
        numbers[name] = 100 * wrong(best, x_test, y_test) / len(y_test)
        rounded = quantize_int8(best).model
        numbers[f"{name}, int8"] = 100 * wrong(rounded, x_test, y_test) / len(y_test)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the networks that share a budget, and each with its rounded self."""
    others = [name for name in CANDIDATES if name != "global max"]
    return {
        "the global maximum errs least": all(less(n["global max"], n[name]) for name in others),
        "the dense network errs most": all(
            less(n[name], n["dense"]) for name in CANDIDATES if name != "dense"
        ),
        "separable errs less than narrow": less(n["separable"], n["narrow"]),
        "8 bits change less than a point on average": all(
            alike(n[name], n[f"{name}, int8"], within=1) for name in CANDIDATES
        ),
    }
