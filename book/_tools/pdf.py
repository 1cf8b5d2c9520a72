"""Print the built pages as one PDF, _build/html/cnnbook.pdf, and offer it on every page.

Chromium prints each page as a reader's would, with the answers at its end (book/_static/print.js);
pypdf puts the prints into one document, where links lead from page to page, with bookmarks, a title
page, contents and page numbers. Chinese letters need a font on the machine that prints
(`apt install fonts-noto-cjk` on Debian or Ubuntu). Run `make pdf`.
"""

from __future__ import annotations

import argparse
import html
import io
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import ArrayObject, Fit, FloatObject, NameObject, NullObject, RectangleObject

from book._tools import contents
from book._tools.pdf_fonts import share_fonts
from tests.browser.conftest import HOW_TO_GET_ONE, chromium_flags, find_chromium

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
NAME = "cnnbook.pdf"
ANSWERS = "answers-on-paper"  # what print.js calls the section at the end of a page
# Size of text and margins are those of every printed page (book/_static/book.css).
PAPER = {"format": "A4", "print_background": True}
# As a reader who prints a page and has waited for everything: print.js lays it out. A place that
# other pages lead to is known in the print only if the page itself has a link to it: an unseen one
# is added.
PREPARE = """async (places) => {
  dispatchEvent(new Event("beforeprint"));
  document.querySelectorAll("img").forEach((e) => { e.loading = "eager"; });
  await Promise.all([...document.images].map((e) => e.decode().catch(() => null)));
  await document.fonts.ready;
  document.querySelectorAll("a.headerlink").forEach((e) => e.remove());
  const links = document.createElement("div");
  links.className = "all-places";
  for (const id of places.filter((id) => document.getElementById(id))) {
    const link = document.createElement("a");
    link.href = "#" + id;
    link.textContent = ".";
    links.append(link);
  }
  document.querySelector("article").append(links);
}"""
STYLE = """
  .all-places { font-size: 1px; line-height: 1px; opacity: 0; }
  .bd-header-article, .bd-sidebar-primary, .bd-sidebar-secondary,
  .bd-footer, #pst-back-to-top { display: none !important; }
  /* Each rounded corner and each border of its own colour is a long path on paper. */
  * { border-radius: 0 !important; box-shadow: none !important; text-shadow: none !important; }
"""
_OFFERED = re.compile(r'<(li|p)><a data-book="pdf".*?</\1>', re.DOTALL)
_MENU = re.compile(r'(<div class="dropdown dropdown-download-buttons">.*?)(\s*</ul>)', re.DOTALL)
_DOORS = re.compile(r'<div class="doors\b.*?</div>', re.DOTALL)
FRONT_STYLE = """<style>
  @page { margin: 18mm 18mm 20mm; }
  body { font-family: "Liberation Sans", Arial, sans-serif; margin: 0; }
  .title { height: 230mm; display: flex; flex-direction: column; justify-content: center; }
  h1 { font-size: 34pt; line-height: 1.15; margin: 0 0 6mm; }
  h2 { break-before: page; font-size: 18pt; }
  h3 { font-size: 11pt; margin: 3mm 0 0.8mm; break-after: avoid; }
  p { margin: 0.6mm 0; font-size: 10pt; }
  .line { display: flex; gap: 2mm; }
  .line i { flex: 1; border-bottom: 1px dotted #888; margin-bottom: 1mm; }
  a { color: inherit; text-decoration: none; }
</style>"""


@dataclass(frozen=True)
class Printed:
    """One page of the site on paper."""

    name: str
    title: str
    part: str | None
    sections: tuple[tuple[int, str, str], ...]
    pdf: PdfReader


def order() -> list[tuple[str | None, str]]:
    """Return each page's part and its name, in the order of reading."""
    return [(page.part, page.name) for page in contents.pages()]


def places(site: Path) -> dict[str, set[str]]:
    """Return the places on each page that some link of the book leads to, and all sections."""
    found: dict[str, set[str]] = {}
    for page in [site / "index.html", *(site / "book").rglob("*.html")]:
        text = page.read_text(encoding="utf-8")
        own = page.relative_to(site).as_posix()
        found.setdefault(own, set()).update(re.findall(r'<section id="([^"]+)"', text))
        for address in re.findall(r'href="([^"]+)"', text):
            parts = urlsplit(html.unescape(address))
            if parts.fragment and not parts.netloc:
                target = (page.parent / parts.path).resolve() if parts.path else page.resolve()
                name = target.relative_to(site.resolve()).as_posix()
                found.setdefault(name, set()).add(unquote(parts.fragment))
    return found


def print_page(browser: Browser, site: Path, name: str, part: str | None, ids: set[str]) -> Printed:
    """Print one page of the site."""
    page = browser.new_page(viewport={"width": 1000, "height": 1200}, color_scheme="light")
    page.set_default_timeout(120_000)
    page.goto((site / f"{name}.html").as_uri())
    page.add_style_tag(content=STYLE)
    page.evaluate(PREPARE, sorted({*ids, ANSWERS}))
    sections = page.evaluate(
        """() => [...document.querySelectorAll("article section[id]")].map((e) => {
          const heading = e.querySelector("h1, h2, h3");
          return heading && heading.parentElement === e
            ? [Number(heading.nodeName[1]), heading.innerText.trim(), e.id] : null;
        }).filter(Boolean)"""
    )
    page.emulate_media(media="print", color_scheme="light")
    pdf = PdfReader(io.BytesIO(page.pdf(**PAPER)))
    page.close()
    title = next((text for level, text, _ in sections if level == 1), name)
    return Printed(f"{name}.html", title, part, tuple(map(tuple, sections)), pdf)


def _render(browser: Browser, body: str) -> PdfReader:
    page = browser.new_page()
    page.set_content(f"<!doctype html><html lang='en'><meta charset='utf-8'>{body}")
    reader = PdfReader(io.BytesIO(page.pdf(**PAPER)))
    page.close()
    return reader


def front(browser: Browser, title: str, pages: list[Printed]) -> PdfReader:
    """Print the title page and the contents, whose own length decides where chapters start."""
    opening = _render(browser, _contents(title, pages, 0))
    while True:
        length = len(opening.pages)
        opening = _render(browser, _contents(title, pages, length))
        if len(opening.pages) == length:
            return opening


def _contents(title: str, pages: list[Printed], length: int) -> str:
    lines, part, at = [], None, length + 1
    for page in pages:
        if page.part != part:
            part = page.part
            lines.append(f"<h3>{html.escape(part or '')}</h3>")
        label, address = html.escape(page.title), f"https://{NAME}/{page.name}"
        lines.append(f'<p class="line"><a href="{address}">{label}</a><i></i>{at}</p>')
        at += len(page.pdf.pages)
    return (
        f"{FRONT_STYLE}<div class='title'><h1>{html.escape(title)}</h1>"
        "<p>A book on convolutional neural networks that you can read, run and check.</p>"
        "<p>What answers a question stands at the end of its chapter. Folded code, as of imports "
        "and figures, is in the notebooks alone.</p>"
        "<p>Code: MIT licence. Text and figures: CC BY 4.0.</p></div>"
        f"<h2>Contents</h2>{''.join(lines)}"
    )


def numbers(browser: Browser, count: int) -> PdfReader:
    """Print pages that hold nothing but their numbers."""
    style = (
        "<style>@page { margin: 0 } div { height: 290mm; position: relative }"
        "div + div { break-before: page }"
        "span { position: absolute; bottom: 3mm; width: 100%; text-align: center;"
        "font: 9pt system-ui, sans-serif; color: #555 }</style>"
    )
    pages = "".join(f"<div><span>{number}</span></div>" for number in range(2, count + 1))
    return _render(browser, style + pages)


class Binder:
    """Puts prints into one document and leads its links to their places."""

    def __init__(self, site: Path) -> None:
        self.site = site.resolve()
        self.writer = PdfWriter()
        self.starts: dict[str, int] = {}
        self.targets: dict[tuple[str, str], tuple[int, float]] = {}

    def add(self, name: str, reader: PdfReader) -> None:
        """Append the pages of one print and remember where its places are."""
        start = len(self.writer.pages)
        self.starts[name] = start
        for place, target in reader.named_destinations.items():
            number = reader.get_destination_page_number(target)
            if number is not None and number >= 0:
                height = float(reader.pages[number].mediabox.height)
                top = float(target.top) if target.top is not None else height
                self.targets[name, unquote(place.lstrip("/"))] = (start + number, top)
        for page in reader.pages:
            self.writer.add_page(page)

    def find(self, name: str, place: str) -> tuple[int, float] | None:
        """Return the page and the height at which a place stands."""
        if name not in self.starts:
            return None
        return self.targets.get((name, place), (self.starts[name], 10_000.0))

    def _meant(self, annotation: dict, own: str) -> tuple[str, str] | None:
        """Return the page and the place of the book that a link means; None for other links."""
        action = annotation.get("/A", {})
        inside = annotation.get("/Dest", action.get("/D"))
        if isinstance(inside, str):
            return own, unquote(inside.lstrip("/"))
        parts = urlsplit(str(action.get("/URI", "")))
        if parts.netloc == NAME:
            return parts.path.lstrip("/"), unquote(parts.fragment)
        if parts.scheme == "file":
            path = Path(unquote(parts.path))
            if path.is_relative_to(self.site):
                return path.relative_to(self.site).as_posix(), unquote(parts.fragment)
        return None

    def lead(self, base: str) -> None:
        """Lead each link to its place in the document, or else to the published site."""
        owners = sorted(self.starts.items(), key=lambda item: item[1])
        for number, page in enumerate(self.writer.pages):
            own = [name for name, start in owners if start <= number][-1]
            kept = ArrayObject()
            for reference in page.get("/Annots", ArrayObject()):
                annotation = reference.get_object()
                meant = self._meant(annotation, own)
                if meant is None:
                    kept.append(reference)
                    continue
                found = self.find(*meant)
                box = RectangleObject(annotation["/Rect"])
                if box.height < 2:  # one of the unseen links
                    continue
                if found is None:
                    link = Link(rect=box, url=f"{base}{meant[0]}")
                else:
                    page_number, top = found
                    link = Link(rect=box, target_page_index=page_number)
                    target = self.writer.pages[page_number].indirect_reference
                    link[NameObject("/Dest")] = ArrayObject(
                        [target, NameObject("/XYZ"), NullObject(), FloatObject(top), NullObject()]
                    )
                kept.append(self.writer._add_object(link))
            page[NameObject("/Annots")] = kept

    def mark(self, pages: list[Printed]) -> None:
        """Add bookmarks: parts, their chapters, and the sections of these."""
        parents: dict[str, object] = {}
        for page in pages:
            start = self.starts[page.name]
            if page.part and page.part not in parents:
                parents[page.part] = self.writer.add_outline_item(
                    title=page.part, page_number=start
                )
            above = {1: parents.get(page.part or "")}
            for level, text, place in page.sections:
                number, top = self.find(page.name, place) or (start, 10_000.0)
                nearest = max((n for n in above if n <= level), default=1)
                item = self.writer.add_outline_item(
                    title=text, page_number=number, parent=above.get(nearest), fit=Fit.xyz(top=top)
                )
                above = {n: kept for n, kept in above.items() if n <= level}
                above[level + 1] = item


def bind(site: Path, only: list[str] | None, browser: Browser) -> PdfWriter:
    """Return the document, of all pages or of some."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    chosen = [(part, name) for part, name in order() if only is None or name in only]
    ids = places(site)
    pages = []
    for part, name in chosen:
        pages.append(print_page(browser, site, name, part, ids.get(f"{name}.html", set())))
        print(f"{name}: {len(pages[-1].pdf.pages)} pages", flush=True)
    book = Binder(site)
    book.add("front", front(browser, config["title"], pages))
    for page in pages:
        book.add(page.name, page.pdf)
    book.lead(config["html"]["baseurl"])
    book.mark(pages)
    stamped = numbers(browser, len(book.writer.pages))
    for page, number in zip(book.writer.pages[1:], stamped.pages, strict=True):
        page.merge_page(number)
    share_fonts(book.writer)
    for page in book.writer.pages:
        page.compress_content_streams(level=9)
    book.writer.add_metadata({"/Title": config["title"], "/Author": config["author"]})
    book.writer.page_mode = "/UseOutlines"
    tidy(book.writer)
    return book.writer


def tidy(writer: PdfWriter) -> None:
    """Leave out what is there twice and what nothing leads to: each round finds a layer of it."""
    before = 0
    while before != (before := sum(entry is not None for entry in writer._objects)):
        writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)


def offer(page: str, address: str, about: str) -> str:
    """Return the page with the PDF in its menu, and on the welcome page below the doors.

    `about` says how long and how large it is. What an earlier print offered is replaced.
    """
    page = _OFFERED.sub("", page)
    link = f'<a data-book="pdf" href="{address}"'
    item = (
        f'<li>{link} class="btn btn-sm dropdown-item" title="The whole book as PDF, {about}">'
        '<span class="btn__icon-container"><i class="fas fa-download"></i></span>'
        f'<span class="btn__text-container">The whole book, .pdf ({about})</span></a></li>'
    )
    line = (
        f"<p>{link}>The whole book as PDF</a>, {about}, to read without a network or to print.</p>"
    )
    page = _MENU.sub(lambda match: f"{match[1]}{item}{match[2]}", page, count=1)
    return _DOORS.sub(lambda match: f"{match[0]}{line}", page, count=1)


def main() -> None:
    """Write the document and put links to it on the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=SITE, help="the built pages")
    parser.add_argument("--only", nargs="*", help="names of pages, such as book/pooling")
    arguments = parser.parse_args()
    path = find_chromium()
    if path is None:
        raise SystemExit(HOW_TO_GET_ONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium_flags())
        document = bind(arguments.site, arguments.only, browser)
        browser.close()
    target = arguments.site / NAME
    with tempfile.NamedTemporaryFile(dir=arguments.site, delete=False) as file:
        document.write(file)
    Path(file.name).replace(target)
    target.chmod(0o644)
    about = f"{len(document.pages)} pages, {target.stat().st_size / 1e6:.1f} MB"
    for page in [arguments.site / "index.html", *(arguments.site / "book").rglob("*.html")]:
        text = page.read_text(encoding="utf-8")
        prefix = "../" * (len(page.relative_to(arguments.site).parts) - 1)
        page.write_text(offer(text, prefix + NAME, about), encoding="utf-8", newline="\n")
    print(f"The book is at {target} ({about})")


if __name__ == "__main__":
    main()
