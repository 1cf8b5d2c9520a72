"""The folder of a training: two trainings at once, stale and damaged files, files of the past."""

import json
import os
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

import cnnbook.nets.training
from cnnbook.__main__ import main
from cnnbook.cli.runs import load_network, read_run
from cnnbook.cli.train import _only_training
from cnnbook.nets.checkpoints import load_checkpoint
from cnnbook.nets.files import only_one
from tests.patience import SECONDS

TINY = ["train", "--model", "tiny", "--epochs", "2"]


def test_a_folder_may_appear_while_one_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two fresh starts at once: both see no folder, one of them makes it first."""
    folder = tmp_path / "run"

    def absent(path: Path) -> bool:
        folder.mkdir(exist_ok=True)
        return path != folder and os.path.exists(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "exists", absent)
        with _only_training(folder):
            assert os.path.isdir(folder)


def test_two_fresh_starts_at_once(tmp_path):
    """One trains; the other is told so in one line. A third reads all the while."""
    code = textwrap.dedent(
        """
        import contextlib, io, json, sys
        import torch
        from cnnbook.__main__ import main
        from cnnbook.nets import defaults
        torch.set_num_threads(1)
        print("ready", flush=True)
        for line in sys.stdin:
            folder, seed = line.split()
            error = io.StringIO()
            with contextlib.redirect_stderr(error), contextlib.redirect_stdout(io.StringIO()):
                rc = main(["train", "--model", "tiny", "--epochs", "6", "--seed", seed,
                           "--out", folder])
            print(json.dumps([rc, error.getvalue()]), flush=True)
        """
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for _ in range(2)
    ]
    try:
        for process in both:
            assert process.stdout.readline() == "ready\n"
        for trial in range(6):
            folder = tmp_path / str(trial)
            for seed, process in enumerate(both):
                process.stdin.write(f"{folder} {seed}\n")
            with ThreadPoolExecutor(2) as pool:
                lines = [pool.submit(process.stdout.readline) for process in both]
                for _ in range(20_000):  # as long as they train
                    if (folder / "checkpoint.pt").exists():
                        content = load_checkpoint(folder / "checkpoint.pt")
                        assert read_run(folder)["seed"] == content["training"]["seed"]
                    if all(line.done() for line in lines):
                        break
                    time.sleep(0.005)
                answers = [json.loads(line.result()) for line in lines]
            assert sorted(code for code, _ in answers) == [0, 1], answers
            winner = [code for code, _ in answers].index(0)
            refusal = answers[1 - winner][1]
            assert refusal.count("\n") == 1
            assert (
                f"another training writes here: process {both[winner].pid} on " in refusal
                or "already holds a training" in refusal
            ), refusal
            run, _ = load_network(folder)
            content = load_checkpoint(folder / "checkpoint.pt")
            assert run["seed"] == content["training"]["seed"] == winner
            assert content["settings"] == run
            assert sorted(path.name for path in folder.iterdir()) == ["checkpoint.pt", "run.json"]
    finally:
        for process in both:
            process.kill()
            process.communicate(timeout=SECONDS)


@pytest.mark.parametrize("options", [[], ["--resume"]])
def test_while_another_trains_there(tmp_path, capsys, options):
    folder = tmp_path / "run"
    assert main([*TINY, "--out", str(folder)]) == 0
    before = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
    capsys.readouterr()
    with only_one(folder / "run.json"):
        assert main([*TINY, "--out", str(folder), *options]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"cnnbook: error: {folder}/run.json: another training writes here: pro")
    assert error.count("\n") == 1
    assert [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())] == before


def stop(*arguments, **options):
    raise KeyboardInterrupt


def test_resumed_with_other_data_before_the_first_checkpoint(tmp_path, monkeypatch, capsys):
    """It starts anew, and the folder says on what."""
    folder = str(tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(cnnbook.nets.training, "fit", stop)
        assert main(["train", "--model", "net", "--out", folder]) == 130
    assert read_run(tmp_path / "run")["model"] == "net"
    assert main([*TINY, "--seed", "5", "--out", folder, "--resume"]) == 0
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (run["model"], run["seed"], run["recipe"]["epochs"]) == ("tiny", 5, 2)
    capsys.readouterr()
    assert main(["evaluate", folder]) == 0
    assert "digits tiny test error" in capsys.readouterr().out


@pytest.fixture
def trained(tmp_path):
    assert main([*TINY, "--out", str(tmp_path / "run")]) == 0
    return tmp_path / "run"


def damage(folder, content):
    (folder / "run.json").write_bytes(content)


NESTED = b"[" * 100_000
RUN = {"data": "digits", "model": "tiny", "seed": 0, "mean": 0.3, "std": 0.3}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        NESTED,
        b'{"data": ' + NESTED,
        json.dumps(RUN | {"seed": -1}).encode(),
        json.dumps(RUN | {"seed": True}).encode(),
        json.dumps(RUN | {"seed": 1.5}).encode(),
        json.dumps(RUN | {"mean": "0.3"}).encode(),
        json.dumps(RUN | {"mean": None}).encode(),
        json.dumps(RUN | {"mean": float("nan")}).encode(),
        json.dumps(RUN | {"std": 0}).encode(),
        json.dumps(RUN | {"std": 10**400}).encode(),
    ],
    ids=lambda content: content[:40].decode(errors="replace"),
)
def test_a_damaged_run_is_said_and_resuming_writes_it_anew(trained, capsys, content):
    before = (trained / "run.json").read_bytes()
    damage(trained, content)
    capsys.readouterr()
    for command in (["evaluate", str(trained)], ["predict", "x.png", "--model", str(trained)]):
        assert main(command) == 1
        error = capsys.readouterr().err
        assert f"{trained / 'run.json'} is damaged (" in error
        assert "the training's command with --resume writes it anew" in error
        assert error.count("\n") == 1
    assert main([*TINY, "--out", str(trained), "--resume"]) == 0
    assert (trained / "run.json").read_bytes() == before


@pytest.mark.parametrize("name", ["data", "model"])
@pytest.mark.parametrize("value", [3, None, [], "vgg"])
def test_a_run_with_names_that_are_none(trained, capsys, name, value):
    damage(trained, json.dumps(RUN | {name: value}).encode())
    assert main(["evaluate", str(trained)]) == 1
    assert f"error: {name} is {value!r}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "mnist"}, "run.json says data mnist, but checkpoint.pt is of a training with d"),
        ({"mean": 0.5}, "run.json says mean 0.5, but checkpoint.pt is of a training with mean 0."),
        ({"seed": 7}, "run.json says seed 7, but checkpoint.pt is of a training with seed 0; the"),
    ],
)
def test_a_run_of_another_training_is_not_believed(trained, capsys, monkeypatch, change, message):
    # MNIST's tiny network is another one than that of the digits: let only the name tell.
    monkeypatch.setattr("cnnbook.nets.defaults.side_of", lambda data, model: 8)
    before = (trained / "run.json").read_bytes()
    damage(trained, json.dumps(json.loads(before) | change).encode())
    capsys.readouterr()
    assert main(["evaluate", str(trained)]) == 1
    assert message in capsys.readouterr().err
    assert main([*TINY, "--out", str(trained), "--resume"]) == 0
    assert (trained / "run.json").read_bytes() == before


def test_a_refused_resumption_leaves_the_run_alone(trained, capsys):
    damage(trained, b"{")
    assert main([*TINY, "--out", str(trained), "--resume", "--seed", "3"]) == 1
    assert "holds a training with --seed 0, not --seed 3" in capsys.readouterr().err
    assert (trained / "run.json").read_bytes() == b"{"


def test_a_checkpoint_alone_is_a_training(trained, capsys):
    (trained / "run.json").unlink()
    before = (trained / "checkpoint.pt").read_bytes()
    assert main([*TINY, "--out", str(trained)]) == 1
    assert "already holds a training; --resume continues it" in capsys.readouterr().err
    assert (trained / "checkpoint.pt").read_bytes() == before
    assert main([*TINY, "--out", str(trained), "--resume"]) == 0
    assert read_run(trained)["model"] == "tiny"


def test_a_folder_of_the_first_edition(trained, capsys):
    """Its checkpoint has no settings."""
    content = load_checkpoint(trained / "checkpoint.pt")
    del content["settings"]
    torch.save(content, trained / "checkpoint.pt")
    assert main(["evaluate", str(trained)]) == 0
    assert main([*TINY, "--out", str(trained), "--resume"]) == 0
    assert main([*TINY, "--out", str(trained), "--resume", "--seed", "1"]) == 1
    assert "holds a training with --seed 0, not --seed 1" in capsys.readouterr().err


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_in_which_nothing_began_does_not_stay(tmp_path, capsys, there):
    folder = tmp_path / "run"
    if there:
        folder.mkdir()
    assert main(["train", "--data", "mnist", "--root", "nowhere", "--out", str(folder)]) == 1
    assert "nowhere is no folder" in capsys.readouterr().err
    assert folder.exists() == there
