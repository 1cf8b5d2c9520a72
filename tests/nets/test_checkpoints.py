import pickle

import pytest
import torch

from cnnbook.nets import TinyCNN, initialize, load_weights
from cnnbook.nets.checkpoints import load_checkpoint, save_checkpoint, write_whole


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
