"""Guesses and question boxes of the chapter *Training in practice* and of its workshop."""

from __future__ import annotations

import numpy as np

from cnnbook.data import recorded_experiment
from cnnbook.exercises.guesses import Guess
from cnnbook.exercises.questions import Option, Question
from cnnbook.optim import Adam


def best_of_a_hundred() -> str:
    """Return about how many of 100 the best of 100 guessers has right, on average."""
    rng = np.random.default_rng(0)
    best = rng.binomial(100, 0.1, size=(1000, 100)).max(axis=1).mean()
    return min(("10", "12", "18", "40"), key=lambda option: abs(float(option) - best))


def pairs_that_tell() -> str:
    """Return whether sixteen pairs put the mean difference beyond two standard errors."""
    numbers = recorded_experiment("schedules_and_decay")["numbers"]
    gain = np.array(numbers["constant"]) - np.array(numbers["one-cycle"])
    return "yes" if gain.mean() > 2 * gain.std(ddof=1) / np.sqrt(len(gain)) else "no"


def between_schedules() -> float:
    """Return how far apart the best and the last of four schedules are, on average."""
    numbers = recorded_experiment("schedules_and_decay")["numbers"]
    means = [np.mean(numbers[name]) for name in ("constant", "step", "cosine", "one-cycle")]
    return float(max(means) - min(means))


def which_shrinks() -> str:
    """Return which of two weights Adam with L2 draws more towards 0."""
    weights = np.array([1.0, 1.0])
    optimizer = Adam([weights], lr=0.01, weight_decay=0.1)
    for step in range(100):
        optimizer.step([np.array([10, 0.1]) * (-1) ** step])
    large, small = weights
    return "the one with slopes of 10" if large < small else "the one with slopes of 0.1"


GUESSES = [
    Guess(
        "best_of_a_hundred",
        prompt="About how many of the 100 validation images does the best of the hundred have "
        "right?",
        options=("10", "12", "18", "40"),
        truth=best_of_a_hundred,
        after="About 18, by luck alone. On the test images it is a guesser again.",
    ),
    Guess(
        "three_pairs",
        prompt="Three pairs give 3.0 ± 1.7. Is the mean of all sixteen more than two standard "
        "errors above 0?",
        options=("yes", "no"),
        truth=pairs_that_tell,
        after="Sixteen give 2.1 ± 0.8. The mean fell, and its error fell more.",
    ),
    Guess(
        "four_schedules",
        prompt="Each schedule at its best peak. How far apart are the best and the last of them, "
        "in wrong digits of 450, on average?",
        truth=between_schedules,
        unit="digits",
        after="One cycle has 16.5 wrong, a rate that falls in steps 20.9. The difference is 4.4 ± "
        "1.4, and 13 of 16 pairs agree: one cycle errs less. A constant rate and a cosine lie in "
        "between, and fewer pairs agree.",
    ),
    Guess(
        "which_shrinks",
        prompt="Adam with L2, lr 0.01 and a decay of 0.1, takes 100 steps. Which weight shrinks "
        "more?",
        options=("the one with slopes of 10", "the one with slopes of 0.1", "both alike"),
        truth=which_shrinks,
        after="With L2 the weight with large slopes keeps 0.97 of itself, the other 0.44: beside "
        "slopes of 10 a decay of 0.1 hardly counts. AdamW takes the same from both.",
    ),
    Guess(
        "a_thousand",
        prompt="From 50 to 400 images the validation error fell from 18.4 to 6.6 %. What will it "
        "be with 1,000?",
        options=("about 6 %", "about 3 %", "0 %"),
        truth=lambda: "about 3 %",
        after="It falls by about half again, to 3.2 %. The training error stays below 1 % "
        "throughout.",
        alt="Two curves over 50 to 1,000 training images on a logarithmic axis. The validation "
        "error, solid, falls from 18 to 3 per cent. The training error, dashed, stays below 1 per "
        "cent.",
    ),
    Guess(
        "two_checks",
        prompt="Check 1 and check 2 on the two faults. Which check finds which?",
        options=(
            "both checks find both",
            "the first finds the bright pixels, the second the slow rate",
            "the first finds the slow rate, the second the bright pixels",
        ),
        truth=lambda: "the first finds the bright pixels, the second the slow rate",
        after="With bright pixels the loss begins at 10 in place of 2.3, and the fifty are learnt "
        "all the same. With the small rate it begins where it should, and stays.",
    ),
    Guess(
        "stopped_early",
        prompt="A hundred training images, 60 epochs. Does the validation loss fall to the end, as "
        "the training loss does?",
        options=("to the end", "only for a while", "not at all"),
        truth=lambda: "only for a while",
        after="The training loss goes on to 0.009. The validation loss has its least, 0.61, after "
        "epoch 26; from then on it wanders, mostly above.",
    ),
]
WORKSHOP = (
    "stopped_early",
    "my_paired",
    "my_rate",
    *(f"network_{letter}" for letter in "abcdefghijkl"),
)

QUESTIONS = {
    "recall_first_loss": Question(
        "A network has ten classes and small random weights. What is its cross-entropy before the "
        "first step, about?",
        [
            Option("0", because="that would be a network that is sure, and right."),
            Option("1", because="this is no probability. A tenth for the right class gives ln 10."),
            Option("2.3", correct=True, because="each class has about 1/10, and −ln 1/10 is 2.3."),
        ],
    ),
    "recall_which_images": Question(
        "Five learning rates are tried. By which images is one of them chosen?",
        [
            Option(
                "by the validation images",
                correct=True,
                because="they are neither trained on nor kept for the end.",
            ),
            Option(
                "by the training images",
                because="they tell how well the network knows what it has seen.",
            ),
            Option("by the test images", because="they are for the end, once."),
        ],
    ),
    "two_seeds": Question(
        "Recipe A was run with seeds 0 to 9, recipe B with seeds 10 to 19. What does that cost?",
        [
            Option(
                "Nothing: ten runs are ten runs.",
                because="what a seed shares, its digits and first weights, stays in the "
                "difference.",
            ),
            Option(
                "No two runs share anything, so the difference is less certain.",
                correct=True,
                because="in pairs, what both runs share falls out.",
            ),
            Option(
                "The comparison is biased.",
                because="no recipe is favoured. The difference has a larger error, that is all.",
            ),
        ],
    ),
    "late_schedule": Question(
        "A cosine over 400 steps is stepped once an epoch, and there are 20 epochs. What rate does "
        "the last epoch have?",
        [
            Option("nearly 0", because="it would, if it were stepped after each batch."),
            Option("half the first", because="that is step 200. Only 20 were taken."),
            Option(
                "nearly the first one",
                correct=True,
                because="20 of 400 steps are a twentieth of the way, where the cosine is flat.",
            ),
        ],
    ),
}
