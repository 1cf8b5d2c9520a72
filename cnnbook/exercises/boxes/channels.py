"""Guesses and question boxes of the chapter *Channels*."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

Size = int | tuple[int, int]

#: The pencil case: two channels of 3×3, and a kernel of two slices.
PIXELS = np.stack([np.arange(9), np.arange(1, 10)]).reshape(2, 3, 3)
SLICES = np.stack([np.arange(4), np.arange(1, 5)]).reshape(1, 2, 2, 2)


def parameters(c_in: int, c_out: int, kernel_size: Size, bias: bool = True) -> int:
    """Return how many parameters a layer has; the side of its input does not matter."""
    return cnnbook.conv2d_cost(32, c_in, c_out, kernel_size, bias=bias).parameters


def growth() -> int:
    """Return how much the first output grows if each entry of the kernel grows by 1."""
    maps = cnnbook.conv2d(PIXELS, np.concatenate([SLICES, SLICES + 1]))
    return int(maps[1, 0, 0] - maps[0, 0, 0])


def third_of_the_manual() -> str:
    """Return the width and the parameters of the third layer of PyTorch's manual."""
    width = cnnbook.conv_output_size(100, 5, stride=1, padding=2, dilation=1)
    return f"width {width}; {parameters(16, 33, (3, 5)):,} parameters"


GUESSES = [
    Guess(
        "red_columns",
        prompt=("In which of the three channels do the red columns look bright? And the pale sky?"),
        options=(
            "the columns in red; the sky in blue",
            "the columns in all three; the sky in blue",
            "the columns in red; the sky in all three",
        ),
        truth=lambda: "the columns in red; the sky in all three",
        alt=(
            "A colour photograph of a tower's corner with red columns and a pale sky, and its "
            "three channels in grey. In the red channel the columns are bright. In the green and "
            "the blue channel they are dark. The sky is bright in all three."
        ),
        after=(
            "The column's pixel is 0.71, 0.25, 0.24, bright in red only. The sky is 0.89, 0.89 and "
            "0.90: three equal numbers would be a grey, and the sky nearly is one."
        ),
    ),
    Guess(
        "last_sum",
        prompt=(
            "What is the output's last number, at the bottom right? You know the part of channel 0 "
            "already."
        ),
        truth=lambda: cnnbook.conv2d(PIXELS, SLICES)[0, 1, 1],
        alt=(
            "Two rows of grids. Above, channel 0 with 0 to 8, slice 0 with 0 1 2 3, and its part "
            "19 25 37 43. Below, channel 1 with 1 to 9, slice 1 with 1 2 3 4, and its part 37 47 "
            "67 77. On the right the sum of the two parts: 56 72 104 120."
        ),
        after=(
            "Each channel with its own slice gives a part of the result: 19 25 / 37 43 from "
            "channel 0 and 37 47 / 67 77 from channel 1. On the right stands their sum, 56 72 / "
            "104 120."
        ),
    ),
    Guess(
        "kernel_plus_1",
        prompt="If each entry of the kernel grows by 1, by how much does the first output grow?",
        truth=growth,
        after=(
            "It grows by the sum of everything that the kernel covers, which is 20: from 56 to 76, "
            "and by another 20 to 96."
        ),
    ),
    Guess(
        "ten_kernels",
        prompt="How many parameters has one of the kernels? And the whole layer?",
        options=("26; 260", "75; 760", "76; 778", "76; 760"),
        truth=lambda: f"{parameters(3, 1, 5)}; {parameters(3, 10, 5)}",
        after=(
            "A “5×5 kernel” on three channels has 75 weights and 1 bias, so 76 parameters, and ten "
            "of them have 760. Padding 2 keeps the side at 32, since 5 − 1 = 4 is added in all."
        ),
    ),
    Guess(
        "kernels_of_their_own",
        prompt="By what factor does the number of parameters grow?",
        options=("55", "96", "3,025", "51,529"),
        truth=lambda: f"{cnnbook.conv_output_size(227, 11, stride=4) ** 2:,}",
        after=(
            "The factor is the number of places, 55 · 55 = 3,025: from 34,944 to 105,705,600 "
            "parameters."
        ),
    ),
    Guess(
        "one_at_a_time",
        prompt=(
            "Which argument changes neither the number of parameters nor the height and width of "
            "the output?"
        ),
        options=("`padding_mode`", "`dilation`", "`bias`", "`groups`", "`stride`"),
        truth=lambda: "`padding_mode`",
        after=(
            "`in_channels`, `kernel_size`, `bias` and `groups` change the parameters, and so does "
            "`out_channels`, which alone sets the number of output channels. `kernel_size`, "
            "`stride`, `padding` and `dilation` change the height and width. `padding_mode` "
            "changes neither: it changes the numbers at the border."
        ),
    ),
    Guess(
        "third_layer",
        prompt="What is the width of the third layer's output, and how many parameters has it?",
        options=(
            "width 96; 7,953 parameters",
            "width 100; 4,785 parameters",
            "width 50; 7,953 parameters",
            "width 100; 7,953 parameters",
        ),
        truth=third_of_the_manual,
        after=(
            "A kernel of the first layer has 16 · 3 · 3 + 1 = 145 parameters, and 33 of them have "
            "4,785. In the other two it is 16 · 3 · 5 + 1 = 241 and 7,953. From the second to the "
            "third, dilation changed the height and nothing else."
        ),
    ),
    Guess(
        "red_not_blue",
        prompt="Which response does it give on a red column, and which in the bright sky?",
        options=(
            "clearly positive; close to zero",
            "clearly positive; even higher",
            "close to zero; clearly positive",
            "clearly positive; clearly negative",
        ),
        truth=lambda: "clearly positive; close to zero",
        after=(
            "The red column gives a clear positive number. In the sky red and blue are both "
            "strong, but they cancel. All entries of this kernel together sum to zero, so "
            "brightness alone does not excite it. You have met this idea with Sobel. Here the "
            "difference is taken between channels, not between places."
        ),
    ),
    Guess(
        "two_edges",
        prompt=(
            "Which of the four kernels answers to the edge from black to white? And which answers "
            "most strongly to the edge from red to green?"
        ),
        options=(
            "red/green edges; red/green edges",
            "vertical edges; red/green edges",
            "vertical edges; red, not blue",
            "vertical edges; vertical edges",
        ),
        truth=lambda: "vertical edges; red/green edges",
        after=(
            "To black and white only the second kernel answers. The edge is the same in red, in "
            "green and in blue: what the first and the fourth subtract is equal, and nothing is "
            "left. From red to green the second answers weakly, because less red and more green "
            "partly cancel in its sum. The fourth takes their difference, and answers strongly. "
            "The first answers to the red in its patch, edge or not."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("third_layer", "red_not_blue", "two_edges")

QUESTIONS = {
    "recall_sum": Question(
        "A 3×3 kernel lies on a 3×3 patch of one picture. What does it give there?",
        [
            Option("nine products", because="the products are added."),
            Option("one number", correct=True, because="nine products, added, and the bias."),
            Option("three numbers, one for each row", because="all rows are added, too."),
        ],
    ),
    "recall_side": Question(
        "How many places has a kernel of side 3 on a row of 7 pixels, with padding 1 and stride 2?",
        [
            Option("5", because="that is 7 − 3 + 1: without padding, at stride 1."),
            Option("7", because="that is at stride 1, where padding 1 keeps the size."),
            Option("4", correct=True, because="(7 + 2 · 1 − 3)/2 + 1 = 4."),
        ],
    ),
    "weight_of_a_layer": Question(
        "A layer receives 16 channels and has 32 kernels of 3×3. What is the shape of its weight?",
        [
            Option(
                "(16, 32, 3, 3)",
                because="this has the axes swapped: the kernel's number comes first.",
            ),
            Option(
                "(32, 16, 3, 3)",
                correct=True,
                because="32 kernels, each with a slice for each of the 16 channels.",
            ),
            Option("(32, 3, 3)", because="a kernel needs a slice for each input channel."),
            Option(
                "(32, 3, 3, 3)", because="three slices fit a colour picture. Here are 16 channels."
            ),
        ],
    ),
    "fewer_parameters": Question(
        "A layer has too many parameters. Which change, alone, makes them fewer?",
        [
            Option(
                "stride 2 in place of 1",
                because="a stride leaves out places. The kernel is the same.",
            ),
            Option("padding 0 in place of 1", because="padding adds pixels, not parameters."),
            Option(
                "dilation 2 in place of 1",
                because="dilation moves the taps apart. There are as many.",
            ),
            Option(
                "groups 2 in place of 1",
                correct=True,
                because="each kernel then has slices for half of the channels only.",
            ),
        ],
    ),
}
