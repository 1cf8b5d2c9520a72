from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnbook.exercises.comparing import difference, few_lines, small


@pytest.mark.parametrize(
    ("expected", "received"),
    [
        (3, np.int64(3)),
        (3, np.array(3)),
        (0.5, 0.5 + 1e-9),
        (2.0, 2),
        (np.float32(0.1), 0.1),
        (True, np.bool_(True)),
        ("same", "same"),
        ((2, 3), [2, 3]),
        ((2, 3), np.array([2, 3])),
        (np.eye(2), [[1, 0], [0, 1]]),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        (np.array([True, False]), [True, False]),
        ((np.zeros((2, 2)), 3), [np.zeros((2, 2)), 3]),
        (np.zeros(2), np.zeros(2, dtype=np.float32)),
    ],
)
def test_equal(expected: Any, received: Any) -> None:
    assert difference(expected, received) == ""


@pytest.mark.parametrize(
    ("expected", "received", "words"),
    [
        (3, 4, "the numbers differ"),
        (3, 3.0, "expected a whole number (int), received a float"),
        (3, True, "expected a whole number (int), received a bool"),
        (0.5, 0.6, "the values differ"),
        (0.5, [0.5], "the shapes differ: expected (), received (1,)"),
        (True, 1, "expected True or False, received an int"),
        (True, False, "the values differ"),
        ("a", "b", "the texts differ"),
        ((2, 3), 2, "expected 2 values in a tuple, received an int"),
        ((2, 3), (2, 3, 4), "expected 2 values, received 3"),
        ((2, 3), (2, 4), "item 1: the numbers differ"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "the shapes differ: expected (2, 3), received (3, 2)"),
        (np.zeros(2), [False, True], "the dtypes differ: expected float64, received bool"),
        (np.zeros(2), [[1], [2, 3]], "expected an array of numbers, received a list"),
        (np.zeros(2), None, "it returned None: every way through the function needs a `return`"),
        (
            np.array([[1.0, 2.0], [3.0, 4.0]]),
            [[1, 2], [3, 5]],
            "1 of 4 entries differ, the first at [1, 1]: expected 4, received 5",
        ),
    ],
)
def test_different(expected: Any, received: Any, words: str) -> None:
    assert difference(expected, received) == words


def test_same_dtype() -> None:
    words = "the dtypes differ: expected float32, received float64"
    assert difference(np.zeros(2, np.float32), np.zeros(2), same_dtype=True) == words
    assert difference(np.zeros(2), np.zeros(2), same_dtype=True) == ""
    assert difference(True, np.bool_(True), same_dtype=True) == ""


def test_small() -> None:
    assert small(np.float64(1 / 3)) == "0.333333"
    assert small((2, np.int64(3), "x")) == "(2, 3, 'x')"
    assert small(np.arange(4).reshape(2, 2)) == "shape (2, 2), int64\n[[0, 1],\n [2, 3]]"
    assert small((np.zeros(1), 2)) == "item 0: shape (1,), float64\n[0.]\nitem 1: 2"
    assert len(small(np.zeros((100, 100)))) < 400
    assert len(small(list(range(10_000)))) <= 300


def test_a_text_of_many_lines_is_cut() -> None:
    assert few_lines("a\nb\nc", 3) == "a\nb\nc"
    assert few_lines("a\nb\nc\nd", 3) == "a\nb\n…"
