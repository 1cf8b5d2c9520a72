"""Every chapter runs top to bottom where Google Colab would open it, and computes what is stored.

Simulated: an environment with Colab's own torch, NumPy, matplotlib and scikit-learn, where
`google.colab` can be imported and this repository lies nowhere near. Each notebook, its address
stamped, is copied alone into an empty folder and run; its first cell installs the library by git.
For git, the address on GitHub stands for a repository made of this checkout. That machine also
computes in another way (MACHINE) than the one that runs the notebooks in `make test`: one run of
them all says both, for each takes as long as the notebooks do.

What differs on Colab itself: its versions of Python and of the libraries, its kernel, and the
network, from which pip there also fetches setuptools to build the package with.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from book._tools import outputs
from book._tools.contents import notebooks, short_name
from tests import environments
from tests.patience import SECONDS

ROOT = Path(__file__).parents[2]
NOTEBOOKS = notebooks()
ADDRESS = "https://github.com/someone/cnnbook"
ON_COLAB = [
    *("torch", "numpy", "matplotlib", "scikit-learn", "scipy", "pillow", "pooch", "tqdm"),
    *("ipykernel", "pip", "setuptools"),
]
#: Another number of threads, other BLAS kernels. Sets print in the order of the stored outputs.
MACHINE = {
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
    "OPENBLAS_CORETYPE": "Nehalem",  # SSE
    "PYTHONHASHSEED": "0",
}
SCRIPT = re.compile(r"\s*<script>.*?</script>", re.DOTALL)
SEEN = """\
import json, os
from importlib.metadata import version
import cnnbook, numpy, torch
print(json.dumps({
    "cnnbook": cnnbook.__file__, "numpy": numpy.__file__, "torch": torch.__file__,
    "versions": [version("numpy"), numpy.__version__, version("torch"), torch.__version__],
    "folder": sorted(os.listdir()),
}))"""

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def colab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield the simulated machine's folder; inside, notebooks run by the kernel "colab"."""
    folder = tmp_path_factory.mktemp("colab")
    python = environments.make(folder / "environment", ON_COLAB)
    module = environments.own_packages(folder / "environment") / "google" / "colab"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text("", encoding="utf-8")
    kernel = folder / "kernels" / "colab"
    kernel.mkdir(parents=True)
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    names = {"display_name": "Colab", "language": "python"}
    kernel_json = {"argv": command, "env": MACHINE, **names}
    (kernel / "kernel.json").write_text(json.dumps(kernel_json), encoding="utf-8")
    bare = environments.repository(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        patch.delenv("PYTHONPATH", raising=False)
        patch.setenv("GIT_CONFIG_COUNT", "1")
        patch.setenv("GIT_CONFIG_KEY_0", f"url.{bare.as_uri()}.insteadOf")
        patch.setenv("GIT_CONFIG_VALUE_0", ADDRESS)
        # Nothing is fetched: the package is built with the setuptools that is there.
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip reads this backwards: no isolation
        yield folder


@pytest.fixture(scope="module")
def setup_source() -> str:
    """Return the first cell as `make address URL=…` would write it."""
    spec = importlib.util.spec_from_file_location("address", ROOT / "book/_tools/address.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool.setup_source(tool.check(ADDRESS))


def without_scripts(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return outputs without scripts: on Colab, where a cell is a frame, each has its own."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "text/html" in data:
            data["text/html"] = SCRIPT.sub("", data["text/html"])
    return cell.outputs


@pytest.mark.parametrize("path", NOTEBOOKS, ids=short_name)
def test_a_chapter_runs_on_colab(
    path: Path, colab: Path, setup_source: str, tmp_path: Path
) -> None:
    notebook = nbformat.read(path, as_version=4)
    setup = next(cell for cell in notebook.cells if cell.cell_type == "code")
    setup.source = setup_source
    notebook.cells.append(nbformat.v4.new_code_cell(SEEN))
    (tmp_path / path.name).touch()  # what Colab's folder would hold, at most
    client = NotebookClient(
        notebook,
        kernel_name="colab",
        timeout=SECONDS,
        coalesce_streams=True,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()

    said = " ".join(output.get("text", str(output)) for output in setup.outputs)
    assert "ERROR" not in said
    assert "WARNING" not in said
    seen = json.loads(notebook.cells[-1].outputs[0].text)
    environment = colab / "environment"
    own = environments.own_packages(environment)
    assert Path(seen["cnnbook"]).is_relative_to(own)
    for name in ("numpy", "torch"):
        assert Path(seen[name]).is_relative_to(environment / "given"), f"{name} was replaced"
    given = environments.with_requirements(["numpy", "torch"])
    numpy, torch = given["numpy"].version, given["torch"].version
    assert seen["versions"] == [numpy, numpy, torch, torch]
    assert seen["folder"] == [path.name], "a chapter leaves files where it runs"

    outputs.strip(notebook)
    for cell, stored in zip(notebook.cells, nbformat.read(path, as_version=4).cells, strict=False):
        if cell.cell_type == "code" and cell is not setup:
            assert without_scripts(cell) == without_scripts(stored), cell.source
