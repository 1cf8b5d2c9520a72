"""Where to compute: choose a device, time work on it honestly, say what it is.

A GPU is given its work and computes it later: a clock that does not wait for it measures how long
the giving took. `stopwatch` and `timed` wait before they start and before they stop.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import torch

from cnnbook.arguments.checks import integer

VARIABLE = "CNNBOOK_DEVICE"
KINDS = ("cuda", "mps", "cpu")  # in the order of preference
PACKAGES = ("cnnbook", "numpy", "torch", "scikit-learn")


def pick_device(name: str | torch.device | None = None) -> torch.device:
    """Return the device to compute on: the one named, or the best one of this machine.

    Parameters
    ----------
    name : str or torch.device, optional
        "cpu", "mps", "cuda" or one GPU of several, "cuda:1". Without it, or with "auto": what
        the environment variable CNNBOOK_DEVICE names; without that the first of cuda, mps and
        cpu that is here.

    Returns
    -------
    torch.device

    Raises
    ------
    ValueError
        If there is no such kind of device, or it is not on this machine.
    TypeError
        If `name` is no string and no device.

    Examples
    --------
    >>> pick_device("cpu")
    device(type='cpu')
    """
    if name is not None and not isinstance(name, str | torch.device):
        raise TypeError(
            f"pick_device: name is {name!r} of type {type(name).__name__}; "
            "expected a string such as 'cuda', or a torch.device"
        )
    wanted, source = str(name or "auto"), "name"
    if wanted == "auto" and os.environ.get(VARIABLE):
        wanted, source = os.environ[VARIABLE], f"the environment variable {VARIABLE}"
    if wanted == "auto":
        return torch.device(next(kind for kind in KINDS if _count(kind)))
    try:
        device = torch.device(wanted)
    except RuntimeError:
        device = None
    if device is None or device.type not in KINDS:
        raise ValueError(
            f"pick_device: {source} is {wanted!r}; expected 'auto', 'cpu', 'cuda', 'cuda:0', "
            "'cuda:1' and so on, or 'mps'"
        )
    if (device.index or 0) >= _count(device.type):
        raise ValueError(f"pick_device: {source} is {wanted!r}, but {_absent(device.type)}")
    return device


def _count(kind: str) -> int:
    """Return how many devices of a kind PyTorch can use here."""
    if kind == "cuda":
        return torch.cuda.device_count() if torch.cuda.is_available() else 0
    return int(torch.backends.mps.is_available()) if kind == "mps" else 1


def _absent(kind: str) -> str:
    here = ", ".join(
        f"{other}:{i}" if other == "cuda" else other
        for other in KINDS
        for i in range(_count(other))
    )
    built = torch.version.cuda is not None if kind == "cuda" else torch.backends.mps.is_built()
    if kind != "cpu" and not built:
        return f"this PyTorch ({torch.__version__}) is built without {kind}; here is: {here}"
    return f"this machine has no such device; here is: {here}"


def synchronize(device: str | torch.device) -> None:
    """Wait until a device has done all that it was given. A CPU never keeps one waiting.

    Parameters
    ----------
    device : str or torch.device
    """
    device = torch.device(device)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


@dataclass
class Elapsed:
    """What `stopwatch` gives: `seconds` is set when its block ends."""

    seconds: float = float("nan")


@contextmanager
def stopwatch(device: str | torch.device = "cpu") -> Iterator[Elapsed]:
    """Measure the wall-clock time of a block, the device's unfinished work included.

    Parameters
    ----------
    device : str or torch.device
        Where the block computes. Its former work is waited for before the clock starts.

    Yields
    ------
    Elapsed
        Its `seconds` are known after the block.

    Examples
    --------
    >>> with stopwatch() as elapsed:
    ...     total = sum(range(1000))
    >>> elapsed.seconds > 0
    True
    """
    elapsed = Elapsed()
    synchronize(device)
    start = time.perf_counter()
    yield elapsed
    synchronize(device)
    elapsed.seconds = time.perf_counter() - start


def timed(
    function: Callable[[], object],
    device: str | torch.device = "cpu",
    repeats: int = 5,
    warmup: int = 1,
) -> list[float]:
    """Call a function several times and return the wall-clock seconds of each call.

    Parameters
    ----------
    function : callable
        Called without arguments.
    device : str or torch.device
        Where it computes; waited for before and after each call.
    repeats : int
        How many calls are measured.
    warmup : int
        How many calls come first and are not: they load kernels and fill caches.

    Returns
    -------
    list of float
        Seconds, in the order of the calls. Their median is a fair summary.

    Raises
    ------
    ValueError, TypeError
        If `repeats` is not an integer from 1 or `warmup` not one from 0.

    Examples
    --------
    >>> len(timed(lambda: torch.ones(8, 8) @ torch.ones(8, 8), "cpu", repeats=3))
    3
    """
    integer("timed", "repeats", repeats, 1)
    integer("timed", "warmup", warmup, 0)
    for _ in range(warmup):
        function()
    seconds = []
    for _ in range(repeats):
        with stopwatch(device) as elapsed:
            function()
        seconds.append(elapsed.seconds)
    return seconds


@contextmanager
def cpu_threads(number: int | None = None) -> Iterator[int]:
    """Compute with a number of threads on the CPU, for the length of a block.

    Parameters
    ----------
    number : int, optional
        Without it, what the environment variable OMP_NUM_THREADS made PyTorch take; without that
        1, because the networks of the book are small.

    Yields
    ------
    int
        The number in use.

    Raises
    ------
    ValueError, TypeError
        If `number` is not an integer from 1.

    Examples
    --------
    >>> with cpu_threads(1) as number:
    ...     number, torch.get_num_threads()
    (1, 1)
    """
    before = torch.get_num_threads()
    if number is None:
        # The largest network that has a name makes 2 million multiply-adds per image. On two cores
        # with other work on them, two threads took 3 to 42 times as long as one in training
        # (batches of 32 and 128) and 1.1 to 31 times in evaluation (1 to 1,000 images); in the best
        # moment they took .69 (medians and minimum over 14 interleaved runs of each network).
        number = before if os.environ.get("OMP_NUM_THREADS") else 1
    torch.set_num_threads(integer("cpu_threads", "number", number, 1))
    try:
        yield number
    finally:
        torch.set_num_threads(before)


def describe(device: str | torch.device | None = None) -> dict[str, Any]:
    """Return what a report must say about where its numbers come from.

    Parameters
    ----------
    device : str or torch.device, optional
        As in `pick_device`.

    Returns
    -------
    dict
        Plain values that go into a JSON file: `versions` (Python, the packages, and CUDA and
        cuDNN if the device uses them), `system`, `device` (its kind and name), `memory_bytes`
        (of the device; for a CPU or an Apple GPU the machine's; None if unknown), `threads`
        (that PyTorch uses on the CPU) and `cores`.

    Raises
    ------
    ValueError, TypeError
        As `pick_device`.

    Examples
    --------
    >>> list(describe("cpu"))
    ['versions', 'system', 'device', 'memory_bytes', 'threads', 'cores']
    """
    chosen = pick_device(device)
    versions = {"python": platform.python_version()}
    versions |= {package: _version(package) for package in PACKAGES}
    memory = _main_memory()
    if chosen.type == "cuda":
        versions |= {
            "cuda": str(torch.version.cuda),
            "cudnn": str(torch.backends.cudnn.version()),  # type: ignore[no-untyped-call]
        }
        properties = torch.cuda.get_device_properties(chosen)
        name, memory = f"CUDA ({properties.name})", properties.total_memory
    elif chosen.type == "mps":
        name = f"MPS ({platform.machine()})"
    else:
        capability = torch.backends.cpu.get_cpu_capability()
        name = f"CPU ({platform.machine()}, {capability})"
    return {
        "versions": versions,
        "system": f"{platform.system()} {platform.release()}",
        "device": name,
        "memory_bytes": memory,
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _main_memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
