"""The Sphinx extension that sets formulas when the pages are built (book/_ext/formulas.py)."""

import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError

import formulas

INLINE = '<span class="math notranslate nohighlight">\\({}\\)</span>'
BLOCK = '<div class="math notranslate nohighlight">\n\\[{}\\]</div>'


@pytest.fixture(scope="module")
def started():
    with formulas.mathjax(formulas.mathjax_folder()) as started:
        yield started


@pytest.fixture(scope="module")
def formula(started):
    return started[0]


def test_a_formula_is_seen_and_read_aloud(formula):
    page = formulas.typeset(f"<p>So {INLINE.format('a &lt; b')}.</p>", formula)
    assert page.startswith('<p>So <span class="math notranslate nohighlight"><mjx-container ')
    assert page.endswith("</mjx-container></span>.</p>")
    assert '<mjx-c class="mjx-c1D44E TEX-I">' in page
    assert "<mi>a</mi><mo>&lt;</mo><mi>b</mi></math>" in page
    assert 'aria-hidden="true"' in page


def test_a_formula_on_lines_of_its_own_is_larger(formula):
    block, inline = (
        formulas.typeset(kind.format(r"\sum_i x_i"), formula) for kind in (BLOCK, INLINE)
    )
    assert 'display="true"' in block
    assert "mjx-c2211 TEX-S2" in block
    assert 'display="true"' not in inline
    assert "mjx-c2211 TEX-S1" in inline


def test_nothing_is_a_stop_of_the_tab_key(formula):
    assert "tabindex" not in formula("x", False)


def test_rows_and_text_are_set(formula):
    made = formula(r"\begin{aligned} a &= \text{one} \\ &= \mathsf{T} \end{aligned}", True)
    assert made.count("<mjx-mtr") == 2
    assert "<mtext>one</mtext>" in made


def test_a_page_of_an_earlier_build_stays_as_it_is(formula):
    once = formulas.typeset(INLINE.format("x") + BLOCK.format("y"), formula)
    assert formulas.typeset(once, formula) == once


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"\nosuchmacro", r"formulas: '\\\\nosuchmacro': Undefined control sequence \\nosuchmacro"),
        (r"\frac{1}", r"formulas: .*: Missing argument for \\frac"),
        (r"\begin{pmatrix} 1", r"formulas: .*: Missing \\end\{pmatrix\}"),
    ],
)
def test_a_formula_in_error_stops_the_build(formula, tex, said):
    with pytest.raises(ExtensionError, match=said):
        formulas.typeset(INLINE.format(tex), formula)


def test_a_changed_layout_of_mathjax_is_refused(tmp_path):
    with (
        pytest.raises(ExtensionError, match=r"loader\.js is missing; MathJax's layout changed"),
        formulas.mathjax(tmp_path),
    ):
        pass


def test_styles_are_those_of_the_characters_that_are_shown():
    styles = (
        "mjx-math {\n  line-height: 0;\n}\n"
        'mjx-c.mjx-c7B::before {\n  content: "{";\n}\n'
        'mjx-c.mjx-c7D::before {\n  content: "}";\n}\n'
        'mjx-c.mjx-c78.TEX-I::before {\n  content: "x";\n}\n'
        'mjx-c.mjx-c78.TEX-B::before {\n  content: "x";\n}\n'
    )
    shown = {("mjx-c7D", ""), ("mjx-c78", "TEX-I")}
    rules = re.findall(r"mjx[^ ]*", formulas.cut_styles(styles, shown))
    assert rules == ["mjx-math", "mjx-c.mjx-c7D::before", "mjx-c.mjx-c78.TEX-I::before"]


def test_the_characters_of_styles():
    styles = r'a { content: "x"; } b { content: "\2211"; } c { content: "\""; } d { content: ""; }'
    assert formulas.characters(styles) == {ord("x"), 0x2211, ord('"')}


def test_style_and_fonts_hold_what_pages_show(tmp_path: Path):
    page = tmp_path / "page.html"
    page.write_text(BLOCK.format(r"\sum_i x_i = \{ 1 \}"), encoding="utf-8")
    formulas.set_all([page], tmp_path)
    style = (tmp_path / "formulas.css").read_text(encoding="utf-8")
    assert "mjx-c2211.TEX-S2" in style
    assert "mjx-c1D466" not in style
    assert style.endswith(formulas.STYLES)
    named = set(re.findall(r'url\("formulas/([^"]+)"\)', style))
    fonts = {file.name: file for file in (tmp_path / "formulas").iterdir()}
    assert named == set(fonts)
    with TTFont(fonts["MathJax_Math-Italic.woff"]) as font:
        letters = set(font.getBestCmap())
    assert {ord("x"), ord("i")} <= letters
    assert ord("y") not in letters
    with TTFont(fonts["MathJax_Zero.woff"]) as font:
        assert font.getBestCmap()  # a browser refuses a font without characters
    assert len(style) < 25_000
    assert sum(file.stat().st_size for file in fonts.values()) < 100_000
