"""The folder that `train` makes: what was trained, and the checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RUN = "run.json"  # what was trained on what; written first
CHECKPOINT = "checkpoint.pt"  # replaced after each epoch


class CommandError(Exception):
    """What the user is told in one line; empty if another process says it."""


def read_run(folder: Path) -> dict[str, Any]:
    """Return what a folder's `run.json` says: data, model, seed, mean and std of the inputs."""
    path = folder / RUN
    if not path.is_file():
        raise FileNotFoundError(f"{folder} holds no training of cnnbook: it has no {RUN}")
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        return {name: run[name] for name in ("data", "model", "seed", "mean", "std")}
    # RecursionError: brackets in brackets in brackets.
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{path} is damaged; delete the folder and train again") from error
