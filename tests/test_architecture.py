"""The house rules of the package: what may import what, and what `import cnnbook` may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cnnbook"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: Convolution, from the bottom up: a module may import modules of lower floors only.
#: Names are first path components below cnnbook/; a folder counts as one.
FLOORS = [
    {"_checks"},
    {"_sizes"},
    {"shapes", "padding"},
    {"windows"},
    {"_convolution_arguments", "_pooling_arguments", "_gradients"},
    {"definitions", "columns", "pointwise", "fourier", "small"},
    {"engine"},
    {"convolution", "transposed", "pooling", "mean_pooling"},
    {"layers"},
]
FLOOR = {module: number for number, floor in enumerate(FLOORS) for module in floor}
#: These stand beside convolution and know arrays only: all that each may import.
BESIDE = {
    "activations": {"_checks", "_gradients"},
    "linear": {"_checks"},
    "losses": {"_checks", "activations"},
    "optim": {"_checks"},
    "gradcheck": {"_checks"},
    "kernels": {"_checks"},
    "source": set(),
    "words": set(),
}
OF_LAYERS = {"activations", "linear"}
#: May use anything of the NumPy side and data; nothing of the NumPy side imports them.
ABOVE = {"_roles", "figures", "explorers", "exercises"}
ALLOWED_OF_NETS = {"shapes", "data", "_checks"}
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
        return below | OF_LAYERS if me == "layers" else below
    if me in BESIDE:
        return BESIDE[me]
    if me in ABOVE:
        return numpy_side | ABOVE | {"data"}
    return {
        "data": {"_checks"},
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
