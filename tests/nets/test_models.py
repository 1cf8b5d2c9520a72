import json
import textwrap
from importlib import resources

import numpy as np
import pytest
import torch
from torch import nn

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
    evaluate,
    explain,
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
    (TinyCNN, (1, 8, 8), (10,), 10 * 8 + 73 * 16 + 65 * 10),
]


@pytest.mark.parametrize(("build", "size", "output", "parameters"), MODELS)
def test_shape_and_parameters(build, size, output, parameters):
    model = build()
    assert model(torch.zeros(2, *size)).shape == (2, *output)
    assert sum(p.numel() for p in model.parameters()) == parameters


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
