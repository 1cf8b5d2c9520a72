"""The command line: `python -m cnnbook train`, `evaluate`, `predict`, `explain`, `info`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout

from cnnbook.cli.installing import advice
from cnnbook.cli.parser import parser
from cnnbook.cli.runs import CommandError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1 for a failure, 130 if interrupted.

    Wrong arguments leave with code 2, as argparse does. Of several processes that torchrun
    started, all train; whatever else there is to do or to say, the first one does.
    """
    first = os.environ.get("RANK", "0") == "0"
    with ExitStack() as stack:
        if not first:
            stack.enter_context(redirect_stdout(stack.enter_context(open(os.devnull, "w"))))
        return _run(list(sys.argv[1:] if argv is None else argv), first)


def _run(argv: list[str], first: bool) -> int:
    try:
        arguments = parser().parse_args(argv)
        arguments.given = argv
        if first or arguments.command == "train":
            arguments.run(arguments)
        sys.stdout.flush()  # a full disk shows here
    except CommandError as error:
        return _failed(str(error))
    except ModuleNotFoundError as error:
        return _failed(f"{error.name} is not installed; {advice()}", first)
    except BrokenPipeError:  # the reader, `head` for instance, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        file = f"{error.filename}: " if error.filename is not None else ""
        return _failed(f"{file}{error.strerror}" if error.strerror else str(error), first)
    except (ValueError, TypeError, ImportError, FloatingPointError) as error:
        return _failed(str(error), first)
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


if __name__ == "__main__":
    sys.exit(main())
