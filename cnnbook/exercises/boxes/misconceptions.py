"""The guesses of the page *Misconceptions*, which has no exercises."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.exercises.chapter import Exercises
from cnnbook.exercises.guesses import Guess

STROKE = np.eye(3)
DOT = np.zeros((3, 3))
DOT[0, 0] = 200
PATCHES = {
    "the faint stroke": 20 * STROKE,
    "the bright dot": DOT,
    "the bright plain patch": np.full((3, 3), 200.0),
}


def highest_response() -> str:
    """Return the patch with the highest bare response."""
    return max(PATCHES, key=lambda name: float((PATCHES[name] * STROKE).sum()))


def loss_of_probabilities() -> str:
    """Return the cross-entropy that takes probabilities for logits."""
    probabilities = cnnbook.softmax(np.array([[8.0, 0.0, 0.0]]))
    return f"{cnnbook.cross_entropy(probabilities, np.array([0])):.4f}"


EXERCISES = Exercises(
    "misconceptions",
    [],
    guesses=[
        Guess(
            "highest_response",
            prompt=(
                "The kernel is a falling stroke of three ones. Which patch gets the highest bare "
                "response: a plain patch of 200s, a single 200 in its corner, or a stroke of 20s?"
            ),
            options=tuple(PATCHES),
            truth=highest_response,
            after="There is no stroke in it.",
        ),
        Guess(
            "softmax_twice",
            prompt=(
                "The logits are 8, 0 and 0, and the first class is right: a loss of 0.0007. What "
                "is the loss if their softmax goes into the same function?"
            ),
            options=("0.0007", "0.0014", "0.5519", "1.0986"),
            truth=loss_of_probabilities,
            after="The loss cannot come near 0 however right the network is.",
        ),
        Guess(
            "errors_gone",
            prompt="From 3 % to 2 %: what share of the errors is gone?",
            truth=lambda: round(100 * (3 - 2) / 3),
            unit="%",
            after="The difference is one percentage point; of the errors, a third is gone.",
        ),
    ],
)
guess = EXERCISES.guess
