"""Every command that a reader is told to type is one that can run, where it is told.

tests/proofs/test_readme.py types them in a fresh clone, as far as that goes without a network.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable

import pytest

from cnnbook.cli.parser import parser
from tests.readme import PAGES, ROOT, Command, commands

COMMANDS = [(page, command) for page in PAGES for command in commands(page)]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]
ACTIVATIONS = [". .venv/bin/activate", r".venv\Scripts\activate", "conda activate cnnbook"]


def make(line: str) -> None:
    done = subprocess.run([*shlex.split(line), "--dry-run"], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr


def cnnbook(line: str) -> None:
    parser().parse_args(shlex.split(line.partition("-m cnnbook")[2]))


def pip(line: str) -> None:
    for extra in re.findall(r"\.\[([\w,]+)\]", line):
        assert set(extra.split(",")) <= set(EXTRAS)


def files(line: str) -> None:
    for word in line.replace("\\", "/").split():
        assert "/" not in word or (ROOT / word).exists(), word


def nothing(line: str) -> None:
    """Known by its text alone."""


#: Whoever may begin a line, and what of the rest can be checked without running it.
RUNNERS: dict[str, Callable[[str], None]] = {
    r"make [a-z]+": make,
    r"python -m cnnbook .*": cnnbook,
    r"torchrun --standalone --nproc-per-node=2 -m cnnbook .*": cnnbook,
    r"pip install (--constraint constraints\.txt --editable )?(\.|\"\.\[[\w,]+\]\")": pip,
    r"python book[/\\]_tools[/\\]\w+\.py": files,
    r"pytest .*": files,
    r"jupyter-book build \.": nothing,
    r"python3 -m venv \.venv|py -3 -m venv \.venv": nothing,
    r"conda env create --file environment\.yml": files,
    r"export PIP_EXTRA_INDEX_URL=https://download\.pytorch\.org/whl/cpu": nothing,
    r"\$env:PYTHONUTF8 = 1": nothing,
    r"git clone https://\S+|cd \S+": nothing,
    "|".join(map(re.escape, ACTIVATIONS)): nothing,
}


@pytest.mark.parametrize(("page", "command"), COMMANDS, ids=lambda value: str(value)[:60])
def test_a_command_can_be_run(page: str, command: Command) -> None:
    (check,) = (check for runner, check in RUNNERS.items() if re.fullmatch(runner, command.line))
    check(command.line)


def test_what_lives_in_the_environment_is_typed_after_it_was_activated() -> None:
    inside = re.compile(r"(python|pip|pytest|torchrun|jupyter-book) ")
    # The library alone goes into an environment of the reader's own.
    own = ("Install and run", "The library alone, with pip")
    for page in PAGES:
        active = False
        for before, command in zip([None, *commands(page)], commands(page), strict=False):
            if before is None or before.section != command.section:
                active = False
            active |= command.line in ACTIVATIONS
            if inside.match(command.line) and command.section not in own:
                assert active, f"{page}, {command.section}: {command.line}"


def test_a_block_for_each_system() -> None:
    for page in PAGES:
        lines = {command.line for command in commands(page)}
        assert set(ACTIVATIONS) <= lines, page
        assert "make lab" in lines
