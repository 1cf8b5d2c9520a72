"""What every public function asks of its arguments before it does any work.

An error names the function, the argument, what came and what was expected. A wrong kind of
object is a ``TypeError``; a right kind with an impossible value is a ``ValueError``.
"""

from __future__ import annotations

import operator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Size: TypeAlias = int | tuple[int, ...] | list[int]

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
DTYPES = (*FLOATS, np.dtype(np.int64))


def check_array(
    function: str,
    name: str,
    value: Any,
    ndims: tuple[int, ...] | None = None,
    floating: bool = False,
    layout: str = "",
) -> None:
    """Refuse what is not a NumPy array of an allowed dtype and number of axes.

    `layout` names the axes in the message, for example ``"(N, C, H, W) or (C, H, W)"``.
    """
    if not isinstance(value, np.ndarray):
        hint = "; use np.array(...)" if isinstance(value, list | tuple | int | float) else ""
        raise TypeError(
            f"{function}: {name} is a {type(value).__name__}; expected a NumPy array{hint}"
        )
    if isinstance(value, np.ma.MaskedArray | np.matrix):
        raise TypeError(
            f"{function}: {name} is a {type(value).__name__}; expected a plain NumPy array"
        )
    allowed = FLOATS if floating else DTYPES
    if value.dtype not in allowed:
        names = [dtype.name for dtype in allowed]
        order = "" if value.dtype.isnative else " in foreign byte order"
        raise TypeError(
            f"{function}: {name} has dtype {value.dtype.name}{order}; "
            f"expected {', '.join(names[:-1])} or {names[-1]}"
        )
    if ndims is not None and value.ndim not in ndims:
        numbers = " or ".join(str(n) for n in sorted(ndims, reverse=True))
        axes = f", {layout}" if layout else ""
        raise ValueError(
            f"{function}: {name} has {value.ndim} axes, shape {value.shape}; "
            f"expected {numbers} axes{axes}"
        )


def check_same_dtype(function: str, **arrays: Array | None) -> None:
    """Refuse arrays of different dtypes in one call; an absent (None) array is left out."""
    dtypes = {name: array.dtype for name, array in arrays.items() if array is not None}
    if len(set(dtypes.values())) > 1:
        came = ", ".join(f"{name} is {dtype.name}" for name, dtype in dtypes.items())
        raise TypeError(f"{function}: {came}; expected one dtype for all arrays of a call")


def check_grad_output(
    function: str, grad_output: Any, shape: tuple[int, ...], **like: Array
) -> None:
    """Refuse a `grad_output` that has not the `shape` of the output and the dtype of `like`."""
    check_array(function, "grad_output", grad_output)
    check_same_dtype(function, grad_output=grad_output, **like)
    if grad_output.shape != shape:
        raise ValueError(
            f"{function}: grad_output has shape {grad_output.shape}; "
            f"expected {shape}, the shape of the output"
        )


def integer(function: str, name: str, value: Any, minimum: int, expected: str = "") -> int:
    """Return `value` as an int of at least `minimum`; bool, float and str are refused."""
    if type(value) is int and value >= minimum:
        return value
    if isinstance(value, bool | np.bool_ | np.ndarray) or not hasattr(value, "__index__"):
        raise TypeError(
            f"{function}: {name} is {value!r} of type {type(value).__name__}; "
            f"expected {expected or 'an integer'}"
        )
    number = operator.index(value)
    if number < minimum:
        raise ValueError(f"{function}: {name} is {value!r}; expected at least {minimum}")
    return number


def single(function: str, name: str, value: Any, minimum: int) -> int:
    """Return the int for the one axis of a 1-D operation; a one-element sequence will do."""
    if isinstance(value, tuple | list):
        if len(value) != 1:
            raise ValueError(f"{function}: {name} is {value!r}; expected one integer")
        value = value[0]
    return integer(function, name, value, minimum)


def pair(function: str, name: str, value: Any, minimum: int) -> tuple[int, int]:
    """Return (height, width) from an int, a one-element sequence (for both) or a pair."""
    if type(value) is int and value >= minimum:
        return value, value
    expected = "an integer or a (height, width) pair of integers"
    if not isinstance(value, tuple | list):
        value = (value,)
    if len(value) not in (1, 2):
        raise ValueError(f"{function}: {name} is {value!r}; expected {expected}")
    numbers = [integer(function, name, number, minimum, expected) for number in value]
    return numbers[0], numbers[-1]


def choice(function: str, name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Return `value` if it is one of the `allowed` words."""
    if not isinstance(value, str):
        raise TypeError(
            f"{function}: {name} is {value!r} of type {type(value).__name__}; "
            f"expected one of {', '.join(map(repr, allowed))}"
        )
    if value not in allowed:
        raise ValueError(
            f"{function}: {name} is {value!r}; expected one of {', '.join(map(repr, allowed))}"
        )
    return value
