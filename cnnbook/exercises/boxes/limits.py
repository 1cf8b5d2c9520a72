"""Guesses and question boxes of the chapter *Limits*."""

from __future__ import annotations

import numpy as np

from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

ALT_OF_SHUFFLES = (
    "Four grey panels. First an 8 by 8 handwritten three in dark ink, second the same pixels in "
    "random order, a meaningless scatter. Third a 12 by 12 frame that holds a digit away from its "
    "centre, fourth the pixels of this frame in random order, scattered over the whole frame."
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
        "still_neighbours",
        prompt="How many of the 112 pairs are still neighbours after the shuffle?",
        truth=still_neighbours,
        alt=ALT_OF_SHUFFLES,
        after=(
            "Only a handful. The figure shows a digit of 8×8 pixels, the same pixels shuffled, a "
            "digit somewhere in a frame of 12×12, and the same shuffled."
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
            "The CNN is hurt, from every start. Its mean error goes from 3.3 to 6.1 per cent. The "
            "fully connected network changes as well, but by no more than it changes from start to "
            "start. With 450 test images, one image is 0.2 per cent. Even shuffled, the CNN is not "
            "lost: its last, linear layer can use where a pixel lies."
        ),
    ),
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
            "On the frames as they are, the CNN makes about half the errors of the fully connected "
            "network, 11.0 against 20.8 per cent. Shuffled, it makes nearly twice as many, 40.6 "
            "against 22.0. The fully connected network reads the shuffled frames as well, or as "
            "badly, as the true ones. That is no accident."
        ),
    ),
    Guess(
        "two_to_the_right",
        prompt=(
            "The two poolings make a network invariant to shifts, as you may read. Of 100 test "
            "digits, 95 are read rightly where they are. How many two pixels further right?"
        ),
        options=("about 95", "about 80", "about 50", "about 10"),
        truth=lambda: "about 50",
        alt=ALT_OF_CURVES,
        after=(
            "The figure shows the share of right answers against rotation, scale, shift and "
            "contrast. Each curve has its top where the training images were, and falls on both "
            "sides. There is hardly a plateau. A shift to the right by one pixel costs 14 points, "
            "by two pixels nearly half of the answers. So much for invariance, in spite of two "
            "poolings, by 4 in all."
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
            "The figure shows both networks against rotation and against shift: solid the plain "
            "one, dashed the one that saw turned digits. Within the range it is a plateau: 0.90 at "
            "30°, where the plain network had 0.47. Beyond it the curve falls as before, to 0.46 "
            "at 60° and 0.17 at 90°. For upright digits it costs a little, 0.93 in place of 0.95. "
            "And nothing is gained for shifts. At two pixels the new network is worse, 0.29 "
            "against 0.50. A network learns to ignore what it was shown, and little more. Each "
            "change needs an augmentation of its own."
        ),
    ),
    Guess(
        "which_way",
        prompt="Which way must each pixel go?",
        options=(
            "down by ε, each of them",
            "down where its weight is positive, up where it is negative",
            "up where its weight is positive, down where it is negative",
            "down by ε the one of the largest weight, the others not at all",
        ),
        truth=lambda: "down where its weight is positive, up where it is negative",
        after=(
            "Against its weight: down by ε where it is positive, up by ε where it is negative. "
            "Each pixel then takes away ε times the size of its weight."
        ),
    ),
    Guess(
        "fgsm_and_chance",
        prompt=(
            "At ε = 0.1, how many of 100 test digits will the plain network still name rightly, "
            "under FGSM and with random signs of the same size?"
        ),
        options=("93 and 93", "60 and 80", "19 and 25", "19 and 93"),
        truth=lambda: "19 and 93",
        after=(
            "At ε = 0.1 the network names 19 of 100 digits rightly, where random signs of the same "
            "size leave 93. At 0.2 it gets none right; random signs still leave 0.89."
        ),
    ),
    Guess(
        "what_helps",
        prompt="Which of the three leaves most right answers at ε = 0.1?",
        options=("train on noise", "train on attacks", "keep the network secret"),
        truth=lambda: "train on attacks",
        after=(
            "Noise helps little: 0.27 in place of 0.19. The network has learnt not to mind what "
            "goes in no direction in particular, and an attack has a direction. Secrecy helps in "
            "part. The noise in the last column was made for the dense network and knows nothing "
            "of the CNNs. It still brings the plain one from 0.95 to 0.56, where random signs "
            "leave 0.93. Training on attacks helps: 0.62. It has a price: an additional forward "
            "and backward pass in each step of training, and 0.92 in place of 0.95 on the images "
            "as they are. (From four other starts it withstands 0.48 to 0.64, and has 0.81 to 0.93 "
            "on the images as they are.) And it holds against what it has seen. Ten small steps "
            "inside the same limit get it down to 0.51."
        ),
    ),
]

QUESTIONS = {
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
                because="pooling tolerates small shifts, measured above. "
                "It knows nothing of angles.",
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
