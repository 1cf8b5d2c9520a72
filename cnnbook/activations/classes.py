"""The activations along one axis, the classes: softmax and its logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.activations._checks import quiet
from cnnbook.arguments.checks import Array, check_array, check_axis, check_grad_output

__all__ = ["log_softmax", "log_softmax_backward", "softmax", "softmax_backward"]


@quiet
def softmax(x: Array, axis: int = -1) -> Array:
    """Return exp(x) divided by its sum along `axis`: positive numbers that add up to 1.

    Parameters
    ----------
    x : ndarray
        Logits of any shape; float32 or float64.
    axis : int
        The axis of the classes.

    Returns
    -------
    ndarray
        Same shape and dtype as `x`.

    Raises
    ------
    TypeError
        If `x` is not a floating array or `axis` is not an integer.
    ValueError
        If `x` has no such axis.

    Notes
    -----
    The largest logit is subtracted first. That changes nothing in the quotient, and no
    exponential can overflow.

    Examples
    --------
    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    axis = _check_axis("softmax", x, axis)
    exponentials = np.exp(_shifted(x, axis))
    total = np.sum(exponentials, axis=axis, keepdims=True)
    return np.asarray(exponentials / total)


@quiet
def softmax_backward(grad_output: Array, x: Array, axis: int = -1) -> Array:
    """Return the gradient of `softmax`: p · (grad_output − Σ grad_output · p).

    Parameters
    ----------
    grad_output : ndarray
        Gradient of the loss with respect to the output; shape and dtype of `x`.
    x : ndarray
        The input of the forward pass.
    axis : int
        The axis of the classes.

    Returns
    -------
    ndarray
        Gradient with respect to `x`. It adds up to 0 along `axis`: adding one number to all
        logits does not change the output.

    Raises
    ------
    TypeError, ValueError
        As `softmax`, and if `grad_output` has not the dtype or the shape of `x`.

    Examples
    --------
    >>> softmax_backward(np.array([1.0, 0.0]), np.array([0.0, 0.0]))
    array([ 0.25, -0.25])
    """
    axis = _check_axis("softmax_backward", x, axis)
    check_grad_output("softmax_backward", grad_output, x.shape, x=x)
    p = softmax(x, axis)
    shared = np.sum(grad_output * p, axis=axis, keepdims=True)
    return np.asarray(p * (grad_output - shared))


@quiet
def log_softmax(x: Array, axis: int = -1) -> Array:
    """Return the logarithm of `softmax`, computed without taking the logarithm of a tiny number.

    Parameters
    ----------
    x : ndarray
        Logits of any shape; float32 or float64.
    axis : int
        The axis of the classes.

    Returns
    -------
    ndarray
        Same shape and dtype as `x`.

    Raises
    ------
    TypeError
        If `x` is not a floating array or `axis` is not an integer.
    ValueError
        If `x` has no such axis.

    Examples
    --------
    ``np.log(softmax(x))`` would give −inf here, because exp(−1000) is 0 in floating point.

    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    axis = _check_axis("log_softmax", x, axis)
    shifted = _shifted(x, axis)
    return np.asarray(shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True)))


@quiet
def log_softmax_backward(grad_output: Array, x: Array, axis: int = -1) -> Array:
    """Return the gradient of `log_softmax`: grad_output − softmax(x) · Σ grad_output.

    Parameters
    ----------
    grad_output : ndarray
        Gradient of the loss with respect to the output; shape and dtype of `x`.
    x : ndarray
        The input of the forward pass.
    axis : int
        The axis of the classes.

    Returns
    -------
    ndarray
        Gradient with respect to `x`.

    Raises
    ------
    TypeError, ValueError
        As `log_softmax`, and if `grad_output` has not the dtype or the shape of `x`.

    Examples
    --------
    >>> log_softmax_backward(np.array([1.0, 0.0]), np.array([0.0, 0.0]))
    array([ 0.5, -0.5])
    """
    axis = _check_axis("log_softmax_backward", x, axis)
    check_grad_output("log_softmax_backward", grad_output, x.shape, x=x)
    return np.asarray(
        grad_output - softmax(x, axis) * np.sum(grad_output, axis=axis, keepdims=True)
    )


def _shifted(x: Array, axis: int) -> Array:
    """Return x minus its maximum along `axis`; `initial` lets an empty axis through."""
    return np.asarray(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))


def _check_axis(function: str, x: Any, axis: Any) -> int:
    """Refuse what is not a floating array, and an axis that it has not; return the axis."""
    check_array(function, "x", x, floating=True)
    return check_axis(function, "axis", axis, x)
