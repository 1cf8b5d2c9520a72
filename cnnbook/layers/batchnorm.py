"""Batch normalisation: every channel brought to mean 0 and variance 1, then scaled and shifted."""

from __future__ import annotations

import math
from typing import ClassVar

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
)
from cnnbook.layers.base import Layer

__all__ = ["BatchNorm2d"]

_PER_CHANNEL = (0, 2, 3)  # the axes that are averaged over: batch, height, width


class BatchNorm2d(Layer):
    """y = weight · (x − mean) / √(variance + eps) + bias, with one of each per channel.

    In training mode mean and variance are those of the batch, over N, H and W, and the running
    statistics move towards them. In evaluation mode the running statistics take their place, so
    that an image's answer does not depend on the images beside it.

    Parameters
    ----------
    num_features : int
        Channels of the input (N, C, H, W).
    eps : float
        Added to the variance, above 0.
    momentum : float
        Weight of the newest batch in the running statistics, 0 to 1. (PyTorch's None, which
        averages over all batches, is left out.)
    affine : bool
        Whether there are a `weight` (1 at first) and a `bias` (0 at first) to learn.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    weight, bias : ndarray, shape (C,), or None
    grad_weight, grad_bias : ndarray, shape (C,), or None
    running_mean, running_var : ndarray, shape (C,)
    num_batches_tracked : ndarray, shape (), int64

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range. In training mode `forward`
        refuses a batch with one value per channel: its variance is 0.

    Notes
    -----
    The batch is divided by its variance (the mean of the squares); `running_var` collects the
    unbiased one, n/(n−1) times as large, as in PyTorch. Ioffe and Szegedy, "Batch Normalization",
    ICML 2015.

    Examples
    --------
    >>> norm = BatchNorm2d(1, dtype=np.float64)
    >>> y = norm(np.arange(4.0).reshape(1, 1, 2, 2))
    >>> print([round(float(number), 2) for number in y.ravel()])
    [-1.34, -0.45, 0.45, 1.34]
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("weight", "bias")
    buffer_names: ClassVar[tuple[str, ...]] = (
        "running_mean",
        "running_var",
        "num_batches_tracked",
    )

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self.num_features = integer("BatchNorm2d", "num_features", num_features, 1)
        if not 0 < real("BatchNorm2d", "eps", eps) < math.inf:
            raise ValueError(f"BatchNorm2d: eps is {eps!r}; expected a finite number above 0")
        if momentum is None or not 0 <= real("BatchNorm2d", "momentum", momentum) <= 1:
            raise ValueError(f"BatchNorm2d: momentum is {momentum!r}; expected 0 to 1")
        check_flag("BatchNorm2d", "affine", affine)
        dtype = floating_dtype("BatchNorm2d", dtype)
        self.eps, self.momentum, self.affine = eps, momentum, affine
        self.weight: Array | None = np.ones(self.num_features, dtype) if affine else None
        self.bias: Array | None = np.zeros(self.num_features, dtype) if affine else None
        self.grad_weight: Array | None = None
        self.grad_bias: Array | None = None
        self.running_mean: Array = np.zeros(self.num_features, dtype)
        self.running_var: Array = np.ones(self.num_features, dtype)
        self.num_batches_tracked: Array = np.array(0, np.int64)

    @np.errstate(all="ignore")  # infinities meet silently, as in torch
    def forward(self, x: Array) -> Array:
        """Return the normalised batch; in training mode move the running statistics.

        Parameters
        ----------
        x : ndarray, shape (N, C, H, W)
            Of the layer's dtype.

        Returns
        -------
        ndarray, shape of `x`
        """
        self._check_input(x)
        normalised, variance = self._from_batch(x) if self.training else self._from_running(x)
        scale = 1 / np.sqrt(variance + self.eps)
        normalised *= _spread(scale)
        self._remember((normalised, scale, self.training))
        if self.weight is None or self.bias is None:
            return normalised.copy()
        y = normalised * _spread(self.weight)
        y += _spread(self.bias)
        return y

    @np.errstate(all="ignore")
    def backward(self, grad_output: Array, need_input_grad: bool = True) -> Array | None:
        """Set `grad_weight` and `grad_bias`; return the gradient with respect to the input.

        In training mode each value moved the batch's mean and variance too; the gradient takes
        that into account: it has no part along 1 and none along the normalised values.
        """
        normalised, scale, by_batch = self._recall(need_input_grad)
        check_grad_output("BatchNorm2d.backward", grad_output, normalised.shape, x=normalised)
        along_one = grad_output.sum(axis=_PER_CHANNEL)
        along_normalised = (grad_output * normalised).sum(axis=_PER_CHANNEL)
        if self.affine:
            self.grad_weight, self.grad_bias = along_normalised, along_one
        if not need_input_grad:
            return None
        if self.weight is not None:
            scale = scale * self.weight
        if not by_batch or normalised.size == 0:
            return grad_output * _spread(scale)
        count = normalised.size // self.num_features
        grad_input = normalised * _spread(along_normalised / -count)
        grad_input += grad_output
        grad_input -= _spread(along_one / count)
        grad_input *= _spread(scale)
        return grad_input

    def _from_batch(self, x: Array) -> tuple[Array, Array]:
        """Return x minus its mean, and its variance; move the running statistics."""
        self.num_batches_tracked += 1
        if x.size == 0:  # an empty batch has no statistics; PyTorch leaves the running ones too
            return x.copy(), self.running_var
        count = x.size // self.num_features
        mean = x.mean(axis=_PER_CHANNEL)
        centred = x - _spread(mean)
        variance = (centred**2).mean(axis=_PER_CHANNEL)
        self._move(self.running_mean, mean)
        self._move(self.running_var, variance * (count / (count - 1)))
        return centred, variance

    def _from_running(self, x: Array) -> tuple[Array, Array]:
        return x - _spread(self.running_mean), self.running_var

    def _move(self, running: Array, newest: Array) -> None:
        """Take `running` a little towards `newest`, in place."""
        running *= 1 - self.momentum
        running += self.momentum * newest

    def _check_input(self, x: Array) -> None:
        function = "BatchNorm2d"
        check_array(function, "x", x, ndims=(4,), floating=True, layout="(N, C, H, W)")
        check_same_dtype(function, x=x, running_mean=self.running_mean)
        if x.shape[1] != self.num_features:
            raise ValueError(
                f"{function}: x has {x.shape[1]} channels, shape {x.shape}; "
                f"expected {self.num_features}, the layer's num_features"
            )
        if self.training and math.prod(x.shape) == self.num_features:
            raise ValueError(
                f"{function}: x has one value per channel, shape {x.shape}; "
                "expected more in training mode, because one value has no variance"
            )

    def _arguments(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}"
        )


def _spread(per_channel: Array) -> Array:
    """Return (C,) as (C, 1, 1), which NumPy spreads over (N, C, H, W)."""
    return per_channel[:, np.newaxis, np.newaxis]
