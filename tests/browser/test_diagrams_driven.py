"""The diagrams under mouse, finger and keyboard: what they show is what cnnbook computes.

Twice: in a page opened from disk under the book's policy, and in a sandboxed frame, which is how
Colab shows an output. JupyterLab has its own file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

import cnnbook
import light_pages
from cnnbook import diagrams
from cnnbook.diagrams._descent import SURFACES, loss, paths
from cnnbook.diagrams.values import number
from tests.browser.keyboard import press_tab_until
from tests.browser.shown import EVERYWHERE, HEAD, Show

pytestmark = pytest.mark.browser

MAKERS: dict[str, Callable[..., diagrams.Diagram]] = {
    "backward": diagrams.backward,
    "convolution": diagrams.convolution,
    "channels": diagrams.channels,
    "pooling": diagrams.pooling,
    "sizes": diagrams.sizes,
}
GRIDS = ["convolution", "channels", "pooling", "backward"]
# In which grid a cell is picked, and in which one is edited.
OUTPUTS = {"channels": "Output 1", "backward": "Gradient of the output"}
SOURCES = {"channels": "Channel 1"}


@pytest.fixture
def show(show: Show) -> Show:
    """Return what opens diagrams with "More" open; a test of its own holds that it waits."""

    def open_page(*shown: diagrams.Diagram, **settings: Any) -> Locator:
        element = show(*shown, **settings)
        element.locator("details.more").evaluate_all("(all) => all.forEach((d) => (d.open = true))")
        return element

    return open_page


def grid(element: Locator, label: str) -> Locator:
    return element.get_by_role("grid", name=label, exact=True)


def cell(element: Locator, label: str, row: int, column: int) -> Locator:
    return grid(element, label).get_by_role("row").nth(row).get_by_role("gridcell").nth(column)


def numbers(element: Locator, label: str) -> list[list[str]]:
    """Return what the cells of a grid are called: a cell itself shows its number shortened."""
    return grid(element, label).evaluate(
        "(g) => [...g.children].map((row) => [...row.children].map((cell) => "
        "cell.getAttribute('aria-label').split(': ').at(-1)))"
    )


def press(element: Locator, button: str) -> None:
    element.get_by_role("button", name=button, exact=True).click()


def sentence(element: Locator) -> str:
    return element.locator("p[aria-live]").inner_text()


def refusal(element: Locator) -> str:
    return element.get_by_role("alert").inner_text()


def python(element: Locator) -> dict[str, Any]:
    """Run the code that the diagram offers; return its names, the last line's value as `_`."""
    code = element.get_by_label("Python code").input_value()
    *lines, last = code.strip().splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)
    names["_"] = eval(last, names)
    return names


def written(array: Any) -> list[list[str]]:
    return [[number(float(value)) for value in row] for row in array]


def assert_shows_what_its_code_computes(element: Locator) -> None:
    """Fill the output in, run the offered code, and compare every number."""
    press(element, "All")
    names = python(element)
    if "dw" in names:
        assert numbers(element, "Gradient of the input") == written(names["dx"][0])
        assert numbers(element, "Gradient of the kernel") == written(names["dw"][0, 0])
        assert numbers(element, "Gradient of the bias") == written(names["db"][None])
        names["y"] = names["dy"] = names["grad_output"]
    if "grad_input" in names:
        assert numbers(element, "Gradient of the input") == written(names["grad_input"])
        assert numbers(element, "Gradient of the output") == written(names["grad_output"])
    outputs = names["y"]
    if "dy" in names:
        assert numbers(element, "Gradient of the output") == written(outputs)
    elif outputs.ndim == 3:
        for channel, plane in enumerate(outputs):
            assert numbers(element, f"Output {channel}") == written(plane)
    else:
        assert numbers(element, "Output") == written(outputs)
    again = {k: v for k, v in names["_"].state.items() if k != "presets"}
    ours = element.evaluate("(e) => ({ ...e.state, ...{ presets: undefined } })")
    assert {k: v for k, v in as_lists(again).items() if k != "grad_output"} == {
        k: v for k, v in as_lists(ours).items() if k not in ("presets", "grad_output")
    }


def as_lists(state: dict[str, Any]) -> dict[str, Any]:
    """Write tuples as lists, and one number for two as two: what JSON and JavaScript may mix."""

    def both(key: str, value: Any) -> Any:
        if key in ("stride", "padding", "dilation", "kernel_size") and isinstance(value, int):
            return [value, value]
        return np.asarray(value).tolist() if isinstance(value, tuple | list) else value

    return {key: both(key, value) for key, value in state.items()}


# ---- what is shown ------------------------------------------------------------------------------


@EVERYWHERE
@pytest.mark.parametrize("name", GRIDS)
def test_first_shows_what_python_stored(show, name):
    made = MAKERS[name]()
    element = show(made)
    press(element, "All")
    stored = {table.caption: table.rows for table in made.tables}
    if name == "channels":
        for o in range(3):
            assert numbers(element, f"Output {o}") == stored[f"output channel {o}"]
    elif name == "backward":
        for what in ("output", "input", "kernel", "bias"):
            assert numbers(element, f"Gradient of the {what}") == stored[f"gradient of the {what}"]
    else:
        assert numbers(element, "Output") == stored["output"]
    assert_shows_what_its_code_computes(element)


@EVERYWHERE
def test_sizes_first_shows_what_python_stored(show):
    made = diagrams.sizes()
    element = show(made)
    rows = made.tables[0].rows[1:]
    for line, (_, *facts) in zip(element.locator(".facts").all(), rows, strict=True):
        assert line.locator("b").all_inner_texts() == facts
    assert "61,706 parameters, 416,520 MACs" in sentence(element)


def test_two_on_a_page_do_not_disturb_each_other(show):
    element = show(diagrams.convolution(), diagrams.convolution())
    press(element, "All")
    other = element.locator("xpath=following-sibling::cnnbook-convolution")
    assert numbers(element, "Output") == [["19", "25"], ["37", "43"]]
    assert numbers(other, "Output")[0] == ["19", "not computed yet"]


# ---- mouse --------------------------------------------------------------------------------------


@EVERYWHERE
def test_mouse_on_an_output_shows_its_arithmetic(show):
    element = show(diagrams.convolution())
    cell(element, "Output", 1, 0).hover()
    assert sentence(element) == "y[1, 0] = 3×0 + 4×1 + 6×2 + 7×3 = 37"
    cell(element, "Output", 0, 1).hover()
    assert sentence(element).endswith("= 25")
    element.locator(".sum").hover()
    expect(element.locator("p[aria-live]")).to_contain_text("y[0, 0]")


def test_mouse_on_an_input_shows_who_reads_it(show):
    element = show(diagrams.convolution())
    cell(element, "Input", 1, 1).hover()
    assert sentence(element) == (
        "x[1, 1] = 4 is read by 4 outputs: y[0, 0] ×3, y[0, 1] ×2, y[1, 0] ×1, y[1, 1] ×0"
    )
    cell(element, "Input", 0, 0).hover()
    assert sentence(element) == "x[0, 0] = 0 is read by 1 output: y[0, 0] ×0"


def test_mouse_changes_an_input_and_every_argument(show):
    element = show(diagrams.convolution())
    target = cell(element, "Input", 0, 0)
    target.dblclick()
    element.page.keyboard.type("-2.5")
    element.page.keyboard.press("Enter")
    expect(target).to_have_text("−2.5")
    assert_shows_what_its_code_computes(element)
    for label, value in [
        ("input", "X"),
        ("kernel", "edges in x"),
        ("stride", "2"),
        ("padding", "2"),
        ("padding mode", "reflect"),
        ("dilation", "2"),
    ]:
        element.get_by_label(label, exact=True).select_option(label=value)
        assert not refusal(element)
        assert_shows_what_its_code_computes(element)
    element.get_by_label("bias").fill("1/4")
    element.get_by_label("bias").blur()
    assert_shows_what_its_code_computes(element)
    element.get_by_label("stride").select_option(label="1")
    element.get_by_label("padding", exact=True).select_option(label="same")
    assert_shows_what_its_code_computes(element)


def test_a_kernel_cell_shows_its_product(show):
    element = show(diagrams.convolution())
    target = cell(element, "Kernel", 1, 0)
    target.hover()
    assert element.locator(".chosen").inner_text() == "3×2"
    element.get_by_label("bias").focus()
    element.locator(".sum").hover()
    assert not element.locator(".chosen").count()
    target.focus()
    assert element.locator(".chosen").inner_text() == "3×2"
    press(element, "Step")
    assert not element.locator(".chosen").count()


def test_a_smaller_output_under_the_pointer_does_no_harm(show):
    element = show(diagrams.convolution(np.eye(5), np.eye(2)))
    cell(element, "Output", 3, 3).hover()
    stride = element.get_by_label("stride")
    stride.evaluate("(e) => { e.selectedIndex = 2; e.dispatchEvent(new Event('change')); }")
    assert_shows_what_its_code_computes(element)


def test_unread_pixels_are_marked(show):
    element = show(diagrams.convolution(np.ones((4, 4)), np.ones((2, 2)), (1, 3)))
    expect(element.get_by_text("✕ not read: columns 2, 3")).to_be_visible()
    assert [row[2] for row in numbers(element, "Input")] == ["1"] * 4
    assert "(not read)" in cell(element, "Input", 0, 2).get_attribute("aria-label")


def test_steps_fill_the_output_in(show):
    element = show(diagrams.convolution())
    blank = "not computed yet"
    assert numbers(element, "Output") == [["19", blank], [blank, blank]]
    press(element, "Step")
    press(element, "Step")
    assert numbers(element, "Output") == [["19", "25"], ["37", blank]]
    press(element, "Back")
    assert sentence(element).startswith("y[0, 1]")
    element.get_by_role("slider").fill("3")
    assert sentence(element).startswith("y[1, 1]")


def test_play_goes_to_the_end(show):
    element = show(diagrams.convolution())
    press(element, "Play")
    expect(element.get_by_role("button", name="Pause")).to_be_visible()
    assert element.locator("p.sum").get_attribute("aria-live") == "off"
    expect(element.locator("p.sum")).to_contain_text("y[1, 1]")
    expect(element.get_by_role("button", name="Play")).to_be_visible()
    assert element.locator("p.sum").get_attribute("aria-live") == "polite"


def test_channels_show_partial_sums(show):
    element = show(diagrams.channels())
    cell(element, "Output 2", 1, 1).hover()
    assert sentence(element).split("\n") == [
        "channel 0: 4×2 + 5×3 + 7×4 + 8×5 = 91",
        "channel 1: 5×3 + 6×4 + 8×5 + 9×6 = 133",
        "y[2, 1, 1] = 91 + 133 = 224",
    ]
    element.get_by_label("example").select_option(label="1×1: mix two channels")
    assert_shows_what_its_code_computes(element)
    target = cell(element, "Kernel 1, channel 1", 0, 0)
    target.dblclick()
    element.page.keyboard.type("7")
    element.page.keyboard.press("Enter")
    assert_shows_what_its_code_computes(element)


def test_pooling_shows_where_a_gradient_goes(show):
    element = show(diagrams.pooling())
    cell(element, "Output", 1, 0).hover()
    assert (
        sentence(element) == "y[1, 0] = max(4, 6, 2, 8) = 8\nIts gradient 3 goes to x[3, 1] alone."
    )
    for label, value in [
        ("mode", "mean"),
        ("stride", "1"),
        ("padding", "1"),
        ("kernel size", "3"),
        ("mode", "sum"),
        ("example", "ties"),
        ("mode", "max"),
    ]:
        element.get_by_label(label, exact=True).select_option(label=value)
        assert not refusal(element)
        assert_shows_what_its_code_computes(element)
    cell(element, "Gradient of the input", 0, 0).hover()
    assert sentence(element).startswith("x[0, 0] is read by 4 outputs.\nIts gradient is 1×1 + 1×2")


@EVERYWHERE
def test_sizes_follow_the_layers(show):
    element = show(diagrams.sizes())
    element.get_by_label("padding of layer 0").fill("0")
    element.get_by_label("padding of layer 0").blur()
    assert "1×28×28 → 10: 44,426 parameters" in sentence(element)
    element.get_by_role("button", name="remove layer 7").click()
    assert "→ 84" in sentence(element)
    press(element, "Add a layer")
    element.get_by_label("height").fill("32")
    element.get_by_label("height").blur()
    element.get_by_label("layer 1", exact=True).select_option(label="avg_pool2d")
    element.get_by_label("stride of layer 2").fill("2, 1")
    element.get_by_label("stride of layer 2").blur()
    assert not refusal(element)
    made = python(element)["_"]
    rows = made.tables[0].rows[1:]
    for line, (_, *facts) in zip(element.locator(".facts").all(), rows, strict=True):
        assert line.locator("b").all_inner_texts() == facts
    element.get_by_label("stack", exact=True).select_option(label="AlexNet's features")
    assert element.locator(".facts").last.locator("b").all_inner_texts()[1] == "195×195"


def test_sizes_draw_what_one_output_sees(show):
    element = show(
        diagrams.sizes((1, 9, 9), [("conv2d", {"out_channels": 1, "kernel_size": 3})] * 2)
    )
    assert element.get_by_role("img").get_attribute("aria-label") == (
        "Output [2, 2] sees rows 2 to 6 and columns 2 to 6 of the input."
    )
    element.get_by_label("row", exact=True).fill("0")
    assert "rows 0 to 4 and columns 2 to 6" in element.get_by_role("img").get_attribute(
        "aria-label"
    )


BACKWARD_CASES = {
    "the book's": {},
    "stride and padding": {"x": np.arange(30).reshape(5, 6) % 7 - 2, "stride": 2, "padding": 1},
    "same, dilated": {"x": np.arange(16).reshape(4, 4), "padding": "same", "dilation": 2},
}


def sum_of(sentence: str) -> tuple[float, float]:
    """Return what the products of a sentence add up to, and what it says they do."""
    *terms, total = sentence.replace("−", "-").split(" = ")[1:]
    return sum(eval(term.replace("×", "*")) for term in terms), float(total)


@EVERYWHERE
@pytest.mark.parametrize("case", BACKWARD_CASES)
def test_every_cell_of_a_gradient_shows_its_products(show, case):
    element = show(diagrams.backward(**BACKWARD_CASES[case]))
    names = python(element)
    for label, name, gradient in [
        ("Gradient of the kernel", "dw", names["dw"][0, 0]),
        ("Gradient of the input", "dx", names["dx"][0]),
    ]:
        for (r, c), value in np.ndenumerate(gradient):
            cell(element, label, r, c).hover()
            said = sentence(element)
            assert said.startswith(f"{name}[{r}, {c}] = ")
            assert sum_of(said) == (value, value)
            # As many cells of the gradient are lit as there are products.
            lit = grid(element, "Gradient of the output").locator(".reader").count()
            assert lit == said.count("×")
            partner = "Input" if name == "dw" else "Kernel"
            assert grid(element, partner).locator(".tap").count() == lit
    cell(element, "Gradient of the bias", 0, 0).hover()
    assert sum_of(sentence(element)) == (names["db"][0],) * 2


def test_backward_says_which_products(show):
    element = show(diagrams.backward())
    cell(element, "Gradient of the kernel", 0, 0).hover()
    assert sentence(element) == "dw[0, 0] = 1×0 + 2×1 + 3×3 + 4×4 = 27"
    cell(element, "Input", 1, 1).hover()
    assert sentence(element) == "dx[1, 1] = 1×3 + 2×2 + 3×1 + 4×0 = 10"
    cell(element, "Kernel", 1, 0).hover()
    assert sentence(element).startswith("dw[1, 0] = ")
    cell(element, "Gradient of the output", 0, 1).hover()
    assert sentence(element).startswith("dy[0, 1] = 2 adds 2 × its patch")
    added = grid(element, "Gradient of the input").locator("[data-weight]")
    assert added.evaluate_all("(all) => all.map((cell) => cell.dataset.weight)") == [
        "+0",
        "+2",
        "+4",
        "+6",
    ]


@EVERYWHERE
def test_backward_adds_up_step_by_step(show):
    x, kernel = np.arange(20.0).reshape(4, 5), np.array([[1.0, -2], [0.5, 3]])
    element = show(diagrams.backward(x, kernel, stride=(1, 2), padding=1))
    names = python(element)
    dy = names["grad_output"]
    for step in range(dy.size):
        so_far = np.where(np.arange(dy.size).reshape(dy.shape) <= step, dy, 0)
        dx, dw, db = cnnbook.conv2d_backward(
            so_far[None], x[None], kernel[None, None], stride=(1, 2), padding=1
        )
        assert numbers(element, "Gradient of the input") == written(dx[0])
        assert numbers(element, "Gradient of the kernel") == written(dw[0, 0])
        assert numbers(element, "Gradient of the bias") == written(db[None])
        press(element, "Step")


def test_backward_follows_every_argument(show):
    element = show(diagrams.backward())
    for label, value in [
        ("example", "one bright pixel"),
        ("stride", "2"),
        ("padding", "2"),
        ("dilation", "2"),
        ("example", "an edge"),
        ("stride", "1"),
        ("padding", "same"),
    ]:
        cell(element, "Gradient of the kernel", 1, 1).click()
        element.get_by_label(label, exact=True).select_option(label=value)
        assert not refusal(element)
        assert_shows_what_its_code_computes(element)
    for label in ("Kernel", "Gradient of the output"):
        target = cell(element, label, 0, 1)
        target.dblclick()
        element.page.keyboard.type("-1.5")
        element.page.keyboard.press("Enter")
        assert_shows_what_its_code_computes(element)


def test_a_long_sum_is_cut_short(show):
    element = show(diagrams.backward(np.ones((16, 16)), [[1]]))
    cell(element, "Gradient of the kernel", 0, 0).hover()
    assert "+ … (192 more) = 32896" in sentence(element)


def table(element: Locator) -> list[list[str]]:
    """Return the rows of a descent's table."""
    return element.evaluate(
        "(e) => [...e.shadowRoot.querySelectorAll('tbody tr')].map("
        "(row) => [...row.cells].map((cell) => cell.textContent))"
    )


def assert_walks_as_python(element: Locator) -> None:
    """Go through steps and compare every number with those of the offered call."""
    state = python(element)["_"].state
    walked = paths(state)
    for step in sorted({0, 1, state["steps"] // 2, state["steps"]}):
        element.get_by_role("slider").fill(str(step))
        rows = {name: rest for name, *rest in table(element)}
        assert list(rows) == state["shown"]
        for name, texts in rows.items():
            path = walked[name]
            if step >= len(path):
                assert texts == [f"✕ diverged at step {len(path)}"]
                continue
            height = loss(state["surface"], *path[step])
            numbers = [number(value) for value in (*path[step], height)]
            assert [text.removeprefix("▲ ") for text in texts] == numbers
            assert texts[-1].startswith("▲") == (height > loss(state["surface"], *path[0]))


@EVERYWHERE
def test_descent_first_shows_what_python_stored(show):
    made = diagrams.descent()
    element = show(made)
    assert sentence(element).startswith("SGD starts at (−6, 1.5).")
    press(element, "All")
    for (name, *texts), stored in zip(table(element), made.tables, strict=True):
        assert stored.caption.startswith(name)
        assert texts == stored.rows[-1][1:]
    assert_walks_as_python(element)


@EVERYWHERE
def test_descent_follows_every_control(show):
    element = show(diagrams.descent(optimisers=["SGD"]))
    assert [row[0] for row in table(element)] == ["SGD"]
    for name in ("momentum", "Adam"):
        element.get_by_role("checkbox", name=name).check()
    element.get_by_role("checkbox", name="SGD").uncheck()
    assert [row[0] for row in table(element)] == ["momentum", "Adam"]
    element.get_by_role("checkbox", name="SGD").check()
    for label, text in [
        ("start a", "-3.5"),
        ("start b", "2.5"),
        ("lr of SGD", "1/20"),
        ("lr of momentum", ".05"),
        ("lr of Adam", "0.7"),
        ("momentum", "0.9"),
        ("steps", "33"),
    ]:
        element.get_by_role("textbox", name=label, exact=True).fill(text)
        element.get_by_role("textbox", name=label, exact=True).press("Enter")
        assert not refusal(element)
        assert_walks_as_python(element)
    for surface in SURFACES:
        element.get_by_label("surface").select_option(label=surface)
        assert_walks_as_python(element)


def test_descent_writes_out_a_step(show):
    element = show(diagrams.descent())
    press(element, "Step")
    press(element, "Step")
    assert sentence(element).split("\n") == [
        "SGD: (−5.4, −0.9) − 0.1 × gradient (−5.4, −14.4) = (−4.86, 0.54)",
        "momentum: (−5.4, −0.9) − 0.1 × velocity (−8.4, −2.4) = (−4.56, −0.66)",
        "Adam: (−5.7, 1.2) − 0.3 × m/√v (−0.9983, 0.9881) = (−5.4, 0.9036)",
    ]
    drawn = element.locator("g.SGD path.dots").get_attribute("d")
    places = [[float(text) for text in dot.split(" ")] for dot in drawn[1:-2].split("h0M")]
    np.testing.assert_allclose(places, [[-6, 1.5], [-5.4, -0.9], [-4.86, 0.54]])


def test_descent_shows_divergence(show):
    element = show(diagrams.descent(sgd_lr=0.128, momentum_lr=1, steps=16))
    press(element, "All")
    assert table(element)[0][-1] == "▲ 80.92"
    assert table(element)[1] == ["momentum", "✕ diverged at step 6"]
    assert "momentum has left ±1,000,000." in sentence(element)
    assert_walks_as_python(element)


def test_descent_plays_to_the_end(show):
    element = show(diagrams.descent(steps=5))
    press(element, "Play")
    expect(element.get_by_role("button", name="Pause")).to_be_visible()
    expect(element.get_by_role("button", name="Play")).to_be_visible()
    assert element.get_by_role("slider").get_attribute("aria-valuetext") == "step 5"


@EVERYWHERE
@pytest.mark.parametrize("finger", [False, True])
def test_descent_starts_where_the_picture_is_touched(show, finger):
    settings = {"has_touch": True, "viewport": {"width": 375, "height": 800}} if finger else {}
    element = show(diagrams.descent(), **settings)
    plot = element.get_by_role("img")
    box = plot.bounding_box()
    at = {"x": box["width"] * 0.75, "y": box["height"] * 0.25}
    if finger:
        plot.tap(position=at)
    else:
        plot.click(position=at)
    a, b = element.evaluate("(e) => e.state.start")
    assert abs(a - 3.5) < 0.11
    assert abs(b - 1.75) < 0.11
    assert_walks_as_python(element)


@EVERYWHERE
def test_descent_by_keyboard_alone(show):
    element = show(diagrams.descent())
    page = element.page
    element.get_by_label("surface").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("5")
    press_tab_until(element.get_by_role("checkbox", name="SGD"))
    page.keyboard.press("Space")
    assert [row[0] for row in table(element)] == ["momentum", "Adam"]
    assert element.evaluate("(e) => e.state.start") == [5, -1.5]
    element.get_by_role("slider").focus()
    page.keyboard.press("End")
    assert_walks_as_python(element)


def test_hostile_settings_of_descent_are_refused(show):
    element = show(diagrams.descent())
    before = element.evaluate("(e) => JSON.stringify(e.state)")
    for label, text in [
        ("start a", "8"),
        ("start b", "-3.6"),
        ("start a", "<script>alert(1)</script>"),
        ("lr of SGD", "-1"),
        ("lr of Adam", "1e308"),
        ("lr of momentum", "NaN"),
        ("lr of momentum", ""),
        ("momentum", "1"),
        ("momentum", "Infinity"),
        ("steps", "1000"),
        ("steps", "2.5"),
    ]:
        field = element.get_by_role("textbox", name=label, exact=True)
        field.fill(text)
        field.blur()
        assert refusal(element), (label, text)
        assert element.evaluate("(e) => JSON.stringify(e.state)") == before


# ---- finger -------------------------------------------------------------------------------------


@EVERYWHERE
@pytest.mark.parametrize("name", GRIDS)
def test_a_finger_points_and_edits(show, name):
    element = show(MAKERS[name](), has_touch=True, viewport={"width": 375, "height": 800})
    output, source = OUTPUTS.get(name, "Output"), SOURCES.get(name, "Input")
    cell(element, output, 1, 1).tap()
    assert sentence(element).split("y[")[1].split("] =")[0].endswith("1, 1")
    target = cell(element, source, 0, 1)
    target.tap()
    target.tap()
    field = target.locator("input")
    field.fill("-8")
    field.blur()
    assert target.inner_text().startswith("−8")
    assert_shows_what_its_code_computes(element)


# ---- keyboard -----------------------------------------------------------------------------------


@EVERYWHERE
@pytest.mark.parametrize("name", GRIDS)
def test_the_keyboard_does_everything(show, name):
    element = show(MAKERS[name]())
    page = element.page
    output = OUTPUTS.get(name, "Output").replace("1", "0")
    source = SOURCES.get(name, "Input").replace("1", "0")
    first = cell(element, source, 0, 0)
    element.get_by_role("combobox").last.focus()
    press_tab_until(first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    target = cell(element, source, 1, 1)
    expect(target).to_be_focused()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(target).to_be_focused()
    assert numbers(element, source)[1][1] == "9"
    page.keyboard.press("F2")
    page.keyboard.type("5")
    page.keyboard.press("Escape")
    assert numbers(element, source)[1][1] == "9"
    page.keyboard.press("Home")
    expect(cell(element, source, 1, 0)).to_be_focused()
    last = cell(element, output, 0, 0)
    last.focus()
    page.keyboard.press("ArrowDown")
    assert "1, 0] =" in sentence(element)
    element.get_by_role("slider").focus()
    page.keyboard.press("End")
    assert_shows_what_its_code_computes(element)


def test_one_stop_of_the_tab_key_for_each_grid(show):
    element = show(diagrams.convolution())
    stops = element.evaluate(
        "(e) => [...e.shadowRoot.querySelectorAll('.grid')].map("
        "(g) => g.querySelectorAll('[tabindex=\"0\"]').length)"
    )
    assert stops == [1, 1, 1]


# ---- what readers may type ----------------------------------------------------------------------

HOSTILE = [
    ("", "empty"),
    ("x", "“x” is not a number"),
    ("NaN", "“NaN” is not a number"),
    ("1e308", "expected a number from −1,000,000 to 1,000,000"),
    ("1/0", "expected a number from"),
    ("<script>alert(1)</script>", "“<script>alert(1)</script>” is not a number"),
    ('[["<img src=x onerror=alert(1)>"]]', "<img src=x onerror=alert(1)>"),
    ("[[1, 2], [3]]", "unequal length"),
    ("[[1, 2", "cannot be read"),
    ("\n".join(["1 " * 17] * 17), "at most 16"),
    ("\n".join(["1 " * 200] * 200), "too long"),
]


@pytest.mark.parametrize("name", GRIDS)
def test_hostile_text_is_refused_with_a_message(show, name):
    element = show(MAKERS[name]())
    before = python(element)["x"].tolist()
    element.get_by_text("Edit as text").click()
    for text, message in HOSTILE:
        area = element.locator("details textarea").first
        area.fill(text)
        area.blur()
        if name == "channels" and "unequal" in message:
            message = "too few axes"
        assert message in refusal(element) or name == "channels", text
        assert refusal(element)
        assert python(element)["x"].tolist() == before
    area.fill(
        "[[1, 2, 3], [4, 5, 6]]" if name != "channels" else "[[[1, 2], [3, 4]], [[1, 2], [3, 4]]]"
    )
    area.blur()
    assert not refusal(element)
    assert_shows_what_its_code_computes(element)


def test_hostile_text_in_a_cell_is_refused(show):
    element = show(diagrams.convolution())
    target = cell(element, "Input", 0, 0)
    for text in ["<b>1</b>", "1e400", "--1", "Infinity"]:
        target.dblclick()
        target.locator("input").fill(text)
        element.page.keyboard.press("Enter")
        assert refusal(element)
        assert numbers(element, "Input")[0][0] == "0"


def test_hostile_sizes_are_refused(show):
    element = show(diagrams.sizes())
    for label, text in [
        ("height", "0"),
        ("height", "1e9"),
        ("kernel_size of layer 0", "99"),
        ("kernel_size of layer 0", "<script>"),
        ("kernel_size of layer 0", ""),
        ("out_channels of layer 0", "2.5"),
        ("groups of layer 2", "7"),
        ("out_features of layer 5", "-3"),
    ]:
        field = element.get_by_label(label, exact=True)
        field.fill(text)
        field.blur()
        assert refusal(element), (label, text)
        assert "61,706 parameters" in sentence(element)
    element.get_by_role("button", name="remove layer 4").click()
    assert "needs flatten before it" in refusal(element)


def test_a_broken_state_shows_the_table_and_a_message(show):
    broken = diagrams.Diagram("convolution", {"x": "<script>alert(1)</script>"}, "The summary.", [])
    element = show(broken)
    expect(element.locator(".message")).to_contain_text("cannot be drawn")
    expect(element.get_by_text("The summary.")).to_be_visible()


# ---- scripts that choose -------------------------------------------------------------------------

CHOOSE = """(element) => {
  const selects = () => [...element.shadowRoot.querySelectorAll("select")];
  let chosen = 0;
  for (let place = 0; place < selects().length; place += 1) {
    for (let index = -1; index < selects()[place].options.length; index += 1) {
      const select = selects()[place];
      select.selectedIndex = index;
      select.dispatchEvent(new Event("change"));
      chosen += 1;
    }
  }
  return chosen;
}"""


@pytest.mark.parametrize("make", [*MAKERS.values(), diagrams.descent, diagrams.network])
def test_a_script_may_choose_anything_or_nothing(show, make):
    element = show(make())
    assert element.evaluate(CHOOSE) > 2


def test_your_own_drawing_may_be_chosen_again(show):
    element = show(diagrams.network())
    element.evaluate("(e) => e.stroke([4, 6], [5, 26])")
    drawn = element.evaluate("(e) => [...e.state.x]")
    element.get_by_label("image").evaluate(
        "(e) => { e.selectedIndex = e.options.length - 1; e.dispatchEvent(new Event('change')); }"
    )
    assert element.get_by_label("image").locator("option:checked").inner_text() == "your own"
    assert element.evaluate("(e) => [...e.state.x]") == drawn


# ---- scripts in files, as the pages of the book have them ----------------------------------------


def test_diagrams_wake_up_by_files_beside_the_page(browser, tmp_path):
    made = [diagrams.pooling(), diagrams.network(), diagrams.convolution(), diagrams.pooling()]
    html = HEAD + "".join(diagram._repr_html_() for diagram in made)
    (tmp_path / "_static").mkdir()
    page_html = light_pages.share_diagrams(html, tmp_path / "_static", "")
    (tmp_path / "page.html").write_text(page_html, encoding="utf-8")
    page = browser.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    assert page.locator(".app .bar").count() >= len(made)
    assert len(list((tmp_path / "_static").iterdir())) == 4
    page.close()
    assert not errors
