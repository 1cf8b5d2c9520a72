"""Make the built pages work without a network: from disk, or from any plain web server.

Two steps, both after the pages are written:

1. in every page, take out what would fetch from elsewhere, and put a Content-Security-Policy first,
   so that the browser itself refuses whatever slipped through;
2. delete files that no page loads (source maps, the theme's own templates and translations).
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

from written_pages import after_build, rewrite

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:"
)
POLICY_TAG = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />'

UNUSED_FILES = ("*.map", "*webpack-macros.html", "fontawesome.js*", "locales", "all-packages.js")

_UNWANTED = re.compile(
    r"""
    # 543 kB gzipped; the same icons come from the theme's fonts.
    [ \t]*<script\b[^>]*\bsrc="[^"]*/fontawesome\.js[^"]*"[^>]*></script>\n?
    # Live code in the page (thebe) loads from a CDN; it is switched off, its loader goes too.
    | [ \t]*<script\b[^>]*\bsrc="[^"]*/sphinx-thebe\.js[^"]*"[^>]*></script>\n?
    | [ \t]*<script>(?:(?!</script>).)*\bTHEBE_JS_URL\b(?:(?!</script>).)*</script>\n?
    """,
    re.VERBOSE | re.DOTALL,
)


def harden(html: str) -> str:
    """Return the page without scripts that fetch from elsewhere, its policy first in the head.

    Applying it twice changes nothing, so pages that a later build leaves as they were stay so.
    """
    html = _UNWANTED.sub("", html)
    if POLICY_TAG not in html:
        html = html.replace("<head>", f"<head>\n    {POLICY_TAG}", 1)
    return html


def finish(output: Path) -> None:
    """Do the two steps on the folder that was just written."""
    static = output / "_static"
    for pattern in UNUSED_FILES:
        for unused in list(static.rglob(pattern)):
            shutil.rmtree(unused) if unused.is_dir() else unused.unlink()
    rewrite(output, lambda html, _: harden(html))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    return after_build(app, finish)
