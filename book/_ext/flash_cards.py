"""Write the book's question boxes as flash cards, flash_cards.txt, which Anki imports.

A line is a card: its name (with which a second import renews it), the question with its options,
the answer with its reason, and two tags. The lines before say so to Anki.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from sphinx.application import Sphinx

sys.path.append(str(Path(__file__).resolve().parents[1] / "_tools"))
from contents import ROOT, Page, pages
from written_pages import after_build

NAME = "flash_cards.txt"
DECK = "Convolutional Networks, Pixel by Pixel"
HEAD = f"""#separator:tab
#html:true
#notetype:Basic
#deck:{DECK}
#columns:Name\tFront\tBack\tTags
#guid column:1
#tags column:4
"""
ASKED = re.compile(r'exercises\.question\("(\w+)"\)')
RIGHT = "Right ✓: "


@dataclass(frozen=True)
class Card:
    """One question, in HTML."""

    name: str
    front: str
    back: str
    tags: str


def card(name: str, shown: str, title: str, tags: str) -> Card:
    """Make a card of a question box as a notebook has stored it."""
    box = BeautifulSoup(shown, "html.parser")
    prompt = box.p
    prompt.strong.decompose()  # "Question."
    options = box.find_all("details")
    listed = "".join(f"<li>{option.summary.decode_contents()}</li>" for option in options)
    right = next(option for option in options if option.p.get_text().startswith(RIGHT))
    why = right.p.decode_contents().removeprefix(RIGHT)
    return Card(
        name,
        f"<small>{title}</small><br>{prompt.decode_contents().strip()}<ul>{listed}</ul>",
        f"<b>{right.summary.decode_contents()}</b><br>{why[:1].upper()}{why[1:]}",
        tags,
    )


def cards_of(page: Page, root: Path = ROOT) -> list[Card]:
    """Return the cards of one page."""
    cells = nbformat.read(page.notebook(root), as_version=4).cells
    title = cells[0].source.split("\n")[0].removeprefix("# ")
    part = (page.part or "").split(".")[0].replace(" ", "_")
    found = []
    for cell in cells:
        asked = ASKED.search(cell.source) if cell.cell_type == "code" else None
        if asked:
            name = f"cnnbook/{page.short}/{asked[1]}"
            shown = cell.outputs[0].data["text/html"]
            found.append(card(name, shown, title, f"{page.short.replace('/', '::')} {part}"))
    return found


def render(root: Path = ROOT) -> str:
    """Return the file."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter="\t", lineterminator="\n")
    for page in pages(root):
        if page.number:
            for one in cards_of(page, root):
                rows.writerow((one.name, one.front, one.back, one.tags))
    return HEAD + text.getvalue()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""

    def finish(output: Path) -> None:
        (output / NAME).write_text(render(), encoding="utf-8", newline="\n")

    return after_build(app, finish)
