"""How the second edition's pages fit a screen, and the reader's way through all chapters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from book._tools import contents
from tests import anatomy
from tests.browser.loading import PHONE
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

CHAPTERS = [contents.short_name(path) for path in contents.second_edition()]
WORKSHOPS = [f"{contents.WORKSHOPS}/{name}" for name in CHAPTERS]
NUMBERED = [page for page in contents.pages() if page.number]


def address(site: Path, name: str) -> str:
    return (site / "book" / f"{name}.html").as_uri()


@pytest.fixture(scope="module", params=CHAPTERS)
def seen(browser: Browser, site: Path, request: pytest.FixtureRequest) -> dict[int, dict[str, Any]]:
    page = address(site, request.param)
    return {width: anatomy.fit(browser, page, width) for width in (1440, 1200, 390)}


def test_a_chapter_has_few_screens(seen: dict[int, dict[str, Any]]) -> None:
    assert seen[1440]["height"] <= anatomy.SCREENS * 900


def test_the_first_screen_has_something_to_see(seen: dict[int, dict[str, Any]]) -> None:
    assert seen[1440]["bottom"] <= 900
    assert seen[390]["top"] <= 900 - 100


@pytest.mark.parametrize("name", [*CHAPTERS, *WORKSHOPS])
def test_no_line_is_cut_on_a_laptop(browser: Browser, site: Path, name: str) -> None:
    assert anatomy.fit(browser, address(site, name), 1200)["cut"] == []


@pytest.fixture
def page(browser: Browser, site: Path) -> Iterator[Page]:
    """A chapter of the second edition, opened from disk."""
    context = browser.new_context(reduced_motion="reduce")
    opened = context.new_page()
    opened.set_default_timeout(MILLISECONDS)
    opened.goto(address(site, CHAPTERS[0]))
    yield opened
    context.close()


@pytest.mark.parametrize("own", NUMBERED, ids=lambda page: page.short)
def test_previous_and_next_lead_from_chapter_to_chapter(
    browser: Browser, site: Path, own: contents.Page
) -> None:
    page = browser.new_page()
    page.goto((site / f"{own.name}.html").as_uri())
    same = [other for other in contents.pages() if bool(other.chapter) == bool(own.chapter)]
    at = same.index(own)
    around = {"prev": same[:at][-1:], "next": same[at + 1 :][:1]}
    for side, others in around.items():
        wanted = [(site / f"{other.name}.html").as_uri() for other in others]
        bottom = page.locator(f".prev-next-area .{'left-prev' if side == 'prev' else 'right-next'}")
        assert [link.evaluate("e => e.href") for link in bottom.all()] == wanted
        top = page.locator(f".cnnbook-way a.{side}")
        numbered = [at for at, other in zip(wanted, others, strict=True) if other.number]
        assert [link.evaluate("e => e.href") for link in top.all()] == numbered
    what = f"Workshop of chapter {own.number}" if own.chapter else f"Chapter {own.number}"
    expect(page.locator(".cnnbook-way > p")).to_contain_text(f"{what} · {own.part}")
    chapter = page.locator(".bd-sidebar-primary .toctree-l1.current > a .cnnbook-number")
    expect(chapter).to_have_text(str(own.number))
    page.close()


def test_chapter_and_workshop_lead_to_each_other(page: Page) -> None:
    page.locator(".cnnbook-way").get_by_role("link", name="Workshop").click()
    page.wait_for_url("**/workshop/*.html")
    nested = page.locator(".bd-sidebar-primary .toctree-l1.current .toctree-l2.current > a")
    expect(nested).to_be_visible()
    page.locator(".cnnbook-way").get_by_role("link", name="Chapter").click()
    page.wait_for_url(f"**/book/{CHAPTERS[0]}.html")


def test_code_is_hidden_and_the_switch_remembers(page: Page) -> None:
    code = page.locator(".cell_input:visible, .cell details.hide:visible")
    switch = page.get_by_role("button", name="Hide code")
    shown = code.count()
    assert shown > 3
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.focus()
    page.keyboard.press("Enter")
    expect(code).to_have_count(0)
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert page.locator("cnnbook-guess").first.is_visible()
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert code.count() == 0
    switch.click()
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "false")
    assert code.count() == shown


def test_without_storage_the_switch_works_for_the_page(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('none'); } })"
    )
    page.goto(address(site, CHAPTERS[0]))
    switch = page.get_by_role("button", name="Hide code")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".cell_input:visible")).to_have_count(0)
    page.close()


def test_without_scripts_there_is_no_switch(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(site, CHAPTERS[0]))
    assert page.locator(".cnnbook-code").is_hidden()
    assert page.locator(".cnnbook-way a").first.is_visible()
    context.close()


def test_the_line_shows_how_far_the_reader_is(page: Page) -> None:
    line = page.locator(".cnnbook-read > i")
    width = "e => e.getBoundingClientRect().width / innerWidth"
    assert line.evaluate(width) < 0.01
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    expect(line).to_have_attribute("style", re.compile(r"scaleX\(1\)"))
    assert line.evaluate(width) > 0.98
    assert line.evaluate("e => getComputedStyle(e).transitionDuration") in ("", "0s")
    assert line.evaluate("e => e.getAnimations().length") == 0


def test_the_way_fits_a_phone(browser: Browser, site: Path) -> None:
    page = browser.new_page(viewport=PHONE)
    page.goto(address(site, CHAPTERS[0]))
    assert page.locator(".cnnbook-way").evaluate("e => e.getBoundingClientRect().height") < 90
    for link in page.locator(".cnnbook-way a, .cnnbook-way button").all():
        box = link.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
    page.close()
