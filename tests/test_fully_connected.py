"""linear and flatten against PyTorch, laws, and refusals."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnbook


def draw(rng, *shape, dtype=np.float64):
    return rng.standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("leading", [(), (4,), (2, 3), (0,), (2, 0, 3)])
def test_linear_equals_torch(leading, with_bias, dtype):
    rng = np.random.default_rng(0)
    x = draw(rng, 5, *leading[::-1], dtype=dtype).T  # not contiguous
    weight = draw(rng, 5, 3, dtype=dtype).T
    bias = draw(rng, 3, dtype=dtype) if with_bias else None
    grad_output = draw(rng, *leading, 3, dtype=dtype)
    tensors = [
        None if a is None else torch.tensor(a, requires_grad=True) for a in (x, weight, bias)
    ]
    expected = F.linear(*tensors)
    expected.backward(torch.from_numpy(grad_output))

    y = cnnbook.linear(x, weight, bias)
    gradients = cnnbook.linear_backward(grad_output, x, weight)
    atol = 1e-5 if dtype == np.float32 else 1e-13
    assert y.dtype == dtype
    np.testing.assert_allclose(y, expected.detach().numpy(), atol=atol)
    for gradient, tensor in zip(gradients, tensors, strict=True):
        if tensor is not None:
            assert gradient.dtype == dtype
            np.testing.assert_allclose(gradient, tensor.grad.numpy(), atol=atol)


def test_linear_of_integers_is_exact():
    y = cnnbook.linear(np.array([[1, 2]]), np.array([[3, 4], [1, -1]]), np.array([2**40, 0]))
    assert y.tolist() == [[2**40 + 11, -1]]
    assert y.dtype == np.int64


def test_no_input_features_leaves_the_bias():
    y = cnnbook.linear(np.zeros((2, 0)), np.zeros((3, 0)), np.arange(3.0))
    np.testing.assert_array_equal(y, [[0, 1, 2], [0, 1, 2]])


def test_infinities_go_where_torch_puts_them():
    x, weight = np.array([[np.inf, 1.0], [np.nan, 1.0], [2.0, 1.0]]), np.array([[0.0, 1], [-1, 2]])
    expected = F.linear(torch.from_numpy(x), torch.from_numpy(weight)).numpy()
    np.testing.assert_array_equal(cnnbook.linear(x, weight), expected)


SPECIAL = [0.0, -0.0, 1.0, -2.5, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize(("n_in", "n_out"), [(1, 1), (1, 4), (4, 1), (3, 4), (17, 1), (1, 17)])
def test_no_product_loses_an_infinity_or_a_nan(rows, n_in, n_out, dtype):
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, weight, grad_output = (
            rng.choice(SPECIAL, shape).astype(dtype)
            for shape in ((rows, n_in), (n_out, n_in), (rows, n_out))
        )
        tensors = [torch.tensor(a, requires_grad=True) for a in (x, weight)]
        y = F.linear(*tensors)
        y.backward(torch.from_numpy(grad_output))
        np.testing.assert_allclose(cnnbook.linear(x, weight), y.detach().numpy(), rtol=1e-5)
        gradients = cnnbook.linear_backward(grad_output, x, weight)
        for gradient, tensor in zip(gradients, tensors, strict=False):
            np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-5)


def test_the_input_gradient_can_be_left_out():
    rng = np.random.default_rng(0)
    arguments = draw(rng, 4, 3), draw(rng, 4, 5), draw(rng, 3, 5)
    full = cnnbook.linear_backward(*arguments)
    grad_input, *others = cnnbook.linear_backward(*arguments, need_input_grad=False)
    assert grad_input is None
    for one, other in zip(full[1:], others, strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_linear_is_linear_and_its_backward_is_its_adjoint(n_in, n_out, batch, seed):
    rng = np.random.default_rng(seed)
    x1, x2, weight = draw(rng, batch, n_in), draw(rng, batch, n_in), draw(rng, n_out, n_in)
    y = draw(rng, batch, n_out)
    both = cnnbook.linear(2 * x1 - x2, weight)
    apart = 2 * cnnbook.linear(x1, weight) - cnnbook.linear(x2, weight)
    np.testing.assert_allclose(both, apart, atol=1e-12)
    grad_input, grad_weight, _ = cnnbook.linear_backward(y, x1, weight)
    left = np.sum(cnnbook.linear(x1, weight) * y)
    np.testing.assert_allclose(left, np.sum(x1 * grad_input), atol=1e-12)
    np.testing.assert_allclose(left, np.sum(weight * grad_weight), atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 3, 4), (0, 3, 4), (2, 0, 4), (5,)])
def test_flatten_equals_torch_on_every_axis(shape):
    x = np.arange(float(np.prod(shape))).reshape(shape)
    for axis in range(-len(shape), len(shape)):
        y = cnnbook.flatten(x, axis)
        np.testing.assert_array_equal(y, torch.flatten(torch.from_numpy(x), axis).numpy())
        np.testing.assert_array_equal(cnnbook.flatten_backward(y, x, axis), x)


def test_flatten_keeps_the_batch_unless_told_and_row_order():
    x = np.arange(24).reshape(2, 3, 2, 2)
    assert cnnbook.flatten(x)[1].tolist() == list(range(12, 24))
    assert cnnbook.flatten(np.array(3.0), 0).shape == (1,)


def test_linear_refuses_features_that_do_not_fit():
    with pytest.raises(ValueError, match=r"linear: the last axis of x, shape \(2, 4\), has 4 feat"):
        cnnbook.linear(np.zeros((2, 4)), np.zeros((3, 5)))


def test_linear_says_what_may_have_been_forgotten():
    with pytest.raises(
        ValueError, match=r"weight \(3, 32\); flatten x first: each image becomes o"
    ):
        cnnbook.linear(np.zeros((5, 2, 4, 4)), np.zeros((3, 32)))
    with pytest.raises(ValueError, match=r"weight \(5, 3\); weight.T would fit: its rows are the"):
        cnnbook.linear(np.zeros((2, 5)), np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"the in_features of weight \(3, 7\)$"):
        cnnbook.linear(np.zeros((2, 5)), np.zeros((3, 7)))
    with pytest.raises(TypeError, match=r"linear_backward: need_input_grad is 'no'; expected True"):
        cnnbook.linear_backward(
            np.zeros((2, 3)), np.zeros((2, 5)), np.zeros((3, 5)), need_input_grad="no"
        )


def test_linear_refuses_a_single_number():
    with pytest.raises(ValueError, match=r"linear: x is a single number; expected shape"):
        cnnbook.linear(np.array(1.0), np.zeros((3, 1)))


@pytest.mark.parametrize("shape", [(5,), (3, 5, 1)])
def test_linear_refuses_a_weight_that_is_not_a_matrix(shape):
    with pytest.raises(ValueError, match=r"linear: weight has \d axes.*\(out_features, in_feat"):
        cnnbook.linear(np.zeros((2, 5)), np.zeros(shape))


@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 1)])
def test_linear_refuses_a_bias_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"linear: bias has shape .*; expected \(3,\)"):
        cnnbook.linear(np.zeros((2, 5)), np.zeros((3, 5)), np.zeros(shape))


def test_linear_refuses_mixed_dtypes():
    with pytest.raises(TypeError, match=r"linear: x is float64, weight is float32; expected one"):
        cnnbook.linear(np.zeros((2, 5)), np.zeros((3, 5), np.float32))
    with pytest.raises(TypeError, match=r"linear: x is float64, weight is float64, bias is int64"):
        cnnbook.linear(np.zeros((2, 5)), np.zeros((3, 5)), np.zeros(3, np.int64))


def test_linear_refuses_what_is_not_an_array():
    with pytest.raises(TypeError, match=r"linear: x is a list"):
        cnnbook.linear([1.0], np.zeros((3, 1)))
    with pytest.raises(TypeError, match=r"linear: weight is a list"):
        cnnbook.linear(np.zeros(1), [[1.0]])
    with pytest.raises(TypeError, match=r"linear: bias is a float"):
        cnnbook.linear(np.zeros(1), np.zeros((1, 1)), 0.0)


def test_linear_backward_refuses_what_does_not_fit():
    x, weight = np.zeros((2, 5)), np.zeros((3, 5))
    with pytest.raises(ValueError, match=r"linear_backward: grad_output has shape \(2, 4\); exp"):
        cnnbook.linear_backward(np.zeros((2, 4)), x, weight)
    with pytest.raises(TypeError, match=r"linear_backward: grad_output is float32, x is float64"):
        cnnbook.linear_backward(np.zeros((2, 3), np.float32), x, weight)
    with pytest.raises(ValueError, match=r"linear_backward: the last axis of x"):
        cnnbook.linear_backward(np.zeros((2, 3)), np.zeros((2, 4)), weight)


@pytest.mark.parametrize("axis", [3, -4])
def test_flatten_refuses_an_axis_that_is_not_there(axis):
    with pytest.raises(ValueError, match=rf"flatten: start_axis is {axis}; expected -3 to 2"):
        cnnbook.flatten(np.zeros((2, 3, 4)), axis)


def test_flatten_refuses_wrong_kinds():
    with pytest.raises(TypeError, match=r"flatten: start_axis is 1\.0; expected an integer"):
        cnnbook.flatten(np.zeros((2, 3)), 1.0)
    with pytest.raises(TypeError, match=r"flatten: x is a tuple"):
        cnnbook.flatten((1, 2))


def test_flatten_backward_refuses_another_shape():
    with pytest.raises(ValueError, match=r"flatten_backward: grad_output has shape \(2, 3, 4\)"):
        cnnbook.flatten_backward(np.zeros((2, 3, 4)), np.zeros((2, 3, 4)))
