"""The command line: `python -m cnnbook train`, `evaluate`, `predict`, `explain`, `info`."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout

from cnnbook.cli.installing import advice
from cnnbook.cli.messages import in_options
from cnnbook.cli.parser import parser
from cnnbook.cli.runs import CommandError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1 for a failure, 130 if interrupted.

    Wrong arguments leave with code 2, as argparse does. Of several processes that torchrun
    started, all train; whatever else there is to do or to say, the first one does.
    """
    if argv is None:
        _end_at_the_first_interruption()
    first = os.environ.get("RANK", "0") == "0"
    with ExitStack() as stack:
        if sys.stderr is None:  # closed, and nobody hears what it was told
            stack.enter_context(redirect_stderr(stack.enter_context(open(os.devnull, "w"))))
        if not first:
            stack.enter_context(redirect_stdout(stack.enter_context(open(os.devnull, "w"))))
        elif sys.stdout is None:
            return _failed(f"standard output is closed; expected a place such as {os.devnull}")
        code = _run(list(sys.argv[1:] if argv is None else argv), first)
        try:
            sys.stdout.flush()
        except OSError:  # it was told; Python would try once more when it ends, and tell it too
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if argv is None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to interrupt
    return code


def _run(argv: list[str], first: bool) -> int:
    try:
        try:
            arguments = parser().parse_args(argv)
        except SystemExit:
            sys.stdout.flush()  # what --help printed
            raise
        arguments.given = argv
        if first or arguments.command == "train":
            arguments.run(arguments)
        sys.stdout.flush()  # a full disk shows here
    except CommandError as error:
        return _failed(str(error))
    except ModuleNotFoundError as error:
        return _failed(f"{error.name} is not installed; {advice()}", first)
    except BrokenPipeError:  # the reader, `head` for instance, has seen enough
        return 1
    except OSError as error:
        file = f"{error.filename}: " if error.filename is not None else ""
        return _failed(file + in_options(error.strerror or str(error)), first)
    except (ValueError, TypeError, ImportError, FloatingPointError) as error:
        return _failed(in_options(str(error)), first)
    except (MemoryError, RuntimeError) as error:
        if "memory" not in f"{error}{type(error).__name__}".lower():
            raise  # a mistake in cnnbook: the traceback is what its report needs
        return _failed("out of memory; a smaller model or data set, or --amp, needs less", first)
    except KeyboardInterrupt as error:
        if first:
            sys.stderr.write(f"cnnbook: interrupted{error}\n")
        return 130
    return 0


def _failed(message: str, first: bool = True) -> int:
    """Say why in one line; what all processes meet alike, the first one says."""
    if message and first:
        sys.stderr.write(f"cnnbook: error: {message}\n")
    return 1


def _end_at_the_first_interruption() -> None:
    """Let Ctrl-C interrupt once a second: a second one would meet the handling of the first."""
    last = -math.inf

    def interrupt(number: int, frame: object) -> None:
        nonlocal last
        if time.monotonic() - last > 1:
            last = time.monotonic()
            raise KeyboardInterrupt

    # Not if the shell has told a command in the background to ignore it.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)


if __name__ == "__main__":
    sys.exit(main())
