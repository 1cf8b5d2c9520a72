"""How the diagrams look: light and dark, narrow, still, on paper, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from cnnbook import diagrams
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

HEAD = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>Diagram</title>'
    "<style>body { margin: 8px }</style>"
)
MAKERS: dict[str, Callable[[], diagrams.Diagram]] = {
    "backward": lambda: diagrams.backward(padding=1),
    "descent": lambda: diagrams.descent(momentum_lr=1, steps=9),
    "convolution": lambda: diagrams.convolution(padding=1, stride=2),
    "frequency": diagrams.frequency,
    "channels": diagrams.channels,
    "network": diagrams.network,
    "photo": diagrams.photo,
    "pooling": lambda: diagrams.pooling(padding=1),
    "sizes": diagrams.sizes,
    "train": diagrams.train,
    "transposed": lambda: diagrams.transposed(padding=1),
    "largest": lambda: diagrams.convolution(np.ones((16, 16)) / 3, np.ones((7, 7)), padding=8),
    "unread": lambda: diagrams.convolution(np.eye(7), np.eye(2), stride=3),
}
# Text against what is painted below it, by WCAG's formula; painted and read back, because the
# browser writes mixed colours in many ways.
CONTRASTS = """(element) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const paint = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const check = (node, style) => {
    const grounds = [];
    for (let e = node; e; e = e.parentElement) grounds.unshift(getComputedStyle(e).backgroundColor);
    const [below, text] = [paint(grounds), paint([...grounds, style.color])];
    const ratio = (Math.max(below, text) + 0.05) / (Math.min(below, text) + 0.05);
    found.push([ratio, node.className + " " + node.textContent.slice(0, 20)]);
  };
  for (const node of element.shadowRoot.querySelectorAll(".app *:not(option, [type=range])")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (own || node.value) check(node, getComputedStyle(node));
    if (node.dataset.weight) check(node, getComputedStyle(node, "::after"));
  }
  return found.sort((a, b) => a[0] - b[0]);
}"""
NAMELESS = """(element) => [...element.shadowRoot.querySelectorAll(
  "button, select, input, textarea, canvas:not([aria-hidden]), [role=grid], .cell, [role=img],"
  + "[role=group]")]
  .filter((e) => !(e.getAttribute("aria-label") || e.textContent).trim())
  .map((e) => e.outerHTML)"""


# Cells with a number or a weight that does not fit; in a face with wide letters.
CUT = """(element) => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  const cells = [...element.shadowRoot.querySelectorAll(".cell[data-weight]")];
  const cut = cells.filter((cell) => {
    const style = getComputedStyle(cell, "::after");
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    pen.letterSpacing = style.letterSpacing;
    return pen.measureText(cell.dataset.weight).width > cell.clientWidth
      || cell.value.getBoundingClientRect().width > cell.clientWidth
      || cell.scrollWidth > cell.clientWidth || cell.scrollHeight > cell.clientHeight;
  });
  return [cells.length, cut.map((cell) => cell.dataset.weight)];
}"""
WIDE = "<style>body { font-family: 'DejaVu Sans', Verdana, sans-serif }</style>"
WEIGHTED: dict[str, Callable[[np.random.Generator], diagrams.Diagram]] = {
    "convolution": lambda r: diagrams.convolution(r.normal(size=(6, 6)), r.normal(size=(3, 3))),
    "largest": lambda r: diagrams.convolution(r.normal(size=(16, 16)), r.normal(size=(7, 7)) / 9),
    "channels": lambda r: diagrams.channels(r.normal(size=(3, 5, 5)), r.normal(size=(3, 3, 3, 3))),
    "backward": lambda r: diagrams.backward(r.normal(size=(6, 6)), r.normal(size=(3, 3))),
    "pooling": lambda r: diagrams.pooling(r.normal(size=(6, 6)), 3, mode="mean"),
    "network": lambda r: diagrams.network(),
    "transposed": lambda r: diagrams.transposed(r.normal(size=(4, 4)), r.normal(size=(3, 3))),
}


@pytest.fixture(params=MAKERS, ids=str)
def made(request: pytest.FixtureRequest) -> diagrams.Diagram:
    return MAKERS[request.param]()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_page(made: diagrams.Diagram, head: str = HEAD, **settings: Any) -> Page:
        context = browser.new_context(**settings)
        context.set_default_timeout(MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        file = tmp_path / "page.html"
        file.write_text(head + made._repr_html_(), encoding="utf-8")
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def step(page: Page, made: diagrams.Diagram) -> None:
    if made.name not in ("network", "photo", "sizes"):
        page.get_by_role("button", name="Step").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible_and_controls_have_names(show, made, scheme):
    page = show(made, color_scheme=scheme)
    step(page, made)
    element = page.locator(f"cnnbook-{made.name}")
    lowest, *_ = contrasts = element.evaluate(CONTRASTS)
    assert len(contrasts) > 20
    assert lowest[0] >= 4.5, contrasts[:5]
    assert not element.evaluate(NAMELESS)
    assert ("dark" in page.locator(".app").get_attribute("class")) == (scheme == "dark")


def test_everything_fits_a_telephone(show, made):
    page = show(made, viewport={"width": 375, "height": 800})
    page.locator("summary").evaluate_all("(all) => all.forEach((e) => e.click())")
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    small = page.locator("button, select, .cell").evaluate_all(
        "(all) => all.map((e) => e.getBoundingClientRect())"
        ".filter((box) => box.width < 24 || box.height < 24).length"
    )
    assert not small  # WCAG 2.2: targets of at least 24 by 24 pixels


@pytest.mark.parametrize("width", [320, 375, 800, 1440])
@pytest.mark.parametrize("name", WEIGHTED)
def test_no_weight_is_cut(show, name, width):
    made = WEIGHTED[name](np.random.default_rng(0))
    page = show(made, HEAD + WIDE, viewport={"width": width, "height": 800})
    element = page.locator(f"cnnbook-{name}" if name != "largest" else "cnnbook-convolution")
    places = [("step", step) for step in range(2)]
    if name == "network":
        places = [(stage, index) for stage in (1, 4) for index in range(0, 256, 25)]
    seen = 0
    for what, index in places:
        element.evaluate(
            "(e, [what, index]) => { if (what === 'step') e.go(index);"
            " else { e.pointed = [what, index]; e.mark(); } }",
            [what, index],
        )
        count, cut = element.evaluate(CUT)
        seen += count
        assert not cut
    assert seen > 8


# Text that is cut or cannot be reached: wider than its box, or beyond the diagram's edge where
# nothing scrolls; and what a finger would miss.
CLIPPED = """(element) => {
  const root = element.shadowRoot;
  const edge = root.querySelector(".app").getBoundingClientRect();
  const shown = [...root.querySelectorAll(".app *")].filter((e) =>
    e.getClientRects().length && !e.closest("option, .hand") && e.localName !== "option");
  const name = (e) => `${e.localName} ${e.getAttribute("class")} ${e.textContent.slice(0, 30)}`;
  const scrolls = (e) => e && e !== root && (
    ["auto", "scroll"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  const boxes = "figcaption, .note, .cell, p, button, label, summary, .partial, .facts, th, td";
  const cut = shown.filter((e) => e.matches(boxes) && e.clientWidth
    && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
    && !(e.localName === "td" || e.localName === "th"));
  const beyond = shown.filter((e) => !scrolls(e) && e.localName !== "path" && e.localName !== "rect"
    && e.getBoundingClientRect().right > edge.right + 1);
  const texts = shown.filter((e) => e.localName === "text"
    && e.getBoundingClientRect().right > edge.right + 1);
  const targets = "button, select, input, summary, .cell, rect.hit";
  const small = shown.filter((e) => e.matches(targets)).filter((e) => {
    const { width, height } = e.getBoundingClientRect();
    return width < 24 || height < 24;
  });
  return [shown.length, [...cut, ...beyond, ...texts].map(name), small.map(name)];
}"""
WIDTHS = (320, 390, 1024, 1440)


@pytest.mark.parametrize("name", [*(name for name in MAKERS if name != "largest"), "weighted"])
def test_nothing_is_clipped_at_any_width(show, name):
    made = WEIGHTED["channels"](np.random.default_rng(0)) if name == "weighted" else MAKERS[name]()
    page = show(made, HEAD + WIDE, viewport={"width": WIDTHS[0], "height": 900})
    element = page.locator(f"cnnbook-{made.name}")
    page.locator("details").evaluate_all("(all) => all.forEach((e) => { e.open = true; })")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        # Observers of sizes have answered when a frame has been drawn after their own.
        page.evaluate(FRAMES)
        for _ in range(2):
            step(page, made)
            count, clipped, small = element.evaluate(CLIPPED)
            assert count > 30
            assert not clipped, width
            assert not small, width
        assert page.evaluate("document.documentElement.scrollWidth") == width


FRAMES = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_keep_every_mark(show, made, scheme):
    page = show(made, color_scheme=scheme, forced_colors="active")
    step(page, made)
    element = page.locator(f"cnnbook-{made.name}")
    lowest, *_ = contrasts = element.evaluate(CONTRASTS)
    assert lowest[0] >= 4.5, contrasts[:5]
    marks = element.evaluate(
        """(element) => {
          const all = (selector) => [...element.shadowRoot.querySelectorAll(selector)];
          const ground = getComputedStyle(element.shadowRoot.querySelector(".app")).backgroundColor;
          const bare = [];
          const check = (nodes, what, seen) => nodes.forEach((e) => {
            if (!seen(getComputedStyle(e), e)) bare.push([what, e.outerHTML.slice(0, 120)]);
          });
          const plain = (e) => !e.matches(".now, .seen, .tap, .reader");
          check(all(".cell.tap, .cell.reader"), "highlight", (s) => s.backgroundColor !== ground);
          check(all(".cell.now, .cell.seen"), "outline",
            (s) => s.outlineStyle === "solid" && s.outlineColor !== ground);
          check(all(".cell.padding, .cell.unused, .gradient .cell").filter(plain), "hatch",
            (s) => s.backgroundImage.includes("gradient"));
          check(all(".shares button"), "bar", (s) => s.backgroundImage.includes("gradient"));
          check(all(".gallery .wrong"), "border", (s) => s.borderStyle === "dotted");
          const lines = ".sheet rect:not(.halo), .strip rect.map, .strip rect.kernel, " +
            ".view rect:not(.halo), .wave path:not(.holes), .curve, path.line, path.here";
          check(all(lines), "stroke", (s) => s.stroke !== "none" && s.stroke !== ground);
          const marks = ".cell.tap, .cell.now, .shares button, .gallery .wrong";
          return [all(`${marks}, ${lines}`).length, bare];
        }"""
    )
    assert marks[0] > 2
    assert not marks[1]


def test_nothing_moves_by_itself(show, made):
    page = show(made, reduced_motion="reduce")
    step(page, made)
    moving = """(element) => [
      document.getAnimations().length,
      ...[...element.shadowRoot.querySelectorAll("*")].map((e) => getComputedStyle(e)).filter(
        (s) => s.animationName !== "none"
          || (s.transitionProperty !== "none" && s.transitionDuration !== "0s")),
    ].length"""
    assert page.locator(f"cnnbook-{made.name}").evaluate(moving) == 1
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_pages_theme_goes_before_the_systems(show):
    page = show(diagrams.convolution(), color_scheme="dark")
    app = page.locator(".app")
    expect(app).to_have_class("app dark")
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    expect(app).to_have_class("app")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(app).to_have_class("app dark")
    page.evaluate("document.documentElement.removeAttribute('data-theme')")
    page.emulate_media(color_scheme="light")
    expect(app).to_have_class("app")


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_frames_glide_only_where_motion_is_welcome(show, motion, moves):
    page = show(diagrams.convolution(), reduced_motion=motion)
    duration = page.locator("rect.kernel").first.evaluate(
        "(e) => getComputedStyle(e).transitionProperty"
    )
    assert (duration != "none") == moves


def test_paper_gets_the_table(show, made):
    page = show(made)
    expect(page.locator("table").first).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("table").first).to_be_visible()
    expect(page.locator(".app")).to_be_hidden()


def test_without_javascript_the_table_remains(show, made):
    page = show(made, java_script_enabled=False)
    expect(page.get_by_text(made.summary)).to_be_visible()
    assert page.locator("table").count() == len(made.tables)


def test_roles_differ_without_colour(show):
    """Padding is dotted, unread pixels crossed, gradients slanted, frames dashed each their way."""
    page = show(diagrams.pooling(np.eye(5), padding=1, stride=3))
    images = {}
    for what in (".padding", ".unused", ".gradient .cell:not(.tap)", ".output .cell"):
        images[what] = page.locator(what).first.evaluate(
            "(e) => getComputedStyle(e).backgroundImage"
        )
    assert "radial-gradient" in images[".padding"]
    assert images[".unused"].count("repeating-linear-gradient") == 2
    assert images[".gradient .cell:not(.tap)"].count("repeating-linear-gradient") == 1
    assert images[".output .cell"] == "none"
    dashes = {
        role: page.locator(f"rect.{role}").first.evaluate(
            "(e) => getComputedStyle(e).strokeDasharray"
        )
        for role in ("kernel", "output", "gradient")
    }
    assert len(set(dashes.values())) == 3
    assert "none" not in dashes.values()
