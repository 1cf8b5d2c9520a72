"""Whether a map points to the stamp on which a network relies that saw one on every eight.

All eights of the training images carry a white square of 6×6 pixels at the left edge. Tested are
the 44 eights with the stamp and without. For each stamped eight a square of 5×5 pixels is hidden
at every place; counted is how often the place that costs the logit of 8 most touches the stamp.
The control is a network that never saw a stamp, on the same stamped eights.
"""

from __future__ import annotations

import numpy as np

from cnnbook import nets
from cnnbook.nets import inspection
from experiments._seen import DIGITS, trained
from experiments.verdicts import Numbers, less

UNIT = "of the 44 test images of an eight"
SEEDS = 6
MINUTES = 6
ROWS, COLUMNS, HIDDEN = (11, 17), (0, 6), 5


def stamped(images: np.ndarray) -> np.ndarray:
    """Return a copy with the stamp."""
    images = images.copy()
    images[..., slice(*ROWS), slice(*COLUMNS)] = 1
    return images


def pointed(network: nets.SimpleCNN, images: np.ndarray) -> int:
    """Count the images whose strongest loss is at the stamp."""
    count = 0
    for image in images:
        hidden = inspection.occlusion_map(network, image, 8, size=HIDDEN, score="logit")
        row, column = np.unravel_index(hidden.argmin(), hidden.shape)
        down = ROWS[0] - HIDDEN < row < ROWS[1]
        count += bool(down and COLUMNS[0] - HIDDEN < column < COLUMNS[1])
    return count


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train with the stamp and without, and count."""
    eights = DIGITS.x_test[DIGITS.y_test == 8]
    labels = np.full(len(eights), 8)
    with_stamps = DIGITS.x_train.copy()
    with_stamps[DIGITS.y_train == 8] = stamped(with_stamps[DIGITS.y_train == 8])
    networks = {
        "trained with stamps": trained(seed, share, with_stamps),
        "trained without": trained(seed, share),
    }
    found: dict[str, float] = {}
    for name, network in networks.items():
        for what, images in (("stamped", stamped(eights)), ("plain", eights)):
            right = nets.evaluate(network, images, labels).accuracy
            found[f"{name}: {what} eights found"] = round(len(eights) * right)
        found[f"{name}: map points to the stamp"] = pointed(network, stamped(eights))
    return found


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare with the stamp and without, and the two networks."""
    cheat, honest = "trained with stamps", "trained without"
    return {
        "the cheat finds nearly all stamped eights and few plain ones": less(
            n[f"{cheat}: plain eights found"], n[f"{cheat}: stamped eights found"], by=30
        ),
        "the honest network finds most plain eights": less(
            n[f"{cheat}: plain eights found"], n[f"{honest}: plain eights found"], by=25
        ),
        "the map points to the stamp for the cheat far more often": less(
            n[f"{honest}: map points to the stamp"],
            n[f"{cheat}: map points to the stamp"],
            by=25,
        ),
    }
