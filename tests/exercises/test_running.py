from __future__ import annotations

import signal
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

from cnnbook.exercises import Answer, Case, Exercises, Implement, running
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


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.reverse(),
        lambda values: values.append(values),
        lambda values: values.__setitem__(0, values),
        lambda values: values.__setitem__(0, np.zeros(2)),
        lambda values: values.__setitem__(1, (1, "conv")),
        lambda values: values.__setitem__(2, (0.5, 3.0)),
        lambda values: values.__setitem__(2, (float("nan"), 3)),
    ],
    ids=["reverse", "append", "itself", "array", "tuple", "float for int", "nan"],
)
def test_a_changed_list_of_numbers_is_noticed(change: Any) -> None:
    def changes(values: Any) -> None:
        change(values)

    values = [("pool", 2), ("conv", 3), (0.5, 3)]
    assert "it changes its argument `x0`" in call(changes, values).trouble
    assert call(lambda values: None, values).trouble == ""


def test_a_sorted_list_is_noticed() -> None:
    assert "`x0`" in call(lambda values: values.sort(), [5.0, 1.0]).trouble


def test_a_list_with_not_a_number_counts_as_unchanged() -> None:
    assert call(len, [float("nan"), 1.0]).trouble == ""


def test_not_a_number_does_not_count_as_changed() -> None:
    assert call(lambda x: x, np.array([np.nan])).trouble == ""


@pytest.mark.usefixtures("_short")
def test_endless_loop_ends() -> None:
    assert "after 0.05 seconds it was still running" in call(loop).trouble


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize(
    "wait",
    [time.sleep, lambda seconds: threading.Event().wait(seconds)],
    ids=["sleep", "event"],
)
def test_waiting_ends(wait: Any) -> None:
    start = time.perf_counter()
    assert call(wait, 600).kind == "time"
    assert time.perf_counter() - start < 300


@pytest.mark.usefixtures("_short")
def test_waiting_ends_where_there_is_no_true_signal_to_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(signal, "pthread_kill", raising=False)
    assert call(loop).kind == "time"


def test_an_endless_stream_of_prints_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def prints() -> None:
        for _ in range(100):
            print("x" * 10_000)
        sys.stdout.writelines(["y" * 10_000] * 10)
        assert sys.stdout.write("zz") == 2

    outcome = call(prints)
    assert outcome.trouble == ""
    assert outcome.printed == "x" * running.MOST_PRINTED


def test_a_closed_standard_output_does_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    def closes() -> int:
        print("before")
        sys.stdout.close()
        print("after")
        return 3

    assert call(closes) == Outcome(3, printed="before\nafter\n")
    print("the page's own")
    assert capsys.readouterr().out == "the page's own\n"


def test_how_numpy_treats_errors_is_given_back() -> None:
    before = np.geterr()
    assert call(lambda: np.seterr(all="raise")).trouble == ""
    assert np.geterr() == before


class Leaves:
    """An object that ends the program when NumPy asks for its numbers."""

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise SystemExit


class Endless:
    """An object that never tells its numbers."""

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return loop()


class Unequal(int):
    """A number that raises when it is compared or written."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no ==")

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __hash__ = int.__hash__


def containing_itself(width: int) -> list[Any]:
    values: list[Any] = []
    values += [values] * width
    return values


def deep(depth: int) -> list[Any]:
    values: list[Any] = []
    for _ in range(depth):
        values = [values]
    return values


@pytest.mark.parametrize(
    "value",
    [
        *(containing_itself(1), containing_itself(30), deep(50), deep(5000), Leaves(), [Leaves()]),
        *(Unequal(4), [Unequal(4)], np.array([Unequal(4), None]), [np.zeros((50, 50))] * 1000),
        np.ma.masked_array([1, 2], [0, 1]),
    ],
    ids=range(11),
)
def test_no_value_shows_a_traceback_or_fills_the_page(
    value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    function = Implement("f", reference=lambda x: [x], cases=[(1,)], right="r", hint="h")
    text = Answer("a", expected=lambda: "a", kind=str, right="r", hint="h", choices=["a"])
    number = Answer("n", expected=lambda: 7, kind=int, right="r", hint="h")
    numbers = Answer("m", expected=lambda: [7, 7], kind=list, right="r", hint="h")
    exercises = Exercises("chapter", [function, text, number, numbers])
    exercises.check("f", lambda x: value)
    for name in "anm":
        exercises.check(name, value)
    out, err = capsys.readouterr()
    assert out.startswith("Not yet: fixed case 1 of 1 differs.")
    assert "Not yet: the answer is one of 'a'; yours is a" in out
    assert len(out) < 10_000
    assert err == ""


@pytest.mark.usefixtures("_short")
def test_a_value_that_never_tells_its_numbers_takes_the_time_limit_only() -> None:
    assert call(lambda: Endless()).kind == "time"


def test_a_callable_that_hides_its_attributes_is_called_all_the_same() -> None:
    class Hides:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

        def __call__(self) -> None:
            raise ValueError("mine")

    assert call(Hides()).trouble == "it stopped: ValueError: mine"


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
