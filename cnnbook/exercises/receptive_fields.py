"""The exercises of the chapter *Receptive fields* and of its workshop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import receptive_fields as boxes
from cnnbook.exercises.cases import whole

Layer = tuple[int, int, int]

# 1. The beginning of a residual network.
RESNET = [(7, 2), (3, 2)] + [(3, 1)] * 4


def where_the_stride() -> str:
    """Return which place of a stride of 2 makes three 3×3 layers see more."""
    first = cnnbook.receptive_field([(3, 2), (3, 1), (3, 1)])
    last = cnnbook.receptive_field([(3, 1), (3, 1), (3, 2)])
    return "first" if first > last else "last" if last > first else "the same"


def behind_a_maximum() -> int:
    """Count the pixels that reach the winner of a 2×2 window over a positive 3×3 kernel."""
    image = np.arange(16.0).reshape(1, 1, 4, 4)
    kernel = np.ones((1, 1, 3, 3))
    maps = cnnbook.conv2d(image, kernel)
    grad_maps = cnnbook.max_pool2d_backward(np.ones((1, 1, 1, 1)), maps, 2)
    grad_image, _, _ = cnnbook.conv2d_backward(grad_maps, image, kernel)
    return int(np.count_nonzero(np.asarray(grad_image)))


def how_deep(pixels: int = 64) -> int:
    """Return how many 3×3 layers see so many pixels."""
    depth = 0
    while cnnbook.receptive_field([(3,)] * depth) < pixels:
        depth += 1
    return depth


def sigma(depth: int, kernel_size: int) -> float:
    """Return the spread of the paths through a stack of all-ones kernels, in pixels."""
    steps = np.arange(kernel_size) - kernel_size // 2
    return float(np.sqrt(depth * np.mean(steps**2)))


# 6. The receptive field, and the ways it goes wrong.
def my_receptive_field(layers: Sequence[Layer]) -> int:
    """Return the field, as a reader would write it."""
    field, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        field += dilation * (kernel_size - 1) * jump
        jump *= stride
    return field


def without_jumps(layers: Sequence[Layer]) -> int:
    """Add up the kernels as if no stride came in between."""
    return 1 + sum(dilation * (kernel_size - 1) for kernel_size, _, dilation in layers)


def jump_too_early(layers: Sequence[Layer]) -> int:
    """Let a layer read with the jump of its own outputs."""
    field, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        jump *= stride
        field += dilation * (kernel_size - 1) * jump
    return field


def stride_for_jump(layers: Sequence[Layer]) -> int:
    """Forget all strides but the one of the layer before."""
    field, before = 1, 1
    for kernel_size, stride, dilation in layers:
        field += dilation * (kernel_size - 1) * before
        before = stride
    return field


def whole_kernels(layers: Sequence[Layer]) -> int:
    """Add k in place of k − 1."""
    field, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        field += dilation * kernel_size * jump
        jump *= stride
    return field


# 7. Which pixels, and the ways it goes wrong.
def my_pixels(layers: Sequence[Layer], i: int) -> tuple[int, int]:
    """Return the first and the last pixel that output i sees, from the output down."""
    first, last = i, i
    for kernel_size, stride, padding in reversed(layers):
        first = first * stride - padding
        last = last * stride - padding + kernel_size - 1
    return first, last


def padding_in_pixels(layers: Sequence[Layer], i: int) -> tuple[int, int]:
    """Take each layer's padding for input pixels."""
    first, last = my_pixels([(k, s, 0) for k, s, _ in layers], i)
    total = sum(padding for _, _, padding in layers)
    return first - total, last - total


def padding_forgotten(layers: Sequence[Layer], i: int) -> tuple[int, int]:
    """Leave the padding out."""
    return my_pixels([(k, s, 0) for k, s, _ in layers], i)


def one_past_the_last(layers: Sequence[Layer], i: int) -> tuple[int, int]:
    """Return where a slice would end."""
    first, last = my_pixels(layers, i)
    return first, last + 1


def from_the_wrong_end(layers: Sequence[Layer], i: int) -> tuple[int, int]:
    """Go down from the output, but through the first layer first."""
    return my_pixels(layers[::-1], i)


def image_only(layers: Sequence[Layer], i: int) -> tuple[int, int]:
    """Cut the field off where the image begins."""
    first, last = my_pixels(layers, i)
    return max(first, 0), last


def three_layers(rng: np.random.Generator) -> Case:
    """Draw a stack of kernel sizes, strides and dilations."""
    depth = int(rng.integers(1, 5))
    return Case([(*whole(rng, 1, high=5), *whole(rng, 2)) for _ in range(depth)])


def layers_and_output(rng: np.random.Generator) -> Case:
    """Draw a stack of kernel sizes, strides and paddings, and an output."""
    depth = int(rng.integers(1, 5))
    layers = [
        (*whole(rng, 1, high=5), *whole(rng, 1), *whole(rng, 1, low=0, high=2))
        for _ in range(depth)
    ]
    return Case(layers, int(rng.integers(6)))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_resnet_field() -> Any:
    """Answer `resnet_field` as a reader would, in a cell."""
    print("convolution: 1 + 6 · 1 =", 1 + 6 * 1, " jump 2")
    print("pooling:     7 + 2 · 2 =", 7 + 2 * 2, " jump 4")
    print("four more:   11 + 4 · 2 · 4 =", 11 + 4 * 2 * 4)
    answer = 43
    assert answer == cnnbook.receptive_field([(7, 2), (3, 2)] + [(3,)] * 4)
    return answer


def solve_where_the_stride() -> Any:
    """Answer `where_the_stride` as a reader would, in a cell."""
    print("first: 3, then 3 + 2 · 2 = 7, then 7 + 2 · 2 =", 7 + 2 * 2)
    print("last:  3, then 3 + 2 · 1 = 5, then 5 + 2 · 1 =", 5 + 2 * 1)
    assert cnnbook.receptive_field([(3, 2), (3,), (3,)]) == 11
    assert cnnbook.receptive_field([(3,), (3,), (3, 2)]) == 7
    return "first"


def solve_how_deep() -> Any:
    """Answer `how_deep` as a reader would, in a cell."""
    print("1 + 2n ≥ 64, so n ≥ 63/2 =", 63 / 2)
    print("32 layers see 1 + 2 · 32 =", 1 + 2 * 32)
    return 32


def solve_behind_a_maximum() -> Any:
    """Answer `behind_a_maximum` as a reader would, in a cell."""
    image = np.random.default_rng(0).uniform(size=(1, 1, 4, 4))
    kernel = np.ones((1, 1, 3, 3))
    maps = cnnbook.conv2d(image, kernel)
    grad_maps = cnnbook.max_pool2d_backward(np.ones((1, 1, 1, 1)), maps, 2)
    gradient, _, _ = cnnbook.conv2d_backward(grad_maps, image, kernel)
    count = int(np.count_nonzero(np.asarray(gradient)))
    print("not 0 at", count, "of", image.size)
    return count


def solve_sigma_of_six() -> Any:
    """Answer `sigma_of_six` as a reader would, in a cell."""
    print("one step: (4 + 1 + 0 + 1 + 4)/5 =", (4 + 1 + 0 + 1 + 4) // 5)
    print("six steps: 6 · 2 =", 6 * 2)
    print(f"the root: {np.sqrt(12):.2f}")
    return 3.46


EXERCISES = Exercises(
    "receptive_fields",
    [
        Answer(
            "resnet_field",
            solution=solve_resnet_field,
            expected=lambda: cnnbook.receptive_field(RESNET),
            kind=int,
            unit="pixels",
            right="the jump is 4 when the four convolutions come, so each adds 8.",
            hint="write a table with r and j, and add a row for each of the six layers.",
            hints=[
                Mistake(
                    lambda: without_jumps([(k, s, 1) for k, s in RESNET]),
                    "this is the sum without the jumps. After both strides cells are 4 pixels "
                    "apart.",
                ),
                Mistake(
                    lambda: jump_too_early([(k, s, 1) for k, s in RESNET]),
                    "a layer reads with the jump before its own stride.",
                ),
                Mistake(
                    lambda: cnnbook.receptive_field(RESNET[:3]),
                    "this is the field after the first of the four convolutions.",
                ),
                Mistake(
                    lambda: cnnbook.receptive_field([(7, 2), (3, 1)] + [(3, 1)] * 4),
                    "the pooling has a stride of 2, too.",
                ),
            ],
        ),
        Answer(
            "where_the_stride",
            solution=solve_where_the_stride,
            expected=where_the_stride,
            kind=str,
            choices=("first", "last", "the same"),
            right="after an early stride every later kernel takes longer steps: 11 against 7.",
            hint="compute the field twice. Which layers read with a jump of 2?",
            hints=[
                Mistake(
                    lambda: "the same",
                    "a stride lengthens the steps of the layers after it. How many come after it "
                    "in each case?",
                ),
                Mistake(
                    lambda: "last",
                    "a stride in the last layer moves its outputs apart, and no layer comes after "
                    "it that would take longer steps.",
                ),
            ],
        ),
        Answer(
            "how_deep",
            solution=solve_how_deep,
            expected=how_deep,
            kind=int,
            unit="layers",
            right="n layers see 2n + 1 pixels, and 65 is the first such number from 64 on.",
            hint="how many pixels does each layer add, and how many are there before the first?",
            hints=[
                Mistake(
                    lambda: how_deep() - 1,
                    "one layer is missing: so many layers see 63 pixels.",
                ),
                Mistake(lambda: 64 // 3, "a kernel of 3 adds 2 pixels to the field, not 3."),
                Mistake(lambda: 64 // 3 + 1, "a kernel of 3 adds 2 pixels to the field, not 3."),
                Mistake(lambda: 63, "each layer adds 2 pixels, one on each side."),
                Mistake(
                    lambda: how_deep() + 1,
                    "so many layers see 67 pixels. One layer less is enough.",
                ),
            ],
        ),
        Answer(
            "behind_a_maximum",
            solution=solve_behind_a_maximum,
            expected=behind_a_maximum,
            kind=int,
            unit="pixels",
            right="one of the four cells wins, and behind it lies one 3×3 patch.",
            hint="how many of the four cells does the maximum hand its gradient to?",
            hints=[
                Mistake(
                    lambda: 16,
                    "that is the whole field, 4×4. The maximum hands its gradient to one cell.",
                ),
                Mistake(
                    lambda: 1,
                    "one cell of the convolution's map wins. How many pixels lie behind that cell?",
                ),
                Mistake(lambda: 4, "that is the size of the window. Only one of its cells wins."),
            ],
        ),
        Answer(
            "sigma_of_six",
            solution=solve_sigma_of_six,
            expected=lambda: sigma(6, 5),
            kind=float,
            label="σ",
            unit="pixels",
            right="one step has the variance 2, six have 12, and σ is its root.",
            hint="the variance of one step is the mean of the squares of its five values.",
            hints=[
                Mistake(lambda: sigma(6, 3), "this is σ for 3×3 kernels. Here a step can be 2."),
                Mistake(lambda: 6 * sigma(1, 5), "variances add up, not the σ of the steps."),
                Mistake(lambda: 12.0, "this is the variance. σ is its square root."),
                Mistake(lambda: sigma(1, 5), "this is σ of one step. There are six."),
                Mistake(lambda: sigma(10, 3), "this is σ of the ten 3×3 layers in the chapter."),
            ],
        ),
        Implement(
            "my_receptive_field",
            reference=my_receptive_field,
            cases=[
                ([(3, 1, 1)],),
                ([(3, 1, 1), (3, 1, 1)],),
                ([(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)],),
                ([(3, 1, 1), (3, 1, 2), (3, 1, 4)],),
                ([(7, 2, 1), (3, 2, 1), (3, 1, 2)],),
                ([],),
            ],
            generate=three_layers,
            right="Two numbers are carried along, and that is all it takes.",
            hint="begin with r = j = 1. For each layer first add d · (k − 1) · j, then multiply j.",
            mistakes=[
                Mistake(
                    without_jumps,
                    "strides of earlier layers are missing: the taps of a later layer stand "
                    "j pixels apart.",
                ),
                Mistake(
                    jump_too_early,
                    "you multiply the jump before the layer reads. A layer reads with the jump "
                    "that it finds.",
                ),
                Mistake(
                    stride_for_jump,
                    "the jump is the product of all strides before, not only of the last one.",
                ),
                Mistake(whole_kernels, "k taps make k − 1 steps."),
                Mistake(
                    lambda layers: my_receptive_field([(k, s, 1) for k, s, _ in layers]),
                    "the dilation is missing: a step is d jumps long.",
                ),
                Mistake(
                    lambda layers: my_receptive_field(layers[::-1]),
                    "you go through the layers from the output. The rule starts at the input.",
                ),
                Mistake(
                    lambda layers: my_receptive_field(layers) - 1,
                    "begin with a field of one pixel, not of none.",
                ),
            ],
        ),
        Implement(
            "my_pixels",
            reference=my_pixels,
            cases=[
                ([(3, 1, 0)], 2),
                ([(3, 1, 1)], 0),
                ([(5, 1, 2), (2, 2, 0), (5, 1, 0), (2, 2, 0)], 2),
                ([(3, 2, 1), (3, 2, 1)], 3),
                ([(11, 4, 0), (3, 2, 0), (5, 1, 2)], 1),
            ],
            generate=layers_and_output,
            right="Size and place of the field, for any output.",
            hint=(
                "output i of one layer reads the cells i · s − p to i · s − p + k − 1 of the row "
                "below. Go down layer by layer."
            ),
            mistakes=[
                Mistake(padding_forgotten, "each padding moves the field to the left."),
                Mistake(
                    padding_in_pixels,
                    "a layer's padding is counted in its own cells, which are j pixels apart.",
                ),
                Mistake(one_past_the_last, "the last pixel is asked for, not the one after it."),
                Mistake(
                    from_the_wrong_end,
                    "the layers come in the wrong order: the last layer's output is given.",
                ),
                Mistake(
                    image_only,
                    "pixels of the padding count, too: the first may be below 0.",
                ),
                Mistake(
                    lambda layers, i: (my_pixels(layers, i)[1], my_pixels(layers, i)[0]),
                    "the first pixel comes first.",
                ),
                Mistake(
                    lambda layers, i: my_pixels(layers, 0),
                    "this is the field of output 0. Use `i`.",
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
