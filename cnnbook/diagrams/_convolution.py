"""The diagram of one convolution: input, kernel, output, and the arithmetic of every cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook import kernels
from cnnbook.convolution import conv2d
from cnnbook.data import letters
from cnnbook.diagrams.base import Diagram, Table
from cnnbook.diagrams.values import (
    MAX_KERNEL_SIDE,
    MAX_SIDE,
    array,
    number,
    shown,
    size,
    steps,
    times,
)
from cnnbook.shapes import unused_pixels
from cnnbook.words import say

NAME = "diagrams.convolution"


def convolution(
    x: Any = None,
    kernel: Any = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] | str = 0,
    dilation: int | tuple[int, int] = 1,
    padding_mode: str = "zeros",
    bias: float = 0,
) -> Diagram:
    """Let a kernel slide over an input, step by step, with the arithmetic of each output.

    Parameters
    ----------
    x : array_like of shape (H, W), optional
        At most 16×16 numbers; 0 to 8 in a 3×3 matrix if not given.
    kernel : array_like of shape (K_H, K_W), optional
        At most 7×7 numbers; 0 to 3 in a 2×2 matrix if not given.
    stride, padding, dilation, padding_mode
        As in `cnnbook.conv2d`; at most 8 each.
    bias : float
        Added to every output.

    Returns
    -------
    Diagram

    Raises
    ------
    ValueError, TypeError
        As `cnnbook.conv2d`, and for what a diagram cannot show.

    Examples
    --------
    >>> convolution()
    Convolution of a 3×3 input with a 2×2 kernel, stride 1, padding 0, dilation 1: output 2×2.
    input:
      0  1  2
      3  4  5
      6  7  8
    kernel:
      0  1
      2  3
    output:
      19  25
      37  43
    """
    image, x_plain = array(
        NAME, "x", np.arange(9).reshape(3, 3) if x is None else x, "H, W", (MAX_SIDE,) * 2
    )
    small, kernel_plain = array(
        NAME,
        "kernel",
        np.arange(4).reshape(2, 2) if kernel is None else kernel,
        "K_H, K_W",
        (MAX_KERNEL_SIDE,) * 2,
    )
    offset, bias_plain = array(NAME, "bias", bias, "", ())
    strides, paddings, dilations = steps(NAME, stride, padding, dilation)
    output = conv2d(
        image[None],
        small[None, None],
        offset.reshape(1),
        strides,
        paddings,
        dilations,
        padding_mode=padding_mode,  # type: ignore[arg-type]
    )[0]
    state = {
        "x": x_plain,
        "kernel": kernel_plain,
        "bias": bias_plain,
        "stride": strides,
        "padding": paddings,
        "dilation": dilations,
        "padding_mode": padding_mode,
        "presets": _presets(),
    }
    tables = [Table(say("input"), shown(image)), Table(say("kernel"), shown(small))]
    tables.append(Table(say("output"), shown(output)))
    facts = {
        "input": times(image.shape),
        "kernel": times(small.shape),
        "stride": size(strides),
        "padding": _padding(paddings, padding_mode),
        "dilation": size(dilations),
        "bias": number(float(offset)),
        "output": times(output.shape),
    }
    summary = (
        say(
            "Convolution of a {input} input with a {kernel} kernel, stride {stride}, padding "
            "{padding}, dilation {dilation}, bias {bias}: output {output}.",
            **facts,
        )
        if offset
        else say(
            "Convolution of a {input} input with a {kernel} kernel, stride {stride}, padding "
            "{padding}, dilation {dilation}: output {output}.",
            **facts,
        )
    )
    unread = _unread(*unused_pixels(image.shape, small.shape, strides, paddings, dilations))
    return Diagram("convolution", state, " ".join([summary, *unread]), tables)


def _presets() -> dict[str, dict[str, dict[str, Any]]]:
    """Return what the diagram offers by name: examples that fit together, inputs, kernels."""
    edge = np.array([[0, 0, 0, 1, 1, 1]] * 6)
    inputs: dict[str, Any] = {
        say("0 to 8"): np.arange(9).reshape(3, 3),
        say("edge"): edge,
        say("X"): letters.letter_x(),
        say("O"): letters.letter_o(),
    }
    features = letters.x_features()
    blur = kernels.box_blur().astype(np.float64)
    named: dict[str, Any] = {
        say("0 to 3"): np.arange(4).reshape(2, 2),
        say("blur"): blur / blur.sum(),  # 1/9 to float64's last digit
        say("sharpen"): kernels.sharpen(),
        say("edges in x"): kernels.sobel_x(),
        say("edges in y"): kernels.sobel_y(),
        say("diagonal"): features["diagonal"],
        say("cross"): features["cross"],
        say("antidiagonal"): features["antidiagonal"],
    }
    x = {n: array(NAME, n, a, "H, W", (16, 16))[1] for n, a in inputs.items()}
    kernel = {n: array(NAME, n, a, "H, W", (7, 7))[1] for n, a in named.items()}
    plain = {"bias": 0, "stride": (1, 1), "dilation": (1, 1), "padding_mode": "zeros"}
    fitting = {
        say("nine numbers meet four"): (say("0 to 8"), say("0 to 3"), 0),
        say("an X meets its diagonal"): (say("X"), say("diagonal"), 0),
        say("an O meets the cross"): (say("O"), say("cross"), 0),
        say("an edge meets Sobel's kernel"): (say("edge"), say("edges in x"), 0),
        say("an edge is blurred"): (say("edge"), say("blur"), 1),
    }
    return {
        "example": {
            name: {"x": x[image], "kernel": kernel[small], "padding": (pad, pad), **plain}
            for name, (image, small, pad) in fitting.items()
        },
        "input": {name: {"x": numbers} for name, numbers in x.items()},
        "kernel": {name: {"kernel": numbers} for name, numbers in kernel.items()},
    }


def _padding(padding: tuple[int, int] | str, mode: str) -> str:
    text = padding if isinstance(padding, str) else size(padding)
    return text if mode == "zeros" else say("{padding} ({mode})", padding=text, mode=mode)


def _unread(rows: tuple[int, ...], columns: tuple[int, ...]) -> list[str]:
    """Return a sentence on what no window reads, if there is such."""
    lists = {"rows": ", ".join(map(str, rows)), "columns": ", ".join(map(str, columns))}
    if rows and columns:
        return [say("Not read: rows {rows} and columns {columns} of the input.", **lists)]
    if rows:
        return [say("Not read: rows {rows} of the input.", **lists)]
    return [say("Not read: columns {columns} of the input.", **lists)] if columns else []
