"""The diagram of sizes: shape, receptive field, parameters and MACs of a stack of layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from cnnbook.arguments.checks import Size, choice, integer, pair
from cnnbook.diagrams.base import Diagram, Table
from cnnbook.diagrams.values import size, times
from cnnbook.shapes import conv2d_cost, conv_output_size, receptive_field
from cnnbook.words import say

NAME = "diagrams.sizes"
MAX_LAYERS, MAX_SIDE, MAX_WINDOW = 24, 4096, 512
#: The largest whole number that JavaScript counts exactly.
MAX_COUNT = 2**53 - 1

Layer = tuple[str, dict[str, Any]]

#: The arguments of each kind, with their values where they may be left out.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "conv2d": {
        "out_channels": ...,
        "kernel_size": ...,
        "stride": 1,
        "padding": 0,
        "dilation": 1,
        "groups": 1,
        "bias": True,
    },
    "max_pool2d": {"kernel_size": ..., "stride": None, "padding": 0},
    "avg_pool2d": {"kernel_size": ..., "stride": None, "padding": 0},
    "relu": {},
    "flatten": {},
    "linear": {"out_features": ..., "bias": True},
}

LENET: list[Layer] = [
    ("conv2d", {"out_channels": 6, "kernel_size": 5, "padding": 2}),
    ("max_pool2d", {"kernel_size": 2}),
    ("conv2d", {"out_channels": 16, "kernel_size": 5}),
    ("max_pool2d", {"kernel_size": 2}),
    ("flatten", {}),
    ("linear", {"out_features": 120}),
    ("linear", {"out_features": 84}),
    ("linear", {"out_features": 10}),
]


class Row(NamedTuple):
    """What one layer makes of the shape before it."""

    shape: tuple[int, ...]
    field: tuple[int, int]
    parameters: int
    macs: int


def sizes(
    input_size: Sequence[int] = (1, 28, 28), layers: Sequence[Layer] | None = None
) -> Diagram:
    """Show what a stack of layers makes of a shape, what it costs, and what one output sees.

    Parameters
    ----------
    input_size : (C, H, W)
    layers : list of (kind, arguments), optional
        Kinds and arguments are the functions' and layers' own: ``("conv2d", {"out_channels": 6,
        "kernel_size": 5, "stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True})``,
        ``("max_pool2d", {"kernel_size": 2, "stride": None, "padding": 0})``, ``("avg_pool2d",
        ...)``, ``("relu", {})``, ``("flatten", {})``, ``("linear", {"out_features": 10, "bias":
        True})``. LeNet if not given.

    Returns
    -------
    Diagram

    Raises
    ------
    ValueError, TypeError
        For an unknown kind or argument, or a layer that does not fit the shape before it; the
        message names the layer.

    Examples
    --------
    >>> sizes((1, 7, 7), [("conv2d", {"out_channels": 2, "kernel_size": 3, "stride": 2})])
    1 layer on 1×7×7: output 2×3×3, 20 parameters, 162 MACs.
    layers:
            layer  output shape  one output sees  parameters  MACs
      conv2d 3 /2         2×3×3              3×3          20   162
    """
    if not isinstance(input_size, tuple | list) or len(input_size) != 3:
        raise ValueError(f"{NAME}: input_size is {input_size!r}; expected (C, H, W)")
    shape = tuple(integer(NAME, "input_size", n, 1) for n in input_size)
    if max(shape) > MAX_SIDE:
        raise ValueError(f"{NAME}: input_size is {shape}; expected at most {MAX_SIDE} each")
    given = LENET if layers is None else layers
    if not isinstance(given, tuple | list) or not 1 <= len(given) <= MAX_LAYERS:
        raise ValueError(f"{NAME}: layers is {given!r}; expected a list of 1 to {MAX_LAYERS}")
    stack = [_spelt_out(number, layer) for number, layer in enumerate(given)]
    rows = stack_rows(shape, stack)
    state = {"input_size": list(shape), "layers": stack, "presets": _presets()}
    parameters, macs = sum(row.parameters for row in rows), sum(row.macs for row in rows)
    facts = {
        "count": len(rows),
        "input": times(shape),
        "output": times(rows[-1].shape),
        "parameters": f"{parameters:,}",
        "macs": f"{macs:,}",
    }
    summary = (
        say("1 layer on {input}: output {output}, {parameters} parameters, {macs} MACs.", **facts)
        if len(rows) == 1
        else say(
            "{count} layers on {input}: output {output}, {parameters} parameters, {macs} MACs.",
            **facts,
        )
    )
    heading = [say("layer"), say("output shape"), say("one output sees")]
    table = [[*heading, say("parameters"), say("MACs")]]
    for layer, row in zip(stack, rows, strict=True):
        numbers = f"{row.parameters:,}", f"{row.macs:,}"
        table.append([_title(layer), times(row.shape), times(row.field), *numbers])
    return Diagram("sizes", state, summary, [Table(say("layers"), table, headed=True)])


def _spelt_out(number: int, layer: Any) -> Layer:
    """Return a layer with every argument, or refuse it."""
    where = f"layers[{number}]"
    if not isinstance(layer, tuple | list) or len(layer) != 2 or not isinstance(layer[1], dict):
        raise ValueError(f"{NAME}: {where} is {layer!r}; expected (kind, {{argument: value}})")
    kind, given = layer
    known = ARGUMENTS[choice(NAME, where, kind, tuple(ARGUMENTS))]
    for name in given:
        if name not in known:
            expected = ", ".join(known) or "no arguments"
            raise ValueError(f"{NAME}: {where} ({kind}) has {name!r}; expected {expected}")
    for name, value in known.items():
        if value is ... and name not in given:
            raise ValueError(f"{NAME}: {where} ({kind}) lacks {name!r}; expected it")
    return kind, {**known, **given}


def stack_rows(shape: tuple[int, ...], layers: Sequence[Layer]) -> list[Row]:
    """Return shape, receptive field, parameters and MACs after each layer."""
    windows: list[tuple[Any, Any, Any]] = []  # (kernel, stride, dilation) pairs so far
    rows = []
    spatial = shape  # the last shape with a height and a width
    for number, (kind, a) in enumerate(layers):
        where = f"layers[{number}] ({kind})"
        parameters = macs = 0
        if kind in ("conv2d", "max_pool2d", "avg_pool2d"):
            if len(shape) != 3:
                raise ValueError(f"{NAME}: {where} comes after flatten; expected a (C, H, W) shape")
            k, s, p, d = _window(where, a)
            try:
                shape, parameters, macs = _windowed(where, kind, a, shape, (k, s, p, d))
            except ValueError as error:
                raise ValueError(f"{NAME}: {where}: {error}") from error
            windows.append((k, s, d))
            spatial = shape
        elif kind == "flatten":
            shape = (math.prod(shape),)
        elif kind == "linear":
            if len(shape) != 1:
                raise ValueError(f"{NAME}: {where} meets shape {shape}; expected flatten before it")
            features = _limited(where, "out_features", a["out_features"], 1, MAX_SIDE)
            _flag(where, a["bias"])
            macs = shape[0] * features
            parameters = macs + (features if a["bias"] else 0)
            shape = (features,)
            # It sees the whole map before it, as a kernel of that size would.
            windows.append((spatial[1:], (1, 1), (1, 1)))
            spatial = (features, 1, 1)
        field = (receptive_field(_axis(windows, 0)), receptive_field(_axis(windows, 1)))
        if max(parameters, macs, *field) > MAX_COUNT:
            raise ValueError(f"{NAME}: {where} has more than 2^53 of something; expected less")
        rows.append(Row(shape, field, parameters, macs))
    return rows


def _axis(windows: list[tuple[Any, Any, Any]], axis: int) -> list[tuple[int, int, int]]:
    return [(k[axis], s[axis], d[axis]) for k, s, d in windows]


def _window(where: str, a: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """Return kernel, stride, padding and dilation of a layer as pairs."""
    k = _pair(where, "kernel_size", a["kernel_size"], 1)
    s = k if a["stride"] is None else _pair(where, "stride", a["stride"], 1)
    d = _pair(where, "dilation", a.get("dilation", 1), 1)
    p = a["padding"]
    return k, s, p if isinstance(p, str) else _pair(where, "padding", p, 0), d


def _windowed(
    where: str, kind: str, a: dict[str, Any], shape: tuple[int, ...], window: tuple[Any, ...]
) -> tuple[tuple[int, ...], int, int]:
    """Return shape, parameters and MACs of a convolution or a pooling."""
    k, s, p, d = window
    c, height, width = shape
    out = conv_output_size((height, width), k, s, p, d)
    if kind != "conv2d":
        if isinstance(p, str) or any(2 * p[i] > k[i] for i in (0, 1)):
            raise ValueError(f"padding is {p!r}; expected at most half the kernel, {k}")
        return (c, *out), 0, 0
    c_out = _limited(where, "out_channels", a["out_channels"], 1, MAX_SIDE)
    groups = _limited(where, "groups", a["groups"], 1, MAX_SIDE)
    _flag(where, a["bias"])
    cost = conv2d_cost((height, width), c, c_out, k, s, p, d, groups, a["bias"])
    return (c_out, *out), cost.parameters, cost.macs


def _pair(where: str, name: str, value: Size, minimum: int) -> tuple[int, int]:
    numbers = pair(f"{NAME}: {where}", name, value, minimum)
    if max(numbers) > MAX_WINDOW:
        raise ValueError(f"{NAME}: {where}: {name} is {value!r}; expected at most {MAX_WINDOW}")
    return numbers


def _limited(where: str, name: str, value: Any, minimum: int, maximum: int) -> int:
    number = integer(f"{NAME}: {where}", name, value, minimum)
    if number > maximum:
        raise ValueError(f"{NAME}: {where}: {name} is {value!r}; expected at most {maximum}")
    return number


def _flag(where: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{NAME}: {where}: bias is {value!r}; expected True or False")


def _title(layer: Layer) -> str:
    """Write a layer as short as a table needs: ``conv2d 3 /2``."""
    kind, a = layer
    parts = [kind]
    if "kernel_size" in a:
        k, s, p, d = _window("", a)
        parts.append(size(k))
        parts += [f"/{size(s)}"] if s != (1, 1) else []
        if p not in ((0, 0), 0):
            parts.append(say("padding {padding}", padding=p if isinstance(p, str) else size(p)))
        if d != (1, 1):
            parts.append(say("dilation {dilation}", dilation=size(d)))
        if a.get("groups", 1) > 1:
            parts.append(say("groups {groups}", groups=a["groups"]))
    return " ".join(parts)


def _presets() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the stacks that the diagram offers by name."""
    conv = {"out_channels": 8, "kernel_size": 3}
    pool = ("max_pool2d", {"kernel_size": 3, "stride": 2})
    alexnet = [
        ("conv2d", {"out_channels": 96, "kernel_size": 11, "stride": 4}),
        pool,
        ("conv2d", {"out_channels": 256, "kernel_size": 5, "padding": 2, "groups": 2}),
        pool,
        ("conv2d", {"out_channels": 384, "kernel_size": 3, "padding": 1}),
        ("conv2d", {"out_channels": 384, "kernel_size": 3, "padding": 1, "groups": 2}),
        ("conv2d", {"out_channels": 256, "kernel_size": 3, "padding": 1, "groups": 2}),
        pool,
    ]
    stacks = {
        say("LeNet"): ((1, 28, 28), LENET),
        say("three 3×3"): ((1, 28, 28), [("conv2d", conv)] * 3),
        say("dilation 1, 2, 4"): (
            (1, 28, 28),
            [("conv2d", {**conv, "dilation": d}) for d in (1, 2, 4)],
        ),
        say("AlexNet's features"): ((3, 227, 227), alexnet),
    }
    return {
        "stack": {
            name: {
                "input_size": list(shape),
                "layers": [_spelt_out(i, layer) for i, layer in enumerate(layers)],
            }
            for name, (shape, layers) in stacks.items()
        }
    }
