"""Padding, windows and their adjoints: against torch, by laws, and refusals."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import cnnbook
from tests.strategies import DTYPES, FLOATS, as_pair, random_array, scattered, sizes

MODES = ["constant", "reflect", "replicate", "circular"]


@pytest.mark.parametrize("mode", MODES)
@given(
    sides=st.tuples(*[st.integers(0, 4)] * 4),
    dtype=st.sampled_from(DTYPES),
    batch=st.integers(0, 2),
    apart=st.booleans(),
)
def test_pad_and_its_gradient_equal_torch(
    mode: str, sides: tuple[int, int, int, int], dtype: type, batch: int, apart: bool
) -> None:
    top, bottom, left, right = sides
    x = random_array(np.random.default_rng(sum(sides)), (batch, 2, 5, 6), dtype)
    x = scattered(x) if apart else x
    x_torch = torch.from_numpy(x.copy())
    expected = F.pad(x_torch, (left, right, top, bottom), mode=mode)
    padding = ((top, bottom), (left, right))
    y = cnnbook.pad(x, padding, mode)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, expected)
    dy = random_array(np.random.default_rng(9), y.shape, dtype)
    dx = cnnbook.pad_backward(dy, x, padding, mode)
    assert (dx.shape, dx.dtype) == (x.shape, dtype)
    if dtype in FLOATS:
        x_torch.requires_grad_()
        y_torch = F.pad(x_torch, (left, right, top, bottom), mode=mode)
        (expected,) = torch.autograd.grad(y_torch, x_torch, torch.from_numpy(dy))
        np.testing.assert_allclose(dx, expected, rtol=1e-4, atol=1e-5)
    else:
        assert np.sum(y * dy) == np.sum(x * dx)


def test_pad_takes_plain_images_a_number_a_pair_and_a_value() -> None:
    x = np.arange(4).reshape(2, 2)
    np.testing.assert_array_equal(cnnbook.pad(x, 1, value=7), np.pad(x, 1, constant_values=7))
    np.testing.assert_array_equal(cnnbook.pad(x, (1, 0)), np.pad(x, ((1, 1), (0, 0))))
    infinite = cnnbook.pad(x.astype(float), 1, value=-np.inf)
    assert infinite[0, 0] == -np.inf


def test_pad_and_its_gradient_return_new_arrays() -> None:
    x = np.ones((2, 2))
    assert not np.shares_memory(cnnbook.pad(x, 0), x)
    assert not np.shares_memory(cnnbook.pad_backward(x, x, 0), x)
    wide = np.ones((4, 4))
    assert not np.shares_memory(cnnbook.pad_backward(wide, x, 1), wide)


@given(
    kernel=sizes(1, 3),
    stride=sizes(1, 3),
    padding=sizes(0, 2),
    dilation=sizes(1, 2),
    batched=st.booleans(),
    apart=st.booleans(),
)
def test_im2col_and_col2im_equal_unfold_and_fold(
    kernel: Any, stride: Any, padding: Any, dilation: Any, batched: bool, apart: bool
) -> None:
    x = random_array(np.random.default_rng(0), (2, 3, 6, 7) if batched else (3, 6, 7), np.float64)
    arguments = {"stride": stride, "padding": padding, "dilation": dilation}
    x = scattered(x) if apart else x
    expected = F.unfold(torch.from_numpy(x.copy()), kernel, **arguments)
    columns = cnnbook.im2col(x, kernel, **arguments)
    np.testing.assert_array_equal(columns, expected)
    other = random_array(np.random.default_rng(1), columns.shape, np.float64)
    expected = F.fold(torch.from_numpy(other), (6, 7), kernel, **arguments)
    image = cnnbook.col2im(other, (6, 7), kernel, **arguments)
    np.testing.assert_allclose(image, expected, atol=1e-12)
    np.testing.assert_allclose(np.sum(image * x), np.sum(columns * other), atol=1e-9)


@given(kernel=sizes(1, 3), stride=sizes(1, 3), dilation=sizes(1, 2))
def test_sliding_windows_are_the_windows(kernel: Any, stride: Any, dilation: Any) -> None:
    x = np.arange(2 * 6 * 7).reshape(2, 6, 7)
    view = cnnbook.sliding_windows(x, kernel, stride, dilation)
    assert np.shares_memory(view, x)
    assert not view.flags.writeable
    (s_h, s_w), (d_h, d_w) = as_pair(stride), as_pair(dilation)
    for c, i, j, u, v in np.ndindex(view.shape):
        assert view[c, i, j, u, v] == x[c, s_h * i + d_h * u, s_w * j + d_w * v]


def test_a_convolution_is_one_product_with_im2col() -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.integers(-9, 9, (2, 3, 6, 5)), rng.integers(-9, 9, (4, 3, 3, 2))
    product = weight.reshape(4, -1) @ cnnbook.im2col(x, (3, 2), padding=1)
    y = cnnbook.conv2d(x, weight, padding=1)
    np.testing.assert_array_equal(product.reshape(y.shape), y)


def test_im2col_of_alexnets_first_layer() -> None:
    columns = cnnbook.im2col(np.zeros((3, 227, 227), np.float32), 11, stride=4)
    assert columns.shape == (363, 3025)
    assert f"{columns.size / (3 * 227 * 227):.1f}" == "7.1"


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1, 1e18, np.int8(-3), np.float32(4)])
def test_integers_are_padded_with_the_number_that_was_given(value: Any) -> None:
    padded = cnnbook.pad(np.zeros((1, 1), np.int64), 1, value=value)
    assert padded[0, 0] == int(value)
    assert padded[1, 1] == 0


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3.4e38, -0.0])
def test_floats_are_padded_with_the_number_that_was_given(value: float) -> None:
    for dtype in (np.float32, np.float64):
        padded = cnnbook.pad(np.ones((1, 1), dtype), 1, value=value)
        expected = F.pad(
            torch.ones(1, 1, dtype=torch.from_numpy(padded).dtype), [1] * 4, value=value
        )
        np.testing.assert_array_equal(padded, expected)
        assert cnnbook.pad(np.ones((2, 2), dtype), 1, "reflect", 0.0).dtype == dtype


def test_no_memory_is_asked_for_before_the_shapes_are_compared() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"col2im: columns has shape"):
            cnnbook.col2im(np.ones((4, 4)), 10**4, 2)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def test_images_without_channels_give_columns_without_rows() -> None:
    x = np.zeros((2, 0, 4, 4))
    assert cnnbook.pad(x, 1).shape == (2, 0, 6, 6)
    assert cnnbook.im2col(x, 2).shape == (2, 0, 9)
    assert cnnbook.col2im(np.zeros((2, 0, 9)), 4, 2).shape == x.shape


X = np.ones((1, 2, 4, 5))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cnnbook.pad(np.ones(3), 1), ValueError, r"pad: x has 1 axes"),
        (lambda: cnnbook.pad([[1.0]], 1), TypeError, r"pad: x is a list"),
        (lambda: cnnbook.pad(X, -1), ValueError, r"pad: padding is -1; expected at least 0"),
        (lambda: cnnbook.pad(X, 1.0), TypeError, r"pad: padding is 1.0 of type float"),
        (lambda: cnnbook.pad(X, "same"), TypeError, r"pad: padding is 'same' of type str"),
        (lambda: cnnbook.pad(X, ((1, 1), 2)), ValueError, r"pad: padding is \(\(1, 1\), 2\); exp"),
        (lambda: cnnbook.pad(X, ((1, 1), (2, -2))), ValueError, r"pad: padding is -2; expected"),
        (lambda: cnnbook.pad(X, 1, "mirror"), ValueError, r"pad: mode is 'mirror'; expected one"),
        (lambda: cnnbook.pad(X, 1, None), TypeError, r"pad: mode is None of type NoneType"),
        (lambda: cnnbook.pad(X, (4, 0), "reflect"), ValueError, r"padding is 4 and x has height 4"),
        (lambda: cnnbook.pad(X, (0, 6), "circular"), ValueError, r"padding is 6 and x has width 5"),
        (lambda: cnnbook.pad(X[..., :0], 1, "replicate"), ValueError, r"expected an axis with pix"),
        (
            lambda: cnnbook.pad(X.astype(int), 1, value=0.5),
            TypeError,
            r"value is 0.5 and x is int64",
        ),
        (lambda: cnnbook.pad(X.astype(int), 1, value=np.nan), TypeError, r"value is nan and x is"),
        (
            lambda: cnnbook.pad(X, 1, value="0"),
            TypeError,
            r"pad: value is '0' of type str; expected",
        ),
        (
            lambda: cnnbook.pad(X.astype(int), 1, value=1e19),
            ValueError,
            r"value is 1e\+19 and x is int64; expected −2⁶³ to 2⁶³ − 1",
        ),
        (lambda: cnnbook.pad(X.astype(int), 1, value=2**70), ValueError, r"x is int64; expected −"),
        (lambda: cnnbook.pad(X.astype(int), 1, value=2**63), ValueError, r"x is int64; expected −"),
        (lambda: cnnbook.pad(X, 1, value=10**400), ValueError, r"value is 1000.* a float can hold"),
        (
            lambda: cnnbook.pad(X.astype(np.float32), 1, value=1e300),
            ValueError,
            r"pad: value is 1e\+300 and x is float32; expected a number that it can hold, at mos",
        ),
        (
            lambda: cnnbook.pad(X, 1, value=2j),
            TypeError,
            r"value is 2j of type complex; expected a",
        ),
        (lambda: cnnbook.pad(X, 1, value=np.complex64(1)), TypeError, r"of type complex64; expec"),
        (lambda: cnnbook.pad(X, 1, value=True), TypeError, r"value is True of type bool; expected"),
        (
            lambda: cnnbook.pad(X, 1, "reflect", 1.0),
            ValueError,
            r"pad: value is 1.0 and mode 'reflect'; expected no value, since this mode takes its",
        ),
        (
            lambda: cnnbook.im2col(X[..., :0], 1, padding=1),
            ValueError,
            r"im2col: x has shape \(1, 2, 4, 0\); expected at least one pixel",
        ),
        (
            lambda: cnnbook.col2im(np.ones((4, 4)), 10**5, 2),
            ValueError,
            r"columns has shape \(4, 4\).*99999·99999 columns for size \(100000, 100000\)",
        ),
        (lambda: cnnbook.pad_backward(X, X, 1), ValueError, r"pad_backward: grad_output has shape"),
        (
            lambda: cnnbook.sliding_windows(X, 5),
            ValueError,
            r"sliding_windows: kernel_size 5 spans",
        ),
        (lambda: cnnbook.sliding_windows(X, 2, 0), ValueError, r"stride is 0; expected at least 1"),
        (lambda: cnnbook.sliding_windows(X, "2"), TypeError, r"kernel_size is '2' of type str"),
        (lambda: cnnbook.im2col(X[0, 0], 2), ValueError, r"im2col: x has 2 axes"),
        (lambda: cnnbook.im2col(X, 6, padding="valid"), ValueError, r"im2col: kernel_size 6 spans"),
        (lambda: cnnbook.im2col(X, 2, 2, "same"), ValueError, r"im2col: padding is 'same' and"),
        (lambda: cnnbook.im2col(X.tolist(), 2), TypeError, r"im2col: x is a list"),
        (
            lambda: cnnbook.col2im(np.ones((7, 4)), (3, 3), 2),
            ValueError,
            r"columns has shape \(7, 4",
        ),
        (
            lambda: cnnbook.col2im(np.ones((4, 5)), (3, 3), 2),
            ValueError,
            r"columns has shape \(4, 5",
        ),
        (lambda: cnnbook.col2im(np.ones(4), (3, 3), 2), ValueError, r"col2im: columns has 1 axes"),
        (
            lambda: cnnbook.col2im(np.ones((4, 4)), 3.0, 2),
            TypeError,
            r"col2im: size is 3.0 of type",
        ),
    ],
)
def test_refusals(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
