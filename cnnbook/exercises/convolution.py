"""The exercises of the chapter *Convolution*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook import kernels
from cnnbook.data import letters, photographs
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import convolution as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]

# 4. The sign of an edge: bright above, dark below.
HALVES = np.repeat(np.array([1, 1, 0, 0], dtype=np.float32), 4).reshape(4, 4)

# 1. Four outputs by hand.
NINE = np.arange(1, 10).reshape(3, 3)
MINUS = np.array([[1, 0], [0, -1]])


def edge_sign(image: Array) -> str:
    """Return the sign of sobel_y's first response."""
    return "positive" if cnnbook.correlate2d(image, kernels.sobel_y())[0, 0] > 0 else "negative"


def last_side(side: int, kernel_sizes: tuple[int, ...] = (5, 3, 3), **settings: Any) -> int:
    """Return the side after a stack of layers."""
    for kernel_size in kernel_sizes:
        side = cnnbook.conv_output_size(side, kernel_size, **settings)
    return side


# 5. Cross-correlation, and the ways it goes wrong.
def my_correlate2d(image: Array, kernel: Array) -> Array:
    """Return the cross-correlation, as a reader would write it."""
    return _slide(image, kernel, lambda patch: (patch * kernel).sum())


def _slide(image: Array, kernel: Array, response: Any) -> Array:
    height, width = kernel.shape
    out = np.empty((image.shape[0] - height + 1, image.shape[1] - width + 1))
    for i, j in np.ndindex(out.shape):
        out[i, j] = response(image[i : i + height, j : j + width])
    return out


def averages(image: Array, kernel: Array) -> Array:
    """Take the mean of the products where the sum is asked for."""
    return _slide(image, kernel, lambda patch: (patch * kernel).mean())


def sides_swapped(image: Array, kernel: Array) -> Array:
    """Take a kernel's width for its height."""
    width, height = kernel.shape
    out = np.empty((image.shape[0] - height + 1, image.shape[1] - width + 1))
    for i, j in np.ndindex(out.shape):
        out[i, j] = (image[i : i + height, j : j + width] * kernel).sum()
    return out


def one_place_missing(image: Array, kernel: Array) -> Array:
    """Count n − k places in place of n − k + 1."""
    return my_correlate2d(image, kernel)[:-1, :-1]


def same_size(image: Array, kernel: Array) -> Array:
    """Fill an output as large as the image."""
    out = np.zeros(image.shape)
    inner = my_correlate2d(image, kernel)
    out[: inner.shape[0], : inner.shape[1]] = inner
    return out


def summed_apart(image: Array, kernel: Array) -> Array:
    """Sum patch and kernel before multiplying."""
    return _slide(image, kernel, lambda patch: patch.sum() * kernel.sum())


# 6. Find the letter.
def is_x(letter: Array) -> bool:
    """Return whether strokes are arranged as in an X, anywhere in the picture."""
    return best_arrangement(letter) > 0.7


def best_arrangement(letter: Array) -> float:
    """Return how well four strokes match the X's arrangement at the best place."""
    features = letters.x_features()
    corners = np.zeros((5, 5), dtype=np.float32)
    corners[0, 0] = corners[4, 4] = 1 / 4
    match = cnnbook.correlate2d
    falling = np.maximum(match(letter, features["diagonal"]) / 9, 0)
    rising = np.maximum(match(letter, features["antidiagonal"]) / 9, 0)
    arrangement = match(falling, corners)
    arrangement += match(rising, corners[:, ::-1].copy())
    return float(arrangement.max())


def one_stroke(letter: Array) -> bool:
    """Look for a single falling stroke."""
    return bool((cnnbook.correlate2d(letter, letters.x_features()["diagonal"]) / 9).max() > 0.7)


def centre_pixel(letter: Array) -> bool:
    """Look at the picture's centre only."""
    return bool(letter[letter.shape[0] // 2, letter.shape[1] // 2] > 0)


def counted_ink(letter: Array) -> bool:
    """Count the pixels of ink: the X has 13."""
    return bool((letter > 0).sum() == 13)


def on_paper(letter: Array, row: int, column: int, change: int = 0) -> Case:
    """Return a case: the letter somewhere in a 13×13 picture of paper, not always clean.

    A positive `change` adds so many pixels of ink outside the letter, a negative one erases some
    of the letter's first ones: counting ink does not tell the letters apart.
    """
    paper = np.full((13, 13), -1, dtype=np.float32)
    paper[row : row + 9, column : column + 9] = letter
    if change > 0:
        edge = 0 if row >= 2 else 12
        paper[edge, :change] = 1
    elif change < 0:
        rows, columns = np.nonzero(paper > 0)
        paper[rows[:-change], columns[:-change]] = -1
    return Case(paper)


def letter_anywhere(rng: np.random.Generator) -> Case:
    """Draw a letter and its place."""
    letter = letters.letter_x() if rng.integers(2) else letters.letter_o()
    row, column = rng.integers(5, size=2)
    return on_paper(letter, int(row), int(column))


def image_and_kernel(rng: np.random.Generator) -> Case:
    """Draw an image and a kernel that fits into it."""
    height, width = whole(rng, 2)
    more_rows, more_columns = whole(rng, 2, low=0, high=4)
    return Case(*arrays(rng, (height + more_rows, width + more_columns), (height, width)))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_identity_kernel() -> Any:
    """Answer `identity_kernel` as a reader would, in a cell."""
    identity = kernels.identity(3)
    grey = photographs.to_grey(photographs.photograph())
    assert np.array_equal(cnnbook.correlate2d(grey, identity), grey[1:-1, 1:-1])
    return identity


def solve_edge_sign() -> Any:
    """Answer `edge_sign` as a reader would, in a cell."""
    print("a patch on the border: 1 1 1 / 1 1 1 / 0 0 0, so the sum is")
    print("−1·1 − 2·1 − 1·1 + 1·0 + 2·0 + 1·0 =", -1 - 2 - 1)
    halves = np.repeat(np.array([1, 1, 0, 0], dtype=np.float32), 4).reshape(4, 4)
    assert cnnbook.correlate2d(halves, kernels.sobel_y())[0, 0] == -4
    return "negative"


def solve_four_outputs() -> Any:
    """Answer `four_outputs` as a reader would, in a cell."""
    print("1·1 + 2·0 + 4·0 + 5·(−1) = 1 − 5 =", 1 - 5)
    print("the others likewise: 2 − 6, 4 − 8 and 5 − 9")
    nine, minus = np.arange(1, 10).reshape(3, 3), np.array([[1, 0], [0, -1]])
    answer = [[1 - 5, 2 - 6], [4 - 8, 5 - 9]]
    assert np.array_equal(answer, cnnbook.correlate2d(nine, minus))
    return answer


def solve_sides_through_a_stack() -> Any:
    """Answer `sides_through_a_stack` as a reader would, in a cell."""
    side = 32
    for k in (5, 3, 3):
        print(f"{side} − {k} + 1 = {side - k + 1}")
        side = side - k + 1
    return side


def solved_correlate2d(image: Array, kernel: Array) -> Array:
    """Return the cross-correlation, with its loops in sight."""
    height, width = kernel.shape
    out = np.empty((image.shape[0] - height + 1, image.shape[1] - width + 1))
    for i, j in np.ndindex(out.shape):
        out[i, j] = (image[i : i + height, j : j + width] * kernel).sum()
    return out


EXERCISES = Exercises(
    "convolution",
    [
        Answer(
            "four_outputs",
            solution=solve_four_outputs,
            expected=lambda: cnnbook.correlate2d(NINE, MINUS),
            kind=np.ndarray,
            right="one row down and one column right, the pixel is always 3 + 1 larger.",
            hint="each output is the patch's top left pixel minus its bottom right pixel.",
            hints=[
                Mistake(
                    lambda: cnnbook.convolve2d(NINE, MINUS),
                    "you turned the kernel by 180 degrees: that is true convolution.",
                ),
                Mistake(
                    lambda: cnnbook.correlate2d(NINE, np.abs(MINUS)),
                    "the sign of the last kernel entry got lost: that pixel is subtracted.",
                ),
                Mistake(
                    lambda: NINE[:2, :2] * MINUS,
                    "these are the products on the first patch. Their sum is one output.",
                ),
                Mistake(
                    lambda: cnnbook.correlate2d(NINE, MINUS) / 4,
                    "this is the average of the products, as in the letter story. The sum is asked "
                    "for.",
                ),
            ],
        ),
        Answer(
            "sides_through_a_stack",
            solution=solve_sides_through_a_stack,
            expected=lambda: last_side(32),
            kind=int,
            right="each kernel takes k − 1 away.",
            hint="kernel by kernel: how many places has one of side k on a row of n pixels?",
            hints=[
                Mistake(lambda: 32 - 5 - 3 - 3, "each kernel takes k − 1 away, not k."),
                Mistake(lambda: 32, "every kernel makes the picture smaller."),
                Mistake(lambda: last_side(32, (5, 3)), "that is the side after two kernels."),
                Mistake(
                    lambda: 32 - 2 - 1 - 1,
                    "that is the side after the first kernel. Or did you take (k − 1) / 2 away "
                    "three times? A kernel loses places on both sides, k − 1 in all.",
                ),
            ],
        ),
        Answer(
            "identity_kernel",
            solution=solve_identity_kernel,
            expected=kernels.identity,
            kind=np.ndarray,
            right="the single 1 at the centre keeps the middle pixel of each patch.",
            hint=(
                "the picture changes. Each output is a sum over nine pixels of the patch: which "
                "of them do you want to keep, and what must the other entries be?"
            ),
            hints=[
                Mistake(
                    lambda: np.ones((3, 3)),
                    "this kernel adds up all the pixels of the patch: a blurred picture, far too "
                    "bright.",
                ),
                Mistake(
                    kernels.box_blur,
                    "this is the mean of the patch, the box blur. Which one pixel should stay?",
                ),
                Mistake(
                    lambda: np.eye(3),
                    "the identity of matrix products adds three pixels here: convolution is "
                    "another product. Which one pixel should stay?",
                ),
                Mistake(
                    lambda: np.zeros((3, 3)),
                    "this kernel multiplies every pixel by 0: the output is black.",
                ),
                Mistake(
                    lambda: np.roll(kernels.identity(), (-1, -1), axis=(0, 1)),
                    "this keeps the top left pixel of each patch, so the picture moves by a pixel.",
                ),
            ],
        ),
        Answer(
            "edge_sign",
            solution=solve_edge_sign,
            expected=lambda: edge_sign(HALVES),
            kind=str,
            choices=("positive", "negative"),
            right="the bright rows above are subtracted from the dark rows below.",
            hint="write down a patch on the border, lay the kernel on it and sum.",
            hints=[
                Mistake(
                    lambda: edge_sign(1 - HALVES),
                    "this is the sign for a picture that is dark above. The kernel subtracts "
                    "what is above from what is below.",
                )
            ],
        ),
        Implement(
            "my_correlate2d",
            solution=(solved_correlate2d,),
            reference=my_correlate2d,
            cases=[
                (np.arange(9.0).reshape(3, 3), np.array([[0.0, 1.0], [-2.0, 1.5]])),
                (np.arange(24.0).reshape(4, 6), np.array([[1.0, 0.0, -2.0], [0.0, 3.0, 1.0]])),
                (np.arange(10.0).reshape(5, 2), np.array([[1.0], [2.0], [-1.0]])),
                (np.array([[2.0, 3.0, 5.0]]), np.array([[1.0, -1.0, 4.0]])),
            ],
            generate=image_and_kernel,
            right="Patch times kernel, summed, at each of the (n − k + 1) places both ways.",
            hint=(
                "output [i, j] belongs to the patch whose top left corner is [i, j]: multiply "
                "patch and kernel element by element, then sum."
            ),
            mistakes=[
                Mistake(
                    cnnbook.convolve2d,
                    "you turned the kernel by 180 degrees: that is true convolution.",
                ),
                Mistake(
                    lambda image, kernel: my_correlate2d(image, kernel[::-1]),
                    "the rows of your kernel are reversed.",
                ),
                Mistake(
                    lambda image, kernel: my_correlate2d(image, kernel[:, ::-1]),
                    "the columns of your kernel are reversed.",
                ),
                Mistake(
                    lambda image, kernel: my_correlate2d(image, kernel.T),
                    "your kernel is transposed: its first index is the row.",
                ),
                Mistake(
                    lambda image, kernel: my_correlate2d(image, kernel).T,
                    "your output is transposed: its first index is the row.",
                ),
                Mistake(averages, "you took the mean of the products. The sum is asked for."),
                Mistake(summed_apart, "multiply patch and kernel first, and sum after that."),
                Mistake(
                    one_place_missing,
                    "one place is missing each way: a kernel of side k fits n − k + 1 times.",
                ),
                Mistake(
                    same_size,
                    "your output is as large as the image, but the kernel must not hang over "
                    "the edge: it fits n − k + 1 times.",
                ),
                Mistake(
                    sides_swapped,
                    "height and width of the kernel seem to be swapped: shape is (rows, columns).",
                ),
            ],
        ),
        Implement(
            "is_x",
            solution=(best_arrangement, is_x),
            reference=is_x,
            cases=lambda: (
                [
                    on_paper(letter, row, column)
                    for row, column in [(2, 2), (0, 0), (4, 0), (1, 3)]
                    for letter in (letters.letter_x(), letters.letter_o())
                ]
                + [on_paper(letters.letter_x(), 2, 4, 3), on_paper(letters.letter_o(), 1, 1, -3)]
            ),
            generate=letter_anywhere,
            right="The arrangement of strokes is found wherever the letter stands.",
            hint=(
                "the best match of the arrangement was 1.00 on the X, and at most 0.67 on the O, "
                "wherever the letter stood."
            ),
            mistakes=[
                Mistake(
                    one_stroke,
                    "the O has a falling stroke as well. Ask for the arrangement of strokes.",
                ),
                Mistake(
                    centre_pixel,
                    "the letter is not always in the middle: look for it at every place.",
                ),
                Mistake(
                    lambda letter: best_arrangement(letter) > 0.5,
                    "on larger paper the O's cut corners match better than 0.33: the page prints "
                    "how well. Where must the threshold lie?",
                ),
                Mistake(
                    counted_ink,
                    "a letter may be smudged or partly erased: do not count ink, look for strokes.",
                ),
                Mistake(lambda letter: not is_x(letter), "True and False are exchanged."),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
