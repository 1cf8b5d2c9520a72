"""The network's diagram: what its JavaScript computes, and what it does under hand and keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect
from torch import nn

from cnnbook import diagrams, layers
from cnnbook.diagrams import _network_digits as shipped
from cnnbook.diagrams._network import TinyDigits
from cnnbook.diagrams._network_layers import stages
from cnnbook.diagrams.values import number, percent
from tests.browser.keyboard import press_tab_until
from tests.browser.shown import EVERYWHERE
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

NETWORKS = 150


# ---- the same numbers as Python and PyTorch --------------------------------------------------


def random_network(rng: np.random.Generator) -> tuple[layers.Sequential, tuple[int, int, int]]:
    """Return layers of cnnbook that fit on each other, and the size of their input."""
    size = (int(rng.integers(1, 4)), int(rng.integers(4, 15)), int(rng.integers(4, 15)))
    found: list[Any] = []
    shape = size
    for _ in range(rng.integers(1, 6)):
        channels = shape[0]
        groups = int(rng.choice([g for g in (1, 2, 3) if channels % g == 0]))
        kernel, stride = (tuple(int(n) for n in rng.integers(1, k, 2)) for k in (4, 3))
        padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
        made: Any = rng.choice(["conv", "conv", "max", "avg", "norm", "relu", "sigmoid", "tanh"])
        if made == "conv":
            mode = str(rng.choice(["zeros", "reflect", "replicate", "circular"]))
            same = stride == (1, 1) and rng.random() < 0.5
            layer: Any = layers.Conv2d(
                channels,
                groups * int(rng.integers(1, 4)),
                kernel,
                stride=stride,
                padding="same" if same else padding,
                dilation=tuple(int(n) for n in rng.integers(1, 3, 2)),
                groups=groups,
                bias=bool(rng.integers(2)),
                padding_mode=mode,  # type: ignore[arg-type]
                rng=rng,
            )
        elif made == "norm":
            layer = layers.BatchNorm2d(channels, affine=bool(rng.integers(2)))
            layer.running_mean[:] = rng.normal(size=channels)
            layer.running_var[:] = rng.uniform(0.1, 2, channels)
            if layer.affine:
                layer.weight[:] = rng.normal(size=channels)
        elif made in ("max", "avg"):
            kind = layers.MaxPool2d if made == "max" else layers.AvgPool2d
            layer = kind(kernel, stride, padding)
        else:
            layer = {"relu": layers.ReLU, "sigmoid": layers.Sigmoid, "tanh": layers.Tanh}[made]()
        try:
            shape = layer.eval()(np.zeros((1, *shape), np.float32)).shape[1:]
        except ValueError:
            continue  # it did not fit
        found.append(layer)
    if rng.random() < 0.3:
        found.append(layers.GlobalAvgPool2d())
        shape = (shape[0],)
    elif rng.random() < 0.8:
        found.append(layers.Flatten())
        shape = (int(np.prod(shape)),)
    if len(shape) == 1:
        found.append(layers.Linear(shape[0], int(rng.integers(1, 6)), rng=rng))
    return layers.Sequential(*(found or [layers.ReLU()])), size


COMPUTE = """(states) => states.map((state) => {
  try {
    const { values } = customElements.get("cnnbook-network").compute(state);
    return values.map((list) => [...list]);
  } catch (error) {
    if (!(error instanceof cnnbookDiagrams.Refusal)) throw error;
    return error.message;
  }
})"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.set_content(diagrams.network()._repr_html_())
    yield page
    page.close()


def test_probabilities_are_written_alike(page):
    rng = np.random.default_rng(0)
    values = [0.0, 1.0, *(float(v) for v in 10 ** rng.uniform(-12, 0, 500))]
    values += [1 - v for v in values] + [share / 2e5 for share in range(200)]
    found = page.evaluate("(values) => values.map((v) => cnnbookDiagrams.percent(v))", values)
    assert found == [percent(value) for value in values]


def test_random_networks_give_the_numbers_of_cnnbook(page):
    rng = np.random.default_rng(0)
    states, expected = [], []
    for _ in range(NETWORKS):
        model, size = random_network(rng)
        image = rng.normal(size=size).astype(np.float32)
        states.append(diagrams.network(model, image).state)
        x, values = image[None], []
        for layer in model.eval():
            x = layer(x)
            values.append(x.ravel())
        expected.append(values)
    kinds = {layer["kind"] for state in states for layer in state["layers"]}
    assert len(kinds) == 10  # every kind there is
    for state, values, found in zip(states, expected, page.evaluate(COMPUTE, states), strict=True):
        names = [layer["name"] for layer in state["layers"]]
        for name, one, other in zip(names, values, found[1:], strict=False):
            # Both store float32; here cnnbook computes in it too, the page in float64.
            np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5, err_msg=name)


def test_the_stages_are_those_of_python_to_the_last_digits(page):
    rng = np.random.default_rng(1)
    states, expected = [], []
    for _ in range(NETWORKS):
        model, size = random_network(rng)
        image = rng.normal(size=size).astype(np.float32)
        states.append(diagrams.network(model, image).state)
        x, values = image.astype(np.float64), []
        for part in stages(model, size):
            x = part.run(x)
            values.append(x.ravel())
        if states[-1]["layers"][-1]["kind"] == "softmax":
            values.append(np.exp(x - x.max()) / np.exp(x - x.max()).sum())
        expected.append(values)
    for values, found in zip(expected, page.evaluate(COMPUTE, states), strict=True):
        for one, other in zip(values, found[1:], strict=True):
            np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-9)


def test_a_network_of_pytorch_gives_the_numbers_of_pytorch(page):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2, padding=2, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1, dilation=1),
        nn.Conv2d(8, 12, 3, padding=1, groups=4),
        nn.Tanh(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(12, 6),
    )
    model(torch.randn(8, 3, 20, 17))  # running statistics that are not 0 and 1
    images = np.random.default_rng(0).normal(size=(4, 3, 20, 17)).astype(np.float32)
    states = [diagrams.network(model, image).state for image in images]
    model.eval()
    for image, found in zip(images, page.evaluate(COMPUTE, states), strict=True):
        y = torch.from_numpy(image[None])
        with torch.no_grad():
            for module, values in zip(model, found[1:], strict=False):
                y = module(y)
                np.testing.assert_allclose(values, y.numpy().ravel(), atol=1e-5)
            np.testing.assert_allclose(found[-1], torch.softmax(y, 1).numpy().ravel(), atol=1e-5)


def test_wrong_inputs_are_refused(page):
    state = diagrams.network().state
    wrong = [[], [0] * 63, [float("nan")] * 64, [1e308] * 64, ["<b>"] * 64, [[0]] * 63 + [None, 1]]
    for answer in page.evaluate(COMPUTE, [{**state, "x": x} for x in wrong]):
        assert answer.startswith("The input")


# ---- under mouse, finger and keys ------------------------------------------------------------


def sentence(element: Locator) -> str:
    return element.locator("p.sum").inner_text()


def canvas(element: Locator, name: str) -> Locator:
    return element.get_by_role("application", name=f"{name}:")


def pad(element: Locator) -> Locator:
    return canvas(element, "Draw here, large")


def at(element: Locator, name: str, index: int) -> dict[str, float]:
    """Return where the middle of a number stands in the picture of its layer."""
    x, y = element.evaluate(
        """(e, [name, index]) => {
          const { picture } = e.stages.find((stage) => stage.name === name);
          return picture.place(index).map((n) => (n + 0.5) * picture.size);
        }""",
        [name, index],
    )
    return {"x": x, "y": y}


def python(element: Locator, model: Any = None) -> diagrams.Diagram:
    """Run the offered code; return the diagram that it makes."""
    code = element.get_by_label("Python code").input_value()
    *lines, last = code.strip().splitlines()
    names: dict[str, Any] = {"model": model}
    exec("\n".join(lines), names)
    made: diagrams.Diagram = eval(last, names)
    return made


def facts(element: Locator) -> list[list[str]]:
    """Return of each layer its name, shape, parameters, smallest and largest number."""
    rows = []
    for box in element.locator(".why ~ .box").all():
        shape, *parameters, ends = box.locator(".note").inner_text().split(", ")
        low, high = ends.split(" to ")
        count = parameters[0].split()[0] if parameters else "0"
        rows.append([box.locator("figcaption").inner_text(), shape, count, low, high])
    return rows


def shares(element: Locator) -> list[list[str]]:
    return [
        bar.get_attribute("aria-label").split(": ")
        for bar in element.locator(".shares button").all()
    ]


def likeliest(element: Locator) -> str:
    return max(shares(element), key=lambda row: float(re.search(r"[\d.]+", row[1])[0]))[0]


def assert_shows_what_its_code_computes(element: Locator, model: Any = None) -> None:
    tables = {table.caption: table.rows for table in python(element, model).tables}
    assert facts(element) == tables["layers"][1:]
    assert shares(element) == [[row[0], row[-1]] for row in tables["outputs"][1:]]


@EVERYWHERE
def test_first_shows_what_python_stored(show):
    made = diagrams.network()
    element = show(made)
    tables = {table.caption: table.rows for table in made.tables}
    assert facts(element) == tables["layers"][1:]
    assert shares(element) == [[row[0], row[-1]] for row in tables["outputs"][1:]]
    assert_shows_what_its_code_computes(element)


@EVERYWHERE
def test_the_mouse_draws_and_erases(show):
    element = show(diagrams.network(), viewport={"width": 900, "height": 3600})
    element.get_by_role("button", name="Clear").click()
    assert facts(element)[0] == ["input", "1×8×8", "0", "0", "0"]
    box = pad(element).bounding_box()
    mouse = element.page.mouse

    def line(*points: tuple[float, float]) -> None:
        (x, y), *rest = [
            (box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in points
        ]
        mouse.move(x, y)
        mouse.down()
        for x, y in rest:
            mouse.move(x, y, steps=8)
        mouse.up()

    line((0.35, 0.25), (0.55, 0.06), (0.55, 0.95))
    assert_shows_what_its_code_computes(element)
    assert likeliest(element) == "1"
    assert element.get_by_label("image").locator("option:checked").inner_text() == "your own"
    # Every pixel is a count of 4×4 cells.
    x = np.array(element.evaluate("(e) => [...e.state.x]"))
    np.testing.assert_array_equal(x * 16, np.round(x * 16))
    assert x.max() == 1
    element.get_by_label("tool").select_option("eraser")
    line((0.05, 0.5), (0.95, 0.5))
    assert np.array(element.evaluate("(e) => [...e.state.x]")).sum() < x.sum()
    assert_shows_what_its_code_computes(element)


def test_pixels_are_means_of_the_pads_cells(show):
    element = show(diagrams.network())
    element.get_by_role("button", name="Clear").click()
    element.evaluate("(e) => { e.stroke([3, 5], [20, 27]); e.stroke([30, 2]); }")
    ink = np.array(element.evaluate("(e) => [...e.ink]")).reshape(32, 32)
    assert set(ink.ravel()) == {0, 1}
    expected = ink.reshape(8, 4, 8, 4).mean((1, 3))
    x = np.array(element.evaluate("(e) => [...e.state.x]")).reshape(8, 8)
    np.testing.assert_array_equal(x, expected)
    # The pen is round: near enough to the line is inked, the rest is not.
    rows, columns = np.mgrid[:32, :32] + 0.5
    part = np.clip(((columns - 20) * -17 + (rows - 27) * -22) / (17**2 + 22**2), 0, 1)
    near = np.hypot(columns - 20 + 17 * part, rows - 27 + 22 * part) <= 32 / 13
    near |= np.hypot(columns - 30, rows - 2) <= 32 / 13
    np.testing.assert_array_equal(ink == 1, near)


@EVERYWHERE
def test_a_finger_draws_on_a_telephone(show):
    # So high that nothing is scrolled: after that, Chromium 150 loses a tap made by a test in a
    # sandboxed frame (a click arrives).
    screen = {"width": 375, "height": 3600}
    element = show(diagrams.network(), has_touch=True, is_mobile=True, viewport=screen)
    element.get_by_role("button", name="Clear").tap()
    pad(element).scroll_into_view_if_needed()
    box = pad(element).bounding_box()
    session = element.page.context.new_cdp_session(element.page)
    middle = box["x"] + box["width"] / 2

    def touch(kind: str, *points: float) -> None:
        places = [{"x": middle, "y": box["y"] + y * box["height"]} for y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", 0.05)
    for step in range(1, 16):
        touch("touchMove", 0.05 + 0.06 * step)
    touch("touchEnd")
    x = np.array(element.evaluate("(e) => [...e.state.x]")).reshape(8, 8)
    assert (x[:, 3:5].sum(axis=1) > 0.5).all()
    assert x[:, [0, 1, 6, 7]].sum() == 0
    assert_shows_what_its_code_computes(element)
    element.page.wait_for_timeout(400)  # sooner it would be the second half of a double tap
    canvas(element, "conv2").tap(position=at(element, "conv2", 20))
    expect(element.locator("p.sum")).to_contain_text("conv2[1, 1, 0] = ")


@EVERYWHERE
def test_the_keyboard_draws_and_reads(show):
    element = show(diagrams.network())
    page = element.page
    clear = element.get_by_role("button", name="Clear")
    clear.focus()
    page.keyboard.press("Enter")
    press_tab_until(pad(element))
    for key in ["ArrowRight"] * 8 + ["ArrowDown", "Space"] + ["ArrowDown"] * 13 + ["Space"]:
        page.keyboard.press(key)
    expect(element.locator(".top .note")).to_have_text("pen up, row 28, column 16")
    x = np.array(element.evaluate("(e) => [...e.state.x]")).reshape(8, 8)
    assert (x[1:7, 3:5] > 0).all()
    assert x[:, :3].sum() == x[:, 5:].sum() == 0
    page.keyboard.press("ArrowLeft")
    assert x.sum() == np.sum(element.evaluate("(e) => [...e.state.x]"))  # the pen is up
    assert_shows_what_its_code_computes(element)
    relu = canvas(element, "relu1")
    relu.focus()
    assert sentence(element).startswith("relu1[0, 0, 0] = max(0, conv1[0, 0, 0]) = max(0, ")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert sentence(element).startswith("relu1[1, 1, 0] = ")  # over the line to the next map
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert sentence(element).startswith("relu1[1, 0, 0] = ")  # no further than the edge


def test_a_digit_is_picked(show):
    element = show(diagrams.network())
    for name, image in zip(shipped.names(), shipped.images(), strict=True):
        element.get_by_label("image").select_option(label=name)
        np.testing.assert_array_equal(element.evaluate("(e) => [...e.state.x]"), image.ravel())
        assert_shows_what_its_code_computes(element)
        assert (likeliest(element) in name) == ("fools" not in name)


def test_it_begins_sure_and_asks_to_be_fooled(show):
    element = show(diagrams.network())
    assert "Fool it" in element.locator(".hint").inner_text()
    verdict = element.locator(".verdict")
    expect(verdict).to_have_text("It says “4”, 99.86 %. Draw over it until it says something else.")
    options = element.get_by_label("image").locator("option").all_inner_texts()
    assert options[-2:] == ["8 that fools it", "4 that fools it"]
    element.evaluate("(e) => e.stroke([1, 1], [2, 1])")
    expect(verdict).to_contain_text("It still says “4”")
    element.evaluate("(e) => { for (let y = 2; y < 32; y += 4) e.stroke([2, y], [30, y]); }")
    now = likeliest(element)
    assert now != "4"
    expect(verdict).to_contain_text(f"Now it says “{now}”")
    expect(verdict).to_contain_text("Before you drew it said “4”")
    element.get_by_role("button", name="Reset").click()
    expect(verdict).to_contain_text("It says “4”, 99.86 %")


def test_no_probability_has_an_exponent(show):
    element = show(diagrams.network())
    for k in range(10):
        element.locator(".shares button").nth(k).hover()
        assert not re.search(r"\de[−-]?\d", sentence(element))
        assert sentence(element).endswith("%")
    assert [text for _, text in shares(element)].count("under 0.01 %") > 2


def test_images_are_called_by_their_names(show):
    images = shipped.images()[:2]
    element = show(diagrams.network(images=images, names=["0, as it is", "1, <b>turned</b>"]))
    options = element.get_by_label("image").locator("option").all_inner_texts()
    assert options == ["0, as it is", "1, <b>turned</b>"]


@pytest.mark.parametrize(("name", "index"), [("conv1", 64 * 3 + 9), ("fc", 7)])
def test_a_tap_enlarges_a_map_and_another_picks_a_cell(show, name, index):
    element = show(
        diagrams.network(),
        has_touch=True,
        is_mobile=True,
        viewport={"width": 390, "height": 4000},
    )
    canvas(element, name).tap(position=at(element, name, index))
    large = element.locator(".lens canvas")
    expect(large).to_have_count(1)
    size, *part = element.evaluate("(e) => [e.lens.picture.size, e.lens.first, e.lens.length]")
    assert size >= 24
    assert part == ([192, 64] if name == "conv1" else [0, 10])
    element.page.wait_for_timeout(400)  # sooner it would be the second half of a double tap
    large.tap(position={"x": 2.5 * size, "y": 0.5 * size})
    place = "[3, 0, 2]" if name == "conv1" else "[2]"
    expect(element.locator("p.sum")).to_contain_text(f"{name}{place} = ")
    element.get_by_role("button", name="Close").tap()
    expect(large).to_have_count(0)


def test_a_mouse_needs_no_lens(show):
    element = show(diagrams.network(), viewport={"width": 390, "height": 4000})
    canvas(element, "conv1").click(position=at(element, "conv1", 9))
    assert element.locator(".lens canvas").count() == 0


def numbers_of(made: diagrams.Diagram) -> list[np.ndarray]:
    """Return the book's network's values on its first digit."""
    x, values = shipped.images()[0], []
    values.append(x)
    for part in stages(TinyDigits(), (1, 8, 8)):
        x = part.run(x)
        values.append(x)
    return values


def test_the_mouse_opens_the_arithmetic_of_every_kind(show):
    made = diagrams.network()
    element = show(made, viewport={"width": 900, "height": 2400})
    element.get_by_label("image").select_option(label="0")
    image, conv1, relu1, pool1, conv2, _, pool2, flat, fc = numbers_of(made)
    tiny = TinyDigits()

    def hover(name: str, index: int) -> str:
        canvas(element, name).hover(position=at(element, name, index))
        return sentence(element)

    assert hover("input", 4) == "input[0, 0, 4] = mean of 4×4 cells of the pad = 0.9375"

    text = hover("conv1", 64 + 9)  # inside: nine products and the bias
    products = [
        f"{number(a)}×{number(w) if w >= 0 else f'({number(w)})'}"
        for a, w in zip(image[0, 0:3, 0:3].ravel(), tiny[0].weight[1, 0].ravel(), strict=True)
    ]
    assert text == (
        f"conv1[1, 1, 1] = {' + '.join(products)} + {number(tiny[0].bias[1])} (bias) = "
        f"{number(conv1[1, 1, 1])}"
    )
    grid = element.get_by_role("grid", name="input, map 0")
    assert grid.get_by_role("gridcell").count() == 9
    assert hover("conv1", 0).count("×") == 4  # a corner: five of nine are padding
    assert "(padding)" in grid.get_by_role("gridcell").first.get_attribute("aria-label")

    assert hover("pool1", 16 + 5).startswith("pool1[1, 1, 1] = the largest of 4, relu1[1, ")
    assert sentence(element).endswith(number(pool1[1, 1, 1]))
    assert float(relu1[1, 2:4, 2:4].max()) == float(pool1[1, 1, 1])

    text = hover("conv2", 3 * 16 + 6)
    assert text.startswith("conv2[3, 1, 2] = ")
    assert text.endswith(f"(bias) = {number(conv2[3, 1, 2])}")
    assert "(64 smaller terms)" in text
    parts = [(pool1[c, 0:3, 1:4] * tiny[3].weight[3, c]).sum() for c in range(8)]
    notes = element.locator(".why .note").all_inner_texts()
    assert sorted(notes) == sorted(f"sum {number(part)}" for part in parts)

    assert hover("flatten", 5) == (
        f"flatten[5] = pool2[1, 0, 1] = {number(pool2[1, 0, 1])} = {number(flat[5])}"
    )
    text = hover("fc", 7)
    assert text.startswith("fc[7] = ")
    largest = int(np.abs(flat * tiny[7].weight[7]).argmax())
    assert f"flatten[{largest}]" in text.split("+")[0]
    assert text.endswith(f"(bias) = {number(fc[7])}")

    element.locator(".shares button").nth(9).hover()
    powers = np.exp(fc - fc.max())
    share = percent(powers[9] / powers.sum())
    assert sentence(element) == (
        f"softmax[9] = exp({number(fc[9])} − ({number(fc.max())})) / the sum of all 10 = "
        f"{number(powers[9])} / {number(powers.sum())} = {share}"
    )
    element.locator(".message").first.dispatch_event("pointerleave")
    element.page.mouse.move(1, 1)
    assert sentence(element).startswith("conv1[0, 4, 4]")


def test_means_and_norms_open_too(show):
    model = nn.Sequential(
        nn.BatchNorm2d(2), nn.AvgPool2d(2), nn.Sigmoid(), nn.Tanh(), nn.Dropout(), nn.Flatten()
    )
    x = np.arange(32.0).reshape(2, 4, 4) / 10
    element = show(diagrams.network(model, x), viewport={"width": 900, "height": 1800})
    for name, start in [
        ("batchnorm2d_0", "batchnorm2d_0[1, 0, 0] = 1.6×1 + 0 (bias) = 1.6"),
        ("avgpool2d_1", "avgpool2d_1[0, 0, 0] = (1, the window's sum) / 4 = 0.25"),
        (
            "sigmoid_2",
            "sigmoid_2[0, 0, 0] = 1 / (1 + exp(−(avgpool2d_1[0, 0, 0]))) = 1 / (1 + exp(−(",
        ),
        ("tanh_3", "tanh_3[0, 0, 0] = tanh(sigmoid_2[0, 0, 0]) = tanh(0.5622) = 0.5096"),
        ("dropout_4", "dropout_4[0, 0, 0] = tanh_3[0, 0, 0] = 0.5096 = 0.5096"),
    ]:
        index = 16 if name == "batchnorm2d_0" else 0
        canvas(element, name).hover(position=at(element, name, index))
        assert sentence(element).startswith(start)
    assert shares(element)
    assert_shows_what_its_code_computes(element, model)


def test_a_scaled_colour_network_without_images(show):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(200, 3))
    made = diagrams.network(
        model, input_size=(3, 12, 12), classes=["<b>a</b>", 'b"', "c'"], scale=(-0.5, 2.5)
    )
    element = show(made)
    assert element.evaluate("(e) => e.ink.length") == 3 * 36 * 36
    element.evaluate("(e) => e.stroke([3, 3], [30, 30])")
    x = np.array(element.evaluate("(e) => [...e.state.x]")).reshape(3, 12, 12)
    np.testing.assert_array_equal(x[0], x[1])
    assert (x.min(), x.max()) == (-0.5, 2.5)
    assert [name for name, _ in shares(element)] == ["<b>a</b>", 'b"', "c'"]
    assert_shows_what_its_code_computes(element, model)


def test_a_hostile_name_is_text(show):
    model = nn.Sequential(nn.Flatten())
    model.add_module("<img src=x onerror=alert(1)>", nn.Linear(64, 2))
    element = show(diagrams.network(model))
    assert element.locator("img").count() == 0
    assert "linear_<img src=x onerro" in facts(element)[2][0]


def test_a_screen_reader_is_left_alone_while_drawing(show):
    element = show(diagrams.network())
    live = element.locator("p.sum")
    pad(element).focus()
    expect(live).to_have_attribute("aria-live", "off")
    canvas(element, "conv1").focus()
    expect(live).to_have_attribute("aria-live", "polite")


def test_pictures_are_painted(show):
    """Strong where the number is large; another colour, and smaller, where it is negative."""
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False))
    nn.init.constant_(model[0].weight, -1)
    element = show(diagrams.network(model, [[1.0, 0.5], [-1.0, 0.0]]))
    found = element.evaluate(
        """(e) => e.stages.map(({ picture: { canvas, size } }) => {
          const pixels = new OffscreenCanvas(2 * size, 2 * size).getContext("2d");
          pixels.drawImage(canvas, 0, 0);
          const { data } = pixels.getImageData(0, 0, 2 * size, 2 * size);
          return [[0, 0], [0, 1], [1, 0], [1, 1]].map(([r, c]) => [0.5, 0.1].map((part) => {
            const at = Math.floor((r + part) * size) * 2 * size + Math.floor((c + part) * size);
            return [...data.slice(4 * at, 4 * at + 4)];
          }));
        })"""
    )
    strong, half, negative, zero = found[0]
    assert strong[0] == strong[1] == [0, 114, 178, 255]  # the role's colour, to the edge
    assert 120 < half[0][3] < 145
    assert negative[0][:3] == [192, 58, 0]
    assert negative[1][3] < 30
    assert zero[0][3] < 30
    assert found[1][0][0][:3] == [192, 58, 0]
    assert found[1][2][0][:3] == [0, 121, 90]
