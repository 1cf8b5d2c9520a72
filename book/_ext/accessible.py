"""Mend what the theme gets wrong for readers who do not see the page or do not use a mouse.

The search button shows "Search Ctrl+K" and is named "Search" by a label. Who speaks to the browser
says what stands there. Without the label the text itself is the name (WCAG 2.5.3). And the list of
references has a role for its entries that WAI-ARIA gave up. A folded cell shows "The code" and has
another label, which says nothing of it: there, too, the text is the name.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from written_pages import after_build, rewrite

_SEARCH_FIELD = re.compile(r'(<button class="btn search-button-field [^"]*")[^>]*>')


def mend(html: str) -> str:
    """Return the page without the theme's faults."""
    html = html.replace('role="doc-biblioentry"', 'role="listitem"')
    html = html.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    return _SEARCH_FIELD.sub(r'\1 type="button">', html)


def finish(output: Path) -> None:
    """Mend every page that was just written."""
    rewrite(output, lambda html, _: mend(html))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    return after_build(app, finish)
