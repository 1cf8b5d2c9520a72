"""The exercises of the chapter *A simple CNN in PyTorch* and of its workshop."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import simple_cnn as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]
Layers = list[tuple[str, int]]

# 1. Two convolutions of 3×3 and two poolings on 32×32, 16 channels at the end.
STACK: Layers = [("conv", 3), ("pool", 2), ("conv", 3), ("pool", 2)]
CHANNELS = 16


def flattened(side: int = 32, layers: Layers = STACK, channels: int = CHANNELS) -> int:
    """Return how many numbers the flatten layer hands on."""
    last = my_sides(side, layers)[-1] if layers else side
    return channels * last * last


# 2. Rows: true class, columns: predicted class.
CONFUSION = np.array([[18, 2, 0], [1, 15, 4], [0, 3, 17]])


def error_percent(confusion: Array = CONFUSION) -> float:
    """Return the share of wrong predictions."""
    return float(100 * (1 - np.trace(confusion) / confusion.sum()))


# 4. Exercise 10: three convolutions of 3×3, three poolings, three linear layers.
def exercise10(padding: int = 1, bias: bool = True, last: bool = True, side: int = 28) -> int:
    """Return its number of parameters."""
    widths, total = (1, 8, 16, 32), 0
    for c_in, c_out in pairwise(widths):
        total += c_in * c_out * 9 + bias * c_out
        side = cnnbook.conv_output_size(side, 3, padding=padding) // 2
    features = [32 * side * side, 64, 32, 10][: 4 if last else 3]
    for n_in, n_out in pairwise(features):
        total += n_in * n_out + bias * n_out
    return total


# 5. Sides through a stack, and the ways it goes wrong.
def my_sides(side: int, layers: Layers) -> list[int]:
    """Return the side after each layer."""
    sides = []
    for kind, k in layers:
        side = cnnbook.conv_output_size(side, k, stride=1 if kind == "conv" else k)
        sides.append(side)
    return sides


def wrong_sides(
    side: int, layers: Layers, lost: int = 1, slide: bool = False, up: bool = False
) -> list[int]:
    """Make one of the mistakes that the arguments name."""
    sides = []
    for kind, k in layers:
        pooled = -(-side // k) if up else side // k
        side = side - k + lost if kind == "conv" or slide else pooled
        sides.append(side)
    return sides


def side_and_layers(rng: np.random.Generator) -> Case:
    """Draw a stack whose layers all fit."""
    side = left = int(rng.integers(20, 41))
    layers: Layers = []
    for _ in range(int(rng.integers(1, 5))):
        kind = str(rng.choice(["conv", "pool"]))
        k = int(rng.integers(2, 6)) if kind == "conv" else int(rng.integers(2, 4))
        following = my_sides(left, [(kind, k)])[-1] if k <= left else 0
        if following < 1:
            break
        layers.append((kind, k))
        left = following
    return Case(side, layers)


# 6. The confusion matrix.
def my_confusion(targets: Array, predictions: Array, classes: int) -> Array:
    """Return counts; row: true class, column: predicted class."""
    confusion = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(confusion, (targets, predictions), 1)
    return confusion


def set_to_one(targets: Array, predictions: Array, classes: int) -> Array:
    """Add without counting repeats."""
    confusion = np.zeros((classes, classes), dtype=np.int64)
    confusion[targets, predictions] += 1
    return confusion


def targets_and_predictions(rng: np.random.Generator) -> Case:
    """Draw classes; the last one may be absent."""
    classes, n = int(rng.integers(2, 6)), int(rng.integers(0, 40))
    return Case(rng.integers(0, classes, n), rng.integers(0, classes, n), classes)


# 7. The simple CNN as functions.
def my_forward(x: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array) -> Array:
    """Return the logits."""
    x = cnnbook.relu(cnnbook.max_pool2d(cnnbook.conv2d(x, w1, b1), 2))
    x = cnnbook.relu(cnnbook.max_pool2d(cnnbook.conv2d(x, w2, b2), 2))
    return cnnbook.linear(x.reshape(len(x), -1), w3, b3)


def wrong_forward(
    activation: Callable[[Array], Array] = cnnbook.relu,
    pool: Callable[..., Array] = cnnbook.max_pool2d,
    flatten: Callable[[Array], Array] = cnnbook.flatten,
) -> Callable[..., Array]:
    """Return a forward pass with another step in one place."""

    def forward(
        x: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array
    ) -> Array:
        x = activation(pool(cnnbook.conv2d(x, w1, b1), 2))
        x = activation(pool(cnnbook.conv2d(x, w2, b2), 2))
        return cnnbook.linear(flatten(x), w3, b3)

    return forward


def images_and_weights(rng: np.random.Generator, most: int = 3) -> Case:
    """Draw images of 20×25 pixels and the weights of a small network for them.

    The last maps have 2×3 pixels, so that it matters how they are flattened.
    """
    n, c, f1, f2 = whole(rng, 4, high=most)
    shapes = [(n, c, 20, 25), (f1, c, 5, 5), (f1,), (f2, f1, 5, 5), (f2,), (3, f2 * 2 * 3), (3,)]
    return Case(*arrays(rng, *shapes, most=0.5))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_flattened() -> Any:
    """Answer `flattened` as a reader would, in a cell."""
    side = 32
    for kernel in (3, 3):
        side = (side - kernel + 1) // 2
        print(f"conv {kernel}×{kernel}, then halved: {side}")
    print(f"16 · {side} · {side} = {16 * side * side}")
    return 16 * side * side


def solve_error_percent() -> Any:
    """Answer `error_percent` as a reader would, in a cell."""
    confusion = np.array([[18, 2, 0], [1, 15, 4], [0, 3, 17]])
    total = confusion.sum()
    wrong = total - confusion.trace()
    print(f"2 + 1 + 4 + 3 = {wrong} wrong of 3 · 20 = {total}")
    print(f"100 · {wrong} / {total} = {100 * wrong / total:.1f} %")
    return 100 * wrong / total


def solve_what_grows() -> Any:
    """Answer `what_grows` as a reader would, in a cell."""
    for side in (28, 32):
        last = ((side - 4) // 2 - 4) // 2
        print(f"{side} → 20·{last}·{last} = {20 * last * last} for `fc`")
    return "fc"


def solve_exercise10() -> Any:
    """Answer `exercise10` as a reader would, in a cell."""
    total = 0
    for c_in, c_out in ((1, 8), (8, 16), (16, 32)):
        own = c_out * (c_in * 9 + 1)
        total += own
        print(f"conv {c_in} → {c_out}: {c_out} · ({c_in}·9 + 1) = {own:,}")
    print("sides 28 → 14 → 7 → 3, so 32·3·3 = 288 numbers")
    for n_in, n_out in ((288, 64), (64, 32), (32, 10)):
        own = n_out * (n_in + 1)
        total += own
        print(f"linear {n_in} → {n_out}: {n_out} · ({n_in} + 1) = {own:,}")
    print(f"sum: {total:,}")
    return total


def solved_sides(side: int, layers: Layers) -> list[int]:
    """Return the side after each layer, as the page asks for it."""
    sides = []
    for kind, k in layers:
        side = side - k + 1 if kind == "conv" else side // k
        sides.append(side)
    return sides


def solved_confusion(targets: Array, predictions: Array, classes: int) -> Array:
    """Return the confusion matrix, counted image by image."""
    confusion = np.zeros((classes, classes), dtype=np.int64)
    for true, predicted in zip(targets, predictions, strict=True):
        confusion[true, predicted] += 1
    return confusion


EXERCISES = Exercises(
    "simple_cnn",
    [
        Answer(
            "flattened",
            solution=solve_flattened,
            label="Numbers for each image",
            expected=flattened,
            kind=int,
            right="32 → 30 → 15 → 13 → 6, and the 16 channels are flattened, too.",
            hint="follow one side through the four layers, rounding down, then count all channels.",
            hints=[
                Mistake(lambda: flattened(channels=1), "that is one channel. There are more."),
                Mistake(
                    lambda: flattened(layers=[("pool", 2), ("pool", 2)]),
                    "without padding a 3×3 kernel takes two pixels away.",
                ),
                Mistake(
                    lambda: CHANNELS * 7 * 7, "pooling drops an odd row and column: it rounds down."
                ),
                Mistake(
                    lambda: flattened(channels=3),
                    "three are the channels that go in. How many come out of the last convolution?",
                ),
                Mistake(
                    lambda: flattened(layers=STACK[:3]),
                    "that is before the second pooling.",
                ),
                Mistake(
                    lambda: flattened(channels=8),
                    "eight are the channels after the first convolution. Which come last?",
                ),
            ],
        ),
        Answer(
            "error_percent",
            solution=solve_error_percent,
            label="Error",
            unit="%",
            expected=error_percent,
            kind=float,
            tolerance=0.05,
            right="right answers stand on the diagonal, wrong ones beside it.",
            hint="add up everything beside the diagonal, and divide by the number of images.",
            hints=[
                Mistake(lambda: 100 - error_percent(), "that is the accuracy."),
                Mistake(lambda: error_percent() / 100, "give it in percent."),
                Mistake(lambda: 10.0, "that many are wrong. Out of how many images?"),
            ],
        ),
        Answer(
            "what_grows",
            solution=solve_what_grows,
            label="Layer",
            expected=lambda: "fc",
            kind=str,
            choices=("conv1", "conv2", "fc", "all", "none"),
            right="kernels do not know how large the picture is. The flattened map does: it grows "
            "from 20·4·4 to 20·5·5 numbers.",
            hint="which weight's shape was computed from the size of a map?",
            hints=[
                Mistake(
                    lambda: "none",
                    "a convolution keeps its weights, but what does the last layer count?",
                ),
                Mistake(lambda: "all", "does a 5×5 kernel need more weights on a larger picture?"),
            ],
        ),
        Answer(
            "exercise10",
            solution=solve_exercise10,
            label="Parameters in all",
            expected=exercise10,
            kind=int,
            right="most of them sit in the first linear layer.",
            hint="for each layer: inputs of one output, times outputs, plus one bias per output.",
            hints=[
                Mistake(lambda: exercise10(bias=False), "the biases are missing."),
                Mistake(lambda: exercise10(padding=0), "the convolutions have a padding of 1."),
                Mistake(
                    lambda: exercise10(last=False), "there is a third linear layer, to the classes."
                ),
                Mistake(
                    lambda: exercise10() + 32 * (4 * 4 - 3 * 3) * 64,
                    "the last pooling receives 7×7, and rounds down.",
                ),
            ],
        ),
        Implement(
            "my_sides",
            solution=(solved_sides,),
            reference=my_sides,
            cases=[
                (28, [("conv", 5), ("pool", 2)]),
                (28, [("conv", 5), ("pool", 2), ("conv", 5), ("pool", 2)]),
                (13, [("pool", 2), ("pool", 3), ("conv", 2)]),
                (10, [("conv", 1)]),
            ],
            generate=side_and_layers,
            right="A convolution takes k − 1 away, a pooling divides by k and rounds down.",
            hint="a convolution leaves side − k + 1. A pooling moves k pixels at a time.",
            mistakes=[
                Mistake(
                    lambda side, layers: wrong_sides(side, layers, lost=0),
                    "the first place of the kernel counts, too.",
                ),
                Mistake(
                    lambda side, layers: wrong_sides(side, layers, slide=True),
                    "a pooling's stride is k if nothing else is said.",
                ),
                Mistake(
                    lambda side, layers: wrong_sides(side, layers, up=True),
                    "a window that does not fit is dropped: round down.",
                ),
                Mistake(
                    lambda side, layers: [side, *my_sides(side, layers)],
                    "leave the input's side out of the list.",
                ),
                Mistake(
                    lambda side, layers: my_sides(side, layers)[-1:],
                    "the sides after all layers are asked for, not only the last.",
                ),
            ],
        ),
        Implement(
            "my_confusion",
            solution=(solved_confusion,),
            reference=my_confusion,
            cases=[
                (np.array([0, 1, 1]), np.array([0, 1, 0]), 2),
                (np.array([2, 0, 2, 2]), np.array([1, 0, 1, 2]), 4),
            ],
            generate=targets_and_predictions,
            right="The diagonal holds the right answers.",
            hint="start with zeros, and add 1 at [true class, predicted class] for each image.",
            mistakes=[
                Mistake(
                    lambda targets, predictions, classes: my_confusion(
                        predictions, targets, classes
                    ),
                    "rows are the true classes, columns the predicted ones.",
                ),
                Mistake(
                    set_to_one,
                    "`+= 1` with index arrays counts a pair once only. Use a loop, or np.add.at.",
                ),
                Mistake(
                    lambda targets, predictions, classes: (
                        my_confusion(targets, predictions, classes) / len(targets)
                    ),
                    "counts are asked for, not shares.",
                ),
                Mistake(
                    lambda targets, predictions, classes: np.diag(
                        my_confusion(targets, predictions, classes)
                    ),
                    "these are the right answers alone. Count the wrong ones beside them.",
                ),
                Mistake(
                    lambda targets, predictions, classes: my_confusion(
                        targets, predictions, int(max(*targets, *predictions, 0)) + 1
                    ),
                    "a class that does not occur has a row and a column, too: use `classes`.",
                ),
                Mistake(
                    lambda targets, predictions, classes: (
                        my_confusion(targets, predictions, classes)
                        * (1 - np.eye(classes, dtype=np.int64))
                    ),
                    "the right answers are missing: they stand on the diagonal.",
                ),
            ],
        ),
        Implement(
            "my_forward",
            reference=my_forward,
            # The first case is the one that a reader most often sees printed: one of everything.
            cases=lambda: [
                images_and_weights(np.random.default_rng(4), most=most) for most in (1, 3)
            ],
            generate=images_and_weights,
            right="Convolution, pooling, ReLU, twice; then one linear layer.",
            hint="print the shape after each step, and keep the batch's axis when you flatten.",
            mistakes=[
                Mistake(
                    wrong_forward(activation=np.copy),
                    "without ReLU there is no activation between the two.",
                ),
                Mistake(
                    wrong_forward(flatten=lambda x: x.mean(axis=(2, 3))),
                    "the mean of each map is one number. Flatten keeps all numbers of all maps.",
                ),
                Mistake(
                    wrong_forward(flatten=lambda x: cnnbook.flatten(x.transpose(0, 2, 3, 1))),
                    "the channels come first when maps are flattened: (C, H, W), as they are.",
                ),
                Mistake(
                    wrong_forward(flatten=lambda x: cnnbook.flatten(x.swapaxes(2, 3))),
                    "flatten goes along the rows, not along the columns.",
                ),
                Mistake(
                    wrong_forward(flatten=np.ravel),
                    "the batch's axis is lost: flatten each image alone.",
                ),
                Mistake(
                    wrong_forward(pool=cnnbook.avg_pool2d), "this is mean pooling, not max pooling."
                ),
                Mistake(wrong_forward(pool=lambda x, _: x), "the poolings are missing."),
                Mistake(
                    lambda x, w1, b1, w2, b2, w3, b3: cnnbook.relu(
                        my_forward(x, w1, b1, w2, b2, w3, b3)
                    ),
                    "logits may be negative: no activation after the last layer.",
                ),
                Mistake(
                    lambda x, w1, b1, w2, b2, w3, b3: cnnbook.softmax(
                        my_forward(x, w1, b1, w2, b2, w3, b3)
                    ),
                    "logits are asked for: no softmax.",
                ),
                Mistake(
                    lambda x, w1, b1, w2, b2, w3, b3: my_forward(
                        x, w1, 0 * b1, w2, 0 * b2, w3, 0 * b3
                    ),
                    "the biases are missing.",
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
