"""What noise, larger shapes and a second shape do to a class, a box and a mask.

The network of the chapter, three heads on one backbone, trained on one shape in each picture, 8 to
16 pixels wide, with noise 0.1. Then asked about 400 new pictures of each kind: as in training; with
noise 0.3; with a shape 16 to 30 pixels wide; with two shapes of different kinds whose boxes do not
overlap. Of two shapes either class counts as right, and either box.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnbook import nets
from cnnbook.data import shape_scenes
from cnnbook.data.scenes import ShapeScenes
from experiments._one_cycle import train
from experiments._scenes import scenes_of_width
from experiments.verdicts import Numbers, alike, less

UNIT = "% of the classes right, of the boxes above an IoU of 0.5, mean IoU of the masks in %"
SEEDS = 6
MINUTES = 6
STEPS = 800


class Answers(NamedTuple):
    """What the network says: logits of classes, boxes as shares of the side, logits of pixels."""

    what: Tensor
    where: Tensor
    which_pixels: Tensor


class ThreeHeads(nn.Module):
    """The chapter's network."""

    def __init__(self) -> None:
        super().__init__()
        parts = list(nets.SmallFCN())
        self.backbone = nn.Sequential(*parts[:8])
        self.what = nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 3))
        self.where = nn.Sequential(nn.Flatten(), nn.Linear(16 * 8 * 8, 4))
        self.which_pixels = nn.Sequential(*parts[8:])

    def forward(self, x: Tensor) -> Answers:
        """Ask all three heads."""
        maps = self.backbone(x)
        return Answers(self.what(maps), self.where(maps), self.which_pixels(maps))


def loss_of(answers: Answers, scenes: ShapeScenes) -> Tensor:
    """Return the chapter's sum of three losses."""
    weight = torch.tensor([1.0, 4.0, 4.0, 4.0])
    boxes = torch.from_numpy(scenes.boxes).float() / 32
    pixels = F.cross_entropy(answers.which_pixels, torch.from_numpy(scenes.masks), weight=weight)
    where = F.smooth_l1_loss(answers.where, boxes, beta=0.1)
    what = F.cross_entropy(answers.what, torch.from_numpy(scenes.labels - 1))
    return what + 4 * pixels + 10 * where


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return intersection over union of boxes (N, 4)."""
    shared = (np.minimum(a, b)[:, 2:] - np.maximum(a, b)[:, :2]).clip(min=0).prod(axis=1)
    areas = sum((box[:, 2:] - box[:, :2]).clip(min=0).prod(axis=1) for box in (a, b))
    return np.asarray(shared / (areas - shared))


def mean_iou(found: np.ndarray, masks: np.ndarray) -> float:
    """Return the mean of the four classes' intersection over union, over all pixels."""
    each = [
        ((found == k) & (masks == k)).sum() / ((found == k) | (masks == k)).sum() for k in range(4)
    ]
    return float(np.mean(each))


def two_shapes(
    count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, list[ShapeScenes]]:
    """Return pictures with two shapes, their masks, and the scenes that they were made of."""
    first, second = shape_scenes(8 * count, rng), shape_scenes(8 * count, rng)
    apart = (iou(first.boxes, second.boxes) == 0) & (first.labels != second.labels)
    chosen = np.flatnonzero(apart)[:count]
    pair = [ShapeScenes(*(part[chosen] for part in scenes)) for scenes in (first, second)]
    on_top = pair[1].masks > 0
    images = np.where(on_top[:, None], pair[1].images, pair[0].images)
    return images, np.where(on_top, pair[1].masks, pair[0].masks), pair


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train the network, and ask it."""
    rng = np.random.default_rng(seed)
    drawn = [shape_scenes(12, rng) for _ in range(round(STEPS * share))]

    def loss(model: nn.Module, step: int) -> Tensor:
        scenes = drawn[step]
        return loss_of(model(torch.from_numpy(scenes.images)), scenes)

    torch.manual_seed(seed)
    model = train(ThreeHeads(), loss, steps=len(drawn), lr=0.02)
    both, both_masks, pair = two_shapes(400, rng)
    alone = {
        "as in training": shape_scenes(400, rng),
        "noise 0.3": shape_scenes(400, rng, noise=0.3),
        "larger": scenes_of_width(400, rng, 16, 30),
    }
    asked = {name: (s.images, s.masks, [s]) for name, s in alone.items()}
    numbers = {}
    for name, (images, masks, scenes) in {**asked, "two shapes": (both, both_masks, pair)}.items():
        with torch.no_grad():
            answers = model(torch.from_numpy(images))
        classes = answers.what.argmax(1).numpy() + 1
        boxes = 32 * answers.where.numpy()
        right = np.any([classes == one.labels for one in scenes], axis=0)
        found = np.any([iou(boxes, one.boxes) > 0.5 for one in scenes], axis=0)
        numbers[f"class, {name}"] = 100 * right.mean()
        numbers[f"box, {name}"] = 100 * found.mean()
        numbers[f"masks, {name}"] = 100 * mean_iou(answers.which_pixels.argmax(1).numpy(), masks)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the kinds of pictures."""
    heads = ("class", "box", "masks")
    before = {head: n[f"{head}, as in training"] for head in heads}
    return {
        "noise wears down all three answers": all(
            less(n[f"{head}, noise 0.3"], before[head], by=10) for head in heads
        ),
        "larger shapes keep class and box": all(
            alike(before[head], n[f"{head}, larger"], within=6) for head in ("class", "box")
        ),
        "larger shapes lose a part of their masks": less(
            n["masks, larger"], before["masks"], by=10
        ),
        "a second shape takes the box": less(n["box, two shapes"], before["box"], by=80),
        "a second shape leaves most of the masks": alike(
            before["masks"], n["masks, two shapes"], within=12
        ),
    }
