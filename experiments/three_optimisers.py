"""SGD, momentum and Adam, each with five learning rates: what the choice of the rate decides.

Softmax regression on the 8×8 digits, batches of 32, 20 epochs. Each optimiser keeps the rate that
errs least on 270 of the training digits, set aside; only that one meets the test digits. A seed
draws the first weights, the digits set aside and the order of the batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments._training import batches, tensors_of_digits, wrong
from experiments.verdicts import Numbers, alike, less

UNIT = "wrong of 270 validation digits; with the rate chosen there, of 450 test digits"
SEEDS = 10
MINUTES = 2
ASIDE = 270
STEPS = 680  # 20 epochs of 34 batches
RATES = (0.001, 0.01, 0.1, 1.0, 10.0)
Make = Callable[[Iterable[nn.Parameter], float], torch.optim.Optimizer]
OPTIMISERS: dict[str, Make] = {
    "SGD": lambda w, lr: torch.optim.SGD(w, lr),
    "momentum": lambda w, lr: torch.optim.SGD(w, lr, momentum=0.9),
    "Adam": lambda w, lr: torch.optim.Adam(w, lr),
}


def trained(make: Make, lr: float, x: Tensor, y: Tensor, steps: int, seed: int) -> nn.Module:
    """Train softmax regression."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    optimiser = make(model.parameters(), lr)
    for chosen in batches(len(x), 32, steps, seed):
        optimiser.zero_grad()
        F.cross_entropy(model(x[chosen]), y[chosen]).backward()
        optimiser.step()
    return model


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Try all rates of all three, and test the rate that the validation digits choose."""
    x, y, x_test, y_test = tensors_of_digits()
    mixed = torch.from_numpy(np.random.default_rng(seed).permutation(len(x)))
    kept, aside = mixed[ASIDE:], mixed[:ASIDE]
    numbers: dict[str, float] = {}
    for name, make in OPTIMISERS.items():
        found = []
        for lr in RATES:
            model = trained(make, lr, x[kept], y[kept], round(STEPS * share), seed)
            missed = wrong(model, x[aside], y[aside])
            numbers[f"{name}, lr {lr:g}: validation"] = missed
            found.append((missed, lr, wrong(model, x_test, y_test)))
        numbers[f"{name}, chosen: test"] = min(found)[2]
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the three with chosen rates, and the rates of each."""
    tested = [n[f"{name}, chosen: test"] for name in OPTIMISERS]
    by_rate = {name: [n[f"{name}, lr {lr:g}: validation"] for lr in RATES] for name in OPTIMISERS}
    return {
        "with chosen rates the three err alike, within five of 450": all(
            alike(a, b, within=5) for a in tested for b in tested if a is not b
        ),
        "for each of the three the best rate and the worst are more than ten of 270 apart": all(
            less(min(rates, key=np.mean), max(rates, key=np.mean), by=10)
            for rates in by_rate.values()
        ),
    }
