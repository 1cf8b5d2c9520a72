"""Guesses and question boxes of the chapter *Padding and stride*."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

PIXELS, KERNEL = np.arange(9).reshape(1, 3, 3), np.arange(4).reshape(1, 1, 2, 2)


def windows_of_a_pixel() -> str:
    """Return how many 3×3 windows on 5×5 pixels hold the corner, its neighbour and the centre."""
    counts = cnnbook.col2im(cnnbook.im2col(np.ones((1, 5, 5)), 3), (5, 5), 3)[0]
    return f"{counts[0, 0]:.0f}, {counts[0, 1]:.0f} and {counts[2, 2]:.0f}"


def still_one() -> int:
    """Return at how many of 9×9 positions ones are left by four blurs with zeros around."""
    image, blur = np.ones((1, 9, 9)), np.full((1, 1, 3, 3), 1 / 9)
    for _ in range(4):
        image = cnnbook.conv2d(image, blur, padding=1)
    return int(np.isclose(image, 1).sum())


def ten_layers() -> str:
    """Return the side and the share of pixels that ten 5×5 layers leave of 240×240."""
    side = 240
    for _ in range(10):
        side = cnnbook.conv_output_size(side, 5)
    return f"side {side}; {1 - side**2 / 240**2:.0%} of the pixels gone"


def kernels_kept() -> str:
    """Return which kernels keep a side of 10 with half their size as padding."""
    kept = [k for k in range(1, 8) if cnnbook.conv_output_size(10, k, padding=k // 2) == 10]
    return ", ".join(map(str, kept[:-1])) + f" and {kept[-1]}"


def refused_dilation() -> int:
    """Return the smallest dilation at which three rows do not fit into 50 and a padding of 4."""
    dilation = 1
    while dilation * (3 - 1) + 1 <= 50 + 2 * 4:
        dilation += 1
    return dilation


GUESSES = [
    Guess(
        "ten_layers",
        prompt="What side is left after the ten layers, and which share of the pixels is gone?",
        options=(
            "side 200; 17% of the pixels gone",
            "side 190; 37% of the pixels gone",
            "side 200; 31% of the pixels gone",
            "side 236; 3% of the pixels gone",
        ),
        truth=ten_layers,
        after=(
            "Ten times 4 is 40, so 200 remain of 240. That is a sixth of the side but 30.6 % of "
            "the pixels, and always those at the border."
        ),
    ),
    Guess(
        "windows_of_a_pixel",
        prompt=(
            "Without padding, how many of the nine windows contain the corner pixel? The pixel "
            "beside it? The centre?"
        ),
        options=("1, 1 and 9", "1, 2 and 9", "1, 3 and 9", "4, 6 and 9"),
        truth=windows_of_a_pixel,
        alt=(
            "Three grids of five by five counts. Without padding the corners hold 1, the edges 2 "
            "and 3, and the centre 9. With padding 1 the corners hold 4, the edges 6 and all inner "
            "cells 9. With padding 2 every cell holds 9."
        ),
        after=(
            "Without padding the corners are read once, the other edge pixels two or three times; "
            "nine windows read only what lies two pixels inwards. With padding 1 the corners are "
            "read 4 times, the edges 6 times; with padding 2 every pixel is read 9 times."
        ),
    ),
    Guess(
        "first_row",
        prompt="What are the remaining two numbers of the output's first row?",
        options=("8, then 4", "7, then 6", "8, then 0", "19, then 25"),
        truth=lambda: "{}, then {}".format(
            *cnnbook.conv2d(PIXELS, KERNEL, padding=1)[0, 0, 2:].tolist()
        ),
        alt=(
            "Three grids. The padded input is 0 to 8 in three rows inside a dotted frame of zeros, "
            "with a dashed outline round the window 0 0 0 1 in the top row. The kernel is 0 1 2 3. "
            "The output has four rows: 0 3 8 4, 9 19 25 10, 21 37 43 16 and 6 7 8 0, with an "
            "outline round the 3."
        ),
        after=(
            "The third window holds 0 0 / 1 2 and gives 2 · 1 + 3 · 2 = 8, the last holds 0 0 / "
            "2 0 and gives 2 · 2 = 4. The outlined window gives the outlined 3."
        ),
    ),
    Guess(
        "half_the_kernel",
        prompt="For which of the kernels 1 to 7 does `k // 2` on each side keep the side of 10?",
        options=("1, 2, 3, 4, 5, 6 and 7", "2, 4 and 6", "1 and 3", "1, 3, 5 and 7"),
        truth=kernels_kept,
        after=(
            "For an odd kernel the rule is right by rounding: (k − 1) / 2 on each side. For an "
            "even kernel the output is one too large: the total, k − 1, is odd there."
        ),
    ),
    Guess(
        "places_in_a_row",
        prompt=(
            "How many places are there in a row at stride 1, 2 and 3? Write down where the windows "
            "start."
        ),
        options=("7, 4 and 3", "5, 3 and 3", "5, 3 and 2", "5, 2 and 1"),
        truth=lambda: "{}, {} and {}".format(
            *(cnnbook.conv_output_size(7, 3, stride=stride) for stride in (1, 2, 3))
        ),
        alt=(
            "Three drawings of a row of pixels 0 to 6, with one line below it for each window and "
            "the three pixels that it reads. At stride 1 there are five lines, from 0 1 2 to 4 5 "
            "6. At stride 2 there are three: 0 1 2, 2 3 4 and 4 5 6. At stride 3 there are two, 0 "
            "1 2 and 3 4 5, and pixel 6 is crossed out."
        ),
        after=(
            "The top line is the row of pixels; each line below it is one place of the window. At "
            "stride 3 the next would start at 6 and hang over the edge, so nobody reads pixel 6: "
            "it is crossed out. In a picture of 7×7 that is a whole row and a whole column."
        ),
    ),
    Guess(
        "row_lost",
        prompt="Which row of the 224 of the picture is lost?",
        options=("the first, row 0", "none of them", "the last, row 223", "every second row"),
        truth=lambda: "" if cnnbook.unused_pixels(224, 7, stride=2, padding=3) else "none of them",
        after=(
            "One row is left over, but it is a row of padding: the remainder, 1, is not more than "
            "p = 3. With n = 7 and no padding the one row left over is a real one."
        ),
    ),
    Guess(
        "still_one",
        prompt=(
            "After four layers with zero padding, at how many of the 81 positions does the output "
            "still equal 1?"
        ),
        truth=still_one,
        after=(
            "The row shown is the middle one, from the left border to the centre. With zeros, each "
            "layer carries the border one pixel further in. After four layers only the centre "
            "still equals 1, and every other output depends on how far away the border is. With "
            "circular padding nothing of the kind happens: a ring has no border."
        ),
    ),
    Guess(
        "price_of_a_stride",
        prompt=(
            "At stride 2, which share of the variation does the restoration miss in the blurred "
            "map, and which in the map of edges?"
        ),
        options=(
            "0.75 and 0.75: three quarters of the outputs are gone",
            "0.44 and 0.01: a blur has lost the details already",
            "0.10 and 0.15: straight lines restore most of both maps",
            "0.01 and 0.44: neighbours are alike only in one of them",
        ),
        truth=lambda: "0.01 and 0.44: neighbours are alike only in one of them",
        after=(
            "The blurred map hardly suffers: 0.01 at stride 2, 0.03 at stride 4. A blur makes "
            "neighbours alike, and what lies between two of them can be guessed. The map of edges "
            "suffers at once: 0.44 at stride 2, 0.89 at stride 3. At stride 4 the restoration "
            "misses 1.17, and the mean alone would have been better. The lines of an edge map are "
            "thin, and a larger step misses them."
        ),
    ),
    Guess(
        "refused_dilation",
        prompt=(
            "The first layer has a 3×5 kernel and a padding of 4 rows above and below the 50 rows. "
            "Which dilation down is the smallest that is refused?"
        ),
        truth=refused_dilation,
        after=(
            "At a dilation of 29 the kernel reaches over 2 · 29 + 1 = 59 rows, and the padded "
            "image has 58. At 28 it reaches over 57, and there is one place for it."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = (
    "still_one",
    "price_of_a_stride",
    "refused_dilation",
)

QUESTIONS = {
    "recall_places": Question(
        "A kernel of 3 slides along a row of 5 pixels, one pixel at a time. How many outputs?",
        [
            Option("5", because="the window must not hang over the edge."),
            Option("3", correct=True, because="5 − 3 + 1 = 3: it starts at pixel 0, 1 or 2."),
            Option("2", because="that is 5 − 3, the steps. The first place counts, too."),
        ],
    ),
    "recall_window": Question(
        "Which rows and columns of the image does output (2, 1) of a 3×3 kernel read?",
        [
            Option("rows 1–3, columns 0–2", because="(2, 1) is the corner, not the middle."),
            Option("row 2, column 1", because="each output reads nine pixels."),
            Option("rows 2–4, columns 1–3", correct=True, because="(2, 1) is the top left corner."),
        ],
    ),
    "corner_of_nine": Question(
        "A 5×5 kernel, padding 1, stride 1, on a 9×9 image: how many windows read the corner "
        "pixel?",
        [
            Option("1", because="that is without padding, when only the first window reaches it."),
            Option("4", correct=True, because="windows start at −1 and 0, down and across: 2 · 2."),
            Option("25", because="only a pixel far from every border meets all 25 entries."),
        ],
    ),
    "padding_for_five": Question(
        "A 5×5 kernel at stride 1. Which `padding` keeps the size?",
        [
            Option("2", correct=True, because="a total of 5 − 1 = 4, half of it on each side."),
            Option(
                "4", because="4 is the total. The argument counts one side, so 8 would be added."
            ),
            Option("2.5", because="the total is k − 1, not k, and there are no half pixels."),
        ],
    ),
    "remainder_of_one": Question(
        "32×32 pixels, kernel 3, stride 2, padding 1. The division leaves a remainder of 1. "
        "What is not read?",
        [
            Option(
                "Row 31 and column 31 of the picture",
                because="a row and a column of padding lie after them.",
            ),
            Option(
                "The last row and column of the padding",
                correct=True,
                because="the remainder, 1, is not more than the padding, which is 1.",
            ),
            Option(
                "Nothing: PyTorch refuses it",
                because="the division is rounded down, and nothing is refused.",
            ),
        ],
    ),
}
