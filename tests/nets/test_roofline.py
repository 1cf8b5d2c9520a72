"""Rooflines: what layers have to do, what a machine gives them, and what is timed."""

import time

import pytest
import torch
from torch import nn

from cnnbook import conv2d_cost
from cnnbook.nets import (
    LAYERS,
    Case,
    Prediction,
    Roofline,
    Work,
    explain,
    measure_roofline,
    predictions,
    work,
)
from cnnbook.nets.devices import cpu_threads
from cnnbook.nets.roofline import table

MACHINE = Roofline(peak=40e9, bandwidth=10e9, call=1e-6, threads=1)


def test_the_ridge_is_where_both_limits_meet():
    assert MACHINE.ridge == 4
    both = Work(macs=40_000_000, bytes=10_000_000)
    assert both.intensity == MACHINE.ridge
    assert MACHINE.seconds(both) == both.macs / MACHINE.peak == both.bytes / MACHINE.bandwidth


@pytest.mark.parametrize(
    ("macs", "moved", "limit", "seconds"),
    [
        (80_000_000, 10_000_000, "arithmetic", 2e-3),
        (20_000_000, 10_000_000, "memory", 1e-3),
        (0, 10_000_000, "memory", 1e-3),
        (100, 100, "call", 1e-6),
    ],
)
def test_the_slower_of_both_decides_and_a_call_takes_its_time(macs, moved, limit, seconds):
    assert MACHINE.limit(Work(macs, moved)) == limit
    assert MACHINE.seconds(Work(macs, moved)) == pytest.approx(seconds)


def test_the_work_of_a_convolution_is_that_of_the_cost_formula():
    cost = conv2d_cost((12, 14), 6, 10, 3, padding=1, groups=2)
    found = work(nn.Conv2d(6, 10, 3, padding=1, groups=2), (5, 6, 12, 14))
    assert found.macs == 5 * cost.macs
    assert found.bytes == 4 * (5 * (6 * 12 * 14 + cost.activations) + cost.parameters)


@pytest.mark.parametrize(
    ("layer", "input_size", "macs", "numbers"),
    [
        (nn.Linear(7, 3), (5, 7), 5 * 21, 35 + 21 + 3 + 15),
        (nn.BatchNorm2d(4), (3, 4, 6, 5), 0, 2 * 360 + 8),
        (nn.ReLU(), (3, 4, 6, 5), 0, 2 * 360),
        (nn.MaxPool2d(2), (3, 4, 6, 8), 0, 3 * 4 * (48 + 12)),
    ],
)
def test_the_work_of_other_layers(layer, input_size, macs, numbers):
    assert work(layer, input_size) == Work(macs, 4 * numbers)


def test_several_layers_count_as_one_that_moves_nothing_between():
    conv, relu = nn.Conv2d(3, 4, 3), nn.ReLU()
    size = (2, 3, 8, 8)
    both = work(nn.Sequential(conv, relu), size)
    assert both == work(conv, size)
    assert both.macs == 2 * explain(nn.Sequential(conv, relu), size[1:]).macs


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: work(nn.ReLU(), (0, 3)),
            ValueError,
            r"work: input_size is 0; expected at least 1",
        ),
        (
            lambda: work(nn.Conv2d(3, 4, 3), (2, 5, 8, 8)),
            ValueError,
            r"work: Sequential cannot be followed with an input of 5×8×8",
        ),
        (
            lambda: work(nn.LSTM(4, 4), (2, 3, 4)),
            ValueError,
            r"work: 0 gives no single tensor; expected layers that do",
        ),
        (
            lambda: predictions(MACHINE, rounds=0),
            ValueError,
            r"predictions: rounds is 0; expected at least 1",
        ),
    ],
)
def test_what_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_the_layers_lie_on_both_sides_of_any_ridge():
    works = {name: work(build(), size) for name, build, size in LAYERS}
    assert len(works) == len(LAYERS) == 8
    assert max(each.intensity for each in works.values()) > 100
    assert sum(each.intensity < 1.2 for each in works.values()) == 5
    # What memory limits moves more than most caches hold, and writes less than 32 MiB.
    assert all(each.bytes > 30e6 for each in works.values() if each.intensity < 1.2)


@pytest.mark.parametrize("channels_last", [False, True])
def test_predictions_time_each_layer_and_leave_the_random_numbers_alone(channels_last):
    layers = [
        Case("3×3", lambda: nn.Conv2d(8, 8, 3), (2, 8, 12, 12)),
        Case("linear", lambda: nn.Linear(8, 4), (2, 8)),
    ]
    before = torch.get_rng_state()
    with cpu_threads(1):
        rows = predictions(MACHINE, layers, rounds=2, channels_last=channels_last)
    assert torch.equal(torch.get_rng_state(), before)
    assert [row.name for row in rows] == ["3×3", "linear"]
    for row, (_, build, size) in zip(rows, layers, strict=True):
        assert row.work == work(build(), size)
        assert row.predicted == MACHINE.seconds(row.work)
        assert row.limit == MACHINE.limit(row.work)
        assert len(row.rounds) == 2
        assert row.measured == min(row.rounds) > 0
        assert row.ratio == row.measured / row.predicted
    assert len(table(rows).splitlines()) == 3


def test_the_layout_reaches_the_layer():
    seen = []

    class Looks(nn.Module):
        def forward(self, x):
            seen.append(x.is_contiguous(memory_format=torch.channels_last))
            return x * 1

    layers = [Case("looks", Looks, (2, 3, 4, 5))]
    predictions(MACHINE, layers, rounds=1, channels_last=True)
    assert seen[-1]
    predictions(MACHINE, layers, rounds=1)
    assert not seen[-1]


def test_what_waits_takes_no_processor_time_with_one_thread():
    """Other programs take the processor away; that is not the layer's time."""

    class Waits(nn.ReLU):
        def forward(self, x):
            time.sleep(0.05)
            return super().forward(x)

    with cpu_threads(1):
        (row,) = predictions(MACHINE, [Case("waits", Waits, (2, 3))], rounds=2)
    assert row.measured < 0.04


def test_the_machine_is_measured():
    with cpu_threads(1):
        machine = measure_roofline()
    assert machine.threads == 1
    assert 1e8 < machine.peak < 1e14
    assert 1e8 < machine.bandwidth < 1e13
    assert 0 < machine.call < 1e-2


def test_a_prediction_shows_milliseconds():
    row = Prediction("1×1", Work(3, 4), "memory", 0.004, (0.012, 0.01))
    assert row.cells() == ("1×1", "0.75", "memory", "4.00", "10.00", "2.50")
