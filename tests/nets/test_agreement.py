"""The same weights give the same logits in cnnbook.layers (NumPy) and torch.nn."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnbook import layers
from cnnbook.nets import (
    Exercise10,
    FullyConnected,
    LeNet5,
    SimpleCNN,
    SmallFCN,
    TinyCNN,
    initialize,
)


def twin(layer, dtype):
    """Return the layer of cnnbook.layers with the arguments of a layer of torch.nn."""
    make = getattr(layers, type(layer).__name__)
    options = {"rng": np.random.default_rng(0), "dtype": dtype}
    if isinstance(layer, nn.Linear):
        return make(layer.in_features, layer.out_features, **options)
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        sizes = (layer.kernel_size, layer.stride, layer.padding)
        return make(layer.in_channels, layer.out_channels, *sizes, **options)
    if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
        return make(layer.kernel_size, layer.stride, layer.padding)
    return make()


def in_numpy(model, dtype):
    ours = layers.Sequential(*(twin(layer, dtype) for layer in model))
    # torch names the layers, cnnbook numbers them; the order is the same.
    values = [value.numpy().astype(dtype) for value in model.state_dict().values()]
    ours.load_state_dict(dict(zip(ours.state_dict(), values, strict=True)))
    return ours


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize(
    ("build", "size"),
    [
        (SimpleCNN, (1, 28, 28)),
        (FullyConnected, (1, 28, 28)),
        (LeNet5, (1, 28, 28)),
        (Exercise10, (1, 28, 28)),
        (SmallFCN, (1, 32, 28)),
        (TinyCNN, (1, 8, 8)),
        (TinyCNN.pretrained, (1, 8, 8)),
    ],
)
def test_logits_agree(build, size, dtype, tolerance):
    model = build()
    if build != TinyCNN.pretrained:
        initialize(model, 3)
    model = model.to(torch.from_numpy(np.zeros(0, dtype)).dtype)
    x = np.random.default_rng(1).uniform(-1, 3, (5, *size)).astype(dtype)
    with torch.no_grad():
        theirs = model(torch.from_numpy(x)).numpy()
    ours = in_numpy(model, dtype)(x)
    assert ours.dtype == theirs.dtype == dtype
    assert theirs.std() > 0.01
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * max(1, abs(theirs).max()))
