"""Guesses and question boxes of the chapter *Little data*."""

from __future__ import annotations

from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

GUESSES: list[Guess] = [
    Guess("pixels_or_features", prompt="x", options=("a", "b"), truth=lambda: "a"),
    Guess("which_body", prompt="x", options=("a", "b"), truth=lambda: "a"),
    Guess("curves", prompt="x", options=("a", "b"), truth=lambda: "a", alt="x"),
    Guess("kept_statistics", prompt="x", options=("a", "b"), truth=lambda: "a"),
    Guess("in_the_middle", prompt="x", options=("a", "b"), truth=lambda: "a"),
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
