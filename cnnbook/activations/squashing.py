"""The activations that squash every number between two bounds: sigmoid and tanh."""

from __future__ import annotations

import numpy as np

from cnnbook.activations._checks import check_backward, quiet
from cnnbook.arguments.checks import Array, check_array

__all__ = ["sigmoid", "sigmoid_backward", "tanh", "tanh_backward"]


@quiet
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


@quiet
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
    check_backward("sigmoid_backward", grad_output, x)
    s = sigmoid(x)
    return np.asarray(grad_output * s * (1 - s))


@quiet
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


@quiet
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
    check_backward("tanh_backward", grad_output, x)
    return np.asarray(grad_output * (1 - np.tanh(x) ** 2))
