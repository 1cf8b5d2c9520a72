"""Mend what the theme gets wrong for readers who do not see the page or do not use a mouse.

The search button shows "Search Ctrl+K" and is named "Search" by a label. Who speaks to the browser
says what stands there. Without the label the text itself is the name (WCAG 2.5.3). And the list of
references has a role for its entries that WAI-ARIA gave up. A folded cell shows "The code" and has
another label, which says nothing of it: there, too, the text is the name.

Who moves by the Tab key reaches the page's first diagram by a link at the very top, as the text.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from written_pages import after_build, rewrite

_SEARCH_FIELD = re.compile(r'(<button class="btn search-button-field [^"]*")[^>]*>')

_SKIP = re.compile(r'(<div id="pst-skip-link"[^>]*>\s*<a [^>]*>[^<]*</a>)(\s*</div>)')
_DIAGRAM = re.compile(r"<cnnbook-(?!answer\b|guess\b)\w+ ")


def lead_to_diagram(html: str) -> str:
    """Return the page with a link that skips to its first diagram, if it has one."""
    there = _DIAGRAM.search(html)
    if there is None or 'id="first-diagram"' in html:
        return html
    html = f'{html[: there.end()]}id="first-diagram" {html[there.end() :]}'
    return _SKIP.sub(r'\1 <a href="#first-diagram">Skip to the diagram</a>\2', html)


def mend(html: str) -> str:
    """Return the page without the theme's faults."""
    html = html.replace('role="doc-biblioentry"', 'role="listitem"')
    html = html.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    return lead_to_diagram(_SEARCH_FIELD.sub(r'\1 type="button">', html))


def finish(output: Path) -> None:
    """Mend every page that was just written."""
    rewrite(output, lambda html, _: mend(html))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    return after_build(app, finish)
