"""Feature maps: what each layer of a network answers to images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnbook.nets.evaluation import Array
from cnnbook.nets.inspection._common import as_images, evaluating, layer_called, to_array


def feature_maps(
    model: nn.Module, x: Array, layers: Sequence[str] | None = None
) -> dict[str, NDArray[Any]]:
    """Return what the layers of a model answer to images.

    Parameters
    ----------
    model : torch.nn.Module
        Used in evaluation mode and left as it was; the hooks are removed also after an error.
    x : ndarray or Tensor, shape (N, C, H, W)
        Images.
    layers : sequence of str, optional
        Names as in `model.named_modules()`; without it every layer that holds no other layer.
        What is called as a function in `forward` (`F.relu`) is no layer and has no name.

    Returns
    -------
    dict of str to ndarray
        The outputs by name, in the order in which the layers ran: (N, C, H, W) after a
        convolution, (N, features) after a linear layer. A layer that runs more than once gives
        "relu", "relu (2)" and so on.

    Raises
    ------
    ValueError, TypeError
        For images of another shape or dtype, a layer that the model lacks or never ran, and a
        named layer that gives no single tensor.

    Examples
    --------
    >>> import torch
    >>> from cnnbook.nets import TinyCNN
    >>> maps = feature_maps(TinyCNN.pretrained(), torch.zeros(2, 1, 8, 8), ["conv1", "pool1"])
    >>> {name: map.shape for name, map in maps.items()}
    {'conv1': (2, 8, 8, 8), 'pool1': (2, 8, 4, 4)}
    """
    if isinstance(layers, str):
        raise TypeError(f"feature_maps: layers is {layers!r}; expected a list of names")
    if layers is None:
        watched = {name: m for name, m in model.named_modules() if not any(m.children())}
    else:
        watched = {name: layer_called("feature_maps", model, name) for name in layers}
    images = as_images("feature_maps", "x", x, model)
    maps: dict[str, NDArray[Any]] = {}
    runs = dict.fromkeys(watched, 0)

    def keep(name: str, output: Any) -> None:
        runs[name] += 1
        if isinstance(output, Tensor):
            # A copy: a later layer that works in place would change it.
            maps[name if runs[name] == 1 else f"{name} ({runs[name]})"] = to_array(output)
        elif layers is not None:
            raise ValueError(
                f"feature_maps: {name} gives a {type(output).__name__}; expected one tensor"
            )

    with evaluating(model), torch.no_grad(), hooked(watched, keep):
        model(images)
    if idle := [name for name, count in runs.items() if count == 0 and layers is not None]:
        raise ValueError(f"feature_maps: {', '.join(idle)} did not run in the forward pass")
    return maps


@contextmanager
def hooked(layers: dict[str, nn.Module], keep: Callable[[str, Any], None]) -> Iterator[None]:
    """Call `keep(name, output)` after each run of the layers, inside the with block only."""

    def hook(name: str) -> Callable[[nn.Module, Any, Any], None]:
        return lambda layer, inputs, output: keep(name, output)

    handles = [layer.register_forward_hook(hook(name)) for name, layer in layers.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def output_of(function: str, model: nn.Module, layer: str | None, x: Tensor) -> Tensor:
    """Return what a layer answers (the model itself for None), with its gradient graph."""
    found: list[Tensor] = []

    def keep(name: str, output: Any) -> None:
        # The graph of the answer is kept, its values are copied before a layer works in place.
        found.append(output.clone() if isinstance(output, Tensor) else output)

    watched = {} if layer is None else {layer: layer_called(function, model, layer)}
    with hooked(watched, keep):
        final = model(x)
    if layer is None:
        found.append(final)
    if not found:
        raise ValueError(f"{function}: {layer} did not run in the forward pass")
    if not isinstance(found[0], Tensor):
        raise ValueError(
            f"{function}: {layer or 'the model'} gives a {type(found[0]).__name__}; "
            "expected one tensor"
        )
    return found[0]
