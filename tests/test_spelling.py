"""The check of the prose (book/_tools/spelling.py, run by `make check`) sees what it should."""

import pytest

from book._tools import spelling


@pytest.fixture(scope="module")
def speller():
    return spelling.Speller({"im2col", "saliency"})


@pytest.mark.parametrize(
    "word", ["colour", "neighbour", "centre", "organise", "Saliency", "pictures", "don't", "GPU"]
)
def test_good_words_are_taken(speller, word):
    assert speller.fault(word) is None


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("color", "British colour"),
        ("neighbors", "British neighbours"),
        ("teh", "is the meant?"),
        ("convolvolution", "not in the dictionary"),
    ],
)
def test_bad_words_are_refused(speller, word, said):
    assert said in speller.fault(word)


def test_code_and_formulas_are_no_prose(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A title\n\nWords, `codex` and $formulax$ in [a link](adressx.md).\n\n"
        "```python\nprintx(1)\n```\n\nThe reader’s last line.\n",
        encoding="utf-8",
    )
    found = list(spelling.words(spelling.prose(page)))
    assert found == [
        "A",
        "title",
        "Words",
        "and",
        "in",
        "a",
        "link",
        "The",
        "reader",
        "last",
        "line",
    ]
