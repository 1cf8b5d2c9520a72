from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake

SIDE = Answer(
    "side",
    expected=lambda: 26,
    kind=int,
    right="28 − 3 + 1.",
    hint="count the places.",
    hints=[Mistake(lambda: 25, "one place is missing.")],
)
RATIO = Answer("ratio", expected=lambda: 7.1056, kind=float, right="r", hint="h")
SIGN = Answer(
    "sign", expected=lambda: "negative", kind=str, choices=("positive", "negative"), right="r",
    hint="h",
)  # fmt: skip
SAME = Answer("same", expected=lambda: True, kind=bool, right="r", hint="h")
PAIR = Answer("pair", expected=lambda: (13, 24), kind=tuple, right="r", hint="h")


def scale(x: Any, by: Any = 2) -> Any:
    return x * by


SCALE = Implement(
    "scale",
    reference=scale,
    cases=[(np.array([0.0, 2.0]), 2), Case(np.array([1.0, 3.0]), by=3)],
    generate=lambda rng: (rng.normal(size=2), 4),
    generated=5,
    right="Every entry times the factor.",
    hint="multiply.",
    mistakes=[
        Mistake(lambda x, by=2: x**2, "these are squares."),
        Mistake(lambda x, by=2: x + x, "always twice, whatever the factor."),
        Mistake(lambda x, by=2: x + by, "this adds."),
    ],
)


@pytest.mark.parametrize(
    ("exercise", "answer", "verdict"),
    [
        (SIDE, 26, "Right: 28 − 3 + 1."),
        (SIDE, 26.0, "Right: 28 − 3 + 1."),
        (SIDE, np.int64(26), "Right: 28 − 3 + 1."),
        (SIDE, 25, "Not yet: one place is missing."),
        (SIDE, 26.5, "Not yet: count the places."),
        (SIDE, "26", "Right: 28 − 3 + 1."),
        (
            SIDE,
            "many",
            "Not yet: this cannot be read: the answer is a whole number, for example 12.",
        ),
        (SIDE, [26], "Not yet: the answer is a whole number; yours is a list."),
        (SIDE, True, "Not yet: the answer is a whole number; yours is a bool."),
        (RATIO, 7.11, "Right: r"),
        (RATIO, 7, "Not yet: h"),
        (
            RATIO,
            "seven",
            "Not yet: this cannot be read: the answer is a number (within 0.005 is near enough), "
            "for example 12.5.",
        ),
        (SIGN, " Negative", "Right: r"),
        (SIGN, "positive", "Not yet: h"),
        (SIGN, "up", "Not yet: choose one of 'positive', 'negative'."),
        (SIGN, -1, "Not yet: the answer is one of 'positive', 'negative'; yours is an int."),
        (SAME, np.bool_(True), "Right: r"),
        (SAME, False, "Not yet: h"),
        (SAME, 1, "Not yet: the answer is True or False; yours is an int."),
        (PAIR, [13, 24], "Right: r"),
        (PAIR, np.array([13, 24]), "Right: r"),
        (PAIR, (24, 13), "Not yet: h"),
        (PAIR, (1, 2, 3), "Not yet: h (The shape (3,) is not the one asked for.)"),
        (
            PAIR,
            13,
            "Not yet: the answer is an array, a list or a tuple of numbers; yours is an int.",
        ),
    ],
)
def test_answers(exercise: Answer, answer: Any, verdict: str) -> None:
    assert exercise.verdict(answer) == verdict


def test_right_function() -> None:
    assert SCALE.verdict(scale) == (
        "Right: your function agrees with ours in 2 fixed and 5 generated cases. "
        "Every entry times the factor."
    )


def test_first_difference_is_shown_whole() -> None:
    assert SCALE.verdict(lambda x, by=2: x - by) == "\n".join(
        [
            "Not yet: fixed case 1 of 2 differs.",
            "Hint: multiply.",
            "scale(x, by) with",
            "  x = shape (2,), float64",
            "  [0., 2.]",
            "  by = 2",
            "  expected: shape (2,), float64",
            "  [0., 4.]",
            "  received: shape (2,), float64",
            "  [-2.,  0.]",
            "  difference: 2 of 2 entries differ, the first at [0]: expected 0, received -2",
        ]
    )


@pytest.mark.parametrize("number", [0, 1, 2])
def test_later_cases_tell_mistakes_apart(number: int) -> None:
    mistake = SCALE.mistakes[number]
    assert SCALE.verdict(mistake.wrong).splitlines()[1] == f"Hint: {mistake.hint}"


def test_prints_are_shown_with_a_wrong_case_only() -> None:
    def talks(x: Any, by: Any = 2) -> Any:
        print("x is", x.tolist())
        return x

    assert SCALE.verdict(talks).endswith("\n  it printed: x is [0.0, 2.0]")
    assert "scale(" not in SCALE.verdict(lambda x, by=2: (print("hm"), x * by)[1])


def test_none_in_some_cases_is_a_missing_return() -> None:
    verdict = SCALE.verdict(lambda x, by=2: x * by if by == 2 else None)
    assert "it returned None: every way through the function needs a `return`" in verdict
    verdict = SCALE.verdict(lambda x, by=2: x * by if by == 3 else None)
    assert "it returned None: every way through the function needs a `return`" in verdict


def test_the_function_itself_is_wanted() -> None:
    assert SCALE.verdict(np.zeros(2)) == (
        "Not yet: the check wants the function itself, scale without brackets after it; "
        "it received an array."
    )


def test_unknown_name_lists_the_names() -> None:
    exercises = Exercises("chapter", [SIDE, SCALE])
    words = "check: the chapter chapter has no exercise 'sides'; it has 'side', 'scale'"
    with pytest.raises(ValueError, match=re.escape(words)):
        exercises.check("sides", 26)


def test_two_exercises_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="chapter has two exercises named"):
        Exercises("chapter", [SIDE, SIDE])


def test_a_workshop_is_a_page_of_its_own_with_its_own_script() -> None:
    both = Exercises("trial", [SIDE, RATIO, SIGN], workshop=["ratio", "sign"])
    assert [both.page(name) for name in ("side", "ratio")] == ["trial", "workshop/trial"]
    shown = {name: both.ask(name)._repr_html_() for name in ("side", "ratio", "sign")}
    assert [name for name, text in shown.items() if "<script>" in text] == ["side", "ratio"]
    assert '"chapter":"workshop/trial"' in shown["sign"].replace('": "', '":"')
    with pytest.raises(ValueError, match="trial has nothing named ratoi"):
        Exercises("trial", [SIDE, RATIO], workshop=["ratoi"])
