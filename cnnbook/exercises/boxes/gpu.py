"""Guesses and question boxes of the chapter *On the GPU*."""

from __future__ import annotations

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question


def ended(launch: float, kernel: float) -> float:
    """Return when the last of five equal kernels ends."""
    device = 0.0
    for number in range(1, 6):
        device = max(device, number * launch) + kernel
    return device


def gains_more() -> str:
    """Return in which queue kernels of half the length make the work much shorter."""
    names = {(1, 3): "the one with long kernels", (3, 1): "the one with short kernels"}
    gains = [
        name
        for (launch, kernel), name in names.items()
        if ended(launch, kernel / 2) < 0.8 * ended(launch, kernel)
    ]
    return gains[0] if len(gains) == 1 else "both, by the same factor"


def channels_last() -> str:
    """Return 0 to 11 as they lie in memory, all channels of a pixel side by side."""
    return " ".join(map(str, np.arange(12).reshape(2, 2, 3).transpose(1, 2, 0).ravel()))


GUESSES = [
    Guess(
        "dot_products_of_an_image",
        prompt=(
            "How many such dot products does the first layer of the simple CNN (10 kernels of 5×5 "
            "on 28×28) offer for one image?"
        ),
        truth=lambda: 10 * cnnbook.conv_output_size(28, 5) ** 2,
        after=(
            "10 kernels at 24 · 24 places. Shared among the 2,560 cores of a T4, one image is 2.25 "
            "dot products for each core, and a batch of 256 images is 576 for each."
        ),
    ),
    Guess(
        "lines_that_change",
        prompt="Which lines of the training loop must change, so that it runs on any device?",
        options=(
            "none: PyTorch finds the device by itself",
            "those of a step, from the loss to `optimizer.step()`",
            "those around the steps, where model and data come and go",
        ),
        truth=lambda: "those around the steps, where model and data come and go",
        after=(
            "The lines of a step stay as they are. Around them, `model.to(device)` moves the "
            "weights, `x.to(device)` gives the images and classes on the device, and `.cpu()` "
            "brings a result back for NumPy."
        ),
    ),
    Guess(
        "faster_gpu",
        prompt=(
            "In one queue the kernels are longer than the launches, in the other they are shorter. "
            "Which of the two would gain from a faster GPU?"
        ),
        options=(
            "the one with long kernels",
            "the one with short kernels",
            "both, by the same factor",
        ),
        truth=gains_more,
        after=(
            "With long kernels the GPU is never idle, so a faster one ends sooner: at 8.5, not 16. "
            "With short ones it works for 5 of 16 units and waits for launches otherwise: 15.5, "
            "not 16. That is what a small network with a batch of one does to a GPU."
        ),
        alt=(
            "Two time lines, each with a row of launches on the CPU above a row of kernels on the "
            "GPU. Above: short launches, long kernels, the GPU is never idle and ends long after "
            "the last launch. Below: kernels shorter than the launches, with gaps between them."
        ),
    ),
    Guess(
        "sixteen_at_once",
        prompt="And 16 images in a step: how many images per second does that make?",
        truth=lambda: round(16 / (0.002 + 16 * 0.00001)),
        unit="images per second",
        after=(
            "16 images take 2.16 ms, which makes 7,407 images per second. It will never exceed "
            "1 / t₁ = 100,000. From 1 to 16 the throughput grows nearly 15-fold, from 256 to 4,096 "
            "it does not even double."
        ),
    ),
    Guess(
        "read_differently",
        prompt="How many of the 450 test digits will be read differently with weights of int8?",
        # The network belongs to cnnbook.nets, which the exercises do not import.
        truth=lambda: 0,
        after=(
            "Ten wrong before, ten after. The size shrinks to 28 % and not to 25 %, because the "
            "biases stay floats and each channel needs its step."
        ),
    ),
    Guess(
        "all_of_mnist",
        prompt=(
            "How large is all of MNIST, 70,000 images of 28×28, as float32? Would it fit into the "
            "16 GB of a T4?"
        ),
        options=(
            "55 million bytes, so it fits",
            "220 million bytes, so it fits",
            "18 thousand million bytes, so it does not fit",
        ),
        truth=lambda: f"{70_000 * 28 * 28 * 4 / 1e6:.0f} million bytes, so it fits",
        after="219.5 million bytes, 1.4 % of the memory. As bytes it would be a quarter of that.",
    ),
    Guess(
        "order_in_memory",
        prompt=(
            "A picture of 2 channels, 2 rows and 3 columns is filled with 0 to 11. In which order "
            "do its numbers lie in memory after the change?"
        ),
        options=(
            "0 1 2 3 4 5 6 7 8 9 10 11",
            "0 3 6 9 1 4 7 10 2 5 8 11",
            "0 6 1 7 2 8 3 9 4 10 5 11",
            "0 2 4 6 8 10 1 3 5 7 9 11",
        ),
        truth=channels_last,
        after="0 and 6 are the two channels of the first pixel. The shape has not changed.",
    ),
    Guess(
        "unequal_shares",
        prompt=(
            "With shares of 16 and 16 images the plain mean of the two gradients is right. Is it "
            "with shares of 20 and 12, too?"
        ),
        options=("yes, the plain mean is right again", "no, it differs from the whole batch's"),
        truth=lambda: "no, it differs from the whole batch's",
        after="Unequal shares have to be weighted with their sizes.",
    ),
]

# These stand in the workshop.
WORKSHOP = ("all_of_mnist", "order_in_memory", "unequal_shares")

QUESTIONS = {
    "recall_bytes": Question(
        "256 grey images of 28×28 are a batch in PyTorch, in float32. What is its shape, and how "
        "many bytes has it?",
        [
            Option(
                "(256, 1, 28, 28), 802,816 bytes",
                correct=True,
                because="256 · 1 · 28 · 28 = 200,704 numbers of four bytes.",
            ),
            Option(
                "(256, 28, 28, 1), 802,816 bytes",
                because="PyTorch's order is NCHW: the channels come second.",
            ),
            Option(
                "(256, 1, 28, 28), 200,704 bytes", because="a number in float32 has four bytes."
            ),
        ],
    ),
    "recall_step": Question(
        "In which order does a training step go?",
        [
            Option(
                "backward, answer, loss, step",
                because="there is no loss yet to go back from.",
            ),
            Option(
                "answer, loss, step, backward",
                because="the step needs what `backward` computes.",
            ),
            Option(
                "answer, loss, backward, step",
                correct=True,
                because="each needs the one before it.",
            ),
        ],
    ),
    "thousands_at_once": Question(
        "Which of these cannot be spread over thousands of cores at once?",
        [
            Option("ReLU on a feature map", because="each number is treated by itself."),
            Option(
                "the 200 steps of an epoch",
                correct=True,
                because="each step starts from the weights that the step before has left.",
            ),
            Option("the images of a batch", because="no image needs another one's result."),
            Option("the kernels of one convolution", because="each makes its own map."),
        ],
    ),
    "loss_item": Question(
        "A training loop prints `loss.item()` after every step. On a GPU it gets faster when the "
        "line is removed. Why?",
        [
            Option(
                "Printing is slow.",
                because="a line of text costs far less than a step. The price is in `.item()`.",
            ),
            Option(
                "The loss is not computed any more.",
                because="it is: `backward` starts from it.",
            ),
            Option(
                "The CPU no longer waits in each step.",
                correct=True,
                because="`.item()` needs the number, so it waits until the queue is empty. "
                "Add the losses up on the device, and look once per epoch.",
            ),
        ],
    ),
}
