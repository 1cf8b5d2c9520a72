import os
import re

import pytest

from cnnbook.__main__ import main
from cnnbook.cli.train import _in_words
from cnnbook.nets import Recipe
from cnnbook.nets.checkpoints import load_checkpoint


@pytest.fixture
def train(tmp_path, capsys):
    """Train the tiny network into a folder; return exit code, output and error."""

    def run(*options):
        code = main(["train", "--model", "tiny", "--out", str(tmp_path / "run"), *options])
        return code, *capsys.readouterr()

    return run


def test_each_epoch_is_a_line_where_no_terminal_is(train):
    code, out, error = train("--epochs", "2")
    assert (code, error) == (0, "")
    _, *epochs, total, _ = out.splitlines()
    assert len(epochs) == 2
    for number, line in enumerate(epochs, start=1):
        pattern = rf"epoch {number} of 2: loss \d\.\d{{4}}, accuracy \d+\.\d %, \d+\.\d s"
        assert re.fullmatch(pattern, line)
    assert re.fullmatch(r"2 epochs in \d+\.\d s, last training loss \d\.\d{4}", total)


def test_a_finished_training_is_not_told_as_if_it_had_trained(train, tmp_path):
    train("--epochs", "1")
    code, out, error = train("--epochs", "1", "--resume")
    assert (code, error) == (0, "")
    assert f"nothing was left to train: {tmp_path / 'run'} holds all of 1 epoch, last" in out
    assert "more --epochs train it longer" in out
    assert " s, last" not in out
    assert "epoch 1 of 1" not in out


def test_resume_of_nothing_says_that_it_begins(train, tmp_path):
    code, out, _ = train("--epochs", "1", "--resume")
    assert code == 0
    assert out.startswith(f"nothing to resume in {tmp_path / 'run'}: the training starts anew\n")
    _, out, _ = train("--epochs", "2", "--resume")
    assert "anew" not in out


def test_a_training_may_become_longer(train, tmp_path):
    train("--epochs", "1")
    code, out, error = train("--epochs", "3", "--resume")
    assert (code, error) == (0, "")
    assert "after epoch 1, the last one planned, the learning rate rises again\n" in out
    assert [line[:12] for line in out.splitlines() if line.startswith("epoch")] == [
        "epoch 2 of 3",
        "epoch 3 of 3",
    ]
    assert re.search(r"2 epochs in \d+\.\d s \(3 in all\), last training loss", out)
    content = load_checkpoint(tmp_path / "run" / "checkpoint.pt")
    assert len(content["history"]["train_loss"]) == 3


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--lr", "0.1"], "with --lr 0.005, not --lr 0.1; --lr 0.005 goes on"),
        (["--seed", "1"], "with --seed 0, not --seed 1; --seed 0 goes on"),
        (["--amp", "bfloat16"], "with no --amp, not --amp bfloat16; no --amp goes on"),
        (["--no-channels-last"], "with --channels-last, not --no-channels-last; --channels-last"),
        (["--epochs", "1"], "with --epochs 2, not --epochs 1; --epochs 2 or more goes on"),
    ],
)
def test_a_changed_setting_is_named_with_both_values(train, tmp_path, options, found):
    train("--epochs", "2")
    code, _, error = train("--epochs", "2", "--resume", *options)
    assert code == 1
    assert error.startswith(f"cnnbook: error: {tmp_path / 'run'} holds a training {found}")
    assert error.endswith(", --out trains anew in another folder\n")


def test_a_loss_that_is_no_number_is_told_with_what_helps(train):
    code, _, error = train("--lr", "1e30")
    assert code == 1
    assert error == (
        "cnnbook: error: the loss became nan in epoch 1: the learning rate 1e+30 is too large; a "
        "smaller --lr helps\n"
    )
    assert train("--epochs", "1")[0] == 0  # nothing is left that would be in its way
    code, _, error = train("--epochs", "2", "--lr", "1e30", "--resume")
    assert code == 1
    assert "holds a training with --lr 0.005" in error


def test_a_loss_that_has_grown_is_told_in_few_digits(train):
    code, out, error = train("--lr", "1e4", "--epochs", "1")
    assert code == 1
    assert re.fullmatch(
        r"cnnbook: error: the loss has grown to \d\.\de\+\d\d, where guessing has 2\.30: the "
        r"learning rate 10000 is too large; a smaller --lr, and another --out, help\n",
        error,
    )
    assert re.search(r"epoch 1 of 1: loss \d\.\de\+\d\d, ", out)


def test_a_recipe_says_what_is_used():
    assert _in_words(Recipe(epochs=1)) == (
        "1 epoch, batches of 64, SGD with momentum 0.5, learning rate 0.01"
    )
    recipe = Recipe(optimizer="adamw", weight_decay=0.05, one_cycle=True, shift=2)
    assert _in_words(recipe) == (
        "10 epochs, batches of 64, AdamW, learning rate 0.01 at the highest of one rise and fall, "
        "weight decay 0.05, images shifted by up to 2 pixels"
    )


def test_threads_are_said_and_can_be_set(train, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert train("--epochs", "1")[1].startswith("training tiny on digits (cpu, 1 thread): ")
    out = train("--epochs", "2", "--resume", "--threads", "2")[1]
    assert out.startswith("training tiny on digits (cpu, 2 threads): ")
    assert main(["evaluate", str(tmp_path / "run")]) == 0
    head = capsys.readouterr().out.splitlines()[0]
    assert head == "rows: true class, columns: predicted class (cpu, 1 thread)"


def test_compiling_without_a_compiler_is_one_line(train, monkeypatch):
    from torch._inductor.exc import InvalidCxxCompiler

    import cnnbook.nets.training

    def fit(*arguments, **options):
        raise InvalidCxxCompiler

    monkeypatch.setattr(cnnbook.nets.training, "fit", fit)
    code, _, error = train("--compile")
    assert code == 1
    assert error.startswith("cnnbook: error: torch.compile: No working C++ compiler found")
    assert error.endswith("; without --compile it works\n")
    assert error.count("\n") == 1
