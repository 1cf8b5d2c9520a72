"""First weights against torch.nn.init: fans, bounds and variances, one seed in both dtypes."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import init

from cnnbook import layers
from cnnbook.layers import initialisation

FEW = settings(max_examples=40, derandomize=True, deadline=None)
NAMES = [
    *("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d"),
    *("conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"),
]
SHAPES = [(3, 2, 2, 4), (6, 5), (4, 3, 5), (2, 3, 2, 2, 2)]


def new_rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("param", [None, 0, 0.2, -1, 3])
def test_gains_are_torchs(name, param):
    assert layers.calculate_gain(name, param) == init.calculate_gain(name, param)


@FEW
@given(st.lists(st.integers(1, 6), min_size=2, max_size=5))
def test_fans_are_torchs(shape):
    expected = init._calculate_fan_in_and_fan_out(torch.empty(shape))
    assert (layers.fan_in(tuple(shape)), layers.fan_out(tuple(shape))) == expected


CASES = [
    *(
        (kind, {"a": a, "mode": mode, "nonlinearity": name})
        for kind in ("kaiming_uniform_", "kaiming_normal_")
        for a, mode, name in [
            (0, "fan_in", "leaky_relu"),
            (0.3, "fan_out", "leaky_relu"),
            (0.3, "fan_in", "relu"),
            (0, "fan_out", "tanh"),
            (math.sqrt(5), "fan_in", "leaky_relu"),
        ]
    ),
    *((kind, {"gain": g}) for kind in ("xavier_uniform_", "xavier_normal_") for g in (1.0, 5 / 3)),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("kind", "options"), CASES)
def test_bounds_and_variances_are_torchs(kind, options, shape):
    torch.manual_seed(1)
    count = 40_000 // math.prod(shape)
    rng, ours, theirs = new_rng(), getattr(layers, kind), getattr(init, kind)
    drawn = np.array([ours(np.empty(shape), **options, rng=rng) for _ in range(count)])
    wanted = np.array([theirs(torch.empty(shape), **options).numpy() for _ in range(count)])
    assert abs(drawn.mean()) < 5 * drawn.std() / math.sqrt(drawn.size)
    assert drawn.std() == pytest.approx(wanted.std(), rel=0.03)
    kurtosis = ((drawn / drawn.std()) ** 4).mean()  # 1.8 of even numbers, 3 of normal ones
    assert kurtosis == pytest.approx(1.8 if "uniform" in kind else 3, abs=0.25)
    if "uniform" in kind:
        assert abs(drawn).max() == pytest.approx(abs(wanted).max(), rel=1e-3)


@pytest.mark.parametrize(
    ("kind", "options", "deviation"),
    [  # the deviation that the papers give, for 3 outputs of 2 channels and 2×4 kernels
        ("kaiming_normal_", {}, math.sqrt(2 / 16)),
        ("kaiming_normal_", {"mode": "fan_out"}, math.sqrt(2 / 24)),
        ("kaiming_uniform_", {"nonlinearity": "linear"}, math.sqrt(1 / 16)),
        ("xavier_normal_", {}, math.sqrt(2 / (16 + 24))),
        ("xavier_uniform_", {"gain": 2.0}, 2 * math.sqrt(2 / (16 + 24))),
    ],
)
def test_deviations_are_those_of_the_papers(kind, options, deviation):
    rng, fill = new_rng(), getattr(layers, kind)
    drawn = np.array([fill(np.empty((3, 2, 2, 4)), **options, rng=rng) for _ in range(2000)])
    assert drawn.std() == pytest.approx(deviation, rel=0.01)


def test_the_bound_of_torchs_layers_is_kaimings_with_a_of_root_5():
    one = layers.kaiming_uniform_(np.empty((6, 1, 5, 5)), math.sqrt(5), rng=new_rng())
    two = layers.kaiming_uniform((6, 1, 5, 5), 25, new_rng(), np.float64)
    np.testing.assert_allclose(one, two, rtol=1e-14)


def test_ten_relu_layers_keep_their_second_moment_with_he_and_halve_it_without_the_gain():
    rng, width = new_rng(), 300
    for name, expected in (("relu", 1.0), ("linear", 0.5**10)):
        x = rng.standard_normal((width, 64))
        for _ in range(10):
            weight = layers.kaiming_normal_(np.empty((width, width)), 0, "fan_in", name, rng=rng)
            x = weight @ np.maximum(x, 0)
        assert (x**2).mean() == pytest.approx(expected, rel=0.5)


@pytest.mark.parametrize(
    "kind", ["kaiming_uniform_", "kaiming_normal_", "xavier_uniform_", "xavier_normal_"]
)
class TestEach:
    def test_the_array_is_filled_in_place_and_alike_in_both_dtypes(self, kind):
        fill = getattr(initialisation, kind)
        narrow, wide = np.zeros((3, 4), np.float32), np.zeros((4, 3)).T
        assert fill(narrow, rng=new_rng()) is narrow
        assert fill(wide, rng=new_rng()) is wide
        assert narrow.dtype == np.float32
        np.testing.assert_array_equal(wide.astype(np.float32), narrow)

    def test_an_empty_array_stays_as_it_is(self, kind):
        assert getattr(layers, kind)(np.empty((0, 3)), rng=new_rng()).shape == (0, 3)
        assert getattr(layers, kind)(np.empty((0, 0)), rng=new_rng()).shape == (0, 0)

    def test_refuses_what_it_cannot_fill(self, kind):
        fill = getattr(layers, kind)
        with pytest.raises(TypeError, match=rf"{kind}: weight is a list; expected a NumPy array"):
            fill([[1.0]], rng=new_rng())
        with pytest.raises(TypeError, match=rf"{kind}: weight has dtype int64; expected float32"):
            fill(np.zeros((2, 2), np.int64), rng=new_rng())
        with pytest.raises(
            ValueError, match=rf"{kind}: weight has shape \(3,\); expected at least"
        ):
            fill(np.zeros(3), rng=new_rng())
        with pytest.raises(TypeError, match=rf"{kind}: rng is a NoneType; expected a numpy.random"):
            fill(np.zeros((2, 2)), rng=None)
        frozen = np.zeros((2, 2))
        frozen.flags.writeable = False
        with pytest.raises(ValueError, match=rf"{kind}: weight is read-only; expected an array"):
            fill(frozen, rng=new_rng())


@pytest.mark.parametrize("kind", ["kaiming_uniform_", "kaiming_normal_"])
def test_he_refuses_unknown_words(kind):
    fill = getattr(layers, kind)
    weight = np.zeros((2, 2))
    with pytest.raises(ValueError, match=rf"{kind}: mode is 'fan'; expected one of 'fan_in', 'fan"):
        fill(weight, mode="fan", rng=new_rng())
    with pytest.raises(ValueError, match=rf"{kind}: nonlinearity is 'gelu'; expected one of 'lin"):
        fill(weight, nonlinearity="gelu", rng=new_rng())
    with pytest.raises(TypeError, match=rf"{kind}: nonlinearity is None of type NoneType; expect"):
        fill(weight, nonlinearity=None, rng=new_rng())
    with pytest.raises(TypeError, match=rf"{kind}: a is 'relu' of type str; expected a number"):
        fill(weight, "relu", rng=new_rng())
    assert not weight.any()


@pytest.mark.parametrize("kind", ["xavier_uniform_", "xavier_normal_"])
def test_xavier_refuses_a_gain_that_is_none(kind):
    fill = getattr(layers, kind)
    with pytest.raises(ValueError, match=rf"{kind}: gain is -1; expected a finite number of at l"):
        fill(np.zeros((2, 2)), -1, rng=new_rng())
    with pytest.raises(ValueError, match=rf"{kind}: gain is inf; expected a finite number"):
        fill(np.zeros((2, 2)), np.inf, rng=new_rng())
    with pytest.raises(TypeError, match=rf"{kind}: gain is 'tanh' of type str; expected a number"):
        fill(np.zeros((2, 2)), "tanh", rng=new_rng())


def test_the_gain_and_fan_out_refuse():
    with pytest.raises(ValueError, match=r"calculate_gain: nonlinearity is 'gelu'; expected one"):
        layers.calculate_gain("gelu")
    with pytest.raises(TypeError, match=r"calculate_gain: param is 'x' of type str; expected a nu"):
        layers.calculate_gain("leaky_relu", "x")
    with pytest.raises(ValueError, match=r"fan_out: weight_shape is \(3,\); expected the shape of"):
        layers.fan_out((3,))
