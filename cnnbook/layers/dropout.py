"""Dropout: in training, some of the numbers are left out at random."""

from __future__ import annotations

import numpy as np

from cnnbook.arguments.checks import (
    Array,
    check_array,
    check_generator,
    check_grad_output,
    real,
)
from cnnbook.layers.base import Layer

__all__ = ["Dropout"]


class Dropout(Layer):
    """In training mode, each number becomes 0 with probability `p`, else grows by 1 / (1 − p).

    So the mean of what comes out is what came in, and in evaluation mode everything passes as it
    is. No unit can rely on another one, as it may be missing.

    Parameters
    ----------
    p : float
        Probability of leaving a number out, 0 to 1.
    rng : numpy.random.Generator
        Draws which numbers are left out, anew at each forward pass in training mode.

    Raises
    ------
    TypeError, ValueError
        If `p` is not a number of 0 to 1 or `rng` is not a Generator.

    Notes
    -----
    Drawn in float64 whatever the dtype of the input, so that float32 and float64 networks leave
    out the same numbers. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks
    from Overfitting", JMLR 15, 2014. (There the weights shrink after training; here, as in
    PyTorch, the numbers grow during it.)

    Examples
    --------
    >>> dropout = Dropout(0.5, rng=np.random.default_rng(0))
    >>> y = dropout(np.ones(1000))
    >>> print([float(number) for number in np.unique(y)])
    [0.0, 2.0]
    >>> dropout.eval()(np.ones(4))
    array([1., 1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator) -> None:
        if not 0 <= real("Dropout", "p", p) <= 1:
            raise ValueError(f"Dropout: p is {p!r}; expected a probability, 0 to 1")
        check_generator("Dropout", rng)
        self.p, self.rng = p, rng

    @np.errstate(all="ignore")  # 0 times infinity is NaN, as in torch
    def forward(self, x: Array) -> Array:
        """Return `x` with numbers left out; in evaluation mode a copy of `x`.

        Parameters
        ----------
        x : ndarray
            Any shape; float32 or float64.

        Returns
        -------
        ndarray, shape of `x`
        """
        check_array("Dropout", "x", x, floating=True)
        factors = self._factors(x) if self.training else np.ones_like(x)
        self._remember(factors)
        return np.asarray(x * factors)

    @np.errstate(all="ignore")
    def backward(self, grad_output: Array, need_input_grad: bool = True) -> Array | None:
        """Return the gradient with respect to the input: 0 where the number was left out."""
        factors = self._recall(need_input_grad)
        if not need_input_grad:
            return None
        check_grad_output("Dropout.backward", grad_output, factors.shape, x=factors)
        return np.asarray(grad_output * factors)

    def _factors(self, x: Array) -> Array:
        """Return 0 for what is left out and 1 / (1 − p) for what stays, in the dtype of `x`."""
        kept = (self.rng.random(x.shape) >= self.p).astype(x.dtype)
        return kept if self.p == 1 else np.asarray(kept / (1 - self.p))

    def _arguments(self) -> str:
        return f"p={self.p}"
