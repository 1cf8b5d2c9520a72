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
    tables = [Table("input", shown(image)), Table("kernel", shown(small))]
    tables.append(Table("output", shown(output)))
    unread = unused_pixels(image.shape, small.shape, strides, paddings, dilations)
    summary = (
        f"Convolution of a {times(image.shape)} input with a {times(small.shape)} kernel, "
        f"stride {size(strides)}, padding {_padding(paddings, padding_mode)}, "
        f"dilation {size(dilations)}{_bias(bias_plain)}: output {times(output.shape)}."
        f"{_unread(*unread)}"
    )
    return Diagram("convolution", state, summary, tables)


def _presets() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the inputs and kernels that the diagram offers by name."""
    edge = np.array([[0, 0, 0, 1, 1, 1]] * 6)
    inputs = {
        "0 to 8": np.arange(9).reshape(3, 3),
        "edge": edge,
        "X": letters.letter_x(),
        "O": letters.letter_o(),
    }
    blur = kernels.box_blur().astype(np.float64)
    named = {
        "0 to 3": np.arange(4).reshape(2, 2),
        "blur": blur / blur.sum(),  # 1/9 to float64's last digit
        "sharpen": kernels.sharpen(),
        "edges in x": kernels.sobel_x(),
        "edges in y": kernels.sobel_y(),
        **letters.x_features(),
    }
    return {
        "input": {n: {"x": array(NAME, n, a, "H, W", (16, 16))[1]} for n, a in inputs.items()},
        "kernel": {n: {"kernel": array(NAME, n, a, "H, W", (7, 7))[1]} for n, a in named.items()},
    }


def _padding(padding: tuple[int, int] | str, mode: str) -> str:
    text = padding if isinstance(padding, str) else size(padding)
    return text if mode == "zeros" else f"{text} ({mode})"


def _bias(bias: Any) -> str:
    return f", bias {number(bias)}" if bias else ""


def _unread(rows: tuple[int, ...], columns: tuple[int, ...]) -> str:
    parts = []
    if rows:
        parts.append(f"rows {', '.join(map(str, rows))}")
    if columns:
        parts.append(f"columns {', '.join(map(str, columns))}")
    return f" Not read: {' and '.join(parts)} of the input." if parts else ""
