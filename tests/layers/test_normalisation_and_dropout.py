"""Layer and group normalisation, and dropout: what test_layers.py asks of every layer is not all.

They hold to PyTorch for awkward inputs, too, keep their laws, and refuse.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnnbook import layers
from cnnbook.gradcheck import check_gradient
from tests.strategies import scattered

FEW = settings(max_examples=40, derandomize=True, deadline=None)


def new_rng(seed=5):
    return np.random.default_rng(seed)


def gradients_of(layer):
    def backward(grad_output, x):
        layer(x)
        return layer.backward(grad_output)

    return backward


NORMS = {
    "layer": (lambda: layers.LayerNorm((4, 5), dtype=np.float64), lambda: nn.LayerNorm((4, 5))),
    "group": (lambda: layers.GroupNorm(3, 6, dtype=np.float64), lambda: nn.GroupNorm(3, 6)),
}


@pytest.mark.parametrize("name", NORMS)
def test_views_give_what_their_copies_give(name):
    layer, x = NORMS[name][0](), new_rng().standard_normal((2, 6, 4, 5))
    grad_output = new_rng(6).standard_normal(x.shape)
    expected, expected_grad = layer(x), layer.backward(grad_output)
    np.testing.assert_allclose(layer(scattered(x)), expected, rtol=1e-12)
    grad = layer.backward(scattered(grad_output))
    np.testing.assert_allclose(grad, expected_grad, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", NORMS)
def test_gradients_pass_the_check(name):
    layer = NORMS[name][0]()
    layer.weight += new_rng().standard_normal(layer.weight.shape)
    x = new_rng().standard_normal((2, 6, 4, 5))
    report = check_gradient(layer.forward, gradients_of(layer), {"x": x}, rng=new_rng())
    assert report.passed, report


@pytest.mark.parametrize("name", NORMS)
def test_infinities_go_where_torchs_go(name):
    x = new_rng().standard_normal((2, 6, 4, 5))
    x[0, 0, 0, 0], x[0, 5, 1, 1] = np.inf, np.nan
    layer, module = NORMS[name][0](), NORMS[name][1]().double()
    tensor = torch.tensor(x, requires_grad=True)
    expected = module(tensor)
    with np.errstate(all="raise"):
        np.testing.assert_allclose(layer(x), expected.detach().numpy(), atol=1e-12)
        grad = layer.backward(np.ones_like(x))
    expected.sum().backward()
    np.testing.assert_allclose(grad, tensor.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize(("ours", "theirs"), [(layers.LayerNorm, nn.LayerNorm)])
def test_a_large_mean_keeps_its_digits(ours, theirs):
    x = (1000 + new_rng().standard_normal((8, 36))).astype(np.float32)
    expected = theirs(36)(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(ours(36)(x), expected, atol=5e-3)


@FEW
@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.floats(0.5, 20), st.floats(-9, 9)
)
def test_normalised_groups_have_mean_0_and_variance_1_and_forget_scale_and_shift(
    n, groups, each, scale, shift
):
    x = new_rng().standard_normal((n, groups * each, 4, 3))
    layer = layers.GroupNorm(groups, groups * each, eps=1e-12, affine=False)
    y = layer(x)
    sets = y.reshape(n, groups, -1)
    np.testing.assert_allclose(sets.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(sets.var(axis=-1), 1, rtol=1e-9)
    np.testing.assert_allclose(layer(scale * x + shift), y, rtol=1e-7, atol=1e-9)


@FEW
@given(st.integers(1, 4), st.integers(2, 6))
def test_a_gradient_has_no_part_along_1_and_along_the_normalised_numbers(n, features):
    x, grad_output = (new_rng(seed).standard_normal((n, features)) for seed in (1, 2))
    layer = layers.LayerNorm(features, eps=1e-14, elementwise_affine=False)
    y = layer(x)
    grad = layer.backward(grad_output)
    np.testing.assert_allclose(grad.sum(axis=-1), 0, atol=1e-9)
    np.testing.assert_allclose((grad * y).sum(axis=-1), 0, atol=1e-7)


def test_one_group_is_layer_normalisation_of_the_image():
    x = new_rng().standard_normal((2, 3, 4, 5))
    one = layers.GroupNorm(1, 3, affine=False)(x)
    whole = layers.LayerNorm((3, 4, 5), elementwise_affine=False)(x)
    np.testing.assert_allclose(one, whole, rtol=1e-12)


def test_an_image_does_not_depend_on_those_beside_it():
    x = new_rng().standard_normal((3, 6, 4, 5))
    for make, _ in NORMS.values():
        np.testing.assert_array_equal(make()(x)[:1], make()(x[:1]))


def test_images_without_pixels_have_gradients_of_0_where_torchs_are_nan():
    layer, x = layers.GroupNorm(2, 4), np.zeros((2, 4, 0, 3), np.float32)
    assert layer(x).shape == nn.GroupNorm(2, 4)(torch.from_numpy(x)).shape
    assert layer.backward(x).shape == x.shape
    assert [gradient.tolist() for gradient in layer.gradients()] == [[0] * 4] * 2
    assert "PyTorch: NaN" in layers.GroupNorm.__doc__


def test_norms_without_weights_take_both_dtypes():
    for dtype in (np.float32, np.float64):
        x = new_rng().standard_normal((2, 4)).astype(dtype)
        assert layers.LayerNorm(4, elementwise_affine=False)(x).dtype == dtype
        assert layers.GroupNorm(2, 4, affine=False)(x).dtype == dtype


def test_dropout_drops_at_its_rate_and_the_gradient_goes_the_same_way():
    layer, x = layers.Dropout(0.3, rng=new_rng()), new_rng().standard_normal((40, 50, 60))
    y = layer(x)
    kept = y != 0
    assert abs(kept.mean() - 0.7) < 5 * np.sqrt(0.3 * 0.7 / x.size)
    expected = torch.tensor(x, requires_grad=True)
    value = expected * torch.from_numpy(kept / 0.7)  # what PyTorch does with its own mask
    np.testing.assert_allclose(y, value.detach().numpy(), rtol=1e-15)
    grad_output = new_rng(1).standard_normal(x.shape)
    value.backward(torch.from_numpy(grad_output))
    np.testing.assert_allclose(layer.backward(grad_output), expected.grad.numpy(), rtol=1e-15)
    assert (y != layer(x)).any()  # a new draw at each pass


def test_dropout_scales_as_torchs_does():
    torch.manual_seed(0)
    x = np.ones(100, np.float32)
    for p in (0.1, 0.5, 0.9):
        theirs = np.unique(nn.Dropout(p)(torch.from_numpy(x)).numpy())
        np.testing.assert_array_equal(np.unique(layers.Dropout(p, rng=new_rng())(x)), theirs)


@FEW
@given(st.floats(0, 1), st.integers(0, 99))
def test_dropout_alike_in_both_dtypes_and_from_the_same_seed(p, seed):
    x = np.ones((3, 7))
    wide = layers.Dropout(p, rng=new_rng(seed))(x)
    narrow = layers.Dropout(p, rng=new_rng(seed))(x.astype(np.float32))
    np.testing.assert_array_equal(wide == 0, narrow == 0)
    np.testing.assert_allclose(wide, narrow, rtol=1e-6)


def test_dropout_in_evaluation_mode_lets_everything_pass_and_draws_nothing():
    rng = new_rng()
    before, x = rng.bit_generator.state, np.array([1.0, np.inf, np.nan])
    layer = layers.Dropout(0.9, rng=rng).eval(backward=True)
    np.testing.assert_array_equal(layer(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)
    assert rng.bit_generator.state == before


def test_what_dropout_leaves_out_of_infinity_is_nan_as_in_torch():
    x = np.array([np.inf, 1.0])
    with np.errstate(all="raise"):
        y = layers.Dropout(1.0, rng=new_rng())(x)
    np.testing.assert_array_equal(y, nn.Dropout(1.0)(torch.from_numpy(x)).numpy())


def test_a_backward_pass_goes_by_the_mode_of_its_forward_pass():
    layer, x = layers.Dropout(0.5, rng=new_rng()), np.ones(50)
    y = layer(x)
    layer.training = False
    np.testing.assert_array_equal(layer.backward(x), y)


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (layers.Dropout(0.2, rng=new_rng()), "Dropout(p=0.2)"),
        (layers.LayerNorm(3), "LayerNorm((3,), eps=1e-05, elementwise_affine=True)"),
        (
            layers.LayerNorm([3, 4], bias=False),
            "LayerNorm((3, 4), eps=1e-05, elementwise_affine=True, bias=False)",
        ),
        (layers.GroupNorm(2, 4), "GroupNorm(2, 4, eps=1e-05, affine=True)"),
        (layers.LeakyReLU(0.2), "LeakyReLU(negative_slope=0.2)"),
        (layers.GELU("tanh"), "GELU(approximate='tanh')"),
        (layers.SiLU(), "SiLU()"),
        (layers.Softmax(), "Softmax(axis=-1)"),
        (
            layers.Conv1d(1, 2, 3, stride=2, bias=False, rng=new_rng()),
            "Conv1d(1, 2, kernel_size=(3,), stride=2, bias=False)",
        ),
    ],
)
def test_a_repr_says_how_to_make_the_layer(layer, text):
    assert repr(layer) == text


def seen(layer, *shape, dtype=np.float32):
    return layer(np.zeros(shape, dtype))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda r: layers.Dropout(1.5, rng=r), ValueError, r"Dropout: p is 1\.5; expected a pro"),
        (lambda r: layers.Dropout(np.nan, rng=r), ValueError, r"Dropout: p is nan; expected a pro"),
        (lambda r: layers.Dropout("x", rng=r), TypeError, r"Dropout: p is 'x' of type str; expect"),
        (lambda r: layers.Dropout(rng=3), TypeError, r"Dropout: rng is an int; expected a numpy.r"),
        (
            lambda r: layers.Dropout(rng=r)(np.ones(3, np.int64)),
            TypeError,
            r"Dropout: x has dtype int64; expected float32 or float64",
        ),
        (lambda r: layers.LayerNorm(0), ValueError, r"LayerNorm: normalized_shape is 0; expected "),
        (
            lambda r: layers.LayerNorm(()),
            ValueError,
            r"normalized_shape is \(\); expected an integ",
        ),
        (
            lambda r: layers.LayerNorm(2.0),
            TypeError,
            r"LayerNorm: normalized_shape is 2\.0 of type",
        ),
        (
            lambda r: layers.LayerNorm(2, eps=0),
            ValueError,
            r"LayerNorm: eps is 0; expected a finit",
        ),
        (lambda r: layers.LayerNorm(2, eps="x"), TypeError, r"LayerNorm: eps is 'x' of type str"),
        (lambda r: layers.LayerNorm(2, 1e-5, 1), TypeError, r"elementwise_affine is 1; expected T"),
        (lambda r: layers.LayerNorm(2, bias=0), TypeError, r"LayerNorm: bias is 0; expected True"),
        (lambda r: layers.LayerNorm(2, dtype=int), TypeError, r"LayerNorm: dtype is int64; expect"),
        (
            lambda r: seen(layers.LayerNorm((3, 4)), 2, 4, 3),
            ValueError,
            r"LayerNorm: x has shape \(2, 4, 3\); expected one that ends with \(3, 4\), the layer",
        ),
        (
            lambda r: seen(layers.LayerNorm((3, 4)), 4),
            ValueError,
            r"LayerNorm: x has shape \(4,\); expected one that ends with \(3, 4\)",
        ),
        (
            lambda r: seen(layers.LayerNorm(3), 3, dtype=np.float64),
            TypeError,
            r"LayerNorm: x is float64, weight is float32; expected one dtype",
        ),
        (
            lambda r: layers.GroupNorm(0, 4),
            ValueError,
            r"GroupNorm: num_groups is 0; expected at l",
        ),
        (
            lambda r: layers.GroupNorm(1, 0),
            ValueError,
            r"GroupNorm: num_channels is 0; expected at",
        ),
        (
            lambda r: layers.GroupNorm(2, 5),
            ValueError,
            r"GroupNorm: num_channels is 5 and num_groups is 2; expected groups that divide it",
        ),
        (
            lambda r: layers.GroupNorm(1, 2, -1.0),
            ValueError,
            r"GroupNorm: eps is -1\.0; expected a",
        ),
        (lambda r: layers.GroupNorm(1, 2, affine=1), TypeError, r"affine is 1; expected True or F"),
        (
            lambda r: seen(layers.GroupNorm(1, 2), 2, 3, 4),
            ValueError,
            r"GroupNorm: x has shape \(2, 3, 4\); expected \(N, 2, \.\.\.\), the layer's num_chan",
        ),
        (
            lambda r: seen(layers.GroupNorm(1, 2), 2),
            ValueError,
            r"GroupNorm: x has shape \(2,\); expected \(N, 2",
        ),
        (
            lambda r: seen(layers.GroupNorm(2, 2), 1, 2, 1),
            ValueError,
            r"GroupNorm: x has one value per group, shape \(1, 2, 1\); expected more, because one",
        ),
        (
            lambda r: seen(layers.GroupNorm(1, 2), 1, 2, 3, dtype=np.float64),
            TypeError,
            r"GroupNorm: x is float64, weight is float32; expected one dtype",
        ),
        (
            lambda r: layers.Conv1d(2, 3, (2, 2), rng=r),
            ValueError,
            r"Conv1d: kernel_size is \(2, 2\); expected one integer",
        ),
        (
            lambda r: layers.Conv1d(2, 3, 0, rng=r),
            ValueError,
            r"Conv1d: kernel_size is 0; expected",
        ),
        (
            lambda r: layers.Conv1d(3, 4, 1, groups=2, rng=r),
            ValueError,
            r"Conv1d: in_channels is 3 and groups is 2; expected groups that divide it",
        ),
        (
            lambda r: seen(layers.Conv1d(2, 3, 2, rng=r), 1, 3, 5),
            ValueError,
            r"conv1d: .*channels",
        ),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call(new_rng())


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (layers.LayerNorm(3), "LayerNorm"),
        (layers.GroupNorm(1, 3), "GroupNorm"),
        (layers.Dropout(0.5, rng=new_rng()), "Dropout"),
    ],
)
def test_backward_refuses_another_shape_or_dtype(layer, name):
    layer(np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match=rf"{name}.backward: grad_output has shape \(3,\); expect"):
        layer.backward(np.zeros(3, np.float32))
    with pytest.raises(TypeError, match=rf"{name}.backward: grad_output is float64, x is float32"):
        layer.backward(np.zeros((2, 3)))
