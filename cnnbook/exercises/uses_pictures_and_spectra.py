"""The exercises of the chapter *What convolution is for: pictures and spectra*."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook import conv2d_cost
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import uses_pictures_and_spectra as boxes
from cnnbook.exercises.cases import arrays, multiples, whole

Array = np.ndarray[Any, Any]

LARGEST = 127


def ndvi(red: float = 0.12, near_infrared: float = 0.40) -> float:
    """Return the index of one pixel."""
    return (near_infrared - red) / (near_infrared + red)


def separable_macs(side: int = 12) -> tuple[int, int]:
    """Return the MACs of a 3×3 convolution 16→32, and of its separable form."""
    whole = conv2d_cost(side, 16, 32, 3, padding=1).macs
    depthwise = conv2d_cost(side, 16, 16, 3, padding=1, groups=16).macs
    return whole, depthwise + conv2d_cost(side, 16, 32, 1).macs


# 5. A Gram matrix, and the ways it goes wrong.
def my_gram(maps: Array) -> Array:
    """Return the mean products of all pairs of maps."""
    return np.asarray(np.einsum("chw,dhw->cd", maps, maps) / maps[0].size)


def of_places(maps: Array) -> Array:
    """Multiply places in place of maps."""
    rows = maps.reshape(len(maps), -1)
    return np.asarray(rows.T @ rows / rows.shape[1])


def centred(maps: Array) -> Array:
    """Subtract each map's mean first: a covariance."""
    return my_gram(maps - maps.mean(axis=(1, 2), keepdims=True))


# 6. Rounding, and the ways it goes wrong.
def my_rounded(weight: Array, largest: int = LARGEST) -> Array:
    """Round each output channel to multiples of its own step."""
    m = np.abs(weight).max(axis=(1, 2, 3), keepdims=True)
    step = np.where(m > 0, m / largest, 1.0)
    return np.asarray(step * np.round(weight / step))


def one_step_for_all(weight: Array) -> Array:
    """Use one step for the whole weight."""
    step = np.abs(weight).max() / LARGEST or 1.0
    return np.asarray(step * np.round(weight / step))


def signed_maximum(weight: Array) -> Array:
    """Take the largest weight, not the largest absolute weight."""
    m = weight.max(axis=(1, 2, 3), keepdims=True)
    step = np.where(m != 0, m / LARGEST, 1.0)
    return np.asarray(step * np.round(weight / step))


def integers_alone(weight: Array) -> Array:
    """Return the integers without multiplying by the step."""
    m = np.abs(weight).max(axis=(1, 2, 3), keepdims=True)
    return np.asarray(np.round(weight / np.where(m > 0, m / LARGEST, 1.0)))


def cut_off(weight: Array) -> Array:
    """Drop the fraction in place of rounding."""
    m = np.abs(weight).max(axis=(1, 2, 3), keepdims=True)
    step = np.where(m > 0, m / LARGEST, 1.0)
    return np.asarray(step * np.trunc(weight / step))


def per_input_channel(weight: Array) -> Array:
    """Take a step for each input channel."""
    return my_rounded(weight.swapaxes(0, 1)).swapaxes(0, 1)


def gram_case(rng: np.random.Generator) -> Case:
    """Draw maps that are not square."""
    channels, height, width = whole(rng, 3, high=4)
    return Case(*arrays(rng, (channels, height, width + 1)))


def fixed_maps() -> list[Case]:
    """Return the two maps of the page, then uneven sizes."""
    rng = np.random.default_rng(0)
    return [
        Case(np.array([[[2.0, 0.0, 2.0, 0.0]], [[1.0, 0.0, 3.0, 0.0]]])),
        Case(rng.normal(size=(3, 2, 5))),
        Case(rng.normal(size=(2, 4, 1)) + 3),
    ]


def weight_case(rng: np.random.Generator) -> Case:
    """Draw a weight whose channels differ in size; now and then one is all 0."""
    weight = multiples(rng, whole(rng, 4))
    if rng.integers(3) == 0:
        weight[0] = 0
    return Case(weight)


def fixed_weights() -> list[Case]:
    """Return the page's three weights, a channel of zeros, and channels of unlike sizes."""
    rng = np.random.default_rng(0)
    three = np.array([0.50, -0.26, 0.02]).reshape(1, 3, 1, 1)
    return [
        Case(three),
        Case(np.concatenate([-3 * three, np.zeros_like(three)])),
        Case(rng.normal(size=(2, 2, 3, 2)) * np.array([1.0, 0.01]).reshape(2, 1, 1, 1)),
    ]


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_gram_numbers() -> Any:
    """Answer `gram_numbers` as a reader would, in a cell."""
    maps = np.zeros((32, 50 * 80))
    answer = (maps @ maps.T).size
    print(answer, "= 32 · 32, whatever the size of the picture")
    return answer


def solve_twice_the_light() -> Any:
    """Answer `twice_the_light` as a reader would, in a cell."""
    red, near_infrared = np.array([0.05, 2 * 0.05]), np.array([0.46, 2 * 0.46])
    difference = near_infrared - red
    index = difference / (near_infrared + red)
    answer = (difference[1] / difference[0], index[1] / index[0])
    print(f"difference {answer[0]:.0f}, NDVI {answer[1]:.0f}")
    return answer


def solve_ndvi_by_hand() -> Any:
    """Answer `ndvi_by_hand` as a reader would, in a cell."""
    answer = (0.40 - 0.12) / (0.40 + 0.12)
    print(f"0.28 / 0.52 = {answer:.3f}")
    return answer


def solve_separable_macs() -> Any:
    """Answer `separable_macs` as a reader would, in a cell."""
    places = 12 * 12
    answer = (places * 32 * 16 * 9, places * (16 * 9 + 32 * 16))
    print(f"{answer[0]:,} and {answer[1]:,}: {answer[0] / answer[1]:.1f} times fewer")
    return answer


def solved_gram(maps: Array) -> Any:
    """Return the Gram matrix, as a reader would write it."""
    channels, height, width = maps.shape
    rows = maps.reshape(channels, height * width)
    return rows @ rows.T / (height * width)


def solved_rounded(weight: Array) -> Array:
    """Return the rounded weights, as a reader would write it."""
    result = np.zeros_like(weight)
    for channel, kernels_of_it in enumerate(weight):
        step = np.abs(kernels_of_it).max() / 127
        if step > 0:
            result[channel] = step * np.round(kernels_of_it / step)
    return result


EXERCISES = Exercises(
    "uses_pictures_and_spectra",
    [
        Answer(
            "gram_numbers",
            label="Numbers",
            solution=solve_gram_numbers,
            expected=lambda: 32 * 32,
            kind=int,
            right="one number for each pair of maps, whatever the size of the picture.",
            hint="the sum runs over the places. What is left to number the entries?",
            hints=[
                Mistake(lambda: 50 * 80, "these are the places, over which the mean is taken."),
                Mistake(lambda: 32 * 50 * 80, "these are the maps themselves."),
                Mistake(lambda: 32, "one number per map would be the diagonal alone."),
                Mistake(
                    lambda: 32 * 33 // 2,
                    "so many of them differ, as the matrix is symmetric. All entries are asked "
                    "for.",
                ),
            ],
        ),
        Answer(
            "twice_the_light",
            label="Factor of the difference, then of the NDVI",
            solution=solve_twice_the_light,
            expected=lambda: (2, 1),
            kind=tuple,
            right="the difference is linear; in the index the light cancels.",
            hint="double NIR and red in both formulas.",
            hints=[
                Mistake(lambda: (2, 2), "in the index the 2 stands above and below the line."),
                Mistake(lambda: (1, 2), "the difference comes first."),
                Mistake(lambda: (1, 1), "the difference of two numbers that double doubles."),
                Mistake(
                    lambda: (0.5, 1),
                    "the light doubles here; half of it was on the page.",
                ),
            ],
        ),
        Answer(
            "ndvi_by_hand",
            label="NDVI",
            solution=solve_ndvi_by_hand,
            expected=ndvi,
            kind=float,
            right="the difference 0.28, divided by the sum 0.52.",
            hint="the difference of the two, divided by their sum.",
            hints=[
                Mistake(lambda: -ndvi(), "near infrared comes first in the difference."),
                Mistake(lambda: 0.28, "this is the difference. Divide it by the sum."),
                Mistake(lambda: 0.28 / 0.40, "divide by the sum of both, not by one of them."),
                Mistake(lambda: 0.52 / 0.28, "upside down."),
                Mistake(lambda: 0.40 / 0.12, "this is the plain ratio of the two bands."),
            ],
        ),
        Answer(
            "separable_macs",
            label="MACs as it is, then separable",
            solution=solve_separable_macs,
            expected=separable_macs,
            kind=tuple,
            right="16·9 + 32·16 weights at each place, in place of 32·16·9.",
            hint="count the weights that are used at one place, then multiply by the places.",
            hints=[
                Mistake(
                    lambda: (32 * 16 * 9, 16 * 9 + 32 * 16),
                    "these are the weights. Each is used at every place.",
                ),
                Mistake(
                    lambda: separable_macs()[::-1],
                    "the ordinary convolution comes first.",
                ),
                Mistake(
                    lambda: (separable_macs()[0], 144 * 16 * 9),
                    "the 1×1 convolution after it is missing.",
                ),
                Mistake(
                    lambda: (separable_macs()[0], 144 * 32 * 16),
                    "the 3×3 kernels, one per channel, are missing.",
                ),
                Mistake(
                    lambda: separable_macs(10),
                    "with padding 1 the result has 12×12 places, not 10×10.",
                ),
                Mistake(
                    lambda: (separable_macs()[0], 144 * (32 * 9 + 32 * 16)),
                    "there is one 3×3 kernel per input channel, so 16 of them.",
                ),
            ],
        ),
        Implement(
            "my_gram",
            solution=(solved_gram,),
            reference=my_gram,
            cases=fixed_maps,
            generate=gram_case,
            right="It is symmetric, and it does not know where anything was.",
            hint="write each map as a row; multiply the rows by each other; divide by H·W.",
            mistakes=[
                Mistake(
                    lambda maps: my_gram(maps) * maps[0].size,
                    "the division by the number of places is missing.",
                ),
                Mistake(
                    lambda maps: my_gram(maps) / len(maps),
                    "divide by H·W, not by C as well.",
                ),
                Mistake(of_places, "this multiplies places by each other. Multiply maps."),
                Mistake(centred, "this subtracts each map's mean first. A Gram matrix does not."),
                Mistake(
                    lambda maps: np.diag(my_gram(maps)),
                    "this is the diagonal alone: each map with itself.",
                ),
            ],
        ),
        Implement(
            "my_rounded",
            solution=(solved_rounded,),
            reference=my_rounded,
            cases=fixed_weights,
            generate=weight_case,
            right="No weight moves by more than half of its channel's step.",
            hint="one step for each entry of axis 0; take care of a channel of zeros.",
            mistakes=[
                Mistake(
                    one_step_for_all,
                    "you use one step for all. Each output channel has its own.",
                ),
                Mistake(per_input_channel, "the step belongs to the output channel, axis 0."),
                Mistake(signed_maximum, "take the largest absolute value."),
                Mistake(integers_alone, "these are the integers. Multiply them by the step."),
                Mistake(cut_off, "you cut the fraction off. Round to the nearest."),
                Mistake(
                    lambda weight: my_rounded(weight, 128),
                    "the step is m / 127, so that m itself becomes 127.",
                ),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
