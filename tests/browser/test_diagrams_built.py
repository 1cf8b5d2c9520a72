"""The diagrams on the built pages, served and from disk: alive, and true to their table."""

from __future__ import annotations

import gzip
import re

import pytest
from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

NAMES = ("backward", "convolution", "channels", "descent", "network", "pooling", "sizes")


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
            element.get_by_role("button", name="All", exact=True).click()
            if name == "descent":
                for row in element.locator(".app tbody tr").all():
                    title, *texts = row.locator("th, td").all_inner_texts()
                    caption = element.locator("caption").filter(has_text=title).first
                    assert texts == stored(element, caption.text_content())[-1]
                continue
            grids = {"Output": "output"}
            if name == "backward":
                parts = ("output", "input", "kernel", "bias")
                grids = {f"Gradient of the {part}": f"gradient of the {part}" for part in parts}
            if name == "channels":
                count = element.get_by_role("grid", name="Output").count()
                grids = {f"Output {o}": f"output channel {o}" for o in range(count)}
            for label, caption in grids.items():
                assert shown(element, label) == stored(element, caption)


def test_a_page_loads_each_part_once_and_little(site, page_name):
    html = (site / page_name).read_text(encoding="utf-8")
    shown = {name for name in NAMES if f"<cnnbook-{name} " in html}
    if re.search("<cnnbook-(answer|guess) ", html):
        shown.add("exercises")
    files = re.findall(r'<script defer src="[./]*(_static/diagrams\.(\w+)\.\w+\.js)"', html)
    assert sorted(name for _, name in files) == sorted({"shared", *shown} if shown else ())
    assert "cnnbookDiagrams" not in html
    weight = sum(len(gzip.compress((site / file).read_bytes(), 6)) for file, _ in files)
    assert weight <= 60_000
