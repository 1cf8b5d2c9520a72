"""Guesses and question boxes of the chapter *Backpropagation*."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

# The smallest case of the page: its input, its kernel, and what comes back from the next layer.
PIXELS, KERNEL = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)
DY = np.array([[1, 2], [3, 4]])
NINES = np.array([[5.0, 9.0], [9.0, 9.0]])
PEAK = np.array([[1.0, 2.0, 0.0], [3.0, 9.0, 4.0], [0.0, 5.0, 1.0]])
ARRIVING = np.array([[4.0, 8.0], [12.0, 16.0]])
TERMS = cnnbook.conv_output_size(9, 3, stride=2) ** 2


def fall() -> float:
    """Return how much the loss of the network of one weight falls if w grows by 0.01."""
    before, after = ((max(w * 2 - 4, 0) - 5) ** 2 for w in (3, 3.01))
    return before - after


def by_analogy() -> str:
    """Return what comes of the rule that exchanges matrices by analogy."""
    try:
        return str((np.ones((3, 4)) @ np.ones((2, 4))).shape)
    except ValueError:
        return "nothing: this product does not exist"


def window_gradients() -> str:
    """Return what max and mean pooling pass on to the first window."""
    window = np.array([[[1.0, 3], [6, 2]]])
    both = (
        backward(np.array([[[4.0]]]), window, 2)[0].astype(int)
        for backward in (cnnbook.max_pool2d_backward, cnnbook.avg_pool2d_backward)
    )
    return ", then ".join(" / ".join(" ".join(map(str, row)) for row in part) for part in both)


def received_by_nines() -> str:
    """Return what max pooling hands to the four pixels of the tied window."""
    rows = cnnbook.max_pool2d_backward(np.full((1, 1, 1), 6.0), NINES[None], 2)[0]
    return " / ".join(" ".join(f"{number:.0f}" for number in row) for row in rows)


def ones_met(*entry: int) -> int:
    """Return how many ones an entry of a 3×3 kernel meets on 5×5 ones with padding 1."""
    ones = np.ones((1, 5, 5))
    _, gradient, _ = cnnbook.conv2d_backward(ones, ones, np.ones((1, 1, 3, 3)), padding=1)
    return int(gradient[(0, 0, *entry)])


GUESSES = [
    Guess(
        "weight_grows",
        prompt="w grows by 0.01. What does the loss do?",
        options=(
            "It grows by about 0.06.",
            "It falls by about 0.06.",
            "It grows by about 0.12.",
            "It falls by about 0.12.",
        ),
        truth=lambda: f"It {'falls' if fall() > 0 else 'grows'} by about {abs(fall()):.2f}.",
        after=(
            "The slope of w is −6 · 1 · 2 = −12, and 0.01 times that is −0.12. The figure has each "
            "slope below its wire."
        ),
        alt=(
            "The circuit again, with slopes below the wires, from right to left: 1 at L, -6 at a, "
            "-6 at z, -6 at b, -6 at the product, -12 at w and -18 at x."
        ),
    ),
    Guess(
        "dw_of_next_entry",
        prompt="What is the gradient of the next kernel entry, w[0, 1]? Which pixels does it meet?",
        truth=lambda: cnnbook.correlate2d(PIXELS, DY)[0, 1],
        alt=(
            "Three grids of numbers. The input is 0 to 8, with a dotted frame round the top left "
            "pixels 0 1 3 4. The gradient of the output is 1 2 over 3 4. The gradient of the "
            "kernel is 27 37 over 57 67, with a frame round 27."
        ),
        after=(
            "It meets the patch one pixel further right: 1·1 + 2·2 + 3·4 + 4·5 = 37. In the figure "
            "the framed pixels 0 1 / 3 4 times dy give the framed 27."
        ),
    ),
    Guess(
        "centre_pixel",
        prompt="The centre pixel was read by all four outputs. What arrives there?",
        truth=lambda: cnnbook.convolve2d(np.pad(DY, 1), KERNEL)[1, 1],
        alt=(
            "Five grids of three by three cells. The first four hold the kernel 0 1 2 3 times 1, "
            "2, 3 and 4, each on another corner patch, the other cells empty. The fifth is their "
            "sum: 0 1 2, then 2 10 10, then 6 17 12."
        ),
        after=(
            "1·3 + 2·2 + 3·1 + 4·0 = 10. The figure shows the four stamps, each on its output's "
            "patch, and their sum."
        ),
    ),
    Guess(
        "terms_of_dw",
        prompt="How many terms are there for one image? And for both?",
        options=("3, and 6", "9, and 18", "16, and 32", "49, and 98"),
        truth=lambda: f"{TERMS}, and {2 * TERMS}",
        after=("Only the 32 terms are the gradient: all 16 positions, and both images."),
    ),
    Guess(
        "gradient_of_a_window",
        prompt=(
            "The first window holds 1 3 / 6 2, and 4 comes back. What goes to its four pixels in "
            "max pooling, and what in mean pooling?"
        ),
        options=(
            "4 4 / 4 4, then 1 1 / 1 1",
            "0 0 / 4 0, then 1 1 / 1 1",
            "0 0 / 6 0, then 3 3 / 3 3",
            "0 0 / 4 0, then 4 4 / 4 4",
        ),
        truth=window_gradients,
        alt=(
            "Three grids of four by four. The input is 1 3 5 3, 6 2 0 8, 4 6 1 4, 2 8 0 3, with "
            "frames round 6, 8, 8 and 4, the largest of each two by two window. The gradient of "
            "max pooling holds 4, 8, 12 and 16 at these four places and 0 elsewhere. The gradient "
            "of mean pooling holds four ones, four twos, four threes and four fours."
        ),
        after=(
            "The figure shows four windows, the winners framed, and the gradients: all at the "
            "winners, or spread evenly."
        ),
    ),
    Guess(
        "last_layer_alone",
        prompt=(
            "How many of the 450 does the last layer alone read wrongly, at the better `lr` of the "
            "two?"
        ),
        options=("14 or fewer", "15 to 40", "41 to 100", "more than 100"),
        truth=lambda: "41 to 100",
        after="94 wrong instead of 14, after as many steps. Larger steps help: 55.",
    ),
    Guess(
        "rule_by_analogy",
        prompt="B has shape (3, 4) and dC has shape (2, 4). What does that rule, B · dC, give?",
        options=(
            "a matrix of the shape of A, (2, 3)",
            "a matrix of another shape, (3, 4)",
            "nothing: this product does not exist",
        ),
        truth=by_analogy,
        after=(
            "A gradient has one number for each entry of A, so it must have the shape of A, "
            "(2, 3). But (3, 4) times (2, 4) is not defined at all."
        ),
    ),
    Guess(
        "tied_nines",
        prompt="What does PyTorch's `max_pool2d` hand to the four pixels?",
        options=("0 2 / 2 2", "0 6 / 0 0", "0 6 / 6 6", "0 0 / 0 6"),
        truth=received_by_nines,
        after=(
            "PyTorch has two rules. Its `max_pool2d` gives all to the first maximum in row-major "
            "order (read like a page: row by row, each from the left), and `cnnbook` does the "
            "same. Its `amax` splits evenly. Both hand out 6 in all."
        ),
    ),
    Guess(
        "nine_in_the_middle",
        prompt="The gradients 4, 8, 12 and 16 arrive. What does the 9 receive by max pooling?",
        truth=lambda: cnnbook.max_pool2d_backward(ARRIVING[None], PEAK[None], 2, stride=1)[0, 1, 1],
        after=(
            "The 9 receives 4 + 8 + 12 + 16 = 40. With the mean, a corner pixel lies in one window "
            "and the middle in four, so the middle collects a quarter of each gradient: 10."
        ),
    ),
    Guess(
        "ones_that_an_entry_meets",
        prompt=(
            "With p = 1, how many ones does the kernel's centre entry meet on its way? And its top "
            "left entry?"
        ),
        options=("25, and 20", "25, and 9", "25, and 16", "25, and 25"),
        truth=lambda: f"{ones_met(1, 1)}, and {ones_met(0, 0)}",
        after=(
            "The centre entry meets 25 ones, the top left entry 16: in the other 9 windows it lies "
            "on padding, and these 9 zeros add nothing. Without padding each entry met 9."
        ),
    ),
]

#: Those that stand in the workshop, and its two answers.
WORKSHOP = (
    "rule_by_analogy",
    "tied_nines",
    "nine_in_the_middle",
    "ones_that_an_entry_meets",
    "tied_gradient",
    "overlapping_gradient",
)

QUESTIONS = {
    "recall_patch": Question(
        "The input holds 0 to 8 in three rows, and the kernel is 2×2. "
        "Which pixels did the output `y[0, 1]` read?",
        [
            Option("1 2 / 4 5", correct=True, because="the window has moved one pixel across."),
            Option("0 1 / 3 4", because="that is the first place, `y[0, 0]`."),
            Option("3 4 / 6 7", because="that is one row down, `y[1, 0]`."),
        ],
    ),
    "recall_downhill": Question(
        "The loss has the slope −12 in one weight. Which way does gradient descent move it?",
        [
            Option("The weight shrinks.", because="then the loss would grow."),
            Option("The weight grows.", correct=True, because="against the slope: w − lr · (−12)."),
            Option("It stays.", because="only where the slope is 0."),
        ],
    ),
    "product_matrices": Question(
        "C = A @ B, with A of shape (5, 2) and B of shape (2, 7). "
        "`d_c` is the gradient of C. Which is the gradient of B?",
        [
            Option("d_c @ A.T", because="(5, 7) times (2, 5) cannot be multiplied."),
            Option("A.T @ d_c", correct=True, because="(2, 5) times (5, 7): the shape of B."),
            Option("A @ d_c", because="(5, 2) times (5, 7) cannot be multiplied."),
        ],
    ),
    "matrix_products": Question(
        "A batch of 32 images, and a layer whose output is 4×4 with 10 kernels. "
        "How many products are added up in one entry of dw?",
        [
            Option("16", because="that is one image. The same entry was used in all 32."),
            Option(
                "5,120",
                because="an entry belongs to one kernel, and meets only that kernel's outputs.",
            ),
            Option("512", correct=True, because="32 images times 16 positions."),
        ],
    ),
    "pooling": Question(
        "An 8×8 map without ties is max-pooled by 2×2 windows side by side. "
        "How many of the 64 numbers of its gradient can differ from 0?",
        [
            Option("16", correct=True, because="there are 16 windows, and each has one winner."),
            Option("4", because="a window has 4 pixels. Count the windows."),
            Option("64", because="that is mean pooling, where every pixel gets its share."),
        ],
    ),
    "shares_of_a_mean": Question(
        "A 2×2 mean pooling with stride 2 receives the gradient 8 at one output. "
        "What does each pixel of its window receive?",
        [
            Option("2", correct=True, because="each pixel has a quarter's share: 8 / 4."),
            Option("8", because="that would be sum pooling."),
            Option("8 or 0", because="8 for the largest, 0 else: that is max pooling."),
        ],
    ),
}
