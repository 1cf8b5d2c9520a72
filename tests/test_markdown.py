"""Every notebook reads well as plain Markdown: on GitHub, in an editor, as a mail."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import MarkdownExporter

from book._tools.contents import notebooks, short_name

ROOT = Path(__file__).parents[1]
NOTEBOOKS = notebooks()
#: What the converter writes for a figure that a cell drew.
FIGURE = r"!\[(?:png|svg)\]\(output_\w+\.(?:png|svg)\)"
#: What Markdown viewers show as meant, with the text inside it; anything else may vanish.
PLAIN_HTML = {"details", "summary", "br", "sub", "sup", "kbd"}


@pytest.fixture(params=NOTEBOOKS, ids=short_name)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=short_name)
def prose(request: pytest.FixtureRequest) -> str:
    """Convert, without code, formulas and what cells print or show as HTML: prose and figures."""
    notebook = nbformat.read(request.param, as_version=4)
    cells = []
    for cell in notebook.cells:
        shown = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
        if cell.cell_type == "markdown" or shown:
            cells.append({**cell, "outputs": shown} if shown else cell)
    copy = nbformat.from_dict({**notebook, "cells": cells})
    text, _ = MarkdownExporter().from_notebook_node(copy)
    text = re.sub(r"^```.*?^```$|\$\$.*?\$\$", "", text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]+`|\$[^$\n]+\$", "", text)


def complaint(prose: str) -> str | None:
    """Return what would not read well, if anything; formulas and code are out already."""
    marks = re.search(r"^\s*(:::|\+\+\+|%\s).*|^\(\w[\w-]*\)=$|\{\w[\w:-]*\}", prose, re.M)
    if marks:
        return f"{marks[0]!r} is MyST's"
    if unknown := re.search(r"\{\{|\}\}|^\[\^\w+\]:", prose, re.M):
        return f"{unknown[0]!r}: a substitution or a footnote, which few viewers know"
    tags = set(re.findall(r"</?([a-zA-Z][\w-]*)(?:\s[^<>\n]*)?/?>", prose)) - PLAIN_HTML
    if tags or "<!--" in prose:
        return f"HTML that may hide text: {tags or 'a comment'}"
    if prose.count("<details") != prose.count("</details>"):
        return "<details> without its end"
    if re.search(r"</summary>.*\n.*\S", prose):
        return "Markdown after <summary> needs an empty line before it"
    # Of a figure that code drew, a converter drops the alt text; the sentence after it says it.
    for after in re.split(f"(?:{FIGURE}\\s*)+", prose)[1:]:
        if not after.lstrip().startswith("*The figure"):
            return f"no sentence says what a figure shows before {after.strip()[:80]!r}"
    for alt in re.findall(r"!\[(.*?)\]", re.sub(FIGURE, "", prose)):
        if len(alt.split()) < 3:
            return f"an image has the alt text {alt!r}"
    return None


def test_reads_well(prose: str) -> None:
    assert complaint(prose) is None


@pytest.mark.parametrize(
    ("prose", "reason"),
    [
        (":::{note}\nA note.\n:::", "MyST's"),
        ("(a-label)=", "MyST's"),
        ("see {ref} for more", "MyST's"),
        ("the {{ name }} of it", "substitution"),
        ("[^1]: below", "footnote"),
        ("<div>\nMarkdown that is *not* read\n</div>", "div"),
        ("<!-- gone -->", "comment"),
        ("<details><summary>More</summary>\n\nText", "without its end"),
        ("<details><summary>More</summary>\nText\n</details>", "empty line"),
        ("![png](output_3_1.png)\n\nThen more.", "no sentence"),
        ("![png](image.png)", "the alt text 'png'"),
    ],
)
def test_what_does_not_read_well_is_found(prose: str, reason: str) -> None:
    assert reason in str(complaint(prose))


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
    assert asking == {"gpu"}
