"""Sizes, receptive fields and costs: known answers, torch, and brute force."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import cnnbook
from cnnbook.shapes import kernel_extent

small = st.integers(1, 4)


@given(st.integers(1, 12), small, small, st.integers(0, 3), st.integers(1, 3))
def test_conv_output_size_counts_windows(n: int, k: int, s: int, p: int, d: int) -> None:
    starts = range(0, n + 2 * p, s)
    fitting = [start for start in starts if start + d * (k - 1) < n + 2 * p]
    if not fitting:
        with pytest.raises(ValueError, match=r"conv_output_size: kernel_size \d.* spans"):
            cnnbook.conv_output_size(n, k, s, p, d)
        return
    assert cnnbook.conv_output_size(n, k, s, p, d) == len(fitting)
    read = {start + d * tap - p for start in fitting for tap in range(k)}
    unread = tuple(i for i in range(n) if i not in read)
    assert cnnbook.unused_pixels(n, k, s, p, d) == unread
    assert cnnbook.unused_pixels((n, n), k, s, p, d) == (unread, unread)


@given(small, small, small, st.integers(0, 3), st.integers(1, 3), st.integers(0, 2))
def test_transposed_sizes_are_torchs(n: int, k: int, s: int, p: int, d: int, extra: int) -> None:
    arguments = {"stride": s, "padding": p, "output_padding": extra, "dilation": d}
    try:
        # In float64: torch's float32 lets some outputs of no pixels pass.
        ones = torch.ones(1, 1, n, n).double(), torch.ones(1, 1, k, k).double()
        y = F.conv_transpose2d(*ones, **arguments)
    except RuntimeError:
        with pytest.raises(ValueError, match=r"output_padding is|the output would have"):
            cnnbook.conv_transpose_output_size(n, k, **arguments)
        return
    assert cnnbook.conv_transpose_output_size(n, k, **arguments) == y.shape[-1]
    assert cnnbook.conv_transpose_output_size((n, n), k, **arguments) == tuple(y.shape[-2:])


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ((5, 3), 3),
        ((7, 3, 1), 5),
        ((7, 3, 2), 3),
        ((7, 3, 3), 2),
        ((7, 3, 2, 1), 4),
        ((227, 11, 4), 55),
        (((50, 100), 3, 2), (24, 49)),
        (((50, 100), (3, 5), (2, 1), (4, 2)), (28, 100)),
        (((50, 100), (3, 5), (2, 1), (4, 2), (3, 1)), (26, 100)),
        ((9, 4, 1, "same", 2), 9),
        ((9, 4, 2, "valid"), 3),
    ],
)
def test_output_sizes_of_the_book(arguments: tuple[Any, ...], answer: object) -> None:
    assert cnnbook.conv_output_size(*arguments) == answer


def test_ten_layers_remove_a_third_of_the_pixels() -> None:
    size = 240
    for _ in range(10):
        size = cnnbook.conv_output_size(size, 5)
    assert size == 200
    assert f"{1 - size**2 / 240**2:.1%}" == "30.6%"


def test_unused_pixels_of_the_book() -> None:
    assert cnnbook.unused_pixels(7, 3, stride=3) == (6,)
    assert cnnbook.unused_pixels(224, 7, stride=2, padding=3) == ()
    assert cnnbook.unused_pixels((7, 8), 1, stride=(3, 1)) == ((1, 2, 4, 5), ())


@given(st.integers(1, 9), st.integers(1, 4))
def test_same_padding_keeps_the_size(k: int, d: int) -> None:
    before, after = cnnbook.same_padding(k, d)
    assert before + after == kernel_extent(k, d) - 1
    assert after - before in (0, 1)
    assert cnnbook.same_padding((k, 1), d) == ((before, after), (0, 0))
    assert cnnbook.conv_output_size(20, k, padding="same", dilation=d) == 20


ALEXNET = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]


def test_receptive_fields_of_the_book() -> None:
    fields = [cnnbook.receptive_field(ALEXNET[: n + 1]) for n in range(len(ALEXNET))]
    assert fields == [11, 19, 51, 67, 99, 131, 163, 195]
    vgg: list[tuple[int, int]] = []
    pools = []
    for convolutions in (2, 2, 3, 3, 3):
        vgg += [(3, 1)] * convolutions + [(2, 2)]
        pools.append(cnnbook.receptive_field(vgg))
    assert pools == [6, 16, 44, 100, 212]
    assert [cnnbook.receptive_field([(3, 1, 2**i) for i in range(n)]) for n in (1, 2, 3)] == [
        3,
        7,
        15,
    ]
    assert cnnbook.receptive_field([]) == 1


def test_costs_of_the_book() -> None:
    assert cnnbook.conv2d_cost(227, 3, 96, 11, 4).parameters == 34_944
    assert cnnbook.conv2d_cost(32, 3, 10, 5, padding=2).parameters == 760
    assert cnnbook.conv2d_cost(100, 5, 10, 3, bias=False).parameters == 450
    assert cnnbook.conv2d_cost(28, 192, 32, 5, padding=2).macs == 120_422_400
    through = cnnbook.conv2d_cost(28, 192, 16, 1), cnnbook.conv2d_cost(28, 16, 32, 5, padding=2)
    assert sum(cost.macs for cost in through) == 12_443_648
    assert cnnbook.conv2d_cost(56, 64, 128, 3, padding=1).macs == 231_211_008
    depthwise = cnnbook.conv2d_cost(56, 64, 64, 3, padding=1, groups=64)
    assert depthwise.macs + cnnbook.conv2d_cost(56, 64, 128, 1).macs == 27_496_448
    cost = cnnbook.conv2d_cost((4, 6), 1, 2, 3)
    assert cost == (20, 2 * 9 * 8, 16, 4 * 36)
    assert cnnbook.conv2d_cost((4, 6), 1, 2, 3, itemsize=8).bytes == 8 * 36


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cnnbook.conv_output_size(0, 1), ValueError, r"size is 0; expected at least 1"),
        (lambda: cnnbook.conv_output_size(5, 0), ValueError, r"kernel_size is 0; expected"),
        (lambda: cnnbook.conv_output_size(5, 3, 0), ValueError, r"stride is 0; expected"),
        (lambda: cnnbook.conv_output_size(5, 3, 1, -1), ValueError, r"padding is -1; expected"),
        (lambda: cnnbook.conv_output_size(5, 3, 1, 0, 0), ValueError, r"dilation is 0; expected"),
        (lambda: cnnbook.conv_output_size(5, 6), ValueError, r"kernel_size 6 spans 6 pixels"),
        (
            lambda: cnnbook.conv_output_size(5, (3, 3)),
            ValueError,
            r"kernel_size is \(3, 3\) for one",
        ),
        (lambda: cnnbook.conv_output_size(5.0, 3), TypeError, r"size is 5.0 of type float"),
        (lambda: cnnbook.conv_output_size(5, 3, 2, "same"), ValueError, r"padding is 'same' and"),
        (lambda: cnnbook.conv_output_size(5, 3, 1, "full"), ValueError, r"padding is 'full'; exp"),
        (
            lambda: cnnbook.conv_transpose_output_size(2, 3, output_padding=1),
            ValueError,
            r"output_p",
        ),
        (
            lambda: cnnbook.conv_transpose_output_size(1, 1, padding=1),
            ValueError,
            r"the output wou",
        ),
        (lambda: cnnbook.conv_transpose_output_size(2, "3"), TypeError, r"kernel_size is '3' of"),
        (lambda: cnnbook.unused_pixels(3, 4), ValueError, r"kernel_size 4 spans 4 pixels"),
        (lambda: cnnbook.unused_pixels("3", 4), TypeError, r"size is '3' of type str"),
        (lambda: cnnbook.same_padding(0), ValueError, r"kernel_size is 0; expected at least 1"),
        (lambda: cnnbook.same_padding(3, True), TypeError, r"dilation is True of type bool"),
        (lambda: cnnbook.receptive_field([3]), ValueError, r"layers\[0\] is 3; expected \(kernel"),
        (lambda: cnnbook.receptive_field([(3, 0)]), ValueError, r"layers\[0\] is 0; expected at"),
        (lambda: cnnbook.receptive_field([(3, 1.0)]), TypeError, r"layers\[0\] is 1.0 of type"),
        (lambda: cnnbook.conv2d_cost(5, 3, 4, 3, groups=2), ValueError, r"groups is 2; expected a"),
        (
            lambda: cnnbook.receptive_field(3),
            TypeError,
            r"receptive_field: layers is 3; expected a list of layers, each \(kernel_size, stride",
        ),
        (lambda: cnnbook.receptive_field(None), TypeError, r"receptive_field: layers is None; exp"),
        (
            lambda: cnnbook.receptive_field((3, 1)),
            ValueError,
            r"layers\[0\] is 3; expected \(kernel",
        ),
        (lambda: cnnbook.conv2d_cost(2, 1, 1, 3), ValueError, r"conv2d_cost: kernel_size 3 spans"),
        (
            lambda: cnnbook.conv2d_cost(5, 1, 1, 3, 0),
            ValueError,
            r"conv2d_cost: stride is 0; expec",
        ),
        (
            lambda: cnnbook.conv2d_cost(5, 1, 1, 3, bias="no"),
            TypeError,
            r"conv2d_cost: bias is 'no'",
        ),
        (lambda: cnnbook.conv2d_cost(5, 0, 4, 3), ValueError, r"in_channels is 0; expected"),
        (lambda: cnnbook.conv2d_cost(5, 3, 4.0, 3), TypeError, r"out_channels is 4.0 of type"),
    ],
)
def test_refusals(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
