"""Call a reader's function so that nothing it does can hurt the page: `run`.

It may raise, loop for ever, change its arguments or print; each becomes a sentence.
"""

from __future__ import annotations

import _thread
import contextlib
import copy
import inspect
import io
import linecache
import re
import signal
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from cnnbook.exercises.comparing import plain
from cnnbook.words import say

#: Seconds that one call of the reader's function may take. The right loops need milliseconds.
TIME_LIMIT = 5.0
#: Characters of what the function prints that are kept. A message shows the first 200.
MOST_PRINTED = 10_000


class Case:
    """The arguments of one call, as they are written in it: `Case(x, kernel, stride=2)`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args, self.kwargs = args, kwargs

    def named(self, reference: Callable[..., Any]) -> dict[str, Any]:
        """Return the arguments under the names that the reference gives them."""
        return dict(inspect.signature(reference).bind(*self.args, **self.kwargs).arguments)


@dataclass(frozen=True)
class Outcome:
    """What one call did: its value, or its trouble in words and the kind of trouble.

    The value is plain, so that nothing of the reader's runs when it is compared and shown. Two
    errors are of one kind if they have one type and the same numbers in their messages, which
    tell NumPy's complaint about one pair of shapes from that about another.
    """

    value: Any = None
    trouble: str = ""
    kind: str = ""
    printed: str = ""


class _TimeIsUp(BaseException):
    """Not an Exception: the reader's own `except Exception` must not swallow it."""


class _Printed(io.StringIO):
    """Keeps the beginning of what is printed: an endless loop prints gigabytes in its time."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, MOST_PRINTED - self.tell())])
        return len(text)

    def close(self) -> None:
        """Stay open, whatever the reader does to her standard output."""


def run(
    function: Callable[..., Any], case: Case, names: dict[str, Any], watched: bool = True
) -> Outcome:
    """Call the function with copies of the arguments and tell what happened.

    A KeyboardInterrupt that the reader causes (the stop button) passes through. A function of
    ours need not be watched, which makes a short call 13 times as slow.
    """
    mine = copy.deepcopy(case)
    printed = _Printed()
    time_is_up = _TimeIsUp()
    try:
        with contextlib.redirect_stdout(printed), np.errstate():  # also a changed np.seterr ends
            if watched:
                value = _call_in_time(function, mine, TIME_LIMIT, time_is_up)
            else:
                value = plain(function(*mine.args, **mine.kwargs))
    except KeyboardInterrupt:
        raise
    except _TimeIsUp as reached:
        if reached is not time_is_up:  # it belongs to a check outside this one
            raise
        trouble = say(
            "after {seconds} seconds it was still running: is there a loop without end?",
            seconds=f"{TIME_LIMIT:g}",
        )
        return Outcome(trouble=trouble, kind="time", printed=printed.getvalue())
    except BaseException as error:  # also SystemExit
        return Outcome(
            trouble=_stopped(function, error),
            kind=_kind(error),
            printed=printed.getvalue(),
        )
    after = [*mine.args, *mine.kwargs.values()]
    before = [*case.args, *case.kwargs.values()]
    for name, old, new in zip(names, before, after, strict=False):
        if not _unchanged(old, new):
            trouble = say(
                "it changes its argument `{name}`. The caller still needs it: "
                "work on a copy, or on a new array.",
                name=name,
            )
            return Outcome(value, trouble, f"changed {name}", printed.getvalue())
    return Outcome(value, printed=printed.getvalue())


def _call_in_time(
    function: Callable[..., Any], case: Case, seconds: float, time_is_up: BaseException
) -> Any:
    """Call the function, and raise time_is_up inside it when it takes longer.

    A second thread interrupts the main one, as Ctrl-C would. That works between two lines of
    Python and in what waits, such as `time.sleep`, but not inside one long call of NumPy; and
    only in the main thread: elsewhere there is no limit.
    """
    previous = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or previous is None:
        return plain(function(*case.args, **case.kwargs))
    finished, too_late, inside = threading.Event(), threading.Event(), False

    def on_interrupt(number: int, frame: Any) -> None:
        if not too_late.is_set():  # the reader's own Ctrl-C, or a check outside this one
            handler = previous if callable(previous) else signal.default_int_handler
            handler(number, frame)
        elif inside:  # never in the clean-up below, where it would do harm
            raise time_is_up

    def watch() -> None:
        wait = seconds
        while not finished.wait(wait):
            too_late.set()
            _interrupt_main_thread()
            wait = 0.2  # once more, should a bare `except:` have swallowed the first

    watcher = threading.Thread(target=watch, daemon=True)
    signal.signal(signal.SIGINT, on_interrupt)
    try:
        watcher.start()
        try:
            inside = True
            return plain(function(*case.args, **case.kwargs))
        finally:
            inside = False
    finally:
        finished.set()
        watcher.join()
        # Python hands a pending interrupt to on_interrupt, which ignores it, before this change.
        signal.signal(signal.SIGINT, previous)


def _interrupt_main_thread() -> None:
    """Do what Ctrl-C does."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGINT)  # a true signal: it also wakes a sleeper
    else:
        _thread.interrupt_main()


def _kind(error: BaseException) -> str:
    numbers = set(re.findall(r"\d+", _message(error)))
    return " ".join([type(error).__name__, *sorted(numbers)])


def _message(error: BaseException) -> str:
    text = " ".join(traceback.format_exception_only(error)[-1].split())
    return text if len(text) <= 300 else text[:299] + "…"


def _stopped(function: Callable[..., Any], error: BaseException) -> str:
    """Tell the error, and the last line of the reader's own code on the way to it."""
    message = _message(error)
    code = function.__code__ if isinstance(function, FunctionType | MethodType) else None
    own = [
        (frame.f_code, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if code is not None and frame.f_code.co_filename == code.co_filename
    ]
    if not own:
        return say("it stopped: {error}", error=message)
    where, line = own[-1]
    text = linecache.getline(where.co_filename, line).strip()
    place = {"line": line - where.co_firstlineno + 1, "name": where.co_name}
    if not text:
        return say("it stopped in line {line} of {name}: {error}", **place, error=message)
    return say(
        "it stopped in line {line} of {name} ({text}): {error}", **place, text=text, error=message
    )


def _unchanged(old: Any, new: Any) -> bool:
    if old is new:  # also NaN, which equals nothing; numbers and texts are not copied
        return True
    if type(old) is not type(new):
        return False
    if isinstance(old, np.ndarray):
        same_kind = old.shape == new.shape and old.dtype == new.dtype
        return same_kind and old.tobytes() == new.tobytes()
    if isinstance(old, list | tuple):
        return len(old) == len(new) and all(map(_unchanged, old, new))
    return bool(old == new)
