"""Read a number or an array from what a reader types: the twin of ``js/reading.js``.

Equal spellings are equal: ``3,4``, ``(3, 4)`` and ``3×4``; ``0.5``, ``,5``, ``1/2`` and ``50 %``;
``-1`` and ``−1``; ``46,085`` and ``46 085`` where a whole number is asked for. A row ends at the
end of a line, at a semicolon or at a slash between spaces: ``0 1 / 2 3``.
"""

from __future__ import annotations

import re
from typing import Any

#: More than that nobody types; it is not read.
LONGEST = 2000
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?", re.IGNORECASE)
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_GROUPS = re.compile(r"[+-]?[0-9]{1,3}(?:([ ,'])[0-9]{3})(?:\1[0-9]{3})*(\.[0-9]+)?")
_CALL = re.compile(r"(?:np\.)?array\((.*)\)", re.DOTALL)
_TOKEN = re.compile(r"[\[\](),;]|[^\[\](),;\s]+")


def read_number(text: str, *, whole: bool = False, unit: str = "") -> float | None:
    """Return the number that a text says, or None.

    Parameters
    ----------
    text : str
        What was typed.
    whole : bool
        Whether a whole number is asked for: then a comma between groups of three is no decimal.
    unit : str
        May stand behind the number. With "%" the number is counted in percent; without, a
        percent sign divides by 100.

    Returns
    -------
    float or None

    Examples
    --------
    >>> [read_number(text) for text in ("0.5", ",5", "1/2", "50 %", "−1", "half")]
    [0.5, 0.5, 0.5, 0.5, -1.0, None]
    >>> read_number("46,085", whole=True)
    46085.0
    """
    text = _tidy(text)
    scale = 1.0
    if unit and text.lower().endswith(unit.lower()):
        text = text[: -len(unit)].strip()
    elif text.endswith("%"):
        text, scale = text[:-1].strip(), 100.0
    above, slash, below = text.partition("/")
    value = _number(above.strip(), whole)
    if slash and value is not None:
        divisor = _number(below.strip(), whole)
        value = value / divisor if divisor else None
    return None if value is None else value / scale


def read_numbers(text: str, *, axes: int = 1) -> Any:
    """Return the numbers that a text says as nested lists, or None.

    Parameters
    ----------
    text : str
        What was typed: with brackets as Python and NumPy write them, or rows of numbers.
    axes : int
        How many axes are asked for. With one, a new line separates numbers, not rows.

    Returns
    -------
    list or None

    Examples
    --------
    >>> [read_numbers(text) for text in ("3,4", "(3, 4)", "3×4", "[3 4]")]
    [[3.0, 4.0], [3.0, 4.0], [3.0, 4.0], [3.0, 4.0]]
    >>> read_numbers("()")
    []
    >>> read_numbers("0 1 / 2 3", axes=2) == read_numbers("[[0, 1], [2, 3]]", axes=2)
    True
    """
    text = _tidy(text)
    if re.fullmatch(r"\[\s*\]|\(\s*\)", text):
        return []
    if call := _CALL.fullmatch(text):
        text = call[1].strip()
    text = re.sub(r"(?<=[0-9])\s*x\s*(?=[0-9])", ",", text.replace("×", ","), flags=re.IGNORECASE)
    if axes == 1:
        text = text.replace("\n", " ")
    rows = [row for row in re.split(r"\n|;|\s/\s", text) if row.strip()]
    nested = re.search(r"[\[(].*[\[(]", text, re.DOTALL)
    if nested or len(rows) == 1:
        lists = _lists(_TOKEN.findall(text))
    else:
        lists = [_lists(_TOKEN.findall(row)) for row in rows]
        lists = None if None in lists else lists
    return lists if lists and _regular(lists) is not None else None


def _tidy(text: str) -> str:
    if len(text) > LONGEST:
        return ""
    text = re.sub("[−–‐]", "-", text)
    return re.sub("[\u00a0\u2009\u202f]", " ", text).replace("’", "'").strip()


def _number(text: str, whole: bool) -> float | None:
    if groups := _GROUPS.fullmatch(text):
        several = text.count(groups[1]) > 1
        if whole or groups[2] or several or groups[1] != ",":
            return float(re.sub("[ ,']", "", text))
    if _PLAIN.fullmatch(text):
        return float(text)
    return float(text.replace(",", ".")) if _COMMA.fullmatch(text) else None


def _lists(tokens: list[str]) -> Any:
    """Return what stands between brackets as lists in lists; None if the brackets do not fit."""
    top: list[Any] = []
    open_lists = [top]
    for token in tokens:
        if token in "[(":
            open_lists.append([])
        elif token in "])":
            if len(open_lists) == 1:
                return None
            done = open_lists.pop()
            open_lists[-1].append(done)
        elif token not in ",;":
            value = read_number(token)
            if value is None:
                return None
            open_lists[-1].append(value)
    if len(open_lists) > 1:
        return None
    return top[0] if len(top) == 1 and isinstance(top[0], list) else top


def _regular(lists: Any) -> tuple[int, ...] | None:
    """Return the shape of nested lists, or None where rows differ or are empty."""
    if not isinstance(lists, list):
        return ()
    shapes = {_regular(part) for part in lists}
    if len(shapes) != 1 or None in shapes:
        return None
    (inner,) = shapes
    assert inner is not None
    return (len(lists), *inner)
