import re
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from cnnbook.__main__ import main
from cnnbook.cli.messages import FUNCTIONS, command, in_options, other_training, place
from cnnbook.data.mnist import _pooch
from cnnbook.nets.changes import OtherTraining
from cnnbook.nets.devices import cpu_threads
from cnnbook.nets.distributed import _own_device

ROOT = Path(__file__).parents[2]
# What the commands call.
MODULES = (
    *("data/digits", "data/mnist", "nets/changes", "nets/checkpoints", "nets/defaults"),
    *("nets/devices", "nets/distributed", "nets/evaluation", "nets/initial", "nets/recipes"),
    *("nets/summary", "nets/training"),
)
# What no command can meet: they measure no time, ask for no best epoch, and check --threads.
UNMET = {"timed", "History", "cpu_threads"}


@pytest.mark.parametrize("module", MODULES)
def test_every_function_that_begins_a_message_is_known(module):
    source = (ROOT / "cnnbook" / f"{module}.py").read_text(encoding="utf-8")
    messages = re.findall(r'(?<=[^"]")(?!cnnbook)([A-Za-z_]\w*): ', source)
    checks = r"\b(?:integer|choice|single|pair|on_device|check_targets|expect_same)"
    named = re.findall(checks + r'\("(\w+)"', source)
    assert set(messages) | set(named) <= set(FUNCTIONS) | UNMET


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["train", "--data", "mnist", "--root", "nowhere"],
            "nowhere is no folder. Give the folder that holds the four files with --root or in "
            "the environment variable CNNBOOK_DATA, or add --download to fetch 11 MB",
        ),
        (
            ["train", "--data", "mnist", "--root", "~no-such-user/x"],
            "--root is '~no-such-user/x', but no home folder is known for ~no-such-user; expected "
            "a path to a folder",
        ),
        (
            ["train", "--device", "nonsense"],
            "--device is 'nonsense'; expected 'auto', 'cpu', 'cuda', 'cuda:0', 'cuda:1' and so "
            "on, or 'mps'",
        ),
        (["train", "--device", "cuda:99"], "--device is 'cuda:99', but this "),
        (
            ["explain", "--model", "net", "--input-size", "1x3x3"],
            "Net cannot be followed with an input of 1×3×3: ",
        ),
        (
            ["explain", "--model", "net", "--input-size", f"1x{9**30}x3"],
            f"Net cannot be followed with an input of 1×{9**30}×3: ",
        ),
    ],
)
def test_messages_speak_of_options(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"cnnbook: error: {message}")
    assert error.count("\n") == 1


def test_messages_of_several_processes_speak_of_options(monkeypatch):
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    told = []
    for device in ("mps", "cuda:0", "cuda"):
        with pytest.raises(ValueError, match="process_group: ") as caught:
            _own_device(torch.device(device))
        told.append(in_options(str(caught.value)))
    assert told == [
        "an Apple GPU serves one process; expected --device cpu",
        "--device is 'cuda:0' for 2 processes; expected 'cuda', which gives each its own GPU",
        "2 processes for 1 GPUs; expected at most one process per GPU, or --device cpu",
    ]
    assert in_options("rank 1 of 2: mnist: x is no folder") == "rank 1 of 2: x is no folder"


def test_a_folder_without_pooch_is_given_with_root(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError) as caught:
        _pooch()
    assert in_options(str(caught.value)).endswith("the folder that holds the files with --root")


def test_a_file_of_a_function_s_name_keeps_it():
    assert in_options("photos/fit: not a picture") == "photos/fit: not a picture"
    assert in_options("read_me: not a picture") == "read_me: not a picture"


@pytest.mark.parametrize(
    ("name", "theirs", "ours", "message"),
    [
        ("lr", 0.1, 0.2, "a training with --lr 0.1, not --lr 0.2; --lr 0.1 goes on with it"),
        ("epochs", 9, 8, "with --epochs 9, not --epochs 8; --epochs 9 or more goes on with it"),
        ("amp", None, "bfloat16", "with no --amp, not --amp bfloat16; no --amp goes on"),
        ("channels_last", True, False, "with --channels-last, not --no-channels-last; "),
        (
            "model",
            "tiny",
            "net",
            "a training with --model tiny, not --model net; --model tiny goes",
        ),
        ("mean", 0.3, 0.4, "a training on other data; the same data go on with it"),
        ("data", [1, 2], [1, 3], "a training on other data; the same data go on with it"),
        ("shift", 1, 2, "a training with shift 1, not 2; what it was begun with goes on with it"),
    ],
)
def test_another_training_is_told_by_its_options(name, theirs, ours, message):
    told = other_training(Path("runs"), OtherTraining("c.pt", name, theirs, ours))
    assert told.startswith("runs holds ")
    assert message in told
    assert told.endswith(", --out trains anew in another folder")


def test_the_place_names_threads_of_a_cpu_only():
    assert place(torch.device("cpu"), 1) == "cpu, 1 thread"
    assert place(torch.device("cpu"), 4) == "cpu, 4 threads"
    assert place(torch.device("cuda", 1), 4) == "cuda:1"


@pytest.mark.parametrize(("system", "quoted"), [("posix", "'a b'"), ("nt", '"a b"')])
def test_a_command_can_be_pasted(monkeypatch, system, quoted):
    monkeypatch.setattr("cnnbook.cli.messages.os", SimpleNamespace(name=system))
    assert command(["evaluate", "a b"]) == f"python -m cnnbook evaluate {quoted}"


def test_the_console_script_is_the_command_line():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"cnnbook": f"{main.__module__}:{main.__name__}"}


def test_threads_are_few_unless_they_are_asked_for(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with cpu_threads() as number:
        assert number == torch.get_num_threads() == 1
    with cpu_threads(2) as number:
        assert number == torch.get_num_threads() == 2
        monkeypatch.setenv("OMP_NUM_THREADS", "2")  # what PyTorch has taken
        with cpu_threads() as inner:
            assert inner == torch.get_num_threads() == 2
    assert torch.get_num_threads() == before
    with pytest.raises(ValueError, match="cpu_threads: number is 0; expected at least 1"):
        cpu_threads(0).__enter__()
