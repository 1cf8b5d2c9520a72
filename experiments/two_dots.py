"""Two dots: are they near or farther apart? A field that holds both against one that does not.

Two white dots in one row of a black picture, at a random place. Two networks with the same
parameters: three 3×3 convolutions with ReLU, the mean of each map, a linear layer. One has
dilation 1 throughout and sees 7 pixels, the other 1, 2 and 4 and sees 15. The dots are 8 or 12
apart, farther than 7 pixels hold; or, as a control, 3 or 5 apart. Pictures and padding are
circular, so that no border tells the place. Each step draws new pictures.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments._one_cycle import right, train
from experiments.verdicts import Numbers, between, less

UNIT = "% of 400 new pictures told apart"
SEEDS = 8
MINUTES = 2
STEPS, SIDE = 250, 28
TASKS = {"3 or 5 apart": (3, 5), "8 or 12 apart": (8, 12)}
NETWORKS = {"sees 7": (1, 1, 1), "sees 15": (1, 2, 4)}


def network(dilations: tuple[int, ...]) -> nn.Module:
    """Return the network, whose field its dilations decide."""
    parts: list[nn.Module] = []
    for c_in, d in zip((1, 8, 8), dilations, strict=True):
        same = {"padding": d, "dilation": d, "padding_mode": "circular"}
        parts += [nn.Conv2d(c_in, 8, 3, **same), nn.ReLU()]
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))


def draw(rng: np.random.Generator, count: int, distances: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Return pictures, half of them of each distance, and which it is."""
    kinds = np.arange(count) % 2
    row, first = rng.integers(SIDE, size=(2, count))
    second = (first + np.array(distances)[kinds]) % SIDE
    pictures = np.zeros((count, 1, SIDE, SIDE), np.float32)
    for column in (first, second):
        pictures[np.arange(count), 0, row, column] = SIDE  # so that the means are not tiny
    return torch.from_numpy(pictures), torch.from_numpy(kinds)


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train each network on each task."""
    numbers = {}
    for task, distances in TASKS.items():
        rng = np.random.default_rng(seed)
        drawn = [draw(rng, 16, distances) for _ in range(round(STEPS * share))]
        new = draw(rng, 400, distances)

        def loss(model: nn.Module, step: int, drawn: list[tuple[Tensor, Tensor]] = drawn) -> Tensor:
            return F.cross_entropy(model(drawn[step][0]), drawn[step][1])

        for name, dilations in NETWORKS.items():
            torch.manual_seed(seed)
            model = train(network(dilations), loss, steps=len(drawn), lr=0.01)
            numbers[f"{task}, {name}"] = 100 * right(model, *new)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the fields, and the tasks."""
    far, near = "8 or 12 apart", "3 or 5 apart"
    return {
        "what both fields hold both networks learn": all(
            between(n[f"{near}, {name}"], 99, 100) for name in NETWORKS
        ),
        "what no window holds is not learnt": between(n[f"{far}, sees 7"], 45, 55),
        "the larger field tells it": less(n[f"{far}, sees 7"], n[f"{far}, sees 15"], by=45),
    }
