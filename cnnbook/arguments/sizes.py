"""The sizes along one axis, and the padding and pairs they are made of: what operations share.

The public functions for a reader's own sums stand in `cnnbook.shapes`, which says how the one
formula comes about.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnbook.arguments.checks import choice, pair

Pair = tuple[int, int]


def kernel_extent(kernel_size: int, dilation: int = 1) -> int:
    """Return d(k − 1) + 1, the pixels from a kernel's first tap to its last, both counted.

    Examples
    --------
    >>> kernel_extent(3, dilation=4)
    9
    """
    return dilation * (kernel_size - 1) + 1


def resolve_padding(
    function: str, padding: Any, kernel_size: Pair, stride: Pair, dilation: Pair
) -> tuple[Pair, Pair]:
    """Return padding, a number, a pair or a word, as ((top, bottom), (left, right))."""
    if isinstance(padding, str):
        if choice(function, "padding", padding, ("same", "valid")) == "valid":
            return (0, 0), (0, 0)
        if stride != (1, 1):
            raise ValueError(
                f"{function}: padding is 'same' and stride is {stride}; "
                "expected stride 1, since a stride shrinks the output"
            )
        down, across = (kernel_extent(kernel_size[i], dilation[i]) - 1 for i in (0, 1))
        return halves(down), halves(across)
    height, width = pair(function, "padding", padding, 0)
    return (height, height), (width, width)


def windows_that_fit(
    function: str, size: int, kernel_size: int, stride: int, total_padding: int, dilation: int
) -> int:
    """Return the output size along one axis, or refuse a window larger than the padded input."""
    room = size + total_padding - kernel_extent(kernel_size, dilation)
    if room < 0:
        span = kernel_extent(kernel_size, dilation)
        dilated = f" with dilation {dilation}" if dilation > 1 else ""
        raise ValueError(
            f"{function}: kernel_size {kernel_size}{dilated} spans {span} "
            f"pixels, but the input has {size} + {total_padding} of padding; "
            "expected a kernel that fits into them"
        )
    return room // stride + 1


class Windows(NamedTuple):
    """Where windows stand on an image, along both axes."""

    size: Pair
    kernel_size: Pair
    stride: Pair
    dilation: Pair
    sides: tuple[Pair, Pair]  # padding as ((top, bottom), (left, right))
    out: Pair  # how many windows fit


def windows_of(
    function: str, size: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any
) -> Windows:
    """Check these arguments and return them spelt out, with the number of windows."""
    n = pair(function, "size", size, 1)
    k = pair(function, "kernel_size", kernel_size, 1)
    s = pair(function, "stride", stride, 1)
    d = pair(function, "dilation", dilation, 1)
    sides = resolve_padding(function, padding, k, s, d)
    out = [windows_that_fit(function, n[i], k[i], s[i], sum(sides[i]), d[i]) for i in (0, 1)]
    return Windows(n, k, s, d, sides, (out[0], out[1]))


def stretched(
    function: str,
    size: int,
    kernel_size: int,
    stride: int,
    padding: int,
    dilation: int,
    output_padding: int,
) -> int:
    """Return the size of a transposed convolution's output along one axis, or refuse it."""
    if output_padding >= max(stride, dilation):
        raise ValueError(
            f"{function}: output_padding is {output_padding}; expected less than the stride "
            f"({stride}) or the dilation ({dilation})"
        )
    out = stride * (size - 1) + kernel_extent(kernel_size, dilation) - 2 * padding + output_padding
    if out < 1:
        raise ValueError(
            f"{function}: the output would have {out} pixels along an axis (input {size}, kernel "
            f"{kernel_size}, padding {padding}); expected at least 1, so a smaller padding"
        )
    return out


def halves(total: int) -> Pair:
    """Split a padding into what goes before and after; the odd pixel goes after."""
    return total // 2, total - total // 2


def one_axis_only(function: str, decides: Any, **others: Any) -> bool:
    """Say whether one axis is asked for, and refuse pairs beside it."""
    if isinstance(decides, tuple | list):
        return False
    for name, value in others.items():
        if isinstance(value, tuple | list) and len(value) > 1:
            raise ValueError(
                f"{function}: {name} is {value!r} for one axis; "
                "expected an integer, or a (height, width) pair as first argument too"
            )
    return True
