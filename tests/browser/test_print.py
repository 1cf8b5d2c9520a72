"""A page on paper: questions without their answers, and these at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import new_page, rest

pytestmark = pytest.mark.browser

PAGES = ["book/pooling", "book/training_in_practice", "book/workshop/pooling"]
ANSWERS = "#answers-on-paper"
QUESTION = re.compile(r"Question \d+$|\d+\. (Predict|Compute|Implement): ")


def opened(browser: Browser, site: Path, name: str) -> Page:
    page = new_page(browser)
    page.goto((site / f"{name}.html").as_uri())
    rest(page)
    return page


def lay_out(page: Page, event: str = "beforeprint") -> None:
    page.evaluate("(event) => { dispatchEvent(new Event(event)); }", event)


def put_on_paper(page: Page) -> None:
    lay_out(page)
    page.emulate_media(media="print")


@pytest.fixture(params=PAGES, scope="module")
def paper(request: pytest.FixtureRequest, browser: Browser, site: Path) -> Iterator[Page]:
    page = opened(browser, site, request.param)
    put_on_paper(page)
    yield page
    page.context.close()


def test_no_answer_stands_under_its_question(paper: Page) -> None:
    text = paper.locator("article").inner_text()
    answers = paper.locator(ANSWERS).inner_text()
    assert text.endswith(answers)
    before = text.removesuffix(answers)
    for said in ("Right ✓", "Not quite ✗", "Show the solution", "Hide the solution"):
        assert said not in before
    assert "Right" in answers


def test_answers_stand_at_the_end_in_the_order_of_the_questions(paper: Page) -> None:
    found = paper.locator("article :is(.cnnbook-question strong, h2, h3, h4)").all_text_contents()
    titles = (text.rstrip(".#") for text in found)
    asked = [text for text in titles if QUESTION.match(text)]
    answered = paper.locator(f"{ANSWERS} > div > p:first-child > strong").all_inner_texts()
    assert len(asked) >= 4
    assert answered == asked
    last = paper.evaluate("document.querySelector('article').lastElementChild.id")
    assert last == ANSWERS[1:]
    assert paper.locator(f"{ANSWERS} h2").inner_text() == "Answers"


def test_question_and_answer_lead_to_each_other(paper: Page) -> None:
    there = paper.locator(".cnnbook-where a")
    back = paper.locator(f"{ANSWERS} strong a")
    assert there.count() == back.count() >= 4
    for link in [*there.all(), *back.all()]:
        place = link.get_attribute("href").removeprefix("#")
        assert paper.evaluate("(id) => document.getElementById(id) !== null", place), place


def test_nothing_is_there_to_press(paper: Page) -> None:
    # Those of the theme's head stand outside of the text, and the theme does not print them.
    seen = paper.evaluate(
        """() => {
          const found = [];
          const look = (root) => root.querySelectorAll("*").forEach((e) => {
            if (e.matches("button, input, textarea, select") && e.checkVisibility()) {
              found.push(e.outerHTML);
            }
            if (e.shadowRoot) look(e.shadowRoot);
          });
          look(document.querySelector(".bd-article"));
          return found;
        }"""
    )
    assert not seen
    text = paper.locator("article").inner_text()
    assert not re.search(r"^(Show|Hide the code|The code|Forget)$", text, re.M)


def test_a_guess_says_what_it_asks_and_what_came_of_it(paper: Page) -> None:
    for guess in paper.locator("cnnbook-guess").all():
        said = guess.inner_text()
        assert said.startswith("Guess first.")
        assert said.index("What it is") > 0
        assert guess.locator("details").evaluate("(e) => e.open")


def test_after_printing_the_page_is_as_it_was(browser: Browser, site: Path) -> None:
    page = opened(browser, site, "book/pooling")
    before = page.locator("article").inner_html()
    lay_out(page)
    assert page.locator(ANSWERS).count() == 1
    lay_out(page, "afterprint")
    after = page.locator("article").inner_html()
    # A class, a style or an id that was not there may be there, empty.
    assert re.sub(r' (class|style|id|slot)=""', "", after) == before
    page.context.close()


def test_in_the_dark_a_page_is_printed_light(browser: Browser, site: Path) -> None:
    page = opened(browser, site, "book/pooling")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    theme = "document.documentElement.dataset.theme"
    lay_out(page)
    assert page.evaluate(theme) == "light"
    lay_out(page, "afterprint")
    assert page.evaluate(theme) == "dark"
    page.context.close()


def test_an_exercise_shows_what_there_is_to_choose(browser: Browser, site: Path) -> None:
    page = opened(browser, site, "book/training_in_practice")
    put_on_paper(page)
    section = page.locator("section:has(> h3:text('5. Predict'))")
    assert section.locator("li").all_inner_texts() == [
        "ten times as far",
        "as far",
        "a tenth as far",
    ]
    page.context.close()


def test_text_is_not_small(paper: Page) -> None:
    # 9.5 points are 12.67 pixels; the page is zoomed.
    size = paper.evaluate(
        """parseFloat(getComputedStyle(document.querySelector("article section > p")).fontSize)
          * document.querySelector("article").currentCSSZoom"""
    )
    assert size >= 9.5 * 96 / 72


def test_the_button_says_that_it_prints(browser: Browser, site: Path) -> None:
    page = opened(browser, site, "book/pooling")
    button = page.locator("button.btn-download-pdf-button")
    assert button.text_content().strip() == "Print this page"
    said = button.get_attribute("data-bs-original-title") or button.get_attribute("title")
    assert said.startswith("Print this page")
    page.context.close()
