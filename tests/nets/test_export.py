import errno

import numpy as np
import pytest
import torch
from torch import nn

from cnnbook.data import digits
from cnnbook.nets import (
    Exercise10,
    FullyConnected,
    LeNet5,
    Net,
    SimpleCNN,
    SmallFCN,
    TinyCNN,
    UNet,
    evaluate,
    initialize,
)
from cnnbook.nets.export import export, load_export


def images(n, side, dtype=np.float32):
    return np.random.default_rng(0).normal(size=(n, 1, side, side)).astype(dtype)


@pytest.mark.parametrize(
    "make", [Exercise10, FullyConnected, LeNet5, Net, SimpleCNN, SmallFCN, TinyCNN, UNet]
)
def test_comes_back_with_equal_outputs_for_any_number_of_images(make, tmp_path):
    side = 8 if make is TinyCNN else 28
    model = initialize(make(), 0)
    loaded = load_export(export(model, tmp_path / "net.pt2", images(1, side)))
    for n in (1, 2, 7):
        x = torch.from_numpy(images(n, side))
        torch.testing.assert_close(loaded(x), model(x))


def test_double_precision_and_evaluation_mode(tmp_path):
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.9)).double().train()
    loaded = load_export(export(model, str(tmp_path / "net.pt2"), images(3, 6)))
    assert all(layer.training for layer in model.modules())
    x = torch.from_numpy(images(4, 6, np.float64))
    expected = model.eval()(x)
    torch.testing.assert_close(loaded.train()(x), expected)
    torch.testing.assert_close(loaded(x), loaded.eval()(x))


def test_the_loaded_network_is_measured_like_any_other(tmp_path):
    data, model = digits(), TinyCNN.pretrained()
    loaded = load_export(export(model, tmp_path / "tiny.pt2", data.x_test[:1]))
    before, after = (evaluate(net, data.x_test, data.y_test) for net in (model, loaded))
    np.testing.assert_array_equal(before.confusion, after.confusion)


class Undecided(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


@pytest.mark.parametrize(
    ("model", "path", "example", "error", "message"),
    [
        (TinyCNN(), "net.pt", images(1, 8), ValueError, r"net.pt'; expected .* ends in '.pt2'"),
        (TinyCNN(), "net.pt2", images(1, 8)[0], ValueError, "example has shape"),
        (TinyCNN(), "net.pt2", images(1, 8).astype(int), TypeError, "example has dtype"),
        (TinyCNN(), "net.pt2", images(1, 9)[:, [0, 0]], ValueError,
         r"TinyCNN cannot be exported with images of shape \(2, 9, 9\)"),
        (Undecided(), "net.pt2", images(1, 8), ValueError, "Undecided cannot be exported"),
    ],
)  # fmt: skip
def test_refusals(model, path, example, error, message, tmp_path):
    with pytest.raises(error, match=f"export: .*{message}"):
        export(model, tmp_path / path, example)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OSError, match=r"net\.pt2 was not written") as caught:
        export(TinyCNN(), tmp_path / "absent" / "net.pt2", images(1, 8))
    assert caught.value.errno == errno.ENOENT


def test_load_export_refuses_what_is_no_program(tmp_path):
    path = export(TinyCNN(), tmp_path / "net.pt2", images(1, 8))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"load_export: .*net\.pt2 is no exported program"):
        load_export(path)
    with pytest.raises(FileNotFoundError):
        load_export(tmp_path / "absent.pt2")
