"""What the commands share that write pages of the book from what stands elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path


def write_or_check(about: str | None, pages: Mapping[Path, str]) -> int:
    """Run the command line of such a tool for its pages' texts, and return its exit code."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="only compare")
    if parser.parse_args().check:
        return int(any(differs(page, text) for page, text in pages.items()))
    for page, text in pages.items():
        page.write_text(text, encoding="utf-8", newline="\n")
    return 0


def differs(page: Path, text: str) -> bool:
    """Say whether a page is missing or has another text."""
    return not page.exists() or page.read_text(encoding="utf-8") != text
