"""Signs of life: which of the processes that train together does not answer, said while one waits.

A process that has ended is noticed at once, because its connections close. One that is stopped
(Ctrl-Z, a debugger, a machine that hangs) keeps them, and the others wait for it in silence. So
each counts up a number of its own in the store that they share, and looks at the others' numbers.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

PERIOD = 2.0  # seconds between two signs
SILENCE = 15.0  # seconds without one, after which it is said
LEFT = 1 << 40  # added to the number by a process that is done


@contextmanager
def signs_of_life(store: Any, rank: int, size: int, limit: timedelta) -> Iterator[None]:
    """Give signs of life during a block, and say on standard error whose are missing.

    Parameters
    ----------
    store : torch.distributed.Store
        What all processes share.
    rank, size : int
        This process's number and how many there are.
    limit : timedelta
        How long they wait for each other; it is said.
    """
    ended = threading.Event()
    # When each was heard last; one's own time is when the store answered last.
    heard = dict.fromkeys(range(size), time.monotonic())
    giving = threading.Thread(target=_give, args=(store, rank, heard, ended), daemon=True)
    telling = threading.Thread(target=_tell, args=(rank, heard, limit, ended), daemon=True)
    giving.start()
    telling.start()
    try:
        yield
    finally:
        ended.set()
        # A thread that is inside the store when Python ends aborts the process. But it hangs there
        # if the process that keeps the store is stopped.
        giving.join(SILENCE)
        telling.join()
    if not giving.is_alive():
        store.add(_key(rank), LEFT)


def _key(rank: int) -> str:
    return f"sign of life {rank}"


def _give(store: Any, rank: int, heard: dict[int, float], ended: threading.Event) -> None:
    numbers: dict[int, int] = {}
    try:
        while not ended.wait(PERIOD):
            store.add(_key(rank), 1)
            for other in heard:
                number = store.add(_key(other), 0)
                if number >= LEFT:
                    heard[other] = float("inf")
                elif number != numbers.get(other):
                    numbers[other], heard[other] = number, time.monotonic()
    except RuntimeError:  # the store is gone, and with it the process that kept it
        ended.set()


def _tell(rank: int, heard: dict[int, float], limit: timedelta, ended: threading.Event) -> None:
    told: set[int] = set()
    before = time.monotonic()
    while not ended.wait(1):
        now = time.monotonic()
        if now - before > SILENCE / 3:  # this process was stopped itself, and heard nobody
            heard.update({other: max(now, last) for other, last in heard.items()})
        before = now
        silent = _silent(rank, heard, now - SILENCE)
        first = min(heard.keys() - silent)
        for other in sorted(silent - told) if first == rank else ():
            text = (
                f"cnnbook: rank {rank} of {len(heard)}: rank {other} has given no sign of life for "
                f"{SILENCE:.0f} s; waiting for it, up to {limit.total_seconds() / 60:.0f} minutes\n"
            )
            os.write(2, text.encode())  # in one piece: several processes write here
        told = silent


def _silent(rank: int, heard: dict[int, float], since: float) -> set[int]:
    if heard[rank] >= since:
        return {other for other, last in heard.items() if last < since}
    # Without torchrun's, rank 0 keeps the store: then it is rank 0 that does not answer.
    by_torchrun = os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    return set() if by_torchrun or rank == 0 else {0}
