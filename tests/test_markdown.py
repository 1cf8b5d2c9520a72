"""Every notebook reads well as plain Markdown: on GitHub, in an editor, as a mail."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import MarkdownExporter

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
#: What Markdown viewers show as meant, with the text inside it; anything else may vanish.
PLAIN_HTML = {"details", "summary", "br", "sub", "sup", "kbd"}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def prose(notebook: nbformat.NotebookNode) -> str:
    """Convert, without code, formulas and what cells print or show as HTML: prose and figures."""
    cells = []
    for cell in notebook.cells:
        shown = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
        if cell.cell_type == "markdown" or shown:
            cells.append({**cell, "outputs": shown} if shown else cell)
    copy = nbformat.from_dict({**notebook, "cells": cells})
    text, _ = MarkdownExporter().from_notebook_node(copy)
    text = re.sub(r"^```.*?^```$|\$\$.*?\$\$", "", text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]+`|\$[^$\n]+\$", "", text)


def test_holds_no_leftovers_of_the_book(notebook: nbformat.NotebookNode) -> None:
    text = prose(notebook)
    assert not re.search(r"^\s*(:::|\+\+\+|\(\w[\w-]*\)=$|%\s)", text, re.M), "MyST's own marks"
    assert not re.search(r"\{\w[\w:-]*\}`", text), "a MyST role"
    assert not re.search(r"\{\{|\}\}|^\[\^\w+\]:", text, re.M), "a substitution or a footnote"


def test_hides_no_text_in_html(notebook: nbformat.NotebookNode) -> None:
    text = prose(notebook)
    tags = set(re.findall(r"</?([a-zA-Z][\w-]*)(?:\s[^<>\n]*)?/?>", text))
    assert tags <= PLAIN_HTML, tags - PLAIN_HTML
    assert "<!--" not in text, "a comment hides what stands in it"
    assert text.count("<details") == text.count("</details>")
    for after in re.findall(r"</summary>(.*\n.*)", text):
        assert not after.strip(), "Markdown after <summary> needs an empty line before it"


def test_images_say_what_they_show(notebook: nbformat.NotebookNode) -> None:
    text = prose(notebook)
    figures = r"!\[png\]\(output_\w+\.png\)"
    for alt in re.findall(r"!\[(.*?)\]", re.sub(figures, "", text)):
        assert len(alt.split()) >= 3, alt
    # Of a figure that code drew, a converter drops the alt text; the sentence after it says it.
    for after in re.split(f"(?:{figures}\\s*)+", text)[1:]:
        assert after.lstrip().startswith("*The figure"), after.strip()[:200]


def test_says_what_stands_in_code_or_figures_for_readers_of_text(
    notebook: nbformat.NotebookNode,
) -> None:
    """Whatever is shown as HTML or as an image has a plain text beside it in the file."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type in ("display_data", "execute_result"):
                assert output.data.get("text/plain", "").strip()
                if "text/html" in output.data:
                    assert "object at 0x" not in output.data["text/plain"]


def test_only_chapters_that_gain_ask_colab_for_a_gpu() -> None:
    asking = set()
    for path in NOTEBOOKS:
        metadata = nbformat.read(path, as_version=4).metadata
        if "accelerator" in metadata or "colab" in metadata:
            asking.add(path.stem)
            assert metadata.accelerator == "GPU", path.stem
            assert metadata.colab == {"gpuType": "T4", "provenance": []}, path.stem
    assert asking == {"gpu", "simple_cnn"}
