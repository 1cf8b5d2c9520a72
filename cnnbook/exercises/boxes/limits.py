"""Guesses and question boxes of the chapter *Limits*."""

from __future__ import annotations

import numpy as np

from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

ALT_OF_SHUFFLE = (
    "Two grey panels. First an 8 by 8 handwritten three in dark ink, then the same pixels in "
    "random order, a meaningless scatter."
)
ALT_OF_CURVES = (
    "Four curves of the share of right answers, each 0 to 1. Against the angle, a narrow peak at "
    "zero that falls below one half at about 30 degrees, and a smaller bump at plus and minus 180. "
    "Against the scale, a peak at 1 that falls steeply to the left and slowly to the right. "
    "Against the shift, a peak at 0 down to about a half at two pixels to the right, less to the "
    "left. Against the contrast, nearly flat from 1 down to about 0.5, then steeply down to below "
    "0.1 at 0, and little above it for negative contrast."
)
ALT_OF_TURNS = (
    "Two panels. Left, the share of right answers against the angle: the solid curve is the narrow "
    "peak of the plain network, the dashed one a wide plateau from minus 40 to 40 degrees that "
    "falls steeply beyond. Right, the same two networks against the shift in pixels: two narrow "
    "peaks at zero, the dashed one lower on both sides."
)


def still_neighbours() -> int:
    """Return how many pairs of an 8×8 image are neighbours before and after the shuffle."""
    order = np.random.default_rng(0).permutation(64)
    places = np.arange(64).reshape(8, 8)
    shuffled = order[places]  # what stands at a place afterwards
    pairs = [(places[:, :-1], places[:, 1:]), (places[:-1], places[1:])]
    before = {frozenset(pair) for a, b in pairs for pair in zip(a.flat, b.flat, strict=True)}
    after = [(shuffled[:, :-1], shuffled[:, 1:]), (shuffled[:-1], shuffled[1:])]
    return sum(
        frozenset(pair) in before for a, b in after for pair in zip(a.flat, b.flat, strict=True)
    )


GUESSES = [
    Guess(
        "shuffled_frames",
        prompt="Which network reads the frames better as they are, and which the shuffled ones?",
        options=(
            "the CNN reads both better",
            "the fully connected one reads both better",
            "the CNN as they are, the fully connected one the shuffled ones",
            "the fully connected one as they are, the CNN the shuffled ones",
        ),
        truth=lambda: "the CNN as they are, the fully connected one the shuffled ones",
        after=(
            "Over five seeds the CNN errs in 11.7 % as they are and in 51.4 % when shuffled. "
            "*Longer* is twice the time. What the fully connected network changes is luck: with "
            "its first weights shuffled alike it would not change at all."
        ),
    ),
    Guess(
        "two_to_the_right",
        prompt=(
            "The network has two poolings, by 4 in all. Of 100 test digits, 95 are read rightly "
            "where they are. How many two pixels further right?"
        ),
        options=("about 95", "about 80", "about 50", "about 10"),
        truth=lambda: "about 50",
        alt=ALT_OF_CURVES,
        after=(
            "The figure shows the share of right answers. Each curve is high near the training "
            "images, and falls away from them. A shift to the right by one pixel costs 14 "
            "points, by two pixels nearly half of the answers, in spite of two poolings."
        ),
    ),
    Guess(
        "shifts_after_turns",
        prompt=(
            "This network has still never seen a shifted digit. How does it read digits that are "
            "two pixels further right, beside the plain network?"
        ),
        options=("better", "about as well", "worse"),
        truth=lambda: "worse",
        alt=ALT_OF_TURNS,
        after=(
            "Solid is the plain network, dashed the one that saw turned digits. Within the "
            "range it has a plateau: 0.90 at 30°, in place of 0.47. Beyond it the curve falls "
            "as before, to 0.46 at 60°. Upright digits cost a little, 0.93 in place of 0.95. "
            "And for shifts nothing is gained: at two pixels the new network is worse in this "
            "run, 0.29 against 0.50. So measure each change by itself."
        ),
    ),
    Guess(
        "which_way",
        prompt="Which way must the three pixels go?",
        options=("all three down", "down, up, down", "up, down, up", "only the last one down"),
        truth=lambda: "down, up, down",
        after=(
            "Each goes against its weight: down where the weight is positive, up where it is "
            "negative. Then each takes away 0.1 times the size of its weight."
        ),
    ),
    Guess(
        "fgsm_and_chance",
        prompt=(
            "At ε = 0.1, how many of 100 test digits will the plain network still name rightly, "
            "under FGSM and with random signs of the same size?"
        ),
        options=("93 and 93", "60 and 80", "19 and 25", "19 and 94"),
        truth=lambda: "19 and 94",
        after=(
            "At ε = 0.1 the network names 19 of 100 digits rightly, where random signs of the "
            "same size leave 94. At 0.2 it gets none right; random signs still leave 0.89."
        ),
    ),
    Guess(
        "what_helps",
        prompt="Which of the three leaves most right answers at ε = 0.1?",
        options=("train on noise", "train on attacks", "keep the network secret"),
        truth=lambda: "train on attacks",
        after=(
            "Training on attacks, in this run: 0.62 in place of 0.19. It has a price: a second "
            "forward and backward pass in each step of training, and 0.92 in place of 0.95 on "
            "the images as they are. Training on noise leaves 0.27: random signs have no "
            "direction, and an attack has one. Secrecy helps in part. The noise in the last "
            "column knows nothing of the CNNs. It still brings the plain one down to 0.56, "
            "where random signs leave 0.94."
        ),
    ),
    Guess(
        "still_neighbours",
        prompt="How many of the 112 pairs are still neighbours after the shuffle?",
        truth=still_neighbours,
        alt=ALT_OF_SHUFFLE,
        after=(
            "Only a handful. The figure shows a digit of 8×8 pixels, and the same pixels shuffled."
        ),
    ),
    Guess(
        "hurt_by_the_shuffle",
        prompt="Which of the two networks will be hurt by the shuffle?",
        options=(
            "the CNN alone",
            "the fully connected network alone",
            "both, about as much",
            "neither",
        ),
        truth=lambda: "the CNN alone",
        after=(
            "The CNN is hurt, with each of the five seeds. Its mean error goes from 2.3 to "
            "5.0 per cent, and to 4.0 with twice the time. The fully connected network changes as "
            "well, now up and now down, by 0.2 on average. With 450 test images, one image is "
            "0.2 per cent. Even shuffled, the CNN is not lost: its last, linear layer can use "
            "where a pixel lies."
        ),
    ),
    Guess(
        "ten_steps",
        prompt=(
            "The network that was trained on attacks names 62 of 100 digits rightly under FGSM of "
            "one step. How many under ten steps?"
        ),
        options=("about 62", "about 50", "about 20", "none"),
        truth=lambda: "about 50",
        after=(
            "Ten steps leave 0.51, one step 0.62. The plain network goes from 0.19 to 0.04, the "
            "dense one from 0.15 to 0.07. A network is not linear: its slopes change on the "
            "way, and small steps follow them."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("still_neighbours", "hurt_by_the_shuffle", "ten_steps")

QUESTIONS = {
    "recall_shuffled": Question(
        "A linear classifier learns digits, starting from zero. A second one, from zero too, "
        "learns the same digits with all pixels moved by one fixed permutation. How do their "
        "answers on the test digits differ?",
        [
            Option(
                "The second errs more.",
                because="it multiplies the same pixels by the same weights, stored elsewhere.",
            ),
            Option(
                "By chance, in a few digits.",
                because="from another start they would. Here both take the same steps.",
            ),
            Option(
                "Not at all.",
                correct=True,
                because="a linear classifier makes no use of which pixels are neighbours.",
            ),
        ],
    ),
    "recall_slope": Question(
        "The loss has the slope −2 at a pixel. Which change of this pixel raises the loss?",
        [
            Option("a higher value", because="at a negative slope the loss then falls."),
            Option("a lower value", correct=True, because="down by 0.01, and it grows by 0.02."),
            Option("neither: pixels are no weights", because="each number in front has a slope."),
        ],
    ),
    "lost_by_the_shuffle": Question(
        "A CNN loses much when the columns of your data are shuffled; a fully connected network is "
        "still worse than the shuffled CNN. What have you learnt?",
        [
            Option(
                "The order of the columns holds knowledge, and the CNN uses it.",
                correct=True,
                because="that is what the loss by shuffling says. The comparison with the other "
                "network is a second question.",
            ),
            Option(
                "The data have no neighbourhood, because the CNN still works when shuffled.",
                because="what counts is the difference that the shuffle makes.",
            ),
            Option(
                "Nothing: each shuffle destroys information.",
                because="no number is lost, and the permutation can be undone.",
            ),
        ],
    ),
    "tilted_numbers": Question(
        "A network reads house numbers. It is to read tilted photographs as well, up to 20°. "
        "The numbers are always dark on light. What do you do?",
        [
            Option(
                "Add more pooling.",
                because="pooling tolerates small shifts. It knows nothing of angles.",
            ),
            Option(
                "Turn the training images by up to 180°.",
                because="then a 6 and a 9 look alike, for no gain between −20° and 20°.",
            ),
            Option(
                "Turn the training images at random by up to 20° or a little more.",
                correct=True,
                because="that covers what will come, and leaves 6 and 9 apart.",
            ),
        ],
    ),
    "safe_against_noise": Question(
        "A network withstands every FGSM attack of its maker. "
        "Is it safe against noise of this size?",
        [
            Option(
                "Yes: FGSM is the strongest change of that size.",
                because="it would be for a linear score. A network bends, and several small steps "
                "follow the bends.",
            ),
            Option(
                "No: a stronger attack, or one of another kind, may still succeed.",
                correct=True,
                because="a failed attack shows that this attack failed. "
                "The ten steps above did more.",
            ),
            Option(
                "Yes, if its weights are kept secret.",
                because="noise made for another network worked here as well, if less.",
            ),
        ],
    ),
}
