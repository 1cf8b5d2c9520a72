"""The diagram of training in Python: chance, digits, and the run that its table tells of."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from cnnbook import cross_entropy, diagrams
from cnnbook.data import digits
from cnnbook.diagrams import _train
from cnnbook.diagrams._train_run import (
    INK,
    Chance,
    Run,
    Settings,
    in_order,
    network,
    packed,
)
from cnnbook.diagrams.base import to_json

USUAL = Settings("Adam", 0.01, 32, False, 0)


def unpacked(text: str) -> np.ndarray:
    zeros = re.sub("[A-Z]", lambda found: "0" * (ord(found[0]) - ord("A") + 1), text)
    return np.array([INK.index(letter) for letter in zeros]) / 16


def test_chance_is_even_and_differs_by_seed():
    drawn = {seed: Chance(seed) for seed in range(50)}
    shares = np.array([[chance.share() for _ in range(200)] for chance in drawn.values()])
    assert 0 < shares.min() < 0.001 < 0.999 < shares.max() < 1
    counts = np.histogram(shares, bins=10, range=(0, 1))[0]
    assert np.abs(counts - 1000).max() < 120  # four standard deviations are 120
    assert np.abs(np.corrcoef(shares) - np.eye(50)).max() < 0.35
    assert len(set(shares[:, 0])) == 50


def test_an_order_deals_every_place_once():
    orders = [Chance(seed).order(64) for seed in range(20)]
    assert all(sorted(order) == list(range(64)) for order in orders)
    assert len(set(map(tuple, orders))) == 20


def test_weights_begin_as_the_librarys():
    model = network(3)
    for array, fan in zip(model.parameters(), (9, 9, 72, 72, 64, 64), strict=True):
        assert 0.6 / math.sqrt(fan) < np.abs(array).max() < 1 / math.sqrt(fan)
    assert not np.array_equal(model.parameters()[0], network(4).parameters()[0])


def test_the_state_carries_the_books_digits():
    state, data = diagrams.train().state, digits()
    pixels = unpacked(state["digits"]).reshape(-1, 1, 8, 8)
    assert np.array_equal(pixels, np.concatenate([data.x_train, data.x_test]))
    labels = [int(label) for label in state["labels"]]
    assert labels == [*data.y_train, *data.y_test]
    assert state["held"] == len(data.y_test) == 450


def test_long_runs_of_zeros_are_packed():
    pixels = np.zeros(100)
    pixels[[0, 1, 40, 99]] = 1, 1 / 16, 0.5, 0.25
    assert len(packed(pixels)) < 12
    assert np.array_equal(unpacked(packed(pixels)), pixels)


def test_the_digits_travel_small():
    assert len(to_json(diagrams.train().state)) < 80_000


def test_shuffled_pictures_have_the_same_pixels_in_one_other_order():
    x = np.arange(128.0).reshape(2, 1, 8, 8)
    shuffled = in_order(x, True)
    assert np.array_equal(shuffled[1] - 64, shuffled[0])
    assert np.array_equal(np.sort(shuffled[0].ravel()), np.arange(64))
    assert np.count_nonzero(shuffled == x) < 10
    assert in_order(x, False) is x


def test_the_table_is_the_librarys_training():
    """The first epoch written out: forward, gradient, step, and the held-out digits after it."""
    table = diagrams.train(batch_size=100).tables[0].rows
    run, data = Run(Settings("Adam", 0.01, 100, False, 0)), digits()
    order = Chance(1_000_000).order(1347)
    seen = []
    while len(seen) < 1347:
        batch = order[len(seen) : len(seen) + 100]
        x = data.x_train[batch].astype(np.float64)
        before = float(cross_entropy(run.model(x), data.y_train[batch]))
        assert run.step() == before
        seen += batch
    loss, wrong = run.measure()
    assert table[2] == ["1", f"{loss:.2f}", str(wrong), f"{100 * wrong / 450:.1f} %"]


def test_what_rounding_does_elsewhere_reaches_no_printed_digit():
    """Pixels changed in the thirteenth decimal stand for another machine's sums."""
    for settings in (USUAL, Settings("SGD", 0.3, 32, False, 0)):
        rows = _train.recorded(settings)
        run = Run(settings)
        run.x = run.x * (1 + 1e-13)
        printed = {epoch: (f"{loss:.2f}", wrong) for epoch, loss, wrong in rows}
        for epoch in range(1, 6):
            for _ in range(run.per_epoch):
                run.step()
            if epoch in printed:
                loss, wrong = run.measure()
                assert printed[epoch] == (f"{loss:.2f}", wrong)
                assert abs(100 * loss % 1 - 0.5) > 1e-4


@pytest.mark.parametrize("optimiser", _train.RATES)
def test_every_optimiser_learns_at_its_rate(optimiser):
    *_, (epoch, loss, wrong) = _train.recorded(
        Settings(optimiser, _train.RATES[optimiser], 32, False, 1)
    )
    assert epoch == 5
    assert loss < 0.6
    assert wrong < 90


def test_the_summary_says_what_was_learnt():
    assert diagrams.train().summary == (
        "A CNN learns 1,347 digits: Adam, learning rate 0.01, batches of 32, seed 0. Of 450 "
        "held-out digits it reads 89.1 % wrongly at the start and 6.9 % after epoch 5."
    )
    assert "digits with shuffled pixels: " in diagrams.train(shuffled=True).summary
    assert diagrams.train("SGD", 3).summary.endswith("above 2.3, the loss of guessing.")


def test_a_table_of_small_batches_stops_after_an_epoch():
    assert [row[0] for row in diagrams.train(batch_size=4).tables[0].rows] == ["epoch", "0", "1"]


def test_divergence_is_said(monkeypatch):
    rows = ((0, 2.31, 401), (1, math.nan, 405))
    monkeypatch.setattr(_train, "recorded", lambda settings: rows)
    made = diagrams.train()
    assert made.summary.endswith("The training diverges in epoch 1.")
    assert made.tables[0].rows[-1] == ["1", "diverged", "—", "—"]


def test_a_run_ends_where_the_loss_is_no_number(monkeypatch):
    class Broken(Run):
        def step(self) -> float:
            self.model.parameters()[0][:] = np.nan
            return super().step()

    monkeypatch.setattr(_train, "Run", Broken)
    _train.recorded.cache_clear()
    rows = _train.recorded(USUAL)
    _train.recorded.cache_clear()
    assert [row[0] for row in rows] == [0, 1]
    assert math.isnan(rows[-1][1])
