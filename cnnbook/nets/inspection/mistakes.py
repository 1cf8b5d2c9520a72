"""The test images that a network gets wrong with the most confidence."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from cnnbook.arguments.checks import integer
from cnnbook.nets.evaluation import Array, check_targets, device_of, on_device
from cnnbook.nets.inspection._common import dtype_of, evaluating


@dataclass(frozen=True)
class Mistake:
    """One image that was classified wrongly.

    Attributes
    ----------
    index : int
        Of the image in the arrays that were given.
    true, predicted : int
        Classes.
    probability : float
        What the network gave the predicted class, 0 to 1.
    """

    index: int
    true: int
    predicted: int
    probability: float


def most_confused(
    model: nn.Module, x: Array, y: Array, n: int | None = None, *, batch_size: int = 1000
) -> list[Mistake]:
    """Return the wrongly classified images, the most confident mistake first.

    Parameters
    ----------
    model : torch.nn.Module
        A classifier: inputs to logits (N, classes). Used in evaluation mode and left as it was.
    x, y : ndarray or Tensor
        Inputs and their integer classes, as in `evaluate`.
    n : int, optional
        How many to return at most; without it all.
    batch_size : int
        How many inputs go through the model at once.

    Returns
    -------
    list of Mistake
        `index`, `true`, `predicted`, `probability`; equal probabilities in the order of `x`.

    Raises
    ------
    ValueError, TypeError
        For data that do not fit together or to the model.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> logits = torch.tensor([[5.0, 0.0], [0.0, 1.0], [2.0, 0.0]])
    >>> for mistake in most_confused(nn.Identity(), logits, torch.tensor([0, 0, 1])):
    ...     print(mistake.index, mistake.true, mistake.predicted, f"{mistake.probability:.2f}")
    2 1 0 0.88
    1 0 1 0.73
    """
    function = "most_confused"
    integer(function, "batch_size", batch_size, 1)
    if n is not None:
        integer(function, "n", n, 1)
    inputs, targets = on_device(function, x, y, device_of(model))
    parts = torch.split(inputs.to(dtype_of(model)), batch_size)
    with evaluating(model), torch.no_grad():
        logits = torch.cat([model(some) for some in parts])
    if logits.ndim != 2 or targets.ndim != 1:
        raise ValueError(
            f"{function}: the model gives shape {tuple(logits.shape)} and y has shape "
            f"{tuple(targets.shape)}; expected (N, classes) and (N,)"
        )
    check_targets(function, targets, logits)
    probabilities, predicted = logits.softmax(dim=1).max(dim=1)
    wrong = (predicted != targets).nonzero().flatten()
    order = probabilities[wrong].argsort(descending=True, stable=True)
    return [
        Mistake(i, int(targets[i]), int(predicted[i]), float(probabilities[i]))
        for i in wrong[order][:n].tolist()
    ]
