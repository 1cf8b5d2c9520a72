"""The diagram of frequencies under mouse and keyboard: gains, sums, what a stride makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from cnnbook import diagrams
from cnnbook.diagrams._frequency import alias, gain, samples
from cnnbook.diagrams.values import number, percent
from tests.browser.test_diagrams_driven import cell, press, refusal, sentence, show

pytestmark = pytest.mark.browser

__all__ = ["place", "show"]  # fixtures

KERNEL = np.array([0.25, 0.5, 0.25])
# The middles of the dots of a kind, in a row: its x, and its height over the whole picture's.
DOTS = """(element, [row, name]) => element.shadowRoot.querySelectorAll(".app > figure svg")[row]
  .querySelector(`path.${name}`).getAttribute("d").split("M").slice(1)
  .map((part) => part.replace("h0", "").split(" ").map(Number))"""


@pytest.fixture
def place() -> str:
    return "from disk"


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_rows_are_drawn_from_the_samples(show, stride):
    f = 0.3125
    element = show(diagrams.frequency(KERNEL, f, stride))
    for row, values in enumerate(samples(KERNEL, f, 33)):
        kept = np.array(element.evaluate(DOTS, [row, "kept"]))
        np.testing.assert_array_equal(kept[:, 0], np.arange(0, 33, stride))
        np.testing.assert_allclose(kept[:, 1], -0.87 * values[::stride], atol=1e-4)
        dropped = element.evaluate(DOTS, [row, "dropped"])
        assert len(kept) + len(dropped) == 33


@pytest.mark.parametrize(("f", "stride"), [(0.375, 2), (0.45, 2), (0.3, 4), (0.1, 2)])
def test_the_dashed_wave_goes_through_the_kept_samples(show, f, stride):
    element = show(diagrams.frequency([-1, 0.5, 0.25], f, stride))
    for row in (0, 1):
        kept = element.evaluate(DOTS, [row, "kept"])
        path = element.locator(".app > figure svg").nth(row).locator("path.seems")
        curve = path.get_attribute("d")
        assert curve
        points = {
            float(x): float(y)
            for x, y in (pair.split(" ") for pair in curve.replace("M", "L").split("L")[1:])
        }
        np.testing.assert_allclose([points[x] for x, _ in kept], [y for _, y in kept], atol=2e-4)
        # As often as the alias does, it crosses the middle.
        signs = np.sign(list(points.values()))
        crossings = np.count_nonzero(np.diff(signs[signs != 0]))
        assert abs(crossings - 2 * 32 * alias(f, stride)) <= 1


def test_the_slider_moves_the_wave(show):
    element = show(diagrams.frequency(KERNEL, 0.25, 2))
    slider = element.get_by_label("frequency", exact=True)
    slider.focus()
    element.page.keyboard.press("ArrowRight")
    said = f"Gain at {number(49 / 192)} cycles per pixel: {percent(gain(KERNEL, 49 / 192))}"
    expect(element.locator(".gain figcaption")).to_have_text(said)
    element.page.keyboard.press("End")
    expect(element.locator(".gain figcaption")).to_have_text("Gain at 0.5 cycles per pixel: 0 %")
    expect(slider).to_have_attribute("aria-valuetext", "0.5 cycles per pixel, gain 0 %")


def test_a_drag_in_the_curve_moves_the_wave(show):
    element = show(diagrams.frequency(KERNEL, 0.125, 2))
    box = element.locator(".gain svg").bounding_box()
    mouse = element.page.mouse
    mouse.move(box["x"] + box["width"] / 4, box["y"] + 20)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 20, steps=3)
    mouse.up()
    expect(element.locator(".gain figcaption")).to_contain_text("Gain at 0.375")
    expect(element.get_by_text("looks like |0.375·2 − 1| / 2 = 0.125.")).to_be_visible()
    press(element, "Reset")
    expect(element.locator(".gain figcaption")).to_contain_text("Gain at 0.125")


def test_a_sample_says_its_sum(show):
    element = show(diagrams.frequency(KERNEL, 0.125, 2))
    row = element.locator(".app > figure svg").first
    box = row.bounding_box()
    element.page.mouse.move(box["x"] + box["width"] * (8 + 0.7) / (32 + 1.4), box["y"] + 50)
    lines = [
        "x[8] = cos(2·π·0.125·8) = 1",
        "y[8] = 0.25×0.7071 + 0.5×1 + 0.25×0.7071 = 0.8536",
        "Stride 2 keeps sample 8, as number 4.",
    ]
    assert [line.strip() for line in sentence(element).splitlines()] == lines
    element.page.mouse.move(1, 1)
    element.get_by_label("sample", exact=True).focus()
    element.page.keyboard.press("ArrowRight")
    assert "Stride 2 drops sample 5." in sentence(element)
    press(element, "Back")
    assert "Stride 2 keeps sample 4, as number 2." in sentence(element)


def test_the_kernel_can_be_typed(show):
    element = show(diagrams.frequency(KERNEL, 0.5, 1))
    cell(element, "Kernel", 0, 1).dblclick()
    element.page.keyboard.type("1")
    element.page.keyboard.press("Enter")
    expect(element.locator(".gain figcaption")).to_contain_text(percent(0.5))
    field = element.get_by_label("kernel as text")
    field.fill("1/2, -1/2")
    field.press("Enter")
    expect(element.locator(".gain figcaption")).to_contain_text("100 %")
    field.fill("1 2 3 4 5 6 7 8")
    field.press("Enter")
    assert "at most 7" in refusal(element)
    field = element.get_by_label("cycles per pixel", exact=True)
    field.fill("3/4")
    field.press("Enter")
    assert "expected 0 to 1/2" in refusal(element)


def test_the_gain_is_written_out(show):
    element = show(diagrams.frequency([0.5, 0.5], 0.25, 2))
    element.get_by_text("The gain, written out").click()
    text = element.locator("details").filter(has_text="cosine").inner_text()
    assert "0.5×1 + 0.5×0 = 0.5" in text
    assert "0.5×0 + 0.5×1 = 0.5" in text
    assert "√((0.5)² + (0.5)²) = 0.7071 = 70.71 %" in text
