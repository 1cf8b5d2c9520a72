"""The diagram of sizes: a strip of maps to scale, and what an input changes in the page."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from cnnbook import diagrams
from tests.browser.shown import Show
from tests.browser.test_diagrams_look import FRAMES

pytestmark = pytest.mark.browser

# What an action adds, removes and changes below the diagram's shadow.
CHANGES = """(element, action) => {
  const root = element.shadowRoot;
  const observer = new MutationObserver(() => {});
  observer.observe(root,
    { subtree: true, childList: true, attributes: true, characterData: true });
  const put = (field, value, type) => {
    field.value = value;
    field.dispatchEvent(new Event(type));
  };
  const named = (name) => root.querySelector(`[aria-label="${name}"]`);
  if (action === "nothing") element.set({});
  if (action === "padding") put(named("padding of layer 0"), "0", "change");
  if (action === "channels") put(named("out_channels of layer 0"), "7", "change");
  if (action === "row") put(named("row"), "1", "input");
  if (action === "add") element.add();
  const found = { added: 0, removed: 0, changed: 0 };
  for (const record of observer.takeRecords()) {
    found.added += record.addedNodes.length;
    found.removed += record.removedNodes.length;
    found.changed += record.type === "childList" ? 0 : 1;
  }
  observer.disconnect();
  return [found, root.querySelectorAll("*").length];
}"""


@pytest.fixture
def show(show: Show) -> Show:
    """Return what opens a diagram and can wait for its frames."""

    def open_page(made: diagrams.Diagram, **settings: Any) -> Locator:
        element = show(made, **settings)
        element.page.evaluate(FRAMES)
        return element

    return open_page


def centre(element: Locator, stage: int) -> tuple[float, float]:
    """Return the middle of a map on the screen."""
    box = element.locator("rect.map").nth(stage).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def layer(element: Locator) -> str:
    """Return which layer is chosen."""
    chosen = element.get_by_label("of layer", exact=True).locator("option:checked")
    return chosen.inner_text()


def sides(element: Locator) -> list[float]:
    return [
        element.locator("rect.map").nth(stage).bounding_box()["width"]  # type: ignore[index]
        for stage in range(element.locator("rect.map").count())
    ]


@pytest.mark.parametrize(
    ("action", "added", "changed"),
    [
        # The text field to copy from is hidden, as it was.
        ("nothing", 0, 1),
        # Facts and captions of the layers below; no element but texts.
        ("channels", 16, 4),
        ("row", 2, 20),
        # All maps get another place: their attributes, not they themselves.
        ("padding", 40, 220),
        # One line of the form and one map; the others move.
        ("add", 45, 220),
    ],
)
def test_an_input_changes_little(show, action, added, changed):
    element = show(diagrams.sizes(), viewport={"width": 1024, "height": 900})
    found, whole = element.evaluate(CHANGES, action)
    assert found["added"] <= added
    assert found["removed"] <= added
    assert found["changed"] <= changed
    if action != "nothing":
        assert found["added"] + found["changed"] > 0
    assert whole > 250


@pytest.mark.parametrize("width", [320, 390, 800, 1440])
def test_maps_stand_to_scale(show, width):
    layers = [("max_pool2d", {"kernel_size": 2})] * 2
    element = show(diagrams.sizes((1, 64, 64), layers), viewport={"width": width, "height": 900})
    first, second, third = sides(element)
    assert first == pytest.approx(2 * second, abs=2)
    assert second == pytest.approx(2 * third, abs=2)
    # AlexNet's last maps have 6 rows, its input 227: even they can be hit.
    element.get_by_label("stack", exact=True).select_option(label="AlexNet's features")
    element.page.evaluate(FRAMES)
    assert len(sides(element)) == 9
    assert min(sides(element)) >= 24
    assert max(sides(element)) >= 60


def test_the_strip_is_what_one_sees_first(show):
    for width in (320, 1024):
        element = show(diagrams.sizes(), viewport={"width": width, "height": 900})
        strip = element.locator("svg.strip").bounding_box()
        form = element.locator("details.form").bounding_box()
        assert strip["y"] < 260
        assert strip["y"] + strip["height"] <= form["y"]


def test_pointing_at_a_map_shows_its_field(show):
    layers = [("conv2d", {"out_channels": 1, "kernel_size": 3})] * 2
    element = show(diagrams.sizes((1, 9, 9), layers), viewport={"width": 800, "height": 900})
    strip, mouse = element.get_by_role("img"), element.page.mouse
    before = strip.get_attribute("aria-label")
    assert before == "Output [2, 2] sees rows 2 to 6 and columns 2 to 6 of the input."
    # In the map of the first layer, 7×7: its middle sees 3×3 of the input.
    mouse.move(*centre(element, 1))
    expect(strip).to_have_attribute(
        "aria-label", "Output [3, 3] sees rows 3 to 5 and columns 3 to 5 of the input."
    )
    visible = [rect for rect in element.locator("rect.kernel").all() if rect.is_visible()]
    assert len(visible) == 2
    assert len([d for d in element.locator("path.field").all() if d.get_attribute("d")]) == 1
    mouse.move(1, 1)
    expect(strip).to_have_attribute("aria-label", before)
    # In the input the field follows: the upper left corner.
    box = element.locator("rect.map").first.bounding_box()
    mouse.move(box["x"] + 2, box["y"] + 2)
    expect(strip).to_have_attribute(
        "aria-label", "Output [0, 0] sees rows 0 to 4 and columns 0 to 4 of the input."
    )
    mouse.click(*centre(element, 1))
    mouse.move(1, 1)
    assert layer(element) == "0: conv2d"
    expect(element.locator(".layers li").nth(0)).to_have_class("chosen")
    expect(element.locator(".layers li").nth(1)).not_to_have_class("chosen")


def test_a_finger_picks_a_map(show):
    element = show(
        diagrams.sizes(), viewport={"width": 390, "height": 900}, has_touch=True, is_mobile=True
    )
    element.page.touchscreen.tap(*centre(element, 1))
    assert layer(element) == "0: conv2d"
    expect(element.get_by_role("img")).to_have_attribute(
        "aria-label", "Output [14, 14] sees rows 12 to 16 and columns 12 to 16 of the input."
    )


def test_a_removed_layer_takes_only_its_line(show):
    """A line that is still meant is not made anew: what a reader does there goes on."""
    element = show(diagrams.sizes(), viewport={"width": 1024, "height": 900})
    element.evaluate(
        "(e) => { for (const { row } of e.lines) row.dataset.mark = row.textContent; }"
    )
    kinds = [row.locator("select").input_value() for row in element.locator(".layers li").all()]
    element.get_by_role("button", name="remove layer 6").click()
    assert element.locator(".layers li[data-mark]").count() == 7
    assert element.locator(".layers li").count() == 7
    left = [row.locator("select").input_value() for row in element.locator(".layers li").all()]
    assert left == [*kinds[:6], kinds[7]]
    assert element.get_by_label("out_features of layer 6").input_value() == "10"
    element.get_by_label("layer 1", exact=True).select_option("avg_pool2d")
    assert element.locator(".layers li").nth(1).get_attribute("data-mark") is None
    assert element.locator(".layers li[data-mark]").count() == 6
