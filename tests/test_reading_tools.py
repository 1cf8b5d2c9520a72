"""What `make serve` and `make lab` start: book/_tools/serve.py and book/_tools/lab.py."""

from __future__ import annotations

import http.client
import importlib.util
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from book._tools import contents
from tests.patience import SECONDS

ROOT = Path(__file__).parents[1]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"book/_tools/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


serve, lab = load("serve"), load("lab")


def test_a_second_server_takes_the_next_free_port(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>here</p>", encoding="utf-8")
    with serve.serve(tmp_path) as first, serve.serve(tmp_path) as second:
        ports = [server.server_address[1] for server in (first, second)]
        assert serve.FIRST <= ports[0] < ports[1] <= serve.LAST
        threading.Thread(target=second.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", ports[1], timeout=SECONDS)
        connection.request("GET", "/index.html")
        assert connection.getresponse().read() == b"<p>here</p>"
        connection.close()
        second.shutdown()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unknown_address_gets_the_books_lost_page(tmp_path: Path, method: str) -> None:
    (tmp_path / "404.html").write_text("<p>lost</p>", encoding="utf-8")
    with serve.serve(tmp_path) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection(
            "127.0.0.1", server.server_address[1], timeout=SECONDS
        )
        connection.request(method, "/no/such/page.html")
        answer = connection.getresponse()
        assert answer.status == 404
        assert answer.getheader("Content-Type") == "text/html; charset=utf-8"
        assert answer.read() == (b"<p>lost</p>" if method == "GET" else b"")
        connection.close()
        server.shutdown()


def test_without_a_free_port_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve.serve(tmp_path) as taken:
        port = taken.server_address[1]
        monkeypatch.setattr(serve, "FIRST", port)
        monkeypatch.setattr(serve, "LAST", port)
        with pytest.raises(SystemExit, match=f"none of the ports {port} to {port} is free"):
            serve.serve(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="a test there cannot press Ctrl-C in one process")
def test_serving_says_one_line_and_ends_with_ctrl_c() -> None:
    command = [sys.executable, str(ROOT / "book/_tools/serve.py")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=SECONDS)
    assert re.fullmatch(
        r"The book is at http://localhost:80\d\d( \(port 8000 is taken\))?\. Ctrl-C ends this\.\n",
        line,
    )
    assert (out, error, process.returncode) == ("", "", 0)


@pytest.fixture
def jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give Jupyter a home of this test's own; return the folder for the copies."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return tmp_path / "my-book"


def test_copies_are_made_once_and_shown_alive(jupyter: Path) -> None:
    lab.copy(jupyter)
    copied = [path.relative_to(jupyter) for path in contents.notebooks(jupyter)]
    assert copied == [path.relative_to(ROOT) for path in contents.notebooks()]
    assert not [path for path in jupyter.rglob("*") if path.name in ("_tools", "_ext")]
    chapter = jupyter / "book/convolution.ipynb"
    notary = nbformat.sign.NotebookNotary()
    assert notary.check_signature(nbformat.read(chapter, as_version=4))
    chapter.write_text("my own work", encoding="utf-8")
    (jupyter / "book/pooling.ipynb").unlink()
    lab.copy(jupyter)
    assert chapter.read_text(encoding="utf-8") == "my own work"
    assert (jupyter / "book/pooling.ipynb").exists()


def test_links_between_the_copies_lead_somewhere(jupyter: Path) -> None:
    lab.copy(jupyter)
    for path in sorted(jupyter.rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for target in re.findall(r"\]\(([^)\s]+)\)", cell.source):
                parts = urlsplit(target)
                if cell.cell_type == "markdown" and not parts.scheme and parts.path:
                    assert (path.parent / unquote(parts.path)).is_file(), f"{path.name}: {target}"


def test_the_start_lists_every_notebook_in_reading_order() -> None:
    (cell,) = lab.start().cells
    nbformat.validate(lab.start())
    listed = [page for page in contents.pages() if page.notebook().exists()]
    expected = [f"{page.name}.ipynb" for page in listed]
    assert re.findall(r"\]\((\S+)\)", cell.source) == expected
    assert "run the cell" in cell.source


def test_git_does_not_see_the_copies() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/my-book/" in ignored
