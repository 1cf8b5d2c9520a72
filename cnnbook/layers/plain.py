"""The layers without weights: activations, pooling and flattening.

They take `need_input_grad` like all layers, and skip their only work when it is False.
"""

from __future__ import annotations

from typing import Any, ClassVar

from cnnbook.activations import (
    gelu,
    gelu_backward,
    leaky_relu,
    leaky_relu_backward,
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    silu,
    silu_backward,
    softmax,
    softmax_backward,
    tanh,
    tanh_backward,
)
from cnnbook.arguments.checks import Array, Size
from cnnbook.fully_connected import flatten, flatten_backward
from cnnbook.layers.base import Layer
from cnnbook.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    global_avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)

__all__ = [
    "GELU",
    "AvgPool2d",
    "Flatten",
    "GlobalAvgPool2d",
    "LeakyReLU",
    "MaxPool2d",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
]


class _Plain(Layer):
    """A layer that is one function of this package and that function's backward pass.

    A subclass calls them in `_value` and `_input_gradient`, and names in `options` the arguments
    that it passes on to both.
    """

    options: ClassVar[tuple[str, ...]] = ()

    def forward(self, x: Array) -> Array:
        """Return the function's value for `x`."""
        y = self._value(x)
        self._remember(x)
        return y

    def backward(self, grad_output: Array, need_input_grad: bool = True) -> Array | None:
        """Return the gradient with respect to the input; there are no parameters."""
        x = self._recall(need_input_grad)
        return self._input_gradient(grad_output, x) if need_input_grad else None

    def _value(self, x: Array) -> Array:
        raise NotImplementedError

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        raise NotImplementedError

    def _options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.options}

    def _arguments(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self._options().items())


class ReLU(_Plain):
    """max(x, 0), element by element; see `cnnbook.relu`.

    Examples
    --------
    >>> import numpy as np
    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def _value(self, x: Array) -> Array:
        return relu(x)

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return relu_backward(grad_output, x)


class LeakyReLU(_Plain):
    """x where x > 0, and negative_slope · x elsewhere; see `cnnbook.leaky_relu`.

    Parameters
    ----------
    negative_slope : float
        The slope below 0.

    Examples
    --------
    >>> import numpy as np
    >>> LeakyReLU(0.25)(np.array([-2.0, 3.0]))
    array([-0.5,  3. ])
    """

    options: ClassVar[tuple[str, ...]] = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def _value(self, x: Array) -> Array:
        return leaky_relu(x, **self._options())

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return leaky_relu_backward(grad_output, x, **self._options())


class GELU(_Plain):
    """x · Φ(x), element by element; see `cnnbook.gelu`.

    Parameters
    ----------
    approximate : {"none", "tanh"}
        How Φ is computed.

    Examples
    --------
    >>> import numpy as np
    >>> GELU()(np.array([0.0, 100.0]))
    array([  0., 100.])
    """

    options: ClassVar[tuple[str, ...]] = ("approximate",)

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def _value(self, x: Array) -> Array:
        return gelu(x, **self._options())

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return gelu_backward(grad_output, x, **self._options())


class SiLU(_Plain):
    """x · sigmoid(x), element by element; see `cnnbook.silu`.

    Examples
    --------
    >>> import numpy as np
    >>> SiLU()(np.array([0.0, 100.0]))
    array([  0., 100.])
    """

    def _value(self, x: Array) -> Array:
        return silu(x)

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return silu_backward(grad_output, x)


class Sigmoid(_Plain):
    """1 / (1 + exp(−x)), element by element; see `cnnbook.sigmoid`.

    Examples
    --------
    >>> import numpy as np
    >>> Sigmoid()(np.array([0.0]))
    array([0.5])
    """

    def _value(self, x: Array) -> Array:
        return sigmoid(x)

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return sigmoid_backward(grad_output, x)


class Tanh(_Plain):
    """The hyperbolic tangent, element by element; see `cnnbook.tanh`.

    Examples
    --------
    >>> import numpy as np
    >>> Tanh()(np.array([0.0]))
    array([0.])
    """

    def _value(self, x: Array) -> Array:
        return tanh(x)

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return tanh_backward(grad_output, x)


class Softmax(_Plain):
    """Positive numbers that add up to 1 along one axis; see `cnnbook.softmax`.

    A classifier that is trained with `cnnbook.cross_entropy` ends without it: the loss takes
    logits.

    Parameters
    ----------
    axis : int
        The axis of the classes, the last one unless given. (PyTorch's `dim`, which has to be
        given there.)

    Examples
    --------
    >>> import numpy as np
    >>> Softmax()(np.array([1.0, 1.0]))
    array([0.5, 0.5])
    """

    options: ClassVar[tuple[str, ...]] = ("axis",)

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def _value(self, x: Array) -> Array:
        return softmax(x, **self._options())

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return softmax_backward(grad_output, x, **self._options())


class Flatten(_Plain):
    """All axes but the batch made into one; see `cnnbook.flatten`.

    Parameters
    ----------
    start_axis : int
        First axis to join.

    Examples
    --------
    >>> import numpy as np
    >>> Flatten()(np.zeros((2, 3, 4, 5))).shape
    (2, 60)
    """

    options: ClassVar[tuple[str, ...]] = ("start_axis",)

    def __init__(self, start_axis: int = 1) -> None:
        self.start_axis = start_axis

    def _value(self, x: Array) -> Array:
        return flatten(x, **self._options())

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return flatten_backward(grad_output, x, **self._options())


class MaxPool2d(_Plain):
    """The maximum of each window; see `cnnbook.max_pool2d`.

    Parameters
    ----------
    kernel_size, stride, padding, dilation, ceil_mode
        As in `cnnbook.max_pool2d`; the stride is the kernel size unless given. `ceil_mode` goes
        by name only: PyTorch's layer has another argument before it.

    Examples
    --------
    >>> import numpy as np
    >>> MaxPool2d(2)(np.zeros((1, 6, 28, 28))).shape
    (1, 6, 14, 14)
    """

    options: ClassVar[tuple[str, ...]] = (
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "ceil_mode",
    )

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation, self.ceil_mode = padding, dilation, ceil_mode

    def _value(self, x: Array) -> Array:
        return max_pool2d(x, **self._options())

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return max_pool2d_backward(grad_output, x, **self._options())


class AvgPool2d(_Plain):
    """The mean of each window; see `cnnbook.avg_pool2d`.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        As in `cnnbook.avg_pool2d`; the stride is the kernel size unless given.

    Examples
    --------
    >>> import numpy as np
    >>> AvgPool2d(2)(np.ones((1, 1, 2, 2)))
    array([[[[1.]]]])
    """

    options: ClassVar[tuple[str, ...]] = (
        "kernel_size",
        "stride",
        "padding",
        "ceil_mode",
        "count_include_pad",
        "divisor_override",
    )

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def _value(self, x: Array) -> Array:
        return avg_pool2d(x, **self._options())

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return avg_pool2d_backward(grad_output, x, **self._options())


class GlobalAvgPool2d(_Plain):
    """The mean of each channel: (N, C, H, W) becomes (N, C); see `cnnbook.global_avg_pool2d`.

    In PyTorch this is ``AdaptiveAvgPool2d(1)`` followed by ``Flatten()``.

    Examples
    --------
    >>> import numpy as np
    >>> GlobalAvgPool2d()(np.ones((2, 3, 4, 5))).shape
    (2, 3)
    """

    def _value(self, x: Array) -> Array:
        return global_avg_pool2d(x)

    def _input_gradient(self, grad_output: Array, x: Array) -> Array:
        return global_avg_pool2d_backward(grad_output, x)
