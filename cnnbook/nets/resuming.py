"""Whether a training can be continued from what a checkpoint holds; if not, why, in a sentence.

All is looked at before anything is changed, so a refusal leaves model and optimiser as they were.
"""

from __future__ import annotations

import os
from typing import Any

from cnnbook.nets.changes import expect_same_settings
from cnnbook.nets.checkpoints import expect_like

Parts = dict[str, Any]


def expect_same_training(
    content: Parts, ours: Parts, validated: bool, path: str | os.PathLike[str]
) -> None:
    """Refuse the checkpoint of a training with other settings, data or options.

    Parameters
    ----------
    content, ours : dict
        What the file holds, and what this training would write before its first step.
    validated : bool
        Whether this training has validation data.
    path : path
        Of the file.
    """
    names: Parts = {part: dict.fromkeys(ours[part]) for part in ("training", "history")}
    expect_like(content, {"settings": {}, **names}, path)
    recipe = dict.fromkeys(ours["training"]["recipe"])
    expect_like(content, {"training": {"recipe": recipe}, "history": {"train_loss": None}}, path)
    validated_before = bool(content["history"]["validation_loss"])
    for theirs, mine in (
        (content["settings"], ours["settings"]),
        (content["training"], ours["training"]),
        ({"validation": validated_before}, {"validation": validated}),
    ):
        expect_same_settings(path, theirs, mine)


def expect_whole(content: Parts, ours: Parts, steps: int, path: str | os.PathLike[str]) -> None:
    """Refuse a checkpoint that lacks a part, or holds something else in its place.

    Parameters
    ----------
    content : dict
        What the file holds, of the same training.
    ours : dict
        What this training would write after its first step.
    steps : int
        In each epoch.
    path : path
        Of the file.
    """
    history = content["history"]
    scheduler = ours["scheduler"] and {"last_epoch": 0, "total_steps": 0}
    rates = [{"lr": 0.0} for _ in ours["optimizer"]["param_groups"]]
    optimizer = {"state": {}, "param_groups": rates}
    kinds = {"model": {}, "best": None, "optimizer": optimizer, "scheduler": scheduler}
    expect_like(content, kinds, path)
    # A weight that no gradient has reached has no state.
    there = content["optimizer"]["state"]
    states = {i: state for i, state in ours["optimizer"]["state"].items() if i in there}
    done = [0.0] * len(history["train_loss"])
    validated = done if history["validation_loss"] else []
    lists = {name: validated if name.startswith("validation") else done for name in history}
    expected = {"optimizer": {"state": states}, "scaler": ours["scaler"], "history": lists}
    if content["best"] is not None:
        expected["best"] = ours["model"]
    expect_like(content, expected, path)
    if scheduler:
        epochs = content["training"]["recipe"]["epochs"]
        _expect_cycle(content["scheduler"], len(done), epochs, steps, path)


def _expect_cycle(
    cycle: Parts, done: int, epochs: int, steps: int, path: str | os.PathLike[str]
) -> None:
    """Refuse a cycle of the learning rate that is not where the epochs are.

    Of a training that became longer it may be the first cycle, shorter than the whole, or a
    later one, which began after some epochs.
    """
    step, total = cycle["last_epoch"], cycle["total_steps"]
    before = done * steps - step
    fits = 0 <= before <= epochs * steps - total and 0 <= step <= total and total > 0
    if not fits or before % steps or total % steps:
        raise ValueError(
            f"{path}: a damaged checkpoint of cnnbook: scheduler.last_epoch is {step} of {total} "
            f"after {done} epochs of {steps} steps; train again"
        )
