"""Replace the theme's icon fonts (156 kB on every page) by some with only the icons that are used.

The rules of the other icons, a third of the style that a page waits for, go with them.

After the pages are written, the icons are read out of them and of the theme's styles and scripts;
fontTools, which comes with matplotlib, takes their glyphs out of the theme's own font files.
Font Awesome Free is under the SIL Open Font License 1.1, which wants a changed font to bear
another name and to keep its copyright and licence: both are written into the font.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pydata_sphinx_theme
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from font_subset import cut
from written_pages import after_build

FONTS = "vendor/fontawesome/webfonts"
FACES = ("solid-900", "regular-400", "brands-400")
NAMES = {
    1: "Book icons",
    3: "Book icons",
    4: "Book icons",
    6: "BookIcons",
    13: "A subset of Font Awesome Free, under the SIL Open Font License 1.1.",
    14: "https://openfontlicense.org",
    16: "Book icons",
}
# .fa-rocket:before{content:"\f135"}, often with several names before the brace.
_ICON_RULE = re.compile(r'([^{}]*\.fa-[^{}]*)\{content:"\\([0-9a-f]{2,4})"\}')
_ICON_NAME = re.compile(r"\bfa-[a-z0-9-]+")
_ESCAPED = re.compile(r"\\([ef][0-9a-f]{3})\b")
_LITERAL = re.compile("[\ue000-\uf8ff]")
_SOURCES = re.compile(r"src:url\([^)]*/fa-([a-z]+-\d+)\.woff2\)[^;}]*")


def icon_names(users: Iterable[str]) -> set[str]:
    """Return the icons that these texts name, as ``fa-rocket``."""
    return {name for text in users for name in _ICON_NAME.findall(text)}


def icons_used(styles: str, users: Iterable[str]) -> set[int]:
    """Return the code points of the icons that are shown.

    Parameters
    ----------
    styles : str
        The styles of the site: they give each icon's name its code point, and show a few icons
        themselves.
    users : iterable of str
        Pages and scripts, which name icons as ``fa-rocket``.
    """
    names = icon_names(users)
    codes = set()
    for selectors, code in _ICON_RULE.findall(styles):
        if names.intersection(_ICON_NAME.findall(selectors)):
            codes.add(int(code, 16))
    others = _ICON_RULE.sub("", styles)
    codes.update(int(code, 16) for code in _ESCAPED.findall(others))
    codes.update(ord(character) for character in _LITERAL.findall(others))
    return codes


def cut_rules(styles: str, users: Iterable[str]) -> str:
    """Return the styles without the rules of icons that no page and no script names."""
    names = icon_names(users)

    def keep(rule: re.Match[str]) -> str:
        return rule[0] if names.intersection(_ICON_NAME.findall(rule[1])) else ""

    return _ICON_RULE.sub(keep, styles)


def cut_font(source: Path, codes: set[int], target: Path) -> None:
    """Write a font with the glyphs of these code points, renamed, in the WOFF format."""
    with cut(source, codes) as font:
        font["name"].names = [name for name in font["name"].names if name.nameID == 0]
        for number, text in NAMES.items():
            font["name"].setName(text, number, 3, 1, 0x409)
        font.save(target)


def finish(output: Path) -> None:
    """Put the small fonts in the place of the large ones."""
    static = output / "_static"
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
    stylesheet = static / "styles" / "pydata-sphinx-theme.css"
    css = stylesheet.read_text(encoding="utf-8") if stylesheet.is_file() else ""
    if sorted(_SOURCES.findall(css)) != sorted(FACES):
        raise ExtensionError(f"icon_font: {stylesheet} does not name {FACES}; the theme changed")
    styles = "".join(file.read_text(encoding="utf-8") for file in static.rglob("*.css"))
    files = (*output.rglob("*.html"), *(static / "scripts").glob("*theme.js"))
    names = icon_names(file.read_text(encoding="utf-8") for file in files)  # gone through once
    codes = icons_used(styles, names)
    for face in FACES:
        cut_font(theme / FONTS / f"fa-{face}.ttf", codes, static / FONTS / f"icons-{face}.woff")
        for large in (static / FONTS).glob(f"fa-{face}.*"):
            large.unlink()
    small = rf'src:url(../{FONTS}/icons-\1.woff) format("woff")'
    css = cut_rules(_SOURCES.sub(small, css), names)
    stylesheet.write_text(css, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    return after_build(app, finish)
