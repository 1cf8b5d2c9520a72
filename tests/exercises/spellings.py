"""How readers type answers: equal spellings of a value, and wrong values near it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnnbook.exercises import Answer

WRONG = 200
#: What is no answer of any kind but a choice.
UNREADABLE = ("half", "1/0", "[1, 2", "1]", "[[1, 2], [3]]", "--1", "1..2", "None", "e", "x")


def spellings(value: Any, unit: str) -> Iterator[str]:
    """Yield texts that all say the value."""
    if np.ndim(value) == 0:
        yield from _of_number(float(value), unit)
        return
    lists = np.asarray(value).tolist()
    yield str(lists)
    yield str(np.asarray(value))
    yield str(lists).replace("-", "−").replace("[", "(").replace("]", ")")
    yield f"np.array({lists})"
    if np.ndim(value) == 1:
        texts = [repr(number) for number in lists]
        yield ", ".join(texts)
        yield " ".join(texts)
        yield "\n".join(texts)
        yield "×".join(texts)
        if all(number >= 0 for number in lists):
            yield " x ".join(texts)
    else:
        rows = [" ".join(map(repr, row)) for row in lists]
        yield "\n".join(rows)
        yield " / ".join(rows)
        yield "; ".join(rows)


def _of_number(value: float, unit: str) -> Iterator[str]:
    plain = repr(int(value)) if value.is_integer() else repr(value)
    yield plain
    yield f"  {plain}\n"
    yield plain.replace("-", "−")
    yield f"{plain} {unit}".strip()
    yield f"{value!r}/1"
    if unit != "%":
        yield f"{100 * value!r} %"
    if "." in plain:
        yield plain.replace(".", ",")
        yield plain.replace("0.", ".", 1) if plain.startswith("0.") else plain
    elif value >= 1000:
        yield f"{int(value):,}"
        yield f"{int(value):,}".replace(",", "\u202f")


def wrong_ones(exercise: Answer, rng: np.random.Generator) -> list[str]:
    """Return texts of values that are near the right one, or have another shape."""
    if exercise.kind is str:
        return [f"no {number}" for number in range(WRONG)]
    value = np.asarray(exercise.expected(), dtype=float)
    texts = []
    for number in range(WRONG):
        other = value + rng.choice([-1, 1], size=value.shape) * rng.integers(0, 9, value.shape) / 4
        if number % 4 == 1 and value.ndim:
            other = np.append(other.ravel(), 1.0)
        if number % 4 == 2:
            other = other * rng.choice([-1, 2, 0.5, 10])
        if number % 8 == 3 and value.ndim > 1:
            other = other.T[:1]
        texts.append(repr(other.tolist()))
    return texts
