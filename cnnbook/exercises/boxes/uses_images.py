"""Guesses and question boxes of the chapter *What convolution is for: images*."""

from __future__ import annotations

import numpy as np

from cnnbook.data import shape_scenes
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

ALT_OF_BOXES = (
    "A grid of seven by seven numbers with two frames of four by four cells, shifted against each "
    "other by one row and one column. The nine cells inside both frames hold a 2, the seven cells "
    "of each that are outside the other hold a 1, the rest 0."
)


def background() -> int:
    """Return how many pixels of 100 are background in scenes like those of the page."""
    masks = shape_scenes(400, np.random.default_rng(0)).masks
    return round(100 * float((masks == 0).mean()))


GUESSES = [
    Guess(
        "numbers_for_pixels",
        prompt=(
            "The pictures are 32×32, with three shapes and background. How many numbers must a "
            "network return to say which pixels are what?"
        ),
        options=("1,024", "4", "4,096", "3,072"),
        truth=lambda: f"{4 * 32 * 32:,}",
        after=(
            "Four logits for each pixel, background being the fourth class: 4 · 32 · 32 = 4,096 "
            "numbers. To say what it is, one logit per class, 3 numbers. To say where, 4 numbers."
        ),
    ),
    Guess(
        "shifted_box",
        prompt=(
            "The true box is rows 1 to 4 and columns 1 to 4 (16 pixels). The predicted box has the "
            "same size, but lies one row lower and one column further right. How large is the IoU?"
        ),
        options=("9 / 16, or 0.56", "9 / 23, or 0.39", "16 / 23, or 0.70", "9 / 32, or 0.28"),
        truth=lambda: f"9 / 23, or {9 / (2 * 16 - 9):.2f}",
        alt=ALT_OF_BOXES,
        after=(
            "The figure shows in how many of the two boxes each cell lies. Nine cells lie in both "
            "(2), and 9 + 7 + 7 = 23 in at least one. One pixel each way costs a small box more "
            "than half of its IoU."
        ),
    ),
    Guess(
        "all_background",
        prompt=(
            "A network calls every pixel background, whatever it sees. What share of its pixels "
            "is right?"
        ),
        truth=background,
        unit="%",
        after=(
            "A network that sees nothing gets 89 per cent of the pixels right and a mean IoU of "
            "0.22."
        ),
    ),
    Guess(
        "boxes_from_means",
        prompt=(
            "The fourth head gets nothing but the mean of each map. How good are its boxes, beside "
            "those of `where` and a box that is always the same?"
        ),
        options=(
            "as good as those of `where`",
            "about half way between the two",
            "as bad as the box that is always the same",
        ),
        truth=lambda: "as bad as the box that is always the same",
        after=(
            "This head reads a backbone that others taught, and which need not write places into "
            "its means."
        ),
    ),
    Guess(
        "larger_shapes",
        prompt="Of the shapes that are wider than any in training, which answer suffers most?",
        options=("the masks", "the class", "the boxes"),
        truth=lambda: "the masks",
        after=(
            "Noise wears all three answers down, the box first. Size is the surprising row. The "
            "class is as good as always right. (So is many a box, but here nearly every shape "
            "stands in the middle of its picture, and the same box for all would do almost as "
            "well.) Yet the masks are poor, and those of discs are worst. A maximum over all "
            "places needs one place on the border of a large disc to give it away. A pixel in the "
            "middle has no such luck."
        ),
    ),
]

QUESTIONS = {
    "good_box": Question(
        "A predicted box has the true box inside it and four times its area. How large is the IoU?",
        [
            Option(
                "1", because="the true box is covered, but three quarters of the union are not."
            ),
            Option("0.5", because="0.5 would need a union of twice the intersection."),
            Option(
                "0.25",
                correct=True,
                because="the intersection is the true box, the union the large one.",
            ),
        ],
    ),
    "another_size": Question(
        "A photograph of 480×360 pixels goes through a network that was trained on 32×32. "
        "Which head cannot even run?",
        [
            Option(
                "where, with its flattened map",
                correct=True,
                because="its linear layer has weights for exactly 8×8 places.",
            ),
            Option(
                "what, with its global pooling",
                because="a global maximum makes 16 numbers of a map of any size.",
            ),
            Option(
                "which pixels", because="kernels slide over any size. The answer is larger, too."
            ),
        ],
    ),
}
