"""A class for each pixel in six bands: what linear, three bands, and neighbours reach when trained.

Scenes of water, soil and vegetation, with little and with much sensor noise. Each network is
trained with two learning rates, and the better one on scenes of their own counts. In much noise
also in scenes whose pixels were mixed, each with its material: there neighbours have nothing in
common.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cnnbook.data import multispectral_patches
from experiments._one_cycle import right, train_on
from experiments.verdicts import Numbers, between, less

UNIT = "share of the pixels of 100 new scenes that are right"
SEEDS = 5
MINUTES = 4
STEPS = 400
RATES = (0.05, 0.2)
ALL, RGB = [0, 1, 2, 3, 4, 5], [2, 1, 0]


def classifier(channels: int, size: int) -> nn.Module:
    """Return the chapter's network with a ReLU."""
    first = nn.Conv2d(channels, 8, size, padding=size // 2)
    return nn.Sequential(first, nn.ReLU(), nn.Conv2d(8, 3, 1))


CANDIDATES = {
    "1×1, linear": (lambda: nn.Conv2d(6, 3, 1), ALL),
    "1×1, ReLU, 1×1": (lambda: classifier(6, 1), ALL),
    "the same, RGB": (lambda: classifier(3, 1), RGB),
    "3×3, ReLU, 1×1": (lambda: classifier(6, 3), ALL),
}


def mixed(
    scenes: np.ndarray, materials: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Give each scene's pixels new places, and their materials along."""
    n, bands, side = scenes.shape[:3]
    order = rng.permuted(np.tile(np.arange(side * side), (n, 1)), axis=1)
    pixels = np.take_along_axis(scenes.reshape(n, bands, -1), order[:, None], axis=2)
    moved = np.take_along_axis(materials.reshape(n, -1), order, axis=1)
    return pixels.reshape(scenes.shape), moved.reshape(materials.shape)


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train the four networks in both noises, and two of them in mixed scenes."""
    numbers: dict[str, float] = {}
    for situation, noise in (("noise 0.01", 0.01), ("noise 0.05", 0.05), ("mixed, 0.05", 0.05)):
        rng = np.random.default_rng(seed)
        parts = [multispectral_patches(100, rng, noise=noise) for _ in range(3)]
        if "mixed" in situation:
            parts = [mixed(*part, rng) for part in parts]
        (x, y), (x_valid, y_valid), (x_test, y_test) = [
            (torch.from_numpy(a), torch.from_numpy(b)) for a, b in parts
        ]
        for name, (build, bands) in CANDIDATES.items():
            if "mixed" in situation and "ReLU" not in name:
                continue
            found = []
            for lr in RATES:
                torch.manual_seed(seed)
                model = build()
                train_on(
                    model, x[:, bands], y, steps=round(STEPS * share), seed=seed, lr=lr, size=4
                )
                score = right(model, x_valid[:, bands], y_valid)
                found.append((score, lr, right(model, x_test[:, bands], y_test)))
            numbers[f"{situation}: {name}"] = max(found)[2]
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the networks."""
    little, much = [
        {name: n[f"noise {noise}: {name}"] for name in CANDIDATES} for noise in (0.01, 0.05)
    ]
    return {
        "in little noise six bands are right nearly everywhere, linear or not, 1×1 or 3×3": all(
            between(little[name], 0.99, 1) for name in CANDIDATES if "RGB" not in name
        ),
        "three bands are not enough": less(little["the same, RGB"], little["1×1, linear"], by=0.01),
        "in much noise neighbours help": less(much["1×1, ReLU, 1×1"], much["3×3, ReLU, 1×1"]),
        "in mixed scenes they help by less than a third of that": less(
            n["mixed, 0.05: 3×3, ReLU, 1×1"] - n["mixed, 0.05: 1×1, ReLU, 1×1"],
            (much["3×3, ReLU, 1×1"] - much["1×1, ReLU, 1×1"]) / 3,
        ),
    }
