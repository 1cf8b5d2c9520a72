"""Sizes, receptive fields and costs of a network: integers only, no arrays.

One formula carries the module. Along one axis a window of `kernel_size` taps, `dilation`
pixels apart, spans d(k − 1) + 1 pixels; it starts at 0, s, 2s, … of the padded input of
n + 2p pixels, so it fits

    o = ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1

times. Every function takes one axis (integers) or both ((height, width) pairs): the kind of
`size`, or of `kernel_size` where there is no size, decides the kind of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, overload

from cnnbook.arguments.checks import Size, check_flag, integer, pair, shown
from cnnbook.arguments.sizes import (
    Pair,
    halves,
    kernel_extent,
    one_axis_only,
    resolve_padding,
    stretched,
    windows_of,
    windows_that_fit,
)

__all__ = [
    "ConvCost",
    "Pair",
    "conv2d_cost",
    "conv_output_size",
    "conv_transpose_output_size",
    "kernel_extent",
    "receptive_field",
    "resolve_padding",
    "same_padding",
    "stretched",
    "unused_pixels",
    "windows_that_fit",
]


@overload
def same_padding(kernel_size: int, dilation: int = 1) -> Pair: ...
@overload
def same_padding(kernel_size: Pair, dilation: int | Pair = 1) -> tuple[Pair, Pair]: ...
def same_padding(
    kernel_size: int | Pair, dilation: int | Pair = 1
) -> tuple[int, int] | tuple[Pair, Pair]:
    """Return the padding (before, after) that keeps the size at stride 1.

    The total is d(k − 1). An odd total has no equal halves: the extra pixel goes after,
    that is to the right and below, as in PyTorch.

    Parameters
    ----------
    kernel_size, dilation : int or (height, width)

    Returns
    -------
    (int, int) or ((top, bottom), (left, right))
        The second form for a pair `kernel_size`; `cnnbook.pad` takes it as it is.

    Raises
    ------
    ValueError, TypeError
        For a size below 1 or anything but integers.

    Examples
    --------
    >>> same_padding(3), same_padding(4), same_padding(3, dilation=2)
    ((1, 1), (1, 2), (2, 2))
    """
    k = pair("same_padding", "kernel_size", kernel_size, 1)
    d = pair("same_padding", "dilation", dilation, 1)
    one_axis = one_axis_only("same_padding", kernel_size, dilation=dilation)
    split = [halves(kernel_extent(k[i], d[i]) - 1) for i in (0, 1)]
    return split[0] if one_axis else (split[0], split[1])


@overload
def conv_output_size(
    size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
) -> int: ...
@overload
def conv_output_size(
    size: Pair,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
) -> Pair: ...
def conv_output_size(
    size: int | Pair,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
) -> int | Pair:
    """Return how many times a window fits: the output size of a convolution or a pooling.

    o = ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1 along each axis. The division need not come out
    even: the floor drops what is left over (see `unused_pixels`).

    Parameters
    ----------
    size : int or (height, width)
        Pixels of the input.
    kernel_size, stride, dilation : int or (height, width)
    padding : int, (height, width), "same" or "valid"
        Pixels added on each side. "same" keeps the size and needs stride 1.

    Returns
    -------
    int or (height, width)
        A pair for a pair `size`.

    Raises
    ------
    ValueError
        If the window does not fit into the padded input, "same" meets a stride, or a number
        is negative (padding) or below 1 (the others).
    TypeError
        For anything but integers.

    Examples
    --------
    >>> conv_output_size(7, 3, stride=2)
    3
    >>> conv_output_size((50, 100), (3, 5), stride=(2, 1), padding=(4, 2), dilation=(3, 1))
    (26, 100)
    """
    name = "conv_output_size"
    one_axis = one_axis_only(
        name, size, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
    )
    out = windows_of(name, size, kernel_size, stride, padding, dilation).out
    return out[0] if one_axis else out


@overload
def conv_transpose_output_size(
    size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    output_padding: int = 0,
) -> int: ...
@overload
def conv_transpose_output_size(
    size: Pair,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    output_padding: Size = 0,
) -> Pair: ...
def conv_transpose_output_size(
    size: int | Pair,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    output_padding: Size = 0,
) -> int | Pair:
    """Return the output size of a transposed convolution.

    o = s(n − 1) + d(k − 1) + 1 − 2p + output_padding along each axis: the size a convolution
    with the same arguments maps back to n. Several sizes do when s > 1, and `output_padding`
    chooses among them.

    Parameters
    ----------
    size, kernel_size, stride, padding, dilation, output_padding : int or (height, width)

    Returns
    -------
    int or (height, width)
        A pair for a pair `size`.

    Raises
    ------
    ValueError
        If nothing is left of the output, or `output_padding` is as large as both stride and
        dilation, or a number is too small.
    TypeError
        For anything but integers.

    Examples
    --------
    >>> conv_transpose_output_size(2, 3, stride=2)
    5
    >>> conv_transpose_output_size(2, 3, stride=2, output_padding=1)
    6
    >>> conv_output_size(5, 3, stride=2), conv_output_size(6, 3, stride=2)
    (2, 2)
    """
    name = "conv_transpose_output_size"
    one_axis = one_axis_only(
        name,
        size,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        output_padding=output_padding,
    )
    n = pair(name, "size", size, 1)
    k = pair(name, "kernel_size", kernel_size, 1)
    s = pair(name, "stride", stride, 1)
    p = pair(name, "padding", padding, 0)
    d = pair(name, "dilation", dilation, 1)
    extra = pair(name, "output_padding", output_padding, 0)
    out = [stretched(name, n[i], k[i], s[i], p[i], d[i], extra[i]) for i in (0, 1)]
    return out[0] if one_axis else (out[0], out[1])


@overload
def unused_pixels(
    size: int, kernel_size: int, stride: int = 1, padding: int | str = 0, dilation: int = 1
) -> tuple[int, ...]: ...
@overload
def unused_pixels(
    size: Pair,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
) -> tuple[tuple[int, ...], tuple[int, ...]]: ...
def unused_pixels(
    size: int | Pair,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
) -> tuple[int, ...] | tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the indices of the input pixels that no window reads.

    Rows or columns at the end are dropped when the stride does not come out even; a stride
    larger than the kernel, or a dilation, can skip pixels inside too. Padding is not counted:
    often it is only padding that goes unread.

    Parameters
    ----------
    size, kernel_size, stride, padding, dilation
        As in `conv_output_size`.

    Returns
    -------
    tuple of int, or a pair of them (unread rows, unread columns)
        Indices along the unpadded axis; the pair for a pair `size`.

    Raises
    ------
    ValueError, TypeError
        As `conv_output_size`.

    Examples
    --------
    >>> unused_pixels(7, 3, stride=3)
    (6,)
    >>> unused_pixels(7, 1, stride=3)
    (1, 2, 4, 5)
    >>> unused_pixels(224, 7, stride=2, padding=3)
    ()
    """
    name = "unused_pixels"
    one_axis = one_axis_only(
        name, size, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
    )
    n, k, s, d, sides, out = windows_of(name, size, kernel_size, stride, padding, dilation)
    unread = []
    for i in (0, 1):
        read = {o * s[i] + tap * d[i] - sides[i][0] for o in range(out[i]) for tap in range(k[i])}
        unread.append(tuple(pixel for pixel in range(n[i]) if pixel not in read))
    return unread[0] if one_axis else (unread[0], unread[1])


def receptive_field(layers: Sequence[tuple[int, ...]]) -> int:
    """Return how many input pixels, along one axis, one output of a stack of layers sees.

    Each layer adds d(k − 1) steps of the current jump, and its stride multiplies the jump:
    r += d(k − 1)·j, then j ×= s, from r = j = 1.

    Parameters
    ----------
    layers : sequence of (kernel_size,), (kernel_size, stride) or (kernel_size, stride, dilation)
        Convolutions and poolings, from the input up. No layer at all sees one pixel.

    Returns
    -------
    int

    Raises
    ------
    ValueError, TypeError
        For a layer that is not one to three integers of at least 1.

    Examples
    --------
    LeNet up to its second pooling: convolution 5, pooling 2, convolution 5, pooling 2.

    >>> receptive_field([(5, 1), (2, 2), (5, 1), (2, 2)])
    16
    """
    if not isinstance(layers, Iterable):
        raise TypeError(
            f"receptive_field: layers is {shown(layers)}; expected a list of layers, each "
            "(kernel_size, stride, dilation), the last two optional"
        )
    field, jump = 1, 1
    for position, layer in enumerate(layers):
        if not isinstance(layer, tuple | list) or not 1 <= len(layer) <= 3:
            raise ValueError(
                f"receptive_field: layers[{position}] is {shown(layer)}; "
                "expected (kernel_size, stride, dilation), the last two optional"
            )
        numbers = [integer("receptive_field", f"layers[{position}]", v, 1) for v in layer]
        kernel_size, stride, dilation = numbers + [1] * (3 - len(numbers))
        field += dilation * (kernel_size - 1) * jump
        jump *= stride
    return field


class ConvCost(NamedTuple):
    """What one convolution costs for one image (see `conv2d_cost`)."""

    parameters: int
    macs: int
    activations: int
    bytes: int


def conv2d_cost(
    size: int | Pair,
    in_channels: int,
    out_channels: int,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    bias: bool = True,
    itemsize: int = 4,
) -> ConvCost:
    """Count the parameters, multiply–accumulates, activations and bytes of one convolution.

    Parameters
    ----------
    size : int or (height, width)
        Pixels of the input; an int is a square.
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation
        As in `conv_output_size`.
    groups : int
        Must divide both channel counts.
    bias : bool
        Whether each output channel has one more parameter. Its addition is not a MAC.
    itemsize : int
        Bytes of a number: 4 for float32, 8 for float64.

    Returns
    -------
    ConvCost
        `parameters`; `macs`, the multiply–accumulates of one image; `activations`, the numbers
        of its output; `bytes`, what parameters and activations occupy together.

    Raises
    ------
    ValueError, TypeError
        As `conv_output_size`, and if `groups` does not divide the channels.

    Examples
    --------
    AlexNet's first layer:

    >>> conv2d_cost(227, 3, 96, 11, stride=4)
    ConvCost(parameters=34944, macs=105415200, activations=290400, bytes=1301376)
    """
    name = "conv2d_cost"
    _, k, _, _, _, out = windows_of(name, size, kernel_size, stride, padding, dilation)
    c_in = integer(name, "in_channels", in_channels, 1)
    c_out = integer(name, "out_channels", out_channels, 1)
    g = integer(name, "groups", groups, 1)
    width = integer(name, "itemsize", itemsize, 1)
    check_flag(name, "bias", bias)
    for channels, argument in ((c_in, "in_channels"), (c_out, "out_channels")):
        if channels % g:
            raise ValueError(
                f"{name}: groups is {g}; expected a divisor of {argument}, which is {channels}"
            )
    weights = c_out * (c_in // g) * k[0] * k[1]
    parameters = weights + (c_out if bias else 0)
    pixels = out[0] * out[1]
    activations = c_out * pixels
    in_bytes = width * (parameters + activations)
    return ConvCost(parameters, weights * pixels, activations, in_bytes)
