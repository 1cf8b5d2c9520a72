"""A guess before a result: what comes of it stays folded until the reader has guessed."""

from __future__ import annotations

import contextlib
import linecache
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import CodeType, TracebackType
from typing import Any

from cnnbook.exercises.page import (
    drawing,
    element,
    fold,
    inline,
    paragraph,
    picture,
    preformatted,
    table,
)
from cnnbook.words import say


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A question that is asked before a result is shown.

    Parameters
    ----------
    name : str
        The name that the page hands to `guess`.
    prompt : str
        What is asked. `Code` may stand between backticks.
    options : sequence of str
        What the reader chooses from; without any she types a number.
    truth : callable, optional
        Takes nothing, returns what it is: one of the options, or a number, computed with the
        library where it can be. Without it the result speaks for itself.
    unit : str
        Stands behind a number.
    after : str
        What to see in the result; shown with it.
    alt : str
        Describes the picture that the result draws.
    """

    name: str = field(kw_only=False)
    prompt: str
    options: Sequence[str] = ()
    truth: Callable[[], Any] | None = None
    unit: str = ""
    after: str = ""
    alt: str = ""

    def answer(self) -> str:
        """Return what it is, in words; empty if the result speaks for itself."""
        if self.truth is None:
            return ""
        value = self.truth()
        if self.options:
            if value not in self.options:
                raise ValueError(f"guess: {self.name} is {value!r}; expected one of {self.options}")
            return say(str(value))
        whole = value == round(value) or abs(value) >= 1000
        shown = f"{value:,.0f}" if whole else f"{value:.3g}"
        return f"{shown} {self.unit}".replace("-", "−").strip()


class Guessed:
    """A guess as a notebook shows it: a cell's last value, or a block that computes the result.

    With ``with``, the cell's code and what the block prints, shows and draws are folded below the
    question.
    """

    def __init__(self, chapter: str, guess: Guess, carries: bool) -> None:
        self.chapter, self.guess, self.carries = chapter, guess, carries
        self.result = ""

    def __repr__(self) -> str:
        options = "".join(f"\n  {say(option)}" for option in self.guess.options)
        return f"{say('Guess first.')} {say(self.guess.prompt)}{options}"

    def _repr_html_(self) -> str:
        guess = self.guess
        options = [say(option) for option in guess.options]
        asked = {
            "chapter": self.chapter,
            "name": guess.name,
            "prompt": say(guess.prompt),
            "options": options,
            "truth": guess.answer(),
            "unit": guess.unit,
        }
        shown = "".join(f"<li>{inline(option)}</li>" for option in options)
        question = f"<strong>{say('Guess first.')}</strong> {inline(say(guess.prompt))}"
        answer = "" if self.result else paragraph(guess.answer())
        folded = fold(say("Show"), answer, self.result, paragraph(say(guess.after)))
        inside = f"<p>{question}</p>{f'<ul>{shown}</ul>' if shown else ''}{folded}"
        return element("cnnbook-guess", asked, inside, carries=self.carries)

    def __enter__(self) -> None:
        self._block = contextlib.ExitStack()
        if "IPython" not in sys.modules or not _in_notebook():
            print(self)  # a terminal shows the question, then the result
            return
        from IPython.utils.capture import capture_output

        self._source = _source_of_cell(sys._getframe(1).f_code)
        self._captured = self._block.enter_context(capture_output())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        captured = getattr(self, "_captured", None)
        if captured is None:
            print(say(self.guess.after))
            return
        _draw_figures()
        self._block.close()
        from IPython.display import display

        parts = [preformatted(self._source), preformatted(captured.stdout)]
        parts += [_html(output, say(self.guess.alt)) for output in captured.outputs]
        self.result = "".join(parts)
        display(self)  # type: ignore[no-untyped-call]


def _in_notebook() -> bool:
    from IPython import get_ipython

    return get_ipython() is not None


def _source_of_cell(code: CodeType) -> str:
    """Return the cell that runs, as it would be written without the guess.

    IPython's history does not have it where a tool runs cells without one, as nbval does.
    """
    return without_guess("".join(linecache.getlines(code.co_filename)))


def without_guess(cell: str) -> str:
    r"""Return a cell's code without its title and without the ``with`` line of the guess.

    Examples
    --------
    >>> print(without_guess('# @title Guess\nx = 1\nwith exercises.guess("a"):\n    print(x)'))
    x = 1
    print(x)
    """
    lines, inside = [], False
    for line in cell.splitlines():
        if line.startswith("with exercises.guess("):
            inside = True
        elif not line.startswith("# @title"):
            inside = inside and not (line and not line.startswith(" "))
            lines.append(line.removeprefix("    ") if inside else line)
    return "\n".join(lines).strip()


def _draw_figures() -> None:
    # Else they would be drawn when the cell ends, outside what is folded.
    if "matplotlib_inline.backend_inline" in sys.modules:
        from matplotlib_inline.backend_inline import flush_figures

        flush_figures()  # type: ignore[no-untyped-call]


def _html(output: Any, alt: str) -> str:
    """Return one output as HTML: a drawing or picture inside the page, a table, or text."""
    data = output.data
    if "image/svg+xml" in data:
        return drawing(data["image/svg+xml"], alt)
    if "image/png" in data:
        return picture(data["image/png"], alt, output.metadata.get("image/png", {}))
    if "text/markdown" in data:
        return table(data["text/markdown"])
    return str(data.get("text/html", "")) or preformatted(str(data.get("text/plain", "")))
