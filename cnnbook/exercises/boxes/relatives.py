"""Guesses and question boxes of the chapter *Convolution's relatives*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

Array = np.ndarray[Any, Any]

LAID_DOWN = np.array([1, 10, 100])


def cheaper_by() -> float:
    """Return how many times less work the depthwise-separable layer has."""
    ordinary = cnnbook.conv2d_cost(56, 64, 128, 3, padding=1, bias=False)
    depthwise = cnnbook.conv2d_cost(56, 64, 64, 3, padding=1, groups=64, bias=False)
    return ordinary.macs / (depthwise.macs + cnnbook.conv2d_cost(56, 64, 128, 1, bias=False).macs)


def two_copies() -> str:
    """Return the length of the output of 1 2, and the sum where its two copies meet."""
    row, kernel = np.array([[[1, 2]]]), LAID_DOWN[None, None, None]
    out = cnnbook.conv_transpose2d(row, kernel, stride=(1, 2)).ravel()
    return f"{len(out)} numbers, with {out[2]} where they meet"


def written_evenly() -> str:
    """Return which of the kernel sizes 3 and 4 writes inner pixels equally often at stride 2."""
    even = []
    for k in (3, 4):
        ones = np.ones((1, 1, 1, k), dtype=np.int64)
        row = np.ones((1, 1, 9), dtype=np.int64)
        counts = cnnbook.conv_transpose2d(row, ones, stride=(1, 2)).ravel()[k:-k]
        even.append(bool((counts == counts[0]).all()))
    return {
        (True, True): "at both",
        (True, False): "at k = 3, not at k = 4",
        (False, True): "at k = 4, not at k = 3",
        (False, False): "at neither",
    }[even[0], even[1]]


def ripple(maps: Array) -> float:
    """Return the difference between brightest and darkest, away from the border."""
    return float(np.ptp(maps[0, 4:-4, 4:-4]))


def stays_flat() -> str:
    """Return which way keeps a map of one brightness flat with uneven weights."""
    ways = {}
    for k in (3, 4):
        weight = np.arange(1.0, k * k + 1).reshape(1, 1, k, k)
        even = np.ones((1, 8, 8))
        ways[f"the transposed convolution with k = {k}"] = ripple(
            cnnbook.conv_transpose2d(even, weight, stride=2)
        )
    weight = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    ways["repeated pixels, then a convolution"] = ripple(
        cnnbook.conv2d(np.ones((1, 16, 16)), weight, padding=1)
    )
    (flat,) = [way for way, size in ways.items() if size < 1e-9]
    return flat


def strip_columns() -> int:
    """Return how often a head of 2×2 fits into maps of 60 / 4 columns."""
    return cnnbook.conv_output_size(60 // 4, 2)


GUESSES = [
    Guess(
        "dilations_1_2_4",
        prompt=(
            "How many pixels does an output of the third layer see, if the dilations are 1, 2 "
            "and 4?"
        ),
        truth=lambda: cnnbook.receptive_field([(3, 1, d) for d in (1, 2, 4)]),
        after=(
            "The figure shows the number of paths for each pixel. With dilations 1, 2, 4 the field "
            "is 3, 7 and 15: it more than doubles with each layer, for three weights more. Each of "
            "the 15 pixels has at least one path. With 2, 2, 2 the field reaches 13, and every "
            "second pixel has none: those six cells are crossed out."
        ),
        alt=(
            "Two rows of numbers. The upper row, for dilations 1 2 4, has 15 cells, none of them "
            "0: 1 1 2 1 3 2 3 1 3 2 3 1 2 1 1. The lower row, for dilations 2 2 2, has 13 cells, "
            "1 0 3 0 6 0 7 0 6 0 3 0 1, and the zeros are crossed out."
        ),
    ),
    Guess(
        "cheaper_by",
        prompt="How many times fewer multiplications do the two steps need?",
        truth=cheaper_by,
        after=(
            "231,211,008 against 27,496,448: a factor of 8.4. The ratio is 1 / (1/C_out + 1/k²), "
            "so with many channels it comes close to k² = 9. Nearly all that is left is the 1×1 "
            "convolution."
        ),
    ),
    Guess(
        "two_copies",
        prompt="How long is the output, and what stands where the two copies meet?",
        options=(
            "4 numbers, with 120 where they meet",
            "5 numbers, with 102 where they meet",
            "5 numbers, with 200 where they meet",
        ),
        truth=two_copies,
        after=(
            "The figure shows the copies 1 10 100 and 2 20 200, the second two cells further to "
            "the right, and below them their sum, 1 10 102 20 200."
        ),
        alt=(
            "Three rows of numbers. The first copy is 1 10 100 in the first three of five cells. "
            "The second copy is 2 20 200 in the last three. The sum is 1 10 102 20 200."
        ),
    ),
    Guess(
        "written_evenly",
        prompt=(
            "At stride 2, away from the border, is each pixel written equally often with a kernel "
            "of k = 3? And with one of k = 4?"
        ),
        options=("at k = 3, not at k = 4", "at both", "at neither", "at k = 4, not at k = 3"),
        truth=written_evenly,
        after=(
            "The figure shows the counts in two dimensions. At k = 3 the count along a row is "
            "1 1 2 1 2 1 2 …: in two dimensions that makes a checkerboard of 1, 2 and 4. When the "
            "stride divides the kernel, as at k = 4, the count is the same everywhere inside. A "
            "padding of 2 cuts the uneven ends off. With the usual padding of 1, which doubles the "
            "size exactly, the outermost pixels are still written once."
        ),
        alt=(
            "Two square grids of numbers. For kernel 3 and stride 2 the rows alternate between "
            "1 1 2 1 2 1 1 and 2 2 4 2 4 2 2, so that fours and twos and ones form a checkerboard. "
            "For kernel 4 and stride 2 all inner cells hold 4, the two outer rings 2 and their "
            "corners 1."
        ),
    ),
    Guess(
        "stays_flat",
        prompt="Which of the three ways keeps a map of one brightness flat, whatever the weights?",
        options=(
            "the transposed convolution with k = 3",
            "the transposed convolution with k = 4",
            "repeated pixels, then a convolution",
        ),
        truth=stays_flat,
        after=(
            "With stride 2 each output pixel meets only every second tap: even pixels taps 0 and "
            "2, odd pixels taps 1 and 3. The output is flat only if both have the same sum, as in "
            "the last line's 1 3 3 1. Random or learnt weights need not. After repeating, each "
            "output pixel uses all nine taps, so all get the same sum."
        ),
    ),
    Guess(
        "strip_columns",
        prompt=(
            "The maps of the strip are 15 columns wide, and the folded head's kernels 2. How many "
            "columns of scores come out?"
        ),
        truth=strip_columns,
        after=(
            "14 of them, 4 pixels apart, because two poolings make the jump 4. Each third belongs "
            "to a window that holds exactly one digit. Compare the lines `labels` and `read`. The "
            "windows in between hold parts of two digits, and their scores mean little. The good "
            "ones change by up to 0.06, since the padding no longer stands where a digit ends. "
            "One strip costs less than 14 windows: neighbours share their maps."
        ),
    ),
    Guess(
        "clear_in_four_seeds",
        prompt=(
            "One of the three changes made a difference to the test error that is clear in all "
            "four seeds. Which?"
        ),
        options=("residual connections", "batch normalisation", "separable layers"),
        # Training the sixteen networks takes longer than a guess may.
        truth=lambda: "batch normalisation",
        after=(
            "All runs of `plain` lie at 13 % or more, all runs of `norm` below 6 %. The ranges of "
            "the other two overlap with that of `norm`. The figure shows the mean training loss on "
            "a logarithmic axis. Norm falls fastest, to 0.01. With separable convolutions and with "
            "residual connections it ends somewhat higher, and plain stays near 0.4."
        ),
        alt=(
            "Four curves of the training loss over six epochs on a logarithmic axis. Plain ends "
            "highest, near 0.4. Norm with residual connections and norm with separable "
            "convolutions end near 0.05 and 0.03, and norm alone lowest, at 0.01."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("clear_in_four_seeds",)

QUESTIONS = {
    "dilation_of_4": Question(
        "A 3×3 kernel gets dilation 4. What changes?",
        [
            Option(
                "The number of weights: it is now a 9×9 kernel.",
                because="it still has nine weights. They span 9 pixels each way: 4 · 2 + 1.",
            ),
            Option(
                "The image: three of four pixels are removed.",
                because="no pixel is removed. At stride 1 other windows read what this one skips.",
            ),
            Option(
                "The place of its nine taps: they are 4 pixels apart.",
                correct=True,
                because="dilation is the spacing between the taps, and nothing else.",
            ),
        ],
    ),
    "recall_groups": Question(
        "A layer has 64 channels in, 128 out and 4 groups. How many channels does each of its "
        "kernels read?",
        [
            Option("16", correct=True, because="64 / 4: those of its group."),
            Option("32", because="128 / 4 kernels belong to a group."),
            Option("64", because="that is a layer without groups."),
        ],
    ),
    "recall_field": Question(
        "Two layers of 3 taps follow each other in one row, both with stride 1. How many pixels "
        "does an output of the second see?",
        [
            Option("6", because="neighbouring windows overlap: they share pixels."),
            Option("5", correct=True, because="3 pixels, and one more on either side."),
            Option("3", because="it reads 3 outputs of the first, and each of them sees 3 pixels."),
        ],
    ),
    "size_of_7": Question(
        "A transposed convolution with k = 4, s = 2, p = 1 gets a map of 7×7. What size has its "
        "output?",
        [
            Option(
                "14×14", correct=True, because="2 · 6 + 3 + 1 − 2 = 14: exactly twice the size."
            ),
            Option(
                "16×16", because="that is without the padding. Here it cuts a pixel off each side."
            ),
            Option(
                "18×18", because="padding is cut off a transposed convolution's output, not added."
            ),
            Option("3×3", because="that is the ordinary convolution with the same arguments."),
        ],
    ),
    "a_or_b": Question(
        "Design A has a test error of 4.8 % on average over four seeds, design B of 5.7 %. The "
        "runs of A lie between 4.2 and 5.6 %, those of B between 4.9 and 6.2 %. What do you "
        "report?",
        [
            Option(
                "The ranges overlap: with four seeds no difference was shown.",
                correct=True,
                because="with more seeds or more test images one may appear, or not.",
            ),
            Option(
                "A is better, by 0.9 percentage points.",
                because="other seeds might have turned the order round.",
            ),
            Option(
                "A and B are equally good.",
                because="that was not shown either. Four runs cannot exclude a small difference.",
            ),
        ],
    ),
}
