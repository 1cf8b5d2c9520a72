"""Guesses and question boxes of the chapter *1×1 convolution*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.data import photographs
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

Array = np.ndarray[Any, Any]


def top_left_pixel() -> str:
    """Return what the two kernels make of the pixel 1, 2, 3."""
    kernels = np.array([[1, 0, -1], [2, 1, 0]])[:, :, None, None]
    first, second = cnnbook.conv2d(np.array([[[1]], [[2]], [[3]]]), kernels, np.array([0, 1]))
    return f"{first.item()} and {second.item()}".replace("-", "−")


def notices_no_shuffle(side: int) -> bool:
    """Return whether kernels of this side do the same to shuffled pixels."""
    rng = np.random.default_rng(0)
    image, order = rng.normal(size=(2, 4, 5)), rng.permutation(20)
    weight = rng.normal(size=(3, 2, side, side))
    shuffled = image.reshape(2, 20)[:, order].reshape(2, 4, 5)
    before, after = (
        cnnbook.conv2d(pixels, weight, padding="same").reshape(3, 20)
        for pixels in (image, shuffled)
    )
    return np.allclose(before[:, order], after)


def ranks() -> str:
    """Return the ranks of the grey matrix, and of a random one from 3 channels to 5."""
    grey = np.array([photographs.LUMA_WEIGHTS] * 3)
    wider = np.random.default_rng(0).normal(size=(5, 3))
    return f"{np.linalg.matrix_rank(grey)} and {np.linalg.matrix_rank(wider)}"


def macs(*stack: tuple[int, int, int]) -> int:
    """Return the work of layers (channels in, channels out, kernel's side) on 28×28 pixels."""
    return sum(
        cnnbook.conv2d_cost(28, c_in, c_out, side, padding=side // 2).macs
        for c_in, c_out, side in stack
    )


def passed_with_relu() -> str:
    """Return which tests of linearity two layers with relu between them pass."""
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(4, 5)), rng.normal(size=(3, 4))
    p, q = rng.normal(size=(2, 5, 77))

    def f(x: Array) -> Array:
        return second @ cnnbook.relu(first @ x)

    passed = {
        "twice the input": np.allclose(f(2 * p), 2 * f(p)),
        "the input times −1": np.allclose(f(-p), -f(p)),
        "the sum of two inputs": np.allclose(f(p + q), f(p) + f(q)),
    }
    return "only " + " and ".join(name for name, passes in passed.items() if passes)


def costliest_branch() -> str:
    """Return which of two branches of Inception 3a does more work."""
    three, five = macs((192, 96, 1), (96, 128, 3)), macs((192, 16, 1), (16, 32, 5))
    return f"the branch with the {'3×3' if three > five else '5×5'} kernels"


GUESSES = [
    Guess(
        "top_left_pixel",
        prompt=(
            "The top left pixel holds 1, 2 and 3 in the three channels. What do the two kernels "
            "make of it, with their biases?"
        ),
        options=("−2 and 4", "−3 and 5", "−2 and 5", "4 and 5"),
        truth=top_left_pixel,
        alt=(
            "Six grids of numbers. In the upper row three input channels of two rows and three "
            "columns, with a frame round the top left pixel of each: 1, 2 and 3. In the lower row "
            "the matrix of the two kernels, 1 0 minus 1 and 2 1 0, and the two output channels "
            "with a frame round their top left pixels minus 2 and 5."
        ),
        after=(
            "By hand, the first kernel gives 1·1 + 0·2 − 1·3 = −2, and its bias is 0. The second "
            "gives 2·1 + 1·2 + 0·3 = 4, and its bias makes it 5."
        ),
    ),
    Guess(
        "shuffled_pixels",
        prompt=(
            "With which of the layers, 1×1 and 3×3, is the result what you get without the shuffle?"
        ),
        options=("with both", "with the 1×1 only", "with the 3×3 only", "with neither"),
        truth=lambda: (
            "with the 1×1 only" if notices_no_shuffle(1) and not notices_no_shuffle(3) else ""
        ),
        after=(
            "The 1×1 layer does not notice the shuffle. The 3×3 layer does: its windows hold other "
            "pixels."
        ),
    ),
    Guess(
        "number_of_channels",
        prompt=(
            "Which of these changes the number of channels that come out: a larger kernel, or more "
            "kernels?"
        ),
        options=("a larger kernel", "both of them", "more kernels"),
        truth=lambda: "more kernels",
        after=(
            "The first three lines differ in the kernel size, and all have 32 channels. The "
            "number of filters decides: 16 make the image thinner (降维, fewer dimensions per "
            "pixel), 256 make it thicker (升维), and 37 work as well."
        ),
    ),
    Guess(
        "through_the_bottleneck",
        prompt="By which factor does the bottleneck lower the count?",
        options=("about 2", "about 5", "about 10"),
        truth=lambda: f"about {macs((192, 32, 5)) / macs((192, 16, 1), (16, 32, 5)):.0f}",
        after=(
            "From 192 channels the work falls from 120,422,400 to 12,443,648, which is 9.68 times "
            "less. From 256 channels it falls from 160,563,200 to 13,246,464, 12.12 times less. "
            "The weights fall by the same factor, because both ways produce 28×28 pixels "
            "everywhere."
        ),
    ),
    Guess(
        "without_relu",
        prompt="What do the same two layers give without the `relu`?",
        options=(
            "0 at all pixels",
            "0.5 at all pixels",
            "the right answer at all pixels",
            "the answer for the first channel alone",
        ),
        truth=lambda: "0 at all pixels",
        alt=(
            "Four pictures of eight by eight pixels. Input 0 is white in its right half, input 1 "
            "in its lower half. The best single 1 by 1 convolution gives an even grey. Two layers "
            "with relu give white quarters at the upper right and lower left, black ones elsewhere."
        ),
        after=(
            "Without it, the same two layers answer 0 everywhere: (p − q) + (q − p). The pictures "
            "show the two inputs, white where they are 1. The best single layer answers an even "
            "grey, 0.50. Two layers with `relu` between them answer right: white at the upper "
            "right and the lower left."
        ),
    ),
    Guess(
        "costliest_branch",
        prompt="Which branch costs more: the one with the 5×5 kernels, or the one with the 3×3?",
        options=(
            "the branch with the 5×5 kernels",
            "both of them cost nearly the same",
            "the branch with the 3×3 kernels",
        ),
        truth=costliest_branch,
        alt=(
            "Horizontal bars of multiply–accumulates in millions for four branches, each with and "
            "without its 1 by 1 layer. The 3×3 branch is longest: 101 with, 173 without. The 5×5 "
            "branch: 12 with, 120 without. The 1×1 branch: 10 both times. The pooling branch: 5 "
            "with and 0 without."
        ),
        after=(
            "The hatched bars show the work without the 1×1 layers. The 5×5 branch shrinks most, "
            "from 120 to 12 million. The 3×3 branch remains the largest, with 101."
        ),
    ),
    Guess(
        "rank_of_a_mixture",
        prompt=(
            "What rank has the grey matrix, with its three equal rows? And a random matrix from 3 "
            "channels to 5?"
        ),
        options=("3 and 5", "1 and 5", "3 and 3", "1 and 3"),
        truth=ranks,
        after=(
            "Grey has rank 1: one number per pixel, written three times. Three channels to five "
            "lose nothing, and a second 1×1 convolution, with the matrix that undoes the first, "
            "brings the flower back."
        ),
    ),
    Guess(
        "tests_passed",
        prompt=(
            "A 1×1 convolution passes with twice the input, with the input times −1 and with the "
            "sum of two inputs. With which of them do two pass that have `relu` between them?"
        ),
        options=(
            "none of these",
            "only the sum of two inputs",
            "only twice the input and the input times −1",
            "only twice the input",
        ),
        truth=passed_with_relu,
        after="With `relu` between them, doubling still passes, but −1 and the sum fail.",
    ),
    Guess(
        "sliding_network",
        prompt="Are the sliding network and the convolutions equal?",
        options=("only nearly", "exactly, but for rounding", "only away from the border"),
        truth=lambda: "exactly, but for rounding",
        after=(
            "A small network that slides over the image is a convolution followed by 1×1 "
            "convolutions, with activations between them."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("rank_of_a_mixture", "tests_passed", "sliding_network")

QUESTIONS = {
    "recall_weight": Question(
        "A layer takes 3 channels to 8, with kernels of 5×5. What is the shape of its weight?",
        [
            Option("(3, 8, 5, 5)", because="the output channels come first: one kernel for each."),
            Option(
                "(8, 3, 5, 5)",
                correct=True,
                because="eight kernels, each with a slice of 5×5 for each of three channels.",
            ),
            Option("(8, 5, 5)", because="a kernel has a slice for each input channel, three here."),
        ],
    ),
    "recall_padding": Question(
        "A 5×5 kernel slides over 28×28 pixels at stride 1. Which padding keeps 28×28?",
        [
            Option("2", correct=True, because="28 + 2·2 − 5 + 1 = 28."),
            Option("4", because="4 on each side is too much: 28 + 2·4 − 5 + 1 = 32."),
            Option("5", because="5 on each side is too much: 28 + 2·5 − 5 + 1 = 34."),
        ],
    ),
    "more_than_one_matrix": Question(
        "Which of these can compute something that no single 1×1 convolution with a bias can?",
        [
            Option(
                "A 1×1 convolution with a bias, then another with a bias.",
                because="the two biases merge as well: the second matrix times the first bias, "
                "plus the second bias.",
            ),
            Option(
                "A 1×1 convolution, `relu`, and another 1×1 convolution.",
                correct=True,
                because="with the activation in between, the two matrices no longer merge.",
            ),
            Option(
                "A 1×1 convolution to 1,000 channels, then another back to three.",
                because="their product is a matrix with three rows, however wide the middle is.",
            ),
        ],
    ),
    "from_64_to_256": Question(
        "A 1×1 convolution takes 64 channels to 256. What is true of its 256 outputs at a pixel?",
        [
            Option(
                "They are mixtures of 64 numbers, so at most 64 of them are independent.",
                correct=True,
                because="the matrix has 64 columns, so its rank is 64 at most.",
            ),
            Option(
                "They hold four times the information.",
                because="all were computed from the same 64 numbers. What could they add?",
            ),
            Option(
                "Something was lost, since the matrix is not square.",
                because="going up need not lose anything: the flower came back from 5 channels.",
            ),
        ],
    ),
}
