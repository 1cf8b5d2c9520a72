"""The one-cycle schedule, of rate and momentum together."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from cnnbook.arguments.checks import a_kind, check_flag, choice, integer, real
from cnnbook.optim._checks import number
from cnnbook.optim.adam import Adam
from cnnbook.optim.base import Optimizer
from cnnbook.optim.lr_scheduler.base import LRScheduler
from cnnbook.optim.sgd import SGD

__all__ = ["OneCycleLR"]


class _Phase(NamedTuple):
    """A part of the cycle: it ends at a step, where the rate and the momentum have these values."""

    end: float
    lr: float
    momentum: float


class OneCycleLR(LRScheduler):
    """Raise the rate to `max_lr`, then lower it far below where it began; a step for each batch.

    The momentum goes the other way, down and up. Both go along half a cosine, or straight.

    Parameters
    ----------
    optimizer : SGD or Adam
        Its `lr` is changed, and its `momentum` or the first of its `betas`.
    max_lr : float
        The rate at the top.
    total_steps : int, optional
        Steps of the whole cycle; epochs · steps_per_epoch unless given.
    epochs, steps_per_epoch : int, optional
        Needed if `total_steps` is not given.
    pct_start : float
        Part of the steps in which the rate rises, 0 to 1.
    anneal_strategy : {"cos", "linear"}
        Along half a cosine or in a straight line.
    cycle_momentum : bool
        Whether the momentum changes, too.
    base_momentum, max_momentum : float
        The momentum while the rate is at its top, and at first and at last; below 1 for Adam.
    div_factor : float
        The first rate is max_lr / div_factor.
    final_div_factor : float
        The last rate is the first one / final_div_factor.
    three_phase : bool
        Whether the rate falls to the first one as it rose, and only then to the last one.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range. `step` raises a ValueError once
        the cycle is over.

    Notes
    -----
    Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates", arXiv:1708.07120. The last rate is that of step total_steps − 1. Like
    PyTorch, the schedule takes one step beyond it, which goes past the end of its curve.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnbook.optim import SGD
    >>> optimizer = SGD([np.zeros(2)], momentum=0.9)
    >>> schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=5, pct_start=0.6)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates.append(optimizer.lr)
    ...     schedule.step()
    >>> print([round(rate, 2) for rate in rates])
    [0.04, 0.52, 1.0, 0.5, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        name = "OneCycleLR"
        self.total_steps = _steps_of_cycle(total_steps, epochs, steps_per_epoch)
        self.max_lr = number(name, "max_lr", max_lr)
        if not 0 <= real(name, "pct_start", pct_start) <= 1:
            raise ValueError(f"{name}: pct_start is {pct_start!r}; expected 0 to 1")
        self.anneal_strategy = choice(name, "anneal_strategy", anneal_strategy, ("cos", "linear"))
        check_flag(name, "cycle_momentum", cycle_momentum)
        check_flag(name, "three_phase", three_phase)
        below = 1 if isinstance(optimizer, Adam) else math.inf
        base = number(name, "base_momentum", base_momentum, below)
        top = number(name, "max_momentum", max_momentum, below)
        first = self.max_lr / _divisor("div_factor", div_factor)
        last = first / _divisor("final_div_factor", final_div_factor)
        if cycle_momentum and not isinstance(optimizer, SGD | Adam):
            raise TypeError(f"{name}: optimizer is {a_kind(optimizer)}; expected SGD or Adam")
        self.cycle_momentum = cycle_momentum
        rising = float(pct_start * self.total_steps)
        self._phases = [_Phase(0.0, first, top), _Phase(rising - 1, self.max_lr, base)]
        if three_phase:
            self._phases.append(_Phase(2 * rising - 2, first, top))
        self._phases.append(_Phase(self.total_steps - 1, last, top))
        if isinstance(optimizer, Optimizer):
            optimizer.initial_lr = first
        super().__init__(optimizer)

    def _rate(self) -> float:
        t = self.last_epoch
        if t > self.total_steps:
            raise ValueError(
                f"OneCycleLR.step: this is step {t}; expected {self.total_steps} at most, "
                "the schedule's total_steps"
            )
        at = next(
            (i for i, phase in enumerate(self._phases[1:-1], 1) if t <= phase.end),
            len(self._phases) - 1,
        )
        before, after = self._phases[at - 1], self._phases[at]
        length = after.end - before.end
        part = (t - before.end) / length if length else 1.0
        if self.cycle_momentum:
            self._set_momentum(self._between(before.momentum, after.momentum, part))
        return self._between(before.lr, after.lr, part)

    def _between(self, start: float, end: float, part: float) -> float:
        """Return what lies between two values, after this part of the way."""
        if self.anneal_strategy == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2 * (math.cos(math.pi * part) + 1)

    def _set_momentum(self, momentum: float) -> None:
        if isinstance(self.optimizer, Adam):
            self.optimizer.betas = (momentum, self.optimizer.betas[1])
        elif isinstance(self.optimizer, SGD):
            self.optimizer.momentum = momentum

    def _arguments(self) -> str:
        return f"max_lr={self.max_lr}, total_steps={self.total_steps}"


def _steps_of_cycle(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> int:
    """Return how many steps the cycle has, given in one way or the other."""
    if total_steps is not None:
        return integer("OneCycleLR", "total_steps", total_steps, 1)
    if epochs is None or steps_per_epoch is None:
        raise ValueError(
            f"OneCycleLR: total_steps is None, epochs {epochs!r} and steps_per_epoch "
            f"{steps_per_epoch!r}; expected total_steps, or both of the others"
        )
    epochs = integer("OneCycleLR", "epochs", epochs, 1)
    return epochs * integer("OneCycleLR", "steps_per_epoch", steps_per_epoch, 1)


def _divisor(name: str, value: Any) -> float:
    """Refuse what nothing can be divided by."""
    if not 0 < real("OneCycleLR", name, value) < math.inf:
        raise ValueError(f"OneCycleLR: {name} is {value!r}; expected a finite number above 0")
    return float(value)
