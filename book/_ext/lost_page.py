"""Write 404.html, the page for lost visitors.

A server shows it at any address below the book, so it carries its style in itself, and a script
finds the book for its two links; without a script they lead to the published address.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from sphinx.application import Sphinx

from written_pages import after_build

TEMPLATE = Path(__file__).with_suffix(".html")


def write(output: Path, title: str, published: str) -> None:
    """Write the page of a book with this title and published address."""
    template = Template(TEMPLATE.read_text(encoding="utf-8"))
    page = template.substitute(title=escape(title), home=escape(urlsplit(published).path))
    (output / "404.html").write_text(page, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx, before those that change every page."""
    config = app.config
    return after_build(app, lambda out: write(out, config.html_title, config.html_baseurl))
