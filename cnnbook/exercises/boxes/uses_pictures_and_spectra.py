"""Guesses and question boxes of the chapter *What convolution is for: pictures and spectra*."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook import conv2d_cost
from cnnbook.data.scenes import SPECTRA
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

Array = np.ndarray[Any, Any]

ALT_OF_STYLES = (
    "Six colour pictures of 64 by 64 pixels. Content: the roofs of a Chinese tower before a pale "
    "sky. Style: an orange dahlia on dark green. Both: the tower in orange and dark green, the sky "
    "orange with grey-green at the top. One layer: the tower in similar colours, more of the sky "
    "grey-green. Style alone: orange and dark specks without tower or flower. From noise: the "
    "tower in orange and dark under coarse noise, which is strongest in the sky."
)
ALT_OF_ERRORS = (
    "Three maps of one scene of 16 by 16 pixels in strong sensor noise. Left the true materials, "
    "soil in grey and vegetation in white. Middle, wrong pixels of the 1 by 1 network in black on "
    "white, scattered over the whole scene. Right, those of the 3 by 3 network: two, both at the "
    "border between the fields."
)


def orange_edges() -> str:
    """Return the mean product of the two maps, as they are and with the second shuffled."""
    orange = np.array([2, 0, 2, 0])
    as_it_is, shuffled = (orange @ np.array(edge) / 4 for edge in ([1, 0, 3, 0], [0, 1, 0, 3]))
    return f"{as_it_is:g}, then {shuffled:g}"


def in_the_shade() -> str:
    """Return what half of the light does to the difference and to the index of vegetation."""
    light = np.array([1.0, 0.5])
    red, near_infrared = SPECTRA[2][2] * light, SPECTRA[2][4] * light
    difference, total = near_infrared - red, near_infrared + red
    halves = [np.isclose(now, before / 2) for before, now in (difference, difference / total)]
    what = ["halves" if half else "stays" for half in halves]
    return f"the difference {what[0]}, the index {what[1]}"


def kept_integers() -> str:
    """Return the integers that eight bits keep of the three weights."""
    weights = np.array([0.50, -0.26, 0.02])
    kept = np.round(weights / (np.abs(weights).max() / 127))
    return ", ".join(f"{number:.0f}" for number in kept).replace("-", "−")


def fewest_macs() -> str:
    """Return the name of the network of the page that needs the fewest MACs."""

    def conv(side: int, c_in: int, c_out: int, size: int = 3, groups: int = 1) -> int:
        cost = conv2d_cost(side, c_in, c_out, size, padding=size // 2, groups=groups)
        return cost.macs

    macs = {
        "narrow": conv(12, 1, 4) + conv(6, 4, 8) + 8 * 9 * 10,
        "usual": conv(12, 1, 8) + conv(6, 8, 16) + 16 * 9 * 10,
        "separable": conv(12, 1, 8) + conv(6, 8, 8, groups=8) + conv(6, 8, 16, 1) + 16 * 9 * 10,
        "global max": conv(12, 1, 8) + conv(6, 8, 32) + 32 * 10,
        "dense": 144 * 64 + 64 * 32 + 32 * 10,
    }
    return min(macs, key=lambda name: macs[name])


GUESSES = [
    Guess(
        "shuffled_places",
        prompt=(
            "What is `G[0, 1]`, the mean product of the two maps? And what becomes of it when only "
            "map 1 is shuffled, to (0, 1, 0, 3)?"
        ),
        options=("2, then 2", "2, then 0", "8, then 8", "8, then 0"),
        truth=orange_edges,
        after=(
            "(2·1 + 0 + 2·3 + 0) / 4 = 2: orange edges. Shuffling all places alike changes "
            "nothing, because a sum does not ask for the order. Shuffling one map against the "
            "other leaves the diagonal, how much of each there is, and takes the pairs away: "
            "orange, and edges, but no orange edges."
        ),
    ),
    Guess(
        "random_network",
        prompt=(
            "Is a network that has learnt nothing of any use for this? At the start the style loss "
            "is 1.99. How far does it fall?"
        ),
        options=(
            "not at all: its maps mean nothing",
            "to about half",
            "to next to nothing",
        ),
        truth=lambda: "to next to nothing",
        alt=ALT_OF_STYLES,
        after=(
            "The figure shows the content, the style, and four results: content and style of three "
            "layers, content and style of the first layer only, style (nearly) alone, started from "
            "noise, and content and style with α = 1, started from noise. With a network that "
            "knows nothing the style loss falls from 1.99 to 0.01, and the roofs and windows stand "
            "where they stood, in the dahlia's orange and dark green. Mean blue has gone from 0.54 "
            "to 0.25. But compare with the first line: an affine map of each pixel's colours, "
            "which gives the tower the dahlia's means and covariances and asks no network, takes "
            "the loss from 1.99 to 0.09. Most of the fall is a match of colours; the network's "
            "part is the rest."
        ),
    ),
    Guess(
        "half_the_light",
        prompt=(
            "In the shade only half of the light is there. What happens to the difference "
            "NIR − red, and what to the index?"
        ),
        options=(
            "the difference halves, the index halves",
            "the difference halves, the index stays",
            "the difference stays, the index halves",
            "the difference stays, the index stays",
        ),
        truth=in_the_shade,
        after=(
            "The difference halves with the light, the index stays: a convolution without bias is "
            "linear, half the input, half the output, and in the division the half cancels. So one "
            "threshold between soil and vegetation serves the index in any light. For the "
            "difference a threshold that was good in full light is wrong for about one pixel in "
            "ten when the light halves. Only a quantity that is to stay the same in any light, "
            "such as the index itself, needs the division."
        ),
    ),
    Guess(
        "much_noise",
        prompt="Which of the four networks is best with five times the noise?",
        options=("1×1, linear", "1×1, ReLU, 1×1", "the same, RGB", "3×3, ReLU, 1×1"),
        truth=lambda: "3×3, ReLU, 1×1",
        alt=ALT_OF_ERRORS,
        after=(
            "The figure shows the scene in which the 1×1 network errs most: the true materials, "
            "and in black the pixels that the 1×1 and the 3×3 network get wrong. With a poor "
            "sensor a pixel by itself no longer says enough, least of all in three bands (0.678). "
            "The nine pixels of a window mostly agree on a material, and their noise cancels: the "
            "3×3 network is right inside the fields, and has few errors at the borders. So it is "
            "over five seeds, with the better of two learning rates for each network: that is the "
            "last table."
        ),
    ),
    Guess(
        "rows_or_disorder",
        prompt=(
            "Which of these can tell the two apart: NDVI, a trained 1×1 network, a 3×3 kernel?"
        ),
        options=(
            "the 1×1 network and the 3×3 kernel",
            "all three",
            "the 3×3 kernel alone",
            "the 1×1 network alone",
        ),
        truth=lambda: "the 3×3 kernel alone",
        after=(
            "The index and the 1×1 network see the same pixels in another order and count the "
            "same. Only a kernel that sees neighbours tells rows from disorder. Spectra are a "
            "matter of 1×1, patterns are not. Real networks for such scenes use both."
        ),
    ),
    Guess(
        "kept_integers",
        prompt="Take the weights 0.50, −0.26, 0.02. Which three integers are kept?",
        options=("128, −67, 5", "127, −66, 5", "50, −26, 2", "127, −33, 3"),
        truth=kept_integers,
        after=(
            "The step is 0.5 / 127 = 0.00394. The last weight is 0.02 / 0.00394 = 5.08 steps, kept "
            "as 5, and comes back as 0.0197, which is 0.0003 off. No weight is off by more than "
            "half a step."
        ),
    ),
    Guess(
        "fewest_macs",
        prompt="Which of the five networks needs the fewest MACs?",
        options=("narrow", "usual", "separable", "global max", "dense"),
        truth=fewest_macs,
        after=(
            "The dense network needs the fewest MACs, since each of its weights is used once for "
            "an image. It needs by far the most bytes, and errs most."
        ),
    ),
]

QUESTIONS = {
    "two_sizes": Question(
        "A network gives 24 maps of 16×16 for a small photograph, and 24 maps of 64×64 for a large "
        "one. Can their Gram matrices be compared?",
        [
            Option(
                "No, they differ in shape.", because="both are 24×24: one entry per pair of maps."
            ),
            Option(
                "Yes, both are 24×24, and each entry is a mean.",
                correct=True,
                because="the division by the number of places makes the sizes comparable.",
            ),
            Option(
                "Only after resizing the photographs.",
                because="the sum runs over all places, however many there are.",
            ),
        ],
    ),
    "new_band": Question(
        "A satellite has a new band. The network begins with 1×1 kernels. What must change?",
        [
            Option(
                "Each kernel of the first layer gets one more weight.",
                correct=True,
                because="the weight has shape (C_out, C_in, 1, 1), and C_in grows by 1. The other "
                "layers stay.",
            ),
            Option(
                "Nothing: kernels do not depend on the number of bands.",
                because="each kernel has one weight per input channel.",
            ),
            Option(
                "The kernels must become 3×3.",
                because="size in rows and columns has nothing to do with the number of channels.",
            ),
        ],
    ),
}
