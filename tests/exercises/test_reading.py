"""What a reader types is read; what is no number is told so."""

from __future__ import annotations

import numpy as np
import pytest

from cnnbook.exercises import Answer
from cnnbook.exercises.reading import LONGEST, read_number, read_numbers
from cnnbook.exercises.texts import chapters
from tests.exercises.spellings import UNREADABLE, spellings, wrong_ones

ANSWERS = [
    pytest.param(exercise, id=f"{exercises.chapter}-{exercise.name}")
    for exercises in chapters()
    for exercise in exercises
    if isinstance(exercise, Answer)
]


@pytest.mark.parametrize("exercise", ANSWERS)
def test_every_spelling_of_the_answer_is_right(exercise: Answer) -> None:
    if exercise.kind is str:
        assert exercise.verdict(f" {exercise.expected().upper()} ").startswith("Right: ")
        return
    for text in spellings(exercise.expected(), exercise.unit):
        assert exercise.verdict(text).startswith("Right: "), text


@pytest.mark.parametrize("exercise", ANSWERS)
def test_typed_text_and_value_get_one_verdict(exercise: Answer) -> None:
    for text in wrong_ones(exercise, np.random.default_rng(0)):
        if exercise.kind is not str:
            value = eval(text)  # a list of numbers that this test wrote
            assert exercise.verdict(text) == exercise.verdict(value), text


@pytest.mark.parametrize("exercise", ANSWERS)
def test_what_cannot_be_read_gets_an_example_that_can(exercise: Answer) -> None:
    if exercise.kind is str:
        assert "choose one of" in exercise.verdict("no such choice")
        return
    example = exercise.example()
    assert not exercise.verdict(example).startswith("Right")
    assert "cannot be read" not in exercise.verdict(example)
    for text in UNREADABLE:
        assert "cannot be read" in exercise.verdict(text), text
        assert example in exercise.verdict(text)


@pytest.mark.parametrize(
    ("text", "settings", "value"),
    [
        ("1,653.75", {}, 1653.75),
        ("1,653", {}, 1.653),
        ("1,653", {"whole": True}, 1653.0),
        ("77,070,336", {}, 77070336.0),
        ("46'085", {}, 46085.0),
        ("46,08", {"whole": True}, 46.08),
        ("3 / 4", {}, 0.75),
        ("−.5", {}, -0.5),
        ("5e-1", {}, 0.5),
        ("16.7 %", {"unit": "%"}, 16.7),
        ("16.7 %", {}, 0.167),
        ("10 MS", {"unit": "ms"}, 10.0),
        ("10 ms", {}, None),
        ("1,2,3", {}, None),
        ("1" * (LONGEST + 1), {}, None),
        ("", {}, None),
    ],
)
def test_numbers(text: str, settings: dict[str, object], value: float | None) -> None:
    found = read_number(text, **settings)  # type: ignore[arg-type]
    assert found == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "axes", "value"),
    [
        ("5", 1, [5.0]),
        ("1 2\n3 4", 1, [1.0, 2.0, 3.0, 4.0]),
        ("1 2\n3 4", 2, [[1.0, 2.0], [3.0, 4.0]]),
        ("[[1 2]\n [3 4]]", 2, [[1.0, 2.0], [3.0, 4.0]]),
        ("(1, 2), (3, 4)", 2, [[1.0, 2.0], [3.0, 4.0]]),
        ("1/2 1/4", 1, [0.5, 0.25]),
        ("1 2 / 3 oops", 2, None),
        ("1 2 / 3", 2, None),
        ("oops / oops", 2, None),
    ],
)
def test_arrays(text: str, axes: int, value: object) -> None:
    assert read_numbers(text, axes=axes) == value
