"""Guesses and questions of *What convolution is for: pictures and spectra* and its workshop."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook import conv2d_cost
from cnnbook.data.scenes import SPECTRA
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

Array = np.ndarray[Any, Any]

ALT_OF_STYLES = (
    "Four colour pictures of 64 by 64 pixels. Content: the roofs of a Chinese tower before a pale "
    "sky. Style: an orange dahlia on dark green. Colours alone: the tower in strong orange "
    "and dark green, its whole sky orange. Trained: much the same, with hard dark edges, and the "
    "sky grey-green at the top."
)
ALT_OF_ERRORS = (
    "Three maps of one scene of 16 by 16 pixels in strong sensor noise. Left the true materials, "
    "soil in grey and vegetation in white. Middle, wrong pixels of the 1 by 1 network in black on "
    "white, scattered over the whole scene. Right, those of the 3 by 3 network: a single one, at "
    "the border between the fields."
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
            "A convolution without bias is linear: half the input, half the output. In the "
            "division the half cancels. So one threshold on the index serves in any light."
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
            "sensor a pixel by itself no longer says enough, least of all in three bands."
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
            "The index and the 1×1 network see the same pixels in another order, and count the "
            "same. The 3×3 kernel compares a row with its neighbours."
        ),
    ),
    Guess(
        "shuffled_places",
        prompt=(
            "What is the mean product of the two maps? And what becomes of it when only map 1 is "
            "shuffled, to (0, 1, 0, 3)?"
        ),
        options=("2, then 2", "2, then 0", "8, then 8", "8, then 0"),
        truth=orange_edges,
        after=(
            "(2·1 + 0 + 2·3 + 0) / 4 = 2: orange edges. Shuffling both maps alike changes "
            "nothing, because a sum does not ask for the order. Shuffling one against the other "
            "takes the pairs away: orange, and edges, but no orange edges."
        ),
    ),
    Guess(
        "random_network",
        prompt="This network has learnt nothing. How far does training take the style loss down?",
        options=(
            "hardly: its maps mean nothing",
            "to about half",
            "to a hundredth or less",
        ),
        truth=lambda: "to a hundredth or less",
        alt=ALT_OF_STYLES,
        after=(
            "The figure shows the content, the style, the content with its colours matched, and "
            "what training made of it. The style loss falls from 1.99 to 0.01, and the roofs stand "
            "where they stood. But look at the second line: matched colours alone, without any "
            "network, take it to 0.09."
        ),
    ),
    Guess(
        "fewest_macs",
        prompt="Which of the five networks needs the fewest MACs?",
        options=("narrow", "usual", "separable", "global max", "dense"),
        truth=fewest_macs,
        after=(
            "The dense one: each of its weights is used once for an image. It has by far the most "
            "weights, in turn. The columns are MACs, bytes of the int8 weights, and numbers in the "
            "largest map: the usual network's takes, at a byte each, more than a third of its "
            "weights' bytes."
        ),
    ),
    Guess(
        "another_network",
        prompt=(
            "A picture is trained until one random network finds the style in it. Does another "
            "random network, which it never met, find it there, too?"
        ),
        options=(
            "no: to the other it is as far away as before",
            "mostly: nearer than with its colours matched",
            "mostly, but no nearer than with its colours matched",
        ),
        truth=lambda: "mostly: nearer than with its colours matched",
        after=(
            "What was trained is in the picture, not only in the eye of one network. The other "
            "network still finds more left over than the one that was used."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("another_network",)

QUESTIONS = {
    "recall_new_band": Question(
        "A camera has a new channel. The network begins with 1×1 kernels. What must change?",
        [
            Option(
                "Each kernel of the first layer gets one more weight.",
                correct=True,
                because="the weight has shape (C_out, C_in, 1, 1), and C_in grows by 1.",
            ),
            Option("Nothing.", because="each kernel has one weight per input channel."),
            Option(
                "The kernels must become 3×3.",
                because="rows and columns have nothing to do with the number of channels.",
            ),
        ],
    ),
    "recall_macs": Question(
        "A 3×3 convolution keeps the size, 12×12. Now it gets twice as many input channels and "
        "twice as many output channels. What becomes of its MACs (products and sums)?",
        [
            Option("They stay: the map is as large as before.", because="each place costs more."),
            Option("They double.", because="both numbers of channels are factors."),
            Option(
                "Four times as many.",
                correct=True,
                because="places · C_out · C_in · 9, and both doubled.",
            ),
        ],
    ),
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
}
