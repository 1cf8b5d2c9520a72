"""The exercises of *What convolution is for: pictures and spectra* and of its workshop."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook import conv2d_cost
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import uses_pictures_and_spectra as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]


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


# 6. An index of two bands, and the ways it goes wrong.
def my_index(scene: Array, a: int, b: int) -> Array:
    """Return (a − b) / (a + b) of two bands, 0 where both are 0."""
    return _index(scene[a].astype(np.float64), scene[b].astype(np.float64))


def _index(one: Array, other: Array, nothing: float = 0.0) -> Array:
    """Divide difference by sum, in the numbers that come."""
    with np.errstate(all="ignore"):
        total = one + other
        return np.where(total != 0, (one - other) / np.where(total != 0, total, 1), nothing)


def wrapped_round(scene: Array, a: int, b: int) -> Array:
    """Compute in the numbers of the scene, which have no sign."""
    return _index(scene[a], scene[b])


def wrapped_sum(scene: Array, a: int, b: int) -> Array:
    """Compute the sum alone in the numbers of the scene."""
    one, other = scene[a].astype(np.float64), scene[b].astype(np.float64)
    total = (scene[a] + scene[b]).astype(np.float64)
    return np.where(total != 0, (one - other) / np.where(total != 0, total, 1), 0.0)


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


def scene_case(rng: np.random.Generator) -> Case:
    """Draw a scene of whole numbers without sign, in part black, and two of its bands."""
    bands, height, width = whole(rng, 3, low=2, high=4)
    kind = (np.uint8, np.uint16)[int(rng.integers(2))]
    scene = rng.integers(1, np.iinfo(kind).max + 1, size=(bands, height, width))
    scene[:, rng.random((height, width)) < 0.2] = 0
    a, b = rng.permutation(bands)[:2]
    return Case(scene.astype(kind), int(a), int(b))


def fixed_scenes() -> list[Case]:
    """Return the chapter's pixels in hundredths, a black one, and numbers near the largest."""
    hundredths = np.array([[[5, 2, 40], [5, 4, 0]], [[46, 18, 56], [2, 2, 0]]], np.uint8)
    bright = np.array([[[200, 250, 3]], [[0, 0, 0]], [[250, 60, 255]]], np.uint8)
    return [
        Case(hundredths, 1, 0),
        Case(bright, 0, 2),
        Case(np.array([[[9000]], [[60000]], [[0]]], np.uint16), 1, 2),
        Case(np.array([[[0, 1, 0]], [[1, 0, 7]]], np.uint8), 0, 1),
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
    print(f"{answer[0]:,} and {answer[1]:,}", end=": ")
    print(f"{answer[0] / answer[1]:.1f} times fewer")
    return answer


def solved_gram(maps: Array) -> Any:
    """Return the Gram matrix, as a reader would write it."""
    channels, height, width = maps.shape
    rows = maps.reshape(channels, height * width)
    return rows @ rows.T / (height * width)


def solved_index(scene: Array, a: int, b: int) -> Array:
    """Return the index, as a reader would write it."""
    one, other = scene[a].astype(float), scene[b].astype(float)
    total = one + other
    black = total == 0
    total[black] = 1  # any number: the difference is 0
    return (one - other) / total


EXERCISES = Exercises(
    "uses_pictures_and_spectra",
    [
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
            "my_index",
            solution=(solved_index,),
            reference=my_index,
            cases=fixed_scenes,
            generate=scene_case,
            right="Whatever the type of the file, it lies between −1 and 1.",
            hint="difference of the two bands, divided by their sum, pixel by pixel.",
            mistakes=[
                Mistake(
                    lambda scene, a, b: my_index(scene, b, a),
                    "the sign is turned: band `a` comes first in the difference.",
                ),
                Mistake(
                    wrapped_round,
                    "whole numbers without a sign cannot go below 0, and come round from the "
                    "other side. Convert the bands to floats first.",
                ),
                Mistake(
                    wrapped_sum,
                    "your sum goes past the largest number of its type. Convert the bands to "
                    "floats before you add them.",
                ),
                Mistake(
                    lambda scene, a, b: _index(
                        scene[a].astype(np.float64), scene[b].astype(np.float64), np.nan
                    ),
                    "where both bands are 0, 0/0 is no number. Return 0 there.",
                ),
                Mistake(
                    lambda scene, a, b: scene[a].astype(np.float64) - scene[b],
                    "this is the difference. Divide it by the sum.",
                ),
                Mistake(
                    lambda scene, a, b: np.abs(my_index(scene, a, b)),
                    "the sign is lost: below 0 the second band is the brighter one.",
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
