"""The deconvnet of Zeiler and Fergus (2014): one activation, projected back to the pixels.

The network is walked in reverse. A convolution becomes the transposed one with the same weights;
max pooling puts each value back where its maximum was, which the way up has noted (the switches);
ReLU stays ReLU, so that only what is positive travels on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnbook.arguments.checks import pair
from cnnbook.nets.evaluation import Array
from cnnbook.nets.inspection._common import as_one_image, evaluating, index, to_array
from cnnbook.shapes import same_padding

# Takes what comes down from the layer above, gives what goes down to the one below.
Down = Callable[[Tensor], Tensor]


class Projection(NamedTuple):
    """What `project_back` found.

    Attributes
    ----------
    image : ndarray, shape (C, H, W)
        The pattern in the pixels. It is 0 outside the activation's receptive field.
    activation : float
        The value that was projected.
    position : (row, column)
        Where in the map it stands; (0, 0) for a linear layer.
    """

    image: NDArray[Any]
    activation: float
    position: tuple[int, int]


def project_back(
    model: nn.Module,
    x: Array,
    layer: str,
    channel: int,
    position: tuple[int, int] | None = None,
) -> Projection:
    """Project one activation back to the pixels, to see which pattern of the image caused it.

    All other activations of the layer are set to 0; the remaining one goes down through the
    transposed convolutions, the switches and the ReLUs (Zeiler and Fergus, 2014, section 2.1).
    Where no ReLU lies on the way, this is the gradient times the activation.

    Parameters
    ----------
    model : torch.nn.Sequential
        Of Conv2d, MaxPool2d, ReLU, Flatten, Linear, Dropout and Identity up to the layer;
        Sequentials inside count as their layers. Used in evaluation mode and left as it was.
    x : ndarray or Tensor, shape (C, H, W) or (1, C, H, W)
        One image.
    layer : str
        Name of the layer, as in `model.named_modules()`.
    channel : int
        Of the layer's output.
    position : (row, column), optional
        In the map; without it the strongest activation of the channel.

    Returns
    -------
    Projection
        `image`, `activation` and `position`.

    Raises
    ------
    ValueError, TypeError
        For a model of another kind, another layer on the way, or an activation that is not there.

    Examples
    --------
    One convolution: the kernel, at its place, times the activation.

    >>> import torch
    >>> from torch import nn
    >>> model = nn.Sequential(nn.Conv2d(1, 1, 2, bias=False))
    >>> _ = model[0].weight.data.copy_(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    >>> found = project_back(model, torch.eye(3)[None], "0", 0, (0, 1))
    >>> found.activation, found.image.tolist()
    (3.0, [[[0.0, 3.0, 6.0], [0.0, 9.0, 12.0], [0.0, 0.0, 0.0]]])
    """
    function = "project_back"
    if not isinstance(model, nn.Sequential):
        raise TypeError(f"{function}: model is a {type(model).__name__}; expected a Sequential")
    path = _path(model, layer)
    signal = as_one_image(function, "x", x, model)
    ways_down = []
    with evaluating(model), torch.no_grad():
        for name, step in path:
            ways_down.append(_way_down(name, step, signal))
            signal = step(signal.clone())  # a ReLU may work in place
        signal, where = _one_activation(signal, channel, position)
        activation = signal.sum().item()
        for down in reversed(ways_down):
            signal = down(signal)
    return Projection(to_array(signal[0]), activation, where)


def _path(model: nn.Sequential, layer: str) -> list[tuple[str, nn.Module]]:
    """Return the layers from the first to the named one."""
    steps = list(_flat(model))
    names = [name for name, _ in steps]
    if layer not in names:
        raise ValueError(f"project_back: layer is {layer!r}; expected one of: {', '.join(names)}")
    return steps[: names.index(layer) + 1]


def _flat(model: nn.Sequential, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    for name, layer in model.named_children():
        if isinstance(layer, nn.Sequential):
            yield from _flat(layer, f"{prefix}{name}.")
        else:
            yield prefix + name, layer


def _one_activation(
    output: Tensor, channel: int, position: tuple[int, int] | None
) -> tuple[Tensor, tuple[int, int]]:
    """Return the output with all but one activation set to 0, and where that one is."""
    function = "project_back"
    index(function, "channel", channel, output.shape[1], "channels")
    chosen = output[0, channel].reshape(output.shape[2:] or (1, 1))
    height, width = chosen.shape
    if position is None:
        row, column = divmod(int(chosen.argmax()), width)
    else:
        row, column = pair(function, "position", position, 0)
        index(function, "position[0]", row, height, "rows")
        index(function, "position[1]", column, width, "columns")
    alone = torch.zeros_like(output).reshape(1, -1, height, width)
    alone[0, channel, row, column] = chosen[row, column]
    return alone.reshape(output.shape), (row, column)


def _way_down(name: str, layer: nn.Module, x: Tensor) -> Down:
    """Return how a signal passes a layer downwards that was given `x` on the way up."""
    if isinstance(layer, nn.Conv2d):
        return _transposed(name, layer, x.shape[2:])
    if isinstance(layer, nn.MaxPool2d):
        return _unpooling(layer, x)
    if isinstance(layer, nn.ReLU):
        return F.relu
    if isinstance(layer, nn.Linear):
        return lambda signal: signal @ layer.weight
    if isinstance(layer, nn.Flatten):
        return lambda signal: signal.reshape(x.shape)
    if isinstance(layer, nn.Dropout | nn.Dropout2d | nn.Identity):
        return lambda signal: signal
    raise ValueError(
        f"project_back: layer {name!r} is a {type(layer).__name__}; expected Conv2d, MaxPool2d, "
        "ReLU, Flatten, Linear, Dropout and Identity on the way"
    )


def _transposed(name: str, layer: nn.Conv2d, size: torch.Size) -> Down:
    if layer.padding_mode != "zeros":
        raise ValueError(
            f"project_back: layer {name!r} has padding_mode {layer.padding_mode!r}; "
            "expected 'zeros'"
        )
    top, left = _padding(name, layer)

    def down(signal: Tensor) -> Tensor:
        # Several input sizes give the same output size; this says which it was.
        extra = [
            n - ((m - 1) * s + d * (k - 1) + 1 - 2 * p)
            for n, m, s, d, k, p in zip(
                size, signal.shape[2:], layer.stride, layer.dilation, layer.kernel_size,
                (top, left), strict=True,
            )
        ]  # fmt: skip
        return F.conv_transpose2d(
            signal,
            layer.weight,
            None,
            layer.stride,
            (top, left),
            extra,
            layer.groups,
            layer.dilation,
        )

    return down


def _padding(name: str, layer: nn.Conv2d) -> tuple[int, int]:
    if layer.padding == "valid":
        return 0, 0
    if layer.padding == "same":
        (top, bottom), (left, right) = same_padding(
            pair("project_back", "kernel_size", layer.kernel_size, 1),
            pair("project_back", "dilation", layer.dilation, 1),
        )
        if (top, left) != (bottom, right):
            raise ValueError(
                f"project_back: layer {name!r} pads one side more than the other "
                "(padding='same'); expected a kernel of odd size"
            )
        return top, left
    return pair("project_back", "padding", layer.padding, 0)


def _unpooling(layer: nn.MaxPool2d, x: Tensor) -> Down:
    _, switches = F.max_pool2d(
        x, layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.ceil_mode,
        return_indices=True,
    )  # fmt: skip

    def down(signal: Tensor) -> Tensor:
        # Added, not written: windows that overlap may share their maximum.
        flat = torch.zeros_like(x).flatten(2)
        return flat.scatter_add(2, switches.flatten(2), signal.flatten(2)).reshape(x.shape)

    return down
