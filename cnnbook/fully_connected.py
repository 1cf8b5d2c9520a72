"""The fully connected layer's function, `linear`, and `flatten`, which leads to it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cnnbook.arguments.checks import (
    Array,
    check_array,
    check_axis,
    check_flag,
    check_grad_output,
    check_same_dtype,
)

__all__ = ["flatten", "flatten_backward", "linear", "linear_backward"]

# Infinite inputs meet 0·inf or inf − inf in a matrix product; the NaN is the answer, as in PyTorch.
_quiet = np.errstate(all="ignore")


@_quiet
def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Return x · weightᵀ + bias: every output is a weighted sum of all inputs.

    Parameters
    ----------
    x : ndarray, shape (..., in_features)
        Any number of leading axes, also none; float32, float64 or int64.
    weight : ndarray, shape (out_features, in_features)
        One row of weights per output.
    bias : ndarray, shape (out_features,), optional
        Added to each output.

    Returns
    -------
    ndarray, shape (..., out_features)

    Raises
    ------
    TypeError
        If an argument is not an array, or the dtypes differ.
    ValueError
        If the shapes do not fit.

    Notes
    -----
    in_features · out_features multiplications for each vector of `x`.

    Examples
    --------
    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [1.0, -1.0]]), np.array([0.0, 10.0]))
    array([[11.,  9.]])
    """
    _check_linear("linear", x, weight)
    if bias is not None:
        check_array("linear", "bias", bias)
        if bias.shape != weight.shape[:1]:
            raise ValueError(
                f"linear: bias has shape {bias.shape}; expected {weight.shape[:1]}, "
                f"one number per output of weight {weight.shape}"
            )
    check_same_dtype("linear", x=x, weight=weight, bias=bias)
    # All leading axes as one: a single matrix product serves them together.
    y = x.reshape(_rows(x), x.shape[-1]) @ weight.T
    if bias is not None:
        y += bias
    return y.reshape(*x.shape[:-1], weight.shape[0])


@_quiet
def linear_backward(
    grad_output: Array, x: Array, weight: Array, *, need_input_grad: bool = True
) -> tuple[Array | None, Array, Array]:
    """Return the gradients of `linear` with respect to `x`, `weight` and `bias`.

    Parameters
    ----------
    grad_output : ndarray, shape (..., out_features)
        Gradient of the loss with respect to the output.
    x, weight : ndarray
        The arguments of the forward pass.
    need_input_grad : bool
        False skips the gradient with respect to `x` (a first layer has no use for it).

    Returns
    -------
    grad_input : ndarray, shape of `x`, or None
        grad_output · weight; None without `need_input_grad`.
    grad_weight : ndarray, shape of `weight`
        grad_outputᵀ · x, summed over the leading axes.
    grad_bias : ndarray, shape (out_features,)
        grad_output, summed over the leading axes.

    Raises
    ------
    TypeError, ValueError
        As `linear`, and if `grad_output` has not the shape of the output.

    Examples
    --------
    >>> x, weight = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [1.0, -1.0]])
    >>> grad_input, grad_weight, grad_bias = linear_backward(np.array([[1.0, 0.0]]), x, weight)
    >>> grad_input
    array([[3., 4.]])
    >>> grad_weight
    array([[1., 2.],
           [0., 0.]])
    """
    _check_linear("linear_backward", x, weight)
    check_flag("linear_backward", "need_input_grad", need_input_grad)
    check_same_dtype("linear_backward", x=x, weight=weight)
    check_grad_output("linear_backward", grad_output, (*x.shape[:-1], weight.shape[0]), x=x)
    rows = x.reshape(_rows(x), x.shape[-1])
    grad_rows = grad_output.reshape(_rows(x), weight.shape[0])
    grad_input = (grad_rows @ weight).reshape(x.shape) if need_input_grad else None
    # np.dot gives a single vector's outer product to BLAS too; `@` takes 90 µs against 5 for
    # 120×400. With more vectors the two are one. But where one of two vectors is one number,
    # np.dot scales the other by it and passes over a 0, though 0 · NaN and 0 · ∞ are NaN.
    multiply = np.matmul if 1 in weight.shape else np.dot
    return grad_input, multiply(grad_rows.T, rows), grad_rows.sum(axis=0)


def flatten(x: Array, start_axis: int = 1) -> Array:
    """Return `x` with all axes from `start_axis` on made into one.

    The default keeps the batch axis, as ``torch.nn.Flatten`` does: (N, C, H, W) becomes
    (N, C·H·W), each channel's rows one after the other.

    Parameters
    ----------
    x : ndarray
        float32, float64 or int64.
    start_axis : int
        First axis to join; negative counts from the end.

    Returns
    -------
    ndarray
        A view of `x` where its memory allows.

    Raises
    ------
    TypeError
        If `x` is not an array or `start_axis` is not an integer.
    ValueError
        If `x` has no such axis.

    Examples
    --------
    >>> flatten(np.zeros((2, 3, 4, 5))).shape
    (2, 60)
    """
    shape = _flat_shape("flatten", x, start_axis)
    return x.reshape(shape)


def flatten_backward(grad_output: Array, x: Array, start_axis: int = 1) -> Array:
    """Return the gradient of `flatten`: `grad_output` in the shape of `x`.

    Parameters
    ----------
    grad_output : ndarray
        Gradient of the loss with respect to the output.
    x, start_axis
        The arguments of the forward pass.

    Returns
    -------
    ndarray
        Gradient with respect to `x`, same shape; a view of `grad_output` where its memory allows.

    Raises
    ------
    TypeError, ValueError
        As `flatten`, and if `grad_output` has not the shape of the output.

    Examples
    --------
    >>> flatten_backward(np.zeros((2, 60)), np.zeros((2, 3, 4, 5))).shape
    (2, 3, 4, 5)
    """
    flat = _flat_shape("flatten_backward", x, start_axis)
    check_grad_output("flatten_backward", grad_output, flat, x=x)
    return grad_output.reshape(x.shape)


def _rows(x: Array) -> int:
    """Count the vectors of `x`; reshape(-1, …) cannot, when an axis is empty."""
    return math.prod(x.shape[:-1])


def _check_linear(function: str, x: Any, weight: Any) -> None:
    check_array(function, "x", x)
    check_array(function, "weight", weight, ndims=(2,), layout="(out_features, in_features)")
    if x.ndim == 0:
        raise ValueError(f"{function}: x is a single number; expected shape (..., in_features)")
    if x.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"{function}: the last axis of x, shape {x.shape}, has {x.shape[-1]} features; "
            f"expected {weight.shape[1]}, the in_features of weight {weight.shape}"
            + _hint(x.shape, weight.shape)
        )


def _hint(x: tuple[int, ...], weight: tuple[int, ...]) -> str:
    """Return what may have been forgotten, from the two shapes."""
    if len(x) > 2 and math.prod(x[1:]) == weight[1]:
        return "; flatten x first: each image becomes one vector of them"
    if x[-1] == weight[0]:
        return "; weight.T would fit: its rows are the outputs"
    return ""


def _flat_shape(function: str, x: Any, start_axis: Any) -> tuple[int, ...]:
    check_array(function, "x", x)
    axis = check_axis(function, "start_axis", start_axis, x) % max(x.ndim, 1)
    return (*x.shape[:axis], math.prod(x.shape[axis:]))
