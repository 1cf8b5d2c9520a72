"""Show a table of terms as entries below each other, with letters to jump to and a box to filter.

    ::::{terms}
    | English | 中文 | What it is | Chapter |
    |---|---|---|---|
    | stride | 步长, 步幅 | pixels from one window to the next | [Padding](padding.ipynb) |
    ::::

The rows stay a table for who reads the source. On the page each is an entry of a list, under its
letter, with a place of its own (#term-stride). The box is hidden until its script, glossary.js,
runs; without scripts all entries are in view.
"""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

# All words that the box and the letters show.
WORDS = {
    "label": "Filter the terms, in English or Chinese",
    "letters": "Terms by their first letter",
    "all": "{all} terms",
    "some": "{some} of {all} terms",
    "none": "No term has this. Try fewer letters.",
}


class TermsDirective(SphinxDirective):
    """The directive ``{terms}``."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the box, the letters, and the list of each letter."""
        box = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, box)
        tables = list(box.findall(nodes.tbody))
        if len(tables) != 1:
            raise self.error("one table of terms is expected")
        rows = [[cell.children[0] for cell in row.children] for row in tables[0].children]
        groups = [(key, list(group)) for key, group in groupby(rows, letter)]
        keys = [key for key, _ in groups]
        if keys != sorted(set(keys)):
            raise self.error("the terms are not in alphabetical order")
        page = nodes.container(classes=["terms"])
        page += nodes.raw("", find(len(rows)) + letters(keys), format="html")
        for key, group in groups:
            page += of_letter(key, group)
        return [page]


def letter(row: list[nodes.Element]) -> str:
    """Return the letter under which a row stands."""
    return re.sub(r"\W", "", row[0].astext())[0].upper()


def place(term: str) -> str:
    """Return the id of a term's entry."""
    return "term-" + re.sub(r"[^a-z0-9×]+", "-", term.lower()).strip("-").replace("×", "x")


def of_letter(key: str, rows: list[list[nodes.Element]]) -> nodes.Node:
    """Return a letter's heading and entries."""
    entries = nodes.definition_list()
    for english, chinese, what, chapter in rows:
        term = nodes.term("", "", *english.children, ids=[place(english.astext())])
        term += nodes.Text(" ")
        term += nodes.inline("", "", *chinese.children, classes=["chinese"])
        said = nodes.paragraph("", "", *what.children)
        said += [nodes.Text(". "), *chapter.children]
        entries += nodes.definition_list_item("", term, nodes.definition("", said))
    # Not one of the page's sections: the letters above the list take the place of its contents.
    heading = nodes.raw("", f"<h2>{key}</h2>", format="html")
    name = f"terms-{key.lower()}"
    return nodes.container("", heading, entries, ids=[name], classes=["terms-letter"])


def find(count: int) -> str:
    """Return the box that filters, with what it says."""
    said = " ".join(f'data-{key}="{escape(WORDS[key])}"' for key in ("all", "some", "none"))
    return (
        '<div class="terms-find" hidden>'
        f'<label for="terms-filter">{escape(WORDS["label"])}</label>'
        '<input id="terms-filter" type="search" autocomplete="off" spellcheck="false">'
        f'<p role="status" {said}>{WORDS["all"].format(all=count)}</p></div>'
    )


def letters(keys: list[str]) -> str:
    """Return the row of letters."""
    links = "".join(f'<li><a href="#terms-{key.lower()}">{key}</a></li>' for key in keys)
    return (
        f'<nav class="terms-letters" aria-label="{escape(WORDS["letters"])}"><ul>{links}</ul></nav>'
    )


def load(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Load the script on the page that has a box."""
    if 'class="terms-find"' in context.get("body", ""):
        app.add_js_file("glossary.js")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("terms", TermsDirective)
    app.connect("html-page-context", load)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
