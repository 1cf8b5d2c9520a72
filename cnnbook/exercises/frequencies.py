"""The exercises of the chapter *Frequencies* and of its workshop."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import frequencies as boxes
from cnnbook.exercises.cases import arrays
from cnnbook.kernels import frequency_response, sobel_x

Array = np.ndarray[Any, Any]

BINOMIAL = (0.25, 0.5, 0.25)


def response_at(kernel: Any, f: float) -> float:
    """Return the response of a symmetric row at one frequency."""
    return float(frequency_response(kernel, f).real)


def sobel_on_rows() -> str:
    """Return what Sobel's kernel across leaves of rows that alternate."""
    gain = abs(frequency_response(sobel_x(), (0.5, 0.0)))
    return "nothing" if gain < 1e-12 else "stripes eight times as strong"


def zeros_to_append(kernel_size: int) -> int:
    """Return how far a window reaches past its first pixel."""
    return cnnbook.receptive_field([(kernel_size,)]) - 1


# 6. The gain, and the ways it goes wrong.
def my_gain(kernel: Array, f: Array) -> Array:
    """Return what each wave's height is multiplied by, as a reader would write it."""
    angles = 2 * np.pi * np.outer(f, np.arange(len(kernel)))
    return np.hypot(np.cos(angles) @ kernel, np.sin(angles) @ kernel)


def cosines_only(kernel: Array, f: Array) -> Array:
    """Leave out the sines."""
    angles = 2 * np.pi * np.outer(f, np.arange(len(kernel)))
    return np.abs(np.cos(angles) @ kernel)


def half_turns(kernel: Array, f: Array) -> Array:
    """Take π for a whole turn."""
    return my_gain(kernel, f / 2)


def squared(kernel: Array, f: Array) -> Array:
    """Forget the root."""
    return my_gain(kernel, f) ** 2


def summed(kernel: Array, f: Array) -> Array:
    """Add the two sums."""
    angles = 2 * np.pi * np.outer(f, np.arange(len(kernel)))
    return np.abs(np.cos(angles) @ kernel + np.sin(angles) @ kernel)


def degrees(kernel: Array, f: Array) -> Array:
    """Hand degrees to functions that take radians."""
    return my_gain(kernel, f * 180 / np.pi)


def mean_of_taps(kernel: Array, f: Array) -> Array:
    """Take means in the place of sums."""
    return my_gain(kernel, f) / len(kernel)


def normalised(kernel: Array, f: Array) -> Array:
    """Measure against the flat row."""
    return my_gain(kernel, f) / np.maximum(abs(kernel.sum()), 1e-9)


# 7. A convolution by Fourier, and the ways it goes wrong.
def my_fourier(x: Array, kernel: Array) -> Array:
    """Return the cross-correlation without padding, as a reader would write it."""
    size = len(x)
    product = np.fft.rfft(x) * np.conj(np.fft.rfft(kernel, size))
    return np.fft.irfft(product, size)[: size - len(kernel) + 1]


def around(x: Array, kernel: Array) -> Array:
    """Keep the outputs that wrap around."""
    size = len(x)
    return np.fft.irfft(np.fft.rfft(x) * np.conj(np.fft.rfft(kernel, size)), size)


def convolved(x: Array, kernel: Array) -> Array:
    """Flip the kernel: no conjugate, and the first outputs kept."""
    size = len(x)
    product = np.fft.rfft(x) * np.fft.rfft(kernel, size)
    return np.fft.irfft(product, size)[: size - len(kernel) + 1]


def convolved_well(x: Array, kernel: Array) -> Array:
    """Flip the kernel, and keep the outputs that do not wrap around."""
    return np.convolve(x, kernel, "valid")


def wrong_end(x: Array, kernel: Array) -> Array:
    """Cut off the first outputs in place of the last."""
    return around(x, kernel)[len(kernel) - 1 :]


def conjugate_of_x(x: Array, kernel: Array) -> Array:
    """Take the conjugate of the other transform."""
    size = len(x)
    product = np.conj(np.fft.rfft(x)) * np.fft.rfft(kernel, size)
    return np.fft.irfft(product, size)[: size - len(kernel) + 1]


def even_length(x: Array, kernel: Array) -> Array:
    """Let irfft guess the length."""
    size = len(x)
    product = np.fft.rfft(x) * np.conj(np.fft.rfft(kernel, size))
    return np.fft.irfft(product)[: size - len(kernel) + 1]


def one_too_few(x: Array, kernel: Array) -> Array:
    """Cut off one output too many."""
    return my_fourier(x, kernel)[:-1]


# 8. Blur, then stride, and the ways it goes wrong.
def my_blur_pool(x: Array, s: int) -> Array:
    """Return every s-th row and column of the blurred map, as a reader would write it."""
    weights = np.outer([1, 2, 1], [1, 2, 1]) / 16
    around = np.pad(x, 1)
    rows, columns = x.shape
    blurred = np.zeros(x.shape)
    for u in range(3):
        for v in range(3):
            blurred += weights[u, v] * around[u : u + rows, v : v + columns]
    return blurred[::s, ::s]


def blurred_by(x: Array, row: Any, s: int = 1, padding: int = 1) -> Array:
    """Blur a map by a row of numbers, both ways, then stride."""
    kernel = np.outer(row, row).astype(x.dtype)
    if min(x.shape) + 2 * padding < 3:
        return np.zeros((0, 0))
    return cnnbook.conv2d(x[None], kernel[None, None], padding=padding)[0][::s, ::s]


def blur_after(x: Array, s: int) -> Array:
    """Stride first."""
    return my_blur_pool(x[::s, ::s], 1)


def mean_pool(x: Array, s: int) -> Array:
    """Blur by a box of three."""
    return blurred_by(x, [1 / 3, 1 / 3, 1 / 3], s)


def no_frame(x: Array, s: int) -> Array:
    """Forget the padding."""
    return blurred_by(x, BINOMIAL, s, padding=0)


def repeated_frame(x: Array, s: int) -> Array:
    """Repeat the border's pixels outside."""
    return blurred_by(np.pad(x, 1, mode="edge"), BINOMIAL, s, padding=0)


def not_divided(x: Array, s: int) -> Array:
    """Forget to divide by 16."""
    return 16 * my_blur_pool(x, s)


def across_alone(x: Array, s: int) -> Array:
    """Blur along the rows only."""
    around = np.pad(x, ((0, 0), (1, 1)))
    return (around[:, :-2] / 4 + around[:, 1:-1] / 2 + around[:, 2:] / 4)[::s, ::s]


def from_the_second(x: Array, s: int) -> Array:
    """Begin to keep at the last place of each window."""
    return my_blur_pool(x, 1)[s - 1 :: s, s - 1 :: s]


def stride_down_only(x: Array, s: int) -> Array:
    """Keep all columns."""
    return my_blur_pool(x, 1)[::s]


def kernel_and_frequencies(rng: np.random.Generator) -> Case:
    """Draw a row and some frequencies."""
    kernel, f = arrays(rng, (int(rng.integers(1, 6)),), (int(rng.integers(1, 5)),), most=2.0)
    return Case(kernel, f / 2 + f.dtype.type(rng.integers(2) / 16))


def row_and_kernel(rng: np.random.Generator) -> Case:
    """Draw a row and a kernel that is not longer."""
    length = int(rng.integers(1, 12))
    return Case(*arrays(rng, (length,), (int(rng.integers(1, length + 1)),)))


def map_and_stride(rng: np.random.Generator) -> Case:
    """Draw a map and a stride."""
    height, width = (int(n) for n in rng.integers(1, 8, size=2))
    return Case(*arrays(rng, (height, width)), int(rng.integers(1, 4)))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_binomial_at_a_third() -> Any:
    """Answer `binomial_at_a_third` as a reader would, in a cell."""
    print("cos(2π/3) =", round(np.cos(2 * np.pi / 3), 4))
    print("1/2 + 2 · 1/4 · (−1/2) =", 1 / 2 - 2 * 1 / 4 * 1 / 2)
    return 0.25


def solve_sharpen_at_a_half() -> Any:
    """Answer `sharpen_at_a_half` as a reader would, in a cell."""
    print("at a 1:  −(−1) + 3 · 1 − (−1) =", 1 + 3 + 1)
    print("at a −1: −1 + 3 · (−1) − 1 =", -1 - 3 - 1)
    return 5


def solve_sobel_on_rows() -> Any:
    """Answer `sobel_on_rows` as a reader would, in a cell."""
    rows = np.tile([[1.0], [-1.0]], (3, 6))
    answer = cnnbook.correlate2d(rows, sobel_x().astype(np.float64))
    print("largest answer:", abs(answer).max())
    return "nothing"


def solve_zeros_to_append() -> Any:
    """Answer `zeros_to_append` as a reader would, in a cell."""
    print("the last window begins at pixel 99 and ends at 99 + 6 =", 99 + 6)
    print("pixels 100 to 105 must be zeros:", 105 - 100 + 1)
    return 6


def solve_alias_at_stride_3() -> Any:
    """Answer `alias_at_stride_3` as a reader would, in a cell."""
    print("0.3 · 3 =", round(0.3 * 3, 2), "cycles from kept pixel to kept pixel")
    print("without the whole cycle: |0.9 − 1| =", round(abs(0.3 * 3 - 1), 2))
    return 0.1


EXERCISES = Exercises(
    "frequencies",
    [
        Answer(
            "binomial_at_a_third",
            solution=solve_binomial_at_a_third,
            expected=lambda: response_at(BINOMIAL, 1 / 3),
            kind=float,
            label="H(1/3)",
            right="a quarter is left of the wave of which the mean of three leaves nothing.",
            hint="the middle tap, plus twice the outer one times cos(2π/3), which is −1/2.",
            hints=[
                Mistake(
                    lambda: 0.375, "there are two neighbours, and each brings 1/4 · cos(2π/3)."
                ),
                Mistake(lambda: 0.75, "cos(2π/3) is −1/2: the neighbours take away."),
                Mistake(lambda: 0.0, "that is the mean of three. Here the taps are 1/4, 1/2, 1/4."),
                Mistake(lambda: 1.0, "that is the constant row, f = 0."),
                Mistake(lambda: 0.5, "that is the middle tap alone."),
            ],
        ),
        Answer(
            "sharpen_at_a_half",
            solution=solve_sharpen_at_a_half,
            expected=lambda: round(response_at([-1, 3, -1], 0.5)),
            kind=int,
            right="3 − 2 cos π = 5: of all waves, sharpening makes the finest grow most.",
            hint="put the kernel on three neighbours of the stripes, −1 1 −1.",
            hints=[
                Mistake(lambda: 1, "that is the constant row. The stripes change their sign."),
                Mistake(lambda: 3, "the neighbours count, too: each is −1 and has the weight −1."),
                Mistake(lambda: -5, "bright stays bright: put the kernel on −1 1 −1."),
                Mistake(lambda: 4, "there are two neighbours."),
            ],
        ),
        Answer(
            "sobel_on_rows",
            solution=solve_sobel_on_rows,
            expected=sobel_on_rows,
            kind=str,
            choices=("nothing", "the stripes as they are", "stripes eight times as strong"),
            right="across, the rows are constant, and −1 0 1 leaves nothing of a constant.",
            hint="the gain is a product: the row's at g = 0, times the column's at f = 1/2.",
            hints=[
                Mistake(
                    lambda: "the stripes as they are",
                    "which gain has −1 0 1 along a row of equal pixels?",
                ),
                Mistake(
                    lambda: "stripes eight times as strong",
                    "eight is the gain for the best wave across. Here the rows are constant.",
                ),
            ],
        ),
        Answer(
            "zeros_to_append",
            solution=solve_zeros_to_append,
            expected=lambda: zeros_to_append(7),
            kind=int,
            unit="zeros",
            right="a window reaches K − 1 pixels past its first one.",
            hint="the last window begins at pixel 99. Where does it end?",
            hints=[
                Mistake(lambda: 7, "a window of 7 reaches 6 pixels past its first one."),
                Mistake(
                    lambda: 3,
                    "enough for windows centred on the row. Here all windows of the ring count.",
                ),
                Mistake(lambda: 12, "that is both sides. On a ring the zeros serve both ends."),
                Mistake(lambda: 106, "that is the length with the zeros. How many are new?"),
                Mistake(lambda: 0, "then a window that begins at pixel 99 reads pixel 0 next."),
            ],
        ),
        Answer(
            "alias_at_stride_3",
            solution=solve_alias_at_stride_3,
            expected=lambda: boxes.cycles_kept(0.3, 3),
            kind=float,
            unit="cycles per new pixel",
            right="0.9 of a cycle forward looks like 0.1 of a cycle back.",
            hint="how many cycles lie between two kept pixels? Take away the nearest whole number.",
            hints=[
                Mistake(
                    lambda: 0.9,
                    "from dot to dot it is 0.9 of a cycle, and 0.1 the other way round.",
                ),
                Mistake(lambda: 0.3, "that is per old pixel, and before the stride."),
                Mistake(lambda: 0.033, "that is per old pixel. Between two kept ones lie three."),
                Mistake(lambda: 0.4, "take away a whole cycle, not half of one."),
                Mistake(lambda: -0.1, "the sign says the direction. Give the number of cycles."),
                Mistake(lambda: 0.6, "that would be stride 2. Here it is 3."),
            ],
        ),
        Implement(
            "my_gain",
            reference=my_gain,
            cases=lambda: [
                (np.array([0.5, 0.5]), np.array([0, 0.125, 0.5, -0.25])),
                (np.array([0.25, 0.5, 0.25]), np.array([0.0, 0.25, 1 / 3, 0.5])),
                (np.array([-1.0, 0, 1]), np.array([-0.25, 0.125])),
                (np.array([1.0, -2, 3.5, 0.25], np.float32), np.array([0.3, 0.4], np.float32)),
            ],
            generate=kernel_and_frequencies,
            right="Two sums, and the length of the arrow that they make.",
            hint=(
                "for each f, sum k[u] · cos(2πfu) and k[u] · sin(2πfu) over u. The gain is the "
                "root of the sum of their squares."
            ),
            mistakes=[
                Mistake(
                    cosines_only,
                    "the cosines alone are enough for a symmetric kernel with u counted from its "
                    "middle. Here you need the sines, too.",
                ),
                Mistake(half_turns, "a whole turn is 2π, not π."),
                Mistake(squared, "the root is missing."),
                Mistake(summed, "the two sums stand at a right angle: square, add, take the root."),
                Mistake(degrees, "cos and sin take radians: a whole turn is 2π, not 360."),
                Mistake(mean_of_taps, "sums over the taps are asked for, not means."),
                Mistake(normalised, "do not divide by the kernel's sum: it may be 0."),
            ],
        ),
        Implement(
            "my_fourier",
            reference=my_fourier,
            cases=lambda: [
                (np.array([1.5, 2, 0, -3]), np.array([1.0, 2])),
                (np.array([1.0, 2, 4, 8, 16]), np.array([0.5, 0, -1])),
                (np.array([1.0, 0, 0, 0, 0, 2, 5]), np.array([1.0, -2, 3, 0.5])),
                (np.array([2.0, 7, 1], np.float32), np.array([3, 1, 4.5], np.float32)),
            ],
            generate=row_and_kernel,
            right="A product of transforms, one number for each frequency.",
            hint=(
                "transform x, and the kernel with n=len(x), so that both have as many numbers. "
                "Multiply, transform back, and keep the outputs whose window fits."
            ),
            mistakes=[
                Mistake(
                    around,
                    "the last K − 1 outputs read on at the row's beginning: only L − K + 1 windows "
                    "fit.",
                ),
                Mistake(
                    convolved,
                    "the kernel lies flipped: this is a convolution, and its first outputs wrap "
                    "around. Cross-correlation takes the conjugate of the kernel's transform.",
                ),
                Mistake(
                    convolved_well,
                    "the kernel lies flipped. np.conj of its transform turns it round.",
                ),
                Mistake(wrong_end, "with the conjugate it is the last outputs that wrap around."),
                Mistake(
                    conjugate_of_x,
                    "you took the conjugate of the row's transform. It belongs to the kernel's.",
                ),
                Mistake(
                    even_length,
                    "irfft cannot know whether the row's length was even or odd: give it n=len(x).",
                ),
                Mistake(one_too_few, "L − K + 1 windows fit. One is missing."),
            ],
        ),
        Implement(
            "my_blur_pool",
            reference=my_blur_pool,
            cases=lambda: [
                (np.arange(16.0).reshape(4, 4) - 5.5, 2),
                (np.array([[0.0, 16, 0, 0, 8], [4, 0, -3, 2, 1], [1, 2, 3, 4, 5]]), 1),
                (np.array([[1.0, 2, 3], [-4, 5, 6]], np.float32), 3),
            ],
            generate=map_and_stride,
            right="What the stride would take for something slower, the blur removes first.",
            hint=(
                "pad with one zero on each side, take the 3×3 sum with the weights 1 2 1 / 2 4 2 / "
                "1 2 1 over 16, then keep [::s, ::s]."
            ),
            mistakes=[
                Mistake(blur_after, "you stride before you blur: by then the alias is there."),
                Mistake(
                    mean_pool, "the weights are 1 2 1 both ways, not the mean of nine neighbours."
                ),
                Mistake(no_frame, "a frame of zeros is missing: the blurred map keeps its size."),
                Mistake(repeated_frame, "outside are zeros, not the border's pixels once more."),
                Mistake(not_divided, "the weights must sum to 1: divide by 16."),
                Mistake(across_alone, "you blur along the rows only. The columns count, too."),
                Mistake(from_the_second, "begin with the first row and the first column."),
                Mistake(stride_down_only, "the stride counts across, too."),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
