"""Weights that others published, put into the book's networks."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby, zip_longest
from types import FunctionType
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from cnnbook.arguments.checks import a_kind
from cnnbook.nets.architectures.branches import TransformInput

Model = TypeVar("Model", bound=nn.Module)

# The order of PyTorch's own layers. Files of 2018 and before begin with the running statistics.
ORDER = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def load_published(model: Model, state_dict: Mapping[str, Tensor]) -> Model:
    """Fill a network with published weights, layer by layer in their order, whatever their names.

    Within a layer, weight, bias and running statistics go by their names. Auxiliary heads (`aux…`)
    are left out, and counts of batches may be missing: no answer needs them. GoogLeNet from then
    on converts its input as its published weights ask (`branches.TransformInput`).

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place; unchanged if anything does not fit.
    state_dict : mapping of str to torch.Tensor
        What `torch.load` gives of a downloaded file, or `state_dict()` of torchvision's network.

    Returns
    -------
    torch.nn.Module
        The model itself. Call its `eval()` before you ask it.

    Raises
    ------
    TypeError
        If `model` is no module or `state_dict` no mapping of names to tensors.
    ValueError
        If the number of tensors or any shape is not the model's; the text says which. If the
        model is on the "meta" device, where numbers have no place.

    Examples
    --------
    >>> from torch import nn
    >>> theirs = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
    >>> ours = nn.Sequential(nn.Sequential(nn.Conv2d(3, 8, 3)), nn.BatchNorm2d(8))
    >>> ours = load_published(ours, theirs.state_dict())
    >>> bool((ours[0][0].weight == theirs[0].weight).all())
    True
    """
    if not isinstance(model, nn.Module):
        hint = f"; call {model.__name__}()" if isinstance(model, FunctionType) else ""
        raise TypeError(f"load_published: model is {a_kind(model)}; expected a module{hint}")
    theirs = _in_order(_checked(state_dict))
    ours = model.state_dict()
    if any(value.is_meta for value in ours.values()):
        raise ValueError(
            'load_published: model is on the device "meta", which holds shapes alone; '
            'expected one with numbers, for example model.to_empty(device="cpu")'
        )
    if not any(name.endswith(ORDER[-1]) for name in theirs) and len(theirs) != len(ours):
        ours = {name: value for name, value in ours.items() if not name.endswith(ORDER[-1])}
    _compare(theirs, ours)
    pairs = zip(ours.values(), theirs.values(), strict=True)
    with torch.no_grad():
        for own, published in pairs:
            own.copy_(published)
    for layer in model.modules():
        if isinstance(layer, TransformInput):
            layer.active = True
    return model


def _checked(state_dict: Any) -> Mapping[str, Tensor]:
    expected = "expected a state_dict, names with tensors"
    if not isinstance(state_dict, Mapping):
        hint = "; call its state_dict()" if isinstance(state_dict, nn.Module) else ""
        raise TypeError(f"load_published: state_dict is {a_kind(state_dict)}; {expected}{hint}")
    for name, value in state_dict.items():
        if not isinstance(name, str):
            raise TypeError(f"load_published: state_dict has the key {name!r}; {expected}")
        if not isinstance(value, Tensor):
            inner = f"; try state_dict[{name!r}]" if isinstance(value, Mapping) else ""
            raise TypeError(
                f"load_published: state_dict[{name!r}] is {a_kind(value)}; {expected}{inner}"
            )
    return state_dict


def _in_order(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the entries without auxiliary heads, each layer's in PyTorch's order."""

    def place(name: str) -> int:
        own = name.rpartition(".")[2]
        return ORDER.index(own) if own in ORDER else 0

    names = [name for name in state_dict if not name.startswith("aux")]
    layers = groupby(names, key=lambda name: name.rpartition(".")[0])
    return {name: state_dict[name] for _, own in layers for name in sorted(own, key=place)}


def _compare(theirs: Mapping[str, Tensor], ours: Mapping[str, Tensor]) -> None:
    """Refuse weights that are more, fewer or of other shapes than the model's."""
    differences = [
        f"number {number} is {_shown(published)}, the model's {_shown(own)}"
        for number, (published, own) in enumerate(
            zip_longest(theirs.items(), ours.items()), start=1
        )
        if published is None or own is None or published[1].shape != own[1].shape
    ]
    if differences:
        rest = f"; {len(differences) - 3} more differ" if len(differences) > 3 else ""
        raise ValueError(
            f"load_published: state_dict has {len(theirs)} tensors, the model {len(ours)}; "
            f"expected as many, of the same shapes; {'; '.join(differences[:3])}{rest}"
        )


def _shown(entry: tuple[str, Tensor] | None) -> str:
    return "missing" if entry is None else f"{entry[0]} {tuple(entry[1].shape)}"
