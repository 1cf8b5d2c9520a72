"""Say of every Chinese word in a page's text that it is Chinese.

A screen reader then speaks it with a Chinese voice, and a browser takes Chinese forms of the
characters. Notebooks and pages need no mark for it: every run of Chinese characters is put into
`<span lang="zh">` when the pages stand, what questions and diagrams say, too. What is no text stays
as it is: attributes, scripts, styles, drawings, titles, code, and what has the mark already.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from written_pages import after_build, rewrite

_CHINESE = re.compile(r"[一-鿿]+(?:[、，]?[一-鿿]+)*")
_APART = re.compile(
    r"<(script|style|title|svg|option|pre|code)\b.*?</\1>"  # whole, with what stands in them
    r'|<(\w+)[^>]* lang="zh[^>]*>[^<]*</\2>'
    r"|<!--.*?-->|<[^>]+>",
    re.DOTALL,
)


def mark(html: str) -> str:
    """Return the page with its Chinese words marked. Twice changes nothing."""
    made, end = [], 0
    for apart in _APART.finditer(html):
        made += [_marked(html[end : apart.start()]), apart[0]]
        end = apart.end()
    return "".join([*made, _marked(html[end:])])


def _marked(text: str) -> str:
    return _CHINESE.sub(r'<span lang="zh">\g<0></span>', text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""

    def finish(output: Path) -> None:
        rewrite(output, lambda html, _: mark(html) if _CHINESE.search(html) else html)

    return after_build(app, finish)
