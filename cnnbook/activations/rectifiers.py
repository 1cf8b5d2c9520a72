"""The activations with a corner at 0: relu, and leaky_relu, which lets a little through."""

from __future__ import annotations

import numpy as np

from cnnbook.activations._checks import check_backward, quiet
from cnnbook.arguments.checks import Array, check_array, real
from cnnbook.engine.masks import masked

__all__ = ["leaky_relu", "leaky_relu_backward", "relu", "relu_backward"]


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
    check_backward("relu_backward", grad_output, x, floating=False)
    # "not x <= 0" rather than "x > 0": a NaN lets the gradient through, as in PyTorch.
    return masked(grad_output, ~np.less_equal(x, 0))


@quiet
def leaky_relu(x: Array, negative_slope: float = 0.01) -> Array:
    """Return x where x > 0, and negative_slope · x elsewhere, element by element.

    Below 0 a little of the gradient goes on, so that no unit can die.

    Parameters
    ----------
    x : ndarray
        Any shape; float32 or float64.
    negative_slope : float
        The slope below 0.

    Returns
    -------
    ndarray
        Same shape and dtype as `x`.

    Raises
    ------
    TypeError
        If `x` is not a floating array or `negative_slope` is not a number.

    Notes
    -----
    Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", ICML
    2013.

    Examples
    --------
    >>> leaky_relu(np.array([-2.0, 0.0, 3.0]), 0.25)
    array([-0.5,  0. ,  3. ])
    """
    check_array("leaky_relu", "x", x, floating=True)
    slope = real("leaky_relu", "negative_slope", negative_slope)
    return np.asarray(np.where(x > 0, x, slope * x))


@quiet
def leaky_relu_backward(grad_output: Array, x: Array, negative_slope: float = 0.01) -> Array:
    """Return the gradient of `leaky_relu`: `grad_output` where x > 0, a fraction of it elsewhere.

    At x = 0 the derivative does not exist; it is taken to be `negative_slope`, as in PyTorch.

    Parameters
    ----------
    grad_output : ndarray
        Gradient of the loss with respect to the output; shape and dtype of `x`.
    x : ndarray
        The input of the forward pass.
    negative_slope : float
        As given to `leaky_relu`.

    Returns
    -------
    ndarray
        Gradient with respect to `x`.

    Raises
    ------
    TypeError, ValueError
        As `leaky_relu`, and if `grad_output` has not the dtype or the shape of `x`.

    Examples
    --------
    >>> leaky_relu_backward(np.array([5.0, 5.0, 5.0]), np.array([-2.0, 0.0, 3.0]), 0.25)
    array([1.25, 1.25, 5.  ])
    """
    check_backward("leaky_relu_backward", grad_output, x)
    slope = real("leaky_relu_backward", "negative_slope", negative_slope)
    return np.asarray(np.where(x > 0, grad_output, slope * grad_output))
