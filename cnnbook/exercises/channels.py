"""The exercises of the chapter *Channels*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import channels as boxes
from cnnbook.exercises.cases import arrays, whole
from cnnbook.layers import Conv2d

Array = np.ndarray[Any, Any]
Pair = tuple[int, int]

# 1. Two channels by hand.
TWO = np.array([[[1, 2, 0], [3, 1, 4]], [[2, 0, 5], [1, 1, 0]]])
SLICES = np.array([[[[1, 0], [0, -1]], [[0, 1], [1, 0]]]])
OFFSET = 2

# 2. The same channels in another order.
COLOURS = np.arange(48.0).reshape(3, 4, 4) ** 2 % 7
KERNELS = np.arange(54.0).reshape(2, 3, 3, 3) ** 2 % 5


def reordered(slices_too: bool) -> str:
    """Say whether the output stays the same when the channels are turned round."""
    weight = KERNELS[:, ::-1].copy() if slices_too else KERNELS
    turned = cnnbook.conv2d(COLOURS[::-1].copy(), weight)
    return "same" if np.allclose(turned, cnnbook.conv2d(COLOURS, KERNELS)) else "different"


def two_channels() -> Array:
    """Return the output without its bias."""
    return cnnbook.conv2d(TWO, SLICES).ravel()


def part(channel: int) -> Array:
    """Return what one channel adds to the output."""
    return cnnbook.correlate2d(TWO[channel], SLICES[0, channel]).ravel()


# 4 and 6. Parameters, and the ways to miscount them.
LAYERS = ((3, 16, 1, True), (16, 32, 4, True), (32, 10, 1, False))


def parameters(
    in_channels: int, out_channels: int, kernel_size: Pair, groups: int, bias: bool
) -> int:
    """Return how many numbers training may change."""
    cost = cnnbook.conv2d_cost(
        kernel_size, in_channels, out_channels, kernel_size, groups=groups, bias=bias
    )
    return cost.parameters


def three_layers(grouped: bool = True, biases: bool | None = None, side: int = 3) -> int:
    """Return the parameters of the three layers together."""
    return sum(
        parameters(
            c_in,
            c_out,
            (side, side),
            groups if grouped else 1,
            bias if biases is None else biases,
        )
        for c_in, c_out, groups, bias in LAYERS
    )


def layer(rng: np.random.Generator) -> Case:
    """Draw the arguments of a layer."""
    groups, inputs, outputs, height, width = whole(rng, 5, high=5)
    bias = bool(rng.integers(2))
    return Case(groups * inputs, groups * outputs, (height, width), groups, bias)


# 5. Convolution with channels, and the ways it goes wrong.
def my_conv2d(x: Array, weight: Array, bias: Array) -> Array:
    """Return one map for each kernel."""
    return cnnbook.conv2d(x, weight, bias)


def bias_in_every_channel(x: Array, weight: Array, bias: Array) -> Array:
    """Add the bias once for each input channel."""
    return my_conv2d(x, weight, bias * len(x))


def mean_over_channels(x: Array, weight: Array, bias: Array) -> Array:
    """Average the channels' parts in place of adding them."""
    return my_conv2d(x, weight / len(x), bias)


def summed_over_kernels(x: Array, weight: Array, bias: Array) -> Array:
    """Add up the maps as well."""
    return my_conv2d(x, weight, bias).sum(axis=0)


def last_channel_only(x: Array, weight: Array, bias: Array) -> Array:
    """Overwrite the parts in place of adding them."""
    return my_conv2d(x[-1:], weight[:, -1:], bias)


def first_slice_everywhere(x: Array, weight: Array, bias: Array) -> Array:
    """Lay slice 0 on every channel."""
    return my_conv2d(x, np.repeat(weight[:, :1], len(x), axis=1), bias)


def sides_swapped(x: Array, weight: Array, bias: Array) -> Array:
    """Take the kernel's width for its height."""
    width, height = weight.shape[2:]
    out = np.empty((len(weight), x.shape[1] - height + 1, x.shape[2] - width + 1))
    for f, i, j in np.ndindex(out.shape):
        out[f, i, j] = (x[:, i : i + height, j : j + width] * weight[f]).sum() + bias[f]
    return out


def parts_kept_apart(x: Array, weight: Array, bias: Array) -> Array:
    """Forget to sum over the channels."""
    grouped = [
        [cnnbook.correlate2d(plane, piece) for plane, piece in zip(x, kernel, strict=True)]
        for kernel in weight
    ]
    return np.array(grouped) + bias[:, None, None, None]


def image_and_layer(rng: np.random.Generator) -> Case:
    """Draw an image and kernels that fit into it."""
    c_in, c_out, height, width = whole(rng, 4)
    more_rows, more_columns = whole(rng, 2, low=0)
    image = (c_in, height + more_rows, width + more_columns)
    return Case(*arrays(rng, image, (c_out, c_in, height, width), (c_out,)))


def case(*shape: int) -> Case:
    """Return a fixed case: c_in, height, width, c_out, k_h, k_w."""
    c_in, height, width, c_out, k_h, k_w = shape
    x = np.arange(float(c_in * height * width)).reshape(c_in, height, width)
    weight = np.arange(float(c_out * c_in * k_h * k_w)).reshape(c_out, c_in, k_h, k_w) - 1.5
    return Case(x, weight, np.arange(1.0, c_out + 1))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_two_channels() -> Any:
    """Answer `two_channels` as a reader would, in a cell."""
    print("channel 0: 1·1 + 2·0 + 3·0 + 1·(−1) =", 1 - 1)
    print("           2·1 + 0·0 + 1·0 + 4·(−1) =", 2 - 4)
    print("channel 1: 2·0 + 0·1 + 1·1 + 1·0 =", 0 + 1)
    print("           0·0 + 5·1 + 1·1 + 0·0 =", 5 + 1)
    print("with the bias: 0 + 1 + 2 = 3 and −2 + 6 + 2 = 6")
    two = np.array([[[1, 2, 0], [3, 1, 4]], [[2, 0, 5], [1, 1, 0]]])
    slices = np.array([[[[1, 0], [0, -1]], [[0, 1], [1, 0]]]])
    answer = [3, 6]
    assert cnnbook.conv2d(two, slices, np.array([2])).ravel().tolist() == answer
    return answer


def solve_channels_in_another_order() -> Any:
    """Answer `channels_in_another_order` as a reader would, in a cell."""
    print("before: red part + green part + blue part + bias")
    print("after:  blue part + green part + red part + bias")
    rng = np.random.default_rng(0)
    picture, weight = rng.normal(size=(3, 8, 8)), rng.normal(size=(2, 3, 3, 3))
    before = cnnbook.conv2d(picture, weight)
    after = cnnbook.conv2d(picture[::-1].copy(), weight[:, ::-1].copy())
    assert np.allclose(before, after, rtol=0, atol=1e-12)
    return "same"


def solve_weight_shape() -> Any:
    """Answer `weight_shape` as a reader would, in a cell."""
    print("24 kernels, with 12 / 4 =", 12 // 4, "slices each")
    print("a slice has 5 rows and 3 columns")
    rng = np.random.default_rng(0)
    layer = cnnbook.layers.Conv2d(12, 24, (5, 3), groups=4, rng=rng)
    assert layer.weight.shape == (24, 3, 5, 3)
    return layer.weight.shape


def solve_three_layers() -> Any:
    """Answer `three_layers` as a reader would, in a cell."""
    print("16 · (3 · 9 + 1) =", 16 * (3 * 9 + 1))
    print("32 · (16/4 · 9 + 1) =", 32 * (16 // 4 * 9 + 1))
    print("10 · (32 · 9) =", 10 * (32 * 9))
    counts = [
        cnnbook.conv2d_cost(32, 3, 16, 3).parameters,
        cnnbook.conv2d_cost(30, 16, 32, 3, groups=4).parameters,
        cnnbook.conv2d_cost(28, 32, 10, 3, bias=False).parameters,
    ]
    print(" + ".join(map(str, counts)), "=", sum(counts))
    return sum(counts)


def solved_conv2d(x: Array, weight: Array, bias: Array) -> Array:
    """Return one map for each kernel: the sum of its slices' parts, and its bias."""
    maps = []
    for kernel, b in zip(weight, bias, strict=True):
        pairs = zip(x, kernel, strict=True)
        parts = [cnnbook.correlate2d(c, s) for c, s in pairs]
        maps.append(sum(parts) + b)
    return np.stack(maps)


def solved_parameters(
    in_channels: int, out_channels: int, kernel_size: Pair, groups: int, bias: bool
) -> int:
    """Return kernels times what one of them has."""
    height, width = kernel_size
    per_kernel = in_channels // groups * height * width + int(bias)
    return out_channels * per_kernel


EXERCISES = Exercises(
    "channels",
    [
        Answer(
            "two_channels",
            solution=solve_two_channels,
            expected=lambda: two_channels() + OFFSET,
            kind=list,
            label="The two numbers",
            right="the parts of both channels are added, and then the bias, once.",
            hint="work out the part of each channel alone, add the parts, then add the bias.",
            hints=[
                Mistake(two_channels, "the bias is missing."),
                Mistake(
                    lambda: two_channels() + 2 * OFFSET,
                    "the bias is added once for each kernel, not once for each channel.",
                ),
                Mistake(lambda: part(0) + OFFSET, "this is channel 0 alone, with the bias."),
                Mistake(lambda: part(1) + OFFSET, "this is channel 1 alone, with the bias."),
                Mistake(
                    lambda: np.array([part(0), part(1)]) + OFFSET,
                    "one kernel makes one map: the parts of the channels are added.",
                ),
                Mistake(
                    lambda: two_channels() / 2 + OFFSET,
                    "the parts of the channels are added, not averaged.",
                ),
                Mistake(
                    lambda: cnnbook.conv2d(TWO, np.abs(SLICES)).ravel() + OFFSET,
                    "the sign of the last entry of slice 0 got lost.",
                ),
                Mistake(
                    lambda: cnnbook.conv2d(TWO, SLICES[..., ::-1, ::-1].copy()).ravel() + OFFSET,
                    "you turned the slices by 180 degrees: that is true convolution.",
                ),
            ],
        ),
        Answer(
            "channels_in_another_order",
            solution=solve_channels_in_another_order,
            expected=lambda: reordered(slices_too=True),
            kind=str,
            label="The output is",
            choices=("same", "different"),
            right="each slice still meets its own channel, and a sum does not mind the order.",
            hint="write the sum for one place. Which products are in it before and after?",
            hints=[
                Mistake(
                    lambda: reordered(slices_too=False),
                    "that is what happens when only the photograph is turned round. Here the "
                    "slices are turned round, too: which channel does each slice meet?",
                )
            ],
        ),
        Answer(
            "weight_shape",
            solution=solve_weight_shape,
            expected=lambda: (
                Conv2d(12, 24, (5, 3), groups=4, rng=np.random.default_rng(0)).weight.shape
            ),
            kind=tuple,
            label="Shape of the weight",
            right="24 kernels, each with slices for the channels of its own group only.",
            hint="which kernel, which slice, which row, which column: one number for each.",
            hints=[
                Mistake(
                    lambda: (24, 12, 5, 3),
                    "that is without groups. How many channels does one kernel look at?",
                ),
                Mistake(
                    lambda: (24 // 4, 12 // 4, 5, 3),
                    "that is the weight of one group. There are four of them, stacked.",
                ),
                Mistake(
                    lambda: (24 // 4, 12, 5, 3),
                    "the groups divide the channels that a kernel looks at, not the number of "
                    "kernels.",
                ),
                Mistake(
                    lambda: (24, 12 // 4, 3, 5),
                    "height and width of the kernel are swapped: a pair is (height, width).",
                ),
                Mistake(
                    lambda: (12 // 4, 24, 5, 3), "the number of kernels comes first, then slices."
                ),
                Mistake(
                    lambda: (12, 24 // 4, 5, 3), "in and out are swapped: the kernels come first."
                ),
                Mistake(lambda: (24, 4, 5, 3), "the number of groups is not the number of slices."),
            ],
        ),
        Answer(
            "three_layers",
            solution=solve_three_layers,
            expected=three_layers,
            kind=int,
            label="Parameters in all",
            right="count kernel by kernel: slices times 3 · 3, plus the bias where there is one.",
            hint="for each layer: how many kernels, how many slices has each, is there a bias?",
            hints=[
                Mistake(
                    lambda: three_layers(grouped=False),
                    "the groups of the second layer are missing: its kernels have fewer slices.",
                ),
                Mistake(lambda: three_layers(biases=False), "the biases are missing."),
                Mistake(lambda: three_layers(biases=True), "the last layer has no bias."),
                Mistake(
                    lambda: three_layers(grouped=False, biases=False),
                    "the biases are missing, and the groups of the second layer.",
                ),
                Mistake(
                    lambda: 10 * 16 + 10 * 32 + 9 * 10,
                    "a kernel is as deep as its input: it has more than one slice.",
                ),
                Mistake(
                    lambda: three_layers() - 3 * 16 * 9 - 16,
                    "the first layer is missing.",
                ),
            ],
        ),
        Implement(
            "my_conv2d",
            solution=(solved_conv2d,),
            reference=my_conv2d,
            cases=[
                case(2, 2, 3, 2, 1, 2),
                case(3, 4, 6, 2, 2, 3),
                case(1, 3, 3, 4, 2, 1),
                case(4, 5, 2, 1, 3, 2),
            ],
            generate=image_and_layer,
            right="Slices on channels, summed; one bias for each kernel; the maps stacked.",
            hint=(
                "output[f] is the sum over c of channel c with slice weight[f, c], plus bias[f]. "
                "Its shape is (C_out, H − K_H + 1, W − K_W + 1)."
            ),
            mistakes=[
                Mistake(
                    lambda x, weight, bias: my_conv2d(x, weight, 0 * bias), "the bias is missing."
                ),
                Mistake(
                    bias_in_every_channel,
                    "you add the bias once for each channel. It belongs to the kernel: add it "
                    "once, after the sum.",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv2d(x, weight, bias[:1].repeat(len(bias))),
                    "every kernel has a bias of its own: bias[f].",
                ),
                Mistake(mean_over_channels, "add the parts of the channels, do not average them."),
                Mistake(
                    last_channel_only,
                    "only the last channel is left: add each part to the sum, do not overwrite it.",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv2d(x[:1], weight[:, :1], bias),
                    "only channel 0 is used.",
                ),
                Mistake(
                    first_slice_everywhere,
                    "slice 0 meets every channel. Channel c has its own slice, weight[f, c].",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv2d(x, weight[:, ::-1].copy(), bias),
                    "the slices are in the reversed order: slice c belongs to channel c.",
                ),
                Mistake(
                    summed_over_kernels,
                    "you add the maps of the kernels. Stack them: each is a channel of the output.",
                ),
                Mistake(
                    parts_kept_apart,
                    "the parts of the channels are kept apart. One kernel makes one map: sum over "
                    "c.",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv2d(x, weight[..., ::-1, ::-1].copy(), bias),
                    "you turned the slices by 180 degrees: that is true convolution.",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv2d(x, weight, bias).transpose(1, 2, 0),
                    "the channel is the first axis of the output, not the last.",
                ),
                Mistake(
                    lambda x, weight, bias: my_conv2d(x, weight[:1], bias[:1]),
                    "only the first kernel is used. Each kernel makes a map.",
                ),
                Mistake(
                    sides_swapped,
                    "height and width of the kernel seem to be swapped: weight is "
                    "(C_out, C_in, K_H, K_W).",
                ),
            ],
        ),
        Implement(
            "parameters",
            solution=(solved_parameters,),
            reference=parameters,
            cases=[
                (4, 6, (2, 5), 2, True),
                (3, 10, (5, 5), 1, True),
                (16, 33, (3, 5), 1, False),
                (12, 24, (5, 3), 4, True),
            ],
            generate=layer,
            right="As many kernels as output channels, each with its slices and its bias.",
            hint="how many numbers has one kernel? Its slices are the channels of its own group.",
            mistakes=[
                Mistake(
                    lambda in_channels, out_channels, kernel_size, groups, bias: parameters(
                        in_channels, out_channels, kernel_size, 1, bias
                    ),
                    "the groups are missing: a kernel looks at the channels of its group only.",
                ),
                Mistake(
                    lambda in_channels, out_channels, kernel_size, groups, bias: parameters(
                        in_channels, out_channels, kernel_size, groups, True
                    ),
                    "with bias=False there is no bias to count.",
                ),
                Mistake(
                    lambda in_channels, out_channels, kernel_size, groups, bias: parameters(
                        in_channels, out_channels, kernel_size, groups, False
                    ),
                    "the biases are missing: one for each kernel.",
                ),
                Mistake(
                    lambda in_channels, out_channels, kernel_size, groups, bias: (
                        parameters(in_channels, out_channels, kernel_size, groups, False)
                        + int(bias)
                    ),
                    "there is one bias for each kernel, not one for the layer.",
                ),
                Mistake(
                    lambda in_channels, out_channels, kernel_size, groups, bias: (
                        parameters(in_channels, out_channels, kernel_size, groups, False)
                        + in_channels * int(bias)
                    ),
                    "a bias belongs to an output channel, not to an input channel.",
                ),
                Mistake(
                    lambda in_channels, out_channels, kernel_size, groups, bias: (
                        parameters(in_channels, out_channels, kernel_size, groups, bias) // groups
                    ),
                    "the groups are counted twice: they divide the slices of a kernel, not the "
                    "number of kernels.",
                ),
                Mistake(
                    lambda in_channels, out_channels, kernel_size, groups, bias: parameters(
                        1, out_channels, kernel_size, 1, bias
                    ),
                    "a kernel is as deep as its input: count its slices.",
                ),
                Mistake(
                    lambda in_channels, out_channels, kernel_size, groups, bias: parameters(
                        in_channels, out_channels, (kernel_size[0],) * 2, groups, bias
                    ),
                    "a kernel need not be square: use its height and its width.",
                ),
                Mistake(
                    lambda in_channels, out_channels, kernel_size, groups, bias: (
                        parameters(in_channels, out_channels, kernel_size, groups, bias) / 1
                    ),
                    "the number is right, but it is a float: divide whole numbers with //.",
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
