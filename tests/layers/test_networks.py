"""Whole networks: equal to torch's in logits, gradients and fifty steps of training."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

import cnnbook
from cnnbook import layers, optim


def lenet(rng, dtype):
    return layers.Sequential(
        layers.Conv2d(1, 6, 5, padding=2, rng=rng, dtype=dtype),
        layers.ReLU(),
        layers.MaxPool2d(2),
        layers.Conv2d(6, 16, 5, rng=rng, dtype=dtype),
        layers.ReLU(),
        layers.MaxPool2d(2),
        layers.Flatten(),
        layers.Linear(400, 120, rng=rng, dtype=dtype),
        layers.ReLU(),
        layers.Linear(120, 84, rng=rng, dtype=dtype),
        layers.ReLU(),
        layers.Linear(84, 10, rng=rng, dtype=dtype),
    )


def torch_lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


def residual_net(rng, dtype):
    def conv(*args, **options):
        return layers.Conv2d(*args, **options, bias=False, rng=rng, dtype=dtype)

    def norm(channels):
        return layers.BatchNorm2d(channels, dtype=dtype)

    def block(c_in, c_out, stride):
        body = layers.Sequential(
            conv(c_in, c_out, 3, stride=stride, padding=1),
            norm(c_out),
            layers.ReLU(),
            conv(c_out, c_out, 3, padding=1),
            norm(c_out),
        )
        if c_in == c_out:
            return layers.Residual(body)
        return layers.Residual(
            body, layers.Sequential(conv(c_in, c_out, 1, stride=stride), norm(c_out))
        )

    return layers.Sequential(
        layers.ConvTranspose2d(1, 4, 3, stride=2, output_padding=1, rng=rng, dtype=dtype),
        norm(4),
        block(4, 4, 1),
        layers.ReLU(),
        block(4, 8, 2),
        layers.Sigmoid(),
        layers.AvgPool2d(2),
        layers.GlobalAvgPool2d(),
        layers.Linear(8, 10, rng=rng, dtype=dtype),
    )


class TorchResidual(nn.Module):
    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + (x if self.shortcut is None else self.shortcut(x))


def torch_residual_net():
    def block(c_in, c_out, stride):
        body = nn.Sequential(
            nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
            nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(c_out),
        )
        if c_in == c_out:
            return TorchResidual(body)
        shortcut = nn.Sequential(
            nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out)
        )
        return TorchResidual(body, shortcut)

    return nn.Sequential(
        nn.ConvTranspose2d(1, 4, 3, stride=2, output_padding=1),
        nn.BatchNorm2d(4),
        block(4, 4, 1),
        nn.ReLU(),
        block(4, 8, 2),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        nn.Linear(8, 10),
    )


NETWORKS = {
    "LeNet": (lenet, torch_lenet, 28, 61_706),
    "residual": (residual_net, torch_residual_net, 8, 1_386),
}


def both(name, dtype):
    """Return our network and torch's, with the same weights."""
    ours, theirs, size, parameters = NETWORKS[name]
    model = ours(np.random.default_rng(0), dtype)
    twin = theirs().to(torch.float32 if dtype == np.float32 else torch.float64)
    assert sum(array.size for array in model.parameters()) == parameters
    assert list(model.state_dict()) == list(twin.state_dict())
    twin.load_state_dict({key: torch.from_numpy(a) for key, a in model.state_dict().items()})
    return model, twin, size


@pytest.mark.parametrize(("dtype", "atol"), [(np.float32, 1e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("name", NETWORKS)
def test_logits_and_gradients_equal_torchs(name, dtype, atol):
    model, twin, size = both(name, dtype)
    rng = np.random.default_rng(1)
    x = rng.standard_normal((6, 1, size, size)).astype(dtype)
    targets = rng.integers(0, 10, 6)
    tensor = torch.tensor(x, requires_grad=True)

    logits, expected = model(x), twin(tensor)
    np.testing.assert_allclose(logits, expected.detach().numpy(), rtol=0, atol=atol)
    F.cross_entropy(expected, torch.from_numpy(targets)).backward()
    grad_input = model.backward(cnnbook.cross_entropy_backward(logits, targets))
    np.testing.assert_allclose(grad_input, tensor.grad.numpy(), rtol=0, atol=10 * atol)
    with_input = model.gradients()
    for gradient, parameter in zip(with_input, twin.parameters(), strict=True):
        np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=0, atol=10 * atol)

    grad_logits = cnnbook.cross_entropy_backward(logits, targets)
    assert model.backward(grad_logits, need_input_grad=False) is None
    for gradient, before in zip(model.gradients(), with_input, strict=True):
        np.testing.assert_array_equal(gradient, before)

    model.eval()
    twin.eval()
    np.testing.assert_allclose(model(x), twin(tensor).detach().numpy(), rtol=0, atol=atol)


def digits(size):
    """Return scikit-learn's digits in the middle of a size × size frame, and their labels."""
    images, labels = load_digits(return_X_y=True)
    x = np.zeros((len(images), 1, size, size))
    edge = (size - 8) // 2
    x[:, 0, edge : edge + 8, edge : edge + 8] = images.reshape(-1, 8, 8) / 16
    return x, labels


@pytest.mark.parametrize("name", NETWORKS)
def test_fifty_steps_of_training_agree_to_rounding(name):
    model, twin, size = both(name, np.float64)
    x, labels = digits(size)
    ours = optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    theirs = torch.optim.SGD(twin.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    rng = np.random.default_rng(2)
    losses, expected = [], []
    for _ in range(50):
        batch = rng.integers(0, len(x), 16)
        logits = model(x[batch])
        losses.append(float(cnnbook.cross_entropy(logits, labels[batch])))
        model.backward(cnnbook.cross_entropy_backward(logits, labels[batch]), need_input_grad=False)
        ours.step(model.gradients())

        theirs.zero_grad()
        loss = F.cross_entropy(twin(torch.from_numpy(x[batch])), torch.from_numpy(labels[batch]))
        loss.backward()
        theirs.step()
        expected.append(loss.item())
    np.testing.assert_allclose(losses, expected, rtol=0, atol=1e-10)
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    for key, value in twin.state_dict().items():
        np.testing.assert_allclose(model.state_dict()[key], value.numpy(), rtol=0, atol=1e-10)


def test_layers_before_the_first_weight_are_not_run_backwards():
    rng = np.random.default_rng(0)
    model = layers.Sequential(layers.Flatten(), layers.Linear(4, 2, rng=rng))
    model(np.ones((1, 1, 2, 2), np.float32))
    model[0]._saved_input = None  # its backward pass would now be refused
    assert model.backward(np.ones((1, 2), np.float32), need_input_grad=False) is None
    with pytest.raises(RuntimeError, match=r"Flatten.backward: called before forward"):
        model.backward(np.ones((1, 2), np.float32))


def test_a_network_without_weights_has_only_an_input_gradient():
    model = layers.Sequential(layers.ReLU(), layers.Residual(layers.ReLU()))
    x = np.array([[-1.0, 2.0]])
    model(x)
    np.testing.assert_array_equal(model.backward(np.ones((1, 2))), [[0.0, 2.0]])
    assert model.backward(np.ones((1, 2)), need_input_grad=False) is None
    assert model.gradients() == []


def test_an_empty_sequential_hands_things_through():
    model, x = layers.Sequential(), np.ones(3)
    assert model(x) is x
    assert model.backward(x) is x
    assert repr(model) == "Sequential()"
