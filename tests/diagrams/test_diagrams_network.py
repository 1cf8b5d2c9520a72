"""The Python side of the network's diagram: what it computes, refuses and stores."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from cnnbook import diagrams, layers
from cnnbook.data import digits
from cnnbook.diagrams import _network_digits as shipped
from cnnbook.diagrams._network import TinyDigits
from cnnbook.diagrams._network_layers import stages
from cnnbook.diagrams.values import number, percent
from cnnbook.nets import SimpleCNN, TinyCNN

RNG = np.random.default_rng(0)


def own(*modules: nn.Module) -> nn.Sequential:
    return nn.Sequential(*modules)


def strange() -> nn.Sequential:
    """A network that is not the book's: strides, groups, dilation, reflection, batch norms."""
    torch.manual_seed(0)
    model = own(
        nn.Conv2d(2, 6, (3, 2), stride=(2, 1), padding=(1, 0), bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        own(
            nn.Conv2d(6, 12, 3, padding="same", dilation=2, groups=2, padding_mode="reflect"),
            nn.Tanh(),
        ),
        nn.MaxPool2d((3, 2), stride=2, padding=1),
        nn.Dropout(0.5),
        nn.Conv2d(12, 8, 1, padding="valid"),
        nn.BatchNorm2d(8, affine=False),
        nn.Sigmoid(),
        nn.AvgPool2d(2, stride=1, padding=1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 5, bias=False),
        nn.Identity(),
        nn.Softmax(1),
    )
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            if module.affine:
                nn.init.normal_(module.weight)
                nn.init.normal_(module.bias)
    return model


def test_every_layer_gives_what_pytorch_gives():
    model = strange()
    x = RNG.normal(size=(2, 12, 11)).astype(np.float32)
    parts = stages(model, x.shape)
    flat = [m for m in model.eval().modules() if not isinstance(m, nn.Sequential)]
    expected, found = torch.from_numpy(x[None]), x.astype(np.float64)
    assert len(parts) == len(flat)
    for part, module in zip(parts, flat, strict=True):
        with torch.no_grad():
            expected, found = module(expected), part.run(found)
        assert part.shape == tuple(expected.shape[1:])
        np.testing.assert_allclose(found, expected[0].numpy(), atol=1e-5, err_msg=part.name)
    assert sum(part.parameters for part in parts) == sum(p.numel() for p in model.parameters())


def test_a_module_in_training_is_computed_as_after_eval():
    model = strange().train()
    image = RNG.normal(size=(2, 12, 11))
    training = diagrams.network(model, image)
    assert model.training
    assert repr(training) == repr(diagrams.network(model.eval(), image))


def test_the_book_s_network_is_the_shipped_one():
    ours = TinyDigits()
    theirs = TinyCNN.pretrained()
    x = digits().x_test[:20]
    with torch.no_grad():
        expected = theirs(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(ours(x), expected, atol=1e-5)
    shown = diagrams.network()
    assert repr(shown) == repr(diagrams.network(theirs))


def test_the_shipped_digits_are_test_images():
    x, y = digits().x_test, digits().y_test
    for (name, index, _), image in zip(shipped.DIGITS, shipped.images(), strict=True):
        np.testing.assert_array_equal(image, x[index])
        assert name[0] == str(y[index])
    right = [str(TinyDigits()(x[[index]]).argmax()) == name for name, index, _ in shipped.DIGITS]
    assert right == [True] * 10 + [False] * 2


def test_the_book_s_instance_is_small():
    assert len(diagrams.network()._repr_html_().split("<script>")[0].encode()) < 25_000


def test_tables_tell_input_layers_and_outputs():
    made = diagrams.network()
    tables = {table.caption: table.rows for table in made.tables}
    image = shipped.images()[made.state["start"]]
    assert tables["input"] == [[number(v) for v in row] for row in image[0]]
    parts = stages(TinyDigits(), (1, 8, 8))
    x = image
    for part, row in zip(parts, tables["layers"][2:], strict=False):
        x = part.run(x)
        assert row[0] == part.name
        assert row[3:] == [number(x.min()), number(x.max())]
    logits = [number(v) for v in x]
    assert [row[1] for row in tables["outputs"][1:]] == logits
    shares = np.exp(x) / np.exp(x).sum()
    assert [row[2] for row in tables["outputs"][1:]] == [percent(v) for v in shares]
    assert "“4” with probability 0.9986" in made.summary


def test_the_book_s_network_begins_with_the_digit_that_it_is_surest_of():
    network = TinyDigits()
    scores = np.stack([network(image[None].astype(np.float32))[0] for image in shipped.images()])
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares = (powers / powers.sum(axis=1, keepdims=True)).max(axis=1)
    start = diagrams.network().state["start"]
    assert start == shares.argmax()
    assert shares[start] > 0.99
    # A reader's own images begin with the first.
    assert diagrams.network(network, shipped.images()).state["start"] == 0


def test_images_have_names():
    images = shipped.images()[:2]
    made = diagrams.network(images=images, names=["as it is", "turned 90°"])
    assert [name for name, _ in made.state["images"]] == ["as it is", "turned 90°"]
    for names in (["one"], "ab", 3, ["a", "b", "c"]):
        with pytest.raises(ValueError, match="a name for each of 2 images"):
            diagrams.network(images=images, names=names)
    with pytest.raises(ValueError, match="expected a name for each of 0 images"):
        diagrams.network(names=["a"])


def test_a_small_probability_is_written_in_percent():
    logits = np.array([10.0, 0, -9, -30])
    model = layers.Sequential(layers.Flatten(), layers.Linear(4, 4, bias=False, rng=RNG))
    model[1].weight[:] = np.eye(4)
    made = diagrams.network(model, logits.reshape(1, 2, 2))
    rows = next(table.rows for table in made.tables if table.caption == "outputs")[1:]
    assert [row[2] for row in rows] == ["over 99.99 %", *["under 0.01 %"] * 3]


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "0 %"),
        (1e-300, "under 0.01 %"),
        (4.241e-5, "under 0.01 %"),
        (1e-4, "0.01 %"),
        (0.00123456, "0.123 %"),
        (0.0123456, "1.235 %"),
        (0.5465, "54.65 %"),
        (0.9998, "99.98 %"),
        (0.99996, "over 99.99 %"),
        (1.0, "100 %"),
    ],
)
def test_percent(probability, text):
    assert percent(probability) == text


def test_a_network_of_numpy_layers():
    rng = np.random.default_rng(1)
    model = layers.Sequential(
        layers.Conv2d(1, 3, 3, rng=rng, dtype=np.float64),
        layers.BatchNorm2d(3, dtype=np.float64),
        layers.Sigmoid(),
        layers.GlobalAvgPool2d(),
        layers.Linear(3, 4, rng=rng, dtype=np.float64),
    )
    x = rng.normal(size=(1, 1, 9, 7))
    made = diagrams.network(model, x, classes=list("abcd"))
    expected = model.eval()(x)[0]
    rows = next(table.rows for table in made.tables if table.caption == "outputs")
    assert rows[0] == ["class", "linear_4", "probability"]
    assert [float(row[1].replace("−", "-")) for row in rows[1:]] == pytest.approx(
        expected, abs=1e-4
    )
    assert [row[0] for row in rows[1:]] == list("abcd")


def test_maps_as_output_and_a_single_sigmoid():
    maps = diagrams.network(own(nn.Conv2d(1, 2, 3)), input_size=(1, 6, 6))
    assert "output 2×4×4." in maps.summary
    assert maps.state["classes"] == []
    one = diagrams.network(own(nn.Flatten(), nn.Linear(64, 1), nn.Sigmoid()), classes=["yes"])
    assert [layer["kind"] for layer in one.state["layers"]] == ["identity", "linear", "sigmoid"]
    assert "“yes” with probability" in one.summary


def test_drawing_is_scaled_as_the_images():
    made = diagrams.network(own(nn.Flatten(), nn.Linear(64, 2)), scale=(-1, 3))
    assert made.state["scale"] == [-1, 3]
    assert {table.caption: table.rows for table in made.tables}["input"][0][0] == "−1"
    assert diagrams.network(SimpleCNN(), input_size=(1, 28, 28)).state["factor"] == 2
    assert made.state["factor"] == 4


def test_names_that_say_nothing_get_the_class():
    model = own(own(nn.ReLU()), nn.Flatten())
    model.add_module("<script>alert(1)</script>", nn.Linear(64, 2))
    names = [layer["name"] for layer in diagrams.network(model).state["layers"]]
    assert names == ["relu_0_0", "flatten_1", "linear_<script>alert(1)<", "softmax"]
    html = diagrams.network(model, classes=["<b>", "</script>"])._repr_html_()
    assert html.count("<script>") == 1
    assert html.count("</script>") == 1


def test_what_is_stored_is_strict_json():
    state = diagrams.network(SimpleCNN(), input_size=(1, 28, 28)).state
    json.loads(json.dumps(state, allow_nan=False))


class OwnForward(nn.Sequential):
    def forward(self, x):
        return x


class ReLU(nn.ReLU):
    """Called like one of PyTorch's, and not one of them."""


def with_weight(value: float) -> nn.Sequential:
    model = own(nn.Flatten(), nn.Linear(64, 2))
    with torch.no_grad():
        model[1].weight[0, 0] = value
    return model


def with_variance(value: float) -> nn.Sequential:
    model = own(nn.BatchNorm2d(1))
    model[0].running_var[0] = value
    return model


class OwnCall(nn.Sequential):
    def __call__(self, x):
        return x


class OwnChildren(layers.Sequential):
    def children(self):
        return {}


def classifier(**options) -> nn.Sequential:
    return own(nn.Flatten(), nn.Linear(64, 2, **options))


def hooked(which: int | None, hook: str) -> nn.Sequential:
    """Return a network of which one layer, or the whole, has a hook that changes its answer."""
    model = classifier()
    getattr(model if which is None else model[which], hook)(lambda *given: given[-1])
    return model


def with_own_forward(model, which: int | None):
    target = model if which is None else model[which]
    target.forward = lambda x: x
    return model


def numpy_classifier() -> layers.Sequential:
    return layers.Sequential(layers.Flatten(), layers.Linear(64, 2, rng=np.random.default_rng(0)))


def pruned() -> nn.Sequential:
    model = classifier()
    prune.l1_unstructured(model[1], "weight", 5)
    return model


def without(layer: nn.Module, outputs: int) -> nn.Sequential:
    """Return a network whose last layer has lost its outputs."""
    layer.weight = nn.Parameter(torch.zeros(outputs, *layer.weight.shape[1:]))
    layer.bias = None
    return own(layer)


def around_itself(model):
    model.layers.append(model) if hasattr(model, "layers") else model.add_module("again", model)
    return model


def with_sparse_weight() -> nn.Sequential:
    model = classifier()
    model[1].weight = nn.Parameter(model[1].weight.detach().to_sparse())
    return model


CHANGED = [
    (
        {"model": hooked(1, "register_forward_hook")},
        TypeError,
        "layer '1' \\(Linear\\) has forward",
    ),
    ({"model": hooked(0, "register_forward_pre_hook")}, TypeError, "layer '0' .* forward hooks"),
    ({"model": hooked(None, "register_forward_hook")}, TypeError, "model has forward hooks"),
    (
        {"model": own(hooked(None, "register_forward_hook"))},
        TypeError,
        "layer '0' .Sequential. has",
    ),
    ({"model": pruned()}, TypeError, "layer '1' .* prune.remove after pruning"),
    ({"model": with_own_forward(classifier(), 1)}, TypeError, "layer '1' .* a forward of its own"),
    ({"model": with_own_forward(classifier(), None)}, TypeError, "model has a forward of its own"),
    ({"model": with_own_forward(numpy_classifier(), 1)}, TypeError, "'1' .* a forward of its own"),
    ({"model": OwnCall(nn.ReLU())}, TypeError, "OwnCall has a forward of its own"),
    ({"model": OwnChildren(layers.ReLU())}, ValueError, "children of OwnChildren are others"),
    (
        {"model": classifier(dtype=torch.complex64)},
        TypeError,
        "weight has dtype complex64; expected",
    ),
    (
        {"model": classifier(device="meta")},
        ValueError,
        "layer '1' .Linear.: Cannot copy out of meta",
    ),
    ({"model": with_sparse_weight()}, TypeError, "layer '1' .Linear.: can't convert Sparse"),
    (
        {"model": without(nn.Conv2d(1, 1, 3), 0)},
        ValueError,
        r"weight has shape \(0, 1, 3, 3\); exp",
    ),
    ({"model": own(nn.Flatten(), *without(nn.Linear(64, 1), 0))}, ValueError, r"shape \(0, 64\)"),
    ({"model": around_itself(own(nn.ReLU()))}, ValueError, "layer 'again' .* contains itself"),
    ({"model": around_itself(layers.Sequential(layers.ReLU()))}, ValueError, "'1' .* contains its"),
    (
        {"model": own(nn.MaxPool2d(2, padding=2))},
        ValueError,
        "network: layer 'maxpool2d_0': max_po",
    ),
    ({"images": [[1, 2], [3]]}, ValueError, "images has rows of unequal length"),
    (
        {"images": np.ma.ones((8, 8))},
        TypeError,
        "images cannot be read .*: a masked array or a mat",
    ),
    ({"images": [np.ma.ones((8, 8))]}, TypeError, "images cannot be read .*: a masked array"),
    (
        {"images": torch.ones(8, 8, device="meta")},
        TypeError,
        "images cannot be read .*: Cannot copy",
    ),
    (
        {"images": np.ones((8, 8)), "input_size": 5},
        ValueError,
        "input_size is 5 and the images are",
    ),
    ({"classes": 5}, ValueError, "classes is 5; expected 10 names"),
]

WRONG = [
    *CHANGED,
    ({"model": nn.Linear(2, 2)}, TypeError, "model is a Linear; expected a Sequential"),
    ({"model": "<script>"}, TypeError, "model is a str"),
    ({"model": OwnForward(nn.ReLU())}, TypeError, "OwnForward has a forward of its own"),
    ({"model": own()}, ValueError, "0 layers; expected 1 to 32"),
    ({"model": own(*[nn.ReLU()] * 33)}, ValueError, "33 layers"),
    ({"model": own(nn.ReLU(), nn.GELU())}, ValueError, "layer '1' \\(GELU\\)"),
    ({"model": own(ReLU())}, ValueError, "layer '0' \\(ReLU\\) is not one"),
    ({"model": own(nn.ConvTranspose2d(1, 1, 2))}, ValueError, "ConvTranspose2d"),
    ({"model": own(nn.Conv2d(3, 1, 1))}, ValueError, "input has 1 channels; expected 3"),
    ({"model": own(nn.Conv2d(1, 1, 9))}, ValueError, "layer '0' \\(Conv2d\\).*9"),
    ({"model": own(nn.Flatten(), nn.Conv2d(1, 1, 1))}, ValueError, "expected maps"),
    ({"model": own(nn.Linear(8, 8))}, ValueError, "put a Flatten before it"),
    ({"model": own(nn.Flatten(), nn.Linear(63, 2))}, ValueError, "expected \\(63,\\)"),
    ({"model": own(nn.Flatten(0))}, ValueError, "keeps some of the axes"),
    ({"model": own(nn.Softmax(1))}, ValueError, "expected one vector"),
    ({"model": own(nn.MaxPool2d(3, ceil_mode=True))}, ValueError, "ceil_mode is True"),
    ({"model": own(nn.MaxPool2d(2, return_indices=True))}, ValueError, "return_indices"),
    ({"model": own(nn.AvgPool2d(2, divisor_override=3))}, ValueError, "divisor_override"),
    (
        {"model": own(nn.AvgPool2d(2, padding=1, count_include_pad=False))},
        ValueError,
        "count_include_pad",
    ),
    ({"model": own(nn.AdaptiveAvgPool2d(2))}, ValueError, "output_size is 2; expected 1"),
    ({"model": own(nn.BatchNorm2d(2))}, ValueError, "1 channels; expected 2"),
    ({"model": own(nn.BatchNorm2d(1, track_running_stats=False))}, ValueError, "statistics"),
    ({"model": with_variance(-1)}, ValueError, "running_var is below 0"),
    ({"model": with_weight(float("nan"))}, ValueError, "layer '1' \\(Linear\\): weight holds nan"),
    ({"model": with_weight(float("inf"))}, ValueError, "weight holds inf"),
    ({"model": with_weight(1e9)}, ValueError, "up to a million"),
    ({"model": own(nn.Flatten(), nn.Linear(64, 500))}, ValueError, "32,500 parameters"),
    (
        {"model": own(nn.Conv2d(1, 8, 3, padding=1)), "input_size": (1, 64, 64)},
        ValueError,
        "32,768 values",
    ),
    (
        {"model": own(nn.Conv2d(4, 16, 8, padding=4)), "input_size": (4, 16, 16)},
        ValueError,
        "multiplications",
    ),
    ({"model": own(nn.AvgPool2d(1, stride=1)), "input_size": (1, 65, 8)}, ValueError, "64×64"),
    ({"input_size": (8, 8)}, ValueError, "expected \\(C, H, W\\)"),
    ({"input_size": (1, 0, 8)}, ValueError, "input_size"),
    ({"images": np.ones((2, 1, 8, 8)), "input_size": (1, 9, 9)}, ValueError, "give one"),
    ({"images": np.ones((1, 1, 12, 8))}, ValueError, "expected \\(64,\\)"),
    ({"images": np.ones((21, 1, 8, 8))}, ValueError, "at most 20"),
    ({"images": np.full((8, 8), np.nan)}, ValueError, "images holds nan"),
    ({"images": [["<b>"]]}, TypeError, "expected an array of numbers"),
    ({"images": [1, 2]}, ValueError, "images has shape"),
    ({"images": []}, ValueError, "images has shape"),
    ({"images": np.ones((20, 4, 64, 64)), "model": own(nn.ReLU())}, ValueError, "327,680 numbers"),
    ({"classes": ["a"]}, ValueError, "expected 10 names"),
    ({"classes": "0123456789"}, ValueError, "expected 10 names"),
    (
        {"model": own(nn.ReLU()), "classes": ["a"]},
        ValueError,
        "classes are given and the output has shape",
    ),
    ({"scale": (1, 1)}, ValueError, "scale is"),
    ({"scale": (0,)}, ValueError, "scale is"),
]


@pytest.mark.parametrize(("arguments", "kind", "words"), WRONG)
def test_refuses(arguments, kind, words):
    with pytest.raises(kind, match=words):
        diagrams.network(**arguments)


def test_numbers_that_overflow_are_refused_by_name():
    norm = nn.BatchNorm2d(1, eps=1e-90)
    norm.running_var[0] = 0
    with pytest.raises(ValueError, match="layer 'batchnorm2d_0' gives numbers that are not finite"):
        diagrams.network(own(norm))


def test_the_parameters_of_a_layer_in_two_places_count_once():
    shared, other = nn.Linear(8, 8), nn.Linear(8, 8)
    other.weight = shared.weight  # as networks with tied weights have it
    model = own(nn.Flatten(), nn.Linear(64, 8), shared, shared, other)
    made = diagrams.network(model)
    count = sum(parameter.numel() for parameter in model.parameters())
    assert f"with {count} parameters" in made.summary
    rows = {table.caption: table.rows for table in made.tables}["layers"]
    assert [row[2] for row in rows[2:7]] == ["0", "520", "72", "0", "8"]


def test_a_batch_norm_may_lack_its_weight_or_its_bias():
    x = RNG.normal(size=(1, 8, 8)).astype(np.float32)
    for missing in ("weight", "bias"):
        model = own(nn.BatchNorm2d(1)).eval()
        nn.init.constant_(model[0].weight, 2)
        nn.init.constant_(model[0].bias, 3)
        setattr(model[0], missing, None)
        (part,) = stages(model, x.shape)
        with torch.no_grad():
            np.testing.assert_allclose(part.run(x), model(torch.from_numpy(x[None]))[0], atol=1e-5)
        assert part.parameters == 1


def test_images_may_be_tensors_that_require_a_gradient_or_are_bfloat16():
    images = torch.ones(8, 8, requires_grad=True)
    expected = repr(diagrams.network(images=np.ones((8, 8))))
    assert repr(diagrams.network(images=images)) == expected
    assert repr(diagrams.network(images=images.bfloat16())) == expected


def test_a_layer_in_two_places_counts_twice():
    relu = nn.ReLU()
    model = own(relu, nn.Flatten(), nn.Linear(64, 2), relu)
    kinds = [layer["kind"] for layer in diagrams.network(model).state["layers"]]
    assert kinds == ["relu", "identity", "linear", "relu", "softmax"]
