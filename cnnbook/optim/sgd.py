"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from cnnbook.arguments.checks import Array, check_flag
from cnnbook.optim._checks import check_gradients, number
from cnnbook.optim.base import Optimizer, quiet

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent: parameter −= lr · gradient, with momentum if wished.

    With momentum a velocity is kept for each parameter, velocity = momentum · velocity +
    gradient, and takes the gradient's place.

    Parameters
    ----------
    parameters : iterable of ndarray
        The arrays to change, for example ``model.parameters()``; float32 or float64.
    lr : float
        Learning rate, at least 0. The attribute `lr` may be changed between steps.
    momentum : float
        How much of the velocity is kept, at least 0; 0 is plain gradient descent.
    weight_decay : float
        Adds weight_decay · parameter to the gradient, which draws the parameter towards 0.
    nesterov : bool
        Look one step ahead: gradient + momentum · velocity takes the gradient's place.

    Raises
    ------
    TypeError, ValueError
        If there is no parameter, one is there twice or is not a floating array that can be
        written to, or a number is out of its range.

    Notes
    -----
    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964; Sutskever et
    al., "On the importance of initialization and momentum in deep learning", ICML 2013.

    Examples
    --------
    Downhill on w², whose gradient is 2w:

    >>> w = np.array([1.0])
    >>> optimiser = SGD([w], lr=0.25)
    >>> for _ in range(3):
    ...     optimiser.step([2 * w])
    >>> w
    array([0.125])
    """

    options: ClassVar[tuple[str, ...]] = ("lr", "momentum", "weight_decay", "nesterov")
    fixed: ClassVar[dict[str, Any]] = {"dampening": 0, "maximize": False}
    momentum: float
    weight_decay: float
    nesterov: bool

    def __init__(
        self,
        parameters: Iterable[Array],
        lr: float = 1e-3,
        *,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        options = {"momentum": momentum, "weight_decay": weight_decay, "nesterov": nesterov}
        super().__init__(parameters, lr=lr, **options)
        # Without momentum, too: a schedule may set one later.
        self.velocities = [np.zeros_like(p) for p in self.parameters]

    @quiet
    def step(self, gradients: Iterable[Array]) -> None:
        """Change every parameter once, in place.

        Parameters
        ----------
        gradients : iterable of ndarray
            One per parameter, in the same order, of the same shape and dtype. They are not
            changed.
        """
        gradients = check_gradients("SGD.step", gradients, self.parameters)
        for i, (parameter, gradient) in enumerate(zip(self.parameters, gradients, strict=True)):
            if self.weight_decay:
                gradient = gradient + self.weight_decay * parameter
            if self.momentum:
                velocity = self.velocities[i]
                velocity *= self.momentum
                velocity += gradient
                if self.nesterov:
                    velocity = gradient + self.momentum * velocity
                gradient = velocity
            parameter -= self.lr * gradient

    def _checked(self, function: str, options: Mapping[str, Any]) -> dict[str, Any]:
        names = ("lr", "momentum", "weight_decay")
        checked: dict[str, Any] = {name: number(function, name, options[name]) for name in names}
        nesterov = options["nesterov"]
        check_flag(function, "nesterov", nesterov)
        if nesterov and not checked["momentum"]:
            raise ValueError(f"{function}: nesterov is True; expected a momentum above 0 with it")
        return {**checked, "nesterov": nesterov}

    def _kept(self, i: int) -> dict[str, Array]:
        return {"momentum_buffer": self.velocities[i].copy()} if self.momentum else {}

    def _keep(self, i: int, arrays: Mapping[str, Array]) -> None:
        self.velocities[i][...] = arrays.get("momentum_buffer", 0)

    def _check_kept(self, function: str, kept: list[dict[str, Array]]) -> None:
        for i, arrays in enumerate(kept):
            if not arrays.keys() <= {"momentum_buffer"}:
                raise ValueError(
                    f"{function}: state_dict keeps {', '.join(arrays)} for parameter {i}; "
                    "expected momentum_buffer alone"
                )
