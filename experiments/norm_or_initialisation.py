"""How much of what batch normalisation gains in four layers the first weights give, too.

The networks `plain` and `norm` of *Convolution's relatives*, 500 digits, with PyTorch's default
first weights and with He's, for six epochs; with the default ones also for twenty. And `norm` for
thirty epochs, with the flattened head and with the mean of each map in its place. Of three learning
rates the best on other digits counts, for each arm and seed.
"""

from __future__ import annotations

from functools import partial

from torch import nn

from experiments._small_data import he, wrong_at_best
from experiments.verdicts import Numbers, less

UNIT = "wrong of 450 test digits"
SEEDS = 5
MINUTES = 4
BUDGETS = ("6 epochs, default", "6 epochs, He", "20 epochs, default")
RATES = (0.0015, 0.005, 0.015)


def network(norm: bool, weights: str, mean_head: bool = False) -> nn.Module:
    """Return the network with its first weights."""
    parts: list[nn.Module] = []
    for number in range(5):
        parts.append(nn.Conv2d(16 if number else 1, 16, 3, padding=1))
        parts += [nn.BatchNorm2d(16)] if norm else []
        parts.append(nn.ReLU())
        parts += [] if number else [nn.MaxPool2d(2)]
    parts += [nn.AdaptiveAvgPool2d(1)] if mean_head else []
    model = nn.Sequential(*parts, nn.Flatten(), nn.Linear(16 if mean_head else 256, 10))
    return he(model) if weights == "He" else model


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train each network."""
    numbers: dict[str, float] = {}
    for budget in BUDGETS:
        epochs, weights = budget.split(" epochs, ")
        steps = round(10 * int(epochs) * share)  # 10 batches an epoch
        for norm in (False, True):
            build = partial(network, norm, weights)
            arm = f"{budget}: {'norm' if norm else 'plain'}"
            numbers[arm] = wrong_at_best(build, RATES, steps, seed)
    for mean_head in (False, True):
        build = partial(network, True, "default", mean_head)
        arm = f"30 epochs: norm, {'mean of maps' if mean_head else 'flattened'}"
        numbers[arm] = wrong_at_best(build, RATES, round(300 * share), seed)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the gap with and without He's weights."""
    gap = {budget: n[f"{budget}: plain"] - n[f"{budget}: norm"] for budget in BUDGETS}
    return {
        "with default weights batch normalisation halves the errors after six epochs": less(
            2 * n["6 epochs, default: norm"], n["6 epochs, default: plain"]
        ),
        "a part of the gap is gone with He's weights": less(
            gap["6 epochs, He"], gap["6 epochs, default"]
        ),
        "a part of the gap is gone after twenty epochs": less(
            gap["20 epochs, default"], gap["6 epochs, default"]
        ),
        "batch normalisation still errs less after twenty epochs and with He's weights": less(
            n["6 epochs, He: norm"], n["6 epochs, He: plain"]
        )
        and less(n["20 epochs, default: norm"], n["20 epochs, default: plain"]),
        "given thirty epochs the mean of maps errs less than the flattened head": less(
            n["30 epochs: norm, mean of maps"], n["30 epochs: norm, flattened"]
        ),
    }
