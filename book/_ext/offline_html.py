"""Make the built pages work without a network: from disk, or from any plain web server.

Three steps, all after the pages are written:

1. copy the part of MathJax that the pages use, out of the PyPI package ``sphinx-mathjax-offline``
   (so no third-party code lies in the repository);
2. in every page, take out what would fetch from elsewhere, and put a Content-Security-Policy first,
   so that the browser itself refuses whatever slipped through;
3. delete files that no page loads (source maps, the theme's own templates and translations).
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from written_pages import after_build, rewrite

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:"
)
POLICY_TAG = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />'

# MathJax's TeX input and HTML output, its fonts, the TeX packages that load on demand
# (\\color, \\cancel ...), and what its accessibility menu can switch on (speech in English).
MATHJAX_PARTS = (
    "tex-chtml.js",
    "output/chtml/fonts/woff-v2",
    "input/mml.js",
    "input/tex/extensions",
    "a11y",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
    "sre/mathmaps/nemeth.json",
)

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


def mathjax_folder() -> Path:
    """Return the folder of MathJax's files in the installed package."""
    # The package's name has hyphens, so it cannot be imported by an import statement.
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ExtensionError("offline_html: run `pip install sphinx-mathjax-offline` first")
    return Path(spec.origin).parent / "static" / "mathjax"


def copy_mathjax(source: Path, target: Path) -> None:
    """Copy the parts of MathJax that pages use, unless they are there already."""
    for part in MATHJAX_PARTS:
        origin, copy = source / part, target / part
        if not origin.exists():
            raise ExtensionError(f"offline_html: {origin} is missing; MathJax's layout changed")
        copy.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, copy, dirs_exist_ok=True)
        else:
            shutil.copy2(origin, copy)


def finish(output: Path) -> None:
    """Do the three steps on the folder that was just written."""
    static = output / "_static"
    copy_mathjax(mathjax_folder(), static / "mathjax")
    for pattern in UNUSED_FILES:
        for unused in list(static.rglob(pattern)):
            shutil.rmtree(unused) if unused.is_dir() else unused.unlink()
    rewrite(output, lambda html, _: harden(html))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    return after_build(app, finish)
