"""What the book holds: its pages in the order of reading, from _toc.yml, and its notebooks.

The one home of both lists; every tool and test that goes over pages or notebooks asks here.
A chapter, `book/NAME.ipynb`, may have a workshop, `book/workshop/NAME.ipynb`, nested below it.
A chapter that has one is of the second edition, and keeps its budgets (tests/test_anatomy.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKSHOPS = "workshop"


@dataclass(frozen=True)
class Page:
    """One page: where it stands, and what it belongs to."""

    name: str
    """As in _toc.yml: book/convolution, book/workshop/convolution."""
    part: str | None
    """The caption of its part; None for the welcome page."""
    number: int | None
    """The chapter's number; a workshop has that of its chapter, other pages have none."""
    chapter: str | None = None
    """Of a workshop, the name of its chapter."""

    @property
    def short(self) -> str:
        """The name below book/: convolution, workshop/convolution."""
        return self.name.removeprefix("book/")

    def notebook(self, root: Path = ROOT) -> Path:
        """Return the page's notebook, which exists unless the page is Markdown."""
        return root / f"{self.name}.ipynb"


def pages(root: Path = ROOT) -> list[Page]:
    """Return all pages in the order of _toc.yml; chapters are numbered through the parts."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    found, number = [Page(toc["root"], None, None)], 0
    for part in toc["parts"]:
        for entry in part["chapters"]:
            chapter = part["caption"].startswith("Part ")
            number += chapter
            own = number if chapter else None
            found.append(Page(entry["file"], part["caption"], own))
            for section in entry.get("sections", []):
                found.append(Page(section["file"], part["caption"], own, chapter=entry["file"]))
    return found


def notebooks(root: Path = ROOT) -> list[Path]:
    """Return every notebook of the book, chapters, workshops and back matter, sorted."""
    book = root / "book"
    return sorted(
        path
        for path in book.rglob("*.ipynb")
        if not any(part.startswith((".", "_")) for part in path.relative_to(book).parts)
    )


def chapters(root: Path = ROOT) -> list[Path]:
    """Return the chapters' notebooks in the order of reading."""
    return [page.notebook(root) for page in pages(root) if page.number and not page.chapter]


def workshop_of(chapter: Path) -> Path:
    """Return where a chapter's workshop stands, if it has one."""
    return chapter.parent / WORKSHOPS / chapter.name


def second_edition(root: Path = ROOT) -> list[Path]:
    """Return the chapters that have a workshop, in the order of reading."""
    return [chapter for chapter in chapters(root) if workshop_of(chapter).exists()]


def short_name(notebook: Path) -> str:
    """Return a notebook's name below book/: convolution, workshop/convolution."""
    *_, folder, name = notebook.with_suffix("").parts
    return f"{folder}/{name}" if folder == WORKSHOPS else name
