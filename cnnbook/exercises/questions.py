"""Self-check questions: one click on an option shows whether it is right, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnbook.exercises.page import inline
from cnnbook.words import say


@dataclass(frozen=True)
class Option:
    """One option of a question, and the reason that it is right or wrong."""

    text: str
    because: str
    correct: bool = False

    @property
    def feedback(self) -> str:
        """The verdict and the reason."""
        why = say(self.because)
        return (
            say("Right ✓: {why}", why=why) if self.correct else say("Not quite ✗: {why}", why=why)
        )


class Question:
    """A question that a notebook shows as folded options and a terminal as text."""

    def __init__(self, prompt: str, options: Sequence[Option]) -> None:
        correct = sum(option.correct for option in options)
        if correct != 1:
            raise ValueError(
                f"question: {prompt!r} has {correct} correct options; expected exactly one"
            )
        self.prompt, self.options = prompt, options

    def _repr_html_(self) -> str:
        # Only elements that every notebook tool keeps, so that it works without any script.
        options = "".join(
            f"<details><summary>{inline(say(option.text))}</summary>"
            f"<p>{inline(option.feedback)}</p></details>"
            for option in self.options
        )
        return (
            f'<div class="cnnbook-question"><p><strong>{inline(say("Question."))}</strong> '
            f"{inline(say(self.prompt))}</p>{options}</div>"
        )

    def __repr__(self) -> str:
        # Without the answers: this text is stored beside the HTML, where a reader may meet it.
        letters = "abcdefghijklmnopqrstuvwxyz"[: len(self.options)]
        lines = [f"{say('Question.')} {say(self.prompt)}"]
        lines += [
            f"  {letter}) {say(option.text)}"
            for letter, option in zip(letters, self.options, strict=True)
        ]
        return "\n".join(lines)


def question(prompt: str, options: Sequence[Option]) -> Question:
    """Return a question with one right option; as a cell's last value it is shown.

    Parameters
    ----------
    prompt : str
        The question. `Code` may stand between backticks; all else is plain text.
    options : sequence of Option
        Two or more, exactly one of them correct, each with its reason.

    Returns
    -------
    Question
        Shown as folded options in a notebook; as text elsewhere, where each option's `feedback`
        says what the fold would.

    Raises
    ------
    ValueError
        If not exactly one option is correct.

    Examples
    --------
    >>> question("How large is a 3×3 kernel's output on 28×28?", [
    ...     Option("26×26", correct=True, because="28 − 3 + 1 = 26."),
    ...     Option("25×25", because="28 − 3 counts one place too few."),
    ... ])
    Question. How large is a 3×3 kernel's output on 28×28?
      a) 26×26
      b) 25×25
    """
    return Question(prompt, options)
