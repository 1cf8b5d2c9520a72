"""README's commands, typed in a fresh clone from top to bottom, each as it stands.

What pip would fetch is linked from the environment that runs this (tests/environments.py), so that
no network is needed. Left out are conda's, Windows' and git's commands. JupyterLab is asked for its
version in place of being opened.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from tests import environments
from tests.readme import ROOT, commands

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(os.name == "nt", reason="the blocks for a POSIX shell"),
]
ELSEWHERE = ("py -3", "conda", ".venv\\", "$env", "git clone", "cd ")
#: What ends a section that has blocks for other systems: the first of its lines that is not ours.
LAB = "python book/_tools/lab.py"


def requirements(*extras: str) -> Iterator[str]:
    """Yield what the extras ask for; the installed package's own metadata may be older."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    yield from project["dependencies"]
    for extra in extras:
        for line in project["optional-dependencies"][extra]:
            if line.startswith("cnnbook["):
                yield from requirements(*line[len("cnnbook[") : -1].split(","))
            else:
                yield line


def write_scripts(folder: Path, distributions: dict[str, Distribution]) -> None:
    """Give the environment the commands that pip would have written with these packages."""
    for found in distributions.values():
        for entry in found.entry_points.select(group="console_scripts"):
            script = folder / "bin" / entry.name
            module, _, function = entry.value.partition(":")
            lines = f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n"
            script.write_text(f"#!{folder}/bin/python\n{lines}", encoding="utf-8")
            script.chmod(0o755)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clone this checkout and put beside it what pip would fetch."""
    folder = tmp_path_factory.mktemp("readme")
    bare = environments.repository(folder)
    environments.run("git", "clone", "--quiet", bare, "cnnbook", cwd=folder)
    names = [*requirements("book", "lab"), "pip", "setuptools"]
    environments.make(folder / "cnnbook/.venv", names)
    write_scripts(folder / "cnnbook/.venv", environments.with_requirements(names))
    (folder / "bin").mkdir()
    (folder / "bin/python3").symlink_to(sys._base_executable)
    return folder / "cnnbook"


def type_in(clone: Path, lines: list[str]) -> str:
    """Type the lines into one shell that stops at the first failure; return what it said."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    search = [str(clone.parent / "bin"), *kept["PATH"].split(os.pathsep)]
    kept["PATH"] = os.pathsep.join(path for path in search if ".venv" not in path)
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "ARGS": "--version"}
    home = {"HOME": str(clone.parent), "JUPYTER_DATA_DIR": str(clone.parent / "jupyter")}
    done = subprocess.run(
        ["bash", "-e", "-x", "-c", "\n".join(lines)],
        cwd=clone,
        env={**kept, **offline, **home, "CNNBOOK_DEVICE": "cpu"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=1500,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    return done.stdout


def lines_of(section: str) -> list[str]:
    lines = [command.line for command in commands("README.md") if command.section == section]
    ours = [line for line in dict.fromkeys(lines) if not line.startswith(ELSEWHERE)]
    return [f"{line} --version" if line == LAB else line for line in ours if "\\" not in line]


def test_reading_and_opening_the_notebooks(clone: Path) -> None:
    said = type_in(clone, lines_of("Read it, run it"))
    assert 'Installing what "book" needs into .venv' in said
    assert "The book is at _build/html/index.html" in said
    assert (clone / "_build/html/book/install.html").is_file()
    assert (clone / "my-book/start_here.ipynb").is_file()
    status = environments.run("git", "status", "--porcelain", cwd=clone)
    assert not status, status


def test_the_first_network(clone: Path) -> None:
    text = (clone / "README.md").read_text(encoding="utf-8")
    start = text.index("import numpy as np\nimport cnnbook\n")
    (clone / "runs").mkdir(exist_ok=True)
    (clone / "runs/first.py").write_text(text[start : text.index("```", start)], encoding="utf-8")
    said = type_in(clone, ["make install", ". .venv/bin/activate", "python runs/first.py"])
    assert "loss 0.2, accuracy 0.9" in said


def test_the_command_line(clone: Path) -> None:
    from PIL import Image

    from cnnbook.data import digits

    ink = 255 - (digits(size=64).x_test[0, 0] * 255).astype("uint8")
    for name in ("photo.jpg", "scan.png"):
        Image.fromarray(ink).resize((200, 200)).save(clone / name)
    lines = lines_of("The command line")
    assert any(shlex.split(line)[0] == "torchrun" for line in lines)
    said = type_in(clone, lines)
    assert "photo.jpg" in said
    assert "LeNet5 on 1×28×28" in said


def test_without_make(clone: Path) -> None:
    said = type_in(clone, lines_of("Without make"))
    assert "Finished generating HTML for book" in said
