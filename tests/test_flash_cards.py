"""The flash cards that `make book` writes: every question box, in the form that Anki imports."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import flash_cards
from book._tools import contents
from tests import anatomy

TEXT = flash_cards.render()
HEAD = [line for line in TEXT.splitlines() if line.startswith("#")]
ROWS = list(csv.reader(TEXT.splitlines()[len(HEAD) :], delimiter="\t"))


def test_every_question_box_of_the_chapters_is_a_card() -> None:
    boxes = sum(
        len(anatomy.calls(anatomy.read(page.notebook()), "question"))
        for page in contents.pages()
        if page.number
    )
    assert len(ROWS) == boxes >= 70


def test_a_card_has_name_question_answer_and_tags() -> None:
    names = [name for name, _, _, _ in ROWS]
    assert len(set(names)) == len(names)
    for _, front, back, tags in ROWS:
        assert front.count("<li>") >= 2
        assert "✓" not in front
        assert back.startswith("<b>")
        assert tags.split()[1].startswith("Part_")


def test_the_head_says_which_column_is_what() -> None:
    assert "#separator:tab" in HEAD
    assert "#html:true" in HEAD
    assert "#guid column:1" in HEAD
    assert "#tags column:4" in HEAD
    assert HEAD[4].removeprefix("#columns:").split("\t") == ["Name", "Front", "Back", "Tags"]


def test_a_box_becomes_its_question_options_and_reason() -> None:
    shown = (
        '<div class="cnnbook-question"><p><strong>Question.</strong> How many <code>x</code>?</p>'
        "<details><summary>1</summary><p>Not quite ✗: too few.</p></details>"
        "<details><summary>2</summary><p>Right ✓: as counted.</p></details></div>"
    )
    card = flash_cards.card("a", shown, "Title", "tag Part_I")
    assert card.front.endswith("How many <code>x</code>?<ul><li>1</li><li>2</li></ul>")
    assert card.back == "<b>2</b><br>As counted."


def test_the_pages_offer_them(site: Path) -> None:
    assert (site / flash_cards.NAME).read_text(encoding="utf-8") == TEXT
    page = (site / "book" / "teaching.html").read_text(encoding="utf-8")
    assert f'href="../{flash_cards.NAME}"' in page


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_no_card_needs_more_than_a_line(row: list[str]) -> None:
    assert "\n" not in "".join(row)
