"""Normalisation within one image or token: LayerNorm and GroupNorm. No batch, no statistics kept.

Both bring the numbers of a set to mean 0 and variance 1; they differ in what a set is.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from cnnbook.arguments.checks import (
    Array,
    check_array,
    check_flag,
    check_grad_output,
    check_same_dtype,
    floating_dtype,
    integer,
    real,
    shown,
)
from cnnbook.layers.base import Layer

__all__ = ["GroupNorm", "LayerNorm"]


class _Normalisation(Layer):
    """y = weight · (x − mean) / √(variance + eps) + bias, mean and variance of each set.

    A subclass says in `_sets` how `x` falls into sets: an array (sets, numbers of a set). Where
    its weight goes is said by the shape that `_spread` gives it, to multiply `x`.
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("weight", "bias")

    def _set(self, shape: tuple[int, ...], eps: Any, affine: bool, bias: bool, dtype: Any) -> None:
        name = type(self).__name__
        if not 0 < real(name, "eps", eps) < math.inf:
            raise ValueError(f"{name}: eps is {eps!r}; expected a finite number above 0")
        self.eps = eps
        dtype = floating_dtype(name, dtype)
        self.weight: Array | None = np.ones(shape, dtype) if affine else None
        self.bias: Array | None = np.zeros(shape, dtype) if affine and bias else None
        self.grad_weight: Array | None = None
        self.grad_bias: Array | None = None

    @np.errstate(all="ignore")  # infinities meet silently, as in torch
    def forward(self, x: Array) -> Array:
        """Return the normalised `x`, in training and evaluation mode alike.

        Parameters
        ----------
        x : ndarray
            Of the layer's dtype (without a weight, float32 or float64), and a shape that it takes.

        Returns
        -------
        ndarray, shape of `x`
        """
        self._check_input(x)
        sets = self._sets(x)
        centred = sets - _mean(sets)
        scale = 1 / np.sqrt(_mean(centred**2) + self.eps)
        normalised = (centred * scale).reshape(x.shape)
        self._remember((normalised, scale))
        y = normalised.copy() if self.weight is None else normalised * self._spread(self.weight, x)
        if self.bias is not None:
            y += self._spread(self.bias, x)
        return np.asarray(y)

    @np.errstate(all="ignore")
    def backward(self, grad_output: Array, need_input_grad: bool = True) -> Array | None:
        """Set `grad_weight` and `grad_bias`; return the gradient with respect to the input.

        Each number moved the mean and the variance of its set too; the gradient takes that into
        account: within a set it has no part along 1 and none along the normalised numbers.
        """
        normalised, scale = self._recall(need_input_grad)
        function = f"{type(self).__name__}.backward"
        check_grad_output(function, grad_output, normalised.shape, x=normalised)
        if self.weight is not None:
            self.grad_weight = self._gathered(grad_output * normalised)
        if self.bias is not None:
            self.grad_bias = self._gathered(grad_output)
        if not need_input_grad:
            return None
        dy = grad_output
        if self.weight is not None:
            dy = grad_output * self._spread(self.weight, grad_output)
        dy, y = self._sets(dy), self._sets(normalised)
        grad_input = scale * (dy - _mean(dy) - y * _mean(dy * y))
        return np.asarray(grad_input.reshape(normalised.shape))

    def _check_input(self, x: Array) -> None:
        raise NotImplementedError

    def _sets(self, x: Array) -> Array:
        """Return `x` as (sets, numbers of a set)."""
        raise NotImplementedError

    def _spread(self, parameter: Array, x: Array) -> Array:
        """Return a parameter in a shape that NumPy spreads over `x`."""
        raise NotImplementedError

    def _gathered(self, gradient: Array) -> Array:
        """Add up what has the shape of `x` for each number of a parameter."""
        raise NotImplementedError


class LayerNorm(_Normalisation):
    """Bring the last axes of each image or token to mean 0 and variance 1; then scale and shift.

    y = weight · (x − mean) / √(variance + eps) + bias. Mean and variance are those of the axes of
    `normalized_shape`, one of each for every place on the other axes, so that an answer does not
    depend on what stands beside it in the batch.

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The last axes of the input, which are normalised together; an int is the last one.
    eps : float
        Added to the variance, above 0.
    elementwise_affine : bool
        Whether there is a `weight` (1 at first) to learn, one number for each place in
        `normalized_shape`.
    bias : bool
        Whether there is a `bias` (0 at first), too.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    weight, bias : ndarray, shape `normalized_shape`, or None
    grad_weight, grad_bias : ndarray, shape `normalized_shape`, or None

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range, or an input does not end with
        `normalized_shape`.

    Notes
    -----
    Ba, Kiros and Hinton, "Layer Normalization", arXiv:1607.06450.

    Examples
    --------
    >>> norm = LayerNorm(2, dtype=np.float64)
    >>> y = norm(np.array([[1.0, 3.0], [200.0, 100.0]]))
    >>> print(y.round(2).tolist())
    [[-1.0, 1.0], [1.0, -1.0]]
    """

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...] | list[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self.normalized_shape = _sizes(normalized_shape)
        check_flag("LayerNorm", "elementwise_affine", elementwise_affine)
        check_flag("LayerNorm", "bias", bias)
        self.elementwise_affine = elementwise_affine
        self._set(self.normalized_shape, eps, elementwise_affine, bias, dtype)

    def _check_input(self, x: Array) -> None:
        check_array("LayerNorm", "x", x, floating=True)
        check_same_dtype("LayerNorm", x=x, weight=self.weight)
        if x.shape[-len(self.normalized_shape) :] != self.normalized_shape:
            raise ValueError(
                f"LayerNorm: x has shape {x.shape}; "
                f"expected one that ends with {self.normalized_shape}, the layer's normalized_shape"
            )

    def _sets(self, x: Array) -> Array:
        return x.reshape(-1, math.prod(self.normalized_shape))

    def _spread(self, parameter: Array, x: Array) -> Array:
        return parameter

    def _gathered(self, gradient: Array) -> Array:
        return gradient.reshape(-1, *self.normalized_shape).sum(axis=0)

    def _arguments(self) -> str:
        bias = "" if self.bias is not None or not self.elementwise_affine else ", bias=False"
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}{bias}"
        )


class GroupNorm(_Normalisation):
    """Bring each group of channels of an image to mean 0 and variance 1; then scale and shift.

    y = weight · (x − mean) / √(variance + eps) + bias. Mean and variance are those of a group of
    channels of one image, with all their pixels; weight and bias are one number for each channel.
    One group is layer normalisation of the image, a group for each channel instance normalisation.

    Parameters
    ----------
    num_groups : int
        How many groups the channels are split into; it divides `num_channels`.
    num_channels : int
        Channels of the input (N, C, ...).
    eps : float
        Added to the variance, above 0.
    affine : bool
        Whether there are a `weight` (1 at first) and a `bias` (0 at first) to learn.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    weight, bias : ndarray, shape (C,), or None
    grad_weight, grad_bias : ndarray, shape (C,), or None

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range, or an input has other channels.
        Like PyTorch, `forward` refuses one image with one value per group: its variance is 0.

    Notes
    -----
    Wu and He, "Group Normalization", ECCV 2018. Of images without pixels the gradients of weight
    and bias are 0, as sums of nothing are. (PyTorch: NaN.)

    Examples
    --------
    >>> norm = GroupNorm(1, 2, dtype=np.float64)
    >>> y = norm(np.array([[[1.0, 1.0], [3.0, 3.0]]]))
    >>> print(y.round(2).tolist())
    [[[-1.0, -1.0], [1.0, 1.0]]]
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self.num_groups = integer("GroupNorm", "num_groups", num_groups, 1)
        self.num_channels = integer("GroupNorm", "num_channels", num_channels, 1)
        if self.num_channels % self.num_groups:
            raise ValueError(
                f"GroupNorm: num_channels is {num_channels} and num_groups is {num_groups}; "
                "expected groups that divide it"
            )
        check_flag("GroupNorm", "affine", affine)
        self.affine = affine
        self._set((self.num_channels,), eps, affine, affine, dtype)

    def _check_input(self, x: Array) -> None:
        check_array("GroupNorm", "x", x, floating=True)
        check_same_dtype("GroupNorm", x=x, weight=self.weight)
        if x.ndim < 2 or x.shape[1] != self.num_channels:
            raise ValueError(
                f"GroupNorm: x has shape {x.shape}; "
                f"expected (N, {self.num_channels}, ...), the layer's num_channels"
            )
        if x.size == self.num_groups:
            raise ValueError(
                f"GroupNorm: x has one value per group, shape {x.shape}; "
                "expected more, because one value has no variance"
            )

    def _sets(self, x: Array) -> Array:
        channels = self.num_channels // self.num_groups
        return x.reshape(len(x) * self.num_groups, channels * math.prod(x.shape[2:]))

    def _spread(self, parameter: Array, x: Array) -> Array:
        return parameter.reshape(-1, *[1] * (x.ndim - 2))

    def _gathered(self, gradient: Array) -> Array:
        return gradient.sum(axis=(0, *range(2, gradient.ndim)))

    def _arguments(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


def _sizes(normalized_shape: Any) -> tuple[int, ...]:
    """Return the sizes of the axes that `LayerNorm` normalises."""
    name, expected = "normalized_shape", "an integer or a sequence of integers"
    if not isinstance(normalized_shape, tuple | list):
        normalized_shape = (normalized_shape,)
    if not normalized_shape:
        raise ValueError(f"LayerNorm: {name} is {shown(normalized_shape)}; expected {expected}")
    return tuple(integer("LayerNorm", name, size, 1, expected) for size in normalized_shape)


def _mean(sets: Array) -> Array:
    """Return the mean of each set, as a column."""
    # Not ``mean``: of a picture without pixels it would warn; like PyTorch we say nothing.
    return np.asarray(sets.sum(axis=-1, keepdims=True) / sets.dtype.type(sets.shape[-1]))
