"""Set the formulas when the pages are built: no reader waits for them, and nothing moves.

MathJax, out of the PyPI package ``sphinx-mathjax-offline`` (so no third-party code lies in the
repository), runs in V8 (``mini-racer``) and makes of a formula what it would make in a browser:
letters to see, and hidden MathML to be read aloud. After the pages are written:

1. each formula's TeX is replaced by that; a formula in error stops the build;
2. MathJax's styles become a file, without those of characters that no page shows;
3. its fonts lie beside, cut to the characters that are left.
"""

from __future__ import annotations

import html
import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from myst_parser.sphinx_ext.mathjax import html_visit_displaymath
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.ext.mathjax import html_visit_math

from font_subset import cut
from written_pages import after_build, pages_of, rewrite_each

#: In this order each finds what it builds on.
MATHJAX_PARTS = (
    "loader.js",
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex.js",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
    "a11y/assistive-mml.js",
)
FONTS = "output/chtml/fonts/woff-v2"
# What is read aloud is no larger than a dot: else a formula would scroll for what nobody sees.
STYLES = """mjx-container mjx-assistive-mml[display] {
  width: 1px !important;
  height: 1px !important;
}
"""
_FORMULA = re.compile(
    r'(<(span|div) class="math notranslate nohighlight"[^>]*>)\s*\\([(\[])(.*?)\\[)\]]\s*</\2>',
    re.DOTALL,
)
# A brace may stand in quotes: it is a character, too.
_RULE = re.compile(r'([^{}]+)\{(?:[^{}"]|"(?:\\.|[^"])*")*\}\n?')
# mjx-c1D465 TEX-I in a page, mjx-c1D465.TEX-I in a style: a character and its font.
_CHARACTER = re.compile(r"\b(mjx-c[0-9A-F]+)\b(?:[ .](TEX-[\w-]+))?")
_FONT = re.compile(r'url\("formulas/([^"]+)"\)')
_CONTENT = re.compile(r'content: "((?:\\.|[^"])*)"')
_ESCAPED = re.compile(r"\\([0-9a-fA-F]{2,6}) ?|\\?(.)")

#: Makes HTML of TeX; the second argument says whether it stands on lines of its own.
Typesetter = Callable[[str, bool], str]


def mathjax_folder() -> Path:
    """Return the folder of MathJax's files in the installed package."""
    # The package's name has hyphens, so it cannot be imported by an import statement.
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ExtensionError("formulas: run `pip install sphinx-mathjax-offline` first")
    return Path(spec.origin).parent / "static" / "mathjax"


@contextmanager
def mathjax(folder: Path) -> Iterator[tuple[Typesetter, str]]:
    """Start MathJax; yield what sets a formula, and the styles of all characters that it has."""
    with MiniRacer() as engine:
        engine.eval("globalThis.MathJax = { loader: { load: [] } }; 0")
        for file in (*(folder / part for part in MATHJAX_PARTS), Path(__file__).with_suffix(".js")):
            if not file.is_file():
                raise ExtensionError(f"formulas: {file} is missing; MathJax's layout changed")
            engine.eval(file.read_text(encoding="utf-8") + "\n0")

        def formula(tex: str, display: bool) -> str:
            try:
                return str(engine.call("formula", tex, display))
            except JSEvalException as error:
                reason = re.search(r"Error: (.*)", str(error))
                said = reason[1] if reason else "MathJax stopped"
                raise ExtensionError(f"formulas: {tex.strip()!r}: {said}") from None

        yield formula, str(engine.call("styles"))


def typeset(page: str, formula: Typesetter) -> str:
    """Return the page with its formulas set."""

    def replace(match: re.Match[str]) -> str:
        opening, kind, sign, tex = match.groups()
        return f"{opening}{formula(html.unescape(tex), sign == '[')}</{kind}>"

    return _FORMULA.sub(replace, page)


def cut_styles(styles: str, shown: set[tuple[str, str]]) -> str:
    """Return the styles without those of characters that no page shows."""
    rules = _RULE.finditer(styles)
    return "".join(rule[0] for rule in rules if shown.issuperset(_CHARACTER.findall(rule[1])))


def characters(styles: str) -> set[int]:
    """Return the code points that the styles show."""
    parts = (part for content in _CONTENT.findall(styles) for part in _ESCAPED.findall(content))
    return {int(code, 16) if code else ord(letter) for code, letter in parts}


def write_style(folder: Path, styles: str, target: Path) -> None:
    """Write the styles and, beside them, MathJax's fonts with what they need of these."""
    target.mkdir(parents=True, exist_ok=True)
    (target / "formulas.css").write_text(styles + STYLES, encoding="utf-8", newline="\n")
    (target / "formulas").mkdir(exist_ok=True)
    codes = characters(styles) | {0xEFFC}  # all that the font of lines without height has
    for name in _FONT.findall(styles):
        with cut(folder / FONTS / name, codes) as font:
            font.save(target / "formulas" / name)


def set_all(pages: Iterable[Path], target: Path) -> None:
    """Set the formulas of these pages, and write their styles and fonts into a folder."""
    folder, shown = mathjax_folder(), set()
    with mathjax(folder) as (formula, styles):

        def change(page: str, _: Path) -> str:
            made = typeset(page, formula)
            shown.update(_CHARACTER.findall(made))
            return made

        rewrite_each(pages, change)
    write_style(folder, cut_styles(styles, shown), target)


def finish(output: Path) -> None:
    """Set the formulas of the pages that were just written."""
    set_all(pages_of(output), output / "_static")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    # As Sphinx writes formulas for MathJax, but under another name: so no page loads MathJax.
    app.setup_extension("sphinx.ext.mathjax")
    app.add_html_math_renderer("formulas", (html_visit_math, None), (html_visit_displaymath, None))
    app.add_css_file("formulas.css")
    return after_build(app, finish)
