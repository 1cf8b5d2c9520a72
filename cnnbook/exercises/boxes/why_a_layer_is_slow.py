"""Guesses and question boxes of the chapter *Why a layer is slow* and of its workshop."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.data import recorded
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

# The machine with round numbers: multiply–accumulates and bytes a second
PEAK, BANDWIDTH = 40e9, 10e9

ALT_OF_RATIOS = (
    "Horizontal marks on a logarithmic axis, for each kind of convolution layer: a dot for the "
    "forward pass and a cross for the backward pass, at the time of cnnbook divided by PyTorch's. "
    "Most lie between one and four; those of the 31×31 kernels lie far below one."
)
SPEEDS = {
    "about as fast": 1.0,
    "a third to a half of the speed": 2.5,
    "a tenth of the speed": 10.0,
    "a hundredth of the speed": 100.0,
}


def depthwise(side: int = 56, channels: int = 64) -> tuple[int, int]:
    """Count MACs and bytes of a depthwise 3×3 layer, for one image."""
    pixels = side**2 * channels
    return 9 * pixels, 4 * (2 * pixels + 9 * channels)


def intensity_of_depthwise() -> float:
    """Return its multiply–accumulates for each byte."""
    macs, moved = depthwise()
    return round(macs / moved, 1)


def share_of_peak() -> int:
    """Return which percentage of the round machine's peak a depthwise layer reaches, at best."""
    macs, moved = depthwise()
    return round(100 * min(1.0, macs / moved * BANDWIDTH / PEAK))


def within_two() -> str:
    """Return for how many of the eight layers the recorded prediction is within a factor of 2."""
    hits = sum(0.5 <= row["ratio"] <= 2 for row in recorded("roofline")["rows"])
    return "two or three" if hits < 4 else "four or five" if hits < 6 else "six or more"


def kernel_of_fourier() -> str:
    """Return from which recorded kernel on Fourier's way was the faster, 3 channels to 8."""
    sizes = [
        row["kernel"]
        for row in crossing()
        if row["milliseconds"]["fourier"] < row["milliseconds"]["unrolled"]
    ]
    return f"from {min(sizes)}×{min(sizes)} on"


def crossing() -> list[dict[str, Any]]:
    """Return the recorded forward passes of 3 channels to 8, 16 images of 32×32."""
    return [
        row
        for row in recorded("engine-crossing")["rows"]
        if (row["layer"], row["batch"], row["side"]) == ("3→8", 16, 32)
        and row["operation"] == "forward"
    ]


def recorded_speed() -> str:
    """Return which of the speeds is nearest to the recorded median, in powers of ten."""
    rows = recorded("engine")["convolutions"]
    times = np.median([row["forward"] for row in rows if "31×31" not in row["case"]])
    return min(SPEEDS, key=lambda speed: abs(np.log(SPEEDS[speed] / times)))


GUESSES = [
    Guess(
        "macs_for_each_byte",
        prompt=(
            "For each byte that it moves, how many multiply–accumulates does the depthwise 3×3 do?"
        ),
        truth=intensity_of_depthwise,
        after=(
            "About one: nine multiplications for one number read and one written, of four bytes "
            "each. In the ordinary 3×3, a number that was read once serves 64 kernels. ReLU and "
            "max pooling multiply nothing at all, and take time."
        ),
    ),
    Guess(
        "share_of_the_peak",
        prompt=(
            "The round machine can do 40 billion multiply–accumulates a second. What share of "
            "them does it reach in the depthwise layer, at best?"
        ),
        truth=share_of_peak,
        unit="%",
        after=(
            "10 billion bytes a second, and 1.1 multiply–accumulates with each: 11 of 40 billion. "
            "The rest of the time the multipliers wait."
        ),
    ),
    Guess(
        "within_a_factor_of_two",
        prompt=(
            "Two numbers describe the whole machine. For how many of the eight layers is the "
            "measured time within a factor of two of the predicted one?"
        ),
        options=("two or three", "four or five", "six or more"),
        truth=within_two,
        after="The last column is measured divided by predicted: 1 is a layer on its roof.",
    ),
    Guess(
        "multiplications_left",
        prompt=(
            "A tile of 2×2 outputs of a 3×3 kernel needs 4·9 = 36 multiplications. How many does "
            "Winograd's way need, rows within rows?"
        ),
        truth=lambda: 4 * 4,
        after=(
            "Four in a row in place of six, and four such rows in place of six: 16 in place of "
            "36, 2.25 times fewer."
        ),
        alt=(
            "Four squares of numbers: 4 by 4 pixels, beginning 1 2 3 4; the tile they are changed "
            "to, 4 by 4, beginning -6 4 2 -1; the kernel, changed to rows 1 3 1 3 and 3 9 3 9 by "
            "turns; and 2 by 2 outputs, 42 63 above 65 46."
        ),
    ),
    Guess(
        "fourier_from",
        prompt=(
            "16 images of 32×32, 3 channels to 8. From which kernel on was Fourier's way the "
            "faster one?"
        ),
        options=("from 7×7 on", "from 14×14 on", "from 31×31 on"),
        truth=kernel_of_fourier,
        after=(
            "By Fourier the time hardly depends on the kernel. The direct way does k² "
            "multiplications for each output, so that its time grows until the two lines cross."
        ),
    ),
    Guess(
        "beside_pytorch",
        prompt="How fast is the forward pass of the usual small kernels, beside PyTorch?",
        options=tuple(SPEEDS),
        truth=recorded_speed,
        alt=ALT_OF_RATIOS,
        after=(
            "The figure shows the time of a forward and of a backward pass, divided by "
            "PyTorch's: mostly between one and four times, and far less than PyTorch's for "
            "kernels of 31×31. For the usual small kernels the median is below three times "
            "PyTorch's time."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("beside_pytorch",)

QUESTIONS = {
    "recall_one_output": Question(
        "A 3×3 convolution takes 64 channels to 128. How many multiplications make one of its "
        "output numbers?",
        [
            Option("9", because="that is one slice of the kernel. There are 64."),
            Option("576", correct=True, because="nine for each of 64 channels."),
            Option("73,728", because="these make one number for each of 128 channels."),
        ],
    ),
    "recall_bytes_of_maps": Question(
        "How many bytes have 64 maps of 56×56 in float32?",
        [
            Option("802,816", correct=True, because="64·56·56 numbers of 4 bytes."),
            Option("200,704", because="so many numbers they are. Each has 4 bytes."),
            Option("1,605,632", because="that would be float64, 8 bytes for each number."),
        ],
    ),
    "recall_separable": Question(
        "What may take the place of an ordinary 3×3 convolution, with an eighth of the "
        "multiplications?",
        [
            Option(
                "A 1×1 convolution, then ReLU.",
                because="then nothing would look at a neighbourhood.",
            ),
            Option(
                "A 3×3 convolution with stride 2.",
                because="that computes a quarter of the outputs.",
            ),
            Option(
                "A depthwise 3×3, then a 1×1 convolution.",
                correct=True,
                because="the first looks around in each channel, the second mixes channels.",
            ),
        ],
    ),
    "first_call": Question(
        "A function is timed once, right after Python has started. What may that time hold, beside "
        "its work?",
        [
            Option(
                "Nothing: the clock starts before the call and stops after it.",
                because="much happens within that call, for the first time only.",
            ),
            Option(
                "Loading libraries, choosing a method, asking the system for memory.",
                correct=True,
                because="all of it happens once. Call it before you time it, then often.",
            ),
            Option(
                "The time of the other layers.",
                because="a call on the processor waits for nobody else's work.",
            ),
        ],
    ),
}
