"""What every exercise of every chapter promises: no traceback, no answer given away, its hints."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cnnbook.exercises
from cnnbook.exercises import Answer, Exercises, Implement, running

NOT_ATTEMPTED = "not attempted yet"
CORE = {
    *("boxes", "cases", "chapter", "checking", "comparing", "guesses", "page"),
    *("pooling_gradients", "questions", "reading", "running", "texts", "twelve_networks"),
}
CHAPTERS = [
    importlib.import_module(f"cnnbook.exercises.{module.name}")
    for module in pkgutil.iter_modules(cnnbook.exercises.__path__)
    if module.name not in CORE
]
ALL = [(chapter.EXERCISES, exercise) for chapter in CHAPTERS for exercise in chapter.EXERCISES]
IDS = [f"{exercises.chapter}-{exercise.name}" for exercises, exercise in ALL]
ANSWERS = [exercise for _, exercise in ALL if isinstance(exercise, Answer)]
IMPLEMENTS = [exercise for _, exercise in ALL if isinstance(exercise, Implement)]
TEN = 10  # a scalar below ten may stand in a hint for another reason


def named(exercise: Answer | Implement) -> str:
    return exercise.name


class Hostile:
    """A value that resists being looked at."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no ==")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("no array")

    __hash__ = None  # type: ignore[assignment]


STRANGE = [
    *("text", "", object(), Hostile(), Hostile, {}, set(), b"x", 1j, [[1], [2, 3]], [None, 1]),
    *(len, float("nan"), float("inf"), -1, 10**400, True, [], (), np.array(7), np.empty((0, 3))),
    *(np.array(["a"]), np.array([object()]), [Hostile()], np.zeros((1, 2, 3, 4)), range(3)),
]


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))]


def gives_away(text: str, expected: Any) -> bool:
    """Whether the numbers of the expected answer stand in the text, one after the other."""
    if isinstance(expected, str | bool):
        return False  # the choices are known to the reader anyway
    wanted = [float(n) for n in np.ravel(expected)]
    if len(wanted) == 1 and abs(wanted[0]) < TEN:
        return False
    found = numbers(text)
    windows = (found[i : i + len(wanted)] for i in range(len(found)))
    return any(len(w) == len(wanted) and np.allclose(w, wanted, atol=0.005) for w in windows)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda module: module.__name__.split(".")[-1])
def test_chapter_has_six_exercises_or_more(chapter: Any) -> None:
    assert isinstance(chapter.EXERCISES, Exercises)
    assert chapter.check == chapter.EXERCISES.check
    assert chapter.__name__.endswith(f".{chapter.EXERCISES.chapter}")
    kinds = [type(exercise) for exercise in chapter.EXERCISES]
    assert len(kinds) >= 6
    assert kinds.count(Implement) >= 2


@pytest.mark.parametrize(("exercises", "exercise"), ALL, ids=IDS)
def test_right_answer_is_right_and_none_is_no_attempt(
    exercises: Exercises, exercise: Answer | Implement, capsys: pytest.CaptureFixture[str]
) -> None:
    right = exercise.expected() if isinstance(exercise, Answer) else exercise.reference
    assert exercises.check(exercise.name, right) is None
    assert capsys.readouterr().out.startswith("Right: ")
    exercises.check(exercise.name, None)
    assert capsys.readouterr().out == f"{NOT_ATTEMPTED}\n"


@pytest.mark.parametrize(("exercises", "exercise"), ALL, ids=IDS)
@pytest.mark.parametrize("value", STRANGE, ids=itertools.count())
def test_strange_values_are_answered(
    exercises: Exercises, exercise: Answer | Implement, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(exercise, Implement):
        verdict = exercise.verdict(lambda *args, **kwargs: value)
        assert verdict.startswith("Not yet: fixed case")
        if not callable(value):
            assert "function itself" in exercise.verdict(value)
    else:
        assert exercise.verdict(value).startswith(("Not yet: ", "Right: "))


@pytest.mark.parametrize("exercise", ANSWERS, ids=named)
def test_known_wrong_answers_get_their_hint(exercise: Answer) -> None:
    if exercise.kind is str:
        assert exercise.expected() in exercise.choices
    for mistake in exercise.hints:
        assert exercise.verdict(mistake.wrong()) == f"Not yet: {mistake.hint}"


@pytest.mark.parametrize("exercise", ANSWERS, ids=named)
def test_no_wrong_attempt_shows_the_answer(exercise: Answer) -> None:
    expected = exercise.expected()
    assert gives_away(f"as in {np.ravel(expected).tolist()}", expected) or np.size(expected) == 1
    for wrong in [*(mistake.wrong() for mistake in exercise.hints), *STRANGE]:
        verdict = exercise.verdict(wrong)
        if verdict.startswith("Not yet"):
            assert not gives_away(verdict, expected), verdict


@pytest.mark.parametrize("exercise", IMPLEMENTS, ids=named)
def test_known_wrong_functions_get_their_hint(exercise: Implement) -> None:
    for mistake in exercise.mistakes:
        verdict = exercise.verdict(mistake.wrong)
        assert verdict.startswith("Not yet: ")
        _, hint, *numbers = verdict.splitlines()
        assert hint == f"Hint: {mistake.hint}"
        assert 0 < len(numbers) <= 40


def wraps(exercise: Implement, change: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: change(exercise.reference(*args, **kwargs))


@pytest.mark.parametrize("exercise", IMPLEMENTS, ids=named)
def test_what_a_function_may_do_wrong_is_told(
    exercise: Implement, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(*args: Any, **kwargs: Any) -> Any:
        raise ValueError("this is mine")

    def leaves(*args: Any, **kwargs: Any) -> Any:
        raise SystemExit

    def calls_itself(*args: Any, **kwargs: Any) -> Any:
        return calls_itself(*args, **kwargs)

    def changes(*args: Any, **kwargs: Any) -> Any:
        result = exercise.reference(*args, **kwargs)
        for value in [*args, *kwargs.values()]:
            if isinstance(value, np.ndarray):
                value[...] = value + 1
        return result

    def prints(*args: Any, **kwargs: Any) -> None:
        print("the result")

    def loops(*args: Any, **kwargs: Any) -> Any:
        while True:
            pass

    assert "ValueError: this is mine" in exercise.verdict(raises)
    assert 'raise ValueError("this is mine")' in exercise.verdict(raises)
    assert "SystemExit" in exercise.verdict(leaves)
    assert "RecursionError" in exercise.verdict(calls_itself)
    assert "TypeError" in exercise.verdict(lambda: 1)
    assert exercise.verdict(lambda *args, **kwargs: None) == NOT_ATTEMPTED
    assert "Use `return`" in exercise.verdict(prints)
    assert exercise.verdict(wraps(exercise, lambda result: [[result]])).startswith("Not yet")
    assert exercise.verdict(wraps(exercise, str)).startswith("Not yet")
    _, first = exercise.labelled_cases()[0]
    if any(isinstance(value, np.ndarray) for value in [*first.args, *first.kwargs.values()]):
        assert "it changes its argument" in exercise.verdict(changes)
    monkeypatch.setattr(running, "TIME_LIMIT", 0.05)
    assert "after 0.05 seconds it was still running" in exercise.verdict(loops)


@pytest.mark.parametrize("exercise", IMPLEMENTS, ids=named)
def test_verdicts_are_deterministic(exercise: Implement) -> None:
    for function in [exercise.reference, *(mistake.wrong for mistake in exercise.mistakes[:1])]:
        assert exercise.verdict(function) == exercise.verdict(function)
