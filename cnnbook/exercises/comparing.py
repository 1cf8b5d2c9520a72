"""Compare a reader's value with the expected one, and write values small."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from cnnbook.words import say

#: Room for rounding: float32 sums in another order differ by less.
RTOL, ATOL = 1e-5, 1e-6
#: How deep lists may lie in one another, and how many entries and arrays of one are written.
DEEPEST, MOST_WRITTEN, MOST_ARRAYS = 8, 200, 8


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that is neither numbers nor text: its kind, and how it writes itself."""

    kind: str
    text: str


def plain(value: Any, around: tuple[int, ...] = ()) -> Any:
    """Return a stranger's value made of NumPy's and Python's own types only.

    An object of a class of her own may raise, loop or leave when it is compared or written, and
    a list may contain itself. After this, nothing of hers runs any more. `around` are the
    lists that the value lies in.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # the base class's: a class of hers may have another
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, tuple | list):
        if id(value) in around or len(around) == DEEPEST:
            return Opaque(type(value).__name__, "…")
        items = [plain(item, (*around, id(value))) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    try:
        array = np.asarray(value)
    except Exception:
        return Opaque(type(value).__name__, _written(value))
    if array.dtype.hasobject:
        return Opaque(type(value).__name__, _written(value))
    return array[()] if array.ndim == 0 else array


def _written(value: Any) -> str:
    try:
        return shorten(repr(value))
    except Exception:
        return article(value)


def difference(expected: Any, received: Any, same_dtype: bool = False) -> str:
    """Return what differs, in words; an empty string when nothing does.

    A list counts as an array, an int as a float; a float does not count as an int, nor a
    number as True or False. With same_dtype, arrays must have the expected dtype as well.
    """
    if received is None:
        return say("it returned None: every way through the function needs a `return`")
    if isinstance(expected, tuple | list):
        return _difference_of_items(expected, received, same_dtype)
    if isinstance(expected, np.ndarray | np.generic) and np.ndim(expected) == 0:
        expected = expected.item()
    if isinstance(received, np.ndarray | np.generic) and received.ndim == 0:
        received = received.item()
    if isinstance(expected, str):
        same = isinstance(received, str) and received == expected
        return "" if same else say("the texts differ")
    if isinstance(expected, bool) and not isinstance(received, bool):
        return say("expected True or False, received {given}", given=article(received))
    if isinstance(expected, Integral) and not isinstance(expected, bool):
        if isinstance(received, bool) or not isinstance(received, Integral):
            return say("expected a whole number (int), received {given}", given=article(received))
        return "" if expected == received else say("the numbers differ")
    return _difference_of_arrays(np.asarray(expected), received, same_dtype)


def _difference_of_items(expected: Any, received: Any, same_dtype: bool) -> str:
    if isinstance(received, np.ndarray) and received.ndim > 0:
        received = list(received)
    if not isinstance(received, tuple | list):
        return say(
            "expected {count} values in a tuple, received {given}",
            count=len(expected),
            given=article(received),
        )
    if len(received) != len(expected):
        return say(
            "expected {count} values, received {given}", count=len(expected), given=len(received)
        )
    for index, (wanted, got) in enumerate(zip(expected, received, strict=True)):
        if found := difference(wanted, got, same_dtype):
            return say("item {index}: {text}", index=index, text=found)
    return ""


def _difference_of_arrays(expected: Any, received: Any, same_dtype: bool) -> str:
    array = as_numbers(received)
    if array is None:
        return say("expected an array of numbers, received {given}", given=article(received))
    if array.shape != expected.shape:
        return say(
            "the shapes differ: expected {expected}, received {received}",
            expected=expected.shape,
            received=array.shape,
        )
    if (array.dtype.kind == "b") != (expected.dtype.kind == "b") or (
        same_dtype and array.dtype != expected.dtype
    ):
        return say(
            "the dtypes differ: expected {expected}, received {received}",
            expected=expected.dtype,
            received=array.dtype,
        )
    close = np.isclose(array, expected, rtol=RTOL, atol=ATOL, equal_nan=True)
    if close.all():
        return ""
    if close.ndim == 0:
        return say("the values differ")
    index = tuple(int(i) for i in np.argwhere(~close)[0])
    return say(
        "{wrong} of {count} entries differ, the first at {place}: expected {expected}, "
        "received {received}",
        wrong=int((~close).sum()),
        count=close.size,
        place=list(index),
        expected=small(expected[index]),
        received=small(array[index]),
    )


def as_numbers(value: Any) -> np.ndarray[Any, Any] | None:
    """Return the value as an array of real numbers or of True and False, else None."""
    try:
        array = np.asarray(value)
    except Exception:  # ragged lists, and whatever a stranger's object does when it is asked
        return None
    return array if array.dtype.kind in "biuf" else None


def lists(value: Any) -> Any:
    """Return arrays and NumPy's numbers as lists and Python's; anything else as it is."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def article(value: Any) -> str:
    """Return the kind of a value, with its article: 'a list', 'an int'."""
    name = value.kind if isinstance(value, Opaque) else type(value).__name__
    if name == "ndarray":
        return say("an array")
    return say("an {name}", name=name) if name[0].lower() in "aeio" else say("a {name}", name=name)


def small(value: Any) -> str:
    """Write a value in few words; of a large array its shape, dtype and corners."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Opaque):
        return value.text
    if isinstance(value, np.ndarray):
        numbers = np.array2string(
            value, precision=4, suppress_small=True, separator=", ", threshold=200, edgeitems=3
        )
        return f"{say('shape {shape}, {dtype}', shape=value.shape, dtype=value.dtype)}\n{numbers}"
    if isinstance(value, tuple | list):
        if any(isinstance(item, np.ndarray) for item in value):
            return "\n".join(
                say("item {index}: {text}", index=i, text=small(item))
                for i, item in enumerate(value[:MOST_ARRAYS])
            )
        inside = ", ".join(map(small, value[:MOST_WRITTEN]))
        return shorten(f"[{inside}]" if isinstance(value, list) else f"({inside})")
    return _written(value)


def shorten(text: str, length: int = 300) -> str:
    """Cut a long text."""
    return text if len(text) <= length else text[: length - 1] + "…"


def few_lines(text: str, most: int) -> str:
    """Cut a text of many lines."""
    lines = text.splitlines()
    return text if len(lines) <= most else "\n".join([*lines[: most - 1], "…"])
