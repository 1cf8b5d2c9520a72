"""Two processes on this CPU, started as a user starts them."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import torch

from cnnbook.data import digits
from cnnbook.nets import Recipe, TinyCNN, fit, initialize

SECONDS = 60  # far more than any of these needs: an unfinished one fails
LAUNCH = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
VARIABLES = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
# 33 images in batches of 16: the last batch has one image, and one rank nothing that counts.
RECIPE = Recipe(epochs=3, batch_size=16, lr=0.01, optimizer="adamw", one_cycle=True, shift=1)
SETUP = f"""
import sys, warnings
warnings.simplefilter("error")
import torch
from torch import nn
from cnnbook.data import digits
from cnnbook.nets import *
from cnnbook.nets import distributed
from cnnbook.nets.distributed import process_group, rank
torch.set_num_threads(1)
folder = sys.argv[1]
x, y, *_ = digits()
x, y = x[:33].astype("float64"), y[:33]
recipe = {RECIPE!r}
"""


def some_digits():
    x, y, *_ = digits()
    return x[:33].astype(np.float64), y[:33]


@pytest.fixture
def together(tmp_path):
    """Run a script in two processes and return what became of them."""

    def run(script):
        path = tmp_path / "script.py"
        path.write_text(SETUP + textwrap.dedent(script))
        return subprocess.run(
            [sys.executable, *LAUNCH, str(path), str(tmp_path)],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    return run


def assert_close(ours, theirs):
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value, rtol=1e-10, atol=1e-12)


def test_two_processes_train_like_one(together, tmp_path):
    done = together(
        """
        with process_group() as device:
            model = initialize(TinyCNN(), rank()).double()  # rank 0's weights count
            history = fit(model, x, y, recipe, device=device, checkpoint=folder + "/whole.pt",
                          validation=(x, y), patience=2, channels_last=True)
            torch.save((model.state_dict(), history.__dict__), f"{folder}/{rank()}.pt")

            # Broken off in the third epoch, at step 2 of 3, and continued.
            broken, steps = initialize(TinyCNN(), 0).double(), 0
            def failing(layer, inputs):
                global steps
                steps += 1
                if steps == 1 + 2 * 3 + 2:  # one forward pass checks the classes
                    raise KeyboardInterrupt
            hook = broken.conv1.register_forward_pre_hook(failing)
            options = dict(device=device, checkpoint=folder + "/broken.pt")
            try:
                fit(broken, x, y, recipe, **options)
                raise SystemExit("not interrupted")
            except KeyboardInterrupt:
                pass
            resumed = initialize(TinyCNN(), 5).double()
            fit(resumed, x, y, recipe, **options, resume=True)
            torch.save(resumed.state_dict(), f"{folder}/resumed{rank()}.pt")

            # Batch normalization: the same model everywhere, not that of one process.
            normed = nn.Sequential(nn.BatchNorm2d(1), initialize(TinyCNN(), 0)).double()
            fit(normed, x, y, recipe, device=device)
            torch.save(normed.state_dict(), f"{folder}/normed{rank()}.pt")
        """
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    x, y = some_digits()
    alone = initialize(TinyCNN(), 0).double()
    history = fit(alone, x, y, RECIPE, validation=(x, y), patience=2, channels_last=True)
    for rank in (0, 1):
        weights, theirs = torch.load(tmp_path / f"{rank}.pt")
        assert_close(weights, alone.state_dict())
        assert theirs["train_loss"] == pytest.approx(history.train_loss, rel=1e-10)
        assert theirs["train_accuracy"] == history.train_accuracy
        assert theirs["validation_loss"] == pytest.approx(history.validation_loss, rel=1e-10)
        assert_close(torch.load(tmp_path / f"resumed{rank}.pt"), alone.state_dict())
    first, second = (torch.load(tmp_path / f"normed{rank}.pt") for rank in (0, 1))
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    # What two processes wrote, one continues.
    again = initialize(TinyCNN(), 1).double()
    fit(again, x, y, RECIPE, checkpoint=tmp_path / "broken.pt", resume=True)
    assert_close(again.state_dict(), alone.state_dict())


def test_what_fails_on_one_rank_ends_all(together):
    done = together(
        """
        def attempt(name, function):
            try:
                function()
            except Exception as error:
                # In one piece: two processes write here.
                sys.stdout.write(f"{name}, rank {rank()}: {type(error).__name__} {error}\\n")

        def refuse(where):
            if rank() == where:
                raise OSError("no file")
            return rank()

        with process_group():
            assert distributed.from_first(lambda: rank() + 10) == 10
            assert distributed.after_first(rank) == rank()
            attempt("from", lambda: distributed.from_first(lambda: refuse(0)))
            attempt("after 0", lambda: distributed.after_first(lambda: refuse(0)))
            attempt("after 1", lambda: distributed.after_first(lambda: refuse(1)))
            model = initialize(TinyCNN()).double()
            attempt("seed", lambda: fit(model, x, y, recipe, seed=rank()))
            attempt("data", lambda: fit(model, x + rank(), y, recipe))
        """
    )
    assert done.returncode == 0, done.stderr
    lines = sorted(done.stdout.splitlines())
    assert [line.partition("expected")[0] for line in lines if not line.startswith("data")] == [
        "after 0, rank 0: OSError no file",
        "after 0, rank 1: RankError ",
        "after 1, rank 1: RankError rank 1 of 2: no file",
        "from, rank 0: OSError no file",
        "from, rank 1: RankError ",
        "seed, rank 0: ValueError fit: seed is 1 on rank 1 and 0 on rank 0; ",
        "seed, rank 1: ValueError fit: seed is 1 on rank 1 and 0 on rank 0; ",
    ]
    assert [line[:40] for line in lines if line.startswith("data")] == [
        f"data, rank {rank}: ValueError fit: data is"[:40] for rank in (0, 1)
    ]


ENDLESS = """
import os
with process_group() as device:
    with open(f"{folder}/pid{rank()}", "w") as file:
        file.write(str(os.getpid()))
    fit(initialize(TinyCNN()).double(), x, y, Recipe(epochs=10**6), device=device,
        checkpoint=folder + "/c.pt")
"""


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


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="lists processes by Linux's /proc")
@pytest.mark.parametrize("victim", ["0", "1", "launcher"])
def test_when_one_dies_all_end(tmp_path, victim):
    script = tmp_path / "script.py"
    script.write_text(SETUP + ENDLESS)
    with open(tmp_path / "stderr", "w") as stderr:
        process = subprocess.Popen(
            [sys.executable, *LAUNCH, str(script), str(tmp_path)],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stderr=stderr,
        )
    wait_until((tmp_path / "c.pt").exists)
    pids = {name: int((tmp_path / f"pid{name}").read_text()) for name in "01"}
    pids["launcher"] = process.pid
    start = time.monotonic()
    os.kill(pids[victim], signal.SIGKILL)
    assert process.wait(timeout=SECONDS) != 0
    wait_until(lambda: all(ended(pid) for pid in pids.values()))
    assert time.monotonic() - start < 15
