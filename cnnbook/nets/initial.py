"""Initial weights that are the same on every machine: drawn by NumPy, not by PyTorch."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd

from cnnbook.arguments.checks import integer

Model = TypeVar("Model", bound=nn.Module)


def initialize(model: Model, seed: int = 0) -> Model:
    """Draw the weights of a model from a seed, with PyTorch's default distributions.

    Linear layers and convolutions, biases included, get U(−1/√m, 1/√m), where m is the number of
    inputs that one output sums; embeddings N(0, 1); normalisations ones and zeros.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place.
    seed : int
        Of a NumPy generator, so that the weights do not depend on device or PyTorch version.

    Returns
    -------
    torch.nn.Module
        The model itself.

    Raises
    ------
    ValueError
        If the model has parameters in a layer of another kind.

    Examples
    --------
    >>> from torch import nn
    >>> layer = initialize(nn.Linear(2, 1), seed=0)
    >>> [round(value, 3) for value in layer.weight.flatten().tolist()]
    [0.194, -0.326]
    """
    rng = np.random.default_rng(integer("initialize", "seed", seed, 0))
    for name, layer in model.named_modules():
        own = list(layer.parameters(recurse=False))
        if isinstance(layer, _ConvNd | nn.Linear):
            # PyTorch too counts a transposed convolution's inputs from its weight's second axis.
            bound = 1 / math.sqrt(layer.weight[0].numel())
            for parameter in own:
                _fill(parameter, rng.uniform(-bound, bound, parameter.shape))
        elif isinstance(layer, nn.Embedding):
            _fill(layer.weight, rng.standard_normal(layer.weight.shape))
        elif isinstance(layer, _NormBase | nn.LayerNorm | nn.GroupNorm):
            layer.reset_parameters()
        elif own:
            raise ValueError(
                f"initialize: {name or 'the model'} is a {type(layer).__name__} with parameters; "
                "expected linear, convolution, embedding and normalisation layers"
            )
    return model


def _fill(parameter: Tensor, values: np.ndarray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(values))
