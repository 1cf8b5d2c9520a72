"""The exercises of the chapter *Pooling*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises import pooling_gradients as gradients
from cnnbook.exercises.boxes import pooling as boxes
from cnnbook.exercises.cases import BEGINNINGS, arrays, lowered, whole

Array = np.ndarray[Any, Any]

# 1. A row of two bright pixels, four apart.
ROW = np.array([[1, 0, 0, 0, 1, 0, 0, 0]])

# 2. Three equal pixels in one window, and the gradient that arrives there.
TIED = np.array([[2.0, 7.0], [7.0, 7.0]])
ARRIVING = 6.0

# 5. Windows of three that move by one.
OVERLAPPING = np.array([[[1.0, 5.0, 2.0, 4.0, 3.0]]])
THREE_GRADIENTS = np.array([[[1.0, 10.0, 100.0]]])


def moves_until_change(row: Array, direction: int = 1) -> int:
    """Return by how many pixels a row must move until its max pooling by 2 is another."""
    before = cnnbook.max_pool2d(row[None], (1, 2))
    moves = 1
    moved = np.roll(row, direction)
    while np.array_equal(cnnbook.max_pool2d(moved[None], (1, 2)), before):
        moves += 1
        moved = np.roll(moved, direction)
    return moves


def tied_gradient() -> Array:
    """Return max pooling's gradient for the window with three equal pixels."""
    return cnnbook.max_pool2d_backward(np.full((1, 1, 1), ARRIVING), TIED[None], 2)[0]


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


def overlapping_gradient() -> Array:
    """Return max pooling's gradient for the overlapping windows."""
    return cnnbook.max_pool2d_backward(THREE_GRADIENTS, OVERLAPPING, (1, 3), stride=1)[0, 0]


# 6. Max pooling, and the ways it goes wrong.
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


# 7. The gradient of max pooling, and the ways it goes wrong.
def my_max_pool2d_backward(
    grad_output: Array, image: Array, kernel_size: int, stride: int
) -> Array:
    """Send each output's gradient to the first maximum of its window, and add up."""
    return gradients.routing(gradients.to_first)(grad_output, image, kernel_size, stride)


def image_kernel_stride(rng: np.random.Generator) -> Case:
    """Draw an image, a window that fits into it, and a stride."""
    kernel_size, stride = whole(rng, 2)
    height, width = (kernel_size + more for more in whole(rng, 2, low=0, high=4))
    (image,) = arrays(rng, (height, width), most=2)
    return Case(lowered(rng, image), kernel_size, stride)


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_moves_until_change() -> Any:
    """Answer `moves_until_change` as a reader would, in a cell."""
    dots = np.array([[1, 0, 0, 0, 1, 0, 0, 0]])
    for pixels in range(3):
        moved = np.roll(dots, pixels, axis=1)
        print(pixels, cnnbook.max_pool2d(moved[None], (1, 2))[0, 0].tolist())
    return 2


def solve_tied_gradient() -> Any:
    """Answer `tied_gradient` as a reader would, in a cell."""
    window = np.array([[2.0, 7.0], [7.0, 7.0]])
    answer = cnnbook.max_pool2d_backward(np.array([[[6.0]]]), window[None], 2)[0]
    print(answer.tolist())
    return answer


def solve_side_after_pooling() -> Any:
    """Answer `side_after_pooling` as a reader would, in a cell."""
    sides = [96]
    for k, s in [(5, 1), (2, 2), (3, 1), (3, 2)]:
        sides.append(cnnbook.conv_output_size(sides[-1], k, stride=s))
    print(" → ".join(map(str, sides)))
    return sides[-1]


def solve_head_parameters() -> Any:
    """Answer `head_parameters` as a reader would, in a cell."""
    left = 24 * 5 * 5
    print(left, "numbers are left")
    return left * 10 + 10


def solve_overlapping_gradient() -> Any:
    """Answer `overlapping_gradient` as a reader would, in a cell."""
    by_hand = np.zeros(5)
    by_hand[1] = 1 + 10  # the 5 is the largest of 1 5 2 and of 5 2 4
    by_hand[3] = 100  # the 4 is the largest of 2 4 3
    print(by_hand.astype(int).tolist())
    return by_hand


def solved_max_pool2d(image: Array, kernel_size: int, stride: int) -> Array:
    """Return the largest pixel of each window, with its loops in sight."""
    rows, columns = ((n - kernel_size) // stride + 1 for n in image.shape)
    out = np.empty((rows, columns))
    for i, j in np.ndindex(rows, columns):
        top, left = i * stride, j * stride
        out[i, j] = image[top : top + kernel_size, left : left + kernel_size].max()
    return out


def solved_max_pool2d_backward(
    grad_output: Array, image: Array, kernel_size: int, stride: int
) -> Array:
    """Send each output's gradient to the first maximum of its window, with loops in sight."""
    grad_input = np.zeros(image.shape)
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        window = image[top : top + kernel_size, left : left + kernel_size]
        row, column = np.unravel_index(np.argmax(window), window.shape)
        grad_input[top + row, left + column] += grad_output[i, j]
    return grad_input


EXERCISES = Exercises(
    "pooling",
    [
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
        Answer(
            "tied_gradient",
            solution=solve_tied_gradient,
            expected=tied_gradient,
            kind=np.ndarray,
            label="Four pixels, row by row",
            right="the first maximum in row-major order takes all of it, as in PyTorch.",
            hint="one pixel of the window receives everything. Read row by row: which comes first?",
            hints=[
                Mistake(
                    lambda: ARRIVING * gradients.split_evenly(TIED),
                    "an even split is the rule of PyTorch's `amax`, not of max pooling.",
                ),
                Mistake(
                    lambda: ARRIVING * gradients.to_every_maximum(TIED),
                    "this hands out three times what arrived. Max pooling picks one pixel.",
                ),
                Mistake(
                    lambda: ARRIVING * gradients.to_last(TIED),
                    "this is the last maximum. The first in row-major order wins.",
                ),
                Mistake(
                    lambda: ARRIVING * gradients.equal_shares(TIED),
                    "equal shares for all pixels: this is the gradient of mean pooling.",
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
            "overlapping_gradient",
            solution=solve_overlapping_gradient,
            expected=overlapping_gradient,
            kind=np.ndarray,
            label="Five gradients",
            right="the 5 wins two windows and receives the sum of their gradients.",
            hint="find the winner of each of the three windows, then add up what it receives.",
            hints=[
                Mistake(
                    lambda: np.array([0.0, 10.0, 0.0, 100.0, 0.0]),
                    "the 5 wins two windows: the second gradient is added, it does not replace the "
                    "first.",
                ),
                Mistake(
                    lambda: np.array([0.0, 1.0, 0.0, 100.0, 0.0]),
                    "the 5 wins two windows, and receives the gradients of both.",
                ),
                Mistake(
                    lambda: cnnbook.avg_pool2d_backward(
                        THREE_GRADIENTS, OVERLAPPING, (1, 3), stride=1
                    )[0, 0],
                    "these are equal shares: the gradient of mean pooling.",
                ),
                Mistake(
                    lambda: cnnbook.sum_pool2d_backward(
                        THREE_GRADIENTS, OVERLAPPING, (1, 3), stride=1
                    )[0, 0],
                    "every pixel of a window receives all of it here: this is sum pooling.",
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
            "my_max_pool2d_backward",
            solution=(solved_max_pool2d_backward,),
            reference=my_max_pool2d_backward,
            cases=[
                (
                    np.array([[1.0, -2.0], [0.5, 4.0]]),
                    np.array([[1.0, 2.0, 0.0], [3.0, 9.0, 4.0], [0.0, 5.0, 9.0]]),
                    2,
                    1,
                ),
                (
                    np.array([[6.0, 5.0]]),
                    np.array([[2.0, 7.0, 0.0, 0.0], [7.0, 7.0, 0.0, 0.0]]),
                    2,
                    2,
                ),
                (
                    np.arange(1.0, 7.0).reshape(2, 3) - 3.5,
                    np.arange(48.0).reshape(6, 8) % 5 - 3000,
                    3,
                    2,
                ),
            ],
            generate=gradients.pooling_case,
            right="Winners, ties and overlaps are all in order.",
            hint=(
                "begin with zeros of the image's shape. For each output find the winner of its "
                "window, and add the output's gradient there."
            ),
            mistakes=[
                Mistake(
                    gradients.routing(gradients.to_first, add=False),
                    "a pixel that wins several windows must receive the sum: use `+=`.",
                ),
                Mistake(
                    gradients.routing(gradients.to_every_maximum),
                    "at a tie only the first maximum in row-major order receives the gradient.",
                ),
                Mistake(
                    gradients.routing(gradients.split_evenly),
                    "you split the gradient among equal maxima. Max pooling gives all of it to "
                    "the first.",
                ),
                Mistake(
                    gradients.routing(gradients.to_last),
                    "at a tie the first maximum in row-major order wins, not the last.",
                ),
                *gradients.MISTAKES,
                Mistake(
                    gradients.routing(gradients.equal_shares),
                    "equal shares: this is mean pooling's gradient.",
                ),
                Mistake(
                    gradients.routing(lambda window: np.ones(window.shape)),
                    "every pixel receives all of it here: this is sum pooling's gradient.",
                ),
                Mistake(
                    lambda grad_output, image, kernel_size, stride: my_max_pool2d_backward(
                        np.ones_like(grad_output), image, kernel_size, stride
                    ),
                    "this counts how often each pixel wins. Send the output's gradient instead.",
                ),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
