"""The argument checks that all forms of convolution share."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

from cnnbook.arguments.checks import (
    Array,
    check_array,
    check_countable,
    check_flag,
    check_grad_output,
    check_same_dtype,
    choice,
    integer,
    pair,
    single,
)
from cnnbook.arguments.padding import Sides, check_padding_fits
from cnnbook.arguments.sizes import Pair, resolve_padding, stretched, windows_that_fit

PaddingMode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
LAYOUTS = {
    1: ("(N, C, L) or (C, L)", "(C_out, C/groups, K)"),
    2: ("(N, C, H, W) or (C, H, W)", "(C_out, C/groups, K_H, K_W)"),
}


class Arguments(NamedTuple):
    """A convolution's arguments, checked and spelt out."""

    kernel_size: Pair
    stride: Pair
    sides: Sides  # padding as ((top, bottom), (left, right))
    dilation: Pair
    groups: int
    pad_mode: str  # in the words of `cnnbook.pad`
    out: Pair  # (H_out, W_out)


def check_convolution(
    function: str,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
    padding_mode: Any,
    axes: int = 2,
) -> Arguments:
    """Refuse what torch refuses; return the arguments spelt out.

    A 1-D convolution (`axes` 1) comes back as the 2-D one on an image of height 1.
    """
    c_in = check_input_and_weight(function, x, weight, bias, axes)
    g = integer(function, "groups", groups, 1)
    c_out, c_per_group = weight.shape[:2]
    if c_in % g:
        raise ValueError(
            f"{function}: groups is {g} and x has {c_in} channels; expected groups that divide them"
        )
    if c_in != c_per_group * g:
        raise ValueError(
            f"{function}: weight has {c_per_group} input channels per group, but x has {c_in} "
            f"channels and groups={g}; expected weight of shape (C_out, {c_in // g}, ...), "
            f"got {weight.shape}{_misplaced(x, c_per_group * g, axes)}"
        )
    if c_out % g:
        raise ValueError(
            f"{function}: groups is {g} and weight has {c_out} output channels; "
            "expected groups that divide them"
        )
    check_bias(function, bias, c_out)
    k = as_2d(weight.shape[2:], 1)
    s = numbers(function, "stride", stride, 1, axes, 1)
    d = numbers(function, "dilation", dilation, 1, axes, 1)
    if isinstance(padding, str):
        sides = resolve_padding(function, padding, k, s, d)
    else:
        sides = resolve_padding(
            function, numbers(function, "padding", padding, 0, axes, 0), k, s, d
        )
    mode = choice(function, "padding_mode", padding_mode, PADDING_MODES)
    mode = "constant" if mode == "zeros" else mode
    check_padding_fits(function, x[..., None, :] if axes == 1 else x, sides, mode)
    size = as_2d(x.shape[-axes:], 1)
    out = [windows_that_fit(function, size[i], k[i], s[i], sum(sides[i]), d[i]) for i in (0, 1)]
    return Arguments(k, s, sides, d, g, mode, (out[0], out[1]))


def check_convolution_backward(
    function: str,
    grad_output: Any,
    x: Any,
    weight: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
    padding_mode: Any,
    need_input_grad: Any = True,
    axes: int = 2,
) -> Arguments:
    """Check a backward pass: the forward's arguments, then the gradient of its answer."""
    a = check_convolution(
        function, x, weight, None, stride, padding, dilation, groups, padding_mode, axes
    )
    check_flag(function, "need_input_grad", need_input_grad)
    shape = (*x.shape[: -axes - 1], len(weight), *a.out[2 - axes :])
    check_grad_output(function, grad_output, shape, x=x)
    return a


def check_transposed(
    function: str,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: Any,
    dilation: Any,
) -> Arguments:
    """Refuse what torch refuses of a transposed convolution; return its arguments."""
    c_in = check_input_and_weight(function, x, weight, bias, 2, transposed=True)
    g = integer(function, "groups", groups, 1)
    if c_in != len(weight):
        raise ValueError(
            f"{function}: weight has {len(weight)} input channels, but x has {c_in}; expected "
            f"weight of shape ({c_in}, C_out/groups, K_H, K_W), got {weight.shape}"
            + _misplaced(x, len(weight), 2)
        )
    if c_in % g:
        raise ValueError(
            f"{function}: groups is {g} and x has {c_in} channels; expected groups that divide them"
        )
    check_bias(function, bias, weight.shape[1] * g)
    k = as_2d(weight.shape[2:], 1)
    s = pair(function, "stride", stride, 1)
    p = pair(function, "padding", padding, 0)
    extra = pair(function, "output_padding", output_padding, 0)
    d = pair(function, "dilation", dilation, 1)
    size = x.shape[-2:]
    out = [stretched(function, size[i], k[i], s[i], p[i], d[i], extra[i]) for i in (0, 1)]
    whole = [n + 2 * border for n, border in zip(out, p, strict=True)]  # before padding is cut off
    check_countable(function, "the output", (*x.shape[:-3], weight.shape[1] * g, *whole))
    return Arguments(k, s, ((p[0], p[0]), (p[1], p[1])), d, g, "constant", (out[0], out[1]))


def check_input_and_weight(
    function: str, x: Any, weight: Any, bias: Any, axes: int, transposed: bool = False
) -> int:
    """Check kinds, dtypes and numbers of axes; return the channels of `x`."""
    x_layout, weight_layout = LAYOUTS[axes]
    if transposed:
        weight_layout = "(C, C_out/groups, K_H, K_W)"
    check_array(function, "x", x, (axes + 2, axes + 1), layout=x_layout)
    check_array(function, "weight", weight, (axes + 2,), layout=weight_layout)
    if bias is not None:
        check_array(function, "bias", bias, (1,), layout="(C_out,)")
    check_same_dtype(function, x=x, weight=weight, bias=bias)
    if 0 in x.shape[-axes:]:
        raise ValueError(
            f"{function}: x has shape {x.shape}; expected at least one pixel along each axis "
            f"of the image (only the batch may be empty)"
        )
    if 0 in weight.shape[2:] or 0 in weight.shape[: 1 + transposed]:
        raise ValueError(f"{function}: weight has shape {weight.shape}; expected no axis of size 0")
    return int(x.shape[-axes - 1])


def _misplaced(x: Array, channels: int, axes: int) -> str:
    """Return what may be amiss with the axes of `x`, if these are the channels it should have."""
    if x.ndim == axes + 1 and channels == 1:
        return (
            f"; x was taken for one image of {len(x)} channels; if these are {len(x)} images of "
            "one channel, use x[:, np.newaxis]"
        )
    if x.shape[-1] == channels != x.shape[-2]:  # a square map may have as many columns by chance
        return f"; if the channels of x stand last, use np.moveaxis(x, -1, {-axes - 1})"
    return ""


def check_bias(function: str, bias: Array | None, c_out: int) -> None:
    """Refuse a bias that is not one number per output channel."""
    if bias is not None and bias.shape != (c_out,):
        raise ValueError(
            f"{function}: bias has shape {bias.shape}; expected ({c_out},), "
            "one number per output channel"
        )


def numbers(function: str, name: str, value: Any, minimum: int, axes: int, other: int) -> Pair:
    """Return a pair; for one axis, `other` stands for the height that is not there."""
    if axes == 1:
        return other, single(function, name, value, minimum)
    return pair(function, name, value, minimum)


def as_2d(shape: tuple[int, ...], other: int) -> Pair:
    """Return the last two of `other` followed by `shape`."""
    height, width = (other, *shape)[-2:]
    return height, width
