from __future__ import annotations

import signal
import threading
import time
from typing import Any

import numpy as np
import pytest

from cnnbook.exercises import Case, Exercises, Implement, running
from cnnbook.exercises.running import Outcome, run


@pytest.fixture(autouse=True)
def _handler_is_given_back() -> Any:
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "TIME_LIMIT", 0.05)


def call(function: Any, *args: Any) -> Outcome:
    return run(function, Case(*args), {f"x{i}": value for i, value in enumerate(args)})


def loop(*args: Any) -> None:
    while True:
        pass


def test_value_comes_back_and_prints_are_kept_apart(capsys: pytest.CaptureFixture[str]) -> None:
    def double(x: int) -> int:
        print("doubling", x)
        return 2 * x

    outcome = call(double, 4)
    assert (outcome.value, outcome.trouble, outcome.printed) == (8, "", "doubling 4\n")
    assert capsys.readouterr().out == ""


def test_error_names_the_readers_own_line() -> None:
    def fails(x: Any) -> Any:
        y = x + 1
        return np.reshape(y, (7, 7))

    trouble = call(fails, np.zeros(3)).trouble
    assert "in line 3 of fails (return np.reshape(y, (7, 7)))" in trouble
    assert "ValueError: cannot reshape" in trouble
    assert "Traceback" not in trouble


def test_long_messages_are_cut() -> None:
    def fails() -> None:
        raise ValueError("x" * 10_000)

    assert len(call(fails).trouble) < 500


@pytest.mark.parametrize(
    "value",
    [np.zeros(3), [np.zeros(3)], (1, [2.0, np.zeros(1)])],
    ids=["array", "list", "nested"],
)
def test_changed_arguments_are_named_and_the_case_stays(value: Any) -> None:
    def changes(x: Any, y: Any) -> None:
        while not isinstance(y, np.ndarray):
            y = y[-1]
        y[0] = 5

    case = Case(1, value)
    outcome = run(changes, case, {"x": 1, "y": value})
    assert "it changes its argument `y`" in outcome.trouble
    assert run(lambda x, y: None, case, {"x": 1, "y": value}).trouble == ""
    assert "5" not in repr(case.args)


def test_not_a_number_does_not_count_as_changed() -> None:
    assert call(lambda x: x, np.array([np.nan])).trouble == ""


@pytest.mark.usefixtures("_short")
def test_endless_loop_ends() -> None:
    start = time.perf_counter()
    assert "after 0.05 seconds it was still running" in call(loop).trouble
    assert time.perf_counter() - start < 5


@pytest.mark.usefixtures("_short")
def test_except_clauses_do_not_stop_the_limit() -> None:
    def stubborn() -> None:
        for _ in range(2):
            try:
                loop()
            except:  # noqa: E722
                continue
        loop()

    assert call(stubborn).kind == "time"


def test_no_interrupt_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "TIME_LIMIT", 0.004)

    def takes_about_the_limit(seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass

    kinds = [call(takes_about_the_limit, 0.0005 * i).kind for i in range(60)]
    kinds.append(call(loop).kind)  # on a busy machine perhaps the only one that is late
    for _ in range(1000):
        time.sleep(0)  # a pending interrupt would be raised here
    assert set(kinds) == {"", "time"}


def test_the_stop_button_still_stops() -> None:
    with pytest.raises(KeyboardInterrupt):
        call(lambda: signal.raise_signal(signal.SIGINT))


@pytest.mark.usefixtures("_short")
def test_limit_works_where_interrupts_were_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert call(loop).kind == "time"
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("outer", "inner"), [(0.05, 60), (60, 0.05)])
def test_a_check_within_a_check(
    outer: float, inner: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checks() -> str:
        monkeypatch.setattr(running, "TIME_LIMIT", inner)
        return call(loop).kind

    monkeypatch.setattr(running, "TIME_LIMIT", outer)
    outcome = call(checks)
    assert (outcome.kind, outcome.value) == (("time", None) if outer < inner else ("", "time"))


def test_outside_the_main_thread_it_runs_without_limit() -> None:
    found = []
    thread = threading.Thread(target=lambda: found.append(call(lambda: 3)))
    thread.start()
    thread.join()
    assert found == [Outcome(3)]


@pytest.mark.usefixtures("_short")
def test_check_prints_no_traceback_when_time_is_up(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = Implement("f", reference=lambda x: x, cases=[(1,)], right="r", hint="h")
    Exercises("chapter", [exercise]).check("f", loop)
    out, err = capsys.readouterr()
    assert out.startswith("Not yet: fixed case 1 of 1 differs.\nf(x) with\n  x = 1\n")
    assert err == ""
