"""The ways of computing a convolution: the rule that chooses, and each way by itself."""

from types import ModuleType

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnbook
from cnnbook import engine
from cnnbook.arguments.convolution import Arguments, check_convolution
from cnnbook.engine import fourier, im2col, matmul, unrolled
from tests.strategies import FLOATS, TOLERANCE, Case, convolutions, random_array

#: One call that takes each way: (x, weight).
WAYS = {
    "matmul": ((2, 4, 9, 10), (6, 4, 1, 1)),
    "fourier": ((2, 2, 50, 51), (6, 2, 23, 24)),
    "im2col": ((2, 4, 9, 10), (6, 4, 3, 3)),
    "unrolled": ((8, 4, 9, 10), (6, 4, 3, 3)),
    # Many channels: the gradient of the input is a convolution with the turned kernel.
    "unrolled, turned": ((8, 16, 9, 10), (6, 16, 3, 3)),
}
MODULES = {"matmul": matmul, "fourier": fourier, "im2col": im2col, "unrolled": unrolled}


def spelt_out(case: Case) -> tuple[np.ndarray, Arguments]:
    """Return x with a batch axis, and the arguments as the engine takes them."""
    x = case.x if case.x.ndim == 4 else case.x[None]
    order = ("stride", "padding", "dilation", "groups")
    values = [case.arguments[name] for name in order]
    return x, check_convolution("test", x, case.weight, case.bias, *values, "zeros")


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_the_rule_and_each_way(name: str, dtype: type) -> None:
    rng = np.random.default_rng(0)
    x, weight = (random_array(rng, shape, dtype) for shape in WAYS[name])
    bias = random_array(rng, (6,), dtype)
    a = check_convolution("test", x, weight, bias, 1, 0, 1, 1, "zeros")
    assert engine.way(a, x, weight) == name.split(",")[0]
    tensors = [torch.from_numpy(array).requires_grad_() for array in (x, weight, bias)]
    expected = F.conv2d(*tensors)
    limit = TOLERANCE[dtype]
    y = cnnbook.conv2d(x, weight, bias)
    np.testing.assert_allclose(y, expected.detach(), rtol=limit, atol=limit)
    dy = random_array(rng, y.shape, dtype)
    gradients = torch.autograd.grad(expected, tensors, torch.from_numpy(dy))
    for ours, theirs in zip(cnnbook.conv2d_backward(dy, x, weight), gradients, strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=10 * limit, atol=10 * limit)


def test_integers_and_infinities_take_no_fourier_transform() -> None:
    x, weight = (np.ones(shape) for shape in WAYS["fourier"])
    a = check_convolution("test", x, weight, None, 1, 0, 1, 1, "zeros")
    assert engine.way(a, x, weight) == "fourier"
    assert engine.way(a, x.astype(int), weight.astype(int)) == "unrolled"
    for value in (np.inf, np.nan):
        x[0, 0, 0, 0] = value
        assert engine.way(a, x, weight) == "unrolled"


def against_torch(module: ModuleType, case: Case, seed: int) -> None:
    """Compare one way's three functions with torch, whatever the rule would choose."""
    x, a = spelt_out(case)
    arrays = [x, case.weight] if case.bias is None else [x, case.weight, case.bias]
    tensors = [torch.from_numpy(t.copy()).requires_grad_() for t in arrays]
    y = F.conv2d(*tensors, **case.arguments)
    limit = TOLERANCE[x.dtype.type] * 10
    ours = module.forward(x, case.weight, case.bias, a)
    np.testing.assert_allclose(ours, y.detach(), rtol=limit, atol=limit)
    dy = random_array(np.random.default_rng(seed), ours.shape, x.dtype.type)
    dx, dw = torch.autograd.grad(y, tensors[:2], torch.from_numpy(dy))
    np.testing.assert_allclose(module.weight_gradient(dy, x, a), dw, rtol=limit, atol=limit)
    size = x.shape[-2:]
    back = module.input_gradient(dy, case.weight, a, size)
    np.testing.assert_allclose(back, dx, rtol=limit, atol=limit)
    if module is unrolled and a.stride == (1, 1):
        back = unrolled.input_gradient_stride_1(dy, case.weight, a, size)
        np.testing.assert_allclose(back, dx, rtol=limit, atol=limit)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("module", [unrolled, im2col, fourier])
@settings(max_examples=100)
@given(case=convolutions(FLOATS), seed=st.integers(0, 99))
def test_every_way_serves_every_argument(module: ModuleType, case: Case, seed: int) -> None:
    against_torch(module, case, seed)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("narrow", [0, 1000], ids=["pixels last", "images last"])
@settings(max_examples=50)
@given(case=convolutions(FLOATS), seed=st.integers(0, 99))
def test_columns_in_both_orders(narrow: int, case: Case, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unrolled, "NARROW", narrow)
        against_torch(unrolled, case, seed)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kernel", [(1, 5), (3, 3), (4, 2)])
@pytest.mark.parametrize("dilation", [1, (1, 2), (2, 1), 2])
@pytest.mark.parametrize("stride", [1, (2, 1)])
def test_depthwise_copies_whole_lines(
    dtype: type, kernel: tuple[int, int], dilation: int | tuple[int, int], stride: int
) -> None:
    """In blocks of one size and of another, with an infinity where a seam of two images is."""
    rng = np.random.default_rng(0)
    x, weight = random_array(rng, (9, 3, 12, 40), dtype), random_array(rng, (3, 1, *kernel), dtype)
    bias = random_array(rng, (3,), dtype)
    x[4, 1, 5, -1], x[5, 1, 5, 0] = np.inf, -np.inf
    arguments = {"stride": stride, "padding": (2, 1), "dilation": dilation, "groups": 3}
    a = check_convolution("test", x, weight, bias, *arguments.values(), "zeros")
    # A dilation of the rows makes images of every other row: these go the common way.
    assert unrolled.whole_lines(np.empty((3, 1, 1)), a) == (a.dilation[0] == 1)
    expected = F.conv2d(*map(torch.from_numpy, (x, weight, bias)), **arguments)
    for size in (unrolled.BLOCK_BYTES, 1 << 14):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(unrolled, "BLOCK_BYTES", size)
            patch.setattr(unrolled, "GROUP_COLUMNS", size // 100)
            with np.errstate(invalid="ignore"):
                y = unrolled.forward(x, weight, bias, a)
        limit = TOLERANCE[dtype]
        np.testing.assert_allclose(y, expected, rtol=limit, atol=limit)


@settings(max_examples=100)
@given(case=convolutions(FLOATS, max_kernel=1), seed=st.integers(0, 99))
def test_pointwise_serves_every_argument(case: Case, seed: int) -> None:
    against_torch(matmul, case, seed)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_blocks_and_bands_of_every_size(
    stride: int, dilation: int, groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut the work as finely as possible: one image, one group, few rows at a time."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 4, 17, 19))
    weight = rng.standard_normal((8, 4 // groups, 3, 3))
    a = check_convolution("test", x, weight, None, stride, 2, dilation, groups, "zeros")
    whole = unrolled.forward(x, weight, None, a)
    dy = rng.standard_normal(whole.shape)
    whole_dw = unrolled.weight_gradient(dy, x, a)
    whole_dx = unrolled.input_gradient(dy, weight, a, (17, 19))
    monkeypatch.setattr(unrolled, "BLOCK_BYTES", 1)
    monkeypatch.setattr(unrolled, "BLOCK_COLUMNS", 1)
    monkeypatch.setattr(unrolled, "GROUP_COLUMNS", 1)
    assert len(list(unrolled.blocks(x, 8, a))) == 3 * groups
    np.testing.assert_allclose(unrolled.forward(x, weight, None, a), whole, atol=1e-12)
    np.testing.assert_allclose(unrolled.weight_gradient(dy, x, a), whole_dw, atol=1e-12)
    np.testing.assert_allclose(
        unrolled.input_gradient(dy, weight, a, (17, 19)), whole_dx, atol=1e-12
    )


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("where", ["x", "weight", "grad_output"])
def test_non_finite_values_go_where_torchs_go(
    name: str, value: float, stride: int, where: str
) -> None:
    rng = np.random.default_rng(0)
    x, weight = (rng.standard_normal(shape) for shape in WAYS[name])
    y_shape = cnnbook.conv2d(x, weight, stride=stride).shape
    arrays = {"x": x, "weight": weight, "grad_output": rng.standard_normal(y_shape)}
    place = tuple(size // 2 for size in arrays[where].shape)
    arrays[where][place] = value
    arrays[where][(0,) * 4] = -value
    x_torch, weight_torch = (torch.from_numpy(t).requires_grad_() for t in (x, weight))
    y = F.conv2d(x_torch, weight_torch, stride=stride)
    dx, dw = torch.autograd.grad(
        y, [x_torch, weight_torch], torch.from_numpy(arrays["grad_output"])
    )
    np.testing.assert_allclose(cnnbook.conv2d(x, weight, stride=stride), y.detach(), atol=1e-9)
    ours = cnnbook.conv2d_backward(arrays["grad_output"], x, weight, stride=stride)
    np.testing.assert_allclose(ours[0], dx, atol=1e-9)
    np.testing.assert_allclose(ours[1], dw, atol=1e-9)


@pytest.mark.parametrize("name", WAYS)
def test_no_batch_and_no_channels(name: str) -> None:
    x, weight = (np.ones(shape) for shape in WAYS[name])
    y = cnnbook.conv2d(x[:0], weight)
    assert y.shape == F.conv2d(torch.from_numpy(x[:0]), torch.from_numpy(weight)).shape
    dx, dw, db = cnnbook.conv2d_backward(y, x[:0], weight)
    assert dx is not None
    assert dx.shape == x[:0].shape
    assert not dw.any()
    assert not db.any()
    bias = np.arange(6.0)
    empty = cnnbook.conv2d(x[:, :0], weight[:, :0], bias)
    np.testing.assert_array_equal(
        empty, np.broadcast_to(bias[:, None, None], y.shape[1:])[None].repeat(len(x), 0)
    )
    dx, dw, _ = cnnbook.conv2d_backward(empty, x[:, :0], weight[:, :0])
    assert dx is not None
    assert (dx.shape, dw.shape) == (x[:, :0].shape, weight[:, :0].shape)


def test_fast_lengths_have_small_factors_only() -> None:
    assert [fourier.fast_length(n) for n in (1, 7, 17, 121, 287)] == [1, 8, 18, 125, 288]
