"""Show a list of chapters as cards, each with its picture.

    :::{chapters}
    - [Pooling](book/pooling.ipynb) What may a network forget, and what does it gain?
    :::

The pictures are book/_static/cards/*.svg, which book/_tools/cards.py draws; their titles are what
readers hear who do not see them.
"""

from __future__ import annotations

import html
import re
from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

CARDS = Path(__file__).resolve().parents[1] / "_static" / "cards"
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_SIZE = re.compile(r'width="(\d+)" height="(\d+)"')


class ChaptersDirective(SphinxDirective):
    """The directive ``{chapters}``."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the list, with a picture first in each entry."""
        box = nodes.container(classes=["chapter-cards"])
        self.state.nested_parse(self.content, self.content_offset, box)
        up = "../" * self.env.docname.count("/")
        for entry in box.findall(nodes.list_item):
            link = next(entry.findall(addnodes.pending_xref), None)
            if link is None:
                raise self.error(f"no link to a chapter: {entry.astext()}")
            name = PurePosixPath(link["reftarget"]).stem
            entry.insert(0, nodes.raw("", picture(name, up), format="html"))
        return [box]


def picture(name: str, up: str) -> str:
    """Return the element of a chapter's picture."""
    file = CARDS / f"{name}.svg"
    svg = file.read_text(encoding="utf-8")
    title, size = _TITLE.search(svg), _SIZE.search(svg)
    if title is None or size is None:
        raise ValueError(f"{file.name} has no title or no size")
    alt = html.escape(html.unescape(title[1]))
    return (
        f'<img src="{up}_static/cards/{name}.svg" width="{size[1]}" height="{size[2]}" '
        f'loading="lazy" alt="{alt}" />'
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("chapters", ChaptersDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
