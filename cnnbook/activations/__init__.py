"""Activations, the functions applied to the outputs of a layer, and their backward passes.

Most act on every element alone: `relu` and `leaky_relu` have a corner at 0, `sigmoid` and `tanh`
squash, `gelu` and `silu` multiply a number by a gate of its own. `softmax` and `log_softmax` act
along one axis, the classes. A backward pass takes the gradient of the loss with respect to the
output and the forward pass's arguments, and returns the gradient with respect to `x`.
"""

from cnnbook.activations.classes import (
    log_softmax,
    log_softmax_backward,
    softmax,
    softmax_backward,
)
from cnnbook.activations.gated import gelu, gelu_backward, silu, silu_backward
from cnnbook.activations.rectifiers import (
    leaky_relu,
    leaky_relu_backward,
    relu,
    relu_backward,
)
from cnnbook.activations.squashing import sigmoid, sigmoid_backward, tanh, tanh_backward

__all__ = [
    "gelu",
    "gelu_backward",
    "leaky_relu",
    "leaky_relu_backward",
    "log_softmax",
    "log_softmax_backward",
    "relu",
    "relu_backward",
    "sigmoid",
    "sigmoid_backward",
    "silu",
    "silu_backward",
    "softmax",
    "softmax_backward",
    "tanh",
    "tanh_backward",
]
