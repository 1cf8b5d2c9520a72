"""The exercises of the chapter *1×1 convolution*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import one_by_one_convolution as boxes
from cnnbook.exercises.cases import arrays, two_layers, whole

Array = np.ndarray[Any, Any]


# 2. The shape.
def shape_out(**settings: Any) -> tuple[int, ...]:
    """Return the shape that ten 1×1 kernels make of two images of 7×11 with five channels."""
    return cnnbook.conv2d(np.zeros((2, 5, 7, 11)), np.zeros((10, 5, 1, 1)), **settings).shape


# 3. What becomes of red.
TURN = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])


def colour_after(matrix: Array) -> str:
    """Return the name of the colour that pure red becomes."""
    return ("red", "green", "blue")[int((matrix @ np.array([1, 0, 0])).argmax())]


# 1. One pixel by hand.
PIXEL, MIX, OFFSET = np.array([2, -1, 4]), np.array([[1, 3, 0], [-2, 1, 1]]), np.array([-1, 3])


# 4 and 5. Bottlenecks.
def macs(c_in: int, c_out: int, kernel_size: int, padding: int = 0) -> int:
    """Return the multiply–accumulates of a layer on 14×14 pixels."""
    return cnnbook.conv2d_cost(14, c_in, c_out, kernel_size, padding=padding).macs


def weights(c_in: int, c_out: int, kernel_size: int) -> int:
    """Return the weights of a layer, biases left out."""
    return cnnbook.conv2d_cost(14, c_in, c_out, kernel_size, bias=False).parameters


def largest_middle() -> int:
    """Return the widest middle of 256 → middle → 64 that saves weights against 3×3 alone."""
    return max(
        middle
        for middle in range(1, 257)
        if weights(256, middle, 1) + weights(middle, 64, 3) < weights(256, 64, 3)
    )


# 6. 1×1 convolution.
def my_conv1x1(x: Array, weight: Array, bias: Array) -> Array:
    """Return the matrix applied at every pixel, as a reader would write it."""
    return np.einsum("fc,nchw->nfhw", weight, x) + bias[:, None, None]


def mix_case(
    rng: np.random.Generator, batch: int, c_in: int, c_out: int, size: tuple[int, int]
) -> Case:
    """Draw images, a matrix and a bias."""
    return Case(*arrays(rng, (batch, c_in, *size), (c_out, c_in), (c_out,)))


def any_mix(rng: np.random.Generator) -> Case:
    """Draw a case of any small sizes."""
    batch, c_in, c_out, height, width = whole(rng, 5, high=4)
    return mix_case(rng, batch, c_in, c_out, (height, width))


# 7. Merge two layers.
def merge(
    first: Array, first_bias: Array, second: Array, second_bias: Array
) -> tuple[Array, Array]:
    """Return matrix and bias of the one layer that does what two in a row do."""
    return second @ first, second @ first_bias + second_bias


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_output_shape() -> Any:
    """Answer `output_shape` as a reader would, in a cell."""
    print("of 7 pixels, stride 2 reads 0, 2, 4, 6, which are 4")
    print("of 11 pixels it reads 0, 2, 4, 6, 8, 10, which are 6")
    x, weight = np.zeros((2, 5, 7, 11)), np.zeros((10, 5, 1, 1))
    answer = (2, 10, 4, 6)
    assert answer == cnnbook.conv2d(x, weight, stride=2).shape
    return answer


def solve_red_becomes() -> Any:
    """Answer `red_becomes` as a reader would, in a cell."""
    print("red:   0·1 + 0·0 + 1·0 = 0")
    print("green: 1·1 + 0·0 + 0·0 = 1")
    print("blue:  0·1 + 1·0 + 0·0 = 0")
    turn = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    assert (turn @ [1, 0, 0]).tolist() == [0, 1, 0]
    return "green"


def solve_one_pixel() -> Any:
    """Answer `one_pixel` as a reader would, in a cell."""
    print("1·2 + 3·(−1) + 0·4 − 1 =", 2 - 3 + 0 - 1, "and relu makes it 0")
    print("−2·2 + 1·(−1) + 1·4 + 3 =", -4 - 1 + 4 + 3)
    matrix, bias = np.array([[1, 3, 0], [-2, 1, 1]]), np.array([-1, 3])
    answer = cnnbook.relu(matrix @ np.array([2, -1, 4]) + bias)
    assert answer.tolist() == [0, 2]
    return answer


def solve_bottleneck_macs() -> Any:
    """Answer `bottleneck_macs` as a reader would, in a cell."""
    each = 480 * 16 + 5 * 5 * 16 * 48
    print(f"weights: 480·16 + 5·5·16·48 = 7,680 + 19,200 = {each:,}")
    print(f"times 14·14 = 196 pixels: {each * 196:,}")
    narrow = cnnbook.conv2d_cost(14, 480, 16, 1).macs
    wide = cnnbook.conv2d_cost(14, 16, 48, 5, padding=2).macs
    assert narrow + wide == each * 196
    return narrow + wide


def solve_largest_middle() -> Any:
    """Answer `largest_middle` as a reader would, in a cell."""
    limit, each = 256 * 64 * 9, 256 + 64 * 9
    print(f"one layer: 256·64·9 = {limit:,} weights")
    print(f"each middle channel: 256 + 64·9 = {each} weights")
    print(f"{limit:,} / {each} = {limit / each:.1f}, so {limit // each} fit")
    assert limit % each > 0  # fewer weights, not as many
    return limit // each


EXERCISES = Exercises(
    "one_by_one_convolution",
    [
        Answer(
            "one_pixel",
            solution=solve_one_pixel,
            expected=lambda: cnnbook.relu(MIX @ PIXEL + OFFSET),
            kind=np.ndarray,
            label="The two outputs",
            right="the first sum is negative, so relu makes it 0.",
            hint="each row of the matrix times the pixel, summed, plus its bias, then relu.",
            hints=[
                Mistake(
                    lambda: MIX @ PIXEL + OFFSET,
                    "the sums are right. Now apply relu: what does it do to negative numbers?",
                ),
                Mistake(
                    lambda: cnnbook.relu(MIX @ PIXEL),
                    "the biases are missing: add them before relu.",
                ),
                Mistake(
                    lambda: cnnbook.relu(MIX @ PIXEL) + OFFSET,
                    "the bias comes before relu, not after it.",
                ),
                Mistake(
                    lambda: cnnbook.relu(MIX @ np.abs(PIXEL) + OFFSET),
                    "one of the pixel's numbers is negative: its sign got lost.",
                ),
            ],
        ),
        Answer(
            "output_shape",
            solution=solve_output_shape,
            expected=lambda: shape_out(stride=2),
            kind=tuple,
            label="Shape of the output",
            right="the filters give the channels, and every second pixel is read each way.",
            hint="images, channels, height, width: which of the four changes, and why?",
            hints=[
                Mistake(shape_out, "the channels are right, but the stride reads fewer pixels."),
                Mistake(
                    lambda: (2, 5, 4, 6),
                    "the sizes are right, but the number of channels out is the number of filters.",
                ),
                Mistake(
                    lambda: (2, 10, 3, 5),
                    "on a row of 7 pixels, which ones does a kernel of one pixel read at stride 2? "
                    "Start at pixel 0.",
                ),
                Mistake(lambda: (10, 4, 6), "where have the two images gone?"),
            ],
        ),
        Answer(
            "red_becomes",
            solution=solve_red_becomes,
            expected=lambda: colour_after(TURN),
            kind=str,
            label="Red becomes",
            choices=("red", "green", "blue"),
            right="red's weights stand in the first column, and the 1 there is in green's row.",
            hint="red's three weights are the first column: into which row does it send red?",
            hints=[
                Mistake(
                    lambda: colour_after(TURN.T),
                    "you read the first row. A row says what one output is made of; a column says "
                    "where one input goes.",
                )
            ],
        ),
        Answer(
            "bottleneck_macs",
            solution=solve_bottleneck_macs,
            expected=lambda: macs(480, 16, 1) + macs(16, 48, 5, padding=2),
            kind=int,
            label="Multiply–accumulates",
            right="weights of both layers, times the 196 pixels.",
            hint="count the weights of both layers, and multiply by the number of output pixels.",
            hints=[
                Mistake(
                    lambda: macs(480, 48, 5, padding=2),
                    "that is the direct way, without the 1×1 layer.",
                ),
                Mistake(
                    lambda: weights(480, 16, 1) + weights(16, 48, 5),
                    "these are the weights, which is the work at one output pixel.",
                ),
                Mistake(
                    lambda: macs(480, 16, 1) + macs(16, 48, 5),
                    "the padding keeps all 14×14 pixels; you counted the 5×5 layer without it.",
                ),
                Mistake(lambda: macs(16, 48, 5, padding=2), "the 1×1 layer works as well."),
                Mistake(lambda: macs(480, 16, 1), "that is the 1×1 layer alone."),
                Mistake(
                    lambda: 2 * (macs(480, 16, 1) + macs(16, 48, 5, padding=2)),
                    "you count a product and its addition as two. Together they are one "
                    "multiply–accumulate.",
                ),
            ],
        ),
        Answer(
            "largest_middle",
            solution=solve_largest_middle,
            expected=largest_middle,
            kind=int,
            label="Middle channels",
            right="each middle channel costs 256 weights before it and 9·64 after it.",
            hint="how many weights does one middle channel cost in the first layer, and how many "
            "in the second? How often does that fit into the weights of the single layer?",
            hints=[
                Mistake(
                    lambda: largest_middle() + 1,
                    "very near, but with one channel more than fits, the two layers have more "
                    "weights. Round down.",
                ),
                Mistake(
                    lambda: weights(256, 64, 3) // (256 + 64),
                    "a middle channel costs more in the second layer: its kernels are 3×3.",
                ),
                Mistake(
                    lambda: weights(256, 64, 3) // (64 * 9),
                    "the 1×1 layer has weights as well: count both layers.",
                ),
                Mistake(
                    lambda: 64,
                    "a middle as wide as the output saves weights, but is it the widest that does?",
                ),
            ],
        ),
        Implement(
            "my_conv1x1",
            reference=my_conv1x1,
            cases=lambda: [
                Case(
                    np.arange(1.0, 13.0).reshape(2, 2, 1, 3) ** 2,
                    np.array([[1.0, 2.0], [0.0, -1.5]]),
                    np.array([10.0, 30.0]),
                ),
                mix_case(np.random.default_rng(1), 2, 5, 3, (4, 6)),
                mix_case(np.random.default_rng(2), 1, 2, 4, (3, 4)),
                mix_case(np.random.default_rng(3), 3, 1, 2, (2, 2)),
            ],
            generate=any_mix,
            right="One matrix, the same at every pixel.",
            hint="take one pixel, x[n, :, i, j]: the matrix times these numbers, plus the bias.",
            mistakes=[
                Mistake(
                    lambda x, weight, bias: my_conv1x1(x, weight.T, bias),
                    "your matrix is transposed: outputs come first, inputs second.",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv1x1(x, weight, 0 * bias), "the bias is missing."
                ),
                Mistake(
                    lambda x, weight, bias: my_conv1x1(x, weight, 0 * bias) + bias.sum(),
                    "each output channel has a bias of its own.",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv1x1(x, weight, 0 * bias) + bias,
                    "the bias belongs to the channels; added as it is, it runs along the width. "
                    "Give it two more axes.",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv1x1(x, weight, bias)[0],
                    "the batch is lost: every image has an output.",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv1x1(x, weight, bias).transpose(0, 2, 3, 1),
                    "your channels are last: the order is (N, C_out, H, W).",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv1x1(x, weight, bias).swapaxes(2, 3),
                    "height and width are swapped in your output.",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv1x1(x, weight * np.eye(*weight.shape), bias),
                    "each output channel reads one input channel only. It should read them all.",
                ),
                Mistake(
                    lambda x, weight, bias: np.maximum(my_conv1x1(x, weight, bias), 0),
                    "you applied relu. It is a step of its own, after this one.",
                ),
            ],
        ),
        Implement(
            "merge",
            reference=merge,
            cases=lambda: [
                Case(
                    np.array([[1.0, 2.0], [-3.0, 0.5]]),
                    np.array([1.0, 2.0]),
                    np.array([[0.0, 1.0], [1.0, 5.0]]),
                    np.array([10.0, 20.0]),
                ),
                two_layers(np.random.default_rng(1), 2, 3, 4),
                two_layers(np.random.default_rng(2), 5, 1, 3),
            ],
            generate=lambda rng: two_layers(rng, *whole(rng, 3, high=5)),
            right="The matrices multiply, and the first bias goes through the second matrix.",
            hint="write down the second layer of the first layer of x, and sort the terms.",
            mistakes=[
                Mistake(
                    lambda first, first_bias, second, second_bias: (
                        first @ second,
                        second @ first_bias + second_bias,
                    ),
                    "the order of your product is reversed: the first layer's matrix meets the "
                    "pixel first, so it stands on the right.",
                ),
                Mistake(
                    lambda first, first_bias, second, second_bias: (
                        second @ first,
                        first_bias + second_bias,
                    ),
                    "the first bias goes through the second layer as well.",
                ),
                Mistake(
                    lambda first, first_bias, second, second_bias: (second @ first, second_bias),
                    "the first bias is missing.",
                ),
                Mistake(
                    lambda first, first_bias, second, second_bias: (
                        second @ first,
                        second @ first_bias,
                    ),
                    "the second bias is missing.",
                ),
                Mistake(
                    lambda first, first_bias, second, second_bias: (
                        first + second,
                        first_bias + second_bias,
                    ),
                    "one layer comes after the other: their matrices multiply.",
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
