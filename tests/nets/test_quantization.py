import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnnbook.data import digits
from cnnbook.nets import SimpleCNN, SmallFCN, TinyCNN, evaluate, initialize
from cnnbook.nets.quantization import quantize_int8, size_in_bytes


@given(
    scale=st.floats(1e-20, 1e20), shape=st.sampled_from([(3, 2, 3, 4), (5, 7)]), seed=st.integers(0)
)
@settings(max_examples=50, deadline=None)
def test_no_weight_moves_by_more_than_half_a_step(scale, shape, seed):
    rng = np.random.default_rng(seed)
    weight = torch.from_numpy(scale * rng.normal(size=shape)).float()
    layer = nn.Linear(shape[1], shape[0]) if len(shape) == 2 else nn.Conv2d(2, 3, (3, 4))
    layer.weight = nn.Parameter(weight)
    found = quantize_int8(layer)
    integers, step = found.weights["weight"]
    assert integers.dtype == torch.int8
    assert step.dtype == torch.float32
    assert step.numel() == shape[0]
    flat = integers.flatten(1).int()
    assert (flat.abs().amax(dim=1) == 127).all()
    moved = (found.model.weight - weight).abs()
    assert (moved <= step * 0.5001).all()
    # Exactly what a kernel in integers would use.
    assert torch.equal(found.model.weight, integers.float() * step)


def test_by_hand_with_ties_to_even_and_a_channel_of_zeros():
    layer = nn.Linear(3, 2)
    layer.weight = nn.Parameter(torch.tensor([[254.0, 1.0, -3.0], [0.0, 0.0, 0.0]]))
    integers, step = quantize_int8(layer).weights["weight"]
    assert integers.tolist() == [[127, 0, -2], [0, 0, 0]]
    assert step.tolist() == [[2.0], [1.0]]


def test_a_large_channel_does_not_coarsen_the_others():
    layer = nn.Conv2d(1, 2, 1, bias=False)
    layer.weight = nn.Parameter(torch.tensor([1000.0, 0.3]).reshape(2, 1, 1, 1))
    torch.testing.assert_close(quantize_int8(layer).model.weight, layer.weight)


def test_transposed_convolutions_by_their_outputs():
    found = quantize_int8(initialize(SmallFCN(), 0)).weights
    assert found["up1.weight"].scale.shape == (1, 8, 1, 1)
    assert found["conv3.weight"].scale.shape == (16, 1, 1, 1)


def test_only_weights_change_and_only_in_a_copy():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(4, 3))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = quantize_int8(model)
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    assert list(found.weights) == ["0.weight", "2.weight"]
    for name, value in found.model.state_dict().items():
        assert torch.equal(before[name], value) == (name not in found.weights)


def test_sizes_by_hand():
    # SimpleCNN: 260 + 5,020 + 3,210 parameters, of which 10 + 20 + 10 are biases.
    assert size_in_bytes(SimpleCNN()) == 8_490 * 4
    assert size_in_bytes(quantize_int8(SimpleCNN())) == (8_490 - 40) + 40 * 4 + 40 * 4
    assert size_in_bytes(nn.BatchNorm2d(3)) == 4 * 3 * 4 + 8  # with its int64 counter


def test_the_digits_lose_next_to_nothing():
    data, model = digits(), TinyCNN.pretrained()
    found = quantize_int8(model)
    before = evaluate(model, data.x_test, data.y_test).accuracy
    after = evaluate(found.model, data.x_test, data.y_test).accuracy
    assert before == pytest.approx(440 / 450)
    assert after == pytest.approx(before, abs=2 / 450)
    assert size_in_bytes(model) / size_in_bytes(found) > 3.5


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (nn.Sequential(nn.ReLU()), "Sequential has no weights to round"),
        (nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1)), "1.weight holds numbers that are not"),
    ],
)
def test_refusals(model, message):
    if len(model) == 2:
        nn.init.constant_(model[1].weight, float("nan"))
    with pytest.raises(ValueError, match=f"quantize_int8: .*{message}"):
        quantize_int8(model)
