"""The one door for words that a reader sees: English is the key, an edition may hold another text.

Diagrams, answers, questions and exercises pass every sentence, label and hint through `say`; its
twin for JavaScript stands in ``diagrams/js``. A sentence with numbers in it is a template, so
that its key is the same whatever the numbers are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_edition: dict[str, str] = {}


def say(text: str, /, **values: Any) -> str:
    """Return a text in the edition's language, with its values filled in.

    Parameters
    ----------
    text : str
        The English text, which is the key. With `values` it is a template of `str.format`.
    **values
        What the template names. Without any the text is taken as it is, braces and all.

    Returns
    -------
    str

    Raises
    ------
    KeyError
        If the template names a value that is not given.

    Examples
    --------
    >>> say("row {row} of {rows}", row=2, rows=7)
    'row 2 of 7'
    """
    found = _edition.get(text, text)
    return found.format(**values) if values else found


@contextmanager
def edition(texts: Mapping[str, str]) -> Iterator[None]:
    """Let `say` speak another language inside a ``with`` block.

    Parameters
    ----------
    texts : mapping of str to str
        English texts, as they are given to `say`, and what to say instead. What is missing
        stays English.

    Examples
    --------
    >>> with edition({"row {row}": "第 {row} 行"}):
    ...     say("row {row}", row=2)
    '第 2 行'
    """
    global _edition
    before, _edition = _edition, dict(texts)
    try:
        yield
    finally:
        _edition = before


def texts() -> dict[str, str]:
    """Return the edition's texts, as a page's JavaScript needs them, too.

    Examples
    --------
    >>> texts()
    {}
    """
    return dict(_edition)
