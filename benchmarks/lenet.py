"""LeNet in NumPy and in PyTorch: the time of a training step, and what training leads to.

`python -m benchmarks.lenet [--mnist FOLDER]` writes cnnbook/data/results/lenet.json and
benchmarks/results/lenet.md.
Both networks always have the same layers, the same first weights and the same batches, on one
thread. FOLDER holds the four MNIST files; without it only scikit-learn's digits are learnt.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import time

import numpy as np
import threadpoolctl
import torch
import torch.nn.functional as F
from torch import nn

import cnnbook
from benchmarks import RECORDED
from benchmarks.engine import machine
from benchmarks.timing import interleaved, ratio, restart_with_warm_heap
from cnnbook import layers, optim
from cnnbook.data import digits, mnist

RESULTS = pathlib.Path(__file__).parent / "results"
#: What stands between a convolution and the next: the same in both libraries.
VARIANTS = {
    "max pooling, then ReLU": ("MaxPool2d", "ReLU"),
    "ReLU, then max pooling": ("ReLU", "MaxPool2d"),
    "tanh, then mean pooling": ("Tanh", "AvgPool2d"),
}
TRAINED = "max pooling, then ReLU"
LR, MOMENTUM, BATCH = 0.02, 0.9, 64


def numpy_lenet(variant: str, dtype: type = np.float32) -> layers.Sequential:
    """Return LeNet-5 in cnnbook's layers: 61,706 parameters on 1×28×28."""
    own = {"rng": np.random.default_rng(0), "dtype": dtype}
    return layers.Sequential(
        layers.Conv2d(1, 6, 5, padding=2, **own),
        *between(layers, variant),
        layers.Conv2d(6, 16, 5, **own),
        *between(layers, variant),
        layers.Flatten(),
        layers.Linear(400, 120, **own),
        activation(layers, variant),
        layers.Linear(120, 84, **own),
        activation(layers, variant),
        layers.Linear(84, 10, **own),
    )


def torch_lenet(model: layers.Sequential, variant: str, dtype: type = np.float32) -> nn.Module:
    """Return the same network in PyTorch, with the weights of `model`."""
    twin = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        *between(nn, variant),
        nn.Conv2d(6, 16, 5),
        *between(nn, variant),
        nn.Flatten(),
        nn.Linear(400, 120),
        activation(nn, variant),
        nn.Linear(120, 84),
        activation(nn, variant),
        nn.Linear(84, 10),
    ).to(torch.float32 if dtype == np.float32 else torch.float64)
    twin.load_state_dict({key: torch.from_numpy(a) for key, a in model.state_dict().items()})
    return twin


def between(library, variant):
    """Return pooling and activation of a variant, from either library."""
    return [getattr(library, name)(*([2] if "Pool" in name else [])) for name in VARIANTS[variant]]


def activation(library, variant):
    """Return the activation of a variant, from either library."""
    return next(layer for layer in between(library, variant) if "Pool" not in repr(layer))


class NumpyTrainer:
    """A network of cnnbook and its optimiser."""

    def __init__(self, variant: str, dtype: type = np.float32) -> None:
        self.model = numpy_lenet(variant, dtype)
        self.optimiser = optim.SGD(self.model.parameters(), lr=LR, momentum=MOMENTUM)

    def step(self, x: np.ndarray, y: np.ndarray) -> float:
        """Forward, backward, SGD; return the loss."""
        logits = self.model(x)
        loss = cnnbook.cross_entropy(logits, y)
        grad_logits = cnnbook.cross_entropy_backward(logits, y)
        self.model.backward(grad_logits, need_input_grad=False)
        self.optimiser.step(self.model.gradients())
        return float(loss)

    def errors(self, x: np.ndarray, y: np.ndarray) -> int:
        """Count the images that are given a wrong class."""
        return int((self.model(x).argmax(axis=1) != y).sum())


class TorchTrainer:
    """The same in PyTorch."""

    def __init__(self, start: NumpyTrainer, variant: str, dtype: type = np.float32) -> None:
        self.model = torch_lenet(start.model, variant, dtype)
        self.optimiser = torch.optim.SGD(self.model.parameters(), lr=LR, momentum=MOMENTUM)

    def step(self, x: np.ndarray, y: np.ndarray) -> float:
        """Forward, backward, SGD; return the loss."""
        self.optimiser.zero_grad()
        loss = F.cross_entropy(self.model(torch.from_numpy(x)), torch.from_numpy(y))
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def errors(self, x: np.ndarray, y: np.ndarray) -> int:
        """Count the images that are given a wrong class."""
        with torch.no_grad():
            return int((self.model(torch.from_numpy(x)).argmax(dim=1).numpy() != y).sum())


def measure_step(variant: str, batch: int, seconds: float, rounds: int) -> dict[str, object]:
    """Time one training step of both libraries, in turns."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((batch, 1, 28, 28), dtype=np.float32)
    y = rng.integers(0, 10, batch)
    ours = NumpyTrainer(variant)
    theirs = TorchTrainer(ours, variant)
    # A learning rate of 0 keeps the work the same in every round.
    ours.optimiser.lr = theirs.optimiser.param_groups[0]["lr"] = 0.0
    times = interleaved(
        {"cnnbook": lambda: ours.step(x, y), "torch": lambda: theirs.step(x, y)}, seconds, rounds
    )
    return {
        "network": variant,
        "batch": batch,
        "milliseconds": 1e3 * statistics.median(times["cnnbook"]),
        "torch_milliseconds": 1e3 * statistics.median(times["torch"]),
        "ratio": ratio(times, "cnnbook", "torch"),
    }


def compare_training(name: str, data, epochs: int, dtype: type) -> dict[str, object]:
    """Train both on the same batches; return test errors in per cent and seconds."""
    data = data._replace(x_train=data.x_train.astype(dtype), x_test=data.x_test.astype(dtype))
    ours = NumpyTrainer(TRAINED, dtype)
    theirs = TorchTrainer(ours, TRAINED, dtype)
    rng = np.random.default_rng(2)
    seconds = {"cnnbook": 0.0, "torch": 0.0}
    for _ in range(epochs):
        order = rng.permutation(len(data.x_train))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            x, y = data.x_train[batch], data.y_train[batch]
            for key, trainer in (("cnnbook", ours), ("torch", theirs)):
                before = time.perf_counter()
                trainer.step(x, y)
                seconds[key] += time.perf_counter() - before
    tested = len(data.x_test)
    return {
        "data": name,
        "dtype": np.dtype(dtype).name,
        "train": len(data.x_train),
        "test": tested,
        "epochs": epochs,
        "batch": BATCH,
        "lr": LR,
        "momentum": MOMENTUM,
        "error": 100 * count_errors(ours, data) / tested,
        "torch_error": 100 * count_errors(theirs, data) / tested,
        "seconds": seconds["cnnbook"],
        "torch_seconds": seconds["torch"],
    }


def count_errors(trainer: NumpyTrainer | TorchTrainer, data) -> int:
    """Count the wrong answers on the test images, a thousand at a time."""
    parts = range(0, len(data.x_test), 1000)
    return sum(trainer.errors(data.x_test[i : i + 1000], data.y_test[i : i + 1000]) for i in parts)


def compare_curves(data, steps: int = 50) -> dict[str, object]:
    """Return the largest difference of the losses of some steps in float64."""
    ours = NumpyTrainer(TRAINED, np.float64)
    theirs = TorchTrainer(ours, TRAINED, np.float64)
    rng = np.random.default_rng(3)
    differences, losses = [], []
    for _ in range(steps):
        batch = rng.integers(0, len(data.x_train), BATCH)
        x, y = data.x_train[batch].astype(np.float64), data.y_train[batch]
        losses.append(ours.step(x, y))
        differences.append(abs(losses[-1] - theirs.step(x, y)))
    return {
        "steps": steps,
        "first_loss": losses[0],
        "last_loss": losses[-1],
        "largest_difference": max(differences),
    }


def step_line(r) -> str:
    """Format one line of the table of steps."""
    return (
        f"| {r['network']} | {r['batch']} | {r['milliseconds']:.2f} "
        f"| {r['torch_milliseconds']:.2f} | {r['ratio']:.2f} |"
    )


def training_line(r) -> str:
    """Format one line of the table of trainings."""
    return (
        f"| {r['data']} | {r['dtype']} | {r['epochs']} | {r['error']:.2f} % "
        f"| {r['torch_error']:.2f} % | {r['seconds']:.1f} | {r['torch_seconds']:.1f} |"
    )


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mnist", metavar="FOLDER", help="folder with the four MNIST files")
    parser.add_argument("--seconds", type=float, default=2.0, help="per step and library")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--steps-only", action="store_true", help="measure steps, write nothing")
    options = parser.parse_args()
    restart_with_warm_heap("benchmarks.lenet")
    torch.set_num_threads(1)
    with threadpoolctl.threadpool_limits(1):
        lines = [
            "| LeNet training step | batch | cnnbook ms | torch ms | time / torch |",
            "|---|---|---|---|---|",
        ]
        print("\n".join(lines))
        steps = []
        for batch in (64, 1):
            for variant in VARIANTS:
                steps.append(measure_step(variant, batch, options.seconds, options.rounds))
                lines.append(step_line(steps[-1]))
                print(lines[-1], flush=True)
        if options.steps_only:
            return
        head = [
            "",
            "| LeNet trained | dtype | epochs | test error | torch's test error | s | torch s |",
            "|---|---|---|---|---|---|---|",
        ]
        print("\n".join(head))
        lines += head
        small = digits(28).standardized()
        sets = [("scikit-learn's digits, resized to 28×28", small, 10)]
        if options.mnist:
            sets.append(("MNIST", mnist(options.mnist).standardized(), 2))
        trainings = []
        for name, data, epochs in sets:
            for dtype in (np.float32, np.float64):
                trainings.append(compare_training(name, data, epochs, dtype))
                lines.append(training_line(trainings[-1]))
                print(lines[-1], flush=True)
        curves = compare_curves(small)
    sentence = (
        "Rounding alone makes two float32 trainings drift apart, so that their errors differ by a "
        "few images; in float64 the two stay together: "
        f"the losses of {curves['steps']} steps on the digits, from "
        f"{curves['first_loss']:.3f} to {curves['last_loss']:.3f}, differ by at most "
        f"{curves['largest_difference']:.0e}."
    )
    print("\n" + sentence)
    description = machine()
    results = {"machine": description, "steps": steps, "trainings": trainings, "curves": curves}
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    (RECORDED / "lenet.json").write_text(text, encoding="utf-8")
    about = ", ".join(f"{key} {value}" for key, value in description.items())
    lines = [
        "<!-- Written by python -m benchmarks.lenet. -->",
        f"float32, medians over interleaved rounds: {about}.",
        "",
        *lines,
        "",
        sentence,
    ]
    (RESULTS / "lenet.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
