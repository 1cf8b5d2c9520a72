"""The activations that multiply a number by a gate of its own, smooth where ReLU has a corner.

ReLU's gate is 0 or 1, closed for negative numbers. `silu` opens it with a sigmoid, `gelu` with
the normal distribution.
"""

from __future__ import annotations

import math

import numpy as np

from cnnbook.activations._checks import check_backward, quiet
from cnnbook.activations.squashing import sigmoid
from cnnbook.arguments.checks import Array, check_array, choice

__all__ = ["gelu", "gelu_backward", "silu", "silu_backward"]

_WAYS = ("none", "tanh")
_SCALE, _CUBIC = math.sqrt(2 / math.pi), 0.044715  # of the approximation by tanh


@quiet
def gelu(x: Array, approximate: str = "none") -> Array:
    """Return x · Φ(x), element by element, with Φ the normal distribution function.

    Φ(x) is the probability that a number drawn from the standard normal distribution is below x.

    Parameters
    ----------
    x : ndarray
        Any shape; float32 or float64.
    approximate : {"none", "tanh"}
        "tanh" takes ½ · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) for Φ(x), within 0.0005 of it.

    Returns
    -------
    ndarray
        Same shape and dtype as `x`.

    Raises
    ------
    TypeError
        If `x` is not a floating array or `approximate` is not a string.
    ValueError
        If `approximate` is another word.

    Notes
    -----
    Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415. NumPy has no
    error function, so that Φ goes through Python's, number by number: "tanh" is several times as
    fast. Φ(x) = ½ · erfc(−x/√2) keeps its digits far below 0, where PyTorch's
    ½ · (1 + erf(x/√2)) loses them; they differ by less than the rounding of 1.

    Examples
    --------
    >>> print([round(float(number), 3) for number in gelu(np.array([-1.0, 0.0, 1.0]))])
    [-0.159, 0.0, 0.841]
    """
    check_array("gelu", "x", x, floating=True)
    gate = _tanh_gate(x) if choice("gelu", "approximate", approximate, _WAYS) == "tanh" else _phi(x)
    return np.asarray(x * gate)


@quiet
def gelu_backward(grad_output: Array, x: Array, approximate: str = "none") -> Array:
    """Return the gradient of `gelu`: grad_output · (Φ(x) + x · φ(x)).

    φ is the bell curve, the derivative of Φ; with "tanh" both are those of the approximation.

    Parameters
    ----------
    grad_output : ndarray
        Gradient of the loss with respect to the output; shape and dtype of `x`.
    x : ndarray
        The input of the forward pass.
    approximate : {"none", "tanh"}
        As given to `gelu`.

    Returns
    -------
    ndarray
        Gradient with respect to `x`.

    Raises
    ------
    TypeError, ValueError
        As `gelu`, and if `grad_output` has not the dtype or the shape of `x`.

    Examples
    --------
    >>> gelu_backward(np.array([1.0]), np.array([0.0]))
    array([0.5])
    """
    check_backward("gelu_backward", grad_output, x)
    if choice("gelu_backward", "approximate", approximate, _WAYS) == "tanh":
        gate = _tanh_gate(x)
        # tanh' = 1 − tanh², and 1 − (2g − 1)² = 4g(1 − g).
        bell = 2 * gate * (1 - gate) * (_SCALE * (1 + 3 * _CUBIC * x * x))
    else:
        gate, bell = _phi(x), np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return np.asarray(grad_output * (gate + x * bell))


@quiet
def silu(x: Array) -> Array:
    """Return x · sigmoid(x), element by element; it is called swish, too.

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

    Notes
    -----
    Elfwing, Uchibe and Doya, "Sigmoid-Weighted Linear Units for Neural Network Function
    Approximation in Reinforcement Learning", Neural Networks 107, 2018; Ramachandran, Zoph and
    Le, "Searching for Activation Functions", arXiv:1710.05941.

    Examples
    --------
    >>> print([round(float(number), 3) for number in silu(np.array([-1.0, 0.0, 1.0]))])
    [-0.269, 0.0, 0.731]
    """
    check_array("silu", "x", x, floating=True)
    return np.asarray(x * sigmoid(x))


@quiet
def silu_backward(grad_output: Array, x: Array) -> Array:
    """Return the gradient of `silu`: grad_output · s · (1 + x · (1 − s)), where s = sigmoid(x).

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
    >>> silu_backward(np.array([1.0]), np.array([0.0]))
    array([0.5])
    """
    check_backward("silu_backward", grad_output, x)
    s = sigmoid(x)
    return np.asarray(grad_output * s * (1 + x * (1 - s)))


def _phi(x: Array) -> Array:
    """Return the probability that a normal number is below x."""
    upper = map(math.erfc, np.ravel(x * -math.sqrt(0.5)).tolist())
    return 0.5 * np.fromiter(upper, x.dtype, x.size).reshape(x.shape)


def _tanh_gate(x: Array) -> Array:
    """Return what stands for Φ(x) in the approximation by tanh."""
    return np.asarray(0.5 * (1 + np.tanh(_SCALE * (x + _CUBIC * x * x * x))))
