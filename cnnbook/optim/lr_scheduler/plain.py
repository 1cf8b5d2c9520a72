"""Schedules of one formula: by steps, along a cosine, along a straight line."""

from __future__ import annotations

import math

from cnnbook.arguments.checks import integer, real
from cnnbook.optim._checks import number
from cnnbook.optim.base import Optimizer
from cnnbook.optim.lr_scheduler.base import LRScheduler

__all__ = ["CosineAnnealingLR", "LinearLR", "StepLR"]


class StepLR(LRScheduler):
    """Multiply the rate by `gamma` every `step_size` steps.

    Parameters
    ----------
    optimizer : Optimizer
        Its `lr` is changed.
    step_size : int
        Steps from one change to the next, at least 1.
    gamma : float
        The factor, at least 0.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnbook.optim import SGD
    >>> optimizer = SGD([np.zeros(2)], lr=1.0)
    >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates.append(optimizer.lr)
    ...     schedule.step()
    >>> print([round(rate, 2) for rate in rates])
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size = integer("StepLR", "step_size", step_size, 1)
        self.gamma = number("StepLR", "gamma", gamma)
        super().__init__(optimizer)

    def _rate(self) -> float:
        changes = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return self.optimizer.lr * self.gamma if changes else self.optimizer.lr

    def _arguments(self) -> str:
        return f"step_size={self.step_size}, gamma={self.gamma}"


class CosineAnnealingLR(LRScheduler):
    """Lower the rate along half a cosine, from what it is to `eta_min` in `T_max` steps.

    At step t it is eta_min + ½ · (base − eta_min) · (1 + cos(π · t / T_max)): flat at both ends.
    After `T_max` steps it rises again.

    Parameters
    ----------
    optimizer : Optimizer
        Its `lr` is changed.
    T_max : int
        Steps from the top to the bottom, at least 1.
    eta_min : float
        The rate at the bottom, at least 0.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range.

    Notes
    -----
    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017,
    equation 5, without restarts.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnbook.optim import SGD
    >>> optimizer = SGD([np.zeros(2)], lr=1.0)
    >>> schedule = CosineAnnealingLR(optimizer, T_max=4)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates.append(optimizer.lr)
    ...     schedule.step()
    >>> print([round(rate, 2) for rate in rates])
    [1.0, 0.85, 0.5, 0.15, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max = integer("CosineAnnealingLR", "T_max", T_max, 1)
        self.eta_min = number("CosineAnnealingLR", "eta_min", eta_min)
        super().__init__(optimizer)

    def _rate(self) -> float:
        t, lr = self.last_epoch, self.optimizer.lr
        if t == 0:
            return lr
        if (t - 1 - self.T_max) % (2 * self.T_max) == 0:  # from the bottom no factor leads up
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return lr + (self.base_lrs[0] - self.eta_min) * rise
        factor = (1 + math.cos(math.pi * t / self.T_max)) / (
            1 + math.cos(math.pi * (t - 1) / self.T_max)
        )
        return factor * (lr - self.eta_min) + self.eta_min

    def _arguments(self) -> str:
        return f"T_max={self.T_max}, eta_min={self.eta_min}"


class LinearLR(LRScheduler):
    """Multiply the rate by a factor that goes in a straight line: a warm-up.

    The factor is `start_factor` at first and `end_factor` after `total_iters` steps, where it
    stays.

    Parameters
    ----------
    optimizer : Optimizer
        Its `lr` is changed.
    start_factor : float
        Above 0 and at most 1.
    end_factor : float
        From 0 to 1.
    total_iters : int
        Steps that the change takes, at least 1.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range.

    Notes
    -----
    Goyal et al., "Accurate, Large Minibatch SGD", arXiv:1706.02677, section 2.2, on why.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnbook.optim import SGD
    >>> optimizer = SGD([np.zeros(2)], lr=1.0)
    >>> schedule = LinearLR(optimizer, start_factor=0.25, total_iters=3)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates.append(optimizer.lr)
    ...     schedule.step()
    >>> print([round(rate, 2) for rate in rates])
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        if not 0 < real("LinearLR", "start_factor", start_factor) <= 1:
            raise ValueError(
                f"LinearLR: start_factor is {start_factor!r}; expected above 0 and at most 1"
            )
        if not 0 <= real("LinearLR", "end_factor", end_factor) <= 1:
            raise ValueError(f"LinearLR: end_factor is {end_factor!r}; expected 0 to 1")
        self.start_factor, self.end_factor = float(start_factor), float(end_factor)
        self.total_iters = integer("LinearLR", "total_iters", total_iters, 1)
        super().__init__(optimizer)

    def _rate(self) -> float:
        t, lr = self.last_epoch, self.optimizer.lr
        if t == 0:
            return lr * self.start_factor
        if t > self.total_iters:
            return lr
        # The factor at t over the factor at t − 1, both times total_iters.
        rise = self.end_factor - self.start_factor
        return lr * (1 + rise / (self.total_iters * self.start_factor + (t - 1) * rise))

    def _arguments(self) -> str:
        return (
            f"start_factor={self.start_factor}, end_factor={self.end_factor}, "
            f"total_iters={self.total_iters}"
        )
