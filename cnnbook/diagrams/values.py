"""What a diagram takes and how it writes numbers: the twin of js/shared/refusing.js."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbook.arguments.checks import as_array, pair
from cnnbook.words import say

Array = NDArray[np.float64]

#: A diagram is for looking: larger arrays cannot be read, on paper or on a telephone.
MAX_SIDE = 16
MAX_KERNEL_SIDE = 7
MAX_VALUE = 1e6
MAX_STRIDE, MAX_PADDING, MAX_DILATION = 8, 8, 8


def number(value: float, digits: int = 4) -> str:
    """Write a number with at most `digits` significant digits and a true minus sign.

    Integers below a million are written in full. Ties round away from zero, as JavaScript's
    ``toPrecision`` has it; the twelfth digit goes first, so that sums in another order read alike.

    Examples
    --------
    >>> number(-3.0), number(1 / 9), number(1234567.0), number(1e-5)
    ('−3', '0.1111', '1.235e6', '1e−5')
    """
    value = _round(float(value), 12)
    if not (value.is_integer() and abs(value) < 1e6):
        value = _round(value, digits)
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e6:
        text = f"{value:.10f}".rstrip("0").rstrip(".")
    else:
        mantissa, exponent = f"{value:.6e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return text.replace("-", "−")


def percent(probability: float) -> str:
    """Write a probability in percent: four digits, at most three of them after the point.

    What is nearly nothing or nearly all is said to be under or over.

    Examples
    --------
    >>> percent(0.54651), percent(4.241e-4), percent(4.2e-6), percent(0.99999), percent(1.0)
    ('54.65 %', '0.042 %', 'under 0.01 %', 'over 99.99 %', '100 %')
    """
    share = 100 * probability
    if 0 < share < 0.01:
        return say("under {share}", share="0.01 %")
    if 99.99 < share < 100:
        return say("over {share}", share="99.99 %")
    return f"{number(math.floor(1000 * share + 0.5) / 1000)} %"


def _round(value: float, digits: int) -> float:
    exact = Decimal(value)
    if not exact:
        return 0.0
    last = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    return float(exact.quantize(last, ROUND_HALF_UP))


def array(
    function: str, name: str, value: Any, axes: str, limits: tuple[int, ...]
) -> tuple[Array, list[Any]]:
    """Return an array as float64, and as nested lists of numbers for the state.

    Parameters
    ----------
    function, name : str
        For the message of an error.
    value : array_like of numbers
    axes : str
        The names of the axes: ``"H, W"``.
    limits : tuple of int
        The largest size of each axis.

    Raises
    ------
    TypeError
        For what is not an array of real numbers.
    ValueError
        For another number of axes, an empty or too long axis, or a number that is not finite or
        beyond a million.
    """
    try:
        given = as_array(value)
    except ValueError as error:
        raise ValueError(f"{function}: {name} has rows of unequal length") from error
    except (TypeError, RuntimeError) as error:
        raise TypeError(f"{function}: {name} cannot be read as an array: {error}") from error
    if given.dtype.kind not in "iuf":
        raise TypeError(f"{function}: {name} is {_short(value)}; expected an array of numbers")
    if given.ndim != len(limits):
        raise ValueError(f"{function}: {name} has shape {given.shape}; expected ({axes})")
    for size, limit in zip(given.shape, limits, strict=True):
        if not 1 <= size <= limit:
            bounds = " × ".join(str(limit) for limit in limits)
            raise ValueError(
                f"{function}: {name} has shape {given.shape}; expected ({axes}) of at least 1 "
                f"and at most {bounds}, which is what a diagram can show"
            )
    if not np.all(np.isfinite(given)) or np.abs(given.astype(np.float64)).max() > MAX_VALUE:
        raise ValueError(
            f"{function}: {name} holds {_first_bad(given)}; "
            "expected finite numbers from −1,000,000 to 1,000,000"
        )
    # float32 numbers are written as short as they are: 0.1, not 0.10000000149.
    plain = _plain(given)
    return np.array(plain, dtype=np.float64), plain


def _plain(given: NDArray[Any]) -> Any:
    if given.ndim:
        return [_plain(part) for part in given]
    value = float(str(given[()]))
    return int(value) if value.is_integer() else value


def _first_bad(given: NDArray[Any]) -> str:
    bad = ~np.isfinite(given) | (np.abs(given.astype(np.float64)) > MAX_VALUE)
    return str(given[bad][0])


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def at_most(function: str, name: str, sizes: tuple[int, int], limit: int) -> None:
    """Refuse a size argument that is more than a diagram can show."""
    if max(sizes) > limit:
        raise ValueError(f"{function}: {name} is {sizes}; expected at most {limit} in a diagram")


def steps(
    function: str, stride: Any, padding: Any, dilation: Any
) -> tuple[tuple[int, int], tuple[int, int] | str, tuple[int, int]]:
    """Return the stride, the padding and the dilation of a convolution that a diagram can show."""
    strides = pair(function, "stride", stride, 1)
    dilations = pair(function, "dilation", dilation, 1)
    at_most(function, "stride", strides, MAX_STRIDE)
    at_most(function, "dilation", dilations, MAX_DILATION)
    if padding == "valid":
        padding = 0
    if isinstance(padding, str):
        return strides, padding, dilations
    paddings = pair(function, "padding", padding, 0)
    at_most(function, "padding", paddings, MAX_PADDING)
    return strides, paddings, dilations


def times(shape: Sequence[int]) -> str:
    """Write a shape as 3×4."""
    return "×".join(map(str, shape))


def size(sizes: tuple[int, int]) -> str:
    """Write a (height, width) pair as one number if both are the same."""
    return str(sizes[0]) if sizes[0] == sizes[1] else times(sizes)


def shown(matrix: Array | list[list[float]]) -> list[list[str]]:
    """Write every number of a matrix."""
    return [[number(value) for value in row] for row in matrix]
