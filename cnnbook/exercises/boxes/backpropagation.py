"""Guesses and question boxes of the chapter *Backpropagation*."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

# The smallest case of the page: its input, its kernel, and what comes back from the next layer.
PIXELS, KERNEL = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)
DY = np.array([[1, 2], [3, 4]])
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
            "The slope of the square is 2·(2 − 5) = −6, that of the ReLU is 1, and w is multiplied "
            "by x = 2. So the slope of w is −6 · 1 · 2 = −12, and 0.01 times that is −0.12. The "
            "last line is −0.1196 and not −0.12, because a slope is exact only for a very small "
            "step."
        ),
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
        "dw_of_next_entry",
        prompt="What is the gradient of the next kernel entry, w[0, 1]? Which pixels does it meet?",
        truth=lambda: cnnbook.correlate2d(PIXELS, DY)[0, 1],
        alt=(
            "Three grids of numbers. The input is 0 to 8, with a dotted frame round the top left "
            "pixels 0 1 3 4. The gradient of the output is 1 2 over 3 4. The gradient of the "
            "kernel is 27 37 over 57 67, with a frame round 27."
        ),
        after=(
            "It meets the patch one pixel further right: 1·1 + 2·2 + 3·4 + 4·5 = 37. The figure "
            "shows the input, the gradient of the output, and the gradient of the kernel, 27 37 / "
            "57 67. The framed pixels 0 1 / 3 4 times dy give the framed 27."
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
            "The centre gets 1·3 + 2·2 + 3·1 + 4·0 = 10. The figure shows the kernel times 1, 2, 3 "
            "and 4, each laid on the patch that its output read, and the sum of the four: 0 1 2 / "
            "2 10 10 / 6 17 12."
        ),
    ),
    Guess(
        "seventeen",
        prompt="Which products make the 17 in the last row of dx?",
        options=("2·3 + 3·1 + 4·2", "3·3 + 4·2", "1·3 + 2·1 + 4·3"),
        truth=lambda: f"{DY[1, 0]}·{KERNEL[1, 1]} + {DY[1, 1]}·{KERNEL[1, 0]}",
        after="Only two outputs read that pixel, those of the lower row.",
    ),
    Guess(
        "terms_of_dw",
        prompt="How many terms are there for one image? And for both?",
        options=("3, and 6", "9, and 18", "16, and 32", "49, and 98"),
        truth=lambda: f"{TERMS}, and {2 * TERMS}",
        after=(
            "Each `x[…]` is a 3×3 patch of the padded image, so each term is a 3×3 matrix. Only "
            "the 32 terms are the gradient: all 16 positions, and both images."
        ),
    ),
    Guess(
        "gradient_of_a_window",
        prompt=(
            "The windows are 2×2, side by side. The first holds 1 3 / 6 2, and the next layer "
            "sends 4 back. What goes to its four pixels in max pooling, and what in mean pooling?"
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
            "The figure shows an input of four windows, the winners framed, the gradient of max "
            "pooling, all of it at the winners, and the gradient of mean pooling, spread evenly "
            "over each window."
        ),
    ),
    Guess(
        "shape_of_dv",
        prompt=(
            "There are 2 images of 2×6×6, 3 kernels of 3×3 and 4 classes. Which shape has the "
            "gradient of V?"
        ),
        options=("(4, 108)", "(2, 27)", "(2, 4)", "(4, 27)"),
        truth=lambda: str((4, 3 * cnnbook.conv_output_size(6, 2, stride=2) ** 2)),
        after=(
            "The convolution is padded, so z is (2, 3, 6, 6). Pooling leaves 3 maps of 3×3 for "
            "each image, 27 numbers in a row, and V has a weight for each of them and each class."
        ),
    ),
    Guess(
        "loss_at_the_start",
        prompt="So what will the loss be, −ln(1/10)?",
        truth=lambda: float(np.log(10)),
        after="The network's loss before training is near ln 10: it does not know anything yet.",
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
]

QUESTIONS = {
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
}
