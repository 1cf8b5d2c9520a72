"""Answers on the page: the script gives Python's verdict and hint, on every exercise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from cnnbook.exercises import Answer, page
from cnnbook.exercises.texts import chapters
from tests.exercises.spellings import UNREADABLE, spellings, wrong_ones
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

VERDICTS = """([asked, texts]) =>
  texts.map((text) => cnnbookDiagrams.verdict(asked, text.trim()).text)"""
ANSWERS = [
    pytest.param(exercise, id=f"{exercises.chapter}-{exercise.name}")
    for exercises in chapters()
    for exercise in exercises
    if isinstance(exercise, Answer)
]


@pytest.fixture(scope="module")
def scripted(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    opened.set_default_timeout(MILLISECONDS)
    opened.set_content(f"<!doctype html><title>Answers</title><script>{page.script()}</script>")
    yield opened
    opened.close()


@pytest.mark.parametrize("exercise", ANSWERS)
def test_page_and_python_say_the_same(scripted: Page, exercise: Answer) -> None:
    if exercise.kind is str:
        texts = list(exercise.choices)
    else:
        texts = [*spellings(exercise.expected(), exercise.unit), *UNREADABLE]
        for mistake in exercise.hints:
            texts += list(spellings(mistake.wrong(), exercise.unit))[:2]
        texts += wrong_ones(exercise, np.random.default_rng(1))
    python = [exercise.verdict(text) for text in texts]
    assert scripted.evaluate(VERDICTS, [exercise.asked(), texts]) == python
    assert any(said.startswith("Right: ") for said in python)
