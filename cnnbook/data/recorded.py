"""Numbers that were measured once and written down, with what it takes to get them again.

`make results`, `make gpu` and `make bench` write the files; the chapters show them.
"""

from __future__ import annotations

import json
from importlib import resources
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
    names = recorded_names()
    if name not in names:
        raise ValueError(f"recorded: there is no {name!r}; expected one of {names}")
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def recorded_names() -> list[str]:
    """Return the names of all recorded results.

    Examples
    --------
    >>> "mnist-notes" in recorded_names()
    True
    """
    files = (file.name for file in _FOLDER.iterdir())
    return sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))
