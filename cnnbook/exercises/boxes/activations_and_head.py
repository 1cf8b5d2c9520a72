"""Guesses and question boxes of the chapter *Activations and the head*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

Pool = Callable[[np.ndarray[Any, Any], int], np.ndarray[Any, Any]]
LOGITS = np.log(np.array([1.0, 2.0, 5.0]))


def sum_of_differences(a: float, b: float) -> float:
    """Return what the two linear layers of the page answer to a pair of pixels."""
    first, second = np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([[1.0, 1.0]])
    return float(cnnbook.linear(cnnbook.linear(np.array([a, b]), first), second).item())


def order_matters(pool: Pool) -> bool:
    """Return whether relu before pooling differs from relu after it, on the page's window."""
    window = np.array([3.0, -1.0, -1.0, -1.0]).reshape(1, 1, 2, 2)
    return not np.array_equal(pool(cnnbook.relu(window), 2), cnnbook.relu(pool(window, 2)))


def outputs_that_change() -> int:
    """Return how many outputs of the page's unit change if its weight rises by 0.1."""
    x = np.array([1.0, 2.0, 3.0])
    return int((cnnbook.relu(-1.0 * x + 0.5) != cnnbook.relu(-0.9 * x + 0.5)).sum())


def shape_after_second_convolution() -> str:
    """Return the shape that the second convolution leaves of one image of 28×28."""
    side = cnnbook.conv_output_size(cnnbook.conv_output_size(28, 3), 2, stride=2)
    return str((1, 16, cnnbook.conv_output_size(side, 5), cnnbook.conv_output_size(side, 5)))


GUESSES = [
    Guess(
        "two_layers",
        prompt=(
            "Multiply the matrices with a pencil, or follow 3 and 5 through both layers. What "
            "does the stack answer for a = 3, b = 5? For any other pair?"
        ),
        options=("2, and |a − b| for any pair", "0, and 0 for any pair", "−2, and a − b for any"),
        truth=lambda: "0, and 0 for any pair" if sum_of_differences(3.0, 5.0) == 0 else "",
        after="The product is 0 0: the second layer cancels whatever the first one finds.",
    ),
    Guess(
        "dead_unit",
        prompt="Raise the weight by 0.1, to −0.9. How many of the three outputs change?",
        options=("none", "the first, which is nearest to 0", "all three"),
        truth=lambda: {0: "none", 3: "all three"}.get(outputs_that_change(), ""),
        after=(
            "The numbers before relu come nearer to 0, but all stay negative, and so the outputs "
            "stay 0."
        ),
    ),
    Guess(
        "votes_for_x",
        prompt=(
            "What does the X score for X? The O has 0.11 to 0.56 at the same eight places: what "
            "does it score for X?"
        ),
        options=("8, and about 3", "1, and about 0", "8, and about 0.4", "1, and about 0.4"),
        truth=lambda: "1, and about 0.4",
        after=(
            "Eight numbers of 1.00, each with the weight 1/8, make 1.00. The O's score for X is "
            "the mean of its eight numbers there, 0.39."
        ),
    ),
    Guess(
        "logits_plus_100",
        prompt="What happens to the three probabilities if you add 100 to every logit?",
        options=(
            "The largest takes almost all.",
            "All three stay as they are.",
            "They come closer to a third.",
        ),
        truth=lambda: (
            "All three stay as they are."
            if np.allclose(cnnbook.softmax(LOGITS), cnnbook.softmax(LOGITS + 100))
            else ""
        ),
        after=(
            "e¹⁰⁰ stands above and below the line, and cancels. Only differences of logits count."
        ),
    ),
    Guess(
        "exponential_of_1000",
        prompt=(
            "What is e¹⁰⁰⁰ in floating point, and what does the formula make of the logits 1000 "
            "and 1001?"
        ),
        options=(
            "infinity, and no probabilities at all",
            "infinity, and the probabilities 0 and 1",
            "a large number, and 0.27 and 0.73",
        ),
        truth=lambda: "infinity, and no probabilities at all",
        after=(
            "In float32, in which networks usually run, e⁸⁹ is already infinite. Infinity divided "
            'by infinity is `nan`, "not a number".'
        ),
    ),
    Guess(
        "second_convolution",
        prompt=(
            "The input is (1, 1, 28, 28): one image, one channel. Write down the shape after each "
            "layer. Which shape does the second convolution leave?"
        ),
        options=("(1, 16, 11, 11)", "(1, 16, 9, 9)", "(1, 16, 8, 8)", "(1, 6, 9, 9)"),
        truth=shape_after_second_convolution,
        after=(
            "28 − 3 + 1 = 26, half of it is 13, and 13 − 5 + 1 = 9. Then 9 halved and rounded down "
            "is 4, and 16 maps of 4×4 make 256 numbers in a row."
        ),
    ),
    Guess(
        "relu_and_pooling",
        prompt=(
            "Does the order change the result of max pooling? Of mean pooling? Try the window "
            "3, −1, −1, −1 in your head."
        ),
        options=(
            "It changes both.",
            "It changes only max pooling.",
            "It changes only mean pooling.",
            "It changes neither.",
        ),
        truth=lambda: {
            (False, True): "It changes only mean pooling.",
        }[order_matters(cnnbook.max_pool2d), order_matters(cnnbook.avg_pool2d)],
        after=(
            "relu never turns a larger number into a smaller one, so the largest of the window "
            "stays the largest. That holds for sigmoid and tanh as well, because their curves "
            "never fall; after pooling there is only a quarter of the numbers to work on. The mean "
            "of 3, −1, −1, −1 is 0, and after `relu` 0.75: pooling first lets negative matches "
            "argue against positive ones, `relu` first silences them."
        ),
    ),
    Guess(
        "place_in_a_row",
        prompt=(
            "Two channels of 2×3, flattened in C order. At which place, counted from 0, stands the "
            "number at channel 1, row 0, column 1?"
        ),
        truth=lambda: int(np.ravel_multi_index((1, 0, 1), (2, 2, 3))),
        after=(
            "(1 · 2 + 0) · 3 + 1 = 7: one whole channel of 6, no whole row, then 1. In order F the "
            "first index moves fastest, so the channels alternate."
        ),
    ),
    Guess(
        "softmax_twice",
        prompt=(
            "Ten classes, and a network that is sure and right: logit 20 for the true class, 0 for "
            "the others. Is the loss, which is smaller for better answers, about 0 in both cases, "
            "with the logits and with softmax done twice? The result also shows the largest "
            "gradient: how strongly training would pull at the logits."
        ),
        options=(
            "about 0 both times",
            "about 0 with logits only",
            "about 0 with softmax twice only",
        ),
        truth=lambda: "about 0 with logits only",
        after=(
            "With softmax twice the loss cannot fall below 1.46. The best that the second softmax "
            "can receive is 1, 0, …, 0, and it makes e / (e + 9) of the 1. Worse, when the network "
            "is sure and wrong, the gradient is 5·10⁻⁹ in place of 1: almost nothing tells it so."
        ),
    ),
    Guess(
        "too_far",
        prompt=(
            "The start answers 0.5 to all, but only 178 of the digits, a tenth, are zeros. So the "
            "first step must lower the answers, in both runs in the same direction. The larger "
            "step size is 0.2: on how many of the 1,797 digits is the unit active after it?"
        ),
        options=("on about half of them", "on the 178 zeros", "on none of them", "on all of them"),
        truth=lambda: "on none of them",
        after=(
            "With small steps the unit learns: the error falls to 0.007. With a step of 0.2 it "
            "jumps, at once, to where its input is negative for every digit. The last line tries "
            "another gradient there, made of random numbers: nothing passes."
        ),
    ),
]

WORKSHOP = (
    "relu_and_pooling",
    "place_in_a_row",
    "softmax_twice",
    "too_far",
)

QUESTIONS = {
    "recall_negative_match": Question(
        "A kernel is matched with a letter, ink 1 and paper −1. A perfect match is 1; one place "
        "has −0.78. What does that say?",
        [
            Option(
                "The patch is nearly the opposite.", correct=True, because="−1 is its negative."
            ),
            Option("Nothing there resembles the kernel.", because="that would be a match near 0."),
            Option("78 % of the pixels agree.", because="most of them differ: the sign."),
        ],
    ),
    "recall_numbers_left": Question(
        "Three feature maps of 7×7 are max-pooled by 2. How many numbers are left?",
        [
            Option("48: three maps of 4×4", because="a last window that does not fit is dropped."),
            Option("9: one map of 3×3", because="pooling never mixes channels."),
            Option("27: three maps of 3×3", correct=True, because="(7 − 2)/2 + 1, rounded down."),
        ],
    ),
    "slow_sigmoid": Question(
        "A sigmoid receives 12 and should answer 0. It is trained with the squared error. "
        "Why does it learn slowly?",
        [
            Option(
                "Its output is far from the goal.",
                because="the distance makes this gradient larger, not smaller.",
            ),
            Option(
                "Its slope there is almost 0.",
                correct=True,
                because="it is saturated: the gradient is multiplied by a slope of about 0.000006.",
            ),
            Option("12 is too large for `exp`.", because="exp(−12) is a small, ordinary number."),
        ],
    ),
    "flattened_shape": Question(
        "Maps of shape (8, 16, 5, 5) are flattened as PyTorch's `Flatten` does. "
        "What is the result's shape?",
        [
            Option(
                "(8, 400)",
                correct=True,
                because="the 8 images stay apart, and each has 16 · 5 · 5 numbers.",
            ),
            Option("(3200,)", because="this mixes the images; `Flatten` keeps the first axis."),
            Option(
                "(128, 25)", because="this joins images with channels and keeps the maps apart."
            ),
        ],
    ),
    "class_from_logits": Question(
        "A network ends in a linear layer and is trained with `cross_entropy`. "
        "You only want to know which class it chooses. What do you do to its logits?",
        [
            Option(
                "Softmax, then take the largest",
                because="this finds the class, but softmax is needless: the order stays the same.",
            ),
            Option(
                "Sigmoid, then take those above 0.5",
                because="that may be several classes, or none.",
            ),
            Option(
                "Take the largest",
                correct=True,
                because="softmax keeps the order, so the largest logit is the largest probability.",
            ),
        ],
    ),
}
