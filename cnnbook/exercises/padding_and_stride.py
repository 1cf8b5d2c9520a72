"""The exercises of the chapter *Padding and stride*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import padding_and_stride as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]
Stride = tuple[int, int]


# 1. How often a pixel is read.
def use_counts(n: int, k: int, padding: int) -> tuple[int, int, int]:
    """Return how many windows read the corner, the middle of the top edge, and the centre."""
    size = (n, n)
    columns = cnnbook.im2col(np.ones((1, *size), dtype=np.int64), k, padding=padding)
    counts = cnnbook.col2im(columns, size, k, padding=padding)[0]
    middle = n // 2
    return int(counts[0, 0]), int(counts[0, middle]), int(counts[middle, middle])


# 3. Sides after three layers of (kernel, padding), all at stride 2.
STEM = ((7, 3), (3, 1), (3, 1))


def sides_with_strides(side: int = 224, stride: int = 2, padded: bool = True) -> list[int]:
    """Return the side after each layer."""
    sides = []
    for kernel_size, padding in STEM:
        side = cnnbook.conv_output_size(side, kernel_size, stride, padding if padded else 0)
        sides.append(side)
    return sides


def padding_once() -> list[int]:
    """Add the padding once in place of on both sides."""
    sides, side = [], 224
    for kernel_size, padding in STEM:
        side = cnnbook.conv_output_size(side + padding, kernel_size, 2)
        sides.append(side)
    return sides


def rounded_up() -> list[int]:
    """Round the division up."""
    sides, side = [], 224
    for kernel_size, padding in STEM:
        side = -((side + 2 * padding - kernel_size) // -2) + 1
        sides.append(side)
    return sides


# 6. The size formula, and the ways it goes wrong.
def output_size(n: int, k: int, s: int, p: int, d: int) -> int:
    """Return the output's side."""
    return cnnbook.conv_output_size(n, k, stride=s, padding=p, dilation=d)


def sizes_that_fit(rng: np.random.Generator) -> Case:
    """Draw arguments for which the kernel fits."""
    k, s, d = whole(rng, 3, high=5)
    (p,) = whole(rng, 1, low=0)
    n = max(1, d * (k - 1) + 1 - 2 * p) + int(rng.integers(0, 30))
    return Case(n, k, s, p, d)


# 7. Cross-correlation with padding and stride, and the ways it goes wrong.
SKEW = np.array([[1.0, 0.0, -2.0], [0.0, 3.0, 1.0]])


def my_conv(image: Array, kernel: Array, stride: Stride, padding: int) -> Array:
    """Return every stride-th output of the cross-correlation of the framed image."""
    down, across = stride
    return cnnbook.correlate2d(np.pad(image, padding), kernel)[::down, ::across]


def sides_swapped(image: Array, kernel: Array, stride: Stride, padding: int) -> Array:
    """Take the kernel's width for its height."""
    framed = np.pad(image, padding)
    width, height = kernel.shape
    down, across = stride
    rows = range(0, framed.shape[0] - height + 1, down)
    columns = range(0, framed.shape[1] - width + 1, across)
    patches = [[framed[i : i + height, j : j + width] for j in columns] for i in rows]
    return np.array([[(patch * kernel).sum() for patch in row] for row in patches])


def frame_on_two_sides(image: Array, kernel: Array, stride: Stride, padding: int) -> Array:
    """Put the frame only above and on the left."""
    return my_conv(np.pad(image, ((padding, 0), (padding, 0))), kernel, stride, 0)


def zeros_dropped(image: Array, kernel: Array, stride: Stride, padding: int) -> Array:
    """Leave out the outputs of windows that hang over the image."""
    framed = np.pad(np.ones_like(image), padding)
    taps = cnnbook.correlate2d(framed, np.ones_like(kernel))[:: stride[0], :: stride[1]]
    return np.where(taps == kernel.size, my_conv(image, kernel, stride, padding), 0)


def image_kernel_and_settings(rng: np.random.Generator) -> Case:
    """Draw an image, a kernel that fits into it, a stride and a padding."""
    height, width, down, across = whole(rng, 4)
    more_rows, more_columns = whole(rng, 2, low=0, high=6)
    image, kernel = arrays(rng, (height + more_rows, width + more_columns), (height, width))
    return Case(image, kernel, (down, across), int(rng.integers(0, 3)))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_use_counts() -> Any:
    """Answer `use_counts` as a reader would, in a cell."""
    counts = []
    for row in (0, 4):  # the border, and the middle
        starts = [start for start in range(-2, 7) if start <= row < start + 5]
        print(f"row {row} is read by the windows that start at {starts}")
        counts.append(len(starts))
    border, middle = counts
    print(f"corner {border}·{border}, edge {border}·{middle}, ", end="")
    print(f"centre {middle}·{middle}")
    return border * border, border * middle, middle * middle


def solve_unread_rows() -> Any:
    """Answer `unread_rows` as a reader would, in a cell."""
    print("the windows read rows 0 1 2, 4 5 6 and 8 9 10")
    answer = tuple(row for row in range(11) if row % 4 == 3)
    print(answer, "lie between them")
    assert answer == cnnbook.unused_pixels(11, 3, stride=4)
    return answer


def solve_sides_with_strides() -> Any:
    """Answer `sides_with_strides` as a reader would, in a cell."""
    answer, side = [], 224
    for k, p in [(7, 3), (3, 1), (3, 1)]:
        room = side + 2 * p - k
        print(f"({side} + 2·{p} − {k})/2 = {room / 2}, ", end="")
        side = room // 2 + 1
        print(f"rounded down, + 1: {side}")
        answer.append(side)
    return answer


def solve_keep_the_size() -> Any:
    """Answer `keep_the_size` as a reader would, in a cell."""
    total = 3 * (4 - 1)
    print(f"d(k − 1) = 3·(4 − 1) = {total} in all, an odd number")
    answer = (total // 2, total - total // 2)
    print("{} before and {} after".format(*answer))
    assert answer == cnnbook.same_padding(4, dilation=3)
    return answer


def solve_macs_at_stride_2() -> Any:
    """Answer `macs_at_stride_2` as a reader would, in a cell."""
    side = (56 + 2 * 1 - 3) // 2 + 1
    print(f"(56 + 2·1 − 3)/2 = 27.5, rounded down, + 1: {side}")
    print(f"{side}·{side} outputs of 3·3 each: {side * side * 9:,}")
    return side * side * 9


def solved_output_size(n: int, k: int, s: int, p: int, d: int) -> int:
    """Return the output's side by the formula."""
    reach = d * (k - 1) + 1
    return (n + 2 * p - reach) // s + 1


def solved_my_conv(image: Array, kernel: Array, stride: Stride, padding: int) -> Array:
    """Return the cross-correlation with a frame of zeros, window by window."""
    framed = np.pad(image, padding)
    height, width = kernel.shape
    down, across = stride
    rows = range(0, framed.shape[0] - height + 1, down)
    columns = range(0, framed.shape[1] - width + 1, across)
    out = np.empty((len(rows), len(columns)))
    for row, i in enumerate(rows):
        for column, j in enumerate(columns):
            patch = framed[i : i + height, j : j + width]
            out[row, column] = np.sum(patch * kernel)
    return out


EXERCISES = Exercises(
    "padding_and_stride",
    [
        Answer(
            "use_counts",
            solution=solve_use_counts,
            expected=lambda: use_counts(9, 5, 2),
            kind=tuple,
            label="Corner, middle of the top edge, centre",
            right="each count is the product of the counts along the two axes.",
            hint=(
                "count along one axis first: which of the starts −2, −1, 0, … have column 0 in "
                "their window of five? Then multiply rows by columns."
            ),
            hints=[
                Mistake(
                    lambda: use_counts(9, 5, 0),
                    "these are the counts without padding. The frame lets windows start before "
                    "the image.",
                ),
                Mistake(
                    lambda: use_counts(9, 5, 4),
                    "all pixels are read equally often only when the padding is k − 1.",
                ),
                Mistake(lambda: use_counts(9, 5, 1), "these are the counts for padding 1."),
                Mistake(lambda: use_counts(9, 3, 1), "these are the counts of a 3×3 kernel."),
                Mistake(
                    lambda: (3, 3, 5),
                    "these are counts along one axis. A window has rows and columns.",
                ),
            ],
        ),
        Answer(
            "unread_rows",
            solution=solve_unread_rows,
            expected=lambda: cnnbook.unused_pixels(11, 3, stride=4),
            kind=tuple,
            label="Rows that no window reads",
            right="the stride is larger than the kernel, so rows between the windows are skipped.",
            hint="write down the rows of each window: the first holds rows 0, 1 and 2.",
            hints=[
                Mistake(
                    lambda: (),
                    "nothing is left over at the end, that is true. Now look between the windows.",
                ),
                Mistake(
                    lambda: tuple(row + 1 for row in cnnbook.unused_pixels(11, 3, stride=4)),
                    "rows count from 0.",
                ),
                Mistake(
                    lambda: cnnbook.unused_pixels(11, 1, stride=4),
                    "each window reads three rows, not only the one that it starts at.",
                ),
            ],
        ),
        Answer(
            "sides_with_strides",
            solution=solve_sides_with_strides,
            expected=sides_with_strides,
            kind=list,
            label="The three sides",
            right="with (k − 1) / 2 of padding a stride of 2 halves an even side.",
            hint="take the layers one by one: add twice the padding, subtract the kernel, divide "
            "by the stride, round down, add 1.",
            hints=[
                Mistake(
                    padding_once,
                    "either the padding counts on both sides, or the + 1 is missing: the first "
                    "window is there before any step.",
                ),
                Mistake(lambda: sides_with_strides(padded=False), "the padding is missing."),
                Mistake(rounded_up, "what is left over of the division is dropped: round down."),
                Mistake(
                    lambda: sides_with_strides(stride=1), "that is at stride 1. The stride is 2."
                ),
            ],
        ),
        Answer(
            "keep_the_size",
            solution=solve_keep_the_size,
            expected=lambda: cnnbook.same_padding(4, dilation=3),
            kind=tuple,
            label="Pixels before, then after",
            right="the total is odd, and the extra pixel goes after the image.",
            hint="how many pixels does this kernel reach over, from its first entry to its last? "
            "One less is the total.",
            hints=[
                Mistake(
                    lambda: cnnbook.same_padding(4, dilation=3)[::-1],
                    "the total is right. The extra pixel goes on the other side.",
                ),
                Mistake(
                    lambda: cnnbook.same_padding(4),
                    "this is for dilation 1: the reach grows with d.",
                ),
                Mistake(lambda: (2, 2), "k / 2 on each side is too much here even for dilation 1."),
                Mistake(lambda: (9, 9), "this is the total, on each side. Split it."),
                Mistake(
                    lambda: (6, 6), "dilation widens the gaps, of which there are k − 1, not k."
                ),
                Mistake(lambda: (4, 4), "one pixel short: an odd total is split unevenly."),
                Mistake(
                    lambda: (4.5, 4.5), "there are no half pixels: an odd total is split unevenly."
                ),
                Mistake(lambda: (5, 5), "one pixel too many: an odd total is split unevenly."),
            ],
        ),
        Answer(
            "macs_at_stride_2",
            solution=solve_macs_at_stride_2,
            expected=lambda: cnnbook.conv2d_cost(56, 1, 1, 3, stride=2, padding=1).macs,
            kind=int,
            label="Multiply–accumulates",
            right="outputs down times outputs across times the entries of the kernel.",
            hint="how many outputs are there in a row? In all? What does one of them cost?",
            hints=[
                Mistake(
                    lambda: cnnbook.conv2d_cost(56, 1, 1, 3, padding=1).macs,
                    "that is the work at stride 1.",
                ),
                Mistake(
                    lambda: cnnbook.conv2d_cost(56, 1, 1, 3, padding=1).macs // 2,
                    "the stride halves the places down and the places across.",
                ),
                Mistake(
                    lambda: cnnbook.conv2d_cost(56, 1, 1, 3, stride=2, padding=1).activations,
                    "that is the number of outputs. Each costs one multiply–accumulate for every "
                    "entry of the kernel.",
                ),
                Mistake(
                    lambda: cnnbook.conv2d_cost(56, 1, 1, 3, stride=2).macs,
                    "that is without padding.",
                ),
                Mistake(
                    lambda: 3 * cnnbook.conv2d_cost(56, 1, 1, 3, stride=2, padding=1).activations,
                    "a 3×3 kernel has more than three entries.",
                ),
            ],
        ),
        Implement(
            "output_size",
            solution=(solved_output_size,),
            reference=output_size,
            cases=[
                (11, 4, 3, 1, 2),
                (7, 3, 1, 0, 1),
                (7, 3, 3, 0, 1),
                (224, 7, 2, 3, 1),
                (50, 3, 2, 4, 3),
            ],
            generate=sizes_that_fit,
            right="Reach, steps that fit, and the first window.",
            hint="the kernel reaches over d(k − 1) + 1 pixels. How many steps of s fit beside it?",
            mistakes=[
                Mistake(
                    lambda n, k, s, p, d: (n + 2 * p - k) // s + 1,
                    "the dilation is missing.",
                ),
                Mistake(
                    lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1,
                    "there are k − 1 gaps between k entries: d multiplies k − 1, not k.",
                ),
                Mistake(
                    lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1,
                    "the answer is a whole number: round the division down, with //.",
                ),
                Mistake(
                    lambda n, k, s, p, d: -((n + 2 * p - d * (k - 1) - 1) // -s) + 1,
                    "you round up. What does not fit is dropped.",
                ),
                Mistake(
                    lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s,
                    "the first window is there before any step: add 1.",
                ),
                Mistake(
                    lambda n, k, s, p, d: n + 2 * p - d * (k - 1),
                    "the stride is missing.",
                ),
                Mistake(
                    lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 1,
                    "the padding is missing.",
                ),
                Mistake(
                    lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1,
                    "the padding counts on both sides.",
                ),
                Mistake(
                    lambda n, k, s, p, d: (n + 2 * p - d * (k - 1)) // s + 1,
                    "the kernel reaches over one pixel more than d(k − 1): both ends count.",
                ),
            ],
        ),
        Implement(
            "my_conv",
            solution=(solved_my_conv,),
            reference=my_conv,
            cases=[
                (np.arange(1.0, 31.0).reshape(5, 6) / 2, SKEW, (2, 3), 1),
                (np.arange(9.0).reshape(3, 3), np.arange(4.0).reshape(2, 2), (3, 2), 1),
                (np.arange(49.0).reshape(7, 7), np.ones((3, 3)), (3, 3), 0),
                (np.arange(10.0).reshape(5, 2), np.array([[1.0], [2.0], [-1.0]]), (1, 2), 2),
            ],
            generate=image_kernel_and_settings,
            right="Frame, then windows at every stride-th place.",
            hint=(
                "output [i, j] belongs to the window whose top left corner is [down · i, "
                "across · j] of the framed image."
            ),
            mistakes=[
                Mistake(
                    lambda image, kernel, stride, padding: my_conv(
                        image, kernel[::-1, ::-1], stride, padding
                    ),
                    "you turned the kernel by 180 degrees: that is true convolution.",
                ),
                Mistake(
                    lambda image, kernel, stride, padding: my_conv(
                        image, kernel, stride[::-1], padding
                    ),
                    "height and width of the stride are swapped: the pair is (down, across).",
                ),
                Mistake(
                    lambda image, kernel, stride, padding: my_conv(image, kernel, (1, 1), padding),
                    "this is the output at stride 1.",
                ),
                Mistake(
                    lambda image, kernel, stride, padding: my_conv(image, kernel, stride, 0),
                    "the padding is missing.",
                ),
                Mistake(
                    lambda image, kernel, stride, padding: my_conv(
                        image, kernel, stride, 2 * padding
                    ),
                    "the frame is too wide: padding counts one side, not the total.",
                ),
                Mistake(frame_on_two_sides, "the frame belongs on all four sides."),
                Mistake(
                    zeros_dropped,
                    "windows that reach into the frame count as well: only their padding is 0.",
                ),
                Mistake(
                    lambda image, kernel, stride, padding: my_conv(image, kernel, stride, padding)[
                        :-1, :-1
                    ],
                    "the last place each way is missing: the window may touch the edge.",
                ),
                Mistake(
                    sides_swapped,
                    "height and width of the kernel seem to be swapped: shape is (rows, columns).",
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
