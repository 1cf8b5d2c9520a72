"""How outputs are stored. That other machines compute them, too, is tests/proofs/test_colab.py."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from book._tools import outputs
from book._tools.contents import notebooks, short_name

ROOT = Path(__file__).parents[1]
TOOL = ROOT / "book" / "_tools" / "outputs.py"


@pytest.mark.parametrize("path", notebooks(), ids=short_name)
def test_a_notebook_is_stored_as_the_tool_writes_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    outputs.strip(notebook)
    assert nbformat.writes(notebook) + "\n" == text


@pytest.mark.proof
def test_check_notices_a_changed_number(tmp_path: Path) -> None:
    notebook = tmp_path / "page.ipynb"
    cell = (
        '{"cell_type": "code", "execution_count": 1, "id": "a", "metadata": {}, '
        '"outputs": [{"name": "stdout", "output_type": "stream", "text": ["3\\n"]}], '
        '"source": ["print(1 + 1)"]}'
    )
    notebook.write_text(
        f'{{"cells": [{cell}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}',
        encoding="utf-8",
    )

    def renew(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(TOOL), *options, str(notebook)]
        return subprocess.run(command, capture_output=True, text=True)

    assert renew("--check").returncode == 1
    assert '"3\\n"' in notebook.read_text(encoding="utf-8"), "--check writes nothing"
    assert renew().returncode == 0
    assert '"2\\n"' in notebook.read_text(encoding="utf-8")
    assert renew("--check").returncode == 0, "a second run finds nothing to change"


@pytest.mark.proof
def test_what_a_live_cell_prints_is_not_stored(tmp_path: Path) -> None:
    notebook = tmp_path / "page.ipynb"
    cell = nbformat.v4.new_code_cell(
        "import time\nprint(time.perf_counter())", metadata={"tags": ["nbval-ignore-output"]}
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)
    command = [sys.executable, str(TOOL), str(notebook)]
    subprocess.run(command, check=True)
    [stored] = nbformat.read(notebook, as_version=4).cells
    assert stored.execution_count == 1, "it was run"
    [output] = stored.outputs
    assert output.text.startswith("(Run this cell")
    assert subprocess.run([*command, "--check"]).returncode == 0


@pytest.mark.parametrize("colours", [2, 256, 257])
@pytest.mark.parametrize("alpha", [255, 100])
def test_a_smaller_picture_shows_the_same(colours: int, alpha: int) -> None:
    number = np.arange(90 * 60).reshape(60, 90) % colours
    pixels = np.stack([number % 256, number // 256, number % 7, np.full_like(number, alpha)], -1)
    png = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(png, format="PNG", compress_level=0)
    small = outputs.shrunk(png.getvalue())
    assert len(small) < len(png.getvalue())
    assert outputs.shrunk(small) == small
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(small)).convert("RGBA")), pixels)
