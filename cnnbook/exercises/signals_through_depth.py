"""The exercises of the chapter *Signals through depth* and of its workshop."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook import layers
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import signals_through_depth as boxes
from cnnbook.exercises.cases import arrays, whole
from cnnbook.layers.initialisation import fan_in

Array = np.ndarray[Any, Any]

# 1. A layer whose weights deviate by 0.1.
SHAPE = (64, 64, 3, 3)
DEVIATION = 0.1


def factor_of_a_layer() -> float:
    """Return by what the layer with ReLU multiplies the second moment."""
    return fan_in(SHAPE) * DEVIATION**2 / 2


def sets_of_groups() -> tuple[int, int]:
    """Return how many means group norm takes, and over how many numbers each."""
    images, channels, groups, places = 8, 16, 4, 4 * 4
    return images * groups, channels // groups * places


def after_three_batches() -> float:
    """Return the running mean after three batches whose mean is 10."""
    norm = layers.BatchNorm2d(1, dtype=np.float64)
    for _ in range(3):
        norm(np.array([9.0, 11.0]).reshape(1, 1, 1, 2))
    return float(norm.running_mean[0])


# 6. Batch norm in training, and the ways it goes wrong.
def my_batch_norm(x: Array, weight: Array, bias: Array, eps: float) -> Array:
    """Normalise each channel over batch and places, then scale and shift it."""
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    variance = x.var(axis=(0, 2, 3), keepdims=True)
    y = (x - mean) / np.sqrt(variance + eps)
    return np.asarray(weight[:, None, None] * y + bias[:, None, None])


def normalised(
    x: Array, axis: tuple[int, ...], eps: float, ddof: int = 0, outside: bool = False
) -> Array:
    """Normalise over any axes; ε may stand outside the root."""
    mean = x.mean(axis=axis, keepdims=True)
    if outside:
        return np.asarray((x - mean) / (x.std(axis=axis, keepdims=True) + eps))
    with np.errstate(all="ignore"):
        variance = x.var(axis=axis, keepdims=True, ddof=ddof)
        return np.asarray((x - mean) / np.sqrt(variance + eps))


def spread(y: Array, weight: Array, bias: Array) -> Array:
    """Scale and shift each channel."""
    return np.asarray(weight[:, None, None] * y + bias[:, None, None])


def against_columns(x: Array, weight: Array, bias: Array, eps: float) -> Array:
    """Average without keeping the axes, so that channels meet columns."""
    mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    return np.asarray(weight * (x - mean) / np.sqrt(variance + eps) + bias)


def not_centred(x: Array, weight: Array, bias: Array, eps: float) -> Array:
    """Leave the mean where it is."""
    return spread(x / np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + eps), weight, bias)


def by_variance(x: Array, weight: Array, bias: Array, eps: float) -> Array:
    """Divide by the variance, without the root."""
    mean, variance = (f(x, axis=(0, 2, 3), keepdims=True) for f in (np.mean, np.var))
    return spread((x - mean) / (variance + eps), weight, bias)


def batch_case(rng: np.random.Generator) -> Case:
    """Draw a batch with more than one number in each channel, and the rest."""
    n, c, h, w = *whole(rng, 2), *whole(rng, 2, low=2, high=4)
    x, weight, bias = arrays(rng, (n, c, h, w), (c,), (c,))
    return Case(x, weight, bias, float(rng.choice([0.01, 0.1, 0.5])))


def fixed_batches() -> list[Case]:
    """Return four numbers, then two images with two channels, a constant one among them."""
    rng = np.random.default_rng(1)
    four = np.arange(4.0).reshape(1, 1, 2, 2)
    x = arrays(rng, (2, 2, 2, 3))[0]
    constant = x.copy()
    constant[:, 1] = 0.5
    ones, zeros = np.ones(2, x.dtype), np.zeros(2, x.dtype)
    return [
        Case(four, np.ones(1), np.zeros(1), 0.01),
        Case(x, ones, zeros, 0.1),
        Case(x, np.array([2.0, -0.5], x.dtype), np.array([0.25, -1], x.dtype), 0.1),
        Case(constant, ones, zeros, 0.1),
    ]


# 7. Group norm, and the ways it goes wrong.
def my_group_norm(x: Array, groups: int, eps: float) -> Array:
    """Normalise each group of channels of each image."""
    sets = x.reshape(len(x), groups, -1)
    mean = sets.mean(axis=2, keepdims=True)
    variance = sets.var(axis=2, keepdims=True)
    return np.asarray(((sets - mean) / np.sqrt(variance + eps)).reshape(x.shape))


def in_groups(x: Array, groups: int) -> Array:
    """Return x with an axis for the groups: (N, groups, channels of a group, H, W)."""
    return x.reshape(len(x), groups, -1, *x.shape[2:])


def of_each_place(x: Array, groups: int, eps: float) -> Array:
    """Average over the channels of a group alone, for each place."""
    return normalised(in_groups(x, groups), (2,), eps).reshape(x.shape)


def over_the_batch(x: Array, groups: int, eps: float) -> Array:
    """Average a group over all images."""
    return normalised(in_groups(x, groups), (0, 2, 3, 4), eps).reshape(x.shape)


def every_nth_channel(x: Array, groups: int, eps: float) -> Array:
    """Take the channels of a group from all over: 0, 2, 4, … in place of neighbours."""
    apart = x.reshape(len(x), -1, groups, *x.shape[2:])
    return normalised(apart, (1, 3, 4), eps).reshape(x.shape)


def group_case(rng: np.random.Generator) -> Case:
    """Draw a batch whose channels fall into groups."""
    n, groups, each = whole(rng, 3)
    h, w = whole(rng, 2, low=2, high=3)
    (x,) = arrays(rng, (n, groups * each, h, w))
    return Case(x, groups, float(rng.choice([0.01, 0.1, 0.5])))


def fixed_groups() -> list[Case]:
    """Return one image in one and in two groups, then a batch."""
    rng = np.random.default_rng(2)
    four = np.array([1.0, 1, 3, 3]).reshape(1, 4, 1, 1)
    x = arrays(rng, (2, 4, 2, 3))[0]
    return [Case(four, 1, 0.01), Case(x, 2, 0.1), Case(x, 4, 0.1), Case(x, 1, 0.1)]


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_factor_of_a_layer() -> Any:
    """Answer `factor_of_a_layer` as a reader would, in a cell."""
    print("inputs of one output: 64 · 9 =", 64 * 9)
    print("variance: 0.1 · 0.1 = 0.01")
    print("½ · 576 · 0.01 =", 0.5 * 576 * 0.01)
    return 2.88


def solve_without_relu() -> Any:
    """Answer `without_relu` as a reader would, in a cell."""
    print("the half is ReLU's; without it the factor is m · Var(w)")
    print("it is 1 if Var(w) = 1/m")
    return "1/m"


def solve_sets_of_groups() -> Any:
    """Answer `sets_of_groups` as a reader would, in a cell."""
    print("8 images with 4 groups each:", 8 * 4, "means")
    print("4 channels of 4 · 4 places:", 4 * 4 * 4, "numbers in each")
    return 32, 64


def solve_after_three_batches() -> Any:
    """Answer `after_three_batches` as a reader would, in a cell."""
    running = 0.0
    for _ in range(3):
        running = 0.9 * running + 0.1 * 10
        print(f"{running:.2f}")
    return running


def solve_bias_before_norm() -> Any:
    """Answer `bias_before_norm` as a reader would, in a cell."""
    rng = np.random.default_rng(0)
    conv = layers.Conv2d(1, 2, 3, rng=rng, dtype=np.float64)
    model = layers.Sequential(conv, layers.BatchNorm2d(2, dtype=np.float64))
    y = model(rng.normal(size=(4, 1, 5, 5)))
    model.backward(rng.normal(size=y.shape))
    assert conv.grad_bias is not None
    print(f"slope of the loss: {np.abs(conv.grad_bias).max():.6f}")
    return "it stays"


def solved_batch_norm(x: Array, weight: Array, bias: Array, eps: float) -> Any:
    """Return the normalised batch, as a reader would write it."""
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    variance = x.var(axis=(0, 2, 3), keepdims=True)
    y = (x - mean) / np.sqrt(variance + eps)
    return weight[:, None, None] * y + bias[:, None, None]


def solved_group_norm(x: Array, groups: int, eps: float) -> Any:
    """Return the normalised groups, as a reader would write it."""
    sets = x.reshape(len(x), groups, -1)
    mean = sets.mean(axis=2, keepdims=True)
    variance = sets.var(axis=2, keepdims=True)
    y = (sets - mean) / np.sqrt(variance + eps)
    return y.reshape(x.shape)


EXERCISES = Exercises(
    "signals_through_depth",
    [
        Answer(
            "factor_of_a_layer",
            label="Factor",
            solution=solve_factor_of_a_layer,
            expected=factor_of_a_layer,
            kind=float,
            right="half of 576 · 0.01: ten such layers multiply by 39,000.",
            hint="how many products does one output add up? What is the variance, and what does "
            "ReLU leave?",
            hints=[
                Mistake(lambda: 5.76, "that is before ReLU, which leaves half."),
                Mistake(lambda: 0.32, "a kernel has 9 taps in each of the 64 channels."),
                Mistake(lambda: 28.8, "0.1 is the standard deviation. Square it."),
                Mistake(lambda: 57.6, "0.1 is the standard deviation; and ReLU leaves half."),
                Mistake(lambda: 0.045, "64 channels are added up as well."),
            ],
        ),
        Answer(
            "without_relu",
            solution=solve_without_relu,
            expected=lambda: "1/m",
            kind=str,
            choices=("1/(2m)", "1/m", "2/m"),
            right="no half is lost, so m · Var(w) has to be 1.",
            hint="what is the factor of a layer if nothing is set to 0?",
            hints=[
                Mistake(lambda: "2/m", "the 2 makes up for the half that ReLU takes away."),
                Mistake(lambda: "1/(2m)", "then each layer would leave a half."),
            ],
        ),
        Answer(
            "sets_of_groups",
            label="Means, and numbers in each",
            solution=solve_sets_of_groups,
            expected=sets_of_groups,
            kind=tuple,
            right="a set is one group of one image, with all its places.",
            hint="draw the batch as rows and the channels as columns. What is one set?",
            hints=[
                Mistake(lambda: (4, 512), "group norm does not average over the batch."),
                Mistake(lambda: (32, 4), "all 4×4 places of its channels take part, too."),
                Mistake(lambda: (8, 256), "that is layer norm: one set for each image."),
                Mistake(lambda: (16, 128), "that is batch norm: one set for each channel."),
                Mistake(lambda: (64, 32), "how many means first, then how many numbers in each."),
                Mistake(lambda: (32, 16), "a group has 16 / 4 channels, each with 16 places."),
            ],
        ),
        Answer(
            "after_three_batches",
            label="Running mean",
            solution=solve_after_three_batches,
            expected=after_three_batches,
            kind=float,
            right="of the start 0.9³ = 0.729 is left, so 0.271 of 10 has arrived.",
            hint="begin with 0, and three times take 0.9 of the old and 0.1 of the new.",
            hints=[
                Mistake(lambda: 1.0, "this is after one batch."),
                Mistake(lambda: 1.9, "this is after two batches."),
                Mistake(lambda: 3.0, "the old share shrinks each time, by 0.9."),
                Mistake(lambda: 7.29, "this is what is missing. Momentum is the new one's share."),
                Mistake(lambda: 9.99, "0.1 is the share of the newest batch, not of the old."),
                Mistake(lambda: 10.0, "it moves there by a tenth of the way at a time."),
            ],
        ),
        Answer(
            "bias_before_norm",
            solution=solve_bias_before_norm,
            expected=lambda: "it stays",
            kind=str,
            choices=("it grows", "it shrinks to 0", "it stays"),
            right="the outputs do not change with it, so the loss has no slope along it.",
            hint="how much does the output change if the bias grows a little?",
            hints=[
                Mistake(
                    lambda: "it shrinks to 0",
                    "that would be weight decay. The loss itself does not ask for it.",
                ),
                Mistake(lambda: "it grows", "nothing after the layer would see it grow."),
            ],
        ),
        Implement(
            "my_batch_norm",
            solution=(solved_batch_norm,),
            reference=my_batch_norm,
            cases=fixed_batches,
            generate=batch_case,
            right="One mean and one variance for each channel.",
            hint="mean and variance over the axes 0, 2 and 3, with keepdims=True; then weight and "
            "bias of each channel.",
            mistakes=[
                Mistake(
                    lambda x, weight, bias, eps: spread(
                        normalised(x, (0, 1, 2, 3), eps), weight, bias
                    ),
                    "one mean for all channels together. Each channel has its own.",
                ),
                Mistake(
                    lambda x, weight, bias, eps: spread(normalised(x, (2, 3), eps), weight, bias),
                    "you average over the places of one image. The images of the batch share "
                    "their mean.",
                ),
                Mistake(
                    lambda x, weight, bias, eps: spread(normalised(x, (0,), eps), weight, bias),
                    "you average over the batch alone. All places of a channel share their mean.",
                ),
                Mistake(
                    lambda x, weight, bias, eps: spread(
                        normalised(x, (1, 2, 3), eps), weight, bias
                    ),
                    "that is layer norm: one set for each image. Here it is one for each channel.",
                ),
                Mistake(
                    lambda x, weight, bias, eps: spread(
                        normalised(x, (0, 2, 3), eps, ddof=1), weight, bias
                    ),
                    "this variance divides by n − 1. The batch is divided by the mean of the "
                    "squares.",
                ),
                Mistake(
                    lambda x, weight, bias, eps: spread(
                        normalised(x, (0, 2, 3), eps, outside=True), weight, bias
                    ),
                    "ε is added to the variance, below the root.",
                ),
                Mistake(
                    lambda x, weight, bias, eps: spread(
                        normalised(x, (0, 2, 3), 0.0), weight, bias
                    ),
                    "`eps` is not used.",
                ),
                Mistake(not_centred, "the mean is not taken away."),
                Mistake(
                    against_columns,
                    "one number for each channel has to stand beside the channels, not beside the "
                    "columns: keepdims=True for mean and variance, [:, None, None] for weight and "
                    "bias.",
                ),
                Mistake(by_variance, "divide by the root of the variance."),
                Mistake(
                    lambda x, weight, bias, eps: normalised(x, (0, 2, 3), eps),
                    "weight and bias are not used.",
                ),
                Mistake(
                    lambda x, weight, bias, eps: spread(
                        normalised(x, (0, 2, 3), eps), weight, 0 * bias
                    ),
                    "the bias is missing.",
                ),
                Mistake(
                    lambda x, weight, bias, eps: spread(
                        normalised(x, (0, 2, 3), eps), np.ones_like(weight), bias
                    ),
                    "the weight is missing.",
                ),
            ],
        ),
        Implement(
            "my_group_norm",
            solution=(solved_group_norm,),
            reference=my_group_norm,
            cases=fixed_groups,
            generate=group_case,
            right="With one group it is layer norm of the image.",
            hint="reshape x to (N, groups, rest), and average over the last axis.",
            mistakes=[
                Mistake(of_each_place, "the places of a group belong to one set, too."),
                Mistake(over_the_batch, "each image has sets of its own."),
                Mistake(every_nth_channel, "a group is made of channels that lie side by side."),
                Mistake(
                    lambda x, groups, eps: my_group_norm(x, 1, eps),
                    "`groups` is not used: this is one set for the whole image.",
                ),
                Mistake(
                    lambda x, groups, eps: my_group_norm(x, x.shape[1], eps),
                    "each channel has a set of its own here. A group has C / groups channels.",
                ),
                Mistake(
                    lambda x, groups, eps: my_group_norm(x, groups, 0.0),
                    "`eps` is not used.",
                ),
                Mistake(
                    lambda x, groups, eps: normalised(
                        in_groups(x, groups), (2, 3, 4), eps, outside=True
                    ).reshape(x.shape),
                    "ε is added to the variance, below the root.",
                ),
                Mistake(
                    lambda x, groups, eps: normalised(
                        in_groups(x, groups), (2, 3, 4), eps, ddof=1
                    ).reshape(x.shape),
                    "this variance divides by n − 1, the layer's by n.",
                ),
                Mistake(
                    lambda x, groups, eps: my_group_norm(x, groups, eps).reshape(
                        len(x), groups, -1
                    ),
                    "bring the result back to the shape of x.",
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
