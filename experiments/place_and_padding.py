"""A box from the means of maps: whether place survives an average, and what carries it.

The three convolutions of `SmallFCN`, trained end to end on boxes alone, with a head on the
flattened map or on the means; with zero padding or with circular padding, which has no border;
and with three more convolutions. Each step draws new pictures.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnbook.data import shape_scenes
from experiments._one_cycle import train
from experiments.verdicts import Numbers, alike, less

UNIT = "mean IoU of the boxes in 400 new pictures"
SEEDS = 5
MINUTES = 4
STEPS = 800


def network(head: str, padding_mode: str, more: int = 0) -> nn.Module:
    """Return backbone and head."""
    same = {"kernel_size": 3, "padding": 1, "padding_mode": padding_mode}
    parts: list[nn.Module] = [nn.Conv2d(1, 8, **same), nn.ReLU(), nn.MaxPool2d(2)]
    parts += [nn.Conv2d(8, 16, **same), nn.ReLU(), nn.MaxPool2d(2)]
    for _ in range(1 + more):
        parts += [nn.Conv2d(16, 16, **same), nn.ReLU()]
    if head == "means":
        parts.append(nn.AdaptiveAvgPool2d(1))
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(16 if head == "means" else 1024, 4))


ARMS = {
    "flattened": ("flattened", "zeros", 0),
    "means": ("means", "zeros", 0),
    "means, three more layers": ("means", "zeros", 3),
    "means, circular padding": ("means", "circular", 0),
}


def draw(rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
    """Return pictures, and boxes as shares of the side."""
    scenes = shape_scenes(count, rng)
    return torch.from_numpy(scenes.images), torch.from_numpy(scenes.boxes).float() / 32


def iou(a: Tensor, b: Tensor) -> float:
    """Return the mean intersection over union."""
    shared = (torch.minimum(a, b)[:, 2:] - torch.maximum(a, b)[:, :2]).clamp(min=0).prod(1)
    areas = sum((box[:, 2:] - box[:, :2]).clamp(min=0).prod(1) for box in (a, b))
    return float((shared / (areas - shared)).mean())


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train each network, and the box that is always the same."""
    steps = round(STEPS * share)
    rng = np.random.default_rng(seed)
    drawn = [draw(rng, 12) for _ in range(steps)]
    x_test, test = draw(rng, 400)

    def loss(model: nn.Module, step: int) -> Tensor:
        return 10 * F.smooth_l1_loss(model(drawn[step][0]), drawn[step][1], beta=0.1)

    numbers: dict[str, float] = {}
    for name, arguments in ARMS.items():
        torch.manual_seed(seed)
        model = train(network(*arguments), loss, steps=steps, lr=0.01)
        with torch.no_grad():
            numbers[name] = iou(model(x_test), test)
    always = torch.cat([boxes for _, boxes in drawn]).mean(0)
    numbers["always the mean box"] = iou(always.expand_as(test), test)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the heads, and the paddings."""
    always, means = n["always the mean box"], n["means"]
    return {
        "trained end to end, means tell much of the place": less(always, means, by=0.1),
        "three more layers bring means nearer to the flattened head": less(
            means, n["means, three more layers"], by=0.1
        ),
        "the flattened head is better with as many layers": less(means, n["flattened"], by=0.1),
        "without a border means tell next to nothing of the place": alike(
            always, n["means, circular padding"], within=0.06
        ),
    }
