"""The structure of every notebook: run in order, complete, readable without the book."""

from __future__ import annotations

import base64
import re
import struct
from pathlib import Path
from typing import Any

import nbformat
import pytest

from book._tools import contents

ROOT = Path(__file__).parents[1]
NOTEBOOKS = contents.notebooks()
# Pages behind the chapters may compute, too, but they teach nothing new: no exercises, no template.
# Chapters of the second edition have an anatomy of their own: tests/test_anatomy.py.
CHAPTERS = [path for path in contents.chapters() if path not in contents.second_edition()]
Notebook = Any

PAGE_PARTS = [
    "# ",
    "**",  # the question
    "*You will be able to*",
    "*Before you start.*",
    "## How the library does it",
    "## Check against PyTorch",
    "## Common mistakes",
    "## Exercises",
    "## Summary",
    "**Where to go next.**",
    "**Sources.**",
]


@pytest.fixture(params=NOTEBOOKS, ids=contents.short_name)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def notebook(path: Path) -> Notebook:
    return nbformat.read(path, as_version=4)


@pytest.fixture(params=CHAPTERS, ids=contents.short_name)
def chapter(request: pytest.FixtureRequest) -> Notebook:
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook: Notebook) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook: Notebook) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def tags(cell: Any) -> list[str]:
    return cell.metadata.get("tags", [])


def figures(cell: Any) -> list[bytes]:
    images = [
        output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {})
    ]
    return [base64.b64decode(image) for image in images]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


def test_every_notebook_is_in_the_table_of_contents() -> None:
    listed = [page.notebook() for page in contents.pages()]
    assert set(NOTEBOOKS) <= set(listed)
    assert len(listed) == len(set(listed))


def test_is_valid(notebook: Notebook) -> None:
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"


def test_was_run_in_order_from_a_fresh_kernel(notebook: Notebook) -> None:
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "run `make outputs`"


def test_stores_no_error_and_no_stderr(notebook: Notebook) -> None:
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error" or "raises-exception" in tags(cell), cell.source
            assert output.get("name") != "stderr", cell.source


def test_stores_nothing_volatile(notebook: Notebook, path: Path) -> None:
    assert set(notebook.metadata) <= {"kernelspec", "language_info", "accelerator", "colab"}
    assert set(notebook.metadata.language_info) == {"name"}
    text = path.read_text(encoding="utf-8")
    assert "widget-state" not in text
    assert "widget-view" not in text
    assert str(ROOT) not in text
    for cell in code_cells(notebook):
        assert "execution" not in cell.metadata


def test_live_cells_hold_a_bound_and_store_no_answer(notebook: Notebook) -> None:
    for cell in code_cells(notebook):
        if "nbval-ignore-output" in tags(cell):
            assert "assert " in cell.source, cell.source
            [output] = cell.outputs
            assert output.text.startswith("(Run this cell"), "run book/_tools/outputs.py"


def test_numbers_are_printed_as_python_numbers(notebook: Notebook) -> None:
    for cell in code_cells(notebook):
        for output in cell.outputs:
            shown = output.get("text", "") + output.get("data", {}).get("text/plain", "")
            scalar = re.search(r"np\.(float|int|bool)\w*\(", shown)
            assert not scalar, f"a bare NumPy scalar:\n{cell.source}"


def test_every_figure_has_alt_text_and_a_sentence_beside_it(notebook: Notebook) -> None:
    cells = notebook.cells
    for number, cell in enumerate(cells):
        if cell.cell_type == "code" and figures(cell):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt.split()) >= 8, f"alt text missing or too short:\n{cell.source}"
            following = cells[number + 1]
            sentence = following.source if following.cell_type == "markdown" else ""
            assert sentence.startswith("*The figure"), f"no '*The figure …' after:\n{cell.source}"


def test_no_cell_shows_the_object_that_drew(notebook: Notebook) -> None:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" not in data:
                assert not re.match(r"[\[(]?<(Axes|matplotlib)", data.get("text/plain", ""))


def test_figures_are_opaque(notebook: Notebook) -> None:
    for cell in code_cells(notebook):
        for png in figures(cell):
            assert png[:8] == b"\x89PNG\r\n\x1a\n"
            assert _is_opaque(png), cell.source


def _is_opaque(png: bytes) -> bool:
    """Say whether a PNG has no alpha channel or every corner of it is opaque."""
    color_type = struct.unpack(">B", png[25:26])[0]
    if color_type not in (4, 6):
        return True
    import io

    from PIL import Image

    alpha = Image.open(io.BytesIO(png)).getchannel("A")
    return alpha.getextrema()[0] == 255


def test_reads_without_the_book(notebook: Notebook) -> None:
    text = markdown(notebook)
    assert not re.search(r"^\s*(```|:::)\{", text, re.M), "a MyST directive: Colab shows it raw"
    assert not re.search(r"\{(ref|doc|eq|numref|term|cite)\}`", text), "a MyST role"
    for alt, _ in re.findall(r"!\[(.*?)\]\((.*?)\)", text):
        assert len(alt.split()) >= 3, "an image without alt text"


def test_keeps_the_page_template(chapter: Notebook) -> None:
    text, at = markdown(chapter), 0
    for part in PAGE_PARTS:
        found = text.find(part, at)
        assert found >= 0, f"missing, or out of order: {part}"
        at = found
    assert len(re.findall(r"^\d\. ", text[: text.find("*Before")], re.M)) >= 3, "three objectives"


def test_opens_with_a_setup_cell_and_one_import_cell(notebook: Notebook) -> None:
    # tests/test_address.py holds the setup cell's text.
    setup, imports = code_cells(notebook)[:2]
    assert 'find_spec("google.colab")' in setup.source
    assert setup.outputs == []
    assert "import numpy as np" in imports.source
    if "rng." in "".join(cell.source for cell in code_cells(notebook)):
        assert "default_rng(" in imports.source


def is_hidden(cell: Any) -> bool:
    """Whether every tool shows the cell's output only: page, JupyterLab, Colab."""
    return (
        tags(cell) == ["remove-input"]
        and cell.metadata.jupyter.source_hidden is True
        and cell.metadata.cellView == "form"
    )


def shown_html(cell: Any) -> str:
    """Return the one output of a cell as HTML, without the script that it may bring."""
    (output,) = cell.outputs
    return output.data["text/html"].split("\n<script>")[0]


def unfolded(html: str) -> str:
    """Return what stands in view before anything is opened, as an untrusted notebook shows it."""
    return re.sub(r"<details>.*?</details>|<[^>]+>", " ", html, flags=re.DOTALL)


def test_exercises_ship_unattempted_and_their_solutions_ran(chapter: Notebook) -> None:
    cells = code_cells(chapter)
    headings = re.findall(r"^### \d+\. (\w+)", markdown(chapter), re.M)
    asked = [cell for cell in cells if "exercises.ask(" in cell.source]
    shipped = [cell for cell in cells if "exercises.check(" in cell.source]
    solutions = [cell for cell in cells if "exercises.solution(" in cell.source]
    for kind in ("Predict", "Compute", "Implement"):
        assert headings.count(kind) >= 2, kind
    assert len(shipped) == len(solutions) == headings.count("Implement")
    assert len(asked) + len(shipped) == len(headings) >= 6
    for cell in shipped:
        assert [output.text for output in cell.outputs] == ["not attempted yet\n"]
    for cell in asked + solutions:
        assert is_hidden(cell), cell.source
        assert re.fullmatch(
            r'# @title (Answer|Solution)\nexercises\.(ask|solution)\("\w+"\)', cell.source
        )
        assert re.search(r"<details>.*Right: .*</details>", shown_html(cell), re.DOTALL)


def test_questions_do_not_favour_a_place(chapter: Notebook) -> None:
    places = []
    for cell in code_cells(chapter):
        if "exercises.question(" in cell.source:
            options = shown_html(cell).split("<details>")[1:]
            places.append(["Right ✓" in option for option in options].index(True))
    assert len(places) >= 2, "at least two self-check questions"
    assert len(set(places)) >= 2, "the right option always stands in one place"


def test_nothing_is_revealed_before_the_reader_asks(notebook: Notebook) -> None:
    """Neither a cell's source nor what is stored beside the HTML holds an answer."""
    assert not re.search(r"Guess first|Guess before", markdown(notebook))
    for cell in code_cells(notebook):
        assert "correct=True" not in cell.source
        if not re.search(r"exercises\.(ask|guess|question|solution)\(", cell.source):
            continue
        assert is_hidden(cell), cell.source
        (output,) = cell.outputs
        assert set(output.data) == {"text/html", "text/plain"}, cell.source
        assert not re.search("Right|Not quite|Not yet", output.data["text/plain"])
        assert not re.search("Right|Not quite|Not yet", unfolded(shown_html(cell)))


def test_one_output_carries_the_script_and_it_comes_first(notebook: Notebook) -> None:
    carriers = [
        "\n<script>" in cell.outputs[0].data["text/html"]
        for cell in code_cells(notebook)
        if re.search(r"exercises\.(ask|guess)\(", cell.source)
    ]
    assert carriers == [True, *[False] * (len(carriers) - 1)][: len(carriers)]


def test_no_answer_is_folded_by_a_tag(notebook: Notebook) -> None:
    """JupyterLab and nbconvert do not know these tags: what is folded is folded in its output.

    What gives nothing away may be: imports, and the code of a figure, with a title for Colab.
    """
    for cell in code_cells(notebook):
        assert not {"hide-cell", "hide-output"} & set(tags(cell))
        if "hide-input" in tags(cell):
            assert re.match(r"# @title (Imports|The code of this)", cell.source)
            assert "exercises." not in cell.source
            assert (cell.metadata.jupyter.source_hidden, cell.metadata.cellView) == (True, "form")


def test_mentions_no_machine(path: Path) -> None:
    assert not re.search(r"/(home|root|Users|tmp|work)/", path.read_text(encoding="utf-8"))
