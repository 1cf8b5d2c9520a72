"""Write the page of notation, book/notation.md, from its one table, notation.tsv.

With --check it changes nothing, and exits with 1 if the page would differ.

A row of the table is a symbol: its part of the page, the symbol as a formula, the letters that it
stands for, its name in code, its meaning, its shape, and the pages where it has this meaning. None
means everywhere, and a chapter's name stands for its workshop, too. A letter is written as formulas
have it:

- `x` plain, `x_` with an index below, `x#` with a number below;
- `_n` as an index itself; `dx` the d of a gradient.

A letter means what a row for its page says, or else what the row for all pages says.
tests/test_notation.py looks for letters of displayed formulas that the table lacks.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

import nbformat

from book._tools.contents import pages
from book._tools.written import write_or_check

BOOK = Path(__file__).resolve().parents[1]
TABLE = Path(__file__).with_name("notation.tsv")
PAGE = BOOK / "notation.md"

HEAD = """# Notation

Each symbol of the book, the name that stands for it in code, and its shape. Code has PyTorch's
names; formulas are shorter. Positions count from 0, and a pair is always (height, width).
"""
#: Part of the table -> heading, the names of its columns, and what stands below the rows.
PARTS = {
    "arrays": (
        "Arrays",
        {"Symbol": "symbol", "In code": "code", "What it is": "meaning", "Shape": "shape"},
        "Some pages look at one image of one channel; then $x$, $w$ and $y$ have two indices, "
        "$x_{i,j}$. A fully\nconnected layer has $w_{k,m}$, of shape (out features, in features).",
    ),
    "sizes": (
        "Sizes",
        {"Symbol": "symbol", "In code": "code", "What it is": "meaning"},
        "$$o = \\left\\lfloor \\frac{n + 2p - d(k-1) - 1}{s} \\right\\rfloor + 1$$\n\n"
        "and, for a transposed convolution,\n\n"
        "$$o = s(n-1) + d(k-1) + 1 - 2p + a ,$$\n\nwhere $a$ is `output_padding`.",
    ),
    "indices": (
        "Indices",
        {"Letter": "symbol", "What it counts": "meaning"},
        "A number below tells things of one kind apart, such as $x_0$ and $x_1$.",
    ),
    "signs": (
        "Signs",
        {"Sign": "symbol", "In code": "code", "What it means": "meaning"},
        "",
    ),
    "local": (
        "In some chapters only",
        {"Symbol": "symbol", "In code": "code", "What it is": "meaning", "Where": "pages"},
        "Where a letter of this table stands in one above, too, the chapter named here means this.",
    ),
}
GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "Delta": "Δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "eta": "η",
    "theta": "θ",
    "lambda": "λ",
    "mu": "μ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "varphi": "φ",
    "omega": "ω",
    "ell": "ℓ",
}
# Words inside formulas, the T of a transposed matrix, and names of environments are no letters.
_WORDS = re.compile(
    r"\\(?:text|mathrm|operatorname|begin|end)\s*\{[^}]*\}|\\mathsf\s*\{?\s*T\s*\}?"
    r"|[_^]\{(?:in|out|pad)\}|[_^]\{\((?=\d)[^}]*\}"
)
_BIG = r"\\(?:sum|max|min|prod|lim|argmax|argmin|int)(?![a-zA-Z])(?:\\limits)?"


class Symbol(NamedTuple):
    """One row of the table."""

    part: str
    symbol: str
    letters: str
    code: str
    meaning: str
    shape: str
    pages: str

    def stands_for(self, letter: str, page: str) -> bool:
        """Say whether it is a row of this page, of its chapter, or of all, for the letter."""
        own = {page, page.removeprefix("workshop/")}
        return letter in self.letters.split() and not own.isdisjoint(self.pages.split() or own)


def table() -> list[Symbol]:
    """Read the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if next(rows) != list(Symbol._fields):
            raise ValueError(f"the first line of {TABLE.name} names other columns")
        return [Symbol(*row) for row in rows]


def letters(formula: str) -> set[str]:
    """Return the letters of a formula, as the table writes them."""
    text = _WORDS.sub(" ", formula)
    # What stands below a sum is no index of a letter: a mark in its place takes it.
    text = re.sub(_BIG, " ∑", text)
    text = re.sub(r"\\([a-zA-Z]+)", lambda word: f" {GREEK.get(word[1], '')}", text)
    return _letters(text, index=False)


def _letters(text: str, index: bool) -> set[str]:
    found = set()
    at = 0
    while at < len(text):
        letter = text[at]
        at += 1
        if letter == "_":
            below, at = _argument(text, at)
            found |= _letters(below, index=True)
            continue
        if not (letter.isalpha() and (letter.isascii() or letter in GREEK.values())):
            continue
        if letter == "d" and not index and re.match(r"[A-Za-z]", text[at:]):
            found.add("dx")
            continue
        if index:
            found.add(f"_{letter}")
            continue
        after = re.match(r"['\s]*_", text[at:])
        below = _argument(text, at + after.end())[0].strip() if after else ""
        found.add(letter + (("#" if below.isdigit() else "_") if below else ""))
    return found


def _argument(text: str, at: int) -> tuple[str, int]:
    """Return what a sign such as `_` applies to, and where the text goes on."""
    while text[at] == " ":
        at += 1
    if text[at] != "{":
        return text[at], at + 1
    depth, start = 1, at + 1
    while depth:
        at += 1
        depth += {"{": 1, "}": -1}.get(text[at], 0)
    return text[start:at], at + 1


def meaning(letter: str, page: str, rows: list[Symbol]) -> Symbol | None:
    """Return the row that says what a letter of a page means, or None."""
    bare = letter.strip("_#") if letter != "dx" else letter
    # An index may also be a size in the place of a number: x_{si+u}.
    for form in dict.fromkeys([letter, bare]):
        fitting = [row for row in rows if row.stands_for(form, page)]
        if fitting:
            return max(fitting, key=lambda row: bool(row.pages))
    return None


def strays(page: str, formulas: list[str], rows: list[Symbol]) -> set[str]:
    """Return the letters of a page's formulas that no row explains."""
    used = {letter for formula in formulas for letter in letters(formula)}
    return {letter for letter in used if meaning(letter, page, rows) is None}


def displayed(text: str) -> list[str]:
    """Return the formulas of a text that stand on lines of their own."""
    return re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL)


def links(names: str) -> str:
    """Return links to pages, called as their first headings."""
    titles = []
    for name in names.split():
        cells = nbformat.read(BOOK / f"{name}.ipynb", as_version=4).cells
        title = re.findall(r"^# (.+)$", cells[0].source, re.MULTILINE)[0]
        titles.append(f"[{title}]({name}.ipynb)")
    return ", ".join(titles)


def render() -> str:
    """Return the whole page."""
    rows, order = table(), [page.short for page in pages()]
    text = HEAD
    for part, (heading, columns, below) in PARTS.items():
        own = [row for row in rows if row.part == part]
        if part == "local":
            own.sort(key=lambda row: order.index(row.pages.split()[0]))
        own = [row._replace(pages=links(row.pages)) for row in own]
        lines = [f"| {' | '.join(getattr(row, key) for key in columns.values())} |" for row in own]
        head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
        lines = [re.sub(r" +(?=\|)|(?<=\|) +", " ", line) for line in lines]
        text += "\n".join([f"\n## {heading}\n", head, *lines, ""])
        text += f"\n{below}\n" if below else ""
    return text


if __name__ == "__main__":
    raise SystemExit(write_or_check(__doc__, {PAGE: render()}))
