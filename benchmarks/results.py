"""Run the book's experiments and write one JSON file each under cnnbook/data/results.

    python benchmarks/results.py                 all of them, from quick to slow
    python benchmarks/results.py digits-aligned  one or more by name

MNIST is read from the folder that CNNBOOK_DATA names. A file holds the numbers and what it takes
to get them again: command, commit, versions, device, date, seeds and recipe.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch
from torch import nn

from cnnbook.data import Dataset, digits, mnist
from cnnbook.nets import (
    NOTES,
    FullyConnected,
    Recipe,
    SimpleCNN,
    TinyCNN,
    evaluate,
    fit,
    initialize,
)
from cnnbook.nets.defaults import build, default_recipe

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "cnnbook" / "data" / "results"
SEEDS = range(5)
# For digits of 8×8 pixels: nine times the parameters of TinyCNN.
SMALL_LAYERS = (128, 64)
DIGITS_RECIPE = Recipe(epochs=60, batch_size=32, optimizer="adamw", lr=0.003, one_cycle=True)


def measure(
    name: str,
    model: Callable[[int], nn.Module],
    data: Callable[[int], Dataset],
    recipe: Recipe,
    channels_last: bool = False,
) -> dict[str, Any]:
    """Train and test a model once per seed and return its row of a result."""
    errors, seconds, parameters = [], [], 0
    for seed in SEEDS:
        images, network = data(seed), model(seed)
        history = fit(
            network, images.x_train, images.y_train, recipe, seed=seed, channels_last=channels_last
        )
        errors.append(evaluate(network, images.x_test, images.y_test).error_percent)
        seconds.append(sum(history.seconds))
        parameters = sum(p.numel() for p in network.parameters())
        print(f"{name}, seed {seed}: {errors[-1]:.2f} % in {seconds[-1]:.1f} s", flush=True)
    return {
        "model": name,
        "parameters": parameters,
        "test_images": len(images.y_test),
        "test_error_percent": [round(e, 3) for e in errors],
        "mean": round(mean(errors), 3),
        "standard_deviation": round(stdev(errors), 3),
        "train_seconds": [round(s, 1) for s in seconds],
        "channels_last": channels_last,
        "recipe": dataclasses.asdict(recipe),
    }


@cache
def standardized_mnist() -> Dataset:
    return mnist().standardized()


def on_digits(seed: int, **options: Any) -> Dataset:
    return digits(seed=seed, **options).standardized()


def on_mnist(seed: int) -> Dataset:
    return standardized_mnist()


def fresh(make: Callable[[], nn.Module]) -> Callable[[int], nn.Module]:
    return lambda seed: initialize(make(), seed)


def against_each_other(
    data: Callable[[int], Dataset],
    recipe: Recipe,
    fully_connected: Callable[[], nn.Module],
    cnn: Callable[[], nn.Module],
) -> Iterable[dict[str, Any]]:
    yield measure("fully connected", fresh(fully_connected), data, recipe)
    yield measure("convolutional", fresh(cnn), data, recipe)


def on_digits_of(side: int, **options: Any) -> Iterable[dict[str, Any]]:
    return against_each_other(
        partial(on_digits, **options),
        DIGITS_RECIPE,
        lambda: FullyConnected(side * side, SMALL_LAYERS),
        lambda: TinyCNN(side),
    )


def by_default(model: str) -> Iterable[dict[str, Any]]:
    recipe = default_recipe("mnist", model)
    # As the command line does it: channels last.
    yield measure(model, lambda seed: build(model, "mnist", seed), on_mnist, recipe, True)


EXPERIMENTS: dict[str, tuple[str, Callable[[], Iterable[dict[str, Any]]]]] = {
    "digits-aligned": (
        "scikit-learn's digits, 8×8, random split; seeds decide weights, batches and split",
        lambda: on_digits_of(8),
    ),
    "digits-file-order": (
        "scikit-learn's digits, 8×8, tested on the last of the file; seeds decide weights and "
        "batches",
        lambda: on_digits_of(8, split="file"),
    ),
    "digits-in-a-frame": (
        "scikit-learn's digits at random positions of a 16×16 frame; seeds decide weights, "
        "batches, split and positions",
        lambda: on_digits_of(16, frame=16),
    ),
    "mnist-notes": (
        "MNIST under the recipe of note 002; seeds decide weights and batches",
        lambda: against_each_other(on_mnist, NOTES, FullyConnected, SimpleCNN),
    ),
    "mnist-simple-cnn": (
        "MNIST, the command line's recipe for the simple CNN, chosen on the last 10,000 training "
        "images; seeds decide weights and batches",
        lambda: by_default("simple-cnn"),
    ),
    "mnist-exercise10": (
        "MNIST, the command line's recipe for exercise 10's network, chosen on the last 10,000 "
        "training images; seeds decide weights and batches",
        lambda: by_default("exercise10"),
    ),
}


def provenance(name: str) -> dict[str, Any]:
    """Return what someone needs to repeat an experiment."""
    packages = ("cnnbook", "numpy", "torch", "scikit-learn")
    return {
        "command": f"python benchmarks/results.py {name} --threads {torch.get_num_threads()}",
        "commit": commit(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in packages},
        "device": f"CPU ({platform.machine()}, {torch.backends.cpu.get_cpu_capability()})",
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "seeds": list(SEEDS),
    }


def version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def commit(program: str = "benchmarks/results.py") -> str:
    """Return the commit of the code that runs, marked if that code has been changed since."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(REPOSITORY), *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    code = ("cnnbook/data", "cnnbook/nets", program)
    changed = git("status", "--porcelain", "--", *code)
    return git("rev-parse", "HEAD") + (" with changes" if changed else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(EXPERIMENTS))
    parser.add_argument(
        "--threads", type=int, default=2, help="one is faster on a busy machine (%(default)s)"
    )
    arguments = parser.parse_args()
    names = arguments.names or list(EXPERIMENTS)
    if unknown := set(names) - set(EXPERIMENTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(EXPERIMENTS)}")
    torch.set_num_threads(arguments.threads)
    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in names:
        title, experiment = EXPERIMENTS[name]
        origin = provenance(name)  # before the run: the code may change while it lasts
        result = {"name": name, "title": title, **origin, "rows": list(experiment())}
        path = RESULTS / f"{name}.json"
        path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"wrote {path.relative_to(REPOSITORY)}", flush=True)


if __name__ == "__main__":
    main()
