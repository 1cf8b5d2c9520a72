"""Every text that a diagram shows is said through the one door, where a translator finds it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from cnnbook import diagrams
from cnnbook.diagrams import base
from cnnbook.diagrams.catalogue import (
    catalogue,
    said_by_python,
    said_by_script,
    said_in_javascript,
)
from cnnbook.words import edition

SCRIPTS = sorted(base.HERE.rglob("*.js"))
MODULES = sorted(base.HERE.parent.glob("*.py"))
STRING = r'"(?:\\.|[^"\\\n])*"'
LITERAL = rf"(?:{STRING}|`[^`]*`)"
SAID = re.compile(rf"\bsay(?:Parts)?\(\s*{STRING}(?:\s*\+\s*{STRING})*")
#: Where a text becomes visible or audible: it follows one of these.
SHOWN = re.compile(
    r"(?:\b(?:button|labelled|refuse|describe|field|select|slider|entry|preset|fact)\("
    r"|\bthis\.size\(|\bnew Grid\(\"\w+\", |\bel\(\"\w+\", \{[^{}]*\},"
    r"|\.textContent = (?:[^;\"`]*[?:] )?|\"aria-label\"[:,]|\"aria-valuetext\"[:,]"
    rf"|\b(?:title|placeholder):)\s*({LITERAL})"
)
#: Strings that look like prose and are none: classes, keys, imports of Python, the directive.
TECHNICAL = re.compile(rf'class: {LITERAL}|{STRING}: \(\)|"(?:import|from) [^"]*"|"use strict"')
PROSE = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}|^[A-Z][a-z]+\.?$")
KEYS = {"Enter", "Escape", "Home", "End"}


def unsaid(code: str) -> list[str]:
    """Return what is shown and not said, and what else looks like a sentence or a title."""
    code = re.sub(r"^\s*//.*$", "", code, flags=re.MULTILINE)
    code = re.sub(r"\n  code\(\) \{\n.*?\n  \}\n", "", code, flags=re.DOTALL)  # Python's words
    code = TECHNICAL.sub("", SAID.sub("say(", code))
    found = [text for text in SHOWN.findall(code) if words_of(text)]
    for text in re.findall(LITERAL, code):
        if PROSE.search(words_of(text)) and words_of(text) not in KEYS:
            found.append(text)
    return found


def words_of(literal: str) -> str:
    """Return a literal without its quotes and values, or nothing if it has no word."""
    text = re.sub(r"\$\{[^}]*\}", "", literal[1:-1]).strip()
    return text if re.search(r"[^\W\d_]{2}", text) else ""


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: str(file.relative_to(base.HERE)))
def test_what_a_script_shows_is_said(file: Path) -> None:
    assert not unsaid(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "code",
    [
        'el("p", { class: "note" }, "word")',
        'button("Play", act)',
        "labelled(`${name} of it`, field)",
        "this.said.textContent = `row ${row}`;",
        'play.textContent = on ? "pause" : "play";',
        'el("input", { "aria-label": "number" })',
        'node.setAttribute("aria-label", "number")',
        'el("input", { placeholder: "kernel" })',
        'new Grid("input", "input", {})',
        'refuse("no")',
        'const said = "Not so";',
        "return `it is so ${far}`;",
        'static title = "Convolution";',
    ],
)
def test_an_unsaid_text_is_noticed(code: str) -> None:
    assert unsaid(code)


def test_what_is_said_is_found() -> None:
    code = 'say("one"), say(\n  "two " +\n "\\u2026", { n }); sayParts("{a} three", {}) // say'
    assert said_in_javascript(code) == ["one", "two …", "{a} three"]


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: str(file.relative_to(base.HERE)))
def test_scripts_say_literals(file: Path) -> None:
    """Else no translator finds the text."""
    code = re.sub(r"^\s*//.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    calls = re.findall(r"(?<!function )\bsay(?:Parts)?\(", code)
    if file.stem == "say":
        calls.remove("say(")  # its own
    assert len(said_in_javascript(code)) == len(calls)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.name)
def test_modules_say_literals(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
            assert isinstance(node.args[0], ast.Constant), f"{file.name}:{node.lineno}"


def test_the_catalogue_has_every_text() -> None:
    texts = catalogue()
    assert texts == sorted(set(texts))
    assert set(texts) == said_by_python().union(*map(said_by_script, diagrams.__all__[1:]))
    for text in ("Play", "{cell} (padding): {value}", "gradient of the input", "one output sees"):
        assert text in texts
    for text in texts:
        assert text == text.strip()
        assert "{}" not in text
        assert re.fullmatch(r"[^{}]*(\{\w+\}[^{}]*)*", text), text


def test_english_needs_no_words() -> None:
    english = diagrams.pooling()._repr_html_()
    assert " words=" not in english
    with edition({"not a text of diagrams": "…"}):
        assert diagrams.pooling()._repr_html_() == english
    with edition({"Play": "播放", "not a text of diagrams": "…"}):
        html = diagrams.pooling()._repr_html_()
    assert html.replace(""" words='{"Play":"播放"}'""", "") == english


def test_a_diagram_speaks_the_language_it_was_made_in() -> None:
    with edition({"input": "输入", "Play": "播放"}):
        made = diagrams.pooling()
    assert [made.tables[0].caption, "播放" in made._repr_html_()] == ["输入", True]


def test_words_cannot_leave_the_attribute() -> None:
    with edition({"Play": "'><script>"}):
        assert "'><script>" not in diagrams.pooling()._repr_html_().split("</cnnbook")[0]
