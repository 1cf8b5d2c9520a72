"""conv_transpose2d: against torch, and as the adjoint of conv2d."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import cnnbook
from tests.strategies import FLOATS, TOLERANCE, Case, random_array, transposed_convolutions


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.copy())


def close(ours: np.ndarray, theirs: torch.Tensor) -> None:
    reference = theirs.detach().numpy()
    assert ours.shape == reference.shape
    assert ours.dtype == reference.dtype
    limit = TOLERANCE[ours.dtype.type]
    np.testing.assert_allclose(ours, reference, rtol=limit, atol=limit)


@given(transposed_convolutions())
def test_forward_equals_torch(case: Case) -> None:
    bias = None if case.bias is None else tensor(case.bias)
    expected = F.conv_transpose2d(tensor(case.x), tensor(case.weight), bias, **case.arguments)
    close(cnnbook.conv_transpose2d(case.x, case.weight, case.bias, **case.arguments), expected)


@given(transposed_convolutions(FLOATS), st.integers(0, 99))
def test_backward_equals_autograd(case: Case, seed: int) -> None:
    tensors = [tensor(a).requires_grad_() for a in (case.x, case.weight)]
    c_out = case.weight.shape[1] * case.arguments["groups"]
    bias = torch.zeros(c_out, dtype=tensors[0].dtype, requires_grad=True)
    y = F.conv_transpose2d(*tensors, bias, **case.arguments)
    dy = random_array(np.random.default_rng(seed), tuple(y.shape), case.x.dtype.type)
    expected = torch.autograd.grad(y, [*tensors, bias], tensor(dy))
    ours = cnnbook.conv_transpose2d_backward(dy, case.x, case.weight, **case.arguments)
    for gradient, reference in zip(ours, expected, strict=True):
        close(gradient, reference)


@given(transposed_convolutions((np.int64,)))
def test_it_is_the_adjoint_of_conv2d(case: Case) -> None:
    up = cnnbook.conv_transpose2d(case.x, case.weight, **case.arguments)
    images = random_array(np.random.default_rng(0), up.shape, np.int64)
    arguments = {k: v for k, v in case.arguments.items() if k != "output_padding"}
    down = cnnbook.conv2d(images, case.weight, **arguments)
    # An output_padding beyond the stride makes room for outputs that x does not have.
    down = down[..., : case.x.shape[-2], : case.x.shape[-1]]
    assert np.sum(up * images) == np.sum(case.x * down)


def test_overlaps_of_the_book() -> None:
    ones = np.ones((1, 1, 5), int)
    k3 = cnnbook.conv_transpose2d(ones, np.ones((1, 1, 1, 3), int), stride=(1, 2))
    np.testing.assert_array_equal(k3[0, 0], [1, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1])
    k4 = cnnbook.conv_transpose2d(ones, np.ones((1, 1, 1, 4), int), stride=(1, 2))
    np.testing.assert_array_equal(k4[0, 0], [1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1])
    flat = cnnbook.conv_transpose2d(ones, np.ones((1, 1, 1, 4), int), stride=(1, 2), padding=(0, 2))
    assert set(flat.flat) == {2}


def test_the_input_gradient_may_be_skipped() -> None:
    x, weight = np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2))
    dy = np.ones((1, 1, 3, 3))
    assert cnnbook.conv_transpose2d_backward(dy, x, weight, need_input_grad=False)[0] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"output_padding": 1}, r"conv_transpose2d: output_padding is 1; expected less than"),
        ({"padding": 2}, r"conv_transpose2d: the output would have 0 pixels"),
        ({"padding": -1}, r"conv_transpose2d: padding is -1; expected at least 0"),
        ({"stride": 0}, r"conv_transpose2d: stride is 0; expected at least 1"),
        ({"dilation": 0}, r"conv_transpose2d: dilation is 0; expected at least 1"),
        ({"groups": 3}, r"conv_transpose2d: groups is 3 and x has 4 channels; expected groups"),
        ({"bias": np.ones(3)}, r"conv_transpose2d: bias has shape \(3,\); expected \(2,\)"),
    ],
)
def test_refused_values(arguments: dict[str, object], message: str) -> None:
    x, weight = np.ones((1, 4, 3, 3)), np.ones((4, 2, 2, 2))
    with pytest.raises(ValueError, match=message):
        cnnbook.conv_transpose2d(x, weight, **arguments)


def test_refused_channels() -> None:
    with pytest.raises(ValueError, match=r"weight has 3 input channels, but x has 4"):
        cnnbook.conv_transpose2d(np.ones((1, 4, 3, 3)), np.ones((3, 2, 2, 2)))


def test_refused_words() -> None:
    with pytest.raises(TypeError, match=r"conv_transpose2d: padding is 'same' of type str"):
        cnnbook.conv_transpose2d(np.ones((1, 4, 3, 3)), np.ones((4, 2, 2, 2)), padding="same")


def test_refused_gradient() -> None:
    message = r"conv_transpose2d_backward: grad_output has shape \(1, 2, 3, 3\); expected .* 4, 4\)"
    with pytest.raises(ValueError, match=message):
        cnnbook.conv_transpose2d_backward(
            np.ones((1, 2, 3, 3)), np.ones((1, 4, 3, 3)), np.ones((4, 2, 2, 2))
        )
