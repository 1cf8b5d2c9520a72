"""Write the index of exercises, book/solutions.md, from the headings of the notebooks.

With --check it changes nothing, and exits with 1 if the page would differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import yaml

from book._tools.written import write_or_check

BOOK = Path(__file__).resolve().parents[1]
INDEX = BOOK / "solutions.md"

HEAD = """# Exercises and solutions

Every exercise of the book. A solution stands folded below its exercise; it was run when the page
was made, and the check of the exercise found it right. Try first: the check says what is wrong
with an answer without giving the right one away.
"""
EXERCISE = re.compile(r"^### (\d+)\. (Predict|Compute|Implement): (.+)$", re.MULTILINE)


def chapters() -> Iterator[Path]:
    """Yield the notebooks in the order of the table of contents."""
    toc = yaml.safe_load((BOOK.parent / "_toc.yml").read_text(encoding="utf-8"))
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            path = BOOK.parent / f"{chapter['file']}.ipynb"
            if path.exists():
                yield path


def slug(heading: str) -> str:
    """Return the fragment that leads to a heading, as GitHub and MyST make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def section(notebook: Path) -> str:
    """Return one chapter's table, or nothing for a page without exercises."""
    cells = nbformat.read(notebook, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    rows = [
        f"| {number} | {kind} | [{title}]({notebook.name}#{slug(f'{number}. {kind}: {title}')}) |"
        for number, kind, title in EXERCISE.findall(text)
    ]
    if not rows:
        return ""
    title = re.findall(r"^# (.+)$", text, re.MULTILINE)[0]
    table = "\n".join(["| | Kind | Exercise |", "|---|---|---|", *rows])
    return f"\n## {title}\n\n{table}\n"


def render() -> str:
    """Return the whole page."""
    return HEAD + "".join(section(path) for path in chapters())


if __name__ == "__main__":
    raise SystemExit(write_or_check(__doc__, INDEX, render()))
