"""How to train which network on which data: plain values that a file can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cnnbook.arguments.checks import choice, integer


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. The defaults are those of note 002.

    Attributes
    ----------
    epochs, batch_size : int
    optimizer : {"sgd", "adamw"}
        `torch.optim.SGD` with `momentum`, or `torch.optim.AdamW`, which has its own.
    lr : float
        Learning rate; with `one_cycle` the highest one.
    momentum, weight_decay : float
    one_cycle : bool
        Let the rate rise during the first third of the steps and fall to nearly zero at the last
        (`torch.optim.lr_scheduler.OneCycleLR`; Smith and Topin, 2019).
    shift : int
        Move each training image by up to so many pixels, anew in each epoch.
    """

    epochs: int = 10
    batch_size: int = 64
    optimizer: Literal["sgd", "adamw"] = "sgd"
    lr: float = 0.01
    momentum: float = 0.5
    weight_decay: float = 0.0
    one_cycle: bool = False
    shift: int = 0

    def __post_init__(self) -> None:
        integer("Recipe", "epochs", self.epochs, 1)
        integer("Recipe", "batch_size", self.batch_size, 1)
        integer("Recipe", "shift", self.shift, 0)
        choice("Recipe", "optimizer", self.optimizer, ("sgd", "adamw"))
        if not 0 < self.lr < float("inf"):
            raise ValueError(f"Recipe: lr is {self.lr!r}; expected a positive number")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"Recipe: momentum is {self.momentum!r}; expected 0 to below 1")
        if not 0 <= self.weight_decay < float("inf"):
            raise ValueError(f"Recipe: weight_decay is {self.weight_decay!r}; expected at least 0")


NOTES = Recipe()
