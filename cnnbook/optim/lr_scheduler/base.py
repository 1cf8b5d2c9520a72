"""What every schedule has: an optimiser, the number of its steps, and a state to save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnbook.arguments.checks import a_kind, integer
from cnnbook.optim._checks import number
from cnnbook.optim.base import Optimizer

__all__ = ["LRScheduler"]


class LRScheduler:
    """What every schedule has: an optimiser, the number of its steps, and a state to save.

    A subclass says in `_rate` which rate follows from the one that the optimiser has.

    Parameters
    ----------
    optimizer : Optimizer
        Its `lr` is changed.

    Attributes
    ----------
    last_epoch : int
        How many steps were taken.
    base_lrs : list of one float
        The rate that the optimiser had before any schedule changed it.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"{type(self).__name__}: optimizer is {a_kind(optimizer)}; "
                "expected an optimiser of cnnbook.optim"
            )
        self.optimizer = optimizer
        if optimizer.initial_lr is None:  # a second schedule starts from what the first one found
            optimizer.initial_lr = optimizer.lr
        self.base_lrs = [optimizer.initial_lr]
        self.last_epoch = -1
        self.step()

    def step(self) -> None:
        """Give the optimiser its next learning rate."""
        self.last_epoch += 1
        try:
            self.optimizer.lr = self._rate()
        except ValueError:
            self.last_epoch -= 1
            raise
        self._last_lr = [self.optimizer.lr]

    def get_last_lr(self) -> list[float]:
        """Return the rate that this schedule set last, in a list, as PyTorch does."""
        return list(self._last_lr)

    def state_dict(self) -> dict[str, Any]:
        """Return where the schedule stands. The rate itself is in the optimiser's state."""
        return {
            "last_epoch": self.last_epoch,
            "base_lrs": list(self.base_lrs),
            "_last_lr": list(self._last_lr),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on where another schedule with the same arguments stopped.

        Load the optimiser's state after making the schedule, which changes the rate.

        Parameters
        ----------
        state_dict : mapping
            What `state_dict` returned.

        Raises
        ------
        TypeError, ValueError
            If it is anything else. Nothing is changed then.
        """
        function = f"{type(self).__name__}.load_state_dict"
        own = self.state_dict()
        expected = f"expected a dictionary with {', '.join(own)}"
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"{function}: state_dict is {a_kind(state_dict)}; {expected}")
        if state_dict.keys() != own.keys():
            raise ValueError(f"{function}: state_dict has {list(state_dict)}; {expected}")
        steps = integer(function, "last_epoch", state_dict["last_epoch"], 0)
        rates = {}
        for name in ("base_lrs", "_last_lr"):
            if not isinstance(state_dict[name], list) or len(state_dict[name]) != 1:
                raise ValueError(
                    f"{function}: {name} is {state_dict[name]!r}; expected a list of one number"
                )
            rates[name] = [number(function, name, state_dict[name][0])]
        self.last_epoch = steps
        self.base_lrs, self._last_lr = rates["base_lrs"], rates["_last_lr"]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._arguments()}; step {self.last_epoch})"

    def _rate(self) -> float:
        """Return the rate for step `last_epoch`."""
        raise NotImplementedError(f"{type(self).__name__} does not define _rate")

    def _arguments(self) -> str:
        """Return the arguments as the repr shows them."""
        raise NotImplementedError
