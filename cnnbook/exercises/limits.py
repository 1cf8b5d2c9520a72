"""The exercises of the chapter *Limits*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import limits as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]

# 4. A linear score.
WEIGHTS = np.array([1, -2, 0.5, 0, 3])
SCORE = 1.1


def neighbours_left(side: int = 28) -> float:
    """Return how many pairs of neighbours stay neighbours under a random permutation, on average.

    Each pair lands on every pair of places with the same chance.
    """
    pairs = 2 * side * (side - 1)
    pixels = side * side
    return pairs * pairs / (pixels * (pixels - 1) / 2)


def smallest_epsilon() -> float:
    """Return the change per pixel that brings the score to 0."""
    return float(SCORE / np.abs(WEIGHTS).sum())


# 5. A shift, and the ways it goes wrong.
def my_shift(image: Array, down: int, right: int) -> Array:
    """Move the image; zeros come in."""
    height, width = image.shape
    room = np.zeros((3 * height, 3 * width), dtype=image.dtype)
    room[height : 2 * height, width : 2 * width] = image
    # A shift by more than the side leaves nothing, just as one by the side.
    top = height - max(-height, min(height, down))
    left = width - max(-width, min(width, right))
    return room[top : top + height, left : left + width]


def repeated_edge(image: Array, down: int, right: int) -> Array:
    """Repeat the border in place of zeros."""
    height, width = image.shape
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return np.asarray(image[np.ix_(rows, columns)])


def forward_only(image: Array, down: int, right: int) -> Array:
    """Ignore negative amounts."""
    return my_shift(image, max(down, 0), max(right, 0))


# 6. FGSM, and the ways it goes wrong.
def my_fgsm(x: Array, gradient: Array, epsilon: float) -> Array:
    """Go uphill by epsilon in each pixel and keep it an image."""
    return np.asarray(np.clip(x + epsilon * np.sign(gradient), 0, 1))


def never_zero(x: Array, gradient: Array, epsilon: float) -> Array:
    """Take a slope of 0 for one that rises."""
    return np.asarray(np.clip(x + epsilon * np.where(gradient >= 0, 1, -1), 0, 1))


def attack_case(rng: np.random.Generator) -> Case:
    """Draw images, slopes of which some are 0, and a size."""
    shape = whole(rng, 3)
    x, slopes = arrays(rng, shape, shape, most=1)
    return Case(np.abs(x), slopes, float(rng.choice([0.05, 0.1, 0.3])))


def fixed_attacks() -> list[Case]:
    """Return one row with each sign, then pixels at both ends of the range."""
    return [
        Case(np.array([0.5, 0.5, 0.5]), np.array([2.0, -0.01, 0.0]), 0.1),
        Case(np.array([[0.0, 1.0], [0.05, 0.95]]), np.array([[-1.0, 1.0], [-3.0, 0.5]]), 0.2),
    ]


def shift_case(rng: np.random.Generator) -> Case:
    """Draw an image and a shift that may leave nothing of it."""
    (image,) = arrays(rng, whole(rng, 2, low=2, high=5))
    return Case(image, *whole(rng, 2, low=-6, high=6))


def fixed_shifts() -> list[Case]:
    """Return shifts to the right, to the left and up, by nothing, and out of the image."""
    image = np.arange(1.0, 13.0).reshape(3, 4)
    return [
        Case(np.array([[1.0, -2.5, 3.0]]), 0, 1),
        Case(image, -1, -2),
        Case(image, 0, 0),
        Case(image, 5, 1),
    ]


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_pointwise_changes() -> Any:
    """Answer `pointwise_changes` as a reader would, in a cell."""
    rng = np.random.default_rng(0)
    images, order = rng.random((450, 64)), rng.permutation(64)
    kernels, weight = rng.normal(size=(8, 1)), rng.normal(size=(10, 8))
    answers = []
    for pixels in (images, images[:, order]):
        features = cnnbook.relu(pixels[:, None] * kernels).mean(axis=2)
        answers.append((features @ weight.T).argmax(axis=1))
    answer = int((answers[0] != answers[1]).sum())
    print(answer, "answers change: it sees which values there are, not where")
    return answer


def solve_logit_factor() -> Any:
    """Answer `logit_factor` as a reader would, in a cell."""
    rng = np.random.default_rng(0)
    image, kernels = rng.random((1, 8, 8)), rng.normal(size=(4, 1, 3, 3))
    weight = rng.normal(size=(10, 4 * 3 * 3))
    logits = []
    for x in (image, image / 4):
        maps = cnnbook.relu(cnnbook.conv2d(x[None], kernels))
        maps = cnnbook.max_pool2d(maps, 2)
        logits.append(weight @ maps.ravel())
    answer = (logits[1] / logits[0]).mean()
    print(f"{answer:.2f}: the answer stays, the probabilities come closer")
    return answer


def solve_neighbours_left() -> Any:
    """Answer `neighbours_left` as a reader would, in a cell."""
    pairs, all_pairs = 2 * 28 * 27, 784 * 783 / 2
    answer = pairs * pairs / all_pairs
    print(f"{pairs} pairs, each stays with chance {pairs} / {all_pairs:.0f}")
    print(f"on average {answer:.2f} of them stay")
    return answer


def solve_smallest_epsilon() -> Any:
    """Answer `smallest_epsilon` as a reader would, in a cell."""
    weights = np.array([1, -2, 0.5, 0, 3])
    answer = 1.1 / np.abs(weights).sum()
    print(f"1.1 / 6.5 = {answer:.3f}")
    return answer


def solved_shift(image: Array, down: int, right: int) -> Array:
    """Return the moved image, as a reader would write it."""
    height, width = image.shape
    result = np.zeros_like(image)
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                result[row, column] = image[row - down, column - right]
    return result


EXERCISES = Exercises(
    "limits",
    [
        Answer(
            "neighbours_left",
            label="Pairs, on average",
            solution=solve_neighbours_left,
            expected=neighbours_left,
            kind=float,
            right="about seven, of 1,512: a shuffle leaves next to no neighbourhood.",
            hint="count the pairs of neighbours, and all pairs of places. Each of the first lands "
            "on one of the second.",
            hints=[
                Mistake(lambda: 1512, "this is how many there are before."),
                Mistake(
                    lambda: 1512 / (784 * 783 / 2),
                    "this is the chance of one pair. How many pairs are there?",
                ),
                Mistake(
                    lambda: neighbours_left() / 2,
                    "each pair of places counts once, whichever of the two comes first.",
                ),
                Mistake(lambda: neighbours_left(8), "this is for 8×8; the exercise has 28×28."),
                Mistake(
                    lambda: (2 * 28 * 28) ** 2 / (784 * 783 / 2),
                    "a row of 28 pixels has 27 pairs.",
                ),
            ],
        ),
        Answer(
            "pointwise_changes",
            label="Answers that change",
            solution=solve_pointwise_changes,
            expected=lambda: 0,
            kind=int,
            right="a 1×1 kernel sees one pixel, and a mean does not ask for the order.",
            hint="what does a 1×1 convolution know of a pixel's neighbours? What does a mean know "
            "of the order?",
            hints=[
                Mistake(
                    lambda: 450,
                    "each map is shuffled, that is true. Then the mean is taken over all places.",
                ),
                Mistake(
                    lambda: 405,
                    "nine of ten would be chance. But what reaches the linear layer?",
                ),
            ],
        ),
        Answer(
            "logit_factor",
            label="Factor",
            solution=solve_logit_factor,
            expected=lambda: 0.25,
            kind=float,
            right="without biases each layer passes a positive factor on.",
            hint="follow the factor through one layer after the other: does ReLU keep it? Does "
            "the maximum?",
            hints=[
                Mistake(lambda: 1.0, "this is true of the answer, but not of the logits."),
                Mistake(lambda: 4.0, "the logits shrink with the image."),
                Mistake(
                    lambda: 1 / 16,
                    "the factor is passed on, not applied again in each layer.",
                ),
                Mistake(lambda: 0.0, "ReLU cuts off what is negative, not what is small."),
            ],
        ),
        Answer(
            "smallest_epsilon",
            label="Smallest ε",
            solution=solve_smallest_epsilon,
            expected=smallest_epsilon,
            kind=float,
            tolerance=0.0006,
            right="the score falls by ε times the sum of the weights' absolute values.",
            hint="by how much does the score fall at most, if each pixel moves by ε?",
            hints=[
                Mistake(
                    lambda: SCORE / WEIGHTS.sum(),
                    "weights of both signs must not cancel: the noise follows each sign.",
                ),
                Mistake(
                    lambda: SCORE / float(np.linalg.norm(WEIGHTS)),
                    "this is the root of the squares' sum. Here each pixel has its own limit.",
                ),
                Mistake(
                    lambda: SCORE / 3,
                    "all pixels may move, not only the one with the largest weight.",
                ),
                Mistake(
                    lambda: np.abs(WEIGHTS).sum() * SCORE,
                    "divide the score by the sum.",
                ),
                Mistake(
                    lambda: np.abs(WEIGHTS).sum() / SCORE,
                    "upside down: the larger the weights, the less noise is needed.",
                ),
            ],
        ),
        Implement(
            "my_shift",
            solution=(solved_shift,),
            reference=my_shift,
            cases=fixed_shifts,
            generate=shift_case,
            right="What leaves the image is lost, as it is for a camera.",
            hint="the new value at (row, column) is the old one at (row − down, column − right), "
            "if that is inside.",
            mistakes=[
                Mistake(
                    lambda image, down, right: np.roll(image, (down, right), axis=(0, 1)),
                    "what leaves on one side comes in on the other here. It should be lost.",
                ),
                Mistake(
                    lambda image, down, right: my_shift(image, -down, -right),
                    "the wrong way: positive is down and right.",
                ),
                Mistake(
                    lambda image, down, right: my_shift(image, right, down),
                    "rows and columns are exchanged: down comes first.",
                ),
                Mistake(repeated_edge, "0 takes the place of what is lost, not the border."),
                Mistake(forward_only, "negative amounts move up and left."),
            ],
        ),
        Implement(
            "my_fgsm",
            reference=my_fgsm,
            cases=fixed_attacks,
            generate=attack_case,
            right="Every pixel goes uphill by the same amount, and the result is an image.",
            hint="the sign of the gradient, times epsilon, added; then clip.",
            mistakes=[
                Mistake(
                    lambda x, gradient, epsilon: x + epsilon * np.sign(gradient),
                    "values below 0 or above 1 are no image: clip them.",
                ),
                Mistake(
                    lambda x, gradient, epsilon: my_fgsm(x, -gradient, epsilon),
                    "this is downhill: the loss falls. An attack adds.",
                ),
                Mistake(
                    lambda x, gradient, epsilon: np.clip(x + epsilon * gradient, 0, 1),
                    "this follows the size of the gradient. Take its sign.",
                ),
                Mistake(
                    never_zero,
                    "where the slope is 0 the pixel stays: np.sign gives 0 there.",
                ),
                Mistake(
                    lambda x, gradient, epsilon: np.clip(epsilon * np.sign(gradient), 0, 1),
                    "this is the noise alone. Add it to the images.",
                ),
                Mistake(
                    lambda x, gradient, epsilon: my_fgsm(x, np.abs(gradient), epsilon),
                    "where the slope falls, the loss grows downwards: keep the gradient's sign.",
                ),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
