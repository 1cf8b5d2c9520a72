"""Show the library's own code and recorded experiments, so that no page holds a pasted copy."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from cnnbook.data.recorded import recorded_experiment
from cnnbook.words import say


class Source:
    """Python code that a notebook shows with syntax colours and a terminal shows as text."""

    def __init__(self, code: str) -> None:
        self.code = code

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}\n```"

    def __repr__(self) -> str:
        return self.code


def show_source(function: Callable[..., Any], since: str = "") -> Source:
    """Return the source of a function without its docstring.

    Parameters
    ----------
    function : callable
        Any function written in Python.
    since : str
        Show the lines from the first that contains this text on, moved to the left: the idea,
        without signature and checks of arguments.

    Returns
    -------
    Source
        As the last value of a notebook cell it is shown with syntax colours.

    Raises
    ------
    TypeError
        If there is no Python source, as for a function compiled from C.
    ValueError
        If no line contains `since`.

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
    if since not in "\n".join(lines):
        raise ValueError(f"show_source: no line of {function.__name__} contains {since!r}")
    first_shown = next(at for at, line in enumerate(lines) if since in line)
    return Source(textwrap.dedent("\n".join(lines[first_shown:])))


def wrapped(text: object, width: int = 76) -> str:
    """Return a text in lines that fit a page, such as an error's message before it is printed.

    Parameters
    ----------
    text : object
        What ``str`` makes of it is wrapped at spaces.
    width : int
        Letters in a line.

    Examples
    --------
    >>> print(wrapped(ValueError("conv2d: x has 2 axes, expected 4"), width=22))
    conv2d: x has 2 axes,
    expected 4
    """
    return textwrap.fill(str(text), width, break_long_words=False, break_on_hyphens=False)


class ExperimentTable:
    """An experiment's numbers: a table on a page, text in a terminal."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result

    def _rows(self) -> list[tuple[str, str, str]]:
        rows = []
        for arm, numbers in self.result["numbers"].items():
            mean = sum(numbers) / len(numbers)
            rows.append((arm, f"{mean:.3g}", f"{min(numbers):.3g} … {max(numbers):.3g}"))
        return rows

    def _about(self) -> str:
        """Say what was measured, how often, and what measures it again."""
        unit = self.result["unit"]
        return say(
            "{unit}. {seeds} seeds, recorded on {date} by `{command}`.",
            unit=unit[:1].upper() + unit[1:],
            **{key: self.result[key] for key in ("seeds", "date", "command")},
        )

    def _repr_markdown_(self) -> str:
        head = (say("compared"), say("mean"), say("least … most"))
        rows = [head, ("---", "---:", "---:"), *self._rows()]
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        return "\n".join([*lines, "", self._about()])

    def __repr__(self) -> str:
        rows = self._rows()
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = [f"{a:{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
        return "\n".join([*lines, self._about()])


def show_experiment(name: str, *arms: str) -> ExperimentTable:
    """Return the recorded numbers of an experiment as a table.

    Parameters
    ----------
    name : str
        A module of ``experiments/``.
    *arms : str
        Which rows: those whose names begin with one of these texts. All without any.

    Returns
    -------
    ExperimentTable

    Raises
    ------
    ValueError
        If nothing was recorded under this name, or no arm begins so.

    Examples
    --------
    >>> show_experiment("softmax_twice", "linear, once: classes").result["seeds"]
    12
    """
    result = recorded_experiment(name)
    for arm in arms:
        if not any(known.startswith(arm) for known in result["numbers"]):
            expected = sorted(result["numbers"])
            raise ValueError(f"show_experiment: no arm begins with {arm!r}; expected {expected}")
    numbers = {a: v for a, v in result["numbers"].items() if a.startswith(arms or ("",))}
    return ExperimentTable({**result, "numbers": numbers})
