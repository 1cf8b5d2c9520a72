"""Guesses and question boxes of the chapter *Receptive fields* and of its workshop."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

# (kernel size, stride) of each layer up to the last pooling
ALEXNET = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]
VGG16 = [layer for count in (2, 2, 3, 3, 3) for layer in [(3, 1)] * count + [(2, 2)]]


def who_sees_more() -> str:
    """Return which of the two networks sees more, and whether it is the whole image."""
    alexnet, vgg16 = cnnbook.receptive_field(ALEXNET), cnnbook.receptive_field(VGG16)
    assert alexnet < 227
    assert vgg16 < 224
    return "VGG-16, not the whole image" if vgg16 > alexnet else "AlexNet, not the whole image"


def enough_layers() -> int:
    """Return how many 3×3 layers see two dots that are 6 pixels apart."""
    depth = 1
    while cnnbook.receptive_field([(3,)] * depth) < 7:
        depth += 1
    return depth


def share_of_the_centre() -> float:
    """Return which percentage of all paths through ten layers ends in the central 11×11."""
    paths = np.ones(1)
    for _ in range(10):
        paths = np.convolve(paths, np.ones(3))
    return float(100 * (paths[5:16].sum() / paths.sum()) ** 2)


GUESSES = [
    Guess(
        "pixels_behind_one",
        prompt=(
            "How many of the 14 pixels does one output of the last layer depend on? "
            "3 + 2 + 3 would be 8."
        ),
        options=("fewer than 8", "just these 8", "more than 8"),
        truth=lambda: "just these 8" if cnnbook.receptive_field([(3,), (2, 2), (3,)]) == 8 else "",
        after=(
            "Filled is what output 1 of the last row depends on (all numbers count from 0). From "
            "the top: the last convolution reads 3 pooled cells. Each of these reads 2 cells of "
            "its own: 6. The first convolution widens any block by 2: 8, pixels 2 to 9. That the "
            "kernels add up to 8 is an accident: for LeNet, below, they do not."
        ),
        alt=(
            "Four rows of squares above each other. The lowest has 14 squares for the input, the "
            "next 12 after a convolution of 3, the next 6 after a pooling of 2, twice as far "
            "apart, and the highest 4 after a convolution of 3. Lines lead from the second square "
            "on top to 3 squares below it, from these to 6 squares, and from these to 8 squares of "
            "the input, numbers 2 to 9."
        ),
    ),
    Guess(
        "alexnet_or_vgg",
        prompt="Which of the two sees more after its last pooling? And is it the whole image?",
        options=(
            "AlexNet, the whole image",
            "AlexNet, not the whole image",
            "VGG-16, the whole image",
            "VGG-16, not the whole image",
        ),
        truth=who_sees_more,
        after=(
            "AlexNet: 195 of 227. VGG-16: 212 of 224. Neither output sees the whole image. The "
            "linear layers behind them bring all places together."
        ),
    ),
    Guess(
        "gradient_not_zero",
        prompt="At how many of the 256 pixels is the gradient of one image not 0?",
        options=("at a handful", "at about a quarter", "at about three quarters", "at all of them"),
        truth=lambda: "at about three quarters",
        after=(
            "The field is white where the gradient is not 0: all of it with means and positive "
            "weights. With ReLU and max pooling a single image shows 192 pixels, about 14×14, and "
            "64 have no gradient. Fifty images together show all of it."
        ),
        alt=(
            "Three square maps of 16 by 16 pixels, black for 0 and white for not 0. In the first, "
            "mean pooling with positive weights, all is white. In the second, ReLU and max pooling "
            "on one image, two rows at the top, two columns on the right and some single pixels "
            "beside them are black. In the third, the same network on fifty images together, all "
            "is white."
        ),
    ),
    Guess(
        "layers_for_two_dots",
        prompt="How many layers does it take until the two answers can differ?",
        truth=enough_layers,
        after=(
            "Two dots 6 pixels apart fit into a window of 7, which three layers see. With one or "
            "two no window holds both. Then both images give the same set of windows, with one dot "
            "or none. Twenty random networks gave the same answer for both, and no training could "
            "change that: the mean is taken over the same windows."
        ),
    ),
    Guess(
        "share_of_the_centre",
        prompt=(
            "The central 11×11 pixels are 121 of 441, a bit more than a quarter. What share of the "
            "gradient do they hold?"
        ),
        truth=share_of_the_centre,
        unit="%",
        after=(
            "A bright spot fades long before the border of the field, and the sums of its columns "
            "are a bell curve. The central 11×11 hold 94 % of the gradient, the corner pixel a few "
            "parts in ten billion. The output mostly listens to about half of the field each way."
        ),
        alt=(
            "On the left a map of 21 by 21 pixels that is bright in the middle and fades to black "
            "well before the border, with a dotted frame round the central 11 by 11. On the right "
            "a bell curve of the column sums over pixels from minus 10 to 10, highest at 0 with "
            "0.15 and near zero beyond 6 on both sides."
        ),
    ),
    Guess(
        "four_times_as_many",
        prompt="How much further does the output see, and how much further does it listen?",
        options=(
            "sees about 4 times as far, listens 4 times",
            "sees about 2 times as far, listens 2 times",
            "sees about 4 times as far, listens 2 times",
        ),
        truth=lambda: "sees about 4 times as far, listens 2 times",
        after=(
            "From 10 to 40 layers the field goes from 21 to 81, nearly four times. The spread "
            "doubles, from 2.58 to 5.16: the field grows with the number of layers, σ with its "
            "square root."
        ),
    ),
    Guess(
        "three_small_kernels",
        prompt="Which has fewer weights?",
        options=("the one 7×7 convolution", "the three 3×3 convolutions", "both have as many"),
        truth=lambda: (
            "the three 3×3 convolutions" if 3 * 3**2 < 7**2 else "the one 7×7 convolution"
        ),
        after=(
            "Three small layers need 27 weights for each pair of channels, the large one 49. The "
            "saving is 45 %, and between the three there is room for two more activations."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("three_small_kernels",)

QUESTIONS = {
    "recall_stride": Question(
        "A row of pixels, numbered from 0; a kernel of 3, a stride of 2, no padding. Which pixels "
        "does output 2 read?",
        [
            Option("2, 3 and 4", because="that is stride 1. Each output here starts 2 later."),
            Option("4, 5 and 6", correct=True, because="output 0 starts at 0, 1 at 2, 2 at 4."),
            Option("6, 7 and 8", because="that is a stride of 3: windows side by side."),
        ],
    ),
    "recall_winner": Question(
        "A window of max pooling holds 5 1 / 0 2, and a gradient of 8 comes back. What goes to its "
        "four pixels?",
        [
            Option("8 0 / 0 0", correct=True, because="the winner alone moved the output."),
            Option("2 2 / 2 2", because="that is mean pooling: each pixel moves it by a quarter."),
            Option("5 1 / 0 2", because="these are the pixels. They only decide who wins."),
        ],
    ),
    "after_a_pooling": Question(
        "A stack ends with a pooling of 2 that moves by 2, and its cells then see 10 pixels, "
        "8 pixels apart. A convolution of 3 follows. What does one of its outputs see?",
        [
            Option("12 pixels", because="the taps stand 8 pixels apart, not 1. They add 2 · 8."),
            Option(
                "13 pixels", because="the kernel's size is not added. k − 1 steps of the jump are."
            ),
            Option(
                "26 pixels", correct=True, because="10 + (3 − 1) · 8: each further tap adds a jump."
            ),
            Option("34 pixels", because="that is 10 + 3 · 8. Three taps make two steps."),
        ],
    ),
    "more_padding": Question(
        "Every convolution of a stack gets one pixel more of padding on each side. What happens to "
        "the receptive field of its outputs?",
        [
            Option(
                "It moves, and keeps its size.",
                correct=True,
                because="padding is in the rule for the place alone.",
            ),
            Option(
                "It grows by 2 pixels for each layer.",
                because="the output grows. A kernel reads as many cells as before.",
            ),
            Option(
                "It shrinks, because zeros take the place of pixels.",
                because="near the border less of it lies on the image. Its size stays.",
            ),
        ],
    ),
    "field_and_object": Question(
        "A stack of 3×3 layers sees 41 pixels, and the object that it should recognise is 40 wide. "
        "Is that enough?",
        [
            Option(
                "Yes: the formula says that the whole object is seen.",
                because="it says that every pixel can have an effect, not that it has much of one.",
            ),
            Option(
                "Perhaps not: most of the effect comes from a smaller part in the middle.",
                correct=True,
                because="20 plain layers have a σ of 3.65 pixels. The object's border hardly "
                "counts, unless training shapes the weights so.",
            ),
            Option(
                "No: the field must always be twice as large as the object.",
                because="there is no such law. It depends on weights, strides and what has to "
                "be seen.",
            ),
        ],
    ),
}
