"""Write the index of exercises, book/solutions.md, from the headings of the notebooks.

With --check it changes nothing, and exits with 1 if the page would differ.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from book._tools.contents import pages
from book._tools.written import write_or_check

BOOK = Path(__file__).resolve().parents[1]
INDEX = BOOK / "solutions.md"

HEAD = """# Exercises and solutions

Every exercise of the book. A solution stands folded below its exercise; it was run when the page
was made, and the check of the exercise found it right. Try first: the check says what is wrong
with an answer without giving the right one away.
"""
EXERCISE = re.compile(r"^### (\d+)\. (Predict|Compute|Implement): (.+)$", re.MULTILINE)


def slug(heading: str) -> str:
    """Return the fragment that leads to a heading, as GitHub and MyST make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def section(notebook: Path) -> str:
    """Return one chapter's table, or nothing for a page without exercises."""
    cells = nbformat.read(notebook, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    address = notebook.relative_to(BOOK).as_posix()
    rows = [
        f"| {number} | {kind} | [{title}]({address}#{slug(f'{number}. {kind}: {title}')}) |"
        for number, kind, title in EXERCISE.findall(text)
    ]
    if not rows:
        return ""
    title = re.findall(r"^# (.+)$", text, re.MULTILINE)[0]
    table = "\n".join(["| | Kind | Exercise |", "|---|---|---|", *rows])
    return f"\n## {title}\n\n{table}\n"


def render() -> str:
    """Return the whole page."""
    return HEAD + "".join(section(page.notebook()) for page in pages() if page.notebook().exists())


if __name__ == "__main__":
    raise SystemExit(write_or_check(__doc__, {INDEX: render()}))
