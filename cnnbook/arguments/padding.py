"""What padding takes: a word for its mode, pixels per side, and what the image can fill."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from cnnbook.arguments.checks import (
    Array,
    check_array,
    check_countable,
    choice,
    integer,
    pair,
    real,
    shown,
)
from cnnbook.arguments.sizes import Pair

PadMode: TypeAlias = Literal["constant", "reflect", "replicate", "circular"]
Sides: TypeAlias = tuple[Pair, Pair]

PAD_MODES = ("constant", "reflect", "replicate", "circular")


def check_pad(function: str, x: Any, padding: Any, mode: Any) -> Sides:
    """Check the arguments of `pad` and of its gradient; return the pixels of each side."""
    check_array(function, "x", x, (2, 3, 4), layout="(..., H, W)")
    sides = check_sides(function, padding)
    choice(function, "mode", mode, PAD_MODES)
    check_padding_fits(function, x, sides, mode)
    return sides


def check_fill(function: str, value: Any, dtype: np.dtype[Any], mode: str) -> int | float:
    """Return the number of new pixels, if the dtype can hold it and the mode asks for it."""
    number = real(function, "value", value)
    if number == 0:
        return 0
    if mode != "constant":
        raise ValueError(
            f"{function}: value is {value!r} and mode {mode!r}; expected no value, "
            "since this mode takes its pixels from the image"
        )
    if dtype == np.int64:
        if not number.is_integer():
            raise TypeError(f"{function}: value is {value!r} and x is int64; expected an integer")
        limits = np.iinfo(dtype)
        if not limits.min <= int(value) <= limits.max:
            raise ValueError(
                f"{function}: value is {value!r} and x is int64; expected −2⁶³ to 2⁶³ − 1"
            )
        return int(value)
    largest = float(np.finfo(dtype).max)
    if largest < abs(number) < np.inf:
        raise ValueError(
            f"{function}: value is {value!r} and x is {dtype.name}; expected a number that it "
            f"can hold, at most {largest:.3g}"
        )
    return number


def check_sides(function: str, padding: Any) -> Sides:
    """Return pad's argument as ((top, bottom), (left, right))."""
    if isinstance(padding, tuple | list) and any(isinstance(p, tuple | list) for p in padding):
        if len(padding) != 2 or not all(
            isinstance(p, tuple | list) and len(p) == 2 for p in padding
        ):
            raise ValueError(
                f"{function}: padding is {shown(padding)}; expected an integer, (height, width) "
                "or ((top, bottom), (left, right))"
            )
        (top, bottom), (left, right) = [
            [integer(function, "padding", number, 0) for number in side] for side in padding
        ]
        return (top, bottom), (left, right)
    height, width = pair(function, "padding", padding, 0)
    return (height, height), (width, width)


def check_padding_fits(function: str, x: Array, sides: Sides, mode: str) -> None:
    """Refuse a padding that the mode cannot fill from the pixels there are."""
    (top, bottom), (left, right) = sides
    *lead, height, width = x.shape
    wide = (*lead, top + height + bottom, left + width + right)
    check_countable(function, "the padded x", wide)
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
