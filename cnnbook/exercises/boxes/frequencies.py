"""Guesses and question boxes of the chapter *Frequencies* and of its workshop."""

from __future__ import annotations

import numpy as np

from cnnbook.data import recorded_experiment
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question
from cnnbook.kernels import frequency_response


def box_at_a_half() -> str:
    """Return what the mean of three leaves of the finest wave."""
    height = float(frequency_response([1 / 3, 1 / 3, 1 / 3], 0.5).real)
    return "stripes of a third, upside down" if np.isclose(height, -1 / 3) else "nothing"


def blind_difference() -> str:
    """Return which of two waves the kernel −1 0 1 does not see."""
    gains = abs(frequency_response([-1, 0, 1], [0, 0.5]))
    return "to both" if np.allclose(gains, 0, atol=1e-12) else "to the constant row"


def wraps_around() -> str:
    """Return where a pixel at the end of eight acts, after a product of transforms."""
    row = np.zeros(8)
    row[7] = 9
    response = frequency_response([1 / 3, 1 / 3, 1 / 3], np.fft.fftfreq(8))
    acts = np.flatnonzero(np.fft.ifft(np.fft.fft(row) * response).real.round(6))
    return "at 6, 7 and 0" if acts.tolist() == [0, 6, 7] else "at 6 and 7"


def cycles_kept(f: float, stride: int) -> float:
    """Return of how many cycles per new pixel a wave looks, at every so many pixels."""
    return abs(f * stride - round(f * stride))


def same_answer() -> str:
    """Return how many digits of a hundred keep their answer, in the recorded experiment."""
    kept = np.mean(recorded_experiment("blur_then_stride")["numbers"]["same answer: stride"])
    return "about 65" if 60 < kept < 70 else "about 90"


GUESSES = [
    Guess(
        "box_at_a_half",
        prompt="The row 1 −1 1 −1 1 −1, and the mean of every three neighbours: what comes out?",
        options=(
            "nothing: the stripes cancel",
            "stripes of a third",
            "stripes of a third, upside down",
            "the stripes as they were",
        ),
        truth=box_at_a_half,
        after=(
            "Where the row has its 1, the two neighbours are −1: (−1 + 1 − 1)/3 = −1/3. The "
            "stripes are still there, with a third of their height, and bright has become dark. "
            "And this kernel is called a blur."
        ),
    ),
    Guess(
        "blind_difference",
        prompt=(
            "The kernel −1 0 1 finds edges. To which of these is it blind: to a constant row, to "
            "the finest stripes 1 −1 1 −1?"
        ),
        options=(
            "to the constant row",
            "to the finest stripes",
            "to both",
            "to neither",
        ),
        truth=blind_difference,
        after=(
            "The curve of −1 0 1 is 0 at both ends. It compares pixels that are two apart, and in "
            "stripes of one pixel these are equal. The finest edges of all are lost on it. It "
            "answers most at a quarter: there the left neighbour is lowest where the right one is "
            "highest."
        ),
        alt=(
            "Four curves over frequencies from 0 to one half. Mean of three: from 1 down through 0 "
            "at one third to minus one third. 1 2 1 over 4: from 1 down to 0 at one half, never "
            "below. Minus 1 3 minus 1: from 1 up to 5. Minus 1 0 1, its gain: from 0 up to 2 at a "
            "quarter and back to 0 at one half."
        ),
    ),
    Guess(
        "wraps_around",
        prompt=(
            "A row of eight pixels is 0 but for a 9 at its end, pixel 7. The mean of three, by a "
            "product of transforms: where does it give a 3?"
        ),
        options=("at 6 and 7", "at 6, 7 and 0", "at 7 and 0", "at 5, 6 and 7"),
        truth=wraps_around,
        after=(
            "At 6 and 7, and at 0: to the waves the row is a ring, and pixel 0 is the neighbour "
            "of pixel 7. With a zero in front and one behind, the ring closes on zeros, and what "
            "is left is a convolution with zeros outside."
        ),
    ),
    Guess(
        "tone_at_stride_2",
        prompt=(
            "A wave has 0.4 cycles per pixel. A stride of 2 keeps every second pixel. As how many "
            "cycles per new pixel does it come out?"
        ),
        options=("0.8", "0.4", "0.2", "none: it is too fine to be seen"),
        truth=lambda: f"{cycles_kept(0.4, 2):.1f}",
        after=(
            "The kept samples lie on a wave of 0.8 cycles per new pixel, and just as well on one "
            "of 0.2 (dashed): both meet every filled dot. Between these nobody looks, so no later "
            "layer can tell which it was."
        ),
        alt=(
            "A fine wave over pixels 0 to 20, with a filled dot at every second pixel and a ring "
            "at the others. A dashed wave, four times as slow, goes through the filled dots alone."
        ),
    ),
    Guess(
        "blur_before_or_after",
        prompt=(
            "Once more 0.4 cycles per pixel and a stride of 2, now with the blur 1 2 1 over 4. "
            "What is left of the wave if the blur comes before the stride, and what if after?"
        ),
        options=(
            "10 % and 10 %: the order does not matter",
            "10 % before, 65 % after",
            "65 % before, 10 % after",
        ),
        truth=lambda: "10 % before, 65 % after",
        after=(
            "Before the stride the blur meets 0.4 cycles per pixel and leaves cos²(0.4π) = 0.095 "
            "of it. After the stride it meets a wave of 0.2, which it takes for a slow one, and "
            "leaves cos²(0.2π) = 0.65."
        ),
    ),
    Guess(
        "same_answer",
        prompt=(
            "Of 100 test digits that move by one pixel: how many keep their answer, whichever it "
            "is, in the network that steps down by strides alone?"
        ),
        options=("about 99", "about 90", "about 65"),
        truth=same_answer,
        after=(
            "About two thirds. In the others one pixel to the side made another answer, though "
            "the digit is whole, and place as such cannot count."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ()

QUESTIONS = {
    "recall_kept": Question(
        "A stride of 2 keeps every second number, from the first on. What does it leave of "
        "0 9 0 9 0?",
        [
            Option(
                "0 0 0", correct=True, because="the nines stand in between, and leave no trace."
            ),
            Option("9 9", because="that is what it drops. It begins with the first number."),
            Option("0 9 0", because="a stride passes over numbers. It does not shorten the row."),
        ],
    ),
    "recall_flat": Question(
        "The kernel −1 2 −1 slides along a row of equal pixels. What comes out?",
        [
            Option("the pixels as they are", because="for that the kernel would have to sum to 1."),
            Option("twice the pixels", because="the neighbours count, too, each with −1."),
            Option("zeros", correct=True, because="−1 + 2 − 1 = 0, so equal pixels cancel."),
        ],
    ),
    "two_boxes": Question(
        "A row goes through the mean of two, and through the mean of two again. Which gain has the "
        "pair at a frequency where one has a gain of 0.5?",
        [
            Option("0.5", because="the second halves what the first has left."),
            Option("0.25", correct=True, because="one after the other, gains are multiplied."),
            Option("1", because="gains are multiplied, not added."),
        ],
    ),
    "which_blur": Question(
        "A map is to be reduced with stride 4. Which waves should the blur take away?",
        [
            Option(
                "those above 1/8 cycle per pixel",
                correct=True,
                because="stride s keeps what is slower than 1/(2s).",
            ),
            Option("those above 1/4", because="that is for stride 2."),
            Option(
                "those below 1/8",
                because="these are the ones that the stride can still tell.",
            ),
        ],
    ),
}
