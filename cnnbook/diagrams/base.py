"""What every diagram is: a state, tables of numbers, and the HTML that shows both."""

from __future__ import annotations

import functools
import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from cnnbook.diagrams.roles import ROLES
from cnnbook.words import texts

Rows: TypeAlias = list[list[str]]

HERE = Path(__file__).parent / "js"
#: What every diagram's script begins with, each part after those that it builds on.
SHARED = (
    "shared/parts.js",
    "shared/say.js",
    "shared/refusing.js",
    "shared/numbers.js",
    "shared/windows.js",
    "shared/elements.js",
    "shared/grid.js",
    "shared/theme.js",
    "style.css",
    "shared/address.js",
    "shared/saving.js",
    "shared/shell.js",
    "shared/controls.js",
    "shared/windowed.js",
)


class Table(NamedTuple):
    """A caption and rows of text; the first row is a heading if `headed`."""

    caption: str
    rows: Rows
    headed: bool = False


class Diagram:
    """A diagram that the reader moves; in a notebook, the last line of a cell shows it.

    The functions of `cnnbook.diagrams` make them.

    Parameters
    ----------
    name : str
        ``"convolution"``, ``"channels"``, ...: which JavaScript file draws it.
    state : dict
        What the diagram starts from, as JSON knows it.
    summary : str
        One sentence: what is computed from what.
    tables : list of Table
        The same numbers for readers without JavaScript.

    Notes
    -----
    The HTML is a custom element ``<cnnbook-NAME>`` whose attribute holds the state and whose
    content is the tables, followed by a script that defines the element unless another output
    of the page has done so. It makes no request and depends on nothing. In an edition
    (`cnnbook.words.edition`) a second attribute holds what its script says instead of English.
    """

    def __init__(self, name: str, state: dict[str, Any], summary: str, tables: list[Table]):
        self.name = name
        self.state = state
        self.summary = summary
        self.tables = tables
        self.edition = texts()

    def __repr__(self) -> str:
        parts = [self.summary]
        for caption, rows, _ in self.tables:
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines = [
                "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
                for row in rows
            ]
            parts.append("\n".join([f"{caption}:", *(f"  {line}" for line in lines)]))
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        tables = "".join(_html_table(table) for table in self.tables)
        return (
            f"<cnnbook-{self.name} state='{attribute(self.state)}'{self._words()}>"
            f"<p>{html.escape(self.summary)}</p>{tables}"
            f"</cnnbook-{self.name}>\n<script>{script(self.name)}</script>"
        )

    def _words(self) -> str:
        """Return the attribute with the edition's texts that the script says, if there are any."""
        from cnnbook.diagrams.catalogue import said_by_script

        said = said_by_script(self.name) if self.edition else ()
        words = {text: self.edition[text] for text in sorted(said) if text in self.edition}
        return f" words='{attribute(words)}'" if words else ""


def attribute(value: Mapping[str, Any]) -> str:
    """Write a value as JSON that may stand in an attribute between single quotes."""
    # Angle brackets and the attribute's own quote become entities: no text can end it. JSON is
    # full of the other quote, which may stay.
    return html.escape(to_json(value), quote=False).replace("'", "&#x27;")


def to_json(state: Mapping[str, Any]) -> str:
    """Write a state as short, strict JSON (NaN and infinity are refused)."""
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@functools.cache
def script(name: str) -> str:
    """Return the JavaScript of a diagram, as it is written: the shared parts, then its own.

    A comment names the file above each part.
    """
    return "".join(f"// cnnbook/diagrams/js/{part}\n{read(part)}" for part in parts(name))


def parts(name: str) -> list[str]:
    """Return the files of a diagram's script below ``js``, in their order.

    A diagram's larger parts stand in a folder of its name and come before it, by name.
    """
    own = sorted(file for file in (HERE / name).glob("*") if file.suffix in (".css", ".js"))
    return [*SHARED, *(f"{name}/{file.name}" for file in own), f"{name}.js"]


def read(part: str) -> str:
    """Return the text of one file below ``js``; the style sheet as a part of its own."""
    if part == "style.css":
        return _style_sheet("style", "style", _role_colours() + _text(part))
    if part.endswith("/style.css"):
        folder = part.removesuffix("/style.css")
        return _style_sheet(f"{folder}/style", f"{folder}Style", _text(part))
    return _text(part)


def _style_sheet(part: str, name: str, css: str) -> str:
    """Write a style sheet as a part: `style`, which all share, or a diagram's own `photoStyle`."""
    # Plain CSS in a template of JavaScript: neither backticks nor ${} stand in it.
    return f'globalThis.cnnbookDiagrams.part("{part}", () => ({{ {name}: `\n{css}` }}));\n'


def _text(part: str) -> str:
    return (HERE / part).read_text(encoding="utf-8")


def _role_colours() -> str:
    """Write the colours of `cnnbook.figures.ROLES` as the style sheet uses them."""
    colours = "".join(
        f"--{name}:{role.color};--{name}-fill:{role.fill};" for name, role in ROLES.items()
    )
    return f":host{{{colours}}}\n"


def _html_table(table: Table) -> str:
    """Write a table in tags that the sanitiser of an untrusted notebook keeps.

    A matrix gets the numbers of its rows and columns as headings.
    """
    heading, *rows = table.rows
    if not table.headed:
        heading, rows = ["", *map(str, range(len(heading)))], table.rows
        rows = [[str(number), *row] for number, row in enumerate(rows)]
    corner = "<td></td>" if not heading[0] else f"<th>{html.escape(heading[0])}</th>"
    lines = [corner + "".join(f"<th>{html.escape(text)}</th>" for text in heading[1:])]
    for first, *others in rows:
        cells = "".join(f"<td>{html.escape(text)}</td>" for text in others)
        lines.append(f"<th>{html.escape(first)}</th>{cells}")
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><caption>{html.escape(table.caption)}</caption>{body}</table>"
