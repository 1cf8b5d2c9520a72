"""Guesses and question boxes of the chapter *Pooling*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

Array = np.ndarray[Any, Any]

MAP = np.array([[1.0, 3, 5, 3], [6, 2, 0, 8], [4, 6, 1, 4], [2, 8, 0, 3]])
STRIPES = np.array([[0, 0, 1, 1, 0, 0, 1, 1]])
NEGATIVE = np.array([[-5.0, -3.0], [-2.0, -4.0]])


def lower_left_window() -> str:
    """Return the maximum and the mean of the window 4 6 / 2 8."""
    largest = cnnbook.max_pool2d(MAP[None], 2)[0, 1, 0]
    return f"{largest:.0f} and {cnnbook.avg_pool2d(MAP[None], 2)[0, 1, 0]:.0f}"


def padded_maximum() -> str:
    """Return the maximum of the window with the −5, with the library's padding."""
    return f"{cnnbook.max_pool2d(NEGATIVE[None], 2, padding=1)[0, 0, 0]:.0f}".replace("-", "−")


def corner_means() -> str:
    """Return the mean in the corner of a map of ones, if its padding counts and if not."""
    ones = np.ones((1, 3, 3))
    counted, left_out = (
        cnnbook.avg_pool2d(ones, 3, stride=1, padding=1, count_include_pad=counts)[0, 0, 0]
        for counts in (True, False)
    )
    return f"{counted:.2f} and {left_out:.2f}"


def pooled_stripes() -> str:
    """Return the stripes, pooled after the move by one pixel."""
    moved = np.roll(STRIPES, 1, axis=1)
    return " ".join(map(str, cnnbook.max_pool2d(moved[None], (1, 2))[0, 0]))


GUESSES = [
    Guess(
        "three_windows",
        prompt=(
            "The map 1 3 5 3 / 6 2 0 8 / 4 6 1 4 / 2 8 0 3 has four windows of 2×2, side by side. "
            "What are the maximum and the mean of the lower left one?"
        ),
        options=("8 and 20", "8 and 5", "6 and 5", "8 and 4"),
        truth=lower_left_window,
        after=(
            "The four windows stand in dashed frames. The maxima are 6 8 / 8 4, the means "
            "3 4 / 5 2."
        ),
        alt=(
            "Three grids. The input of four rows and four columns is 1 3 5 3, 6 2 0 8, 4 6 1 4 and "
            "2 8 0 3, with four dashed frames, each round two by two cells. The maxima are 6 8 and "
            "8 4. The means are 3 4 and 5 2."
        ),
    ),
    Guess(
        "strong_or_everywhere",
        prompt="Which of the two windows wins by the maximum, and which by the mean?",
        options=(
            "the one strong match wins by both",
            "all weak by the maximum, one strong by the mean",
            "one strong by the maximum, all weak by the mean",
        ),
        truth=lambda: "one strong by the maximum, all weak by the mean",
        after=(
            "The maximum says whether the pattern is somewhere in the window, and how well it "
            "matches at best: 8 against 3. The mean says how much of it there is: 3 against 2."
        ),
    ),
    Guess(
        "zeros_outside",
        prompt="What does max pooling with `padding=1` give in the window that holds the −5?",
        options=("0", "−3", "−5", "−∞"),
        truth=padded_maximum,
        after=(
            "The real pixel, −5, comes out. Zeros outside would win every window, though no pixel "
            "is 0."
        ),
    ),
    Guess(
        "fewer_parameters",
        prompt="Which of the three layers has fewer parameters with the poolings than without?",
        options=(
            "all three layers",
            "the second convolution and the linear layer",
            "the linear layer alone",
            "none of the three",
        ),
        truth=lambda: "the linear layer alone",
        after=(
            "The convolutions keep their 416 and 12,832 parameters: a kernel is as large on a "
            "small map as on a large one. The linear layer has a weight for each number that is "
            "left: 15,690 in place of 250,890. And the second convolution visits a quarter of the "
            "places: 2,508,800 MACs in place of 10,035,200."
        ),
    ),
    Guess(
        "stripes_moved",
        prompt=(
            "The row 0 0 1 1 0 0 1 1, max-pooled by 2, gives 0 1 0 1. Now the row moves right by "
            "one pixel (the last 1 enters on the left). What does pooling give then?"
        ),
        options=("0 1 0 1", "1 0 1 0", "1 1 1 1", "0 0 1 0"),
        truth=pooled_stripes,
        after=(
            "0 1 0 1 becomes 1 1 1 1. Nothing is invariant here, and nothing is equivariant "
            "either: no shift turns the one into the other. Before the move each pair of ones "
            "filled one window. After it, each pair is cut in two, and both windows see a 1."
        ),
    ),
    Guess(
        "shuffled_windows",
        prompt="Do the pooled pictures of the two differ?",
        options=("both do", "by the maximum only", "by the mean only", "neither does"),
        truth=lambda: "neither does",
        after=(
            "In the shuffled copy all tiles dissolve into grain. Below are the max-pooled and "
            "mean-pooled pictures of the shuffled copy; the photograph's own are the same. No "
            "later layer can know which of the two it was given. (Photograph: danielbuechele, "
            "CC BY 2.0 [1].)"
        ),
        alt=(
            "Four pictures of a tower with two tiled roofs. The upper left one is the photograph. "
            "In the upper right one the pixels are shuffled within small windows: tiles and "
            "columns dissolve into grain. Below, the max-pooled and the mean-pooled picture of the "
            "shuffled one, both coarse, with the roofs still visible."
        ),
    ),
    Guess(
        "mean_in_the_corner",
        prompt="What is the mean in the corner if the padding counts, and what if it does not?",
        options=("0.44 and 1.00", "0.67 and 1.00", "1.00 and 0.44", "1.00 and 1.00"),
        truth=corner_means,
        after=(
            "A corner window holds four ones and five zeros. If the padding counts, which is the "
            "default, its mean is 4 / 9 = 0.44, and an even map gets a dark border. If not, the "
            "four ones are divided by 4, and the map stays even."
        ),
    ),
    Guess(
        "change_or_distance",
        prompt="Which of the numbers will max pooling lower?",
        options=(
            "the change after a shift",
            "the change and the distance to another digit",
            "the distance to another digit",
        ),
        truth=lambda: "the change and the distance to another digit",
        after=(
            "Pooled maps do change less: after two pixels by 0.73 (max 2) or 0.54 (max 4) instead "
            "of 0.92. Every 4th pixel leaves as many numbers as max 4, and changes by 0.84: it "
            "helps to look at all pixels of the window. Only the global mean does not change at "
            "all. But the other digits come nearer, too: from 0.56 to 0.46 and 0.32, and to 0.01 "
            "for the global mean. So max pooling hardly lowers the ratio: 1.65 without pooling, "
            "1.59 with max 2, 1.65 again with max 4. At stride 1 it falls further, to 1.51. "
            "(These moves are to the right. Up and down the ratio is about 1.8 without pooling, "
            "and about 1.7 with max 2 and max 4.)"
        ),
    ),
    Guess(
        "three_pixels_on",
        prompt=(
            "Without pooling nearly all digits are recognised where they stand. How many still "
            "are after a shift by three pixels?"
        ),
        options=("nearly all of them", "about two thirds", "about one third", "hardly any"),
        truth=lambda: "about one third",
        after=(
            "Without pooling it is 32.7 %, with max 4 38.2 %; after two pixels 62.7 and 61.6 %. "
            "The global mean is not moved by any shift: 29.6 % every time. That is invariance, and "
            "it has forgotten what most digits are."
        ),
    ),
    Guess(
        "learnt_by_heart",
        prompt=(
            "Sixteen kernels without pooling learn all of the 200 random labels by heart, and with "
            "pooling 70 %. How many do 256 kernels learn with pooling?"
        ),
        options=("fewer than 70 %", "about 70 % again", "about 85 %", "all of them"),
        truth=lambda: "all of them",
        after=(
            "Pooling alone does not prevent it. What counts here is the number of inputs of the "
            "linear layer, and so of its weights: 1,024, 64 and 1,024 for each class in the first "
            "three rows. Pooling is one way to make that number small, and fewer kernels are "
            "another."
        ),
    ),
    Guess(
        "stride_in_place",
        prompt="Which of the three has the most parameters, and which the fewest MACs?",
        options=(
            "most: convolution and pooling; fewest: convolution with stride 2",
            "most: two convolutions; fewest: convolution and pooling",
            "most: two convolutions; fewest: convolution with stride 2",
        ),
        truth=lambda: "most: two convolutions; fewest: convolution with stride 2",
        after=(
            "The strided convolution has the parameters of the first row and a quarter of its "
            "work: it computes one number where max pooling chooses among four. Replacing the "
            "pooling by a convolution of its own adds 16,448 parameters, and the network learns "
            "what to keep."
        ),
    ),
    Guess(
        "head_of_means",
        prompt=(
            "32 maps of 7×7 and ten classes: how many parameters, biases included, does the linear "
            "layer have after the global mean?"
        ),
        truth=lambda: 32 * 10 + 10,
        after="After `flatten` it has a weight for each of 32 · 49 numbers and class: 15,690.",
    ),
]

#: Those that stand in the workshop.
WORKSHOP = (
    "mean_in_the_corner",
    "change_or_distance",
    "three_pixels_on",
    "learnt_by_heart",
    "stride_in_place",
    "head_of_means",
)

QUESTIONS = {
    "recall_moved_image": Question(
        "An image moves to the right by one pixel. What does its feature map do?",
        [
            Option("It stays as it is.", because="the matches stand where their patches stand."),
            Option("It moves to the right by one pixel.", correct=True, because="as the X did."),
            Option("It is another map, place by place.", because="each match only moves."),
        ],
    ),
    "recall_places": Question(
        "A row of 7 pixels, a window of 3 and a stride of 2: how many places are there?",
        [
            Option("5", because="that is stride 1: 7 − 3 + 1."),
            Option("2", because="(7 − 3)/2 counts the steps. The first place counts, too."),
            Option("3", correct=True, because="(7 − 3)/2 + 1 = 3."),
        ],
    ),
    "zeros_behind_relu": Question(
        "A max pooling layer stands behind a `relu`. Its padding is −∞. "
        "What would change if it were 0?",
        [
            Option(
                "The border outputs would be 0.",
                because="a window with a positive pixel keeps that pixel: it beats the 0.",
            ),
            Option(
                "Windows on the border would get a smaller maximum.",
                because="more candidates never make a maximum smaller.",
            ),
            Option(
                "Nothing: no pixel behind a `relu` is below 0.",
                correct=True,
                because="every window holds a pixel of 0 or more: a 0 changes nothing.",
            ),
        ],
    ),
    "certain_shift": Question(
        "Maps are max-pooled by 2 with stride 2. Which shift of the input is certain to "
        "give the same output, moved by whole pixels (away from the border)?",
        [
            Option("one pixel", because="the stripes above moved by one: a new result."),
            Option(
                "two pixels",
                correct=True,
                because="each window moves onto its neighbour's place.",
            ),
            Option("none", because="whole windows keep their contents when they move."),
        ],
    ),
}
