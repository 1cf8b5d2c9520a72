import errno
import gzip
import hashlib
import http.server
import re
import socket
import struct
import sys
import threading

import numpy as np
import pytest

from cnnbook.data import mnist

MODULE = sys.modules["cnnbook.data.mnist"]  # the package's attribute of that name is the function
N_TRAIN, N_TEST = 7, 3


def write(path, magic, values):
    content = struct.pack(f">{1 + values.ndim}I", magic, *values.shape) + values.tobytes()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


@pytest.fixture
def truth():
    rng = np.random.default_rng(0)
    images = rng.integers(256, size=(N_TRAIN + N_TEST, 28, 28), dtype=np.uint8)
    return images, np.arange(10, dtype=np.uint8)


@pytest.fixture
def folder(tmp_path, truth, monkeypatch):
    """A folder with four tiny files, and a module that expects their sizes and checksums."""
    monkeypatch.setattr(MODULE, "TRAIN", MODULE.Part("train", N_TRAIN))
    monkeypatch.setattr(MODULE, "TEST", MODULE.Part("t10k", N_TEST))
    monkeypatch.delenv("CNNBOOK_DATA", raising=False)
    images, labels = truth
    folder = tmp_path / "files"
    folder.mkdir()
    for stem, some in (("train", slice(N_TRAIN)), ("t10k", slice(N_TRAIN, None))):
        write(folder / f"{stem}-images-idx3-ubyte.gz", 2051, images[some])
        write(folder / f"{stem}-labels-idx1-ubyte.gz", 2049, labels[some])
    sums = {p.stem: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
    monkeypatch.setattr(MODULE, "SHA256", sums)
    return folder


def assert_true(data, truth):
    images, labels = truth
    assert data.x_train.dtype == np.float32
    assert data.y_train.dtype == np.int64
    scaled = images[:, None].astype(np.float32) / 255
    np.testing.assert_array_equal(data.x_train, scaled[:N_TRAIN])
    np.testing.assert_array_equal(data.x_test, scaled[N_TRAIN:])
    np.testing.assert_array_equal(np.concatenate([data.y_train, data.y_test]), labels)


def test_reads_gzipped_files(folder, truth):
    assert_true(mnist(folder), truth)


@pytest.mark.parametrize("rename", [str, lambda name: name.replace("-idx", ".idx")])
def test_reads_plain_files_under_both_usual_names(folder, truth, rename):
    for path in list(folder.iterdir()):
        (folder / rename(path.stem)).write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert_true(mnist(str(folder)), truth)


def test_reads_the_folder_in_the_environment(folder, truth, monkeypatch):
    monkeypatch.setenv("CNNBOOK_DATA", str(folder))
    assert_true(mnist(), truth)


def test_without_folder_looks_in_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("CNNBOOK_DATA", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / project)
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "cnnbook" / "mnist"))):
        mnist()


def test_without_pooch_the_error_says_what_to_do(monkeypatch):
    monkeypatch.delenv("CNNBOOK_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match="pip install pooch, or give the folder"):
        mnist()


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere is no folder\. Give the folder"):
        mnist(tmp_path / "nowhere")


def test_a_wrong_folder_names_what_is_missing(folder):
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks t10k-labels-idx1-ubyte \(or \.gz\)"):
        mnist(folder)


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("train-images-idx3", "train-labels-idx1", "images and labels swapped"),
        ("train-images-idx3", "t10k-images-idx3", "sizes 3×28×28, expected 7×28×28; .*swapped"),
        ("train-labels-idx1", "t10k-labels-idx1", "sizes 3, expected 7; .*swapped"),
    ],
)
def test_swapped_files(folder, one, other, message):
    first, second = folder / f"{one}-ubyte.gz", folder / f"{other}-ubyte.gz"
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        mnist(folder)


def test_a_label_over_9(folder):
    write(folder / "t10k-labels-idx1-ubyte.gz", 2049, np.array([7, 10, 9], np.uint8))
    with pytest.raises(ValueError, match="label number 1 is 10, expected 0 to 9"):
        mnist(folder)


def test_the_published_sizes_and_names():
    assert MODULE.TRAIN == ("train", 60_000)
    assert MODULE.TEST == ("t10k", 10_000)
    assert sorted(MODULE.SHA256) == [
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
    ]
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in MODULE.SHA256.values())


# Downloading, from a server of our own on this machine.


class Mirror(http.server.BaseHTTPRequestHandler):
    """Serves `server.files`, with ranges; `server.faults` holds a fault for the next request."""

    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.requests.append((self.path, wanted))
        fault = server.faults.pop(0) if server.faults else None
        content = server.files.get(self.path.rsplit("/", 1)[1])
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted else 0
        if fault == "gone" or content is None:
            self.send_error(404)
            return
        if fault == "no ranges":
            start = 0
        elif start >= len(content):
            self.send_error(416)
            return
        if fault == "corrupt":
            content = bytes(reversed(content))
        body = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault == "breaks" else body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def mirror(folder, monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.files = {path.name: path.read_bytes() for path in folder.iterdir()}
    server.requests, server.faults = [], []
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(MODULE, "MIRRORS", (f"{address}/first/", f"{address}/second/"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_downloads_what_is_missing_and_nothing_twice(mirror, folder, tmp_path, truth):
    target = tmp_path / "new" / "target"
    assert_true(mnist(target, download=True), truth)
    assert names(target) == names(folder)
    assert len(mirror.requests) == 4
    assert_true(mnist(target, download=True), truth)
    assert len(mirror.requests) == 4


def test_files_that_are_there_are_never_replaced(mirror, folder, truth):
    changed = folder / "train-images-idx3-ubyte.gz"  # a reader's own copy, compressed otherwise
    changed.write_bytes(gzip.compress(gzip.decompress(changed.read_bytes()), 1))
    before = changed.read_bytes()
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    assert_true(mnist(folder, download=True), truth)
    assert changed.read_bytes() == before
    assert [path for path, _ in mirror.requests] == ["/first/t10k-labels-idx1-ubyte.gz"]


@pytest.mark.parametrize("fault", ["gone", "corrupt"])
def test_a_bad_mirror_is_followed_by_the_next(mirror, folder, tmp_path, truth, fault):
    mirror.faults = [fault]
    assert_true(mnist(tmp_path / "target", download=True), truth)
    asked = [path.split("/")[1] for path, _ in mirror.requests]
    assert asked == ["first", "second", "first", "first", "first"]
    assert names(tmp_path / "target") == names(folder)


def test_a_broken_connection_is_resumed(mirror, folder, tmp_path, truth, monkeypatch):
    monkeypatch.setattr(MODULE, "CHUNK_SIZE", 100)
    mirror.faults = ["breaks"]
    assert_true(mnist(tmp_path / "target", download=True), truth)
    (_, first), (_, second) = mirror.requests[:2]
    half = len(mirror.files[mirror.requests[0][0].rsplit("/")[-1]]) // 2
    assert first is None
    assert second in (f"bytes={half}-", f"bytes={half // 100 * 100}-")
    assert names(tmp_path / "target") == names(folder)


def test_an_interrupted_download_is_resumed_by_the_next_call(mirror, folder, tmp_path, truth):
    target = tmp_path / "target"
    target.mkdir()
    name = "t10k-images-idx3-ubyte.gz"
    (target / f"{name}.part").write_bytes(mirror.files[name][:100])
    assert_true(mnist(target, download=True), truth)
    assert (f"/first/{name}", "bytes=100-") in mirror.requests
    assert names(target) == names(folder)


@pytest.mark.parametrize("fault", [None, "no ranges"])
@pytest.mark.parametrize("left", [b"wrong", b"x" * 100_000], ids=["wrong", "too long"])
def test_a_partial_file_that_does_not_fit_is_dropped(mirror, folder, tmp_path, truth, left, fault):
    target = tmp_path / "target"
    target.mkdir()
    first = next(iter(MODULE.SHA256))
    (target / f"{first}.gz.part").write_bytes(left)
    mirror.faults = [fault]
    assert_true(mnist(target, download=True), truth)
    assert names(target) == names(folder)


def test_when_no_mirror_delivers_the_error_lists_them(mirror, tmp_path):
    mirror.files.clear()
    target = tmp_path / "target"
    with pytest.raises(ConnectionError, match=r"no mirror delivered .*first/: 404.*second/: 404"):
        mnist(target, download=True)
    assert names(target) == []


def test_an_unreachable_server_leaves_nothing(folder, tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]  # free once the server is closed
    monkeypatch.setattr(MODULE, "MIRRORS", (f"http://127.0.0.1:{port}/",))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(ConnectionError, match="no mirror delivered"):
        mnist(tmp_path / "target", download=True)
    assert names(tmp_path / "target") == []


def test_corrupt_everywhere_leaves_nothing(mirror, tmp_path):
    mirror.faults = ["corrupt"] * 4
    with pytest.raises(ConnectionError, match=r"no mirror delivered .*hash"):
        mnist(tmp_path / "target", download=True)
    assert names(tmp_path / "target") == []


def test_a_full_disk_is_said_at_once_and_leaves_nothing(mirror, tmp_path, monkeypatch):
    from pooch import HTTPDownloader

    def full(self, url, output_file, pooch):
        output_file.write(b"some")
        output_file.flush()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(HTTPDownloader, "__call__", full)
    with pytest.raises(OSError, match="the disk is full") as caught:
        mnist(tmp_path / "target", download=True)
    assert caught.value.errno == errno.ENOSPC
    assert names(tmp_path / "target") == []
    assert mirror.requests == []
