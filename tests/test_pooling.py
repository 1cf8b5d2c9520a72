"""Max, mean, sum and global pooling: against torch, by known answers, by laws, and refusals."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import cnnbook
from cnnbook.engine import planes
from tests.strategies import FLOATS, poolings, random_array

Call = tuple[np.ndarray, dict[str, Any]]
SMALL = np.array([[[1, 3, 5, 3], [6, 2, 0, 8], [4, 6, 1, 4], [2, 8, 0, 3]]])


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.copy())


# Max. ---------------------------------------------------------------------------------------


@given(poolings())
def test_max_pool2d_and_indices_equal_torch(call: Call) -> None:
    x, arguments = call
    expected, expected_indices = F.max_pool2d(tensor(x), **arguments, return_indices=True)
    y, indices = cnnbook.max_pool2d(x, **arguments, return_indices=True)
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_array_equal(cnnbook.max_pool2d(x, **arguments), expected)


@given(poolings(FLOATS), st.integers(0, 99), st.booleans())
def test_max_pool2d_backward_equals_autograd(call: Call, seed: int, with_nan: bool) -> None:
    x, arguments = call
    rng = np.random.default_rng(seed)
    if with_nan:
        x = np.where(rng.random(x.shape) < 0.2, x.dtype.type(np.nan), x)
    x_torch = tensor(x).requires_grad_()
    y = F.max_pool2d(x_torch, **arguments)
    dy = random_array(rng, tuple(y.shape), x.dtype.type)
    (expected,) = torch.autograd.grad(y, x_torch, tensor(dy))
    dx = cnnbook.max_pool2d_backward(dy, x, **arguments)
    np.testing.assert_allclose(dx, expected, rtol=1e-5, atol=1e-5)
    y_ours, indices = cnnbook.max_pool2d(x, **arguments, return_indices=True)
    np.testing.assert_array_equal(y_ours, y.detach())
    expected_indices = F.max_pool2d(x_torch, **arguments, return_indices=True)[1]
    np.testing.assert_array_equal(indices, expected_indices)


@pytest.mark.parametrize("size", [(4, 6), (5, 7), (2, 3)])
@pytest.mark.parametrize("ceil_mode", [False, True])
def test_halving_with_ties_and_nan_equals_autograd(size: tuple[int, int], ceil_mode: bool) -> None:
    rng = np.random.default_rng(0)
    x = rng.choice([0.0, 1.0, 2.0, -np.inf, np.nan], (40, 3, *size), p=[0.3, 0.3, 0.2, 0.1, 0.1])
    x_torch = tensor(x).requires_grad_()
    y = F.max_pool2d(x_torch, 2, ceil_mode=ceil_mode)
    dy = rng.standard_normal(y.shape)
    (expected,) = torch.autograd.grad(y, x_torch, tensor(dy))
    np.testing.assert_array_equal(
        cnnbook.max_pool2d_backward(dy, x, 2, ceil_mode=ceil_mode), expected
    )


@pytest.mark.parametrize(("kernel_size", "stride"), [(2, 2), (3, 2), (2, 1)])
def test_an_infinite_gradient_reaches_the_winner_alone(kernel_size: int, stride: int) -> None:
    x = np.arange(25.0).reshape(1, 5, 5)
    dy = np.zeros_like(cnnbook.max_pool2d(x, kernel_size, stride))
    dy[0, 0, 0] = np.inf
    dx = cnnbook.max_pool2d_backward(dy, x, kernel_size, stride)
    winner = (kernel_size - 1) * 6
    assert np.flatnonzero(dx).tolist() == [winner]
    assert dx.flat[winner] == np.inf


def test_max_pool2d_of_the_book() -> None:
    y, indices = cnnbook.max_pool2d(SMALL, 2, return_indices=True)
    np.testing.assert_array_equal(y, [[[6, 8], [8, 4]]])
    np.testing.assert_array_equal(indices, [[[4, 7], [13, 11]]])


def test_shift_counterexample_of_the_book() -> None:
    row = np.array([[[0, 0, 1, 1, 0, 0, 1, 1]]])
    np.testing.assert_array_equal(cnnbook.max_pool2d(row, (1, 2))[0, 0], [0, 1, 0, 1])
    rolled = np.roll(row, 1, axis=2)
    np.testing.assert_array_equal(cnnbook.max_pool2d(rolled, (1, 2))[0, 0], [1, 1, 1, 1])


def test_the_first_maximum_and_the_last_nan_win() -> None:
    ties = np.array([[[2.0, 2.0], [2.0, 2.0]]])
    np.testing.assert_array_equal(
        cnnbook.max_pool2d_backward(np.ones((1, 1, 1)), ties, 2), [[[1, 0], [0, 0]]]
    )
    nans = np.array([[[1.0, np.nan], [np.nan, 5.0]]])
    np.testing.assert_array_equal(
        cnnbook.max_pool2d_backward(np.ones((1, 1, 1)), nans, 2), [[[0, 0], [1, 0]]]
    )


@pytest.mark.parametrize("value", [-np.inf, np.inf])
def test_infinite_images_win_against_the_padding(value: float) -> None:
    x = np.full((1, 4, 4), value)
    x_torch = tensor(x).requires_grad_()
    expected, expected_indices = F.max_pool2d(x_torch, 2, padding=1, return_indices=True)
    y, indices = cnnbook.max_pool2d(x, 2, padding=1, return_indices=True)
    np.testing.assert_array_equal(y, expected.detach())
    np.testing.assert_array_equal(indices, expected_indices)
    (dx,) = torch.autograd.grad(expected, x_torch, torch.ones_like(expected))
    ours = cnnbook.max_pool2d_backward(np.ones(y.shape), x, 2, padding=1)
    np.testing.assert_array_equal(ours, dx)


def test_padding_of_integers_is_the_smallest() -> None:
    x = np.full((1, 2, 2), -5)
    np.testing.assert_array_equal(cnnbook.max_pool2d(x, 2, padding=1), np.full((1, 2, 2), -5))


def test_a_window_that_steps_over_the_image() -> None:
    x = np.ones((1, 2, 2))
    arguments = {"kernel_size": 2, "stride": 2, "padding": 1, "dilation": 3}
    y, indices = cnnbook.max_pool2d(x, **arguments, return_indices=True)
    np.testing.assert_array_equal(y, F.max_pool2d(tensor(x), **arguments))
    np.testing.assert_array_equal(indices, [[[-1]]])
    assert not cnnbook.max_pool2d_backward(np.ones((1, 1, 1)), x, **arguments).any()


@given(poolings((np.int64,)))
def test_max_pooling_commutes_with_increasing_maps(call: Call) -> None:
    x, arguments = call
    y = cnnbook.max_pool2d(x, **arguments)
    np.testing.assert_array_equal(cnnbook.max_pool2d(x**3 + 2 * x, **arguments), y**3 + 2 * y)


def test_planes_are_pooled_alike_in_any_block(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).integers(-3, 3, (3, 5, 9, 8)).astype(np.float32)
    x[0, 1, 2, 3] = np.nan
    whole = cnnbook.max_pool2d(x, 3, 2, 1, return_indices=True)
    gradient = cnnbook.max_pool2d_backward(whole[0], x, 3, 2, 1)
    mean = cnnbook.avg_pool2d(x, 3, 2, 1)
    mean_gradient = cnnbook.avg_pool2d_backward(mean, x, 3, 2, 1)
    monkeypatch.setattr(planes, "BLOCK_BYTES", 1)
    again = cnnbook.max_pool2d(x, 3, 2, 1, return_indices=True)
    np.testing.assert_array_equal(again[0], whole[0])
    np.testing.assert_array_equal(again[1], whole[1])
    np.testing.assert_array_equal(cnnbook.max_pool2d_backward(whole[0], x, 3, 2, 1), gradient)
    np.testing.assert_array_equal(cnnbook.avg_pool2d(x, 3, 2, 1), mean)
    np.testing.assert_array_equal(cnnbook.avg_pool2d_backward(mean, x, 3, 2, 1), mean_gradient)


# Mean, sum, global. -------------------------------------------------------------------------

divisors = st.none() | st.sampled_from([-3, 1, 5])


@given(poolings(dilated=False), st.booleans(), divisors)
def test_avg_pool2d_equals_torch(call: Call, include: bool, divisor: int | None) -> None:
    x, arguments = call
    options = {**arguments, "count_include_pad": include, "divisor_override": divisor}
    expected = F.avg_pool2d(tensor(x), **options).numpy()
    y = cnnbook.avg_pool2d(x, **options)
    assert y.dtype == x.dtype
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
    if x.dtype == np.int64:
        np.testing.assert_array_equal(y, expected)


@given(poolings(FLOATS, dilated=False), st.booleans(), divisors)
def test_avg_pool2d_backward_equals_autograd(
    call: Call, include: bool, divisor: int | None
) -> None:
    x, arguments = call
    options = {**arguments, "count_include_pad": include, "divisor_override": divisor}
    x_torch = tensor(x).requires_grad_()
    y = F.avg_pool2d(x_torch, **options)
    dy = random_array(np.random.default_rng(0), tuple(y.shape), x.dtype.type)
    (expected,) = torch.autograd.grad(y, x_torch, tensor(dy))
    dx = cnnbook.avg_pool2d_backward(dy, x, **options)
    assert dx.dtype == x.dtype
    np.testing.assert_allclose(dx, expected, rtol=1e-5, atol=1e-5)


@given(poolings((np.int64,), dilated=False))
def test_sum_pool2d_is_the_mean_times_the_window_and_has_its_adjoint(call: Call) -> None:
    x, arguments = call
    arguments = {k: v for k, v in arguments.items() if k != "ceil_mode"}
    if F.max_pool2d(tensor(x), **arguments).numel() == 0 and x.size:
        return
    y = cnnbook.sum_pool2d(x, **arguments)
    np.testing.assert_array_equal(
        y, F.avg_pool2d(tensor(x), **arguments, divisor_override=1).numpy()
    )
    dy = random_array(np.random.default_rng(0), y.shape, np.int64)
    assert np.sum(y * dy) == np.sum(x * cnnbook.sum_pool2d_backward(dy, x, **arguments))


def test_avg_pool2d_of_the_book() -> None:
    y = cnnbook.avg_pool2d(SMALL.astype(float), 2)
    np.testing.assert_array_equal(y, [[[3, 4], [5, 2]]])
    np.testing.assert_array_equal(cnnbook.sum_pool2d(SMALL, 2), [[[12, 16], [20, 8]]])


@pytest.mark.parametrize("divisor", [1, 2, -2, 3, -3, 7, 2**62, -(2**63), 2**63 - 1])
def test_means_of_integers_are_cut_off_towards_zero_however_large(divisor: int) -> None:
    low, high = -(2**63), 2**63 - 1
    x = np.array([low, low + 1, -7, -1, 0, 1, 7, high]).reshape(1, 1, 8)
    exact = [abs(int(v)) // abs(divisor) for v in x.flat]
    signs = [1 if (int(v) < 0) == (divisor < 0) else -1 for v in x.flat]
    expected = [sign * size for sign, size in zip(signs, exact, strict=True)]
    y = cnnbook.avg_pool2d(x, 1, divisor_override=divisor)
    assert y.ravel().tolist() == expected


@pytest.mark.parametrize("divisor", [2**63, 10**30])
def test_a_divisor_of_more_than_64_bits_is_refused(divisor: int) -> None:
    with pytest.raises(ValueError, match=r"avg_pool2d: divisor_override is .*; expected another"):
        cnnbook.avg_pool2d(SMALL, 2, divisor_override=divisor)


def test_an_array_is_no_stride() -> None:
    with pytest.raises(TypeError, match=r"max_pool2d: stride is array\(\[2, 2\]\) of type ndarray"):
        cnnbook.max_pool2d(SMALL, 2, np.array([2, 2]))  # type: ignore[arg-type]


def test_infinities_meet_silently() -> None:
    x = np.array([[[np.inf, -np.inf, 1.0], [1.0, 1.0, 1.0]]])
    np.testing.assert_array_equal(cnnbook.avg_pool2d(x, 2, 1), [[[np.nan, -np.inf]]])
    assert np.isnan(cnnbook.global_avg_pool2d(x)).all()
    assert np.isnan(cnnbook.sum_pool2d(x, 2, 1)[0, 0, 0])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(2, 3, 5, 4), (3, 5, 4), (0, 3, 5, 4)])
def test_global_avg_pool2d_equals_torch(shape: tuple[int, ...], dtype: type) -> None:
    x = random_array(np.random.default_rng(0), shape, dtype)
    x_torch = tensor(x).requires_grad_()
    expected = F.adaptive_avg_pool2d(x_torch, 1).flatten(-3)
    y = cnnbook.global_avg_pool2d(x)
    assert (y.shape, y.dtype) == (shape[:-2], dtype)
    np.testing.assert_allclose(y, expected.detach(), rtol=1e-5)
    dy = random_array(np.random.default_rng(1), y.shape, dtype)
    (dx,) = torch.autograd.grad(expected, x_torch, tensor(dy))
    np.testing.assert_allclose(cnnbook.global_avg_pool2d_backward(dy, x), dx, rtol=1e-5)


# Refusals. ----------------------------------------------------------------------------------

X = np.ones((2, 3, 6, 6))
COMMON = [
    ({"x": np.ones((6, 6))}, ValueError, r"x has 2 axes, .*expected 4 or 3 axes, \(N, C, H, W\)"),
    ({"x": [[1.0]]}, TypeError, r"x is a list; expected a NumPy array"),
    ({"x": X.astype(np.float16)}, TypeError, r"x has dtype float16; expected float32"),
    ({"x": X[:, :0]}, ValueError, r"x has shape \(2, 0, 6, 6\); expected at least one channel"),
    ({"x": X[:, :, :0]}, ValueError, r"x has shape \(2, 3, 0, 6\); expected at least one channel"),
    ({"kernel_size": 0}, ValueError, r"kernel_size is 0; expected at least 1"),
    ({"kernel_size": (2, 2, 2)}, ValueError, r"kernel_size is \(2, 2, 2\); expected an integer or"),
    ({"kernel_size": 7}, ValueError, r"kernel_size 7 spans 7 pixels, but the input has 6 \+ 0"),
    ({"stride": 0}, ValueError, r"stride is 0; expected at least 1"),
    ({"stride": 1.0}, TypeError, r"stride is 1.0 of type float; expected an integer"),
    ({"padding": 2}, ValueError, r"padding is 2 and kernel_size 3; expected .* half the kernel"),
    ({"padding": -1}, ValueError, r"padding is -1; expected at least 0"),
    ({"padding": "same"}, TypeError, r"padding is 'same' of type str; expected an integer"),
]
OF_MAX = [
    ({"dilation": 0}, ValueError, r"dilation is 0; expected at least 1"),
    ({"dilation": 3}, ValueError, r"kernel_size 3 spans 7 pixels, but the input has 6"),
    ({"dilation": 2, "padding": 2}, ValueError, r"padding is 2 and kernel_size 3; expected"),
    ({"ceil_mode": 1}, TypeError, r"ceil_mode is 1; expected True or False"),
]
OF_MEAN = [
    ({"ceil_mode": None}, TypeError, r"ceil_mode is None; expected True or False"),
    ({"count_include_pad": 0}, TypeError, r"count_include_pad is 0; expected True or False"),
    ({"divisor_override": 0}, ValueError, r"divisor_override is 0; expected another integer"),
    ({"divisor_override": 2.0}, TypeError, r"divisor_override is 2.0 of type float"),
]
CASES = [
    (name, *case)
    for name, cases in [
        ("max_pool2d", COMMON + OF_MAX),
        ("avg_pool2d", COMMON + OF_MEAN),
        ("sum_pool2d", COMMON),
    ]
    for case in cases
]


@pytest.mark.parametrize(("name", "arguments", "error", "message"), CASES)
def test_refusals(
    name: str, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{name}: {message}"):
        getattr(cnnbook, name)(**{"x": X, "kernel_size": 3, **arguments})
    # The backward pass refuses the same, before it looks at the gradient.
    backward = f"{name}_backward"
    if name != "avg_pool2d" or "dtype" not in message:
        with pytest.raises(error, match=f"^{backward}: {message}"):
            getattr(cnnbook, backward)(None, **{"x": X, "kernel_size": 3, **arguments})


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d", "sum_pool2d"])
def test_refused_gradients(name: str) -> None:
    backward = getattr(cnnbook, f"{name}_backward")
    with pytest.raises(ValueError, match=r"grad_output has shape \(2, 3, 3, 3\); .* 3, 2, 2\)"):
        backward(np.ones((2, 3, 3, 3)), X, 3)
    with pytest.raises(TypeError, match=r"grad_output is float32, x is float64; expected one"):
        backward(np.ones((2, 3, 2, 2), np.float32), X, 3)


def test_max_pool2d_refuses_a_number_for_return_indices() -> None:
    with pytest.raises(TypeError, match=r"max_pool2d: return_indices is 1; expected True or"):
        cnnbook.max_pool2d(X, 3, return_indices=1)


def test_means_of_integers_have_no_gradient() -> None:
    with pytest.raises(TypeError, match=r"avg_pool2d_backward: x has dtype int64; expected float"):
        cnnbook.avg_pool2d_backward(np.ones((1, 1, 1), int), np.ones((1, 2, 2), int), 2)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (np.ones((2, 2)), ValueError, r"x has 2 axes"),
        (np.ones((1, 2, 0, 2)), ValueError, r"x has shape \(1, 2, 0, 2\); expected at least one"),
        (np.ones((1, 2, 2), int), TypeError, r"x has dtype int64; expected float32 or float64"),
        (3.0, TypeError, r"x is a float; expected a NumPy array"),
    ],
)
def test_global_refusals(x: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^global_avg_pool2d: {message}"):
        cnnbook.global_avg_pool2d(x)
    with pytest.raises(error, match=f"^global_avg_pool2d_backward: {message}"):
        cnnbook.global_avg_pool2d_backward(np.ones(2), x)


def test_global_refuses_another_gradient() -> None:
    with pytest.raises(ValueError, match=r"grad_output has shape \(3,\); .* \(2, 3\)"):
        cnnbook.global_avg_pool2d_backward(np.ones(3), X)
