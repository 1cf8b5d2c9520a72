"""The swap test: what one shuffle of the pixels costs a CNN and a fully connected network.

Each learns the 8×8 digits, and 8×8 digits at random places in a frame of 12×12; then the same with
the pixels of all images moved by one permutation, in training and in test. The seed draws the
split, the places, the permutation, the initial weights and the batches. Ten epochs with a rate that
rises and falls; a control trains twenty, for a network that is hurt might only be slower.
"""

from __future__ import annotations

import numpy as np
from torch import nn

from cnnbook import nets
from cnnbook.data import digits
from experiments.verdicts import Numbers, alike, less

UNIT = "% of the 450 test images wrong"
SEEDS = 5
MINUTES = 2
SIDES = {"8×8": 8, "framed": 12}
NETWORKS = ("CNN", "fully connected")


def network(name: str, side: int) -> nn.Module:
    """Return one of the two networks for so many pixels a side."""
    if name == "CNN":
        return nets.TinyCNN(side).double()
    return nets.FullyConnected(side * side, (64, 32)).double()


def shuffled(images: Numbers, order: Numbers) -> Numbers:
    """Move the pixels of every image by the same permutation."""
    return images.reshape(len(images), -1)[:, order].reshape(images.shape)


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train both networks on true and on shuffled images, with ten and with twenty epochs."""
    rng, numbers = np.random.default_rng(seed), {}
    for where, side in SIDES.items():
        data = digits(8, frame=side, seed=seed) if side > 8 else digits(8, seed=seed)
        images = [part.astype(np.float64) for part in (data.x_train, data.x_test)]
        order = rng.permutation(side * side)
        for name in NETWORKS:
            for state, epochs in (("as it is", 10), ("shuffled", 10), ("shuffled, longer", 20)):
                seen = images
                if state != "as it is":
                    seen = [shuffled(part, order) for part in images]
                recipe = nets.Recipe(
                    epochs=max(1, round(epochs * share)),
                    batch_size=32,
                    optimizer="adamw",
                    lr=0.01,
                    one_cycle=True,
                )
                model = nets.initialize(network(name, side), seed=seed)
                nets.fit(model, seen[0], data.y_train, recipe, seed=seed)
                wrong = nets.evaluate(model, seen[1], data.y_test).error_percent
                numbers[f"{where}, {name}, {state}"] = float(wrong)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare true and shuffled images for each network, and the networks."""

    def arm(where: str, name: str, state: str = "as it is") -> Numbers:
        return n[f"{where}, {name}, {state}"]

    return {
        "a shuffle hurts the CNN": all(
            less(arm(where, "CNN"), arm(where, "CNN", state))
            for where in SIDES
            for state in ("shuffled", "shuffled, longer")
        ),
        "the fully connected network is not hurt on the 8×8 digits": alike(
            arm("8×8", "fully connected"),
            arm("8×8", "fully connected", "shuffled"),
            within=1.5,
        ),
        "in a frame the CNN is ahead as they are, and behind when shuffled": less(
            arm("framed", "CNN"), arm("framed", "fully connected"), by=5
        )
        and less(
            arm("framed", "fully connected", "shuffled"),
            arm("framed", "CNN", "shuffled"),
            by=10,
        ),
    }
