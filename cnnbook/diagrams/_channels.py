"""The diagram of channels: one kernel slice per input channel, summed; one kernel per output."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.convolution import conv2d
from cnnbook.diagrams.base import Diagram, Table
from cnnbook.diagrams.values import Array, array, number, shown, times
from cnnbook.words import say

NAME = "diagrams.channels"
MAX_CHANNELS, MAX_SIDE, MAX_KERNEL_SIDE = 4, 8, 5


def channels(x: Any = None, weight: Any = None, bias: Any = None) -> Diagram:
    """Show a convolution of several channels: the partial sum of each, and their sum.

    Parameters
    ----------
    x : array_like of shape (C, H, W), optional
        At most 4 channels of 8×8 numbers; two channels of 3×3 if not given.
    weight : array_like of shape (C_out, C, K_H, K_W), optional
        At most 4 kernels of 5×5; 1×1 kernels are welcome. If neither `x` nor `weight` is given,
        three kernels K, K + 1 and K + 2 of 2×2; if only `x` is, one 1×1 kernel that adds up
        its channels.
    bias : array_like of shape (C_out,), optional
        Zeros if not given.

    Returns
    -------
    Diagram

    Raises
    ------
    ValueError, TypeError
        As `cnnbook.conv2d`, and for what a diagram cannot show.

    Examples
    --------
    >>> channels([[[1, 2]], [[3, 4]]], [[[[10]], [[1]]]])
    Convolution of 2 channels of 1×2 with 1 kernel of 2×1×1: 1 channel of 1×2.
    input channel 0:
      1  2
    input channel 1:
      3  4
    kernel 0, channel 0:
      10
    kernel 0, channel 1:
      1
    bias:
      0
    output 0 from channel 0 alone:
      10  20
    output 0 from channel 1 alone:
      3  4
    output channel 0:
      13  24
    """
    default = next(iter(_presets()["example"].values()))
    if x is None:
        x = default["x"]
        weight = default["weight"] if weight is None else weight
    image, x_plain = array(NAME, "x", x, "C, H, W", (MAX_CHANNELS, MAX_SIDE, MAX_SIDE))
    if weight is None:
        weight = np.ones((1, len(image), 1, 1))
    kernels, weight_plain = array(
        NAME,
        "weight",
        weight,
        "C_out, C, K_H, K_W",
        (MAX_CHANNELS, MAX_CHANNELS, MAX_KERNEL_SIDE, MAX_KERNEL_SIDE),
    )
    given = np.zeros(len(kernels)) if bias is None else bias
    offset, bias_plain = array(NAME, "bias", given, "C_out", (MAX_CHANNELS,))
    output = conv2d(image, kernels, offset)
    state = {"x": x_plain, "weight": weight_plain, "bias": bias_plain, "presets": _presets()}
    summary = say(
        "Convolution of {input} of {input_size} with {kernels} of {kernel_size}: {output} of "
        "{output_size}.",
        input=_channels(len(image)),
        input_size=times(image.shape[1:]),
        kernels=say("1 kernel")
        if len(kernels) == 1
        else say("{count} kernels", count=len(kernels)),
        kernel_size=times(kernels.shape[1:]),
        output=_channels(len(output)),
        output_size=times(output.shape[1:]),
    )
    return Diagram("channels", state, summary, _tables(image, kernels, offset, output))


def _tables(image: Array, kernels: Array, offset: Array, output: Array) -> list[Table]:
    tables = [
        Table(say("input channel {channel}", channel=c), shown(plane))
        for c, plane in enumerate(image)
    ]
    for o, kernel in enumerate(kernels):
        for c, part in enumerate(kernel):
            caption = say("kernel {kernel}, channel {channel}", kernel=o, channel=c)
            tables.append(Table(caption, shown(part)))
    tables.append(Table(say("bias"), [[number(value) for value in offset]]))
    for o, kernel in enumerate(kernels):
        for c, plane in enumerate(image):
            partial = conv2d(plane[None], kernel[None, c, None])[0]
            caption = say("output {output} from channel {channel} alone", output=o, channel=c)
            tables.append(Table(caption, shown(partial)))
        tables.append(Table(say("output channel {channel}", channel=o), shown(output[o])))
    return tables


def _presets() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the examples that the diagram offers by name."""
    x = np.stack([np.arange(9).reshape(3, 3), np.arange(1, 10).reshape(3, 3)])
    k = np.arange(4).reshape(2, 2)
    kernel = np.stack([k, k + 1])
    examples = {
        say("two channels, three kernels"): (x, np.stack([kernel, kernel + 1, kernel + 2])),
        say("1×1: mix two channels"): (x, np.array([[1, 1], [1, -1], [0, 2]])[..., None, None]),
        say("colour to grey"): (
            np.array([[[200, 0], [0, 90]], [[0, 200], [0, 90]], [[0, 0], [200, 90]]]),
            np.array([[0.299, 0.587, 0.114]])[..., None, None],
        ),
    }
    return {
        "example": {
            name: {"x": x.tolist(), "weight": w.tolist(), "bias": [0] * len(w)}
            for name, (x, w) in examples.items()
        }
    }


def _channels(count: int) -> str:
    return say("1 channel") if count == 1 else say("{count} channels", count=count)
