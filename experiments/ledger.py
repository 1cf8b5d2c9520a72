"""The ledger of claims, `claims.tsv`: what the book says, and what carries it.

A row is one claim: an id, the chapter, its topic, the sentence or the part of it as it stands
there, and the carrier, one of

- ``experiment NAME: VERDICT``: a recorded experiment over seeds, and the verdict that says so;
- ``proof PATH::TEST``: a test of the project;
- ``run TEXT``: what a cell of the chapter prints;
- ``source KEY``: an entry of the bibliography that the chapter cites.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "claims.tsv"
KINDS = ("experiment", "proof", "run", "source")


class Claim(NamedTuple):
    """One row."""

    id: str
    chapter: str
    topic: str
    claim: str
    carrier: str

    @property
    def kind(self) -> str:
        """What carries it."""
        return self.carrier.split(" ", 1)[0]

    @property
    def by(self) -> str:
        """The experiment and its verdict, the test, the printed text, or the key."""
        return self.carrier.split(" ", 1)[1]


def claims() -> list[Claim]:
    """Read the ledger."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert next(rows) == list(Claim._fields)
        return [Claim(*row) for row in rows]
