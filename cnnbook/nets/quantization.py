"""Weights in 8 bits: a quarter of the bytes, and what it costs in accuracy.

Each output channel has its own scale s, and a weight w is kept as the integer round(w/s), from
−127 to 127. One channel with large weights then does not coarsen the others (Jacob et al., 2018;
per channel: Krishnamoorthi, 2018, section 2).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

LARGEST = 127  # symmetric: −128 is not used


class Int8Weight(NamedTuple):
    """A weight as integers; `values * scale` is nearly the original.

    Attributes
    ----------
    values : Tensor of int8
        In the weight's shape.
    scale : Tensor of float32
        One positive number per output channel, in a shape that broadcasts over `values`.
    """

    values: Tensor
    scale: Tensor


@dataclass(frozen=True)
class Quantized:
    """What `quantize_int8` made of a model.

    Attributes
    ----------
    model : torch.nn.Module
        A copy that computes with the rounded weights, as floats: its accuracy is that of int8
        weights. Activations stay float.
    weights : dict of str to Int8Weight
        The integers and scales, by the names of `state_dict`.
    """

    model: nn.Module
    weights: dict[str, Int8Weight]


def quantize_int8(model: nn.Module) -> Quantized:
    """Round the weights of convolutions and linear layers to 8 bits, each output channel by itself.

    For a channel with the largest weight m, s = m/127 and ŵ = s·round(w/s), so that no weight
    moves by more than s/2. Biases and all other parameters keep their floats.

    Parameters
    ----------
    model : torch.nn.Module
        Left as it was.

    Returns
    -------
    Quantized
        `model` with the rounded weights, and `weights` with the integers and scales.

    Raises
    ------
    ValueError
        If the model has no convolution and no linear layer, or a weight is not finite.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> layer = nn.Linear(3, 1)
    >>> _ = layer.weight.data.copy_(torch.tensor([[1.0, -0.5, 0.001]]))
    >>> quantize_int8(layer).weights["weight"].values.tolist()
    [[127, -64, 0]]
    """
    model = copy.deepcopy(model)
    weights = {}
    for name, layer in model.named_modules():
        if not isinstance(layer, _ConvNd | nn.Linear):
            continue
        full_name = f"{name}.weight" if name else "weight"
        if not layer.weight.isfinite().all():
            raise ValueError(
                f"quantize_int8: {full_name} holds numbers that are not finite; "
                "expected finite weights"
            )
        # A transposed convolution's outputs are its weight's second axis.
        rounded = _rounded(layer.weight.detach(), 1 if isinstance(layer, _ConvTransposeNd) else 0)
        weights[full_name] = rounded
        with torch.no_grad():
            layer.weight.copy_(rounded.values * rounded.scale)
    if not weights:
        raise ValueError(
            f"quantize_int8: {type(model).__name__} has no weights to round; "
            "expected convolutions or linear layers"
        )
    return Quantized(model, weights)


def _rounded(weight: Tensor, channel_axis: int) -> Int8Weight:
    others = [axis for axis in range(weight.ndim) if axis != channel_axis]
    largest = weight.abs().amax(dim=others, keepdim=True)
    # A channel of zeros may have any scale.
    scale = torch.where(largest > 0, largest / LARGEST, 1.0)
    values = (weight / scale).round().clamp(-LARGEST, LARGEST)
    return Int8Weight(values.to(torch.int8), scale.to(torch.float32))


def size_in_bytes(model: nn.Module | Quantized) -> int:
    """Return the bytes of a model's parameters and buffers.

    Parameters
    ----------
    model : torch.nn.Module or Quantized
        For a quantized one, a rounded weight counts 1 byte and a scale 4.

    Returns
    -------
    int

    Examples
    --------
    >>> from cnnbook.nets import TinyCNN
    >>> size_in_bytes(TinyCNN()), size_in_bytes(quantize_int8(TinyCNN()))
    (7592, 2136)
    """
    if isinstance(model, nn.Module):
        return sum(_bytes(tensor) for tensor in _tensors(model).values())
    rest = sum(_bytes(t) for name, t in _tensors(model.model).items() if name not in model.weights)
    return rest + sum(_bytes(tensor) for weight in model.weights.values() for tensor in weight)


def _tensors(model: nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers; what two layers share appears once."""
    return dict(model.named_parameters()) | dict(model.named_buffers())


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
