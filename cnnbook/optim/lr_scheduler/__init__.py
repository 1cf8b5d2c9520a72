"""Schedules: how the learning rate changes with time.

A schedule is made from an optimiser and changes its `lr`, at once and whenever its `step` is
called: after the optimiser's, once for each epoch or each batch, as its numbers are meant. Names,
arguments and rates are those of ``torch.optim.lr_scheduler``. (`last_epoch` is left out: to go on
with a schedule, load its state.)

Each step but `OneCycleLR`'s multiplies the rate that it finds, so that two schedules of one
optimiser act together, a warm-up and a decay for example:

>>> import numpy as np
>>> from cnnbook.optim import SGD
>>> from cnnbook.optim.lr_scheduler import LinearLR, StepLR
>>> optimizer = SGD([np.zeros(2)], lr=1.0)
>>> warm_up, decay = LinearLR(optimizer, 0.25, total_iters=3), StepLR(optimizer, 5, gamma=0.5)
>>> rates = []
>>> for _ in range(7):
...     rates.append(optimizer.lr)
...     warm_up.step()
...     decay.step()
>>> print([round(rate, 2) for rate in rates])
[0.25, 0.5, 0.75, 1.0, 1.0, 0.5, 0.5]
"""

from cnnbook.optim.lr_scheduler.base import LRScheduler
from cnnbook.optim.lr_scheduler.one_cycle import OneCycleLR
from cnnbook.optim.lr_scheduler.plain import CosineAnnealingLR, LinearLR, StepLR

__all__ = ["CosineAnnealingLR", "LRScheduler", "LinearLR", "OneCycleLR", "StepLR"]
