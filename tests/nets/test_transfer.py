"""Freezing, new heads, and two learning rates: against PyTorch's own flags and groups."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from cnnbook.nets import (
    Exercise10,
    FullyConnected,
    LeNet5,
    Net,
    Recipe,
    SimpleCNN,
    TinyCNN,
    UNet,
    fit,
    freeze,
    initialize,
    parameter_groups,
    replace_head,
    unfreeze,
)


def normalised() -> nn.Sequential:
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3)
    )
    return initialize(model.double(), seed=2)


def images(count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(3, 2, (count, 1, 8, 8)), np.arange(count) % 3


RECIPE = Recipe(epochs=3, batch_size=5, lr=0.1, momentum=0.9, weight_decay=0.1)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_frozen_parts_keep_every_number_and_the_rest_learns(optimizer: str) -> None:
    model = freeze(normalised(), "0", "1")
    before = copy.deepcopy(model.state_dict())
    recipe = Recipe(epochs=3, batch_size=5, lr=0.1, optimizer=optimizer, weight_decay=0.1)
    fit(model, *images(), recipe)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]) == (not name.startswith("4.")), name


def test_frozen_parts_give_in_training_what_they_give_in_evaluation() -> None:
    model = nn.Sequential(normalised(), nn.Dropout(0.5))
    x = torch.from_numpy(images()[0])
    expected = model.eval()(x)
    assert not torch.equal(model.train()(x), expected)
    unmoved = nn.Sequential(normalised(), nn.Dropout(0.5))
    assert torch.equal(freeze(unmoved).train()(x), expected)


def test_the_flags_are_pytorchs() -> None:
    ours, theirs = freeze(TinyCNN(), "conv1", "conv2"), TinyCNN()
    for layer in (theirs.conv1, theirs.conv2):
        layer.requires_grad_(False)
    flags = [[p.requires_grad for p in model.parameters()] for model in (ours, theirs)]
    assert flags[0] == flags[1] == [False] * 4 + [True] * 2


def test_an_old_gradient_does_not_move_a_frozen_weight() -> None:
    model = normalised()
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=0.1)
    model(torch.from_numpy(images()[0])).sum().backward()
    optimizer.step()
    freeze(model)
    before = copy.deepcopy(model.state_dict())
    optimizer.step()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_unfreezing_gives_back_an_ordinary_model() -> None:
    model = unfreeze(freeze(freeze(normalised()), "1"))
    assert all(p.requires_grad for p in model.parameters())
    assert not any(layer._forward_pre_hooks for layer in model.modules())
    fresh = normalised()
    for one in (model, fresh):
        fit(one, *images(), RECIPE)
    for a, b in zip(model.state_dict().values(), fresh.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_a_part_alone_is_unfrozen() -> None:
    model = unfreeze(freeze(normalised()), "1").train()
    model(torch.from_numpy(images()[0]))
    assert model[1].training
    assert not model[0].training
    assert [n for n, p in model.named_parameters() if p.requires_grad] == ["1.weight", "1.bias"]


def test_a_frozen_model_can_be_copied_and_stored() -> None:
    model = freeze(normalised(), "1")
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        other.train()(torch.from_numpy(images()[0]))
        assert torch.equal(other[1].running_mean, torch.zeros(4, dtype=torch.float64))


def test_a_training_of_a_frozen_model_continues(tmp_path) -> None:
    for optimizer in ("sgd", "adamw"):
        settings = {"batch_size": 5, "lr": 0.1, "momentum": 0.9, "optimizer": optimizer}
        whole, parts = (freeze(normalised(), "0", "1") for _ in range(2))
        fit(whole, *images(), Recipe(epochs=3, **settings))
        file = tmp_path / f"{optimizer}.pt"
        for epochs in (1, 3):
            recipe = Recipe(epochs=epochs, **settings)
            fit(parts, *images(), recipe, checkpoint=file, resume=True)
        for a, b in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize("build", [Net, SimpleCNN, FullyConnected, LeNet5, Exercise10, TinyCNN])
def test_a_new_head_fits_the_books_models_and_leaves_the_body(build) -> None:
    model = initialize(build(), seed=1)
    before = dict(model.named_parameters())
    assert replace_head(model, 3, seed=4) is model
    after = dict(model.named_parameters())
    new = [name for name in after if after[name] is not before[name]]
    assert len(new) == 2
    side = 8 if build is TinyCNN else 28
    assert model(torch.zeros(2, 1, side, side)).shape == (2, 3)
    expected = initialize(nn.Linear(after[new[0]].shape[1], 3), seed=4)
    assert torch.equal(after[new[0]], expected.weight)
    assert torch.equal(after[new[1]], expected.bias)


def test_a_new_head_keeps_type_and_bias_and_learns_though_the_old_was_frozen() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(4, 2, bias=False), nn.ReLU()))
    replace_head(freeze(model.double()), 3)
    assert model[1][0].bias is None
    assert model[1][0].weight.dtype == torch.float64
    assert model[1][0].weight.requires_grad
    assert model(torch.zeros(5, 4, dtype=torch.float64)).shape == (5, 3)


def test_two_rates_are_two_optimisers() -> None:
    ours, theirs = normalised(), normalised()
    together = torch.optim.SGD(parameter_groups(ours, 0.01, 0.2), momentum=0.9)
    apart = [
        torch.optim.SGD(theirs[:4].parameters(), 0.01, momentum=0.9),
        torch.optim.SGD(theirs[4].parameters(), 0.2, momentum=0.9),
    ]
    x, y = map(torch.from_numpy, images())
    for _ in range(3):
        for model, optimizers in ((ours, [together]), (theirs, apart)):
            model.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            for optimizer in optimizers:
                optimizer.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)


def test_groups_leave_out_what_is_frozen() -> None:
    model = freeze(TinyCNN(), "conv1")
    groups = parameter_groups(model, 0.001, 0.01)
    assert [group["params"] for group in groups] == [
        list(model.conv2.parameters()),
        list(model.fc.parameters()),
    ]
    (only,) = parameter_groups(freeze(model, "conv2"), 0.001, 0.01)
    assert only == {"params": list(model.fc.parameters()), "lr": 0.01}


@pytest.mark.parametrize("function", [freeze, unfreeze])
@pytest.mark.parametrize("name", ["conv3", "", "conv1.weight"])
def test_refuses_a_part_that_there_is_not(function, name) -> None:
    model = TinyCNN()
    said = rf"{function.__name__}: the model has no part '{name}'; expected some of 'conv1', 'conv2"
    with pytest.raises(ValueError, match=said):
        function(model, "conv1", name)
    assert all(p.requires_grad for p in model.parameters()), "nothing was changed"


def test_refuses_heads_that_are_not_linear() -> None:
    with pytest.raises(ValueError, match="replace_head: the model ends in 'head', a Conv2d; exp"):
        replace_head(UNet(), 3)
    with pytest.raises(ValueError, match="replace_head: the model is itself a Linear; expected"):
        replace_head(nn.Linear(2, 3), 3)
    with pytest.raises(ValueError, match="parameter_groups: the model is itself a ReLU; expected"):
        parameter_groups(nn.ReLU(), 0.1, 0.1)


def test_refuses_counts_rates_and_nothing_to_learn() -> None:
    with pytest.raises(ValueError, match="replace_head: n_classes is 0"):
        replace_head(TinyCNN(), 0)
    with pytest.raises(TypeError, match="replace_head: n_classes"):
        replace_head(TinyCNN(), 2.5)
    with pytest.raises(ValueError, match="replace_head: seed is -1"):
        replace_head(TinyCNN(), 2, -1)
    for rates in ((0, 0.1), (0.1, float("nan")), (0.1, float("inf"))):
        with pytest.raises(ValueError, match=r"parameter_groups: (head_)?lr is .*; expected a pos"):
            parameter_groups(TinyCNN(), *rates)
    with pytest.raises(ValueError, match="parameter_groups: all parameters are frozen"):
        parameter_groups(freeze(TinyCNN()), 0.1, 0.1)
