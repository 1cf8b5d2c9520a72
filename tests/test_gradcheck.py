"""The gradient checks: they bless what is right, and a wrong pass cannot slip through."""

import numpy as np
import pytest

import cnnbook
from cnnbook.gradcheck import check_adjoint, check_gradient


def new_rng():
    return np.random.default_rng(7)


def draw(*shape, dtype=np.float64):
    return new_rng().standard_normal(shape).astype(dtype)


def away_from_zero(x):
    """Move numbers at least 0.1 away from 0, where ReLU has no derivative."""
    return (x + np.sign(x) * 0.1).astype(x.dtype)


def cases():
    """Yield (name, forward, backward, inputs of float64) for functions of the package."""
    elementwise = ("relu", "leaky_relu", "gelu", "silu", "sigmoid", "tanh")
    for name in (*elementwise, "softmax", "log_softmax"):
        function, backward = getattr(cnnbook, name), getattr(cnnbook, f"{name}_backward")
        yield name, function, backward, {"x": away_from_zero(draw(3, 4))}
    yield (
        "linear",
        cnnbook.linear,
        lambda g, x, w, b: cnnbook.linear_backward(g, x, w),
        {"x": draw(2, 5), "weight": draw(3, 5), "bias": draw(3)},
    )
    classes = np.array([0, 3, 1])
    yield (
        "cross_entropy",
        lambda x: cnnbook.cross_entropy(x, classes),
        lambda g, x: cnnbook.cross_entropy_backward(x, classes, "mean", g),
        {"logits": draw(3, 4)},
    )
    yield (
        "mse_loss",
        lambda x, t: cnnbook.mse_loss(x, t, "none"),
        lambda g, x, t: (cnnbook.mse_loss_backward(x, t, "none", g), None),
        {"x": draw(3, 4), "targets": draw(3, 4) + 1},
    )
    yield (
        "conv2d",
        lambda x, w, b: cnnbook.conv2d(x, w, b, stride=(2, 3), padding=1),
        lambda g, x, w, b: cnnbook.conv2d_backward(g, x, w, stride=(2, 3), padding=1),
        {"x": draw(2, 2, 5, 6), "weight": draw(3, 2, 2, 4), "bias": draw(3)},
    )


CASES = {name: rest for name, *rest in cases()}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
def test_right_gradients_pass(name, dtype):
    forward, backward, inputs = CASES[name]
    inputs = {key: array.astype(dtype) for key, array in inputs.items()}
    report = check_gradient(forward, backward, inputs, rng=new_rng())
    assert report.passed, report
    assert "FAILED" not in str(report)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("wrong", ["scaled", "one entry", "sign", "NaN"])
def test_wrong_gradients_fail_and_are_named(name, wrong, dtype):
    forward, backward, inputs = CASES[name]
    inputs = {key: array.astype(dtype) for key, array in inputs.items()}

    def broken(grad_output, *arrays):
        gradients = backward(grad_output, *arrays)
        first, *others = gradients if isinstance(gradients, tuple) else (gradients,)
        if wrong == "scaled":
            first = first * dtype(1.05)
        elif wrong == "sign":
            first = -first
        else:
            first = first.copy()
            first.flat[1] = np.nan if wrong == "NaN" else first.flat[1] + 0.1
        return (first, *others)

    report = check_gradient(forward, broken, inputs, rng=new_rng())
    assert not report.passed
    assert not report.arguments[0].passed
    assert all(argument.passed for argument in report.arguments[1:])
    assert f"{next(iter(inputs))} {next(iter(inputs.values())).shape}: FAILED" in str(report)
    if wrong in ("one entry", "NaN"):
        shape = report.arguments[0].shape
        assert report.arguments[0].worst == tuple(int(i) for i in np.unravel_index(1, shape))


def test_a_wrong_gradient_whose_sum_is_right_fails():
    # A cotangent of ones would bless this: the gradient is transposed, its sum is the same.
    x = draw(3, 3)
    report = check_gradient(lambda x: x**2, lambda g, x: (2 * x * g).T, {"x": x}, rng=new_rng())
    assert not report.passed


def test_the_report_shows_both_numbers():
    report = check_gradient(
        lambda x: 3 * x, lambda g, x: 6 * g, {"x": np.array([1.0])}, rng=new_rng()
    )
    (argument,) = report.arguments
    assert argument.error == pytest.approx(0.5)
    assert argument.analytic == pytest.approx(2 * argument.numeric)
    assert str(report).startswith("gradient check (tolerance 1e-06): FAILED\n  x (1,): FAILED, wor")
    assert "relative error 5.0e-01" in str(report)


def test_a_gradient_of_zero_is_checked_against_rounding():
    # Softmax over one class is constantly 1.
    report = check_gradient(
        cnnbook.softmax, cnnbook.softmax_backward, {"x": draw(4, 1)}, rng=new_rng()
    )
    assert report.passed, report
    report = check_gradient(cnnbook.softmax, lambda g, x: g, {"x": draw(4, 1)}, rng=new_rng())
    assert not report.passed


def test_empty_inputs_pass_and_a_tolerance_can_be_given():
    empty = check_gradient(lambda x: x, lambda g, x: g, {"x": np.zeros((0, 2))}, rng=new_rng())
    assert empty.passed
    loose = check_gradient(
        lambda x: x, lambda g, x: 1.05 * g, {"x": draw(2)}, rng=new_rng(), tolerance=0.1
    )
    assert loose.passed


def test_inputs_stay_as_they_were():
    x = draw(3)
    before = x.copy()
    check_gradient(np.sin, lambda g, x: g * np.cos(x), {"x": x}, rng=new_rng())
    np.testing.assert_array_equal(x, before)


NOISE = new_rng()


def run(forward=np.sin, backward=lambda g, x: g * np.cos(x), inputs=None, rng=None, tolerance=None):
    inputs = inputs or {"x": draw(3)}
    return check_gradient(forward, backward, inputs, rng=rng or new_rng(), tolerance=tolerance)


def in_place(x):
    x *= 2
    return x


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"rng": np.random}, TypeError, r"rng is a module; expected a numpy.random.Generator"),
        ({"inputs": [draw(3)]}, TypeError, r"inputs is \[.*; expected a dictionary of named arr"),
        ({"inputs": {"x": [1.0]}}, TypeError, r"inputs\['x'\] is a list; expected a NumPy array"),
        ({"inputs": {"x": np.arange(3)}}, TypeError, r"inputs\['x'\] has dtype int64"),
        (
            {"inputs": {"x": draw(3), "y": draw(3, dtype=np.float32)}},
            TypeError,
            r"x is float64, y is float32; expected one dtype",
        ),
        ({"tolerance": "x"}, TypeError, r"tolerance is 'x' of type str; expected a number"),
        ({"tolerance": np.nan}, ValueError, r"tolerance is nan; expected at least 0"),
        ({"forward": lambda x: np.ma.array(x)}, TypeError, r"the result of forward is a Masked"),
        ({"forward": in_place}, ValueError, r"forward changed its argument x in place"),
        (
            {"forward": lambda x: x * NOISE.random()},
            ValueError,
            r"forward gave two answers to the same arguments",
        ),
        (
            {"forward": lambda x: x.astype(np.float32)},
            TypeError,
            r"forward returned dtype float32; expected float64",
        ),
        ({"backward": lambda g, x: (g, g)}, ValueError, r"returned 2 gradients; expected 1, for x"),
        ({"backward": lambda g, x: g[:2]}, ValueError, r"for x a gradient of shape \(2,\)"),
        (
            {"backward": lambda g, x: g.astype(np.float32)},
            ValueError,
            r"dtype float32; expected shape \(3,\) and dtype float64",
        ),
        ({"backward": lambda g, x: 1.0}, TypeError, r"the gradient of x is a float"),
        ({"backward": lambda g, x: None}, ValueError, r"returned None for every input"),
    ],
)
def test_check_gradient_refuses_what_it_cannot_check(arguments, error, message):
    with pytest.raises(error, match=rf"check_gradient: .*{message}"):
        run(**arguments)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adjoint_of_convolution_passes(dtype):
    x, weight = draw(2, 3, 9, 8, dtype=dtype), draw(4, 3, 3, 2, dtype=dtype)
    report = check_adjoint(
        lambda x: cnnbook.conv2d(x, weight, stride=2),
        lambda y: cnnbook.conv2d_backward(y, x, weight, stride=2)[0],
        x,
        rng=new_rng(),
    )
    assert report.passed, report
    assert str(report).startswith("adjoint check (tolerance")


def test_a_forgotten_flip_and_a_bias_fail():
    x, weight = draw(1, 1, 6, 6), draw(1, 1, 3, 3)

    def correlate(x):
        return cnnbook.conv2d(x, weight, padding=1)

    not_flipped = check_adjoint(correlate, correlate, x, rng=new_rng())
    assert not not_flipped.passed
    assert "FAILED" in str(not_flipped)
    flipped = check_adjoint(
        correlate,
        lambda y: cnnbook.conv2d(y, weight[:, :, ::-1, ::-1], padding=1),
        x,
        rng=new_rng(),
    )
    assert flipped.passed, flipped
    assert not check_adjoint(lambda x: x + 1, lambda y: y, x, rng=new_rng()).passed
    assert not check_adjoint(lambda x: x, lambda y: y * np.nan, x, rng=new_rng()).passed
    assert check_adjoint(lambda x: 0 * x, lambda y: 0 * y, x, rng=new_rng()).passed


def test_infinite_results_are_reported_without_a_warning():
    report = check_adjoint(lambda x: x * np.inf, lambda y: y * np.inf, draw(9), rng=new_rng())
    assert not report.passed


def test_check_adjoint_refuses_what_it_cannot_check():
    x, rng = draw(3), new_rng()
    with pytest.raises(TypeError, match=r"check_adjoint: x is a list"):
        check_adjoint(abs, abs, [1.0], rng=rng)
    with pytest.raises(TypeError, match=r"check_adjoint: rng is an int; expected a numpy.ra"):
        check_adjoint(abs, abs, x, rng=0)
    with pytest.raises(ValueError, match=r"check_adjoint: tolerance is -1; expected at least 0"):
        check_adjoint(abs, abs, x, rng=rng, tolerance=-1)
    with pytest.raises(TypeError, match=r"check_adjoint: the result of forward is a MaskedArray"):
        check_adjoint(lambda x: np.ma.array(x), abs, x, rng=rng)
    with pytest.raises(TypeError, match=r"check_adjoint: the result of adjoint is a matrix"):
        check_adjoint(lambda x: x, lambda y: y.view(np.matrix), x, rng=rng)
    with pytest.raises(TypeError, match=r"check_adjoint: the result of forward has dtype int64"):
        check_adjoint(lambda x: x.astype(np.int64), abs, x, rng=rng)
    with pytest.raises(ValueError, match=r"check_adjoint: adjoint returned shape \(2,\); expected"):
        check_adjoint(lambda x: x, lambda y: y[:2], x, rng=rng)
