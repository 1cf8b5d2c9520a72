"""Find the drawings that a dark page may show light on dark: the stylesheet turns them round.

A white sheet in a dark page blinds. A drawing can be turned round, black for white with its hues
kept, if light and dark mean nothing in it: no photograph, no cell filled with black or grey, no
scale of colours, and no word of light and dark in its description.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sphinx.application import Sphinx

from written_pages import after_build, rewrite

#: A drawing has a few colours, a map of values many.
FEW = 9
_IMAGE = re.compile(r'<img\b[^>]*\bsrc="([^"]+\.svg)"[^>]*>')
_ALT = re.compile(r'\balt="([^"]*)"')
_LIGHT_AND_DARK = re.compile(r"\b(black|white|grey|dark|light|bright|pale)(?!-)\w*", re.IGNORECASE)
_FILL = re.compile(r'<path[^>]*style="[^"]*?fill: #([0-9a-f]{6})')
# Without a colour, a filled shape is black.
_BLACK = re.compile(r'<path[^>]*clip-path=[^>]*style="(?![^"]*fill:)')


@cache
def is_ink(file: Path) -> bool:
    """Return whether what this SVG fills is white or has a hue."""
    svg = file.read_text(encoding="utf-8")
    fills = set(_FILL.findall(svg))
    greys = {fill for fill in fills if fill[:2] == fill[2:4] == fill[4:]}
    dark = _BLACK.search(svg) or greys - {"ffffff"}
    return len(fills) <= FEW and not dark and "<image" not in svg


def mark(html: str, folder: Path) -> str:
    """Return the page with a class at each drawing that can be turned round."""

    def change(found: re.Match[str]) -> str:
        tag, file = found[0], folder / found[1]
        words = _ALT.search(tag)
        drawn = file.parent.name == "_images" and "class=" not in tag and file.is_file()
        if not drawn or not words or _LIGHT_AND_DARK.search(words[1]) or not is_ink(file):
            return tag
        return tag.replace("<img", '<img class="ink"', 1)

    return _IMAGE.sub(change, html)


def finish(output: Path) -> None:
    """Mark every page that was just written."""
    rewrite(output, lambda html, page: mark(html, page.parent))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    return after_build(app, finish)
