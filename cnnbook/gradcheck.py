"""Is this backward pass the derivative of that forward pass? Two numerical checks.

`check_gradient` compares a backward pass with finite differences: it moves each input number a
little both ways and looks at what the output does. `check_adjoint` tests a linear operation and
the one that claims to carry gradients back through it by ⟨A x, y⟩ = ⟨x, Aᵀ y⟩. Both use a random
gradient at the output (a cotangent): a sum of outputs would not notice an error that cancels
in the sum. Both know arrays and functions only and return a report to print.

A wrong forward pass passes these checks if its backward pass is wrong in the same way. Compare
the forward pass with an independent implementation too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnbook.arguments.checks import Array, check_array, check_generator, check_plain, real, shown

__all__ = ["AdjointReport", "ArgumentReport", "GradientReport", "check_adjoint", "check_gradient"]

# The largest relative error that passes. Rounding leaves finite differences about 10 digits of
# float64's 16 and 4 of float32's 7; the rest of the room is for curvature.
TOLERANCES = {"float64": 1e-6, "float32": 1e-2}


# An infinite or NaN result is reported as an error of NaN; NumPy need not warn of it too.
_quiet = np.errstate(over="ignore", invalid="ignore")


@dataclass(frozen=True)
class ArgumentReport:
    """What the finite differences of one argument showed.

    Attributes
    ----------
    name : str
    shape : tuple of int
    worst : tuple of int
        Index of the entry with the largest error.
    numeric, analytic : float
        That entry's gradient by finite differences and by the backward pass.
    error : float
        Their relative error.
    tolerance : float
        The largest error that passes.
    """

    name: str
    shape: tuple[int, ...]
    worst: tuple[int, ...]
    numeric: float
    analytic: float
    error: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the error is within the tolerance; an error of NaN is not."""
        return self.error <= self.tolerance


@dataclass(frozen=True)
class GradientReport:
    """The answer of `check_gradient`; print it, or ``assert report.passed, report``.

    Attributes
    ----------
    arguments : tuple of ArgumentReport
        One for each argument that was checked.
    tolerance : float
        The largest relative error that passes.
    """

    arguments: tuple[ArgumentReport, ...]
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether every argument passed."""
        return all(argument.passed for argument in self.arguments)

    def __str__(self) -> str:
        lines = [f"gradient check (tolerance {self.tolerance:g}): {_verdict(self.passed)}"]
        for a in self.arguments:
            lines.append(
                f"  {a.name} {a.shape}: {_verdict(a.passed)}, worst at {a.worst}: numeric "
                f"{a.numeric:.6g}, analytic {a.analytic:.6g}, relative error {a.error:.1e}"
            )
        return "\n".join(lines)


@dataclass(frozen=True)
class AdjointReport:
    """The answer of `check_adjoint`.

    Attributes
    ----------
    left, right : float
        ⟨A x, y⟩ and ⟨x, Aᵀ y⟩.
    error : float
        Their difference, relative to ‖A x‖·‖y‖.
    tolerance : float
        The largest error that passes.
    """

    left: float
    right: float
    error: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the error is within the tolerance; an error of NaN is not."""
        return self.error <= self.tolerance

    def __str__(self) -> str:
        return (
            f"adjoint check (tolerance {self.tolerance:g}): {_verdict(self.passed)}\n"
            f"  <A x, y> = {self.left:.12g}, <x, A^T y> = {self.right:.12g}, "
            f"relative error {self.error:.1e}"
        )


def check_gradient(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Mapping[str, Array],
    *,
    rng: np.random.Generator,
    tolerance: float | None = None,
) -> GradientReport:
    """Compare a backward pass with central finite differences of its forward pass.

    Parameters
    ----------
    forward : callable
        ``forward(*inputs.values())`` returns an array or a number.
    backward : callable
        ``backward(grad_output, *inputs.values())`` returns the gradient of each input, in order:
        an array for a single input, otherwise a tuple. None leaves an input unchecked.
    inputs : mapping of str to ndarray
        The arguments by name, float32 or float64, all of one dtype. Keep them away from kinks
        (0 for ReLU, ties for max pooling): there the derivative does not exist.
    rng : numpy.random.Generator
        Draws the gradient at the output.
    tolerance : float, optional
        Largest relative error that passes; 1e-6 for float64 and 1e-2 for float32 unless given.

    Returns
    -------
    GradientReport
        For each argument the entry with the largest error. A wrong gradient is a report that did
        not pass, not an exception.

    Raises
    ------
    TypeError, ValueError
        If the check itself cannot be made: wrong kinds of inputs, a forward pass that changes
        its inputs or answers differently when asked again, a backward pass that returns the
        wrong number, shapes or dtypes of gradients.

    Notes
    -----
    Numeric gradient of one entry: ⟨grad_output, f(x + h) − f(x − h)⟩ / 2h, with h the cube root
    of the dtype's precision. An error is relative to the larger of the two gradients, but at
    least to a hundredth of the argument's largest one, and what rounding alone can cause is
    forgiven. Two forward passes for every number in the inputs: keep them small.

    Examples
    --------
    >>> def square(x):
    ...     return x**2
    >>> def square_backward(grad_output, x):
    ...     return grad_output * x  # the factor 2 is missing
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> report = check_gradient(square, square_backward, {"x": x}, rng=np.random.default_rng(0))
    >>> report.passed
    False
    >>> print(f"{report.arguments[0].error:.2f}")
    0.50
    """
    dtype = _check_inputs(inputs, rng)
    limit = _tolerance("check_gradient", tolerance, TOLERANCES[dtype.name])
    arrays = [np.array(array) for array in inputs.values()]
    output = _repeatable_output(forward, list(inputs), arrays, dtype)
    cotangent = _random(output.shape, dtype, rng)
    gradients = _analytic_gradients(backward, cotangent, inputs)
    reports = []
    for i, (name, gradient) in enumerate(zip(inputs, gradients, strict=True)):
        if gradient is not None:
            numeric, noise = _numeric_gradient(forward, arrays, i, cotangent)
            reports.append(_compare(name, numeric, noise, gradient.astype(np.float64), limit))
    return GradientReport(tuple(reports), limit)


def check_adjoint(
    forward: Callable[[Array], Any],
    adjoint: Callable[[Array], Any],
    x: Array,
    *,
    rng: np.random.Generator,
    tolerance: float | None = None,
) -> AdjointReport:
    """Test that `adjoint` is the transpose of the linear operation `forward`.

    For a linear A and any x and y, ⟨A x, y⟩ = ⟨x, Aᵀ y⟩. The backward pass of a linear operation
    with respect to its input is Aᵀ. The test needs one call of each, so that x may be large.

    Parameters
    ----------
    forward : callable
        ``forward(x)`` returns A x. It must be linear: no bias.
    adjoint : callable
        ``adjoint(y)`` returns Aᵀ y, of the shape of `x`, for a y of the shape of A x.
    x : ndarray
        float32 or float64. A random x finds more than a special one.
    rng : numpy.random.Generator
        Draws y.
    tolerance : float, optional
        Largest relative error that passes; 1e-10 for float64 and 1e-4 for float32 unless given.

    Returns
    -------
    AdjointReport

    Raises
    ------
    TypeError, ValueError
        If the check itself cannot be made: wrong kinds of arguments, results that are not arrays,
        or an adjoint that returns another shape than that of `x`.

    Examples
    --------
    The sum of neighbours, and the two additions that carry a gradient back:

    >>> def add_neighbours(x):
    ...     return x[:-1] + x[1:]
    >>> def give_to_both(y):
    ...     x = np.zeros(len(y) + 1)
    ...     x[:-1] += y
    ...     x[1:] += y
    ...     return x
    >>> rng = np.random.default_rng(0)
    >>> check_adjoint(add_neighbours, give_to_both, rng.standard_normal(5), rng=rng).passed
    True
    """
    check_array("check_adjoint", "x", x, floating=True)
    check_generator("check_adjoint", rng)
    tolerance = _tolerance("check_adjoint", tolerance, 1e-10 if x.dtype == np.float64 else 1e-4)
    forward_x = _result("check_adjoint", "the result of forward", forward(x))
    check_array("check_adjoint", "the result of forward", forward_x, floating=True)
    y = _random(forward_x.shape, x.dtype, rng)
    adjoint_y = _result("check_adjoint", "the result of adjoint", adjoint(y))
    check_array("check_adjoint", "the result of adjoint", adjoint_y, floating=True)
    if adjoint_y.shape != x.shape:
        raise ValueError(
            f"check_adjoint: adjoint returned shape {adjoint_y.shape}; "
            f"expected {x.shape}, the shape of x"
        )
    return _adjoint_report(forward_x, y, x, adjoint_y, tolerance)


def _tolerance(function: str, tolerance: Any, usual: float) -> float:
    """Return the largest error that passes: the usual one unless given."""
    limit = usual if tolerance is None else real(function, "tolerance", tolerance)
    if not limit >= 0:
        raise ValueError(f"{function}: tolerance is {tolerance!r}; expected at least 0")
    return limit


def _result(function: str, name: str, value: Any) -> Array:
    """Return what a function gave, an array or a number, as an array."""
    if isinstance(value, np.ndarray):
        check_plain(function, name, value)
    return np.asarray(value)


def _verdict(passed: bool) -> str:
    return "passed" if passed else "FAILED"


def _inner(a: Array, b: Array) -> float:
    """Return ⟨a, b⟩, added up in float64."""
    return float(np.sum(a.astype(np.float64) * b))


def _random(shape: tuple[int, ...], dtype: np.dtype[Any], rng: np.random.Generator) -> Array:
    """Draw from a child of `rng`, whose numbers are others than those of any equal seed.

    Otherwise x and y could be the same numbers, and ⟨A x, x⟩ = ⟨x, A x⟩ says nothing.
    """
    numbers: Array = np.asarray(rng.spawn(1)[0].standard_normal(shape)).astype(dtype)
    return numbers


def _check_inputs(inputs: Any, rng: Any) -> np.dtype[Any]:
    check_generator("check_gradient", rng)
    if not isinstance(inputs, Mapping) or not inputs:
        raise TypeError(
            f"check_gradient: inputs is {shown(inputs)}; "
            'expected a dictionary of named arrays, for example {"x": x}'
        )
    for name, array in inputs.items():
        check_array("check_gradient", f"inputs[{name!r}]", array, floating=True)
    dtypes = {array.dtype for array in inputs.values()}
    if len(dtypes) > 1:
        names = ", ".join(f"{name} is {array.dtype.name}" for name, array in inputs.items())
        raise TypeError(f"check_gradient: {names}; expected one dtype for all inputs")
    return next(iter(dtypes))


def _repeatable_output(
    forward: Callable[..., Any], names: list[str], arrays: list[Array], dtype: np.dtype[Any]
) -> Array:
    """Call `forward` twice; refuse changed inputs, changing answers and a changed dtype."""
    copies = [array.copy() for array in arrays]
    first = np.array(_result("check_gradient", "the result of forward", forward(*copies)))
    for name, array, copy in zip(names, arrays, copies, strict=True):
        if not np.array_equal(array, copy, equal_nan=True):
            raise ValueError(
                f"check_gradient: forward changed its argument {name} in place; "
                "expected it to leave its arguments as they were"
            )
    if first.dtype != dtype:
        raise TypeError(
            f"check_gradient: forward returned dtype {first.dtype.name}; "
            f"expected {dtype.name}, the dtype of the inputs"
        )
    if not np.array_equal(first, np.asarray(forward(*copies)), equal_nan=True):
        raise ValueError(
            "check_gradient: forward gave two answers to the same arguments; "
            "expected one (no randomness, no state)"
        )
    return first


def _analytic_gradients(
    backward: Callable[..., Any], cotangent: Array, inputs: Mapping[str, Array]
) -> list[Array | None]:
    """Call `backward` on copies; refuse a wrong number, shape or dtype of gradients."""
    results = backward(cotangent.copy(), *(array.copy() for array in inputs.values()))
    if not isinstance(results, tuple | list):
        results = (results,)
    if len(results) != len(inputs):
        raise ValueError(
            f"check_gradient: backward returned {len(results)} gradients; "
            f"expected {len(inputs)}, for {', '.join(inputs)}"
        )
    for (name, array), gradient in zip(inputs.items(), results, strict=True):
        if gradient is None:
            continue
        check_array("check_gradient", f"the gradient of {name}", gradient)
        if (gradient.shape, gradient.dtype) != (array.shape, array.dtype):
            raise ValueError(
                f"check_gradient: backward returned for {name} a gradient of shape "
                f"{gradient.shape} and dtype {gradient.dtype.name}; expected shape "
                f"{array.shape} and dtype {array.dtype.name}, as {name} has"
            )
    if all(gradient is None for gradient in results):
        raise ValueError("check_gradient: backward returned None for every input; nothing to check")
    return list(results)


@_quiet
def _adjoint_report(
    forward_x: Array, y: Array, x: Array, adjoint_y: Array, tolerance: float
) -> AdjointReport:
    left, right = _inner(forward_x, y), _inner(x, adjoint_y)
    size = float(np.linalg.norm(forward_x) * np.linalg.norm(y))
    error = abs(left - right) / size if size else abs(left - right)
    return AdjointReport(left, right, error, tolerance)


@_quiet
def _numeric_gradient(
    forward: Callable[..., Any], arrays: list[Array], which: int, cotangent: Array
) -> tuple[Array, Array]:
    """Return the gradient by central differences, and how far rounding may have moved it."""
    x = arrays[which]
    # np.array copies: the forward pass may return a view of x, which changes below.
    step = np.finfo(x.dtype).eps ** (1 / 3)
    numeric, noise = np.empty(x.shape), np.empty(x.shape)
    for index in np.ndindex(x.shape):
        before = x[index]
        h = step * max(1.0, abs(float(before)))
        x[index] = before + h
        width, above = float(x[index]), np.array(forward(*arrays), dtype=np.float64)
        x[index] = before - h
        width, below = width - float(x[index]), np.array(forward(*arrays), dtype=np.float64)
        x[index] = before
        numeric[index] = _inner(cotangent, above - below) / width
        noise[index] = 4 * np.finfo(x.dtype).eps * np.linalg.norm(cotangent * above) / width
    return numeric, noise


@_quiet
def _compare(
    name: str, numeric: Array, noise: Array, analytic: Array, tolerance: float
) -> ArgumentReport:
    if numeric.size == 0:
        return ArgumentReport(name, numeric.shape, (), 0.0, 0.0, 0.0, tolerance)
    size = np.maximum(np.abs(numeric), np.abs(analytic))
    size = np.maximum(size, 0.01 * np.fmax.reduce(size, axis=None))  # fmax passes over NaN
    difference = np.abs(analytic - numeric)
    errors = np.divide(difference, size, out=np.zeros(size.shape), where=difference != 0)
    errors[difference <= noise] = 0
    # argmax stops at the first NaN, which is then the worst.
    worst = np.unravel_index(np.argmax(errors), errors.shape)
    return ArgumentReport(
        name=name,
        shape=numeric.shape,
        worst=tuple(int(i) for i in worst),
        numeric=float(numeric[worst]),
        analytic=float(analytic[worst]),
        error=float(errors[worst]),
        tolerance=tolerance,
    )
