"""Padding, sliding windows, and their adjoints.

A convolution looks at an image through windows. `pad` widens the image, `sliding_windows`
shows every window without copying, `im2col` copies each into a column of a matrix. What goes
forward through such a rearrangement comes back through its adjoint (`pad_backward`,
`col2im`): a pixel that was read several times receives the sum.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from cnnbook._checks import Array, Size, check_array, check_same_dtype, choice, integer, pair
from cnnbook.shapes import Pair, resolve_padding, windows_that_fit

PadMode: TypeAlias = Literal["constant", "reflect", "replicate", "circular"]
Sides: TypeAlias = tuple[Pair, Pair]

PAD_MODES = ("constant", "reflect", "replicate", "circular")
LAYOUT = "(N, C, H, W) or (C, H, W)"


def pad(
    x: Array,
    padding: Size | tuple[Pair, Pair],
    mode: PadMode = "constant",
    value: float = 0.0,
) -> Array:
    """Widen the last two axes of an array.

    Parameters
    ----------
    x : array of shape (..., H, W)
        Two to four axes; float32, float64 or int64.
    padding : int, (height, width) or ((top, bottom), (left, right))
        Pixels added: everywhere, per axis on both sides, or per side.
    mode : {"constant", "reflect", "replicate", "circular"}
        What the new pixels hold: `value`; the image mirrored without repeating its edge
        (c b | a b c | b a); its edge repeated (a a | a b c | c c); its other end
        (b c | a b c | a b).
    value : float
        For "constant" only.

    Returns
    -------
    array of shape (..., top + H + bottom, left + W + right)
        A new array of the dtype of `x`.

    Raises
    ------
    ValueError
        For a negative padding, an unknown mode, a reflected padding that is not smaller than
        the axis, a circular one that is larger, or an axis without pixels to take from.
    TypeError
        For anything but an array of those dtypes, or a `value` that int64 cannot hold.

    Examples
    --------
    >>> pad(np.array([[1, 2, 3]]), ((0, 0), (2, 2)), mode="reflect")
    array([[3, 2, 1, 2, 3, 2, 1]])
    """
    check_array("pad", "x", x, (2, 3, 4), layout="(..., H, W)")
    sides = _sides("pad", padding)
    choice("pad", "mode", mode, PAD_MODES)
    check_padding_fits("pad", x, sides, mode)
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(
            f"pad: value is {value!r} of type {type(value).__name__}; expected a number"
        )
    if x.dtype == np.int64 and not float(value).is_integer():
        raise TypeError(f"pad: value is {value!r} and x is int64; expected an integer")
    padded = widened(x, sides, mode, value)
    return padded.copy() if padded is x else padded


def pad_backward(
    grad_output: Array, x: Array, padding: Size | tuple[Pair, Pair], mode: PadMode = "constant"
) -> Array:
    """Return the gradient of `pad`: every new pixel gives its share back to its source.

    Parameters
    ----------
    grad_output : array of the shape of ``pad(x, padding, mode)``
    x : array
        The input of `pad`; only its shape is used.
    padding, mode
        As in `pad`.

    Returns
    -------
    array of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        As `pad`, and for a `grad_output` of another shape or dtype.

    Examples
    --------
    >>> pad_backward(np.ones((1, 5)), np.zeros((1, 3)), ((0, 0), (1, 1)), mode="replicate")
    array([[2., 1., 2.]])
    """
    name = "pad_backward"
    check_array(name, "x", x, (2, 3, 4), layout="(..., H, W)")
    sides = _sides(name, padding)
    choice(name, "mode", mode, PAD_MODES)
    check_padding_fits(name, x, sides, mode)
    (top, bottom), (left, right) = sides
    *lead, height, width = x.shape
    check_grad_output(name, grad_output, x, (*lead, top + height + bottom, left + width + right))
    return np.array(narrowed(grad_output, sides, mode))


def sliding_windows(x: Array, kernel_size: Size, stride: Size = 1, dilation: Size = 1) -> Array:
    """Show every window of the last two axes: a read-only view, nothing is copied.

    Parameters
    ----------
    x : array of shape (..., H, W)
        Already padded, if it is to be.
    kernel_size, stride, dilation : int or (height, width)

    Returns
    -------
    array of shape (..., H_out, W_out, K_H, K_W)
        ``view[..., i, j, :, :]`` is the window of output (i, j).

    Raises
    ------
    ValueError
        If the window does not fit, or a number is below 1.
    TypeError
        For anything but an array and integers.

    Examples
    --------
    >>> view = sliding_windows(np.arange(9).reshape(3, 3), 2)
    >>> view.shape
    (2, 2, 2, 2)
    >>> view[1, 0]
    array([[3, 4],
           [6, 7]])
    """
    name = "sliding_windows"
    check_array(name, "x", x, (2, 3, 4), layout="(..., H, W)")
    k = pair(name, "kernel_size", kernel_size, 1)
    s = pair(name, "stride", stride, 1)
    d = pair(name, "dilation", dilation, 1)
    out = tuple(windows_that_fit(name, x.shape[i - 2], k[i], s[i], 0, d[i]) for i in (0, 1))
    return window_view(x, k, s, d, (out[0], out[1]))


def im2col(
    x: Array,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
) -> Array:
    """Copy every window into a column, so that a convolution becomes a matrix product.

    Each pixel is copied once per window that reads it: the matrix holds up to K_H·K_W times
    the numbers of `x`. It is what `torch.nn.functional.unfold` returns (whose arguments
    stand in another order).

    Parameters
    ----------
    x : array of shape (N, C, H, W) or (C, H, W)
    kernel_size, stride, padding, dilation
        As in `cnnbook.conv2d`.

    Returns
    -------
    array of shape (N, C·K_H·K_W, H_out·W_out), without N for an unbatched `x`
        Rows in the order of ``weight.reshape(C_out, -1)``, columns row by row of the output.

    Raises
    ------
    ValueError, TypeError
        As `cnnbook.conv2d`.

    Examples
    --------
    >>> im2col(np.arange(9).reshape(1, 3, 3), 2)
    array([[0, 1, 3, 4],
           [1, 2, 4, 5],
           [3, 4, 6, 7],
           [4, 5, 7, 8]])
    """
    k, s, sides, d, out = _window_arguments("im2col", x, kernel_size, stride, padding, dilation)
    view = window_view(widened(x, sides), k, s, d, out)  # (..., C, H_out, W_out, K_H, K_W)
    taps_first = np.moveaxis(view, (-2, -1), (-4, -3))
    return taps_first.reshape(*x.shape[:-3], x.shape[-3] * k[0] * k[1], out[0] * out[1])


def col2im(
    columns: Array,
    size: Pair,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
) -> Array:
    """Add every column back onto the pixels it was copied from: the adjoint of `im2col`.

    Not its inverse: a pixel that k windows read receives the sum of k numbers. It is what
    `torch.nn.functional.fold` returns.

    Parameters
    ----------
    columns : array of shape (N, C·K_H·K_W, H_out·W_out) or without N
    size : int or (height, width)
        Of the image to return.
    kernel_size, stride, padding, dilation
        As in `im2col`.

    Returns
    -------
    array of shape (N, C, H, W) or (C, H, W)

    Raises
    ------
    ValueError
        If `columns` is not of the shape `im2col` gives for an image of that size.
    TypeError
        For anything but an array and integers.

    Examples
    --------
    How often each pixel of a 3×3 image is read by a 2×2 kernel:

    >>> col2im(im2col(np.ones((1, 3, 3)), 2), (3, 3), 2)
    array([[[1., 2., 1.],
            [2., 4., 2.],
            [1., 2., 1.]]])
    """
    name = "col2im"
    check_array(name, "columns", columns, (3, 2), layout="(N, C·K_H·K_W, H_out·W_out)")
    n = pair(name, "size", size, 1)
    k = pair(name, "kernel_size", kernel_size, 1)
    *lead, rows, positions = columns.shape
    image = np.zeros((*lead, rows // (k[0] * k[1]), *n), columns.dtype)
    k, s, sides, d, out = _window_arguments(name, image, k, stride, padding, dilation)
    if rows % (k[0] * k[1]) or positions != out[0] * out[1]:
        raise ValueError(
            f"{name}: columns has shape {columns.shape}; expected a multiple of {k[0] * k[1]} "
            f"rows and {out[0]}·{out[1]} columns for size {n}"
        )
    taps = columns.reshape(*image.shape[:-2], *k, *out)
    return np.ascontiguousarray(narrowed(add_windows(widened(image, sides), taps, s, d), sides))


# What the operations of the package share. ------------------------------------------------


def widened(x: Array, sides: Sides, mode: str = "constant", value: float = 0) -> Array:
    """Pad without checks; the same array when there is nothing to add."""
    (top, bottom), (left, right) = sides
    if not (top or bottom or left or right):
        return x
    height, width = x.shape[-2:]
    if mode != "constant":
        rows = source_pixels(height, top, bottom, mode)
        columns = source_pixels(width, left, right, mode)
        return np.take(np.take(x, rows, axis=-2), columns, axis=-1)
    shape = (*x.shape[:-2], top + height + bottom, left + width + right)
    out = np.full(shape, value, x.dtype) if value else np.zeros(shape, x.dtype)
    out[..., top : top + height, left : left + width] = x
    return out


def narrowed(grad: Array, sides: Sides, mode: str = "constant") -> Array:
    """Pad's adjoint without checks: cut the border off, and give it back to its source."""
    (top, bottom), (left, right) = sides
    height = grad.shape[-2] - top - bottom
    width = grad.shape[-1] - left - right
    inside = grad[..., top : top + height, left : left + width]
    if mode == "constant" or not (top or bottom or left or right):
        return inside
    # One axis after the other, as pixels in the corners were copied twice.
    rows = grad[..., top : top + height, :].copy()
    for i, source in _border(height, top, bottom, mode):
        rows[..., source, :] += grad[..., i, :]
    out = rows[..., left : left + width].copy()
    for j, source in _border(width, left, right, mode):
        out[..., source] += rows[..., j]
    return out


def source_pixels(size: int, before: int, after: int, mode: str) -> npt.NDArray[np.integer[Any]]:
    """Return, for each pixel of a padded axis, the pixel of the axis it is copied from."""
    positions = np.arange(-before, size + after)
    if mode == "circular":
        return positions % size
    if mode == "replicate":
        return np.clip(positions, 0, size - 1)
    # Reflect: 0 and size − 1 are the mirrors.
    folded: npt.NDArray[np.integer[Any]] = np.abs((size - 1) - np.abs(positions))
    return (size - 1) - folded


def window_view(x: Array, kernel_size: Pair, stride: Pair, dilation: Pair, out: Pair) -> Array:
    """View (..., H, W) as (..., H_out, W_out, K_H, K_W) without checks."""
    row, pixel = x.strides[-2:]
    return np.lib.stride_tricks.as_strided(
        x,
        shape=(*x.shape[:-2], *out, *kernel_size),
        strides=(
            *x.strides[:-2],
            *(row * stride[0], pixel * stride[1]),  # from one window to the next
            *(row * dilation[0], pixel * dilation[1]),  # from one tap to the next
        ),
        writeable=False,
    )


def add_windows(image: Array, taps: Array, stride: Pair, dilation: Pair) -> Array:
    """Add taps (..., K_H, K_W, H_out, W_out) onto `image`, in place.

    First the kernel's rows, then its columns: K_H + K_W additions of slices, not K_H·K_W.
    """
    k_h, k_w, h_out, w_out = taps.shape[-4:]
    low = np.zeros((*image.shape[:-2], k_w, image.shape[-2], w_out), image.dtype)
    for u in range(k_h):
        low[..., tap_slice(u, h_out, stride[0], dilation[0]), :] += taps[..., u, :, :, :]
    for v in range(k_w):
        image[..., tap_slice(v, w_out, stride[1], dilation[1])] += low[..., v, :, :]
    return image


def tap_slice(tap: int, out: int, stride: int, dilation: int) -> slice:
    """Return the pixels that one tap of the kernel reads along an axis, one per output."""
    start = tap * dilation
    return slice(start, start + (out - 1) * stride + 1, stride)


def check_padding_fits(function: str, x: Array, sides: Sides, mode: str) -> None:
    """Refuse a padding that the mode cannot fill from the pixels there are."""
    for axis, size, added in (("height", x.shape[-2], sides[0]), ("width", x.shape[-1], sides[1])):
        if mode == "constant" or not any(added):
            continue
        most = {"reflect": size - 1, "circular": size, "replicate": max(added) if size else -1}
        if max(added) > most[mode]:
            limit = f"at most {most[mode]}" if size else "an axis with pixels"
            raise ValueError(
                f"{function}: padding is {max(added)} and x has {axis} {size}; "
                f"expected {limit} for mode {mode!r}"
            )


def check_grad_output(function: str, grad_output: Array, x: Array, shape: tuple[int, ...]) -> None:
    """Refuse a gradient that is not of the shape and dtype of the forward's answer."""
    check_array(function, "grad_output", grad_output)
    check_same_dtype(function, grad_output=grad_output, x=x)
    if grad_output.shape != shape:
        raise ValueError(
            f"{function}: grad_output has shape {grad_output.shape}; "
            f"expected the shape of the output, {shape}"
        )


def _sides(function: str, padding: Any) -> Sides:
    """Return pad's argument as ((top, bottom), (left, right))."""
    if isinstance(padding, tuple | list) and any(isinstance(p, tuple | list) for p in padding):
        if len(padding) != 2 or not all(
            isinstance(p, tuple | list) and len(p) == 2 for p in padding
        ):
            raise ValueError(
                f"{function}: padding is {padding!r}; expected an integer, (height, width) "
                "or ((top, bottom), (left, right))"
            )
        (top, bottom), (left, right) = [
            [integer(function, "padding", number, 0) for number in side] for side in padding
        ]
        return (top, bottom), (left, right)
    height, width = pair(function, "padding", padding, 0)
    return (height, height), (width, width)


def _border(size: int, before: int, after: int, mode: str) -> list[tuple[int, int]]:
    """Return (padded pixel, source pixel) for the padding of one axis.

    The source is counted from the axis' own start, the padded pixel from the padding's.
    """
    sources = source_pixels(size, before, after, mode)
    outside = [*range(before), *range(before + size, before + size + after)]
    return [(i, int(sources[i])) for i in outside]


def _window_arguments(
    function: str, x: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[Pair, Pair, Sides, Pair, Pair]:
    check_array(function, "x", x, (4, 3), layout=LAYOUT)
    k = pair(function, "kernel_size", kernel_size, 1)
    s = pair(function, "stride", stride, 1)
    d = pair(function, "dilation", dilation, 1)
    sides = resolve_padding(function, padding, k, s, d)
    out = [
        windows_that_fit(function, x.shape[i - 2], k[i], s[i], sum(sides[i]), d[i]) for i in (0, 1)
    ]
    return k, s, sides, d, (out[0], out[1])
