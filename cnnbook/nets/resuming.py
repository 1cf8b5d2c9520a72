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
    expect_like(content, {"training": {"recipe": {}}, "history": {"train_loss": None}}, path)
    validated_before = bool(content["history"]["validation_loss"])
    for theirs, mine in (
        (content["settings"], ours["settings"]),
        (content["training"], ours["training"]),
        ({"validation": validated_before}, {"validation": validated}),
    ):
        expect_same_settings(path, theirs, mine)


def expect_whole(content: Parts, ours: Parts, path: str | os.PathLike[str]) -> None:
    """Refuse a checkpoint that lacks a part, or holds something else in its place.

    Parameters
    ----------
    content : dict
        What the file holds, of the same training.
    ours : dict
        What this training would write after a step.
    path : path
        Of the file.
    """
    expect_like(content, {"best": None, "optimizer": {"state": {}}, "scheduler": None}, path)
    done = [0.0] * len(content["history"]["train_loss"])
    validated = done if content["history"]["validation_loss"] else []
    expected = {
        "optimizer": _optimizer(content["optimizer"], ours["optimizer"]),
        "scaler": ours["scaler"],
        "history": {
            name: validated if name.startswith("validation") else done for name in ours["history"]
        },
    }
    if content["best"] is not None:
        expected["best"] = ours["model"]
    if ours["scheduler"] is not None:
        expect_like(content, {"scheduler": {}}, path)
        expected["scheduler"] = _scheduler(content["scheduler"], ours["scheduler"])
    expect_like(content, expected, path)


def _optimizer(theirs: Parts, ours: Parts) -> Parts:
    # A weight that no gradient has reached has no state. The options differ between versions of
    # PyTorch, which has defaults for them.
    return {
        "state": {i: part for i, part in ours["state"].items() if i in theirs["state"]},
        "param_groups": [{k: group[k] for k in ("params", "lr")} for group in ours["param_groups"]],
    }


def _scheduler(theirs: Parts, ours: Parts) -> Parts:
    # The names that begin with an underscore differ between versions of PyTorch.
    return {k: v for k, v in ours.items() if k in theirs or not k.startswith("_")}
