"""The commands that README.md and the page Install and run tell a reader to type."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "book/install.md"]


class Command(NamedTuple):
    """A line of a block, without its comment, and the heading that it stands under."""

    section: str
    line: str


def commands(page: str) -> list[Command]:
    """Return every line of the fenced blocks of a page that name no language, in order."""
    found, section, block = [], "", None
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            block = line[3:] if block is None else None
        elif block == "" and line.strip():
            found.append(Command(section, re.sub(r"\s+#.*", "", line).strip()))
        elif block is None and line.startswith("#"):
            section = line.lstrip("# ")
    return found
