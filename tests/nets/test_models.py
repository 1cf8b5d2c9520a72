import json
import textwrap
from importlib import resources

import numpy as np
import pytest
import torch
from torch import nn

import cnnbook
from cnnbook.data import digits
from cnnbook.data.scans import like_mnist
from cnnbook.nets import (
    Exercise10,
    FullyConnected,
    LeNet5,
    Net,
    SimpleCNN,
    SmallDetector,
    SmallFCN,
    TinyCNN,
    UNet,
    evaluate,
    explain,
    initialize,
)

# The parameters are written out from the layers' sizes, not taken from the code.
MODELS = [
    (Net, (1, 28, 28), (10,), (9 + 1) * 6 + (150 + 1) * 16 + (256 + 1) * 10),
    (SimpleCNN, (1, 28, 28), (10,), 8_490),
    (
        FullyConnected,
        (1, 28, 28),
        (10,),
        785 * 512 + 513 * 256 + 257 * 128 + 129 * 64 + 65 * 10,
    ),
    (LeNet5, (1, 28, 28), (10,), 61_706),
    (
        Exercise10,
        (1, 28, 28),
        (10,),
        10 * 16 + 145 * 32 + 289 * 64 + 577 * 128 + 129 * 64 + 65 * 10,
    ),
    (SmallFCN, (1, 32, 32), (4, 32, 32), 10 * 8 + 73 * 16 + 145 * 16 + 16 * 8 * 16 + 8 + 516),
    (SmallDetector, (1, 48, 48), (16, 12, 12), 10 * 8 + 73 * 16 + 145 * 32 + 289 * 32 + 33 * 16),
    (
        UNet,
        (1, 32, 32),
        (2, 32, 32),
        # down, bottom; up and mix at half size; up and mix at full size; head
        80 + 73 * 12 + 109 * 18 + (18 * 12 * 4 + 12) + 217 * 12 + (12 * 8 * 4 + 8) + 145 * 8 + 18,
    ),
    (TinyCNN, (1, 8, 8), (10,), 10 * 8 + 73 * 16 + 65 * 10),
]


@pytest.mark.parametrize(("build", "size", "output", "parameters"), MODELS)
def test_shape_and_parameters(build, size, output, parameters):
    model = build()
    assert model(torch.zeros(2, *size)).shape == (2, *output)
    assert count(model) == parameters


@pytest.mark.parametrize(("build", "size", "output", "parameters"), MODELS)
def test_the_docstring_holds_the_layer_table(build, size, output, parameters):
    explanation = explain(build(), size)
    doc = textwrap.dedent("    " + build.__doc__)
    assert textwrap.indent(explanation.table(), "    ") in doc
    assert f"{explanation.parameters:,} parameters and {explanation.macs:,} MACs" in doc


def test_lenet_has_the_usual_multiplications():
    assert explain(LeNet5(), (1, 28, 28)).macs == 416_520


def test_the_tiny_network_is_tiny_at_both_of_its_sizes():
    for side in (8, 16):
        assert sum(p.numel() for p in TinyCNN(side).parameters()) <= 4_000
        assert TinyCNN(side)(torch.zeros(1, 1, side, side)).shape == (1, 10)


def test_the_fully_convolutional_network_takes_other_sizes():
    assert SmallFCN(3, 2)(torch.zeros(1, 3, 8, 20)).shape == (1, 2, 8, 20)


def count(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def test_a_u_net_takes_other_sizes_classes_and_widths():
    model = UNet(3, 5, channels=(2, 3, 4))
    assert model(torch.zeros(1, 3, 8, 20)).shape == (1, 5, 8, 20)
    with pytest.raises(RuntimeError, match="Sizes of tensors must match"):
        model(torch.zeros(1, 3, 10, 20))


def test_without_skips_a_u_net_lacks_the_weights_on_them_and_width_makes_up_for_it():
    missing = 9 * 12 * 12 + 9 * 8 * 8
    assert count(UNet()) - count(UNet(skips=False)) == missing
    assert count(UNet(channels=(9, 14, 20), skips=False)) == 7_961
    assert "(9, 14, 20) without skips have 7,961 parameters" in UNet.__doc__


@pytest.mark.parametrize("skips", [True, False])
def test_a_u_net_computes_what_its_parts_in_numpy_compute(skips):
    model = initialize(UNet(2, 3, skips=skips).double(), seed=1)
    w = {name: value.detach().numpy() for name, value in model.named_parameters()}

    def conv(name, x, padding=1):
        return cnnbook.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], padding=padding)

    def up(name, x):
        return cnnbook.conv_transpose2d(x, w[f"{name}.weight"], w[f"{name}.bias"], stride=2)

    def join(below, beside):
        return np.concatenate([below, beside], axis=1) if skips else below

    x = np.random.default_rng(2).normal(size=(2, 2, 12, 8))
    full = cnnbook.relu(conv("down1", x))
    half = cnnbook.relu(conv("down2", cnnbook.max_pool2d(full, 2)))
    quarter = cnnbook.relu(conv("bottom", cnnbook.max_pool2d(half, 2)))
    half = cnnbook.relu(conv("mix2", join(up("up2", quarter), half)))
    full = cnnbook.relu(conv("mix1", join(up("up1", half), full)))
    theirs = model(torch.from_numpy(x)).detach().numpy()
    assert theirs.std() > 0.01
    np.testing.assert_allclose(conv("head", full, padding=0), theirs, rtol=0, atol=1e-12)


def test_every_weight_of_a_u_net_gets_a_gradient():
    model = initialize(UNet(), seed=0)
    model(
        torch.from_numpy(np.random.default_rng(0).random((2, 1, 16, 16), np.float32))
    ).sum().backward()
    assert all(p.grad.abs().max() > 0 for p in model.parameters())


def test_the_pretrained_weights_are_rounded_and_as_good_as_their_file_says():
    file = resources.files("cnnbook") / "nets" / "weights" / "tiny_digits.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    values = np.concatenate([np.ravel(v) for v in stored["state_dict"].values()])
    np.testing.assert_array_equal(values, values.round(stored["decimals"]))
    assert len(values) == 1_898
    data = digits()
    result = evaluate(TinyCNN.pretrained(), data.x_test, data.y_test)
    # One image of 450 more or less: another BLAS may round a close call the other way.
    assert result.error_percent == pytest.approx(stored["test_error_percent"], abs=0.25)
    assert result.error_percent < 3
    assert {"made_by", "trained_on", "recipe", "seed", "torch"} <= set(stored)


def test_the_network_that_reads_pictures_reads_other_hands_than_it_learned_from():
    """Trained on MNIST; scikit-learn's digits, brought to MNIST's form, are of other people."""
    file = resources.files("cnnbook") / "nets" / "weights" / "handwriting.json"
    assert len(file.read_bytes()) <= 100_000
    stored = json.loads(file.read_text(encoding="utf-8"))
    values = np.concatenate([np.ravel(v) for v in stored["state_dict"].values()])
    np.testing.assert_array_equal(values, values.round(stored["decimals"]))
    assert len(values) == 8_490
    assert stored["test_images"] == stored["validation_images"] == 10_000
    assert stored["test_error_percent"] <= 1.2
    assert {"made_by", "trained_on", "recipe", "distortions", "seed", "torch"} <= set(stored)
    data = digits(40)
    images = np.stack([like_mnist(image[0]) for image in data.x_test])[:, None]
    assert evaluate(SimpleCNN.pretrained(), images, data.y_test).error_percent < 10


def test_a_slice_of_a_network_is_a_plain_sequential_with_the_same_layers():
    model = SimpleCNN()
    front = model[:3]
    assert type(front) is nn.Sequential
    assert list(front) == list(model)[:3]
    assert list(front._modules) == list(model._modules)[:3]
    assert model[0] is next(iter(model))
