"""Guesses and question boxes of the chapter *Finding and outlining* and of its workshop."""

from __future__ import annotations

from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

GUESSES = [
    Guess(
        "sure_anchors",
        prompt=(
            "The picture holds three shapes. Of the 288 answers, how many say `object` with a "
            "probability above 0.5?"
        ),
        options=("3, one for each shape", "about 10", "about 100"),
        truth=lambda: "about 10",
        after=(
            "Several cells around a centre see the shape and answer, each for itself. No cell "
            "knows what its neighbour says."
        ),
        alt=(
            "Left, a grey picture with three bright shapes. Right, a map of 12 by 12 cells, white "
            "except for three small groups of dark cells, at the places of the shapes' centres."
        ),
    ),
    Guess(
        "boxes_an_object",
        prompt=(
            "Two hundred new pictures hold 505 shapes. How many boxes with a score above 0.5 come "
            "out, for each shape?"
        ),
        truth=lambda: 1925 / 505,
        after="Nearly four boxes for each shape, most of them on top of each other.",
        alt=(
            "Two copies of one picture with three bright shapes. Left, each shape lies in a bundle "
            "of three or four nearly equal dashed frames. Right, each lies in one frame."
        ),
    ),
    Guess(
        "least_found",
        prompt=(
            "Every cell with suppression leads. Which of the other three finds least, with the "
            "same scenes and steps?"
        ),
        options=("every cell, without suppression", "the list of four", "the threshold"),
        truth=lambda: "the list of four",
        after=(
            "The list is one answer for the whole picture again, four times as long. Each of its "
            "numbers has weights of its own for every place."
        ),
    ),
    Guess(
        "twice_as_large",
        prompt=(
            "The shapes of training were 7 to 17 pixels wide. What is the average precision on "
            "pictures enlarged twice?"
        ),
        options=("above 90 %", "about half", "below 20 %"),
        truth=lambda: "below 20 %",
        after=(
            "In this run more noise costs some precision, and twice the size nearly all of it. "
            "Nothing in the training showed a box wider than 17 pixels."
        ),
    ),
    Guess(
        "thin_outline",
        prompt="Where do the skips gain more?",
        options=("on filled shapes", "on thin outlines", "on both alike"),
        truth=lambda: "on thin outlines",
        after=("Nearly all pixels of a thin line are border pixels; of a filled shape few are."),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ()

QUESTIONS = {
    "recall_iou": Question(
        "Two boxes of 4×4 pixels share a part of 4×2. What is their intersection over union?",
        [
            Option("8/32", because="the union counts the shared part once: 16 + 16 − 8."),
            Option("8/24", correct=True, because="16 + 16 − 8 = 24 pixels lie in either."),
            Option("8/16", because="the union of both boxes is larger than one of them."),
        ],
    ),
    "recall_one_by_one": Question(
        "A 1×1 convolution with 16 outputs works on a map of 12×12. What does it compute?",
        [
            Option(
                "The same linear layer with 16 outputs, at each of the 144 places",
                correct=True,
                because="it mixes channels and never places.",
            ),
            Option(
                "16 numbers for the whole map",
                because="it answers at each place: 16×12×12 numbers.",
            ),
            Option(
                "A different linear layer at each place",
                because="a convolution has the same weights everywhere.",
            ),
        ],
    ),
    "lower_limit": Question(
        "Two cups stand so close that the IoU of their true boxes is 0.4. Which limit lets "
        "suppression keep both?",
        [
            Option("0.3", because="the surer cup's box then drops the other, at 0.4."),
            Option("0.5", correct=True, because="0.4 is not above it, so both stay."),
            Option("any", because="a limit below 0.4 drops one of them."),
        ],
    ),
    "dice_and_iou": Question(
        "Mask A has a higher IoU with the truth than mask B. What of Dice?",
        [
            Option("It may be lower", because="Dice = 2·IoU/(1 + IoU) grows with IoU."),
            Option(
                "It is the same", because="equal Dice would mean equal IoU: each gives the other."
            ),
            Option(
                "It is higher, too", correct=True, because="Dice = 2·IoU/(1 + IoU) grows with IoU."
            ),
        ],
    ),
}
