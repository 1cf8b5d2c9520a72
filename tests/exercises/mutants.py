"""Wrong functions made from a right one, one change each: `mutants`.

The changes are slips of readers: a term dropped, a sign turned, an axis or two arguments
exchanged, an argument forgotten, off by one, = for +=, a mean for a sum, a result cut off.
"""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Changes = dict[str, Callable[[Any], Any]]

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Add, ast.Div],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Div, ast.Mod],
    ast.Mod: [ast.FloorDiv],
    ast.MatMult: [ast.Mult],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
}
COMPARISONS = {
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt],
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt],
    ast.Eq: [ast.NotEq],
}
NAMES = {
    **{"max": "min", "min": "max", "sum": "mean", "mean": "sum", "nonzero": "where"},
    **{"round": "floor", "zeros": "ones", "argmax": "argmin", "rfft": "fft", "relu": "sigmoid"},
    **{"max_pool2d": "avg_pool2d", "maximum": "minimum", "sqrt": "abs", "reversed": "list"},
}


def mutants(
    function: Callable[..., Any], example: tuple[Any, ...]
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield what was changed, as ``line: before → after``, and the changed function.

    The example's arguments tell which changes make sense.
    """
    tree = _definition(function)
    nodes = list(ast.walk(tree))
    for number, node in enumerate(nodes):
        for change in _changes(node):
            changed = copy.deepcopy(tree)
            target = list(ast.walk(changed))[number]
            before = ast.unparse(target)
            change(target)
            after = ast.unparse(target)
            if after != before:
                line = getattr(node, "lineno", tree.lineno) - tree.lineno + 1
                what = f"line {line}: {_short(before)} → {_short(after)}"
                yield what, _compiled(changed, function)
    yield from _of_statements(tree, function)
    yield from _of_arguments(function, example)
    yield from _of_results(function, example)


def _definition(function: Callable[..., Any]) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list = []
    return tree


def _compiled(tree: ast.FunctionDef, function: Callable[..., Any]) -> Callable[..., Any]:
    module = ast.Module([ast.fix_missing_locations(tree)], type_ignores=[])
    space = dict(function.__globals__)
    exec(compile(module, "<mutant>", "exec"), space)
    return space[tree.name]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 32 else f"{line[:31]}…"


def _changes(node: ast.AST) -> Iterator[Callable[[Any], None]]:
    """Yield functions that change a node of this kind in place."""
    if isinstance(node, ast.BinOp):
        for operator in OPERATORS.get(type(node.op), []):
            yield lambda n, operator=operator: setattr(n, "op", operator())
        yield lambda n: _become(n, n.left)
        yield lambda n: _become(n, n.right)
        if not isinstance(node.op, ast.Add | ast.Mult | ast.BitAnd | ast.BitOr):
            yield _exchange_sides
    elif isinstance(node, ast.Compare):
        for operator in COMPARISONS.get(type(node.ops[0]), []):
            yield lambda n, operator=operator: n.ops.__setitem__(0, operator())
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield lambda n: setattr(n, "op", other())
        yield lambda n: _become(n, n.values[0])
        yield lambda n: _become(n, n.values[1])
    elif isinstance(node, ast.IfExp):
        yield lambda n: _become(n, n.body)
        yield lambda n: _become(n, n.orelse)
    elif isinstance(node, ast.UnaryOp):
        yield lambda n: _become(n, n.operand)
    elif isinstance(node, ast.AugAssign):
        yield lambda n: _assign(n)
        yield lambda n: setattr(n, "op", ast.Sub())
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield lambda n: setattr(n, "value", n.value + 1)
        yield lambda n: setattr(n, "value", n.value - 1)
    elif isinstance(node, ast.Tuple) and len(node.elts) > 1:
        yield lambda n: n.elts.insert(0, n.elts.pop(1))
        if len(node.elts) > 2:
            yield lambda n: n.elts.append(n.elts.pop(-2))
    elif isinstance(node, ast.Slice):
        yield lambda n: setattr(n, "lower", None)
        yield lambda n: setattr(n, "upper", None)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        if node.attr in NAMES:
            yield lambda n: setattr(n, "attr", NAMES[n.attr])
        if node.attr == "T":
            yield lambda n: _become(n, n.value)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in NAMES:
        yield lambda n: setattr(n, "id", NAMES[n.id])
    elif isinstance(node, ast.Call):
        if len(node.args) > 1:
            yield lambda n: n.args.pop()
            yield lambda n: n.args.insert(0, n.args.pop(1))
        if node.keywords:
            yield lambda n: n.keywords.pop()
        if len(node.args) == 1 and not isinstance(node.args[0], ast.Tuple):
            yield lambda n: _become(n, n.args[0])  # the function forgotten
        if ast.unparse(node.func) == "range":
            yield _one_less
            yield lambda n: n.args.insert(0, ast.Constant(1)) if len(n.args) == 1 else None


def _become(node: ast.AST, other: ast.AST) -> None:
    node.__class__ = type(other)
    node.__dict__.clear()
    node.__dict__.update(copy.deepcopy(other).__dict__)


def _exchange_sides(node: ast.BinOp) -> None:
    node.left, node.right = node.right, node.left


def _assign(node: ast.AugAssign) -> None:
    assign = ast.Assign(targets=[node.target], value=node.value)
    _become(node, ast.copy_location(assign, node))


def _one_less(node: ast.Call) -> None:
    stop = min(1, len(node.args) - 1)
    node.args[stop] = ast.BinOp(node.args[stop], ast.Sub(), ast.Constant(1))


def _of_statements(
    tree: ast.FunctionDef, function: Callable[..., Any]
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Leave out one statement, or what an if asks."""
    for number, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.IfExp):  # its body is an expression
            continue
        for place, statement in enumerate(getattr(node, "body", [])):
            changed = copy.deepcopy(tree)
            body = list(ast.walk(changed))[number].body  # type: ignore[attr-defined]
            if isinstance(statement, ast.If):
                body[place : place + 1] = body[place].body
                yield f"{_short(ast.unparse(statement))} → without if", _compiled(changed, function)
                changed = copy.deepcopy(tree)
                body = list(ast.walk(changed))[number].body  # type: ignore[attr-defined]
            if len(body) > 1 and not isinstance(statement, ast.Return):
                del body[place]
                yield f"{_short(ast.unparse(statement))} → left out", _compiled(changed, function)


def _of_arguments(
    function: Callable[..., Any], example: tuple[Any, ...]
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Hand one argument on as another: forgotten, cut off, without signs, its axes reversed."""
    of_numbers: Changes = {"forgotten": lambda value: 1, "zero": lambda value: 0}
    of_lists: Changes = {
        "reversed": lambda value: value[::-1],
        "first": lambda value: value[:1],
        "last": lambda value: value[-1:],
        "without last": lambda value: value[:-1],
    }
    of_floats: Changes = {
        "abs": np.abs,
        "negative": lambda value: -1 * value,
        "trunc": np.trunc,
        "relu": lambda value: np.maximum(value, 0),
        "zero": lambda value: 0 * value,
    }
    for position, name in enumerate(inspect.signature(function).parameters):
        value = example[position]
        changes = dict(of_numbers) if isinstance(value, int | float) else {}
        if isinstance(value, float):
            changes["int"] = int
        if isinstance(value, list | tuple | np.ndarray):
            changes |= of_lists
        if isinstance(value, np.ndarray) and value.ndim > 1:
            changes["transposed"] = np.transpose
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            changes |= of_floats
        for label, change in changes.items():

            def changed(
                *args: Any, position: int = position, change: Callable[[Any], Any] = change
            ) -> Any:
                return function(*args[:position], change(args[position]), *args[position + 1 :])

            yield f"{label} {name}", changed


def _of_results(
    function: Callable[..., Any], example: tuple[Any, ...]
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Change what is returned."""
    of_numbers: Changes = {
        "plus one": lambda result: result + 1,
        "minus one": lambda result: result - 1,
        "negative": lambda result: -1 * result,
        "half": lambda result: result / 2,
    }
    of_floats: Changes = {
        "trunc": np.trunc,
        "abs": np.abs,
        "relu": lambda result: np.maximum(result, 0),
    }
    of_arrays: Changes = {
        "reversed": lambda result: result[::-1],
        "without last": lambda result: result[:-1],
        "first": lambda result: result[0],
        "with an axis more": lambda result: np.asarray(result)[np.newaxis],
        "in batches": lambda result: np.stack([result, result]),
    }
    result = function(*copy.deepcopy(example))
    one = result[0] if isinstance(result, tuple) else result
    changes = dict(of_numbers)
    if isinstance(one, np.ndarray):
        changes |= of_arrays
        if one.ndim > 1:
            changes["transposed"] = np.transpose
    if np.asarray(one).dtype.kind == "f":
        changes |= of_floats
    for label, change in changes.items():

        def changed(*args: Any, change: Callable[[Any], Any] = change) -> Any:
            result = function(*args)
            if isinstance(result, tuple | list):
                return type(result)(map(change, result))
            return change(result)

        yield f"{label} result", changed
