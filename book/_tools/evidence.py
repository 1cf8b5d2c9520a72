"""Write the page of evidence, book/evidence.md, from the ledger of claims and what was recorded.

With --check it changes nothing, and exits with 1 if the page would differ.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from book._tools.contents import pages
from book._tools.written import write_or_check
from cnnbook.data import recorded_experiment
from cnnbook.notebook import show_experiment
from experiments.ledger import Claim, claims

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "book" / "evidence.md"
# Not in the search: the page repeats sentences of all chapters, and would stand before them.
HEAD = """---
nosearch: true
---

# Evidence

What the book says about *why* and *whether*, and what carries it. A claim on learning is carried by
an experiment over seeds: each seed draws other initial weights and other batches. Below stand its
numbers, the mean and the range over the seeds. A test asks that the verdict follows from these
numbers, that the code is still the one that was run, and that the verdict turns if two of the
compared ways are exchanged. `make experiments` runs them all again.

Other claims are carried by a test of the project, by what a cell of the chapter prints each time
that the book is tested, or by a source. So the page has three kinds of sentences: what was measured
here, what is proved or computed here, and what others found. Exercises, definitions and advice are
no claims.
"""
WORDS = {"proof": "a test", "run": "printed in the chapter", "source": "a source"}


def order() -> list[str]:
    """Return the pages' names in the order of the table of contents."""
    return [page.short for page in pages()]


def heading(chapter: str) -> str:
    """Return a link to a page, called as its first heading."""
    page = ROOT / "index.md" if chapter == "index" else ROOT / "book" / f"{chapter}.md"
    if page.exists():
        text = page.read_text(encoding="utf-8")
    else:
        page = page.with_suffix(".ipynb")
        text = "\n".join(c.source for c in nbformat.read(page, as_version=4).cells)
    title = re.findall(r"^# (.+)$", text, re.MULTILINE)[0]
    address = "../index.md" if chapter == "index" else page.relative_to(PAGE.parent).as_posix()
    return f"[{title}]({address})"


def cell(text: str) -> str:
    """Return a text that may stand in a table."""
    return text.replace("|", "\\|")


def carrier(claim: Claim) -> str:
    """Say what carries a claim."""
    if claim.kind == "experiment":
        name = claim.by.split(": ", 1)[0]
        return f"[experiment {name}](#{name.replace('_', '-')})"
    if claim.kind == "source":
        return f"a source: {{cite}}`{claim.by}`"
    return f"{WORDS[claim.kind]}: `{cell(claim.by)}`"


def of_chapter(chapter: str, rows: list[Claim]) -> str:
    """Return one chapter's table."""
    lines = [f"| {cell(c.topic)} | {cell(c.claim)} | {carrier(c)} |" for c in rows]
    head = ["| topic | what the book says | carried by |", "|---|---|---|"]
    return "\n".join(["", f"### {heading(chapter)}", "", *head, *lines, ""])


def of_experiment(name: str) -> str:
    """Return an experiment's question, table and verdicts."""
    result = recorded_experiment(name)
    table = show_experiment(name)._repr_markdown_()
    verdicts = "\n".join(f"- {sentence}" for sentence in result["verdicts"])
    parts = [f"### {name.replace('_', ' ')}", result["question"], table, f"So:\n\n{verdicts}"]
    return f"\n({name.replace('_', '-')})=\n" + "\n\n".join(parts) + "\n"


def render() -> str:
    """Return the whole page."""
    rows = claims()
    names = sorted({c.by.split(": ", 1)[0] for c in rows if c.kind == "experiment"})
    chapters = [name for name in order() if any(row.chapter == name for row in rows)]
    tables = [of_chapter(name, [c for c in rows if c.chapter == name]) for name in chapters]
    experiments = [of_experiment(name) for name in names]
    return "".join([HEAD, "\n## Claims\n", *tables, "\n## Experiments\n", *experiments])


if __name__ == "__main__":
    raise SystemExit(write_or_check(__doc__, {PAGE: render()}))
