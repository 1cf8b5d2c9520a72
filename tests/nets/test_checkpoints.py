import io
import pickle
import struct
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from cnnbook.nets import Recipe, TinyCNN, fit, initialize, load_weights
from cnnbook.nets.checkpoints import load_checkpoint, plain, save_checkpoint, write_whole


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "c.pt"
    save_checkpoint(path, {"model": initialize(TinyCNN()).state_dict(), "best": None})
    return path


def test_weights_come_back(path):
    loaded = load_weights(initialize(TinyCNN(), 1), path)
    for a, b in zip(loaded.parameters(), initialize(TinyCNN()).parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_best_weights_come_first(path):
    best = initialize(TinyCNN(), 2).state_dict()
    save_checkpoint(path, {"model": initialize(TinyCNN()).state_dict(), "best": best})
    assert torch.equal(load_weights(TinyCNN(), path).fc.weight, best["fc.weight"])


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_checkpoint(tmp_path / "nowhere.pt")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_file(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ValueError, match=r"c.pt: not a checkpoint of cnnbook, or a damaged one"):
        load_checkpoint(path)


def test_a_text_file(path):
    path.write_text("hello")
    with pytest.raises(ValueError, match="not a checkpoint of cnnbook"):
        load_checkpoint(path)


class Evil:
    def __reduce__(self):
        return (print, ("code of the file was run",))


@pytest.mark.parametrize("archive", [True, False], ids=["archive", "bare pickle"])
def test_code_in_a_file_is_not_run(path, capsys, archive):
    hostile = {"format": 1, "model": Evil()}
    if archive:
        torch.save(hostile, path)
    else:
        path.write_bytes(pickle.dumps(hostile, protocol=2))
    with pytest.raises(ValueError, match="not a checkpoint of cnnbook"):
        load_checkpoint(path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [[1, 2], {"model": {}}, {"format": 99}])
def test_another_format(path, content):
    torch.save(content, path)
    with pytest.raises(ValueError, match="not a checkpoint of this version"):
        load_checkpoint(path)


def test_weights_of_another_model(path):
    with pytest.raises(ValueError, match="the weights belong to another model than Linear"):
        load_weights(torch.nn.Linear(1, 1), path)


def test_an_interrupted_writing_leaves_the_former_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, b"former")

    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_whole(path, b"new")
    assert path.read_bytes() == b"former"
    write_whole(path, b"new")  # what was left behind is no hindrance
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_files_have_the_usual_permissions(tmp_path):
    write_whole(tmp_path / "ours", b"")
    (tmp_path / "theirs").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OSError, match="file was not written: No such file"):
        write_whole(tmp_path / "nowhere" / "file", b"")


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_of_a_weight(path, bit):
    """PyTorch would read another weight."""
    raw = bytearray(path.read_bytes())
    weight = struct.pack("<f", initialize(TinyCNN()).fc.weight.flatten()[5].item())
    assert raw.count(weight) == 1
    raw[raw.find(weight) + 2] ^= 1 << bit
    path.write_bytes(raw)
    torch.load(path)
    with pytest.raises(ValueError, match="not a checkpoint of cnnbook, or a damaged one"):
        load_checkpoint(path)


def scripted():
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer versions of PyTorch would rather export
        torch.jit.save(torch.jit.script(nn.Linear(1, 1)), buffer)
    return buffer.getvalue()


def legacy():
    buffer = io.BytesIO()
    torch.save({"format": 1, "model": {}}, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def zipped():
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3))
    return buffer.getvalue()


@pytest.mark.parametrize("other", [scripted, legacy, zipped])
def test_another_programs_file(path, other):
    path.write_bytes(other())
    with pytest.raises(ValueError, match="not a checkpoint of cnnbook"):
        load_checkpoint(path)


WEIGHT = initialize(TinyCNN()).fc.weight.detach()


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("model", ..., "damaged checkpoint of cnnbook: it has no model; train again"),
        ("best", ..., "damaged checkpoint of cnnbook: it has no best; train again"),
        ("model", 3, "damaged checkpoint of cnnbook: model is of type int; expected dict"),
        ("model", {}, "another model than TinyCNN: it has no conv1.weight"),
        ("best", torch.ones(2), "another model than TinyCNN: it is of type Tensor; expected Ord"),
        ("best", {}, "another model than TinyCNN: it has no conv1.weight"),
        ("fc.weight", ..., "another model than TinyCNN: it has no fc.weight"),
        ("fc.more", WEIGHT, "another model than TinyCNN: it has a fc.more"),
        (3, WEIGHT, "another model than TinyCNN: it has a 3"),
        ("fc.weight", WEIGHT[:3], r"fc.weight has shape \(3, 64\); expected \(10, 64\)"),
        ("fc.weight", "W", "fc.weight is of type str; expected a tensor"),
        ("fc.weight", None, "fc.weight is of type NoneType; expected a tensor"),
        ("fc.weight", WEIGHT.tolist(), "fc.weight is of type list; expected a tensor"),
        ("fc.weight", WEIGHT.long(), "fc.weight has dtype torch.int64; expected torch.float32"),
        ("fc.weight", WEIGHT * 1j, "fc.weight has dtype torch.complex64; expected torch.float32"),
        ("fc.weight", WEIGHT > 0, "fc.weight has dtype torch.bool; expected torch.float32"),
        ("fc.weight", WEIGHT.to("meta"), "fc.weight is a tensor without values"),
        ("fc.weight", WEIGHT.to_sparse(), "fc.weight is a tensor without values"),
    ],
)
def test_a_part_that_is_wrong(path, part, value, message):
    content = {"format": 1, "model": dict(initialize(TinyCNN()).state_dict()), "best": None}
    place = content if part in content else content["model"]
    place[part] = value
    if value is ...:
        del place[part]
    torch.save(content, path)
    model = initialize(TinyCNN(), 3)
    with pytest.raises(ValueError, match=rf"c\.pt: .*{message}") as caught:
        load_weights(model, path)
    assert "\n" not in str(caught.value)
    for a, b in zip(model.parameters(), initialize(TinyCNN(), 3).parameters(), strict=True):
        assert torch.equal(a, b)  # not half of the file's


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_weights_of_another_precision_or_that_require_grad(path, dtype):
    state = initialize(TinyCNN()).state_dict()
    state = {name: nn.Parameter(value.to(dtype)) for name, value in state.items()}
    save_checkpoint(path, {"model": state, "best": None})
    loaded = load_weights(initialize(TinyCNN(), 1), path)
    for name, value in loaded.named_parameters():
        assert value.is_leaf
        assert torch.equal(value, state[name].float())


@pytest.mark.parametrize(
    ("value", "kind"),
    [(..., "ellipsis"), ([object()], "object"), ({"a": {1}}, "set"), (np.zeros(2), "ndarray")],
)
def test_what_a_checkpoint_cannot_hold(value, kind):
    with pytest.raises(TypeError, match=rf"fit: settings\S* is .* of type {kind}; expected a num"):
        plain(value, "settings")


X, Y = np.random.default_rng(0).normal(size=(20, 1, 8, 8)).astype("f"), np.arange(20) % 10
ADAMW = Recipe(epochs=2, batch_size=8, optimizer="adamw", lr=0.01, one_cycle=True)


def resume(model, path):
    options = {"validation": (X, Y), "patience": 2, "amp": "float16", "settings": {"data": "x"}}
    return fit(model, X, Y, ADAMW, checkpoint=path, resume=True, **options)


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory):
    """A checkpoint's bytes after the first of two epochs."""
    path = tmp_path_factory.mktemp("broken") / "c.pt"

    def save_and_stop(*arguments):
        save_checkpoint(*arguments)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cnnbook.nets.training.save_checkpoint", save_and_stop)
        with pytest.raises(KeyboardInterrupt):
            resume(initialize(TinyCNN(), 4), path)
    return path.read_bytes()


def all_places(value, place=()):
    """Return the place of every part of nested dictionaries and lists."""
    parts = value.items() if isinstance(value, dict) else []
    if isinstance(value, list | tuple):
        parts = enumerate(value)
    return [place] * bool(place) + [p for k, v in parts for p in all_places(v, (*place, k))]


def test_every_part_may_be_missing_or_something_else(tmp_path, broken_off):
    """A sentence, or a training that goes on; a network that is refused stays as it was."""
    path = tmp_path / "c.pt"
    places = all_places(torch.load(io.BytesIO(broken_off)))
    assert len(places) > 100
    fresh = initialize(TinyCNN(), 4).state_dict()
    said = {}
    for place in places:
        for what in (..., "text", torch.ones(3)):
            content = parent = torch.load(io.BytesIO(broken_off))
            for key in place[:-1]:
                parent = parent[key]
            if isinstance(parent, tuple):
                continue
            if what is ...:
                del parent[place[-1]]
            else:
                parent[place[-1]] = what
            torch.save(content, path)
            model, said[place, str(what)] = initialize(TinyCNN(), 4), "it went on"
            try:
                resume(model, path)
            except (ValueError, FloatingPointError) as error:
                refused = isinstance(error, ValueError)
                said[place, str(what)] = f"{'ValueError' if refused else type(error)} {error}"
                if refused:
                    equal = map(torch.equal, model.state_dict().values(), fresh.values())
                    said[place, str(what)] += "" if all(equal) else " CHANGED"
    assert not [text for text in said.values() if "CHANGED" in text or "\n" in text]
    for (place, what), text in said.items():
        if len(place) == 1 and what == "Ellipsis" and place != ("settings",):
            assert "ValueError" in text, place
        if place[0] in ("model", "best", "training"):
            assert "ValueError" in text, (place, what)
