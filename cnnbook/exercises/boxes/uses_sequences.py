"""Guesses and question boxes of *What convolution is for: sequences* and of its workshop."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

KERNEL = np.array([[[0, 1, 0, -1]]])
SOUNDS = {
    "the constant one": [1] * 8,
    "the one of period 2": [1, -1] * 4,
    "the one of period 4": [0, 1, 0, -1] * 2,
}
ALT_OF_KERNELS = (
    "Two panels. The left one shows two kernels over 32 samples, both waves: one slow with about "
    "one and a half periods, the other quick, with about six and a half. The right one shows how "
    "much of each frequency the two kernels contain: one curve peaks near 400 hertz, the other "
    "near 1600, and grey bands mark the frequencies of the low and high tones around these peaks."
)


def loudest() -> str:
    """Return the sound to which the kernel responds most."""
    responses = {
        name: np.abs(cnnbook.conv1d(np.array([[sound]]), KERNEL)).max()
        for name, sound in SOUNDS.items()
    }
    return max(responses, key=lambda name: responses[name])


GUESSES = [
    Guess(
        "which_sound",
        prompt="To which of the three sounds does the kernel 0 1 0 −1 give a large response?",
        options=tuple(SOUNDS),
        truth=loudest,
        after=(
            "Only the sound whose period is the kernel's. At the first place 0·0 + 1·1 + 0·0 + "
            "(−1)·(−1) = 2. One sample later the wave and the kernel are out of step, and the "
            "response is 0, then −2. It goes up and down with the wave."
        ),
    ),
    Guess(
        "learnt_kernels",
        prompt=(
            "Nobody tells the kernels which frequencies matter. Which frequencies do the two "
            "contain after training?"
        ),
        options=(
            "each mostly the frequencies of one tone",
            "each about as much of all frequencies",
            "each mostly the frequencies between the tones",
        ),
        truth=lambda: "each mostly the frequencies of one tone",
        alt=ALT_OF_KERNELS,
        after=(
            "The figure shows the two learnt kernels (solid and dashed) as waves, and how much of "
            "each frequency they contain. The grey bands are the low and the high tones. In this "
            "run one kernel peaks at 414 hertz and votes for low, the other at 1,648 and votes for "
            "high. Gradient descent has found waves. (With other seeds the two need not divide the "
            "tones between them: see the workshop.)"
        ),
    ),
    Guess(
        "order_in_time",
        prompt="Which of the four classes will this network tell apart?",
        options=(
            "all four",
            "rising and falling, but not low and high",
            "low and high, but not rising and falling",
        ),
        truth=lambda: "low and high, but not rising and falling",
        after=(
            "Low and high are always right, while rising and falling are a guess. The mean over "
            "time is the same whichever comes first. Recordings played backwards get nearly the "
            "same answers: 31 times rising in place of 33. The order must be looked at before the "
            "mean is taken."
        ),
    ),
    Guess(
        "picture_or_channels",
        prompt=(
            "For one of the two networks two classes are nearly the same. Which network, and "
            "which classes?"
        ),
        options=(
            "as a picture: low and high",
            "as a picture: rising and falling",
            "as channels: low and high",
            "as channels: rising and falling",
        ),
        truth=lambda: "as a picture: low and high",
        after=(
            "The picture network tells rising from falling, but hardly low from high. Its maximum "
            "forgets where in the picture a pattern stood: a horizontal line is a horizontal line. "
            "Here, a shift to the right is the same sound a little later, but a shift upwards is "
            "another sound."
        ),
    ),
    Guess(
        "width_1_or_3",
        prompt="What share of new strings do width 1 and width 3 get right?",
        options=("0.75 and 1.00", "0.50 and 0.75", "0.50 and 1.00", "1.00 and 1.00"),
        truth=lambda: "0.50 and 1.00",
        after=(
            "Width 1 sees which words occur, and both classes hold the same words equally often. "
            "So the bag of words is a coin toss here. Width 3 solves the task. Or so it seems."
        ),
    ),
    Guess(
        "plain_and_torn",
        prompt=(
            "How many of the plain and of the torn strings does the network of width 3 get right?"
        ),
        options=(
            "nearly all of both",
            "most plain ones, few torn ones",
            "few plain ones, most torn ones",
            "few of either",
        ),
        truth=lambda: "most plain ones, few torn ones",
        after=(
            "It fails: here it calls one plain string in four class 1, and most of the torn ones. "
            "In training, every string of class 0 held one of three wrong orders. So the network "
            "could learn these, as a sign of class 0, and need not look for the motif alone. Put "
            "one of these three into a plain string, and hardly any is called class 1. The two "
            "wrong orders that training never showed are called class 1 far more often, with each "
            "of eight seeds in the workshop's table."
        ),
    ),
    Guess(
        "kernel_or_maximum",
        prompt=(
            "Which does harm: the kernel that is shared along both axes, or the maximum over both?"
        ),
        options=("the shared kernel alone", "both, each a part", "the maximum over both alone"),
        truth=lambda: "the maximum over both alone",
        after=(
            "The shared kernel does no harm: with the maximum over time alone it is right "
            "everywhere, as the frequencies as channels are. The maximum over frequency does it, "
            "since it forgets the pitch."
        ),
    ),
    Guess(
        "mean_over_time",
        prompt=(
            "Which of the two tasks, order and counting, is helped by taking the mean over time "
            "in place of the maximum?"
        ),
        options=("the order", "the counting", "both", "neither"),
        truth=lambda: "the counting",
        after=(
            "A kernel's maximum at a motif is the same for one and for two. What the network still "
            "gets right, it must get from other traces: two motifs have more neighbours than one, "
            "and more chances of a rare one. The mean over time grows with each match, and all but "
            "solves the task. So the pooling over time says what may be forgotten: the maximum "
            "asks whether, the mean asks how much, and neither asks in which order, beyond what "
            "one window shows."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ("kernel_or_maximum", "mean_over_time")

QUESTIONS = {
    "recall_difference": Question(
        "The kernel −1 1 slides along the row of pixels 0 0 1 1, without padding. What comes out?",
        [
            Option("0 0 1", because="the middle place holds 0 1: −1·0 + 1·1 = 1."),
            Option("0 1 0", correct=True, because="it answers where dark turns to bright."),
            Option("1 0 1", because="the first place holds 0 0: −1·0 + 1·0 = 0."),
        ],
    ),
    "recall_moved_match": Question(
        "A match moves, but stays inside one window of a max pooling. "
        "What becomes of the window's maximum?",
        [
            Option("It stays.", correct=True, because="where in the window it stood is forgotten."),
            Option("It moves along.", because="one window gives one number, at one place."),
            Option("It becomes weaker.", because="it is as strong at its new place."),
        ],
    ),
    "two_unlike_axes": Question(
        "A table has one row per minute and one column per weather station, in alphabetical order. "
        "Along which axis should a kernel slide?",
        [
            Option("along the stations", because="alphabetical neighbours have nothing in common."),
            Option(
                "along time only, stations as channels",
                correct=True,
                because="a shift in time means the same, later. The next column is another town.",
            ),
            Option(
                "along both",
                because="another order of the columns would change every patch, "
                "and means the same.",
            ),
        ],
    ),
    "it_looks_for": Question(
        "The strings become 200 tokens long, with one motif somewhere. "
        "What happens to the kernel's response at the motif?",
        [
            Option(
                "It stays the same",
                correct=True,
                because="it is computed from three tokens, however many stand around them.",
            ),
            Option(
                "It becomes ten times weaker",
                because="that is the mean over time. A maximum does not divide by the length.",
            ),
            Option("The network cannot run", because="convolution and maximum take any length."),
        ],
    ),
}
