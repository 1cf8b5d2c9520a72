"""The exercises of the chapter *Architectures* and of its workshop."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import architectures as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]


# 1. VGG-16's first linear layer, on 512 maps of 7×7.
def linear_of_vgg(side: int = 7) -> int:
    """Count the parameters of a linear layer from 512 maps to 4,096 outputs."""
    return 512 * side * side * 4096 + 4096


# 2. A bottleneck from 256 channels to 64 and back.
def weights_of_bottleneck(channels: int = 256, narrow: int = 64) -> int:
    """Count the weights of its three convolutions."""
    costs = [(channels, narrow, 1), (narrow, narrow, 3), (narrow, channels, 1)]
    return sum(
        cnnbook.conv2d_cost(56, c_in, c_out, k, padding=k // 2, bias=False).parameters
        for c_in, c_out, k in costs
    )


# 3. DenseNet-121's channels after its second block.
def channels_after(blocks: tuple[int, ...] = (6, 12), growth: int = 32) -> int:
    """Return the channels after these blocks, halved between them."""
    channels = 64
    for number, depth in enumerate(blocks):
        channels = channels // 2 if number else channels
        channels += growth * depth
    return channels


# 4. Pairs of patches.
def pairs(side: int, patch: int = 16) -> int:
    """Return how many pairs of patches an image has."""
    return (side // patch) ** 4


def times_the_pairs() -> str:
    """Return by which factor the pairs grow from 224 pixels to 448."""
    return f"{pairs(448) // pairs(224)} times"


# 5. A gate, and the ways it goes wrong.
def my_gate(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Array:
    """Weight each channel by a number from 0 to 1 that the whole map decides."""
    means = x.mean(axis=(1, 2))
    hidden = np.maximum(w1 @ means + b1, 0)
    gate = 1 / (1 + np.exp(-(w2 @ hidden + b2)))
    return np.asarray(gate[:, None, None] * x)


def gate_of(numbers: Array, w1: Array, b1: Array, w2: Array, b2: Array, rectified: bool) -> Array:
    """Return the gates that these numbers, one for each channel, make."""
    hidden = w1 @ numbers + b1
    hidden = np.maximum(hidden, 0) if rectified else hidden
    return np.asarray(1 / (1 + np.exp(-(w2 @ hidden + b2))))


def gated_by(numbers: Any, rectified: bool = True) -> Any:
    """Return a gate that squeezes each map by another function, or has no ReLU."""

    def gate(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Array:
        return gate_of(numbers(x), w1, b1, w2, b2, rectified)[:, None, None] * x

    return gate


def means(x: Array) -> Array:
    """Return the mean of each map."""
    return np.asarray(x.mean(axis=(1, 2)))


def linear_gate(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Array:
    """Leave the sigmoid out."""
    hidden = np.maximum(w1 @ means(x) + b1, 0)
    return np.asarray((w2 @ hidden + b2)[:, None, None] * x)


def shared_gate(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Array:
    """Let softmax share one whole among the channels."""
    scores = np.exp(w2 @ np.maximum(w1 @ means(x) + b1, 0) + b2)
    return np.asarray((scores / scores.sum())[:, None, None] * x)


def beside_columns(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Array:
    """Multiply the columns by the gates."""
    return np.asarray(gate_of(means(x), w1, b1, w2, b2, True) * x)


def gate_case(rng: np.random.Generator) -> Case:
    """Draw maps, and the two layers of a gate."""
    channels, height, width, squeezed = whole(rng, 4, low=2, high=4)
    shapes = ((channels, height, width), (squeezed, channels), (squeezed,))
    return Case(*arrays(rng, *shapes, (channels, squeezed), (channels,)))


def fixed_gates() -> list[Case]:
    """Return a gate by one number, and one with three channels."""
    x = np.array([[[1.0, 3.0]], [[-2.0, 4.0]]])
    small = Case(x, np.array([[1.0, -1.5]]), np.array([0.5]), np.array([[1.0], [-0.5]]), np.ones(2))
    closed = Case(x, np.array([[-1.0, -1.0]]), np.zeros(1), np.array([[1.0], [2.0]]), np.zeros(2))
    return [small, closed]


# 6. Patches as vectors, and the ways it goes wrong.
def my_patches(image: Array, weight: Array, bias: Array) -> Array:
    """Cut the image into patches, and make each a vector."""
    size = weight.shape[-1]
    tokens = []
    for top in range(0, image.shape[1] - size + 1, size):
        for left in range(0, image.shape[2] - size + 1, size):
            patch = image[:, top : top + size, left : left + size]
            tokens.append((weight * patch).sum(axis=(1, 2, 3)) + bias)
    return np.array(tokens)


def overlapping(image: Array, weight: Array, bias: Array) -> Array:
    """Move the window by one pixel."""
    maps = cnnbook.conv2d(image[None], weight, bias)[0]
    return np.asarray(maps.reshape(len(weight), -1).T)


def column_by_column(image: Array, weight: Array, bias: Array) -> Array:
    """Go down before going right."""
    return my_patches(image.swapaxes(1, 2), weight.swapaxes(2, 3), bias)


def first_channel(image: Array, weight: Array, bias: Array) -> Array:
    """Look at one channel only."""
    return my_patches(image[:1], weight[:, :1], bias)


def reshaped(image: Array, weight: Array, bias: Array) -> Array:
    """Take numbers in the order in which they lie, as many as a patch has."""
    size = weight.shape[-1]
    rows, columns = image.shape[1] // size, image.shape[2] // size
    kept = image[:, : rows * size, : columns * size]
    return np.asarray(kept.reshape(rows * columns, -1) @ weight.reshape(len(weight), -1).T + bias)


def as_map(image: Array, weight: Array, bias: Array) -> Array:
    """Give the patches back as a map."""
    size = weight.shape[-1]
    rows, columns = image.shape[1] // size, image.shape[2] // size
    return my_patches(image, weight, bias).T.reshape(-1, rows, columns)


def patch_case(rng: np.random.Generator) -> Case:
    """Draw an image that may have rows and columns left over, and kernels."""
    channels, width, size = whole(rng, 3, low=1, high=3)
    height, across = (int(n) for n in rng.integers(size, 3 * size + 2, size=2))
    return Case(*arrays(rng, (channels, height, across), (width, channels, size, size), (width,)))


def fixed_patches() -> list[Case]:
    """Return a picture of 4×6 with patches of 2, and one with two channels and a rest."""
    image = np.arange(24.0).reshape(1, 4, 6)
    weight = np.array([[[[1.0, 0.0], [0.0, -1.0]]], [[[1.0, 2.0], [3.0, 4.5]]]])
    two = np.stack([np.arange(20.0), np.arange(20.0) ** 2 / 4]).reshape(2, 4, 5)
    kernels = np.arange(-12.0, 12.0).reshape(3, 2, 2, 2) / 2
    return [
        Case(image, weight, np.array([0.5, -1.0])),
        Case(two, kernels, np.array([1.0, 0.0, -2.0])),
    ]


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_linear_of_vgg() -> Any:
    """Answer `linear_of_vgg` as a reader would, in a cell."""
    print(f"inputs: 512 · 7 · 7 = {512 * 7 * 7:,}")
    answer = 25_088 * 4096 + 4096
    print(f"25,088 · 4,096 + 4,096 = {answer:,}")
    return answer


def solve_weights_of_bottleneck() -> Any:
    """Answer `weights_of_bottleneck` as a reader would, in a cell."""
    ones, threes = 256 * 64, 9 * 64 * 64
    print(f"256 · 64 + 9 · 64 · 64 + 64 · 256 = {ones:,} + {threes:,} + {ones:,}")
    answer = 2 * ones + threes
    print(f"= {answer:,}; 2 · 9 · 256 · 256 would be {2 * 9 * 256 * 256:,}")
    return answer


def solve_channels_after() -> Any:
    """Answer `channels_after` as a reader would, in a cell."""
    print("first block: 64 + 6 · 32 =", 64 + 6 * 32)
    print("halved:      256 / 2 =", 256 // 2)
    print("second:      128 + 12 · 32 =", 128 + 12 * 32)
    return 512


def solve_times_the_pairs() -> Any:
    """Answer `times_the_pairs` as a reader would, in a cell."""
    print("224: 14 · 14 =", 14 * 14, "patches,", 196**2, "pairs")
    print("448: 28 · 28 =", 28 * 28, "patches,", 784**2, "pairs")
    print("ratio:", 784**2 // 196**2)
    return "16 times"


EXERCISES = Exercises(
    "architectures",
    [
        Answer(
            "linear_of_vgg",
            label="Parameters",
            solution=solve_linear_of_vgg,
            expected=linear_of_vgg,
            kind=int,
            right="three quarters of the whole network, in one layer.",
            hint="how many numbers do 512 maps of 7×7 hold? Each output has a weight for each.",
            hints=[
                Mistake(lambda: linear_of_vgg() - 4096, "each output has a bias, too."),
                Mistake(lambda: 512 * 4096 + 4096, "each place of a map has a weight of its own."),
                Mistake(lambda: linear_of_vgg(14), "the last pooling leaves 7×7, not 14×14."),
                Mistake(lambda: 512 * 7 * 7, "these are the inputs. There are 4,096 outputs."),
            ],
        ),
        Answer(
            "weights_of_bottleneck",
            label="Weights",
            solution=solve_weights_of_bottleneck,
            expected=weights_of_bottleneck,
            kind=int,
            right="two 3×3 convolutions over 256 channels would have 17 times as many.",
            hint="three layers: 256 to 64, 64 to 64 with nine taps, 64 to 256.",
            hints=[
                Mistake(
                    lambda: 2 * 9 * 256 * 256,
                    "these are two 3×3 convolutions over 256 channels. The bottleneck has one 3×3, "
                    "over 64.",
                ),
                Mistake(
                    lambda: 256 * 64 + 64 * 64 + 64 * 256,
                    "the kernel in the middle has nine taps.",
                ),
                Mistake(
                    lambda: 256 * 64 + 9 * 64 * 64,
                    "the way back to 256 channels is missing.",
                ),
                Mistake(
                    lambda: 256 * 64 + 9 * 64 + 64 * 256,
                    "the 3×3 is no depthwise one: each kernel has 64 slices.",
                ),
                Mistake(
                    lambda: 9 * (256 * 64 + 64 * 64 + 64 * 256),
                    "only the layer in the middle is 3×3.",
                ),
                Mistake(
                    lambda: weights_of_bottleneck() + 2 * (64 + 64 + 256),
                    "the figure counts batch norm's weights and biases, too. Count the weights of "
                    "the three convolutions.",
                ),
                Mistake(
                    lambda: weights_of_bottleneck() + 64 + 64 + 256,
                    "without biases: batch norm has its own.",
                ),
            ],
        ),
        Answer(
            "channels_after",
            label="Channels",
            solution=solve_channels_after,
            expected=channels_after,
            kind=int,
            right="each layer adds 32, and only the step between the blocks takes some away.",
            hint="64, then six times 32 more; then half of it; then twelve times 32 more.",
            hints=[
                Mistake(lambda: 64 + 18 * 32, "between the blocks the channels are halved."),
                Mistake(lambda: channels_after((6,)), "this is after the first block."),
                Mistake(lambda: 64 // 2 + 18 * 32, "what is halved is all that the block gave."),
                Mistake(
                    lambda: 12 * 32, "these are the new maps of one block. What came in stays."
                ),
            ],
        ),
        Answer(
            "times_the_pairs",
            solution=solve_times_the_pairs,
            expected=times_the_pairs,
            kind=str,
            choices=("2 times", "4 times", "16 times"),
            right="four times the patches, and each of them is compared with all.",
            hint="how many patches are there before and after? A pair is any two of them.",
            hints=[
                Mistake(
                    lambda: "4 times",
                    "so many more patches there are. And each of them is compared with all.",
                ),
                Mistake(lambda: "2 times", "the side doubles, and an image has two sides."),
            ],
        ),
        Implement(
            "my_gate",
            reference=my_gate,
            cases=fixed_gates,
            generate=gate_case,
            right="A handful of numbers decides which maps are heard.",
            hint="the mean of each map; a linear layer and ReLU; a linear layer and the sigmoid "
            "1 / (1 + e⁻ᶻ); then each map times its number.",
            mistakes=[
                Mistake(
                    gated_by(means, rectified=False),
                    "ReLU is missing between the two layers.",
                ),
                Mistake(
                    linear_gate,
                    "the sigmoid is missing: a gate lies between 0 and 1.",
                ),
                Mistake(
                    shared_gate,
                    "softmax lets the channels compete for one whole. Each gate is a sigmoid of "
                    "its own.",
                ),
                Mistake(
                    gated_by(lambda x: x.sum(axis=(1, 2))),
                    "this is each map's sum. Take its mean, else the gate depends on the size of "
                    "the image.",
                ),
                Mistake(
                    gated_by(lambda x: x.max(axis=(1, 2))),
                    "this is each map's largest number. Take its mean.",
                ),
                Mistake(
                    lambda x, w1, b1, w2, b2: gate_of(means(x), w1, b1, w2, b2, True),
                    "these are the gates alone. Multiply each map by its own.",
                ),
                Mistake(
                    lambda x, w1, b1, w2, b2: x + my_gate(x, w1, b1, w2, b2),
                    "you add the input once more. A gate multiplies, and that is all.",
                ),
                Mistake(
                    lambda x, w1, b1, w2, b2: (
                        x + gate_of(means(x), w1, b1, w2, b2, True)[:, None, None]
                    ),
                    "you add the gates. Multiply by them.",
                ),
                Mistake(
                    beside_columns,
                    "your gates stand beside the columns. [:, None, None] puts them beside the "
                    "channels.",
                ),
                Mistake(
                    lambda x, w1, b1, w2, b2: my_gate(x, w1, 0 * b1, w2, 0 * b2),
                    "the biases are missing.",
                ),
            ],
        ),
        Implement(
            "my_patches",
            reference=my_patches,
            cases=fixed_patches,
            generate=patch_case,
            right="It is a convolution whose stride is its kernel size.",
            hint="cut out image[:, top : top + P, left : left + P], row by row in steps of P; "
            "multiply it by each kernel and add up; then add the bias.",
            mistakes=[
                Mistake(
                    overlapping,
                    "your windows overlap. Patches lie side by side: the step is their size.",
                ),
                Mistake(
                    column_by_column,
                    "your patches come column by column. Go along the first row first.",
                ),
                Mistake(
                    lambda image, weight, bias: my_patches(image, weight, 0 * bias),
                    "the bias is missing.",
                ),
                Mistake(
                    lambda image, weight, bias: my_patches(image, weight[:, :, ::-1, ::-1], bias),
                    "your kernels are turned by 180°. As in every layer, nothing is turned.",
                ),
                Mistake(
                    first_channel,
                    "this looks at the first channel only. A kernel has a slice for each.",
                ),
                Mistake(
                    lambda image, weight, bias: my_patches(image, weight, bias).T,
                    "the shape should be (patches, vector): one row for each patch.",
                ),
                Mistake(
                    as_map,
                    "this is still a map. Make each of its places a row: (patches, vector).",
                ),
                Mistake(
                    reshaped,
                    "`reshape` takes the numbers in the order in which they lie, not by patches.",
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
