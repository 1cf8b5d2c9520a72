"""The exercises of the chapter *On the GPU*."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import gpu as boxes
from cnnbook.exercises.cases import arrays, multiples, whole

Array = np.ndarray[Any, Any]

# 2. The clock stops after the last launch.
LAUNCHES, LAUNCH_MS, KERNEL_MS = 40, 0.25, 4.0

# 4. An epoch of 50 s: reading the images stays where it is, the computing goes to the GPU.
READ_SECONDS, COMPUTE_SECONDS, SPEED_UP = 20.0, 30.0, 15.0


def epoch_seconds() -> float:
    """Return how long the epoch takes with the GPU."""
    return READ_SECONDS + COMPUTE_SECONDS / SPEED_UP


# 3. A batch of colour photographs in a 16-bit type.
BATCH = (256, 3, 224, 224)


def batch_bytes(bytes_per_number: int = 2) -> int:
    """Return the bytes of the batch."""
    return int(np.prod(BATCH)) * bytes_per_number


# 5. When the work is done.
def my_finish(launch: float, kernels: list[float], wait_every: int) -> float:
    """Return the time at which the last kernel has ended."""
    host = device = 0.0
    for number, kernel in enumerate(kernels, start=1):
        host += launch
        device = max(device, host) + kernel
        if number % wait_every == 0:
            host = device
    return device


def never_idle(launch: float, kernels: list[float], wait_every: int) -> float:
    """Let the device start before it was told to."""
    return launch + sum(kernels)


def only_launches(launch: float, kernels: list[float], wait_every: int) -> float:
    """Stop the clock after the last launch."""
    return launch * len(kernels)


def one_after_the_other(launch: float, kernels: list[float], wait_every: int) -> float:
    """Let nothing overlap."""
    return launch * len(kernels) + sum(kernels)


def host_time(launch: float, kernels: list[float], wait_every: int) -> float:
    """Return when the program is ready, not the device."""
    waits = len(kernels) // wait_every * wait_every
    host = my_finish(launch, kernels[:waits], wait_every) if waits else 0.0
    return host + launch * (len(kernels) - waits)


def never_wait(launch: float, kernels: list[float], wait_every: int) -> float:
    """Overlook `wait_every`."""
    return my_finish(launch, kernels, len(kernels) + 1)


def queue(rng: np.random.Generator) -> Case:
    """Draw kernels, some shorter than a launch and some longer."""
    (n,) = whole(rng, 1, high=8)
    kernels = [quarters / 4 for quarters in whole(rng, n, high=32)]
    return Case(whole(rng, 1, high=20)[0] / 4, kernels, int(rng.integers(1, n + 2)))


# 7. Weights in 8 bits.
def my_int8(weight: Array) -> Array:
    """Return the rounded weights, each row with its own scale."""
    return rounded(weight, np.abs(weight).max(axis=1, keepdims=True))


def rounded(weight: Array, largest: Any, steps: int = 127) -> Array:
    """Return the nearest multiples of largest / steps."""
    scale = step_of(largest, steps)
    return np.round(weight / scale) * scale


def step_of(largest: Any, steps: int = 127) -> Any:
    """Return largest / steps, and 1 for a row of zeros: any step will do for it."""
    return np.where(largest == 0, 1, largest / steps).astype(np.asarray(largest).dtype)


def unguarded(weight: Array) -> Array:
    """Divide a row of zeros by 0."""
    scale = np.abs(weight).max(axis=1, keepdims=True) / 127
    with np.errstate(invalid="ignore"):
        return np.round(weight / scale) * scale


def cut_off(weight: Array) -> Array:
    """Cut the decimals off instead of rounding."""
    scale = step_of(np.abs(weight).max(axis=1, keepdims=True))
    return np.trunc(weight / scale) * scale


def integers(weight: Array) -> Array:
    """Forget to multiply by the scale again."""
    return np.round(weight / step_of(np.abs(weight).max(axis=1, keepdims=True)))


def matrix(rng: np.random.Generator) -> Case:
    """Draw rows of different sizes."""
    return Case(multiples(rng, whole(rng, 2, low=2, high=6)))


# 6. The gradient of a batch from the means of its shares.
def my_average(gradients: Array, counts: Array) -> Array:
    """Return the mean over all images; row i of `gradients` is the mean over counts[i] images."""
    counts = np.asarray(counts)
    return np.asarray(counts @ gradients / counts.sum())


def gradients_and_counts(rng: np.random.Generator) -> Case:
    """Draw the mean gradients of 2 to 4 processes and how many images each had."""
    (ranks,) = whole(rng, 1, low=2, high=4)
    return Case(*arrays(rng, (ranks, 3)), rng.integers(1, 20, size=ranks))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_the_lying_clock() -> Any:
    """Answer `the_lying_clock` as a reader would, in a cell."""
    launches, launch = 40, 0.25
    print(f"launching: 40 · 0.25 = {launches * launch:g} ms")
    print(f"computing: 40 · 4 = {launches * 4} ms, mostly still to come")
    return launches * launch


def solve_same_device() -> Any:
    """Answer `same_device` as a reader would, in a cell."""
    import torch

    x = torch.zeros(3)
    y = x.to("cpu")
    y[0] = 7
    print("x[0] is", int(x[0]), "| the same tensor:", y is x)
    return f"{int(x[0])}"


def solve_epoch_seconds() -> Any:
    """Answer `epoch_seconds` as a reader would, in a cell."""
    seconds = 20 + 30 / 15
    print(f"20 + 30/15 = {seconds:g} s, {50 / seconds:.2f} times faster in all")
    return seconds


def solve_batch_bytes() -> Any:
    """Answer `batch_bytes` as a reader would, in a cell."""
    numbers = 256 * 3 * 224 * 224
    print(f"256 · 3 · 224 · 224 = {numbers:,} numbers")
    print(f"2 bytes each: {numbers * 2:,} bytes")
    return numbers * 2


def solved_int8(weight: Array) -> Array:
    """Round each row to multiples of its own step."""
    largest = np.abs(weight).max(axis=1, keepdims=True)
    step = np.where(largest == 0, 1, largest / 127)  # zeros: any step
    return np.round(weight / step) * step


def solved_average(gradients: Array, counts: Array) -> Array:
    """Weight each gradient with its share of the images."""
    weights = np.array(counts) / np.sum(counts)
    return weights @ gradients


EXERCISES = Exercises(
    "gpu",
    [
        Answer(
            "same_device",
            solution=solve_same_device,
            label="x[0]",
            expected=lambda: "7",
            kind=str,
            choices=("0", "7", "error"),
            right="a tensor that is there already is returned itself. On a GPU, `x.to(device)` "
            "is a copy, and `x[0]` stays 0. `x.to(device, copy=True)` always copies.",
            hint="does `.to` have anything to do here?",
            hints=[
                Mistake(
                    lambda: "0",
                    "that is what a copy would give. Is a copy made when nothing has to move?",
                ),
                Mistake(lambda: "error", "every line is allowed."),
            ],
        ),
        Answer(
            "the_lying_clock",
            solution=solve_the_lying_clock,
            label="The clock shows",
            unit="ms",
            expected=lambda: LAUNCHES * LAUNCH_MS,
            kind=float,
            right="the clock saw the launches only. The device is still at its third kernel.",
            hint="what has the program itself done when the clock stops?",
            hints=[
                Mistake(
                    lambda: LAUNCHES * KERNEL_MS,
                    "that is the work of the device. Nobody waited for it.",
                ),
                Mistake(
                    lambda: LAUNCH_MS + LAUNCHES * KERNEL_MS,
                    "that is when the device has finished. When does the clock stop?",
                ),
                Mistake(
                    lambda: LAUNCHES * (LAUNCH_MS + KERNEL_MS),
                    "launching does not wait for computing, and the clock did not wait either.",
                ),
            ],
        ),
        Answer(
            "batch_bytes",
            solution=solve_batch_bytes,
            label="Bytes",
            expected=batch_bytes,
            kind=int,
            right="half of what float32 takes.",
            hint="images times channels times rows times columns, times the bytes of one number.",
            hints=[
                Mistake(lambda: batch_bytes(4), "a number of 16 bits has two bytes, not four."),
                Mistake(lambda: batch_bytes(1), "that is how many numbers there are."),
                Mistake(lambda: batch_bytes(16), "16 bits, not 16 bytes."),
                Mistake(lambda: batch_bytes() // 3, "there are three channels."),
                Mistake(lambda: batch_bytes() // BATCH[0], "that is one image."),
            ],
        ),
        Answer(
            "epoch_seconds",
            solution=solve_epoch_seconds,
            label="The epoch takes",
            unit="s",
            expected=epoch_seconds,
            kind=float,
            right="the reading is now most of the epoch, and no faster GPU will shorten it.",
            hint="which part becomes 15 times shorter, and which stays?",
            hints=[
                Mistake(
                    lambda: (READ_SECONDS + COMPUTE_SECONDS) / SPEED_UP,
                    "the reading does not get faster.",
                ),
                Mistake(lambda: COMPUTE_SECONDS / SPEED_UP, "the reading is missing."),
                Mistake(
                    lambda: READ_SECONDS / SPEED_UP + COMPUTE_SECONDS,
                    "the computing goes to the GPU, not the reading.",
                ),
            ],
        ),
        Implement(
            "my_finish",
            reference=my_finish,
            cases=[
                (2.0, [5.0, 1.5, 1.0], 2),
                (1.0, [3.0, 3.0, 3.0], 1),
                (4.0, [1.0, 1.0, 6.0], 10),
                (1.0, [2.0], 1),
            ],
            generate=queue,
            right="Where kernels are short, the launches decide; where they are long, the kernels.",
            hint="keep two clocks, the program's and the device's. A kernel starts when it was "
            "launched and the one before has ended.",
            mistakes=[
                Mistake(never_idle, "the device cannot start a kernel before it is launched."),
                Mistake(only_launches, "the last launch is not the end of the work."),
                Mistake(
                    one_after_the_other,
                    "the next launch does not wait for the kernel, unless it is told to.",
                ),
                Mistake(
                    host_time,
                    "this is the program's clock. The last kernel may end after the last launch.",
                ),
                Mistake(
                    never_wait,
                    "after every `wait_every` kernels the program waits: its clock then shows "
                    "what the device's shows.",
                ),
            ],
        ),
        Implement(
            "my_average",
            solution=(solved_average,),
            reference=my_average,
            cases=[
                (np.array([[1.0, 0.0], [4.0, -2.5]]), np.array([3, 1])),
                (np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]), np.array([16, 16])),
            ],
            generate=gradients_and_counts,
            right="Equal shares may be averaged plainly, others need their weights.",
            hint="a mean over more images weighs more.",
            mistakes=[
                Mistake(
                    lambda gradients, counts: gradients.mean(axis=0),
                    "the shares differ in size: a mean of means is right for equal ones only.",
                ),
                Mistake(
                    lambda gradients, counts: gradients.sum(axis=0),
                    "these are means: adding them up makes the step as many times too long.",
                ),
                Mistake(
                    lambda gradients, counts: counts @ gradients,
                    "that is the sum over the images. Divide by their number.",
                ),
                Mistake(
                    lambda gradients, counts: counts @ gradients / len(counts),
                    "divide by the number of images, not of processes.",
                ),
                Mistake(
                    lambda gradients, counts: 1 / counts @ gradients / (1 / counts).sum(),
                    "the weights are upside down: a mean over more images weighs more.",
                ),
            ],
        ),
        Implement(
            "my_int8",
            solution=(solved_int8,),
            reference=my_int8,
            cases=[
                (np.array([[1.0, -0.4, 0.013], [100.0, -63.2, 1.9]]),),
                (np.array([[-2.0, 0.7], [0.1, 0.033], [5.0, 1.234]]),),
                (np.array([[0.0, 0.0, 0.0], [0.5, -1.0, 0.2]]),),
            ],
            generate=matrix,
            right="No weight moves by more than half a step of its own row.",
            hint="divide each row by its step, round, and multiply by the step again.",
            mistakes=[
                Mistake(
                    lambda weight: rounded(weight, np.abs(weight).max()),
                    "each row has a step of its own: take the largest number of each row.",
                ),
                Mistake(
                    lambda weight: rounded(weight, weight.max(axis=1, keepdims=True)),
                    "take absolute values first: the largest number may be negative.",
                ),
                Mistake(
                    lambda weight: rounded(
                        weight, np.abs(weight).max(axis=1, keepdims=True), steps=255
                    ),
                    "the integers go from −127 to 127, so the step is the largest number / 127.",
                ),
                Mistake(
                    lambda weight: rounded(
                        weight, np.abs(weight).max(axis=1, keepdims=True), steps=128
                    ),
                    "128 does not fit into 8 bits with a sign: divide by 127.",
                ),
                Mistake(cut_off, "round to the nearest integer instead of cutting decimals off."),
                Mistake(unguarded, "a row of zeros divides 0 by 0: give it the step 1."),
                Mistake(integers, "these are the integers. Multiply by the step again."),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
