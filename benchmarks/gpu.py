"""Measure what the device buys: training speed, and the time to 99 % on MNIST.

    python -m benchmarks.gpu          on the best device here: CUDA, Apple's GPU or the CPU
    CNNBOOK_DEVICE=cpu python -m benchmarks.gpu

MNIST is read from the folder that CNNBOOK_DATA names. The result is device-cuda.json (or -mps,
-cpu) in cnnbook/data/results. With a GPU it holds the same measurements on this machine's CPU,
too. A file holds the numbers and what it takes to get them again, as benchmarks/results.py's do.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import platform
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.results import REPOSITORY, RESULTS, commit, standardized_mnist
from cnnbook.nets import Exercise10, Recipe, SimpleCNN, evaluate, explain, fit, initialize
from cnnbook.nets.devices import describe, pick_device, timed

SIDE = 28
# The last has enough to do for a large GPU: 15 times the multiplications of the one before.
MODELS: dict[str, Callable[[], nn.Module]] = {
    "simple-cnn": SimpleCNN,
    "exercise10": Exercise10,
    "exercise10, 4× the channels": lambda: Exercise10((64, 128, 256)),
}
# Mode: computed in bfloat16 where PyTorch considers it safe, channels last, compiled.
MODES = {
    "float32": (False, False, False),
    "bfloat16": (True, False, False),
    "channels last": (False, True, False),
    "channels last, bfloat16": (True, True, False),
    "compiled": (False, False, True),
    "compiled, channels last, bfloat16": (True, True, True),
}
BATCH_SIZES = {
    "cpu": (1, 16, 256),
    "mps": (1, 16, 256, 4096),
    "cuda": (1, 16, 256, 4096, 16384),
}
# It compiles anew for each size, which takes longer than all that is measured.
COMPILED_SIZES = {"cpu": (256,), "mps": (256, 4096), "cuda": (256, 4096)}
ROUNDS = 5
COPIED_SIZE = 512

# Chosen on the last 10,000 training images; the test images were used for the reported figures.
GOAL = 0.99
FAST_MODEL = "exercise10"
FAST = Recipe(
    epochs=4, batch_size=512, optimizer="adamw", lr=0.01, weight_decay=0.05, one_cycle=True, shift=1
)
SEEDS = {"cpu": range(1), "mps": range(3), "cuda": range(5)}


class Training:
    """A model, its optimiser and one batch on a device; a call is one training step."""

    def __init__(self, model: str, mode: str, batch_size: int, device: torch.device) -> None:
        self.bfloat16, channels_last, compiled = MODES[mode]
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self.device = device
        network = initialize(MODELS[model](), 0).to(device, memory_format=layout)
        self.optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
        self.forward: Callable[..., Any] = torch.compile(network) if compiled else network
        rng = torch.Generator().manual_seed(0)
        x = torch.rand((batch_size, 1, SIDE, SIDE), generator=rng)
        self.x = x.to(device).contiguous(memory_format=layout)
        self.y = torch.randint(10, (batch_size,), generator=rng).to(device)

    def __call__(self) -> None:
        """Take one step with the batch on the device."""
        self.step(self.x, self.y)

    def step(self, x: torch.Tensor, y: torch.Tensor) -> None:
        """Go forward, backward and change the weights."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            loss = F.cross_entropy(self.forward(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def seconds_per_call(call: Callable[[], object], device: torch.device, budget: float) -> float:
    """Return the time of a call in the fastest round: other programs can only slow one down.

    A round is many calls in a row, which a GPU may queue up.
    """
    call()  # compiles, loads kernels
    once = timed(call, device, repeats=1)[0]
    calls = max(1, round(budget / ROUNDS / once))

    def one_round() -> None:
        for _ in range(calls):
            call()

    return min(timed(one_round, device, ROUNDS, warmup=0)) / calls


def throughput(device: torch.device, budget: float) -> Iterator[dict[str, Any]]:
    """Yield a row for each model, mode and batch size; `left_out` says why one has no number."""
    for model, make in MODELS.items():
        cost = explain(make(), (1, SIDE, SIDE))
        for mode, (_, _, compiled) in MODES.items():
            for batch_size in (COMPILED_SIZES if compiled else BATCH_SIZES)[device.type]:
                row: dict[str, Any] = {
                    "device": device.type,
                    "model": model,
                    "parameters": cost.parameters,
                    "macs": cost.macs,
                    "mode": mode,
                    "batch_size": batch_size,
                    "images_per_second": None,
                    "left_out": None,
                }
                torch.compiler.reset()
                try:
                    training = Training(model, mode, batch_size, device)
                    seconds = seconds_per_call(training, device, budget)
                    row["images_per_second"] = round(batch_size / seconds, 1)
                except RuntimeError as error:  # no memory, no compiler
                    row["left_out"] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
                print(device.type, model, mode, batch_size, row["images_per_second"], flush=True)
                yield row


def copies(device: torch.device, budget: float) -> Iterator[dict[str, Any]]:
    """Yield what it costs to bring each batch from the CPU's memory to the GPU (none on a CPU)."""
    if device.type != "cuda":
        return
    training = Training(FAST_MODEL, "float32", COPIED_SIZE, device)
    x, y = training.x.cpu(), training.y.cpu()
    pinned_x, pinned_y = x.pin_memory(), y.pin_memory()
    ways: dict[str, Callable[[], None]] = {
        "on the device": training,
        "copied": lambda: training.step(x.to(device), y.to(device)),
        "copied from pinned memory": lambda: training.step(
            pinned_x.to(device, non_blocking=True), pinned_y.to(device, non_blocking=True)
        ),
    }
    for name, call in ways.items():
        seconds = seconds_per_call(call, device, budget)
        yield {
            "model": FAST_MODEL,
            "batch_size": COPIED_SIZE,
            "data": name,
            "images_per_second": round(COPIED_SIZE / seconds, 1),
        }


def time_to_goal(device: torch.device) -> dict[str, Any]:
    """Train on MNIST held on the device, once per seed. A few steps before load its kernels."""
    images = standardized_mnist()
    x, y = (torch.from_numpy(a).to(device) for a in images[:2])
    warm = dataclasses.replace(FAST, epochs=1)
    few = slice(4 * FAST.batch_size)
    fit(initialize(MODELS[FAST_MODEL](), 0).to(device), x[few], y[few], warm, progress=False)
    channels_last = device.type == "cpu"  # a third faster there; a GPU waits for the next launch
    seconds, accuracies = [], []
    for seed in SEEDS[device.type]:
        model = initialize(MODELS[FAST_MODEL](), seed).to(device)
        history = fit(model, x, y, FAST, seed=seed, channels_last=channels_last, progress=False)
        seconds.append(round(sum(history.seconds), 3))
        accuracies.append(round(evaluate(model, images.x_test, images.y_test).accuracy, 4))
        print(f"{device.type}, seed {seed}: {accuracies[-1]:.2%} in {seconds[-1]} s", flush=True)
    return {
        "device": device.type,
        "model": FAST_MODEL,
        "goal": GOAL,
        "recipe": dataclasses.asdict(FAST),
        "channels_last": channels_last,
        "seeds": list(SEEDS[device.type]),
        "train_seconds": seconds,
        "test_accuracy": accuracies,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of the CPU")
    parser.add_argument(
        "--seconds", type=float, default=0.5, help="of each measurement (%(default)s)"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device = pick_device()
    devices = [device] if device.type == "cpu" else [device, torch.device("cpu")]
    name = f"device-{device.type}"
    float32 = "TF32" if device.type == "cuda" and torch.backends.cudnn.allow_tf32 else "float32"
    result = {
        "name": name,
        "title": "Training speed against batch size, and the time to 99 % on MNIST",
        "command": f"python -m benchmarks.gpu --threads {arguments.threads} "
        f"--seconds {arguments.seconds:g}",
        "commit": commit("benchmarks/gpu.py"),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        **describe(device),
        "system": platform.system(),  # the kernel's build is the machine's own affair
        "float32_convolutions": float32,
        # First what is quick, so that a missing MNIST is noticed at once.
        "time_to_goal": [time_to_goal(d) for d in devices],
        "copies": list(copies(device, arguments.seconds)),
        "throughput": [row for d in devices for row in throughput(d, arguments.seconds)],
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {path.relative_to(REPOSITORY)}", flush=True)


if __name__ == "__main__":
    main()
