"""The layers with weights: convolutions, transposed convolution and the fully connected layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from cnnbook.arguments.checks import (
    Array,
    Size,
    check_flag,
    check_generator,
    floating_dtype,
    integer,
    pair,
    single,
)
from cnnbook.arguments.convolution import PaddingMode
from cnnbook.convolution import conv1d, conv1d_backward, conv2d, conv2d_backward
from cnnbook.fully_connected import linear, linear_backward
from cnnbook.layers.base import Layer
from cnnbook.layers.initialisation import fan_in, kaiming_uniform
from cnnbook.transposed import conv_transpose2d, conv_transpose2d_backward

__all__ = ["Conv1d", "Conv2d", "ConvTranspose2d", "Linear"]


class _Weighted(Layer):
    """A layer with a weight and, if wished, a bias, both drawn by `kaiming_uniform`."""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight", "bias")

    def _draw(
        self,
        shape: tuple[int, ...],
        outputs: int,
        bias: bool,
        rng: np.random.Generator,
        dtype: npt.DTypeLike,
    ) -> None:
        name = type(self).__name__
        check_flag(name, "bias", bias)
        check_generator(name, rng)
        dtype = floating_dtype(name, dtype)
        self.weight: Array = kaiming_uniform(shape, fan_in(shape), rng, dtype)
        self.bias: Array | None = None
        if bias:
            self.bias = kaiming_uniform((outputs,), fan_in(shape), rng, dtype)
        self.grad_weight: Array | None = None
        self.grad_bias: Array | None = None

    def _set(self, grad_weight: Array, grad_bias: Array) -> None:
        self.grad_weight = grad_weight
        self.grad_bias = None if self.bias is None else grad_bias


class _Convolution(_Weighted):
    """What the convolutions share: channels, groups and the arguments they pass on."""

    options: ClassVar[dict[str, Any]]  # the functions' arguments and their defaults
    _function: ClassVar[Callable[..., Any]]
    _function_backward: ClassVar[Callable[..., Any]]

    def forward(self, x: Array) -> Array:
        """Return the maps of `x`, (N, C_in, H, W) or (C_in, H, W); of sequences without H."""
        y: Array = self._function(x, self.weight, self.bias, **self._options())
        self._remember(x)
        return y

    def backward(self, grad_output: Array, need_input_grad: bool = True) -> Array | None:
        """Set `grad_weight` and `grad_bias`; return the gradient with respect to the input."""
        x = self._recall(need_input_grad)
        grad_input: Array | None
        grad_input, *gradients = self._function_backward(
            grad_output, x, self.weight, **self._options(), need_input_grad=need_input_grad
        )
        self._set(*gradients)
        return grad_input

    def _set_channels(
        self, in_channels: int, out_channels: int, kernel_size: Size, groups: int
    ) -> None:
        name = type(self).__name__
        self.in_channels = integer(name, "in_channels", in_channels, 1)
        self.out_channels = integer(name, "out_channels", out_channels, 1)
        self.kernel_size = self._check_kernel(name, kernel_size)
        self.groups = integer(name, "groups", groups, 1)
        for channels in ("in_channels", "out_channels"):
            if getattr(self, channels) % self.groups:
                raise ValueError(
                    f"{name}: {channels} is {getattr(self, channels)} and groups is {groups}; "
                    "expected groups that divide it"
                )

    def _check_kernel(self, name: str, kernel_size: Size) -> tuple[int, ...]:
        return pair(name, "kernel_size", kernel_size, 1)

    def _options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.options}

    def _arguments(self) -> str:
        """Return channels and kernel, and what differs from the defaults."""
        changed = [
            f", {name}={value!r}"
            for name, value in self._options().items()
            if value != self.options[name]
        ]
        bias = "" if self.bias is not None else ", bias=False"
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
            + "".join(changed)
            + bias
        )


class _PlainConvolution(_Convolution):
    """What `Conv1d` and `Conv2d` share: the arguments, in PyTorch's order."""

    options: ClassVar[dict[str, Any]] = {
        "stride": 1,
        "padding": 0,
        "dilation": 1,
        "groups": 1,
        "padding_mode": "zeros",
    }

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: PaddingMode = "zeros",
        *,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self._set_channels(in_channels, out_channels, kernel_size, groups)
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.padding_mode = padding_mode
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self._draw(shape, out_channels, bias, rng, dtype)


class Conv1d(_PlainConvolution):
    """A convolution along sequences with learnt kernels; see `cnnbook.conv1d`.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation, groups, padding_mode
        As in `cnnbook.conv1d`.
    bias : bool
        Whether a number is added to each output channel.
    rng : numpy.random.Generator
        Draws the initial weights; see `cnnbook.layers.kaiming_uniform`.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    weight, grad_weight : ndarray, shape (C_out, C_in/groups, K)
    bias, grad_bias : ndarray, shape (C_out,), or None

    Examples
    --------
    >>> layer = Conv1d(2, 3, 5, padding=2, rng=np.random.default_rng(0))
    >>> layer
    Conv1d(2, 3, kernel_size=(5,), padding=2)
    >>> layer(np.zeros((64, 2, 100), np.float32)).shape
    (64, 3, 100)
    """

    _function = staticmethod(conv1d)
    _function_backward = staticmethod(conv1d_backward)

    def _check_kernel(self, name: str, kernel_size: Size) -> tuple[int, ...]:
        return (single(name, "kernel_size", kernel_size, 1),)


class Conv2d(_PlainConvolution):
    """A convolution with learnt kernels; see `cnnbook.conv2d`.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation, groups, padding_mode
        As in `cnnbook.conv2d`.
    bias : bool
        Whether a number is added to each output channel.
    rng : numpy.random.Generator
        Draws the initial weights; see `cnnbook.layers.kaiming_uniform`.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    weight, grad_weight : ndarray, shape (C_out, C_in/groups, K_H, K_W)
    bias, grad_bias : ndarray, shape (C_out,), or None

    Examples
    --------
    >>> layer = Conv2d(1, 6, 5, padding=2, rng=np.random.default_rng(0))
    >>> layer
    Conv2d(1, 6, kernel_size=(5, 5), padding=2)
    >>> layer(np.zeros((64, 1, 28, 28), np.float32)).shape
    (64, 6, 28, 28)
    """

    _function = staticmethod(conv2d)
    _function_backward = staticmethod(conv2d_backward)


class ConvTranspose2d(_Convolution):
    """A transposed convolution with learnt kernels; see `cnnbook.conv_transpose2d`.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, output_padding, groups, dilation
        As in `cnnbook.conv_transpose2d`.
    bias : bool
        Whether a number is added to each output channel.
    rng : numpy.random.Generator
        Draws the initial weights; see `cnnbook.layers.kaiming_uniform`.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    weight, grad_weight : ndarray, shape (C_in, C_out/groups, K_H, K_W)
    bias, grad_bias : ndarray, shape (C_out,), or None

    Examples
    --------
    >>> layer = ConvTranspose2d(6, 1, 2, stride=2, rng=np.random.default_rng(0))
    >>> layer(np.zeros((64, 6, 14, 14), np.float32)).shape
    (64, 1, 28, 28)
    """

    options: ClassVar[dict[str, Any]] = {
        "stride": 1,
        "padding": 0,
        "output_padding": 0,
        "groups": 1,
        "dilation": 1,
    }
    _function = staticmethod(conv_transpose2d)
    _function_backward = staticmethod(conv_transpose2d_backward)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        *,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self._set_channels(in_channels, out_channels, kernel_size, groups)
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.output_padding = output_padding
        shape = (in_channels, out_channels // groups, *self.kernel_size)
        self._draw(shape, out_channels, bias, rng, dtype)


class Linear(_Weighted):
    """A fully connected layer: every output is a weighted sum of all inputs.

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
        Whether a number is added to each output.
    rng : numpy.random.Generator
        Draws the initial weights; see `cnnbook.layers.kaiming_uniform`.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    weight, grad_weight : ndarray, shape (out_features, in_features)
    bias, grad_bias : ndarray, shape (out_features,), or None

    Examples
    --------
    >>> Linear(3072, 10, rng=np.random.default_rng(0))(np.zeros((1, 3072), np.float32)).shape
    (1, 10)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self.in_features = integer("Linear", "in_features", in_features, 1)
        self.out_features = integer("Linear", "out_features", out_features, 1)
        self._draw((out_features, in_features), out_features, bias, rng, dtype)

    def forward(self, x: Array) -> Array:
        """Return x · weightᵀ + bias for `x` of shape (..., in_features)."""
        y = linear(x, self.weight, self.bias)
        self._remember(x)
        return y

    def backward(self, grad_output: Array, need_input_grad: bool = True) -> Array | None:
        """Set `grad_weight` and `grad_bias`; return the gradient with respect to the input."""
        x = self._recall(need_input_grad)
        grad_input, *gradients = linear_backward(
            grad_output, x, self.weight, need_input_grad=need_input_grad
        )
        self._set(*gradients)
        return grad_input

    def _arguments(self) -> str:
        bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={bias}"
