"""The repository's address stands in one place; everything else is stamped from it."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ELSEWHERE = "https://github.com/someone/their-book"


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
    shutil.copy2(ROOT / "_config.yml", tmp_path)
    for notebook in (ROOT / "book").glob("*.ipynb"):
        shutil.copy2(notebook, tmp_path / "book")
    return tmp_path


def first_code(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))


def test_the_config_and_every_notebook_agree(tool: ModuleType) -> None:
    address = tool.read()
    assert tool.check(address) == address
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["html"]["baseurl"] == tool.pages_address(address)
    for notebook in sorted((ROOT / "book").glob("*.ipynb")):
        assert first_code(notebook) == tool.setup_source(address), f"{notebook.name}: make address"


def test_stamping_there_and_back_changes_nothing_else(tool: ModuleType, copy: Path) -> None:
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    address = tool.read(copy)
    tool.stamp(ELSEWHERE, copy)
    assert tool.read(copy) == ELSEWHERE
    for notebook in (copy / "book").iterdir():
        assert f'--no-deps "cnnbook @ git+{ELSEWHERE}"' in first_code(notebook)
    assert address not in (copy / "_config.yml").read_text(encoding="utf-8")
    tool.stamp(address, copy)
    assert {path: path.read_bytes() for path in before} == before


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
