"""The reader's way: chapter numbers, and previous and next from chapter to chapter.

The numbers are counted from _toc.yml. They stand at the head of a page, in the menu, and before
and after each page. A workshop is nested below its chapter, so Sphinx would lead from a chapter
into its workshop; here *next* of a chapter is the next chapter, and *next* of a workshop the next
workshop. Chapter and workshop lead to each other at the head.

The switch that hides code (book/_static/book.js) stands there, too. A line of script before the
text takes its last position from the reader's browser, so that nothing jumps.
"""

from __future__ import annotations

import functools
import posixpath
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

sys.path.append(str(Path(__file__).resolve().parents[1] / "_tools"))
from address import UNSET
from contents import Page, pages

# A page may have no storage, or none that it may use. Without scripts the switch stays unseen.
_RECALL = """<script>
document.documentElement.classList.add("cnnbook-scripted");
try {
  const root = new URL(document.documentElement.dataset.content_root, location.href).pathname;
  if (localStorage.getItem("cnnbook-code:" + root) === "hidden")
    document.documentElement.dataset.code = "hidden";
} catch {}
</script>"""


def chain(of: Page, all_pages: list[Page]) -> tuple[Page | None, Page | None]:
    """Return the pages before and after a page, among those of its kind."""
    same = [page for page in all_pages if bool(page.chapter) == bool(of.chapter)]
    at = same.index(of)
    before = same[at - 1] if at else None
    return before, same[at + 1] if at + 1 < len(same) else None


def place(page: Page) -> str:
    """Return what the head of a page says: which chapter this is, and of which part."""
    what = f"Workshop of chapter {page.number}" if page.chapter else f"Chapter {page.number}"
    return f"{what} · {page.part}"


def numbered(title: str, page: Page) -> str:
    """Return a title with the number of its chapter; a workshop names its chapter itself."""
    return f"{page.number}. {title}" if page.number and not page.chapter else title


def head(
    page: Page, link: Callable[[Page, str], str], all_pages: list[Page], buttons: bool = True
) -> str:
    """Return what stands above a chapter or a workshop.

    Without the theme's buttons it says how to open the notebook.
    """
    before, after = chain(page, all_pages)
    links = []
    if before and before.number:
        links.append(link(before, "prev"))
    links += [link(other, "up") for other in all_pages if other.name == page.chapter]
    links += [link(other, "down") for other in all_pages if other.chapter == page.name]
    if after and after.number:
        links.append(link(after, "next"))
    ways = " ".join(links)
    run = f" · to run it: <code>make lab</code>, then <code>{escape(page.short)}.ipynb</code>"
    return (
        '<div class="cnnbook-read" aria-hidden="true"><i></i></div>\n'
        f'<div class="cnnbook-way"><p>{escape(place(page))}{"" if buttons else run}</p>'
        f'<nav aria-label="Chapters">{ways}</nav>'
        '<button type="button" class="cnnbook-code" aria-pressed="false">Hide code</button>'
        f"</div>\n{_RECALL}\n"
    )


def link_to(relative: str, title: str, way: str) -> str:
    """Return a link of the head."""
    arrows = {"prev": ("← ", ""), "next": ("", " →"), "up": ("", ""), "down": ("", "")}
    left, right = (arrow and f'<span aria-hidden="true">{arrow}</span>' for arrow in arrows[way])
    words = {"prev": "Previous: ", "next": "Next: ", "up": "", "down": ""}[way]
    hidden = f'<span class="visually-hidden">{words}</span>' if words else ""
    shown = escape({"up": "Chapter", "down": "Workshop"}.get(way, title))
    rel = f' rel="{way}"' if words else ""
    return (
        f'<a class="{way}" href="{escape(relative)}"{rel}>{left}{hidden}<span>{shown}</span>'
        f"{right}</a>"
    )


def with_numbers(menu: Any, current: str, known: dict[str, Page]) -> Any:
    """Put the number of each chapter before its title in the menu."""
    for anchor in menu.select("a.reference.internal"):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(current), anchor["href"]))
        name = current if anchor["href"] == "#" else target.removesuffix(".html")
        page = known.get(name)
        if page is None or not page.number or page.chapter:
            continue
        number = menu.new_tag("span", attrs={"class": "cnnbook-number"})
        number.string = str(page.number)
        anchor.insert(0, number, " ")
        fold = anchor.find_next_sibling("details")
        if fold and fold.summary:
            fold.summary["aria-label"] = f"Workshop of chapter {page.number}"
    return menu


def lead(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Change what the theme is told of the pages around one page."""
    all_pages = pages(Path(app.srcdir))
    known = {page.name: page for page in all_pages}
    generate = context.get("generate_toctree_html")
    if generate:

        @functools.wraps(generate)
        def menu(*arguments: Any, **options: Any) -> Any:
            made = generate(*arguments, **options)
            return with_numbers(made, pagename, known) if hasattr(made, "select") else made

        context["generate_toctree_html"] = menu
    page = known.get(pagename)
    if page is None:
        return

    def title(other: Page) -> str:
        return numbered(app.env.titles[other.name].astext(), other)

    def relative(other: Page) -> str:
        return app.builder.get_relative_uri(pagename, other.name)

    for key, other in zip(("prev", "next"), chain(page, all_pages), strict=True):
        context[key] = other and {"link": relative(other), "title": escape(title(other))}
    if page.number:

        def link(other: Page, way: str) -> str:
            return link_to(relative(other), title(other), way)

        buttons = app.config.html_theme_options["repository_url"] != UNSET
        context["body"] = head(page, link, all_pages, buttons) + context["body"]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("html-page-context", lead, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
