"""The pixels of wide discs: what the receptive field decides, and what training showed.

`SmallFCN`, where a pixel's answer depends on 26×26 pixels at most, and the same network with
dilation 4 in its third convolution, with as many weights, where it depends on 50×50. Discs 24 to
30 pixels wide still show a dark corner in every 26×26 pixels; asked are all their pixels, once
after training on small shapes and once on shapes of these sizes. Discs 48 to 56 wide show none to
the pixels in their middle; asked are the middle 8×8 pixels, after training on such shapes. Each
step draws new pictures.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnbook import nets
from cnnbook.data import shape_scenes
from cnnbook.data.scenes import ShapeScenes
from experiments._one_cycle import train
from experiments._scenes import scenes_of_width
from experiments.verdicts import Numbers, less

UNIT = "% of the pixels of new discs that are called disc"
SEEDS = 5
MINUTES = 12
STEPS = 800
DISC = 2
SEES_26, SEES_50 = 1, 4  # the dilation of the third convolution


def network(dilation: int) -> nn.Module:
    """Return the network, whose field its dilation decides."""
    model = nets.SmallFCN()
    model.conv3 = nn.Conv2d(16, 16, 3, padding=dilation, dilation=dilation)
    return model


def trained(dilation: int, pictures: list[ShapeScenes], seed: int) -> nn.Module:
    """Train a network on masks, a batch of pictures in each step."""
    weight = torch.tensor([1.0, 4.0, 4.0, 4.0])

    def loss(model: nn.Module, step: int) -> Tensor:
        scenes = pictures[step]
        logits = model(torch.from_numpy(scenes.images))
        return F.cross_entropy(logits, torch.from_numpy(scenes.masks), weight=weight)

    torch.manual_seed(seed)
    return train(network(dilation), loss, steps=len(pictures), lr=0.02)


def called_disc(model: nn.Module, scenes: ShapeScenes, middle: bool = False) -> float:
    """Return how many of 100 pixels of the discs, or of their middles, are called disc."""
    discs = scenes.labels == DISC
    with torch.no_grad():
        found = model(torch.from_numpy(scenes.images[discs])).argmax(1).numpy() == DISC
    asked = scenes.masks[discs] == DISC
    if middle:
        down, right = np.indices(asked.shape[1:])
        centre = (scenes.boxes[discs, :2] + scenes.boxes[discs, 2:])[:, :, None, None] / 2
        asked = (abs(down - centre[:, 0]) < 4) & (abs(right - centre[:, 1]) < 4)
    return 100 * float(found[asked].mean())


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train each network, and ask it."""
    rng = np.random.default_rng(seed)
    steps = range(round(STEPS * share))
    small = [shape_scenes(12, rng) for _ in steps]
    large = [scenes_of_width(12, rng, 16, 30) for _ in steps]
    huge = [scenes_of_width(8, rng, 48, 56, side=64) for _ in steps[::2]]
    wide = scenes_of_width(300, rng, 24, 30)
    very_wide = scenes_of_width(200, rng, 48, 56, side=64)
    numbers = {}
    for name, dilation, pictures in (
        ("trained on 8 to 16, sees 26", SEES_26, small),
        ("trained on 8 to 16, sees 50", SEES_50, small),
        ("trained on 16 to 30, sees 26", SEES_26, large),
    ):
        numbers[f"24 to 30 wide, {name}"] = called_disc(trained(dilation, pictures, seed), wide)
    for name, dilation in (("sees 26", SEES_26), ("sees 50", SEES_50)):
        model = trained(dilation, huge, seed)
        numbers[f"48 to 56 wide, the middle, {name}"] = called_disc(model, very_wide, middle=True)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the trainings, and the fields."""
    small = n["24 to 30 wide, trained on 8 to 16, sees 26"]
    return {
        "training on such sizes mends wide discs": less(
            small, n["24 to 30 wide, trained on 16 to 30, sees 26"], by=15
        ),
        "a larger field alone does not mend them": less(
            n["24 to 30 wide, trained on 8 to 16, sees 50"], small
        ),
        "what the field does not show is not learnt": less(
            n["48 to 56 wide, the middle, sees 26"],
            n["48 to 56 wide, the middle, sees 50"],
            by=40,
        ),
    }
