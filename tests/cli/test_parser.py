import os
import re

import pytest

from cnnbook.cli.parser import NETWORKS, parser
from cnnbook.nets.defaults import build


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--epochs", "x"], "argument --epochs: 'x'; expected a whole number from 1"),
        (["train", "--epochs", "0"], "argument --epochs: '0'; expected a whole number from 1"),
        (["train", "--epochs", "1.5"], "argument --epochs: '1.5'; expected a whole number from 1"),
        (["train", "--seed", "-1"], "argument --seed: '-1'; expected a whole number from 0"),
        (["train", "--seed", "9" * 5000], "9'; expected a whole number from 0"),
        (["train", "--lr", "x"], "argument --lr: 'x'; expected a positive number such as 0.01"),
        (["train", "--lr", "0"], "argument --lr: '0'; expected a positive number"),
        (["train", "--lr", "nan"], "argument --lr: 'nan'; expected a positive number"),
        (["train", "--lr", "inf"], "argument --lr: 'inf'; expected a positive number"),
        (["train", "--threads", "0"], "argument --threads: '0'; expected a whole number from 1"),
        (["evaluate", "x", "--threads", "many"], "argument --threads: 'many'; expected a whole"),
        (["predict", "x", "--threads", "4"], "argument --threads: '4'; this machine has 3 cores"),
        (
            ["explain", "--model", "tiny", "--input-size", "8x8"],
            "argument --input-size: '8x8'; expected channels, height and width such as 1x28x28",
        ),
    ],
)
def test_a_wrong_value_is_told_with_what_is_expected(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_a_pattern_is_expanded_though_the_shell_did_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    for name in ("b.jpg", "a.jpg", "c.png", "d[1].png"):
        (tmp_path / "scans" / name).touch()

    def images(*arguments):
        found = parser().parse_args(["predict", *arguments]).images
        return [path.relative_to("scans").as_posix() for path in found]

    assert images("scans/*.jpg") == ["a.jpg", "b.jpg"]
    assert images("scans/c.png", "scans/?.jpg") == ["c.png", "a.jpg", "b.jpg"]
    assert images("scans/[bc].*") == ["b.jpg", "c.png"]
    assert images("scans/d[1].png", "scans/absent.png") == ["d[1].png", "absent.png"]


def test_a_pattern_that_no_file_fits_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(["predict", "scans/*.jpg"])
    assert caught.value.code == 2
    assert "argument IMAGE: no file fits the pattern 'scans/*.jpg'" in capsys.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(["--version"])
    assert caught.value.code == 0
    name, number = capsys.readouterr().out.split()
    assert name == "cnnbook"
    assert number.count(".") >= 1


def help_of(command, capsys):
    with pytest.raises(SystemExit):
        parser().parse_args([*command, "--help"])
    return capsys.readouterr().out


@pytest.mark.parametrize("command", ["train", "explain"])
def test_help_says_what_each_network_is(command, capsys):
    text = help_of([command], capsys)
    for name, what in NETWORKS.items():
        assert f"  {name:15}  {what}\n" in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_phrases_are_true():
    numbers = {"no": 0, "two": 2, "three": 3, "five": 5}
    kinds = {"convolution": "Conv2d", "convolutions": "Conv2d", "linear": "Linear"}
    said = 0
    for name, phrase in NETWORKS.items():
        layers = [type(layer).__name__ for layer in build(name, "mnist", 0).modules()]
        for number, kind in re.findall(r"(\w+) (convolutions?|linear)\b", phrase):
            assert layers.count(kinds[kind]) == numbers[number], (name, kind)
            said += 1
    assert said == 7


def test_the_program_is_named_as_it_was_called(monkeypatch, capsys):
    for argv0, program in (
        ("/x/cnnbook/__main__.py", "python -m cnnbook"),
        ("/x/cnnbook", "cnnbook"),
    ):
        monkeypatch.setattr("sys.argv", [argv0])
        assert f"usage: {program} [-h]" in help_of([], capsys)
        assert f"\n  {program} train " in help_of(["train"], capsys)
        assert "-m cnnbook train\n" in help_of(["train"], capsys)  # torchrun's
