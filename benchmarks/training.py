"""What `cnnbook.nets.fit` costs per epoch, beside PyTorch's loops over the same arrays.

    python -m benchmarks.training

bare: a loop that indexes tensors, nothing else. tensors: the loop over a shuffling DataLoader of
a `TensorDataset`. items: the same over a `Dataset` that hands out one normalised image at a time.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from benchmarks import RECORDED
from benchmarks.timing import interleaved, ratio, restart_with_warm_heap
from cnnbook.nets import FullyConnected, Recipe, SimpleCNN, TinyCNN, fit, initialize

FOLDER = Path(__file__).parent / "results"
LR, MOMENTUM = 0.01, 0.5
EPOCHS = 4  # of each call, so that what fit does once counts as little as in real use
OPTIONS: dict[str, dict[str, Any]] = {
    "fit": {},
    "fit, channels last": {"channels_last": True},
    "fit, channels last, bfloat16": {"channels_last": True, "amp": "bfloat16"},
}
CASES: dict[str, tuple[Callable[[], nn.Module], int, int, int]] = {
    # model, side of the images, number of images, batch size
    "tiny, 8×8, batch 32": (TinyCNN, 8, 1347, 32),
    "simple CNN, 28×28, batch 64": (SimpleCNN, 28, 3200, 64),
    "simple CNN, 28×28, batch 128": (SimpleCNN, 28, 3200, 128),
    "fully connected, 28×28, batch 64": (FullyConnected, 28, 3200, 64),
}


class Items(Dataset[tuple[torch.Tensor, int]]):
    """Arrays behind the Dataset of most tutorials: one image at a time, normalised on its way."""

    def __init__(self, images: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = (torch.from_numpy(self.images[index]) - 0.1307) / 0.3081
        return image, int(self.labels[index])


def bare_loop(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor, size: int
) -> None:
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(size):
            optimizer.zero_grad()
            F.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()


def loader_loop(
    model: nn.Module, optimizer: torch.optim.Optimizer, loader: DataLoader[tuple[torch.Tensor, ...]]
) -> None:
    for _ in range(EPOCHS):
        for inputs, targets in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(inputs), targets).backward()
            optimizer.step()


def measure(case: str, seconds: float, rounds: int) -> dict[str, Any]:
    make, side, n, size = CASES[case]
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(n, 1, side, side)).astype(np.float32)
    labels = rng.integers(10, size=n)
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    recipe = Recipe(epochs=EPOCHS, batch_size=size, lr=LR, momentum=MOMENTUM)
    loaders = {
        "tensors": DataLoader(TensorDataset(x, y), batch_size=size, shuffle=True),
        "items": DataLoader(Items(images, labels), batch_size=size, shuffle=True),
    }

    def through(options: dict[str, Any]) -> Callable[[], object]:
        model = initialize(make(), 0)
        return lambda: fit(model, images, labels, recipe, **options)

    def by_hand(loop: Callable[..., None], *arguments: Any) -> Callable[[], object]:
        model = initialize(make(), 0)
        optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
        return lambda: loop(model, optimizer, *arguments)

    calls = {name: through(options) for name, options in OPTIONS.items()}
    calls["bare"] = by_hand(bare_loop, x, y, size)
    calls |= {name: by_hand(loader_loop, loader) for name, loader in loaders.items()}
    times = interleaved(calls, seconds, rounds)
    row: dict[str, Any] = {
        "case": case,
        "fit_seconds_per_epoch": round(statistics.median(times["fit"]) / EPOCHS, 4),
        "fit_over_bare": round(ratio(times, "fit", "bare"), 3),
    }
    for loader_name in loaders:
        for name in OPTIONS:
            row[f"{loader_name} over {name}"] = round(ratio(times, loader_name, name), 2)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=6.0, help="for each loop of a case")
    parser.add_argument("--rounds", type=int, default=21)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = [measure(case, arguments.seconds, arguments.rounds) for case in CASES]
    for row in rows:
        print(row)
    FOLDER.mkdir(exist_ok=True)
    content = {"torch": torch.__version__, "threads": 1, "rounds": arguments.rounds, "rows": rows}
    (RECORDED / "training.json").write_text(
        json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    restart_with_warm_heap("benchmarks.training")
    main()
