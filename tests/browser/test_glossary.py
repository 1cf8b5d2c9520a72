"""The glossary: found by a box and by letters, with a keyboard, and whole where no script runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import listen, rest
from tests.browser.keyboard import press_tab_until
from tests.browser.test_accessibility import AXE, violations
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser
SOURCE = Path(__file__).parents[2] / "book" / "glossary.md"
COUNT = len(re.findall(r"^\|.*\.ipynb\) \|$", SOURCE.read_text(encoding="utf-8"), re.MULTILINE))
NARROW = {"width": 320, "height": 640}


def opened(browser: Browser, home: str, **options: object) -> tuple[Page, list[str]]:
    context = browser.new_context(**options)
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    errors: list[str] = []
    listen(page, errors, [])
    page.goto(f"{home}/book/glossary.html")
    rest(page)
    return page, errors


@pytest.fixture
def glossary(browser: Browser, site: Path) -> Iterator[Page]:
    page, errors = opened(browser, site.as_uri(), viewport={"width": 1280, "height": 900})
    yield page
    page.context.close()
    assert not errors


def terms(page: Page) -> list[str]:
    """Return what stands in view."""
    shown = page.locator(".terms dt:visible").all_inner_texts()
    return [re.sub(r"\s+", " ", text) for text in shown]


def test_every_row_of_the_source_is_an_entry(glossary: Page) -> None:
    assert len(terms(glossary)) == COUNT > 100
    expect(glossary.get_by_role("status")).to_have_text(f"{COUNT} terms")
    whole = glossary.locator(".terms dd").evaluate_all(
        """(all) => all.filter(
          (e) => e.querySelector("a[href*=html]") && e.innerText.length > 9).length"""
    )
    assert whole == COUNT


@pytest.mark.parametrize(
    ("typed", "term"),
    [
        ("receptive", "receptive field 感受野"),
        ("感受野", "receptive field 感受野"),
        ("pooling", "pooling 池化, 汇聚"),
        ("汇聚", "pooling 池化, 汇聚"),
        ("步幅", "stride 步长, 步幅"),
        ("  FIELD effective ", "effective receptive field 有效感受野"),
        ("batch normalization", "batch normalisation 批归一化, 批量归一化, 批量规范化"),
        ("sliding dot product without", "cross-correlation 互相关"),
    ],
)
def test_the_box_finds_english_chinese_and_meanings(glossary: Page, typed: str, term: str) -> None:
    glossary.get_by_label("Filter the terms").fill(typed)
    found = terms(glossary)
    assert term in found
    assert len(found) < 12
    # The chapter's name finds nothing: overfitting is explained in Pooling.
    assert "overfitting 过拟合" not in found
    expect(glossary.get_by_role("status")).to_have_text(f"{len(found)} of {COUNT} terms")


def test_the_keyboard_filters_clears_and_goes_to_a_letter(glossary: Page) -> None:
    glossary.get_by_role("heading", level=1).click()
    box = glossary.get_by_label("Filter the terms")
    press_tab_until(box)
    glossary.keyboard.type("zzzz")
    expect(glossary.get_by_role("status")).to_contain_text("No term")
    assert terms(glossary) == []
    glossary.keyboard.press("Escape")
    expect(box).to_have_value("")
    assert len(terms(glossary)) == COUNT
    glossary.keyboard.type("pooling")
    letters = glossary.get_by_role("navigation", name="Terms by their first letter")
    # A letter without entries is no stop on the way.
    stops = letters.get_by_role("link").all_inner_texts()
    assert "P" in stops
    assert "Q" not in stops
    press_tab_until(letters.get_by_role("link", name="P", exact=True))
    glossary.keyboard.press("Enter")
    expect(glossary.locator("#terms-p h2")).to_be_in_viewport()
    assert glossary.url.endswith("#terms-p")


def test_a_link_to_an_entry_shows_it(glossary: Page) -> None:
    glossary.get_by_label("Filter the terms").fill("pooling")
    glossary.evaluate("location.hash = '#term-stride'")
    expect(glossary.locator("#term-stride")).to_be_in_viewport()
    assert len(terms(glossary)) == COUNT


def test_every_chinese_word_says_that_it_is_chinese(glossary: Page) -> None:
    unmarked = glossary.evaluate(
        """() => {
          const article = document.querySelector("article");
          const walk = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
          const found = [];
          while (walk.nextNode()) {
            const text = walk.currentNode;
            if (/\\p{Script=Han}/u.test(text.data) && !text.parentElement.closest("[lang=zh]"))
              found.push(text.data);
          }
          return found;
        }"""
    )
    assert not unmarked
    assert glossary.locator(".terms [lang=zh]").count() > COUNT


def test_without_scripts_all_entries_and_letters_are_there(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=NARROW)
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    page.goto((site / "book" / "glossary.html").as_uri())
    expect(page.locator(".terms-find")).to_be_hidden()
    assert page.locator(".terms dt:visible").count() == COUNT
    page.get_by_role("link", name="S", exact=True).click()
    expect(page.locator("#terms-s h2")).to_be_in_viewport()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_narrow_phone_nothing_is_wider_and_axe_finds_nothing(
    browser: Browser, address: str, scheme: str
) -> None:
    page, errors = opened(
        browser, address, viewport=NARROW, color_scheme=scheme, reduced_motion="reduce"
    )
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    small = page.locator(".terms-letters a, .terms-find input").evaluate_all(
        "(all) => all.filter((e) => Math.min(e.offsetWidth, e.offsetHeight) < 24).length"
    )
    assert small == 0
    page.get_by_label("Filter the terms").fill("normalisation")
    page.evaluate(AXE)
    found = violations(page)
    page.context.close()
    assert not found, "\n\n".join(found)
    assert not errors
