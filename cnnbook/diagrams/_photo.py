"""The diagram of a picture and a kernel: the window's numbers, their sum, the filtered picture."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbook import kernels
from cnnbook.arguments.checks import as_array, integer
from cnnbook.convolution import conv2d
from cnnbook.diagrams._photo_pictures import Picture, Pixels, address, pictures
from cnnbook.diagrams.base import Diagram, Table
from cnnbook.diagrams.values import (
    MAX_KERNEL_SIDE,
    Array,
    array,
    number,
    shown,
    size,
    steps,
    times,
)
from cnnbook.shapes import same_padding
from cnnbook.words import say

NAME = "diagrams.photo"
MAX_SIDE = 512


def photo(
    image: Any = None,
    kernel: Any = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] | str = 0,
    colour: bool = False,
    at: tuple[int, int] | None = None,
) -> Diagram:
    """Move a kernel over a photograph, the reader's own too: the sum of one place, and all sums.

    Parameters
    ----------
    image : str or array_like of shape (H, W) or (3, H, W), optional
        "roof", "flower", "shapes" or "paper"; "roof" if not given. Or whole numbers from 0 to 255,
        or fractions from 0 (black) to 1 (white), at most 512 on a side.
    kernel : array_like of shape (K_H, K_W), optional
        At most 7×7 numbers; Sobel's edges in y if not given.
    stride, padding
        As in `cnnbook.conv2d`, at most 8 each.
    colour : bool
        Whether red, green and blue are filtered, each by itself, or the brightness.
    at : (row, column), optional
        The pixel under the middle of the window.

    Returns
    -------
    Diagram

    Raises
    ------
    ValueError, TypeError
        As `cnnbook.conv2d`, and for what a diagram cannot show.

    Examples
    --------
    >>> photo([[10, 20, 30], [40, 50, 60], [70, 80, 90]], at=(1, 1))
    A 3×3 picture, kernel 3×3, stride 1, padding 0: output 1×1.
    pixels at row 1, column 1:
      10  20  30
      40  50  60
      70  80  90
    kernel:
      −1  −2  −1
       0   0   0
       1   2   1
    products:
      −10  −40  −30
        0    0    0
       70  160   90
    sum of the products:
      240
    """
    known = pictures()
    if not isinstance(colour, bool):
        raise TypeError(f"{NAME}: colour is {colour!r}; expected True or False")
    if image is None or isinstance(image, str):
        chosen = _named("roof" if image is None else image, known)
    else:
        pixels = _pixels(image)
        middle = (pixels.shape[1] // 2, pixels.shape[2] // 2)
        chosen = Picture("given", say("this page's picture"), pixels, "", middle)
        known = [chosen, *known]
    given = kernels.sobel_y() if kernel is None else kernel
    limits = (MAX_KERNEL_SIDE, MAX_KERNEL_SIDE)
    weights, kernel_plain = array(NAME, "kernel", given, "K_H, K_W", limits)
    strides, paddings, _ = steps(NAME, stride, padding, 1)
    place = _place(chosen.at if at is None else at)
    planes = planes_of(chosen.pixels, colour)
    sums = conv2d(planes[:, None], weights[None, None], None, strides, paddings)[:, 0]
    before = _before(weights, paddings)
    row, column = (
        min(max((2 * (p + b - (k - 1) // 2) + s) // (2 * s), 0), n - 1)
        for p, b, k, s, n in zip(place, before, weights.shape, strides, sums.shape[1:], strict=True)
    )
    state = {
        "pictures": [
            {
                "key": one.key,
                "name": one.name,
                "credit": one.credit,
                "size": one.pixels.shape[1:],
                "at": one.at,
                "address": address(_smallest(one.pixels)),
            }
            for one in known
        ],
        "kernels": _kernels(),
        "picture": chosen.key,
        "kernel": kernel_plain,
        "stride": strides,
        "padding": paddings,
        "colour": colour,
        "channel": 0,
        "display": "fitting",
        "at": place,
    }
    window = _window(planes[0], weights, before, (row * strides[0], column * strides[1]))
    where = {"row": place[0], "column": place[1]}
    pixels_caption = (
        say("red pixels at row {row}, column {column}", **where)
        if colour
        else say("pixels at row {row}, column {column}", **where)
    )
    tables = [
        Table(pixels_caption, shown(window)),
        Table(say("kernel"), shown(weights)),
        Table(say("products"), shown(window * weights)),
        Table(say("sum of the products"), [[number(float(sums[0, row, column]))]]),
    ]
    return Diagram("photo", state, _summary(chosen, weights, strides, paddings, sums), tables)


def planes_of(pixels: Pixels, colour: bool) -> Array:
    """Return red, green and blue, or the brightness as whole numbers, (3 or 1, H, W)."""
    if colour:
        return pixels.astype(np.float64)
    # ITU-R BT.601, in whole numbers, so that everyone rounds alike.
    red, green, blue = pixels.astype(np.int64)
    return ((299 * red + 587 * green + 114 * blue + 500) // 1000)[None].astype(np.float64)


def _named(name: str, known: list[Picture]) -> Picture:
    found = {picture.key: picture for picture in known}
    if name not in found:
        names = ", ".join(map(repr, found))
        raise ValueError(f"{NAME}: image is {name!r}; expected an array or one of {names}")
    return found[name]


def _pixels(image: Any) -> Pixels:
    """Return an image of the reader as (3, H, W) numbers from 0 to 255."""
    axes = getattr(image, "ndim", None) or _depth(image)
    limits = (3, MAX_SIDE, MAX_SIDE) if axes == 3 else (MAX_SIDE, MAX_SIDE)
    values, _ = array(NAME, "image", image, "3, H, W" if axes == 3 else "H, W", limits)
    if values.ndim == 3 and len(values) != 3:
        raise ValueError(
            f"{NAME}: image has shape {values.shape}; expected (H, W), or (3, H, W) with red, "
            "green and blue first"
        )
    fractions = as_array(image).dtype.kind == "f"
    most = 1 if fractions else 255
    if values.min() < 0 or values.max() > most:
        raise ValueError(
            f"{NAME}: image goes from {number(values.min())} to {number(values.max())}; expected "
            "whole numbers from 0 to 255, or fractions from 0 to 1"
        )
    whole = np.floor(values * (255 if fractions else 1) + 0.5).astype(np.uint8)
    return whole if whole.ndim == 3 else np.repeat(whole[None], 3, axis=0)


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list | tuple) and value else 0


def _smallest(pixels: Pixels) -> Pixels:
    """Return one channel of a grey picture, which needs no more."""
    return pixels[:1] if (pixels == pixels[0]).all() else pixels


def _place(at: Any) -> tuple[int, int]:
    if not isinstance(at, tuple | list) or len(at) != 2:
        raise ValueError(f"{NAME}: at is {at!r}; expected (row, column)")
    row, column = (integer(NAME, "at", value, -MAX_SIDE) for value in at)
    if max(row, column) > 2 * MAX_SIDE:
        raise ValueError(f"{NAME}: at is {at!r}; expected at most {2 * MAX_SIDE} each")
    return row, column


def _before(weights: Array, padding: tuple[int, int] | str) -> tuple[int, int]:
    """Return the padding above and on the left."""
    if isinstance(padding, str):
        (above, _), (left, _) = same_padding((weights.shape[0], weights.shape[1]))
        return above, left
    return padding


def _window(
    plane: Array, weights: Array, before: tuple[int, int], place: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the pixels under the kernel at a place of the padded picture; 0 outside."""
    window = np.zeros(weights.shape)
    for (u, v), _ in np.ndenumerate(weights):
        r, c = place[0] + u - before[0], place[1] + v - before[1]
        if 0 <= r < plane.shape[0] and 0 <= c < plane.shape[1]:
            window[u, v] = plane[r, c]
    return window


def _summary(
    chosen: Picture,
    weights: Array,
    stride: tuple[int, int],
    padding: tuple[int, int] | str,
    sums: Array,
) -> str:
    sentence = say(
        "A {picture} picture, kernel {kernel}, stride {stride}, padding {padding}: "
        "output {output}.",
        picture=times(chosen.pixels.shape[1:]),
        kernel=times(weights.shape),
        stride=size(stride),
        padding=padding if isinstance(padding, str) else size(padding),
        output=times(sums.shape[1:]),
    )
    return " ".join(filter(None, [sentence, chosen.credit]))


def _kernels() -> list[dict[str, Any]]:
    """Return what the diagram offers by name: each kernel, and what it does."""
    named: list[tuple[str, Any, str]] = [
        (say("as it is"), kernels.identity(), say("One weight is 1: every pixel stays.")),
        (
            say("blur"),
            np.full((3, 3), 1 / 9),
            say("The mean of nine pixels: differences between neighbours shrink."),
        ),
        (
            say("sharpen"),
            kernels.sharpen(),
            say("The pixel, and its difference from its four neighbours added to it."),
        ),
        (
            say("edges in x"),
            kernels.sobel_x(),
            say("Right minus left: the sum is far from 0 where the picture changes sideways."),
        ),
        (
            say("edges in y"),
            kernels.sobel_y(),
            say("Below minus above: the sum is far from 0 where the picture changes downwards."),
        ),
        (
            say("emboss"),
            [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
            say("Lower right minus upper left, added to the pixel: it looks like a relief."),
        ),
        (
            say("learnt"),
            _learnt(),
            say(
                "Nobody typed it: a small network learnt it from 1,347 handwritten digits "
                "(kernel {number} of cnnbook.nets.TinyCNN's first layer).",
                number=LEARNT,
            ),
        ),
    ]
    limits = (MAX_KERNEL_SIDE, MAX_KERNEL_SIDE)
    return [
        {"name": name, "kernel": array(NAME, name, kernel, "H, W", limits)[1], "note": note}
        for name, kernel, note in named
    ]


#: Which of the eight kernels is shown: the one most like an edge filter.
LEARNT = 2


def _learnt() -> Any:
    file = resources.files("cnnbook") / "nets" / "weights" / "tiny_digits.json"
    state = json.loads(file.read_text(encoding="utf-8"))["state_dict"]
    return state["conv1.weight"][LEARNT][0]
