"""Which pixels of one image a network's decision rests on."""

from __future__ import annotations

from typing import Any, Literal

import torch
from numpy.typing import NDArray
from torch import nn

from cnnbook.arguments.checks import choice, integer, pair
from cnnbook.nets.evaluation import Array
from cnnbook.nets.inspection._common import as_one_image, evaluating, index, to_array
from cnnbook.shapes import conv_output_size


def occlusion_map(
    model: nn.Module,
    image: Array,
    target: int,
    size: int | tuple[int, int] = 3,
    stride: int | tuple[int, int] = 1,
    value: float = 0.0,
    *,
    score: Literal["probability", "logit"] = "probability",
    batch_size: int = 256,
) -> NDArray[Any]:
    """Hide one square of an image after the other and ask the network each time.

    Where the score falls most, the network needed what was hidden (Zeiler and Fergus, 2014,
    section 4.2).

    Parameters
    ----------
    model : torch.nn.Module
        A classifier: images (N, C, H, W) to logits (N, classes). Used in evaluation mode and left
        as it was.
    image : ndarray or Tensor, shape (C, H, W) or (1, C, H, W)
    target : int
        The class whose score is returned.
    size : int or (height, width)
        Of the hidden rectangle, in pixels.
    stride : int or (height, width)
        From one position to the next, in pixels.
    value : float
        What stands in the rectangle, in every channel. 0 is the background of images from 0 to 1
        and the mean of standardized ones.
    score : {"probability", "logit"}
        The softmax probability, or the logit before it, which still changes where the
        probability is nearly 1.
    batch_size : int
        How many hidden copies go through the model at once.

    Returns
    -------
    ndarray, shape (H_out, W_out)
        Entry (i, j): the score with rows i·stride to i·stride + size − 1 hidden, columns likewise;
        H_out = ⌊(H − size)/stride⌋ + 1.

    Raises
    ------
    ValueError, TypeError
        For an image, class or size that do not fit the model.

    Examples
    --------
    >>> from cnnbook.data import digits
    >>> from cnnbook.nets import TinyCNN
    >>> data = digits()
    >>> map = occlusion_map(TinyCNN.pretrained(), data.x_test[0], int(data.y_test[0]), size=2)
    >>> map.shape
    (7, 7)
    """
    function = "occlusion_map"
    height, width = pair(function, "size", size, 1)
    down, right = pair(function, "stride", stride, 1)
    integer(function, "batch_size", batch_size, 1)
    choice(function, "score", score, ("probability", "logit"))
    x = as_one_image(function, "image", image, model)
    if height > x.shape[2] or width > x.shape[3]:
        raise ValueError(
            f"{function}: size is {height}×{width}; "
            f"expected at most the image's {x.shape[2]}×{x.shape[3]}"
        )
    rows = conv_output_size(x.shape[2], height, down)
    columns = conv_output_size(x.shape[3], width, right)
    corners = [(i * down, j * right) for i in range(rows) for j in range(columns)]
    scores = []
    with evaluating(model), torch.no_grad():
        for start in range(0, len(corners), batch_size):
            some = corners[start : start + batch_size]
            hidden = x.repeat(len(some), 1, 1, 1)
            for copy, (top, left) in zip(hidden, some, strict=True):
                copy[:, top : top + height, left : left + width] = value
            logits = _logits(function, model(hidden))
            index(function, "target", target, logits.shape[1], "classes")
            answers = logits if score == "logit" else logits.softmax(dim=1)
            scores.append(answers[:, target])
    return to_array(torch.cat(scores).reshape(rows, columns))


def saliency(model: nn.Module, image: Array, target: int) -> NDArray[Any]:
    """Return how much each pixel, changed a little, would change the logit of a class.

    The size of the gradient of the logit with respect to the image, the largest over the channels
    (Simonyan, Vedaldi and Zisserman, 2013, section 3.1). One backward pass, where `occlusion_map`
    takes a forward pass per position.

    Parameters
    ----------
    model : torch.nn.Module
        A classifier: images (N, C, H, W) to logits (N, classes). Used in evaluation mode and left
        as it was, the gradients of its parameters included.
    image : ndarray or Tensor, shape (C, H, W) or (1, C, H, W)
    target : int
        The class.

    Returns
    -------
    ndarray, shape (H, W)
        Not negative; in units of logit per unit of the image's values.

    Raises
    ------
    ValueError, TypeError
        For an image or class that do not fit the model.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(4, 1, bias=False))
    >>> _ = model[1].weight.data.copy_(torch.tensor([[1.0, -2.0, 0.0, 3.0]]))
    >>> saliency(model, torch.zeros(1, 2, 2), 0).tolist()
    [[1.0, 2.0], [0.0, 3.0]]
    """
    function = "saliency"
    x = as_one_image(function, "image", image, model).requires_grad_()
    with evaluating(model), torch.enable_grad():
        logits = _logits(function, model(x))
        index(function, "target", target, logits.shape[1], "classes")
        (gradient,) = torch.autograd.grad(logits[0, target], x)
    return to_array(gradient[0].abs().amax(dim=0))


def _logits(function: str, output: torch.Tensor) -> torch.Tensor:
    if output.ndim != 2:
        raise ValueError(
            f"{function}: the model gives shape {tuple(output.shape)}; expected (N, classes)"
        )
    return output
