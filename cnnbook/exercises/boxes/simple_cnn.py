"""Guesses and question boxes of the chapter *A simple CNN in PyTorch*, and of its workshop."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.data import recorded
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

#: Parameters of the network for 8×8 digits.
TINY = {
    "the first convolution": 8 * (9 + 1),
    "the second convolution": 16 * (8 * 9 + 1),
    "the linear layer": 10 * (64 + 1),
}
#: Multiplications with additions of LeNet-5, on 28×28 pixels with a padding of 2.
LENET = {
    "the first convolution": 6 * 25 * 28 * 28,
    "the second convolution": 16 * 6 * 25 * 10 * 10,
    "the first linear layer": 400 * 120,
    "the second linear layer": 120 * 84,
}
ALT_OF_CURVES = (
    "Two panels over 12 epochs, two networks, each with a dashed and a solid curve. Left, the "
    "loss: both dashed curves fall from about 2.3 to about 0.3. The solid curve of the CNN falls "
    "below 1; that of the fully connected network stays near 1.8. Right, the accuracy in "
    "percent: both dashed curves end near 88, the solid one of the CNN near 70 and that of the "
    "fully connected network near 50."
)


def last_side(*kernels: int) -> int:
    """Return the side that 28 pixels leave after convolutions, with pooling between them."""
    side = 28
    for number, kernel in enumerate(kernels):
        side = side // 2 if number else side
        side = cnnbook.conv_output_size(side, kernel)
    return side


def errors(name: str) -> list[float]:
    """Return the mean test errors of a recorded comparison, in percent."""
    return [row["mean"] for row in recorded(name)["rows"]]


def level_or_not() -> str:
    """Say how a recorded comparison on the 8×8 digits ended."""
    rows = recorded("digits-aligned")["rows"]
    dense, cnn = (row["mean"] for row in rows)
    spread = min(row["standard_deviation"] for row in rows)
    if abs(dense - cnn) < spread:
        return "about as many"
    return "clearly more" if dense > cnn else "clearly fewer"


def points_and_share() -> str:
    """Return by how much the CNN errs less on MNIST, in points and relative."""
    dense, cnn = errors("mnist-notes")
    return f"{dense - cnn:.2f} points, {100 * (dense - cnn) / dense:.0f} % of the errors"


def recipe_or_network() -> str:
    """Return which of the two steps takes away more errors."""
    plain, recipe, larger = (
        errors(name)[-1] for name in ("mnist-notes", "mnist-simple-cnn", "mnist-exercise10")
    )
    return "the better recipe" if plain - recipe > recipe - larger else "the larger network"


GUESSES = [
    Guess(
        "most_parameters",
        prompt="Which of these layers has the most parameters?",
        options=tuple(TINY),
        truth=lambda: max(TINY, key=lambda layer: TINY[layer]),
        after=(
            "The second convolution's 16 kernels have a slice for each of 8 channels: "
            "16·(8·9 + 1) = 1,168. The first has 8·(9 + 1) = 80, the linear layer 10·(64 + 1) = "
            "650."
        ),
    ),
    Guess(
        "loss_at_the_start",
        prompt="The network knows nothing yet. How large is its cross-entropy for ten classes?",
        options=("about 0.1", "about 1", "about 2.3", "about 10"),
        truth=lambda: f"about {np.log(10):.1f}",
        after="Each class gets about a tenth, and −ln(1/10) = ln 10 = 2.303. It starts at 2.361.",
    ),
    Guess(
        "shape_after_conv2",
        prompt="What shape comes out of `conv2` for an image of 1×28×28?",
        options=("16×9×9", "6×9×9", "16×8×8", "16×11×11"),
        truth=lambda: f"16×{last_side(3, 5)}×{last_side(3, 5)}",
        after=(
            "28 − 2 = 26, halved 13. 13 − 4 = 9, halved and rounded down 4. So 16 maps of 4×4 are "
            "the 256 inputs of `fc`."
        ),
    ),
    Guess(
        "level_on_digits",
        prompt=(
            "On the 8×8 digits a fully connected network with nine times the parameters learns by "
            "the same recipe. How many test digits does it get wrong, compared with the CNN?"
        ),
        options=("clearly fewer", "about as many", "clearly more"),
        truth=level_or_not,
        after=(
            "2.04 % and 1.87 %, over five seeds each: 0.18 points apart, with spreads of 0.9 and "
            "0.8. The two are level."
        ),
    ),
    Guess(
        "points_and_share",
        prompt="2.43 % → 1.21 %: how many points are these, and what share of the errors?",
        options=(
            "50 points, 1.22 % of the errors",
            "1.22 points, 1.22 % of the errors",
            "1.22 points, 101 % of the errors",
            "1.22 points, 50 % of the errors",
        ),
        truth=points_and_share,
        after=(
            "2.43 − 1.21 = 1.22 points, and 1.22 / 2.43 = 50 %: half of the errors are gone, with "
            "a 68th of the parameters."
        ),
    ),
    Guess(
        "recipe_or_network",
        prompt="Which step takes away more errors?",
        options=("the larger network", "the better recipe"),
        truth=recipe_or_network,
        after=(
            "The recipe alone takes the same 8,490 parameters from 1.21 % to 0.72 %. The larger "
            "network, with a recipe of its own, comes to 0.46 %."
        ),
    ),
    Guess(
        "two_libraries",
        prompt=(
            "The same weights, the same image, two libraries that add up 250 products in different "
            "orders. How near are their outputs?"
        ),
        options=("equal in every digit", "equal to about a hundredth", "equal up to rounding"),
        truth=lambda: "equal up to rounding",
        after="They are equal up to rounding: to 10⁻⁵ in single precision, to 10⁻¹² in double.",
    ),
    Guess(
        "smaller_first_kernel",
        prompt=(
            "Let the first convolution have kernels of 3×3 in place of 5×5. How many numbers reach "
            "the linear layer then?"
        ),
        options=("180", "320", "500", "720"),
        truth=lambda: str(20 * (last_side(3, 5) // 2) ** 2),
        after="The sides are 26, 13, 9 and, rounded down, 4: 20·4·4 = 320, as with 5×5.",
    ),
    Guess(
        "busiest_layer",
        prompt="Which layer does most of the multiplying?",
        options=tuple(LENET),
        truth=lambda: max(LENET, key=lambda layer: LENET[layer]),
        after=(
            "More than half of the 416,520 MACs, 240,000, are the second convolution's. Most "
            "parameters, 48,120 of 61,706, sit in the first linear layer. Shared weights are few "
            "and busy; a linear layer's weights are many and used once."
        ),
    ),
    Guess(
        "who_learns_what",
        prompt="Which of the two gets the training images right, and which the others?",
        options=(
            "Both most of the training images, and the CNN more of the others.",
            "Both most of the training images, and about as many of the others.",
            "The CNN more of the training images, and more of the others.",
            "The CNN fewer of the training images, but more of the others.",
        ),
        truth=lambda: "Both most of the training images, and the CNN more of the others.",
        alt=ALT_OF_CURVES,
        after=(
            "The figure shows both networks over 12 epochs, dashed on the training images, solid "
            "on the validation images. In the last epoch both get almost nine of ten training "
            "images right. Of the validation images the CNN gets 70.4 % right, the fully connected "
            "network 51.6 %, although it has eleven times the parameters."
        ),
    ),
]

#: These stand in the workshop.
WORKSHOP = ("two_libraries", "smaller_first_kernel", "busiest_layer", "who_learns_what")

QUESTIONS = {
    "recall_parameters": Question(
        "A convolution takes 8 channels to 16, with kernels of 3×3 and a bias for each. How many "
        "parameters has it?",
        [
            Option("160", because="each of the 16 kernels has a slice for each of the 8 channels."),
            Option("1,152", because="those are the weights. The 16 biases count, too."),
            Option("1,168", correct=True, because="16·(8·9) + 16 = 1,168."),
        ],
    ),
    "recall_pooled_side": Question(
        "A side of 15 passes a 5×5 convolution, stride 1 and no padding, then a 2×2 pooling. What "
        "is left of it?",
        [
            Option("5", correct=True, because="15 − 4 = 11, halved and rounded down."),
            Option("6", because="11 / 2 is rounded down: a window that does not fit is dropped."),
            Option("11", because="that is before the pooling."),
        ],
    ),
    "recall_step": Question(
        "A weight of 0.5 has the slope 2: the loss grows twice as fast as the weight. To what does "
        "one step of gradient descent with learning rate 0.1 move it?",
        [
            Option("0.7", because="that is uphill. The step goes against the slope."),
            Option("0.3", correct=True, because="0.5 − 0.1·2 = 0.3: against the slope."),
            Option("−1.5", because="the learning rate is missing."),
        ],
    ),
    "zero_grad_too_late": Question(
        "Someone writes the five lines in the order: forward, loss, `loss.backward()`, "
        "`optimizer.zero_grad()`, `optimizer.step()`. What happens?",
        [
            Option(
                "No weight moves.",
                correct=True,
                because="the gradients are thrown away just before the step needs them.",
            ),
            Option(
                "An error.", because="every line is allowed by itself, so PyTorch says nothing."
            ),
            Option(
                "The same as before.",
                because="the step looks for the gradients, and they are gone.",
            ),
            Option(
                "The gradients add up over the batches.",
                because="that would happen without `zero_grad`.",
            ),
        ],
    ),
    "from_08_to_06": Question(
        "A new network brings the test error from 0.8 % to 0.6 %. Which sentence is right?",
        [
            Option(
                "The error fell by 0.2 %.",
                because="percent of what? It fell by 0.2 percentage points.",
            ),
            Option(
                "One fifth of the errors is gone.", because="0.2 of what there was, 0.8, is more."
            ),
            Option(
                "It is better on every image.",
                because="the sum fell. Some images may be read wrongly now that were right before.",
            ),
            Option(
                "A quarter of the errors is gone.",
                correct=True,
                because=(
                    "0.2 out of 0.8. Whether it is more than luck, the spread over seeds tells."
                ),
            ),
        ],
    ),
}
