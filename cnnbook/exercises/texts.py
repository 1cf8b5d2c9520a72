"""Every text that an exercise can show, for whoever translates the book: `catalogue`."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import cnnbook.exercises
from cnnbook.exercises.chapter import Exercises
from cnnbook.exercises.checking import GENERAL, Answer
from cnnbook.exercises.page import said_by_script


def catalogue() -> list[str]:
    """Return the English of all texts, as `cnnbook.words.say` looks them up, each once.

    First what all exercises and question boxes say, then chapter by chapter what each exercise
    says. The questions themselves are written in the notebooks, and are not here.

    Returns
    -------
    list of str
        With fields such as ``{hint}`` where a value is filled in.

    Examples
    --------
    >>> "Right: {why}" in catalogue()
    True
    """
    folder = Path(cnnbook.exercises.__path__[0])
    texts: list[str] = []
    for path in sorted(folder.glob("*.py")):
        texts += said_in(path.read_text(encoding="utf-8"))
    texts += [mistake.hint for mistake in GENERAL]
    texts += sorted(said_by_script())
    for exercises in chapters():
        texts += filter(None, _texts_of(exercises))
    return list(dict.fromkeys(texts))


def chapters() -> Iterator[Exercises]:
    """Yield the exercises of each chapter, and the guesses of pages that have no exercises."""
    for module in pkgutil.walk_packages(cnnbook.exercises.__path__, "cnnbook.exercises."):
        found = importlib.import_module(module.name)
        if isinstance(exercises := getattr(found, "EXERCISES", None), Exercises):
            yield exercises


def said_in(source: str) -> list[str]:
    """Return the literals that a module's source hands to `say`, in their order.

    Examples
    --------
    >>> said_in("print(say('row {row}', row=2), say(hint))")
    ['row {row}']
    """
    calls = [
        node.args[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"
    ]
    calls.sort(key=lambda node: (node.lineno, node.col_offset))
    return [str(node.value) for node in calls if isinstance(node, ast.Constant)]


def _texts_of(exercises: Exercises) -> Iterator[str]:
    for exercise in exercises:
        yield exercise.right
        yield exercise.hint
        if isinstance(exercise, Answer):
            yield from (mistake.hint for mistake in exercise.hints)
            yield from (*exercise.choices, exercise.label, exercise.unit)
        else:
            yield from (mistake.hint for mistake in exercise.mistakes)
    for guess in exercises.guesses.values():
        yield from (guess.prompt, *guess.options, guess.unit, guess.after, guess.alt)
    for question in exercises.questions.values():
        yield question.prompt
        for option in question.options:
            yield from (option.text, option.because)
