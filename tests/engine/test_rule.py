"""The choice of a way: no numbers lost, no memory without bound, whatever is asked for."""

import tracemalloc
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnbook
from cnnbook import engine
from cnnbook.arguments.convolution import check_convolution
from cnnbook.engine import fourier, rule, unrolled
from tests.strategies import random_array

FLOATS = (np.float32, np.float64)
#: (x, weight) of a convolution that the Fourier transform does fastest, forward and backward.
LARGE = ((2, 2, 50, 51), (3, 2, 25, 26))
EXPONENTS = {np.float32: (-40, -30, -15, 0, 15, 30, 36, 38), np.float64: (-300, -150, 0, 150, 300)}


def arguments(x: np.ndarray, weight: np.ndarray):
    return check_convolution("test", x, weight, None, 1, 0, 1, 1, "zeros")


def all_of_torch(x: np.ndarray, weight: np.ndarray, dy: np.ndarray) -> list[np.ndarray]:
    """Return torch's output and both gradients, computed in float64."""
    tensors = [torch.from_numpy(t.astype(np.float64)).requires_grad_() for t in (x, weight)]
    y = F.conv2d(*tensors)
    gradients = torch.autograd.grad(y, tensors, torch.from_numpy(dy.astype(np.float64)))
    return [t.detach().numpy() for t in (y, *gradients)]


def all_of_ours(x: np.ndarray, weight: np.ndarray, dy: np.ndarray) -> list[np.ndarray]:
    dx, dw, _ = cnnbook.conv2d_backward(dy, x, weight)
    assert dx is not None
    return [cnnbook.conv2d(x, weight), dx, dw]


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_example_goes_by_the_fourier_transform(dtype: type) -> None:
    x, weight = (np.ones(shape, dtype) for shape in LARGE)
    a = arguments(x, weight)
    dy = np.ones((2, 3, *a.out), dtype)
    assert engine.way(a, x, weight) == "fourier"
    assert rule.weight_gradient(dy, x, a) == "fourier"
    assert rule.input_gradient(dy, weight, a, x.shape[2:]) == "fourier"


@pytest.mark.parametrize(
    ("dtype", "first", "second"),
    [(dtype, *pair) for dtype in FLOATS for pair in product(EXPONENTS[dtype], repeat=2)],
)
def test_finite_numbers_of_every_size(dtype: type, first: int, second: int) -> None:
    """As torch in float64, cut to the dtype: infinite only where the answer is."""
    rng = np.random.default_rng(0)
    x, weight = (rng.uniform(0.5, 1, shape) for shape in LARGE)
    dy = rng.uniform(0.5, 1, (2, 3, 26, 26))
    x, dy = (t * 10.0**first for t in (x, dy))
    weight = weight * 10.0**second
    with np.errstate(all="ignore"):
        x, weight, dy = (t.astype(dtype) for t in (x, weight, dy))
        expected = [t.astype(dtype) for t in all_of_torch(x, weight, dy)]
    for ours, theirs in zip(all_of_ours(x, weight, dy), expected, strict=True):
        smallest = 2e4 * np.finfo(dtype).smallest_subnormal  # a sum of so many rounded numbers
        # Just below the largest number float32 may round up to infinity in a partial sum.
        edge = np.abs(theirs) > np.finfo(dtype).max / 1.01
        np.testing.assert_allclose(ours[~edge], theirs[~edge], rtol=1e-4, atol=smallest)


def test_the_cases_that_came_out_infinite() -> None:
    for value in (1e36, 1e38):
        x, weight = np.full((1, 1, 20, 20), value, "f4"), np.full((1, 1, 14, 14), 1e-3, "f4")
        y = cnnbook.conv2d(x, weight)
        np.testing.assert_allclose(y, np.full((1, 1, 7, 7), 0.196 * value), rtol=1e-5)
    x, weight = np.zeros((1, 1, 60, 60)), np.zeros((1, 1, 40, 40))
    x[..., 30, 30], weight[..., 20, 20] = 1e300, 1e100
    y = cnnbook.conv2d(x, weight)
    assert np.isinf(y).sum() == 1
    assert not np.isnan(y).any()


@settings(max_examples=40)
@given(
    dtype=st.sampled_from(FLOATS),
    powers=st.tuples(*[st.integers(-140, 120)] * 3),
    seed=st.integers(0, 99),
)
def test_a_scaled_input_gives_a_scaled_output(
    dtype: type, powers: tuple[int, int, int], seed: int
) -> None:
    """By powers of two, which are exact, wherever the result is a normal number."""
    rng = np.random.default_rng(seed)
    arrays = [random_array(rng, shape, dtype) for shape in (*LARGE, (2, 3, 26, 26))]
    plain = all_of_ours(*arrays)
    with np.errstate(all="ignore"):
        scaled = [np.ldexp(t, power) for t, power in zip(arrays, powers, strict=True)]
    x_power, w_power, dy_power = powers
    together = (x_power + w_power, dy_power + w_power, dy_power + x_power)
    for ours, once, power in zip(all_of_ours(*scaled), plain, together, strict=True):
        if max(*powers, power) < 100 and min(*powers, power) > -90:
            largest = np.abs(once).max()
            np.testing.assert_allclose(np.ldexp(ours, -power), once, rtol=0, atol=1e-5 * largest)


@pytest.mark.parametrize("dtype", FLOATS)
def test_rounding_is_what_the_docstring_says(dtype: type) -> None:
    """A huge pixel in a corner: the error is relative to image and kernel as a whole."""
    rng = np.random.default_rng(0)
    x, weight = (random_array(rng, shape, dtype) for shape in LARGE)
    x[:, :, 0, 0] = 1e6
    a = arguments(x, weight)
    assert engine.way(a, x, weight) == "fourier"
    exact = unrolled.forward(x.astype(np.longdouble), weight.astype(np.longdouble), None, a)
    norms = np.linalg.norm(x.reshape(2, 1, -1), axis=2) * np.linalg.norm(
        weight.reshape(3, -1), axis=1
    )
    error = np.abs(cnnbook.conv2d(x, weight) - exact).max(axis=(2, 3)) / norms
    assert error.max() < {np.float32: 5e-7, np.float64: 1e-15}[dtype]


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("dtype", FLOATS)
def test_infinite_weights_beside_padding_are_nan_as_in_float64(dtype: type, groups: int) -> None:
    """In float32 torch leaves some zeros of the padding out: 1 in place of NaN for two groups."""
    x = np.ones((1, groups, 1, 1), dtype)
    weight = np.array([[[[np.inf, 1]]]] * groups, dtype)
    tensors = (torch.from_numpy(t.astype(np.float64)) for t in (x, weight))
    expected = F.conv2d(*tensors, padding=(0, 1), groups=groups)
    y = cnnbook.conv2d(x, weight, padding=(0, 1), groups=groups)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(y, [[[[np.nan, np.inf]]] * groups])


MEBIBYTE = 1 << 20


def peak_of(call: Callable[[], np.ndarray]) -> int:
    """Return the most bytes allocated at once, less the result."""
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - result.nbytes


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(
    ("channels", "side", "k"), [(64, 64, 14), (48, 64, 25), (24, 40, 29)], ids=str
)
def test_many_channels_and_large_kernels_take_bounded_memory(
    channels: int, side: int, k: int, stride: int
) -> None:
    """All spectra at once would be 97 MiB in the smallest case; the taps of all pixels more."""
    x = np.ones((2, channels, side, side), np.float32)
    weight = np.ones((channels, channels, k, k), np.float32)
    a = check_convolution("test", x, weight, None, stride, k // 2, 1, 1, "zeros")
    dy = np.ones((2, channels, *a.out), np.float32)
    room = 64 * MEBIBYTE + 3 * weight.nbytes
    assert peak_of(lambda: engine.forward(x, weight, None, a)) < room
    assert peak_of(lambda: engine.weight_gradient(dy, x, a)) < room
    assert peak_of(lambda: engine.input_gradient(dy, weight, a, x.shape[2:])) < room


@pytest.mark.parametrize(
    ("shape", "k"), [((1, 64, 128, 128), 14), ((1, 128, 256, 256), 14), ((1, 64, 56, 56), 10)]
)
def test_many_channels_need_larger_kernels(shape: tuple[int, ...], k: int) -> None:
    """128→128 on 256² with 14×14 took 12.6 GB and ten times as long by the Fourier transform."""
    x = np.broadcast_to(np.float32(1), shape)
    weight = np.broadcast_to(np.float32(1), (shape[1], shape[1], k, k))
    a = arguments(x, weight)
    dy = np.broadcast_to(np.float32(1), (1, shape[1], *a.out))
    assert engine.way(a, x, weight) == "unrolled"
    assert rule.input_gradient(dy, weight, a, shape[2:]) == "turned"


def test_spectra_are_cut_into_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((5, 12, 15, 16)), rng.standard_normal((9, 4, 5, 6))
    a = check_convolution("test", x, weight, None, 2, 1, 1, 3, "zeros")
    dy = rng.standard_normal((5, 9, *a.out))

    def everything() -> list[np.ndarray]:
        return [
            fourier.forward(x, weight, None, a),
            fourier.weight_gradient(dy, x, a),
            fourier.input_gradient(dy, weight, a, (15, 16)),
        ]

    whole = everything()
    for fewest in (1, 2, 7, 30):
        monkeypatch.setattr(fourier, "BLOCK_BYTES", 1)
        monkeypatch.setattr(fourier, "FEWEST", fewest)
        for ours, theirs in zip(everything(), whole, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-12)
