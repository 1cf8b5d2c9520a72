"""The diagram of pooling: what each window keeps, and where each gradient goes."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.arguments.checks import choice, pair
from cnnbook.data import letters
from cnnbook.diagrams.base import Diagram, Table
from cnnbook.diagrams.values import (
    MAX_KERNEL_SIDE,
    MAX_SIDE,
    MAX_STRIDE,
    Array,
    array,
    at_most,
    shown,
    size,
    times,
)
from cnnbook.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
    sum_pool2d,
    sum_pool2d_backward,
)
from cnnbook.words import say

NAME = "diagrams.pooling"
FORWARD: dict[str, Any] = {"max": max_pool2d, "mean": avg_pool2d, "sum": sum_pool2d}
BACKWARD: dict[str, Any] = {
    "max": max_pool2d_backward,
    "mean": avg_pool2d_backward,
    "sum": sum_pool2d_backward,
}


def pooling(
    x: Any = None,
    kernel_size: int | tuple[int, int] = 2,
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    mode: str = "max",
    grad_output: Any = None,
) -> Diagram:
    """Let a window pool an input, and send the gradient of each output back.

    Parameters
    ----------
    x : array_like of shape (H, W), optional
        At most 16×16 numbers; a 4×4 example if not given.
    kernel_size, stride, padding
        As in `cnnbook.max_pool2d`; the kernel at most 7, the stride at most 8.
    mode : {"max", "mean", "sum"}
    grad_output : array_like of the shape of the output, optional
        1, 2, 3, ... if not given, so that each can be followed.

    Returns
    -------
    Diagram

    Raises
    ------
    ValueError, TypeError
        As `cnnbook.max_pool2d`, and for what a diagram cannot show.

    Examples
    --------
    >>> pooling([[1, 3], [6, 2]])
    max pooling of a 2×2 input, kernel 2, stride 2, padding 0: output 1×1.
    input:
      1  3
      6  2
    output:
      6
    gradient of the output:
      1
    gradient of the input:
      0  0
      1  0
    """
    choice(NAME, "mode", mode, tuple(FORWARD))
    given = _example() if x is None else x
    image, x_plain = array(NAME, "x", given, "H, W", (MAX_SIDE, MAX_SIDE))
    kernel = pair(NAME, "kernel_size", kernel_size, 1)
    strides = kernel if stride is None else pair(NAME, "stride", stride, 1)
    paddings = pair(NAME, "padding", padding, 0)
    at_most(NAME, "kernel_size", kernel, MAX_KERNEL_SIDE)
    at_most(NAME, "stride", strides, MAX_STRIDE)
    output = FORWARD[mode](image[None], kernel, strides, paddings)[0]
    chosen = grad_output is not None
    if not chosen:
        grad_output = 1 + np.arange(output.size).reshape(output.shape)
    gradient, grad_plain = array(NAME, "grad_output", grad_output, "H_out, W_out", (32, 32))
    grad_input: Array = BACKWARD[mode](gradient[None], image[None], kernel, strides, paddings)[0]
    state = {
        "x": x_plain,
        "kernel_size": kernel,
        "stride": None if stride is None else strides,
        "padding": paddings,
        "mode": mode,
        "grad_output": grad_plain if chosen else None,
        "presets": _presets(),
    }
    summary = say(
        "{mode} pooling of a {input} input, kernel {kernel}, stride {stride}, padding {padding}: "
        "output {output}.",
        mode={"max": say("max"), "mean": say("mean"), "sum": say("sum")}[mode],
        input=times(image.shape),
        kernel=size(kernel),
        stride=size(strides),
        padding=size(paddings),
        output=times(output.shape),
    )
    tables = [
        Table(say("input"), shown(image)),
        Table(say("output"), shown(output)),
        Table(say("gradient of the output"), shown(gradient)),
        Table(say("gradient of the input"), shown(grad_input)),
    ]
    return Diagram("pooling", state, summary, tables)


def _example() -> list[list[int]]:
    return [[1, 3, 5, 3], [6, 2, 0, 8], [4, 6, 1, 4], [2, 8, 0, 3]]


def _presets() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the inputs that the diagram offers by name."""
    row = [0, 0, 1, 1, 0, 0, 1, 1]
    inputs = {
        say("4×4 example"): _example(),
        say("stripes"): [row] * 4,
        say("stripes, moved by one"): [row[-1:] + row[:-1]] * 4,
        say("ties"): [[5, 5, 2, 2], [5, 5, 2, 2], [1, 1, 0, 0], [1, 1, 0, 0]],
        say("X"): letters.letter_x().astype(int).tolist(),
    }
    return {"example": {name: {"x": x} for name, x in inputs.items()}}
