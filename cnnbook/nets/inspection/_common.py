"""What the functions of this package share: images on the model's device, modes put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnbook.arguments.checks import integer
from cnnbook.nets.evaluation import Array, device_of


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model into evaluation mode and, whatever happens, every layer's mode back."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def dtype_of(model: nn.Module) -> torch.dtype:
    """Return the dtype of a model's parameters (PyTorch's default without any)."""
    some = next(model.parameters(), None)
    return torch.get_default_dtype() if some is None else some.dtype


def as_images(function: str, name: str, x: Array, model: nn.Module) -> Tensor:
    """Return images (N, C, H, W) as a new tensor in the dtype and on the device of a model."""
    images = torch.as_tensor(x)
    if not images.is_floating_point():
        raise TypeError(f"{function}: {name} has dtype {images.dtype}; expected floating numbers")
    if images.ndim != 4 or images.numel() == 0:
        raise ValueError(
            f"{function}: {name} has shape {tuple(images.shape)}; "
            "expected (N, C, H, W) with at least one image"
        )
    return images.detach().to(device_of(model), dtype_of(model), copy=True)


def as_one_image(function: str, name: str, x: Array, model: nn.Module) -> Tensor:
    """Return one image, (C, H, W) or (1, C, H, W), as a new tensor (1, C, H, W)."""
    image = torch.as_tensor(x)
    if image.ndim == 3:
        image = image[None]
    if image.ndim != 4 or len(image) != 1:
        raise ValueError(
            f"{function}: {name} has shape {tuple(image.shape)}; "
            "expected one image, (C, H, W) or (1, C, H, W)"
        )
    return as_images(function, name, image, model)


def index(function: str, name: str, value: Any, count: int, of: str) -> int:
    """Return an index from 0 to `count` − 1; `of` says of what there are so many."""
    number = integer(function, name, value, 0)
    if number >= count:
        raise ValueError(
            f"{function}: {name} is {number}; expected 0 to {count - 1}, "
            f"because there are {count} {of}"
        )
    return number


def layer_called(function: str, model: nn.Module, name: str) -> nn.Module:
    """Return the layer of a name, as `model.named_modules()` gives it."""
    layers = dict(model.named_modules())
    if name not in layers or name == "":
        known = ", ".join(layer for layer in layers if layer)
        raise ValueError(f"{function}: layer is {name!r}; expected one of: {known}")
    return layers[name]


def to_array(x: Tensor) -> NDArray[Any]:
    """Return a tensor's values as a NumPy array of its own."""
    x = x.detach().cpu()
    if x.dtype == torch.bfloat16:  # NumPy has no such type
        x = x.float()
    return x.numpy().copy()
