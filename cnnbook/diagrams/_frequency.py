"""The diagram of frequencies: what a kernel leaves of a wave, and what a stride makes of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cnnbook.arguments.checks import integer
from cnnbook.diagrams.base import Diagram, Table
from cnnbook.diagrams.values import (
    MAX_KERNEL_SIDE,
    MAX_STRIDE,
    Array,
    array,
    number,
    percent,
)
from cnnbook.words import say

NAME = "diagrams.frequency"
#: How many samples the tables have; the diagram draws more.
LISTED = 9


def frequency(kernel: Any = None, frequency: float = 0.375, stride: int = 2) -> Diagram:
    """Filter a wave by a kernel, then keep every s-th sample, and see which wave is left.

    The gain is the share of a wave's height that the kernel leaves; it depends on the frequency
    alone. Of a wave with more than 1/(2s) cycles per pixel the kept samples look like a slower
    one, its alias, unless a blur has removed it before.

    Parameters
    ----------
    kernel : array_like of shape (K,), optional
        At most 7 numbers; 1/4, 1/2, 1/4 if not given.
    frequency : float
        Cycles per pixel, from 0 to 1/2: a wave of 1/2 changes its sign from pixel to pixel.
    stride : int
        Every how many samples one is kept, at most 8.

    Returns
    -------
    Diagram

    Raises
    ------
    ValueError, TypeError
        For an argument of another kind or out of its range.

    Notes
    -----
    Source: R. Zhang, *Making Convolutional Networks Shift-Invariant Again*, ICML 2019,
    arXiv:1904.11486.

    Examples
    --------
    >>> made = frequency([0.25, 0.5, 0.25], 0.375, stride=2)
    >>> print(made.summary)
    A wave of 0.375 cycles per pixel. The kernel leaves 14.64 % of it. With stride 2 it looks like \
a wave of 0.125.
    >>> made.tables[1].rows[:2]
    [['frequency', 'gain', 'kept, it looks like'], ['0', '100 %', '0']]
    """
    taps, kernel_plain = array(
        NAME, "kernel", [0.25, 0.5, 0.25] if kernel is None else kernel, "K", (MAX_KERNEL_SIDE,)
    )
    cycles, plain = array(NAME, "frequency", frequency, "", ())
    f = float(cycles)
    if not 0 <= f <= 0.5:
        raise ValueError(f"{NAME}: frequency is {frequency!r}; expected 0 to 1/2 cycles per pixel")
    s = integer(NAME, "stride", stride, 1)
    if s > MAX_STRIDE:
        raise ValueError(f"{NAME}: stride is {s}; expected at most {MAX_STRIDE} in a diagram")
    state = {"kernel": kernel_plain, "frequency": plain, "stride": s, "presets": _presets()}
    sentences = [
        say("A wave of {frequency} cycles per pixel.", frequency=number(f)),
        say("The kernel leaves {gain} of it.", gain=percent(gain(taps, f))),
        _stride_says(f, s),
    ]
    # To twelve places: a quarter turn's cosine is 0, not 6e−17.
    x, y = (values.round(12) for values in samples(taps, f, LISTED))
    tables = [
        Table(say("kernel"), [[number(tap) for tap in taps]]),
        Table(
            say("gain"),
            [
                [say("frequency"), say("gain"), say("kept, it looks like")],
                *(
                    [number(one), percent(gain(taps, one)), number(alias(one, s))]
                    for one in np.arange(9) / 16
                ),
            ],
            headed=True,
        ),
        Table(
            say("samples"),
            [
                [say("sample"), say("wave"), say("after the kernel"), say("kept")],
                *(
                    [str(n), number(x[n]), number(y[n]), say("yes") if n % s == 0 else "—"]
                    for n in range(LISTED)
                ),
            ],
            headed=True,
        ),
    ]
    return Diagram("frequency", state, " ".join(sentences), tables)


def gain(kernel: Array, f: float) -> float:
    """Return the height of a wave of height 1 and `f` cycles per pixel after the kernel.

    It is |Σ k[u] e^(2πi f u)|, the size of the kernel's Fourier transform at that frequency.

    Examples
    --------
    >>> gain(np.array([0.5, 0.5]), 0.5)  # neighbours of opposite sign cancel
    0.0
    """
    angles = 2 * math.pi * f * (np.arange(len(kernel)) - (len(kernel) - 1) // 2)
    size = math.hypot(float(kernel @ np.cos(angles)), float(kernel @ np.sin(angles)))
    # What is left of numbers that cancel, in the last digit, is none.
    return 0.0 if size < 1e-12 * float(np.abs(kernel).sum()) else size


def alias(f: float, stride: int) -> float:
    """Return the lowest frequency that has the same samples at every `stride`-th pixel.

    Examples
    --------
    >>> alias(0.375, 2), alias(0.125, 2), alias(0.5, 2)
    (0.125, 0.125, 0.0)
    """
    turns = f * stride
    return abs(turns - math.floor(turns + 0.5)) / stride


def samples(kernel: Array, f: float, count: int) -> tuple[Array, Array]:
    """Return the first samples of cos(2πfn), and of what a cross-correlation makes of them.

    The wave has no border: the kernel reads on beyond the first and the last.
    """
    before = (len(kernel) - 1) // 2
    wave = np.cos(2 * math.pi * f * np.arange(-before, count + len(kernel) - 1 - before))
    return wave[before : before + count], np.correlate(wave, kernel, mode="valid")


def _stride_says(f: float, stride: int) -> str:
    if stride == 1:
        return say("Every sample is kept.")
    if f * stride <= 0.5:
        return say("Stride {stride} can still tell it.", stride=stride)
    return say(
        "With stride {stride} it looks like a wave of {alias}.",
        stride=stride,
        alias=number(alias(f, stride)),
    )


def _presets() -> dict[str, dict[str, dict[str, Any]]]:
    """Return what the diagram offers by name: examples that fit together, and kernels."""
    kernels: dict[str, Any] = {
        say("identity"): [1],
        say("box blur of 3"): [1 / 3, 1 / 3, 1 / 3],
        say("binomial blur of 3"): [0.25, 0.5, 0.25],
        say("binomial blur of 5"): [0.0625, 0.25, 0.375, 0.25, 0.0625],
        say("difference"): [-1, 1],
        say("sharpen"): [-0.5, 2, -0.5],
    }
    fitting = {
        say("a slow wave survives"): (say("binomial blur of 3"), 0.0625, 2),
        say("a fine wave looks slow"): (say("identity"), 0.4375, 2),
        say("the same, blurred first"): (say("binomial blur of 5"), 0.4375, 2),
        say("stripes of one pixel"): (say("box blur of 3"), 0.5, 2),
        say("difference: fine waves pass"): (say("difference"), 0.4375, 1),
        say("sharpen: fine waves grow"): (say("sharpen"), 0.3125, 1),
    }
    return {
        "example": {
            name: {"kernel": kernels[kernel], "frequency": f, "stride": s}
            for name, (kernel, f, s) in fitting.items()
        },
        "kernel": {name: {"kernel": taps} for name, taps in kernels.items()},
    }
