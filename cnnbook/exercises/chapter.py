"""What a chapter asks: `Exercises.check`, and what its page shows: `ask`, `guess`, `question`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, TypeVar

from cnnbook.exercises.checking import Answer, Implement
from cnnbook.exercises.comparing import lists
from cnnbook.exercises.guesses import Guess, Guessed
from cnnbook.exercises.page import (
    body_of,
    element,
    fold,
    paragraph,
    preformatted,
    without_annotations,
)
from cnnbook.exercises.questions import Question
from cnnbook.notebook import show_source
from cnnbook.words import say

Kind = TypeVar("Kind")


class Exercises:
    """The exercises, guesses and question boxes of one chapter.

    Parameters
    ----------
    chapter : str
        The chapter's file name without its ending.
    exercises : sequence of Answer or Implement
        In the page's order; no name twice.
    guesses : sequence of Guess
        In the page's order; no name twice, and none of an exercise.
    questions : mapping of str to Question
        By the names that the page uses.
    workshop : collection of str
        The guesses and answers that stand in the chapter's workshop, a notebook of its own.

    Examples
    --------
    >>> from cnnbook.exercises import convolution
    >>> convolution.EXERCISES.page("last_output")
    'convolution'
    """

    def __init__(
        self,
        chapter: str,
        exercises: Sequence[Answer | Implement],
        guesses: Sequence[Guess] = (),
        questions: Mapping[str, Question] | None = None,
        workshop: Collection[str] = (),
    ) -> None:
        self.chapter = chapter
        self._by_name = _by_name(chapter, "exercises", exercises)
        self.guesses = _by_name(chapter, "guesses", guesses)
        if both := self.guesses.keys() & self._by_name.keys():
            raise ValueError(f"Exercises: {chapter} has a guess and an exercise named {min(both)}")
        self.questions = dict(questions or {})
        self.workshop = frozenset(workshop)
        if unknown := self.workshop - self.guesses.keys() - self._by_name.keys():
            raise ValueError(f"Exercises: {chapter} has nothing named {min(unknown)}")

    def page(self, name: str) -> str:
        """Return the page on which a guess or an exercise stands, as its address has it."""
        return f"workshop/{self.chapter}" if name in self.workshop else self.chapter

    def __iter__(self) -> Iterator[Answer | Implement]:
        return iter(self._by_name.values())

    def check(self, name: str, answer: Any) -> None:
        """Print whether the answer to an exercise is right, and if not, what to look at.

        Parameters
        ----------
        name : str
            The exercise.
        answer : object
            The answer, or for an exercise that asks for one, the function. Numbers may also come
            as text, as they are typed on the page. None means that the exercise was not
            attempted yet.

        Raises
        ------
        ValueError
            If the chapter has no exercise of this name.
        """
        print(self._find("check", "exercise", self._by_name, name).verdict(answer))

    def ask(self, name: str) -> Asked:
        """Return the field in which a reader of the page answers, and the folded solution.

        Parameters
        ----------
        name : str
            An exercise whose answer is a value.

        Raises
        ------
        ValueError
            If the chapter has no such exercise.
        """
        values = {e.name: e for e in self if isinstance(e, Answer)}
        exercise = self._find("ask", "exercise", values, name)
        return Asked(self.page(name), exercise, self._carries(name))

    def solution(self, name: str) -> Solution:
        """Return the folded solution of an exercise whose answer is a function.

        Parameters
        ----------
        name : str
            The exercise.

        Raises
        ------
        ValueError
            If the chapter has no such exercise.
        """
        functions = {e.name: e for e in self if isinstance(e, Implement)}
        return Solution(self._find("solution", "exercise", functions, name))

    def guess(self, name: str) -> Guessed:
        """Return a question before a result: a cell's last value, or a ``with`` block.

        Parameters
        ----------
        name : str
            The guess. In ``with exercises.guess(name):`` what the block prints and draws is
            folded below the question.

        Raises
        ------
        ValueError
            If the chapter has no guess of this name.
        """
        guess = self._find("guess", "guess", self.guesses, name)
        return Guessed(self.page(name), guess, self._carries(name))

    def question(self, name: str) -> Question:
        """Return a question box, whose options fold why each is right or wrong.

        Parameters
        ----------
        name : str
            The question.

        Raises
        ------
        ValueError
            If the chapter has no question of this name.
        """
        return self._find("question", "question", self.questions, name)

    def _find(self, function: str, what: str, among: Mapping[str, Kind], name: str) -> Kind:
        if name not in among:
            raise ValueError(
                say(
                    "{function}: the chapter {chapter} has no {what} {name}; it has {names}",
                    function=function,
                    what=what,
                    chapter=self.chapter,
                    name=repr(name),
                    names=", ".join(map(repr, among)),
                )
            )
        return among[name]

    def _carries(self, name: str) -> bool:
        """Return whether this one brings the script for the whole page: the first does."""
        values = [exercise.name for exercise in self if isinstance(exercise, Answer)]
        page = self.page(name)
        return name == next(n for n in (*self.guesses, *values) if self.page(n) == page)


def _by_name(chapter: str, what: str, entries: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        if entry.name in found:
            raise ValueError(f"Exercises: {chapter} has two {what} named {entry.name}")
        found[entry.name] = entry
    return found


class Asked:
    """An exercise as its page shows it; its text says how to answer in Python."""

    def __init__(self, chapter: str, exercise: Answer, carries: bool) -> None:
        self.chapter, self.exercise, self.carries = chapter, exercise, carries

    def __repr__(self) -> str:
        return say(
            "Answer on the page, or here: exercises.check({name}, your_answer)",
            name=repr(self.exercise.name),
        )

    def _repr_html_(self) -> str:
        asked = {"chapter": self.chapter, **self.exercise.asked()}
        inside = solved(self.exercise)
        return element("cnnbook-answer", asked, inside, carries=self.carries)


class Solution:
    """The solution of an exercise that asks for a function, folded."""

    def __init__(self, exercise: Implement) -> None:
        self.exercise = exercise

    def __repr__(self) -> str:
        return say("The solution is folded on the page.")

    def _repr_html_(self) -> str:
        exercise = self.exercise
        functions = exercise.solution or (exercise.reference,)
        sources = [without_annotations(show_source(function).code) for function in functions]
        code = "\n\n\n".join(sources)
        said = paragraph(exercise.verdict(functions[-1]))
        return fold(say("Show the solution"), preformatted(code), said)


def solved(exercise: Answer) -> str:
    """Return the folded solution of an exercise: its lines, what they print, and the verdict."""
    solution = exercise.solution or exercise.expected
    value, printed = run_solution(solution)
    shown = preformatted(body_of(solution)) if exercise.solution else ""
    last = "" if printed else repr(lists(value))
    return fold(
        say("Show the solution"),
        shown,
        preformatted(printed or last),
        paragraph(exercise.verdict(value)),
    )


def run_solution(solution: Callable[[], Any]) -> tuple[Any, str]:
    """Return what a solution returns, and what it prints."""
    printed = StringIO()
    with contextlib.redirect_stdout(printed):
        value = solution()
    return value, printed.getvalue()
