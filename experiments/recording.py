"""Run an experiment, and write down what came out and of which source."""

from __future__ import annotations

import ast
import datetime
import hashlib
import importlib
import json
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import threadpoolctl
import torch

from cnnbook.data import recorded_experiment

FOLDER = Path(__file__).parent
RECORDED = FOLDER.parent / "cnnbook" / "data" / "results" / "experiments"
HELPERS = {"__init__", "__main__", "ledger", "recording", "verdicts"}


def names() -> list[str]:
    """Return the names of all experiments."""
    stems = {path.stem for path in FOLDER.glob("*.py")} - HELPERS
    return sorted(stem for stem in stems if not stem.startswith("_"))


def module(name: str) -> ModuleType:
    """Import an experiment."""
    return importlib.import_module(f"experiments.{name}")


def measure(name: str, threads: int = 1) -> dict[str, Any]:
    """Run all seeds; a limit on threads makes two fit two cores. Minutes are of processor time."""
    torch.set_num_threads(threads)
    experiment, start = module(name), time.process_time()
    with threadpoolctl.threadpool_limits(threads):
        rows = [experiment.run(seed) for seed in range(experiment.SEEDS)]
    numbers = {arm: [round(float(row[arm]), 6) for row in rows] for arm in rows[0]}
    return {
        "name": name,
        "question": (experiment.__doc__ or "").split("\n\n")[0].replace("\n", " "),
        "unit": experiment.UNIT,
        "command": f"python -m experiments {name}",
        "date": datetime.date.today().isoformat(),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": torch.__version__,
        },
        "threads": threads,
        "minutes": round((time.process_time() - start) / 60, 1),
        "source": source_hash(name),
        "seeds": experiment.SEEDS,
        "numbers": numbers,
        "verdicts": experiment.verdicts(as_arrays(numbers)),
    }


def as_arrays(numbers: dict[str, list[float]]) -> dict[str, np.ndarray]:
    """Return what `verdicts` takes."""
    return {arm: np.array(values) for arm, values in numbers.items()}


def write(result: dict[str, Any]) -> None:
    """Write a result to the package, a line for each arm."""
    text = json.dumps(result, indent=1, ensure_ascii=False)
    for values in result["numbers"].values():
        text = text.replace(json.dumps(values, indent=1).replace("\n", "\n  "), json.dumps(values))
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / f"{result['name']}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def read(name: str) -> dict[str, Any]:
    """Read what was recorded."""
    return recorded_experiment(name)


def source_hash(name: str) -> str:
    """Return a hash of an experiment's code and of what it uses here, without docstrings."""
    code = [repr(_nodes(_parsed(file))) for file in sorted(_files(name))]
    return hashlib.sha256("\n".join(code).encode()).hexdigest()[:16]


def _files(name: str) -> set[Path]:
    """Return an experiment's file, and those in this folder that it imports."""
    path = FOLDER / f"{name}.py"
    files = {path}
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("experiments."):
            files |= _files((node.module or "").removeprefix("experiments."))
    return files


def _parsed(path: Path) -> ast.Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            del node.body[0]
    return tree


def _nodes(node: Any) -> Any:
    """Return a syntax tree as plain tuples; what is empty is left out, as new versions add it."""
    if isinstance(node, list):
        return [_nodes(child) for child in node]
    if isinstance(node, ast.AST):
        return (type(node).__name__, *_fields(node))
    return node


def _fields(node: ast.AST) -> Iterator[tuple[str, Any]]:
    for field, value in ast.iter_fields(node):
        if value is not None and value != []:
            yield field, _nodes(value)
