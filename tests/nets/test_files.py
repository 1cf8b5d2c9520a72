"""Files with one writer at a time, of several processes that are started at once."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import types

import pytest

from cnnbook.nets import files
from cnnbook.nets.checkpoints import load_checkpoint, save_checkpoint
from cnnbook.nets.files import only_one, write_whole
from tests.patience import SECONDS


@pytest.fixture
def worker():
    """Start Python on some code; it answers the lines that it is sent, each by one of its own."""
    started = []

    def start(code):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=SECONDS)


HOLDER = """
import sys
from cnnbook.nets.files import only_one
print("ready", flush=True)
path = sys.stdin.readline().strip()
with only_one(path):
    print("held", flush=True)
    sys.stdin.readline()
print("given back", flush=True)
sys.stdin.readline()
"""


def ask(process, line):
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_the_second_is_told_who_holds_it(worker, tmp_path):
    path = tmp_path / "c.pt"
    holder = worker(HOLDER)
    assert ask(holder, path) == "held"
    text = rf"another training writes here: process {holder.pid} on .+ since \d{{4}}-.*c\.pt"
    with pytest.raises(BlockingIOError, match=text), only_one(path):
        pass
    assert ask(holder, "give back") == "given back"
    with only_one(path):
        assert os.listdir(tmp_path) == ["c.pt.lock"]
    assert os.listdir(tmp_path) == []


def test_a_thread_of_the_same_process_is_another(tmp_path):
    refused = []

    def second():
        try:
            with only_one(tmp_path / "c.pt"):
                pass
        except BlockingIOError as error:
            refused.append(str(error))

    with only_one(tmp_path / "c.pt"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(SECONDS)
    assert len(refused) == 1
    assert f"process {os.getpid()} on" in refused[0]


def test_the_dead_hold_nothing_and_what_they_left_goes(worker, tmp_path):
    path = tmp_path / "c.pt"
    holder = worker(HOLDER)
    assert ask(holder, path) == "held"
    holder.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    holder.wait(SECONDS)
    assert os.listdir(tmp_path) == ["c.pt.lock"]
    (tmp_path / "c.pt.0123abcd.tmp").write_text("half")
    (tmp_path / "c.pt.best.0123abcd.tmp").write_text("of another file")
    (tmp_path / "c.pt.tmp").write_text("somebody's")
    with only_one(path):
        pass
    assert sorted(os.listdir(tmp_path)) == ["c.pt.best.0123abcd.tmp", "c.pt.tmp"]


def test_the_lock_is_given_back_after_an_error(tmp_path):
    with pytest.raises(KeyboardInterrupt), only_one(tmp_path / "c.pt"):
        raise KeyboardInterrupt
    with only_one(tmp_path / "c.pt"):
        pass


def test_who_opened_a_lock_that_was_then_removed_tries_again(tmp_path, monkeypatch):
    """Between opening and locking the former holder removes the file, and a third one makes it."""
    path, lock = tmp_path / "c.pt", files._lock
    others = []

    def late(file):
        monkeypatch.setattr(files, "_lock", lock)
        os.unlink(file.name)
        third = only_one(path)
        third.__enter__()
        others.append(third)
        lock(file)  # that of the removed file: nobody has it

    monkeypatch.setattr(files, "_lock", late)
    with pytest.raises(BlockingIOError), only_one(path):
        pass
    others[0].__exit__(None, None, None)


def test_a_folder_that_was_made_anew_keeps_its_lock(tmp_path):
    path = tmp_path / "c.pt"
    with only_one(path):
        (tmp_path / "c.pt.lock").unlink()
        (tmp_path / "c.pt.lock").write_text("of the next one")
    assert (tmp_path / "c.pt.lock").read_text() == "of the next one"


def test_no_link_is_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    for name in ("c.pt.tmp", "d.pt.lock"):
        (tmp_path / name).symlink_to(precious)
    write_whole(tmp_path / "c.pt", b"new")
    if hasattr(os, "O_NOFOLLOW"):
        with pytest.raises(OSError, match=r"d\.pt\.lock"), only_one(tmp_path / "d.pt"):
            pass
    assert precious.read_text() == "precious"
    assert not (tmp_path / "c.pt").is_symlink()


def test_a_link_in_the_place_of_the_file_is_replaced(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "c.pt").symlink_to(tmp_path / "precious")
    write_whole(tmp_path / "c.pt", b"new")
    assert (tmp_path / "precious").read_text() == "precious"
    assert (tmp_path / "c.pt").read_bytes() == b"new"


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    def missing(file):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(files, "_lock", missing)
    message = r"this file system has no locks \(Function not implemented\); use another folder"
    with pytest.raises(OSError, match=message), only_one(tmp_path / "c.pt"):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="imitates Windows's locks by those of POSIX")
def test_the_lock_of_windows(worker, tmp_path, monkeypatch):
    """The same file, read as on Windows, with a stand-in for its `msvcrt`."""
    stand_in = f"""
        import fcntl, importlib.util, os, sys, types

        def locking(descriptor, mode, count):
            assert os.lseek(descriptor, 0, os.SEEK_CUR) == 1 << 20
            what = {{1: fcntl.LOCK_EX | fcntl.LOCK_NB, 0: fcntl.LOCK_UN}}[mode]
            try:
                fcntl.lockf(descriptor, what, count, 0, os.SEEK_CUR)
            except OSError:
                raise PermissionError(13, "Permission denied") from None

        sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_NBLCK=1, LK_UNLCK=0)
        before, sys.platform = sys.platform, "win32"
        spec = importlib.util.spec_from_file_location("windows_files", {files.__file__!r})
        windows = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(windows)
        sys.platform = before
        only_one = windows.only_one
    """
    stand_in = textwrap.dedent(stand_in)
    holder = worker(HOLDER.replace("from cnnbook.nets.files import only_one", stand_in))
    assert ask(holder, tmp_path / "c.pt") == "held"
    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace())  # the code puts its own
    names = {}
    exec(stand_in, names)
    assert names["only_one"] is not only_one
    with pytest.raises(BlockingIOError, match=f"process {holder.pid} on"):
        names["only_one"](tmp_path / "c.pt").__enter__()
    assert ask(holder, "give back") == "given back"
    with names["only_one"](tmp_path / "c.pt"):
        pass
    assert os.listdir(tmp_path) == []


@pytest.mark.proof
def test_two_who_write_at_once_and_one_who_reads(worker, tmp_path):
    """Even without a lock nobody fails, and what is read is whole."""
    path = tmp_path / "c.pt"
    code = """
        import sys, torch
        from cnnbook.nets.checkpoints import save_checkpoint
        print("ready", flush=True)
        path, number = sys.stdin.readline().split()
        for i in range(200):
            save_checkpoint(path, {"model": torch.full((20000,), float(number))})
        print("done", flush=True)
    """
    save_checkpoint(path, {"model": [0.0]})
    writers = [worker(code), worker(code)]
    for number, writer in enumerate(writers):
        writer.stdin.write(f"{path} {number}\n")
    for _ in range(200):
        model = load_checkpoint(path)["model"]
        assert len({float(value) for value in model}) == 1
    assert [writer.stdout.readline() for writer in writers] == ["done\n", "done\n"]
    assert os.listdir(tmp_path) == ["c.pt"]
