"""The house rules of the package: what may import what, and what `import cnnbook` may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cnnbook"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: From the bottom up: a module may import modules of lower floors only, so that a convolution's
#: way is operation → arguments → engine → windows and padding, down and never up again.
#: Names are first path components below cnnbook/; a folder counts as one.
FLOORS = [
    {"arguments"},
    {"shapes", "padding"},
    {"windows"},
    {"engine"},
    {"convolution", "transposed", "pooling", "activations", "fully_connected", "loops", "winograd"},
    {"losses"},
    {"layers"},
]
FLOOR = {module: number for number, floor in enumerate(FLOORS) for module in floor}
#: What an operation on one of the upper floors may import of what lies below.
NARROWER = {
    "engine": {"arguments", "padding", "windows"},
    "convolution": {"arguments", "engine"},
    "transposed": {"arguments", "engine"},
    "pooling": {"arguments", "engine"},
    "activations": {"arguments", "engine"},
    "fully_connected": {"arguments"},
    "winograd": {"arguments", "padding", "windows"},
    "losses": {"arguments", "activations"},
}
#: These stand beside convolution and know arrays only: all that each may import.
BESIDE = {
    "optim": {"arguments"},
    "gradcheck": {"arguments"},
    "kernels": {"arguments"},
    "detection": {"arguments"},
    "segmentation": {"arguments"},
    "notebook": {"data", "words"},
    "words": set(),
}
#: May use anything of the NumPy side and data; nothing of the NumPy side imports them.
ABOVE = {"figures", "diagrams", "exercises"}
ALLOWED_OF_NETS = {"shapes", "data", "arguments"}
TOP = {"__init__", "__main__", "cli"}

HEAVY = {"matplotlib", "sklearn", "scipy", "pooch", "tqdm", "torch", "PIL", "IPython"}
MAY_IMPORT_AT_TOP = {"figures": {"matplotlib"}, "nets": {"torch"}}


def component(path: Path) -> str:
    """Return the first path component of a module below cnnbook/, without .py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, bool]]:
    """Return each imported dotted name and whether the import stands at the top level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        at_top = id(node) not in inside
        if isinstance(node, ast.Import):
            found += [(alias.name, at_top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively; write cnnbook.… in full"
            assert node.module is not None
            found += [(f"{node.module}.{alias.name}", at_top) for alias in node.names]
    return found


def own_imports(path: Path) -> set[str]:
    """Return the components of cnnbook that a module imports, at any depth."""
    found = set()
    for name, _ in imports(path):
        parts = name.split(".")
        if parts[0] == "cnnbook" and len(parts) > 1:
            known = (PACKAGE / parts[1]).is_dir() or (PACKAGE / f"{parts[1]}.py").exists()
            found.add(parts[1] if known else "__init__")
    return found - {component(path)}


def allowed_imports(me: str) -> set[str]:
    """Return the components that a component may import."""
    numpy_side = set(FLOOR) | set(BESIDE) | {"__init__"}
    if me in FLOOR:
        below = {module for module, floor in FLOOR.items() if floor < FLOOR[me]}
        return below & NARROWER.get(me, below)
    if me in BESIDE:
        return BESIDE[me]
    if me in ABOVE:
        return numpy_side | ABOVE | {"data"}
    return {
        "data": {"arguments"},
        "nets": ALLOWED_OF_NETS,
        "__init__": numpy_side,
        "__main__": {"cli"},
        "cli": {"nets", "data"},
    }[me]


def test_every_module_has_its_place() -> None:
    known = set(FLOOR) | set(BESIDE) | ABOVE | {"data", "nets"} | TOP
    assert {component(path) for path in MODULES} <= known


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    me = component(path)
    assert own_imports(path) <= allowed_imports(me), f"{me} may import {allowed_imports(me)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_libraries_are_imported_where_they_are_used(path: Path) -> None:
    allowed = MAY_IMPORT_AT_TOP.get(component(path), set())
    at_top = {name.split(".")[0] for name, top in imports(path) if top}
    assert not (at_top & HEAVY) - allowed


#: What the engine takes from `arguments`: records and types, which hold no words.
RECORDS = {"Array", "Arguments", "Pair", "Pooling", "Sides"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "engine").glob("*.py")), ids=lambda p: p.name)
def test_the_engine_knows_no_words_and_no_errors(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    taken = {name.split(".")[-1] for name, _ in imports(path) if ".arguments." in name}
    assert taken <= RECORDS


def test_the_root_holds_operations_and_folders() -> None:
    operations = set(FLOOR) | set(BESIDE) | ABOVE | {"__init__", "__main__"}
    assert {path.stem for path in PACKAGE.glob("*.py")} <= operations
    assert not list(PACKAGE.glob("_[!_]*"))


def test_modules_are_there_on_first_use() -> None:
    code = (
        "import cnnbook, cnnbook.fully_connected, sys;"
        "assert 'cnnbook.layers' not in sys.modules;"
        "assert callable(cnnbook.linear) and callable(cnnbook.layers.Conv2d);"
        "assert cnnbook.optim.SGD and cnnbook.data.digits and cnnbook.nets.LeNet5;"
        "assert set(cnnbook.__all__) | {'layers', 'nets', '__version__'} <= set(dir(cnnbook))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_module_is_hidden_by_a_function_of_its_name() -> None:
    import cnnbook

    modules = {component(path) for path in MODULES}
    assert not modules & set(cnnbook.__all__)


def test_an_unknown_name_is_refused() -> None:
    import cnnbook

    with pytest.raises(AttributeError, match="has no attribute 'conv3d'"):
        cnnbook.conv3d  # noqa: B018


def test_import_needs_numpy_alone() -> None:
    code = (
        "import sys, numpy; before = set(sys.modules); import cnnbook;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        f"heavy = new & {HEAVY!r}; sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_public_names_exist_and_are_documented() -> None:
    import cnnbook

    assert cnnbook.__all__ == sorted(set(cnnbook.__all__))
    for name in cnnbook.__all__:
        text = getattr(cnnbook, name).__doc__ or ""
        assert "Examples" in text, f"{name} has no example in its docstring"
        assert "Parameters" in text, f"{name} does not document its parameters"
