"""What a processor can do at best, and how long a layer must take: the roofline.

A layer multiplies, and it moves numbers between the processor and its memory. Whichever takes
longer at the machine's best is the least time of the layer (Williams, Waterman and Patterson,
2009). All is measured on the CPU, in float32, with the threads that PyTorch uses.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from cnnbook.arguments.checks import integer
from cnnbook.nets.summary import aligned, explain

ROUNDS = 7
MATRICES = (512, 1024, 2048)
#: Numbers of an array that no cache holds: 256 MiB.
LARGE = 1 << 26
FLOAT32 = 4


@dataclass(frozen=True)
class Work:
    """What a layer has to do: multiply–accumulates, and bytes that must be moved at least."""

    macs: int
    bytes: int

    @property
    def intensity(self) -> float:
        """MACs per byte."""
        return self.macs / self.bytes


@dataclass(frozen=True)
class Roofline:
    """A machine's limits: `peak` in MACs/s, `bandwidth` in bytes/s, `call` in seconds.

    `call` is the time of a call that does almost nothing; `threads` is how many were used.

    Examples
    --------
    >>> machine = Roofline(peak=40e9, bandwidth=16e9, call=2e-6, threads=1)
    >>> machine.ridge
    2.5
    >>> relu = Work(macs=0, bytes=48_000_000)
    >>> machine.limit(relu), machine.seconds(relu)
    ('memory', 0.003)
    """

    peak: float
    bandwidth: float
    call: float
    threads: int

    @property
    def ridge(self) -> float:
        """MACs per byte of a layer that reaches both limits at once."""
        return self.peak / self.bandwidth

    def seconds(self, work: Work) -> float:
        """Return the least time of a layer."""
        return max(self._limits(work).values())

    def limit(self, work: Work) -> Literal["arithmetic", "memory", "call"]:
        """Return what that time is spent on."""
        limits = self._limits(work)
        return max(limits, key=lambda name: limits[name])

    def _limits(self, work: Work) -> dict[Literal["arithmetic", "memory", "call"], float]:
        return {
            "arithmetic": work.macs / self.peak,
            "memory": work.bytes / self.bandwidth,
            "call": self.call,
        }


class Case(NamedTuple):
    """A layer to time: its name, what builds it, and (images, channels, height, width)."""

    name: str
    build: Callable[[], nn.Module]
    input_size: tuple[int, ...]


#: Eight layers from the left to the right of a roofline. Those that memory limits move more than
#: 32 MiB, so that few caches hold them, and write less than 32 MiB, so that glibc keeps the
#: freed output: fresh pages would cost more than the layer.
LAYERS = (
    Case("3×3, 64→64, 56²", partial(nn.Conv2d, 64, 64, 3, padding=1), (8, 64, 56, 56)),
    Case("3×3, 256→256, 14²", partial(nn.Conv2d, 256, 256, 3, padding=1), (16, 256, 14, 14)),
    Case("1×1, 256→64, 56²", partial(nn.Conv2d, 256, 64, 1), (8, 256, 56, 56)),
    Case(
        "depthwise 3×3, 64, 112²",
        partial(nn.Conv2d, 64, 64, 3, padding=1, groups=64),
        (8, 64, 112, 112),
    ),
    Case("linear 4096→4096, one image", partial(nn.Linear, 4096, 4096), (1, 4096)),
    Case("batch norm, 64, 112²", partial(nn.BatchNorm2d, 64), (8, 64, 112, 112)),
    Case("ReLU, 64, 112²", nn.ReLU, (8, 64, 112, 112)),
    Case("max pool 2×2, 64, 112²", partial(nn.MaxPool2d, 2), (8, 64, 112, 112)),
)


@dataclass(frozen=True)
class Prediction:
    """A layer's least time beside its measured one; `rounds` are the seconds of each call."""

    name: str
    work: Work
    limit: str
    predicted: float
    rounds: tuple[float, ...]

    @property
    def intensity(self) -> float:
        """MACs per byte."""
        return self.work.intensity

    @property
    def measured(self) -> float:
        """Seconds of the fastest call: other programs can only slow one down."""
        return min(self.rounds)

    @property
    def ratio(self) -> float:
        """Measured time / predicted time."""
        return self.measured / self.predicted

    def cells(self) -> tuple[str, ...]:
        """Return the row as texts, times in milliseconds."""
        return (
            self.name,
            f"{self.intensity:.2f}",
            self.limit,
            f"{1e3 * self.predicted:.2f}",
            f"{1e3 * self.measured:.2f}",
            f"{self.ratio:.2f}",
        )


def work(layer: nn.Module, input_size: Sequence[int]) -> Work:
    """Count what a layer must do at least: MACs, and bytes if each array is moved once.

    Parameters
    ----------
    layer : torch.nn.Module
        A layer, or a model of several: then what stands between them counts as never moved.
    input_size : sequence of int
        The whole shape of the input, the batch first.

    Returns
    -------
    Work
        `macs` as `explain` counts them, times the images; `bytes` of input, parameters and
        output in float32.

    Raises
    ------
    ValueError, TypeError
        If a size is no integer of at least 1, the layer does not accept such an input, or its
        MACs are not known.

    Examples
    --------
    >>> from torch import nn
    >>> work(nn.Conv2d(64, 64, 3, padding=1), (8, 64, 56, 56))
    Work(macs=924844032, bytes=12992768)
    >>> work(nn.ReLU(), (8, 64, 56, 56)).intensity
    0.0
    """
    size = tuple(integer("work", "input_size", n, 1) for n in input_size)
    try:
        found = explain(nn.Sequential(layer), size[1:])
    except ValueError as error:
        raise ValueError(f"work: {str(error).removeprefix('explain: ')}") from error
    moved = math.prod(size) + size[0] * math.prod(found.rows[-1].output) + found.parameters
    return Work(size[0] * found.macs, FLOAT32 * moved)


def measure_roofline() -> Roofline:
    """Measure this machine's limits, with the threads that PyTorch uses; it takes seconds.

    Returns
    -------
    Roofline
        `peak` of the best of three matrix products; `bandwidth` of a copy between two arrays of
        256 MiB, which no cache holds: bytes read plus bytes written; `call` of a ReLU of one
        number.

    Examples
    --------
    >>> from cnnbook.nets.devices import cpu_threads
    >>> with cpu_threads(1):
    ...     machine = measure_roofline()
    >>> machine.peak > 1e8 and machine.bandwidth > 1e8 and machine.call < 0.01
    True
    """
    calls = {f"matrix {n}": _product(n) for n in MATRICES}
    calls["copy"] = _copy(LARGE)
    calls["nothing"] = partial(_thousand, partial(torch.relu, torch.ones(1)))
    with torch.inference_mode():
        least = {name: min(times) for name, times in in_turns(calls, ROUNDS).items()}
    return Roofline(
        peak=max(n**3 / least[f"matrix {n}"] for n in MATRICES),
        bandwidth=2 * FLOAT32 * LARGE / least["copy"],
        call=least["nothing"] / 1000,
        threads=torch.get_num_threads(),
    )


def predictions(
    roofline: Roofline,
    layers: Sequence[Case] = LAYERS,
    rounds: int = ROUNDS,
    channels_last: bool = False,
) -> list[Prediction]:
    """Time layers and set beside each the least time that the roofline gives it.

    The layers take turns, as in evaluation, and before each call an array of 256 MiB is read, so
    that no cache holds what the layer reads. With one thread the clock is the processor's time,
    which leaves out what other programs take.

    Parameters
    ----------
    roofline : Roofline
        Of this machine.
    layers : sequence of Case
    rounds : int
        Calls of each layer that are timed.
    channels_last : bool
        Whether images and weights have the channel as their fastest axis.

    Returns
    -------
    list of Prediction
        For each layer `name`, `work`, `intensity`, `limit`, `predicted` and `measured` (seconds),
        `ratio` (measured / predicted) and `rounds`.

    Raises
    ------
    ValueError, TypeError
        If `rounds` is not an integer from 1, or as `work` for one of the layers.

    Examples
    --------
    >>> from torch import nn
    >>> machine = Roofline(peak=40e9, bandwidth=16e9, call=2e-6, threads=1)
    >>> rows = predictions(machine, [Case("ReLU", nn.ReLU, (8, 16, 32, 32))], rounds=1)
    >>> rows[0].name, rows[0].limit, f"{1e6 * rows[0].predicted:.1f} µs", rows[0].ratio > 0
    ('ReLU', 'memory', '65.5 µs', True)
    """
    integer("predictions", "rounds", rounds, 1)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    counts, calls = {}, {}
    for name, build, size in layers:
        with torch.random.fork_rng(devices=[]):  # a reader's random numbers stay as they are
            layer = build().eval()
        counts[name] = work(layer, size)
        x = torch.ones(size)
        if len(size) == 4:
            layer, x = layer.to(memory_format=layout), x.contiguous(memory_format=layout)  # type: ignore[call-overload]
        calls[name] = partial(layer, x)
    with torch.inference_mode():
        times = in_turns(calls, rounds)
    return [
        Prediction(name, w, roofline.limit(w), roofline.seconds(w), tuple(times[name]))
        for name, w in counts.items()
    ]


def table(rows: Sequence[Prediction]) -> str:
    """Return predictions as aligned text.

    Examples
    --------
    >>> print(table([Prediction("ReLU", Work(0, 16_000_000), "memory", 0.001, (0.002, 0.003))]))
    layer  MACs/byte  limit   predicted ms  measured ms  measured / predicted
    ReLU        0.00  memory          1.00         2.00                  2.00
    """
    head = ("layer", "MACs/byte", "limit", "predicted ms", "measured ms", "measured / predicted")
    aligns = (str.ljust, str.rjust, str.ljust, str.rjust, str.rjust, str.rjust)
    return aligned([head, *(row.cells() for row in rows)], aligns)


def _product(n: int) -> Callable[[], Tensor]:
    return partial(torch.mm, torch.ones(n, n), torch.ones(n, n), out=torch.empty(n, n))


def _copy(n: int) -> Callable[[], Tensor]:
    return partial(torch.zeros(n).copy_, torch.ones(n))


def _thousand(call: Callable[[], object]) -> None:
    for _ in range(1000):
        call()


def in_turns(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each call in each round."""
    clock, other = _clock(), torch.ones(LARGE)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            call()  # the memory that it frees serves the next one, which needs no fresh pages
            other.sum()  # leaves nothing of the call's arrays in a cache
            start = clock()
            call()
            times[name].append(clock() - start)
    return times


def _clock() -> Callable[[], float]:
    """Return the processor's time if it tells: of one thread, and not in Windows' 16 ms ticks."""
    exact = torch.get_num_threads() == 1 and os.name != "nt"
    return time.thread_time if exact else time.perf_counter
