"""The exercises of the chapter *Pooling*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import pooling as boxes
from cnnbook.exercises.cases import BEGINNINGS, arrays, lowered, whole

Array = np.ndarray[Any, Any]

# 4. A row of two bright pixels, four apart.
ROW = np.array([[1, 0, 0, 0, 1, 0, 0, 0]])

# 1. Windows of three that move by one.
OVERLAPPING = np.array([[[1.0, 5.0, 2.0, 4.0, 3.0]]])


def moves_until_change(row: Array, direction: int = 1) -> int:
    """Return by how many pixels a row must move until its max pooling by 2 is another."""
    before = cnnbook.max_pool2d(row[None], (1, 2))
    moves = 1
    moved = np.roll(row, direction)
    while np.array_equal(cnnbook.max_pool2d(moved[None], (1, 2)), before):
        moves += 1
        moved = np.roll(moved, direction)
    return moves


def overlapping_windows(function: Callable[..., Array] = cnnbook.max_pool2d) -> Array:
    """Return the pooled row of overlapping windows."""
    return function(OVERLAPPING, (1, 3), stride=1)[0, 0]


def last_side(pool_stride: int = 2) -> int:
    """Return the side of 96 after conv 5, pool 2, conv 3 and pool 3."""
    side = cnnbook.conv_output_size(96, 5)
    side = cnnbook.conv_output_size(side, 2, stride=2)
    side = cnnbook.conv_output_size(side, 3)
    return cnnbook.conv_output_size(side, 3, stride=pool_stride)


def head_parameters(poolings: int = 2) -> int:
    """Return the parameters of a linear layer from 24 pooled maps of 20×20 to ten classes."""
    side = 20
    for _ in range(poolings):
        side = cnnbook.conv_output_size(side, 2, stride=2)
    return 24 * side * side * 10 + 10


# 5. Max pooling, and the ways it goes wrong.
def my_max_pool2d(image: Array, kernel_size: int, stride: int) -> Array:
    """Return the largest pixel of each window, as a reader would write it."""
    return _pool(image, kernel_size, stride, np.max)


def _pool(image: Array, kernel_size: int, stride: int, keep: Callable[[Array], float]) -> Array:
    height, width = ((side - kernel_size) // stride + 1 for side in image.shape)
    out = np.empty((height, width))
    for i, j in np.ndindex(height, width):
        row, column = i * stride, j * stride
        out[i, j] = keep(image[row : row + kernel_size, column : column + kernel_size])
    return out


def search_from(start: float) -> Callable[..., Array]:
    """Return a pooling that begins each search at a number."""
    return lambda image, kernel_size, stride: np.maximum(
        my_max_pool2d(image, kernel_size, stride), start
    )


def sides_swapped(image: Array, kernel_size: int, stride: int) -> Array:
    """Take the image's width for its height."""
    width, height = ((side - kernel_size) // stride + 1 for side in image.shape)
    out = np.empty((height, width))
    for i, j in np.ndindex(height, width):
        row, column = i * stride, j * stride
        out[i, j] = np.max(image[row : row + kernel_size, column : column + kernel_size])
    return out


def incomplete_windows_too(image: Array, kernel_size: int, stride: int) -> Array:
    """Round the number of windows up."""
    return cnnbook.max_pool2d(image[None], kernel_size, stride, ceil_mode=True)[0]


def one_place_missing(image: Array, kernel_size: int, stride: int) -> Array:
    """Count the steps, and forget the window before the first of them."""
    return my_max_pool2d(image, kernel_size, stride)[:-1, :-1]


# 6. The mean of each map, and the ways it goes wrong.
def my_global_mean(maps: Array) -> Array:
    """Return one number for each image and channel."""
    return cnnbook.global_avg_pool2d(maps)


def maps_of_any_size(rng: np.random.Generator) -> Case:
    """Draw maps of any size."""
    shape = whole(rng, 4)
    return Case(arrays(rng, tuple(shape), most=2)[0])


def image_kernel_stride(rng: np.random.Generator) -> Case:
    """Draw an image, a window that fits into it, and a stride."""
    kernel_size, stride = whole(rng, 2)
    height, width = (kernel_size + more for more in whole(rng, 2, low=0, high=4))
    (image,) = arrays(rng, (height, width), most=2)
    return Case(lowered(rng, image), kernel_size, stride)


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_overlapping_windows() -> Any:
    """Answer `overlapping_windows` as a reader would, in a cell."""
    print("1 5 2 → 5,  5 2 4 → 5,  2 4 3 → 4")
    answer = [5, 5, 4]
    row = np.array([[[1.0, 5.0, 2.0, 4.0, 3.0]]])
    pooled = cnnbook.max_pool2d(row, (1, 3), stride=1)
    assert np.array_equal(pooled[0, 0], answer)
    return answer


def solve_side_after_pooling() -> Any:
    """Answer `side_after_pooling` as a reader would, in a cell."""
    print("96 − 5 + 1 =", 96 - 5 + 1)
    print("(92 − 2)/2 + 1 =", (92 - 2) // 2 + 1)
    print("46 − 3 + 1 =", 46 - 3 + 1)
    print("(44 − 3)/2 = 20.5, rounded down, + 1 =", (44 - 3) // 2 + 1)
    return 21


def solve_head_parameters() -> Any:
    """Answer `head_parameters` as a reader would, in a cell."""
    print("the side: 20 → 10 → 5, so 24 · 5 · 5 =", 24 * 5 * 5)
    print("weights and biases: 600 · 10 + 10 =", 600 * 10 + 10)
    return 6010


def solve_moves_until_change() -> Any:
    """Answer `moves_until_change` as a reader would, in a cell."""
    dots = np.array([[1, 0, 0, 0, 1, 0, 0, 0]])
    for pixels in range(3):
        moved = np.roll(dots, pixels, axis=1)
        pooled = cnnbook.max_pool2d(moved[None], (1, 2))[0, 0]
        print(pixels, "·", *moved[0], "→", *pooled)
    return 2


def solved_max_pool2d(image: Array, kernel_size: int, stride: int) -> Array:
    """Return the largest pixel of each window, with its loops in sight."""
    rows, columns = ((n - kernel_size) // stride + 1 for n in image.shape)
    out = np.empty((rows, columns))
    for i, j in np.ndindex(rows, columns):
        top, left = i * stride, j * stride
        window = image[top : top + kernel_size, left : left + kernel_size]
        out[i, j] = window.max()
    return out


def solved_global_mean(maps: Array) -> Array:
    """Return the mean of each map, with its loops in sight."""
    images, channels, height, width = maps.shape
    out = np.zeros((images, channels))
    for n, c in np.ndindex(images, channels):
        out[n, c] = maps[n, c].sum() / (height * width)
    return out


EXERCISES = Exercises(
    "pooling",
    [
        Answer(
            "overlapping_windows",
            solution=solve_overlapping_windows,
            expected=overlapping_windows,
            kind=np.ndarray,
            label="Three maxima",
            right="the 5 is the largest of the first two windows, so it appears twice.",
            hint="write down the three windows: they begin at the first, second and third pixel.",
            hints=[
                Mistake(
                    lambda: overlapping_windows(cnnbook.avg_pool2d),
                    "these are the means of the windows. The maxima are asked for.",
                ),
                Mistake(
                    lambda: overlapping_windows(cnnbook.sum_pool2d),
                    "these are the sums of the windows. The maxima are asked for.",
                ),
                Mistake(
                    lambda: np.array([5.0, 2.0, 4.0]),
                    "these are three pixels of the row. The middle window is 5 2 4: which "
                    "of its pixels is the largest?",
                ),
                Mistake(
                    lambda: np.array([5.0, 4.0, 4.0]),
                    "the middle window begins at the second pixel, and so it still holds the 5.",
                ),
            ],
        ),
        Answer(
            "side_after_pooling",
            solution=solve_side_after_pooling,
            expected=last_side,
            kind=int,
            label="Side",
            right="each window moves by its stride, and an incomplete last step is dropped.",
            hint="go layer by layer with ⌊(n − k) / s⌋ + 1, and give every pooling its stride.",
            hints=[
                Mistake(
                    lambda: last_side(pool_stride=3),
                    "the last pooling has a kernel of 3, but it moves by 2.",
                ),
                Mistake(
                    lambda: last_side() + 1,
                    "the last window would hang over the edge: round down, unless `ceil_mode` is "
                    "set.",
                ),
                Mistake(
                    lambda: 44, "this is the side after the second convolution: pool once more."
                ),
                Mistake(
                    lambda: last_side(pool_stride=1),
                    "the last pooling moves by 2, not by 1.",
                ),
            ],
        ),
        Answer(
            "head_parameters",
            solution=solve_head_parameters,
            expected=head_parameters,
            kind=int,
            label="Parameters in all",
            right="a weight for each pooled number and class, and a bias for each class.",
            hint="how many numbers are left after both poolings? Each class has a weight for each.",
            hints=[
                Mistake(
                    lambda: head_parameters() - 10,
                    "the ten biases are missing.",
                ),
                Mistake(
                    lambda: head_parameters(poolings=0),
                    "this is the head without any pooling.",
                ),
                Mistake(
                    lambda: head_parameters(poolings=1),
                    "this is the head after a single pooling; there are two.",
                ),
                Mistake(
                    lambda: 24 * 10 + 10,
                    "this is the head after a global mean. Here each map keeps several numbers.",
                ),
                Mistake(
                    lambda: 24 * 10 * 10 * 10 + 24 * 5 * 5 * 10 + 10,
                    "pooling has no parameters: count the linear layer alone.",
                ),
            ],
        ),
        Answer(
            "moves_until_change",
            solution=solve_moves_until_change,
            expected=lambda: moves_until_change(ROW),
            kind=int,
            unit="pixels",
            right="after one step each 1 is still in its window; the next step leaves it.",
            hint="write down the four windows after one step, after two, and so on.",
            hints=[
                Mistake(
                    lambda: moves_until_change(ROW, direction=-1),
                    "this is so for a move to the left. To the right, the 1 of column 0 goes to "
                    "column 1. Which columns share a window with column 0?",
                ),
                Mistake(
                    lambda: 4,
                    "after four steps the row is the same again. Look at the steps before.",
                ),
                Mistake(
                    lambda: 0, "without a move nothing changes. Count the first move that shows."
                ),
            ],
        ),
        Implement(
            "my_max_pool2d",
            solution=(solved_max_pool2d,),
            reference=my_max_pool2d,
            cases=[
                (np.array([[-1.0, -3.0, -5.0], [-6.0, -2.0, -7.0], [-4.0, -9.0, -8.0]]), 2, 1),
                (np.arange(35.0).reshape(5, 7) % 11 - 9, 2, 2),
                (np.arange(42.0).reshape(6, 7) % 13 - 6, 3, 2),
                (np.arange(20.0).reshape(4, 5) / 4 - 3000, 1, 3),
            ],
            generate=image_kernel_stride,
            right="It needs no weights: two sizes and `max` are all there is.",
            hint=(
                "output [i, j] belongs to the window whose top left corner is "
                "[i · stride, j · stride]: take its largest pixel."
            ),
            mistakes=[
                Mistake(
                    lambda image, kernel_size, stride: _pool(image, kernel_size, stride, np.mean),
                    "this is the mean of each window, not its largest pixel.",
                ),
                Mistake(
                    lambda image, kernel_size, stride: _pool(image, kernel_size, stride, np.sum),
                    "this is the sum of each window, not its largest pixel.",
                ),
                Mistake(
                    lambda image, kernel_size, stride: _pool(image, kernel_size, stride, np.min),
                    "this is the smallest pixel of each window.",
                ),
                Mistake(
                    search_from(0),
                    "your search begins at 0, which beats negative pixels. Begin with a pixel of "
                    "the window, or with −∞.",
                ),
                *(
                    Mistake(
                        search_from(start),
                        "your search begins at a number that pixels may lie below. Begin with a "
                        "pixel of the window, or with −∞.",
                    )
                    for start in BEGINNINGS
                ),
                Mistake(
                    sides_swapped,
                    "height and width of the image seem to be swapped: shape is (rows, columns).",
                ),
                Mistake(
                    lambda image, kernel_size, stride: my_max_pool2d(
                        image, kernel_size, kernel_size
                    ),
                    "your windows move by the kernel's size. Use `stride`.",
                ),
                Mistake(
                    lambda image, kernel_size, stride: my_max_pool2d(image, kernel_size, 1),
                    "your windows move by one pixel. Use `stride`.",
                ),
                Mistake(
                    lambda image, kernel_size, stride: my_max_pool2d(image, kernel_size, stride).T,
                    "your output is transposed: its first index is the row.",
                ),
                Mistake(
                    incomplete_windows_too,
                    "your last windows hang over the edge. Only complete windows count.",
                ),
                Mistake(
                    one_place_missing,
                    "one place is missing each way: (n − k) // stride steps make one window more.",
                ),
            ],
        ),
        Implement(
            "my_global_mean",
            solution=(solved_global_mean,),
            reference=my_global_mean,
            cases=[
                (np.arange(12.0).reshape(1, 2, 2, 3) ** 2 / 4,),
                (5 - np.arange(36.0).reshape(2, 3, 3, 2) / 2,),
            ],
            generate=maps_of_any_size,
            right="One number for each image and map, whatever the size of the maps.",
            hint="each map, maps[n, c], becomes one number: its mean.",
            mistakes=[
                Mistake(
                    lambda maps: maps.sum(axis=(2, 3)),
                    "these are the sums of the maps. Divide by the number of pixels.",
                ),
                Mistake(
                    lambda maps: maps.max(axis=(2, 3)),
                    "this is the largest number of each map, not its mean.",
                ),
                Mistake(
                    lambda maps: maps.mean(axis=(1, 2, 3)),
                    "this is one number for each image. Each map of it has one of its own.",
                ),
                Mistake(
                    lambda maps: maps.mean(axis=(0, 2, 3)),
                    "the images of the batch must not be mixed: (N, C) numbers are asked for.",
                ),
                Mistake(
                    lambda maps: maps.mean(axis=1).reshape(len(maps), -1),
                    "you took the mean over the channels. It goes over rows and columns.",
                ),
                Mistake(
                    lambda maps: maps.mean(axis=(2, 3), keepdims=True),
                    "two axes of length 1 are left over: the shape is (N, C).",
                ),
                Mistake(
                    lambda maps: my_global_mean(maps).T,
                    "images come first, channels second: (N, C).",
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
