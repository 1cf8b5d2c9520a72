"""The HTML of an answer or a guess: a custom element, what it folds, and the script that wakes it.

Without scripts, as in an untrusted notebook, the question and the folded part stand there as they
are. Nothing but `<details>` hides an answer in every tool that shows notebooks (built page,
JupyterLab trusted or not, nbconvert), so what is folded holds source and result in one output.
"""

from __future__ import annotations

import ast
import functools
import html
import re
import textwrap
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cnnbook.diagrams.base import SHARED, attribute
from cnnbook.diagrams.base import read as read_shared
from cnnbook.diagrams.catalogue import said_in_javascript
from cnnbook.notebook import show_source
from cnnbook.words import texts

HERE = Path(__file__).parent / "js"
#: In their order: each builds on those above it.
OWN = (
    "reading.js",
    "verdict.js",
    "asking.css",
    "asking.js",
    "progress.js",
    "answer.js",
    "guess.js",
)


@functools.cache
def script() -> str:
    """Return the JavaScript of answers and guesses: the diagrams' shared parts, then its own."""
    shared = "".join(f"// cnnbook/diagrams/js/{part}\n{read_shared(part)}" for part in SHARED)
    return shared + "".join(f"// cnnbook/exercises/js/{part}\n{_read(part)}" for part in OWN)


def _read(part: str) -> str:
    text = (HERE / part).read_text(encoding="utf-8")
    if part.endswith(".css"):
        # Plain CSS in a template of JavaScript: neither backticks nor ${} stand in it.
        made = f"({{ askingStyle: `\n{text}` }})"
        return f'globalThis.cnnbookDiagrams.part("askingStyle", () => {made});\n'
    return text


@functools.cache
def said_by_script() -> frozenset[str]:
    """Return the texts that the script says."""
    return frozenset(text for part in OWN for text in said_in_javascript(_read(part)))


def element(tag: str, asked: Mapping[str, Any], inside: str, *, carries: bool) -> str:
    """Return an element with what is asked; with `carries`, also the script that wakes all.

    One output of a notebook carries the script for all others. On Colab each output is a page
    of its own, and there each carries it.
    """
    words = {text: other for text, other in texts().items() if text in said_by_script()}
    spoken = f" words='{attribute(words)}'" if words else ""
    woken = f"\n<script>{script()}</script>" if carries or _on_colab() else ""
    return f"<{tag} asked='{attribute(asked)}'{spoken}>{inside}</{tag}>{woken}"


def fold(summary: str, *parts: str) -> str:
    """Return what opens when the reader asks for it."""
    return f"<details><summary>{html.escape(summary)}</summary>{''.join(parts)}</details>"


def paragraph(text: str) -> str:
    """Return a paragraph of plain text, in which only `code` between backticks is an element."""
    return f"<p>{inline(text)}</p>" if text else ""


def inline(text: str) -> str:
    """Escape a text; only `code` between backticks becomes an element."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def preformatted(text: str) -> str:
    """Return text whose spaces and lines are kept: code, and what it printed."""
    return f"<pre>{html.escape(text.rstrip())}</pre>" if text.strip() else ""


def picture(png: str, alt: str, size: dict[str, int]) -> str:
    """Return a picture, base64 as a notebook holds it, that travels inside the page.

    Its size is given where it has more pixels than the page counts.
    """
    given = "".join(f' {name}="{size[name]}"' for name in ("width", "height") if name in size)
    return _image(f"png;base64,{png.strip()}", alt, given)


def drawing(svg: str, alt: str) -> str:
    """Return a drawing that travels inside the page and is sharp at any zoom."""
    # A browser takes line breaks out of an address; where they stand in SVG, a space does.
    return _image(f"svg+xml,{quote(svg.replace(chr(10), ' '), safe=' /:;=,.()+')}", alt)


def _image(data: str, alt: str, given: str = "") -> str:
    return f'<p><img src="data:image/{data}" alt="{html.escape(alt)}"{given}></p>'


def table(markdown: str) -> str:
    r"""Return a table that stands in Markdown, and the paragraph below it, as HTML.

    Examples
    --------
    >>> table("| arm | mean |\n| --- | ---: |\n| a | 3 |\n\nOf 5 seeds.")[:44]
    '<table><tr><th>arm</th><th>mean</th></tr><tr'
    >>> table("| arm |\n| --- |\n| a |\n\nOf `5` seeds.")[-49:]
    '</td></tr></table><p>Of <code>5</code> seeds.</p>'
    """
    rows, _, below = markdown.partition("\n\n")
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
    lines = [
        "".join(f"<{tag}>{inline(cell)}</{tag}>" for cell in row)
        for tag, row in [("th", cells[0]), *(("td", row) for row in cells[2:])]
    ]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>{paragraph(below)}"


def body_of(function: Callable[..., Any]) -> str:
    """Return what a function does that begins `def name() -> …:`, as a cell would say it.

    Examples
    --------
    >>> def solve():
    ...     side = 28 - 3 + 1
    ...     return side
    >>> print(body_of(solve))
    side = 28 - 3 + 1
    side
    """
    code = show_source(function).code
    made = ast.parse(code).body[0]
    assert isinstance(made, ast.FunctionDef)
    lines, last = code.splitlines(), made.body[-1]
    if isinstance(last, ast.Return):
        lines[last.lineno - 1] = lines[last.lineno - 1].replace("return ", "", 1)
    return textwrap.dedent("\n".join(lines[1:])).strip()


def without_annotations(code: str) -> str:
    r"""Return functions as a reader writes them in a cell: without the types of their arguments.

    Examples
    --------
    >>> print(without_annotations("def double(x: float) -> float:\n    return 2 * x  # twice"))
    def double(x):
        return 2 * x  # twice
    """
    lines = code.splitlines()
    for function in reversed(ast.parse(code).body):
        if isinstance(function, ast.FunctionDef):
            end = function.lineno
            while not lines[end - 1].endswith(":"):
                end += 1
            for argument in function.args.args:
                argument.annotation = None
            function.returns, function.body = None, [ast.Pass()]
            lines[function.lineno - 1 : end] = ast.unparse(function).splitlines()[:-1]
    return "\n".join(lines)


def _on_colab() -> bool:
    return find_spec("google") is not None and find_spec("google.colab") is not None
