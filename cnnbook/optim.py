"""Optimisers: how a gradient changes the parameters.

An optimiser is made from a list of arrays. ``step(gradients)`` takes as many gradients, in the
same order, and changes the arrays in place, so that whoever holds them sees the new values.
Nothing here knows about networks. The steps are those of ``torch.optim``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from cnnbook.arguments.checks import Array, a_kind, check_array, check_flag, real, shown

__all__ = ["SGD", "Adam"]

# Infinite gradients meet silently, as in PyTorch.
_quiet = np.errstate(all="ignore")


class SGD:
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

    def __init__(
        self,
        parameters: Iterable[Array],
        lr: float = 1e-3,
        *,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        self.parameters = _check_parameters("SGD", parameters)
        self.lr = _number("SGD", "lr", lr)
        self.momentum = _number("SGD", "momentum", momentum)
        self.weight_decay = _number("SGD", "weight_decay", weight_decay)
        check_flag("SGD", "nesterov", nesterov)
        if nesterov and not momentum:
            raise ValueError("SGD: nesterov is True; expected a momentum above 0 with it")
        self.nesterov = nesterov
        self.velocities = [np.zeros_like(p) for p in self.parameters] if momentum else []

    @_quiet
    def step(self, gradients: Iterable[Array]) -> None:
        """Change every parameter once, in place.

        Parameters
        ----------
        gradients : iterable of ndarray
            One per parameter, in the same order, of the same shape and dtype. They are not
            changed.
        """
        gradients = _check_gradients("SGD.step", gradients, self.parameters)
        for i, (parameter, gradient) in enumerate(zip(self.parameters, gradients, strict=True)):
            if self.weight_decay:
                gradient = gradient + self.weight_decay * parameter
            if self.momentum:
                velocity = self.velocities[i]
                velocity *= self.momentum
                velocity += gradient
                gradient = gradient + self.momentum * velocity if self.nesterov else velocity
            parameter -= self.lr * gradient


class Adam:
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

    def __init__(
        self,
        parameters: Iterable[Array],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        self.parameters = _check_parameters("Adam", parameters)
        self.lr = _number("Adam", "lr", lr)
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            raise ValueError(f"Adam: betas is {betas!r}; expected a pair of numbers")
        self.betas = (
            _number("Adam", "betas[0]", betas[0], below=1),
            _number("Adam", "betas[1]", betas[1], below=1),
        )
        self.eps = _number("Adam", "eps", eps)
        self.weight_decay = _number("Adam", "weight_decay", weight_decay)
        self.steps = 0
        self.means = [np.zeros_like(p) for p in self.parameters]
        self.squares = [np.zeros_like(p) for p in self.parameters]

    @_quiet
    def step(self, gradients: Iterable[Array]) -> None:
        """Change every parameter once, in place.

        Parameters
        ----------
        gradients : iterable of ndarray
            One per parameter, in the same order, of the same shape and dtype. They are not
            changed.
        """
        gradients = _check_gradients("Adam.step", gradients, self.parameters)
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


def _number(function: str, name: str, value: Any, below: float = math.inf) -> float:
    """Refuse what is not a number of at least 0 and under `below`."""
    number = real(function, name, value)
    if not 0 <= number < below:
        limit = "" if below == math.inf else f" and below {below}"
        raise ValueError(f"{function}: {name} is {value!r}; expected at least 0{limit}")
    return number


def _list_of_arrays(function: str, name: str, values: Any) -> list[Array]:
    """Return arrays as a list; what a learner may have meant otherwise is refused by name."""
    if isinstance(values, list):
        return list(values)
    if isinstance(values, np.ndarray):
        raise TypeError(f"{function}: {name} is one array; expected a list of arrays")
    method = getattr(values, name, None)
    if callable(method):  # a model, whose own list is meant
        raise TypeError(
            f"{function}: {name} is {a_kind(values)}; expected a list of arrays; use its {name}()"
        )
    if isinstance(values, Mapping):
        raise TypeError(
            f"{function}: {name} is {a_kind(values)}; expected a list of arrays; "
            "use list(....values())"
        )
    if not isinstance(values, Iterable):
        raise TypeError(f"{function}: {name} is {shown(values)}; expected a list of arrays")
    return list(values)


def _check_parameters(function: str, parameters: Any) -> list[Array]:
    arrays = _list_of_arrays(function, "parameters", parameters)
    if not arrays:
        raise ValueError(f"{function}: parameters is empty; expected at least one array")
    for i, parameter in enumerate(arrays):
        check_array(function, f"parameters[{i}]", parameter, floating=True)
        if not parameter.flags.writeable:
            raise ValueError(
                f"{function}: parameters[{i}] is read-only; expected an array that can change"
            )
        if any(parameter is other for other in arrays[:i]):
            raise ValueError(
                f"{function}: parameters[{i}] is there twice; expected each array once, "
                "as it would take each step twice"
            )
    return arrays


def _check_gradients(function: str, gradients: Any, parameters: list[Array]) -> list[Array]:
    """Check all gradients before the first parameter changes."""
    arrays = _list_of_arrays(function, "gradients", gradients)
    if len(arrays) != len(parameters):
        raise ValueError(
            f"{function}: gradients has {len(arrays)} arrays; "
            f"expected {len(parameters)}, one per parameter"
        )
    for i, (gradient, parameter) in enumerate(zip(arrays, parameters, strict=True)):
        check_array(function, f"gradients[{i}]", gradient, floating=True)
        if (gradient.shape, gradient.dtype) != (parameter.shape, parameter.dtype):
            raise ValueError(
                f"{function}: gradients[{i}] is {gradient.dtype.name} of shape {gradient.shape}; "
                f"expected {parameter.dtype.name} of shape {parameter.shape}, like its parameter"
            )
    return arrays
