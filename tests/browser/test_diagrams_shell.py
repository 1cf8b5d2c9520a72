"""What all diagrams share: what to do, More, Reset, painting, links to a state, pictures of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cnnbook import diagrams
from tests.browser.shown import HEAD
from tests.browser.test_diagrams_driven import cell, numbers, press, sentence
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

NAMES = tuple(name for name in diagrams.__all__ if name != "Diagram")
#: What a reader changes in each, as a state.
CHANGES: dict[str, dict[str, Any]] = {
    "backward": {"stride": [2, 2], "x": [[1, 2, 3, 4]] * 4},
    "channels": {"bias": [1, -1, 0.5]},
    "convolution": {"kernel": [[1, 0], [0, -1]], "padding": [1, 1]},
    "descent": {"surface": "saddle", "steps": 20, "start": [1, 1]},
    "frequency": {"kernel": [0.5, 0.5], "frequency": 0.25, "stride": 4},
    "network": {"x": [0.5] * 64},
    "photo": {"picture": "flower", "stride": [2, 2], "colour": True, "at": [10, 20]},
    "pooling": {"mode": "mean", "kernel_size": [3, 3]},
    "sizes": {"input_size": [3, 40, 40]},
    "train": {"optimiser": "SGD", "lr": 0.2, "batch_size": 64, "shuffled": True, "seed": 3},
    "transposed": {"kernel": [[1, 2], [3, 4]], "padding": [1, 0]},
}
PAGE = HEAD.replace("<html ", '<html data-content_root="./" ')


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 700, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(MILLISECONDS)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert not errors


@pytest.fixture
def visit(page: Page, tmp_path: Path) -> Any:
    """Open a page of the book with diagrams on it, from disk."""

    def open_page(*shown: diagrams.Diagram, address: str = "") -> Locator:
        file = tmp_path / "page.html"
        file.write_text(PAGE + "".join(d._repr_html_() for d in shown), encoding="utf-8")
        page.goto("about:blank")
        page.goto(file.as_uri() + address)
        element = page.locator(f"cnnbook-{shown[0].name}").first
        element.locator(".app").wait_for()
        return element

    return open_page


def made(name: str) -> diagrams.Diagram:
    return getattr(diagrams, name)()


def changed(element: Locator) -> dict[str, Any]:
    return json.loads(element.evaluate("(e) => JSON.stringify(e.changes())"))


@pytest.mark.parametrize("name", NAMES)
def test_a_diagram_says_what_to_do_first(visit, name):
    element = visit(made(name))
    assert len(element.locator(".app > :first-child.hint").inner_text()) > 30


@pytest.mark.parametrize("name", NAMES)
def test_a_link_carries_the_state(visit, page, name):
    element = visit(made(name))
    assert changed(element) == {}
    element.evaluate("(e, changes) => e.take(changes)", CHANGES[name])
    page.wait_for_url(re.compile("#"))
    address = page.evaluate("location.hash")
    again = visit(made(name), address=address)
    assert changed(again) == changed(element) != {}
    press(again, "Reset")
    assert changed(again) == {}


def test_a_link_finds_the_second_of_two(visit, page):
    state = quote(json.dumps({"kernel": [[2]]}))
    first = visit(made("convolution"), made("convolution"), address=f"#convolution-2={state}")
    assert changed(first) == {}
    assert changed(page.locator("cnnbook-convolution").nth(1)) == {"kernel": [[2]]}


def test_what_a_link_leads_to_is_drawn_before_what_stands_above_it(page, tmp_path):
    # As on a built page: the scripts come when every element stands there.
    above, _, script = made("convolution")._repr_html_().partition("<script>")
    file = tmp_path / "page.html"
    file.write_text(f"{PAGE}{above}{above}{above}<script>{script}", encoding="utf-8")
    page.add_init_script(
        """window.drawn = [];
        const open = Element.prototype.attachShadow;
        Element.prototype.attachShadow = function (...given) {
          window.drawn.push([...document.querySelectorAll("cnnbook-convolution")].indexOf(this));
          return open.apply(this, given);
        };"""
    )
    page.goto(f"{file.as_uri()}#convolution-2={quote(json.dumps({'kernel': [[2]]}))}")
    elements = page.locator("cnnbook-convolution")
    for place in range(3):
        elements.nth(place).locator(".app > .hint").wait_for()
    assert page.evaluate("window.drawn") == [1, 0, 2]
    assert [changed(elements.nth(place)) for place in range(3)] == [{}, {"kernel": [[2]]}, {}]
    expect(elements.nth(1).locator(".app > .hint")).to_be_in_viewport()


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "%",
        "null",
        "[]",
        json.dumps({"__proto__": {"x": 1}}),
        json.dumps({"presets": {}}),
        json.dumps({"x": "<b>"}),
        json.dumps({"kernel": [[1, 2], [3]]}),
        json.dumps({"stride": {"0": 1}}),
        json.dumps({"padding_mode": "</textarea><script>alert(1)</script>"}),
        json.dumps({"x": [[1] * 3000]}),
    ],
)
def test_a_hostile_link_changes_nothing(visit, page, text):
    element = visit(made("convolution"), address=f"#convolution-1={quote(text)}")
    expect(element.get_by_role("alert")).not_to_be_empty()
    assert changed(element) == {}
    assert sentence(element).endswith("= 19")
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("name", ["channels", "descent", "network", "photo", "sizes"])
def test_what_breaks_a_diagram_brings_its_example(visit, name):
    for key in CHANGES[name]:
        if key == "steps":
            continue  # 5 is a number of steps
        for value in (None, 5, "x", [[]], {"a": 1}, [None], [["x", {}]]):
            if (key, value) == ("stride", 5):
                continue  # of a photograph
            address = f"#{name}-1={quote(json.dumps({key: value}))}"
            element = visit(made(name), address=address)
            expect(element.get_by_role("alert")).not_to_be_empty()
            assert changed(element) == {}


def test_a_notebook_has_no_links(browser, tmp_path):
    page = browser.new_page()
    file = tmp_path / "output.html"
    file.write_text(HEAD + made("pooling")._repr_html_(), encoding="utf-8")
    page.goto(file.as_uri() + "#pooling-1=%7B%22mode%22%3A%22mean%22%7D")
    element = page.locator("cnnbook-pooling")
    assert changed(element) == {}
    assert element.get_by_role("button", name="Copy link").count() == 0
    page.close()


def test_more_waits_until_it_is_needed(visit):
    element = visit(diagrams.convolution())
    expect(element.get_by_label("dilation")).to_be_hidden()
    element.get_by_text("More", exact=True).click()
    expect(element.get_by_label("dilation")).to_be_visible()
    element = visit(diagrams.convolution(np.arange(49).reshape(7, 7), np.ones((3, 3)), dilation=2))
    expect(element.get_by_label("dilation")).to_be_visible()


def test_presets_fit_and_reset_returns(visit):
    element = visit(diagrams.convolution(np.eye(4), np.ones((2, 2)), stride=2))
    example = element.get_by_label("example", exact=True)
    options = example.locator("option").all_inner_texts()
    assert options[0] == "this chapter's example"
    for option in options:
        example.select_option(label=option)
        assert not element.get_by_role("alert").inner_text()
        assert example.evaluate("(e) => e.selectedOptions[0].text") == option
    press(element, "Reset")
    assert changed(element) == {}
    assert example.evaluate("(e) => e.selectedOptions[0].text") == "this chapter's example"


def centre(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_drag_paints(visit, page):
    element = visit(diagrams.convolution(np.array([[0, 0, 0], [0, 7, 7], [0, 0, 0]]), [[1]]))

    def drag(*places: tuple[int, int]) -> None:
        page.mouse.move(*centre(cell(element, "Input", *places[0])))
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*centre(cell(element, "Input", *place)), steps=3)
        page.mouse.up()

    drag((0, 0), (0, 1), (0, 2))
    assert numbers(element, "Input")[0] == ["7", "7", "7"]
    drag((1, 2), (1, 1))
    assert numbers(element, "Input")[1] == ["0", "0", "0"]
    # Pressed and let go on one cell is no drag.
    drag((2, 2))
    assert numbers(element, "Input")[2] == ["0", "0", "0"]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_can_be_saved(visit, page, tmp_path, name):
    element = visit(made(name))
    with page.expect_download() as waiting:
        press(element, "Save picture")
    download = waiting.value
    assert download.suggested_filename == f"cnnbook-{name}.png"
    file = tmp_path / "saved.png"
    download.save_as(file)
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size > 5_000
