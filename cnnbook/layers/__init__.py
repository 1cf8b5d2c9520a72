"""Layers: they hold parameters and call the functions of this package.

Names, arguments, defaults, initial weights and the keys of `state_dict` are those of
``torch.nn``; randomness comes from an explicit ``rng``. `Layer` says what every layer can do,
and that a backward pass sets gradients and does not add to them.

>>> import numpy as np
>>> from cnnbook.layers import Conv2d, Flatten, Linear, ReLU, Sequential
>>> rng = np.random.default_rng(0)
>>> model = Sequential(Conv2d(1, 2, 3, rng=rng), ReLU(), Flatten(), Linear(8, 3, rng=rng))
>>> x = np.ones((5, 1, 4, 4), np.float32)
>>> model(x).shape
(5, 3)
>>> model.backward(np.ones((5, 3), np.float32)).shape
(5, 1, 4, 4)
>>> [gradient.shape for gradient in model.gradients()]
[(2, 1, 3, 3), (2,), (3, 8), (3,)]
"""

from cnnbook.layers.base import Layer
from cnnbook.layers.batchnorm import BatchNorm2d
from cnnbook.layers.containers import Residual, Sequential
from cnnbook.layers.dropout import Dropout
from cnnbook.layers.initialisation import (
    calculate_gain,
    fan_in,
    fan_out,
    kaiming_normal_,
    kaiming_uniform,
    kaiming_uniform_,
    xavier_normal_,
    xavier_uniform_,
)
from cnnbook.layers.normalisation import GroupNorm, LayerNorm
from cnnbook.layers.plain import (
    GELU,
    AvgPool2d,
    Flatten,
    GlobalAvgPool2d,
    LeakyReLU,
    MaxPool2d,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)
from cnnbook.layers.weighted import Conv1d, Conv2d, ConvTranspose2d, Linear

__all__ = [
    "GELU",
    "AvgPool2d",
    "BatchNorm2d",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2d",
    "GroupNorm",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "ReLU",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "calculate_gain",
    "fan_in",
    "fan_out",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "xavier_normal_",
    "xavier_uniform_",
]
