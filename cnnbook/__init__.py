"""cnnbook: the companion library of a book on convolutional neural networks.

Functions on NumPy arrays stand here; modules and folders (`cnnbook.layers`, `cnnbook.data`, …)
are imported on first use, so that ``import cnnbook`` needs NumPy alone.
"""

from importlib import import_module
from types import ModuleType

from cnnbook.activations import (
    gelu,
    gelu_backward,
    leaky_relu,
    leaky_relu_backward,
    log_softmax,
    log_softmax_backward,
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
from cnnbook.convolution import conv1d, conv1d_backward, conv2d, conv2d_backward
from cnnbook.fully_connected import (
    flatten,
    flatten_backward,
    linear,
    linear_backward,
)
from cnnbook.loops import conv2d_backward_loops, conv2d_loops, convolve2d, correlate2d
from cnnbook.losses import (
    binary_cross_entropy_with_logits,
    binary_cross_entropy_with_logits_backward,
    cross_entropy,
    cross_entropy_backward,
    mse_loss,
    mse_loss_backward,
)
from cnnbook.padding import pad, pad_backward
from cnnbook.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    global_avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
    sum_pool2d,
    sum_pool2d_backward,
)
from cnnbook.shapes import (
    conv2d_cost,
    conv_output_size,
    conv_transpose_output_size,
    receptive_field,
    same_padding,
    unused_pixels,
)
from cnnbook.transposed import conv_transpose2d, conv_transpose2d_backward
from cnnbook.windows import col2im, im2col, sliding_windows

__all__ = [
    "avg_pool2d",
    "avg_pool2d_backward",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_backward",
    "col2im",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv2d_backward_loops",
    "conv2d_cost",
    "conv2d_loops",
    "conv_output_size",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose_output_size",
    "convolve2d",
    "correlate2d",
    "cross_entropy",
    "cross_entropy_backward",
    "flatten",
    "flatten_backward",
    "gelu",
    "gelu_backward",
    "global_avg_pool2d",
    "global_avg_pool2d_backward",
    "im2col",
    "leaky_relu",
    "leaky_relu_backward",
    "linear",
    "linear_backward",
    "log_softmax",
    "log_softmax_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "mse_loss",
    "mse_loss_backward",
    "pad",
    "pad_backward",
    "receptive_field",
    "relu",
    "relu_backward",
    "same_padding",
    "sigmoid",
    "sigmoid_backward",
    "silu",
    "silu_backward",
    "sliding_windows",
    "softmax",
    "softmax_backward",
    "sum_pool2d",
    "sum_pool2d_backward",
    "tanh",
    "tanh_backward",
    "unused_pixels",
]

__version__ = "0.1.0"

#: What ``cnnbook.NAME`` imports when it is first asked for.
_ON_FIRST_USE = frozenset(
    {"data", "detection", "diagrams", "exercises", "figures", "gradcheck", "kernels", "layers"}
    | {"nets", "notebook", "optim", "segmentation", "winograd"}
)


def __getattr__(name: str) -> ModuleType:
    """Import one of the package's modules by its name (PEP 562)."""
    if name in _ON_FIRST_USE:
        return import_module(f"cnnbook.{name}")
    raise AttributeError(f"module 'cnnbook' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return what a reader may use: the functions, the modules, the version."""
    return sorted([*__all__, *_ON_FIRST_USE, "__version__"])
