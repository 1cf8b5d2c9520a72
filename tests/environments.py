"""Fresh Python environments for proofs: what pip would have put there, linked and not fetched.

An environment made here sees the distributions that it is given, with all that these require, and
nothing else of the environment that runs the tests. In particular it does not see this checkout.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

import cnnbook
from tests.patience import SECONDS

ROOT = Path(__file__).parents[1]


def with_requirements(
    names: Iterable[str], others: Mapping[str, Distribution] | None = None
) -> dict[str, Distribution]:
    """Return the installed distributions that the requirements name, and all that these need.

    `others` are distributions that are not installed, such as a wheel that was just built.
    """
    others = others or {}
    found: dict[str, Distribution] = {}
    seen, todo = set(), [Requirement(name) for name in names]
    while todo:
        requirement = todo.pop()
        key = (re.sub(r"[-_.]+", "-", requirement.name).lower(), *sorted(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        found[key[0]] = others.get(key[0]) or distribution(requirement.name)
        extras = [{"extra": extra} for extra in requirement.extras or [""]]
        for line in found[key[0]].requires or []:
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate(extra) for extra in extras):
                todo.append(needed)
    return found


def make(folder: Path, names: Iterable[str]) -> Path:
    """Make an environment that holds these distributions and what they need; return its Python.

    They are links in a folder that the environment's own site-packages comes before. So pip may
    put another version there, as it may in a notebook service, but cannot remove what is linked.
    """
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(folder)
    given = folder / "given"
    given.mkdir()
    for found in with_requirements(names).values():
        for part in {file.parts[0] for file in found.files or []} - {"..", "__pycache__"}:
            source = Path(str(found.locate_file(part)))
            if not (given / part).exists() and source.exists():
                (given / part).symlink_to(source, target_is_directory=source.is_dir())
    (own_packages(folder) / "given.pth").write_text(f"{given}\n", encoding="utf-8")
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def own_packages(folder: Path) -> Path:
    """Return the site-packages folder of an environment."""
    base = {"base": str(folder), "platbase": str(folder)}
    return Path(sysconfig.get_path("purelib", "venv", base))


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command that must succeed, outside this checkout; return what it printed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def pip(python: Path, *arguments: str | Path, cwd: Path) -> str:
    """Run this environment's pip on another environment, without the network."""
    own = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    return run(*own, *arguments, cwd=cwd, PIP_NO_INDEX="1")


def repository(folder: Path) -> Path:
    """Make a bare git repository of the files of this checkout as they are; return it."""
    bare = folder / "repository.git"
    run("git", "init", "--quiet", "--bare", "--initial-branch=main", bare, cwd=folder)
    git = ["git", f"--git-dir={bare}", f"--work-tree={ROOT}"]
    run(*git, "-c", "core.safecrlf=false", "add", "--all", ".", cwd=ROOT)
    who = ["-c", "user.name=proof", "-c", "user.email=proof@localhost"]
    run(*git, *who, "commit", "--quiet", "--no-gpg-sign", "--message=as it stands", cwd=ROOT)
    run(*git, "tag", f"v{cnnbook.__version__}", cwd=ROOT)  # what a published notebook installs
    return bare
