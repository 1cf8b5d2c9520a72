"""The exercises of the chapter *What a network sees*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import what_a_network_sees as boxes
from cnnbook.exercises.cases import arrays, whole
from cnnbook.shapes import conv_output_size
from cnnbook.windows import sliding_windows

Array = np.ndarray[Any, Any]

# 1. z = slopes · x at x.
SLOPES, INPUT = np.array([2, -5, 3]), np.array([10, 0, 1])

# 3 and 4. Two kernels over a row, ReLU, the maximum of each map, a linear output.
ROW = np.array([1.0, 3.0, 2.0, 0.0])
KERNELS = np.array([[1.0, -1.0], [0.0, 1.0]])
HEAD = np.array([2.0, -1.0])
RULES = ("gradient", "deconvnet", "guided")


def occlusion_sizes(height: int = 32, width: int = 40) -> tuple[int, int, int]:
    """Return rows and columns of the map for 8×8 at stride 4, and their product."""
    rows, columns = conv_output_size(height, 8, 4), conv_output_size(width, 8, 4)
    return rows, columns, rows * columns


def way_down(signals: Array) -> Array:
    """Send one signal per map through its switch and its kernel to the row."""
    maps = np.maximum(sliding_windows(ROW[np.newaxis], (1, 2))[0, :, 0] @ KERNELS.T, 0)
    arrived = np.zeros_like(ROW)
    for signal, values, kernel in zip(signals, maps.T, KERNELS, strict=True):
        switch = int(values.argmax())
        arrived[switch : switch + 2] += signal * kernel
    return arrived


def tiny_gradient() -> Array:
    """Return dz/dx: both weights of the head go down."""
    return way_down(HEAD)


def tiny_output() -> float:
    """Return z."""
    maps = np.maximum(sliding_windows(ROW[np.newaxis], (1, 2))[0, :, 0] @ KERNELS.T, 0)
    return float(HEAD @ maps.max(axis=0))


def tiny_projection() -> Array:
    """Return what arrives by the deconvnet's rules."""
    return way_down(np.maximum(tiny_output() * HEAD, 0))


# 5. Occlusion of a linear score, and the ways it goes wrong.
def my_occlusion_map(image: Array, weight: Array, size: int) -> Array:
    """Return the score with each square hidden: the whole score minus the square's share."""
    return (weight * image).sum() - _shares(image, weight, size)


def _shares(image: Array, weight: Array, size: int) -> Array:
    shares: Array = sliding_windows(weight * image, size).sum(axis=(-2, -1))
    return shares


def never_restored(image: Array, weight: Array, size: int) -> Array:
    """Hide one square after the other in the same image."""
    image, scores = image.copy(), np.empty(_shares(image, weight, size).shape)
    for i, j in np.ndindex(scores.shape):
        image[i : i + size, j : j + size] = 0
        scores[i, j] = (weight * image).sum()
    return scores


def one_too_few(image: Array, weight: Array, size: int) -> Array:
    """Forget the last row and column of places."""
    return my_occlusion_map(image, weight, size)[:-1, :-1]


def sides_swapped(image: Array, weight: Array, size: int) -> Array:
    """Take the image's width for its height."""
    width, height = image.shape
    scores = np.empty((height - size + 1, width - size + 1))
    for i, j in np.ndindex(scores.shape):
        hidden = image.copy()
        hidden[i : i + size, j : j + size] = 0
        scores[i, j] = (weight * hidden).sum()
    return scores


def next_to_each_other(image: Array, weight: Array, size: int) -> Array:
    """Move the square by its own size."""
    return my_occlusion_map(image, weight, size)[::size, ::size]


# 6. Down through a ReLU.
def my_relu_down(x: Array, signal: Array, rule: str) -> Array:
    """Return the part of the signal that the rule lets pass."""
    above = (x > 0) | (rule == "deconvnet")
    below = (signal > 0) | (rule == "gradient")
    return np.where(above & below, signal, 0)


def exchanged(x: Array, signal: Array, rule: str) -> Array:
    """Exchange the gradient's rule and the deconvnet's."""
    return my_relu_down(
        x, signal, {"gradient": "deconvnet", "deconvnet": "gradient"}.get(rule, rule)
    )


def always(rule: str) -> Any:
    """Return a function that knows one rule only."""
    return lambda x, signal, _: my_relu_down(x, signal, rule)


def zero_passes(x: Array, signal: Array, rule: str) -> Array:
    """Let the signal pass where the input was exactly 0."""
    return my_relu_down(np.where(x == 0, 1, x), signal, rule)


def ones(x: Array, signal: Array, rule: str) -> Array:
    """Return where the signal passes, not the signal."""
    return np.where(my_relu_down(x, signal, rule) != 0, 1.0, 0.0)


def image_case(rng: np.random.Generator) -> Case:
    """Draw an image, weights of both signs, and a square that fits."""
    height, width = whole(rng, 2, low=2, high=7)
    size = int(rng.integers(1, min(height, width) + 1))
    return Case(*arrays(rng, (height, width), (height, width)), size)


def relu_case(rng: np.random.Generator) -> Case:
    """Draw an input and a signal, zeros in both, and one of the rules."""
    shape = whole(rng, int(rng.integers(1, 4)), high=4)
    return Case(*arrays(rng, shape, shape, most=0.75), str(rng.choice(RULES)))


def fixed_images() -> list[Case]:
    """Return a small image, a wide one, and a square as large as the image."""
    small = np.arange(9.0).reshape(3, 3) - 0.5
    wide = np.arange(10.0).reshape(2, 5)
    return [
        Case(small, np.ones((3, 3)), 2),
        Case(wide, np.tile([1.0, -1, 2, 0, 3], (2, 1)), 1),
        Case(small, np.eye(3), 3),
    ]


def fixed_signals() -> list[Case]:
    """Return the page's example with a 0 on either side, by each of the rules."""
    x, signal = np.array([-1.0, 2, 3, 0, 1]), np.array([5.0, -4, 6.5, 7, 0])
    return [Case(x, signal, rule) for rule in RULES]


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_linear_saliency() -> Any:
    """Answer `linear_saliency` as a reader would, in a cell."""
    slopes = np.abs([2, -5, 3])
    print(slopes.tolist())
    print("hiding the entry changes nothing: it is 0")
    return int(slopes.argmax())


def solve_occlusion_sizes() -> Any:
    """Answer `occlusion_sizes` as a reader would, in a cell."""
    print("rows:    (32 − 8)/4 + 1 =", (32 - 8) // 4 + 1)
    print("columns: (40 − 8)/4 + 1 =", (40 - 8) // 4 + 1)
    print("images:  7 · 9 =", 7 * 9)
    assert cnnbook.conv_output_size(32, 8, 4) == 7
    return 7, 9, 63


def solve_tiny_saliency() -> Any:
    """Answer `tiny_saliency` as a reader would, in a cell."""
    row = np.array([1, 3, 2, 0])
    print("first map: ", (row[:-1] - row[1:]).tolist(), "largest at place 2")
    print("second map:", row[1:].tolist(), "largest at place 0")
    from_first = 2 * np.array([0, 0, 1, -1])
    from_second = -1 * np.array([0, 1, 0, 0])
    slopes = from_first + from_second
    print(f"slopes: {from_first} + {from_second} = {slopes}")
    return np.abs(slopes)


def solve_tiny_projection() -> Any:
    """Answer `tiny_projection` as a reader would, in a cell."""
    print("the output: 2 · 2 − 3 =", 2 * 2 - 3)
    down = np.maximum(1 * np.array([2, -1]), 0)
    print("2 and −1 come down; behind ReLU:", down.tolist())
    return down[0] * np.array([0, 0, 1, -1])


def solved_occlusion_map(image: Array, weight: Array, size: int) -> Array:
    """Hide each square in a copy of its own."""
    height, width = image.shape
    scores = np.empty((height - size + 1, width - size + 1))
    for i in range(scores.shape[0]):
        for j in range(scores.shape[1]):
            hidden = image.copy()
            hidden[i : i + size, j : j + size] = 0
            scores[i, j] = (weight * hidden).sum()
    return scores


def solved_relu_down(x: Array, signal: Array, rule: str) -> Array:
    """Choose the mask by the rule's name."""
    passes = {"gradient": x > 0, "deconvnet": signal > 0}
    passes["guided"] = passes["gradient"] & passes["deconvnet"]
    return np.where(passes[rule], signal, 0)


EXERCISES = Exercises(
    "what_a_network_sees",
    [
        Answer(
            "linear_saliency",
            solution=solve_linear_saliency,
            label="Entry 0, 1 or 2",
            expected=lambda: int(np.abs(SLOPES).argmax()),
            kind=int,
            right="the slope is the weight, whatever the input is, and its sign does not count.",
            hint="how fast does the output change if one entry changes a little?",
            hints=[
                Mistake(
                    lambda: int((SLOPES * INPUT).argmax()),
                    "this entry adds most to the output. Saliency is the slope, not the share.",
                ),
                Mistake(
                    lambda: int(SLOPES.argmax()),
                    "this is the largest weight with its sign. Saliency is the size.",
                ),
            ],
        ),
        Answer(
            "occlusion_sizes",
            solution=solve_occlusion_sizes,
            label="Rows, columns, images",
            expected=occlusion_sizes,
            kind=tuple,
            right="the size of a convolution's output, and one image for each place.",
            hint="⌊(n − size)/stride⌋ + 1 in each direction.",
            hints=[
                Mistake(
                    lambda: (25, 33, 825),
                    "these are the sizes at stride 1; the square moves by 4.",
                ),
                Mistake(
                    lambda: (6, 8, 48),
                    "the first place counts as well: add 1 after dividing.",
                ),
                Mistake(
                    lambda: (8, 10, 80),
                    "the last squares would hang over the edge.",
                ),
                Mistake(
                    lambda: (4, 5, 20),
                    "the square moves by 4 pixels, so the places overlap.",
                ),
                Mistake(
                    lambda: (9, 7, 63),
                    "rows first: 32 is the height.",
                ),
            ],
        ),
        Answer(
            "tiny_saliency",
            solution=solve_tiny_saliency,
            label="Saliency of the four entries",
            expected=lambda: np.abs(tiny_gradient()),
            kind=tuple,
            right="each weight of the head goes to the place of its maximum, and spreads over its "
            "kernel; then the signs are dropped.",
            hint="compute both maps and note the place of each maximum. Send 2 and −1 there, "
            "times the kernel, add, and drop the signs.",
            hints=[
                Mistake(tiny_gradient, "this is the gradient. Saliency is its size."),
                Mistake(
                    lambda: np.abs(way_down(np.array([2.0, 0.0]))),
                    "the second map counts as well; its weight is −1.",
                ),
                Mistake(
                    lambda: np.abs(tiny_gradient()) * ROW,
                    "this is the slope times the input. Saliency is the slope alone.",
                ),
            ],
        ),
        Answer(
            "tiny_projection",
            solution=solve_tiny_projection,
            label="The four numbers that arrive",
            expected=tiny_projection,
            kind=tuple,
            right="the output is 1, the head sends 2 and −1, and the ReLU lets only the 2 pass.",
            hint="start from the output's value, multiply by the head's weights, apply ReLU, put "
            "back at the switch, spread over the kernel.",
            hints=[
                Mistake(
                    tiny_gradient,
                    "this is the gradient. The deconvnet has a ReLU on the way down.",
                ),
                Mistake(
                    lambda: np.abs(tiny_projection()),
                    "a projection keeps its signs.",
                ),
                Mistake(
                    lambda: np.maximum(tiny_projection(), 0),
                    "there is no ReLU below the first convolution: signs arrive.",
                ),
                Mistake(
                    lambda: way_down(np.array([2.0, 3.0])),
                    "these are the two maxima. Start from the output, one number.",
                ),
            ],
        ),
        Implement(
            "my_occlusion_map",
            solution=(solved_occlusion_map,),
            reference=my_occlusion_map,
            cases=fixed_images,
            generate=image_case,
            right="Each square was hidden alone.",
            hint="copy the image for each place, set the square to 0, and sum `weight * copy`.",
            mistakes=[
                Mistake(never_restored, "the squares stay hidden: copy the image for each place."),
                Mistake(one_too_few, "there are n − size + 1 places in each direction."),
                Mistake(
                    lambda image, weight, size: my_occlusion_map(image, weight, 1),
                    "you hide one pixel at each place. Hide a square of `size`×`size`.",
                ),
                Mistake(
                    sides_swapped,
                    "height and width of the image are exchanged: shape is (rows, columns).",
                ),
                Mistake(next_to_each_other, "the square moves by one pixel, not by its size."),
                Mistake(_shares, "these are the scores of the square alone. Hide it instead."),
                Mistake(
                    lambda image, weight, size: -_shares(image, weight, size),
                    "this is the change of the score. The score itself is asked for.",
                ),
            ],
        ),
        Implement(
            "my_relu_down",
            solution=(solved_relu_down,),
            reference=my_relu_down,
            cases=fixed_signals,
            generate=relu_case,
            right="The gradient asks the way up, the deconvnet the way down, the guided rule both.",
            hint="a dictionary of three masks, and `np.where(mask, signal, 0)`.",
            mistakes=[
                Mistake(exchanged, "you have exchanged the gradient and the deconvnet."),
                Mistake(always("gradient"), "this is the gradient's rule whatever `rule` says."),
                Mistake(always("deconvnet"), "this is the deconvnet's whatever `rule` says."),
                Mistake(always("guided"), "this is the guided rule whatever `rule` says."),
                Mistake(zero_passes, "where the input was exactly 0, nothing passes."),
                Mistake(ones, "this says where the signal passes. Return the signal there."),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
