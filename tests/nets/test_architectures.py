"""The published networks: counts, shapes and answers are the published ones.

PUBLISHED and ANSWERS hold what torchvision 0.29.1 says of its own networks; it is not needed here.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections import OrderedDict

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from cnnbook.nets import architectures, explain
from cnnbook.nets.architectures import load_published
from cnnbook.nets.architectures.blocks import (
    Concat,
    Permute,
    Residual,
    StochasticDepth,
    conv_norm,
    head,
)
from cnnbook.nets.architectures.branches import TransformInput, dense_block, inception
from cnnbook.nets.architectures.mobile import Gate, inverted_residual
from cnnbook.nets.architectures.modern import channel_norm, convnext_block, encoder_layer
from cnnbook.nets.architectures.residual import basic_block, bottleneck
from tests.nets.weights import fill

#: Parameters, 10⁹ MACs at 224×224, entries of the state_dict, a checksum of their kinds and shapes.
PUBLISHED = {
    "alexnet": (61_100_840, 0.714, 16, "f5f44e19a459f472"),
    "vgg16": (138_357_544, 15.47, 32, "1cc2300828016918"),
    "googlenet": (6_624_904, 1.498, 344, "ecafda1c9ed6232c"),
    "resnet18": (11_689_512, 1.814, 122, "ebfce91fc5b84252"),
    "resnet50": (25_557_032, 4.089, 320, "2836a17ce16e5d6a"),
    "densenet121": (7_978_856, 2.834, 727, "62b8167d6bd5b9a7"),
    "mobilenet_v2": (3_504_872, 0.301, 314, "b27d1581ce9926ff"),
    "efficientnet_b0": (5_288_548, 0.386, 360, "6929c1db679d7bc1"),
    "convnext_tiny": (28_589_128, 4.456, 182, "a4a039c6dc1de7f8"),
    "vit_b_16": (86_567_656, 17.564, 152, "e3be3ad7cc723f23"),
}
#: Logits [0, 0], [0, 500], [1, 500], [1, 999] of torchvision's own network, filled by `fill`.
ANSWERS = {
    "alexnet": [1.9978, -14, -13.563, 34.872],
    "vgg16": [-70.272, 14.878, 16.174, 75.975],
    "googlenet": [18.019, 19.777, 20.03, -35.569],
    "resnet18": [670.2, -280.23, -279.52, -190.65],
    "resnet50": [-3.4485e05, 6.3028e05, 6.1959e05, -89265],
    "densenet121": [-2.6511, 0.7992, 0.78534, -2.1465],
    "mobilenet_v2": [-2.8793, 0.40533, 0.001694, 3.886],
    "efficientnet_b0": [-17.689, -58.402, -41.194, 8.0028],
    "convnext_tiny": [1.2137, 1.7914, 1.8337, 0.88267],
    "vit_b_16": [1.6167, -0.94373, -0.12156, -2.6679],
}
NAMES = list(PUBLISHED)


@functools.cache
def on_meta(name: str) -> nn.Sequential:
    with torch.device("meta"):
        return getattr(architectures, name)()


def layers(name: str, *kinds: type[nn.Module]) -> list[nn.Module]:
    return [layer for layer in on_meta(name).modules() if isinstance(layer, kinds)]


def randomised(block: nn.Module, dtype: torch.dtype = torch.float64) -> nn.Module:
    return fill(block.to(dtype))


def draw(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.from_numpy(np.random.default_rng(1).standard_normal(shape)).to(dtype)


def test_all_ten_are_here() -> None:
    assert architectures.__all__ == sorted([*NAMES, "load_published"])


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_macs_are_the_published_ones(name: str) -> None:
    parameters, macs, *_ = PUBLISHED[name]
    explanation = explain(on_meta(name), (3, 224, 224))
    assert explanation.parameters == parameters
    assert sum(row.parameters for row in explanation.rows) == parameters
    assert explanation.macs / 1e9 == pytest.approx(macs, abs=0.0005)
    assert explanation.rows[-1].output == (1000,)


@pytest.mark.parametrize("name", NAMES)
def test_the_state_has_the_published_kinds_and_shapes_in_order(name: str) -> None:
    state = on_meta(name).state_dict()
    kinds = [[key.rpartition(".")[2], list(value.shape)] for key, value in state.items()]
    digest = hashlib.sha256(json.dumps(kinds).encode()).hexdigest()[:16]
    assert (len(kinds), digest) == PUBLISHED[name][2:]


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_torchvisions(name: str) -> None:
    with torch.device("meta"):
        model = getattr(architectures, name)()
    model = fill(model.to_empty(device="cpu")).eval()
    load_published(model, model.state_dict())  # from here on the published network, input and all
    size = (224, 224) if name == "vit_b_16" else (75, 90)  # odd: pooling's last window is cut
    images = np.random.default_rng(1).standard_normal((2, 3, *size), np.float32)
    with torch.no_grad():
        logits = model(torch.from_numpy(images))
    assert logits.shape == (2, 1000)
    found = [logits[0, 0], logits[0, 500], logits[1, 500], logits[1, 999]]
    scale = logits.std().item()
    assert [value.item() / scale for value in found] == pytest.approx(
        [value / scale for value in ANSWERS[name]], abs=3e-4
    )


def test_what_the_chapter_says_of_fields() -> None:
    for name, expected in (("alexnet", 195), ("vgg16", 212)):
        rows = {row.layer: row for row in explain(on_meta(name), (3, 224, 224)).rows}
        assert rows["mean"].receptive_field == (expected, expected)


# What no shape shows: constants of normalisation, dropout and stochastic depth.


@pytest.mark.parametrize("name", NAMES)
def test_constants_of_normalisation(name: str) -> None:
    for layer in layers(name, _NormBase):
        assert layer.eps == (1e-3 if name == "googlenet" else 1e-5)
        assert layer.momentum == 0.1
    for layer in layers(name, nn.LayerNorm):
        assert layer.eps == 1e-6


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alexnet", [0.5, 0.5]),
        ("vgg16", [0.5, 0.5]),
        ("googlenet", [0.2]),
        ("mobilenet_v2", [0.2]),
        ("efficientnet_b0", [0.2]),
        *((name, []) for name in ("resnet18", "resnet50", "densenet121", "convnext_tiny")),
        ("vit_b_16", []),
    ],
)
def test_dropout(name: str, expected: list[float]) -> None:
    assert [layer.p for layer in layers(name, nn.Dropout)] == expected


def test_stochastic_depth_grows_with_depth() -> None:
    # Blocks 0 to 17, all with a residual, and blocks 0 to 15, of which nine have one.
    found = [layer.p for layer in layers("convnext_tiny", StochasticDepth)]
    assert found == pytest.approx([0.1 * i / 17 for i in range(18)])
    found = [layer.p for layer in layers("efficientnet_b0", StochasticDepth)]
    with_one = (2, 4, 6, 7, 9, 10, 12, 13, 14)
    assert found == pytest.approx([0.2 * i / 16 for i in with_one])


def test_layer_scale_starts_small_and_googlenets_pooling_keeps_the_cut_window() -> None:
    block = convnext_block(3, 0.0)
    assert block.body[0].layer_scale.tolist() == [[[pytest.approx(1e-6)]]] * 3
    halving = [layer for layer in layers("googlenet", nn.MaxPool2d) if layer.stride == 2]
    assert [(layer.kernel_size, layer.ceil_mode) for layer in halving] == [(3, True)] * 3 + [
        (2, True)
    ]


# Blocks against small references: the operations, one by one, with the block's own weights.

Weights = list[Tensor]


def weights_of(block: nn.Module) -> Weights:
    return [v for name, v in block.state_dict(keep_vars=True).items() if "batches" not in name]


def normalised_conv(x: Tensor, w: Weights, activation=F.relu, eps=1e-5, **options) -> Tensor:
    """Take five tensors off the list: the convolution's weight, then batch normalisation's."""
    weight, gamma, beta, mean, var = (w.pop(0) for _ in range(5))
    x = F.conv2d(x, weight, padding=weight.shape[-1] // 2, **options)
    shape = (1, -1, 1, 1)
    x = (x - mean.view(shape)) / (var.view(shape) + eps).sqrt()
    return activation(x * gamma.view(shape) + beta.view(shape))


def nothing(x: Tensor) -> Tensor:
    return x


def reference_basic(x: Tensor, w: Weights) -> Tensor:
    y = normalised_conv(normalised_conv(x, w, stride=2), w, nothing)
    return F.relu(y + normalised_conv(x, w, nothing, stride=2))


def reference_bottleneck(x: Tensor, w: Weights) -> Tensor:
    y = normalised_conv(normalised_conv(normalised_conv(x, w), w, stride=2), w, nothing)
    return F.relu(y + normalised_conv(x, w, nothing, stride=2))


def reference_inception(x: Tensor, w: Weights) -> Tensor:
    a = normalised_conv(x, w, eps=1e-3)
    b = normalised_conv(normalised_conv(x, w, eps=1e-3), w, eps=1e-3)
    c = normalised_conv(normalised_conv(x, w, eps=1e-3), w, eps=1e-3)
    d = normalised_conv(F.max_pool2d(x, 3, 1, 1, ceil_mode=True), w, eps=1e-3)
    return torch.cat([a, b, c, d], 1)


def reference_dense(x: Tensor, w: Weights) -> Tensor:
    def one(x: Tensor, padding: int) -> Tensor:
        gamma, beta, mean, var, weight = (w.pop(0) for _ in range(5))
        return F.conv2d(F.relu(F.batch_norm(x, mean, var, gamma, beta)), weight, padding=padding)

    maps = [x]
    while w:
        maps.append(one(one(torch.cat(maps, 1), 0), 1))
    return torch.cat(maps, 1)


def reference_inverted(x: Tensor, w: Weights) -> Tensor:
    y = normalised_conv(x, w, F.relu6)
    y = normalised_conv(y, w, F.relu6, groups=y.shape[1])
    return x + normalised_conv(y, w, nothing)


def reference_gated(x: Tensor, w: Weights) -> Tensor:
    y = normalised_conv(x, w, F.silu)
    y = normalised_conv(y, w, F.silu, groups=y.shape[1])
    narrow, bias1, wide, bias2 = (w.pop(0) for _ in range(4))
    means = y.mean(dim=(2, 3))
    gate = F.silu(means @ narrow[:, :, 0, 0].T + bias1) @ wide[:, :, 0, 0].T + bias2
    return x + normalised_conv(y * torch.sigmoid(gate)[:, :, None, None], w, nothing)


def reference_convnext(x: Tensor, w: Weights) -> Tensor:
    scale, look, bias, gamma, beta, w1, b1, w2, b2 = w
    y = F.conv2d(x, look, bias, padding=3, groups=x.shape[1]).movedim(1, -1)
    mean, var = y.mean(-1, keepdim=True), y.var(-1, keepdim=True, unbiased=False)
    y = (y - mean) / (var + 1e-6).sqrt() * gamma + beta
    y = y @ w1.T + b1
    y = 0.5 * y * (1 + torch.erf(y / 2**0.5)) @ w2.T + b2
    return x + scale * y.movedim(-1, 1)


BLOCKS = {
    "basic": (lambda: basic_block(3, 4, 2), reference_basic, 3),
    "bottleneck": (lambda: bottleneck(3, 2, 2), reference_bottleneck, 3),
    "inception": (lambda: inception(3, 2, (4, 5), (1, 3), 2), reference_inception, 3),
    "dense": (lambda: dense_block(3, 3, growth=2), reference_dense, 3),
    "inverted": (lambda: inverted_residual(3, 3, 4, 5, 1, nn.ReLU6), reference_inverted, 3),
    "gated": (
        lambda: inverted_residual(8, 8, 6, 3, 1, nn.SiLU, gated=True, drop=0.5),
        reference_gated,
        8,
    ),
    "convnext": (lambda: convnext_block(4, 0.5), reference_convnext, 4),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", BLOCKS)
def test_blocks_answer_as_their_references(kind: str, dtype: torch.dtype) -> None:
    build, reference, channels = BLOCKS[kind]
    block = randomised(build(), dtype).eval()
    x = draw(2, 7, channels, 10, dtype=dtype).transpose(1, 2).requires_grad_()  # not contiguous
    tolerance = {"rtol": 1e-10, "atol": 1e-11} if dtype == torch.float64 else {}
    ours, theirs = block(x), reference(x, weights_of(block))
    if dtype == torch.float32:
        tolerance = {"rtol": 1e-4, "atol": 1e-4 * theirs.abs().max().item()}
    torch.testing.assert_close(ours, theirs, **tolerance)
    parameters = [x, *block.parameters()]
    direction = draw(*ours.shape, dtype=dtype)
    found = torch.autograd.grad(ours, parameters, direction)
    expected = torch.autograd.grad(theirs, parameters, direction)
    for one, other in zip(found, expected, strict=True):
        if dtype == torch.float32:
            tolerance["atol"] = 1e-4 * other.abs().max().item()
        torch.testing.assert_close(one, other, **tolerance)


def test_the_encoder_layer_is_pytorchs() -> None:
    ours = randomised(encoder_layer(12, heads=3))
    theirs = nn.TransformerEncoderLayer(
        12, 3, 48, dropout=0.0, activation="gelu", layer_norm_eps=1e-6, batch_first=True,
        norm_first=True, dtype=torch.float64,
    )  # fmt: skip
    names = (
        "norm1.weight", "norm1.bias", "self_attn.in_proj_weight", "self_attn.in_proj_bias",
        "self_attn.out_proj.weight", "self_attn.out_proj.bias", "norm2.weight", "norm2.bias",
        "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias",
    )  # fmt: skip
    theirs.load_state_dict(dict(zip(names, ours.state_dict().values(), strict=True)))
    x = draw(2, 5, 12).requires_grad_()
    torch.testing.assert_close(ours(x), theirs(x))
    direction = draw(2, 5, 12)
    named = dict(theirs.named_parameters())
    expected = torch.autograd.grad(theirs(x), [x, *(named[name] for name in names)], direction)
    found = torch.autograd.grad(ours(x), [x, *ours.parameters()], direction)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_small_parts() -> None:
    x = draw(2, 3, 4, 5)
    assert torch.equal(Permute(0, 2, 3, 1)(x), x.movedim(1, 3))
    assert torch.equal(Concat(nn.Identity(), nn.ReLU())(x), torch.cat([x, x.relu()], 1))
    assert torch.equal(Residual(nn.ReLU())(x), x + x.relu())
    assert torch.equal(Residual(nn.ReLU(), nn.Tanh())(x), x.tanh() + x.relu())
    norm = channel_norm(3).double()
    torch.testing.assert_close(norm(x)[1, :, 2, 3], F.layer_norm(x[1, :, 2, 3], (3,), eps=1e-6))
    assert (Gate(3, 2).double()(x) / x).amin() > 0
    assert [type(layer).__name__ for layer in conv_norm(2, 3, activation=None)] == [
        "Conv2d",
        "BatchNorm2d",
    ]
    assert head(3)(x.float()).shape == (2, 1000)
    assert repr(Permute(0, 2, 1)) == "Permute(0, 2, 1)"


def test_a_narrow_block_without_a_sum() -> None:
    for block in (
        inverted_residual(4, 4, 6, 3, 2, nn.ReLU6),
        inverted_residual(4, 5, 6, 3, 1, nn.ReLU6),
    ):
        assert not isinstance(block, Residual)
    first = inverted_residual(4, 5, 1, 3, 1, nn.ReLU6)  # no 1×1 before where nothing is widened
    assert len(first) == 2
    assert first(torch.zeros(1, 4, 6, 6)).shape == (1, 5, 6, 6)


def test_stochastic_depth_drops_whole_images_and_keeps_the_mean() -> None:
    drop = StochasticDepth(0.25)
    x = torch.ones(4_000, 2, 3, 1)
    kept = drop(x)[:, 0, 0, 0]
    assert torch.equal(drop.eval()(x), x)
    assert kept.unique().tolist() == [0.0, pytest.approx(1 / 0.75)]
    assert kept.mean().item() == pytest.approx(1, abs=5 * (0.25 / 0.75 / 4_000) ** 0.5)
    seen = drop.train()(x)
    assert torch.equal(seen, seen[:, :1, :1, :1].expand_as(seen))
    assert torch.equal(StochasticDepth(0.0)(x), x)
    assert repr(drop) == "StochasticDepth(p=0.25)"


def test_every_parameter_is_trained() -> None:
    for name, side in (("mobilenet_v2", 32), ("convnext_tiny", 32), ("googlenet", 32)):
        model = getattr(architectures, name)()
        for layer in model.modules():
            if isinstance(layer, StochasticDepth):
                layer.p = 0.0
        F.cross_entropy(model(torch.rand(2, 3, side, side)), torch.tensor([3, 4])).backward()
        assert all(parameter.grad is not None for parameter in model.parameters())


def test_another_size_is_refused_by_the_transformer() -> None:
    with pytest.raises(ValueError, match=r"vit_b_16: x has 256 patches; expected 196, .*224×224"):
        on_meta("vit_b_16")(torch.zeros(1, 3, 256, 256, device="meta"))


# Loading.


def two_layers() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(2, 4))


def values(model: nn.Module) -> list[Tensor]:
    return [value.clone() for value in model.state_dict().values()]


def equal(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("names", ["other", "none", "old"])
def test_layers_are_filled_by_position(names: str) -> None:
    published, ours = fill(two_layers()), two_layers()
    state = published.state_dict()
    if names == "other":
        state = OrderedDict((f"features.{name}", value) for name, value in state.items())
    elif names == "none":
        state = OrderedDict((f"entry{i}", value) for i, value in enumerate(state.values()))
    else:  # as files of 2018 and before: running statistics first, no counts of batches
        order = ("0.weight", "0.bias", "1.running_mean", "1.running_var", "1.weight", "1.bias")
        state = OrderedDict((name, state[name]) for name in (*order, "2.weight", "2.bias"))
    assert load_published(ours, state) is ours
    assert equal(values(ours), values(published))


def test_the_file_of_googlenet_has_auxiliary_heads_and_another_input() -> None:
    ours = nn.Sequential(TransformInput(), nn.Conv2d(3, 2, 1)).double()
    x = draw(2, 3, 4, 5)
    assert torch.equal(ours[0](x), x)
    weight, bias = draw(2, 3, 1, 1), draw(2)
    state = {"conv.weight": weight, "conv.bias": bias, "aux1.fc.bias": draw(7)}
    load_published(ours, state)
    mean = torch.tensor([0.485, 0.456, 0.406]).double()[:, None, None]
    std = torch.tensor([0.229, 0.224, 0.225]).double()[:, None, None]
    values_from_0_to_1 = x * std + mean
    torch.testing.assert_close(
        ours(x), F.conv2d((values_from_0_to_1 - 0.5) / 0.5, weight, bias), rtol=1e-6, atol=1e-6
    )


def without(name: str) -> OrderedDict[str, Tensor]:
    state = two_layers().state_dict()
    del state[name]
    return state


def reshaped(**shapes: tuple[int, ...]) -> OrderedDict[str, Tensor]:
    state = two_layers().state_dict()
    for name, shape in shapes.items():
        state[name.replace("_", ".")] = torch.zeros(shape)
    return state


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            without("2.bias"),
            r"has 8 tensors, the model 9; .*number 9 is missing, the model's 2.bias \(4,\)$",
        ),
        (
            without("1.weight"),
            r"has 8 tensors, the model 9; .*number 6 is 1.num_batches_tracked \(\), the model's "
            r"1.running_var \(4,\); number 7 is .*; number 8 is .*; 1 more differ",
        ),
        (
            {**two_layers().state_dict(), "3.weight": torch.zeros(2, 5)},
            r"has 10 tensors, the model 9; .*number 10 is 3.weight \(2, 5\), the model's missing",
        ),
        (
            reshaped(**{"0_weight": (4, 3, 5, 5)}),
            r"number 1 is 0.weight \(4, 3, 5, 5\), the model's 0.weight \(4, 3, 3, 3\)$",
        ),
    ],
)
def test_what_differs_is_said_and_nothing_is_changed(state: dict, message: str) -> None:
    ours = two_layers()
    before = values(ours)
    with pytest.raises(ValueError, match=f"load_published: state_dict .*{message}"):
        load_published(ours, state)
    assert equal(values(ours), before)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("resnet18.pth", "state_dict is a str; expected a state_dict, names with tensors"),
        (two_layers(), r"state_dict is a Sequential; .*call its state_dict\(\)"),
        ({"model": {}, "epoch": 3}, r"state_dict\['model'\] is a dict; .*try state_dict\['model'"),
        ({0: torch.zeros(2)}, "state_dict has the key 0; expected a state_dict, names"),
        ({"epoch": 3}, r"state_dict\['epoch'\] is an int; expected"),
    ],
)
def test_what_is_no_state_dict_is_refused(state: object, message: str) -> None:
    with pytest.raises(TypeError, match=f"load_published: {message}"):
        load_published(two_layers(), state)


def test_what_cannot_be_filled_is_refused() -> None:
    with pytest.raises(TypeError, match=r"model is a function; expected .*call resnet18\(\)"):
        load_published(architectures.resnet18, {})
    with pytest.raises(ValueError, match=r'model is on the device "meta".*expected .*to_empty'):
        load_published(on_meta("resnet18"), {})
