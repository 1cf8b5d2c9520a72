"""A part on a page: one sheet of paper."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from book._tools import contents, summaries

PAGES = list(summaries.render())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_prints_on_one_sheet(path: Path, browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "book" / f"{path.stem}.html").as_uri())
    page.evaluate("document.fonts.ready.then(() => null)")
    made = PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True)))
    assert len(made.pages) == 1
    text = unicodedata.normalize("NFKC", made.pages[0].extract_text())  # no ligatures
    text = " ".join(text.replace("’", "'").split())
    for name in summaries.ENTRIES:
        if f"({name}.ipynb)" in path.read_text(encoding="utf-8"):
            assert summaries.title_of(summaries.BOOK / f"{name}.ipynb") in text
    page.close()


def test_every_chapter_is_on_the_page_of_its_part() -> None:
    said = "".join(summaries.render().values())
    for chapter in contents.chapters():
        assert f"({chapter.stem}.ipynb)" in said


def test_the_pages_are_what_the_library_computes() -> None:
    for path, text in summaries.render().items():
        assert path.read_text(encoding="utf-8") == text
