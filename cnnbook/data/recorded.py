"""Numbers that were measured once and written down, with what it takes to get them again.

`make results`, `make gpu`, `make bench` and `make experiments` write the files; the chapters show
them.
"""

from __future__ import annotations

import json
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

_FOLDER = resources.files("cnnbook.data") / "results"


def recorded(name: str) -> dict[str, Any]:
    """Read a recorded result.

    Parameters
    ----------
    name : str
        What the file is called, without ".json"; a wrong name is answered with the right ones.

    Returns
    -------
    dict
        For an experiment: "title", "command", "commit", "date", "versions", "device", "seeds" and
        "rows", one for each network. For a benchmark: "machine", and its tables.

    Raises
    ------
    ValueError
        If nothing was recorded under this name.

    Examples
    --------
    >>> [row["model"] for row in recorded("mnist-notes")["rows"]]
    ['fully connected', 'convolutional']
    """
    return _read("recorded", _FOLDER, name)


def recorded_names() -> list[str]:
    """Return the names of all recorded results.

    Examples
    --------
    >>> "mnist-notes" in recorded_names()
    True
    """
    return _names(_FOLDER)


def recorded_experiment(name: str) -> dict[str, Any]:
    """Read what an experiment over seeds found: a module of ``experiments/``.

    Parameters
    ----------
    name : str
        The module's name; a wrong name is answered with the right ones.

    Returns
    -------
    dict
        "question", "unit", "command", "date", "versions", "threads", "minutes", "source" (a hash
        of the code), "seeds", "numbers" (for each arm one number a seed) and "verdicts" (for each
        sentence whether it holds).

    Raises
    ------
    ValueError
        If nothing was recorded under this name.

    Examples
    --------
    >>> recorded_experiment("softmax_twice")["seeds"]
    12
    """
    return _read("recorded_experiment", _FOLDER / "experiments", name)


def _read(function: str, folder: Traversable, name: str) -> dict[str, Any]:
    names = _names(folder)
    if name not in names:
        raise ValueError(f"{function}: there is no {name!r}; expected one of {names}")
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def _names(folder: Traversable) -> list[str]:
    files = (file.name for file in folder.iterdir())
    return sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))
