"""Processes that tests start and watch."""

import os
import time

from tests.patience import SECONDS

#: What starts two processes that train together.
LAUNCH = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
VARIABLES = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def ended(pid):
    """Whether a process is no more (a dead one that nobody has waited for counts as ended)."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until(true):
    deadline = time.monotonic() + SECONDS
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert true()


def children(pid):
    """Return the processes that a process started, in the order of their numbers."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return sorted(map(int, file.read().split()))


def rank_of(pid):
    with open(f"/proc/{pid}/environ") as file:
        variables = dict(line.split("=", 1) for line in file.read().split("\0") if "=" in line)
    return variables.get("RANK")


def environment(**changes):
    plain = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    return plain | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"} | changes
