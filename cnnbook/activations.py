"""Activations, the functions applied to the outputs of a layer, and their backward passes.

`relu`, `sigmoid` and `tanh` act on every element alone. `softmax` and `log_softmax` act along
one axis, the classes. A backward pass takes the gradient of the loss with respect to the output
and the forward pass's arguments, and returns the gradient with respect to `x`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.arguments.checks import Array, check_array, check_axis, check_grad_output
from cnnbook.engine.masks import masked

__all__ = [
    "log_softmax",
    "log_softmax_backward",
    "relu",
    "relu_backward",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "tanh",
    "tanh_backward",
]

# An infinite input gives inf − inf or 0·inf somewhere below. The answer, NaN, is PyTorch's, and
# like PyTorch we say nothing about it.
_quiet = np.errstate(all="ignore")


def relu(x: Array) -> Array:
    """Return max(x, 0), element by element.

    Parameters
    ----------
    x : ndarray
        Any shape; float32, float64 or int64.

    Returns
    -------
    ndarray
        Same shape and dtype as `x`. NaN stays NaN. For −0.0 PyTorch gives −0.0; here the sign of
        a zero is left to NumPy, which gives 0.0 on most machines. The two are equal.

    Raises
    ------
    TypeError
        If `x` is not an array, or has another dtype.

    Notes
    -----
    Nair and Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML 2010.

    Examples
    --------
    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    check_array("relu", "x", x)
    # Zeros for every element: NumPy compares two arrays in .6 of the time of an array with 0.
    return np.asarray(np.maximum(x, np.zeros_like(x)))


def relu_backward(grad_output: Array, x: Array) -> Array:
    """Return the gradient of `relu`: `grad_output` where x > 0, and 0 elsewhere.

    At x = 0 the derivative does not exist; it is taken to be 0, as in PyTorch.

    Parameters
    ----------
    grad_output : ndarray
        Gradient of the loss with respect to the output; shape and dtype of `x`.
    x : ndarray
        The input of the forward pass.

    Returns
    -------
    ndarray
        Gradient with respect to `x`.

    Raises
    ------
    TypeError, ValueError
        If `grad_output` has not the dtype or the shape of `x`.

    Examples
    --------
    >>> relu_backward(np.array([5.0, 5.0, 5.0]), np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 5.])
    """
    _check_backward("relu_backward", grad_output, x, floating=False)
    # "not x <= 0" rather than "x > 0": a NaN lets the gradient through, as in PyTorch.
    return masked(grad_output, ~np.less_equal(x, 0))


@_quiet
def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(−x)), element by element: a number between 0 and 1.

    Parameters
    ----------
    x : ndarray
        Any shape; float32 or float64. (PyTorch turns integers into float32; here they are
        refused, because no function of this package changes a dtype.)

    Returns
    -------
    ndarray
        Same shape and dtype as `x`.

    Raises
    ------
    TypeError
        If `x` is not a floating array.

    Notes
    -----
    exp(−x) overflows for a very negative x. Multiplied above and below by exp(min(x, 0)), the
    formula needs only exponentials of numbers that are at most 0.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    check_array("sigmoid", "x", x, floating=True)
    return np.asarray(np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))))


@_quiet
def sigmoid_backward(grad_output: Array, x: Array) -> Array:
    """Return the gradient of `sigmoid`: grad_output · s · (1 − s), where s = sigmoid(x).

    Parameters
    ----------
    grad_output : ndarray
        Gradient of the loss with respect to the output; shape and dtype of `x`.
    x : ndarray
        The input of the forward pass.

    Returns
    -------
    ndarray
        Gradient with respect to `x`.

    Raises
    ------
    TypeError, ValueError
        If an array is not floating, or `grad_output` has not the dtype or the shape of `x`.

    Examples
    --------
    >>> sigmoid_backward(np.array([1.0]), np.array([0.0]))
    array([0.25])
    """
    _check_backward("sigmoid_backward", grad_output, x)
    s = sigmoid(x)
    return np.asarray(grad_output * s * (1 - s))


@_quiet
def tanh(x: Array) -> Array:
    """Return the hyperbolic tangent, element by element: a number between −1 and 1.

    Parameters
    ----------
    x : ndarray
        Any shape; float32 or float64.

    Returns
    -------
    ndarray
        Same shape and dtype as `x`.

    Raises
    ------
    TypeError
        If `x` is not a floating array.

    Examples
    --------
    >>> tanh(np.array([-1000.0, 0.0, 1000.0]))
    array([-1.,  0.,  1.])
    """
    check_array("tanh", "x", x, floating=True)
    return np.asarray(np.tanh(x))


@_quiet
def tanh_backward(grad_output: Array, x: Array) -> Array:
    """Return the gradient of `tanh`: grad_output · (1 − tanh(x)²).

    Parameters
    ----------
    grad_output : ndarray
        Gradient of the loss with respect to the output; shape and dtype of `x`.
    x : ndarray
        The input of the forward pass.

    Returns
    -------
    ndarray
        Gradient with respect to `x`.

    Raises
    ------
    TypeError, ValueError
        If an array is not floating, or `grad_output` has not the dtype or the shape of `x`.

    Examples
    --------
    >>> tanh_backward(np.array([2.0]), np.array([0.0]))
    array([2.])
    """
    _check_backward("tanh_backward", grad_output, x)
    return np.asarray(grad_output * (1 - np.tanh(x) ** 2))


@_quiet
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
    return np.asarray(exponentials / np.sum(exponentials, axis=axis, keepdims=True))


@_quiet
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
    return np.asarray(p * (grad_output - np.sum(grad_output * p, axis=axis, keepdims=True)))


@_quiet
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


@_quiet
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


def _check_backward(function: str, grad_output: Any, x: Any, floating: bool = True) -> None:
    """Refuse what is not the input of a function of each element, and the gradient of its value."""
    check_array(function, "x", x, floating=floating)
    check_grad_output(function, grad_output, x.shape, x=x)
