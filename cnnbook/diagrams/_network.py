"""The diagram of a whole network: draw, and every map and probability follows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import resources
from typing import Any

import numpy as np

from cnnbook.arguments.checks import as_array, integer
from cnnbook.arguments.checks import shown as shown_value
from cnnbook.diagrams import _network_digits as shipped
from cnnbook.diagrams._network_layers import (
    NAME,
    Array,
    Shape,
    Stage,
    pack,
    softmax_stage,
    stages,
)
from cnnbook.diagrams.base import Diagram, Rows, Table
from cnnbook.diagrams.values import array, number, percent, shown, times
from cnnbook.layers import Conv2d, Flatten, Layer, Linear, MaxPool2d, ReLU, Sequential
from cnnbook.words import say

MAX_SIDE, MAX_CHANNELS, MAX_IMAGES, MAX_CLASSES = 64, 4, 20, 32
MAX_PIXELS = 60_000
#: Maps with longer sides are left out of the tables for readers without JavaScript.
MAX_TABLE_SIDE = 16
#: The drawing pad has at least so many cells along its longer side.
PAD_SIDE = 32
#: Layers whose numbers are probabilities, which are written in percent.
PROBABILITIES = ("softmax", "sigmoid")


def network(
    model: Any = None,
    images: Any = None,
    *,
    input_size: Shape | None = None,
    classes: Any = None,
    scale: tuple[float, float] = (0.0, 1.0),
    names: Any = None,
) -> Diagram:
    """Run a small network in the page: draw a digit, and open the arithmetic of any value.

    Parameters
    ----------
    model : cnnbook.layers.Sequential or torch.nn.Sequential, optional
        At most 20,000 parameters, 12,000 values and 600,000 multiplications for one image. A
        parameter that stands in two layers counts once, with the first.
        Supported are Conv2d, Linear, MaxPool2d, AvgPool2d, GlobalAvgPool2d,
        AdaptiveAvgPool2d(1), BatchNorm2d, ReLU, Sigmoid, Tanh, Softmax, Flatten, Dropout and
        Identity. They are computed as after ``model.eval()``: batch normalisation with its
        running statistics, dropout as nothing. The tiny digit network of the book if not given.
    images : array_like of shape (N, C, H, W), (C, H, W) or (H, W), optional
        At most 20 images to pick from, at most 64×64 with at most 4 channels; the first is there
        at the start. Twelve real digits if not given and the input is 1×8×8, and the one that the
        network is surest of is there at the start; else empty paper.
    input_size : (C, H, W), optional
        If there are no images; (1, 8, 8) if not given.
    classes : sequence of str, optional
        What the outputs are called; 0, 1, 2, ... if not given.
    scale : (float, float)
        The values of empty paper and of full ink, as in the images the network was trained on.
    names : sequence of str, optional
        What the images are called, one name for each; 0, 1, 2, ... if not given.

    Returns
    -------
    Diagram

    Raises
    ------
    TypeError, ValueError
        For a layer that the page cannot compute or that computes something else than its class
        (hooks, a `forward` of its own), a shape that does not fit, a network that is too large,
        contains itself or has numbers that are not real and finite; the message names the layer.

    Notes
    -----
    What is drawn is prepared as the book's digits were: the pad is finer than the image by a
    whole factor, the smallest that gives it 32 cells or more, and a pixel is the mean of its
    cells. For 8×8 digits these are 4×4 cells, of which 0 to 16 carry ink (Alpaydin and Kaynak,
    1998). Every channel gets the same drawing. An image that is picked lies on the pad as its
    pixels. Weights and images are stored as float32; the page computes in float64.

    If the last layer gives a vector that is neither a softmax's nor a sigmoid's, a softmax
    follows it, which shows probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnbook.layers import Conv2d, Flatten, Sequential
    >>> edge = Conv2d(1, 2, 2, bias=False, rng=np.random.default_rng(0))
    >>> edge.weight[:] = np.reshape([1, -1, 1, -1, 1, 1, -1, -1], (2, 1, 2, 2))
    >>> network(Sequential(edge, Flatten()), [[0, 1], [0, 1]], classes=["left-right", "up-down"])
    Network of 2 layers with 8 parameters on 1×2×2: “up-down” with probability 0.8808.
    layers:
          layer  output  parameters  smallest  largest
          input   1×2×2           0         0        1
       conv2d_0   2×1×1           8        −2        0
      flatten_1       2           0        −2        0
        softmax       2           0   11.92 %  88.08 %
    input:
      0  1
      0  1
    conv2d_0, map 0:
      −2
    outputs:
           class  flatten_1  probability
      left-right         −2      11.92 %
         up-down          0      88.08 %
    """
    size = _input_size(images, input_size)
    paper, ink = _scale(scale)
    titles, batch = _images(images, size, paper, ink)
    titles = _names(names, titles, images)
    parts = stages(TinyDigits() if model is None else model, size)
    layers = len(parts)
    vector = len(parts[-1].shape) == 1 and 2 <= parts[-1].shape[0] <= MAX_CLASSES
    if vector and parts[-1].kind not in ("softmax", "sigmoid"):
        parts.append(softmax_stage(parts[-1].shape))
    outputs = _classes(classes, parts[-1].shape)
    runs = [_run(parts, image) for image in (batch if images is None else batch[:1])]
    # Of the book's digits the one that the network is surest of is there at the start.
    start = int(np.argmax([values[-1].max() for values in runs])) if vector else 0
    values = runs[start]
    arguments = "" if classes is None else f", classes={outputs!r}"
    arguments += "" if (paper, ink) == (0, 1) else f", scale={(paper, ink)!r}"
    state = {
        "input": {"name": say("input"), "shape": size, "facts": times(size)},
        "layers": [part.state() for part in parts],
        "images": [[name, pack(image)] for name, image in zip(titles, batch, strict=True)],
        "start": start,
        "scale": [paper, ink],
        "classes": outputs,
        # How many cells of the drawing pad make a pixel, along each axis.
        "factor": -(-PAD_SIDE // max(size[1:])),
        "call": ["" if model is None else "model, ", arguments],
    }
    rows = [(say("input"), size, 0, batch[start])]
    rows += [(p.name, p.shape, p.parameters, y) for p, y in zip(parts, values, strict=True)]
    # What a function makes of each number by itself can be read off the map before it.
    windows = [row for row, part in zip(rows[1:], parts, strict=True) if part.work]
    tables = [_layer_table(rows, parts[-1].kind), *_map_tables([rows[0], *windows])]
    if outputs:
        tables.append(_output_table(parts, values, outputs))
    count = sum(part.parameters for part in parts)
    facts = {
        "layers": layers,
        "parameters": f"{count:,}",
        "input": times(size),
        "answer": _answer(parts[-1], values[-1], outputs),
    }
    summary = (
        say("Network of 1 layer with {parameters} parameters on {input}: {answer}.", **facts)
        if layers == 1
        else say(
            "Network of {layers} layers with {parameters} parameters on {input}: {answer}.",
            **facts,
        )
    )
    return Diagram("network", state, summary, tables)


class TinyDigits(Sequential):
    """The network for 8×8 digits that ships with the package, `cnnbook.nets.TinyCNN`."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.named = {
            "conv1": Conv2d(1, 8, 3, padding=1, rng=rng),
            "relu1": ReLU(),
            "pool1": MaxPool2d(2),
            "conv2": Conv2d(8, 16, 3, padding=1, rng=rng),
            "relu2": ReLU(),
            "pool2": MaxPool2d(2),
            "flatten": Flatten(),
            "fc": Linear(64, 10, rng=rng),
        }
        super().__init__(*self.named.values())
        # Only the file is read: importing `cnnbook.nets` would import torch.
        file = resources.files("cnnbook") / "nets" / "weights" / "tiny_digits.json"
        state = json.loads(file.read_text(encoding="utf-8"))["state_dict"]
        self.load_state_dict(state)

    def children(self) -> dict[str, Layer]:
        """Return the layers by the names that PyTorch's network gives them."""
        return dict(self.named)


def _input_size(images: Any, input_size: Any) -> Shape:
    """Return (C, H, W): of the images, or as given."""
    if images is not None:
        size = _shape(images)[-3:]
        size = (1,) * (3 - len(size)) + size
        if input_size is not None and input_size not in (size, list(size)):
            raise ValueError(
                f"{NAME}: input_size is {input_size!r} and the images are {times(size)}; "
                "give one of them"
            )
    else:
        size = (1, 8, 8) if input_size is None else input_size
        if not isinstance(size, tuple | list) or len(size) != 3:
            raise ValueError(f"{NAME}: input_size is {input_size!r}; expected (C, H, W)")
        size = tuple(integer(NAME, "input_size", n, 1) for n in size)
    if size[0] > MAX_CHANNELS or max(size[1:]) > MAX_SIDE:
        raise ValueError(
            f"{NAME}: the input is {times(size)}; expected at most {MAX_CHANNELS} channels of "
            f"{MAX_SIDE}×{MAX_SIDE}"
        )
    return size


def _shape(images: Any) -> Shape:
    """Return the shape of images, nested lists too; `array` says what is amiss with others."""
    try:
        return as_array(images).shape
    except (ValueError, TypeError, RuntimeError):
        array(NAME, "images", images, "N, C, H, W", ())
        raise


def _scale(scale: Any) -> tuple[float, float]:
    values, _ = array(NAME, "scale", scale, "paper, ink", (2,))
    if len(values) != 2 or values[0] == values[1]:
        raise ValueError(f"{NAME}: scale is {scale!r}; expected two numbers, of paper and of ink")
    return float(values[0]), float(values[1])


def _images(images: Any, size: Shape, paper: float, ink: float) -> tuple[list[str], Array]:
    """Return the names of the images and the images, (N, C, H, W)."""
    if images is None and size == (1, 8, 8):
        return shipped.names(), paper + (ink - paper) * shipped.images()
    if images is None:
        return [say("empty paper")], np.full((1, *size), paper)
    axes = max(2, min(4, len(_shape(images))))
    limits = (MAX_IMAGES, MAX_CHANNELS, MAX_SIDE, MAX_SIDE)[-axes:]
    batch, _ = array(NAME, "images", images, "N, C, H, W"[-3 * axes + 2 :], limits)
    if batch.size > MAX_PIXELS:
        raise ValueError(
            f"{NAME}: images has {batch.size:,} numbers; expected at most {MAX_PIXELS:,}, "
            "for they are stored with the page"
        )
    batch = batch.reshape(-1, *size).astype(np.float32).astype(np.float64)
    return [str(number) for number in range(len(batch))], batch


def _names(names: Any, titles: list[str], images: Any) -> list[str]:
    """Return what the images are called: as given, or as they come."""
    if names is None:
        return titles
    given = [] if isinstance(names, str) or not isinstance(names, Iterable) else list(names)
    if images is None or len(given) != len(titles):
        count = 0 if images is None else len(titles)
        raise ValueError(
            f"{NAME}: names is {shown_value(names)}; expected a name for each of {count} images"
        )
    return [str(name)[:40] for name in given]


def _classes(classes: Any, shape: Shape) -> list[str]:
    """Return what the outputs are called; nothing if they are no vector, or a long one."""
    if len(shape) != 1 or shape[0] > MAX_CLASSES:
        if classes is not None:
            raise ValueError(
                f"{NAME}: classes are given and the output has shape {shape}; expected a vector "
                f"of at most {MAX_CLASSES}"
            )
        return []
    if classes is None:
        return [str(k) for k in range(shape[0])]
    names = [] if isinstance(classes, str) or not isinstance(classes, Iterable) else list(classes)
    if len(names) != shape[0]:
        raise ValueError(f"{NAME}: classes is {shown_value(classes)}; expected {shape[0]} names")
    return [str(name)[:40] for name in names]


def _run(parts: list[Stage], x: Array) -> list[Array]:
    """Return the values after each stage."""
    values = []
    for part in parts:
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                x = part.run(x)
            except (ValueError, TypeError) as error:
                raise type(error)(f"{NAME}: layer {part.name!r}: {error}") from error
        if not np.isfinite(x).all():
            raise ValueError(f"{NAME}: layer {part.name!r} gives numbers that are not finite")
        values.append(x)
    return values


def _answer(last: Stage, y: Array, outputs: list[str]) -> str:
    if not outputs:
        return say("output {size}", size=times(last.shape))
    best = int(y.argmax())
    facts = {"name": outputs[best], "number": number(y[best])}
    if last.kind in PROBABILITIES:
        return say("“{name}” with probability {number}", **facts)
    return say("“{name}” with value {number}", **facts)


def _layer_table(rows: list[tuple[str, Shape, int, Array]], last: str) -> Table:
    """Return of each layer its shape, parameters, smallest and largest number."""
    heading = [say("layer"), say("output"), say("parameters"), say("smallest"), say("largest")]
    table = [heading]
    for place, (name, shape, parameters, y) in enumerate(rows):
        share = place == len(rows) - 1 and last in PROBABILITIES
        written = percent if share else number
        facts = [times(shape), f"{parameters:,}", written(y.min()), written(y.max())]
        table.append([name, *facts])
    return Table(say("layers"), table, headed=True)


def _map_tables(rows: list[tuple[str, Shape, int, Array]]) -> list[Table]:
    """Return every channel of the input and the first map of each layer, if they can be read."""
    tables = []
    for place, (name, shape, _, y) in enumerate(rows):
        if len(shape) < 3 or max(shape[1:]) > MAX_TABLE_SIDE:
            continue
        if place:
            tables.append(Table(say("{layer}, map {map}", layer=name, map=0), shown(y[0])))
        elif shape[0] == 1:
            tables.append(Table(name, shown(y[0])))
        else:
            for c, plane in enumerate(y):
                tables.append(Table(say("input, channel {channel}", channel=c), shown(plane)))
    return tables


def _output_table(parts: list[Stage], values: list[Array], outputs: list[str]) -> Table:
    """Return the last two stages by class: scores and what becomes of them."""
    last = parts[-1]
    written = percent if last.kind in PROBABILITIES else number
    heading = say("probability") if last.name == "softmax" else last.name
    columns = [(heading, [written(value) for value in values[-1]])]
    if len(parts) > 1 and parts[-2].shape == last.shape:
        columns.insert(0, (parts[-2].name, [number(value) for value in values[-2]]))
    table: Rows = [[say("class"), *(name for name, _ in columns)]]
    for k, output in enumerate(outputs):
        table.append([output, *(texts[k] for _, texts in columns)])
    return Table(say("outputs"), table, headed=True)
