"""How well one mask agrees with another."""

from __future__ import annotations

from typing import Any

from cnnbook.arguments.checks import Array, check_plain

__all__ = ["dice"]


def dice(prediction: Array, target: Array) -> float:
    """Return the Dice coefficient of two masks: ``2·|A ∩ B| / (|A| + |B|)``, from 0 to 1.

    Twice the pixels that both masks hold, over the pixels of the one plus those of the other.
    With intersection over union it agrees on which of two predictions is better:
    Dice = 2·IoU / (1 + IoU). It is also the F1 score of the pixels.

    Parameters
    ----------
    prediction : ndarray of bool or integers
        Which pixels were found; any shape, all pixels count as one mask. Integers are 0 and 1.
    target : ndarray of bool or integers, same shape
        Which pixels belong to the object.

    Returns
    -------
    float
        1 for equal masks, 0 for masks without a common pixel. Of two empty masks it is 1: nothing
        was there and nothing was found; the quotient would be 0/0. If one alone is empty, it
        is 0.

    Raises
    ------
    TypeError
        If an argument is not a NumPy array of booleans or integers. Probabilities and logits
        are no mask: compare them with a threshold first.
    ValueError
        If a number is neither 0 nor 1, or the shapes differ.

    Notes
    -----
    For many pictures take the mean of each picture's Dice; one call for all of them weighs every
    pixel alike, so that large objects count more.

    Examples
    --------
    Two of the three found pixels are among the three true ones: 2·2 / (3 + 3).

    >>> import numpy as np
    >>> found, true = np.array([[1, 1, 1, 0]]), np.array([[0, 1, 1, 1]])
    >>> print(f"{dice(found, true):.4f}")
    0.6667
    """
    a, b = _mask("prediction", prediction), _mask("target", target)
    if a.shape != b.shape:
        raise ValueError(
            f"dice: prediction has shape {a.shape} and target {b.shape}; expected the same shape"
        )
    both, held = int((a & b).sum()), int(a.sum()) + int(b.sum())
    return 2 * both / held if held else 1.0


def _mask(name: str, value: Any) -> Array:
    """Refuse what is no binary mask; return it as booleans."""
    check_plain("dice", name, value)
    if value.dtype.kind not in "biu":
        hint = f"; use for instance {name} > 0.5" if value.dtype.kind == "f" else ""
        raise TypeError(
            f"dice: {name} has dtype {value.dtype.name}; expected a mask of booleans, "
            f"or of the integers 0 and 1{hint}"
        )
    mask: Array = value.astype(bool)
    wrong = value[mask & (value != 1)]
    if wrong.size:
        raise ValueError(
            f"dice: {name} holds {wrong[0]}; expected the numbers 0 and 1; "
            f"for class k use {name} == k"
        )
    return mask
