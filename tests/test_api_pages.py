"""The examples of the API pages run as a reader pastes them, with the imports that a page names."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import inspect
import io
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

import cnnbook

ROOT = Path(__file__).parents[1]
PAGES = ["api", "api_layers", "api_torch"]
MODULES = {
    page: re.findall(r"automodule:: (\S+)", (ROOT / f"book/{page}.md").read_text(encoding="utf-8"))
    for page in PAGES
}
MODULES["api"] = ["cnnbook"]


def public(module: ModuleType) -> dict[str, object]:
    """Return what ``from module import *`` brings."""
    brought: dict[str, object] = {}
    exec(f"from {module.__name__} import *", brought)
    return brought


def documented(module: ModuleType) -> Iterator[tuple[str, object]]:
    for name, thing in public(module).items():
        home = getattr(thing, "__module__", None) or ""
        if home.startswith("cnnbook") and (inspect.isclass(thing) or inspect.isfunction(thing)):
            yield name, thing


def complaints(text: str, names: dict[str, object], title: str) -> str:
    """Run a docstring's example with these names and no others; return what went wrong."""
    test = doctest.DocTestParser().get_doctest(text, names, title, None, 0)
    said: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    return "".join(said)


@pytest.mark.parametrize("name", sorted({name for names in MODULES.values() for name in names}))
def test_examples_run_after_the_imports_that_the_page_names(name: str) -> None:
    module = importlib.import_module(name)
    wrong = complaints(module.__doc__ or "", {}, name)  # brings its own imports
    for title, thing in documented(module):
        things = [thing]
        if inspect.isclass(thing):
            methods = inspect.getmembers(thing, inspect.isfunction)
            things += [
                method
                for own, method in methods
                if method.__module__.startswith("cnnbook") and not own.startswith("_")
            ]
        for each in things:
            names = {"np": np, "torch": torch, **public(module)}
            wrong += complaints(inspect.getdoc(each) or "", names, f"{name}.{title}")
    assert not wrong, wrong


def first_network(page: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    start = text.index("import numpy as np\nimport cnnbook\n")
    return text[start : text.index("```", start)]


def test_the_first_network_learns_and_stands_alike_in_both_places() -> None:
    program = first_network("README.md")
    assert program == first_network("book/api.md")
    assert len(program.splitlines()) <= 20
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(program, {})
    printed = said.getvalue().strip()
    for page in ("README.md", "book/api.md"):
        assert f"`{printed}`" in (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("api", "import numpy as np\nfrom cnnbook import *\n"),
        ("api_layers", "`import numpy as np`"),
        ("api_layers", "`from cnnbook.layers import *`"),
        ("api_torch", "`import torch`"),
        ("api_torch", "`from cnnbook.nets import *`"),
    ],
)
def test_each_page_says_what_its_examples_need(page: str, line: str) -> None:
    assert line in (ROOT / f"book/{page}.md").read_text(encoding="utf-8")


def test_modules_and_version_are_there_after_one_import() -> None:
    assert cnnbook.layers.Conv2d
    assert re.fullmatch(r"\d+\.\d+\.\d+", cnnbook.__version__)


def test_the_torch_page_shows_the_arguments_of_networks(site: Path) -> None:
    """Although it is built without PyTorch, whose stand-in takes any arguments."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup((site / "book/api_torch.html").read_text("utf-8"), "html.parser")
    signature = page.find(id="cnnbook.nets.FullyConnected").get_text()
    assert "in_features=28" in re.sub(r"\s", "", signature)
    assert "**kwargs" not in signature
