"""Mend what the theme gets wrong for readers who do not see the page or do not use a mouse.

The search button shows "Search Ctrl+K" and is named "Search" by a label; a folded solution shows
"Show the solution" and is named "Toggle hidden content". Who speaks to the browser says what stands
there. Without the label the text itself is the name (WCAG 2.5.3). And the list of references has a
role for its entries that WAI-ARIA gave up.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

_SEARCH_FIELD = re.compile(r'(<button class="btn search-button-field [^"]*")[^>]*>')


def mend(html: str) -> str:
    """Return the page without the theme's faults."""
    html = html.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    html = html.replace('role="doc-biblioentry"', 'role="listitem"')
    return _SEARCH_FIELD.sub(r'\1 type="button">', html)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Mend every page that was just written."""
    if exception is not None or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        before = page.read_text(encoding="utf-8")
        after = mend(before)
        if after != before:
            page.write_text(after, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
