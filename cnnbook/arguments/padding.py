"""What padding takes: a word for its mode, pixels per side, and what the image can fill."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from cnnbook.arguments.checks import Array, integer, pair
from cnnbook.arguments.sizes import Pair

PadMode: TypeAlias = Literal["constant", "reflect", "replicate", "circular"]
Sides: TypeAlias = tuple[Pair, Pair]

PAD_MODES = ("constant", "reflect", "replicate", "circular")


def check_sides(function: str, padding: Any) -> Sides:
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
