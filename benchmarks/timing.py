"""Fair timing: warm heap, one thread, interleaved rounds, medians of ratios.

The clock is the processor time of the process, so that other programs on the machine, which
take the core away from time to time, do not count.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable

# Without these, glibc hands large arrays back to the system after each call, and page faults
# are measured in place of arithmetic. One thread: OpenBLAS' threads spin after each call and
# would take the cores away from the other library.
ENVIRONMENT = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def restart_with_warm_heap(module: str) -> None:
    """Start this program again with the environment above, which is read at start only."""
    if any(os.environ.get(name) != value for name, value in ENVIRONMENT.items()):
        environment = {**os.environ, **ENVIRONMENT}
        os.execve(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]], environment)


def interleaved(
    calls: dict[str, Callable[[], object]], seconds: float, rounds: int
) -> dict[str, list[float]]:
    """Time the calls in turns; return the seconds of one call, per round."""
    repeats = {}
    for name, call in calls.items():
        call()
        start = time.process_time()
        call()
        once = time.process_time() - start
        repeats[name] = max(1, round(seconds / rounds / max(once, 1e-7)))
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            for _ in range(repeats[name]):
                call()
            times[name].append((time.process_time() - start) / repeats[name])
    return times


def ratio(times: dict[str, list[float]], of: str, to: str) -> float:
    """Return the median over rounds of time `of` / time `to`."""
    return statistics.median(a / b for a, b in zip(times[of], times[to], strict=True))


def traced_peak(call: Callable[[], object]) -> int:
    """Return the most bytes that were allocated at once during a call, its result included."""
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del result
    return peak
