"""What becomes of a command when its output is closed or full, or Ctrl-C comes several times."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from cnnbook.__main__ import main
from tests.patience import SECONDS

COMMAND = [sys.executable, "-m", "cnnbook"]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes the stream")


def shell(command, **environment):
    """Run a command in a shell; `cnnbook` in it is the command line."""
    command = command.replace("cnnbook", f'"{sys.executable}" -m cnnbook', 1)
    return subprocess.run(
        ["bash", "-c", command],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@POSIX
@pytest.mark.parametrize("command", ["info", "explain --model tiny", "train --out RUN", "--help"])
def test_a_closed_output_is_one_line(command, tmp_path):
    done = shell(f"cnnbook {command.replace('RUN', str(tmp_path / 'run'))} >&-")
    assert done.returncode == 1
    assert done.stderr == (
        "cnnbook: error: standard output is closed; expected a place such as /dev/null\n"
    )
    assert not (tmp_path / "run").exists()


@POSIX
@pytest.mark.proof
def test_a_closed_error_output_changes_nothing_else(tmp_path):
    assert shell("cnnbook explain --model tiny 2>&-").stdout.startswith("TinyCNN on 1×8×8")
    assert shell(f"cnnbook evaluate {tmp_path} 2>&-").returncode == 1
    assert shell(f"cnnbook evaluate {tmp_path} >&- 2>&-").returncode == 1
    folder = tmp_path / "run"
    done = shell(f"cnnbook train --model tiny --epochs 1 --out {folder} 2>&-")
    assert done.returncode == 0
    assert main(["evaluate", str(folder)]) == 0


@POSIX
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.proof
def test_a_reader_that_has_seen_enough_is_one_line_at_most(tmp_path, unbuffered):
    folder = tmp_path / "run"
    train = f"train --model tiny --epochs 50 --out {folder}"
    for command, error in (
        ("explain --model lenet5", ""),
        ("--help", ""),
        (
            train,
            "cnnbook: error: nobody reads the output; to continue from the last epoch: "
            f"python -m cnnbook {train} --resume\n",
        ),
    ):
        done = shell(f"cnnbook {command} | head -1", PYTHONUNBUFFERED=unbuffered)
        assert len(done.stdout.splitlines()) == 1
        assert done.stderr == error


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's full device")
@pytest.mark.parametrize("command", ["info", "--help", "--version", "explain --model tiny"])
@pytest.mark.proof
def test_a_full_output_is_one_line(command):
    done = shell(f"cnnbook {command} >/dev/full", PYTHONUNBUFFERED="")
    assert done.returncode == 1
    assert done.stderr == "cnnbook: error: No space left on device\n"


INTERRUPTED = """
    import os, signal, sys
    import cnnbook.cli.train, cnnbook.nets.training
    from cnnbook.__main__ import main

    def ctrl_c(*arguments, **options):
        os.kill(os.getpid(), signal.SIGINT)

    class Interrupting:
        def write(self, text):
            ctrl_c()
            sys.__stderr__.write(text)

        def flush(self):
            ctrl_c()

    resuming = cnnbook.cli.train._resuming
    cnnbook.cli.train._resuming = lambda arguments: ctrl_c() or resuming(arguments)
    cnnbook.nets.training.fit = ctrl_c
    sys.stderr = Interrupting()
    sys.argv[:] = ["cnnbook", "train", "--model", "tiny", "--out", OUT]
    code = main()
    ctrl_c()
    sys.exit(code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.proof
def test_several_interruptions_are_one_line(tmp_path):
    folder = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(INTERRUPTED).replace("OUT", repr(str(folder)))],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.stderr == (
        "cnnbook: interrupted; to continue from the last epoch: "
        f"cnnbook train --model tiny --out {folder} --resume\n"
    )
    assert done.returncode == 130


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.proof
def test_an_ignored_interruption_stays_ignored(tmp_path):
    # As `nohup` and a script's `&` start a command.
    code = """
        import os, signal
        from cnnbook.__main__ import main
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        import cnnbook.cli.explain
        run = cnnbook.cli.explain.run
        cnnbook.cli.explain.run = lambda a: os.kill(os.getpid(), signal.SIGINT) or run(a)
        import sys
        sys.argv[:] = ["cnnbook", "explain", "--model", "tiny"]
        sys.exit(main())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
