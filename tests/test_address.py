"""The repository's address stands in one place; everything else is stamped from it."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

import cnnbook
from book._tools import address
from book._tools.contents import notebooks

ROOT = Path(__file__).parents[1]
ELSEWHERE = "https://github.com/someone/their-book"
WITH_MARKS = address.WITH_MARKS


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("address", ROOT / "book/_tools/address.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "book").mkdir()
    for name in ("_config.yml", *WITH_MARKS):
        shutil.copy2(ROOT / name, tmp_path / name)
    for notebook in notebooks():
        copied = tmp_path / notebook.relative_to(ROOT)
        copied.parent.mkdir(exist_ok=True)
        shutil.copy2(notebook, copied)
    return tmp_path


def first_code(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))


def test_the_config_and_every_notebook_agree(tool: ModuleType) -> None:
    address = tool.read()
    assert tool.check(address) == address
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["html"]["baseurl"] == tool.pages_address(address)
    for notebook in notebooks():
        assert first_code(notebook) == tool.setup_source(address), f"{notebook.name}: make address"


def test_stamping_there_and_back_changes_nothing_else(tool: ModuleType, copy: Path) -> None:
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    address = tool.read(copy)
    tool.stamp(ELSEWHERE, copy)
    assert tool.read(copy) == ELSEWHERE
    for notebook in notebooks(copy):
        assert f'--no-deps "cnnbook @ git+{ELSEWHERE}@v{cnnbook.__version__}"' in first_code(
            notebook
        )
    assert address not in (copy / "_config.yml").read_text(encoding="utf-8")
    tool.stamp(address, copy)
    assert {path: path.read_bytes() for path in before} == before


def metadata(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def links(markdown: str) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", markdown)


def test_the_package_names_its_address_and_links_to_nothing_relative(
    tool: ModuleType, copy: Path
) -> None:
    tool.stamp(ELSEWHERE, copy)
    assert metadata(copy)["urls"] == {
        "Homepage": "https://someone.github.io/their-book/",
        "Repository": ELSEWHERE,
        "Issues": f"{ELSEWHERE}/issues",
        "Changelog": f"{ELSEWHERE}/blob/main/CHANGELOG.md",
    }
    readme = (copy / metadata(copy)["readme"]).read_text(encoding="utf-8")
    assert all(urlsplit(link).scheme == "https" for link in links(readme)), links(readme)
    assert f"({ELSEWHERE}/raw/main/book/_static/social_card.png)" in readme
    assert f"({ELSEWHERE}/blob/main/LICENSE)" in readme
    for text in (readme, (copy / "book/install.md").read_text(encoding="utf-8")):
        assert f"git clone {ELSEWHERE}\ncd their-book\n" in text
    assert "(https://someone.github.io/their-book/)" in readme


def test_who_cites_is_told_the_address(tool: ModuleType, copy: Path) -> None:
    tool.stamp(ELSEWHERE, copy)
    cited = yaml.safe_load((copy / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["url"] == "https://someone.github.io/their-book/"
    assert cited["repository-code"] == ELSEWHERE
    page = (copy / "book" / "how_to_cite.md").read_text(encoding="utf-8")
    assert "  url = {https://someone.github.io/their-book/},\n}" in page
    assert f"version {cnnbook.__version__}}}" in page


def test_while_no_address_is_set_nothing_names_one(tool: ModuleType, copy: Path) -> None:
    tool.stamp(tool.UNSET, copy)
    assert "urls" not in metadata(copy)
    for name in tool.WITH_MARKS:
        text = (copy / name).read_text(encoding="utf-8")
        assert "address_not_set" not in text
        assert "git clone" not in text


def test_the_readmes_links_lead_to_files(tool: ModuleType, copy: Path) -> None:
    tool.stamp(tool.UNSET, copy)
    for target in links((copy / "README.md").read_text(encoding="utf-8")):
        assert urlsplit(target).scheme or (ROOT / target).is_file(), target


def test_what_has_marks_is_what_the_tool_writes(tool: ModuleType) -> None:
    for name in tool.WITH_MARKS:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert tool.fill(text, tool.read()) == text, f"{name}: make address"
        assert "address: " in text


def test_the_unset_address_installs_nothing_and_says_so(tool: ModuleType) -> None:
    source = tool.setup_source(tool.UNSET)
    assert "no address" in source
    assert "pip" not in source


def test_slashes_and_git_at_the_end_are_dropped(tool: ModuleType) -> None:
    assert tool.check(f"{ELSEWHERE}.git") == tool.check(f"{ELSEWHERE}/") == ELSEWHERE
    assert tool.pages_address(ELSEWHERE) == "https://someone.github.io/their-book/"


@pytest.mark.parametrize("address", ["", "github.com/a/b", "https://github.com/a", "https://a/b/c"])
def test_other_addresses_are_refused(tool: ModuleType, address: str) -> None:
    with pytest.raises(SystemExit, match=r"expected https://github\.com/OWNER/REPOSITORY"):
        tool.check(address)
