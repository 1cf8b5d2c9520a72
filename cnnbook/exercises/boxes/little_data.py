"""Guesses and question boxes of the chapter *Little data*."""

from __future__ import annotations

from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

ALT_OF_CURVES = (
    "Four falling curves of the per cent wrong against 1 to 60 images of each class. The nearest "
    "neighbour in pixels begins at about 80 and ends at about 20. From scratch begins at about 60 "
    "and ends near 3. A new head on a frozen body begins at about 50 and ends near 14. Fine-tuned "
    "begins at about 50, is the lowest up to 10 images, and meets the curve from scratch there."
)

GUESSES = [
    Guess(
        "pixels_or_features",
        prompt=(
            "Two images of each class. Guessing would be wrong in 80 of 100. How often is the "
            "nearest neighbour wrong, by pixels and by features?"
        ),
        options=(
            "both in about 80 of 100",
            "by pixels in about 50, by features in about 75",
            "by pixels in about 75, by features in about 50",
            "both in about 50 of 100",
        ),
        truth=lambda: "by pixels in about 75, by features in about 50",
        after=(
            "By pixels in 75 of 100, little better than guessing; by "
            "features in 51. The table has the means of five seeds; each "
            "draws anew which five digits are the old ones."
        ),
    ),
    Guess(
        "which_body",
        prompt=(
            "With five images of each class, a head on learnt features errs in "
            "31 of 100. And heads on the two other bodies?"
        ),
        options=(
            "about as often on both",
            "more often on random weights alone",
            "more often on both",
        ),
        truth=lambda: "more often on both",
        after=("On random weights 48 of 100, on a body that learnt shuffled digits 48."),
    ),
    Guess(
        "curves",
        prompt=(
            "A head on the frozen body learns 165 numbers, a network from scratch all 2,581. From "
            "how many images of each class on does the one from scratch err clearly less?"
        ),
        options=("from 1", "from 10", "only with 60", "not even with 60"),
        truth=lambda: "from 10",
        alt=ALT_OF_CURVES,
        after=(
            "The figure shows the per cent of wrong answers against the images of each class. All "
            "curves fall. Up to 5 the frozen body and the network from scratch lie close "
            "together. From 10 on the frozen body stays behind."
        ),
    ),
    Guess(
        "kept_statistics",
        prompt="Which errs less here: a body with the old statistics, or with those of the few?",
        options=("the old ones", "those of the few", "they are about level"),
        truth=lambda: "they are about level",
        after=("With two images of each class 35 and 33 of 100, with five 23 and 22."),
    ),
    Guess(
        "in_the_middle",
        prompt="Which nearest neighbour errs less, now that all digits stand in the middle?",
        options=("the one by features, again", "they are level", "the one by pixels"),
        truth=lambda: "the one by pixels",
        after=(
            "With two images of each class it errs in 18 of 100 by pixels, "
            "and in 35 by features. The features do not hold "
            "where a stroke lies. The pixels do."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("my_class_means", "my_step")

QUESTIONS = {
    "recall_head": Question(
        "The last linear layer of a network reads 32 numbers and gives five scores. What does one "
        "score consist of?",
        [
            Option(
                "A product of the 32 numbers.",
                because="a linear layer multiplies each by its own weight, and adds.",
            ),
            Option(
                "A vote: 32 numbers, each with its weight, and a bias.",
                correct=True,
                because="so a class is a row of 32 weights.",
            ),
            Option(
                "The largest of the 32 numbers.",
                because="that is max pooling. It has no weights.",
            ),
        ],
    ),
    "recall_velocity": Question(
        "SGD with momentum has taken some steps. Now the gradient of a weight is exactly 0. What "
        "does the next step do to this weight?",
        [
            Option(
                "It moves it on, along the earlier gradients.",
                correct=True,
                because="the velocity keeps a part of them. You will meet this below.",
            ),
            Option("Nothing: no gradient, no step.", because="that is true without momentum."),
            Option("It brings it back to where it began.", because="no step remembers that."),
        ],
    ),
}
