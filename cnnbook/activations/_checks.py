"""What the activations of each element share: their check, and their silence."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.arguments.checks import check_array, check_grad_output

# An infinite input gives inf − inf or 0·inf somewhere below. The answer, NaN, is PyTorch's, and
# like PyTorch we say nothing about it.
quiet = np.errstate(all="ignore")


def check_backward(function: str, grad_output: Any, x: Any, floating: bool = True) -> None:
    """Refuse what is not the input of a function of each element, and the gradient of its value."""
    check_array(function, "x", x, floating=floating)
    check_grad_output(function, grad_output, x.shape, x=x)
