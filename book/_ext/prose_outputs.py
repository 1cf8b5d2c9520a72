"""Let printed sentences wrap on a narrow screen; columns and arrays keep their lines, and scroll.

A page has one box for all that a cell prints. What reads as sentences gets a class, and the
stylesheet lets it wrap.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from sphinx.application import Sphinx

from written_pages import after_build, rewrite

#: A phone shows this many letters of code in a line.
SHORT = 40
_PRINTED = re.compile(
    r'(<div class="output (?:stream|text_plain)) (highlight-[^"]*"><div class="highlight"><pre>'
    r"(?:<span></span>)?)(.*?)(?=</pre>)",
    re.DOTALL,
)
_COLUMNS = re.compile(r"\S {2,}\S|\||^\s*\[")
_WORD = re.compile(r"[A-Za-z]{2,}")


def is_prose(text: str) -> bool:
    """Return whether no line stands in columns and each long one has four words or more."""
    lines = text.splitlines()
    long = [line for line in lines if len(line) > SHORT]
    columns = any(_COLUMNS.search(line) for line in lines)
    return bool(long) and not columns and all(len(_WORD.findall(line)) >= 4 for line in long)


def mark(html: str) -> str:
    """Return the page with a class at each output that is prose."""

    def change(found: re.Match[str]) -> str:
        text = unescape(re.sub(r"<[^>]+>", "", found[3]))
        prose = " prose" if is_prose(text) else ""
        return f"{found[1]}{prose} {found[2]}{found[3]}"

    return _PRINTED.sub(change, html)


def finish(output: Path) -> None:
    """Mark every page that was just written."""
    rewrite(output, lambda html, _: mark(html))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    return after_build(app, finish)
