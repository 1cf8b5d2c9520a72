"""Show the library's own code on a page, so that no page ever holds a pasted copy of it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


class Source:
    """Python code that a notebook shows with syntax colours and a terminal shows as text."""

    def __init__(self, code: str) -> None:
        self.code = code

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}\n```"

    def __repr__(self) -> str:
        return self.code


def show_source(function: Callable[..., Any]) -> Source:
    """Return the source of a function without its docstring.

    Parameters
    ----------
    function : callable
        Any function written in Python.

    Returns
    -------
    Source
        As the last value of a notebook cell it is shown with syntax colours.

    Raises
    ------
    TypeError
        If there is no Python source, as for a function compiled from C.

    Examples
    --------
    >>> from cnnbook.kernels import sobel_y
    >>> show_source(sobel_y)
    def sobel_y() -> Kernel:
        return np.ascontiguousarray(sobel_x().T)
    """
    try:
        code = textwrap.dedent(inspect.getsource(function))
    except TypeError as error:
        raise TypeError(
            f"show_source: {function!r} has no Python source to show; expected a function "
            "written in Python"
        ) from error
    definition = ast.parse(code).body[0]
    assert isinstance(definition, (ast.FunctionDef, ast.ClassDef))
    first = definition.body[0]
    lines = code.rstrip().splitlines()
    if ast.get_docstring(definition) is not None:
        assert first.end_lineno is not None
        del lines[first.lineno - 1 : first.end_lineno]
    return Source("\n".join(lines))
