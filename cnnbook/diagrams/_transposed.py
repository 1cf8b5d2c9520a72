"""The diagram of a transposed convolution: stamps of the kernel, and how they add up."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.arguments.checks import pair
from cnnbook.diagrams.base import Diagram, Table
from cnnbook.diagrams.values import (
    MAX_DILATION,
    MAX_KERNEL_SIDE,
    MAX_PADDING,
    MAX_SIDE,
    MAX_STRIDE,
    Array,
    array,
    at_most,
    shown,
    size,
    times,
)
from cnnbook.transposed import conv_transpose2d
from cnnbook.words import say

NAME = "diagrams.transposed"
#: The largest output of a diagram, with what padding cuts off.
MAX_OUTPUT = 32


def transposed(
    x: Any = None,
    kernel: Any = None,
    stride: int | tuple[int, int] = 2,
    padding: int | tuple[int, int] = 0,
    output_padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
) -> Diagram:
    """Let every input stamp its multiple of the kernel into the output of `conv_transpose2d`.

    Where stamps meet, they add up. A second grid counts the stamps of each output: where the
    kernel is not a multiple of the stride they are uneven, which shows as a checkerboard.

    Parameters
    ----------
    x : array_like of shape (H, W), optional
        At most 16×16 numbers; 1 to 4 in a 2×2 matrix if not given.
    kernel : array_like of shape (K_H, K_W), optional
        At most 7×7 numbers; 3×3 ones if not given.
    stride, padding, output_padding, dilation
        As in `cnnbook.conv_transpose2d`; at most 8 each. The output has at most 32×32 numbers,
        those that `padding` cuts off among them. Its size is that of Dumoulin and Visin,
        s(H − 1) − 2p + d(K_H − 1) + output_padding + 1.

    Returns
    -------
    Diagram

    Raises
    ------
    ValueError, TypeError
        As `cnnbook.conv_transpose2d`, and for what a diagram cannot show.

    Notes
    -----
    Sources: A. Odena, V. Dumoulin, C. Olah, *Deconvolution and Checkerboard Artifacts*, Distill
    2016, doi:10.23915/distill.00003. V. Dumoulin, F. Visin, *A guide to convolution arithmetic
    for deep learning*, arXiv:1603.07285, 2016.

    Examples
    --------
    >>> transposed([[1, 2]], [[1, 10, 100]], stride=(1, 2))
    Transposed convolution of a 1×2 input with a 1×3 kernel, stride 1×2, padding 0, output_padding \
0, dilation 1: output 1×5.
    input:
      1  2
    kernel:
      1  10  100
    output:
      1  10  102  20  200
    stamps per output:
      1  1  2  1  1
    """
    image, x_plain = array(NAME, "x", [[1, 2], [3, 4]] if x is None else x, "H, W", (MAX_SIDE,) * 2)
    small, kernel_plain = array(
        NAME, "kernel", _ones(3) if kernel is None else kernel, "K_H, K_W", (MAX_KERNEL_SIDE,) * 2
    )
    given = {
        "stride": pair(NAME, "stride", stride, 1),
        "padding": pair(NAME, "padding", padding, 0),
        "output_padding": pair(NAME, "output_padding", output_padding, 0),
        "dilation": pair(NAME, "dilation", dilation, 1),
    }
    for name, limit in [
        ("stride", MAX_STRIDE),
        ("padding", MAX_PADDING),
        ("output_padding", max(MAX_STRIDE, MAX_DILATION)),
        ("dilation", MAX_DILATION),
    ]:
        at_most(NAME, name, given[name], limit)
    output = _laid_down(image, small, given)
    _refuse_large(output.shape, given)
    counts = _laid_down(np.ones_like(image), np.ones_like(small), given)
    state = {"x": x_plain, "kernel": kernel_plain, **given, "presets": _presets()}
    summary = say(
        "Transposed convolution of a {input} input with a {kernel} kernel, stride {stride}, "
        "padding {padding}, output_padding {output_padding}, dilation {dilation}: output {output}.",
        input=times(image.shape),
        kernel=times(small.shape),
        output=times(output.shape),
        **{name: size(value) for name, value in given.items()},
    )
    tables = [
        Table(say("input"), shown(image)),
        Table(say("kernel"), shown(small)),
        Table(say("output"), shown(output)),
        Table(say("stamps per output"), shown(counts)),
    ]
    return Diagram("transposed", state, summary, tables)


def _laid_down(x: Array, kernel: Array, given: dict[str, tuple[int, int]]) -> Array:
    """Return the transposed convolution of two matrices."""
    return conv_transpose2d(
        x[None],
        kernel[None, None],
        stride=given["stride"],
        padding=given["padding"],
        output_padding=given["output_padding"],
        dilation=given["dilation"],
    )[0]


def _refuse_large(out: tuple[int, ...], given: dict[str, tuple[int, int]]) -> None:
    """Refuse an output that, with what padding cuts off, is more than a diagram can show."""
    for side, p, more in zip(out, given["padding"], given["output_padding"], strict=True):
        if side + p + max(0, p - more) > MAX_OUTPUT:
            raise ValueError(
                f"{NAME}: the output would have shape {out}, padding of {p} cut off; expected at "
                f"most {MAX_OUTPUT} along an axis before it is cut off, which is what a diagram "
                "can show"
            )


def _ones(side: int) -> list[list[int]]:
    return [[1] * side] * side


def _presets() -> dict[str, dict[str, dict[str, Any]]]:
    """Return what the diagram offers by name: examples that fit together, and kernels of ones."""
    spot = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]])
    bilinear = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16
    # Each cell repeated 2×2 and then averaged over 3×3 is one kernel of 4×4.
    averaged = np.outer([1, 2, 2, 1], [1, 2, 2, 1]) / 9
    fitting: dict[str, tuple[Any, Any, int, int]] = {
        say("one stamp"): ([[2]], np.arange(1, 10).reshape(3, 3), 2, 0),
        say("ones, kernel 3, stride 2"): (_ones(4), _ones(3), 2, 0),
        say("ones, kernel 4, stride 2"): (_ones(4), _ones(4), 2, 0),
        say("stamps with gaps"): (_ones(3), _ones(2), 3, 0),
        say("each cell repeated"): (np.arange(1, 10).reshape(3, 3), _ones(2), 2, 0),
        say("bilinear upsampling"): (16 * spot, bilinear, 2, 1),
        say("repeated, then averaged over 3×3"): (9 * spot, averaged, 2, 1),
    }
    rest = {"output_padding": (0, 0), "dilation": (1, 1)}
    return {
        "example": {
            name: {
                "x": array(NAME, name, x, "H, W", (MAX_SIDE,) * 2)[1],
                "kernel": array(NAME, name, kernel, "H, W", (MAX_KERNEL_SIDE,) * 2)[1],
                "stride": (stride, stride),
                "padding": (padding, padding),
                **rest,
            }
            for name, (x, kernel, stride, padding) in fitting.items()
        },
        "kernel": {
            say("ones {size}", size=f"{side}×{side}"): {"kernel": _ones(side)}
            for side in range(1, 7)
        },
    }
