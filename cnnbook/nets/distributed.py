"""Train with several processes, on several GPUs or machines, as PyTorch's `torchrun` starts them.

    torchrun --standalone --nproc-per-node=2 -m cnnbook train

Every process (a rank, counted from 0) holds the whole model and all data. Of each batch it takes
its share, and DistributedDataParallel averages the gradients, so that all ranks make the step that
one process would make with the whole batch. Rank 0 alone evaluates, writes and prints.

What is not as in one process: dropout draws differ, and batch normalization takes the mean and
variance of each rank's share; the running averages are those of rank 0. On GPUs,
`torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)` makes it use the whole batch.

Every function here also works in a process that is alone, and then does nothing special.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from cnnbook.nets.devices import pick_device
from cnnbook.nets.signs import SILENCE, signs_of_life

T = TypeVar("T")
# How long a rank waits for the others, for instance while rank 0 evaluates or downloads.
PATIENCE = timedelta(minutes=10)


class RankError(Exception):
    """One rank cannot go on; the text is empty if another rank gives the reason."""


def rank() -> int:
    """Return this process's number, 0 if it is alone."""
    return dist.get_rank() if _together() else 0


def size() -> int:
    """Return how many processes train together, 1 if this one is alone."""
    return dist.get_world_size() if _together() else 1


def _together() -> bool:
    return dist.is_available() and dist.is_initialized()


@contextmanager
def process_group(device: str | torch.device | None = None) -> Iterator[torch.device]:
    """Join the processes that torchrun started, for the length of a block.

    Parameters
    ----------
    device : str or torch.device, optional
        As in `pick_device`. "cuda" gives each process of a machine its own GPU.

    Yields
    ------
    torch.device
        Where this process computes.

    Raises
    ------
    ValueError
        If the device is not here or cannot serve several processes.
    RankError
        If the processes do not meet, if another one is lost during the block, or if the launcher
        ends this one.
    """
    if int(os.environ.get("WORLD_SIZE", 1)) == 1:
        yield pick_device(device)
        return
    own = _own_device(pick_device(device))
    store = _meet(own)
    ending = threading.Event()
    _end_with(os.getppid(), ending)
    before = signal.signal(signal.SIGTERM, _told_to_stop)
    try:
        with signs_of_life(store, rank(), size(), PATIENCE):
            yield own
    except BaseException as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is ending already
        ending.set()
        if isinstance(error, RuntimeError) and _is_about_a_peer(error):
            raise RankError(
                f"rank {rank()} of {size()}: another process of this training has ended or "
                "cannot be reached"
            ) from error
        raise  # without leaving the group: that would wait for the others
    dist.destroy_process_group()
    signal.signal(signal.SIGTERM, before)


def _own_device(device: torch.device) -> torch.device:
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    if device.type == "mps":
        raise ValueError("process_group: an Apple GPU serves one process; expected device 'cpu'")
    if device.type == "cpu":
        return device
    if device.index is not None and processes > 1:
        raise ValueError(
            f"process_group: device is '{device}' for {processes} processes; expected 'cuda', "
            "which gives each its own GPU"
        )
    gpus = torch.cuda.device_count()
    if processes > gpus:
        raise ValueError(
            f"process_group: {processes} processes for {gpus} GPUs; expected at most one process "
            "per GPU, or device 'cpu'"
        )
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


def _meet(device: torch.device) -> Any:
    address, port = (os.environ.get(name) for name in ("MASTER_ADDR", "MASTER_PORT"))
    who = f"rank {os.environ.get('RANK')} of {os.environ.get('WORLD_SIZE')}"
    limit = f"{PATIENCE.total_seconds() / 60:.0f} minutes"
    text = f"cnnbook: {who}: waiting for the others at {address}:{port}, up to {limit}\n"
    waiting = threading.Timer(SILENCE, os.write, (2, text.encode()))
    waiting.daemon = True
    waiting.start()
    try:
        store, me, everyone = next(rendezvous("env://", timeout=PATIENCE))
        store.set_timeout(PATIENCE)
        together: dict[str, Any] = {"store": store, "rank": me, "world_size": everyone}
        if device.type == "cuda":
            torch.cuda.set_device(device)
            dist.init_process_group("nccl", **together, timeout=PATIENCE, device_id=device)
        else:
            dist.init_process_group("gloo", **together, timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:  # a variable that is missing is a ValueError
        if "EADDRINUSE" in str(error):
            raise RankError(
                f"{who}: port {port} of {address} is taken by another program; name a free one in "
                "the environment variable MASTER_PORT (torchrun: --master-port), or let "
                "torchrun --standalone find one"
            ) from error
        reason = str(error).split("\n")[0]
        raise RankError(
            f"{who}: the processes did not meet at {address}:{port}: {reason}"
        ) from error
    finally:
        waiting.cancel()
    return store


def _is_about_a_peer(error: RuntimeError) -> bool:
    # gloo raises plain RuntimeErrors, whose texts begin with the path of its own source.
    return isinstance(error, dist.DistError) or "gloo" in str(error)


def _told_to_stop(signal_number: int, frame: object) -> None:
    # torchrun asks this of the others when one process has ended.
    raise RankError(f"rank {rank()} of {size()}: told to stop, because another process has ended")


def _end_with(launcher: int, ending: threading.Event) -> None:
    """End this process when the one that started it is no more: nobody else would.

    A process that is `ending` by itself gets five seconds more, to say why in its own line.
    """

    def watch() -> None:
        while os.getppid() == launcher:
            time.sleep(1)
        if ending.is_set():
            time.sleep(5)
        else:
            text = f"cnnbook: error: rank {os.environ.get('RANK')}: its launcher has ended\n"
            os.write(2, text.encode())
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@dataclass(frozen=True)
class Share:
    """What one rank does of a batch.

    Attributes
    ----------
    rows : slice
        Its part of the batch. Where there are fewer inputs than ranks, some ranks get the first
        one too, with weight 0: every rank must take part in averaging the gradients.
    count : int
        How many of these rows count.
    weight : float
        Of the rank's mean loss, so that the average over the ranks is the batch's mean loss.
    """

    rows: slice
    count: int
    weight: float


def share(n: int) -> Share:
    """Return which of a batch's n inputs are this rank's.

    Parameters
    ----------
    n : int
        Inputs in the batch, of all ranks together.

    Returns
    -------
    Share

    Examples
    --------
    >>> share(32)
    Share(rows=slice(0, 32, None), count=32, weight=1.0)
    """
    ranks, me = size(), rank()
    start, stop = n * me // ranks, n * (me + 1) // ranks
    rows = slice(start, stop) if stop > start else slice(0, 1)
    return Share(rows, stop - start, (stop - start) * ranks / n)


def parallel(model: nn.Module, device: torch.device) -> nn.Module:
    """Return a model whose backward pass averages the gradients over the ranks."""
    if size() == 1:
        return model
    return DistributedDataParallel(model, [device] if device.type == "cuda" else None)


def add_up(tensor: Tensor) -> Tensor:
    """Return the sum of a tensor over the ranks, in place."""
    if size() > 1:
        dist.all_reduce(tensor)
    return tensor


def copy_buffers(model: nn.Module) -> None:
    """Give every rank the running averages of rank 0."""
    if size() > 1:
        for buffer in model.buffers():
            dist.broadcast(buffer, 0)


def expect_same(function: str, **values: Any) -> None:
    """Refuse what differs between the ranks and would silently train something else.

    Raises
    ------
    ValueError
        On every rank, naming what differs.
    """
    if size() == 1:
        return
    everyone: list[Any] = [None] * size()
    dist.all_gather_object(everyone, values)
    for other, theirs in enumerate(everyone):
        for name, value in everyone[0].items():
            if theirs[name] != value:
                raise ValueError(
                    f"{function}: {name} is {theirs[name]!r} on rank {other} and {value!r} on "
                    "rank 0; expected the same on all"
                )


def from_first(function: Callable[[], T]) -> T:
    """Call a function on rank 0 alone and return its answer on every rank.

    Raises
    ------
    RankError
        On the other ranks, without a text, if the function fails; rank 0 raises its own error.
    """
    if size() == 1:
        return function()
    answer: list[Any] = [False, None]
    try:
        if rank() == 0:
            answer = [True, function()]
    except Exception:
        dist.broadcast_object_list(answer, 0)
        raise
    dist.broadcast_object_list(answer, 0)
    if not answer[0]:
        raise RankError
    return answer[1]


def after_first(function: Callable[[], T]) -> T:
    """Call a function on rank 0, and when that went well on the others; each keeps its answer.

    Raises
    ------
    RankError
        On the other ranks: without a text if rank 0 failed, else with the reason why they did.
    """
    mine: list[T] = []
    from_first(lambda: mine.append(function()))
    if mine:
        return mine[0]
    try:
        return function()
    except (OSError, ValueError, ImportError) as error:
        raise RankError(f"rank {rank()} of {size()}: {error}") from error
