"""The exercises of the chapter *Training in practice*."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnbook import optim
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake, twelve_networks
from cnnbook.exercises.boxes import training_in_practice as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]

# 2. Five differences of pairs.
FIVE = np.array([4.0, 0, 3, -1, 4])


def error_of_a_share(share: float, count: int) -> float:
    """Return the standard error of a share of so many examples, in percentage points."""
    return 100 * math.sqrt(share * (1 - share) / count)


def runs_needed(spread: float, wanted: float) -> int:
    """Return how many pairs bring the standard error down to what is wanted."""
    return math.ceil((spread / wanted) ** 2)


def quarter_of_cosine() -> float:
    """Return the rate after 25 of 100 steps of a cosine from 0.1 to 0."""
    optimizer = optim.SGD([np.zeros(1)], lr=0.1)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 100)
    for _ in range(25):
        schedule.step()
    return optimizer.lr


def stronger_decay() -> str:
    """Compare Adam's first step for two decays, of a weight without a gradient."""
    moved = []
    for decay in (0.01, 0.1):
        weight = np.array([1.0])
        optim.Adam([weight], lr=0.01, weight_decay=decay).step([np.zeros(1)])
        moved.append(1 - weight.item())
    return "as far" if math.isclose(*moved, rel_tol=1e-4) else "ten times as far"


# 6. Pairs, and the ways they go wrong.
def my_paired(a: Array, b: Array) -> tuple[float, float]:
    """Return the mean of the differences a − b and its standard error."""
    gain = a - b
    return float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(len(gain)))


def unpaired(a: Array, b: Array) -> tuple[float, float]:
    """Take the two lists for unrelated runs."""
    return my_paired(a, b)[0], float(np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a)))


def of_all(a: Array, b: Array) -> tuple[float, float]:
    """Divide the squares by n."""
    return my_paired(a, b)[0], float((a - b).std() / np.sqrt(len(a)))


def not_divided(a: Array, b: Array) -> tuple[float, float]:
    """Return the spread of the differences."""
    return my_paired(a, b)[0], float((a - b).std(ddof=1))


def by_the_count(a: Array, b: Array) -> tuple[float, float]:
    """Divide the spread by n."""
    return my_paired(a, b)[0], float((a - b).std(ddof=1) / len(a))


def squared(a: Array, b: Array) -> tuple[float, float]:
    """Take the variance for the spread."""
    return my_paired(a, b)[0], float((a - b).var(ddof=1) / np.sqrt(len(a)))


# 7. A rate, and the ways it goes wrong.
def my_rate(step: int, steps: int, warmup: int, top: float) -> float:
    """Return the rate of a step: a straight rise, then half a cosine down."""
    if step < warmup:
        return top * (step + 1) / warmup
    part = (step - warmup) / (steps - warmup)
    return top * (1 + math.cos(math.pi * part)) / 2


def rise_from_zero(step: int, steps: int, warmup: int, top: float) -> float:
    """Begin with a rate of 0."""
    return top * step / warmup if step < warmup else my_rate(step, steps, warmup, top)


def cosine_of_all(step: int, steps: int, warmup: int, top: float) -> float:
    """Let the cosine begin at step 0."""
    if step < warmup:
        return my_rate(step, steps, warmup, top)
    return top * (1 + math.cos(math.pi * step / steps)) / 2


def straight_down(step: int, steps: int, warmup: int, top: float) -> float:
    """Fall along a straight line."""
    if step < warmup:
        return my_rate(step, steps, warmup, top)
    return top * (steps - step) / (steps - warmup)


def whole_cosine(step: int, steps: int, warmup: int, top: float) -> float:
    """Fall and rise again."""
    if step < warmup:
        return my_rate(step, steps, warmup, top)
    return top * (1 + math.cos(2 * math.pi * (step - warmup) / (steps - warmup))) / 2


def too_long(step: int, steps: int, warmup: int, top: float) -> float:
    """Begin the cosine behind the warm-up, and let it take all the steps."""
    if step < warmup:
        return my_rate(step, steps, warmup, top)
    return top * (1 + math.cos(math.pi * (step - warmup) / steps)) / 2


def zero_in_the_last(step: int, steps: int, warmup: int, top: float) -> float:
    """Reach 0 in the last step, not after it."""
    if step < warmup:
        return my_rate(step, steps, warmup, top)
    return top * (1 + math.cos(math.pi * (step - warmup) / max(steps - warmup - 1, 1))) / 2


def quarter_of_a_wave(step: int, steps: int, warmup: int, top: float) -> float:
    """Fall along the cosine from 1 to 0."""
    if step < warmup:
        return my_rate(step, steps, warmup, top)
    return top * math.cos(math.pi / 2 * (step - warmup) / (steps - warmup))


def not_halved(step: int, steps: int, warmup: int, top: float) -> float:
    """Forget that 1 + cos goes up to 2."""
    found = my_rate(step, steps, warmup, top)
    return found if step < warmup else 2 * found


def paired_case(rng: np.random.Generator) -> Case:
    """Draw two lists of numbers, run by run."""
    count = int(rng.integers(2, 7))
    return Case(*arrays(rng, (count,), (count,)))


def step_of_a_plan(rng: np.random.Generator) -> Case:
    """Draw a plan, and one of its steps."""
    warmup, more = whole(rng, 2, low=1, high=6)
    steps = warmup + more
    return Case(int(rng.integers(steps)), steps, warmup, float(rng.choice([0.1, 0.5, 2.0])))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_exact_test() -> Any:
    """Answer `exact_test` as a reader would, in a cell."""
    share = 0.05
    answer = 100 * np.sqrt(share * (1 - share) / 450)
    print(f"√(0.05 · 0.95 / 450) = {answer / 100:.4f}: {answer:.2f} points")
    return answer


def solve_five_pairs() -> Any:
    """Answer `five_pairs` as a reader would, in a cell."""
    gain = np.array([4.0, 0, 3, -1, 4])
    print("mean:", gain.mean(), " squares:", *(gain - gain.mean()) ** 2)
    spread = np.sqrt(22 / 4)
    print(f"s = √(22 / 4) = {spread:.2f}")
    answer = spread / np.sqrt(5)
    print(f"s / √5 = {answer:.2f}")
    return answer


def solve_runs_needed() -> Any:
    """Answer `runs_needed` as a reader would, in a cell."""
    print("4 / √n = 0.5, so √n = 4 / 0.5 =", 4 / 0.5)
    print("n = 8 · 8 =", 8 * 8)
    return 64


def solve_a_quarter() -> Any:
    """Answer `a_quarter` as a reader would, in a cell."""
    answer = 0.1 / 2 * (1 + np.cos(np.pi * 25 / 100))
    print("1 + cos 45° =", f"{1 + np.cos(np.pi / 4):.3f}")
    print("0.05 · 1.707 =", f"{answer:.4f}")
    return answer


def solve_ten_times() -> Any:
    """Answer `ten_times` as a reader would, in a cell."""
    for decay in (0.01, 0.1):
        weight = np.array([1.0])
        optim.Adam([weight], lr=0.01, weight_decay=decay).step([np.zeros(1)])
        print(f"decay {decay}: from 1 to {weight[0]:.3f}")
    return "as far"


def solve_no_gap() -> Any:
    """Answer `no_gap` as a reader would, in a cell."""
    print("to gain with more images: at most 25 − 24 =", 25 - 24, "point")
    print("to gain otherwise:        up to", 24, "points")
    return "more images"


def solve_network(letter: str) -> Callable[[], Any]:
    """Return the solution of a faulty network: the lines in which it differs."""

    def solution() -> Any:
        return twelve_networks.show_fault(letter)

    return solution


#: What the checks would show, if this were the fault.
WOULD_SHOW = {
    "last weights drawn too large": "then the loss at the start would be far above ln 10, with an "
    "input as it should be.",
    "pixels not scaled": "then the spread of the input would be near 100.",
    "softmax over the wrong axis": "then the loss at the start would be ln 50, of the fifty "
    "images: 3.91.",
    "units that never fire": "then nearly all numbers behind the ReLUs would be 0 for all fifty "
    "images at the start: see silent.",
    "a relu behind the scores": "then nothing below 0 would reach the loss, and the largest would "
    "be well above 1: see given.",
    "softmax twice": "then only numbers from 0 to 1 would reach the loss: see given.",
    "learning rate too small": "then the loss on the fifty would hardly fall, and would fall "
    "further at ten times the rate.",
    "gradients never set to zero": "then the optimiser would be given far more than one batch's "
    "gradient: see pile.",
    "a layer is not trained": "then one layer alone would be where it was, and would not be "
    "silent: see moved.",
    "evaluated in training mode": "then two evaluations of the same images would differ: see "
    "twice.",
    "labels of other images": "then nine of ten validation images would be wrong, while the fifty "
    "are slowly learnt by heart.",
    "validation images among the training images": "then validation images would be read far "
    "better than new ones.",
}
#: Why the fault is the one that it is.
SHOWED = {
    "last weights drawn too large": "the loss starts at 5.50, though the input is as it should "
    "be: the scores begin far apart.",
    "pixels not scaled": "the input's spread is 95 where the right one has 0.4, and the loss "
    "starts above 10.",
    "softmax over the wrong axis": "the loss starts at 3.91 = ln 50. It counts images, not "
    "classes.",
    "units that never fire": "88 % of the numbers are silent, so no slope comes through, and two "
    "layers stay where they were.",
    "a relu behind the scores": "nothing below 0 reaches the loss, and where a score is cut off "
    "no slope comes back.",
    "softmax twice": "what reaches the loss lies between 0 and 1, so the loss cannot fall below "
    "1.46. The answers are not bad: only the loss tells.",
    "learning rate too small": "all is as it should be but slow; at ten times the rate more is "
    "learnt.",
    "gradients never set to zero": "the optimiser is given a hundred times a batch's gradient: "
    "the sum of all so far.",
    "a layer is not trained": "the first weights are where they were. The rest learnt without "
    "them, and the error is only a little higher.",
    "evaluated in training mode": "two evaluations of one network differ: dropout is at work.",
    "labels of other images": "of validation images 94 % are wrong, more than by chance, while "
    "the loss on the fifty falls.",
    "validation images among the training images": "4 % of validation images are wrong, and 10 % "
    "of new ones.",
}


def network(letter: str, *special: Mistake) -> Answer:
    """Return the exercise of a faulty network; hints of its own come first."""
    fault = twelve_networks.fault_of(letter)
    known = {mistake.wrong() for mistake in special}
    others = [
        Mistake(lambda said=other: said, hint)
        for other, hint in WOULD_SHOW.items()
        if other != fault and other not in known
    ]
    return Answer(
        f"network_{letter.lower()}",
        label="The fault",
        solution=solve_network(letter),
        expected=lambda: twelve_networks.fault_of(letter),
        kind=str,
        choices=tuple(WOULD_SHOW),
        right=SHOWED[fault],
        hint="compare the two rows, column by column, from the left.",
        hints=[*special, *others],
    )


EXERCISES = Exercises(
    "training_in_practice",
    [
        Answer(
            "exact_test",
            label="Standard error",
            unit="%",
            solution=solve_exact_test,
            expected=lambda: error_of_a_share(0.05, 450),
            kind=float,
            tolerance=0.01,
            right="so 5 % of 450 may as well be 4 or 6 %.",
            hint="put p = 0.05 and N = 450 into the root; times 100 it is in points.",
            hints=[
                Mistake(
                    lambda: error_of_a_share(0.05, 450) / 100,
                    "this is far too small. Take the root, and count in points: times 100.",
                ),
                Mistake(lambda: 1.0, "this is rounded too far: two decimals."),
                Mistake(
                    lambda: 450 * error_of_a_share(0.05, 450) / 100,
                    "so many digits it is. Of 450, which percentage is that?",
                ),
                Mistake(
                    lambda: 100 * 0.05 * 0.95 / 450**0.5,
                    "the root is of the whole fraction, p (1 − p) with it.",
                ),
                Mistake(
                    lambda: 100 * (0.05 / 450) ** 0.5,
                    "the factor 1 − p is missing.",
                ),
                Mistake(
                    lambda: error_of_a_share(0.05, 270),
                    "this is for 270 digits. The test has 450.",
                ),
            ],
        ),
        Answer(
            "five_pairs",
            label="Standard error",
            solution=solve_five_pairs,
            expected=lambda: float(FIVE.std(ddof=1) / np.sqrt(5)),
            kind=float,
            tolerance=0.01,
            right="the mean, 2, is not quite two standard errors above 0.",
            hint="the mean is 2. Square the five deviations from it, divide their sum by 4, take "
            "the root, divide by √5.",
            hints=[
                Mistake(
                    lambda: float(FIVE.std() / np.sqrt(5)),
                    "you divide the squares by 5. The mean was taken from the same numbers, so "
                    "divide by one less.",
                ),
                Mistake(
                    lambda: float(FIVE.std(ddof=1)),
                    "this is s, how far the runs lie apart. That of the mean is smaller.",
                ),
                Mistake(lambda: float(FIVE.std(ddof=1)) / 5, "divide by √5, not by 5."),
                Mistake(lambda: 5.5, "this is the variance of the differences."),
                Mistake(lambda: 2.0, "this is the mean of the differences."),
            ],
        ),
        Answer(
            "runs_needed",
            label="How many",
            unit="pairs",
            solution=solve_runs_needed,
            expected=lambda: runs_needed(4, 0.5),
            kind=int,
            right="half the standard error takes four times the runs.",
            hint="solve 4 / √n = 0.5 for n.",
            hints=[
                Mistake(lambda: 8, "this is √n."),
                Mistake(lambda: 16, "so many pairs have a standard error of 1."),
                Mistake(lambda: 4, "so many pairs have a standard error of 2."),
                Mistake(lambda: 32, "√32 is 5.7, and 4 / 5.7 is 0.7."),
            ],
        ),
        Answer(
            "a_quarter",
            label="Learning rate",
            solution=solve_a_quarter,
            expected=quarter_of_cosine,
            kind=float,
            tolerance=0.0005,
            right="it falls slowly at first: a quarter of the way, and 15 % are gone.",
            hint="π · 25/100 is 45°, and its cosine is 0.707.",
            hints=[
                Mistake(lambda: 0.075, "this is on a straight line."),
                Mistake(
                    lambda: 0.1 * math.cos(math.pi / 4),
                    "add 1 to the cosine, and halve the sum.",
                ),
                Mistake(
                    lambda: 0.1 * (1 + math.cos(math.pi / 4)),
                    "1 + cos goes up to 2: halve it.",
                ),
                Mistake(lambda: 0.05, "this is the rate half way, at step 50."),
                Mistake(
                    lambda: 0.05 * (1 + math.cos(25 * math.pi / 100 * math.pi / 180)),
                    "the cosine takes π/4 as radians, not as degrees.",
                ),
            ],
        ),
        Answer(
            "ten_times",
            label="With the larger decay it moves",
            solution=solve_ten_times,
            expected=stronger_decay,
            kind=str,
            choices=("ten times as far", "as far", "a tenth as far"),
            right="the decay is all the gradient there is, and Adam divides it by its own size.",
            hint="what is the gradient here, and by what does Adam divide it in the first step?",
            hints=[
                Mistake(
                    lambda: "ten times as far",
                    "that would be AdamW. Here the decay is divided by the gradient's size, and "
                    "the gradient is the decay.",
                ),
                Mistake(
                    lambda: "a tenth as far",
                    "the divisor grows tenfold, and so does what is divided.",
                ),
            ],
        ),
        Answer(
            "no_gap",
            label="Least to gain",
            solution=solve_no_gap,
            expected=lambda: "more images",
            kind=str,
            choices=("a larger network", "more images", "another learning rate"),
            right="more images close the gap at most, and it is one point wide.",
            hint="how far apart are the two errors, and what can bring them closer?",
            hints=[
                Mistake(
                    lambda: "a larger network",
                    "24 % of what it was shown is wrong: a larger one may learn more of that.",
                ),
                Mistake(
                    lambda: "another learning rate",
                    "24 % of what it was shown is wrong: other steps may learn more of that.",
                ),
            ],
        ),
        Implement(
            "my_paired",
            reference=my_paired,
            cases=[
                (np.array([4.0, 0, 3, -1, 4]), np.zeros(5)),
                (np.array([23.0, 20, 17]), np.array([20.0, 16, 11])),
                (np.array([0.5, -1.25]), np.array([0.25, 1.0])),
            ],
            generate=paired_case,
            right="What the runs of a pair share falls out of the difference.",
            hint="first the differences a − b; then their mean, and s / √n with n − 1 inside s.",
            mistakes=[
                Mistake(
                    unpaired,
                    "this is for runs that have nothing to do with each other. Take the "
                    "differences first.",
                ),
                Mistake(of_all, "divide the squares by n − 1: ddof=1."),
                Mistake(not_divided, "this is the spread of the differences. Divide by √n."),
                Mistake(by_the_count, "divide by √n, not by n."),
                Mistake(squared, "this is the variance over √n. Take its root first."),
                Mistake(
                    lambda a, b: my_paired(b, a),
                    "the other way round: a − b is asked for.",
                ),
                Mistake(
                    lambda a, b: my_paired(a, b)[::-1],
                    "the mean comes first, then its standard error.",
                ),
                Mistake(
                    lambda a, b: my_paired(np.abs(a - b), 0 * b),
                    "keep the signs of the differences: some runs may be worse.",
                ),
            ],
        ),
        Implement(
            "my_rate",
            reference=my_rate,
            cases=[
                (0, 10, 4, 0.1),
                (2, 10, 4, 0.1),
                (5, 10, 4, 0.1),
                (4, 10, 4, 0.1),
                (7, 10, 4, 0.1),
            ],
            generate=step_of_a_plan,
            right="Two lines, and any step of the plan is known.",
            hint="below warmup: top · (step + 1) / warmup. From there on half a cosine over the "
            "steps that are left.",
            mistakes=[
                Mistake(
                    rise_from_zero,
                    "the first step would have the rate 0 and change nothing: count from 1.",
                ),
                Mistake(
                    cosine_of_all,
                    "the cosine begins when the warm-up ends: count steps from there.",
                ),
                Mistake(straight_down, "this falls along a straight line, not along a cosine."),
                Mistake(whole_cosine, "half a cosine: from 0 to π, so that it ends at 0."),
                Mistake(not_halved, "1 + cos goes from 2 to 0: halve it."),
                Mistake(
                    too_long,
                    "after the warm-up only steps − warmup steps are left: divide by these.",
                ),
                Mistake(
                    zero_in_the_last,
                    "your last step has a rate of 0: the cosine would end one step later.",
                ),
                Mistake(
                    quarter_of_a_wave,
                    "this is a quarter of a wave, from 1 to 0. Half of one goes from 1 to −1: add "
                    "1, and halve.",
                ),
                Mistake(
                    lambda step, steps, warmup, top: (
                        top / 2 * (1 + math.cos(math.pi * step / steps))
                    ),
                    "the warm-up is missing.",
                ),
                Mistake(
                    lambda step, steps, warmup, top: my_rate(step, steps, warmup, 1.0),
                    "the highest rate is `top`, not 1.",
                ),
            ],
        ),
        network("A"),
        network("B"),
        network("C"),
        network("D"),
        network(
            "E",
            Mistake(
                lambda: "a layer is not trained",
                "two layers have not moved, though the optimiser was given all. Does any slope "
                "reach them?",
            ),
        ),
        network("F"),
        network("G"),
        network("H"),
        network("I"),
        network("J"),
        network("K"),
        network("L"),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
