"""The receptive field, seen: which pixels an output's gradient reaches, and how strongly."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.conv import _ConvNd

from cnnbook.arguments.checks import integer, pair
from cnnbook.nets.evaluation import Array, device_of
from cnnbook.nets.inspection._common import (
    as_one_image,
    dtype_of,
    evaluating,
    index,
    to_array,
)
from cnnbook.nets.inspection.maps import output_of

# What looks at each position by itself.
POINTWISE = (
    nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.GELU, nn.SiLU, nn.ELU, nn.Sigmoid, nn.Tanh, nn.BatchNorm2d,
)  # fmt: skip


@dataclass(frozen=True)
class GradientField:
    """The pixels that one output depends on.

    Attributes
    ----------
    map : ndarray, shape (H, W)
        Size of the gradient of the output with respect to each pixel. The output's channels are
        summed before, those of the pixel after the sizes are taken.
    box : tuple of int
        (top, left, bottom, right) of the smallest rectangle that holds every pixel whose
        gradient is not 0; bottom and right are the first row and column outside it.
    """

    map: NDArray[Any]
    box: tuple[int, int, int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the box."""
        top, left, bottom, right = self.box
        return bottom - top, right - left


def receptive_field_by_gradient(
    model: nn.Module,
    input_size: Sequence[int],
    *,
    layer: str | None = None,
    position: tuple[int, int] | None = None,
    image: Array | None = None,
) -> GradientField:
    """Find the receptive field of one output position by its gradient.

    The model is taken as it is, and the gradient is that at one image. It can show less than the
    field: max pooling passes it to one pixel of each window, ReLU stops it where the sum was
    negative, and weights of both signs may cancel. Every pixel of the field is seen with mean
    pooling, no activation and positive weights: take `averaging(model)` for that. With the model
    itself, the map shows the effective field (Luo, Li, Urtasun and Zemel, 2016).

    Parameters
    ----------
    model : torch.nn.Module
        Used in evaluation mode and left as it was.
    input_size : sequence of int
        (channels, height, width) of the image. Where it is too small the field is cut off at the
        border: pixels of the padding are not counted.
    layer : str, optional
        Whose output to look at, a name as in `model.named_modules()`; without it the model's.
    position : (row, column), optional
        Of the output; without it the middle one. Only for outputs with height and width.
    image : ndarray or Tensor, shape (C, H, W), optional
        Where to take the gradient; without it an image of ones.

    Returns
    -------
    GradientField
        `map`, `box` and `size`.

    Raises
    ------
    ValueError, TypeError
        For sizes, a position or a layer that do not fit the model, and if the gradient is 0
        everywhere.

    Examples
    --------
    >>> from torch import nn
    >>> model = nn.Sequential(nn.Conv2d(1, 4, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 5))
    >>> receptive_field_by_gradient(averaging(model), (1, 28, 28)).size
    (14, 14)
    """
    function = "receptive_field_by_gradient"
    size = tuple(integer(function, "input_size", n, 1) for n in input_size)
    if len(size) != 3:
        raise ValueError(f"{function}: input_size is {size}; expected (channels, height, width)")
    if image is None:
        x = torch.ones((1, *size), dtype=dtype_of(model), device=device_of(model))
    else:
        x = as_one_image(function, "image", image, model)
        if x.shape[1:] != size:
            raise ValueError(
                f"{function}: image has shape {tuple(x.shape[1:])}; expected input_size, {size}"
            )
    x.requires_grad_()
    with evaluating(model), torch.enable_grad():
        output = output_of(function, model, layer, x)
        if output.ndim == 4:
            height, width = output.shape[2:]
            row, column = _position(position, height, width)
            output = output[:, :, row, column]
        elif position is not None:
            raise ValueError(
                f"{function}: position is {position}, but the output has shape "
                f"{tuple(output.shape)}; expected None where there is no height and width"
            )
        (gradient,) = torch.autograd.grad(output.sum(), x)
    field = gradient.abs().sum(dim=(0, 1))
    rows, columns = field.sum(dim=1).nonzero(), field.sum(dim=0).nonzero()
    if len(rows) == 0:
        raise ValueError(
            f"{function}: the gradient is 0 at every pixel, as behind a ReLU whose sums are all "
            "negative; expected an image that excites the output, or averaging(model)"
        )
    box = (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
    top, left, bottom, right = (int(edge) for edge in box)
    return GradientField(to_array(field), (top, left, bottom, right))


def _position(position: tuple[int, int] | None, height: int, width: int) -> tuple[int, int]:
    function = "receptive_field_by_gradient"
    if position is None:
        return height // 2, width // 2
    row, column = pair(function, "position", position, 0)
    return (
        index(function, "position[0]", row, height, "rows"),
        index(function, "position[1]", column, width, "columns"),
    )


def averaging(model: nn.Module) -> nn.Module:
    """Return a copy of a model in which every layer takes means.

    Max pooling becomes mean pooling, activations and batch normalisation do nothing, each weight
    is 1 over the number of inputs that one output sums, biases are 0. Nothing is then hidden from
    the gradient: it is positive at every pixel of the receptive field (see
    `receptive_field_by_gradient`).

    Parameters
    ----------
    model : torch.nn.Module
        Its poolings and activations must be layers, not functions called in `forward`.

    Returns
    -------
    torch.nn.Module

    Raises
    ------
    ValueError
        For max pooling with dilation, which mean pooling does not have.

    Examples
    --------
    >>> from torch import nn
    >>> averaging(nn.Sequential(nn.Conv2d(1, 1, 2), nn.ReLU()))[0].weight.flatten().tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    # A layer is replaced in what holds it, and the model itself may be one.
    holder = nn.Sequential(copy.deepcopy(model))
    for parent in list(holder.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, POINTWISE):
                setattr(parent, name, nn.Identity())
            elif isinstance(layer, nn.MaxPool2d):
                setattr(parent, name, _mean_pooling(layer))
    for layer in holder.modules():
        if isinstance(layer, _ConvNd | nn.Linear):
            nn.init.constant_(layer.weight, 1 / layer.weight[0].numel())
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return holder[0]


def _mean_pooling(layer: nn.MaxPool2d) -> nn.AvgPool2d:
    if layer.dilation not in (1, (1, 1)):
        raise ValueError(
            f"averaging: a max pooling has dilation {layer.dilation}; expected 1, "
            "because mean pooling has none"
        )
    return nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode)
