"""Guesses and question boxes of *What convolution is for: images* and of its workshop."""

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
            "A network that sees nothing gets 89 per cent of the pixels right. The share of right "
            "pixels mostly says how much background there is."
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
            "Noise wears all three answers down. Size is the surprising row: class and box are "
            "about as good as before, yet the masks are poor, and those of discs are worst. For "
            "the class a maximum over all places needs one place that gives the disc away; a mask "
            "needs each of its pixels."
        ),
    ),
    Guess(
        "two_shapes",
        prompt="A picture holds two shapes. Where does the head for one box put its box?",
        options=(
            "around one of the two",
            "between the two, around neither",
            "around both",
        ),
        truth=lambda: "between the two, around neither",
        after=(
            "Few boxes count as found. Three of four have their middle in the middle third of the "
            "way from one shape to the other. The linear layer adds up what all places say, and "
            "training never showed it two that speak at once."
        ),
    ),
    Guess(
        "larger_pictures",
        prompt=(
            "The network was trained on 32×32. How good are its masks on 48×48, with shapes of "
            "the sizes that it knows? On 32×32 the mean IoU is 0.9."
        ),
        options=("it cannot run", "about 0.5", "about 0.9"),
        truth=lambda: "about 0.9",
        after=(
            "As good as before. Kernels slide over any size, and the mask grows with the picture. "
            "Pictures whose shape is wider than any in training were left out."
        ),
    ),
    Guess(
        "parts_of_masks",
        prompt=(
            "In how many of 100 pictures with two shapes does the mask have just two connected "
            "parts, small specks aside?"
        ),
        options=("about 30", "about 60", "about 85"),
        truth=lambda: "about 85",
        after=(
            "The masks were trained on one shape in each picture, and hold two all the same: each "
            "pixel answers for its own neighbourhood. The boxes are nearly as good as the box that "
            "the head gave for one shape, 0.78 on average."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("larger_pictures", "parts_of_masks")

QUESTIONS = {
    "recall_global": Question(
        "A feature map of 16×8×8 goes through a maximum over all places. "
        "What is left, and what changes if the picture's content moves a little?",
        [
            Option("16 numbers, which move along", because="a single number has no place to move."),
            Option(
                "16 numbers, which hardly change",
                correct=True,
                because="pooling works per channel, and a maximum does not say where it was.",
            ),
            Option("64 numbers, which hardly change", because="the channels stay apart: 16."),
        ],
    ),
    "recall_doubling": Question(
        "A transposed convolution with kernel 4, stride 2 and padding 1 reads a map of 8×8. "
        "How large is its output?",
        [
            Option("4×4", because="a stride of 2 moves its writing, not its reading: it grows."),
            Option("18×18", because="2 · 7 + 4 = 18 without padding, which cuts off 1 each side."),
            Option("16×16", correct=True, because="2 · 7 + 4 − 2 · 1 = 16: twice the side."),
        ],
    ),
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
