"""Guesses and question boxes of the chapter *Images as arrays*."""

from __future__ import annotations

import numpy as np

from cnnbook.data import photographs
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

CHANNELS = ("red", "green", "blue")


def number(light: float) -> int:
    """Return the converter's number under light in lux."""
    volts = 5 * 10 / (10 + 10 * (light / 10) ** -0.7)
    return min(int(256 * volts / 5), 255)


def light_from(step: int) -> float:
    """Return the light, in lux, at which a step of the converter begins."""
    volts = 5 * step / 256
    return float(10 * ((5 - volts) / volts) ** (-1 / 0.7))


def widest_step() -> str:
    """Return which of three steps covers the widest range of light."""
    step = max((9, 128, 246), key=lambda n: light_from(n + 1) - light_from(n))
    return f"the step at {step}"


def flower_in_channels() -> str:
    """Return in which channel the petals are brightest, and in which darkest."""
    petals = photographs.photograph("flower")[:, 150:290, 235:375].mean(axis=(1, 2))
    brightest, darkest = CHANNELS[int(petals.argmax())], CHANNELS[int(petals.argmin())]
    return f"brightest in {brightest}, darkest in {darkest}"


def edges_of_a_pixel() -> str:
    """Return to which edges the pixel [1, 4] of 4 rows and 6 columns is nearer."""
    row, column = np.argwhere(np.eye(1, 24, 1 * 6 + 4).reshape(4, 6))[0]
    side = "left" if column < 3 else "right"
    return f"nearer to the {side} and the {'top' if row < 2 else 'bottom'}"


GUESSES = [
    Guess(
        "tenfold_light",
        prompt=(
            "At 10 lx the number is 128. The light grows tenfold, to 100 lx, and tenfold again, to "
            "1000 lx. What do the two steps add to the number?"
        ),
        options=(
            "85 both times",
            "first 33, then 85",
            "first 85, then 33",
            "more than there is room for",
        ),
        truth=lambda: f"first {number(100) - number(10)}, then {number(1000) - number(100)}",
        after=(
            "The number does not grow tenfold. From 10 to 100 lx it goes from 128 to 213, and the "
            "next factor of ten adds only 33. The figure shows the resistance, a falling straight "
            "line on axes in powers of ten, and the number, which rises like an S and flattens at "
            "both ends."
        ),
        alt=(
            "Two curves over the light from 0.1 to 10,000 lux, an axis in powers of ten. On the "
            "left the resistance falls along a straight line from 251 to 0.08 kiloohm. On the "
            "right the number rises in the shape of an S: from 9 over 128 at 10 lux to 253."
        ),
    ),
    Guess(
        "widest_step",
        prompt=(
            "The curve of the numbers is flat at number 9 and at number 246, and steep at 128. "
            "Which of these three steps covers the widest range of light?"
        ),
        options=("the step at 9", "the step at 128", "the step at 246"),
        truth=widest_step,
        after=(
            "In lux, the step at 246 is by far the widest, and the one at 9 is the narrowest. As a "
            "factor, 9 and 246 are alike: within one step the light grows by 17 %, at 128 by only "
            "2 %. This is what the flat ends of the curve show, since its axis counts factors."
        ),
    ),
    Guess(
        "flower_in_channels",
        prompt=(
            "An orange flower stands before dark green leaves. In which channel is the flower "
            "brightest, and in which darkest?"
        ),
        options=(
            "brightest in red, darkest in blue",
            "brightest in red, darkest in green",
            "brightest in green, darkest in blue",
            "brightest in blue, darkest in green",
        ),
        truth=flower_in_channels,
        after=(
            "The figure shows the flower in colour and its three channels as grey pictures. The "
            "petals are almost white in the red channel, grey in the green one and darker still in "
            "the blue one. Photograph: vultilion, CC BY 2.0 [2]."
        ),
        alt=(
            "Four pictures of a round orange dahlia before dark leaves. In colour; then its red "
            "channel, where the flower is almost white; its green channel, where it is mid grey; "
            "and its blue channel, where it is dark grey."
        ),
    ),
    Guess(
        "disc_enlarged_or_drawn",
        prompt=(
            "Draw the disc with 12×12 pixels and enlarge that picture eight times. Or draw it with "
            "96×96 pixels at once. Both have the same number of pixels. Do they look alike?"
        ),
        options=(
            "Yes: all 96×96 pixels agree.",
            "No: the edge of the first has steps.",
            "No: the edge of the second has steps.",
        ),
        truth=lambda: "No: the edge of the first has steps.",
        after=(
            "The 12×12 disc, enlarged, keeps its coarse steps; the edge of the disc drawn anew is "
            "smooth. Enlarging a raster repeats what it has. The recipe knows more: eight numbers "
            "draw the disc sharply at any size, while the 96×96 raster holds 27,648 numbers and "
            "still is sharp at its own size only."
        ),
        alt=(
            "Three discs with an orange fill and a dark blue edge. The first is made of 12 by 12 "
            "pixels. The second is the first enlarged eight times and has the same steps in its "
            "edge. The third is drawn with 96 by 96 pixels and its edge is smooth."
        ),
    ),
    Guess(
        "one_bright_pixel",
        prompt=(
            "A picture has 4 rows and 6 columns, and one bright pixel at `x[1, 4]`. To which edges "
            "is it nearer?"
        ),
        options=(
            "nearer to the left and the top",
            "nearer to the left and the bottom",
            "nearer to the right and the bottom",
            "nearer to the right and the top",
        ),
        truth=edges_of_a_pixel,
        after=(
            "The bright pixel stands in row 1, counted from the top, and column 4, counted from "
            "the left. It is nearer to the top and to the right edge."
        ),
        alt=(
            "A black picture of four rows and six columns, with row numbers 0 to 3 from the top on "
            "its left and column numbers 0 to 5 from the left above it. One pixel is white: row 1, "
            "column 4."
        ),
    ),
    Guess(
        "reshaped_to_a_square",
        prompt=(
            "A part of the tower has 90 rows of 160 pixels. That is 14,400 numbers, as in a square "
            "of 120×120. What does the picture look like after `reshape(120, 120)`?"
        ),
        options=(
            "the whole roof, but squeezed",
            "a square part of the roof",
            "stripes without a roof",
        ),
        truth=lambda: "stripes without a roof",
        after=(
            "The reshaped picture has every number of the original, and no neighbour above or "
            "below is the right one: each of its rows takes 120 numbers, so the next row starts 40 "
            "pixels too early. The crop is a square part of the picture; the resized one is the "
            "whole roof but squeezed."
        ),
        alt=(
            "Four pictures of a tower's roof. The 90 by 160 original. After reshape to 120 by 120 "
            "it is a pattern of short dark stripes in which no tower can be seen. The crop of 90 "
            "by 90 shows the middle of the roof undistorted. Resized to 90 by 90, the whole roof "
            "is there, but too narrow."
        ),
    ),
    Guess(
        "numbers_to_learn",
        prompt=(
            "Each of CIFAR-10's ten classes has a weight for every number of a picture, and a "
            "bias. How many numbers must be learnt in all?"
        ),
        truth=lambda: 10 * (3 * 32 * 32) + 10,
        after=(
            "Each class has 3 · 32 · 32 = 3,072 weights, and ten classes with their biases make "
            "30,730 parameters. A picture of 32×48 pixels has 4,608 numbers: 1,536 of them would "
            "get no weight."
        ),
    ),
    Guess(
        "shuffled_world",
        prompt=(
            "The classifier of pixels got 432 of 450 right. By chance alone, 45 would be right. "
            "How many will the new classifier get right?"
        ),
        truth=lambda: 432,  # which the page trains for
        after=(
            "The shuffled world makes no difference at all: all 450 predictions are the same. A "
            "score is a sum, and a sum does not care about the order of its terms. And the "
            "gradient for a weight is made of the errors and of its own pixel alone, so both "
            "trainings, starting from zero, take the same steps under other names. The figure "
            "shows a zero and the weights of class 0, folded back into a picture of what "
            "the class is looking for: ink in the hole of the zero speaks against it (orange, "
            "negative), around it mostly for it (purple). Below, the shuffled zero and the weights "
            "learnt from shuffled images: the same colours, scattered."
        ),
        alt=(
            "Two rows of pictures. Above: an 8 by 8 handwritten zero, and the weights of class "
            "zero, which are mostly positive in a ring and negative in the middle. Below: the same "
            "zero with its pixels shuffled, a meaningless scatter, and the weights that were "
            "learnt from shuffled images, a scatter as well."
        ),
    ),
    Guess(
        "differences_of_neighbours",
        prompt=(
            "Strokes are some pixels wide, so neighbours are often alike. What becomes of the mean "
            "difference when the pixels are shuffled?"
        ),
        options=("It shrinks.", "It grows.", "It stays."),
        truth=lambda: "It grows.",
        after=(
            "The mean ink is the same, of course: no pixel was changed. The mean difference of "
            "neighbours grows by half, from 0.240 to 0.359. In pictures, neighbours resemble each "
            "other. Shuffling destroys that."
        ),
    ),
    Guess(
        "moved_by_a_column",
        prompt=(
            "How many of the 450 moved digits does the classifier trained on pixels still get "
            "right? It was 432."
        ),
        truth=lambda: 176,  # which the page computes
        after=(
            "To us the digits are the same, and 0.3 % of the ink is lost. Most answers are wrong."
        ),
    ),
]

QUESTIONS = {
    "first_channel": Question(
        "A colour picture `x` has the shape (3, 2, 2). `x[0]` is all 1, the rest is 0. "
        "What do you see?",
        [
            Option("A red square", correct=True, because="Channel 0 is red; the others are 0."),
            Option("A white square", because="White needs 1 in all three channels."),
            Option(
                "A picture whose top row is bright",
                because="The first axis counts channels. The top row is `x[:, 0]`.",
            ),
        ],
    ),
    "part_of_photo": Question(
        "You want the part of `photo` that is 200 pixels wide and 100 high. Its top left "
        "corner is 200 pixels below the top and 100 from the left. Which is it?",
        [
            Option(
                "`photo[:, 200:300, 100:300]`",
                correct=True,
                because="Rows 200 to 299, columns 100 to 299: 100 high and 200 wide.",
            ),
            Option(
                "`photo[:, 100:300, 200:300]`",
                because="This takes columns for rows. It is 200 high and 100 wide.",
            ),
            Option(
                "`photo[200:300, 100:300]`",
                because="The first axis counts channels, only three: nothing is left.",
            ),
        ],
    ),
    "own_order_for_each": Question(
        "Each image is shuffled by a random order of its own, in training and in test. "
        "What becomes of the linear classifier on pixels?",
        [
            Option(
                "Nothing: it never used neighbours",
                because="It uses places: weight p must meet the same place in every image.",
            ),
            Option(
                "It falls to about chance",
                correct=True,
                because="Entry p comes from another place in each image. Only the amounts of "
                "ink are left. (In a run, fewer than one in five were right.)",
            ),
            Option(
                "It loses a few per cent",
                because="That happened to the neighbour differences, with one order for all.",
            ),
        ],
    ),
}
