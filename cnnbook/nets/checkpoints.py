"""Files that a training can be continued from: written whole or not at all, read without code.

A file may be anything: cut off, another program's, made by hand. Whatever is wrong with it is said
in one sentence before anything is changed.
"""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnnbook.nets.files import write_whole

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


def plain(value: Any, name: str) -> Any:
    """Return plain values for a checkpoint: NumPy's numbers, which it cannot hold, made Python's.

    Raises
    ------
    TypeError
        For what is no number, string, list or dict; `name` says what it is a part of.

    Examples
    --------
    >>> plain({"lr": np.float64(0.5), "seed": 1}, "recipe")
    {'lr': 0.5, 'seed': 1}
    """
    if isinstance(value, dict):
        return {str(key): plain(part, f"{name}.{key}") for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, f"{name}[{i}]") for i, part in enumerate(value)]
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, bool | int | float | str | None):
        raise TypeError(
            f"fit: {name} is {value!r} of type {type(value).__name__}; "
            "expected a number, a string, None, or a list or dict of these"
        )
    return value


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
        # torch.load compares no checksums: a flipped bit would be another weight.
        damaged = zipfile.ZipFile(io.BytesIO(raw)).testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other kinds of files
            content = torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes raise half a dozen kinds
        raise ValueError(
            f"{path}: not a checkpoint of cnnbook, or a damaged one "
            f"({type(error).__name__}); delete it and train again"
        ) from error
    number = content.get("format") if isinstance(content, dict) else None
    if not isinstance(number, int) or number != FORMAT:
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
        As `load_checkpoint`, and ValueError if the weights belong to another model, which then
        keeps its own.
    """
    return weights_from(load_checkpoint(path), model, path)


def weights_from(
    content: dict[str, Any], model: nn.Module, path: str | os.PathLike[str]
) -> nn.Module:
    """Do what `load_weights` does with the content of a file that was read."""
    expect_like(content, {"model": {}, "best": None}, path)
    state = content["model"] if content["best"] is None else content["best"]
    return set_weights(model, state, path)


def set_weights(model: nn.Module, state: Any, path: str | os.PathLike[str]) -> nn.Module:
    """Load a state dictionary; if it does not fit, say so in one sentence and change nothing."""
    ours = model.state_dict()
    problem = misfit(state, ours)
    if not problem:
        problem = next((f"it has a {name}" for name in state if name not in ours), "")
    if problem:
        raise ValueError(
            f"{path}: the weights belong to another model than {type(model).__name__}: {problem}"
        )
    model.load_state_dict(state)
    return model


def expect_like(
    content: dict[str, Any], expected: dict[str, Any], path: str | os.PathLike[str]
) -> None:
    """Refuse a file's content that is not of the kind of the values that it is to replace."""
    problem = misfit(content, expected)
    if problem:
        raise ValueError(f"{path}: a damaged checkpoint of cnnbook: {problem}; train again")


def misfit(theirs: Any, ours: Any, name: str = "") -> str:
    """Say what is of another kind in a value that was read than in the one it is to replace.

    Dictionaries must have all of our names, lists our length, tensors our shape; a number may
    be of another type of number, and where we have None anything may stand.

    Returns
    -------
    str
        The first difference, or nothing.
    """
    if ours is None:
        return ""
    if isinstance(ours, Tensor):
        return _misfit_of_tensors(theirs, ours, name)
    kinds: tuple[Any, ...] = (bool | int | float, str, dict, list | tuple)
    kind: Any = next((kind for kind in kinds if isinstance(ours, kind)), type(ours))
    if not isinstance(theirs, kind):
        expected = type(ours).__name__
        return f"{name or 'it'} is of type {type(theirs).__name__}; expected {expected}"
    if isinstance(ours, dict):
        missing = next((key for key in ours if key not in theirs), None)
        if missing is not None:
            return f"{name or 'it'} has no {missing}"
        parts = [(theirs[key], part, f"{name}.{key}".lstrip(".")) for key, part in ours.items()]
    elif isinstance(ours, list | tuple):
        if len(theirs) != len(ours):
            return f"{name} has {len(theirs)} values; expected {len(ours)}"
        parts = [(theirs[i], part, f"{name}[{i}]") for i, part in enumerate(ours)]
    else:
        return ""
    return next(filter(None, (misfit(*part) for part in parts)), "")


def _misfit_of_tensors(theirs: Any, ours: Tensor, name: str) -> str:
    if not isinstance(theirs, Tensor):
        return f"{name} is of type {type(theirs).__name__}; expected a tensor"
    if theirs.shape != ours.shape:
        return f"{name} has shape {tuple(theirs.shape)}; expected {tuple(ours.shape)}"
    if theirs.is_meta or theirs.layout != ours.layout:
        return f"{name} is a tensor without values; expected all of them"
    # float64 becomes float32, but what is not real or not floating would become something else.
    if _kind(theirs) != _kind(ours):
        return f"{name} has dtype {theirs.dtype}; expected {ours.dtype}"
    return ""


def _kind(tensor: Tensor) -> tuple[bool, bool]:
    return tensor.is_floating_point(), tensor.is_complex()
