"""Answers and guesses on a page: from disk, by keyboard, on a phone, without storage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.loading import PHONE
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

BOOK = Path(__file__).parents[2] / "book"


@pytest.fixture
def page(browser: Browser, site: Path) -> Iterator[Page]:
    """*Convolution*, opened from disk."""
    context = browser.new_context(viewport=PHONE)
    opened = context.new_page()
    opened.set_default_timeout(MILLISECONDS)
    opened.goto((site / "book" / "convolution.html").as_uri())
    yield opened
    context.close()


def answer(page: Page, name: str) -> Locator:
    return page.locator(f'cnnbook-answer[asked*=\'"name":"{name}"\']')


def test_nothing_is_open_at_first(page: Page) -> None:
    for tag in ("answer", "guess"):
        elements = page.locator(f"cnnbook-{tag}")
        assert elements.count() >= 4
        assert page.locator(f"cnnbook-{tag} details[open]").count() == 0
    assert "37 and 43" not in page.locator("article").inner_text()


def test_a_wrong_answer_gets_its_hint_and_a_right_one_its_reason(page: Page) -> None:
    asked = answer(page, "four_outputs")
    asked.get_by_label("Your answer").fill("4 4 / 4 4")
    asked.get_by_role("button", name="Check").click()
    said = asked.get_by_role("status")
    expect(said).to_contain_text("you turned the kernel by 180 degrees")
    asked.get_by_label("Your answer").fill("[[−4, -4], [-4, -4]]")
    asked.get_by_role("button", name="Check").click()
    expect(said).to_contain_text("Right: one row down")
    asked.get_by_text("Show the solution").click()
    expect(asked.locator("pre").first).to_contain_text("cnnbook.correlate2d(nine, minus)")


def test_by_keyboard_alone(page: Page) -> None:
    asked = answer(page, "sides_through_a_stack")
    asked.get_by_label("Your answer").focus()
    page.keyboard.type("24")
    page.keyboard.press("Enter")
    expect(asked.get_by_role("status")).to_contain_text("Right: ")
    choice = answer(page, "edge_sign")
    choice.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(choice.get_by_role("status")).to_contain_text("Right: ")


def test_a_guess_opens_what_it_hides(page: Page) -> None:
    guess = page.locator("cnnbook-guess").first
    guess.get_by_role("button", name="1.00 at both").press("Enter")
    expect(guess.get_by_role("status")).to_have_text(
        "Your guess: 1.00 at both. What it is: 1.00, then 0.56."
    )
    expect(guess.get_by_text("seven products are +1")).to_be_visible()
    number = page.locator("cnnbook-guess").nth(1)
    number.get_by_label("Your guess").fill("forty")
    number.get_by_role("button", name="Guess").click()
    expect(number.get_by_role("status")).to_contain_text("Write a number")
    number.get_by_label("Your guess").fill("43")
    number.get_by_role("button", name="Guess").click()
    expect(number.get_by_role("status")).to_have_text("Your guess: 43. So it is.")
    assert number.locator("img").get_attribute("alt").startswith("Three grids of numbers")


def test_a_guessed_number_counts_however_it_is_written(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "book" / "gpu.html").as_uri())
    guess = page.locator('cnnbook-guess[asked*=\'"truth":"5,760"\']')
    for written in ("5760", "5,760", "5 760"):
        guess.get_by_label("Your guess").fill(written)
        guess.get_by_role("button", name="Guess").click()
        expect(guess.get_by_role("status")).to_have_text(f"Your guess: {written}. So it is.")
    page.close()


def test_progress_is_kept_and_forgotten(page: Page, site: Path) -> None:
    asked = answer(page, "sides_through_a_stack")
    asked.get_by_label("Your answer").fill("24")
    asked.get_by_role("button", name="Check").click()
    line = page.locator(".cnnbook-progress")
    expect(line).to_contain_text("1 of 4 questions answered.")
    page.reload()
    expect(line).to_contain_text("1 of 4 questions answered.")
    expect(asked.get_by_role("status")).to_have_text("Answered before ✓")
    expect(page.locator(".toctree-l1.current .cnnbook-mark")).to_have_text("1/4")
    chapter = page.url
    page.goto((site / "index.html").as_uri())
    expect(page.locator(".chapter-cards .cnnbook-mark")).to_have_text("1/4")
    page.goto(chapter)
    line.get_by_role("button", name="Forget").click()
    expect(line).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('cnnbook:'))") == []


def test_without_storage_all_but_progress_works(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('none'); } })"
    )
    page.goto((site / "book" / "convolution.html").as_uri())
    asked = answer(page, "sides_through_a_stack")
    asked.get_by_label("Your answer").fill("24")
    asked.get_by_role("button", name="Check").click()
    expect(asked.get_by_role("status")).to_contain_text("Right: ")
    assert page.locator(".cnnbook-progress").is_hidden()
    # The theme itself and the book's own scripts for pages from disk ask for storage.
    assert not [error for error in errors if "answer" in error or "progress" in error]
    page.close()


def test_without_scripts_the_question_and_the_folded_answer_stand_there(
    browser: Browser, site: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "book" / "convolution.html").as_uri())
    guess = page.locator("cnnbook-guess").first
    expect(guess.get_by_text("1.00, then 0.56").first).to_be_visible()
    expect(guess.get_by_text("seven products are +1")).to_be_hidden()
    guess.locator("summary").click()
    expect(guess.get_by_text("seven products are +1")).to_be_visible()
    context.close()


@pytest.mark.parametrize("name", ["convolution", "pooling"])
def test_nothing_is_open_in_what_nbconvert_makes(browser: Browser, name: str) -> None:
    html, _ = HTMLExporter().from_filename(str(BOOK / f"{name}.ipynb"))
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.route("**/*", lambda route: route.abort())
    page.set_content(html, wait_until="domcontentloaded")
    assert page.locator("cnnbook-guess .app").count() >= 4
    assert page.locator("cnnbook-answer .app").count() >= 4
    for tag in ("cnnbook-guess", "cnnbook-answer", ".cnnbook-question"):
        assert page.locator(f"{tag} details[open]").count() == 0
    seen = page.locator("body").inner_text()
    assert not re.search(r"Right( ✓|: )|Not quite ✗", seen)
    context.close()
