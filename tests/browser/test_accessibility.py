"""Every page for every reader: axe finds nothing, and the keyboard leads everywhere, visibly."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import rest
from tests.browser.loading import DESKTOP, PHONE
from tests.patience import MILLISECONDS

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# WCAG 2.2, levels A and AA; and a rule of level A that axe counts as experimental.
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"label-content-name-mismatch": {"enabled": True}},
    "resultTypes": ["violations"],
}
FOCUS = """() => {
  const e = document.activeElement;
  const style = getComputedStyle(e);
  return {
    name: e.nodeName, text: e.textContent.trim(), link: e.getAttribute("href"),
    outline: parseFloat(style.outlineWidth) * (style.outlineStyle !== "none"),
    place: scrollY + e.getBoundingClientRect().y,
    seen: e.getBoundingClientRect().width > 0 && e.getBoundingClientRect().top >= 0,
  };
}"""


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page as it stands.

    The cells of a diagram show a number rounded and bear it in full as their name: no fault.
    """
    result = page.evaluate("(options) => axe.run(document, options)", OPTIONS)
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]}\n{node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"]
        if rule["id"] != "label-content-name-mismatch" or 'role="gridcell"' not in node["html"]
    ]


@pytest.mark.browser
@pytest.mark.proof  # many seconds a page
@pytest.mark.parametrize(("scheme", "screen"), [("light", DESKTOP), ("dark", PHONE)])
def test_axe_finds_nothing(
    browser: Browser, address: str, page_name: str, scheme: str, screen: dict
) -> None:
    context = browser.new_context(viewport=screen, color_scheme=scheme, reduced_motion="reduce")
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    page.goto(f"{address}/{page_name}")
    rest(page)
    page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    page.evaluate(AXE)
    found = violations(page)
    context.close()
    assert not found, "\n\n".join(found)


@pytest.mark.browser
def test_axe_would_find_a_fault(quiet_page: Page, address: str) -> None:
    quiet_page.goto(f"{address}/book/how_to_cite.html")
    quiet_page.evaluate(AXE)
    quiet_page.evaluate(
        """() => document.querySelector("article").insertAdjacentHTML("beforeend",
          '<p style="color: #999">pale</p><button aria-label="Close">Open</button><img src="">')"""
    )
    found = "\n".join(violations(quiet_page))
    for rule in ("color-contrast", "label-content-name-mismatch", "image-alt"):
        assert rule in found


def skip(page: Page) -> None:
    """Take the first stop of the keyboard, the link that skips to the text."""
    page.keyboard.press("Tab")
    # The link slides in. (wait_for_function would need eval, which the pages' policy refuses.)
    page.evaluate(
        """async () => {
          while (document.activeElement.getBoundingClientRect().top < 0)
            await new Promise(requestAnimationFrame);
        }"""
    )
    stop = page.evaluate(FOCUS)
    assert (stop["text"], stop["link"]) == ("Skip to main content", "#main-content")
    assert stop["seen"]
    page.keyboard.press("Enter")


@pytest.mark.browser
def test_the_first_stop_skips_to_the_text(quiet_page: Page, address: str) -> None:
    quiet_page.goto(f"{address}/book/pooling.html")
    skip(quiet_page)
    quiet_page.keyboard.press("Tab")
    assert quiet_page.evaluate("!!document.activeElement.closest('#main-content')")


@pytest.mark.browser
def test_the_second_stop_skips_to_the_diagram(quiet_page: Page, address: str) -> None:
    quiet_page.goto(f"{address}/book/convolution.html")
    quiet_page.keyboard.press("Tab")
    quiet_page.keyboard.press("Tab")
    assert quiet_page.evaluate("document.activeElement.textContent") == "Skip to the diagram"
    quiet_page.keyboard.press("Enter")
    quiet_page.keyboard.press("Tab")
    assert quiet_page.evaluate("document.activeElement.id") == "first-diagram"


@pytest.mark.browser
def test_printed_output_is_no_stop(quiet_page: Page, address: str) -> None:
    quiet_page.goto(f"{address}/book/convolution.html")
    rest(quiet_page)
    assert quiet_page.locator(".cell_input .copybtn").count() > 5
    assert quiet_page.locator(".cell_output .copybtn").count() == 0


@pytest.mark.browser
def test_a_formula_is_a_stop_only_while_it_scrolls(quiet_page: Page, address: str) -> None:
    quiet_page.goto(f"{address}/book/backpropagation.html")
    stops = quiet_page.locator(":is(span.math, mjx-container)[tabindex]")
    expect(stops).to_have_count(0)
    quiet_page.set_viewport_size({"width": 320, "height": 800})
    expect(stops).not_to_have_count(0)
    assert stops.evaluate_all("(all) => all.every((e) => e.scrollWidth > e.clientWidth)")
    assert stops.count() < quiet_page.locator(".math").count() / 4


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_keyboard_goes_down_the_page_and_is_seen(
    browser: Browser, address: str, scheme: str
) -> None:
    context = browser.new_context(viewport=DESKTOP, color_scheme=scheme, reduced_motion="reduce")
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    page.goto(f"{address}/book/pooling.html")
    rest(page)
    unseen, kinds, places = [], set(), []
    for start in ("", "article"):
        if start:
            skip(page)
        for _ in range(40):
            page.keyboard.press("Tab")
            stop = page.evaluate(FOCUS)
            kinds.add(stop["name"])
            # The diagrams show the focus inside of themselves.
            if "-" not in stop["name"] and stop["outline"] < 2:
                unseen.append(stop)
            if start:
                places.append(stop["place"])
        page.reload()
        rest(page)
    context.close()
    assert not unseen
    assert {"A", "BUTTON"} <= kinds
    in_article = places[8:]
    assert sum(b >= a - 60 for a, b in pairwise(in_article)) >= len(in_article) - 3
