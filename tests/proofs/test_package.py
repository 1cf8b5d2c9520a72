"""What `python -m build` makes, installed in clean environments with each extra alone.

The environments hold exactly what an extra declares, taken from the one that runs this, and pip
must find that nothing is missing: no network is needed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from tests import environments

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.proof

#: What a user of each extra does first; the extra "" is the package alone.
FIRST_USE = {
    "": """
        import numpy as np, cnnbook
        from cnnbook import diagrams, exercises, gradcheck, kernels, layers, notebook, optim, shapes
        x = np.arange(9.0).reshape(1, 1, 3, 3)
        assert cnnbook.conv2d(x, np.ones((1, 1, 2, 2))).tolist() == [[[[8, 12], [20, 24]]]]
        assert "<script>" in diagrams.convolution()._repr_html_()
    """,
    "plot": """
        import matplotlib; matplotlib.use("agg")
        import numpy as np
        from cnnbook import figures
        figures.matrix(np.eye(3), "output", figures.panels()[0])
    """,
    "data": """
        from cnnbook.data import digits, photographs, recorded_names
        assert digits()[0].shape[1:] == (1, 8, 8)
        assert recorded_names()
        photographs.photograph()
        import pooch, tqdm
    """,
    "torch": """
        import torch
        from cnnbook import nets
        assert nets.LeNet5()(torch.zeros(1, 1, 28, 28)).shape == (1, 10)
        nets.explain(nets.TinyCNN(), (1, 8, 8))
    """,
    "all": """
        from cnnbook.__main__ import main
        assert main(["train", "--model", "tiny", "--epochs", "1", "--out", "run"]) == 0
        assert main(["evaluate", "run"]) == 0
    """,
}
#: What each extra alone does not bring; with these missing, the rest works.
ABSENT = {
    "": ["matplotlib", "sklearn", "PIL", "pooch", "tqdm", "torch", "scipy"],
    "plot": ["sklearn", "pooch", "tqdm", "torch", "scipy"],
    "data": ["matplotlib", "torch"],
    "torch": ["matplotlib", "sklearn", "PIL", "pooch", "scipy"],
    "all": ["IPython", "pytest"],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy without history, as from a download; return the folder of both files."""
    folder = tmp_path_factory.mktemp("built")
    bare = environments.repository(folder)
    environments.run("git", "clone", "--quiet", bare, "tree", cwd=folder)
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist"]
    environments.run(*build, cwd=folder / "tree")  # the sdist, and the wheel out of it
    environments.run(*build, "--wheel", "--outdir", folder / "direct", cwd=folder / "tree")
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = (built / "dist").glob("*.whl")
    return found


def content(wheel: Path) -> dict[str, str]:
    """Return the hash of each file in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


def declared(wheel: Path, extra: str) -> list[str]:
    """Return the names of what this wheel with one extra requires, and of what that requires."""
    (folder,) = (name for name in zipfile.Path(wheel).iterdir() if name.name.endswith(".dist-info"))
    name = f"cnnbook[{extra}]" if extra else "cnnbook"
    found = environments.with_requirements([name], {"cnnbook": PathDistribution(folder)})
    return [name for name in found if name != "cnnbook"]


def tracked(*patterns: str) -> set[str]:
    """Return the files of the package that a pattern finds, relative to the checkout."""
    return {
        path.relative_to(ROOT).as_posix()
        for pattern in patterns
        for path in (ROOT / "cnnbook").glob(pattern)
    }


def test_the_wheel_carries_the_whole_package(wheel: Path) -> None:
    names = set(content(wheel))
    for patterns in (
        ["**/*.py"],
        ["diagrams/js/**/*.js"],
        ["diagrams/js/*.css"],
        ["exercises/*.py"],
        ["nets/weights/*.json"],
        ["data/results/*.json"],
        ["py.typed"],
    ):
        expected = tracked(*patterns)
        assert expected, patterns
        assert expected <= names, expected - names
    others = {name for name in names if not name.startswith("cnnbook/")}
    assert all(name.split("/")[0].endswith(".dist-info") for name in others), others
    assert any(name.endswith("licenses/LICENSE") for name in others)
    assert wheel.stat().st_size < 1e6


def test_the_source_archive_builds_the_same_wheel(built: Path, wheel: Path) -> None:
    (direct,) = (built / "direct").glob("*.whl")
    assert content(wheel) == content(direct)
    (archive,) = (built / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "cnnbook/py.typed"} <= names
    # Some tests without what they test would be a promise that is not kept.
    assert not {name for name in names if name.startswith(("tests/", "book/"))}


@pytest.mark.parametrize("extra", FIRST_USE)
def test_each_extra_alone_brings_what_it_needs(extra: str, wheel: Path, tmp_path: Path) -> None:
    python = environments.make(tmp_path / "environment", declared(wheel, extra))
    target = f"cnnbook[{extra}] @ {wheel.as_uri()}" if extra else str(wheel)
    environments.pip(python, "install", "--quiet", target, cwd=tmp_path)
    environments.pip(python, "check", cwd=tmp_path)
    script = tmp_path / "first_use.py"
    lines = "\n".join(line.strip() for line in FIRST_USE[extra].strip().splitlines())
    script.write_text(
        "from importlib.util import find_spec\n"
        f"there = [name for name in {ABSENT[extra]} if find_spec(name)]\n"
        f"assert not there, there\n{lines}\n",
        encoding="utf-8",
    )
    environments.run(python, "-W", "error", script, cwd=tmp_path, CNNBOOK_DEVICE="cpu")
    said = environments.run(python, "-m", "cnnbook", "info", cwd=tmp_path)
    assert "cnnbook" in said
    torch = next(line for line in said.splitlines() if line.startswith("torch"))
    assert ("not installed" in torch) == (extra not in ("torch", "all"))


def test_a_typed_program_passes_mypy(wheel: Path, tmp_path: Path) -> None:
    python = environments.make(tmp_path / "environment", ["numpy"])
    environments.pip(python, "install", "--quiet", "--no-deps", wheel, cwd=tmp_path)
    right = "y = cnnbook.conv2d(np.zeros((1, 1, 3, 3)), np.zeros((1, 1, 2, 2)), stride=(1, 2))\n"
    head = "import numpy as np\n\nimport cnnbook\n\n"
    (tmp_path / "right.py").write_text(f"{head}{right}print(y.shape)\n", encoding="utf-8")
    (tmp_path / "wrong.py").write_text(
        f"{head}{right.replace('(1, 2)', repr('two'))}", encoding="utf-8"
    )
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python)]
    mypy += ["--cache-dir", str(tmp_path / "cache")]
    environments.run(*mypy, "right.py", cwd=tmp_path)
    done = subprocess.run([*mypy, "wrong.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert 'Argument "stride" to "conv2d" has incompatible type' in done.stdout
