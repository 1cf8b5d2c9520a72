"""The diagram of transposed convolution under mouse and keyboard: stamps, sums, checkerboards."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

import cnnbook
from cnnbook import diagrams
from cnnbook.diagrams.values import number
from tests.browser.test_diagrams_driven import cell, numbers, press, sentence, show

pytestmark = pytest.mark.browser

__all__ = ["place", "show"]  # fixtures

RNG = np.random.default_rng(0)
X, KERNEL = RNG.integers(1, 9, (2, 3)), RNG.integers(-4, 5, (3, 2))
# The greys of the picture away from its border.
GREYS = """(canvas) => {
  const { width, height } = canvas;
  const pen = new OffscreenCanvas(width, height).getContext("2d");
  pen.drawImage(canvas, 0, 0);
  const { data } = pen.getImageData(3, 3, width - 6, height - 6);
  return [...new Set(data.filter((_, index) => index % 4 === 0))].sort();
}"""


@pytest.fixture
def place() -> str:
    return "from disk"


def written(values: np.ndarray) -> list[list[str]]:
    return [[number(v) for v in row] for row in values]


def laid_down(x: np.ndarray, **arguments: int) -> np.ndarray:
    return cnnbook.conv_transpose2d(
        x[None].astype(float), KERNEL[None, None].astype(float), None, **arguments
    )[0]


def example(element: Locator, name: str) -> None:
    element.get_by_label("example", exact=True).select_option(label=name)


def test_the_whole_output_comes_first_and_steps_add_up(show):
    element = show(diagrams.transposed(X, KERNEL, 2))
    assert numbers(element, "Output") == written(laid_down(X, stride=2))
    so_far = X * (np.arange(6).reshape(2, 3) < 5)
    press(element, "Back")
    expect(element.get_by_role("slider")).to_have_value("4")
    shown = numbers(element, "Output")
    waiting = np.array(shown) == "not computed yet"
    assert waiting.any()
    assert not waiting.all()
    expected = np.array(written(laid_down(so_far, stride=2)))
    np.testing.assert_array_equal(np.array(shown)[~waiting], expected[~waiting])
    press(element, "All")
    assert numbers(element, "Output") == written(laid_down(X, stride=2))


def test_an_output_says_what_adds_up(show):
    element = show(diagrams.transposed([[1, 2]], [[1, 10, 100]], stride=(1, 2)))
    cell(element, "Output", 0, 2).hover()
    assert sentence(element).splitlines()[1] == "y[0, 2] = 1×100 + 2×1 = 102"
    cell(element, "Output", 0, 3).hover()
    assert sentence(element).splitlines()[1] == "y[0, 3] = 2×10 = 20"
    cell(element, "Input", 0, 0).hover()
    assert "x[0, 0] = 1 stamps 1 × the kernel, from y[0, 0] to y[0, 2]." in sentence(element)
    cell(element, "Kernel", 0, 1).hover()
    assert "1 down or 2 across" in sentence(element)


def test_what_padding_cuts_off_is_said(show):
    element = show(diagrams.transposed(X, KERNEL, 2, padding=1))
    cell(element, "Output", 0, 2).click()
    assert "Padding cuts it off." in sentence(element)
    assert "y[−1, 1]" in sentence(element)
    kept = [row[1:-1] for row in numbers(element, "Output")[1:-1]]
    assert kept == written(laid_down(X, stride=2, padding=1))


def test_a_checkerboard_appears_and_vanishes(show):
    element = show(diagrams.transposed())
    picture = element.locator("canvas")
    element.get_by_text("Even or uneven?").click()
    example(element, "ones, kernel 3, stride 2")
    assert len(picture.evaluate(GREYS)) == 3
    expect(element.get_by_text("a checkerboard.")).to_be_visible()
    example(element, "ones, kernel 4, stride 2")
    assert len(picture.evaluate(GREYS)) == 1
    expect(element.get_by_text("comes out flat there: 4.")).to_be_visible()
    inner = [row[3:-3] for row in numbers(element, "Stamps per output")[3:-3]]
    assert {count for row in inner for count in row} == {"4"}


def test_arrow_keys_move_the_stamp(show):
    element = show(diagrams.transposed(X, KERNEL, 2))
    cell(element, "Input", 0, 0).focus()
    element.page.keyboard.press("ArrowRight")
    assert sentence(element).startswith(f"x[0, 1] = {X[0, 1]} stamps")
    element.page.keyboard.type("7")
    element.page.keyboard.press("Enter")
    changed = X.copy()
    changed[0, 1] = 7
    assert numbers(element, "Output") == written(laid_down(changed, stride=2))
