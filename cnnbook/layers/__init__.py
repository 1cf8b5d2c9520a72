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
from cnnbook.layers.initialisation import fan_in, kaiming_uniform
from cnnbook.layers.plain import (
    AvgPool2d,
    Flatten,
    GlobalAvgPool2d,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Tanh,
)
from cnnbook.layers.weighted import Conv2d, ConvTranspose2d, Linear

__all__ = [
    "AvgPool2d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "Flatten",
    "GlobalAvgPool2d",
    "Layer",
    "Linear",
    "MaxPool2d",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Tanh",
    "fan_in",
    "kaiming_uniform",
]
