"""Diagrams that are stored in the book's notebooks carry the package's present script."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from cnnbook.diagrams import base

NOTEBOOKS = sorted((Path(__file__).parents[1] / "book").glob("**/*.ipynb"))
DIAGRAM = re.compile(r"<cnnbook-(\w+) .*?</cnnbook-\1>\s*<script>(.*?)</script>", re.DOTALL)


def diagrams(html: str) -> list[tuple[str, str]]:
    """Return the name and the script of each diagram."""
    return DIAGRAM.findall(html)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_scripts_are_the_packages(path):
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            found = diagrams(html)
            assert len(found) == html.count("<cnnbook-"), "a diagram without its script"
            for name, script in found:
                assert script == base.script(name), "an old script: run `make outputs`"
                assert "text/plain" in output.data


def test_a_diagram_is_recognised():
    from cnnbook import diagrams

    assert diagrams(diagrams.convolution()._repr_html_()) == [
        ("convolution", base.script("convolution"))
    ]
