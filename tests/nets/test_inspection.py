"""Feature maps, receptive fields, occlusion, saliency, exciting images and mistakes."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnnbook.data import digits
from cnnbook.nets import LeNet5, Net, SimpleCNN, TinyCNN, explain, initialize
from cnnbook.nets.inspection import (
    averaging,
    feature_maps,
    maximize,
    most_confused,
    occlusion_map,
    receptive_field_by_gradient,
    saliency,
)
from cnnbook.shapes import receptive_field


def images(*shape, dtype=np.float32):
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


@pytest.fixture
def net():
    return initialize(SimpleCNN(), 3)


# Feature maps


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_maps_are_what_the_layers_compute(net, dtype):
    x = images(2, 1, 28, 28, dtype=dtype)
    net = net.to(torch.from_numpy(x).dtype)
    expected = torch.from_numpy(x)
    maps = feature_maps(net, x)
    assert list(maps) == [name for name, _ in net.named_children()]
    for name, layer in net.named_children():
        expected = layer(expected)
        assert maps[name].dtype == dtype
        np.testing.assert_array_equal(maps[name], expected.detach().numpy())


def test_only_the_named_layers_even_nested():
    model = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), nn.Flatten())
    assert list(feature_maps(model, images(1, 1, 4, 4), ["0.1", "0"])) == ["0.1", "0"]
    assert list(feature_maps(model, images(1, 1, 4, 4))) == ["0.0", "0.1", "1"]


def test_a_layer_that_works_in_place_does_not_spoil_the_map_before_it():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True))
    x = images(1, 1, 6, 6)
    assert feature_maps(model, x)["0"].min() < 0
    assert (feature_maps(model, x)["1"] >= 0).all()


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.relu, self.idle = nn.ReLU(), nn.Dropout()

    def forward(self, x):
        return self.relu(1 - self.relu(x))


def test_a_layer_that_runs_twice_has_two_maps():
    assert list(feature_maps(Twice(), images(1, 1, 2, 2))) == ["relu", "relu (2)"]


def test_the_hooks_go_also_after_an_error(net):
    with pytest.raises(RuntimeError):
        feature_maps(net, images(1, 3, 28, 28))
    with pytest.raises(RuntimeError):
        receptive_field_by_gradient(net, (3, 28, 28), layer="conv2")
    assert not any(layer._forward_hooks for layer in net.modules())


def test_functions_leave_the_model_as_it_was(net):
    net[5].eval()
    modes = [layer.training for layer in net.modules()]
    before = {name: value.clone() for name, value in net.state_dict().items()}
    x = images(1, 28, 28)
    feature_maps(net, x[None])
    receptive_field_by_gradient(net, (1, 28, 28), layer="conv2", image=x)
    occlusion_map(net, x, 1, 14, 7)
    saliency(net, x, 1)
    maximize(net, (1, 28, 28), 1, steps=2)
    most_confused(net, x[None], np.array([3]))
    assert [layer.training for layer in net.modules()] == modes
    assert all(torch.equal(before[k], v) for k, v in net.state_dict().items())
    assert all(p.grad is None for p in net.parameters())


@pytest.mark.parametrize(
    ("model", "x", "layers", "error", "message"),
    [
        (TinyCNN(), images(1, 8, 8), None, ValueError, r"x has shape \(1, 8, 8\); expected \(N"),
        (TinyCNN(), images(0, 1, 8, 8), None, ValueError, "with at least one image"),
        (TinyCNN(), np.zeros((1, 1, 8, 8), int), None, TypeError, "x has dtype torch.int64"),
        (TinyCNN(), images(1, 1, 8, 8), "conv1", TypeError, "expected a list of names"),
        (TinyCNN(), images(1, 1, 8, 8), ["conv3"], ValueError, "layer is 'conv3'; .*conv1, relu1"),
        (Twice(), images(1, 1, 2, 2), ["idle"], ValueError, "idle did not run"),
        (nn.Sequential(nn.MaxPool2d(2, return_indices=True)), images(1, 1, 2, 2), ["0"],
         ValueError, "0 gives a tuple; expected one tensor"),
    ],
)  # fmt: skip
def test_feature_maps_refuses(model, x, layers, error, message):
    with pytest.raises(error, match=f"feature_maps: .*{message}"):
        feature_maps(model, x, layers)


# Receptive fields


steps = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(1, 2)), min_size=1, max_size=4
)


@given(down=steps, across=steps)
@settings(max_examples=40, deadline=None)
def test_the_averaging_copy_sees_the_whole_field(down, across):
    layers = []
    for (kh, sh, dh), (kw, sw, dw) in zip(down, across, strict=False):
        layers += [nn.Conv2d(2, 2, (kh, kw), (sh, sw), dilation=(dh, dw)), nn.ReLU()]
    count = len(layers) // 2
    expected = receptive_field(down[:count]), receptive_field(across[:count])
    # As small as it can be for one output, and one more pixel each way that is not reached.
    model = averaging(nn.Sequential(nn.ZeroPad2d(-1), *layers))
    found = receptive_field_by_gradient(
        model, (2, expected[0] + 2, expected[1] + 2), position=(0, 0)
    )
    assert found.size == expected
    assert found.box[:2] == (1, 1)
    gap = found.map[1 : 1 + expected[0], 1 : 1 + expected[1]]
    assert gap.sum() == pytest.approx(2, rel=1e-4)  # means of means; two channels


@pytest.mark.parametrize("model", [SimpleCNN, LeNet5])
def test_the_books_networks_have_the_field_that_explain_prints(model):
    rows = {row.layer: row for row in explain(model(), (1, 28, 28)).rows}
    for layer in ("conv1", "pool1", "conv2"):
        found = receptive_field_by_gradient(averaging(model()), (1, 28, 28), layer=layer)
        assert found.size == rows[layer].receptive_field


def test_max_pooling_and_relu_hide_a_part():
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(4), nn.Conv2d(8, 1, 1))
    initialize(model, 0)
    full = receptive_field_by_gradient(averaging(model), (1, 12, 12))
    seen = receptive_field_by_gradient(model, (1, 12, 12), image=images(1, 12, 12))
    assert full.size == (6, 6)
    assert (seen.map > 0).sum() < (full.map > 0).sum()
    assert not ((seen.map > 0) & (full.map == 0)).any()


def test_ten_layers_of_ones_have_the_effective_field_of_the_book():
    model = averaging(nn.Sequential(*[nn.Conv2d(1, 1, 3, bias=False) for _ in range(10)]).double())
    found = receptive_field_by_gradient(model, (1, 31, 31))
    assert found.size == (21, 21)
    share = found.map / found.map.sum()
    middle = sum(found.box[::2]) // 2
    profile = share.sum(axis=1)
    deviation = np.sqrt((profile * (np.arange(31) - middle) ** 2).sum())
    assert deviation == pytest.approx(np.sqrt(10 * 2 / 3))
    inner = slice(middle - 5, middle + 6)
    assert share[inner, inner].sum() == pytest.approx(0.94, abs=0.005)


def test_the_field_is_cut_off_at_the_border_and_moves_with_the_position():
    model = averaging(nn.Conv2d(1, 1, 5, stride=2, padding=2))
    fields = [
        receptive_field_by_gradient(model, (1, 9, 9), position=(row, 2)).box for row in (0, 2)
    ]
    assert fields == [(0, 2, 3, 7), (2, 2, 7, 7)]


def test_a_linear_layer_reaches_what_its_map_reaches():
    # conv2's 4×4 map after pooling: the last row and column of neither 28×28 nor a map is lost.
    found = receptive_field_by_gradient(averaging(SimpleCNN()), (1, 28, 28))
    assert (found.box, found.map.min() > 0) == ((0, 0, 28, 28), True)


def test_averaging_takes_every_kind_of_layer_and_changes_a_copy_only():
    model = nn.Sequential(
        nn.Conv2d(4, 6, 3, groups=2), nn.BatchNorm2d(6), nn.Tanh(), nn.MaxPool2d(3, 2, 1),
        nn.Sequential(nn.GELU(), nn.Flatten(), nn.Linear(54, 2)),
    )  # fmt: skip
    x = torch.full((1, 4, 8, 8), 7.0)
    copy = averaging(model)
    assert copy[0](x).unique().tolist() == pytest.approx([7.0])
    assert isinstance(copy[3], nn.AvgPool2d)
    assert isinstance(model[3], nn.MaxPool2d)
    assert isinstance(model[4][0], nn.GELU)
    assert isinstance(averaging(nn.MaxPool2d(2)), nn.AvgPool2d)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"input_size": (1, 28)}, ValueError, r"input_size is \(1, 28\)"),
        ({"input_size": (1, 28, 0)}, ValueError, "input_size is 0; expected at least 1"),
        ({"image": images(1, 27, 28)}, ValueError, r"image has shape \(1, 27, 28\)"),
        ({"position": (0, 0)}, ValueError, "where there is no height and width"),
        ({"layer": "conv1", "position": (0, 24)}, ValueError, r"position\[1\] is 24; .* 24 column"),
        ({"layer": "conv9"}, ValueError, "layer is 'conv9'"),
        ({"layer": "relu1", "image": images(1, 28, 28) * 0}, ValueError, "gradient is 0 at every"),
    ],
)
def test_receptive_field_by_gradient_refuses(net, arguments, error, message):
    nn.init.constant_(net.conv1.bias, -1)
    with pytest.raises(error, match=f"receptive_field_by_gradient: .*{message}"):
        receptive_field_by_gradient(net, **{"input_size": (1, 28, 28)} | arguments)


def test_averaging_refuses_dilated_pooling():
    with pytest.raises(ValueError, match="averaging: a max pooling has dilation 2"):
        averaging(nn.Sequential(nn.MaxPool2d(2, dilation=2)))


# Occlusion


@pytest.mark.parametrize("batch_size", [1, 4, 1000])
def test_occlusion_by_hand(batch_size):
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 5 * 7, 4))
    image = images(2, 7, 9)
    for score in ("probability", "logit"):
        found = occlusion_map(
            model, image, 2, (2, 3), (2, 3), 0.5, score=score, batch_size=batch_size
        )
        assert found.shape == (3, 3)
        for i in range(3):
            for j in range(3):
                hidden = image.copy()
                hidden[:, 2 * i : 2 * i + 2, 3 * j : 3 * j + 3] = 0.5
                logits = model(torch.from_numpy(hidden[None])).detach()
                answer = logits if score == "logit" else F.softmax(logits, dim=1)
                assert found[i, j] == pytest.approx(answer[0, 2].item(), abs=1e-6)
    # The image that was given is the caller's.
    np.testing.assert_array_equal(image, images(2, 7, 9))


def test_hiding_everything_leaves_a_constant(net):
    assert occlusion_map(net, images(1, 28, 28), 3, 28).shape == (1, 1)


def test_hiding_the_stroke_of_a_one_costs_it_most():
    data = digits()
    i = next(i for i, y in enumerate(data.y_test) if y == 0)
    net = TinyCNN.pretrained()
    found = occlusion_map(net, data.x_test[i], 0, 3, score="logit")
    whole = feature_maps(net, data.x_test[i : i + 1])["fc"][0, 0]
    assert found.min() < whole - 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"target": 10}, ValueError, "target is 10; expected 0 to 9"),
        ({"target": -1}, ValueError, "target is -1"),
        ({"size": 29}, ValueError, "size is 29×29; expected at most the image's 28×28"),
        ({"size": 0}, ValueError, "size is 0"),
        ({"stride": 0}, ValueError, "stride is 0"),
        ({"score": "loss"}, ValueError, "score is 'loss'"),
        ({"batch_size": 0}, ValueError, "batch_size is 0"),
        ({"image": images(2, 1, 28, 28)}, ValueError, "expected one image"),
        ({"image": np.zeros((1, 28, 28), int)}, TypeError, "image has dtype torch.int64"),
    ],
)
def test_occlusion_map_refuses(net, arguments, error, message):
    with pytest.raises(error, match=f"occlusion_map: .*{message}"):
        occlusion_map(net, **{"image": images(1, 28, 28), "target": 0} | arguments)


# Saliency


def test_saliency_is_the_slope_of_the_logit():
    model = initialize(nn.Sequential(nn.Conv2d(2, 3, 3), nn.Tanh(), nn.Flatten(),
                                     nn.Linear(3 * 4 * 5, 4)), 1).double()  # fmt: skip
    image = images(2, 6, 7, dtype=np.float64)
    found = saliency(model, image, 1)
    assert found.shape == (6, 7)

    def logit(x):
        return model(torch.from_numpy(x[None]))[0, 1].item()

    for row, column in [(0, 0), (3, 4), (5, 6)]:
        slopes = []
        for channel in range(2):
            up, down = image.copy(), image.copy()
            up[channel, row, column] += 1e-5
            down[channel, row, column] -= 1e-5
            slopes.append(abs(logit(up) - logit(down)) / 2e-5)
        assert found[row, column] == pytest.approx(max(slopes), rel=1e-6)


def test_saliency_works_where_gradients_are_off_and_on_tensors(net):
    with torch.no_grad():
        found = saliency(net, torch.from_numpy(images(1, 1, 28, 28)), 0)
    np.testing.assert_array_equal(found, saliency(net, images(1, 28, 28), 0))


@pytest.mark.parametrize(
    ("model", "target", "message"),
    [
        (SimpleCNN(), 10, "target is 10; expected 0 to 9"),
        (nn.Conv2d(1, 1, 3), 0, r"the model gives shape \(1, 1, 26, 26\)"),
    ],
)
def test_saliency_refuses(model, target, message):
    with pytest.raises(ValueError, match=f"saliency: .*{message}"):
        saliency(model, images(1, 28, 28), target)


# Exciting images


def test_a_linear_unit_is_excited_most_by_its_weights():
    model = nn.Sequential(nn.Flatten(), nn.Linear(2 * 3 * 4, 5)).double()
    found = maximize(model, (2, 3, 4), 3, norm=2.5, steps=300)
    weight = model[1].weight[3].detach().numpy()
    best = 2.5 * weight / np.linalg.norm(weight)
    np.testing.assert_allclose(found.image.ravel(), best, atol=1e-6)
    highest = 2.5 * np.linalg.norm(weight) + model[1].bias[3].item()
    assert max(found.activations) == pytest.approx(highest)
    assert len(found.activations) == 301


def test_a_position_of_a_map_is_excited_within_its_receptive_field():
    model = initialize(SimpleCNN(), 0).double()
    found = maximize(model, (1, 28, 28), 4, layer="conv2", position=(0, 0), norm=5.0)
    assert found.activations[-1] > found.activations[0]
    inside = found.image[0, :14, :14]
    # What lies outside is the noise of the start, made smaller by each step back into the ball.
    assert np.linalg.norm(inside) > 0.99 * np.linalg.norm(found.image)
    assert np.linalg.norm(found.image) <= 5 + 1e-9


def test_the_mean_of_a_map_and_a_functions_network():
    net = initialize(Net(), 0)
    found = maximize(net, (1, 28, 28), 2, layer="conv1", steps=30)
    mean = feature_maps(net, found.image[None])["conv1"][0, 2].mean()
    assert mean == pytest.approx(max(found.activations), rel=1e-5)


def test_maximize_repeats_and_the_seed_matters(net):
    first, again = (maximize(net, (1, 28, 28), 3, steps=5) for _ in range(2))
    np.testing.assert_array_equal(first.image, again.image)
    other = maximize(net, (1, 28, 28), 3, steps=5, seed=1)
    assert not np.array_equal(first.image, other.image)


def test_a_trained_network_is_sure_of_its_favourite_image():
    net = TinyCNN.pretrained()
    for digit in range(10):
        found = maximize(net, (1, 8, 8), digit)
        logits = feature_maps(net, found.image[None])["fc"][0]
        assert logits.argmax() == digit


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"channel": 10}, ValueError, "channel is 10; expected 0 to 9"),
        ({"shape": (28, 28)}, ValueError, r"shape is \(28, 28\)"),
        ({"steps": 0}, ValueError, "steps is 0"),
        ({"lr": 0.0}, ValueError, "lr is 0.0; expected a positive number"),
        ({"norm": float("inf")}, ValueError, "norm is inf"),
        ({"seed": -1}, ValueError, "seed is -1"),
        ({"position": (0, 0)}, ValueError, "expected None for a layer without a map"),
        ({"layer": "conv1", "position": (24, 0)}, ValueError, r"position\[0\] is 24"),
        ({"layer": "relu1", "channel": 0}, ValueError, "the gradient is 0 at the start"),
        ({"layer": "fc9"}, ValueError, "layer is 'fc9'"),
    ],
)
def test_maximize_refuses(net, arguments, error, message):
    nn.init.constant_(net.conv1.bias, -9)
    with pytest.raises(error, match=f"maximize: .*{message}"):
        maximize(net, **{"shape": (1, 28, 28), "channel": 0} | arguments)


# Mistakes


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_most_confused_by_hand(batch_size):
    data = digits()
    net = TinyCNN.pretrained()
    found = most_confused(net, data.x_test, data.y_test, batch_size=batch_size)
    with torch.no_grad():
        logits = net(torch.from_numpy(data.x_test)).numpy().astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wrong = np.flatnonzero(logits.argmax(axis=1) != data.y_test)
    assert sorted(mistake.index for mistake in found) == wrong.tolist()
    assert len(wrong) == 10  # 2.222 % of 450, as the file of the weights says
    for mistake in found:
        assert mistake.true == data.y_test[mistake.index]
        assert mistake.predicted == logits[mistake.index].argmax()
        assert mistake.probability == pytest.approx(shares[mistake.index].max(), rel=1e-5)
    confidences = [mistake.probability for mistake in found]
    assert confidences == sorted(confidences, reverse=True)
    assert most_confused(net, data.x_test, data.y_test, 3, batch_size=batch_size) == found[:3]


def test_no_mistake_is_an_empty_list():
    assert most_confused(nn.Identity(), np.eye(3), np.arange(3)) == []


@pytest.mark.parametrize(
    ("x", "y", "n", "error", "message"),
    [
        (np.eye(3), np.arange(2), 1, ValueError, "x has 3 inputs and y 2 targets"),
        (np.eye(3), np.arange(1, 4), 1, ValueError, "classes from 1 to 3; expected 0 to 2"),
        (np.eye(3), np.arange(3.0), 1, TypeError, "y has dtype torch.float64"),
        (np.eye(3), np.arange(3), 0, ValueError, "n is 0"),
        (np.zeros((3, 2, 4)), np.arange(3), 1, ValueError, r"gives shape \(3, 2, 4\)"),
    ],
)
def test_most_confused_refuses(x, y, n, error, message):
    with pytest.raises(error, match=f"most_confused: .*{message}"):
        most_confused(nn.Identity(), x, y, n)
