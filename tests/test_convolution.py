"""conv2d and conv1d, forward and backward: against torch, by known answers, by laws."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnbook
from tests.strategies import (
    FLOATS,
    TOLERANCE,
    Case,
    convolutions,
    random_array,
    scattered,
)

ignore_same = pytest.mark.filterwarnings("ignore:Using padding='same'")


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.copy())


def close(ours: np.ndarray, theirs: torch.Tensor, tolerance: float | None = None) -> None:
    reference = theirs.detach().numpy()
    assert ours.shape == reference.shape
    assert ours.dtype == reference.dtype
    limit = TOLERANCE[ours.dtype.type] if tolerance is None else tolerance
    np.testing.assert_allclose(ours, reference, rtol=limit, atol=limit)


@ignore_same
@given(convolutions())
def test_conv2d_equals_torch(case: Case) -> None:
    bias = None if case.bias is None else tensor(case.bias)
    expected = F.conv2d(tensor(case.x), tensor(case.weight), bias, **case.arguments)
    close(cnnbook.conv2d(case.x, case.weight, case.bias, **case.arguments), expected)


@ignore_same
@given(convolutions(FLOATS), st.integers(0, 99))
def test_conv2d_backward_equals_autograd(case: Case, seed: int) -> None:
    tensors = [tensor(a).requires_grad_() for a in (case.x, case.weight)]
    bias = torch.zeros(len(case.weight), dtype=tensors[0].dtype, requires_grad=True)
    y = F.conv2d(*tensors, bias, **case.arguments)
    grad_output = random_array(np.random.default_rng(seed), tuple(y.shape), case.x.dtype.type)
    expected = torch.autograd.grad(y, [*tensors, bias], tensor(grad_output))
    ours = cnnbook.conv2d_backward(scattered(grad_output), case.x, case.weight, **case.arguments)
    for gradient, reference in zip(ours, expected, strict=True):
        close(gradient, reference)


@pytest.mark.parametrize("dtype", FLOATS)
def test_awkward_shapes_agree_with_torch(dtype: type) -> None:
    rng = np.random.default_rng(3)
    x = scattered(random_array(rng, (2, 2, 11, 13), dtype))
    weight, bias = random_array(rng, (3, 2, 2, 4), dtype), random_array(rng, (3,), dtype)
    tensors = [tensor(a).requires_grad_() for a in (x, weight, bias)]
    y = F.conv2d(*tensors, stride=(2, 3), padding=(1, 2))
    close(cnnbook.conv2d(x, weight, bias, stride=(2, 3), padding=(1, 2)), y)
    dy = random_array(rng, tuple(y.shape), dtype)
    ours = cnnbook.conv2d_backward(dy, x, weight, stride=(2, 3), padding=(1, 2))
    for gradient, reference in zip(ours, torch.autograd.grad(y, tensors, tensor(dy)), strict=True):
        close(gradient, reference, 1e-4 if dtype is np.float32 else 1e-8)


@ignore_same
@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [(1, 2), "same", 0])
@pytest.mark.parametrize("kernel", [(2, 4), (3, 3)])
def test_padding_modes_equal_torchs_layer(
    mode: str, padding: int | str, kernel: tuple[int, int]
) -> None:
    rng = np.random.default_rng(5)
    layer = torch.nn.Conv2d(4, 6, kernel, 1, padding, 1, 2, padding_mode=mode).double()
    weight = layer.weight.detach().numpy()
    x = rng.standard_normal((2, 4, 7, 6))
    x_torch = tensor(x).requires_grad_()
    y = layer(x_torch)
    arguments = {"padding": padding, "groups": 2, "padding_mode": mode}
    close(cnnbook.conv2d(x, weight, layer.bias.detach().numpy(), **arguments), y)
    dy = rng.standard_normal(tuple(y.shape))
    expected = torch.autograd.grad(y, [x_torch, layer.weight, layer.bias], tensor(dy))
    ours = cnnbook.conv2d_backward(dy, x, weight, **arguments)
    for gradient, reference in zip(ours, expected, strict=True):
        close(gradient, reference, 1e-8)


@ignore_same
@settings(max_examples=40)
@given(convolutions(max_kernel=3), st.sampled_from(["zeros", "replicate"]))
def test_fast_equals_the_definition(case: Case, mode: str) -> None:
    arguments = {**case.arguments, "padding_mode": mode}
    fast = cnnbook.conv2d(case.x, case.weight, case.bias, **arguments)
    loops = cnnbook.conv2d_loops(case.x, case.weight, case.bias, **arguments)
    limit = TOLERANCE[case.x.dtype.type]
    np.testing.assert_allclose(fast, loops, rtol=limit, atol=limit)
    dy = random_array(np.random.default_rng(1), fast.shape, case.x.dtype.type)
    for ours, definition in zip(
        cnnbook.conv2d_backward(dy, case.x, case.weight, **arguments),
        cnnbook.conv2d_backward_loops(dy, case.x, case.weight, **arguments),
        strict=True,
    ):
        assert ours.dtype == definition.dtype == case.x.dtype
        np.testing.assert_allclose(ours, definition, rtol=limit, atol=limit)


def test_int64_is_exact_beyond_floats() -> None:
    big = 2**60 + 1
    x, weight = np.full((1, 1, 2, 2), big), np.ones((1, 1, 1, 2), int)
    np.testing.assert_array_equal(cnnbook.conv2d(x, weight), np.full((1, 1, 2, 1), 2 * big))
    weight = np.ones((1, 1, 1, 1), int)
    np.testing.assert_array_equal(cnnbook.conv2d(x, weight), x)
    kernel = np.zeros((1, 1, 14, 14), int)
    kernel[0, 0, 0, 0] = 1
    x = np.full((1, 1, 14, 14), big)
    np.testing.assert_array_equal(cnnbook.conv2d(x, kernel), [[[[big]]]])


# Known answers. -----------------------------------------------------------------------------

IMAGE, KERNEL = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)


def test_correlation_and_convolution_of_the_book() -> None:
    np.testing.assert_array_equal(cnnbook.correlate2d(IMAGE, KERNEL), [[19, 25], [37, 43]])
    np.testing.assert_array_equal(cnnbook.convolve2d(IMAGE, KERNEL), [[5, 11], [23, 29]])


def test_padding_and_stride_of_the_book() -> None:
    padded = cnnbook.conv2d(IMAGE[None], KERNEL[None, None], padding=1)
    expected = [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]
    np.testing.assert_array_equal(padded, [expected])
    strided = cnnbook.conv2d(IMAGE[None], KERNEL[None, None], padding=1, stride=(3, 2))
    np.testing.assert_array_equal(strided, [[[0, 8], [6, 8]]])


def test_channels_of_the_book() -> None:
    x = np.stack([IMAGE, IMAGE + 1])
    kernel = np.stack([KERNEL, KERNEL + 1])
    y = cnnbook.conv2d(x, np.stack([kernel, kernel + 1, kernel + 2]))
    expected = [[[56, 72], [104, 120]], [[76, 100], [148, 172]], [[96, 128], [192, 224]]]
    np.testing.assert_array_equal(y, expected)


def test_use_counts_of_the_book() -> None:
    ones = np.ones((1, 5, 5), int)
    kernel = np.ones((1, 1, 3, 3), int)
    for padding, corner, edge, centre in ((0, 1, 3, 9), (1, 4, 6, 9)):
        y = cnnbook.conv2d(ones, kernel, padding=padding)
        counts = cnnbook.conv2d_backward(np.ones_like(y), ones, kernel, padding=padding)[0]
        assert counts is not None
        assert (counts[0, 0, 0], counts[0, 0, 2], counts[0, 2, 2]) == (corner, edge, centre)


def test_known_answer_of_cs231n() -> None:
    x = np.linspace(-0.1, 0.5, 96).reshape(2, 3, 4, 4)
    weight = np.linspace(-0.2, 0.3, 144).reshape(3, 3, 4, 4)
    y = cnnbook.conv2d(x, weight, np.linspace(-0.1, 0.2, 3), stride=2, padding=1)
    assert y.shape == (2, 3, 2, 2)
    assert f"{y.flat[0]:.8f} {y.flat[-1]:.8f}" == "-0.08759809 2.38247847"


def test_three_official_layers_of_the_book() -> None:
    x = np.zeros((20, 16, 50, 100), np.float32)
    for kernel, arguments, shape in [
        ((3, 3), {"stride": 2}, (20, 33, 24, 49)),
        ((3, 5), {"stride": (2, 1), "padding": (4, 2)}, (20, 33, 28, 100)),
        ((3, 5), {"stride": (2, 1), "padding": (4, 2), "dilation": (3, 1)}, (20, 33, 26, 100)),
    ]:
        weight = np.zeros((33, 16, *kernel), np.float32)
        assert cnnbook.conv2d(x, weight, **arguments).shape == shape


# Laws. --------------------------------------------------------------------------------------


@given(convolutions((np.int64,)), st.integers(-5, 5), st.integers(-5, 5))
def test_linear_in_x_and_in_the_weight(case: Case, a: int, b: int) -> None:
    x, weight, _, arguments = case
    other, turned = x[..., ::-1, :] + 1, weight[..., ::-1] - 2
    mixed = cnnbook.conv2d(a * x + b * other, weight, **arguments)
    apart = a * cnnbook.conv2d(x, weight, **arguments) + b * cnnbook.conv2d(
        other, weight, **arguments
    )
    np.testing.assert_array_equal(mixed, apart)
    mixed = cnnbook.conv2d(x, a * weight + b * turned, **arguments)
    apart = a * cnnbook.conv2d(x, weight, **arguments) + b * cnnbook.conv2d(x, turned, **arguments)
    np.testing.assert_array_equal(mixed, apart)


@given(convolutions((np.int64,)), st.sampled_from(["zeros", "replicate"]))
def test_gradients_are_the_adjoints(case: Case, mode: str) -> None:
    x, weight, _, arguments = case
    arguments = {**arguments, "padding_mode": mode}
    y = cnnbook.conv2d(x, weight, **arguments)
    dy = random_array(np.random.default_rng(2), y.shape, np.int64)
    dx, dw, db = cnnbook.conv2d_backward(dy, x, weight, **arguments)
    assert np.sum(y * dy) == np.sum(x * dx) == np.sum(weight * dw)
    np.testing.assert_array_equal(db, np.moveaxis(dy, -3, 0).reshape(len(weight), -1).sum(1))


@given(st.integers(0, 6), st.integers(0, 6))
def test_translation_equivariance_on_a_torus(down: int, right: int) -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.integers(-9, 9, (2, 3, 7, 7)), rng.integers(-9, 9, (4, 3, 3, 3))

    def turned(images: np.ndarray) -> np.ndarray:
        return np.roll(images, (down, right), (2, 3))

    def conv(images: np.ndarray) -> np.ndarray:
        return cnnbook.conv2d(images, weight, padding=1, padding_mode="circular")

    np.testing.assert_array_equal(conv(turned(x)), turned(conv(x)))


def test_the_first_layer_may_skip_its_input_gradient() -> None:
    x, weight = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))
    dy = np.ones((1, 1, 2, 2))
    skipped = cnnbook.conv2d_backward(dy, x, weight, need_input_grad=False)
    whole = cnnbook.conv2d_backward(dy, x, weight)
    assert skipped[0] is None
    np.testing.assert_array_equal(skipped[1], whole[1])
    np.testing.assert_array_equal(skipped[2], whole[2])


def test_no_input_is_written_to_and_no_output_shares_memory() -> None:
    rng = np.random.default_rng(0)
    for kernel in (1, 3, 14):
        x, weight = rng.standard_normal((2, 3, 15, 15)), rng.standard_normal((3, 3, kernel, kernel))
        for array in (x, weight):
            array.flags.writeable = False
        y = cnnbook.conv2d(x, weight)
        y.flags.writeable = False
        for result in (y, *cnnbook.conv2d_backward(y, x, weight)):
            assert result is not None
            assert result.flags.c_contiguous
            assert not np.shares_memory(result, x)
            assert not np.shares_memory(result, weight)


# One dimension. -----------------------------------------------------------------------------


@ignore_same
@given(convolutions(FLOATS, words=False), st.booleans(), st.integers(0, 99))
def test_conv1d_equals_torch(case: Case, same: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    number = {name: v if isinstance(v, int) else v[0] for name, v in case.arguments.items()}
    if same:
        number["stride"], number["padding"] = 1, "same"
    dtype = case.x.dtype.type
    x = random_array(rng, (*case.x.shape[:-2], 20), dtype)
    weight = np.ascontiguousarray(case.weight[..., 0])
    bias = random_array(rng, (len(weight),), dtype)
    tensors = [tensor(a).requires_grad_() for a in (x, weight, bias)]
    y = F.conv1d(*tensors, **number)
    close(cnnbook.conv1d(x, weight, bias, **number), y)
    dy = random_array(rng, tuple(y.shape), dtype)
    expected = torch.autograd.grad(y, tensors, tensor(dy))
    ours = cnnbook.conv1d_backward(dy, x, weight, **number)
    for gradient, reference in zip(ours, expected, strict=True):
        close(gradient, reference)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_conv1d_padding_modes(mode: str) -> None:
    layer = torch.nn.Conv1d(2, 3, 4, padding=2, padding_mode=mode).double()
    x = np.random.default_rng(0).standard_normal((2, 2, 9))
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    x_torch = tensor(x).requires_grad_()
    y = layer(x_torch)
    close(cnnbook.conv1d(x, weight, bias, padding=2, padding_mode=mode), y)
    dy = np.random.default_rng(1).standard_normal(tuple(y.shape))
    dx = cnnbook.conv1d_backward(dy, x, weight, padding=2, padding_mode=mode)[0]
    close(dx, torch.autograd.grad(y, x_torch, tensor(dy))[0])


@pytest.mark.parametrize("kernel", [1, 2, 14])
def test_no_channels_leave_the_bias(kernel: int) -> None:
    x, bias = np.zeros((2, 0, 15, 15)), np.array([1.0, -2.0, 3.0])
    weight = np.zeros((3, 0, kernel, kernel))
    y = cnnbook.conv2d(x, weight, bias)
    np.testing.assert_array_equal(y, np.broadcast_to(bias[:, None, None], y.shape))
    assert y.shape == (2, 3, 16 - kernel, 16 - kernel)
    dx, dw, db = cnnbook.conv2d_backward(np.ones_like(y), x, weight)
    assert dx is not None
    assert (dx.shape, dw.shape) == (x.shape, weight.shape)
    np.testing.assert_array_equal(db, 2.0 * (16 - kernel) ** 2)


def test_two_convolutions_merge_but_for_a_padded_border() -> None:
    """With padding the middle map has a border, which one 5×5 kernel does not know."""
    rng = np.random.default_rng(0)
    image, first, second = rng.normal(size=(9, 9)), *rng.normal(size=(2, 3, 3))
    merged = cnnbook.convolve2d(np.pad(first, 2), second)[None, None]
    for padding, differ in [(0, 0), (1, 32)]:
        middle = cnnbook.conv2d(image[None], first[None, None], padding=padding)
        in_a_row = cnnbook.conv2d(middle, second[None, None], padding=padding)
        at_once = cnnbook.conv2d(image[None], merged, padding=2 * padding)
        assert (~np.isclose(in_a_row, at_once, rtol=0, atol=1e-12)).sum() == differ


def test_two_colours_of_one_luma_are_not_equally_bright() -> None:
    """The red and the green of *Channels*, as CIE lightness of sRGB: 30.5 and 27.3."""
    colours = np.array([[0.587, 0, 0], [0, 0.299, 0]])
    luma = colours @ [0.299, 0.587, 0.114]
    light = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    lightness = 116 * np.cbrt(light @ [0.2126, 0.7152, 0.0722]) - 16
    assert np.isclose(*luma)
    assert lightness.round(1).tolist() == [30.5, 27.3]
