import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from cnnbook import __main__ as command_line
from cnnbook.__main__ import main
from cnnbook.data import Dataset
from cnnbook.nets import defaults


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "deeper" / "tiny"
    assert main(["train", "--model", "tiny", "--epochs", "8", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def trained(trained_once, tmp_path):
    return shutil.copytree(trained_once, tmp_path / "tiny")


@pytest.fixture
def tiny_mnist(monkeypatch):
    """Stand in for the files, which are not here: MNIST's shapes with a few images."""
    rng = np.random.default_rng(0)

    def some(n):
        return rng.uniform(size=(n, 1, 28, 28)).astype(np.float32), rng.integers(10, size=n)

    asked = []

    def fake(root, download):
        asked.append((root, download))
        return Dataset(*some(40), *some(20))

    monkeypatch.setattr(defaults, "mnist", fake)
    return asked


def test_train_then_evaluate(trained, capsys):
    capsys.readouterr()
    assert main(["evaluate", str(trained)]) == 0
    lines = capsys.readouterr().out.splitlines()
    word, *_, error, sign = lines[-1].split()
    assert lines[-1].startswith("digits tiny test error ")
    assert (word, sign) == ("digits", "%")
    assert 0 <= float(error) < 20
    matrix = np.array([[int(n) for n in line.strip(" []").split()] for line in lines[1:11]])
    assert matrix.sum() == 450
    assert float(error) == round(100 * (1 - matrix.trace() / 450), 2)


def test_the_folder_says_what_was_trained(trained):
    run = json.loads((trained / "run.json").read_text())
    assert (run["data"], run["model"], run["seed"]) == ("digits", "tiny", 0)
    assert run["recipe"]["epochs"] == 8
    assert sorted(path.name for path in trained.iterdir()) == ["checkpoint.pt", "run.json"]


def test_defaults_need_no_argument(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--epochs", "1"]) == 0
    out = capsys.readouterr().out
    folder = os.path.join("runs", "digits-simple-cnn")
    assert out.splitlines()[-1] == f"measure it with: python -m cnnbook evaluate {folder}"
    assert (tmp_path / folder / "checkpoint.pt").exists()
    assert main(["evaluate", folder]) == 0


@pytest.mark.parametrize("data", command_line.DATA)
@pytest.mark.parametrize("model", command_line.MODELS)
def test_every_pair_trains_and_is_measured(tmp_path, tiny_mnist, monkeypatch, capsys, data, model):
    images = defaults.digits
    monkeypatch.setattr(defaults, "digits", lambda side: Dataset(*(a[:40] for a in images(side))))
    folder = str(tmp_path / "run")
    assert main(["train", "--data", data, "--model", model, "--out", folder, "--epochs", "1"]) == 0
    assert main(["evaluate", folder]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{data} {model} test error ")


def test_root_and_download_reach_mnist(tmp_path, tiny_mnist):
    options = ["--data", "mnist", "--model", "tiny", "--epochs", "1"]
    assert main(["train", *options, "--out", str(tmp_path / "a"), "--download"]) == 0
    assert main(["train", *options, "--out", str(tmp_path / "b"), "--root", str(tmp_path)]) == 0
    assert tiny_mnist == [(None, True), (tmp_path, False)]


def test_the_names_are_those_of_the_defaults():
    assert command_line.DATA == defaults.DATA
    assert command_line.MODELS == defaults.MODELS


def test_options_reach_the_training(tmp_path, monkeypatch):
    import cnnbook.nets.training

    seen = {}

    def fake(model, x, y, recipe, **options):
        seen.update(options, recipe=recipe)
        raise ValueError("enough")

    monkeypatch.setattr(cnnbook.nets.training, "fit", fake)
    arguments = [
        "--seed",
        "3",
        "--lr",
        "0.5",
        "--amp",
        "bfloat16",
        "--no-channels-last",
        "--compile",
    ]
    assert main(["train", "--model", "tiny", "--out", str(tmp_path / "r"), *arguments]) == 1
    assert seen["recipe"].lr == 0.5
    assert seen["seed"] == 3
    assert (seen["amp"], seen["channels_last"], seen["compile"]) == ("bfloat16", False, True)


def test_resume_continues_and_the_same_command_again_is_refused(trained, capsys):
    before = (trained / "checkpoint.pt").read_bytes()
    command = ["train", "--model", "tiny", "--epochs", "8", "--out", str(trained)]
    assert main(command) == 1
    assert "already holds a training; --resume continues it" in capsys.readouterr().err
    assert main([*command, "--resume"]) == 0
    assert (trained / "checkpoint.pt").read_bytes() == before


def test_resume_with_other_arguments_is_refused(trained, capsys):
    command = ["train", "--model", "tiny", "--epochs", "9", "--out", str(trained), "--resume"]
    assert main(command) == 1
    assert "is of a training with recipe" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "run.json").unlink(), "holds no training of cnnbook: it has no run.json"),
        (lambda f: (f / "run.json").write_text("{"), "run.json is damaged"),
        (lambda f: (f / "run.json").write_text("[1]"), "run.json is damaged"),
        (lambda f: (f / "run.json").write_text('{"data": "digits"}'), "run.json is damaged"),
        (
            lambda f: (f / "run.json").write_text('{"data": "digits", "model": "x", "seed": 0}'),
            "model is 'x'; expected one of 'exercise10'",
        ),
        (
            lambda f: (f / "run.json").write_text('{"data": "digits", "model": "net", "seed": 0}'),
            "the weights belong to another model than Net",
        ),
        (lambda f: (f / "checkpoint.pt").unlink(), "No such file"),
        (
            lambda f: (f / "checkpoint.pt").write_bytes((f / "checkpoint.pt").read_bytes()[:999]),
            "not a checkpoint of cnnbook, or a damaged one",
        ),
    ],
)
def test_evaluate_says_what_is_wrong_with_a_folder(trained, capsys, damage, message):
    damage(trained)
    assert main(["evaluate", str(trained)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("cnnbook: error: ")
    assert message in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "mnist", "--root", "nowhere"], "mnist: nowhere is no folder"),
        (["--device", "nonsense"], "--device nonsense cannot be used"),
        (["--lr", "-1"], "Recipe: lr is -1.0; expected a positive number"),
        (["--lr", "1e30"], "the loss became nan"),
        (["--out", "file/below"], "Not a directory"),
    ],
)
def test_train_says_what_is_wrong(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert main(["train", "--model", "tiny", *arguments]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["train", "--data", "cifar"],
        ["train", "--model", "vgg"],
        ["train", "--epochs", "0"],
        ["train", "--seed", "-1"],
        ["train", "--amp", "int8"],
        ["evaluate"],
    ],
)
def test_wrong_usage_leaves_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m cnnbook" in capsys.readouterr().err


def test_an_interruption_says_how_to_continue(tmp_path, monkeypatch, capsys):
    import cnnbook.nets.training

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(cnnbook.nets.training, "fit", interrupted)
    assert main(["train", "--model", "tiny", "--out", str(tmp_path / "r")]) == 130
    assert "the same command with --resume continues" in capsys.readouterr().err


def test_without_torch_the_error_says_what_to_install(monkeypatch, capsys):
    def absent(arguments):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(command_line, "_train", absent)
    assert main(["train"]) == 1
    assert "torch is not installed; pip install 'cnnbook[all]'" in capsys.readouterr().err


def test_help_needs_no_torch_and_the_module_runs():
    code = (
        "import sys; sys.modules['torch'] = None; sys.argv = ['cnnbook', 'train', '--help']; "
        "import runpy; runpy.run_module('cnnbook', run_name='__main__')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0
    assert "--resume" in answer.stdout
