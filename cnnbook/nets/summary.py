"""What each layer of a model does to an image: output shape, parameters, MACs, receptive field.

PyTorch's own tracer (torch.fx) turns the model into a list of operations, so that a pooling
called as a function in `forward` is counted like one that is a layer.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from cnnbook.arguments.checks import integer
from cnnbook.nets.fields import Field, after, widest


@dataclass(frozen=True)
class Row:
    """One operation of a model; `receptive_field` is None where no rule gives it."""

    layer: str
    output: tuple[int, ...]
    parameters: int
    macs: int
    receptive_field: tuple[int, ...] | None

    def cells(self) -> tuple[str, ...]:
        """Return the row as texts."""
        field = "–" if self.receptive_field is None else _times(self.receptive_field)
        return self.layer, _times(self.output), f"{self.parameters:,}", f"{self.macs:,}", field


@dataclass(frozen=True)
class Explanation:
    """The layer table of a model and its sums; prints as text, shows as HTML in a notebook."""

    name: str
    input_size: tuple[int, ...]
    rows: tuple[Row, ...]
    parameters: int

    header = ("layer", "output", "parameters", "MACs", "receptive field")

    @property
    def macs(self) -> int:
        """Multiply–accumulates for one image."""
        return sum(row.macs for row in self.rows)

    def table(self) -> str:
        """Return the header and the rows as aligned text."""
        aligns = (str.ljust, str.ljust, str.rjust, str.rjust, str.rjust)
        return aligned([self.header, *(row.cells() for row in self.rows)], aligns)

    def __str__(self) -> str:
        return f"{self._title()}\n{self.table()}"

    def _repr_html_(self) -> str:
        def line(cells: Sequence[str], start: str, end: str) -> str:
            return "<tr>" + "".join(start + html.escape(c) + end for c in cells) + "</tr>"

        head = line(self.header, '<th scope="col">', "</th>")
        body = "".join(line(row.cells(), "<td>", "</td>") for row in self.rows)
        return (
            f"<table><caption>{html.escape(self._title())}</caption>"
            f"<thead>{head}</thead><tbody>{body}</tbody></table>"
        )

    def _title(self) -> str:
        return (
            f"{self.name} on {_times(self.input_size)}: "
            f"{self.parameters:,} parameters, {self.macs:,} MACs per image"
        )


def explain(model: nn.Module, input_size: Sequence[int]) -> Explanation:
    """Follow one image through a model and count.

    Parameters
    ----------
    model : torch.nn.Module
        One that `torch.fx` can trace: no branch in `forward` may depend on values. It is left
        as it was.
    input_size : sequence of int
        (channels, height, width) of one image, without the batch.

    Returns
    -------
    Explanation
        `rows`, each with `layer`, `output` (its shape without the batch), `parameters`, `macs`
        and `receptive_field`; `parameters` and `macs` of the whole. A parameter that the model
        uses without a layer has a row, too. MACs are those of convolutions, transposed
        convolutions, linear layers and both products of `scaled_dot_product_attention`;
        additions of biases are not counted. The receptive field is (height, width) in input
        pixels, padding included; None, printed "–", after a transposed convolution and whatever
        else the rule does not cover; where branches join it is the largest.

    Raises
    ------
    ValueError
        If the model does not accept an image of that size, cannot be traced, or contains
        something whose MACs are not known.

    Examples
    --------
    >>> from torch import nn
    >>> print(explain(nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2)), (1, 8, 8)))
    Sequential on 1×8×8: 20 parameters, 648 MACs per image
    layer  output  parameters  MACs  receptive field
    0      2×6×6           20   648              3×3
    1      2×3×3            0     0              4×4
    """
    name = type(model).__name__
    size = tuple(integer("explain", "input_size", n, 1) for n in input_size)
    rows = []
    fields: dict[fx.Node, Field | None] = {}
    for node in _traced(model, size):
        shape = node.meta.get("shape")
        if shape is None and node.op == "call_module":
            raise ValueError(
                f"explain: {node.target} gives no single tensor; expected layers that do"
            )
        if shape is None:
            continue
        if node.op == "placeholder":
            fields[node] = Field.of_input(len(size) - 1)
        elif node.op == "get_attr":
            if node.meta["parameters"]:
                rows.append(Row(str(node.target), shape, node.meta["parameters"], 0, None))
        elif node.op != "output":
            layer = node.meta.get("layer")
            sources = [each.meta["shape"] for each in node.all_input_nodes if "shape" in each.meta]
            before = sources[0] if sources else shape
            inputs = [fields[source] for source in node.all_input_nodes if source in fields]
            fields[node] = field = after(node, widest(inputs), before, shape)
            rows.append(
                Row(
                    node.name if layer is None else str(node.target),
                    shape[1:],
                    0 if layer is None else sum(p.numel() for p in layer.parameters()),
                    _macs(node, before, shape),
                    None if field is None else field.size(),
                )
            )
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return Explanation(name, size, tuple(rows), parameters)


def aligned(lines: Sequence[Sequence[str]], aligns: Sequence[Callable[[str, int], str]]) -> str:
    """Return a table as text; a column has `str.ljust` or `str.rjust`."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(f(cell, n) for f, cell, n in zip(aligns, line, widths, strict=True)).rstrip()
        for line in lines
    )


def _traced(model: nn.Module, size: tuple[int, ...]) -> Sequence[fx.Node]:
    """Return the model's operations in order, each with the shape of its result in `meta`."""
    name = type(model).__name__
    modes = {module: module.training for module in model.modules()}
    some = next(model.parameters(), torch.empty(0))
    try:
        model.eval()  # a batch of one image has no statistics, and must not change any
        traced = fx.symbolic_trace(model)
        with torch.no_grad():
            image = torch.zeros((1, *size), dtype=some.dtype, device=some.device)
            _Shapes(traced).run(image)
    except Exception as error:
        cause = str(error).partition("\n")[0]  # below it are the places in PyTorch's own source
        raise ValueError(
            f"explain: {name} cannot be followed with an input of {_times(size)}: {cause}"
        ) from error
    finally:
        for module, training in modes.items():
            module.training = training
    return list(traced.graph.nodes)


class _Shapes(fx.Interpreter):
    """Runs a traced model and notes at each operation what came out and which layer it is."""

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if isinstance(result, Tensor):
            n.meta["shape"] = tuple(result.shape)
            if n.op == "call_module":
                n.meta["layer"] = self.fetch_attr(str(n.target))
            if n.op == "get_attr":
                n.meta["parameters"] = result.numel() if isinstance(result, nn.Parameter) else 0
        return result


# Functions that multiply; as layers they are counted, as functions their weights are not known.
MULTIPLYING = {"conv1d", "conv2d", "conv3d", "linear", "bilinear", "einsum", "tensordot"} | {
    "matmul", "mm", "bmm", "addmm", "baddbmm",
    "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
}  # fmt: skip


def _macs(node: fx.Node, before: tuple[int, ...], shape: tuple[int, ...]) -> int:
    layer = node.meta.get("layer")
    if isinstance(layer, _ConvTransposeNd):  # each weight acts once per position of the input
        return layer.weight.numel() * math.prod(before[2:])
    if isinstance(layer, _ConvNd):  # each weight acts once per position of the output
        return layer.weight.numel() * math.prod(shape[2:])
    if isinstance(layer, nn.Linear):
        return layer.weight.numel() * math.prod(shape[1:-1])
    without = _NormBase | nn.LayerNorm | nn.GroupNorm | nn.Embedding | nn.PReLU
    if layer is None:
        name = node.name.rstrip("_0123456789")
        if name == "scaled_dot_product_attention":
            return _macs_of_attention(node)
        if name not in MULTIPLYING:
            return 0
    else:
        name = type(layer).__name__
        if isinstance(layer, without) or not list(layer.parameters()):
            return 0
    raise ValueError(f"explain: {node.name} is a {name}, whose MACs are not known; use layers")


def _macs_of_attention(node: fx.Node) -> int:
    """Count every query with every key, and every weight with every value."""
    arguments = [*node.args, *node.kwargs.values()]
    query, key, value = [a.meta["shape"] for a in arguments[:3] if isinstance(a, fx.Node)]
    return math.prod(query[1:-1]) * key[-2] * (query[-1] + value[-1])


def _times(numbers: Sequence[int]) -> str:
    return "×".join(map(str, numbers)) or "1"
