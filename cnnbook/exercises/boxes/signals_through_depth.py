"""Guesses and question boxes of the chapter *Signals through depth* and of its workshop."""

from __future__ import annotations

import numpy as np

from cnnbook import layers
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question

ALT_OF_DEPTH = (
    "The second moment on a logarithmic axis against the number of layers, 0 to 10. Ten thin lines "
    "with round marks fall with the dashed computed line from 1 to about two hundred-millionths. "
    "Ten thin lines with triangles run along the other dashed line at 1, and spread to between 0.4 "
    "and 2 at the right."
)


def ten_layers() -> str:
    """Return what ten layers leave of a second moment, to the nearest option."""
    left = (1 / 2 * 1 / 3) ** 10
    return "about 1 in 60 million" if round(1 / left, -6) == 60e6 else ""


def in_evaluation() -> str:
    """Return what a new layer answers in evaluation mode after one batch of 0 1 2 3."""
    norm, x = layers.BatchNorm2d(1, dtype=np.float64), np.arange(4.0).reshape(1, 1, 2, 2)
    norm(x)
    near = np.abs(norm.eval()(x) - x).max() < 0.25
    return "nearly the numbers that came in" if near else ""


def sixteen_blocks() -> str:
    """Return by what factor sixteen sums multiply the second moment with He's weights."""
    return f"by {2**16:,}"


GUESSES = [
    Guess(
        "ten_layers",
        prompt="What do ten such layers leave of a second moment of 1, on average?",
        options=("about a half", "about 1 in 1,000", "about 1 in 60 million"),
        truth=ten_layers,
        alt=ALT_OF_DEPTH,
        after=(
            "Each line is one network, ten of each kind. With PyTorch's weights each layer leaves "
            "a sixth, and 6 · 6 · … · 6 is 60,466,176. The upper lines have the same weights, "
            "times √6: then each layer multiplies by 1. Single networks stray from the computed "
            "line, and further with each layer, but none strays from one line to the other."
        ),
    ),
    Guess(
        "ten_plain_layers",
        prompt=(
            "Ten plain layers learn 500 digits, in ten epochs. How many test digits are wrong with "
            "PyTorch's first weights, compared with He's?"
        ),
        options=("about as many", "about 1.5 times as many", "about 5 times as many"),
        # Training takes longer than a guess may.
        truth=lambda: "about 5 times as many",
        after=(
            "214 of 450 against 43.4, on average over five seeds. Each arm had the best of three "
            "learning rates."
        ),
    ),
    Guess(
        "in_evaluation",
        prompt=(
            "A new layer has seen one batch, the numbers 0 1 2 3. Now it is in evaluation mode, "
            "and gets the same four numbers. What comes out?"
        ),
        options=("what came out in training", "nearly the numbers that came in", "four zeros"),
        truth=in_evaluation,
        after=(
            "After one batch the running mean is 0.9 · 0 + 0.1 · 1.5 = 0.15, and the running "
            "variance 0.9 · 1 + 0.1 · 1.667 = 1.067. Both are still near their start, 0 and 1."
        ),
    ),
    Guess(
        "judged_fairly",
        prompt=(
            "How far do the errors of `plain` and `norm` lie apart with He's first weights, or "
            "with twenty epochs?"
        ),
        options=(
            "as far as with six epochs and PyTorch's weights",
            "less far, but still apart",
            "no longer apart",
        ),
        truth=lambda: "less far, but still apart",
        after=(
            "With He's first weights `plain` has 35.8, and with twenty epochs in place of six "
            "34.4. So a part of the gap is the first weights and the time, and a part stays."
        ),
    ),
    Guess(
        "sixteen_blocks",
        prompt=(
            "He's weights, 16 blocks `x + conv(ReLU(x))`, no normalisation. By about how much is "
            "the second moment multiplied?"
        ),
        options=("by 2", "by 17", "by 65,536"),
        truth=sixteen_blocks,
        after=(
            "On average over the weights, the branch adds as much as is there already: each block "
            "doubles, and 2¹⁶ = 65,536; these five networks lie somewhat above. If the branch ends "
            "in a ReLU it only adds, never takes away, and the sum grows faster still. With batch "
            "norm first, the branch adds 1 each time, whatever is there: 1 + 16 = 17."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = ()

QUESTIONS = {
    "recall_blocked": Question(
        "The input of a ReLU was −2, and a slope of 5 comes back to its output. What goes on to "
        "its input?",
        [
            Option("5", because="so it would be for a positive input."),
            Option("0", correct=True, because="a small change of −2 leaves the output at 0."),
            Option("−10", because="a slope is multiplied by the slope of ReLU, here 0."),
        ],
    ),
    "recall_products": Question(
        "A 3×3 convolution has 64 channels in and 128 out. How many products does one output "
        "add up?",
        [
            Option("576", correct=True, because="9 taps in each of 64 channels."),
            Option("9", because="that is one channel. All 64 are added."),
            Option("1,152", because="that is 9 · 128: the outputs that one input goes into."),
        ],
    ),
    "recall_first_loss": Question(
        "Ten classes, and a network that gives all of them the same score. What is its "
        "cross-entropy?",
        [
            Option("10", because="each class has the probability 1/10; the loss is its −ln."),
            Option("0.1", because="that is the probability. The loss is its −ln."),
            Option("2.30", correct=True, because="−ln(1/10) = ln 10."),
        ],
    ),
    "which_norm": Question(
        "You train with batches of two large images. Which layer's mean hangs on few images only?",
        [
            Option(
                "Group norm's: it splits the channels.",
                because="its sets lie within one image. The batch's size is nothing to it.",
            ),
            Option(
                "Batch norm's: it averages over the batch.",
                correct=True,
                because="two images, and their places, make its mean and its variance.",
            ),
            Option(
                "Layer norm's: it averages over all channels.",
                because="of one image, in training and afterwards.",
            ),
        ],
    ),
    "scaled_weights": Question(
        "A convolution without bias is followed by batch norm. All its weights are multiplied "
        "by 10. What happens to the layer's outputs, but for ε?",
        [
            Option("They grow tenfold.", because="mean and standard deviation grow as well."),
            Option("They stay.", correct=True, because="dividing by the spread takes it out."),
            Option("They shrink to a tenth.", because="both are divided by the same spread."),
        ],
    ),
}
