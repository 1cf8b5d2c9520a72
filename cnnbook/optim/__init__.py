"""Optimisers: how a gradient changes the parameters.

An optimiser is made from a list of arrays. ``step(gradients)`` takes as many gradients, in the
same order, and changes the arrays in place, so that whoever holds them sees the new values.
Nothing here knows about networks. The steps are those of ``torch.optim``, and so are the names in
`state_dict`. How the learning rate changes with time is the matter of
`cnnbook.optim.lr_scheduler`.

>>> import numpy as np
>>> from cnnbook.optim import SGD
>>> SGD([np.zeros((3, 4)), np.zeros(3)], lr=0.1, momentum=0.9)
SGD(2 arrays of 15 numbers, lr=0.1, momentum=0.9, weight_decay=0.0, nesterov=False)
"""

from cnnbook.optim import lr_scheduler
from cnnbook.optim.adam import Adam, AdamW
from cnnbook.optim.base import Optimizer
from cnnbook.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler"]
