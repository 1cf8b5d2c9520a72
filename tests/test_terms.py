"""The glossary's directive (book/_ext/terms.py), and the language of Chinese words (chinese.py)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

import chinese
import terms


def row(english: str, words: str = "步长") -> list[nodes.Element]:
    link = nodes.reference("", "Padding", refuri="padding.html")
    cells = [[nodes.Text(english)], [nodes.Text(words)], [nodes.Text("what")], [link]]
    return [nodes.paragraph("", "", *cell) for cell in cells]


@pytest.mark.parametrize(
    ("term", "letter", "place"),
    [
        ("stride", "S", "term-stride"),
        ('"same" padding', "S", "term-same-padding"),
        ("batch, mini-batch", "B", "term-batch-mini-batch"),
        ("ReLU", "R", "term-relu"),
    ],
)
def test_a_term_has_its_letter_and_its_place(term: str, letter: str, place: str) -> None:
    assert terms.letter(row(term)) == letter
    assert terms.place(term) == place


def test_an_entry_holds_term_words_meaning_and_chapter() -> None:
    group = terms.of_letter("S", [row("stride")])
    assert group["ids"] == ["terms-s"]
    (entry,) = group.findall(nodes.definition_list_item)
    assert entry.astext().split("\n\n") == ["stride 步长", "what. Padding"]


def test_the_box_is_hidden_until_its_script_runs_and_counts() -> None:
    box = BeautifulSoup(terms.find(7), "html.parser")
    assert box.div.has_attr("hidden")
    assert box.label["for"] == box.input["id"]
    assert box.find(role="status").text == "7 terms"
    assert "{some}" in box.find(role="status")["data-some"]


def test_chinese_words_get_their_language_and_code_stays() -> None:
    code = nodes.literal_block("", "print('池化')")
    page = nodes.section("", nodes.paragraph("", "pooling (池化, 汇聚) and ReLU"), code)
    chinese.mark(SimpleNamespace(builder=SimpleNamespace(format="html")), page, "page")
    marked = [node.astext() for node in page.findall(nodes.inline)]
    assert marked == ["池化", "汇聚"]
    assert all(node["classes"] == ["language-zh"] for node in page.findall(nodes.inline))
    assert page.astext() == "pooling (池化, 汇聚) and ReLU\n\nprint('池化')"
