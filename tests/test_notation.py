"""One table for the letters of all formulas: the page shows it, and no letter strays from it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from book._tools import contents, notation

ROOT = Path(__file__).parents[1]
TABLE = notation.table()
PAGES = {page.short: page for page in contents.pages() if page.number}


def text(page: str) -> str:
    cells = nbformat.read(PAGES[page].notebook(), as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_the_page_is_what_its_command_writes() -> None:
    command = [sys.executable, "-m", "book._tools.notation", "--check"]
    message = "run `python -m book._tools.notation`"
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0, message


@pytest.mark.parametrize("page", PAGES)
def test_every_letter_of_a_displayed_formula_is_in_the_table(page: str) -> None:
    found = notation.strays(page, notation.displayed(text(page)), TABLE)
    advice = f"add it to book/_tools/notation.tsv, with {page} under pages if it is used there only"
    assert not found, f"{sorted(found)}: {advice}"


def test_a_letter_has_one_meaning_on_a_page() -> None:
    counts = Counter(
        (letter, page)
        for row in TABLE
        for letter in row.letters.split()
        for page in row.pages.split() or ["everywhere"]
    )
    assert [where for where, count in counts.items() if count > 1] == []


def test_rows_of_some_pages_stand_together_and_name_pages_that_use_them() -> None:
    split = {contents.short_name(chapter) for chapter in contents.second_edition()}
    for row in TABLE:
        assert row.part in notation.PARTS, row
        assert (row.part == "local") == bool(row.pages), row
        for page in row.pages.split():
            said = text(page) + (text(f"workshop/{page}") if page in split else "")
            formulas = re.findall(r"\$\$?([^$]+)\$\$?", said)
            used = {letter for formula in formulas for letter in notation.letters(formula)}
            assert used & set(row.letters.split()), f"{page} has no {row.symbol}"


def test_a_symbol_shows_each_of_its_letters() -> None:
    for row in TABLE:
        shown = {letter.strip("_#") for letter in notation.letters(row.symbol)}
        for letter in row.letters.split():
            bare = "dx" if letter == "dx" else letter.strip("_#")
            assert bare in shown, f"{row.symbol} does not show {letter}"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"y_{i,j} = b + \sum_{u=0}^{K_H-1} w_{u}\; x_{i+u}", "y_ _i _j b _u K_ _H w_ x_"),
        (r"r \leftarrow r + d\,(k-1)\,j", "r d k j"),
        (r"dA_{ik} = \sum_j dC_{ij}\, B_{kj}", "dx A_ _i _k _j C_ B_"),
        (r"dw_{0,0} = 1\cdot 0", "dx w_"),
        (r"x^{pad}_{n,\,si+u}", "x_ _n _s _i _u"),
        (r"C_{out}\cdot(C_{in}/g)", "C g"),
        (r"A^{\mathsf T} \cdot A^\mathsf{T}", "A"),
        (r"t_0 + t_1 N", "t# N"),
        (r"\text{lr} \cdot \frac{\partial L}{\partial w}", "L w"),
        (r"\mathrm{sign}(x') + \varepsilon \ell", "x ε ℓ"),
        (r"\frac{e^{z_k}}{\max_{u,v} e^{z_j}}", "e z_ _k _u _v _j"),
        (r"G^{(l)}(\text{style})", "G l"),
        (r"\begin{pmatrix} 1 & x \end{pmatrix} \qquad", "x"),
    ],
)
def test_the_letters_of_a_formula(formula: str, expected: str) -> None:
    assert notation.letters(formula) == set(expected.split())


def test_a_stray_is_found_and_a_page_s_own_row_comes_first() -> None:
    general = notation.Symbol("sizes", "$p$", "p", "", "padding", "", "")
    own = notation.Symbol("local", "$p$", "p p_", "", "probability", "", "losses_and_optimisers")
    rows = [general, own]
    assert notation.strays("pooling", ["p + q_k"], rows) == {"q_", "_k"}
    for page, expected in (
        ("pooling", general),
        ("losses_and_optimisers", own),
        ("workshop/losses_and_optimisers", own),
    ):
        assert notation.meaning("p", page, rows) == expected
