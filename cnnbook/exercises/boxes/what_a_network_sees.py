"""Guesses and question boxes of the chapter *What a network sees* and of its workshop."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question


def turned_to_half() -> int:
    """Return by how many degrees the bar is turned when the answer is less than half."""
    u = np.arange(9) - 4
    stripe = np.exp(-(u**2 + u[:, np.newaxis] ** 2) / 8) * np.cos(2 * np.pi * u / 6)
    stripe -= stripe.mean()
    answers = []
    for turn in range(0, 91, 15):
        angle = np.deg2rad(90 - turn)
        bar = np.clip(2 - np.abs(np.sin(angle) * u + np.cos(angle) * u[:, np.newaxis]), 0, 1)
        answers.append(max(float(cnnbook.correlate2d(bar, stripe)[0, 0]), 0.0))
    return 15 * next(step for step, answer in enumerate(answers) if answer < answers[0] / 2)


def passed(rule: str) -> str:
    """Return what a rule passes of 5, −4, 6 where the ReLU got −1, 2, 3."""
    up, down = np.array([-1, 2, 3]), np.array([5, -4, 6])
    passes = {"gradient": up > 0, "deconvnet": down > 0, "guided": (up > 0) & (down > 0)}
    return ", ".join(str(number) for number in np.where(passes[rule], down, 0)).replace("-", "−")


# Where the network of the page has to be trained, a truth is what its cell prints.
GUESSES = [
    Guess(
        "turned_bar",
        prompt=(
            "The kernel prefers an upright bar. The bar is turned in steps of 15 degrees. How far "
            "must it be turned before the answer is less than half?"
        ),
        truth=turned_to_half,
        unit="degrees",
        after=(
            "The figure shows the kernel, and the response at each angle; 90 is upright. Turned "
            "by 30 degrees it is 4.86, still more than half of 8.42; by 45, 2.67."
        ),
        alt=(
            "On the left a kernel of nine by nine cells with a purple upright stripe in the middle "
            "and orange stripes beside it. On the right a curve of the response against the bar's "
            "angle, with a single peak of 8.4 at 90 degrees, upright, which falls on both sides to "
            "below 1 at 0 and 180 degrees."
        ),
    ),
    Guess(
        "form_or_strength",
        prompt=(
            "What did training change: the form of the kernels, or only their strength? A "
            "correlation of 1 means the same form, 0 nothing in common."
        ),
        options=(
            "only the strength: about 1.0 for each",
            "the form a little: about 0.8 for most",
            "mostly the form: less than 0.5 for each",
        ),
        truth=lambda: "mostly the form: less than 0.5 for each",
        after=(
            "The figure shows five of the ten kernels, above as they began and below after "
            "training, purple positive and orange negative, each at its own scale. The random "
            "speckle has gone, and smooth blobs and edges are left."
        ),
        alt=(
            "Two rows of five by five kernels. The five in the upper row, before training, look "
            "like random purple and orange squares. The five in the lower row, after training, are "
            "smooth: one is a purple blob, two are purple towards the right, and two are edges "
            "from orange above to purple below."
        ),
    ),
    Guess(
        "hidden_and_more_sure",
        prompt="Can hiding a part make the network more sure that this is a three?",
        options=("yes, at some places", "no, at no place"),
        truth=lambda: "yes, at some places",
        after=(
            "The figure shows the three and the change of its logit when a square is hidden "
            "(orange: less, purple: more, drawn at the square's centre). Hiding the lower right "
            "bow costs 3.7. With the left end of the upper bow hidden it rises by 2.9."
        ),
        alt=(
            "The three, and beside it an occlusion map with strong orange patches at the lower "
            "right bow and the top of the three, and purple patches at the left end of the upper "
            "bow and right of the waist."
        ),
    ),
    Guess(
        "order_of_damage",
        prompt="In which order do the four ways that look come, from the most damage to the least?",
        options=(
            "occlusion, saliency, slope × ink, ink",
            "occlusion, slope × ink, ink, saliency",
            "slope × ink, saliency, occlusion, ink",
        ),
        truth=lambda: "occlusion, slope × ink, ink, saliency",
        after=(
            "Occlusion does the most damage. It should: it was chosen by just this experiment. The "
            "ink, which knows nothing about the network, does no less damage than saliency. Slope "
            "times ink does far more than either, with one pass back in place of 64 forward. The "
            "second table has six networks."
        ),
    ),
    Guess(
        "eights_without_a_stamp",
        prompt=(
            "Tested on digits from the same office, the network finds all 44 eights. How many of "
            "the 44 does it find without the stamp?"
        ),
        truth=lambda: 1,
        after=(
            "In the office's own test it looks better than our network. Without the stamp it finds "
            "one of them. With a stamp on all, 229 of 450 are called an eight."
        ),
    ),
    Guess(
        "last_layer_random",
        prompt=(
            "The last layer is random now. Which of the three pictures notices it least, hiding "
            "and slopes by size?"
        ),
        options=("hiding a square", "the slopes", "the projection"),
        truth=lambda: "the projection",
        after=(
            "The projection notices least: with a last layer that knows nothing, it is still 0.73 "
            "alike. By size, hiding and slopes are still 0.47 and 0.45 alike, and 0.32 and 0.36 "
            "with nothing learnt: a part belongs to the image and the architecture. With their "
            "signs, both notice at once. The second table has five networks."
        ),
    ),
    Guess(
        "down_through_a_relu",
        prompt=(
            "On the way up a ReLU got −1, 2, 3. Down come 5, −4, 6. What does the deconvnet pass?"
        ),
        options=("0, −4, 6", "5, −4, 6", "5, 0, 6", "0, 0, 6"),
        truth=lambda: passed("deconvnet"),
        after=(
            "It asks only what comes down. The slope asks the way up and passes 0, −4, 6. The "
            "guided rule asks both and passes 0, 0, 6."
        ),
    ),
    Guess(
        "image_for_three",
        prompt=(
            'What will the image that excites "3" most look like? And how does its logit compare '
            "with those of real threes?"
        ),
        options=(
            "like a clear three; as large as the largest",
            "like a clear three; twice the largest",
            "like a few strokes; as large as the largest",
            "like a few strokes; twice the largest",
        ),
        truth=lambda: "like a few strokes; twice the largest",
        after=(
            "The images excite the outputs 0, 2, 3, 4 and 8. Purple is ink, orange is darker than "
            "black, which no image can be. Only the ring of the zero looks like its digit at once. "
            "The columns are: the largest logit of the class in the test images, the logit of the "
            "image found, its probability, and its cosine with the nearest training image (1 for "
            "the same picture, up to brightness). The logit for 4 reaches 22.1, where the best "
            "real four gets 7.6, and all probabilities are 1.00 to two digits. Yet none of the "
            "five is near any digit: the cosine is at most 0.78, while each test image has 0.91 or "
            "more. So an exciting image is not a digit, nor a typical example of what the network "
            "has seen."
        ),
        alt=(
            "Five signed pictures of 28 by 28 pixels for the digits 0, 2, 3, 4 and 8. The first "
            "resembles the ring of a zero. The others show a few purple strokes with orange beside "
            "them, among them a slanted stroke for 4 and a crossing for 8, and do not look like "
            "digits."
        ),
    ),
]

#: The guesses that stand in the workshop.
WORKSHOP = frozenset({"image_for_three", "down_through_a_relu"})

QUESTIONS = {
    "recall_white": Question(
        "A kernel has positive weights only, the largest in the middle. Pixels go from 0 to 1. "
        "Which patch gives the largest response?",
        [
            Option(
                "one that is bright in the middle",
                because="brighter pixels at the rim still add to the sum.",
            ),
            Option(
                "a bright edge on black",
                because="half of the products are then 0.",
            ),
            Option(
                "one that is white all over",
                correct=True,
                because="each product is as large as it can be.",
            ),
        ],
    ),
    "recall_there_and_back": Question(
        "A convolution, then the transposed one with the same weights. What comes back?",
        [
            Option(
                "the input",
                because="copies of the kernel are added. Nothing is solved for the input.",
            ),
            Option(
                "a map of the input's size, with other values",
                correct=True,
                because="it restores the shape, not the values.",
            ),
            Option(
                "a map of the output's size",
                because="each number spreads over a whole kernel.",
            ),
        ],
    ),
    "saliency_of_3": Question(
        "A pixel of the background has a saliency of 3. What follows?",
        [
            Option(
                "The network uses the background to recognise this digit.",
                because="it would react to ink there. That it rests on the empty pixel is not "
                "shown.",
            ),
            Option(
                "Setting the pixel from 0 to 1 changes the logit by 3.",
                because="the slope holds for small changes. On the way a ReLU may switch.",
            ),
            Option(
                "A small change h of the pixel changes the logit by about 3h, up or down.",
                correct=True,
                because="that is the slope, and its sign was dropped.",
            ),
        ],
    ),
    "slanted_stroke": Question(
        "The exciting image for 4 is one bold slanted stroke. What may you conclude?",
        [
            Option(
                "Real fours consist of one slanted stroke.",
                because="the image is not made from fours. It is made from weights.",
            ),
            Option(
                "Within the bound, it raises the logit of 4 more than all else that the climb met.",
                correct=True,
                because="that is what was maximised. More is not shown.",
            ),
            Option(
                "The network recognises fours by that stroke alone.",
                because="in a real four other strokes add to it. Hide the stroke there, and count.",
            ),
        ],
    ),
}
