"""Two processes that train together, one of which is stopped: the other says so, and waits."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from cnnbook.nets.checkpoints import load_checkpoint
from tests.processes import LAUNCH, children, environment, rank_of, wait_until

TRAIN = ["-m", "cnnbook", "train", "--model", "tiny", "--epochs", "100000", "--out"]


def epochs(folder):
    return len(load_checkpoint(folder / "checkpoint.pt")["history"]["train_loss"])


@pytest.fixture
def two(tmp_path):
    """Start two processes; return the folder, the file of their errors and their numbers."""
    started = []

    def start(by_torchrun):
        error = tmp_path / "stderr"
        with open(error, "w") as stderr, socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
            where = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
            environments = (
                [environment()] if by_torchrun else [environment(RANK=r, **where) for r in "01"]
            )
        with open(error, "w") as stderr:
            for env in environments:
                command = [sys.executable, *(LAUNCH if by_torchrun else []), *TRAIN]
                started.append(
                    subprocess.Popen(
                        [*command, str(tmp_path / "run")],
                        env=env,
                        stdout=subprocess.DEVNULL,
                        stderr=stderr,
                    )
                )
        wait_until((tmp_path / "run" / "checkpoint.pt").exists)
        pids = [process.pid for process in started]
        pids = children(pids[0]) if by_torchrun else pids
        return tmp_path / "run", error, {rank_of(pid): pid for pid in pids if rank_of(pid)}

    yield start
    for process in started:
        process.kill()
    for process in started:
        process.wait()


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="lists processes by Linux's /proc")
@pytest.mark.parametrize(
    ("by_torchrun", "victim"),
    [(True, "1"), (False, "0")],
    ids=["started by torchrun", "the one that keeps the store"],
)
@pytest.mark.proof
def test_who_is_stopped_is_said_and_waited_for(two, by_torchrun, victim):
    folder, error, pids = two(by_torchrun)
    other = {"0": "1", "1": "0"}[victim]
    line = (
        f"cnnbook: rank {other} of 2: rank {victim} has given no sign of life for 15 s; "
        "waiting for it, up to 10 minutes\n"
    )
    os.kill(pids[victim], signal.SIGSTOP)
    try:
        wait_until(lambda: line in error.read_text())
        time.sleep(2)  # it is not said again and again
        before = epochs(folder)
    finally:
        os.kill(pids[victim], signal.SIGCONT)
    wait_until(lambda: epochs(folder) > before + 1)
    ours = [one for one in error.read_text().splitlines(True) if one.startswith("cnnbook: ")]
    assert ours == [line]
