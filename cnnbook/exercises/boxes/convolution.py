"""Guesses and question boxes of the chapter *Convolution*."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.data import letters
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

PIXELS, KERNEL = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)
ALT_OF_EDGES = (
    "Two signed maps of the tower. In the first, the right edges of the columns are purple, "
    "positive, and the left edges of bright gaps between them likewise, while edges from bright to "
    "dark are orange, negative. The second map is the same with the two colours exchanged. The sky "
    "is white, close to zero, in both."
)


def average_at(corner: int) -> float:
    """Return the average product of the diagonal feature with a patch of the X."""
    patch = letters.letter_x()[corner : corner + 3, corner : corner + 3]
    return float((patch * letters.x_features()["diagonal"]).mean())


def turned_shrinks() -> bool:
    """Return whether each output is smaller with the kernel turned by 180 degrees."""
    return bool((cnnbook.convolve2d(PIXELS, KERNEL) < cnnbook.correlate2d(PIXELS, KERNEL)).all())


GUESSES = [
    Guess(
        "two_patches",
        prompt=(
            "The falling stroke of the X passes through row 1, column 1 (rows and columns count "
            "from 0, from the top left). What is the average product of the diagonal feature with "
            "the patch whose top left corner is there? And with the patch in the middle of the X, "
            "whose corner is at row 3, column 3?"
        ),
        options=("1.00 at both", "1.00, then 0.56", "0.56, then 1.00", "0.56 at both"),
        truth=lambda: "{:.2f}, then {:.2f}".format(*(average_at(corner) for corner in (1, 3))),
        after=(
            "On the stroke all nine pixels agree, so the average is 1.00. In the middle, the "
            "crossing stroke adds ink at two places where the feature wants paper: seven products "
            "are +1, two are −1, and (7 − 2) / 9 = 0.56."
        ),
    ),
    Guess(
        "last_output",
        prompt="The first of the four outputs is 19. What is the last one, at the bottom right?",
        truth=lambda: cnnbook.correlate2d(PIXELS, KERNEL)[1, 1],
        alt=(
            "Three grids of numbers. The input is 0 to 8 in three rows, with a dashed frame round "
            "its top left patch 0 1 3 4. The kernel is 0 1 2 3 in two rows. The output is 19 25 "
            "and 37 43, with a frame round 19."
        ),
        after=(
            "The framed patch 0 1 / 3 4 gives the framed output 19; the others are 25, 37 and 43."
        ),
    ),
    Guess(
        "side_of_the_output",
        prompt="How many pixels wide is the output of a 5×5 kernel on a 28×28 image?",
        truth=lambda: cnnbook.conv_output_size(28, 5),
        after="28 − 5 + 1 = 24. A 3×3 kernel on the 9×9 letter leaves 7.",
    ),
    Guess(
        "turned_kernel",
        prompt=(
            "The kernel 0 1 / 2 3 turned by 180 degrees is 3 2 / 1 0. What happens to the four "
            "outputs 19, 25, 37 and 43?"
        ),
        options=("All four grow.", "The first two grow, the others shrink.", "All four shrink."),
        truth=lambda: "All four shrink." if turned_shrinks() else "",
        after="The large kernel entries now meet the small pixels of each patch.",
    ),
    Guess(
        "edge_before_the_sky",
        prompt=(
            "The right edge of a dark column before the bright sky: what sign has the response? "
            "And in the even sky?"
        ),
        options=(
            "positive; almost nothing in the sky",
            "negative; almost nothing in the sky",
            "positive; even larger in the bright sky",
        ),
        truth=lambda: "positive; almost nothing in the sky",
        alt=ALT_OF_EDGES,
        after=(
            "Zero is white. A dark-to-bright edge gives a positive response (purple), a "
            "bright-to-dark edge a negative one (orange), the even sky almost nothing. The "
            "negative kernel gives exactly the negative map. Responses beyond ±2 have the colour "
            "of ±2."
        ),
    ),
    Guess(
        "highest_response",
        prompt="Which patch gets the highest response?",
        options=(
            "the bright diagonal",
            "the faint diagonal",
            "the even bright patch",
            "the strong half match",
        ),
        truth=lambda: "the strong half match",
        after="It holds 3 at two of the places where the kernel holds 1.",
    ),
    Guess(
        "price_of_patches",
        prompt="How many times larger is the matrix of patches than the image?",
        truth=lambda: 3 * 11 * 11 * cnnbook.conv_output_size(227, 11, stride=4) ** 2 / (3 * 227**2),
        after=(
            "The matrix of patches is 363×3025, and holds 7.1 times as many numbers as the image. "
            "At stride 1 it would be 111 times."
        ),
    ),
    Guess(
        "telling_feature",
        prompt=(
            "Which of the three features tells the X from the O on its own? Mind that the corners "
            "of the O are cut."
        ),
        options=("the falling diagonal", "the cross", "the rising diagonal"),
        truth=lambda: "the cross",
        after=(
            "Both diagonals match perfectly somewhere in either letter. The cross does not: 1.00 "
            "on the X, 0.56 on the O. For these two letters it would be enough."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("price_of_patches", "telling_feature")

QUESTIONS = {
    "recall_index": Question(
        "`x` holds a grey picture of 4 rows and 6 columns. Which pixel is `x[1, 5]`?",
        [
            Option("the last of the second row", correct=True, because="the row comes first."),
            Option("the second of the last row", because="the row comes first, then the column."),
            Option("none: 5 is too large", because="the columns are numbered from 0 to 5."),
        ],
    ),
    "recall_slice": Question(
        "What is the shape of `x[1:4, 2:5]`?",
        [
            Option("(4, 5)", because="a slice has a start, too: rows 1, 2 and 3."),
            Option("(4, 4)", because="the end of a slice does not belong to it."),
            Option(
                "(3, 3)", correct=True, because="rows 1, 2, 3 and columns 2, 3, 4: a 3×3 patch."
            ),
        ],
    ),
    "try_it": Question(
        "An image of 6 rows and 10 columns meets a kernel of 3 rows and 5 columns. "
        "What is the shape of the output?",
        [
            Option("(6, 4)", because="rows come first: 6 − 3 + 1 = 4 rows."),
            Option(
                "(4, 6)", correct=True, because="6 − 3 + 1 = 4 rows and 10 − 5 + 1 = 6 columns."
            ),
            Option("(3, 5)", because="that is n − k. The first place counts, too: n − k + 1."),
            Option(
                "(6, 10)", because="without a border added, the kernel must stay inside the image."
            ),
        ],
    ),
}
