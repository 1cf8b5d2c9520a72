"""Right for the wrong reason: what a text network of width 3 learns from three wrong orders alone.

The network of the chapter on sequences, trained on 2,000 strings with the motif 3 1 4 or one of
three wrong orders, and then on 4,000 of which half of class 0 hold other strings: plain, or torn
(3 1 here, 1 4 there). Tested on each kind, for other strings, weights and batches.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from cnnbook.data import token_strings
from cnnbook.data.scenes import MOTIF
from experiments._one_cycle import right, train_on
from experiments.verdicts import Numbers, between, less

UNIT = "share of the strings of a kind that are called class 1, or are right"
SEEDS = 8
MINUTES = 4
STEPS = 700


class TextNetwork(nn.Module):
    """Embedding, convolution, maximum over time."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.conv, self.fc = (
            nn.Embedding(10, 4),
            nn.Conv1d(4, 16, 3),
            nn.Linear(16, 2),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Return two logits for each string."""
        x = self.conv(self.embedding(tokens).transpose(1, 2)).relu()
        logits: Tensor = self.fc(x.amax(dim=2))
        return logits


def without_motif(n: int, rng: np.random.Generator, kind: str) -> np.ndarray:
    """Return strings of class 0: plain, torn, or with three tokens put in."""
    strings = rng.integers(10, size=(2 * n, 20))
    if kind == "torn":
        for string in strings:
            a, b = rng.integers(8), rng.integers(10, 18)
            string[a : a + 2], string[b : b + 2] = MOTIF[:2], MOTIF[1:]
    elif kind != "plain":
        strings[:, 8:11] = [int(token) for token in kind.split()]
    windows = np.lib.stride_tricks.sliding_window_view(strings, 3, axis=1)
    return strings[~(windows == MOTIF).all(axis=2).any(axis=1)][:n]


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train on the narrow and on the wide data."""
    rng = np.random.default_rng(seed)
    test, labels = map(torch.from_numpy, token_strings(1000, rng))
    narrow, wide = token_strings(2000, rng), token_strings(4000, rng)
    zeros = np.flatnonzero(wide[1] == 0)
    for start, kind in enumerate(("plain", "torn")):
        wide[0][zeros[start::4]] = without_motif(len(zeros[start::4]), rng, kind)
    numbers: dict[str, float] = {}
    for name, data in {"narrow": narrow, "wide": wide}.items():
        torch.manual_seed(seed)
        x, y = map(torch.from_numpy, data)
        model = TextNetwork()
        train_on(model, x, y, steps=round(STEPS * share), seed=seed, lr=0.02, size=32)
        numbers[f"{name}: right as trained"] = right(model, test, labels)
        for kind in ("plain", "torn", "3 4 1", "1 4 3", "4 3 1"):
            strings = torch.from_numpy(without_motif(500, rng, kind))
            called = 1 - right(model, strings, torch.zeros(len(strings), dtype=torch.int64))
            numbers[f"{name}: {kind} called class 1"] = called
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the two sets of training data, and the orders shown and not shown."""
    shown = n["narrow: 3 4 1 called class 1"]
    return {
        "both are right on strings drawn as in training": all(
            between(n[f"{data}: right as trained"], 0.95, 1) for data in ("narrow", "wide")
        ),
        "the narrow data leave plain and torn strings wrong": all(
            less(n[f"wide: {kind} called class 1"], n[f"narrow: {kind} called class 1"], by=0.05)
            for kind in ("plain", "torn")
        ),
        "wrong orders that training never showed are called class 1 more often": all(
            less(shown, n[f"narrow: {kind} called class 1"], by=0.1) for kind in ("1 4 3", "4 3 1")
        ),
    }
