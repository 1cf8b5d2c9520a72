"""Activations and their backward passes against PyTorch, laws, and refusals."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnbook

ELEMENTWISE = ["relu", "leaky_relu", "gelu", "silu", "sigmoid", "tanh"]
ALONG_AXIS = ["softmax", "log_softmax"]
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-14}
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e30, -1e30, 200.0, -200.0, 1.0]
FEW = settings(max_examples=40, derandomize=True, deadline=None)


def function(name):
    return getattr(cnnbook, name)


def torch_both(name, x, grad_output, **options):
    """Return torch's value and gradient as arrays."""
    tensor = torch.from_numpy(x.copy()).requires_grad_()
    y = getattr(torch if hasattr(torch, name) else torch.nn.functional, name)(tensor, **options)
    y.backward(torch.from_numpy(grad_output.copy()))
    return y.detach().numpy(), tensor.grad.numpy()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_equals_torch(name, dtype):
    rng = np.random.default_rng(1)
    x = (3 * rng.standard_normal((2, 3, 5, 4))).astype(dtype)[:, :, ::2].swapaxes(1, 3)
    x[0, 0, 0, 0] = 0
    grad_output = rng.standard_normal(x.shape).astype(dtype)
    expected, expected_grad = torch_both(name, x, grad_output)
    y = function(name)(x)
    grad = function(f"{name}_backward")(grad_output, x)
    assert y.dtype == grad.dtype == dtype
    np.testing.assert_allclose(y, expected, rtol=0, atol=TOLERANCE[dtype])
    np.testing.assert_allclose(grad, expected_grad, rtol=0, atol=TOLERANCE[dtype])


OPTIONS = [
    *(("leaky_relu", {"negative_slope": slope}) for slope in (0, 0.01, 0.2, 3, -1.5)),
    ("gelu", {"approximate": "none"}),
    ("gelu", {"approximate": "tanh"}),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_options_equal_torch(name, options, dtype):
    rng = np.random.default_rng(6)
    x = (3 * rng.standard_normal((2, 3, 5, 4))).astype(dtype)[:, :, ::2].swapaxes(1, 3)
    x[0, 0, 0, 0] = 0
    grad_output = rng.standard_normal(x.shape).astype(dtype)
    expected, expected_grad = torch_both(name, x, grad_output, **options)
    y = function(name)(x, *options.values())
    grad = function(f"{name}_backward")(grad_output, x, **options)
    assert y.dtype == grad.dtype == dtype
    np.testing.assert_allclose(y, expected, rtol=0, atol=TOLERANCE[dtype])
    np.testing.assert_allclose(grad, expected_grad, rtol=0, atol=4 * TOLERANCE[dtype])


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ALONG_AXIS)
def test_along_axis_equals_torch(name, dtype, axis):
    rng = np.random.default_rng(2)
    x = (3 * rng.standard_normal((4, 3, 2))).astype(dtype).T
    grad_output = rng.standard_normal(x.shape).astype(dtype)
    expected, expected_grad = torch_both(name, x, grad_output, dim=axis)
    y = function(name)(x, axis)
    grad = function(f"{name}_backward")(grad_output, x, axis)
    assert y.dtype == grad.dtype == dtype
    np.testing.assert_allclose(y, expected, rtol=0, atol=TOLERANCE[dtype])
    np.testing.assert_allclose(grad, expected_grad, rtol=0, atol=4 * TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_special_values_equal_torch(name, dtype):
    x = np.array(SPECIAL, dtype)
    grad_output = np.ones_like(x)
    # In float64: oneDNN's GELU of float32 infinity is NaN on some processors, PyTorch's own is not.
    both = torch_both(name, x.astype(np.float64), grad_output.astype(np.float64))
    expected, expected_grad = (answer.astype(dtype) for answer in both)
    np.testing.assert_allclose(function(name)(x), expected, rtol=1e-6)
    grad = function(f"{name}_backward")(grad_output, x)
    np.testing.assert_allclose(grad, expected_grad, rtol=1e-6)


@pytest.mark.parametrize("name", ALONG_AXIS)
@pytest.mark.parametrize("row", [[np.inf, 1, -np.inf], [-np.inf] * 2, [-np.inf, 1], [np.nan, 1]])
def test_along_axis_special_values_equal_torch(name, row):
    x = np.array(row, np.float64)
    grad_output = np.array([1.0, 2.0, 3.0])[: x.size]
    expected, expected_grad = torch_both(name, x, grad_output, dim=-1)
    np.testing.assert_allclose(function(name)(x), expected, rtol=1e-12)
    np.testing.assert_allclose(
        function(f"{name}_backward")(grad_output, x), expected_grad, rtol=1e-12
    )


@pytest.mark.parametrize("x", [-1.0, 0.0, 2.0, np.nan])
@pytest.mark.parametrize("grad", [np.inf, np.nan, 1.0])
def test_relu_backward_sends_no_infinity_through_a_closed_gate(x, grad):
    x, grad = np.array([x], np.float32), np.array([grad], np.float32)
    _, expected = torch_both("relu", x, grad)
    np.testing.assert_array_equal(cnnbook.relu_backward(grad, x), expected)


def test_relu_of_a_zero_of_either_sign_is_a_zero():
    x = np.array([-0.0, 0.0], np.float32)
    np.testing.assert_array_equal(cnnbook.relu(x), torch.relu(torch.from_numpy(x)).numpy())
    assert "−0.0" in cnnbook.relu.__doc__  # whose sign is left open there


def test_relu_keeps_integers():
    x, grad = np.array([-2, 0, 3]), np.array([5, 6, 7])
    assert cnnbook.relu(x).tolist() == [0, 0, 3]
    assert cnnbook.relu_backward(grad, x).tolist() == [0, 0, 7]
    assert cnnbook.relu(x).dtype == np.int64


@pytest.mark.parametrize("name", ELEMENTWISE + ALONG_AXIS)
@pytest.mark.parametrize("shape", [(0, 3), (2, 0), ()])
def test_empty_arrays_and_single_numbers(name, shape):
    x = np.zeros(shape, np.float32)
    options = {"dim": -1} if name in ALONG_AXIS else {}
    expected, expected_grad = torch_both(name, x, np.ones_like(x), **options)
    np.testing.assert_allclose(function(name)(x), expected)
    np.testing.assert_allclose(function(f"{name}_backward")(np.ones_like(x), x), expected_grad)
    assert isinstance(function(name)(x), np.ndarray)


def test_sigmoid_keeps_its_digits_far_below_zero():
    np.testing.assert_allclose(cnnbook.sigmoid(np.array([-700.0])), np.exp([-700.0]), rtol=1e-12)


@FEW
@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=6), st.floats(-1000, 1000))
def test_softmax_laws(row, shift):
    x = np.array(row)
    p = cnnbook.softmax(x)
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(), 1, rtol=1e-12)
    np.testing.assert_allclose(cnnbook.softmax(x + shift), p, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.exp(cnnbook.log_softmax(x)), p, rtol=1e-9, atol=1e-300)
    grad = cnnbook.softmax_backward(np.cos(x), x)
    np.testing.assert_allclose(grad.sum(), 0, atol=1e-12)


def test_gelu_has_the_normal_distributions_values_and_keeps_its_digits_far_below_zero():
    x = np.array([1.0, 2.0, -10.0])  # Φ(x): Abramowitz and Stegun, tables 26.1 and 26.2
    expected = x * [0.841344746068543, 0.977249868051821, 7.61985302416053e-24]
    np.testing.assert_allclose(cnnbook.gelu(x), expected, rtol=1e-14)


def test_gelu_by_tanh_is_as_near_as_its_docstring_says():
    x = np.linspace(-8, 8, 2001)
    gate, exact = cnnbook.gelu(x, "tanh") / x.clip(1e-12), cnnbook.gelu(x) / x.clip(1e-12)
    assert abs(gate - exact)[x > 0].max() < 0.0005
    assert "within 0.0005" in cnnbook.gelu.__doc__


@FEW
@given(st.floats(-30, 30))
def test_a_gate_and_its_mirror_image_add_up_to_one(number):
    x = np.array([number])
    for name in ("gelu", "silu"):
        y = function(name)(x) - function(name)(-x)  # x·g(x) + x·g(−x), with g(x) + g(−x) = 1
        np.testing.assert_allclose(y, x, rtol=1e-14, atol=0)


@FEW
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=6), st.floats(0, 1))
def test_leaky_relu_lies_between_relu_and_its_input(row, slope):
    x = np.array(row)
    np.testing.assert_array_equal(cnnbook.leaky_relu(x, 0.0), cnnbook.relu(x))
    np.testing.assert_array_equal(cnnbook.leaky_relu(x, 1.0), x)
    mixed = slope * x + (1 - slope) * cnnbook.relu(x)
    np.testing.assert_allclose(cnnbook.leaky_relu(x, slope), mixed, atol=1e-14)


@pytest.mark.parametrize("name", ["leaky_relu", "leaky_relu_backward"])
@pytest.mark.parametrize("slope", [None, "0.1", True, [0.1]])
def test_refuses_a_slope_that_is_not_a_number(name, slope):
    arguments = [np.ones(2)] * (2 if name.endswith("backward") else 1)
    with pytest.raises(TypeError, match=rf"{name}: negative_slope is .*; expected a number"):
        function(name)(*arguments, slope)


@pytest.mark.parametrize("name", ["gelu", "gelu_backward"])
def test_refuses_another_way_to_approximate(name):
    arguments = [np.ones(2)] * (2 if name.endswith("backward") else 1)
    with pytest.raises(ValueError, match=rf"{name}: approximate is 'erf'; expected one of 'none',"):
        function(name)(*arguments, "erf")
    with pytest.raises(TypeError, match=rf"{name}: approximate is True .*; expected one of 'none'"):
        function(name)(*arguments, True)


@FEW
@given(st.floats(-800, 800))
def test_sigmoid_of_x_and_of_minus_x_add_up_to_one(number):
    x = np.array([number])
    np.testing.assert_allclose(cnnbook.sigmoid(x) + cnnbook.sigmoid(-x), 1, rtol=1e-15)


@pytest.mark.parametrize("name", ELEMENTWISE + ALONG_AXIS)
def test_refuses_what_is_not_an_array(name):
    with pytest.raises(TypeError, match=rf"{name}: x is a list; expected a NumPy array"):
        function(name)([1.0, 2.0])
    with pytest.raises(TypeError, match=rf"{name}_backward: x is a list"):
        function(f"{name}_backward")(np.ones(2), [1.0, 2.0])
    with pytest.raises(TypeError, match=rf"{name}_backward: grad_output is a float"):
        function(f"{name}_backward")(1.0, np.ones(2))


@pytest.mark.parametrize("name", [*ELEMENTWISE[1:], *ALONG_AXIS])
def test_refuses_integers(name):
    with pytest.raises(TypeError, match=rf"{name}: x has dtype int64; expected float32 or float64"):
        function(name)(np.array([1, 2]))
    with pytest.raises(TypeError, match=rf"{name}_backward: x has dtype int64"):
        function(f"{name}_backward")(np.array([1, 2]), np.array([1, 2]))


def test_relu_refuses_other_dtypes():
    with pytest.raises(TypeError, match=r"relu: x has dtype uint8; expected float32, float64 or"):
        cnnbook.relu(np.zeros(3, np.uint8))


@pytest.mark.parametrize("name", ELEMENTWISE + ALONG_AXIS)
def test_backward_refuses_another_shape_or_dtype(name):
    backward = function(f"{name}_backward")
    with pytest.raises(
        ValueError, match=rf"{name}_backward: grad_output has shape \(3,\); expected \(2, 3\)"
    ):
        backward(np.ones(3), np.ones((2, 3)))
    with pytest.raises(
        TypeError, match=rf"{name}_backward: grad_output is float32, x is float64; expected one"
    ):
        backward(np.ones(3, np.float32), np.ones(3))


@pytest.mark.parametrize("name", ALONG_AXIS)
@pytest.mark.parametrize("axis", [2, -3])
def test_refuses_an_axis_that_is_not_there(name, axis):
    with pytest.raises(ValueError, match=rf"{name}: axis is {axis}; expected -2 to 1"):
        function(name)(np.zeros((2, 3)), axis)
    with pytest.raises(ValueError, match=rf"{name}_backward: axis is {axis}"):
        function(f"{name}_backward")(np.zeros((2, 3)), np.zeros((2, 3)), axis)


@pytest.mark.parametrize("name", ALONG_AXIS)
@pytest.mark.parametrize("axis", [None, 1.0, (0, 1), True])
def test_refuses_an_axis_that_is_not_an_integer(name, axis):
    with pytest.raises(TypeError, match=rf"{name}: axis is .*; expected an integer"):
        function(name)(np.zeros((2, 3)), axis)
