"""Adam, and AdamW, whose weight decay goes its own way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from cnnbook.arguments.checks import Array
from cnnbook.optim._checks import check_gradients, number
from cnnbook.optim.base import Optimizer, quiet

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Adam: each number steps by about `lr`, in the direction of its average gradient.

    Two running averages are kept for each parameter: of the gradient (m) and of its square (v).
    Both start at 0, which the division by 1 − betaᵗ makes up for at step t. The step is
    lr · m / (√v + eps).

    Parameters
    ----------
    parameters : iterable of ndarray
        The arrays to change, for example ``model.parameters()``; float32 or float64.
    lr : float
        Learning rate, at least 0. The attribute `lr` may be changed between steps.
    betas : pair of float
        How much of m and of v is kept at each step; each at least 0 and below 1.
    eps : float
        Keeps the division away from 0.
    weight_decay : float
        Adds weight_decay · parameter to the gradient.

    Raises
    ------
    TypeError, ValueError
        If there is no parameter, one is there twice or is not a floating array that can be
        written to, or a number is out of its range.

    Notes
    -----
    Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.

    Examples
    --------
    The first step is `lr` long, whatever the size of the gradient.

    >>> w = np.array([1.0, 1.0])
    >>> Adam([w], lr=0.1).step([np.array([1000.0, -0.001])])
    >>> print([round(float(number), 3) for number in w])
    [0.9, 1.1]
    """

    options: ClassVar[tuple[str, ...]] = ("lr", "betas", "eps", "weight_decay")
    fixed: ClassVar[dict[str, Any]] = {
        "amsgrad": False,
        "maximize": False,
        "decoupled_weight_decay": False,
    }
    betas: tuple[float, float]
    eps: float
    weight_decay: float

    def __init__(
        self,
        parameters: Iterable[Array],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        self.steps = 0
        self.means = [np.zeros_like(p) for p in self.parameters]
        self.squares = [np.zeros_like(p) for p in self.parameters]

    @quiet
    def step(self, gradients: Iterable[Array]) -> None:
        """Change every parameter once, in place.

        Parameters
        ----------
        gradients : iterable of ndarray
            One per parameter, in the same order, of the same shape and dtype. They are not
            changed.
        """
        gradients = check_gradients("Adam.step", gradients, self.parameters)
        self.steps += 1
        beta1, beta2 = self.betas
        correction1, correction2 = 1 - beta1**self.steps, 1 - beta2**self.steps
        for parameter, gradient, m, v in zip(
            self.parameters, gradients, self.means, self.squares, strict=True
        ):
            if self.weight_decay:
                gradient = gradient + self.weight_decay * parameter
            m *= beta1
            m += (1 - beta1) * gradient
            v *= beta2
            v += (1 - beta2) * gradient**2
            root = np.sqrt(v) / math.sqrt(correction2) + self.eps
            parameter -= self.lr / correction1 * m / root

    def _checked(self, function: str, options: Mapping[str, Any]) -> dict[str, Any]:
        names = ("lr", "eps", "weight_decay")
        checked: dict[str, Any] = {name: number(function, name, options[name]) for name in names}
        betas = options["betas"]
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            raise ValueError(f"{function}: betas is {betas!r}; expected a pair of numbers")
        pair = tuple(number(function, f"betas[{i}]", betas[i], below=1) for i in (0, 1))
        return {**checked, "betas": pair}

    def _kept(self, i: int) -> dict[str, Array]:
        if not self.steps:
            return {}
        return {
            "step": np.array(self.steps),
            "exp_avg": self.means[i].copy(),
            "exp_avg_sq": self.squares[i].copy(),
        }

    def _keep(self, i: int, arrays: Mapping[str, Array]) -> None:
        self.steps = int(arrays.get("step", 0))
        self.means[i][...] = arrays.get("exp_avg", 0)
        self.squares[i][...] = arrays.get("exp_avg_sq", 0)

    def _check_kept(self, function: str, kept: list[dict[str, Array]]) -> None:
        names = {"step", "exp_avg", "exp_avg_sq"}
        for i, arrays in enumerate(kept):
            if arrays and set(arrays) != names:
                raise ValueError(
                    f"{function}: state_dict keeps {', '.join(arrays)} for parameter {i}; "
                    f"expected {', '.join(sorted(names))}"
                )
        steps = {float(arrays.get("step", 0)) for arrays in kept}
        if len(steps) > 1 or min(steps) < 0 or min(steps) % 1:
            raise ValueError(
                f"{function}: step is {', '.join(map(repr, sorted(steps)))}; "
                "expected one whole number of steps, the same for all parameters"
            )


class AdamW(Adam):
    """Adam whose weight decay does not pass through its averages.

    Each step first draws every parameter towards 0, parameter −= lr · weight_decay · parameter,
    and then is Adam's step for the gradient alone. `Adam` adds weight_decay · parameter to the
    gradient: where gradients are large, the division by √v makes that decay small.

    Parameters
    ----------
    parameters : iterable of ndarray
        The arrays to change, for example ``model.parameters()``; float32 or float64.
    lr : float
        Learning rate, at least 0. The attribute `lr` may be changed between steps.
    betas : pair of float
        How much of m and of v is kept at each step; each at least 0 and below 1.
    eps : float
        Keeps the division away from 0.
    weight_decay : float
        The part of a parameter, times lr, that each step takes away.

    Raises
    ------
    TypeError, ValueError
        As `Adam`.

    Notes
    -----
    Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2, with
    the decay multiplied by lr as in PyTorch.

    Examples
    --------
    Without a gradient only the decay is left:

    >>> w = np.array([1.0])
    >>> AdamW([w], lr=0.1, weight_decay=0.5).step([np.array([0.0])])
    >>> w
    array([0.95])
    """

    fixed: ClassVar[dict[str, Any]] = {**Adam.fixed, "decoupled_weight_decay": True}

    def __init__(
        self,
        parameters: Iterable[Array],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    @quiet
    def step(self, gradients: Iterable[Array]) -> None:
        """Change every parameter once, in place.

        Parameters
        ----------
        gradients : iterable of ndarray
            One per parameter, in the same order, of the same shape and dtype. They are not
            changed.
        """
        # Adam's step is spelt out again, so that either can be read by itself.
        gradients = check_gradients("AdamW.step", gradients, self.parameters)
        self.steps += 1
        beta1, beta2 = self.betas
        correction1, correction2 = 1 - beta1**self.steps, 1 - beta2**self.steps
        for parameter, gradient, m, v in zip(
            self.parameters, gradients, self.means, self.squares, strict=True
        ):
            parameter *= 1 - self.lr * self.weight_decay
            m *= beta1
            m += (1 - beta1) * gradient
            v *= beta2
            v += (1 - beta2) * gradient**2
            root = np.sqrt(v) / math.sqrt(correction2) + self.eps
            parameter -= self.lr / correction1 * m / root
