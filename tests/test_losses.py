"""Losses and their gradients against PyTorch, known answers, laws, and refusals."""

import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnbook

REDUCTIONS = ["mean", "sum", "none"]
NAMES = ["cross_entropy", "binary_cross_entropy_with_logits", "mse_loss"]
INF, NAN = np.inf, np.nan


def both_libraries(name, x, targets, reduction, scale=None):
    """Return (ours, torch's), each a loss and a gradient, for a random or given cotangent."""
    tensor = torch.tensor(x, requires_grad=True)
    loss = getattr(F, name)(tensor, torch.tensor(targets), reduction=reduction)
    grad_output = np.asarray(1.0 if scale is None else scale, x.dtype)
    loss.backward(torch.tensor(grad_output).expand(loss.shape))
    ours = getattr(cnnbook, name)(x, targets, reduction)
    grad = getattr(cnnbook, f"{name}_backward")(x, targets, reduction, scale)
    return (ours, grad), (loss.detach().numpy(), tensor.grad.numpy())


def assert_equal_losses(ours, theirs, dtype, rtol):
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.dtype == dtype
        assert mine.shape == other.shape
        np.testing.assert_allclose(mine, other, rtol=rtol, atol=rtol)


CLASS_SHAPES = [((6, 4), (6,)), ((4,), ()), ((2, 3, 5), (2, 5)), ((2, 3, 4, 5), (2, 4, 5))]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("shape", "target_shape"), CLASS_SHAPES)
def test_cross_entropy_equals_torch(shape, target_shape, reduction, dtype):
    rng = np.random.default_rng(0)
    logits = (5 * rng.standard_normal(shape[::-1])).astype(dtype).T
    targets = np.asarray(rng.integers(0, shape[0 if len(shape) == 1 else 1], target_shape))
    scale = rng.standard_normal(target_shape if reduction == "none" else ()).astype(dtype)
    ours, theirs = both_libraries("cross_entropy", logits, targets, reduction, np.asarray(scale))
    assert_equal_losses(ours, theirs, dtype, 2e-6 if dtype == np.float32 else 1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", NAMES[1:])
@pytest.mark.parametrize("shape", [(4, 3), (), (2, 3, 4, 1)])
def test_elementwise_losses_equal_torch(shape, name, reduction, dtype):
    rng = np.random.default_rng(0)
    x = np.asarray(5 * rng.standard_normal(shape[::-1])).astype(dtype).T
    targets = np.asarray(rng.random(shape)).astype(dtype)
    scale = np.asarray(rng.standard_normal(shape if reduction == "none" else ())).astype(dtype)
    ours, theirs = both_libraries(name, x, targets, reduction, scale)
    assert_equal_losses(ours, theirs, dtype, 4e-6 if dtype == np.float32 else 1e-13)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_empty_batches_equal_torch(name, reduction):
    x = np.zeros((0, 3), np.float32)
    targets = np.zeros(0, np.int64) if name == "cross_entropy" else np.zeros((0, 3), np.float32)
    scale = np.zeros(targets.shape, np.float32) if reduction == "none" else None
    (loss, grad), (expected, expected_grad) = both_libraries(name, x, targets, reduction, scale)
    np.testing.assert_array_equal(loss, expected)  # NaN for the mean, 0 for the sum
    np.testing.assert_array_equal(grad, expected_grad)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_special_values_go_where_torch_puts_them(dtype):
    x = np.array([INF, -INF, INF, -INF, NAN, 1e3, -1e3, -1e3], dtype)
    targets = np.array([1, 0, 0, 1, 0, 0, 1, 0], dtype)
    for name in NAMES[1:]:
        ours, theirs = both_libraries(name, x, targets, "none", np.ones_like(x))
        assert_equal_losses(ours, theirs, dtype, 1e-12)
    logits = np.array([[INF, 0], [-INF, 0], [-INF, 0], [1e30, -1e30], [NAN, 0]], dtype)
    classes = np.array([0, 0, 1, 1, 0])
    ours, theirs = both_libraries("cross_entropy", logits, classes, "none", np.ones(5, dtype))
    assert_equal_losses(ours, theirs, dtype, 1e-6)


def test_overflow_is_infinity_without_a_warning():
    x = np.array([1e30], np.float32)
    assert cnnbook.mse_loss(x, -x) == INF


def test_uint8_targets_count_like_int64():
    logits = np.random.default_rng(0).standard_normal((3, 4))
    wide, narrow = np.array([0, 3, 1]), np.array([0, 3, 1], np.uint8)
    assert cnnbook.cross_entropy(logits, wide) == cnnbook.cross_entropy(logits, narrow)


def test_known_answers():
    assert cnnbook.cross_entropy(np.zeros((2, 10)), np.array([3, 4])) == pytest.approx(math.log(10))
    assert cnnbook.binary_cross_entropy_with_logits(np.zeros(3), np.ones(3)) == pytest.approx(
        math.log(2)
    )
    assert cnnbook.mse_loss(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 5.0])) == 5 / 3


def test_a_plain_number_will_do_as_gradient_of_one_loss():
    x, targets = np.array([1.0, 2.0]), np.array([0.0, 0.0])
    np.testing.assert_array_equal(cnnbook.mse_loss_backward(x, targets, "sum", 3), [6, 12])
    np.testing.assert_array_equal(cnnbook.mse_loss_backward(x, targets, "sum", 0.5), [1, 2])


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32 - 1), st.floats(-50, 50))
def test_cross_entropy_laws(batch, classes, seed, shift):
    rng = np.random.default_rng(seed)
    logits, targets = 9 * rng.standard_normal((batch, classes)), rng.integers(0, classes, batch)
    loss = cnnbook.cross_entropy(logits, targets)
    assert loss >= 0
    np.testing.assert_allclose(cnnbook.cross_entropy(logits + shift, targets), loss, atol=1e-11)
    single = cnnbook.cross_entropy(logits, targets, "none")
    np.testing.assert_allclose(single.mean(), loss, rtol=1e-12)
    grad = cnnbook.cross_entropy_backward(logits, targets)
    np.testing.assert_allclose(grad.sum(axis=1), 0, atol=1e-12)


@pytest.mark.parametrize("suffix", ["", "_backward"])
@pytest.mark.parametrize("bad", [3, -1, -100])
def test_cross_entropy_refuses_classes_that_are_not_there(suffix, bad):
    with pytest.raises(
        ValueError, match=rf"cross_entropy{suffix}: targets contains {bad}; expected classes 0 to 2"
    ):
        getattr(cnnbook, f"cross_entropy{suffix}")(np.zeros((2, 3)), np.array([1, bad]))


@pytest.mark.parametrize("dtype", [np.int32, np.float64, np.bool_])
def test_cross_entropy_refuses_other_target_dtypes(dtype):
    with pytest.raises(TypeError, match=r"cross_entropy: targets has dtype .*expected int64 or ui"):
        cnnbook.cross_entropy(np.zeros((2, 3)), np.zeros(2, dtype))


def test_cross_entropy_refuses_targets_that_are_not_an_array():
    with pytest.raises(TypeError, match=r"cross_entropy: targets is a list; expected a NumPy"):
        cnnbook.cross_entropy(np.zeros((2, 3)), [0, 1])


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float32, bool])
@pytest.mark.parametrize(("shape", "axis"), [((2, 3), 1), ((3,), 0), ((2, 3, 4, 4), 1)])
def test_one_hot_targets_are_told_to_become_numbers_of_classes(shape, axis, dtype):
    logits = np.random.default_rng(0).standard_normal(shape)
    one_hot = (logits == logits.max(axis=axis, keepdims=True)).astype(dtype)
    cure = f"targets.argmax(axis={axis})" if axis else "np.array(targets.argmax())"
    words = rf"cross_entropy: targets has the shape of logits, .*; use {re.escape(cure)}$"
    kind = ValueError if dtype in (np.int64, np.uint8) else TypeError
    with pytest.raises(kind, match=words):
        cnnbook.cross_entropy(logits, one_hot)
    cnnbook.cross_entropy(logits, np.array(one_hot.argmax(axis=axis)))  # what it says will do


@pytest.mark.parametrize("targets", [np.array([0.0, 2.0]), np.array([0, 2], np.int32)])
def test_targets_of_another_dtype_are_told_to_be_cast_if_they_are_whole(targets):
    with pytest.raises(TypeError, match=r"class; use targets.astype\(np.int64\)"):
        cnnbook.cross_entropy(np.zeros((2, 3)), targets)
    with pytest.raises(TypeError, match=r"the number of each right class$"):
        cnnbook.cross_entropy(np.zeros((2, 3)), np.array([0.5, 1.0]))
    with pytest.raises(ValueError, match=r"use targets.reshape\(\(2,\)\)"):
        cnnbook.cross_entropy(np.zeros((2, 3)), targets.astype(np.int64)[:, None])


@pytest.mark.parametrize("shape", [(3,), (2, 1), ()])
def test_cross_entropy_refuses_targets_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"cross_entropy: targets has shape .*; expected \(2,\)"):
        cnnbook.cross_entropy(np.zeros((2, 3)), np.zeros(shape, np.int64))


def test_cross_entropy_refuses_wrong_logits():
    with pytest.raises(TypeError, match=r"cross_entropy: logits has dtype int64; expected float32"):
        cnnbook.cross_entropy(np.zeros((2, 3), np.int64), np.zeros(2, np.int64))
    with pytest.raises(ValueError, match=r"cross_entropy: logits is a single number"):
        cnnbook.cross_entropy(np.array(1.0), np.array(0))
    with pytest.raises(TypeError, match=r"cross_entropy: logits is a list"):
        cnnbook.cross_entropy([[1.0]], np.array([0]))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", ["", "_backward"])
def test_refuses_an_unknown_reduction(name, suffix):
    x = np.zeros((2, 3))
    targets = np.zeros(2, np.int64) if name == "cross_entropy" else x
    with pytest.raises(ValueError, match=rf"{name}{suffix}: reduction is 'average'; expected one"):
        getattr(cnnbook, f"{name}{suffix}")(x, targets, "average")
    with pytest.raises(TypeError, match=rf"{name}{suffix}: reduction is None"):
        getattr(cnnbook, f"{name}{suffix}")(x, targets, None)


@pytest.mark.parametrize("name", NAMES)
def test_backward_refuses_a_missing_or_unfit_grad_output(name):
    x = np.zeros((2, 3))
    targets = np.zeros(2, np.int64) if name == "cross_entropy" else x
    backward = getattr(cnnbook, f"{name}_backward")
    with pytest.raises(ValueError, match=rf"{name}_backward: grad_output is missing"):
        backward(x, targets, "none")
    with pytest.raises(ValueError, match=rf"{name}_backward: grad_output has shape \(7,\)"):
        backward(x, targets, "none", np.zeros(7))
    with pytest.raises(ValueError, match=rf"{name}_backward: grad_output has shape \(2,\); exp"):
        backward(x, targets, "mean", np.zeros(2))
    with pytest.raises(TypeError, match=rf"{name}_backward: grad_output is a list"):
        backward(x, targets, "none", [1.0, 2.0])
    with pytest.raises(TypeError, match=rf"{name}_backward: grad_output is a str"):
        backward(x, targets, "mean", "1")
    for number in (2j, np.complex64(2j), True, np.True_):
        with pytest.raises(TypeError, match=rf"{name}_backward: grad_output is .*; expected a num"):
            backward(x, targets, "mean", number)
    with pytest.raises(ValueError, match=rf"{name}_backward: grad_output is 1000.*a float can"):
        backward(x, targets, "mean", 10**400)


@pytest.mark.parametrize("suffix", ["", "_backward"])
@pytest.mark.parametrize(("name", "first"), [(NAMES[1], "logits"), (NAMES[2], "x")])
def test_elementwise_losses_refuse_what_does_not_fit(name, first, suffix):
    function, full = getattr(cnnbook, name + suffix), name + suffix
    with pytest.raises(ValueError, match=rf"{full}: targets has shape \(1, 2\); expected \(2,\)"):
        function(np.zeros(2), np.zeros((1, 2)))
    with pytest.raises(TypeError, match=rf"{full}: {first} is float64, targets is float32"):
        function(np.zeros(2), np.zeros(2, np.float32))
    with pytest.raises(TypeError, match=rf"{full}: {first} has dtype int64; expected float32"):
        function(np.zeros(2, np.int64), np.zeros(2, np.int64))
    with pytest.raises(TypeError, match=rf"{full}: targets is a list"):
        function(np.zeros(2), [0.0, 0.0])


@pytest.mark.parametrize("suffix", ["", "_backward"])
@pytest.mark.parametrize("bad", [-0.5, 7.0])
def test_binary_cross_entropy_refuses_targets_that_are_no_probabilities(suffix, bad):
    name = f"binary_cross_entropy_with_logits{suffix}"
    with pytest.raises(ValueError, match=rf"{name}: targets contains {bad}; expected numbers from"):
        getattr(cnnbook, name)(np.zeros(2), np.array([1.0, bad]))
