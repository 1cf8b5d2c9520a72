import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnbook.__main__ import main
from cnnbook.cli import parser as command_line
from cnnbook.cli.installing import advice
from cnnbook.data import Dataset
from cnnbook.nets import defaults
from tests.patience import SECONDS
from tests.processes import wait_until


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
    command = ["train", "--model", "tiny", "--epochs", "7", "--out", str(trained), "--resume"]
    assert main(command) == 1
    assert "holds a training with --epochs 8, not --epochs 7" in capsys.readouterr().err


RUN = '{"data": "digits", "model": "NAME", "seed": 0, "mean": 0.3, "std": 0.4}'


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "run.json").unlink(), "holds no training of cnnbook: it has no run.json"),
        (lambda f: (f / "run.json").write_text("{"), "run.json is damaged"),
        (lambda f: (f / "run.json").write_text("[1]"), "run.json is damaged"),
        (lambda f: (f / "run.json").write_text("[" * 100_000), "run.json is damaged"),
        (lambda f: (f / "run.json").write_text('{"data": "digits"}'), "run.json is damaged"),
        (
            lambda f: (f / "run.json").write_text(RUN.replace("NAME", "x")),
            "model is 'x'; expected one of 'exercise10'",
        ),
        (
            lambda f: (f / "run.json").write_text(RUN.replace("NAME", "net")),
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
        (["--data", "mnist", "--root", "nowhere"], "cnnbook: error: nowhere is no folder"),
        (["--device", "nonsense"], "cnnbook: error: --device is 'nonsense'; expected"),
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
        ["train", "--lr", "-1"],
        ["train", "--seed", "-1"],
        ["train", "--amp", "int8"],
        ["evaluate"],
        ["predict"],
        ["explain"],
        ["explain", "--model", "tiny", "--input-size", "28x28"],
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
    folder = tmp_path / "r"
    assert capsys.readouterr().err == (
        "cnnbook: interrupted; to continue from the last epoch: "
        f"python -m cnnbook train --model tiny --out {folder} --resume\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_leaves_a_checkpoint_to_continue_from(tmp_path):
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "cnnbook", "train", "--model", "tiny", "--out", str(folder)]
    process = subprocess.Popen(
        [*command, "--epochs", "100000"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    wait_until((folder / "checkpoint.pt").exists)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert error == (
        "cnnbook: interrupted; to continue from the last epoch: "
        f"python -m cnnbook train --model tiny --out {folder} --epochs 100000 --resume\n"
    )
    assert main(["evaluate", str(folder)]) == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's full device")
@pytest.mark.parametrize("command", ["info", "explain"])
def test_an_output_that_is_full_is_one_line(command):
    options = ["--model", "tiny"] if command == "explain" else []
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cnnbook", command, *options],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "cnnbook: error: No space left on device"


def test_a_full_disk_is_one_line(tmp_path, monkeypatch, capsys):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    folder = tmp_path / "run"
    assert main(["train", "--model", "tiny", "--out", str(folder)]) == 1
    assert capsys.readouterr().err == (
        f"cnnbook: error: {folder}: run.json was not written: No space left on device\n"
    )


def test_explain_prints_the_table(capsys):
    assert main(["explain", "--model", "lenet5"]) == 0
    assert capsys.readouterr().out.startswith("LeNet5 on 1×28×28: 61,706 parameters, 416,520 MACs")
    assert main(["explain", "--model", "tiny", "--input-size", "1x9x8"]) == 0
    assert capsys.readouterr().out.startswith("TinyCNN on 1×9×8")
    assert main(["explain", "--model", "tiny", "--input-size", "3x8x8"]) == 1
    assert "cannot be followed with an input of 3×8×8" in capsys.readouterr().err


def test_info_says_where_it_runs(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("CNNBOOK_DATA", str(tmp_path))
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"")
    assert main(["info"]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["python"] == sys.version.split()[0]
    assert lines["device"].startswith("cpu, CPU (")
    assert lines["mnist"] == f"{tmp_path} (1 of 4 files)"


def test_info_works_without_torch(monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith("cnnbook.nets")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "pooch", None)
    monkeypatch.delenv("CNNBOOK_DATA", raising=False)
    assert main(["info"]) == 0
    out = capsys.readouterr().out
    assert f"torch    not installed; {advice('torch')}" in out
    assert "CNNBOOK_DATA is not set" in out


@pytest.fixture
def picture(tmp_path):
    """Save a digit of the data set, enlarged, as dark ink on bright paper."""
    from PIL import Image

    def save(name, index=0):
        images = defaults.digits(160)
        path = tmp_path / name
        grey = 230 - 200 * images.x_test[index, 0]
        Image.fromarray(np.pad(grey, 40, constant_values=230).astype(np.uint8)).save(path)
        return str(path), int(images.y_test[index])

    return save


def test_predict_reads_pictures(picture, capsys):
    files, labels = zip(*(picture(f"{i}.png", i) for i in range(10)), strict=True)
    assert main(["predict", *files]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["file", "digit", "probability", "runner-up"]
    assert [line.split()[0] for line in lines] == list(files)
    assert sum(int(line.split()[1]) == y for line, y in zip(lines, labels, strict=True)) >= 8
    assert all(20 < float(line.split()[2]) <= 100 for line in lines)


@pytest.mark.parametrize(("data", "model"), [("mnist", "net"), ("digits", "net")])
def test_predict_with_a_training(tmp_path, tiny_mnist, picture, monkeypatch, capsys, data, model):
    images = defaults.digits
    monkeypatch.setattr(defaults, "digits", lambda side: Dataset(*(a[:40] for a in images(side))))
    folder = str(tmp_path / "run")
    assert main(["train", "--data", data, "--model", model, "--out", folder, "--epochs", "1"]) == 0
    monkeypatch.setattr(defaults, "digits", images)
    assert main(["predict", "--model", folder, picture("a.png")[0]]) == 0
    assert main(["predict", "--model", str(tmp_path), picture("a.png")[0]]) == 1
    assert "holds no training of cnnbook" in capsys.readouterr().err


def test_predict_goes_on_after_a_wrong_file(picture, tmp_path, capsys):
    good, _ = picture("good.png")
    (tmp_path / "text.png").write_text("hello")
    assert main(["predict", str(tmp_path / "text.png"), good, str(tmp_path / "absent.png")]) == 1
    out, error = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert error.splitlines() == [
        f"cnnbook: error: {tmp_path / 'text.png'}: not a picture in PNG, JPEG, WEBP, GIF, BMP or "
        "TIFF format",
        f"cnnbook: error: {tmp_path / 'absent.png'}: No such file or directory",
        "cnnbook: error: 2 of 3 pictures could not be used",
    ]


def test_predict_says_when_it_is_unsure_and_reads_digits_in_a_row(tmp_path, capsys):
    from PIL import Image, ImageDraw

    sheet = Image.new("L", (600, 300), "white")
    pen = ImageDraw.Draw(sheet)
    pen.line([(100, 60), (100, 240)], fill=0, width=16)
    pen.ellipse([200, 60, 310, 240], outline=0, width=16)
    pen.line([(420, 66), (510, 66), (450, 240)], fill=0, width=16)
    sheet.save(tmp_path / "row.png")
    scribble = Image.new("L", (300, 300), "white")
    corners = [(60, 60), (240, 90), (70, 200), (230, 240), (150, 50), (60, 140), (240, 160)]
    ImageDraw.Draw(scribble).line(corners, fill=0, width=12)
    scribble.save(tmp_path / "scribble.png")
    assert main(["predict", str(tmp_path / "row.png"), str(tmp_path / "scribble.png")]) == 0
    _, row, unsure = capsys.readouterr().out.splitlines()
    assert row.split()[1] == "107"
    assert not row.endswith("unsure")
    assert unsure.endswith("unsure")


def test_predict_shows_what_the_network_saw_and_replaces_no_picture(picture, tmp_path, capsys):
    from PIL import Image

    (tmp_path / "other").mkdir()
    names = ["a.png", "a-seen.png", "other/a.png"]
    files = [picture(name, i)[0] for i, name in enumerate(names)]
    before = [Path(file).read_bytes() for file in files]
    for _ in range(2):  # a second time: its own files may be replaced, the pictures may not
        assert main(["predict", "--show", str(tmp_path), *files]) == 0
    assert [Path(file).read_bytes() for file in files] == before
    shown = {path.name for path in tmp_path.glob("*-seen*")} - {"a-seen.png"}
    assert shown == {"a-seen-2.png", "a-seen-seen.png", "a-seen-3.png"}
    for name in shown:
        with Image.open(tmp_path / name) as image:
            assert image.size == (224, 224)
            assert image.getextrema() == (0, 255)


def test_without_torch_the_error_says_what_to_install(monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith("cnnbook.nets")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["train"]) == 1
    assert f"torch is not installed; {advice()}" in capsys.readouterr().err


def test_help_needs_no_torch_and_the_module_runs():
    code = (
        "import sys; sys.modules['torch'] = None; sys.argv = ['cnnbook', 'train', '--help']; "
        "import runpy; runpy.run_module('cnnbook', run_name='__main__')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert answer.returncode == 0
    assert "--resume" in answer.stdout
