"""The exercises of the chapter *Why a layer is slow* and of its workshop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import why_a_layer_is_slow as boxes
from cnnbook.exercises.cases import arrays, whole

Array = np.ndarray[Any, Any]
Layers = Sequence[tuple[float, float]]

PASS = 64 * 56 * 56  # numbers of the maps


# 1. ReLU reads and writes.
def bytes_of_relu() -> int:
    """Return how many bytes a ReLU moves on 64 maps of 56×56, in float32."""
    return 2 * 4 * PASS


# 2. The longer of two times, in milliseconds.
def milliseconds(macs: float = 60e6, moved: float = 25e6) -> float:
    """Return the predicted time on the machine with round numbers."""
    return 1000 * max(macs / boxes.PEAK, moved / boxes.BANDWIDTH)


# 3. Another processor, the same memory.
def twice_the_peak() -> str:
    """Return which of three layers gain."""
    return "the 3×3 alone"


# 4. Winograd with larger tiles.
def times_fewer(outputs: int = 4, taps: int = 3) -> float:
    """Return how many times fewer multiplications a tile needs."""
    return (outputs * taps) ** 2 / (outputs + taps - 1) ** 2


# 5. Three layers in one go.
def passes() -> int:
    """Return how many times fewer bytes three layers move that are computed in one go."""
    return 3 * 2 // 2


# 6. Count a layer, and the ways it goes wrong.
def my_work(c_in: int, c_out: int, kernel_size: int, side: int, groups: int) -> tuple[int, int]:
    """Return the multiply–accumulates of a convolution, and the least bytes that it moves."""
    weights = c_out * (c_in // groups) * kernel_size**2
    numbers = c_in * side**2 + weights + c_out * side**2
    return weights * side**2, 4 * numbers


def changed_work(change: Any) -> Any:
    """Return a count that computes one thing in another way."""

    def work(c_in: int, c_out: int, kernel_size: int, side: int, groups: int) -> tuple[int, int]:
        weights = c_out * (c_in // groups) * kernel_size**2
        parts = {
            "weights": weights,
            "macs": weights * side**2,
            "read": c_in * side**2,
            "written": c_out * side**2,
            "size": 4,
        }
        parts.update(change(c_in, c_out, kernel_size, side, groups))
        numbers = parts["read"] + parts["weights"] + parts["written"]
        return parts["macs"], parts["size"] * numbers

    return work


def work_case(rng: np.random.Generator) -> Case:
    """Draw a layer."""
    groups, inside, outside = whole(rng, 3, low=1, high=4)
    k, side = whole(rng, 2, low=2, high=7)
    return Case(groups * inside, groups * outside, k, side, groups)


# 7. Predict, and the ways it goes wrong.
def my_seconds(layers: Layers, peak: float, bandwidth: float) -> float:
    """Return the predicted time of layers, one after the other."""
    seconds = 0.0
    for macs, moved in layers:
        seconds += max(macs / peak, moved / bandwidth)
    return seconds


def by_totals(layers: Layers, peak: float, bandwidth: float) -> float:
    """Compare the sums, not layer by layer."""
    macs, moved = (sum(layer[i] for layer in layers) for i in (0, 1))
    return max(macs / peak, moved / bandwidth)


def with_layers(combine: Any) -> Any:
    """Return a prediction that combines the two times of a layer in another way."""

    def seconds(layers: Layers, peak: float, bandwidth: float) -> float:
        return float(sum(combine(macs / peak, moved / bandwidth) for macs, moved in layers))

    return seconds


def seconds_case(rng: np.random.Generator) -> Case:
    """Draw a few layers and a machine."""
    numbers = whole(rng, 2 * int(rng.integers(1, 5)), low=1, high=40)
    layers = list(zip(numbers[::2], numbers[1::2], strict=True))
    peak, bandwidth = whole(rng, 2, low=2, high=8)
    return Case(layers, peak, bandwidth)


# 8. Winograd in one row, and the ways it goes wrong.
def my_four_products(x: Array, w: Array) -> Array:
    """Return the four products of Winograd's F(2, 3)."""
    return np.array(
        [
            (x[0] - x[2]) * w[0],
            (x[1] + x[2]) * (w[0] + w[1] + w[2]) / 2,
            (x[2] - x[1]) * (w[0] - w[1] + w[2]) / 2,
            (x[1] - x[3]) * w[2],
        ],
        dtype=x.dtype,
    )


def four_products(change: Any) -> Any:
    """Return the four products with something changed."""
    return lambda x, w: change(x, w, my_four_products(x, w))


def second_not_halved(x: Array, w: Array, products: Array) -> Array:
    """Forget the two halves."""
    return products * np.array([1, 2, 2, 1], products.dtype)


def outputs(x: Array, w: Array, products: Array) -> Array:
    """Return the two outputs, not the products."""
    m1, m2, m3, m4 = products
    return np.array([m1 + m2 + m3, m2 - m3 - m4], products.dtype)


def turned(x: Array, w: Array, products: Array) -> Array:
    """Turn the taps round."""
    return my_four_products(x, w[::-1])


def third_turned(x: Array, w: Array, products: Array) -> Array:
    """Take the third difference the other way round."""
    return products * np.array([1, 1, -1, 1], products.dtype)


def fourth_turned(x: Array, w: Array, products: Array) -> Array:
    """Take the fourth difference the other way round."""
    return products * np.array([1, 1, 1, -1], products.dtype)


def plus_in_the_third(x: Array, w: Array, products: Array) -> Array:
    """Add the middle tap in the third, too."""
    third = (x[2] - x[1]) * (w[0] + w[1] + w[2]) / 2
    return np.array([products[0], products[1], third, products[3]], products.dtype)


def row_case(rng: np.random.Generator) -> Case:
    """Draw four pixels and three taps."""
    return Case(*arrays(rng, (4,), (3,)))


def fixed_rows() -> list[Case]:
    """Return the row of the chapter, and one with fractions and a zero."""
    chapter = Case(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3]))
    mixed = Case(np.array([0.5, -1.25, 2, 0]), np.array([-1.5, 0.25, 1]))
    return [chapter, mixed]


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_bytes_of_relu() -> Any:
    """Answer `bytes_of_relu` as a reader would, in a cell."""
    numbers = 64 * 56 * 56
    print(f"numbers: 64 · 56 · 56 = {numbers:,}")
    answer = 2 * 4 * numbers  # read and written, 4 bytes each
    print(f"read and written, 4 bytes each: {answer:,}")
    return answer


def solve_milliseconds() -> Any:
    """Answer `milliseconds` as a reader would, in a cell."""
    arithmetic, memory = 60e6 / 40e9, 25e6 / 10e9
    print(f"arithmetic: 60 million / 40 billion = {1000 * arithmetic} ms")
    print(f"memory:     25 million / 10 billion = {1000 * memory} ms")
    return 1000 * max(arithmetic, memory)


def solve_times_fewer() -> Any:
    """Answer `times_fewer` as a reader would, in a cell."""
    print("direct:   16 outputs · 9 taps =", 16 * 9)
    print("Winograd: (4 + 3 − 1)² =", 6**2)
    return 16 * 9 / 6**2


def solve_passes() -> Any:
    """Answer `passes` as a reader would, in a cell."""
    print("one after the other: 3 · (read + write) =", 3 * 2, "passes")
    print("in one go:           read + write =", 2, "passes")
    return 3


EXERCISES = Exercises(
    "why_a_layer_is_slow",
    [
        Answer(
            "bytes_of_relu",
            label="Bytes",
            solution=solve_bytes_of_relu,
            expected=bytes_of_relu,
            kind=int,
            right="it does next to nothing, and moves nearly as much as a convolution.",
            hint="how many numbers are there? Each is read, and each is written.",
            hints=[
                Mistake(lambda: 4 * PASS, "each number is read *and* written."),
                Mistake(lambda: PASS, "these are the numbers. How many bytes is that, both ways?"),
                Mistake(lambda: 2 * PASS, "a number in float32 has 4 bytes."),
                Mistake(lambda: 2 * 8 * PASS, "8 bytes are float64."),
            ],
        ),
        Answer(
            "milliseconds",
            label="Time",
            unit="ms",
            solution=solve_milliseconds,
            expected=milliseconds,
            kind=float,
            right="memory decides: the multipliers wait for two fifths of the time.",
            hint="how long would multiplying take alone, how long moving? The longer decides.",
            hints=[
                Mistake(lambda: 1.5, "this is the time for multiplying. Moving takes longer."),
                Mistake(lambda: 4.0, "the two go on at the same time: the longer one decides."),
                Mistake(lambda: 0.0025, "these are seconds."),
            ],
        ),
        Answer(
            "twice_the_peak",
            label="Which get faster",
            expected=twice_the_peak,
            kind=str,
            choices=(
                "all three",
                "the 3×3 alone",
                "the depthwise and the relu",
                "none of them",
            ),
            right="the others wait for memory, and memory is what it was.",
            hint="which of the three waits for the multipliers? Compare with the ridge.",
            hints=[
                Mistake(
                    lambda: "all three",
                    "a layer that waits for its bytes is not helped by multipliers.",
                ),
                Mistake(
                    lambda: "the depthwise and the relu",
                    "these are left of the ridge: they wait for memory.",
                ),
                Mistake(
                    lambda: "none of them",
                    "the 3×3 does far more than 4 multiplications for each byte.",
                ),
            ],
        ),
        Answer(
            "times_fewer",
            label="Times fewer",
            solution=solve_times_fewer,
            expected=times_fewer,
            kind=float,
            right="larger tiles save more, and their sums have larger factors, which costs digits.",
            hint="16 outputs, nine taps each. And how many pixels does the tile of inputs have?",
            hints=[
                Mistake(lambda: 2.25, "so many times fewer has a tile of 2×2 outputs."),
                Mistake(lambda: 2.0, "this is one row: 12 to 6. A tile has rows within rows."),
                Mistake(lambda: 36.0, "so many are left. How many were there before?"),
                Mistake(lambda: 144 / 16, "the tile of inputs is 6×6, not 4×4."),
            ],
        ),
        Answer(
            "fused_passes",
            label="Times fewer bytes",
            solution=solve_passes,
            expected=passes,
            kind=int,
            right="the numbers in between never leave the processor.",
            hint="each of the three reads the maps and writes them. What is left in one go?",
            hints=[
                Mistake(lambda: 2, "in one go 2 passes are left. How many were there before?"),
                Mistake(lambda: 6, "so many passes they were. One go needs 2."),
                Mistake(lambda: 1, "the two maps in between need not be written or read."),
            ],
        ),
        Implement(
            "my_work",
            reference=my_work,
            cases=[Case(2, 3, 3, 5, 1), Case(4, 4, 3, 6, 4), Case(6, 4, 1, 3, 2)],
            generate=work_case,
            right="Two numbers for each layer, and no clock needed.",
            hint="the weights first: c_out kernels, each over c_in / groups channels. Each weight "
            "is used once for each place. Three arrays cross the memory: input, weights, output.",
            mistakes=[
                Mistake(
                    changed_work(
                        lambda c_in, c_out, k, side, groups: {
                            "weights": c_out * c_in * k**2,
                            "macs": c_out * c_in * k**2 * side**2,
                        }
                    ),
                    "with groups, a kernel sees c_in / groups channels.",
                ),
                Mistake(
                    changed_work(lambda *_: {"weights": 0}),
                    "the weights have to be read, too.",
                ),
                Mistake(
                    changed_work(lambda *_: {"written": 0}),
                    "the output has to be written, too.",
                ),
                Mistake(
                    changed_work(lambda *_: {"size": 8}),
                    "this is float64. A number in float32 has 4 bytes.",
                ),
                Mistake(
                    changed_work(lambda *_: {"size": 1}),
                    "these are numbers. Each has 4 bytes.",
                ),
                Mistake(
                    changed_work(
                        lambda c_in, c_out, k, side, groups: {
                            "read": k**2 * c_in * side**2,
                        }
                    ),
                    "these are the bytes of im2col's columns. At least, each pixel is read once.",
                ),
                Mistake(
                    changed_work(
                        lambda c_in, c_out, k, side, groups: {
                            "macs": 2 * c_out * (c_in // groups) * k**2 * side**2,
                        }
                    ),
                    "a multiplication and its addition count as one.",
                ),
                Mistake(
                    lambda c_in, c_out, kernel_size, side, groups: my_work(
                        c_in, c_out, kernel_size, side, groups
                    )[::-1],
                    "the two are exchanged: first the multiply–accumulates.",
                ),
            ],
        ),
        Implement(
            "my_seconds",
            reference=my_seconds,
            cases=[
                Case([(8, 2), (2, 12)], 4, 2),
                Case([(20, 3)], 2, 5),
                Case([(5, 30), (0, 4)], 7, 3),
            ],
            generate=seconds_case,
            right="Each layer waits for its own limit.",
            hint="for each layer two times: macs / peak and moved / bandwidth. The longer counts; "
            "then add up the layers.",
            mistakes=[
                Mistake(
                    by_totals,
                    "the limits were compared for the sums. Each layer has its own longer time.",
                ),
                Mistake(
                    with_layers(lambda arithmetic, memory: arithmetic + memory),
                    "the two go on at the same time: take the longer, not the sum.",
                ),
                Mistake(with_layers(min), "this is the shorter of the two times."),
                Mistake(
                    with_layers(lambda arithmetic, memory: arithmetic),
                    "this is the time for multiplying alone.",
                ),
                Mistake(
                    with_layers(lambda arithmetic, memory: memory),
                    "this is the time for moving alone.",
                ),
                Mistake(
                    lambda layers, peak, bandwidth: my_seconds(layers, bandwidth, peak),
                    "peak and bandwidth are exchanged.",
                ),
                Mistake(
                    lambda layers, peak, bandwidth: my_seconds(layers[:1], peak, bandwidth),
                    "this is the first layer alone.",
                ),
                Mistake(
                    lambda layers, peak, bandwidth: max(
                        max(macs / peak, moved / bandwidth) for macs, moved in layers
                    ),
                    "this is the slowest layer. They run one after the other.",
                ),
            ],
        ),
        Implement(
            "my_four_products",
            reference=my_four_products,
            cases=fixed_rows,
            generate=row_case,
            right="Four multiplications by pixels, and the taps' sums are made once for all tiles.",
            hint="each product is a sum or difference of two pixels, times taps: w₀; half of "
            "w₀ + w₁ + w₂; half of w₀ − w₁ + w₂; w₂.",
            mistakes=[
                Mistake(
                    four_products(outputs),
                    "these are the two outputs. Return the four products that make them.",
                ),
                Mistake(
                    four_products(second_not_halved),
                    "the second and the third product take half of their taps' sum.",
                ),
                Mistake(four_products(turned), "the taps are turned round."),
                Mistake(
                    four_products(third_turned),
                    "the third product takes x₂ − x₁, not x₁ − x₂.",
                ),
                Mistake(
                    four_products(fourth_turned),
                    "the fourth product takes x₁ − x₃, not x₃ − x₁.",
                ),
                Mistake(
                    four_products(plus_in_the_third),
                    "in the third product the middle tap is subtracted.",
                ),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=(*boxes.WORKSHOP, "my_work", "my_seconds", "my_four_products"),
)
check = EXERCISES.check
ask = EXERCISES.ask
guess = EXERCISES.guess
solution = EXERCISES.solution
question = EXERCISES.question
