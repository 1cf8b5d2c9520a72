"""The backward diagram shows where a number flows, through all its grids."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from cnnbook import diagrams
from tests.browser.test_diagrams_driven import cell, grid, sentence
from tests.browser.test_diagrams_look import FRAMES, HEAD
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

#: Where the lines end, in the window's coordinates: the points of their heads.
ENDS = """(element) => {
  const { over, line } = element.flow;
  const { x, y } = over.getBoundingClientRect();
  return [...line.getAttribute("d").matchAll(/L([-\\d.]+) ([-\\d.]+)L/g)].map((found) =>
    [x + Number(found[1]), y + Number(found[2])]);
}"""
GRADIENTS = ("kernel", "input", "bias")


@pytest.fixture
def page(browser: Browser, tmp_path):
    context = browser.new_context(viewport={"width": 900, "height": 1000})
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    file = tmp_path / "page.html"
    file.write_text(HEAD + diagrams.backward()._repr_html_(), encoding="utf-8")
    page.goto(file.as_uri())
    page.evaluate(FRAMES)
    yield page
    context.close()


def marked(page: Page, label: str) -> list[list[int]]:
    element = page.locator("cnnbook-backward")
    return (
        grid(element, label)
        .locator(".tap, .reader")
        .evaluate_all("(all) => all.map((e) => [+e.dataset.r, +e.dataset.c])")
    )


def near(point, box) -> bool:
    """Whether a point lies on the edge of a box or within."""
    x, y = point
    inside = box["x"] - 2 <= x <= box["x"] + box["width"] + 2
    return inside and box["y"] - 2 <= y <= box["y"] + box["height"] + 2


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_an_output_s_blame_flows_to_all_gradients(page, way):
    element = page.locator("cnnbook-backward")
    target = cell(element, "Gradient of the output", 1, 1)
    if way == "mouse":
        target.hover()
    else:
        cell(element, "Gradient of the output", 0, 0).focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
    patch = [[1, 1], [1, 2], [2, 1], [2, 2]]
    whole = [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert marked(page, "Input") == marked(page, "Gradient of the input") == patch
    assert marked(page, "Kernel") == marked(page, "Gradient of the kernel") == whole
    assert marked(page, "Gradient of the bias") == [[0, 0]]
    ends = element.evaluate(ENDS)
    assert len(ends) == 3
    for end, part in zip(ends, GRADIENTS, strict=True):
        box = grid(element, f"Gradient of the {part}").bounding_box()
        assert near(end, box)
        others = [
            grid(element, f"Gradient of the {o}").bounding_box() for o in GRADIENTS if o != part
        ]
        assert not any(near(end, other) for other in others)
    said = sentence(element).splitlines()
    assert said[0].startswith("dy[1, 1] = 4 adds 4 × its patch")
    assert said[1:] == ["to dw: 4×4, 4×5, 4×7, 4×8", "to dx: 4×0, 4×1, 4×2, 4×3", "to db: 4"]


@pytest.mark.parametrize(
    ("part", "place", "sources", "said"),
    [
        ("input", (1, 1), 4, "dx[1, 1] = 1×3 + 2×2 + 3×1 + 4×0 = 10"),
        ("input", (0, 0), 1, "dx[0, 0] = 1×0 = 0"),
        ("kernel", (0, 1), 4, "dw[0, 1] = 1×1 + 2×2 + 3×4 + 4×5 = 37"),
        ("bias", (0, 0), 4, "db = 1×1 + 2×1 + 3×1 + 4×1 = 10"),
    ],
)
def test_in_reverse_a_gradient_shows_where_it_is_from(page, part, place, sources, said):
    element = page.locator("cnnbook-backward")
    target = cell(element, f"Gradient of the {part}", *place)
    target.hover()
    assert sentence(element).strip() == said
    assert len(marked(page, "Gradient of the output")) == sources
    ends = element.evaluate(ENDS)
    assert len(ends) == sources
    assert all(near(end, target.bounding_box()) for end in ends)


def test_the_lines_follow_the_grids(page):
    element = page.locator("cnnbook-backward")
    for width in (320, 1440):
        page.set_viewport_size({"width": width, "height": 1000})
        page.evaluate(FRAMES)
        ends = element.evaluate(ENDS)
        boxes = [grid(element, f"Gradient of the {part}").bounding_box() for part in GRADIENTS]
        assert all(near(end, box) for end, box in zip(ends, boxes, strict=True))
