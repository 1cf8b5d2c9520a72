"""Spectrograms: a kernel that is shared along frequency, and the maximum over frequency.

Rising and falling, low and high tones as spectrograms. A 5×5 kernel shared along both axes, with
the maximum over both, and with the maximum over time alone; a kernel over all 32 frequencies that
slides along time. And on the sounds themselves two kernels for low against high: do they divide
the two frequencies among them?
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from cnnbook.data import tones
from experiments._one_cycle import right, train_on
from experiments.verdicts import Numbers, between, less

UNIT = "share of 400 new sounds that are right; 1 where the two kernels take a tone each, else 0"
SEEDS = 6
MINUTES = 4
BANDS = ((350, 450), (1400, 1800))


def spectrogram(sounds: Tensor) -> Tensor:
    """Return the chapter's spectrogram: (N, 1, L) gives (N, 32, places)."""
    pieces = sounds[:, 0].unfold(1, 128, 64) * torch.from_numpy(np.hanning(128)).float()
    return torch.log1p(torch.fft.rfft(pieces).abs()[..., 1:33]).transpose(1, 2) - 1


def network(way: str) -> nn.Module:
    """Return a network for spectrograms of 32 frequencies and 30 places."""
    if way == "frequencies as channels":
        first, pool = nn.Conv1d(32, 8, 5), nn.AdaptiveMaxPool1d(1)
        return nn.Sequential(first, nn.ReLU(), pool, nn.Flatten(), nn.Linear(8, 4))
    rows = 28 if way == "shared, maximum over time" else 1
    pool = nn.AdaptiveMaxPool2d((rows, 1))
    parts = [nn.Unflatten(0, (-1, 1)), nn.Conv2d(1, 8, 5), nn.ReLU(), pool]
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(8 * rows, 4))


def takes_a_tone_each(kernels: Tensor) -> bool:
    """Say whether one kernel peaks near the low, and the other near the high tones."""
    peaks = torch.fft.rfft(kernels[:, 0], 1024).abs().argmax(1).sort()[0] * 8000 / 1024
    return all(
        0.8 * low <= peak <= 1.2 * high for peak, (low, high) in zip(peaks, BANDS, strict=True)
    )


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train the three networks on four classes, and two kernels on two."""
    rng = np.random.default_rng(seed)
    (x, y), (x_test, y_test) = [
        (torch.from_numpy(a), torch.from_numpy(b)) for a, b in (tones(400, rng), tones(400, rng))
    ]
    ways = ("shared, maximum over both", "shared, maximum over time", "frequencies as channels")
    numbers: dict[str, float] = {}
    for way in ways:
        torch.manual_seed(seed)
        model = network(way)
        train_on(model, spectrogram(x), y, steps=round(400 * share), seed=seed, lr=0.02)
        numbers[way] = right(model, spectrogram(x_test), y_test)
    torch.manual_seed(seed)
    listener = nn.Sequential(
        nn.Conv1d(1, 2, 32, stride=2), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten()
    ).append(nn.Linear(2, 2))
    train_on(listener, x[y < 2], y[y < 2], steps=round(200 * share), seed=seed, lr=0.02)
    numbers["two kernels, low or high"] = right(listener, x_test[y_test < 2], y_test[y_test < 2])
    numbers["two kernels, a tone each"] = float(takes_a_tone_each(listener[0].weight.detach()))
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare the ways."""
    return {
        "a shared kernel does no harm when the maximum keeps the frequencies": between(
            n["shared, maximum over time"], 0.98, 1
        ),
        "the maximum over frequency does harm": less(
            n["shared, maximum over both"], n["shared, maximum over time"], by=0.05
        ),
        "two kernels are right without taking a tone each": bool(
            between(n["two kernels, low or high"], 0.98, 1)
            and n["two kernels, a tone each"].mean() < 1
        ),
    }
