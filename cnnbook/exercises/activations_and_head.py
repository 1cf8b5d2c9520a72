"""The exercises of the chapter *Activations and the head*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import activations_and_head as boxes
from cnnbook.exercises.cases import arrays, two_layers, whole

Array = np.ndarray[Any, Any]

# 1. Six linear layers, True where a relu follows.
RELU_AFTER = (False, True, False, False, True, False)

# 4. Three logits.
LOGITS = np.array([2.0, 1.0, 0.0])

# 3. Logits whose exponentials are whole numbers.
WHOLE = np.array([1.0, 3.0, 6.0])


def change_of_largest(before: Array, after: Array) -> str:
    """Say what happens to the largest probability."""
    difference = cnnbook.softmax(after).max() - cnnbook.softmax(before).max()
    if abs(difference) < 1e-9:
        return "the same"
    return "larger" if difference > 0 else "smaller"


# 2. A place in the row.
def place(order: tuple[int, int, int] = (0, 1, 2)) -> int:
    """Return where channel 2, row 1, column 3 of maps (4, 5, 6) goes, with axes in some order."""
    maps = np.zeros((4, 5, 6))
    maps[2, 1, 3] = 1
    return int(cnnbook.flatten(maps.transpose(order)[None])[0].argmax())


# 5. A head for larger images.
def last_side(side: int, sizes: tuple[int, ...] = (3, 5), pools: tuple[int, ...] = (2, 2)) -> int:
    """Return the side of the maps before flattening."""
    for kernel_size, pool in zip(sizes, pools, strict=True):
        side = cnnbook.conv_output_size(side, kernel_size)
        side = cnnbook.conv_output_size(side, pool, stride=pool)
    return side


# 6. Softmax, and the ways it goes wrong.
def my_softmax(z: Array) -> Array:
    """Return the softmax of each row."""
    exponentials = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def overflowing(z: Array) -> Array:
    """Take the exponentials as they come."""
    with np.errstate(all="ignore"):
        exponentials = np.exp(z)
        return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def largest_of_all(z: Array) -> Array:
    """Subtract the largest logit of the whole array, not of the row."""
    with np.errstate(all="ignore"):
        exponentials = np.exp(z - z.max())
        return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def sum_of_all(z: Array) -> Array:
    """Divide by the sum over all images."""
    exponentials = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum())


def not_divided(z: Array) -> Array:
    """Forget the division."""
    return np.asarray(np.exp(z - z.max(axis=1, keepdims=True)))


def without_exponentials(z: Array) -> Array:
    """Divide the logits themselves by their sum."""
    with np.errstate(all="ignore"):
        return np.asarray(z / z.sum(axis=1, keepdims=True))


def rows_of_logits(rng: np.random.Generator) -> Case:
    """Draw logits, some of them large."""
    shape = whole(rng, 1, high=4) + whole(rng, 1, low=2, high=6)
    (logits,) = arrays(rng, shape)
    return Case(logits * float(rng.choice([1, 10, 1000])))


# 7. Two layers into one.
def merge(w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Array, Array]:
    """Return the weight and the bias of both layers in one."""
    return w2 @ w1, w2 @ b1 + b2


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_layers_that_remain() -> Any:
    """Answer `layers_that_remain` as a reader would, in a cell."""
    print("784→300→200 | relu | 200→100→100→50 | relu | 50→10")
    merged = ["784→200", "200→50", "50→10"]
    print(merged)
    return len(merged)


def solve_doubled_logits() -> Any:
    """Answer `doubled_logits` as a reader would, in a cell."""
    for a, b in [(2, 1), (4, 2)]:
        total = np.exp(a) + np.exp(b) + 1
        print(f"e^{a} / (e^{a} + e^{b} + 1) =", end=" ")
        print(f"{np.exp(a):.2f} / {total:.2f} = {np.exp(a) / total:.2f}")
    return "larger"


def solve_place_in_the_row() -> Any:
    """Answer `place_in_the_row` as a reader would, in a cell."""
    marked = np.zeros((1, 4, 5, 6))
    marked[0, 2, 1, 3] = 1
    place = int(cnnbook.flatten(marked)[0].argmax())
    assert place == (2 * 5 + 1) * 6 + 3
    print("(2 · 5 + 1) · 6 + 3 =", place)
    return place


def solve_softmax_by_hand() -> Any:
    """Answer `softmax_by_hand` as a reader would, in a cell."""
    print("exponentials 1, 3, 6; their sum is 10")
    answer = np.array([1.0, 3.0, 6.0]) / 10
    print("so the probabilities are", *answer.tolist())
    return answer


def solve_inputs_of_the_head() -> Any:
    """Answer `inputs_of_the_head` as a reader would, in a cell."""
    print("32 − 3 + 1 =", 32 - 3 + 1, "and half of it is", 30 // 2)
    print("15 − 5 + 1 =", 15 - 5 + 1, "and half of it, rounded down, is", 11 // 2)
    print("16 · 5 · 5 =", 16 * 5 * 5)
    return 400


EXERCISES = Exercises(
    "activations_and_head",
    [
        Answer(
            "layers_that_remain",
            label="Linear layers",
            solution=solve_layers_that_remain,
            expected=lambda: 1 + sum(RELU_AFTER),
            kind=int,
            right="each relu keeps two neighbours apart, and all others merge.",
            hint="write the six in a row with the two relus in their places. Which ones touch?",
            hints=[
                Mistake(lambda: len(RELU_AFTER), "layers with nothing between them are one."),
                Mistake(
                    lambda: 1,
                    "that would be so without any relu: it keeps its two neighbours apart.",
                ),
                Mistake(
                    lambda: sum(RELU_AFTER),
                    "you counted the relus. How many groups do they leave?",
                ),
            ],
        ),
        Answer(
            "doubled_logits",
            label="The largest probability gets, or stays",
            solution=solve_doubled_logits,
            expected=lambda: change_of_largest(LOGITS, 2 * LOGITS),
            kind=str,
            choices=("larger", "smaller", "the same"),
            right="the differences double, and softmax goes by the differences.",
            hint="take the exponential of 2, 1, 0 and of 4, 2, 0, and compare the shares.",
            hints=[
                Mistake(
                    lambda: change_of_largest(LOGITS, LOGITS + 2),
                    "that is what happens when one number is added to all logits. Here the "
                    "differences between them change.",
                ),
                Mistake(
                    lambda: change_of_largest(LOGITS, LOGITS / 2),
                    "that is what happens when all logits are halved.",
                ),
            ],
        ),
        Answer(
            "place_in_the_row",
            label="Place",
            solution=solve_place_in_the_row,
            expected=place,
            kind=int,
            right="two whole channels of 30, one whole row of 6, then 3.",
            hint="how many numbers come before channel 2, and how many of channel 2 before row 1?",
            hints=[
                Mistake(
                    lambda: place((2, 1, 0)),
                    "this is the order in which the first index moves fastest. Here the last does.",
                ),
                Mistake(
                    lambda: place((1, 2, 0)),
                    "this is the place if the channels came last, (H, W, C).",
                ),
                Mistake(lambda: place() + 1, "places are counted from 0."),
                Mistake(
                    lambda: place((0, 2, 1)),
                    "within a channel it goes row by row, not column by column.",
                ),
            ],
        ),
        Answer(
            "softmax_by_hand",
            label="The three probabilities",
            solution=solve_softmax_by_hand,
            expected=lambda: cnnbook.softmax(np.log(WHOLE)),
            kind=np.ndarray,
            right="the exponentials are whole numbers, and each is divided by their sum.",
            hint="what is the exponential of a logarithm? Divide each by the sum of all.",
            hints=[
                Mistake(
                    lambda: cnnbook.sigmoid(np.log(WHOLE)),
                    "these are sigmoids: they do not add up to 1.",
                ),
                Mistake(lambda: WHOLE, "these are the exponentials. Divide them by their sum."),
                Mistake(
                    lambda: np.log(WHOLE) / np.log(WHOLE).sum(),
                    "you divided the logits by their sum. Take the exponentials first.",
                ),
                Mistake(
                    lambda: np.array([0.0, 3.0, 6.0]) / (3 + 6),
                    "the exponential of 0 is not 0.",
                ),
            ],
        ),
        Answer(
            "inputs_of_the_head",
            label="Inputs",
            solution=solve_inputs_of_the_head,
            expected=lambda: 16 * last_side(32) ** 2,
            kind=int,
            right="flatten makes a row of all numbers of the 16 maps.",
            hint="go through forward step by step and write down the side: n − k + 1, half, again.",
            hints=[
                Mistake(lambda: 16 * last_side(28) ** 2, "this is the number for 28×28 images."),
                Mistake(lambda: last_side(32) ** 2, "this is one map. How many are there?"),
                Mistake(lambda: last_side(32), "this is the side of the last maps."),
                Mistake(
                    lambda: 16 * last_side(32, (3, 5), (2, 1)) ** 2,
                    "the second pooling is missing.",
                ),
                Mistake(
                    lambda: 16 * last_side(32, (3, 3)) ** 2,
                    "this is the number for two 3×3 kernels. The second is 5×5.",
                ),
            ],
        ),
        Implement(
            "my_softmax",
            reference=my_softmax,
            cases=[
                (np.log(np.array([[1.0, 3.0], [4.0, 1.0]])),),
                (np.array([[1000.0, 1001.0, 999.0]]),),
                (np.array([[-2000.0, -2001.0], [0.0, 3.0]]),),
                (np.array([[0.0], [5.0], [-3.0]]),),
            ],
            generate=rows_of_logits,
            right="Each row adds up to 1, and no exponential overflows.",
            hint="subtract each row's largest entry, take the exponentials, divide by the row's "
            "sum.",
            mistakes=[
                Mistake(
                    overflowing,
                    "the exponential of a large number is infinite. Only differences of logits "
                    "count: which number can you subtract from a row?",
                ),
                Mistake(
                    largest_of_all,
                    "you subtract the largest logit of all images. A row far below it becomes 0 "
                    "by 0: subtract each row's own largest.",
                ),
                Mistake(
                    lambda z: my_softmax(z.T).T,
                    "your columns add up to 1. A row holds the classes of one image.",
                ),
                Mistake(sum_of_all, "each row has a sum of its own (keepdims=True helps)."),
                Mistake(not_divided, "the entries of a row must add up to 1: divide by the sum."),
                Mistake(without_exponentials, "take the exponentials before you divide."),
                Mistake(cnnbook.sigmoid, "this is the sigmoid, each entry alone."),
                Mistake(
                    lambda z: cnnbook.log_softmax(z, axis=1),
                    "this is the logarithm of the softmax.",
                ),
            ],
        ),
        Implement(
            "merge",
            reference=merge,
            cases=[
                (
                    np.array([[1.0, 2.0], [-3.0, 0.5]]),
                    np.array([1.5, -1.0]),
                    np.array([[0.0, 1.0], [2.0, 5.0]]),
                    np.array([10.0, -20.0]),
                ),
                (
                    np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]]),
                    np.array([1.0, 2.0]),
                    np.array([[1.0, 1.0], [2.0, -1.0], [0.0, 4.0], [1.0, 3.0]]),
                    np.array([0.0, 1.0, 2.0, 3.0]),
                ),
            ],
            generate=lambda rng: two_layers(rng, *whole(rng, 3, high=5)),
            right="The first layer's bias goes through the second layer, too.",
            hint="write out w2 (w1 x + b1) + b2 and collect what stands before x.",
            mistakes=[
                Mistake(
                    lambda w1, b1, w2, b2: (w1 @ w2, w1 @ b2 + b1),
                    "the order is exchanged: the layer that comes first stands next to x.",
                ),
                Mistake(
                    lambda w1, b1, w2, b2: (w1 @ w2, w2 @ b1 + b2),
                    "the weights are multiplied in the wrong order: the layer that comes first "
                    "stands next to x.",
                ),
                Mistake(
                    lambda w1, b1, w2, b2: (w2 @ w1, b1 + b2),
                    "the first bias is an output of the first layer. What does the second layer "
                    "do to it?",
                ),
                Mistake(
                    lambda w1, b1, w2, b2: (w2 @ w1, b2),
                    "the bias of the first layer got lost.",
                ),
                Mistake(
                    lambda w1, b1, w2, b2: (w2 * w1, w2 @ b1 + b2),
                    "`*` multiplies element by element. A product of matrices is `@`.",
                ),
                Mistake(
                    lambda w1, b1, w2, b2: ((w2 @ w1).T, w2 @ b1 + b2),
                    "your weight is transposed: it has one row for each output.",
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
