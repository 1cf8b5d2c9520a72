"""What training leaves of the kernels that a first layer began with, with weight decay and without.

The network of *What a network sees*, once with its weight decay of 2 and once with none. Each of
its ten first kernels is compared with itself before training, by correlation.
"""

from __future__ import annotations

import numpy as np

from cnnbook import nets
from experiments._seen import DIGITS
from experiments.verdicts import Numbers, alike, less

UNIT = "correlation with the beginning, mean of ten kernels; or % of 450 test images right"
SEEDS = 6
MINUTES = 3


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train from the same start and the same batches, in both ways."""
    found = {}
    for name, decay in (("weight decay", 2.0), ("none", 0.0)):
        recipe = nets.Recipe(
            epochs=max(1, round(8 * share)),
            batch_size=32,
            optimizer="adamw",
            lr=0.01,
            weight_decay=decay,
            one_cycle=True,
        )
        network = nets.initialize(nets.SimpleCNN(), seed)
        before = network.get_parameter("conv1.weight").detach().numpy().copy()
        nets.fit(network, DIGITS.x_train, DIGITS.y_train, recipe, seed=seed, progress=False)
        after = network.get_parameter("conv1.weight").detach().numpy()
        pairs = zip(before, after, strict=True)
        likeness = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs]
        found[f"{name}: correlation"] = float(np.mean(likeness))
        right = nets.evaluate(network, DIGITS.x_test, DIGITS.y_test).accuracy
        found[f"{name}: % right"] = 100 * right
    return found


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare with and without."""
    return {
        "without weight decay a kernel keeps far more of its beginning": less(
            n["weight decay: correlation"], n["none: correlation"], by=0.3
        ),
        "both are about as often right": alike(
            n["weight decay: % right"], n["none: % right"], within=1.5
        ),
    }
