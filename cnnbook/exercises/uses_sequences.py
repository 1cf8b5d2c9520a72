"""The exercises of the chapter *What convolution is for: sequences* and of its workshop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import uses_sequences as boxes
from cnnbook.exercises.cases import BEGINNINGS, arrays, whole

Array = np.ndarray[Any, Any]

# 4. Responses of a kernel along a string: 5 at each of three motifs.
RESPONSES = np.array([1, 5, 0, 1, 5, -2, 0, 5])


def other_rate(hertz: float = 300, learnt_at: float = 8000, used_at: float = 44100) -> float:
    """Return what a kernel responds to at another sample rate: it counts samples."""
    return hertz / learnt_at * used_at


def places(stride: int = 4, pool_stride: int = 16, kernel_size: int = 5) -> int:
    """Return the places left of 2,000 samples after two convolutions and a pooling."""
    first = cnnbook.conv_output_size(2000, 32, stride=stride)
    pooled = cnnbook.conv_output_size(first, 16, stride=pool_stride)
    return cnnbook.conv_output_size(pooled, kernel_size)


def text_parameters(bias: bool = True, embedding: bool = True, width: int = 3) -> int:
    """Count the parameters of embedding, convolution and linear layer."""
    words, size, kernels, classes = 10_000, 50, 100, 2
    convolution = kernels * size * width + kernels * bias
    return words * size * embedding + convolution + kernels * classes + classes * bias


# 5. Best match over time, and the ways it goes wrong.
def my_best_match(x: Array, weight: Array, bias: Array) -> Array:
    """Return each kernel's largest response."""
    return np.asarray(_responses(x, weight, bias).max(axis=1))


def _responses(x: Array, weight: Array, bias: Array) -> Array:
    return cnnbook.conv1d(x, weight, bias)


def last_place_missing(x: Array, weight: Array, bias: Array) -> Array:
    """Stop one place early, where there is more than one."""
    responses = _responses(x, weight, bias)
    return np.asarray(responses[:, : max(1, responses.shape[1] - 1)].max(axis=1))


def search_from(start: float) -> Callable[..., Array]:
    """Return a match that begins its search at a number."""
    return lambda x, weight, bias: np.maximum(my_best_match(x, weight, bias), start)


# 6. A spectrogram, and the ways it goes wrong.
def my_spectrogram(sound: Array, size: int, hop: int) -> Array:
    """Return |rfft| of each piece, frequencies first."""
    return np.abs(np.fft.rfft(_pieces(sound, size, hop), axis=1)).T


def _pieces(sound: Array, size: int, hop: int) -> Array:
    return np.lib.stride_tricks.sliding_window_view(sound, size)[::hop]


def with_window(sound: Array, size: int, hop: int) -> Array:
    """Fade each piece in and out."""
    return np.abs(np.fft.rfft(_pieces(sound, size, hop) * np.hanning(size), axis=1)).T


def all_frequencies(sound: Array, size: int, hop: int) -> Array:
    """Use fft, which gives the negative frequencies as well."""
    return np.abs(np.fft.fft(_pieces(sound, size, hop), axis=1)).T


def with_incomplete(sound: Array, size: int, hop: int) -> Array:
    """Fill pieces that hang over the end with zeros."""
    return my_spectrogram(np.concatenate([sound, np.zeros(size - 1)]), size, hop)


def match_case(rng: np.random.Generator) -> Case:
    """Draw a sequence, kernels that fit into it, and biases."""
    c_in, c_out, k, more = whole(rng, 4, high=4)
    x, weight, bias = arrays(rng, (c_in, k + more - 1), (c_out, c_in, k), (c_out,))
    # Biases far below 0: responses that lie below any number at which a search begins.
    return Case(x, weight, (bias, bias - 40, (bias - 4) * 1e12)[int(rng.integers(3))])


def fixed_matches() -> list[Case]:
    """Return a motif at the end, a case whose responses are all negative, and an uneven one."""
    rng = np.random.default_rng(0)
    ending = np.array([[1.0, 0.0, 0.0, 2.0, 1.0, 3.0]])
    return [
        Case(ending, np.array([[[2.0, 1.0, 3.0]]]), np.array([0.5])),
        Case(ending, np.array([[[-1.0, -1.0]], [[-2.0, 1.0]]]), np.array([-3000.0, -4.0])),
        Case(rng.normal(size=(3, 7)), rng.normal(size=(2, 3, 4)), np.array([0.0, -1.5])),
    ]


def sound_case(rng: np.random.Generator) -> Case:
    """Draw a sound, the size of a piece, and a hop."""
    size, hop = int(rng.integers(3, 9)), int(rng.integers(1, 5))
    return Case(*arrays(rng, (size + int(rng.integers(0, 20)),)), size, hop)


def fixed_sounds() -> list[Case]:
    """Return a wave of period 4, then sounds with a remainder at the end."""
    rng = np.random.default_rng(0)
    return [
        Case(np.array([0.0, 1.0, 0.0, -1.0] * 4), 8, 4),
        Case(rng.normal(size=23), 6, 5),
        Case(rng.normal(size=11), 5, 1),
    ]


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_places() -> Any:
    """Answer `places` as a reader would, in a cell."""
    print("(2000 − 32)/4 + 1 =", (2000 - 32) // 4 + 1)
    print("(493 − 16)/16 = 29.8, rounded down, + 1 =", (493 - 16) // 16 + 1)
    print("30 − 5 + 1 =", 30 - 5 + 1)
    return 26


def solve_other_rate() -> Any:
    """Answer `other_rate` as a reader would, in a cell."""
    answer = 300 / 8000 * 44100  # periods per sample, then per second
    print("300 / 8000 · 44100 =", answer)
    return answer


def solve_text_parameters() -> Any:
    """Answer `text_parameters` as a reader would, in a cell."""
    print("embedding:    10,000 · 50 =", 10_000 * 50)
    print("convolution:  100 · 50 · 3 + 100 =", 100 * 50 * 3 + 100)
    print("linear layer: 100 · 2 + 2 =", 100 * 2 + 2)
    return 500_000 + 15_100 + 202


def solve_three_times() -> Any:
    """Answer `three_times` as a reader would, in a cell."""
    responses = np.array([1, 5, 0, 1, 5, -2, 0, 5])
    answer = int(responses.max())
    print(answer, "as for a single one")
    return answer


def solved_best_match(x: Array, weight: Array, bias: Array) -> Array:
    """Return the best match, as a reader would write it."""
    k = weight.shape[2]
    best = np.full(len(weight), -np.inf)
    for i in range(x.shape[1] - k + 1):
        best = np.maximum(best, (weight * x[:, i : i + k]).sum(axis=(1, 2)))
    return best + bias


def solved_spectrogram(sound: Array, size: int, hop: int) -> Array:
    """Return the spectrogram, as a reader would write it."""
    starts = range(0, len(sound) - size + 1, hop)
    pieces = [sound[start : start + size] for start in starts]
    return np.abs(np.fft.rfft(pieces)).T


EXERCISES = Exercises(
    "uses_sequences",
    [
        Answer(
            "places",
            label="Places",
            solution=solve_places,
            expected=places,
            kind=int,
            right="each step is ⌊(n − k) / s⌋ + 1, and incomplete pieces are dropped.",
            hint="go step by step with ⌊(n − k) / s⌋ + 1. The pooling moves by its own size.",
            hints=[
                Mistake(lambda: places(kernel_size=1), "the last convolution is missing."),
                Mistake(lambda: places(stride=1), "the first convolution moves by 4 samples."),
                Mistake(
                    lambda: places(pool_stride=1),
                    "the pooling moves by 16 places, not by one.",
                ),
                Mistake(
                    lambda: places() + 1,
                    "one too many: the last incomplete piece is dropped, or a kernel of 5 takes 4 "
                    "places away, not 3.",
                ),
                Mistake(
                    lambda: places() - 1,
                    "one too few: a kernel of 5 takes 4 places away, not 5.",
                ),
            ],
        ),
        Answer(
            "other_rate",
            label="Frequency",
            unit="Hz",
            solution=solve_other_rate,
            expected=other_rate,
            kind=float,
            right="the same number of samples passes in less time, so the frequency is higher.",
            hint="how many samples has one period at 8,000 a second? How long do they last at "
            "44,100 a second?",
            hints=[
                Mistake(lambda: 300, "the kernel counts samples, not seconds."),
                Mistake(
                    lambda: other_rate(learnt_at=44100, used_at=8000),
                    "the wrong way round: more samples a second make a period shorter.",
                ),
                Mistake(lambda: other_rate(hertz=400), "the kernel responds to 300, not 400."),
            ],
        ),
        Answer(
            "text_parameters",
            label="Parameters in all",
            solution=solve_text_parameters,
            expected=text_parameters,
            kind=int,
            right="nearly all of them are the dictionary.",
            hint="three parts: a row per word; kernels over all channels, with biases; a linear "
            "layer on one number per kernel.",
            hints=[
                Mistake(
                    lambda: text_parameters(bias=False),
                    "the biases are missing, one per kernel and one per class.",
                ),
                Mistake(
                    lambda: text_parameters(embedding=False),
                    "the embedding is learnt, too: a row for each word.",
                ),
                Mistake(
                    lambda: text_parameters(width=1),
                    "each kernel sees three words.",
                ),
                Mistake(
                    lambda: 10_000 * 50 + 100 * 3 + 100 + 202,
                    "each kernel has its weights for each of the 50 channels.",
                ),
            ],
        ),
        Answer(
            "three_times",
            label="Maximum over time",
            solution=solve_three_times,
            expected=lambda: int(RESPONSES.max()),
            kind=int,
            right="the maximum asks whether the motif is there, not how often.",
            hint="write down a row of responses with three 5s. What is its largest number?",
            hints=[
                Mistake(lambda: 15, "this is the sum over the motifs. The maximum does not add."),
                Mistake(lambda: 3, "this is how often the motif is there, not the response."),
                Mistake(lambda: 1, "this is the largest response elsewhere."),
            ],
        ),
        Implement(
            "my_best_match",
            solution=(solved_best_match,),
            reference=my_best_match,
            cases=fixed_matches,
            generate=match_case,
            right="One number per kernel, whatever the length.",
            hint="for each kernel: the responses at all L − K + 1 places, plus bias, then the max.",
            mistakes=[
                Mistake(
                    lambda x, weight, bias: _responses(x, weight, bias).mean(axis=1),
                    "this is the mean over time. The maximum is asked for.",
                ),
                Mistake(
                    lambda x, weight, bias: _responses(x, weight, bias).argmax(axis=1),
                    "this is the place of the best match. Its response is asked for.",
                ),
                Mistake(
                    lambda x, weight, bias: my_best_match(x, weight, 0 * bias),
                    "the bias is missing.",
                ),
                Mistake(
                    lambda x, weight, bias: cnnbook.relu(my_best_match(x, weight, bias)),
                    "negative responses are cut off here. No ReLU is asked for; does your search "
                    "begin at 0?",
                ),
                *(
                    Mistake(
                        search_from(start),
                        "your search begins at a number that responses may lie below. Begin with "
                        "the first response, or with −∞.",
                    )
                    for start in BEGINNINGS
                ),
                Mistake(
                    lambda x, weight, bias: my_best_match(x, weight[:, :, ::-1].copy(), bias),
                    "your kernel is turned round: its first weight belongs to the first token.",
                ),
                Mistake(
                    last_place_missing,
                    "the last place is missing: there are L − K + 1.",
                ),
                Mistake(
                    lambda x, weight, bias: _responses(x, weight, bias).max(axis=0),
                    "this is the best kernel at each place. The best place of each kernel is "
                    "asked for.",
                ),
            ],
        ),
        Implement(
            "my_spectrogram",
            solution=(solved_spectrogram,),
            reference=my_spectrogram,
            cases=fixed_sounds,
            generate=sound_case,
            right="It is a convolution with cosines and sines, with stride hop.",
            hint="the pieces start at 0, hop, 2·hop, … and the last one ends within the sound.",
            mistakes=[
                Mistake(
                    lambda sound, size, hop: my_spectrogram(sound, size, hop).T,
                    "frequencies come first, then the pieces.",
                ),
                Mistake(
                    lambda sound, size, hop: my_spectrogram(sound, size, hop) ** 2,
                    "these are the squares of the absolute values.",
                ),
                Mistake(
                    lambda sound, size, hop: my_spectrogram(sound, size, size),
                    "your pieces start `size` apart. They start `hop` apart.",
                ),
                Mistake(
                    lambda sound, size, hop: my_spectrogram(sound, size, 1),
                    "your pieces start one sample apart. They start `hop` apart.",
                ),
                Mistake(with_window, "no window is asked for here."),
                Mistake(
                    all_frequencies,
                    "`np.fft.fft` gives every frequency twice. Use `np.fft.rfft`.",
                ),
                Mistake(
                    with_incomplete,
                    "your last pieces hang over the end. Only complete pieces count.",
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
