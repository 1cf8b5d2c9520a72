"""The diagram of convolution's backward pass: which products make each gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.convolution import conv2d, conv2d_backward
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
from cnnbook.words import say

NAME = "diagrams.backward"


def backward(
    x: Any = None,
    kernel: Any = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] | str = 0,
    dilation: int | tuple[int, int] = 1,
    grad_output: Any = None,
) -> Diagram:
    """Send the gradient of a convolution's output back, product by product.

    Parameters
    ----------
    x : array_like of shape (H, W), optional
        At most 16×16 numbers; 0 to 8 in a 3×3 matrix if not given.
    kernel : array_like of shape (K_H, K_W), optional
        At most 7×7 numbers; 0 to 3 in a 2×2 matrix if not given.
    stride, padding, dilation
        As in `cnnbook.conv2d`; at most 8 each.
    grad_output : array_like of the shape of the output, optional
        1, 2, 3, ... if not given, so that each can be followed.

    Returns
    -------
    Diagram

    Raises
    ------
    ValueError, TypeError
        As `cnnbook.conv2d_backward`, and for what a diagram cannot show.

    Examples
    --------
    >>> backward()
    Backward pass of a 3×3 input with a 2×2 kernel, stride 1, padding 0, dilation 1.
    input:
      0  1  2
      3  4  5
      6  7  8
    kernel:
      0  1
      2  3
    gradient of the output:
      1  2
      3  4
    gradient of the input:
      0   1   2
      2  10  10
      6  17  12
    gradient of the kernel:
      27  37
      57  67
    gradient of the bias:
      10
    """
    first, second = next(iter(_examples().values())).values()
    image, x_plain = array(NAME, "x", first if x is None else x, "H, W", (MAX_SIDE,) * 2)
    small, kernel_plain = array(
        NAME, "kernel", second if kernel is None else kernel, "K_H, K_W", (MAX_KERNEL_SIDE,) * 2
    )
    strides, paddings, dilations = steps(NAME, stride, padding, dilation)
    arguments = (image[None], small[None, None])
    output = conv2d(*arguments, None, strides, paddings, dilations)[0]
    chosen = grad_output is not None
    if not chosen:
        grad_output = 1 + np.arange(output.size).reshape(output.shape)
    gradient, grad_plain = array(NAME, "grad_output", grad_output, "H_out, W_out", (32, 32))
    grads = conv2d_backward(gradient[None], *arguments, strides, paddings, dilations)
    grad_input, grad_weight, grad_bias = grads
    assert grad_input is not None  # it was not declined
    state = {
        "x": x_plain,
        "kernel": kernel_plain,
        "stride": strides,
        "padding": paddings,
        "dilation": dilations,
        "grad_output": grad_plain if chosen else None,
        "presets": {"example": _examples()},
    }
    summary = say(
        "Backward pass of a {input} input with a {kernel} kernel, stride {stride}, padding "
        "{padding}, dilation {dilation}.",
        input=times(image.shape),
        kernel=times(small.shape),
        stride=size(strides),
        padding=paddings if isinstance(paddings, str) else size(paddings),
        dilation=size(dilations),
    )
    tables = [
        Table(say("input"), shown(image)),
        Table(say("kernel"), shown(small)),
        Table(say("gradient of the output"), shown(gradient)),
        Table(say("gradient of the input"), shown(grad_input[0])),
        Table(say("gradient of the kernel"), shown(grad_weight[0, 0])),
        Table(say("gradient of the bias"), [[number(float(grad_bias[0]))]]),
    ]
    return Diagram("backward", state, summary, tables)


def _examples() -> dict[str, dict[str, list[list[int]]]]:
    """Return the pairs of input and kernel that the diagram offers by name."""
    return {
        say("0 to 8"): {"x": [[0, 1, 2], [3, 4, 5], [6, 7, 8]], "kernel": [[0, 1], [2, 3]]},
        say("one bright pixel"): {
            "x": [[0] * 5, [0] * 5, [0, 0, 1, 0, 0], [0] * 5, [0] * 5],
            "kernel": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
        },
        say("an edge"): {
            "x": [[0, 0, 0, 1, 1, 1]] * 6,
            "kernel": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        },
    }
