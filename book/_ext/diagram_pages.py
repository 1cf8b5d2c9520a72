"""Put a diagram of `cnnbook.diagrams` into a page that is written in Markdown.

    :::{diagram} network
    :::

stands for what ``diagrams.network()`` shows in a notebook. What is written between the two lines
takes the place of the diagram's tables: it is what paper and readers without scripts get.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from cnnbook import diagrams


class DiagramDirective(SphinxDirective):
    """The directive ``{diagram} NAME``."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the diagram's element, with what stands inside it, and its script."""
        name = self.arguments[0]
        if name not in diagrams.__all__ or name == "Diagram":
            known = ", ".join(made for made in diagrams.__all__ if made != "Diagram")
            raise self.error(f"there is no diagram {name!r}; there are {known}")
        opening, inside, end = parts(getattr(diagrams, name)())
        box = nodes.container(classes=["played"])
        box += raw(opening)
        if self.content:
            still = nodes.container(classes=["still"])
            self.state.nested_parse(self.content, self.content_offset, still)
            for image in still.findall(nodes.image):
                image["loading"] = "lazy"
            box += still
        else:
            box += raw(inside)
        box += raw(end)
        return [box]


def parts(made: diagrams.Diagram) -> tuple[str, str, str]:
    """Return a diagram's HTML in three: up to its tables, the tables, and what follows them."""
    html = made._repr_html_()
    # The state stands between single quotes, where no > is left.
    start = html.index(">") + 1
    stop = html.index(f"</cnnbook-{made.name}>")
    return html[:start], html[start:stop], html[stop:]


def raw(html: str) -> nodes.raw:
    """Return HTML as it is."""
    return nodes.raw("", html, format="html")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("diagram", DiagramDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
