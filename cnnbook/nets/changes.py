"""What may change when a training is continued: it may become longer, nothing else."""

from __future__ import annotations

import os
from typing import Any


class OtherTraining(ValueError):  # noqa: N818, it is what was found
    """A checkpoint is of a training with another setting.

    Attributes
    ----------
    name : str
        Of the setting: "lr", "seed", "data" and so on.
    theirs, ours : object
        Its value in the checkpoint, and the one that was asked for.
    """

    def __init__(self, path: str | os.PathLike[str], name: str, theirs: Any, ours: Any) -> None:
        self.name, self.theirs, self.ours = name, theirs, ours
        expected = "the same or more" if name == "epochs" else "the same"
        super().__init__(
            f"fit: {path} is of a training with {name} {theirs}, not {ours}; "
            f"expected {expected} to resume"
        )


def expect_same_settings(
    path: str | os.PathLike[str], theirs: dict[str, Any], ours: dict[str, Any]
) -> None:
    """Refuse settings that differ from a checkpoint's, but for more epochs.

    Parameters
    ----------
    path : path
        Of the checkpoint, for the message.
    theirs, ours : dict
        Settings by name. A recipe in them is compared setting by setting.

    Raises
    ------
    OtherTraining
        For the first setting that differs.
    """
    for name, value in ours.items():
        other = theirs.get(name, value)  # what an older version did not write cannot differ
        if isinstance(value, dict):
            expect_same_settings(path, other, value)
        elif value != other and not (name == "epochs" and value > other):
            raise OtherTraining(path, name, other, value)
