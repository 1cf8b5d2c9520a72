"""Which pictures of a network stay alike with random weights, with and without signs.

For twenty images: the change of the logit where a square is hidden, the slopes, and the
projection back. The last layer, or all layers, get random weights; a control is a network that was
trained from other initial weights. Maps are compared by correlation, as they are and by size.
"""

from __future__ import annotations

import copy

import numpy as np

from cnnbook import nets
from cnnbook.nets import inspection
from experiments._seen import DIGITS, change, gradient, right, trained
from experiments.verdicts import Numbers, alike, less

UNIT = "correlation with the trained network's pictures, mean over twenty images"
SEEDS = 5
MINUTES = 4
PICTURES = (
    "hiding",
    "hiding, by size",
    "slopes",
    "slopes, by size",
    "projection",
)
RANDOM = {"last layer random": ["fc"], "all random": ["fc", "conv2", "conv1"]}


def pictures(network: nets.SimpleCNN, number: int) -> dict[str, np.ndarray]:
    """Return five pictures of one image."""
    hiding, slope = change(network, number), gradient(network, number)
    label = int(DIGITS.y_test[number])
    return {
        "hiding": hiding,
        "hiding, by size": np.abs(hiding),
        "slopes": slope,
        "slopes, by size": np.abs(slope),
        "projection": inspection.project_back(network, DIGITS.x_test[number], "fc", label).image,
    }


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train two networks, and draw the weights of one anew."""
    network = trained(seed, share)
    fresh = nets.initialize(nets.SimpleCNN(), 100 + seed)
    others = {}
    for name, layers in RANDOM.items():
        others[name] = copy.deepcopy(network)
        for layer in layers:
            drawn = getattr(fresh, layer).state_dict()
            getattr(others[name], layer).load_state_dict(drawn)
    others["trained anew"] = trained(50 + seed, share)
    numbers = right(network, 20)
    ours = [pictures(network, number) for number in numbers]
    found = {}
    for name, other in others.items():
        theirs = [pictures(other, number) for number in numbers]
        for kind in PICTURES:
            pairs = zip(ours, theirs, strict=True)
            likeness = [np.corrcoef(a[kind].ravel(), b[kind].ravel())[0, 1] for a, b in pairs]
            found[f"{name}: {kind}"] = float(np.mean(likeness))
    return found


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare like with like."""
    kinds, random = ("hiding", "slopes"), tuple(RANDOM)
    last = {kind: n[f"last layer random: {kind}"] for kind in PICTURES}
    return {
        "by size hiding stays as much alike as the slopes do": alike(
            last["hiding, by size"], last["slopes, by size"], within=0.1
        ),
        "with signs both notice random weights": all(
            less(n[f"{name}: {kind}"], n[f"{name}: {kind}, by size"], by=0.15)
            for name in random
            for kind in kinds
        ),
        "the projection notices a random last layer least": all(
            less(last[kind], last["projection"], by=0.15) for kind in PICTURES[:4]
        ),
        "a network that was trained anew gives more alike pictures": all(
            less(n[f"all random: {kind}"], n[f"trained anew: {kind}"], by=0.2) for kind in PICTURES
        ),
    }
