"""The diagrams on the built pages, served and from disk: alive, and true to their table."""

from __future__ import annotations

import gzip
import re

import pytest
from playwright.sync_api import Locator, expect

from cnnbook import diagrams

pytestmark = pytest.mark.browser

NAMES = tuple(name for name in diagrams.__all__ if name != "Diagram")


def stored(element: Locator, caption: str) -> list[list[str]]:
    """Return the rows of a table of the fallback, without the numbers of rows and columns."""
    table = element.locator("table").filter(has=element.page.get_by_text(caption, exact=True))
    return table.locator("tr").evaluate_all(
        "(rows) => rows.slice(1).map((row) => [...row.cells].slice(1).map((c) => c.textContent))"
    )


def shown(element: Locator, label: str) -> list[list[str]]:
    return element.get_by_role("grid", name=label, exact=True).evaluate(
        "(g) => [...g.children].map((row) => [...row.children].map((cell) => "
        "cell.getAttribute('aria-label').split(': ').at(-1)))"
    )


def test_diagrams_show_what_python_stored(quiet_page, home, site, page_name):
    if not any(f"<cnnbook-{n} " in (site / page_name).read_text(encoding="utf-8") for n in NAMES):
        return  # a page without diagrams
    quiet_page.goto(f"{home}/{page_name}")
    for name in NAMES:
        for element in quiet_page.locator(f"cnnbook-{name}").all():
            if name == "sizes":
                facts = element.locator(".facts").last.locator("b").all_inner_texts()
                assert facts == stored(element, "layers")[-1]
                continue
            if name == "network":
                for bar, row in zip(
                    element.locator(".shares button").all(), stored(element, "outputs"), strict=True
                ):
                    assert bar.get_attribute("aria-label").split(": ")[1] == row[-1]
                continue
            if name == "photo":
                # The front page has a still in place of the tables; it says the same numbers.
                total = diagrams.photo().tables[-1].rows[0][0]
                expect(element.locator("p.sum")).to_contain_text(f"= {total}")
                continue
            if name == "train":
                # The element speaks of the held-out digits once it has read them, in view.
                element.scroll_into_view_if_needed()
                first = stored(element, "held-out digits")[0]
                expect(element.locator("p.sum")).to_contain_text(f"{first[1]} of 450")
                continue
            if name == "frequency":
                said = element.locator(".gain figcaption").inner_text()
                assert (
                    f"leaves {said.split(': ')[1]} of it" in element.locator("p").first.inner_text()
                )
                continue
            element.get_by_role("button", name="All", exact=True).click()
            if name == "descent":
                for row in element.locator(".app tbody tr").all():
                    title, *texts = row.locator("th, td").all_inner_texts()
                    caption = element.locator("caption").filter(has_text=title).first
                    assert texts == stored(element, caption.text_content())[-1]
                continue
            grids = {"Output": "output"}
            if name == "transposed":
                grids["Stamps per output"] = "stamps per output"
            if name == "backward":
                parts = ("output", "input", "kernel", "bias")
                grids = {f"Gradient of the {part}": f"gradient of the {part}" for part in parts}
            if name == "channels":
                count = element.get_by_role("grid", name="Output").count()
                grids = {f"Output {o}": f"output channel {o}" for o in range(count)}
            for label, caption in grids.items():
                assert shown(element, label) == stored(element, caption)


@pytest.mark.parametrize("size", [(1200, 900), (390, 844)])
def test_the_arithmetic_stays_in_view_over_a_lower_map(quiet_page, home, site, page_name, size):
    if "<cnnbook-network " not in (site / page_name).read_text(encoding="utf-8"):
        return  # a page without a network
    quiet_page.set_viewport_size({"width": size[0], "height": size[1]})
    quiet_page.goto(f"{home}/{page_name}")
    element = quiet_page.locator("cnnbook-network").first
    element.locator("canvas").nth(8).wait_for()
    for place in (1, 5, 8):
        lower = element.locator(".why ~ .box canvas").nth(place - 1)
        lower.evaluate("(e) => e.scrollIntoView({ block: 'end' })")
        lower.hover()
        top, bottom, at, high = element.locator(".why").evaluate(
            """(why) => {
              const { top, bottom, left } = why.getBoundingClientRect();
              const above = why.getRootNode().elementFromPoint(left + 30, top + 12);
              return [top, bottom, why.contains(above), innerHeight];
            }"""
        )
        assert 0 <= top < bottom <= high
        assert at
        assert lower.evaluate("(e) => e.getBoundingClientRect().bottom") > bottom


def test_a_page_loads_each_part_once_and_little(site, page_name):
    html = (site / page_name).read_text(encoding="utf-8")
    shown = {name for name in NAMES if f"<cnnbook-{name} " in html}
    if re.search("<cnnbook-(answer|guess) ", html):
        shown.add("exercises")
    files = re.findall(r'<script (?:defer )?src="[./]*(_static/diagrams\.(\w+)\.\w+\.js)"', html)
    assert sorted(name for _, name in files) == sorted({"shared", *shown} if shown else ())
    assert "cnnbookDiagrams" not in html
    weight = sum(len(gzip.compress((site / file).read_bytes(), 6)) for file, _ in files)
    assert weight <= 60_000
