"""The front page plays on its first screen, remembers, and stands still where no script runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import listen
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

SCREENS = [(1440, 900), (390, 900)]


def opened(browser: Browser, address: str, width: int, **options: object) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_the_first_screen_shows_the_picture(
    browser: Browser, site: Path, width: int, height: int
) -> None:
    page = opened(browser, (site / "index.html").as_uri(), width)
    box = page.locator("cnnbook-photo canvas").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] / 2 < height
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.context.close()


def test_the_diagram_takes_the_place_of_the_still(browser: Browser, site: Path) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    requests: list[str] = []
    listen(page, errors, requests)
    page.goto((site / "index.html").as_uri())
    page.locator("cnnbook-photo .app").wait_for(timeout=MILLISECONDS)
    still = page.locator("cnnbook-photo .still img")
    expect(still).to_be_hidden()
    assert any("_static/diagrams.photo." in address for address in requests)
    assert not errors
    context.close()


def test_without_scripts_a_still_stands_there(browser: Browser, site: Path) -> None:
    page = opened(browser, (site / "index.html").as_uri(), 390, java_script_enabled=False)
    expect(page.locator("cnnbook-photo .still img")).to_be_visible()
    expect(page.locator(".chapter-cards li").first).to_be_visible()
    expect(page.get_by_role("link", name="Start")).to_be_visible()
    page.context.close()


def test_a_card_shows_what_was_answered_and_is_one_link(browser: Browser, site: Path) -> None:
    page = opened(browser, (site / "index.html").as_uri(), 1440)
    page.evaluate(
        """() => {
          const folder = new URL(document.documentElement.dataset.content_root, location.href);
          localStorage.setItem(`cnnbook:${folder.pathname}:pooling`, "3/4");
          dispatchEvent(new Event("cnnbook-progress"));
        }"""
    )
    mark = page.locator(".chapter-cards .cnnbook-mark")
    expect(mark).to_have_text("3/4")
    assert mark.evaluate("(e) => e.style.getPropertyValue('--share')") == "75%"
    card = page.locator(".chapter-cards li").filter(has_text="Pooling").locator("img")
    card.scroll_into_view_if_needed()
    box = card.bounding_box()
    assert box is not None
    # The card's link lies over its picture and takes the press: so a press on the place, no more.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/book/pooling.html")
    page.context.close()


def test_the_studio_is_wide_and_a_link_to_its_network_arrives(browser: Browser, site: Path) -> None:
    page = opened(browser, (site / "index.html").as_uri(), 1440)
    page.get_by_role("link", name="Play with a network").click()
    page.wait_for_url("**/studio.html#fool-a-network")
    network = page.locator("cnnbook-network .app")
    network.wait_for()
    box = network.bounding_box()
    assert box is not None
    assert box["width"] > 950
    expect(page.get_by_role("heading", name="Fool a network")).to_be_in_viewport()
    page.context.close()
