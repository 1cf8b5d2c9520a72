"""Let the search quote the text of a page, not the lists of contents around it.

Sphinx looks for an excerpt in all of `role="main"`. In this theme that holds the page's contents
and the links to its neighbours, too; the text is its `article`. What a fold hides is not quoted
either: an excerpt must not answer a question before it is asked. Nor are a diagram's tables.

The order of what was found is `search_scorer.js`.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from written_pages import after_build

CHANGES = {
    '[role="main"]': "article.bd-article",
    # A module's anchor has dots, which a selector takes for classes.
    "bd-article ${anchor}`": 'bd-article [id="${anchor.slice(1)}"]`',
    '[".headerlink", "script", "style"]': '[".headerlink", "script", "style", ".cnnbook-way", '
    '".cell_input", "details", "[state]", "[asked]", ".cnnbook-question"]',
}


def quote_text(script: str) -> str:
    """Return Sphinx' script of the search with its excerpts taken from the text."""
    for before, after in CHANGES.items():
        if after in script:
            continue  # an earlier build's script
        if before not in script:
            raise ExtensionError(f"searching: {before!r} is not in searchtools.js; Sphinx changed")
        script = script.replace(before, after)
    return script


def finish(output: Path) -> None:
    """Change the script that was just copied."""
    file = output / "_static" / "searchtools.js"
    file.write_text(quote_text(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    return after_build(app, finish)
