"""Name the theme's button for paper by what it does: it prints this page.

The theme calls it ".pdf", in a menu of downloads, where the whole book as PDF may stand beside it
(book/_tools/pdf.py). What a printed page looks like, book/_static/print.js and book.css say.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

NAME = "Print this page"
TOOLTIP = "Print this page, with its answers at the end"


def name_it(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give the button its name."""
    groups = (button for button in context.get("header_buttons", []) if button["type"] == "group")
    for button in (button for group in groups for button in group["buttons"]):
        if button["label"] == "download-pdf-button":
            button.update(text=NAME, tooltip=TOOLTIP, icon="fas fa-print")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("html-page-context", name_it, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
