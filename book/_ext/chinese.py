"""Say of every Chinese word in the text that it is Chinese.

A screen reader then speaks it with a Chinese voice, and a browser takes Chinese forms of the
characters. Notebooks and pages need no mark for it.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

_CHINESE = re.compile(r"([一-鿿]+(?:[、，]?[一-鿿]+)*)")


def mark(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put each run of Chinese characters into an element with its language."""
    if app.builder.format != "html":
        return
    for text in list(doctree.findall(nodes.Text)):
        parent = text.parent
        if isinstance(parent, nodes.literal_block | nodes.raw | nodes.comment | nodes.math):
            continue
        parts = _CHINESE.split(text.astext())
        if len(parts) > 1:
            marked = [
                nodes.inline("", part, classes=["language-zh"]) if at % 2 else nodes.Text(part)
                for at, part in enumerate(parts)
                if part
            ]
            parent.replace(text, marked)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("doctree-resolved", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
