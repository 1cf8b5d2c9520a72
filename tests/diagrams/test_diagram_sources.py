"""The JavaScript of the diagrams as text: small, plain, and unable to do what it must not."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from cnnbook import diagrams
from cnnbook.diagrams import base

FILES = sorted(base.HERE.rglob("*.js"))
SHEETS = sorted(base.HERE.rglob("*.css"))
NAMES = sorted(file.stem for file in base.HERE.glob("*.js"))
#: What a file takes from the parts above it, its own text, and what it gives to those below.
PART = re.compile(
    r'globalThis\.cnnbookDiagrams\.part\("([\w/]+)", \((?:\{([^}]*)\})?\) => \{\n\n'
    r"(.*?)(?:\nreturn \{([^}]*)\};)?\n\}\);\n\Z",
    re.DOTALL,
)
# What would turn text into code or markup, or leave the page.
FORBIDDEN = [
    "eval",
    "Function(",
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "fetch(",
    "XMLHttpRequest",
    "WebSocket",
    "import(",
    "localStorage",
    "document.cookie",
    "console.",
    "debugger",
    " var ",
    " == ",
    " != ",
]


@pytest.fixture(params=FILES, ids=lambda file: str(file.relative_to(base.HERE)))
def file(request: pytest.FixtureRequest) -> Path:
    return request.param


def code(file: Path) -> str:
    return re.sub(r"^\s*//.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_diagram_has_its_file():
    assert ["Diagram", *NAMES] == diagrams.__all__


@pytest.mark.parametrize("word", FORBIDDEN)
def test_does_nothing_forbidden(file, word):
    assert word not in code(file)


def test_is_strict_and_says_what_it_does(file):
    text = file.read_text(encoding="utf-8")
    assert text.startswith("// ")
    assert '"use strict";' in text


def test_is_laid_out_evenly(file):
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{file.name}:{number}"
        assert len(line) <= 110, where
        assert line == line.rstrip(), where
        assert "\t" not in line, where


def test_is_one_idea_long(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 300


def test_every_file_is_a_part_of_a_script():
    used = {part for name in NAMES for part in base.parts(name)}
    files = [*FILES, *SHEETS]
    assert used == {path.relative_to(base.HERE).as_posix() for path in files}


@pytest.mark.parametrize("name", NAMES)
def test_a_part_takes_what_parts_above_it_give_and_uses_it(name):
    """A name that nobody gives would only be missed when the reader comes to it."""
    first, *others = base.script(name).split("// cnnbook/diagrams/js/")[1:]
    assert first.startswith("shared/parts.js\n")
    known = {"style"}
    for text in others:
        path = text.partition("\n")[0]
        if path == "style.css":
            continue
        if path.endswith("/style.css"):
            known.add(f"{name}Style")
            continue
        found = PART.search(text)
        assert found, f"{path} is no part"
        part, takes, body, gives = found.groups()
        assert path.removeprefix("shared/") == f"{part}.js"
        taken = re.findall(r"\w+", takes or "")
        assert set(taken) <= known, path
        assert len(taken) == len(set(taken)), path
        assert [name for name in taken if not re.search(rf"\b{name}\b", body)] == [], path
        known |= set(re.findall(r"\w+", gives or ""))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda file: str(file.relative_to(base.HERE)))
def test_a_style_sheet_can_stand_in_a_template(sheet):
    assert not re.search(r"[`\\]|\$\{", sheet.read_text(encoding="utf-8"))


def test_adds_one_name_to_the_page(file):
    names = set(re.findall(r"(?:globalThis|window)\.(\w+)", code(file)))
    assert names == {"cnnbookDiagrams"}


@pytest.mark.parametrize("name", NAMES)
def test_a_script_can_stand_in_a_page(name):
    script = base.script(name)
    assert "</" not in script
    assert "<!--" not in script
    assert "http" not in script.replace("http://www.w3.org/2000/svg", "")
    assert "url(" not in script
    assert "@import" not in script


@pytest.mark.parametrize("name", NAMES)
def test_a_script_stays_small(name):
    """Over the line. What the diagrams of one page weigh is tested in the built page."""
    assert len(gzip.compress(base.script(name).encode())) < 35_000
