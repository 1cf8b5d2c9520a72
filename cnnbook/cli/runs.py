"""The folder that `train` makes: what was trained, and the checkpoint."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

RUN = "run.json"  # what was trained on what; written first
CHECKPOINT = "checkpoint.pt"  # replaced after each epoch; repeats what was trained on what


class CommandError(Exception):
    """What the user is told in one line; empty if another process says it."""


def read_run(folder: Path) -> dict[str, Any]:
    """Return what a folder's `run.json` says: data, model, seed, mean and std of the inputs."""
    path = folder / RUN
    if not path.is_file():
        raise FileNotFoundError(f"{folder} holds no training of cnnbook: it has no {RUN}")
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        run = {name: run[name] for name in ("data", "model", "seed", "mean", "std")}
        right = {
            "seed": type(run["seed"]) is int and run["seed"] >= 0,
            "mean": math.isfinite(run["mean"]),
            "std": math.isfinite(run["std"]) and run["std"] > 0,
        }
    # RecursionError: brackets in brackets in brackets.
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        right = {type(error).__name__: False}
    wrong = [name for name, fine in right.items() if not fine]
    if wrong:
        raise ValueError(
            f"{path} is damaged ({wrong[0]}); the training's command with --resume writes it anew"
        )
    return run


def load_network(folder: Path) -> tuple[dict[str, Any], nn.Module]:
    """Return what a folder's network was trained on, as `read_run` does, and the network."""
    from cnnbook.nets.checkpoints import expect_like, load_checkpoint, weights_from
    from cnnbook.nets.defaults import build

    run, path = read_run(folder), folder / CHECKPOINT
    model = build(run["model"], run["data"], run["seed"])
    content = {"settings": {}, **load_checkpoint(path)}  # the first edition wrote none
    weights_from(content, model, path)
    expect_like(content, {"settings": {}}, path)
    for name, value in run.items():
        trained = content["settings"].get(name, value)
        if trained != value:
            raise ValueError(
                f"{folder}: {RUN} says {name} {value}, but {CHECKPOINT} is of a training with "
                f"{name} {trained}; the command of that training with --resume writes {RUN} anew"
            )
    return run, model
