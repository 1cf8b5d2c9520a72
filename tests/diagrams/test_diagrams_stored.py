"""Diagrams that are stored in the book's notebooks carry the package's present script."""

from __future__ import annotations

import gzip
import re

import nbformat
import pytest

from book._tools import outputs
from book._tools.contents import notebooks, short_name
from cnnbook import diagrams
from cnnbook.diagrams import base
from cnnbook.exercises import page

NOTEBOOKS = notebooks()
DIAGRAM = re.compile(r"<cnnbook-(\w+) .*?</cnnbook-\1>\s*<script>(.*?)</script>", re.DOTALL)


def stored(html: str) -> list[tuple[str, str]]:
    """Return the name and the script of each diagram."""
    return DIAGRAM.findall(html)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=short_name)
def test_stored_scripts_are_the_packages(path):
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            found = stored(html)
            # One answer or guess of a notebook carries the script of all (tests/test_book.py).
            alone = len(re.findall(r"<cnnbook-(?!answer|guess)\w+ ", html))
            drawn = [name for name, _ in found if name not in ("answer", "guess")]
            assert len(drawn) == alone, "a diagram without its script"
            for name, script in found:
                assert script == outputs.present_script(name), "an old script: outputs.py --scripts"
                assert "text/plain" in output.data


def test_the_book_has_diagrams():
    assert sum(path.read_text(encoding="utf-8").count("<cnnbook-") for path in NOTEBOOKS) > 15


@pytest.mark.parametrize("path", NOTEBOOKS, ids=short_name)
def test_a_notebook_and_its_scripts_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) <= 1_000_000
    # The built page loads each part once: light_pages.py.
    names = re.findall(r"<cnnbook-(\w+) ", text)
    drawn = [name for name in names if name not in ("answer", "guess")]
    parts = {part: base.read(part) for name in drawn for part in base.parts(name)}
    asking = ""
    if len(drawn) < len(names):
        # Answers and guesses take some of the shared parts, too.
        parts |= {part: base.read(part) for part in page.SHARED}
        asking = page.script().partition("// cnnbook/exercises/js/")[2]
        assert asking
    assert len(gzip.compress(("".join(parts.values()) + asking).encode())) <= 60_000


def test_an_old_script_is_renewed_without_a_run(tmp_path):
    html = f"<p>before</p>{diagrams.pooling()._repr_html_()}"
    old = re.sub(r"<script>.*</script>", "<script>old();</script>", html, flags=re.DOTALL)
    notebook = nbformat.v4.new_notebook()
    output = nbformat.v4.new_output("display_data", {"text/html": old, "text/plain": "…"})
    notebook.cells.append(nbformat.v4.new_code_cell("not run", outputs=[output], id="a"))
    path = tmp_path / "page.ipynb"
    nbformat.write(notebook, path)
    notebook.cells[0].outputs[0].data["text/html"] = html
    assert outputs.with_present_scripts(path) == nbformat.writes(notebook) + "\n"


def test_a_diagram_is_recognised():
    assert stored(diagrams.convolution()._repr_html_()) == [
        ("convolution", base.script("convolution"))
    ]
