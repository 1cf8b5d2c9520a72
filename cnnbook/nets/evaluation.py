"""Measure a classifier: mean loss, accuracy, confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnbook.arguments.checks import integer

# In quotes: the pages are built without PyTorch (book/_ext/without_torch.py).
Array: TypeAlias = "NDArray[Any] | Tensor"


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` measured.

    Attributes
    ----------
    loss : float
        Mean cross-entropy.
    confusion : ndarray of int64, shape (classes, classes)
        Row: the true class; column: the predicted one.
    """

    loss: float
    confusion: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """Share of right predictions, 0 to 1."""
        return float(self.confusion.trace() / self.confusion.sum())

    @property
    def error_percent(self) -> float:
        """Share of wrong predictions in per cent."""
        wrong = self.confusion.sum() - self.confusion.trace()
        return float(100 * wrong / self.confusion.sum())


def evaluate(
    model: nn.Module,
    x: Array,
    y: Array,
    *,
    batch_size: int = 1000,
    device: str | torch.device | None = None,
) -> Evaluation:
    """Measure a classifier: mean cross-entropy and confusion matrix.

    Parameters
    ----------
    model : torch.nn.Module
        Used in evaluation mode; its mode is put back.
    x, y : ndarray or Tensor
        As in `fit`.
    batch_size : int
        How many inputs go through the model at once.
    device : str or torch.device, optional
        Where to compute; without it, where the model is.

    Returns
    -------
    Evaluation
        `loss`, `confusion`, `accuracy` and `error_percent`.

    Raises
    ------
    ValueError, TypeError
        For data that do not fit together.
    """
    integer("evaluate", "batch_size", batch_size, 1)
    target = torch.device(device) if device is not None else device_of(model)
    x, y = on_device("evaluate", x, y, target)
    model.to(target)
    was_training = model.training
    model.eval()
    loss = 0.0
    confusion: Tensor | None = None
    with torch.no_grad():
        for inputs, targets in zip(
            torch.split(x, batch_size), torch.split(y, batch_size), strict=True
        ):
            logits = model(inputs)
            check_targets("evaluate", targets, logits)
            classes = logits.shape[1]
            loss += F.cross_entropy(logits, targets, reduction="sum").item()
            # The pair (true, predicted) becomes one number, to be counted.
            pairs = (targets * classes + logits.argmax(dim=1)).flatten()
            counts = torch.bincount(pairs, minlength=classes * classes)
            confusion = counts if confusion is None else confusion + counts
    model.train(was_training)
    assert confusion is not None  # there is at least one input
    matrix = confusion.reshape(classes, classes).cpu().numpy()
    return Evaluation(loss / y.numel(), matrix)


def device_of(model: nn.Module) -> torch.device:
    """Return where a model's parameters are."""
    some = next(model.parameters(), None)
    return torch.device("cpu") if some is None else some.device


def on_device(function: str, x: Array, y: Array, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return inputs and classes as tensors on a device, refusing what does not fit together."""
    inputs, targets = torch.as_tensor(x), torch.as_tensor(y)
    if not inputs.is_floating_point():
        raise TypeError(f"{function}: x has dtype {inputs.dtype}; expected floating numbers")
    if targets.is_floating_point() or targets.is_complex() or targets.dtype == torch.bool:
        raise TypeError(f"{function}: y has dtype {targets.dtype}; expected integer classes")
    if len(inputs) != len(targets) or len(inputs) == 0:
        raise ValueError(
            f"{function}: x has {len(inputs)} inputs and y {len(targets)} targets; "
            "expected as many of each, and at least one"
        )
    return inputs.detach().to(device), targets.to(device, torch.int64)


def check_targets(function: str, targets: Tensor, logits: Tensor) -> None:
    """Refuse classes that the model has no logit for."""
    classes = logits.shape[1]
    low, high = targets.min().item(), targets.max().item()
    if low < 0 or high >= classes:
        raise ValueError(
            f"{function}: y holds classes from {low} to {high}; expected 0 to {classes - 1}, "
            f"because the model gives {classes} logits"
        )
