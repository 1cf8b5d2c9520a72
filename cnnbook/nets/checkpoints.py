"""Files that a training can be continued from: written whole or not at all, read without code."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

FORMAT = 1  # raised when the content changes its meaning


def save_checkpoint(path: str | os.PathLike[str], content: dict[str, Any]) -> None:
    """Write a dictionary of tensors and plain values; the file changes all at once.

    The bytes go to a temporary file beside `path`, which then takes its name. Whatever happens,
    `path` holds either the former content or the new one.

    Parameters
    ----------
    path : path
    content : dict
        What `torch.load(weights_only=True)` accepts: tensors, numbers, strings, lists, dicts.

    Raises
    ------
    OSError
        If the file cannot be written, for instance because the disk is full; the temporary file
        is then removed.
    """
    buffer = io.BytesIO()  # torch.save on a full disk would raise a RuntimeError without a reason
    torch.save({"format": FORMAT, **content}, buffer)
    write_whole(path, buffer.getvalue())


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file by way of a temporary one beside it, which takes the name when complete.

    Raises
    ------
    OSError
        If the file cannot be written; what was there is unchanged.
    """
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        reason = f"{path.name} was not written: {error.strerror}"
        raise OSError(error.errno, reason, str(path.parent)) from error


def load_checkpoint(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what `save_checkpoint` wrote. Only tensors and plain values are read, never code.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is truncated, damaged, not a checkpoint or of another version.
    """
    path = Path(path)
    raw = path.read_bytes()
    try:
        content = torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes raise half a dozen kinds
        raise ValueError(
            f"{path}: not a checkpoint of cnnbook, or a damaged one "
            f"({type(error).__name__}); delete it and train again"
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{path}: not a checkpoint of this version of cnnbook; train again")
    return content


def load_weights(model: nn.Module, path: str | os.PathLike[str]) -> nn.Module:
    """Give a model the weights of a checkpoint (the best ones, if the training kept them).

    Returns
    -------
    torch.nn.Module
        The model itself.

    Raises
    ------
    FileNotFoundError, ValueError
        As `load_checkpoint`, and ValueError if the weights belong to another model.
    """
    content = load_checkpoint(path)
    return set_weights(model, content["best"] or content["model"], path)


def set_weights(model: nn.Module, state: dict[str, Any], path: str | os.PathLike[str]) -> nn.Module:
    """Load a state dictionary, saying in one sentence if it does not fit."""
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(
            f"{path}: the weights belong to another model than {type(model).__name__}"
        ) from error
    return model
