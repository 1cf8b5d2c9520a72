"""Reading a network for the page: which layers it has, by the names of their classes.

A PyTorch module is taken as it comes, without importing torch: its classes are called as ours
are, and so are their attributes.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbook.activations import relu, sigmoid, softmax, tanh
from cnnbook.arguments.checks import as_array, pair
from cnnbook.convolution import conv2d
from cnnbook.diagrams.values import MAX_VALUE, times
from cnnbook.fully_connected import linear
from cnnbook.pooling import avg_pool2d, max_pool2d
from cnnbook.shapes import conv_output_size, same_padding
from cnnbook.words import say

Array = NDArray[np.float64]
Shape = tuple[int, ...]

NAME = "diagrams.network"
#: Where the classes live that are taken for what they are called.
HOMES = ("torch.nn.modules.", "cnnbook.layers.")
MAX_PARAMETERS = 20_000
MAX_LAYERS = 32
#: What a page can compute and paint anew while a finger draws: see benchmarks/diagrams.py.
MAX_WORK, MAX_VALUES = 600_000, 12_000


@dataclass
class Stage:
    """One layer of the network as the page needs it.

    `arrays` go into the page as float32 and `options` as they are; `run` computes the layer in
    Python from a single input without a batch axis.
    """

    name: str
    kind: str
    shape: Shape
    run: Callable[[Array], Array]
    parameters: int = 0
    work: int = 0
    arrays: dict[str, Array] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def state(self) -> dict[str, Any]:
        """Return the stage as JSON knows it."""
        packed = {name: pack(array) for name, array in self.arrays.items()}
        facts = times(self.shape)
        if self.parameters:
            count = f"{self.parameters:,}"
            facts = say("{size}, {count} parameters", size=facts, count=count)
        said = {"name": self.name, "kind": self.kind, "shape": self.shape, "facts": facts}
        return {**said, **self.options, **packed}


def pack(array: Array) -> str:
    """Write numbers as float32, little-endian, in base64: a third of their decimals' length."""
    return base64.b64encode(array.astype("<f4").tobytes()).decode("ascii")


def stages(model: Any, shape: Shape) -> list[Stage]:
    """Return the stages of a network on an input of a shape, or refuse it by a layer's name."""
    found: list[Stage] = []
    counted: set[int] = set()  # parameters, by id: those of a layer in two places count once
    named = _layers(model)
    if not 1 <= len(named) <= MAX_LAYERS:
        raise ValueError(f"{NAME}: model has {len(named)} layers; expected 1 to {MAX_LAYERS}")
    for path, layer in named:
        kind = type(layer).__name__
        where = f"layer {path!r} ({kind})"
        if not type(layer).__module__.startswith(HOMES) or kind not in READERS:
            known = ", ".join(READERS)
            raise ValueError(
                f"{NAME}: {where} is not one that the page can compute; expected {known}, "
                "of torch.nn or cnnbook.layers"
            )
        # A name that does not say what the layer does gets its class.
        plain = path if re.fullmatch(r"[^\W\d]\w*", path) else f"{kind.lower()}_{path}"
        _refuse_changed(where, layer)
        try:
            stage = READERS[kind](layer, shape)
        except (ValueError, TypeError, RuntimeError) as error:
            wrong = TypeError if isinstance(error, TypeError) else ValueError
            raise wrong(f"{NAME}: {where}: {error}") from error
        own_parameters = [getattr(layer, name, None) for name in ("weight", "bias")]
        new = [p for p in own_parameters if p is not None and id(p) not in counted]
        stage.parameters = sum(math.prod(p.shape) for p in new)
        counted.update(map(id, new))
        stage.name = plain.replace(".", "_")[:24]
        found.append(stage)
        shape = stage.shape
        _limit(found, where)
    return found


def _limit(found: list[Stage], where: str) -> None:
    for what, limit, total in (
        ("parameters", MAX_PARAMETERS, sum(stage.parameters for stage in found)),
        ("values", MAX_VALUES, sum(int(np.prod(stage.shape)) for stage in found)),
        ("multiplications", MAX_WORK, sum(stage.work for stage in found)),
    ):
        if total > limit:
            raise ValueError(
                f"{NAME}: up to {where} the network has {total:,} {what}; expected at most "
                f"{limit:,}, which a page computes while you draw"
            )


def _refuse_changed(where: str, layer: Any) -> None:
    """Refuse an object that computes something else than its class says."""
    if "forward" in vars(layer):
        raise TypeError(
            f"{NAME}: {where} has a forward of its own; expected one that computes what its class "
            "does"
        )
    if getattr(layer, "_forward_hooks", None) or getattr(layer, "_forward_pre_hooks", None):
        raise TypeError(
            f"{NAME}: {where} has forward hooks, which the page cannot run; expected none "
            "(remove() of what registered them takes them away; prune.remove after pruning)"
        )


def _is_sequential(layer: Any) -> bool:
    return any(
        c.__name__ == "Sequential" and c.__module__.startswith(HOMES) for c in type(layer).__mro__
    )


def _layers(model: Any, path: str = "", around: tuple[Any, ...] = ()) -> list[tuple[str, Any]]:
    """Return the layers of a Sequential by name, those of a Sequential inside it too."""
    if not _is_sequential(model):
        raise TypeError(
            f"{NAME}: {path or 'model'} is a {type(model).__name__}; expected a Sequential of "
            "torch.nn or cnnbook.layers, whose layers stand one after the other"
        )
    kind: Any = next(c for c in type(model).__mro__ if c.__name__ == "Sequential")
    own = type(model)
    if own.forward is not kind.forward or own.__call__ is not kind.__call__:
        raise TypeError(
            f"{NAME}: {own.__name__} has a forward of its own; expected a Sequential "
            "that only calls its layers in order"
        )
    where = f"layer {path[:-1]!r} ({own.__name__})" if path else "model"
    _refuse_changed(where, model)
    if any(model is outer for outer in around):
        raise ValueError(f"{NAME}: {where} contains itself; expected a network that ends")
    # PyTorch's named_children() would leave out a layer that stands in two places.
    children = model.children() if hasattr(model, "layers") else model._modules
    if hasattr(model, "layers") and list(map(id, children.values())) != list(map(id, model.layers)):
        raise ValueError(
            f"{NAME}: the children of {own.__name__} are others than its layers; "
            "expected the layers that its forward pass calls"
        )
    found = []
    for name, layer in children.items():
        if _is_sequential(layer):
            found += _layers(layer, f"{path}{name}.", (*around, model))
        else:
            found.append((f"{path}{name}", layer))
    return found


# ---- one reader for each kind of layer ---------------------------------------------------------


def _conv2d(layer: Any, shape: Shape) -> Stage:
    channels, height, width = _maps(shape)
    weight, bias = _numbers(layer, "weight"), _numbers(layer, "bias")
    if weight.shape[1] * layer.groups != channels:
        raise ValueError(
            f"the input has {channels} channels; expected {weight.shape[1] * layer.groups}"
        )
    options = {
        "stride": pair("Conv2d", "stride", layer.stride, 1),
        "padding": layer.padding,
        "dilation": pair("Conv2d", "dilation", layer.dilation, 1),
    }
    if not isinstance(layer.padding, str):
        options["padding"] = pair("Conv2d", "padding", layer.padding, 0)
    mode = layer.padding_mode
    out = (len(weight), *conv_output_size((height, width), weight.shape[2:], **options))

    def run(x: Array) -> Array:
        return conv2d(x, weight, bias, **options, groups=layer.groups, padding_mode=mode)

    taps = weight.shape[2:]
    padding = options["padding"]
    if padding == "valid":
        padding = (0, 0)
    both = (
        same_padding(taps, options["dilation"])
        if isinstance(padding, str)
        else [(side, side) for side in padding]
    )
    return Stage(
        "",
        "conv2d",
        out,
        run,
        work=int(np.prod(out)) * weight[0].size,
        arrays={"weight": weight, "bias": bias},
        options={
            "reads": shape,
            "kernel": taps,
            **options,
            "padding": both,
            "groups": layer.groups,
            "mode": mode,
        },
    )


def _linear(layer: Any, shape: Shape) -> Stage:
    weight, bias = _numbers(layer, "weight"), _numbers(layer, "bias")
    if shape != weight.shape[1:]:
        hint = "; put a Flatten before it" if len(shape) > 1 else ""
        raise ValueError(f"the input has shape {shape}; expected {weight.shape[1:]}{hint}")
    # For the page it is a convolution: one window, as long as its input.
    options: dict[str, Any] = {"reads": (1, 1, *shape), "kernel": (1, *shape)}
    options |= {"stride": (1, 1), "padding": [(0, 0)] * 2}
    return Stage(
        "",
        "linear",
        (len(weight),),
        lambda x: linear(x[np.newaxis], weight, bias)[0],
        work=weight.size,
        arrays={"weight": weight, "bias": bias},
        options={
            "reads": (1, 1, *shape),
            **options,
            "dilation": (1, 1),
            "groups": 1,
            "mode": "zeros",
        },
    )


def _pool(layer: Any, shape: Shape, kind: str) -> Stage:
    channels, height, width = _maps(shape)
    for name in ("ceil_mode", "return_indices", "divisor_override"):
        if getattr(layer, name, None):
            raise ValueError(f"{name} is {getattr(layer, name)!r}; the page computes without it")
    kernel = pair(kind, "kernel_size", layer.kernel_size, 1)
    stride = pair(kind, "stride", layer.stride, 1)
    padding = pair(kind, "padding", layer.padding, 0)
    if not getattr(layer, "count_include_pad", True) and max(padding):
        raise ValueError("count_include_pad is False; the page counts the padding's zeros")
    dilation = pair(kind, "dilation", getattr(layer, "dilation", 1), 1)
    out = (channels, *conv_output_size((height, width), kernel, stride, padding, dilation))
    if kind == "max_pool2d":
        run: Any = partial(max_pool2d, kernel_size=kernel, stride=stride, padding=padding)
        run = partial(run, dilation=dilation)
    else:
        run = partial(avg_pool2d, kernel_size=kernel, stride=stride, padding=padding)
    return _pooling(kind, shape, out, run, kernel, stride, padding, dilation)


def _pooling(
    kind: str,
    shape: Shape,
    out: Shape,
    run: Callable[[Array], Array],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int] = (0, 0),
    dilation: tuple[int, int] = (1, 1),
) -> Stage:
    options: dict[str, Any] = {"reads": shape, "kernel": kernel, "stride": stride}
    options |= {"dilation": dilation}
    options |= {"padding": [(side, side) for side in padding], "groups": shape[0], "mode": "zeros"}
    work = int(np.prod(out)) * kernel[0] * kernel[1]
    return Stage("", kind, out, run, work=work, options=options)


def _global_pool(layer: Any, shape: Shape) -> Stage:
    channels, height, width = _maps(shape)
    flat = type(layer).__name__ == "GlobalAvgPool2d"  # PyTorch's keeps axes of length 1
    if not flat and layer.output_size not in (1, (1, 1)):
        raise ValueError(f"output_size is {layer.output_size!r}; expected 1")
    out = (channels,) if flat else (channels, 1, 1)

    def run(x: Array) -> Array:
        return x.mean(axis=(1, 2)).reshape(out)

    return _pooling("avg_pool2d", shape, out, run, (height, width), (1, 1))


def _batch_norm(layer: Any, shape: Shape) -> Stage:
    channels, _, _ = _maps(shape)
    if layer.running_mean is None:
        raise ValueError("it keeps no running statistics; expected track_running_stats=True")
    mean, variance = _numbers(layer, "running_mean"), _numbers(layer, "running_var")
    if len(mean) != channels:
        raise ValueError(f"the input has {channels} channels; expected {len(mean)}")
    if not (variance + layer.eps > 0).all():
        raise ValueError("running_var is below 0; a variance is not")
    # Outside training it is a convolution of each channel by itself with a 1×1 kernel.
    scale = 1 / np.sqrt(variance + layer.eps)
    scale *= 1 if layer.weight is None else _numbers(layer, "weight")
    shift = -mean * scale + (0 if layer.bias is None else _numbers(layer, "bias"))
    weight, bias = _float32(scale), _float32(shift)
    stage = _pooling(
        "batch_norm2d",
        shape,
        shape,
        lambda x: x * weight[:, np.newaxis, np.newaxis] + bias[:, np.newaxis, np.newaxis],
        (1, 1),
        (1, 1),
    )
    stage.arrays = {"weight": weight, "bias": bias}
    return stage


def _flatten(layer: Any, shape: Shape) -> Stage:
    start = getattr(layer, "start_dim", getattr(layer, "start_axis", 1))
    if (start, getattr(layer, "end_dim", -1)) != (1, -1):
        raise ValueError("it keeps some of the axes; expected all but the batch made into one")
    return Stage("", "identity", (int(np.prod(shape)),), lambda x: x.reshape(-1))


def _softmax(layer: Any, shape: Shape) -> Stage:
    if len(shape) != 1 or layer.dim not in (None, 1, -1):
        raise ValueError(f"it meets shape {shape} along dim {layer.dim}; expected one vector")
    return softmax_stage(shape)


def softmax_stage(shape: Shape) -> Stage:
    """Return the softmax of a vector."""
    return Stage("softmax", "softmax", shape, softmax)


def _pointwise(kind: str, function: Callable[[Array], Array]) -> Callable[[Any, Shape], Stage]:
    return lambda layer, shape: Stage("", kind, shape, function)


READERS: dict[str, Callable[[Any, Shape], Stage]] = {
    "Conv2d": _conv2d,
    "Linear": _linear,
    "MaxPool2d": lambda layer, shape: _pool(layer, shape, "max_pool2d"),
    "AvgPool2d": lambda layer, shape: _pool(layer, shape, "avg_pool2d"),
    "GlobalAvgPool2d": _global_pool,
    "AdaptiveAvgPool2d": _global_pool,
    "BatchNorm2d": _batch_norm,
    "ReLU": _pointwise("relu", relu),
    "Sigmoid": _pointwise("sigmoid", sigmoid),
    "Tanh": _pointwise("tanh", tanh),
    "Softmax": _softmax,
    "Flatten": _flatten,
    # Outside training these do nothing.
    "Dropout": _pointwise("identity", lambda x: x),
    "Dropout2d": _pointwise("identity", lambda x: x),
    "Identity": _pointwise("identity", lambda x: x),
}


def _maps(shape: Shape) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ValueError(f"the input has shape {shape}; expected maps, (C, H, W)")
    return shape[0], shape[1], shape[2]


def _numbers(layer: Any, name: str) -> Array:
    """Return a parameter as the page has it: float32 numbers, here in float64."""
    value = getattr(layer, name)
    if value is None:  # no bias: zeros, one for each output
        return np.zeros(len(layer.weight))
    given = as_array(value)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{name} has dtype {given.dtype.name}; expected real numbers")
    if given.size == 0:
        raise ValueError(f"{name} has shape {given.shape}; expected at least one number")
    given = given.astype(np.float64)
    if not (np.abs(given) <= MAX_VALUE).all():
        bad = given[~(np.abs(given) <= MAX_VALUE)].flat[0]
        raise ValueError(f"{name} holds {bad}; expected finite numbers up to a million")
    return _float32(given)


def _float32(values: Array) -> Array:
    """Round as the page stores numbers."""
    with np.errstate(over="ignore"):  # what is too large is refused where it is used
        return values.astype(np.float32).astype(np.float64)
