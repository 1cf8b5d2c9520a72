"""An exercise as data, and the sentence that answers an attempt."""

from __future__ import annotations

import copy
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnbook.exercises.comparing import (
    article,
    as_numbers,
    difference,
    few_lines,
    lists,
    shorten,
    small,
)
from cnnbook.exercises.reading import read_number, read_numbers
from cnnbook.exercises.running import Case, Outcome, run
from cnnbook.words import say

Array = np.ndarray[Any, Any]

#: How many lines of numbers stand below a hint: with it, they fit a screen.
SCREEN = 36


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer, as a function, and what to say to a reader who gives it."""

    wrong: Callable[..., Any]
    hint: str


def _changed(change: Callable[[Array], Array]) -> Callable[[Any], Any]:
    """Return a change of all arrays of a result."""

    def of(result: Any) -> Any:
        if isinstance(result, tuple):
            return tuple(map(of, result))
        return change(np.asarray(result)) if isinstance(result, np.ndarray | float) else result

    return of


#: What goes wrong with arrays in any chapter, as a change of the right result. Its hint is shown
#: if no mistake of the exercise explains the answer, and this does so in every case.
GENERAL = (
    Mistake(
        _changed(np.trunc),
        "what stands behind the decimal point got lost: an array of whole numbers keeps none of "
        "it. Begin with floats.",
    ),
    Mistake(_changed(np.negative), "the sign of your result is turned round."),
    Mistake(_changed(np.abs), "the signs got lost: entries of the result may be negative."),
    Mistake(_changed(np.transpose), "your axes are in reversed order."),
    Mistake(
        _changed(lambda result: result[np.newaxis]),
        "your result has an axis too many, of size 1: [0] takes it away.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An exercise whose answer is a value. A wrong attempt never shows the right one.

    Parameters
    ----------
    name : str
        The name that the reader hands to `check`.
    expected : callable
        Takes nothing, returns the answer; it should compute it with the library.
    kind : type
        int, float, bool, str, or one of tuple, list and np.ndarray, which all accept any
        sequence of numbers.
    right : str
        One sentence for a right answer: why it is right.
    hint : str
        For a wrong answer that no mistake explains.
    hints : sequence of Mistake
        Known wrong answers; the functions take nothing.
    choices : sequence of str
        For kind str: the answers that are offered.
    tolerance : float
        How far numbers of kind float, and entries of floating arrays, may be off.
    label : str
        What stands at the page's field: what is asked for, in a few words; else "Your answer".
    unit : str
        Stands at the field, and may be typed. "%" if the answer counts in percent.
    solution : callable, optional
        Takes nothing and returns the answer: what a reader would write in a cell. Its lines and
        what it prints are shown folded.
    """

    name: str = field(kw_only=False)
    expected: Callable[[], Any]
    kind: type
    right: str
    hint: str
    hints: Sequence[Mistake] = ()
    choices: Sequence[str] = ()
    tolerance: float = 0.005
    label: str = ""
    unit: str = ""
    solution: Callable[[], Any] | None = None

    def verdict(self, answer: Any) -> str:
        """Return what to say to an answer; numbers may also come as the text that was typed."""
        if answer is None:
            return _not_attempted()
        if isinstance(answer, str) and self.kind is not str:
            typed = self.read_text(answer)
            if typed is None:
                return self.unreadable()
            answer = typed
        value = self._read(run(lambda: answer, Case(), {}).value)
        if value is None:
            wanted, given = self._wanted(), article(answer)
            return _not_yet(
                say("the answer is {wanted}; yours is {given}.", wanted=wanted, given=given)
            )
        if isinstance(value, str) and self.choices and value not in self.choices:
            return _not_yet(say("choose one of {choices}.", choices=self._offered()))
        expected = self._read(self.expected())
        if self._equal(value, expected):
            return say("Right: {why}", why=say(self.right))
        for mistake in self.hints:
            if self._equal(value, self._read(mistake.wrong())):
                return _not_yet(say(mistake.hint))
        if np.shape(value) != np.shape(expected):
            return _not_yet(
                say(
                    "{hint} (The shape {shape} is not the one asked for.)",
                    hint=say(self.hint),
                    shape=np.shape(value),
                )
            )
        return _not_yet(say(self.hint))

    def read_text(self, text: str) -> Any:
        """Return the number or the lists that a reader typed; None if there are none."""
        if self.kind in (int, float):
            return read_number(text, whole=self.kind is int, unit=say(self.unit))
        return None if self.kind is bool else read_numbers(text, axes=self.axes())

    def axes(self) -> int:
        """Return how many axes the answer has."""
        return np.ndim(self.expected())

    def unreadable(self) -> str:
        """Return what to say to a text that is not an answer of this kind."""
        wanted, example = self._wanted(), self.example()
        if not example:
            return _not_yet(say("the answer is {wanted}.", wanted=wanted))
        return _not_yet(
            say(
                "this cannot be read: the answer is {wanted}, for example {example}.",
                wanted=wanted,
                example=example,
            )
        )

    def example(self) -> str:
        """Return a well-formed answer, which is not the right one; empty for a choice."""
        if self.kind in (int, float):
            number = "12" if self.kind is int else "12.5"
            return f"{number} {say(self.unit)}".strip()
        if self.kind in (bool, str):
            return ""
        return "(1, 2)" if self.axes() == 1 else "0 1 / 2 3"

    def asked(self) -> dict[str, Any]:
        """Return what the page's script has to know to give the verdicts of `verdict`."""
        kinds = {int: "whole", float: "number", str: "choice"}
        return {
            "name": self.name,
            "kind": kinds.get(self.kind, "numbers"),
            "axes": self.axes(),
            "label": self._labelled(),
            "unit": say(self.unit),
            "example": self.example(),
            "choices": list(self.choices),
            "shown": [say(choice) for choice in self.choices],
            "tolerance": self.tolerance,
            "expected": self._comparable(self.expected()),
            "right": say(self.right),
            "hint": say(self.hint),
            "unreadable": self.unreadable(),
            "mistakes": [
                self._comparable(mistake.wrong()) | {"hint": say(mistake.hint)}
                for mistake in self.hints
            ],
        }

    def _labelled(self) -> str:
        label = say(self.label) if self.label else say("Your answer")
        return say("{label}, in {unit}", label=label, unit=say(self.unit)) if self.unit else label

    def _comparable(self, answer: Any) -> dict[str, Any]:
        value = self._read(answer)
        return {"value": lists(value), "exact": self._is_exact(value)}

    def _wanted(self) -> str:
        if self.kind is str:
            choices = self._offered()
            return say("one of {choices}", choices=choices) if choices else say("a text")
        if self.kind is int:
            return say("a whole number")
        if self.kind is bool:
            return say("True or False")
        if self.kind is float:
            within = f"{self.tolerance:g}"
            return say("a number (within {tolerance} is near enough)", tolerance=within)
        return say("an array, a list or a tuple of numbers")

    def _offered(self) -> str:
        return ", ".join(repr(say(choice)) for choice in self.choices)

    def _read(self, answer: Any) -> Any:
        """Return the answer in the one form that can be compared; None for another kind."""
        if self.kind is str:
            if not isinstance(answer, str):
                return None
            text = answer.strip().lower()
            # A choice counts in the edition's language and in English.
            return {say(choice).lower(): choice for choice in self.choices}.get(text, text)
        array = as_numbers(answer)
        if array is None or (array.dtype.kind == "b") != (self.kind is bool):
            return None
        if self.kind in (int, float, bool):
            return array.item() if array.ndim == 0 else None
        return array if array.ndim > 0 else None

    def _equal(self, value: Any, other: Any) -> bool:
        if isinstance(value, str) or np.shape(value) != np.shape(other):
            return bool(np.array_equal(value, other))
        near = 1e-9 if self._is_exact(other) else self.tolerance
        return bool(np.allclose(value, other, rtol=0, atol=near))

    def _is_exact(self, value: Any) -> bool:
        return self.kind in (int, bool) or np.asarray(value).dtype.kind in "biu"


@dataclass(frozen=True, kw_only=True)
class Implement:
    """An exercise whose answer is a function, checked against a reference case by case.

    Parameters
    ----------
    name : str
        The name of the reader's function, which is also what she hands to `check`.
    reference : callable
        A right solution; its argument names are shown to the reader.
    cases : sequence of Case or tuple, or a callable that returns one
        Fixed cases. Put the smallest first, then shapes that reveal mix-ups.
    right : str
        One sentence for a right function.
    hint : str
        For a wrong function that no mistake explains.
    generate : callable, optional
        Takes an np.random.Generator, returns one more Case or tuple.
    generated : int
        How many cases `generate` makes.
    mistakes : sequence of Mistake
        Known wrong functions, with the reference's arguments. The hint is shown when the
        reader's function does the same in the first case that differs.
    same_dtype : bool
        Whether arrays must have the reference's dtype.
    solution : sequence of callable
        The functions to show as the solution, the one that is asked for last; the reference
        without any.
    """

    name: str = field(kw_only=False)
    reference: Callable[..., Any]
    cases: Sequence[Any] | Callable[[], Sequence[Any]]
    right: str
    hint: str
    generate: Callable[[np.random.Generator], Any] | None = None
    generated: int = 20
    mistakes: Sequence[Mistake] = ()
    same_dtype: bool = False
    solution: Sequence[Callable[..., Any]] = ()

    def labelled_cases(self) -> list[tuple[str, Case]]:
        """Return all cases, the fixed before the generated, each with its name."""
        fixed, made = self._fixed_and_generated()
        return [
            (say("fixed case {number} of {count}", number=number, count=len(fixed)), case)
            for number, case in enumerate(fixed, start=1)
        ] + [
            (say("generated case {number} of {count}", number=number, count=len(made)), case)
            for number, case in enumerate(made, start=1)
        ]

    def _fixed_and_generated(self) -> tuple[list[Case], list[Case]]:
        fixed = list(self.cases() if callable(self.cases) else self.cases)
        rng = np.random.default_rng(0)
        made = [self.generate(rng) for _ in range(self.generated)] if self.generate else []
        both = [
            [case if isinstance(case, Case) else Case(*case) for case in group]
            for group in (fixed, made)
        ]
        return both[0], both[1]

    def verdict(self, answer: Any) -> str:
        """Return what to say to a function."""
        if answer is None:
            return _not_attempted()
        if not callable(answer):
            return _not_yet(
                say(
                    "the check wants the function itself, {name} without brackets after it; "
                    "it received {given}.",
                    name=self.name,
                    given=article(answer),
                )
            )
        cases = self.labelled_cases()
        for number, (label, case) in enumerate(cases):
            outcome = self._run(answer, case)
            if number == 0 and _is_empty(outcome):
                rest = [self._run(answer, other) for _, other in cases[1:]]
                if all(map(_is_empty, rest)):
                    return self._nothing_returned(outcome)
            expected = self._expected(case)
            found = outcome.trouble or difference(expected, outcome.value, self.same_dtype)
            if found:
                return self._first_difference(answer, label, case, outcome, found)
        fixed, made = self._fixed_and_generated()
        return say(
            "Right: your function agrees with ours in {fixed} fixed and {generated} generated "
            "cases. {why}",
            fixed=len(fixed),
            generated=len(made),
            why=say(self.right),
        )

    def _run(self, function: Callable[..., Any], case: Case) -> Outcome:
        return run(function, case, case.named(self.reference))

    def _mistaken(self, mistake: Mistake, case: Case) -> Outcome:
        return run(mistake.wrong, case, case.named(self.reference), watched=False)

    def _expected(self, case: Case) -> Any:
        mine = copy.deepcopy(case)
        return self.reference(*mine.args, **mine.kwargs)

    def _nothing_returned(self, outcome: Outcome) -> str:
        if not outcome.printed:
            return _not_attempted()
        return _not_yet(
            say("your function prints, but it returns nothing. Use `return`, not `print`.")
        )

    def _first_difference(
        self, answer: Any, label: str, case: Case, outcome: Outcome, found: str
    ) -> str:
        named = case.named(self.reference)
        most = SCREEN // (len(named) + 2)
        inside = [f"{name} = {few_lines(small(value), most)}" for name, value in named.items()]
        expected = few_lines(small(self._expected(case)), most)
        inside.append(say("expected: {value}", value=expected))
        if outcome.trouble:
            inside.append(say("your function: {trouble}", trouble=found))
        else:
            inside.append(say("received: {value}", value=few_lines(small(outcome.value), most)))
            inside.append(say("difference: {difference}", difference=found))
        if outcome.printed:
            text = shorten(" ".join(outcome.printed.split()), 200)
            inside.append(say("it printed: {text}", text=text))
        known = "" if outcome.kind == "time" else self._known_mistake(answer, case)
        hint = known or ("" if outcome.trouble else self.hint)
        lines = [
            _not_yet(say("{case} differs.", case=label)),
            *([say("Hint: {hint}", hint=say(hint))] if hint else []),
            say("{call} with", call=f"{self.name}({', '.join(named)})"),
            *(textwrap.indent(line, "  ") for line in inside),
        ]
        return "\n".join(lines)

    def _known_mistake(self, answer: Any, case: Case) -> str:
        """Return the hint of the mistake that does what the answer does; empty if none does.

        Two mistakes may agree in one case, so the other cases decide between them. What happens
        in all chapters comes next, and last a mistake that explains this case but not all.
        """
        candidates, found = list(self.mistakes), ""
        for other in [case, *(other for _, other in self.labelled_cases())]:
            outcome = self._run(answer, other)
            candidates = [m for m in candidates if self._same(self._mistaken(m, other), outcome)]
            if not candidates:
                return self._general_mistake(answer) or found
            found = candidates[0].hint
        return found

    def _general_mistake(self, answer: Any) -> str:
        cases = [case for _, case in self.labelled_cases()]
        for mistake in GENERAL:
            if all(
                self._same(Outcome(mistake.wrong(self._expected(case))), self._run(answer, case))
                for case in cases
            ):
                return mistake.hint
        return ""

    def _same(self, known: Outcome, outcome: Outcome) -> bool:
        if known.kind or outcome.kind:
            return known.kind == outcome.kind
        return not difference(known.value, outcome.value, self.same_dtype)


def _is_empty(outcome: Outcome) -> bool:
    return outcome.value is None and not outcome.trouble


def _not_attempted() -> str:
    return say("not attempted yet")


def _not_yet(hint: str) -> str:
    return say("Not yet: {hint}", hint=hint)
