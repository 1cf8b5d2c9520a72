"""Layers against torch.nn: values, gradients, states both ways, first weights, and refusals."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from cnnbook import layers

DTYPES = [np.float32, np.float64]


def new_rng():
    return np.random.default_rng(3)


def torch_dtype(dtype):
    return torch.float32 if dtype == np.float32 else torch.float64


CONV = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}
TRANSPOSED = {"stride": (2, 3), "padding": 1, "output_padding": (1, 0), "groups": 2}

# name: (our layer, torch's, input shape). Every case is run in both dtypes.
PAIRS = {
    "Conv2d": (layers.Conv2d, nn.Conv2d, (2, 3, (2, 4)), {}, (2, 2, 6, 7)),
    "Conv2d options": (layers.Conv2d, nn.Conv2d, (4, 6, 3), CONV, (2, 4, 7, 9)),
    "Conv2d without bias": (layers.Conv2d, nn.Conv2d, (2, 3, 3), {"bias": False}, (2, 2, 6, 7)),
    "Conv2d same": (layers.Conv2d, nn.Conv2d, (2, 3, (3, 5)), {"padding": "same"}, (2, 2, 6, 7)),
    "Conv2d reflect": (
        layers.Conv2d,
        nn.Conv2d,
        (2, 3, 3),
        {"padding": 2, "padding_mode": "reflect"},
        (2, 2, 6, 7),
    ),
    "Conv2d unbatched": (layers.Conv2d, nn.Conv2d, (2, 3, 3), {}, (2, 6, 7)),
    "ConvTranspose2d": (
        layers.ConvTranspose2d,
        nn.ConvTranspose2d,
        (4, 6, (2, 4)),
        TRANSPOSED,
        (2, 4, 5, 4),
    ),
    "ConvTranspose2d without bias": (
        layers.ConvTranspose2d,
        nn.ConvTranspose2d,
        (3, 2, 2),
        {"bias": False},
        (2, 3, 4, 4),
    ),
    "Linear": (layers.Linear, nn.Linear, (5, 3), {}, (4, 5)),
    "Linear on three axes": (layers.Linear, nn.Linear, (5, 3), {}, (2, 4, 5)),
    "Linear without bias": (layers.Linear, nn.Linear, (5, 3), {"bias": False}, (4, 5)),
    "BatchNorm2d": (layers.BatchNorm2d, nn.BatchNorm2d, (3,), {}, (4, 3, 5, 2)),
    "BatchNorm2d options": (
        layers.BatchNorm2d,
        nn.BatchNorm2d,
        (3,),
        {"eps": 0.1, "momentum": 0.7},
        (4, 3, 5, 2),
    ),
    "BatchNorm2d not affine": (
        layers.BatchNorm2d,
        nn.BatchNorm2d,
        (3,),
        {"affine": False},
        (4, 3, 5, 2),
    ),
    "BatchNorm2d empty batch": (layers.BatchNorm2d, nn.BatchNorm2d, (3,), {}, (0, 3, 5, 2)),
    "Conv1d": (layers.Conv1d, nn.Conv1d, (2, 3, 4), {"stride": 3}, (2, 2, 11)),
    "Conv1d options": (
        layers.Conv1d,
        nn.Conv1d,
        (4, 6, 3),
        {"stride": (2,), "padding": 2, "dilation": 2, "groups": 2, "padding_mode": "circular"},
        (2, 4, 9),
    ),
    "Conv1d same without bias": (
        layers.Conv1d,
        nn.Conv1d,
        (2, 3, 5),
        {"padding": "same", "bias": False},
        (2, 2, 7),
    ),
    "Conv1d unbatched": (layers.Conv1d, nn.Conv1d, (2, 3, (2,)), {}, (2, 7)),
    "LayerNorm": (layers.LayerNorm, nn.LayerNorm, (5,), {}, (2, 3, 5)),
    "LayerNorm of three axes": (layers.LayerNorm, nn.LayerNorm, ([3, 4, 5],), {}, (2, 3, 4, 5)),
    "LayerNorm of all": (layers.LayerNorm, nn.LayerNorm, ((3, 5),), {"eps": 0.1}, (3, 5)),
    "LayerNorm without bias": (layers.LayerNorm, nn.LayerNorm, (5,), {"bias": False}, (2, 5)),
    "LayerNorm not affine": (
        layers.LayerNorm,
        nn.LayerNorm,
        (5,),
        {"elementwise_affine": False},
        (2, 5),
    ),
    "LayerNorm of one number": (layers.LayerNorm, nn.LayerNorm, (1,), {"eps": 0.1}, (2, 3, 1)),
    "LayerNorm empty batch": (layers.LayerNorm, nn.LayerNorm, (5,), {}, (0, 3, 5)),
    "GroupNorm": (layers.GroupNorm, nn.GroupNorm, (2, 6), {}, (2, 6, 5, 4)),
    "GroupNorm of one group": (layers.GroupNorm, nn.GroupNorm, (1, 3), {"eps": 0.1}, (2, 3, 7)),
    "GroupNorm of a group each": (layers.GroupNorm, nn.GroupNorm, (3, 3), {}, (2, 3, 4, 5)),
    "GroupNorm of features": (layers.GroupNorm, nn.GroupNorm, (2, 6), {}, (3, 6)),
    "GroupNorm not affine": (layers.GroupNorm, nn.GroupNorm, (2, 4), {"affine": False}, (2, 4, 3)),
    "GroupNorm empty batch": (layers.GroupNorm, nn.GroupNorm, (2, 4), {}, (0, 4, 3)),
    "Dropout of nothing": (layers.Dropout, nn.Dropout, (0.0,), {}, (2, 3, 4)),
    "Dropout of all": (layers.Dropout, nn.Dropout, (1.0,), {}, (2, 3, 4)),
    "LeakyReLU": (layers.LeakyReLU, nn.LeakyReLU, (), {}, (2, 3, 4)),
    "LeakyReLU slope": (layers.LeakyReLU, nn.LeakyReLU, (0.3,), {}, (2, 3, 4)),
    "GELU": (layers.GELU, nn.GELU, (), {}, (2, 3, 4)),
    "GELU by tanh": (layers.GELU, nn.GELU, ("tanh",), {}, (2, 3, 4)),
    "SiLU": (layers.SiLU, nn.SiLU, (), {}, (2, 3, 4)),
    "Softmax": (layers.Softmax, nn.Softmax, (1,), {}, (2, 3, 4)),
    "ReLU": (layers.ReLU, nn.ReLU, (), {}, (2, 3, 4)),
    "Sigmoid": (layers.Sigmoid, nn.Sigmoid, (), {}, (2, 3, 4)),
    "Tanh": (layers.Tanh, nn.Tanh, (), {}, (2, 3, 4)),
    "Flatten": (layers.Flatten, nn.Flatten, (), {}, (2, 3, 4, 5)),
    "Flatten from 2": (layers.Flatten, nn.Flatten, (2,), {}, (2, 3, 4, 5)),
    "MaxPool2d": (layers.MaxPool2d, nn.MaxPool2d, (2,), {}, (2, 3, 7, 6)),
    "MaxPool2d options": (
        layers.MaxPool2d,
        nn.MaxPool2d,
        ((3, 2), 2, 1, 1),
        {"ceil_mode": True},
        (2, 3, 8, 7),
    ),
    "AvgPool2d": (layers.AvgPool2d, nn.AvgPool2d, (2,), {}, (2, 3, 7, 6)),
    "AvgPool2d options": (
        layers.AvgPool2d,
        nn.AvgPool2d,
        ((3, 2), 2, 1, True, False),
        {},
        (2, 3, 8, 7),
    ),
    "AvgPool2d divisor": (
        layers.AvgPool2d,
        nn.AvgPool2d,
        (2,),
        {"divisor_override": 3},
        (2, 3, 7, 6),
    ),
    "GlobalAvgPool2d": (
        layers.GlobalAvgPool2d,
        lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        (),
        {},
        (2, 3, 7, 6),
    ),
}
HAS_WEIGHTS = (layers.Conv1d, layers.Conv2d, layers.ConvTranspose2d, layers.Linear)
NORMS = (layers.BatchNorm2d, layers.GroupNorm, layers.LayerNorm)


def build(name, dtype):
    """Return our layer and torch's with the same random state, and an input."""
    ours, theirs, arguments, options, shape = PAIRS[name]
    own = dict(options)
    if ours in HAS_WEIGHTS:
        own |= {"rng": new_rng(), "dtype": dtype}
    elif ours in NORMS:
        own["dtype"] = dtype
    elif ours is layers.Dropout:
        own["rng"] = new_rng()
    layer, module = ours(*arguments, **own), theirs(*arguments, **options).to(torch_dtype(dtype))
    for array in layer.parameters():  # also batch norm's, which start at 1 and 0
        array += new_rng().uniform(-0.3, 0.3, array.shape).astype(dtype)
    state = {key: torch.from_numpy(value) for key, value in layer.state_dict().items()}
    module.load_state_dict(state)
    return layer, module, new_rng().standard_normal(shape).astype(dtype)


def assert_same(layer, module, x, dtype, need_input_grad=True):
    """Hold one forward and backward pass of both equal, and the state after it."""
    atol = 2e-5 if dtype == np.float32 else 1e-12
    tensor = torch.tensor(x, requires_grad=True)
    expected = module(tensor)
    y = layer(x)
    assert y.dtype == dtype
    np.testing.assert_allclose(y, expected.detach().numpy(), atol=atol)

    grad_output = new_rng().standard_normal(y.shape).astype(dtype)
    module.zero_grad()
    expected.backward(torch.from_numpy(grad_output))
    grad_input = layer.backward(grad_output, need_input_grad)
    if need_input_grad:
        assert grad_input.dtype == dtype
        np.testing.assert_allclose(grad_input, tensor.grad.numpy(), atol=atol)
    else:
        assert grad_input is None
    gradients = layer.gradients()
    assert len(gradients) == len(list(module.parameters()))
    for gradient, parameter in zip(gradients, module.parameters(), strict=True):
        np.testing.assert_allclose(gradient, parameter.grad.numpy(), atol=5 * atol)
    for key, value in module.state_dict().items():
        np.testing.assert_allclose(layer.state_dict()[key], value.numpy(), atol=atol)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PAIRS)
def test_equals_torch(name, dtype):
    layer, module, x = build(name, dtype)
    assert_same(layer, module, x, dtype)
    assert_same(layer, module, x[..., ::-1].copy(), dtype)  # gradients are set, not added


@pytest.mark.parametrize("name", PAIRS)
def test_the_input_gradient_can_be_left_out(name):
    layer, module, x = build(name, np.float64)
    assert_same(layer, module, x, np.float64, need_input_grad=False)


@pytest.mark.parametrize("name", [name for name in PAIRS if name.startswith("BatchNorm2d")])
@pytest.mark.parametrize("dtype", DTYPES)
def test_batch_norm_in_evaluation_mode_equals_torch(name, dtype):
    layer, module, x = build(name, dtype)
    layer(x)
    module(torch.from_numpy(x))
    assert layer.eval(backward=True) is layer
    module.eval()
    assert_same(layer, module, x[:1], dtype)
    assert layer.num_batches_tracked == 1


def test_batch_norm_in_evaluation_mode_takes_one_value_per_channel():
    layer = layers.BatchNorm2d(2).eval()
    assert layer(np.zeros((1, 2, 1, 1), np.float32)).shape == (1, 2, 1, 1)


def test_batch_norm_of_a_large_mean_keeps_its_digits():
    x = (1000 + new_rng().standard_normal((8, 2, 6, 6))).astype(np.float32)
    expected = nn.BatchNorm2d(2)(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(layers.BatchNorm2d(2)(x), expected, atol=5e-3)


@pytest.mark.parametrize("name", [name for name in PAIRS if PAIRS[name][0] in HAS_WEIGHTS])
def test_first_weights_have_torchs_bounds_and_fill_them(name):
    _, module, _ = build(name, np.float64)
    ours, _, arguments, options, _ = PAIRS[name]
    many = [ours(*arguments, **options, rng=np.random.default_rng(s)) for s in range(200)]
    module.to(torch.float32)
    largest = {key: 0.0 for key, _ in module.named_parameters()}
    for seed in range(200):
        torch.manual_seed(seed)
        module.reset_parameters()
        for key, value in module.named_parameters():
            largest[key] = max(largest[key], float(value.detach().abs().max()))
    for key, bound in largest.items():
        drawn = np.concatenate([getattr(one, key).ravel() for one in many])
        assert drawn.dtype == np.float32
        assert abs(drawn).max() == pytest.approx(bound, rel=0.02)
        assert abs(drawn.mean()) < 0.1 * bound
        assert drawn.std() == pytest.approx(bound / np.sqrt(3), rel=0.1)


def test_the_same_seed_gives_the_same_weights_in_both_dtypes():
    one = layers.Linear(5, 3, rng=np.random.default_rng(1))
    two = layers.Linear(5, 3, rng=np.random.default_rng(1), dtype=np.float64)
    np.testing.assert_array_equal(one.weight, two.weight.astype(np.float32))
    assert two.weight.dtype == np.float64


@pytest.mark.parametrize("name", PAIRS)
def test_states_travel_both_ways(name):
    layer, module, _ = build(name, np.float32)
    state = layer.state_dict()
    theirs = {key: value.numpy() for key, value in module.state_dict().items()}
    assert list(state) == list(theirs)
    for value in module.state_dict().values():
        value.add_(1)  # in place: torch's state shares memory with the module
    layer.load_state_dict(module.state_dict())
    for key, value in module.state_dict().items():
        np.testing.assert_array_equal(layer.state_dict()[key], value.numpy())
        assert layer.state_dict()[key].dtype == value.numpy().dtype


def test_a_state_is_a_copy_and_loading_keeps_the_arrays():
    layer = layers.Linear(2, 3, rng=new_rng())
    weight, state = layer.weight, layer.state_dict()
    before = state["weight"].copy()
    layer.weight += 1
    np.testing.assert_array_equal(state["weight"], before)
    layer.load_state_dict(state)
    assert layer.weight is weight
    np.testing.assert_array_equal(weight, before)


def test_a_float64_state_is_rounded_to_the_layers_dtype():
    wide = layers.Linear(2, 3, rng=new_rng(), dtype=np.float64)
    narrow = layers.Linear(2, 3, rng=np.random.default_rng(9))
    narrow.load_state_dict(wide.state_dict())
    np.testing.assert_array_equal(narrow.weight, wide.weight.astype(np.float32))


def test_load_state_dict_lists_all_that_does_not_fit_and_copies_nothing():
    layer = layers.Linear(2, 3, rng=new_rng())
    before = layer.state_dict()
    state = {"weight": np.zeros((2, 3)), "Bias": np.zeros(3)}
    with pytest.raises(
        ValueError,
        match=r"load_state_dict: state does not fit this Linear: missing bias; unexpected Bias; "
        r"weight has shape \(2, 3\), expected \(3, 2\)",
    ):
        layer.load_state_dict(state)
    with pytest.raises(ValueError, match=r"weight cannot be read as an array: a masked arr"):
        layer.load_state_dict({"weight": np.ma.ones((3, 2)), "bias": np.zeros(3)})
    with pytest.raises(ValueError, match=r"weight cannot be read as an array: setting an array el"):
        layer.load_state_dict({"weight": [[1, 2], [3]], "bias": np.zeros(3)})
    with pytest.raises(
        ValueError, match=r"weight cannot be read as an array: Cannot copy out of m"
    ):
        layer.load_state_dict(dict(nn.Linear(2, 3, device="meta").named_parameters()))
    with pytest.raises(ValueError, match=r"bias is complex128, expected float32"):
        layer.load_state_dict({"weight": np.zeros((3, 2)), "bias": np.zeros(3, complex)})
    with pytest.raises(TypeError, match=r"load_state_dict: state is a list; expected a dictionary"):
        layer.load_state_dict([np.zeros((3, 2))])
    for key, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[key])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_parameters_of_pytorch_can_be_loaded_as_they_are(dtype):
    module, layer = nn.Linear(2, 3).to(dtype), layers.Linear(2, 3, rng=new_rng())
    layer.load_state_dict(dict(module.named_parameters()))  # these require a gradient
    np.testing.assert_array_equal(layer.weight, module.weight.detach().float().numpy())


def test_loading_what_is_too_large_for_float32_is_silent_as_in_torch():
    layer = layers.Linear(1, 1, rng=new_rng())
    layer.load_state_dict({"weight": np.array([[1e300]]), "bias": np.array([1.0])})
    assert layer.weight == np.inf


@pytest.mark.parametrize("name", PAIRS)
def test_copies_and_pickles_hold_nothing_of_a_batch(name):
    layer, _, x = build(name, np.float32)
    fresh = len(pickle.dumps(layer))
    grad_output = np.ones_like(layer(x))
    layer.backward(grad_output)
    # The state of a generator, dropout's, is a number that may need a few bytes more or less.
    expected = pytest.approx(fresh, abs=16 if "Dropout" in name else 0)
    assert len(pickle.dumps(layer)) == expected
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert len(pickle.dumps(twin)) == expected
        with pytest.raises(RuntimeError, match=r"called before forward"):
            twin.backward(grad_output)
        if layer.parameters():
            with pytest.raises(RuntimeError, match=r"there is no gradient of weight yet"):
                twin.gradients()
        np.testing.assert_array_equal(twin.eval()(x), layer.eval()(x))


@pytest.mark.parametrize("name", PAIRS)
def test_evaluation_mode_keeps_nothing_and_writes_nothing(name):
    layer, _, x = build(name, np.float32)
    grad_output = np.ones_like(layer(x))
    layer.eval()
    with pytest.raises(RuntimeError, match=r"In evaluation mode a forward pass keeps nothing: cal"):
        layer.backward(grad_output)  # the batch of the training is gone too
    before = dict(vars(layer))
    arrays = {key: value.copy() for key, value in before.items() if isinstance(value, np.ndarray)}
    layer(x)
    assert all(vars(layer)[key] is before[key] for key in before)
    assert list(vars(layer)) == list(before)
    for key, value in arrays.items():
        np.testing.assert_array_equal(getattr(layer, key), value)
    with pytest.raises(RuntimeError, match=r"In evaluation mode a forward pass keeps nothing: cal"):
        layer.backward(grad_output)


@pytest.mark.parametrize("name", PAIRS)
def test_evaluation_mode_remembers_when_told_to(name):
    layer, module, x = build(name, np.float64)
    layer.eval(backward=True)
    assert_same(layer, module.eval(), x, np.float64)
    layer.train()
    layer.eval()
    layer(x)
    with pytest.raises(RuntimeError, match=r"In evaluation mode"):
        layer.backward(x)


def test_flags_of_modes_and_backward_passes_are_true_or_false():
    layer = layers.ReLU()
    layer(np.ones(2))
    with pytest.raises(TypeError, match=r"train: mode is 'no'; expected True or False"):
        layer.train("no")
    with pytest.raises(TypeError, match=r"eval: backward is 1; expected True or False"):
        layer.eval(1)
    model = layers.Sequential(layers.Linear(2, 2, rng=new_rng()), layers.BatchNorm2d(2))
    for layer, x in ((model[0], np.ones((1, 2))), (model[1], np.ones((2, 2, 1, 1))), (model, 0)):
        if layer is not model:
            layer(x.astype(np.float32))
        with pytest.raises(TypeError, match=r"\.backward: need_input_grad is 'no'; expected True"):
            layer.backward(np.ones((2, 2, 1, 1), np.float32), need_input_grad="no")


def test_infinities_meet_silently_as_in_torch():
    x = np.array([np.inf, -np.inf, 1.0, np.nan]).reshape(1, 1, 2, 2)
    x = np.concatenate([x, np.ones_like(x)], axis=1)
    for training in (True, False):
        layer, module = layers.BatchNorm2d(2, dtype=np.float64), nn.BatchNorm2d(2).double()
        if not training:
            layer.eval(backward=True)
        assert_same(layer, module.train(training), x, np.float64)
    layer = layers.Residual(layers.Linear(2, 2, bias=False, rng=new_rng(), dtype=np.float64))
    layer.body.weight[...] = -np.eye(2)
    with np.errstate(all="raise"):
        assert np.isnan(layer(np.array([[np.inf, 1.0]]))).any()
        layer.backward(np.array([[np.inf, 1.0]]))


@pytest.mark.parametrize("name", PAIRS)
def test_backward_before_forward_is_refused(name):
    layer, _, x = build(name, np.float64)
    kind = type(layer).__name__
    with pytest.raises(RuntimeError, match=rf"{kind}.backward: called before forward"):
        layer.backward(x)


def test_gradients_before_backward_are_refused():
    layer = layers.Linear(2, 3, rng=new_rng())
    with pytest.raises(RuntimeError, match=r"Linear: there is no gradient of weight yet; call bac"):
        layer.gradients()


def test_a_refused_input_is_not_remembered():
    layer = layers.Linear(2, 3, rng=new_rng())
    with pytest.raises(ValueError, match=r"linear: the last axis of x"):
        layer(np.zeros((1, 5), np.float32))
    with pytest.raises(RuntimeError, match=r"Linear.backward: called before forward"):
        layer.backward(np.zeros((1, 3), np.float32))


@pytest.mark.parametrize("dtype", DTYPES)
def test_another_dtype_is_refused(dtype):
    other = np.float32 if dtype == np.float64 else np.float64
    x = np.zeros((2, 2, 4, 4), other)
    for layer, message in [
        (layers.Conv2d(2, 3, 3, rng=new_rng(), dtype=dtype), r"conv2d: x is float.., weight is fl"),
        (layers.Linear(4, 3, rng=new_rng(), dtype=dtype), r"linear: x is float.., weight is float"),
        (layers.BatchNorm2d(2, dtype=dtype), r"BatchNorm2d: x is float.., running_mean is float"),
    ]:
        with pytest.raises(TypeError, match=message):
            layer(x)


def test_batch_norm_refuses_what_it_cannot_normalise():
    layer = layers.BatchNorm2d(2)
    with pytest.raises(ValueError, match=r"BatchNorm2d: x has 3 axes, shape \(2, 4, 4\); expected"):
        layer(np.zeros((2, 4, 4), np.float32))
    with pytest.raises(ValueError, match=r"BatchNorm2d: x has 3 channels.*; expected 2, the layer"):
        layer(np.zeros((2, 3, 4, 4), np.float32))
    with pytest.raises(ValueError, match=r"BatchNorm2d: x has one value per channel, shape \(1, 2"):
        layer(np.zeros((1, 2, 1, 1), np.float32))
    layer(np.zeros((2, 2, 4, 4), np.float32))
    with pytest.raises(
        ValueError, match=r"BatchNorm2d.backward: grad_output has shape \(2, 2, 4\)"
    ):
        layer.backward(np.zeros((2, 2, 4), np.float32))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (
            lambda r: layers.Conv2d(0, 3, 3, rng=r),
            ValueError,
            r"Conv2d: in_channels is 0; expected",
        ),
        (lambda r: layers.Conv2d(2, 3.0, 3, rng=r), TypeError, r"Conv2d: out_channels is 3\.0"),
        (lambda r: layers.Conv2d(2, 3, 0, rng=r), ValueError, r"Conv2d: kernel_size is 0"),
        (
            lambda r: layers.Conv2d(2, 4, 3, groups=4, rng=r),
            ValueError,
            r"Conv2d: in_channels is 2 and groups is 4; expected groups that divide it",
        ),
        (
            lambda r: layers.ConvTranspose2d(4, 2, 3, groups=4, rng=r),
            ValueError,
            r"ConvTranspose2d: out_channels is 2 and groups is 4",
        ),
        (lambda r: layers.Linear(0, 3, rng=r), ValueError, r"Linear: in_features is 0"),
        (lambda r: layers.Linear(3, True, rng=r), TypeError, r"Linear: out_features is True"),
        (
            lambda r: layers.Linear(2, 3, rng=7),
            TypeError,
            r"Linear: rng is an int; expected a numpy.random.Generator, for example "
            r"np.random.default_rng\(7\)",
        ),
        (
            lambda r: layers.kaiming_uniform((2, 3), 3, None),
            TypeError,
            r"kaiming_uniform: rng is",
        ),
        (
            lambda r: layers.kaiming_uniform((2, 3), 0, r),
            ValueError,
            r"fan is 0; expected at",
        ),
        (lambda r: layers.fan_in(5), ValueError, r"fan_in: weight_shape is 5; expected the shape"),
        (
            lambda r: layers.Linear(2, 3, rng=r, dtype=np.float16),
            TypeError,
            r"Linear: dtype is float16; expected float32 or float64",
        ),
        (
            lambda r: layers.Conv2d(2, 3, 3, rng=r, dtype="x"),
            TypeError,
            r"Conv2d: dtype is 'x'; expected np.float32",
        ),
        (
            lambda r: layers.Linear(2, 3, "no", rng=r),
            TypeError,
            r"bias is 'no'; expected T",
        ),
        (lambda r: layers.BatchNorm2d(2, affine=1), TypeError, r"affine is 1; expected True or F"),
        (lambda r: layers.BatchNorm2d(2, eps="x"), TypeError, r"BatchNorm2d: eps is 'x' of type s"),
        (lambda r: layers.BatchNorm2d(2, eps=np.inf), ValueError, r"eps is inf; expected a finite"),
        (lambda r: layers.BatchNorm2d(2, momentum="x"), TypeError, r"momentum is 'x' of type str"),
        (lambda r: layers.BatchNorm2d(0), ValueError, r"BatchNorm2d: num_features is 0"),
        (lambda r: layers.BatchNorm2d(2, eps=0.0), ValueError, r"BatchNorm2d: eps is 0\.0; expect"),
        (
            lambda r: layers.BatchNorm2d(2, momentum=1.5),
            ValueError,
            r"BatchNorm2d: momentum is 1\.5",
        ),
        (lambda r: layers.BatchNorm2d(2, momentum=None), ValueError, r"momentum is None; expected"),
        (
            lambda r: layers.BatchNorm2d(2, dtype=int),
            TypeError,
            r"BatchNorm2d: dtype is int64; exp",
        ),
        (
            lambda r: layers.Sequential([layers.ReLU()]),
            TypeError,
            r"layer 0 is a list; expected a layer; hand the layers over one by one: Sequential\(\*",
        ),
        (
            lambda r: layers.Sequential(layers.ReLU),
            TypeError,
            r"layer 0 is a type; .*; ReLU is a class, make a layer of it: ReLU\(\.\.\.\)",
        ),
        (
            lambda r: layers.Sequential(nn.ReLU()),
            TypeError,
            r"layer 0 is a ReLU; expected a layer of cnnbook.layers, not of torch.nn.modules",
        ),
        (lambda r: layers.Sequential(np.tanh), TypeError, r"Sequential: layer 0 is a ufunc; expec"),
        (
            lambda r: layers.Residual(None),
            TypeError,
            r"Residual: body is a NoneType; expected a la",
        ),
        (
            lambda r: layers.Residual(layers.ReLU(), abs),
            TypeError,
            r"Residual: shortcut is a builtin_function_or_method; expected a layer",
        ),
    ],
)
def test_constructors_refuse(build, error, message):
    with pytest.raises(error, match=message):
        build(new_rng())


def test_a_layer_in_two_places_is_refused():
    relu = layers.ReLU()
    with pytest.raises(ValueError, match=r"Sequential: the layer ReLU\(\) is there twice"):
        layers.Sequential(relu, relu)
    with pytest.raises(ValueError, match=r"Sequential: the layer ReLU\(\) is there twice"):
        layers.Sequential(relu, layers.Sequential(relu))
    with pytest.raises(ValueError, match=r"Residual: the layer ReLU\(\) is there twice"):
        layers.Residual(relu, relu)


def test_residual_refuses_shapes_that_differ():
    layer = layers.Residual(layers.MaxPool2d(2))
    with pytest.raises(
        ValueError, match=r"Residual: the body gives shape \(1, 1, 2, 2\) and the s"
    ):
        layer(np.zeros((1, 1, 4, 4)))


def test_a_subclass_that_defines_nothing_says_so():
    with pytest.raises(NotImplementedError, match=r"Layer does not define forward"):
        layers.Layer()(np.zeros(1))
    with pytest.raises(NotImplementedError, match=r"Layer does not define backward"):
        layers.Layer().backward(np.zeros(1))


def test_reprs_read_like_torchs():
    rng = new_rng()
    model = layers.Sequential(
        layers.Conv2d(1, 6, 5, padding=2, rng=rng),
        layers.Residual(layers.Sequential(layers.ReLU()), layers.Conv2d(6, 6, 1, rng=rng)),
        layers.ConvTranspose2d(6, 2, 2, stride=2, bias=False, rng=rng),
        layers.BatchNorm2d(2),
        layers.MaxPool2d(2),
        layers.Flatten(),
        layers.Linear(4, 3, rng=rng),
    )
    assert repr(model).splitlines() == [
        "Sequential(",
        "  (0): Conv2d(1, 6, kernel_size=(5, 5), padding=2)",
        "  (1): Residual(",
        "    (body): Sequential(",
        "      (0): ReLU()",
        "    )",
        "    (shortcut): Conv2d(6, 6, kernel_size=(1, 1))",
        "  )",
        "  (2): ConvTranspose2d(6, 2, kernel_size=(2, 2), stride=2, bias=False)",
        "  (3): BatchNorm2d(2, eps=1e-05, momentum=0.1, affine=True)",
        "  (4): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)",
        "  (5): Flatten(start_axis=1)",
        "  (6): Linear(in_features=4, out_features=3, bias=True)",
        ")",
    ]


def test_a_sequential_is_a_sequence_and_can_be_copied():
    model = layers.Sequential(layers.Linear(2, 3, rng=new_rng()), layers.ReLU())
    assert len(model) == 2
    assert [type(layer) for layer in model] == [layers.Linear, layers.ReLU]
    assert model[-1] is list(model)[1]
    twin = copy.deepcopy(model)
    twin[0].weight += 1
    x = np.ones((1, 2), np.float32)
    assert not np.array_equal(model(x), twin(x))


def test_train_and_eval_reach_every_layer():
    model = layers.Sequential(layers.Residual(layers.Sequential(layers.BatchNorm2d(2))))
    norm = model[0].body[0]
    assert norm.training
    assert model.eval() is model
    assert not norm.training
    assert model.train() is model
    assert norm.training
