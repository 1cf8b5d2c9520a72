"""The photo diagram in a browser: sums as the library's, and whatever a reader calls a picture."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import cnnbook
from cnnbook import diagrams
from cnnbook.diagrams import _photo, _photo_pictures
from cnnbook.diagrams.values import number
from tests.browser.shown import HEAD
from tests.browser.test_diagrams_driven import cell, numbers, press, sentence
from tests.patience import MILLISECONDS, SECONDS

pytestmark = pytest.mark.browser

PAGE = HEAD.replace("<html ", '<html data-content_root="./" ')
# Each state gets a picture of its own, given as numbers.
COMPUTE = """(states) => {
  const { compute } = customElements.get("cnnbook-photo");
  return states.map(({ own, ...state }) => {
    const picture = { ...own, data: Uint8ClampedArray.from(own.data) };
    try {
      const result = compute({ ...state, own: picture });
      return { sums: result.sums.map((plane) => Array.from(plane)), cell: result.cell,
        size: [result.rows.out, result.columns.out] };
    } catch (error) {
      if (!(error instanceof cnnbookDiagrams.Refusal)) throw error;
      return { refused: error.message };
    }
  });
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 1000})
    context.set_default_timeout(MILLISECONDS)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text))
    yield opened
    context.close()
    assert not errors


@pytest.fixture
def visit(page: Page, tmp_path: Path) -> Callable[..., Locator]:
    """Open a page of the book with the diagram, from disk, and wait for its picture."""

    def open_page(address: str = "", **arguments: Any) -> Locator:
        file = tmp_path / "page.html"
        html = diagrams.photo(**arguments)._repr_html_()
        file.write_text(PAGE + html, encoding="utf-8")
        page.goto("about:blank")
        page.goto(file.as_uri() + address)
        element = page.locator("cnnbook-photo")
        wait_until(element, "(e) => e.result.picture.ready")
        return element

    return open_page


def wait_until(element: Locator, condition: str) -> None:
    """Wait for a condition; Playwright's own way polls with eval, which the policy forbids."""
    until = time.monotonic() + SECONDS
    while not element.evaluate(condition):
        assert time.monotonic() < until, condition
        element.page.wait_for_timeout(30)


def case(rng: np.random.Generator) -> dict[str, Any]:
    height, width = (int(n) for n in rng.integers(1, 24, 2))
    kernel = rng.normal(size=rng.integers(1, 6, 2)) * (1 if rng.random() < 0.5 else 100)
    if rng.random() < 0.3:
        kernel = np.round(kernel)
    return {
        "picture": None,
        "pictures": [],
        "own": {
            "height": height,
            "width": width,
            "data": rng.integers(0, 256, 4 * height * width).tolist(),
        },
        "kernel": kernel.tolist(),
        "stride": rng.integers(1, 4, 2).tolist(),
        "padding": "same" if rng.random() < 0.1 else rng.integers(0, 4, 2).tolist(),
        "colour": bool(rng.random() < 0.5),
        "channel": 0,
        "display": "fitting",
        "at": rng.integers(-3, 27, 2).tolist(),
    }


def expected(state: dict[str, Any]) -> tuple[Any, str]:
    """Return the sums, and the one that the diagram of the same arguments writes out."""
    own = state["own"]
    pixels = np.array(own["data"], np.uint8).reshape(own["height"], own["width"], 4)
    image = pixels[..., :3].transpose(2, 0, 1)
    names = ("kernel", "stride", "padding", "colour", "at")
    arguments = {name: state[name] for name in names}
    made = diagrams.photo(image, **arguments)
    sums = cnnbook.conv2d(
        _photo.planes_of(image, state["colour"])[:, None],
        np.array(state["kernel"])[None, None],
        None,
        state["stride"],
        state["padding"],
    )[:, 0]
    return sums, made.tables[-1].rows[0][0]


def test_every_sum_is_the_librarys(page):
    page.set_content(diagrams.photo()._repr_html_())
    rng = np.random.default_rng(0)
    states = [case(rng) for _ in range(200)]
    computed = 0
    for state, got in zip(states, page.evaluate(COMPUTE, states), strict=True):
        try:
            sums, written = expected(state)
        except ValueError:
            assert "refused" in got, state
            continue
        assert got["size"] == list(sums.shape[1:])
        ours = np.array(got["sums"]).reshape(sums.shape)
        scale = 255 * np.abs(state["kernel"]).sum()
        np.testing.assert_allclose(ours, sums, rtol=0, atol=1e-6 * scale)
        row, column = got["cell"]
        assert number(float(sums[0, row, column])) == written
        computed += 1
    assert 100 < computed < 200


@pytest.mark.parametrize("picture", ["roof", "flower", "shapes", "paper"])
@pytest.mark.parametrize("colour", [False, True])
def test_built_in_pictures_arrive_as_they_are(visit, picture, colour):
    element = visit(image=picture, colour=colour)
    pixels = {one.key: one.pixels for one in _photo_pictures.pictures()}[picture]
    kernel = np.array(diagrams.photo().state["kernel"], float)
    sums = cnnbook.conv2d(_photo.planes_of(pixels, colour)[:, None], kernel[None, None])[:, 0]
    ours = element.evaluate("(e) => e.result.sums.map((plane) => Array.from(plane))")
    np.testing.assert_array_equal(np.array(ours).reshape(sums.shape), sums)
    made = diagrams.photo(picture, colour=colour)
    assert sentence(element).endswith(f"= {made.tables[-1].rows[0][0]}")
    labels = ("Red" if colour else "Pixels", "Kernel", "Products")
    for label, table in zip(labels, made.tables[:3], strict=True):
        assert numbers(element, label) == table.rows


def test_the_window_follows_pointer_and_keys(visit, page):
    element = visit(image=np.arange(100).reshape(10, 10), kernel=np.ones((3, 3)))
    canvas = element.locator("canvas").first
    box = canvas.bounding_box()
    assert box
    place = {"x": box["width"] * 0.35, "y": box["height"] * 0.75}
    canvas.hover(position=place)
    assert numbers(element, "Pixels")[1] == ["72", "73", "74"]
    page.mouse.move(box["x"] + 5, box["y"] - 30)
    assert numbers(element, "Pixels")[1] == ["72", "73", "74"]
    canvas.focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    assert numbers(element, "Pixels")[1] == ["53", "54", "55"]
    assert sentence(element).startswith("y[4, 3] = 43×1 + 44×1")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    assert numbers(element, "Pixels")[1] == ["80", "81", "82"]
    # Over the sums the same window moves.
    other = element.locator(".photo > .output canvas")
    box = other.bounding_box()
    assert box
    other.hover(position={"x": 2, "y": 2})
    assert numbers(element, "Pixels")[0] == ["0", "1", "2"]


def test_moving_the_window_paints_nothing_anew(visit):
    """What 512×512 pixels cost is paid once for a kernel."""
    element = visit()
    painted = element.evaluate("""(e) => {
      let count = 0;
      for (const view of [e.input, e.output]) {
        const { paint } = view;
        view.paint = (...all) => { count += 1; paint.apply(view, all); };
      }
      for (let step = 0; step < 9; step += 1) { e.look(10 + step, 20); e.move(1, 0); }
      const still = count;
      e.set({ kernel: [[1, 2], [3, 4]] });
      return [still, count];
    }""")
    assert painted == [0, 1]


def test_a_kernel_is_pressed_and_typed(visit, page):
    element = visit()
    kernels = element.get_by_role("group", name="kernels").get_by_role("button")
    legends = set()
    for index in range(kernels.count()):
        kernels.nth(index).click()
        assert kernels.nth(index).get_attribute("aria-pressed") == "true"
        assert element.locator(".chips + .note").inner_text().endswith(".")
        legends.add(element.locator(".photo > .output .note").inner_text().split()[0])
    assert legends == {"Black", "Middle"}
    target = cell(element, "Kernel", 0, 0)
    target.click()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    assert numbers(element, "Kernel")[0][0] == "7"
    expect(element.locator(".chips + .note")).to_have_text("Your own kernel.")
    assert kernels.locator("[aria-pressed=true]").count() == 0


@pytest.mark.parametrize(
    ("kernel", "display", "legend", "greys"),
    [
        # Sums of a picture of 0, 100 and 255, without padding.
        ([[1]], "fitting", "Black is 0, white 255.", [0, 100, 255]),
        ([[2]], "fitting", "Black is 0, white 510.", [0, 100, 255]),
        ([[-1]], "fitting", "Middle grey is 0, white 260, black −260.", [128, 79, 3]),
        ([[2]], "plain", "1 of 3 sums lie outside", [0, 200, 255]),
        ([[-1]], "size", "Black is 0, white 255 or −255", [0, 100, 255]),
    ],
)
def test_grey_is_explained(visit, kernel, display, legend, greys):
    element = visit(image=[[0, 100, 255]], kernel=kernel)
    element.evaluate("(e, display) => e.set({ display })", display)
    assert legend in element.locator(".photo > .output .note").inner_text()
    data = element.evaluate(
        "(e) => [...e.output.canvas.getContext('2d').getImageData(0, 0, 3, 1).data]"
    )
    assert data[::4] == greys


# ---- pictures of the reader's own ----


def read(element: Locator) -> dict[str, Any]:
    """Return the picture that the diagram holds."""
    return element.evaluate(
        "(e) => ({ size: [e.result.rows.n, e.result.columns.n], own: e.state.picture === null,"
        " first: [...e.result.picture.data.slice(0, 3)],"
        " last: [...e.result.picture.data.slice(-4)],"
        " said: e.status.textContent, refused: e.message.textContent })"
    )


def give(element: Locator, file: Path) -> dict[str, Any]:
    element.locator("input[type=file]").set_input_files(file)
    # The state changes when it was read.
    wait_until(element, "(e) => e.state.picture === null")
    return read(element)


def save(tmp_path: Path, name: str, pixels: Any, **options: Any) -> Path:
    file = tmp_path / name
    Image.fromarray(np.asarray(pixels)).save(file, **options)
    return file


def test_a_picture_keeps_its_numbers(visit, tmp_path):
    element = visit()
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3)).astype(np.uint8)
    got = give(element, save(tmp_path, "own.png", pixels))
    assert got["own"]
    assert (got["size"], got["first"]) == ([30, 40], pixels[0, 0].tolist())
    assert "nothing is sent anywhere" in got["said"]
    assert element.get_by_label("picture", exact=True).evaluate(
        "(e) => e.selectedOptions[0].text"
    ) == ("your own")
    grey = _photo.planes_of(pixels.transpose(2, 0, 1), colour=False)
    kernel = np.array(diagrams.photo().state["kernel"], float)
    sums = cnnbook.conv2d(grey[None], kernel[None, None])[0, 0]
    ours = element.evaluate("(e) => Array.from(e.result.sums[0])")
    np.testing.assert_array_equal(np.reshape(ours, sums.shape), sums)
    assert sentence(element).endswith(f"= {number(float(sums[14, 19]))}")


def test_forty_megapixels_are_scaled_down(visit, tmp_path):
    element = visit()
    pixels = np.full((5000, 8000, 3), 40, np.uint8)
    pixels[:, 4000:] = 200
    got = give(element, save(tmp_path, "large.jpg", pixels, quality=50))
    assert got["size"] == [320, 512]
    assert "5000×8000 pixels, is shown at 320×512" in got["said"]
    assert (got["first"], got["last"][:3]) == ([40] * 3, [200] * 3)


def test_a_text_called_jpg_is_refused(visit, tmp_path):
    element = visit()
    file = tmp_path / "note.jpg"
    file.write_text("no picture", encoding="utf-8")
    element.locator("input[type=file]").set_input_files(file)
    expect(element.get_by_role("alert")).to_contain_text("“note.jpg” is no picture")
    got = read(element)
    assert not got["own"]
    assert got["size"] == [112, 168]
    # The next picture takes the sentence away.
    assert not give(element, save(tmp_path, "a.png", np.zeros((9, 9), np.uint8)))["refused"]


def test_a_cameras_turn_is_undone(visit, tmp_path):
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, :40, 0] = 255
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned by 90° clockwise: the left side becomes the top
    got = give(visit(), save(tmp_path, "turned.jpg", pixels, exif=turned, quality=95))
    assert got["size"] == [80, 40]
    assert got["first"][0] > 240
    assert got["last"][0] < 15


def test_what_is_transparent_is_white(visit, tmp_path):
    pixels = np.zeros((12, 12, 4), np.uint8)
    pixels[:6, :, 3] = 255
    got = give(visit(), save(tmp_path, "transparent.png", pixels))
    assert (got["first"], got["last"]) == ([0, 0, 0], [255] * 4)
    assert "What was transparent is white." in got["said"]


def test_sixteen_bits_become_eight(visit, tmp_path):
    pixels = np.full((8, 8), 256 * 130, np.uint16)
    got = give(visit(), save(tmp_path, "deep.png", pixels))
    assert abs(got["first"][0] - 130) <= 1


def test_of_a_moving_picture_the_first_is_taken(visit, tmp_path):
    first, second = (Image.new("L", (20, 20), grey) for grey in (10, 200))
    file = tmp_path / "moving.gif"
    first.save(file, save_all=True, append_images=[second], duration=50, loop=0)
    assert give(visit(), file)["first"] == [10] * 3


@pytest.mark.parametrize(
    ("shape", "size"),
    [((1, 1), [1, 1]), ((2, 2), [2, 2]), ((3, 3000), [1, 512]), ((3000, 2), [512, 1])],
)
def test_tiny_and_slender_pictures_are_taken(visit, tmp_path, shape, size):
    element = visit()
    got = give(element, save(tmp_path, "odd.png", np.full(shape, 77, np.uint8)))
    assert (got["size"], got["refused"]) == (size, "")
    for canvas in element.locator("canvas").all():
        box = canvas.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24
    press(element, "blur")
    assert sentence(element).endswith(number(77 * min(3, size[0]) * min(3, size[1]) / 9))
    press(element, "Reset")
    assert read(element)["size"] == [112, 168]


DROP = """([element, type, name, text]) => {
  const transfer = new DataTransfer();
  if (type === "text") transfer.setData("text/plain", text);
  else {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt());
    transfer.items.add(new File([bytes], name, { type: "image/png" }));
  }
  const target = element.app.querySelector("canvas") ?? element.app;
  const way = { bubbles: true, composed: true, cancelable: true };
  const event = type === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, ...way })
    : new DragEvent("drop", { dataTransfer: transfer, ...way });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}"""
BLACK = _photo_pictures.address(np.zeros((1, 7, 9), np.uint8)).partition(",")[2]


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(visit, page, way):
    element = visit()
    assert page.evaluate(DROP, [element.element_handle(), way, "black.png", BLACK])
    expect(element.locator(".photo > .input figcaption")).to_have_text("Picture 7×9")


def test_a_dropped_text_leads_nowhere(visit, page):
    element = visit()
    assert page.evaluate(DROP, [element.element_handle(), "text", "", "https://example.org"])
    expect(element.get_by_role("alert")).to_contain_text("no file")


def test_drawing_makes_the_picture_ones_own(visit, page):
    element = visit(image="paper")
    canvas = element.locator("canvas").first
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.up()
    dark = "(e) => e.result.picture.data.filter((v, i) => i % 4 === 0 && v === 0).length"
    drawn = element.evaluate(dark)
    assert 150 < drawn < 600
    assert read(element)["own"]
    # With the keys alone: up from the line, and a dot.
    canvas.focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press(" ")
    assert element.evaluate(dark) > drawn
    # The paper itself stays white.
    element.get_by_label("picture", exact=True).select_option(label="paper to draw on")
    assert element.evaluate(dark) == 0


def test_a_link_leaves_the_readers_picture_at_home(visit, page, tmp_path):
    element = visit()
    give(element, save(tmp_path, "own.png", np.full((9, 9), 50, np.uint8)))
    press(element, "blur")
    page.wait_for_url(re.compile("#photo-1=.*kernel"))
    address = page.evaluate("decodeURIComponent(location.hash)")
    assert set(json.loads(address.partition("=")[2])) == {"kernel", "at"}
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(element, "Copy link")
    expect(element.locator(".share [role=status]")).to_contain_text("not your picture")
    again = visit(address=page.evaluate("location.hash"))
    assert read(again)["size"] == [112, 168]
    assert numbers(again, "Kernel")[0][0] == "0.1111"


@pytest.mark.parametrize("width", [320, 390, 700, 1024, 1440])
@pytest.mark.parametrize("colour", [False, True])
def test_nothing_is_clipped(visit, page, width, colour):
    page.set_viewport_size({"width": width, "height": 900})
    element = visit(kernel=np.full((3, 3), -123.4), colour=colour)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    boxes = [box.bounding_box() for box in element.locator(".photo > .box").all()]
    first, second = boxes
    assert first
    assert second
    assert (second["y"] > first["y"] + first["height"]) == (width < 560)
    cut = element.locator(".cell").evaluate_all(
        "(all) => all.filter((c) => c.scrollWidth > c.clientWidth).map((c) => c.textContent)"
    )
    assert not cut


def test_the_code_gives_the_same_numbers(visit):
    element = visit()
    press(element, "blur")
    element.locator("canvas").first.focus()
    element.page.keyboard.press("Shift+ArrowRight")
    names: dict[str, Any] = {}
    code = element.get_by_label("Python code").input_value().strip()
    *lines, last = code.splitlines()
    exec("\n".join(lines), names)
    made = eval(last, names)
    assert sentence(element).endswith(f"= {made.tables[-1].rows[0][0]}")
    assert numbers(element, "Pixels") == made.tables[0].rows


def test_nothing_leaves_the_page(visit, page, tmp_path):
    element = visit()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    give(element, save(tmp_path, "own.png", np.full((9, 9), 50, np.uint8)))
    press(element, "blur")
    element.locator("canvas").first.hover()
    assert [url for url in requests if not url.startswith("data:")] == []


def test_a_telephone_offers_its_camera(browser, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(PAGE + diagrams.photo()._repr_html_(), encoding="utf-8")
    offered = []
    for touch in (True, False):
        context = browser.new_context(has_touch=touch, is_mobile=touch)
        page = context.new_page()
        page.goto(file.as_uri())
        element = page.locator("cnnbook-photo")
        expect(element.get_by_role("button", name="Your own picture")).to_be_visible()
        offered.append(element.get_by_role("button", name="Camera").count())
        if touch:
            assert element.locator("input[capture]").get_attribute("accept") == "image/*"
        context.close()
    assert offered == [1, 0]
