"""The argument checks that all forms of pooling share."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnbook.arguments.checks import check_array, check_flag, pair
from cnnbook.arguments.sizes import Pair, kernel_extent

LAYOUT = "(N, C, H, W) or (C, H, W)"


class Pooling(NamedTuple):
    """A pooling's arguments, checked and spelt out."""

    kernel_size: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    size: Pair
    out: Pair


def check_pooling(
    function: str,
    x: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any = 1,
    ceil_mode: Any = False,
    floating: bool = False,
) -> Pooling:
    """Refuse what torch refuses; return the arguments spelt out."""
    check_array(function, "x", x, (4, 3), floating, LAYOUT)
    if 0 in x.shape[-3:]:
        raise ValueError(
            f"{function}: x has shape {x.shape}; expected at least one channel and one pixel "
            "along each axis (only the batch may be empty)"
        )
    k = pair(function, "kernel_size", kernel_size, 1)
    none = stride is None or (isinstance(stride, tuple | list) and not stride)  # (), as in torch
    s = k if none else pair(function, "stride", stride, 1)
    p = pair(function, "padding", padding, 0)
    d = pair(function, "dilation", dilation, 1)
    check_flag(function, "ceil_mode", ceil_mode)
    if any(2 * p[i] > k[i] for i in (0, 1)):
        raise ValueError(
            f"{function}: padding is {padding!r} and kernel_size {kernel_size!r}; expected a "
            "padding of at most half the kernel, so that every window reads the image"
        )
    size: Pair = x.shape[-2:]
    out = [pooled(function, size[i], k[i], s[i], p[i], d[i], ceil_mode) for i in (0, 1)]
    return Pooling(k, s, p, d, size, (out[0], out[1]))


def pooled(
    function: str,
    size: int,
    kernel_size: int,
    stride: int,
    padding: int,
    dilation: int,
    ceil_mode: bool,
) -> int:
    """Return the output size along one axis.

    With `ceil_mode` a last, incomplete window counts too, if it starts inside the image or the
    padding before it.
    """
    room = size + 2 * padding - kernel_extent(kernel_size, dilation)
    out = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (out - 1) * stride >= size + padding:
        out -= 1
    if out < 1:
        raise ValueError(
            f"{function}: kernel_size {kernel_size} spans {kernel_extent(kernel_size, dilation)} "
            f"pixels, but the input has {size} + {2 * padding} of padding; "
            "expected a window that fits into them"
        )
    return out
