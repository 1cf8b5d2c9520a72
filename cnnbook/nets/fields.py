"""How the receptive field grows along the operations of a traced model (for `explain`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from torch import fx, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.modules.pooling import _AvgPoolNd, _MaxPoolNd

from cnnbook.shapes import receptive_field

Step = tuple[int, int, int]  # kernel_size, stride, dilation

# What looks at each position by itself leaves the receptive field as it is.
POINTWISE = {
    "relu", "leaky_relu", "gelu", "silu", "elu", "sigmoid", "tanh", "softmax", "log_softmax",
    "dropout", "batch_norm", "add", "sub", "mul", "truediv", "cat", "contiguous", "clone",
}  # fmt: skip
POINTWISE_LAYERS = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.GELU, nn.SiLU, nn.ELU, nn.Sigmoid, nn.Tanh,
    nn.Softmax, nn.LogSoftmax, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.BatchNorm1d,
    nn.BatchNorm2d, nn.Identity,
)  # fmt: skip
POOLINGS = {"max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d"}


class Field(NamedTuple):
    """The steps that led here, for each spatial axis, and the map that was flattened, if any."""

    steps: tuple[tuple[Step, ...], ...]
    flattened: tuple[int, ...]

    @classmethod
    def of_input(cls, n_axes: int) -> Field | None:
        """Return the field of the input itself: one pixel (None for vectors)."""
        return cls(((),) * n_axes, (1,) * n_axes) if n_axes else None

    def size(self) -> tuple[int, ...]:
        """Return the receptive field in input pixels, one number per axis."""
        return tuple(receptive_field(steps) for steps in self.steps)

    def grown(self, kernel_size: Any, stride: Any = 1, dilation: Any = 1) -> Field:
        """Return the field after one more window."""
        n_axes = len(self.steps)
        new = zip(*(_per_axis(v, n_axes) for v in (kernel_size, stride, dilation)), strict=True)
        steps = tuple((*old, step) for old, step in zip(self.steps, new, strict=True))
        return Field(steps, (1,) * n_axes)


def widest(fields: Iterable[Field | None]) -> Field | None:
    """Return the largest of the fields that join; None if one of them is not known."""
    known = list(fields)
    if None in known:
        return None
    return max((f for f in known if f is not None), key=Field.size, default=None)


def after(
    node: fx.Node, field: Field | None, before: tuple[int, ...], shape: tuple[int, ...]
) -> Field | None:
    """Return the field after an operation that turned the shape `before` into `shape`."""
    layer = node.meta.get("layer")
    name = node.name.rstrip("_0123456789") if layer is None else ""
    if field is None:
        return None
    if isinstance(layer, _ConvTransposeNd):
        return None
    if isinstance(layer, _ConvNd):
        return field.grown(layer.kernel_size, layer.stride, layer.dilation)
    if isinstance(layer, _MaxPoolNd | _AvgPoolNd):
        return field.grown(layer.kernel_size, layer.stride, getattr(layer, "dilation", 1))
    if name in POOLINGS or f"{name}2d" in POOLINGS:
        kernel_size = _argument(node, 1, "kernel_size", None)
        stride = _argument(node, 2, "stride", None) or kernel_size
        return field.grown(kernel_size, stride, node.kwargs.get("dilation", 1))
    if isinstance(layer, nn.Linear) and len(shape) == 2:
        # Every position of the flattened map takes part: a convolution as large as the map.
        return field.grown(field.flattened)
    if len(before) > 2 and len(shape) == 2 and shape[1] in (before[1], before[1] * _area(before)):
        if shape[1] == before[1] * _area(before):  # flatten, view, reshape
            return field._replace(flattened=before[2:])
        return field.grown(before[2:])  # a mean or maximum over the map
    if isinstance(layer, nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d):
        if shape == before:  # a window of one pixel for each
            return field
        return field.grown(before[2:]) if _area(shape) == 1 else None
    if isinstance(layer, POINTWISE_LAYERS) or name in POINTWISE:
        return field
    return None


def _area(shape: tuple[int, ...]) -> int:
    area = 1
    for side in shape[2:]:
        area *= side
    return area


def _argument(node: fx.Node, position: int, name: str, default: Any) -> Any:
    return node.args[position] if len(node.args) > position else node.kwargs.get(name, default)


def _per_axis(value: Any, n_axes: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * n_axes
