"""Losses: how wrong a prediction is, as one number, and the gradient that starts a backward pass.

All three take predictions and targets, and a `reduction`: "mean" (the default) and "sum" give
one number, "none" gives one number per example. The backward passes take the forward pass's
arguments, and last `grad_output`, the gradient with respect to the loss: 1 unless given.
"""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias, overload

import numpy as np

from cnnbook.activations import log_softmax, sigmoid, softmax
from cnnbook.arguments.checks import (
    Array,
    check_array,
    check_plain,
    check_same_dtype,
    choice,
    real,
)

__all__ = [
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_backward",
    "cross_entropy",
    "cross_entropy_backward",
    "mse_loss",
    "mse_loss_backward",
]

#: One loss: a NumPy number.
Number: TypeAlias = np.floating[Any]

_REDUCTIONS = ("mean", "sum", "none")
# As in PyTorch, infinities and the mean of an empty batch give inf or NaN without a warning.
_quiet = np.errstate(all="ignore")


@overload
def cross_entropy(
    logits: Array, targets: Array, reduction: Literal["mean", "sum"] = "mean"
) -> Number: ...
@overload
def cross_entropy(logits: Array, targets: Array, reduction: str) -> Number | Array: ...
@_quiet
def cross_entropy(logits: Array, targets: Array, reduction: str = "mean") -> Number | Array:
    """Return −log of the probability that softmax gives to the right class.

    Parameters
    ----------
    logits : ndarray, shape (N, C), (C,) or (N, C, ...)
        Scores before softmax, one per class, float32 or float64. Further axes are positions,
        each with its own target (segmentation).
    targets : ndarray, shape (N,), () or (N, ...)
        The right classes, 0 to C−1; int64, or uint8 as label files hold them.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    scalar or ndarray
        A NumPy number of the dtype of `logits`, or with "none" an array of the shape of
        `targets`. The mean over an empty batch is NaN, as in PyTorch.

    Raises
    ------
    TypeError
        If `logits` is not floating or `targets` is not int64 or uint8.
    ValueError
        If the shapes do not fit, a target is not a class, or the reduction is unknown.
        (PyTorch passes over targets of −100; here every target counts.)

    Examples
    --------
    Ten equal logits: every class has probability 1/10, and the loss is log 10.

    >>> print(f"{cross_entropy(np.zeros((4, 10)), np.array([0, 3, 5, 9])):.4f}")
    2.3026
    """
    targets = _check_classes("cross_entropy", logits, targets)
    choice("cross_entropy", "reduction", reduction, _REDUCTIONS)
    axis = _class_axis(logits)
    at = np.expand_dims(targets, axis)
    picked = np.take_along_axis(log_softmax(logits, axis), at, axis)
    return _reduce(-picked.squeeze(axis), reduction)


@_quiet
def cross_entropy_backward(
    logits: Array, targets: Array, reduction: str = "mean", grad_output: Any = None
) -> Array:
    """Return the gradient of `cross_entropy`: softmax minus the one-hot target.

    Parameters
    ----------
    logits, targets, reduction
        The arguments of the forward pass.
    grad_output : number or ndarray, optional
        Gradient with respect to the loss: a number for "mean" and "sum" (1 if not given), an
        array of the loss's shape for "none" (required there).

    Returns
    -------
    ndarray
        Gradient with respect to `logits`. For "mean" it is divided by the number of targets.

    Raises
    ------
    TypeError, ValueError
        As `cross_entropy`, and if `grad_output` does not fit the loss.

    Examples
    --------
    >>> cross_entropy_backward(np.zeros((1, 2)), np.array([0]))
    array([[-0.5,  0.5]])
    """
    function = "cross_entropy_backward"
    targets = _check_classes(function, logits, targets)
    scale = _loss_gradient(function, logits.dtype, targets.shape, reduction, grad_output)
    axis = _class_axis(logits)
    grad = softmax(logits, axis)
    index = np.expand_dims(targets, axis)
    np.put_along_axis(grad, index, np.take_along_axis(grad, index, axis) - 1, axis)
    grad *= scale if scale.ndim == 0 else np.expand_dims(scale, axis)
    return grad


@overload
def binary_cross_entropy_with_logits(
    logits: Array, targets: Array, reduction: Literal["mean", "sum"] = "mean"
) -> Number: ...
@overload
def binary_cross_entropy_with_logits(
    logits: Array, targets: Array, reduction: str
) -> Number | Array: ...
@_quiet
def binary_cross_entropy_with_logits(
    logits: Array, targets: Array, reduction: str = "mean"
) -> Number | Array:
    """Return −t·log(s) − (1−t)·log(1−s), where s = sigmoid(logits): the log loss of a yes or no.

    Parameters
    ----------
    logits : ndarray
        Scores before the sigmoid; any shape, float32 or float64.
    targets : ndarray
        Same shape and dtype; 0 (no) to 1 (yes).
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    scalar or ndarray
        A NumPy number of the dtype of `logits`, or with "none" an array of their shape.

    Raises
    ------
    TypeError
        If an array is not floating, or the dtypes differ.
    ValueError
        If the shapes differ, a target is below 0 or above 1 (PyTorch lets that pass), or the
        reduction is unknown.

    Notes
    -----
    Written as (1−t)·x − log s with log s = min(x, 0) − log(1 + exp(−|x|)): no exponential
    overflows, and no logarithm meets 0.

    Examples
    --------
    >>> loss = binary_cross_entropy_with_logits(np.array([0.0, 1000.0]), np.array([1.0, 1.0]))
    >>> print(f"{loss:.4f}")
    0.3466
    """
    _check_pair("binary_cross_entropy_with_logits", "logits", logits, targets)
    _check_probabilities("binary_cross_entropy_with_logits", targets)
    choice("binary_cross_entropy_with_logits", "reduction", reduction, _REDUCTIONS)
    log_sigmoid = np.minimum(logits, 0) - np.log1p(np.exp(-np.abs(logits)))
    return _reduce((1 - targets) * logits - log_sigmoid, reduction)


@_quiet
def binary_cross_entropy_with_logits_backward(
    logits: Array, targets: Array, reduction: str = "mean", grad_output: Any = None
) -> Array:
    """Return the gradient of `binary_cross_entropy_with_logits`: sigmoid(logits) − targets.

    Parameters
    ----------
    logits, targets, reduction
        The arguments of the forward pass.
    grad_output : number or ndarray, optional
        Gradient with respect to the loss: a number for "mean" and "sum" (1 if not given), an
        array of the loss's shape for "none" (required there).

    Returns
    -------
    ndarray
        Gradient with respect to `logits`.

    Raises
    ------
    TypeError, ValueError
        As the forward pass, and if `grad_output` does not fit the loss.

    Examples
    --------
    >>> binary_cross_entropy_with_logits_backward(np.array([0.0, 0.0]), np.array([1.0, 0.0]))
    array([-0.25,  0.25])
    """
    function = "binary_cross_entropy_with_logits_backward"
    _check_pair(function, "logits", logits, targets)
    _check_probabilities(function, targets)
    scale = _loss_gradient(function, logits.dtype, targets.shape, reduction, grad_output)
    return np.asarray((sigmoid(logits) - targets) * scale)


@overload
def mse_loss(x: Array, targets: Array, reduction: Literal["mean", "sum"] = "mean") -> Number: ...
@overload
def mse_loss(x: Array, targets: Array, reduction: str) -> Number | Array: ...
@_quiet
def mse_loss(x: Array, targets: Array, reduction: str = "mean") -> Number | Array:
    """Return (x − targets)²: the squared error, by default its mean over all elements.

    Parameters
    ----------
    x : ndarray
        Predictions; any shape, float32 or float64.
    targets : ndarray
        Same shape and dtype. (PyTorch broadcasts unequal shapes and warns; here that is an
        error.)
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    scalar or ndarray
        A NumPy number of the dtype of `x`, or with "none" an array of its shape.

    Raises
    ------
    TypeError
        If an array is not floating, or the dtypes differ.
    ValueError
        If the shapes differ or the reduction is unknown.

    Examples
    --------
    >>> print(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    _check_pair("mse_loss", "x", x, targets)
    choice("mse_loss", "reduction", reduction, _REDUCTIONS)
    return _reduce((x - targets) ** 2, reduction)


@_quiet
def mse_loss_backward(
    x: Array, targets: Array, reduction: str = "mean", grad_output: Any = None
) -> Array:
    """Return the gradient of `mse_loss`: 2 · (x − targets).

    Parameters
    ----------
    x, targets, reduction
        The arguments of the forward pass.
    grad_output : number or ndarray, optional
        Gradient with respect to the loss: a number for "mean" and "sum" (1 if not given), an
        array of the loss's shape for "none" (required there).

    Returns
    -------
    ndarray
        Gradient with respect to `x`.

    Raises
    ------
    TypeError, ValueError
        As `mse_loss`, and if `grad_output` does not fit the loss.

    Examples
    --------
    >>> mse_loss_backward(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    array([ 0., -2.])
    """
    _check_pair("mse_loss_backward", "x", x, targets)
    scale = _loss_gradient("mse_loss_backward", x.dtype, x.shape, reduction, grad_output)
    return np.asarray(2 * (x - targets) * scale)


def _reduce(losses: Array, reduction: str) -> Number | Array:
    if reduction == "none":
        return losses
    total: Number = losses.sum()
    # A count of 0 gives 0/0 = NaN, which np.mean would announce with a warning of its own.
    return total / losses.dtype.type(losses.size) if reduction == "mean" else total


def _loss_gradient(
    function: str, dtype: Any, shape: tuple[int, ...], reduction: str, grad_output: Any
) -> Array:
    """Return what each single loss's gradient is multiplied by: grad_output, and 1/count."""
    choice(function, "reduction", reduction, _REDUCTIONS)
    expected = shape if reduction == "none" else ()
    if grad_output is None:
        if reduction == "none" and shape != ():
            raise ValueError(
                f'{function}: grad_output is missing; with reduction "none" '
                f"it must be given, in the loss's shape {shape}"
            )
        grad_output = 1.0
    if isinstance(grad_output, int | float | complex | np.generic):
        grad_output = real(function, "grad_output", grad_output)
    else:
        check_array(function, "grad_output", grad_output)
    scale: Array = np.asarray(grad_output, dtype=dtype)
    if scale.shape != expected:
        raise ValueError(
            f"{function}: grad_output has shape {scale.shape}; "
            f'expected {expected}, the shape of the loss with reduction "{reduction}"'
        )
    count = np.prod(shape, dtype=dtype) if reduction == "mean" else dtype.type(1)
    return np.asarray(scale / count)


def _class_axis(logits: Array) -> int:
    return 0 if logits.ndim == 1 else 1


def _check_classes(function: str, logits: Any, targets: Any) -> Array:
    """Refuse targets that are not one class per prediction; return them as int64."""
    check_array(function, "logits", logits, floating=True)
    if logits.ndim == 0:
        raise ValueError(f"{function}: logits is a single number; expected (N, C) or (C,)")
    check_plain(function, "targets", targets)
    axis = _class_axis(logits)
    expected = logits.shape[:axis] + logits.shape[axis + 1 :]
    of_classes = targets.dtype in (np.dtype(np.int64), np.dtype(np.uint8))
    if targets.shape == logits.shape and targets.shape != expected:
        cure = f"targets.argmax(axis={axis})" if axis else "np.array(targets.argmax())"
        raise (ValueError if of_classes else TypeError)(
            f"{function}: targets has the shape of logits, {logits.shape}, as one-hot rows have; "
            f"expected shape {expected}, the number of each right class; use {cure}"
        )
    if not of_classes:
        raise TypeError(
            f"{function}: targets has dtype {targets.dtype.name}; expected int64 or uint8, "
            f"the number of each right class{_cast_to_classes(targets)}"
        )
    if targets.shape != expected:
        hint = f"; use targets.reshape({expected})" if targets.size == math.prod(expected) else ""
        raise ValueError(
            f"{function}: targets has shape {targets.shape}; "
            f"expected {expected} for logits {logits.shape}{hint}"
        )
    classes = logits.shape[axis]
    wrong = (targets < 0) | (targets >= classes)
    if wrong.any():
        raise ValueError(
            f"{function}: targets contains {targets[wrong][0]}; "
            f"expected classes 0 to {classes - 1}, because logits has shape {logits.shape}"
        )
    return targets.astype(np.int64, copy=False)


def _cast_to_classes(targets: Array) -> str:
    """Return how to make classes of these numbers, if they are whole."""
    whole = targets.dtype.kind in "biu" or (targets.dtype.kind == "f" and not (targets % 1).any())
    return "; use targets.astype(np.int64)" if whole else ""


def _check_pair(function: str, name: str, values: Any, targets: Any) -> None:
    check_array(function, name, values, floating=True)
    check_array(function, "targets", targets, floating=True)
    check_same_dtype(function, **{name: values, "targets": targets})
    if values.shape != targets.shape:
        raise ValueError(
            f"{function}: targets has shape {targets.shape}; "
            f"expected {values.shape}, the shape of {name}"
        )


def _check_probabilities(function: str, targets: Array) -> None:
    wrong = (targets < 0) | (targets > 1)
    if wrong.any():
        raise ValueError(
            f"{function}: targets contains {targets[wrong][0]}; expected numbers from 0 to 1"
        )
