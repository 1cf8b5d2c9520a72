"""Keep the room of each formula free until MathJax has set it, so that no text jumps.

A page shows before its formulas are set. TeX's source is wider or narrower than the formula, so the
lines after it would break elsewhere a moment later. matplotlib, which draws formulas from the same
font metrics, knows the size beforehand; book.css gives it to the source as long as that stands.
"""

from __future__ import annotations

import functools
import html
import re
from pathlib import Path

from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from sphinx.application import Sphinx
from sphinx.config import Config

from written_pages import after_build, rewrite

#: The size of formulas beside their text. MathJax would find its own for each reader's font:
#: then nobody could know it beforehand.
SCALE = 1.15
_FORMULA = re.compile(
    r'<(span|div) class="math notranslate nohighlight"([^>]*)>(.*?)</\1>', re.DOTALL
)
_SOURCE = re.compile(r"\s*\\[(\[](.*)\\[)\]]\s*", re.DOTALL)
_ROWS = re.compile(r"\\begin\{(p?matrix|\w+)\*?\}(?:\{[lcr|]+\})?(.*?)\\end\{\1\*?\}", re.DOTALL)
# What matplotlib does not know -> something as large.
_ALIKE = (
    (re.compile(r"\\mathsf\b|\\operatorname\b"), r"\\mathrm"),
    (re.compile(r"\\[td]frac(\d)(\d)"), r"\\frac{\1}{\2}"),
    (re.compile(r"\\[td]frac\b"), r"\\frac"),
    (re.compile(r"\\(?:begin|end)\{\w+\*?\}|\\label\{[^}]*\}|\\tag\{[^}]*\}|&"), ""),
)
_PARSER = MathTextParser("path")
_FONT = FontProperties(size=100, math_fontfamily="cm")


@functools.cache
def room(tex: str) -> tuple[float, float, float]:
    """Return the width of a formula, its height and how far it hangs below the line, in em."""
    rows = [_line(row) for row in tex.split(r"\\")] if r"\begin" in tex else [_line(tex)]
    width = max(row[0] for row in rows)
    height = sum(max(row[1], 0.7) + 0.3 for row in rows) - 0.3 if len(rows) > 1 else rows[0][1]
    return width, height, rows[0][2] if len(rows) == 1 else height / 2


def _line(tex: str) -> tuple[float, float, float]:
    for pattern, alike in _ALIKE:
        tex = pattern.sub(alike, tex)
    try:
        drawn = _PARSER.parse(f"${tex.strip() or 'x'}$", dpi=72, prop=_FONT)
    except ValueError:
        return 0.5 * len(re.sub(r"\\[a-zA-Z]+", "x", tex)), 1.0, 0.25
    return tuple(SCALE * size / 100 for size in drawn[:3])


def reserve(page: str) -> str:
    """Write the size of each formula into its element."""

    def measure(match: re.Match[str]) -> str:
        kind, attributes, source = match.groups()
        tex = _SOURCE.fullmatch(html.unescape(source))
        if tex is None or "style=" in attributes:
            return match[0]
        width, height, depth = room(tex[1])
        size = f"--width:{width:.2f}em;--height:{height:.2f}em;--depth:{depth:.2f}em"
        opening = f'<{kind} class="math notranslate nohighlight"{attributes} style="{size}">'
        return f"{opening}{source}</{kind}>"

    return _FORMULA.sub(measure, page)


def settle(app: Sphinx, config: Config) -> None:
    """Tell MathJax the size of the formulas."""
    config.mathjax3_config["chtml"] = {"matchFontHeight": False, "scale": SCALE}


def finish(output: Path) -> None:
    """Reserve the room on every page that was just written."""
    rewrite(output, lambda html, _: reserve(html))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("config-inited", settle)
    return after_build(app, finish)
