"""How pages look at each width and in each light: room for the text, one type, no white sheets."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import listen
from tests.browser.loading import serve
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

COLUMN = 736  # pixels: 50 rem less two of padding at each side
SCHEMES = ["light", "dark"]
PLACE = "book/pooling.html"
Opened = Callable[..., Page]

# Of each pair of colours their contrast by WCAG's formula.
CONTRAST = """([text, ground]) => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [a, b] = [light(text), light(ground)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


@pytest.fixture
def opened(browser: Browser, site: Path) -> Iterator[Opened]:
    """Open a page of the site from disk."""
    contexts = []

    def open_page(name: str = PLACE, width: int = 1440, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        context.set_default_timeout(MILLISECONDS)
        page = context.new_page()
        page.goto((site / name).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def style(locator: Locator, name: str) -> str:
    return locator.evaluate("(e, name) => getComputedStyle(e)[name]", name)


def columns(locator: Locator) -> np.ndarray:
    """Return the mean brightness of each column of an element's pixels, inside its border."""
    pixels = np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("L"), dtype=float)
    return np.median(pixels, axis=0)[3:-3]


def test_the_text_keeps_its_width_and_contents_come_with_the_room_for_them(opened: Opened) -> None:
    page = opened()
    text = page.locator(".bd-article > section > p:visible").first
    contents = page.locator("#pst-page-toc-nav")
    button = page.locator("button.secondary-toggle")
    for width in (1024, 1199, 1200, 1280, 1359, 1360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        box = text.bounding_box()
        assert box is not None
        assert round(box["width"]) == COLUMN, width
        beside = width >= 1360
        expect(contents).to_be_visible(visible=beside)
        expect(button).to_be_visible(visible=not beside)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_contents_open_over_the_page_where_they_have_no_room(opened: Opened) -> None:
    page = opened(width=1280)
    page.locator("button.secondary-toggle").click()
    panel = page.locator("dialog.bd-sidebar-secondary")
    expect(panel.locator("#pst-page-toc-nav")).to_be_visible()
    box = panel.bounding_box()
    assert box is not None
    assert (round(box["x"] + box["width"]), round(box["height"])) == (1280, 900)
    page.keyboard.press("Escape")
    expect(page.locator("#pst-page-toc-nav")).to_be_hidden()


@pytest.mark.parametrize(
    "name", ["glossary", "notation", "misconceptions", "evidence", "api", "workshop/pooling"]
)
def test_nothing_is_wider_than_a_small_phone(opened: Opened, name: str) -> None:
    page = opened(f"book/{name}.html", width=320)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("name", "boxes"),
    [
        ("book/workshop/pooling.html", ".cell_input pre"),
        ("book/notation.html", ".pst-scrollable-table-container"),
    ],
)
def test_a_shadow_shows_on_which_side_something_goes_on(
    opened: Opened, scheme: str, name: str, boxes: str
) -> None:
    page = opened(name, width=390, color_scheme=scheme)
    cut = page.locator(f"{boxes}:visible")
    at = cut.evaluate_all("(all) => all.findIndex((e) => e.scrollWidth > e.clientWidth + 60)")
    box = cut.nth(at)
    expect(box).to_have_attribute("tabindex", "0")
    # Its ground alone; a line keeps it as wide as it was.
    box.evaluate(
        """(e) => {
          const width = e.scrollWidth;
          e.innerHTML = `<div style="width: ${width}px; height: 100px"></div>`;
        }"""
    )
    begin = columns(box)
    assert abs(begin[-1] - begin[150]) > 30
    assert abs(begin[0] - begin[150]) < 3
    box.evaluate("(e) => { e.scrollLeft = e.scrollWidth; }")
    end = columns(box)
    assert abs(end[0] - end[150]) > 30
    assert abs(end[-1] - end[150]) < 3


def test_what_fits_has_no_shadow(opened: Opened) -> None:
    page = opened(width=1440)
    box = page.locator(".cell_input pre:visible").first
    box.evaluate("(e) => { e.innerHTML = `<div style='height: 100px'></div>`; }")
    ground = columns(box)
    assert np.ptp(ground) < 3


def test_printed_sentences_wrap_and_columns_do_not(opened: Opened) -> None:
    page = opened("book/workshop/pooling.html", width=390)
    prose = page.locator(".cell_output .prose pre")
    assert prose.count() > 0
    cut = "(all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).length"
    assert prose.evaluate_all(cut) == 0
    other = page.locator(".cell_output .stream:not(.prose) pre").first
    assert style(other, "whiteSpace") == "pre"


def test_headings_have_one_weight_and_sizes_by_rank(opened: Opened) -> None:
    for width in (390, 1440):
        page = opened("book/evidence.html", width=width)
        heads = [page.locator(f".bd-article h{rank}").first for rank in (1, 2, 3)]
        assert {style(head, "fontWeight") for head in heads} == {"600"}
        sizes = [float(style(head, "fontSize").removesuffix("px")) for head in heads]
        assert sizes == sorted(set(sizes), reverse=True)
        assert sizes[-1] > 16
    assert style(opened("search.html").locator("h1"), "fontWeight") == "600"


def test_parts_are_headings_in_the_menu(opened: Opened) -> None:
    page = opened()
    parts = page.locator(".bd-sidebar-primary").get_by_role("heading", level=2)
    expect(parts.filter(has_text="Part I.")).to_be_visible()
    entry = page.locator(".bd-sidebar-primary .toctree-l1 > a").first
    part = parts.first.locator(".caption-text")
    assert style(part, "fontWeight") == "600"
    assert float(style(part, "fontSize")[:-2]) > float(style(entry, "fontSize")[:-2])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_links_have_one_colour_that_can_be_read_on_each_ground(opened: Opened, scheme: str) -> None:
    page = opened("book/evidence.html", color_scheme=scheme)
    links = page.locator(".bd-article a.reference")
    colours = links.evaluate_all("(all) => [...new Set(all.map((e) => getComputedStyle(e).color))]")
    assert len(colours) == 1
    grounds = [style(page.locator("body"), "backgroundColor")]
    page.goto(page.url.replace("evidence", "api"))
    grounds.append(style(page.locator(".bd-article pre").first, "backgroundColor"))
    for ground in grounds:
        assert page.evaluate(CONTRAST, [colours[0], ground]) >= 5.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_code_can_be_read_on_its_ground(opened: Opened, scheme: str) -> None:
    # axe leaves text out that stands on a gradient, as the shadows are.
    page = opened("book/workshop/pooling.html", color_scheme=scheme)
    code = page.locator(".cell_input pre").first
    ground = style(code, "backgroundColor")
    colours = page.locator(".cell_input pre span").evaluate_all(
        "(all) => [...new Set(all.map((e) => getComputedStyle(e).color))]"
    )
    assert len(colours) > 3
    for colour in colours:
        assert page.evaluate(CONTRAST, [colour, ground]) >= 4.5, colour


def test_drawings_are_dark_in_the_dark_and_pictures_are_as_they_are(opened: Opened) -> None:
    page = opened("book/backpropagation.html", color_scheme="dark")
    drawing = page.locator(".bd-article img.ink").first
    drawing.scroll_into_view_if_needed()
    assert columns(drawing).max() < 60
    for name in ("book/images_as_arrays.html", "book/pooling.html"):
        page.goto(page.url.rsplit("/book/", 1)[0] + "/" + name)
        others = page.locator(".bd-article .cell_output img:not(.ink)")
        assert others.count() > 0
        filters = others.evaluate_all("(all) => all.map((e) => getComputedStyle(e).filter)")
        assert set(filters) == {"none"}


def test_the_dark_does_not_narrow_a_diagram(opened: Opened) -> None:
    widths = []
    for scheme in SCHEMES:
        page = opened(width=390, color_scheme=scheme)
        box = page.locator("cnnbook-pooling").first.bounding_box()
        assert box is not None
        widths.append(round(box["width"]))
    assert widths[0] == widths[1] >= 390 - 32


def test_forced_colours_keep_what_is_chosen_and_the_edges(opened: Opened) -> None:
    page = opened(forced_colors="active")
    page.get_by_role("button", name="Hide code").click()
    chosen = page.locator(".cnnbook-code[aria-pressed=true]")
    plain = page.locator(".bd-sidebar-primary .toctree-l1:not(.current) > a").first
    current = page.locator(".bd-sidebar-primary .current > a.current").first
    for marked in (chosen, current):
        assert style(marked, "backgroundColor") != style(plain, "backgroundColor")
        colours = [style(marked, "color"), style(marked, "backgroundColor")]
        assert page.evaluate(CONTRAST, colours) >= 4.5
    page.get_by_role("button", name="Hide code").click()
    for boxed in (".bd-article pre", ".bd-article details > summary", "#pst-search-dialog"):
        assert style(page.locator(boxed).first, "borderTopStyle") == "solid", boxed
    line = page.locator(".cnnbook-read > i")
    assert style(line, "backgroundColor") != style(page.locator("body"), "backgroundColor")


@pytest.mark.parametrize("home", ["/", "/cnnbook/", "/preview/7/"])
@pytest.mark.parametrize("asked", ["nothing", "book/nothing/deep/x.html"])
def test_the_lost_page_is_styled_and_leads_home(
    browser: Browser, site: Path, tmp_path: Path, home: str, asked: str
) -> None:
    folder = tmp_path / home.strip("/")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("index.html", "search.html", "searchindex.js"):
        shutil.copy(site / name, folder)
    lost = (site / "404.html").read_text(encoding="utf-8")
    page = browser.new_page()
    page.set_default_timeout(MILLISECONDS)
    with serve(tmp_path) as address:
        page.route(
            f"{address}{home}{asked}",
            lambda route: route.fulfill(status=404, content_type="text/html", body=lost),
        )
        page.goto(f"{address}{home}{asked}")
        expect(page.get_by_role("link")).to_have_attribute("href", f"{home}index.html")
        assert style(page.locator("h1"), "fontFamily").startswith("system-ui")
        page.get_by_label("Search this book").fill("pooling")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}{home}search.html?q=pooling")
        page.close()


def test_the_lost_page_from_disk_leads_home_in_silence(browser: Browser, site: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    errors: list[str] = []
    listen(page, errors, [])
    page.goto((site / "404.html").as_uri())
    expect(page.get_by_role("link")).to_have_attribute("href", "index.html")
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert page.evaluate(CONTRAST, [ground, style(page.get_by_role("link"), "color")]) >= 7
    page.get_by_role("link").click()
    page.wait_for_url("**/index.html")
    assert not errors
    page.close()
