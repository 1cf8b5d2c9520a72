"""Projecting activations back, against autograd, PyTorch's unpooling and kernels by hand."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnbook.nets import Exercise10, FullyConnected, LeNet5, Net, SimpleCNN, TinyCNN, initialize
from cnnbook.nets.inspection import averaging, project_back, receptive_field_by_gradient


def image(*shape, dtype=torch.float64):
    return torch.from_numpy(np.random.default_rng(0).normal(size=shape)).to(dtype)


def gradient_times_activation(model, x, layer, channel, position):
    names = [name for name, _ in model.named_children()]
    x = x[None].clone().requires_grad_()
    output = nn.Sequential(*list(model.children())[: names.index(layer) + 1])(x)
    value = output[0, channel] if output.ndim == 2 else output[(0, channel, *position)]
    value.backward()
    return (x.grad[0] * value).detach().numpy()


LINEAR = nn.Sequential(
    nn.Conv2d(2, 4, (2, 4), (2, 3), (1, 2)),
    nn.Identity(),
    nn.Conv2d(4, 6, 3, dilation=2, groups=2, padding="same"),
    nn.Dropout(),
    nn.MaxPool2d((2, 3), (1, 2)),
    nn.Conv2d(6, 3, (2, 1), padding="valid"),
    nn.Flatten(),
    nn.Linear(3 * 5 * 2, 5),
).double()


@pytest.mark.parametrize(
    ("layer", "channel", "position"),
    [("0", 3, (2, 1)), ("2", 5, (6, 0)), ("4", 0, (1, 1)), ("5", 2, (0, 1)), ("7", 4, (0, 0))],
)
def test_without_relu_it_is_the_gradient_times_the_activation(layer, channel, position):
    model = LINEAR.eval()
    x = image(2, 13, 16)
    found = project_back(model, x, layer, channel, position)
    expected = gradient_times_activation(model, x, layer, channel, position)
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(found.image, expected, atol=1e-12)
    assert found.position == position


def test_by_pytorchs_own_unpooling_and_relu():
    model = initialize(Exercise10(), 0).double()
    x = image(1, 28, 28)
    found = project_back(model, x, "relu2", 7)

    up1 = F.conv2d(x[None], model.conv1.weight, model.conv1.bias, padding=1)
    pooled, switches = F.max_pool2d(F.relu(up1), 2, return_indices=True)
    up2 = F.relu(F.conv2d(pooled, model.conv2.weight, model.conv2.bias, padding=1))
    strongest = up2[0, 7].max()
    signal = torch.where(up2 == strongest, strongest, 0.0)
    signal[0, [c for c in range(32) if c != 7]] = 0
    down = F.conv_transpose2d(F.relu(signal), model.conv2.weight, padding=1)
    down = F.relu(F.max_unpool2d(down, switches, 2))
    down = F.conv_transpose2d(down, model.conv1.weight, padding=1)

    np.testing.assert_allclose(found.image, down[0].detach().numpy(), atol=1e-12)
    assert found.activation == pytest.approx(strongest.item())
    assert up2[(0, 7, *found.position)] == strongest


def test_relu_on_the_way_down_is_not_the_gradient():
    model = initialize(TinyCNN(), 0).double()
    x = image(1, 8, 8)
    found = project_back(model, x, "conv2", 1)
    gradient = gradient_times_activation(model, x, "conv2", 1, found.position)
    assert not np.allclose(found.image, gradient)


def test_windows_that_overlap_add_up_at_their_common_maximum():
    x = torch.zeros(1, 1, 4).double()
    x[0, 0, 1] = 1
    model = nn.Sequential(nn.MaxPool2d((1, 2), 1), nn.Conv2d(1, 1, (1, 2), bias=False)).double()
    nn.init.ones_(model[1].weight)
    found = project_back(model, x, "1", 0, (0, 0))
    assert found.image.tolist() == [[[0, 4, 0, 0]]]  # activation 2, through both windows


@pytest.mark.parametrize("layer", ["relu1", "conv2", "pool2"])
def test_it_stays_inside_the_receptive_field(layer):
    model = initialize(SimpleCNN(), 2)
    found = project_back(model, image(1, 28, 28), layer, 3, (2, 1))
    field = receptive_field_by_gradient(averaging(model), (1, 28, 28), layer=layer, position=(2, 1))
    assert np.abs(found.image).max() > 0
    assert not found.image[0][field.map == 0].any()


def test_linear_layers_nested_and_in_place():
    nested = nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True)),
        nn.Sequential(nn.Flatten(), nn.Linear(72, 3)),
    )
    flat = nn.Sequential(nested[0][0], nn.ReLU(), nested[1][0], nested[1][1])
    x = image(1, 8, 8, dtype=torch.float32)
    one, other = project_back(nested, x, "1.1", 2), project_back(flat, x, "3", 2)
    np.testing.assert_array_equal(one.image, other.image)
    assert one.position == (0, 0)
    project_back(initialize(FullyConnected(), 0), image(1, 28, 28), "fc5", 9)


def test_the_model_is_left_as_it_was():
    model = initialize(SimpleCNN(), 0).train()
    project_back(model, image(1, 28, 28), "fc", 0)
    assert all(layer.training for layer in model.modules())
    assert all(p.grad is None and p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    ("model", "layer", "arguments", "error", "message"),
    [
        (Net(), "conv1", (0,), TypeError, "model is a Net; expected a Sequential"),
        (LeNet5(), "conv2", (0,), ValueError, "layer 'tanh1' is a Tanh; expected Conv2d"),
        (SimpleCNN(), "conv3", (0,), ValueError, "layer is 'conv3'; expected one of: conv1, pool1"),
        (SimpleCNN(), "conv1", (10,), ValueError, "channel is 10; expected 0 to 9"),
        (SimpleCNN(), "conv1", (0, (0, 24)), ValueError, r"position\[1\] is 24; expected 0 to 23"),
        (SimpleCNN(), "fc", (0, (1, 0)), ValueError, r"position\[0\] is 1; expected 0 to 0"),
        (nn.Sequential(nn.Conv2d(1, 1, 2, padding="same")), "0", (0,), ValueError,
         "pads one side more than the other"),
        (nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect")), "0", (0,),
         ValueError, "padding_mode 'reflect'; expected 'zeros'"),
    ],
)  # fmt: skip
def test_refusals(model, layer, arguments, error, message):
    with pytest.raises(error, match=f"project_back: .*{message}"):
        project_back(model, image(1, 28, 28), layer, *arguments)


def test_refuses_several_images():
    with pytest.raises(ValueError, match=r"project_back: x has shape .*; expected one image"):
        project_back(SimpleCNN(), image(2, 1, 28, 28), "conv1", 0)
