from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from cnnbook.exercises import Option, question

SIZE = question(
    "Is `n - k` <b>right</b> & why?",
    [
        Option("yes <script>alert(1)</script>", because="one place is missing."),
        Option("no", correct=True, because='"n − k + 1" counts `all` places.'),
    ],
)


def test_html_is_static_and_escaped() -> None:
    page = BeautifulSoup(SIZE._repr_html_(), "html.parser")
    # What the sanitisers of JupyterLab and GitHub keep, and nothing that needs a script.
    assert {tag.name for tag in page.find_all(True)} == {
        *("div", "p", "strong", "code", "details", "summary")
    }
    assert {attribute for tag in page.find_all(True) for attribute in tag.attrs} == {"class"}
    assert page.p is not None
    assert page.p.get_text() == "Question. Is n - k <b>right</b> & why?"
    assert [tag.get_text() for tag in page.find_all("summary")] == [
        "yes <script>alert(1)</script>",
        "no",
    ]
    assert [tag.get_text() for tag in page.select("details > p")] == [
        "Not quite ✗: one place is missing.",
        'Right ✓: "n − k + 1" counts all places.',
    ]


def test_text_lists_the_options_and_no_answer() -> None:
    lines = repr(SIZE).splitlines()
    assert lines[0].startswith("Question. ")
    assert lines[2] == "  b) no"
    assert len(lines) == 1 + len(SIZE.options)
    assert SIZE.options[1].feedback.startswith("Right ✓: ")


@pytest.mark.parametrize("correct", [0, 2])
def test_exactly_one_option_is_correct(correct: int) -> None:
    options = [Option(text, because="", correct=i < correct) for i, text in enumerate("ab")]
    with pytest.raises(ValueError, match=f"has {correct} correct options; expected exactly one"):
        question("Which?", options)
