import math

import numpy as np
import pytest
import torch
from torch import nn

from cnnbook.nets import SimpleCNN, initialize


def test_a_seed_gives_the_same_weights_and_another_others():
    first, again, other = (initialize(SimpleCNN(), seed) for seed in (3, 3, 4))
    for a, b, c in zip(first.parameters(), again.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)


def test_the_weights_are_numpys():
    layer = initialize(nn.Conv2d(2, 3, 4), seed=5)
    rng = np.random.default_rng(5)
    weight = rng.uniform(-1 / math.sqrt(32), 1 / math.sqrt(32), (3, 2, 4, 4))
    bias = rng.uniform(-1 / math.sqrt(32), 1 / math.sqrt(32), 3)
    np.testing.assert_array_equal(layer.weight.detach(), weight.astype(np.float32))
    np.testing.assert_array_equal(layer.bias.detach(), bias.astype(np.float32))


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.Linear(7, 400),
        lambda: nn.Conv2d(6, 40, (3, 2), groups=2),
        lambda: nn.Conv1d(3, 50, 5),
        lambda: nn.ConvTranspose2d(40, 6, 3, groups=2),
    ],
)
def test_the_range_is_pytorchs(build):
    torch.manual_seed(0)
    theirs, ours = build(), initialize(build(), seed=0)
    for name in ("weight", "bias"):
        a, b = getattr(ours, name), getattr(theirs, name)
        assert a.abs().max().item() == pytest.approx(b.abs().max().item(), rel=0.2)
        if name == "weight":
            assert a.std().item() == pytest.approx(b.std().item(), rel=0.1)


def test_normalisations_and_embeddings():
    model = nn.Sequential(nn.Embedding(50, 40), nn.BatchNorm1d(4), nn.LayerNorm(3))
    with torch.no_grad():
        model[1].weight.fill_(7)
        model[1].running_mean.fill_(7)
    initialize(model, 0)
    assert model[0].weight.std().item() == pytest.approx(1, abs=0.1)
    assert torch.equal(model[1].weight, torch.ones(4))
    assert torch.equal(model[1].running_mean, torch.zeros(4))


def test_refuses_layers_without_a_rule():
    with pytest.raises(ValueError, match="initialize: 1 is a LSTM with parameters; expected"):
        initialize(nn.Sequential(nn.Linear(1, 1), nn.LSTM(2, 3)))


def test_refuses_a_bad_seed():
    with pytest.raises(ValueError, match="initialize: seed is -1"):
        initialize(nn.Linear(1, 1), -1)
