"""Link the first `conv2d` of each page to its entry in the API reference.

A name in code style that the reference describes becomes a link where a page mentions it first:
`conv2d`, `cnnbook.conv2d`, `layers.Conv2d`, `conv2d(x, weight)`. The notebooks keep plain code
style, which every reader of notebooks shows.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

# The module's last names as the pages import them: `from cnnbook import layers`.
_NAME = re.compile(r"(?:cnnbook\.)?(?P<name>[A-Za-z_][\w.]*)(?:\(.*\))?")


def find(text: str, entries: dict[str, tuple[str, str]]) -> str | None:
    """Return the full name of the entry that a piece of code names, or None."""
    match = _NAME.fullmatch(text)
    full = f"cnnbook.{match['name']}" if match else ""
    return full if full in entries else None


def link(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put links around the first mention of each entry on a page."""
    if app.builder.format != "html":
        return
    objects = app.env.get_domain("py").objects  # type: ignore[attr-defined]
    entries = {name: (entry.docname, entry.node_id) for name, entry in objects.items()}
    if page in {home for home, _ in entries.values()}:
        return
    linked: set[str] = set()
    for code in list(doctree.findall(nodes.literal)):
        name = find(code.astext(), entries)
        inside = (nodes.reference, nodes.title)
        if name is None or name in linked or any(isinstance(p, inside) for p in _parents(code)):
            continue
        linked.add(name)
        home, fragment = entries[name]
        address = f"{app.builder.get_relative_uri(page, home)}#{fragment}"
        reference = nodes.reference("", "", internal=True, refuri=address, reftitle=name)
        code.replace_self(reference)
        reference += code


def _parents(node: nodes.Node) -> list[nodes.Node]:
    parents = []
    while node.parent is not None:
        node = node.parent
        parents.append(node)
    return parents


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
