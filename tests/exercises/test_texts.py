"""What exercises and questions say passes one door, and a translator finds every text of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnbook.exercises
from cnnbook.exercises import Answer, Implement, Option, convolution, question, running
from cnnbook.exercises.texts import catalogue, chapters, said_in
from cnnbook.words import edition

FOLDER = Path(cnnbook.exercises.__path__[0])
CORE = ["chapter", "checking", "comparing", "guesses", "page", "questions", "running"]
EXERCISES = [exercise for exercises in chapters() for exercise in exercises]
MARKED = {text: f"«{text}»" for text in catalogue()}


def mirrored(text: str) -> str:
    """Return another language: the words in capitals, the fields as they are."""
    return re.sub(r"\{\w+\}|[^{]+", lambda m: m[0] if m[0][0] == "{" else m[0].upper(), text)


def verdict(name: str, answer: Any) -> str:
    return next(e for e in convolution.EXERCISES if e.name == name).verdict(answer)


def test_the_catalogue_holds_what_is_said_by_all_and_what_each_exercise_says() -> None:
    texts = catalogue()
    assert len(texts) == len(set(texts))
    assert all(isinstance(text, str) and text for text in texts)
    for text in [
        *("not attempted yet", "Hint: {hint}", "the values differ", "Not quite ✗: {why}"),
        "the answer is {wanted}; yours is {given}.",  # with values
        "it changes its argument `{name}`. The caller still needs it: work on a copy, or on a new "
        "array.",  # over two lines
        "the sign of your result is turned round.",  # a mistake of all chapters
        "each kernel takes k − 1 away.",  # why an answer is right
        "one place is missing each way: a kernel of side k fits n − k + 1 times.",  # a mistake
        "negative",  # a choice
    ]:
        assert text in texts


def test_literals_are_found_wherever_they_stand() -> None:
    source = "def f(x):\n    y = say('b {n}', n=1)\n    return [say('a'), say(y), other('c')]\n"
    assert said_in(source) == ["b {n}", "a"]


@pytest.mark.parametrize("name", CORE)
def test_no_sentence_passes_by_the_door(name: str) -> None:
    """A literal with two words in it is a docstring, a developer's error, or handed to say."""
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    allowed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            allowed.add(id(node.value))
        called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        of_say = called in ("say", "Mistake")  # a mistake's hint is data, which the catalogue walks
        if of_say or isinstance(node, ast.Raise):
            allowed |= {id(inner) for inner in ast.walk(node)}
    passing_by = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and not node.value.startswith(("<", "with exercises."))  # an element, a line of code
        and "askingStyle" not in node.value  # a piece of a script
        and re.search(r"[A-Za-z]+ [A-Za-z]+|[A-Za-z]{2,}: ", node.value)
        and id(node) not in allowed
    ]
    assert passing_by == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_a_second_language_reaches_every_sentence_of_every_exercise(
    exercise: Answer | Implement,
) -> None:
    right = exercise.expected() if isinstance(exercise, Answer) else exercise.reference
    mistakes = exercise.hints if isinstance(exercise, Answer) else exercise.mistakes
    with edition(MARKED):
        assert f"«{exercise.right}»" in exercise.verdict(right)
        for mistake in mistakes:
            said = mistake.wrong() if isinstance(exercise, Answer) else mistake.wrong
            assert f"«{mistake.hint}»" in exercise.verdict(said)


def test_generic_messages_are_said_whole() -> None:
    with edition({text: mirrored(text) for text in catalogue()}):
        assert verdict("four_outputs", None) == "NOT ATTEMPTED YET"
        assert verdict("sides_through_a_stack", "no") == (
            "NOT YET: THIS CANNOT BE READ: THE ANSWER IS A WHOLE NUMBER, FOR EXAMPLE 12."
        )
        assert verdict("edge_sign", 3) == (
            "NOT YET: THE ANSWER IS ONE OF 'POSITIVE', 'NEGATIVE'; YOURS IS AN int."
        )
        assert verdict("sides_through_a_stack", [1]) == (
            "NOT YET: THE ANSWER IS A WHOLE NUMBER; YOURS IS A list."
        )
        assert verdict("edge_sign", "up") == "NOT YET: CHOOSE ONE OF 'POSITIVE', 'NEGATIVE'."
        assert verdict("four_outputs", [1, 2]).endswith(
            "(THE SHAPE (2,) IS NOT THE ONE ASKED FOR.)"
        )
        assert verdict("my_correlate2d", np.zeros(2)) == (
            "NOT YET: THE CHECK WANTS THE FUNCTION ITSELF, my_correlate2d WITHOUT BRACKETS AFTER "
            "IT; IT RECEIVED AN ARRAY."
        )
        lines = verdict("my_correlate2d", lambda image, kernel: 3).splitlines()
        assert lines[0] == "NOT YET: FIXED CASE 1 OF 4 DIFFERS."
        assert lines[1].startswith("HINT: OUTPUT [I, J] BELONGS TO THE PATCH")
        assert lines[2] == "my_correlate2d(image, kernel) WITH"
        assert "  EXPECTED: SHAPE (2, 2), float64" in lines
        assert "  RECEIVED: 3" in lines
        assert "  DIFFERENCE: THE SHAPES DIFFER: EXPECTED (2, 2), RECEIVED ()" in lines


def test_what_happens_inside_a_function_is_told_in_the_second_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def raises(image: Any, kernel: Any) -> Any:
        raise ValueError("mine")

    def changes(image: Any, kernel: Any) -> Any:
        print("hm")
        image[0] = -3
        return image

    def loops(image: Any, kernel: Any) -> Any:
        while True:
            pass

    with edition({text: mirrored(text) for text in catalogue()}):
        assert "  YOUR FUNCTION: IT STOPPED IN LINE 2 OF raises (raise" in verdict(
            "my_correlate2d", raises
        )
        assert "IT CHANGES ITS ARGUMENT `image`. THE" in verdict("my_correlate2d", changes)
        assert "\n  IT PRINTED: hm" in verdict("my_correlate2d", changes)
        monkeypatch.setattr(running, "TIME_LIMIT", 0.05)
        assert "AFTER 0.05 SECONDS IT WAS STILL RUNNING" in verdict("my_correlate2d", loops)


def test_a_choice_counts_in_the_editions_language_and_in_english() -> None:
    with edition({"negative": "Négatif", "positive": "Positif"}):
        assert verdict("edge_sign", "négatif").startswith("Right: ")
        assert verdict("edge_sign", "negative").startswith("Right: ")
        assert verdict("edge_sign", "positif").startswith("Not yet: this is the sign")


def test_a_second_language_reaches_a_question() -> None:
    asked = question(
        "How large?",
        [Option("26", correct=True, because="it fits."), Option("25", because="one too few.")],
    )
    texts = {
        **{"Question.": "Frage.", "How large?": "Wie groß?"},
        **{"Right ✓: {why}": "Richtig ✓: {why}", "Not quite ✗: {why}": "Nicht ganz ✗: {why}"},
        **{"it fits.": "es passt.", "one too few.": "eins zu wenig.", "26": "sechsundzwanzig"},
    }
    with edition(texts):
        assert repr(asked).splitlines() == [
            "Frage. Wie groß?",
            "  a) sechsundzwanzig",
            "  b) 25",
        ]
        assert asked.options[1].feedback == "Nicht ganz ✗: eins zu wenig."
        page = asked._repr_html_()
    for words in ("Frage.", "Wie groß?", "sechsundzwanzig", "Richtig ✓: es passt."):
        assert words in page
