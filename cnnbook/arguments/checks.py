"""What every public function asks of its arguments before it does any work.

An error names the function, the argument, what came and what was expected. A wrong kind of
object is a ``TypeError``; a right kind with an impossible value is a ``ValueError``.
"""

from __future__ import annotations

import math
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
    check_plain(function, name, value)
    allowed = FLOATS if floating else DTYPES
    if value.dtype not in allowed:
        names = [dtype.name for dtype in allowed]
        order = "" if value.dtype.isnative else " in foreign byte order"
        raise TypeError(
            f"{function}: {name} has dtype {value.dtype.name}{order}; "
            f"expected {', '.join(names[:-1])} or {names[-1]}{_cast(name, value.dtype, names)}"
        )
    if ndims is not None and value.ndim not in ndims:
        numbers = " or ".join(str(n) for n in sorted(ndims, reverse=True))
        axes = f", {layout}" if layout else ""
        hint = f"; {name}[np.newaxis] has one more" if value.ndim == min(ndims) - 1 else ""
        raise ValueError(
            f"{function}: {name} has {value.ndim} axes, shape {value.shape}; "
            f"expected {numbers} axes{axes}{hint}"
        )


def check_writeable(function: str, name: str, array: Array) -> None:
    """Refuse an array that cannot be changed in place."""
    if not array.flags.writeable:
        raise ValueError(f"{function}: {name} is read-only; expected an array that can change")


def _cast(name: str, dtype: np.dtype[Any], allowed: list[str]) -> str:
    """Return the advice to convert real numbers, as far as it can be given in one call."""
    if dtype.kind not in "biuf" or "[" in name:  # parameters[0] must stay the array it is
        return ""
    to = dtype.name if dtype.name in allowed else "float32" if dtype.itemsize < 4 else "float64"
    return f"; use {name}.astype(np.{to})"


def check_plain(function: str, name: str, value: Any) -> None:
    """Refuse what is not a NumPy array, and the arrays that do not behave as others do.

    A masked array's mask would be passed over, and ``*`` is another product for a matrix.
    """
    if not isinstance(value, np.ndarray):
        hint = "; use np.array(...)" if isinstance(value, list | tuple | int | float) else ""
        if hasattr(value, "detach"):  # a tensor of PyTorch
            hint = f"; use {name}.detach().cpu().numpy()"
        raise TypeError(f"{function}: {name} is {a_kind(value)}; expected a NumPy array{hint}")
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{function}: {name} is a {type(value).__name__}; expected a plain NumPy array; "
            f"{name}.filled(0) puts zeros where the mask is"
        )
    if isinstance(value, np.matrix):
        raise TypeError(
            f"{function}: {name} is a matrix; expected a plain NumPy array; use np.asarray({name})"
        )


def as_array(value: Any) -> Array:
    """Return numbers that are to be copied as an array: nested lists, a tensor of PyTorch.

    A tensor comes in without torch: detached, and widened if NumPy does not have its dtype.
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
    parts = value if isinstance(value, list | tuple) else (value,)
    if any(isinstance(part, np.ma.MaskedArray | np.matrix) for part in parts):
        raise TypeError("a masked array or a matrix is not a plain NumPy array")
    return np.asarray(value)


def check_same_dtype(function: str, **arrays: Array | None) -> None:
    """Refuse arrays of different dtypes in one call; an absent (None) array is left out."""
    dtypes = {name: array.dtype for name, array in arrays.items() if array is not None}
    if len(set(dtypes.values())) > 1:
        came = ", ".join(f"{name} is {dtype.name}" for name, dtype in dtypes.items())
        name, dtype = _conversion(dtypes)
        raise TypeError(
            f"{function}: {came}; expected one dtype for all arrays of a call, "
            f"for example with {name}.astype(np.{dtype.name})"
        )


def _conversion(dtypes: dict[str, np.dtype[Any]]) -> tuple[str, np.dtype[Any]]:
    """Return which array to convert, and to what.

    No fraction is lost; of three, two are right; of two, data follow weights.
    """
    integers = [name for name, dtype in dtypes.items() if dtype == np.int64]
    if integers:
        return integers[0], next(dtype for dtype in dtypes.values() if dtype != np.int64)
    odd = [name for name in dtypes if list(dtypes.values()).count(dtypes[name]) == 1]
    name = next((data for data in ("grad_output", "targets", "x") if data in odd), odd[0])
    others = [dtype for dtype in dtypes.values() if dtype != dtypes[name]]
    return name, others[0]


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
            f"{function}: {name} is {shown(value)} of type {type(value).__name__}; "
            f"expected {expected or 'an integer'}"
        )
    number = operator.index(value)
    if number < minimum:
        raise ValueError(f"{function}: {name} is {value!r}; expected at least {minimum}")
    return number


def real(function: str, name: str, value: Any) -> float:
    """Return `value` as a float; refuse bool, complex numbers, arrays and what is too large."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(
            f"{function}: {name} is {shown(value)} of type {type(value).__name__}; "
            "expected a number"
        )
    try:
        return float(value)
    except OverflowError:
        raise ValueError(
            f"{function}: {name} is {shown(value)}; expected a number that a float can hold"
        ) from None


def check_flag(function: str, name: str, value: Any) -> None:
    """Refuse anything but True and False."""
    if not isinstance(value, bool):
        raise TypeError(f"{function}: {name} is {shown(value)}; expected True or False")


def check_generator(function: str, rng: Any) -> None:
    """Refuse what is not a source of random numbers."""
    if not isinstance(rng, np.random.Generator):
        seed = rng if type(rng) is int and rng >= 0 else 0
        raise TypeError(
            f"{function}: rng is {a_kind(rng)}; expected a numpy.random.Generator, "
            f"for example np.random.default_rng({seed})"
        )


def floating_dtype(function: str, dtype: Any) -> np.dtype[Any]:
    """Return the dtype of a layer's numbers, float32 or float64."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        raise TypeError(
            f"{function}: dtype is {shown(dtype)}; expected np.float32 or np.float64"
        ) from None
    if found not in FLOATS:
        raise TypeError(f"{function}: dtype is {found.name}; expected float32 or float64")
    return found


def check_axis(function: str, name: str, value: Any, x: Array) -> int:
    """Return the number of an axis that `x` has; negative ones count from the end."""
    if isinstance(value, bool | np.bool_ | np.ndarray) or not hasattr(value, "__index__"):
        raise TypeError(f"{function}: {name} is {shown(value)}; expected an integer")
    axis = operator.index(value)
    axes = max(x.ndim, 1)  # like PyTorch, let 0 and -1 stand for a single number's only axis
    if not -axes <= axis < axes:
        raise ValueError(
            f"{function}: {name} is {axis}; expected {-axes} to {axes - 1}, "
            f"because x has shape {x.shape}"
        )
    return axis


LIMIT = 1 << 31  # pixels along an axis: PyTorch's limit for strides and the like


def single(function: str, name: str, value: Any, minimum: int) -> int:
    """Return the int for the one axis of a 1-D operation; a one-element sequence will do."""
    if isinstance(value, tuple | list):
        if len(value) != 1:
            raise ValueError(f"{function}: {name} is {shown(value)}; expected one integer")
        value = value[0]
    return below_limit(function, name, integer(function, name, value, minimum))


def pair(function: str, name: str, value: Any, minimum: int) -> tuple[int, int]:
    """Return (height, width) from an int, a one-element sequence (for both) or a pair."""
    if type(value) is int and minimum <= value < LIMIT:
        return value, value
    expected = "an integer or a (height, width) pair of integers"
    if not isinstance(value, tuple | list):
        value = (value,)
    if len(value) not in (1, 2):
        raise ValueError(f"{function}: {name} is {shown(value)}; expected {expected}")
    numbers = [integer(function, name, number, minimum, expected) for number in value]
    return below_limit(function, name, numbers[0]), below_limit(function, name, numbers[-1])


def below_limit(function: str, name: str, number: int) -> int:
    """Refuse a number of pixels that no picture has: the sizes that follow could not be counted."""
    if number >= LIMIT:
        raise ValueError(f"{function}: {name} is {number}; expected less than {LIMIT:,}")
    return number


def check_countable(function: str, what: str, shape: tuple[int, ...]) -> None:
    """Refuse an array of more numbers than a computer can count, before NumPy says so."""
    if math.prod(shape[-2:]) * max(math.prod(shape[:-2]), 1) >= 1 << 59:
        raise ValueError(
            f"{function}: {what} would have shape {shape}; expected one that fits into memory"
        )


def choice(function: str, name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Return `value` if it is one of the `allowed` words."""
    if not isinstance(value, str):
        raise TypeError(
            f"{function}: {name} is {shown(value)} of type {type(value).__name__}; "
            f"expected one of {', '.join(map(repr, allowed))}"
        )
    if value not in allowed:
        raise ValueError(
            f"{function}: {name} is {value!r}; expected one of {', '.join(map(repr, allowed))}"
        )
    return value


def shown(value: Any) -> str:
    """Return the repr of what came, cut where it is too long to be read."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def a_kind(value: Any) -> str:
    """Return what kind of object this is, with its article: a list, an int."""
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeioAEIO' else 'a'} {kind}"
