"""Check the spelling of the book's prose: British, by a dictionary and the project's own words.

The dictionary (pyspellchecker) knows British and American. codespell's table of both refuses a word
that stands there on the American side, and its table of common slips comes first. New terms go into
words.txt, one a line.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import nbformat
from spellchecker import SpellChecker

from contents import notebooks

ROOT = Path(__file__).resolve().parents[2]
OWN = Path(__file__).with_name("words.txt")
# What is no prose: code, formulas, addresses, tags, directives and their options, citations.
_NO_PROSE = re.compile(
    r"^(```|~~~|:::)\S.*?^\1\s*$|^(?:```|:::+).*$|^:[\w-]+:.*$|`+[^`]+`+|\$\$.*?\$\$|\$[^$]+\$"
    r"|\]\([^)]*\)|https?://\S+|\b[\w.-]+\.(?:com|org|io|net|edu|gov)\S*|<[^>]+>|^\(.+\)=$|&\w+;"
    r"|\[@[^\]]*\]|\*\*Sources\.\*\*.*|\{\w+\}",
    re.DOTALL | re.MULTILINE,
)
_WORD = re.compile(r"(?<![\w@./\\-])[A-Za-z]+(?:['’][A-Za-z]+)*(?![\w@/\\])")


def prose(path: Path) -> str:
    """Return the text that a reader reads, without code and formulas."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    # Fences open and close at the start of a line.
    text = re.sub(r"^```.*?^```\s*$", " ", text, flags=re.DOTALL | re.MULTILINE)
    return _NO_PROSE.sub(" ", text)


def words(text: str) -> Iterator[str]:
    """Yield the words, with a straight apostrophe and without the possessive."""
    for word in _WORD.findall(text):
        yield re.sub(r"'s?$", "", word.replace("’", "'"))


def table(name: str) -> dict[str, str]:
    """Return one of codespell's tables: what is written -> what is meant."""
    lines = files("codespell_lib").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return dict(line.split("->", 1) for line in lines.splitlines() if "->" in line)


class Speller:
    """Knows which words are British English or the project's own."""

    def __init__(self, own: set[str]) -> None:
        self.own = own
        self.slips = table("dictionary.txt")
        self.american = {
            american.strip(" ,"): british
            for british, several in table("dictionary_en-GB_to_en-US.txt").items()
            for american in several.split(",")
        }
        self.british = set(self.american.values())
        self.dictionary = SpellChecker(language="en", distance=1)

    def fault(self, word: str) -> str | None:
        """Return what is wrong with a word, or None."""
        lower = word.lower()
        if word in self.own or lower in self.own or len(word) == 1 or word.isupper():
            return None
        if lower in self.slips:
            return f"{word}: is {self.slips[lower]} meant?"
        if lower in self.american:
            return f"{word}: British {self.american[lower]}"
        if lower in self.british or lower in self.dictionary:
            return None
        return f"{word}: not in the dictionary, nor in {OWN.name}"


def pages() -> list[Path]:
    """Return every file with prose."""
    markdown = [*(ROOT / "book").glob("*.md"), *ROOT.glob("*.md")]
    return sorted([*notebooks(ROOT), *markdown])


def main() -> int:
    """Print each fault with the file in which it stands first."""
    speller = Speller(set(OWN.read_text(encoding="utf-8").split()))
    known: set[str] = set()
    wrong = 0
    for path in pages():
        for word in words(prose(path)):
            if word not in known:
                known.add(word)
                if fault := speller.fault(word):
                    wrong += 1
                    print(f"{path.relative_to(ROOT)}: {fault}")
    print(f"{len(known)} different words, {wrong} of them wrong or unknown")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
