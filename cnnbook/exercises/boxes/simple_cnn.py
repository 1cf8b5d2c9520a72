"""Guesses and question boxes of the chapter *A simple CNN in PyTorch*."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.data import recorded
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

#: Multiplications with additions of LeNet-5, on 28×28 pixels with a padding of 2.
LENET = {
    "the first convolution": 6 * 25 * 28 * 28,
    "the second convolution": 16 * 6 * 25 * 10 * 10,
    "the first linear layer": 400 * 120,
    "the second linear layer": 120 * 84,
}
ALT_OF_CURVES = (
    "Two panels over 15 epochs. Left, the loss: both training curves fall from about 2.2 to below "
    "0.1. The validation loss of the CNN falls to about 0.25, that of the fully connected network, "
    "with jumps, to about 0.6. Right, the accuracy in percent: on training images both end near "
    "98, on validation images the CNN at 92 and the fully connected network at 83."
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
        "shape_after_conv2",
        prompt="What shape comes out of `conv2`?",
        options=("16×9×9", "6×9×9", "16×8×8", "16×11×11"),
        truth=lambda: f"16×{last_side(3, 5)}×{last_side(3, 5)}",
        after=(
            "28 − 2 = 26, halved 13. 13 − 4 = 9, halved and rounded down 4: one row and one column "
            "of the 9×9 map are dropped."
        ),
    ),
    Guess(
        "smaller_first_kernel",
        prompt=(
            "Let the first convolution have kernels of 3×3 in place of 5×5. How many numbers reach "
            "the linear layer then?"
        ),
        options=("180", "320", "500", "720"),
        truth=lambda: str(20 * (last_side(3, 5) // 2) ** 2),
        after=(
            "The sides are 26, 13, 9 and, rounded down, 4, so 20·4·4 = 320, as with 5×5. Put the 3 "
            "into the diagram, and see which rows change, and which do not."
        ),
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
        "two_libraries",
        prompt=(
            "The same weights, the same image, two libraries that add up 250 products in different "
            "orders. How near are their outputs?"
        ),
        options=("equal in every digit", "equal to about a hundredth", "equal up to rounding"),
        truth=lambda: "equal up to rounding",
        after=("They are equal up to rounding: to 10⁻⁵ in single precision, to 10⁻¹² in double."),
    ),
    Guess(
        "loss_at_the_start",
        prompt="The network knows nothing at the start. How large is the loss of ten classes then?",
        options=("about 0.1", "about 1", "about 2.3", "about 10"),
        truth=lambda: f"about {np.log(10):.1f}",
        after="The loss starts near ln 10, at 2.329.",
    ),
    Guess(
        "who_learns_what",
        prompt="Which of the two gets the training images right, and which the others?",
        options=(
            "Both the training images, and the CNN more of the others.",
            "Both the training images, and about as many of the others.",
            "The CNN more of the training images, and more of the others.",
            "The CNN fewer of the training images, but more of the others.",
        ),
        truth=lambda: "Both the training images, and the CNN more of the others.",
        alt=ALT_OF_CURVES,
        after=(
            "The figure shows both networks over 15 epochs, dashed on the training images, solid "
            "on the validation images. Over the last epoch both get more than 98 % of the training "
            "images right. On the validation images the CNN reaches 92.0 %, the fully connected "
            "network 83.2 %, although it has 109,386 parameters against 8,490."
        ),
    ),
    Guess(
        "another_seed",
        prompt="8.7 % and 18.4 % were the test errors. How far will the CNN's error move?",
        options=("by less than 0.5 points", "by 1 to 2 points", "by 4 to 5 points"),
        truth=lambda: "by 4 to 5 points",
        after=(
            "13.1 % instead of 8.7 %, and 16.7 % instead of 18.4 %: the seed moved the CNN by 4.4 "
            "points, and only 3.6 are left between the two networks."
        ),
    ),
    Guess(
        "points_and_share",
        prompt="How many points are these, by the list above, and what share of the errors?",
        options=(
            "50 points, 1.22 % of the errors",
            "1.22 points, 1.22 % of the errors",
            "1.22 points, 101 % of the errors",
            "1.22 points, 50 % of the errors",
        ),
        truth=points_and_share,
        after=(
            "2.43 % → 1.21 %: 1.22 points, and half of the errors are gone, with a 68th of the "
            "parameters. The spread over seeds is below 0.1, so this is not the luck of one seed."
        ),
    ),
    Guess(
        "recipe_or_network",
        prompt="What buys more?",
        options=("the larger network", "the better recipe"),
        truth=recipe_or_network,
        after=(
            "The recipe alone takes the same 8,490 parameters from 1.21 % to 0.72 %. The larger "
            "network, with a recipe of its own, comes to 0.46 %."
        ),
    ),
]

QUESTIONS = {
    "padding_of_conv2": Question(
        "In `Net`, `conv2` gets `padding=2`. Which number must change with it?",
        [
            Option(
                "the 6 in `conv2`", because="the channels that go in come from `conv1`, unchanged."
            ),
            Option("the 16 in `conv2`", because="padding adds pixels, not channels."),
            Option(
                "the 4 · 4 in `fc`",
                correct=True,
                because="the second pooling now receives 13×13 and gives 6×6.",
            ),
            Option("none", because="the maps grow, and the head counts their pixels."),
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
