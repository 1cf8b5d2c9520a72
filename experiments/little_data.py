"""Few images of new classes, and what a network gains from having learnt other ones before.

Five of the ten digits, drawn anew for each seed, are old: a network of two convolutions and the
maximum of each map learns all their images. Of the five new ones there are 1, 2, 5, 10, 20 or 60
images per class, the same for all arms. Digits of 8×8 pixels stand at random places of a 12×12
frame; or, as a control, as they are, in their middle.

- *pixels*, *features*: the nearest neighbour among the few, or a new head (logistic regression), on
  the pixels, on the source network's 32 features, on those of a network with random weights, and on
  those of one that learnt the old digits with their pixels shuffled;
- *fine-tuned*: the source network with a new head, all weights trained on the few at one learning
  rate, or the body at a tenth of the head's; *from scratch*: the same network from random weights;
- *batch norm*: with a batch norm after each convolution, fine-tuned with the running statistics of
  the old digits, or in training mode.

Each learning rate, and how small a head's weights are held, is chosen for each arm, seed and number
on 200 other images of the new classes; 300 more are the test. *Twice the steps* is the control.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from cnnbook import nets
from cnnbook.data import digits
from experiments._small_data import he
from experiments._training import batches, mean_loss, wrong
from experiments.verdicts import Numbers, alike, less

UNIT = "% of 300 test images wrong"
SEEDS = 5
MINUTES = 5
STEPS = 200
FEW = (1, 2, 5, 10, 20)
MANY = 60
RATES = (0.001, 0.003, 0.01)
STRENGTHS = (0.1, 1.0, 10.0, 100.0)

Images = tuple[Tensor, Tensor]


def two_halves(seed: int, frame: int | None) -> tuple[Images, Images]:
    """Return all images of five old classes, and those of five new ones, numbered from 0."""
    data = digits(frame=frame, seed=seed)
    x = torch.from_numpy(np.concatenate([data.x_train, data.x_test]))
    y = np.concatenate([data.y_train, data.y_test])
    number = np.argsort(np.random.default_rng(seed).permutation(10))[y]
    old, new = (np.flatnonzero(part) for part in (number < 5, number >= 5))
    return (x[old], torch.from_numpy(number[old])), (x[new], torch.from_numpy(number[new] - 5))


def network(seed: int, norms: bool = False) -> nn.Sequential:
    """Return the network with weights of its own, perhaps with batch norms."""
    torch.manual_seed(seed)
    parts: list[nn.Module] = []
    for c_in, c_out in ((1, 8), (8, 32)):
        parts.append(nn.Conv2d(c_in, c_out, 3, padding=1))
        parts += [nn.BatchNorm2d(c_out)] * norms
        parts += [nn.ReLU(), nn.MaxPool2d(2) if c_in == 1 else nn.AdaptiveMaxPool2d(1)]
    return he(nn.Sequential(*parts, nn.Flatten(), nn.Linear(32, 5)))


def trained(model: nn.Module, few: Images, groups: list, steps: int, seed: int) -> nn.Module:
    """Train with Adam, in the mode that the model is in."""
    optimizer = torch.optim.Adam(groups, fused=True)
    for chosen in batches(len(few[0]), min(64, len(few[0])), steps, seed):
        optimizer.zero_grad()
        F.cross_entropy(model(few[0][chosen]), few[1][chosen]).backward()
        optimizer.step()
    return model.eval()


def at_best_rate(
    build: Callable[[], nn.Module],
    few: Images,
    others: Images,
    test: Images,
    steps: int,
    seed: int,
    body: float = 1.0,
) -> float:
    """Train once for each rate; of the one that errs least on the others, return the % wrong."""
    found = []
    for lr in RATES:
        model = build()
        groups = nets.parameter_groups(model, body * lr, lr)
        trained(model, few, groups, steps, seed)
        score = wrong(model, *others), mean_loss(model, *others)
        found.append((*score, 100 * wrong(model, *test) / len(test[0])))
    return min(found)[2]


def head(few: Images, others: Images, test: Images) -> float:
    """Fit logistic regression on features, its decay chosen on the others."""
    scale = float(few[0].std())
    (x, y), (x_others, y_others), (x_test, y_test) = (
        ((part[0] / scale).numpy(), part[1].numpy()) for part in (few, others, test)
    )
    fitted = [LogisticRegression(C=c, max_iter=2000).fit(x, y) for c in STRENGTHS]
    best = max(fitted, key=lambda model: model.score(x_others, y_others))
    return 100 * float((best.predict(x_test) != y_test).mean())


def nearest(few: Images, test: Images) -> float:
    """Give each test image the class of the nearest of the few."""
    found = few[1][torch.cdist(test[0], few[0]).argmin(1)]
    return 100 * float((found != test[1]).float().mean())


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Learn the old classes, then each number of images of the new."""
    steps, numbers = round(STEPS * share), {}
    others, test = slice(0, 200), slice(200, 500)

    def source(images: Images, norms: bool = False) -> nn.Sequential:
        model = network(seed, norms).train()
        trained(model, images, nets.parameter_groups(model, 0.005, 0.005), 4 * steps, seed)
        return model

    for place, frame in {"framed": 12, "in the middle": None}.items():
        old, (x, y) = two_halves(seed, frame)
        order = torch.from_numpy(np.random.default_rng(seed).permutation(x[0].numel()))
        shuffled = old[0].flatten(1)[:, order].reshape(old[0].shape), old[1]
        learnt = source(old)
        bodies = {"features": learnt}
        if frame:
            bodies |= {"random features": network(seed), "shuffled features": source(shuffled)}
            with_norms = source(old, norms=True)
        with torch.no_grad():
            views = {name: body[:-1](x) for name, body in bodies.items()}
        views["pixels"] = x.flatten(1)

        def fine_tuned(model: nn.Module = learnt, training: bool = False) -> nn.Module:
            return nets.replace_head(copy.deepcopy(model), 5, seed).train(training)

        for count in (*FEW, MANY):
            rows = torch.cat([500 + torch.where(y[500:] == c)[0][:count] for c in range(5)])
            title = f"{place}, {count}:"
            for name, view in views.items():
                seen = [(view[part], y[part]) for part in (rows, others, test)]
                if name in ("pixels", "features"):
                    numbers[f"{title} {name}, nearest"] = nearest(seen[0], seen[2])
                numbers[f"{title} {name}, new head"] = head(*seen)
            if frame is None:
                continue
            parts = [(x[part], y[part]) for part in (rows, others, test)]
            starts = {"fine-tuned": fine_tuned, "from scratch": lambda: network(100 + seed)}
            for name, start in starts.items():
                numbers[f"{title} {name}"] = at_best_rate(start, *parts, steps, seed)
                if count == 5:
                    numbers[f"{title} {name}, twice the steps"] = at_best_rate(
                        start, *parts, 2 * steps, seed
                    )
            numbers[f"{title} fine-tuned, body a tenth"] = at_best_rate(
                fine_tuned, *parts, steps, seed, body=0.1
            )
            if count in (2, 5):
                for name, training in {"kept": False, "of the few": True}.items():
                    start = functools.partial(fine_tuned, with_norms, training)
                    numbers[f"{title} batch norm, statistics {name}"] = at_best_rate(
                        start, *parts, steps, seed
                    )
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare arm with arm, for the same number of images."""

    def framed(name: str, *counts: int) -> Numbers:
        return np.mean([n[f"framed, {count}: {name}"] for count in counts], axis=0)

    head, tuned, scratch = "features, new head", "fine-tuned", "from scratch"
    kept, of_few = "batch norm, statistics kept", "batch norm, statistics of the few"
    middle = "in the middle, {}: {}, nearest"
    return {
        "with two images the nearest in features errs less than the nearest in pixels": less(
            framed("features, nearest", 2), framed("pixels, nearest", 2), by=15
        ),
        "a head on random or shuffled features errs more": all(
            less(framed(head, count), framed(f"{kind} {head}", count))
            for count in (5, 10, 20)
            for kind in ("random", "shuffled")
        ),
        "with five images fine-tuning errs less than from scratch": less(
            framed(tuned, 5), framed(scratch, 5)
        ),
        "with 1, 2 and 10 the seeds disagree on which is ahead": not any(
            less(framed(one, count), framed(other, count))
            for one, other in ((tuned, scratch), (scratch, tuned))
            for count in (1, 2, 10)
        ),
        "with 20 and 60 the two are level within six points": all(
            alike(framed(tuned, count), framed(scratch, count), within=6) for count in (20, 60)
        ),
        "with 10, 20 and 60 from scratch errs less than a head on frozen features": all(
            less(framed(scratch, count), framed(head, count), by=5) for count in (10, 20, 60)
        ),
        "up to 20 a head on frozen features errs less than the nearest in pixels": all(
            less(framed(head, count), framed("pixels, nearest", count), by=10) for count in FEW
        ),
        "with ten a body at a tenth lies between a frozen one and one at the full rate": less(
            framed(tuned, 10), framed(f"{tuned}, body a tenth", 10)
        )
        and less(framed(f"{tuned}, body a tenth", 10), framed(head, 10)),
        "kept statistics or those of the few make little difference": all(
            alike(framed(kept, count), framed(of_few, count), within=6) for count in (2, 5)
        ),
        "twice the steps change little": all(
            alike(framed(name, 5), framed(f"{name}, twice the steps", 5), within=5)
            for name in (tuned, scratch)
        ),
        "in the middle the nearest in pixels errs less than the nearest in features": all(
            less(n[middle.format(count, "pixels")], n[middle.format(count, "features")])
            for count in (2, 5, 10, 20)
        ),
    }
