"""What the commands share that write a page of the book from what stands elsewhere."""

from __future__ import annotations

import argparse
from pathlib import Path


def write_or_check(about: str | None, page: Path, text: str) -> int:
    """Run the command line of such a tool for the page's text, and return its exit code."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="only compare")
    if parser.parse_args().check:
        return int(page.read_text(encoding="utf-8") != text)
    page.write_text(text, encoding="utf-8", newline="\n")
    return 0
