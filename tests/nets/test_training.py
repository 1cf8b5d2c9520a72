import copy
import errno
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnbook.data import digits
from cnnbook.nets import (
    Recipe,
    SmallFCN,
    TinyCNN,
    evaluate,
    fit,
    initialize,
    load_weights,
    random_shift,
)
from cnnbook.nets.checkpoints import load_checkpoint
from cnnbook.nets.files import only_one
from tests.processes import wait_until

SHORT = Recipe(epochs=3, batch_size=16, lr=0.1)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # bit-identical runs need the same order of additions
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data():
    x_train, y_train, x_test, y_test = digits()
    return x_train[:200], y_train[:200], x_test[:100], y_test[:100]


def model(seed=0):
    return initialize(TinyCNN(), seed)


def same(a, b):
    theirs = b.state_dict()
    return all(torch.equal(v, theirs[k]) for k, v in a.state_dict().items())


def test_equals_the_bare_loop(data):
    x, y, *_ = data
    ours, theirs = model(), model()
    history = fit(ours, x, y, SHORT, seed=7)

    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.5)
    losses, right = [], []
    for epoch in range(3):
        losses.append(0.0)
        right.append(0)
        order = torch.from_numpy(np.random.default_rng([7, epoch]).permutation(200))
        for start in range(0, 200, 16):
            batch = order[start : start + 16]
            logits = theirs(inputs[batch])
            loss = F.cross_entropy(logits, targets[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[-1] += loss.item() * len(batch) / 200
            right[-1] += (logits.argmax(1) == targets[batch]).sum().item() / 200
    assert same(ours, theirs)
    assert history.train_loss == pytest.approx(losses, rel=1e-5)
    assert history.train_accuracy == pytest.approx(right)
    assert len(history) == len(history.seconds) == 3
    assert all(seconds > 0 for seconds in history.seconds)


def test_it_learns_real_digits():
    images = digits().standardized()
    network = model()
    recipe = Recipe(epochs=8, batch_size=32, optimizer="adamw", lr=0.01, one_cycle=True)
    fit(network, images.x_train, images.y_train, recipe)
    assert evaluate(network, images.x_test, images.y_test).error_percent < 6


def test_a_run_repeats_and_another_seed_differs(data):
    x, y, *_ = data
    first, again, other = model(), model(), model()
    fit(first, x, y, SHORT, seed=1)
    fit(again, torch.from_numpy(x), torch.from_numpy(y).to(torch.int32), SHORT, seed=1)
    fit(other, x, y, SHORT, seed=2)
    assert same(first, again)
    assert not same(first, other)


def test_neither_depends_on_nor_changes_torchs_generator(data):
    x, y, *_ = data
    networks = [nn.Sequential(nn.Dropout(0.5), model()) for _ in range(2)]
    torch.manual_seed(1)
    fit(networks[0], x, y, SHORT)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    fit(networks[1], x, y, SHORT)
    assert same(*networks)
    assert torch.equal(torch.get_rng_state(), before)


def test_shift_uses_the_epochs_generator(data):
    x, y, *_ = data
    plain, shifted, again = model(), model(), model()
    fit(plain, x, y, SHORT)
    fit(shifted, x, y, replace(SHORT, shift=1))
    fit(again, x, y, replace(SHORT, shift=1))
    assert same(shifted, again)
    assert not same(plain, shifted)


def test_random_shift_moves_whole_images_everywhere():
    image = torch.zeros(1, 2, 5, 6)
    image[:, 0, 2, 3] = 1
    image[:, 1, 1, 2] = 2
    shifted = random_shift(image.expand(200, -1, -1, -1), 1, np.random.default_rng(0))
    assert shifted.shape == (200, 2, 5, 6)
    places = set()
    for one in shifted:
        ((row, column),) = one[0].nonzero().tolist()
        assert one[1, row - 1, column - 1] == 2
        assert one.sum() == 3
        places.add((row - 2, column - 3))
    assert places == {(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)}


def test_random_shift_repeats_the_border():
    shifted = random_shift(torch.full((20, 1, 3, 3), -0.4), 2, np.random.default_rng(0))
    assert torch.equal(shifted, torch.full((20, 1, 3, 3), -0.4))


def test_one_cycle_rises_and_falls(data, monkeypatch):
    x, y, *_ = data
    rates = []
    step = torch.optim.SGD.step
    monkeypatch.setattr(
        torch.optim.SGD,
        "step",
        lambda self, *a, **k: (rates.append(self.param_groups[0]["lr"]), step(self, *a, **k))[1],
    )
    fit(model(), x, y, replace(SHORT, one_cycle=True))
    top = rates.index(max(rates))
    assert len(rates) == 39
    assert max(rates) == pytest.approx(0.1, rel=0.01)
    assert 8 <= top <= 14
    assert rates == sorted(rates[: top + 1]) + sorted(rates[top + 1 :], reverse=True)
    assert rates[-1] < 1e-5


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_weight_decay_reaches_the_optimizer(data, optimizer):
    x, y, *_ = data
    recipe = replace(SHORT, optimizer=optimizer, lr=0.01)
    plain, decayed = model(), model()
    fit(plain, x, y, recipe)
    fit(decayed, x, y, replace(recipe, weight_decay=0.5))
    assert decayed.fc.weight.norm() < plain.fc.weight.norm()


def test_validation_is_measured_after_each_epoch(data):
    x, y, x_test, y_test = data
    network = model()
    history = fit(network, x, y, SHORT, validation=(x_test, y_test))
    final = evaluate(network, x_test, y_test)
    assert len(history.validation_loss) == 3
    assert history.validation_loss[-1] == pytest.approx(final.loss)
    assert history.validation_accuracy[-1] == final.accuracy
    plain = model()
    fit(plain, x, y, SHORT)
    assert same(network, plain)  # measuring changes nothing


def test_patience_stops_and_puts_the_best_weights_back(data):
    x, y, x_test, y_test = data
    network = model()
    recipe = replace(SHORT, epochs=60, lr=0.5)  # overfits 200 images
    history = fit(network, x, y, recipe, validation=(x_test, y_test), patience=3)
    assert len(history) < 60
    assert history.best_epoch == len(history) - 4
    loss = evaluate(network, x_test, y_test).loss
    assert loss == pytest.approx(min(history.validation_loss))


RECIPES = {
    "sgd": Recipe(epochs=4, batch_size=16, lr=0.05),
    "adamw, one cycle, shift": Recipe(
        epochs=4, batch_size=16, lr=0.01, optimizer="adamw", one_cycle=True, shift=1
    ),
}


class KilledError(Exception):
    pass


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("amp", [None, "bfloat16", "float16"])
def test_resume_is_bit_identical(data, tmp_path, monkeypatch, recipe, amp):
    x, y, *_ = data

    def network():
        return nn.Sequential(nn.BatchNorm2d(1), nn.Dropout(0.1), model())

    whole, broken, resumed = network(), network(), network()
    history = fit(whole, x, y, recipe, amp=amp, checkpoint=tmp_path / "whole.pt")

    path = tmp_path / "broken.pt"
    steps = 0
    forward = TinyCNN.forward

    def failing(self, images):
        nonlocal steps
        steps += 1
        if steps == 35:  # in the middle of the third epoch
            raise KilledError
        return forward(self, images)

    with monkeypatch.context() as patch:
        patch.setattr(TinyCNN, "forward", failing)
        with pytest.raises(KilledError):
            fit(broken, x, y, recipe, amp=amp, checkpoint=path)
    assert len(load_checkpoint(path)["history"]["train_loss"]) == 2
    continued = fit(resumed, x, y, recipe, amp=amp, checkpoint=path, resume=True)
    assert same(whole, resumed)
    assert continued.train_loss == history.train_loss
    assert [p.name for p in tmp_path.iterdir() if "tmp" in p.name] == []


def test_resume_after_kill_is_bit_identical(data, tmp_path):
    x, y, *_ = data
    path = tmp_path / "checkpoint.pt"
    np.savez(tmp_path / "data.npz", x=x, y=y)
    code = textwrap.dedent(
        f"""
        import numpy as np, torch
        from cnnbook.nets import *
        torch.set_num_threads(1)
        with np.load({str(tmp_path / "data.npz")!r}) as f:
            x, y, recipe = f["x"], f["y"], Recipe(epochs=100_000)
            fit(initialize(TinyCNN()), x, y, recipe, checkpoint={str(path)!r})
        """
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    wait_until(path.exists)
    process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    process.wait()
    done = len(load_checkpoint(path)["history"]["train_loss"])
    assert 1 <= done < 100_000

    # The rest, for a shorter training of the same recipe: SGD does not know how long it lasts.
    content = load_checkpoint(path)
    content["training"]["recipe"]["epochs"] = done + 2
    torch.save(content, path)
    whole, resumed = model(), model()
    recipe = Recipe(epochs=done + 2)
    fit(whole, x, y, recipe)
    fit(resumed, x, y, recipe, checkpoint=path, resume=True)
    assert same(whole, resumed)


def test_resume_of_a_finished_training_does_nothing(data, tmp_path):
    x, y, *_ = data
    path = tmp_path / "c.pt"
    network, again = model(), model()
    history = fit(network, x, y, SHORT, checkpoint=path)
    assert fit(again, x, y, SHORT, checkpoint=path, resume=True) == history
    assert same(network, again)


def test_a_longer_training_is_that_of_its_length(data, tmp_path):
    x, y, *_ = data
    whole, resumed = model(), model()
    history = fit(whole, x, y, replace(SHORT, epochs=5))
    fit(model(), x, y, SHORT, checkpoint=tmp_path / "c.pt")
    longer = replace(SHORT, epochs=5)
    continued = fit(resumed, x, y, longer, checkpoint=tmp_path / "c.pt", resume=True)
    assert continued.train_loss == history.train_loss
    assert same(whole, resumed)


def test_a_longer_training_completes_its_cycle_and_begins_another(data, tmp_path, monkeypatch):
    x, y, *_ = data
    recipe = replace(SHORT, batch_size=100, one_cycle=True)  # two steps per epoch
    rates = []
    step = torch.optim.SGD.step

    def noted(self, closure=None):
        if self.param_groups[0]["params"][0].requires_grad:  # not the one that shows its state
            rates.append(self.param_groups[0]["lr"])
        return step(self, closure)

    monkeypatch.setattr(torch.optim.SGD, "step", noted)

    def stop_after(epochs):
        def stop(history):
            if len(history) == epochs:
                raise InterruptedError

        return stop

    fit(model(), x, y, recipe, checkpoint=tmp_path / "a.pt")
    first = rates[:]
    fit(model(), x, y, replace(recipe, epochs=2))
    second = rates[len(first) :]
    rates.clear()
    whole = model()
    fit(whole, x, y, replace(recipe, epochs=5), checkpoint=tmp_path / "a.pt", resume=True)
    assert rates == second

    # Interrupted in the first cycle and again in the second, it comes to the same.
    rates.clear()
    path, longer, resumed = tmp_path / "b.pt", replace(recipe, epochs=5), model()
    with pytest.raises(InterruptedError):
        fit(model(), x, y, recipe, checkpoint=path, on_epoch=stop_after(1))
    with pytest.raises(InterruptedError):
        fit(model(), x, y, longer, checkpoint=path, resume=True, on_epoch=stop_after(4))
    fit(resumed, x, y, longer, checkpoint=path, resume=True)
    assert rates == first + second
    assert same(whole, resumed)


def test_each_epoch_is_told_when_its_checkpoint_is_written(data, tmp_path):
    x, y, *_ = data
    path, told = tmp_path / "c.pt", []

    def tell(history):
        told.append((len(history), len(load_checkpoint(path)["history"]["train_loss"])))

    fit(model(), x, y, SHORT, checkpoint=path, on_epoch=tell)
    assert told == [(1, 1), (2, 2), (3, 3)]


def test_resume_keeps_patience_and_the_best_weights(data, tmp_path):
    x, y, x_test, y_test = data
    options = {"validation": (x_test, y_test), "patience": 3, "checkpoint": tmp_path / "c.pt"}
    recipe = replace(SHORT, epochs=60, lr=0.5)
    whole, resumed = model(), model()
    history = fit(whole, x, y, recipe, **options)
    assert fit(resumed, x, y, recipe, **options, resume=True) == history
    assert same(whole, resumed)
    assert same(load_weights(model(1), tmp_path / "c.pt"), whole)


def test_settings_are_kept_and_must_be_the_same(data, tmp_path):
    x, y, *_ = data
    path = tmp_path / "c.pt"
    settings = {"data": "digits", "mean": np.float64(0.5), "sizes": (8, 8)}
    fit(model(), x, y, SHORT, checkpoint=path, settings=settings)
    kept = {"data": "digits", "mean": 0.5, "sizes": [8, 8]}
    assert load_checkpoint(path)["settings"] == kept
    fit(model(), x, y, SHORT, checkpoint=path, settings=settings, resume=True)
    with pytest.raises(ValueError, match="is of a training with data digits, not mnist; expected"):
        fit(model(), x, y, SHORT, checkpoint=path, settings={"data": "mnist"}, resume=True)
    with pytest.raises(TypeError, match="fit: settings is 3; expected a dict"):
        fit(model(), x, y, SHORT, settings=3)


def test_one_checkpoint_has_one_training(data, tmp_path):
    x, y, *_ = data
    path = tmp_path / "c.pt"
    with (
        only_one(path),
        pytest.raises(
            BlockingIOError, match=f"another training writes here: process {os.getpid()}"
        ),
    ):
        fit(model(), x, y, SHORT, checkpoint=path)
    fit(model(), x, y, SHORT, checkpoint=path)
    assert os.listdir(tmp_path) == ["c.pt"]


@pytest.mark.parametrize(("before", "now"), [(True, False), (False, True)])
def test_resume_with_and_without_validation_data(data, tmp_path, before, now):
    x, y, *test = data
    path = tmp_path / "c.pt"
    validation = {True: tuple(test), False: None}
    fit(model(), x, y, SHORT, checkpoint=path, validation=validation[before])
    with pytest.raises(ValueError, match=f"with validation {before}, not {now}; expected the same"):
        fit(model(), x, y, SHORT, checkpoint=path, validation=validation[now], resume=True)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": np.int64(3)},
        {"recipe": replace(SHORT, lr=np.float32(0.1))},
        {"recipe": replace(SHORT, epochs=np.int64(2), one_cycle=np.bool_(True))},
    ],
    ids=["seed", "lr", "epochs"],
)
def test_a_checkpoint_of_numpys_numbers_can_be_read(data, tmp_path, change):
    x, y, *_ = data
    options = {"recipe": SHORT, "checkpoint": tmp_path / "c.pt"} | change
    network, again = model(), model()
    history = fit(network, x, y, **options)
    assert fit(again, x, y, **options, resume=True) == history
    assert same(network, again)


def test_a_checkpoint_of_bfloat16_and_of_inputs_that_require_grad(data, tmp_path):
    x, y, *_ = data
    inputs = torch.from_numpy(x).to(torch.bfloat16).requires_grad_()
    options = {"recipe": SHORT, "checkpoint": tmp_path / "c.pt"}
    network, again = model().bfloat16(), model().bfloat16()
    fit(network, inputs, y, **options)
    assert inputs.grad is None
    fit(again, inputs, y, **options, resume=True)
    assert same(network, again)
    assert same(load_weights(model().bfloat16(), tmp_path / "c.pt"), network)


def test_resume_without_a_file_starts(data, tmp_path):
    x, y, *_ = data
    history = fit(model(), x, y, SHORT, checkpoint=tmp_path / "c.pt", resume=True)
    assert len(history) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 1}, "with seed 0, not 1"),
        ({"recipe": replace(SHORT, lr=0.2)}, "with lr 0.1, not 0.2; expected the same to"),
        ({"recipe": replace(SHORT, epochs=2)}, "with epochs 3, not 2; expected the same or more"),
        ({"model": nn.Sequential(nn.Flatten(), nn.Linear(64, 10))}, "with model TinyCNN, not Seq"),
        ({"y": np.zeros(200, np.int64)}, "with data"),
        ({"amp": "bfloat16"}, "with amp None, not bfloat16"),
        ({"channels_last": True}, "with channels_last False, not True"),
    ],
)
def test_resume_refuses_another_training(data, tmp_path, change, message):
    x, y, *_ = data
    same_arguments = {"model": model(), "x": x, "y": y, "recipe": SHORT, "seed": 0}
    fit(**same_arguments, checkpoint=tmp_path / "c.pt")
    before = (tmp_path / "c.pt").read_bytes()
    with pytest.raises(ValueError, match=f"fit: .*c.pt is of a training {message}"):
        fit(**same_arguments | change, checkpoint=tmp_path / "c.pt", resume=True)
    assert (tmp_path / "c.pt").read_bytes() == before


def test_a_full_disk_keeps_the_former_checkpoint(data, tmp_path, monkeypatch):
    x, y, *_ = data
    path = tmp_path / "c.pt"
    fit(model(), x, y, SHORT, checkpoint=path)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"c\.pt was not written: No space left on device"):
        fit(model(), x, y, SHORT, checkpoint=path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["c.pt"]


@pytest.mark.parametrize("amp", ["bfloat16", "float16"])
def test_mixed_precision_is_close_and_keeps_float32_weights(data, amp):
    x, y, *_ = data
    plain, mixed = model(), model()
    first = fit(plain, x, y, SHORT)
    second = fit(mixed, x, y, SHORT, amp=amp)
    assert second.train_loss == pytest.approx(first.train_loss, rel=0.02)
    assert not same(plain, mixed)
    assert mixed.fc.weight.dtype == torch.float32


def test_channels_last_is_close_and_used(data):
    x, y, *_ = data
    plain, last = model(), model()
    first = fit(plain, x, y, SHORT)
    formats = []
    last.conv2.register_forward_pre_hook(
        lambda layer, inputs: formats.append(
            inputs[0].is_contiguous(memory_format=torch.channels_last)
        )
    )
    second = fit(last, x, y, SHORT, channels_last=True)
    assert second.train_loss == pytest.approx(first.train_loss, rel=1e-4)
    assert all(formats)


def test_compile_runs_the_compiled_model(data, monkeypatch):
    x, y, *_ = data
    compiled = []

    def fake(network):  # torch.compile itself needs a C++ compiler
        def forward(images):
            compiled.append(len(images))
            return network(images)

        return forward

    monkeypatch.setattr(torch, "compile", fake)
    plain, through = model(), model()
    fit(plain, x, y, SHORT)
    fit(through, x, y, SHORT, compile=True)
    assert same(plain, through)
    assert sum(compiled) == 3 * 200


def test_a_class_for_every_pixel():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(24, 1, 8, 12)).astype(np.float32)
    y = (x[:, 0] > 0.5).astype(np.int64)
    network = initialize(SmallFCN(1, 2))
    history = fit(network, x, y, Recipe(epochs=40, batch_size=8, optimizer="adamw", lr=0.01))
    assert history.train_accuracy[-1] > 0.7
    result = evaluate(network, x, y)
    assert result.confusion.shape == (2, 2)
    assert result.confusion.sum() == 24 * 8 * 12
    np.testing.assert_array_equal(result.confusion.sum(axis=1), np.bincount(y.ravel()))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": np.zeros((200, 1, 8, 8), int)}, TypeError, "x has dtype torch.int64; expected flo"),
        ({"y": np.zeros(200)}, TypeError, "y has dtype torch.float64; expected integer classes"),
        ({"y": np.zeros(199, int)}, ValueError, "x has 200 inputs and y 199 targets"),
        ({"x": np.zeros((0, 1, 8, 8), "f"), "y": np.zeros(0, int)}, ValueError, "at least one"),
        ({"y": np.full(200, 10)}, ValueError, "classes from 10 to 10; expected 0 to 9"),
        ({"y": np.full(200, -1)}, ValueError, "classes from -1 to -1; expected 0 to 9"),
        ({"amp": "int8"}, ValueError, "amp is 'int8'; expected one of 'bfloat16', 'float16'"),
        ({"patience": 2}, ValueError, r"patience needs validation data; expected validation=\(x"),
        ({"patience": 0}, ValueError, "patience is 0; expected at least 1"),
        ({"resume": True}, ValueError, "resume is True, but no checkpoint is named"),
        ({"seed": -1}, ValueError, "seed is -1"),
    ],
)
def test_refusals(data, change, error, message):
    x, y, *_ = data
    with pytest.raises(error, match=f"fit: .*{message}"):
        fit(**{"model": model(), "x": x, "y": y} | change)


def test_refuses_channels_last_without_channels():
    with pytest.raises(ValueError, match=r"channels_last is True for x of shape \(4, 3\)"):
        fit(nn.Linear(3, 2), np.ones((4, 3), "f"), np.zeros(4, int), channels_last=True)


def test_a_loss_that_explodes_is_said(data):
    x, y, *_ = data
    network = model()
    with pytest.raises(FloatingPointError, match="loss became nan in epoch 1; a smaller lr"):
        fit(network, x, y, replace(SHORT, lr=1e30))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"shift": -1}, "shift is -1"),
        ({"optimizer": "lbfgs"}, "optimizer is 'lbfgs'; expected one of 'sgd', 'adamw'"),
        ({"lr": 0.0}, "lr is 0.0; expected a positive number"),
        ({"lr": float("nan")}, "lr is nan; expected a positive number"),
        ({"momentum": 1.0}, "momentum is 1.0; expected 0 to below 1"),
        ({"weight_decay": -1.0}, "weight_decay is -1.0; expected at least 0"),
    ],
)
def test_recipes_refuse(change, message):
    with pytest.raises(ValueError, match=f"Recipe: {message}"):
        Recipe(**change)


def test_the_notes_recipe():
    assert Recipe() == Recipe(10, 64, "sgd", 0.01, 0.5, 0.0, False, 0)


def test_no_bar_is_shown_where_there_is_no_terminal(data, capsys):
    x, y, *_ = data
    fit(model(), x, y, SHORT)
    assert capsys.readouterr() == ("", "")


def test_a_copy_of_the_model_trains_alike(data):
    x, y, *_ = data
    first = model()
    second = copy.deepcopy(first)
    fit(first, x, y, SHORT)
    fit(second, x, y, SHORT)
    assert same(first, second)
