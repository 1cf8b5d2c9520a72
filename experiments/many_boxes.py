"""Whether several objects are found better at each cell of a grid than in a list of four.

Scenes of one to four shapes on 48×48 pixels, each drawn once. `SmallDetector` answers at each of
144 cells for two anchors; what it found with a score of 0.02 or more is counted as it is, and after
non-maximum suppression. A second network has the same layers below, a flattened map and two linear
layers, and answers with a list of four boxes, each with a score; its list is compared with the true
boxes in the order that fits best. Both have the same scenes, steps, optimiser and schedule; the
list has four times the steps as well, on as many more scenes. The third way is no network: a
smoothed picture, a threshold, connected parts. The limit of suppression, and smoothing, threshold
and least size of the third way, are chosen on 100 other scenes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnbook import nets
from cnnbook.data import ObjectScenes, object_scenes
from cnnbook.detection import average_precision, match_boxes, nms
from experiments._one_cycle import train
from experiments.verdicts import Numbers, less

UNIT = "average precision at an IoU of 0.5 on 300 new scenes, in %"
SEEDS = 5
MINUTES = 12
STEPS, BATCH, LR, SIDE, MOST = 400, 12, 0.01, 48, 4
LEAST = 0.02  # a score
PERMUTATIONS = torch.tensor(list(itertools.permutations(range(MOST))))

Found = list[tuple[np.ndarray, np.ndarray]]  # of each scene, boxes and scores


class ListOfBoxes(nn.Module):
    """The detector's layers below its head, then a list of four: score, and edges from 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.below = nets.SmallDetector()[:-1]
        self.above = nn.Sequential(
            nn.Flatten(), nn.Linear(32 * 12 * 12, 64), nn.ReLU(), nn.Linear(64, MOST * 5)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, 4) and boxes (N, 4, 4)."""
        each = self.above(self.below(x)).reshape(-1, MOST, 5)
        return each[..., 0], each[..., 1:]

    def loss(self, x: Tensor, boxes: Tensor, labels: Tensor) -> Tensor:
        """Return the loss in the order of the true boxes that fits best."""
        logits, found = self(x)
        there = (labels > 0).float()[:, None]
        pairs = logits[:, :, None].expand(-1, -1, MOST)
        cost = F.binary_cross_entropy_with_logits(
            pairs, there.expand(-1, MOST, -1), reduction="none"
        )
        target = boxes[:, None].float().expand(-1, MOST, -1, -1) / SIDE
        pairs = found[:, :, None].expand(-1, -1, MOST, -1)
        apart = F.smooth_l1_loss(pairs, target, beta=0.1, reduction="none").mean(dim=3)
        cost = cost + 10 * there * apart
        orders = cost[:, torch.arange(MOST), PERMUTATIONS].sum(dim=2)  # (N, 24)
        return orders.min(dim=1).values.mean()

    @torch.no_grad()
    def found(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return boxes in pixels that do not end before they begin, and their scores."""
        logits, boxes = self(x)
        boxes = (SIDE * boxes).clamp(0, SIDE)
        begin = boxes[..., :2].minimum(boxes[..., 2:])
        return torch.cat([begin, boxes[..., 2:].maximum(begin)], dim=-1), logits.sigmoid()


def of_network(model: nn.Module, scenes: ObjectScenes) -> Found:
    """Return what a network finds in each scene."""
    boxes, scores = (part.numpy() for part in model.found(torch.from_numpy(scenes.images))[:2])
    return [(b[s >= LEAST], s[s >= LEAST]) for b, s in zip(boxes, scores, strict=True)]


def suppressed(found: Found, limit: float) -> Found:
    """Return what suppression keeps."""
    kept = [nms(boxes, scores, limit) for boxes, scores in found]
    return [(b[k], s[k]) for (b, s), k in zip(found, kept, strict=True)]


def of_threshold(scenes: ObjectScenes, smooth: int, threshold: float, least: int) -> Found:
    """Return the boxes of connected bright parts; a larger part is surer."""
    from scipy import ndimage

    found = []
    for image in scenes.images[:, 0].astype(float):
        parts, _ = ndimage.label(ndimage.uniform_filter(image, smooth) > threshold)
        sizes = np.bincount(parts.ravel())[1:]
        slices = ndimage.find_objects(parts)
        boxes = np.array(
            [[r.start, c.start, r.stop, c.stop] for r, c in slices], np.float32
        ).reshape(-1, 4)
        found.append((boxes[sizes >= least], sizes[sizes >= least].astype(float)))
    return found


def precision(found: Found, scenes: ObjectScenes) -> float:
    """Return the average precision over all scenes, in per cent."""
    hits, sure = [], []
    for (boxes, scores), true, labels in zip(found, scenes.boxes, scenes.labels, strict=True):
        hits.append(match_boxes(boxes, scores, true[labels > 0].astype(np.float32)) >= 0)
        sure.append(scores)
    n_true = int((scenes.labels > 0).sum())
    return 100 * average_precision(np.concatenate(hits), np.concatenate(sure), n_true)


def best(settings: Iterable[tuple], find: Callable[..., Found], scenes: ObjectScenes) -> tuple:
    """Return the settings that find most in the scenes that are for choosing."""
    return max(settings, key=lambda chosen: precision(find(*chosen), scenes))


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train both networks; choose settings on some scenes, and count on others."""
    rng = np.random.default_rng(seed)
    steps = max(round(STEPS * share), 2)
    choosing, new = object_scenes(100, rng), object_scenes(300, rng)
    drawn = [
        [torch.from_numpy(part) for part in (scenes.images, scenes.boxes, scenes.labels)]
        for scenes in (object_scenes(BATCH, rng) for _ in range(4 * steps))
    ]

    def loss(model: nn.Module, step: int) -> Tensor:
        total: Tensor = model.loss(*drawn[step])
        return total

    detector = nets.initialize(nets.SmallDetector(), seed)
    train(detector, loss, steps=steps, lr=LR)
    every = of_network(detector, choosing)
    limits = [(limit,) for limit in (0.2, 0.3, 0.4, 0.5)]
    (limit,) = best(limits, lambda limit: suppressed(every, limit), choosing)
    found = of_network(detector, new)
    numbers = {
        "every cell, with suppression": precision(suppressed(found, limit), new),
        "every cell, without": precision(found, new),
    }
    for name, more in {"a list of four": 1, "a list of four, 4 times the steps": 4}.items():
        listing = nets.initialize(ListOfBoxes(), seed)
        train(listing, loss, steps=more * steps, lr=LR)
        numbers[name] = precision(of_network(listing, new), new)
    grid = itertools.product((1, 3, 5), (0.4, 0.5, 0.6), (1, 20))
    chosen = best(grid, lambda *setting: of_threshold(choosing, *setting), choosing)
    numbers["threshold and connected parts"] = precision(of_threshold(new, *chosen), new)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the ways with each other."""
    kept = n["every cell, with suppression"]
    return {
        "suppression is needed": less(n["every cell, without"], kept, by=20),
        "every cell finds more than a list": less(n["a list of four"], kept, by=40),
        "with as many steps the list finds least": all(
            less(n["a list of four"], n[name], by=20)
            for name in ("every cell, without", "threshold and connected parts")
        ),
        "more steps help the list": less(
            n["a list of four"], n["a list of four, 4 times the steps"], by=10
        ),
        "and do not bring it near": less(n["a list of four, 4 times the steps"], kept, by=10),
        "every cell finds more than a threshold": less(
            n["threshold and connected parts"], kept, by=15
        ),
    }
