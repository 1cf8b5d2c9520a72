"""The front page and the Studio: cards of the chapters, diagrams in Markdown, the still."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

import chapter_cards
import diagram_pages
from book._tools import cards
from cnnbook import diagrams

ROOT = Path(__file__).parents[1]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [
    chapter["file"]
    for part in TOC["parts"]
    if part["caption"].startswith("Part ")
    for chapter in part["chapters"]
]
INDEX = (ROOT / "index.md").read_text(encoding="utf-8")
CARD = re.compile(r"^- \[(.+)\]\((.+)\.ipynb\) (.+\?)$", re.MULTILINE)


def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def test_each_chapter_has_a_card_with_its_title_and_its_question_in_its_part() -> None:
    assert [file for _, file, _ in CARD.findall(INDEX)] == CHAPTERS
    for title, file, _ in CARD.findall(INDEX):
        notebook = nbformat.read(ROOT / f"{file}.ipynb", as_version=4)
        heading = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
        assert title.replace("’", "'") == heading.replace("’", "'")
    parts = [p["caption"] for p in TOC["parts"] if p["caption"].startswith("Part ")]
    assert re.findall(r"^## (Part .+)$", INDEX, re.MULTILINE) == parts


def test_each_chapter_has_a_picture_and_no_other_is_left() -> None:
    names = {Path(file).name for file in CHAPTERS}
    assert set(cards.CARDS) == names
    assert {file.stem for file in cards.TARGET.iterdir()} == names


@pytest.mark.parametrize("name", cards.CARDS)
def test_a_picture_is_what_its_code_draws_small_and_described(name: str) -> None:
    file = cards.TARGET / f"{name}.svg"
    svg = file.read_text(encoding="utf-8")
    assert svg == cards.drawn(name), "run `python -m book._tools.cards`"
    assert file.stat().st_size < 20_000
    alt = BeautifulSoup(chapter_cards.picture(name, "../"), "html.parser").img["alt"]
    assert len(alt.split()) >= 8
    assert alt.endswith(".")


def test_the_built_page_shows_each_card_with_its_picture_inside_one_link(site: Path) -> None:
    entries = soup(site / "index.html").select(".chapter-cards li")
    found = [(entry.a["href"], entry.img["src"]) for entry in entries]
    expected = [(f"{file}.html", f"_static/cards/{Path(file).name}.svg") for file in CHAPTERS]
    assert found == expected
    for entry in entries:
        assert entry.img["loading"] == "lazy"
        assert (site / entry.img["src"]).is_file()


def test_a_diagram_falls_into_three_parts() -> None:
    made = diagrams.convolution()
    opening, inside, end = diagram_pages.parts(made)
    assert opening + inside + end == made._repr_html_()
    assert opening.endswith("'>")
    assert inside.startswith("<p>")
    assert inside.endswith("</table>")
    assert end.startswith("</cnnbook-convolution>\n<script>")


def test_the_still_says_the_numbers_with_which_the_diagram_starts() -> None:
    pixels, kernel, _, total = (table.rows for table in diagrams.photo().tables)
    alt = re.search(r"!\[(.+?)\]", INDEX)
    assert alt is not None
    assert "; ".join(", ".join(row) for row in pixels) in alt[1]
    assert f"add up to {total[0][0].replace(chr(0x2212), 'minus ')}." in alt[1], (
        "run book/_tools/welcome_figure.py, mend the text"
    )
    assert kernel == [["−1", "−2", "−1"], ["0", "0", "0"], ["1", "2", "1"]]


@pytest.mark.parametrize("name", ["index", "book/studio"])
def test_the_built_page_has_diagrams_and_no_formulas(site: Path, name: str) -> None:
    page = soup(site / f"{name}.html")
    assert page.select_one("cnnbook-photo[state]")
    sources = [script["src"] for script in page.select("script[src]")]
    assert sum("diagrams.shared." in source for source in sources) == 1
    assert sum("diagrams.photo." in source for source in sources) == 1
    assert not page.select('link[href*="formulas.css"]')
    assert not page.select(".bd-sidebar-secondary")


def test_the_studio_has_what_the_front_page_promises(site: Path) -> None:
    page = soup(site / "book" / "studio.html")
    assert page.select_one("#fool-a-network cnnbook-network[state]")
    doors = soup(site / "index.html").select(".doors a")
    assert [door["href"] for door in doors] == [
        "book/images_as_arrays.html",
        "book/studio.html#fool-a-network",
        "book/install.html",
    ]
