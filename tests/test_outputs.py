"""The stored outputs are what the code gives, on other machines too."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from book._tools import outputs

ROOT = Path(__file__).parents[1]
TOOL = ROOT / "book" / "_tools" / "outputs.py"

#: Ways in which another machine computes: its number of threads and its BLAS kernel.
MACHINES = {
    "two threads, AVX2 kernels": {
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "OPENBLAS_CORETYPE": "Haswell",
    },
    "one thread, SSE kernels": {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OPENBLAS_CORETYPE": "Nehalem",
    },
}


@pytest.mark.proof
@pytest.mark.parametrize("machine", MACHINES)
def test_renewing_outputs_leaves_no_difference(machine: str) -> None:
    done = subprocess.run(
        [sys.executable, str(TOOL), "--check"],
        env={**os.environ, **MACHINES[machine]},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


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
