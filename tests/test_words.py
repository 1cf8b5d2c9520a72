"""The door for words: English is the key, and another edition's text takes its place."""

from __future__ import annotations

import pytest

from cnnbook.words import edition, say, texts


def test_english_is_what_is_said_without_an_edition() -> None:
    assert say("Not yet: {hint}") == "Not yet: {hint}"
    assert say("row {row}", row=3) == "row 3"
    assert texts() == {}


def test_an_edition_changes_texts_and_their_order_of_values_until_its_block_ends() -> None:
    with edition({"{row} of {rows}": "共 {rows} 行，第 {row} 行"}):
        assert say("{row} of {rows}", row=2, rows=7) == "共 7 行，第 2 行"
        assert say("not in it") == "not in it"
        assert texts() == {"{row} of {rows}": "共 {rows} 行，第 {row} 行"}
    assert say("{row} of {rows}", row=2, rows=7) == "2 of 7"


def test_an_error_in_the_block_ends_the_edition_too() -> None:
    with pytest.raises(RuntimeError, match="stop"), edition({"a": "b"}):
        raise RuntimeError("stop")
    assert say("a") == "a"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="rows"):
        say("{row} of {rows}", row=2)
