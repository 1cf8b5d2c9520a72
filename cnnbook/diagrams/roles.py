"""The book's one visual language: how input, kernel, output and the rest look everywhere.

Beside `cnnbook.figures`, which shows them, so that the diagrams do without matplotlib.
"""

from __future__ import annotations

from typing import NamedTuple


class Role(NamedTuple):
    """How one kind of thing is drawn: its colour, its fill, and the mark that needs no colour."""

    color: str
    fill: str
    hatch: str
    linestyle: str


#: Input, kernel, output, padding, unused pixels and gradients look the same in every figure.
ROLES = {
    "input": Role("#0072B2", "#DCEBF5", "", "solid"),
    "kernel": Role("#B35900", "#FBE6CC", "", "dashed"),
    "output": Role("#00795A", "#D5F0E6", "", "dashdot"),
    "padding": Role("#666666", "#F2F2F2", "...", "dotted"),
    "unused": Role("#C03A00", "#FFFFFF", "xxx", "solid"),
    "gradient": Role("#9B2D78", "#F6DDEC", "///", (0, (1, 1))),  # type: ignore[arg-type]
}
