"""Four schedules of the learning rate, and two ways to let weights decay, each at its best setting.

A small CNN learns 500 of the 8×8 digits with AdamW, in batches of 25, for 20 epochs. For each
schedule the peak is the one of four rates that has the least loss on 270 other digits; that network
meets the 450 test digits, and so does the one with the largest loss, the worst peak. The same is
done for the decay, at a rate of 0.03 that falls along a cosine: none, three strengths as L2 in
Adam, and three in AdamW. A seed draws the first weights, the digits and the order of the batches,
the same for all arms.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import lr_scheduler

from experiments._training import batches, mean_loss, tensors_of_digits, wrong
from experiments.verdicts import Numbers, alike, less

UNIT = "wrong of 450 test digits, at the setting that 270 validation digits choose"
SEEDS = 16
MINUTES = 4
STEPS = 400  # 20 epochs of 20 batches
DECAYED = 0.03  # the rate at which decays are compared
RATES = (0.003, 0.01, 0.03, 0.1)
Schedule = Callable[[torch.optim.Optimizer, float, int], lr_scheduler.LRScheduler]
SCHEDULES: dict[str, Schedule] = {
    "constant": lambda optimizer, lr, steps: lr_scheduler.StepLR(optimizer, steps + 1),
    "step": lambda optimizer, lr, steps: lr_scheduler.StepLR(optimizer, max(1, steps // 3)),
    "cosine": lambda optimizer, lr, steps: lr_scheduler.CosineAnnealingLR(optimizer, steps),
    "one-cycle": lambda optimizer, lr, steps: lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=steps + 1, cycle_momentum=False
    ),
}
DECAYS = {
    "Adam, L2": (torch.optim.Adam, (1e-4, 1e-3, 1e-2)),
    "AdamW": (torch.optim.AdamW, (0.01, 0.1, 1.0)),
}


def trained(
    seed: int,
    lr: float,
    steps: int,
    schedule: Schedule,
    make: Callable[..., torch.optim.Optimizer] = torch.optim.AdamW,
    decay: float = 0.0,
) -> tuple[float, int]:
    """Train one network; return its loss on validation digits and its wrong test digits."""
    x, y, x_test, y_test = tensors_of_digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    )
    optimizer = make(model.parameters(), lr=lr, weight_decay=decay, fused=True)
    plan = schedule(optimizer, lr, steps)
    for chosen in batches(500, 25, steps, seed):
        optimizer.zero_grad()
        F.cross_entropy(model(x[chosen]), y[chosen]).backward()
        optimizer.step()
        plan.step()
    others = slice(500, 770)
    return mean_loss(model, x[others], y[others]), wrong(model, x_test, y_test)


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Try all settings of all arms, and test the one that the validation digits choose."""
    steps = max(1, round(STEPS * share))
    numbers: dict[str, float] = {}
    for name, schedule in SCHEDULES.items():
        found = [trained(seed, lr, steps, schedule) for lr in RATES]
        numbers[name] = min(found)[1]
        numbers[f"{name}, at its worst peak"] = max(found)[1]
    cosine = SCHEDULES["cosine"]
    numbers["no decay"] = trained(seed, DECAYED, steps, cosine)[1]
    for name, (make, decays) in DECAYS.items():
        found = [trained(seed, DECAYED, steps, cosine, make, decay) for decay in decays]
        numbers[name] = min(found)[1]
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the schedules, their peaks, and the decays."""
    schedules, decays = list(SCHEDULES), ["no decay", *DECAYS]
    return {
        "at their best peaks the four schedules err alike, within ten of 450": all(
            alike(n[a], n[b], within=10) for a, b in itertools.combinations(schedules, 2)
        ),
        "a constant rate and one cycle err alike, within five of 450": alike(
            n["constant"], n["one-cycle"], within=5
        ),
        "one cycle errs less than a rate that falls in steps": less(n["one-cycle"], n["step"]),
        "with each schedule the worst of four peaks errs more": all(
            less(n[name], n[f"{name}, at its worst peak"]) for name in schedules
        ),
        "at its worst peak one cycle errs less than the others at theirs, by more than fifty": all(
            less(n["one-cycle, at its worst peak"], n[f"{name}, at its worst peak"], by=50)
            for name in schedules
            if name != "one-cycle"
        ),
        "no decay, L2 in Adam and AdamW err alike, within five of 450": all(
            alike(n[a], n[b], within=5) for a, b in itertools.combinations(decays, 2)
        ),
    }
