"""Two processes on this CPU, started as a user starts them."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import torch

from cnnbook.data import digits
from cnnbook.nets import Recipe, TinyCNN, distributed, fit, initialize
from cnnbook.nets.distributed import PATIENCE, RankError, process_group, share
from tests.patience import SECONDS
from tests.processes import LAUNCH, VARIABLES, children, ended, environment, rank_of, wait_until

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


def start(*command, env):
    """Run what starts two processes; leave out what PyTorch 2.7 and 2.8 say when these meet."""
    done = subprocess.run(
        [sys.executable, *LAUNCH, *command],
        env=env,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    lines = done.stdout.splitlines(keepends=True)
    done.stdout = "".join(line for line in lines if not line.startswith("[Gloo] Rank "))
    return done


@pytest.fixture
def together(tmp_path):
    """Run a script in two processes and return what became of them."""

    def run(script):
        path = tmp_path / "script.py"
        path.write_text(SETUP + textwrap.dedent(script))
        return start(str(path), str(tmp_path), env=os.environ | {"OMP_NUM_THREADS": "1"})

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


@pytest.mark.proof
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
    theirs = [line for line in lines if line.startswith("data")]
    assert len(theirs) == 2
    assert all("ValueError fit: data is [33, 1, 8, 8, " in line for line in theirs)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="lists processes by Linux's /proc")
@pytest.mark.parametrize("victim", ["0", "1", "launcher"])
@pytest.mark.proof
def test_when_one_dies_all_end(tmp_path, victim):
    command = ["-m", "cnnbook", "train", "--model", "tiny", "--epochs", "100000", "--out"]
    with open(tmp_path / "stderr", "w") as stderr:
        process = subprocess.Popen(
            [sys.executable, *LAUNCH, *command, str(tmp_path / "run")],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    wait_until((tmp_path / "run" / "checkpoint.pt").exists)
    pids = {rank_of(pid): pid for pid in children(process.pid) if rank_of(pid)}
    pids["launcher"] = process.pid
    assert sorted(pids) == ["0", "1", "launcher"]
    start = time.monotonic()
    os.kill(pids[victim], signal.SIGKILL)
    assert process.wait(timeout=SECONDS) != 0
    wait_until(lambda: all(ended(pid) for pid in pids.values()))
    assert time.monotonic() - start < PATIENCE.total_seconds() / 2  # and not when that is over
    error = (tmp_path / "stderr").read_text()
    ours = [line for line in error.splitlines() if line.startswith("cnnbook: error: ")]
    # What torchrun itself says comes around it.
    assert len(ours) == (2 if victim == "launcher" else 1), error
    assert "rank" in ours[0]
    assert "File" not in error.partition("Sending process")[0]


def test_the_command_line_with_two_processes(tmp_path):
    def train(*options):
        command = ["-m", "cnnbook", "train", "--model", "tiny", "--epochs", "2", *options]
        return start(*command, "--out", str(tmp_path / "run"), env=environment())

    first = train()
    assert first.returncode == 0, first.stderr
    head, *epochs, middle, last = first.stdout.splitlines()
    assert head.startswith("training tiny on digits (cpu, 1 thread, 2 processes): 2 epochs, ")
    assert [line.split(":")[0] for line in epochs] == ["epoch 1 of 2", "epoch 2 of 2"]
    assert middle.startswith("2 epochs in ")
    assert last == f"measure it with: python -m cnnbook evaluate {tmp_path / 'run'}"
    assert "batch/s" not in first.stderr
    again = train()
    assert again.returncode == 1
    assert again.stderr.count("already holds a training") == 1
    assert again.stdout == ""


def test_a_port_that_is_taken(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        done = subprocess.run(
            [sys.executable, "-m", "cnnbook", "train", "--out", str(tmp_path / "run")],
            env=environment(RANK="0", WORLD_SIZE="2", **where),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if line.startswith("cnnbook")] == [
        f"cnnbook: error: rank 0 of 2: port {port} of 127.0.0.1 is taken by another program; name "
        "a free one in the environment variable MASTER_PORT (torchrun: --master-port), or let "
        "torchrun --standalone find one"
    ]
    assert "Traceback" not in done.stderr


def test_without_a_port(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.delenv("MASTER_PORT", raising=False)
    with (
        pytest.raises(RankError, match=r"rank 0 of 2: the processes did not meet.*MASTER_PORT"),
        process_group("cpu"),
    ):
        pass


def test_alone_nothing_is_special(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with process_group("cpu") as device:
        assert device == torch.device("cpu")
        assert (distributed.rank(), distributed.size()) == (0, 1)
        assert distributed.from_first(lambda: 5) == distributed.after_first(lambda: 5) == 5
        assert distributed.add_up(torch.ones(1)) == 1
        distributed.expect_same("fit", seed=1)
    with pytest.raises(RuntimeError, match="gloo"), process_group("cpu"):
        raise RuntimeError("gloo")  # alone, nobody else can be the cause


@pytest.mark.parametrize("n", [1, 2, 7, 16])
@pytest.mark.parametrize("ranks", [1, 2, 3, 5])
def test_shares_cover_a_batch_and_weigh_it(monkeypatch, n, ranks):
    monkeypatch.setattr(distributed, "size", lambda: ranks)
    covered, values, mean = [], np.arange(n) ** 2, 0.0
    for rank in range(ranks):
        monkeypatch.setattr(distributed, "rank", lambda rank=rank: rank)
        mine = share(n)
        rows = np.arange(n)[mine.rows]
        assert len(rows) > 0
        covered += rows[: mine.count].tolist()
        mean += mine.weight * values[rows].mean() / ranks
    assert covered == list(range(n))
    assert mean == pytest.approx(values.mean())


def test_each_process_of_a_machine_gets_its_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    own = distributed._own_device
    assert own(torch.device("cuda")) == torch.device("cuda:1")
    assert own(torch.device("cpu")) == torch.device("cpu")
    with pytest.raises(ValueError, match="device is 'cuda:0' for 2 processes; expected 'cuda'"):
        own(torch.device("cuda:0"))
    with pytest.raises(ValueError, match="an Apple GPU serves one process"):
        own(torch.device("mps"))
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    with pytest.raises(ValueError, match="3 processes for 2 GPUs; expected at most one"):
        own(torch.device("cuda"))
