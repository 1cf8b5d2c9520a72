"""Guesses and question boxes of the chapter *Losses and optimisers*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question
from cnnbook.optim import SGD, Adam

Array = np.ndarray[Any, Any]
LOGITS, RIGHT = np.array([[2.0, 1.0, 0.0]]), np.array([0])
OPTIMISERS: dict[str, Callable[[list[Array]], SGD | Adam]] = {
    "SGD": lambda w: SGD(w, 0.1),
    "momentum": lambda w: SGD(w, 0.1, momentum=0.5),
    "Adam": lambda w: Adam(w, 0.3),
}


def change(by: float) -> str:
    """Return what the loss does if so much is added to all logits."""
    grown = cnnbook.cross_entropy(LOGITS + by, RIGHT) - cnnbook.cross_entropy(LOGITS, RIGHT)
    if abs(grown) < 1e-9:
        return "It stays the same."
    return f"It {'grows' if grown > 0 else 'falls'}."


def three_slopes() -> str:
    """Return the gradient with respect to the three logits."""
    gradient = cnnbook.cross_entropy_backward(LOGITS, RIGHT)[0]
    return ", ".join(f"{slope:.3f}" for slope in gradient).replace("-", "−")


def ratio_of_slopes(z: float) -> float:
    """Return the gradient of the log loss over that of the squared error; the truth is yes."""
    s = cnnbook.sigmoid(np.array([z]))[0]
    return float((s - 1) / (2 * (s - 1) * s * (1 - s)))


def slope_through_two() -> float:
    """Return the right logit's gradient through two softmaxes, certain and wrong."""
    logits = np.array([[20.0] + [0.0] * 9])
    outer = cnnbook.cross_entropy_backward(cnnbook.softmax(logits), np.array([1]))
    return float(cnnbook.softmax_backward(outer, logits)[0, 1])


def after_fifty_steps() -> str:
    """Return the size of w below the limit of the learning rate, at it and above it."""
    below, at, above = (abs(1 - 16 * lr) ** 50 for lr in (0.12, 0.125, 0.13))
    return f"{below:.3f}, {at:.0f} and {above:.0f}"


def height_after(lr: float, steps: int = 16) -> float:
    """Return the height in the valley after steps of SGD from (−6, 1.5)."""
    return float((6 * (1 - lr) ** steps) ** 2 + 16 * (1.5 * (1 - 16 * lr) ** steps) ** 2) / 2


def first_to_arrive() -> str:
    """Return which optimiser comes first below the height 0.01 in the valley, and stays there."""
    arrivals = {}
    for name, make in OPTIMISERS.items():
        w = np.array([-6.0, 1.5])
        optimiser = make([w])
        for step in range(1, 201):
            optimiser.step([w * [1, 16]])
            if w[0] ** 2 + 16 * w[1] ** 2 >= 0.02:
                arrivals[name] = step + 1
    return min(arrivals, key=lambda name: arrivals[name])


GUESSES = [
    Guess(
        "same_chance",
        prompt="A network gives each of ten digits the same chance. What is its loss?",
        options=("0.105", "0.693", "2.303", "4.605"),
        truth=lambda: f"{-np.log(0.1):.3f}",
        after=(
            "To know nothing of ten classes costs log 10 = 2.303. At p = 1 the loss is 0, and each "
            "halving of p adds 0.693."
        ),
        alt=(
            "A curve that falls from nearly 5 at p near 0 to 0 at p = 1, steeply at first. Points "
            "stand on it at 0.01, 0.1, 0.25, 0.5 and 1."
        ),
    ),
    Guess(
        "three_slopes",
        prompt="The probabilities are 0.665, 0.245 and 0.090. What are the three slopes?",
        options=("−0.335, −0.245, −0.090", "−0.335, 0.245, 0.090", "−0.335, 0.168, 0.168"),
        truth=three_slopes,
        after="They add up to 0, because probabilities add up to 1.",
    ),
    Guess(
        "pull_at_minus_eight",
        prompt="At z = −8, the log loss is how many times as steep as the squared error?",
        options=("about 2 times", "about 15 times", "about 150 times", "about 1,500 times"),
        truth=lambda: f"about {round(ratio_of_slopes(-8.0), -2):,.0f} times",
        after="At −8 the log loss pulls 1,491 times as hard.",
        alt=(
            "Two plots over the logit z from −8 to 8. Left, the losses: the log loss falls in a "
            "nearly straight line from 8 to 0; the squared error stays near 1 on the left, falls "
            "round 0 and stays near 0. Right, their slopes: the log loss has −1 on the left and "
            "rises to 0; the squared error has nearly 0 on both sides and −0.3 near 0."
        ),
    ),
    Guess(
        "around_the_limit",
        prompt=(
            "How large is w, without its sign, after 50 steps from 1 with the learning rates 0.12, "
            "0.125 and 0.13?"
        ),
        options=("0.015, 1 and 47", "0.015, 0.5 and 1", "0, 0 and 47", "47, 1 and 0.015"),
        truth=after_fifty_steps,
        after=(
            "At exactly 0.125 it jumps from one side to the other for ever. A little below, it "
            "comes to rest; a little above, it diverges."
        ),
    ),
    Guess(
        "a_thousand_times_higher",
        prompt="With their settings as before, what do SGD and momentum do now?",
        options=(
            "They take the same path as before.",
            "They are thrown out of the valley.",
            "They arrive after far fewer steps.",
        ),
        truth=lambda: "They are thrown out of the valley." if 2 / 16_000 < 0.1 else "",
        after=(
            "The learning rate of 0.1 is far beyond the limit of 2/16,000. Adam takes the same "
            "path as before."
        ),
    ),
    Guess(
        "lowest_loss",
        prompt="Twenty epochs of SGD. Which of these ends with the lowest loss?",
        options=(
            "all 1,347 images, lr 0.1",
            "all 1,347 images, lr 8",
            "batches of 32, lr 0.1",
            "batches of 8, lr 0.1",
        ),
        truth=lambda: "batches of 8, lr 0.1",
        after=(
            "At the same learning rate the smaller batch ends lower: it makes more steps for the "
            "same number of images."
        ),
    ),
    Guess(
        "five_more",
        prompt="Add 5 to all three logits. What happens to the loss?",
        options=("It grows.", "It stays the same.", "It falls."),
        truth=lambda: change(5),
        after="Only the differences between logits count.",
    ),
    Guess(
        "slope_through_two",
        prompt=(
            "The network is certain, and wrong. With one softmax the gradient of the right logit "
            "is −1, as it should be. How large is it with two, without its sign?"
        ),
        options=("about 2", "about 1, too", "about 0.1", "almost 0"),
        truth=lambda: "almost 0" if abs(slope_through_two()) < 1e-3 else "",
        after=(
            "With two softmaxes the gradient is smaller than a hundred-millionth. That is "
            "saturation again. And if the network is certain and right, the loss, which should be "
            "0, is 1.461."
        ),
    ),
    Guess(
        "just_below_the_limit",
        prompt="Is 0.12, just below the limit, faster or slower than 0.1?",
        options=("faster", "as fast", "slower"),
        truth=lambda: "slower" if height_after(0.12) > height_after(0.1) else "faster",
        after="0.12 spends its steps swinging from side to side.",
    ),
    Guess(
        "first_to_arrive",
        prompt="Which of the three comes first to a height below 0.01, and stays there?",
        options=("SGD", "momentum", "Adam"),
        truth=first_to_arrive,
        alt=(
            "The same valley three times with sixty steps. SGD zigzags and then creeps along the "
            "floor. Momentum zigzags in longer steps and ends at the minimum. Adam moves in a "
            "smooth curve of even steps, runs past the minimum and turns back to it."
        ),
        after=(
            "Momentum needs about a third of SGD's steps here. Adam runs past the minimum and has "
            "to turn back. The figure shows 60 steps of each in the same valley."
        ),
    ),
    Guess(
        "one_image",
        prompt="How far is the gradient of a single image off the exact one?",
        options=("about 10 degrees", "about 45 degrees", "about 80 degrees", "about 120 degrees"),
        truth=lambda: "about 80 degrees",
        after=(
            "One image is nearly a right angle off. A batch of 32 is a forty-second of the whole "
            "set, and its gradient is 54 degrees off the exact one. That is far off, but less than "
            "a right angle: on average a small step against it goes downhill."
        ),
    ),
]

#: Those that stand in the workshop.
WORKSHOP = (
    "five_more",
    "slope_through_two",
    "just_below_the_limit",
    "first_to_arrive",
    "one_image",
)

QUESTIONS = {
    "recall_softmax": Question(
        "Three classes have the logits 0, 0 and 0. Which probabilities does softmax make of them?",
        [
            Option("0, 0 and 0", because="probabilities add up to 1."),
            Option("1/3, 1/3 and 1/3", correct=True, because="each is e⁰ = 1, over 1 + 1 + 1."),
            Option("1, 0 and 0", because="equal logits make equal probabilities."),
        ],
    ),
    "recall_flat_sigmoid": Question(
        "The sigmoid of −8 is 0.0003. Its input rises from −8 to −7.9. What does the output do?",
        [
            Option("It rises by 0.1.", because="the sigmoid's slope is at most ¼."),
            Option("It rises by about 0.025.", because="this is its slope at 0, ¼."),
            Option(
                "It hardly changes.",
                correct=True,
                because="far from 0 the sigmoid is flat: it is saturated.",
            ),
        ],
    ),
    "equal_logits": Question(
        "Three classes, all logits 0, the second class is right. What is the gradient of the loss?",
        [
            Option("(0, 0, 0)", because="that would mean that nothing can be improved."),
            Option(
                "(1/3, 1/3, 1/3)", because="this is softmax. One-hot is still to be subtracted."
            ),
            Option("(1/3, −2/3, 1/3)", correct=True, because="softmax minus one-hot."),
        ],
    ),
    "sigmoid_at_the_end": Question(
        "Your model ends with `torch.sigmoid`, one number per image. Which loss fits as it is?",
        [
            Option(
                "`binary_cross_entropy`",
                correct=True,
                because="it takes probabilities, and has them.",
            ),
            Option(
                "`binary_cross_entropy_with_logits`",
                because="it would apply a second sigmoid. Remove the model's own, then it is best.",
            ),
            Option(
                "`cross_entropy`",
                because="it takes logits of two or more classes, and there is one number.",
            ),
        ],
    ),
    "loss_that_jumps": Question(
        "A loss jumps up and down and becomes NaN, not a number. What do you try first?",
        [
            Option(
                "A smaller learning rate",
                correct=True,
                because="these are the signs of divergence.",
            ),
            Option("A larger learning rate", because="the steps are too long already."),
            Option(
                "More steps", because="each step multiplies the error; more of them make it worse."
            ),
        ],
    ),
}
