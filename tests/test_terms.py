"""The glossary's directive (book/_ext/terms.py), and the language of Chinese words (chinese.py)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from bs4.element import PreformattedString
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


def test_chinese_words_get_their_language_and_all_else_stays() -> None:
    text = "<p>pooling (池化, 汇聚) and <b>步长、步幅</b></p>"
    marked = chinese.mark(text)
    zh = '<span lang="zh">{}</span>'
    assert marked == (
        f"<p>pooling ({zh.format('池化')}, {zh.format('汇聚')}) and "
        f"<b>{zh.format('步长、步幅')}</b></p>"
    )
    assert chinese.mark(marked) == marked
    for stays in (
        "<pre>print('池化')</pre>",
        "<title>池化</title>",
        "<script>const a = '<b>池化</b>';</script>",
        '<img alt="池化">',
        '<input lang="zh-CN" value="池化">',
        "<svg><text>池化</text></svg>",
    ):
        assert chinese.mark(stays) == stays


def test_every_chinese_word_of_the_built_pages_has_its_language(site: Path) -> None:
    han = re.compile("[一-鿿]")
    count = 0
    for path in site.rglob("*.html"):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for text in page.find_all(string=han):
            if isinstance(text, PreformattedString) or text.find_parent(
                ["script", "style", "title", "svg", "option", "pre", "code"]
            ):
                continue
            count += 1
            assert text.find_parent(lang=re.compile("^zh")), (path.name, text)
    assert count > 400


def test_the_stylesheet_closes_what_it_opens() -> None:
    style = (Path(__file__).parents[1] / "book/_static/book.css").read_text(encoding="utf-8")
    assert style.count("{") == style.count("}")
