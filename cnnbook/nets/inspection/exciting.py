"""The image that excites one unit of a network most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnbook.arguments.checks import integer, pair
from cnnbook.nets.evaluation import device_of
from cnnbook.nets.inspection._common import dtype_of, evaluating, index, to_array
from cnnbook.nets.inspection.maps import output_of

START = 0.1  # norm of the noise to start from, as a share of the bound


@dataclass(frozen=True)
class Exciting:
    """What `maximize` found.

    Attributes
    ----------
    image : ndarray, shape (C, H, W)
        The one with the highest activation on the way.
    activations : list of float
        The unit's activation before each step and after the last.
    """

    image: NDArray[Any]
    activations: list[float]


def maximize(
    model: nn.Module,
    shape: Sequence[int],
    channel: int,
    *,
    layer: str | None = None,
    position: tuple[int, int] | None = None,
    steps: int = 100,
    lr: float = 0.1,
    norm: float | None = None,
    seed: int = 0,
) -> Exciting:
    """Look for the image that excites a unit most, by gradient ascent from noise.

    Each step goes the same length along the gradient and then back into the ball of images whose
    L2 norm is at most `norm`: without a bound, a larger image would excite nearly every unit more
    (Erhan, Bengio, Courville and Vincent, 2009; with a class's logit as the unit, Simonyan,
    Vedaldi and Zisserman, 2013, section 2). What is found is a local maximum: another seed may
    find another.

    Parameters
    ----------
    model : torch.nn.Module
        Used in evaluation mode and left as it was.
    shape : sequence of int
        (channels, height, width) of the image.
    channel : int
        Which channel of a map, or which output of a linear layer (the class, for the last one).
    layer : str, optional
        A name as in `model.named_modules()`; without it the model's output. Choose what stands
        before a ReLU: behind it, the gradient of a silent unit is 0.
    position : (row, column), optional
        Of a map; without it the mean over the map is maximized.
    steps : int
    lr : float
        Length of a step as a share of `norm`.
    norm : float, optional
        Bound of the L2 norm; without it √(C·H·W), the norm of a standardized image.
    seed : int
        Of the noise to start from, drawn by NumPy.

    Returns
    -------
    Exciting
        `image` and `activations`.

    Raises
    ------
    ValueError, TypeError
        For a unit that the model lacks, and if its gradient is 0 at the start.

    Examples
    --------
    Among the images of norm 1, a linear unit likes the one that looks like its weights.

    >>> import torch
    >>> from torch import nn
    >>> model = nn.Conv2d(1, 1, 2, bias=False)
    >>> _ = model.weight.data.copy_(torch.tensor([[[[0.0, 3.0], [-4.0, 0.0]]]]))
    >>> found = maximize(model, (1, 2, 2), 0, norm=1.0)
    >>> [round(value, 2) + 0.0 for value in found.image.flatten().tolist()]
    [0.0, 0.6, -0.8, 0.0]
    """
    function = "maximize"
    size = tuple(integer(function, "shape", n, 1) for n in shape)
    if len(size) != 3:
        raise ValueError(f"{function}: shape is {size}; expected (channels, height, width)")
    integer(function, "steps", steps, 1)
    bound = math.sqrt(math.prod(size)) if norm is None else norm
    for name, value in (("norm", bound), ("lr", lr)):
        if not 0 < value < float("inf"):
            raise ValueError(f"{function}: {name} is {value!r}; expected a positive number")
    noise = np.random.default_rng(integer(function, "seed", seed, 0)).standard_normal((1, *size))
    start = torch.from_numpy(noise * (START * bound / np.linalg.norm(noise)))
    x = start.to(device_of(model), dtype_of(model))
    best, activations = x, []
    with evaluating(model), torch.enable_grad():
        for step in range(steps + 1):
            x.requires_grad_()
            activation = _activation(output_of(function, model, layer, x), channel, position)
            activations.append(activation.item())
            if activations[-1] == max(activations):
                best = x
            if step == steps:
                break
            (gradient,) = torch.autograd.grad(activation, x)
            length = gradient.norm()
            if length == 0 and step == 0:
                raise ValueError(
                    f"{function}: the gradient is 0 at the start, as behind a ReLU whose sum is "
                    "negative; expected the layer before it, or another seed"
                )
            if length == 0:
                break
            x = x.detach() + gradient * (lr * bound / length)
            x = x * (bound / x.norm()).clamp(max=1)
    return Exciting(to_array(best[0]), activations)


def _activation(output: Tensor, channel: int, position: tuple[int, int] | None) -> Tensor:
    function = "maximize"
    if output.ndim not in (2, 4):
        raise ValueError(
            f"{function}: the unit's layer gives shape {tuple(output.shape)}; "
            "expected (N, features) or (N, C, H, W)"
        )
    unit = output[0, index(function, "channel", channel, output.shape[1], "channels")]
    if position is None:
        return unit.mean()
    if unit.ndim != 2:
        raise ValueError(
            f"{function}: position is {position}; expected None for a layer without a map"
        )
    row, column = pair(function, "position", position, 0)
    return unit[
        index(function, "position[0]", row, unit.shape[0], "rows"),
        index(function, "position[1]", column, unit.shape[1], "columns"),
    ]
