"""Slides of a chapter: they open from disk, one thing on each, and what can be moved moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from book._tools import contents, slides
from tests import anatomy
from tests.browser.conftest import LOOK, listen

NAME = "backpropagation"


@pytest.fixture(scope="module")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (made,) = slides.make(
        [contents.ROOT / "book" / f"{NAME}.ipynb"], tmp_path_factory.mktemp("slides")
    )
    return made


@pytest.fixture
def opened(browser: Browser, deck: Path) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    errors: list[str] = []
    requests: list[str] = []
    listen(page, errors, requests)
    page.goto(deck.as_uri())
    page.wait_for_function("window.Reveal?.isReady()")
    yield page
    page.close()
    assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


def test_each_picture_question_and_diagram_has_a_slide(opened: Page) -> None:
    notebook = anatomy.read(contents.ROOT / "book" / f"{NAME}.ipynb")
    count = opened.evaluate("Reveal.getTotalSlides()")
    assert count == len(slides.slides(notebook)) + 2
    assert opened.locator("cnnbook-guess").count() == len(anatomy.calls(notebook, "guess"))
    assert opened.locator(".cnnbook-question").count() == len(anatomy.calls(notebook, "question"))
    assert opened.locator("cnnbook-backward").count() == anatomy.diagrams(notebook)
    assert opened.locator("figure img").count() >= 4


def test_keys_turn_slides_but_not_those_of_a_diagram(opened: Page) -> None:
    opened.keyboard.press("ArrowRight")
    assert opened.evaluate("Reveal.getIndices().h") == 1
    opened.locator("cnnbook-backward").first.get_by_role("button", name="Step").focus()
    opened.keyboard.press("ArrowRight")
    assert opened.evaluate("Reveal.getIndices().h") == 1


def test_a_guess_shows_what_it_is_when_one_was_made(opened: Page) -> None:
    at = opened.evaluate(
        "[...document.querySelectorAll('.slides > section')]"
        ".findIndex((e) => e.querySelector('cnnbook-guess'))"
    )
    opened.evaluate(f"Reveal.slide({at})")
    guess = opened.locator("cnnbook-guess").first
    expect(guess.locator("details")).not_to_have_attribute("open", "")
    guess.locator(".options button").first.click()
    expect(guess.locator("details")).to_have_attribute("open", "")


def test_formulas_are_set_and_text_fits_across(opened: Page) -> None:
    assert opened.locator("mjx-container").count() > 0
    opened.evaluate(LOOK)
    assert not opened.evaluate("look.mathematics()")["invisible"]
    for at in range(opened.evaluate("Reveal.getTotalSlides()")):
        opened.evaluate(f"Reveal.slide({at})")
        wide = "document.querySelector('section.present')"
        assert opened.evaluate(f"{wide}.scrollWidth <= {wide}.clientWidth + 1"), at


def test_what_was_said_is_in_the_notes(deck: Path) -> None:
    text = deck.read_text(encoding="utf-8")
    assert text.count('<aside class="notes">') > 5
    assert "](" not in text.split("<script>")[0]


def test_every_chapter_makes_slides() -> None:
    for chapter in contents.second_edition():
        made = slides.page(chapter)
        assert made.count("<section>") >= 8, chapter
