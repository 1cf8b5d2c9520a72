"""The exercises of the chapter *Convolution's relatives*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import relatives as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]

# 3. A transposed convolution by hand.
ROW = np.array([2.0, 1.0, 3.0])
TAPS = np.array([1.0, 2.0, 1.0])


def next_door(dilations: tuple[int, ...] = (2, 4, 8)) -> str:
    """Return whether taps −1, 0, +1 with these dilations can add up to one pixel to the right."""
    places = {0}
    for d in dilations:
        places = {place + d * tap for place in places for tap in (-1, 0, 1)}
    return "yes" if 1 in places else "no"


def is_even(kernel_size: int, stride: int) -> bool:
    """Return whether a transposed convolution writes every inner pixel equally often."""
    ones = np.ones((1, 1, 1, kernel_size), dtype=np.int64)
    inputs = np.ones((1, 1, 4 * kernel_size), dtype=np.int64)
    counts = cnnbook.conv_transpose2d(inputs, ones, stride=(1, stride)).ravel()
    inner = counts[kernel_size:-kernel_size]
    return bool((inner == inner[0]).all())


def separable_macs(groups: int = 32) -> int:
    """Return the work of a depthwise 5×5 and a 1×1 convolution, 32 to 64 channels on 28×28."""
    depthwise = cnnbook.conv2d_cost(28, 32, 32, 5, padding=2, groups=groups).macs
    return depthwise + cnnbook.conv2d_cost(28, 32, 64, 1).macs


def output_padding_for(size: int) -> int:
    """Return the output_padding that leads from 28 to a size at k 3, s 2, p 1."""
    plain = cnnbook.conv_transpose_output_size(28, 3, stride=2, padding=1)
    return size - plain


# 6. Transposed convolution in one row, and the ways it goes wrong.
def my_conv_transpose1d(x: Array, kernel: Array, stride: int) -> Array:
    """Return the sum of the kernel's copies, as a reader would write it."""
    out = np.zeros(stride * (len(x) - 1) + len(kernel))
    for i, value in enumerate(x):
        out[i * stride : i * stride + len(kernel)] += value * kernel
    return out


def overwritten(x: Array, kernel: Array, stride: int) -> Array:
    """Let a later copy replace an earlier one."""
    out = np.zeros(stride * (len(x) - 1) + len(kernel))
    for i, value in enumerate(x):
        out[i * stride : i * stride + len(kernel)] = value * kernel
    return out


def ordinary(x: Array, kernel: Array, stride: int) -> Array:
    """Convolve in place of the transposed convolution."""
    if len(x) < len(kernel):
        return np.zeros(0)
    return np.correlate(x, kernel, mode="valid")[::stride]


def side_by_side(x: Array, kernel: Array, stride: int) -> Array:
    """Put the copies one after the other."""
    return my_conv_transpose1d(x, kernel, len(kernel))


# 7. Depthwise-separable convolution, and the ways it goes wrong.
def my_separable(x: Array, depthwise: Array, pointwise: Array) -> Array:
    """Return the pointwise mixture of channels convolved one by one."""
    pairs = zip(x, depthwise, strict=True)
    maps = [cnnbook.correlate2d(channel, kernel) for channel, kernel in pairs]
    mixed: Array = np.einsum("fc,chw->fhw", pointwise, np.stack(maps))
    return mixed


def summed_channels(x: Array, depthwise: Array, pointwise: Array) -> Array:
    """Add the channels up before they are mixed."""
    maps = [cnnbook.correlate2d(c, k) for c, k in zip(x, depthwise, strict=True)]
    return np.stack([row.sum() * np.sum(maps, axis=0) for row in pointwise])


def one_kernel_for_all(x: Array, depthwise: Array, pointwise: Array) -> Array:
    """Use the first channel's kernel for every channel."""
    return my_separable(x, np.broadcast_to(depthwise[:1], depthwise.shape).copy(), pointwise)


def depthwise_only(x: Array, depthwise: Array, pointwise: Array) -> Array:
    """Forget the pointwise step."""
    return np.stack([cnnbook.correlate2d(c, k) for c, k in zip(x, depthwise, strict=True)])


def turned(x: Array, depthwise: Array, pointwise: Array) -> Array:
    """Turn the kernels by 180 degrees."""
    return my_separable(x, depthwise[:, ::-1, ::-1], pointwise)


def row_kernel_stride(rng: np.random.Generator) -> Case:
    """Draw a row, a kernel and a stride."""
    n, k, stride = whole(rng, 3, high=4)
    return Case(*arrays(rng, (n + 1,), (k,)), stride)


def separable_case(rng: np.random.Generator) -> Case:
    """Draw an image, depthwise kernels and a mixing matrix."""
    c, c_out, k = whole(rng, 3)
    height, width = (k + more for more in whole(rng, 2, low=0))
    return Case(*arrays(rng, (c, height, width), (c, k, k), (c_out, c)))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_next_door() -> Any:
    """Answer `next_door` as a reader would, in a cell."""
    places = {0}
    for d in (2, 4, 8):
        places = {place + d * tap for place in places for tap in (-1, 0, 1)}
    print(*sorted(places))
    return "yes" if 1 in places else "no"


def solve_separable_macs() -> Any:
    """Answer `separable_macs` as a reader would, in a cell."""
    places = 28 * 28
    each = 25 * 32 + 32 * 64  # one 5×5 kernel per channel, then the mixture
    print(f"{places} · (25 · 32 + 32 · 64) = {places * each:,}")
    first = cnnbook.conv2d_cost(28, 32, 32, 5, padding=2, groups=32)
    second = cnnbook.conv2d_cost(28, 32, 64, 1)
    return first.macs + second.macs


def solve_transposed_row() -> Any:
    """Answer `transposed_row` as a reader would, in a cell."""
    copies = np.zeros((3, 7), dtype=int)
    for i, number in enumerate((2, 1, 3)):
        copies[i, 2 * i : 2 * i + 3] = number * np.array([1, 2, 1])
        print(*copies[i])
    print(*copies.sum(axis=0), "in all")
    return copies.sum(axis=0).tolist()


def solve_output_padding_for_56() -> Any:
    """Answer `output_padding_for_56` as a reader would, in a cell."""
    side = 2 * 27 + 3 - 2  # s(i − 1) + k − 2p
    print(f"2 · 27 + 3 − 2 = {side}, and 56 − {side} = {56 - side}")
    return 56 - side


def solve_even_kernels() -> Any:
    """Answer `even_kernels` as a reader would, in a cell."""
    even_sizes = []
    inputs = np.ones((1, 1, 9), dtype=int)
    for k in range(3, 10):
        kernel = np.ones((1, 1, 1, k), dtype=int)
        counts = cnnbook.conv_transpose2d(inputs, kernel, stride=(1, 3))
        inner = counts.ravel()[k:-k].tolist()
        print(k, "inside:", *inner)
        if len(set(inner)) == 1:
            even_sizes.append(k)
    return even_sizes


EXERCISES = Exercises(
    "relatives",
    [
        Answer(
            "next_door",
            solution=solve_next_door,
            expected=next_door,
            kind=str,
            choices=("yes", "no"),
            right="all steps are even, so their sum never is 1.",
            hint="an output is reached by three steps of ±2 or 0, ±4 or 0, ±8 or 0. Can they make "
            "1?",
        ),
        Answer(
            "separable_macs",
            solution=solve_separable_macs,
            label="Multiplications",
            expected=separable_macs,
            kind=int,
            right="25 · 32 and 32 · 64 multiplications at each of 784 places.",
            hint="at each place: how many for one 5×5 kernel per channel, how many to mix them?",
            hints=[
                Mistake(
                    lambda: cnnbook.conv2d_cost(28, 32, 64, 5, padding=2).macs,
                    "this is the ordinary convolution.",
                ),
                Mistake(
                    lambda: cnnbook.conv2d_cost(28, 32, 32, 5, padding=2, groups=32).macs,
                    "this is the depthwise step alone. The 1×1 convolution is missing.",
                ),
                Mistake(
                    lambda: cnnbook.conv2d_cost(28, 32, 64, 1).macs,
                    "this is the 1×1 convolution alone. The depthwise step is missing.",
                ),
                Mistake(
                    lambda: separable_macs(groups=1),
                    "your first step mixes the channels: it must have as many groups as channels.",
                ),
                Mistake(
                    lambda: 25 * 32 + 32 * 64,
                    "these are the multiplications at one place, or the weights. There are 28 · 28 "
                    "places.",
                ),
            ],
        ),
        Answer(
            "transposed_row",
            solution=solve_transposed_row,
            label="The output, from left to right",
            expected=lambda: my_conv_transpose1d(ROW, TAPS, 2),
            kind=np.ndarray,
            right="three copies, 2 apart; two pixels lie under two of them.",
            hint="write the three copies below each other, each two places further right, and add.",
            hints=[
                Mistake(
                    lambda: my_conv_transpose1d(ROW, TAPS, 1),
                    "your copies are one pixel apart. The stride is 2.",
                ),
                Mistake(
                    lambda: side_by_side(ROW, TAPS, 2),
                    "your copies stand side by side. They begin 2 apart and overlap.",
                ),
                Mistake(
                    lambda: overwritten(ROW, TAPS, 2),
                    "where two copies overlap, add them.",
                ),
                Mistake(
                    lambda: ordinary(ROW, TAPS, 2),
                    "this is the ordinary convolution: one number for the three.",
                ),
            ],
        ),
        Answer(
            "output_padding_for_56",
            solution=solve_output_padding_for_56,
            label="output_padding",
            expected=lambda: output_padding_for(56),
            kind=int,
            right="without it the output would have 55 pixels, which also goes to 28.",
            hint="compute 2 · 27 + 3 − 2. What is missing to 56?",
            hints=[
                Mistake(
                    lambda: output_padding_for(55),
                    "55 goes to 28 as well, and that is the size without output_padding.",
                ),
                Mistake(lambda: 2, "output_padding must be smaller than the stride."),
            ],
        ),
        Answer(
            "even_kernels",
            solution=solve_even_kernels,
            label="Kernel sizes",
            expected=lambda: [k for k in range(3, 10) if is_even(k, 3)],
            kind=np.ndarray,
            right="the stride must divide the kernel size.",
            hint="draw copies of the kernel three pixels apart. When does each pixel lie under "
            "equally many?",
            hints=[
                Mistake(
                    lambda: [k for k in range(3, 10) if is_even(k, 2)],
                    "these are the sizes for a stride of 2. The stride is 3 here.",
                ),
                Mistake(
                    lambda: [k for k in range(3, 10) if k % 2],
                    "odd or even does not matter. How many copies lie over each pixel?",
                ),
                Mistake(
                    lambda: [k for k in range(4, 10) if is_even(k, 3)],
                    "a size is missing: copies that lie side by side write each pixel once.",
                ),
                Mistake(lambda: [3], "larger kernels can be even, too: think of two layers."),
            ],
        ),
        Implement(
            "my_conv_transpose1d",
            reference=my_conv_transpose1d,
            cases=[
                (np.array([1.5, 2.0]), np.array([1.0, 10.0, 101.0]), 2),
                (np.array([3.0]), np.array([1.0, -1.0]), 3),
                (np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 1.0, 1.0]), 1),
                (np.array([2.0, -1.0, 5.0]), np.array([4.0, 3.0]), 3),
            ],
            generate=row_kernel_stride,
            right="It is the transposed matrix of a convolution, written as four lines.",
            hint=(
                "begin with s(n − 1) + k zeros. For each input add its copy of the kernel, which "
                "begins at i · s."
            ),
            mistakes=[
                Mistake(overwritten, "where copies overlap they are added: use `+=`."),
                Mistake(
                    lambda x, kernel, stride: my_conv_transpose1d(x, kernel[::-1], stride),
                    "your kernel is turned round. Lay it down as it is.",
                ),
                Mistake(
                    lambda x, kernel, stride: my_conv_transpose1d(x, kernel, 1),
                    "your copies are one pixel apart. Use `stride`.",
                ),
                Mistake(side_by_side, "your copies are as far apart as the kernel is wide."),
                Mistake(ordinary, "this is the ordinary convolution: it makes the row shorter."),
                Mistake(
                    lambda x, kernel, stride: my_conv_transpose1d(x, kernel, stride)[:-1],
                    "the last pixel is missing: the size is s(n − 1) + k.",
                ),
                Mistake(
                    lambda x, kernel, stride: np.append(my_conv_transpose1d(x, kernel, stride), 0),
                    "your output is too long: the size is s(n − 1) + k.",
                ),
            ],
        ),
        Implement(
            "my_separable",
            reference=my_separable,
            cases=[
                (np.arange(9.0).reshape(1, 3, 3) / 2, np.ones((1, 2, 2)), np.array([[2.5]])),
                (
                    np.arange(24.0).reshape(2, 3, 4) % 7,
                    np.array([[[1.0, 2.0], [0.0, -1.0]], [[0.0, 1.0], [3.0, 1.0]]]),
                    np.array([[1.0, -1.0], [2.0, 0.0], [0.0, 3.0]]),
                ),
                (
                    np.arange(60.0).reshape(3, 5, 4) % 11,
                    np.arange(27.0).reshape(3, 3, 3) % 5 - 2,
                    np.array([[1.0, 0.0, 2.0], [-1.0, 1.0, 1.0]]),
                ),
            ],
            generate=separable_case,
            right="First each channel for itself, then all of them at each pixel.",
            hint=(
                "make one map for each channel with its own kernel. Output f is the sum over the "
                "channels c of pointwise[f, c] times map c."
            ),
            mistakes=[
                Mistake(depthwise_only, "the second step is missing: mix the maps."),
                Mistake(one_kernel_for_all, "each channel has a kernel of its own."),
                Mistake(turned, "you turned the kernels by 180 degrees."),
                Mistake(
                    summed_channels,
                    "mix the maps before you add them: each has its own number in each output.",
                ),
                Mistake(
                    lambda x, depthwise, pointwise: my_separable(x, depthwise, np.abs(pointwise)),
                    "the signs of the pointwise weights got lost.",
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
