"""Each implement exercise says where to solve it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

import opened_exercises
from contents import notebooks, pages

NAME = "book/workshop/pooling"


def test_the_link_leads_to_the_exercise_on_colab() -> None:
    line = opened_exercises.open_it(NAME, "x1f", "https://github.com/anna/cnn", "main")
    link = BeautifulSoup(line, "html.parser").a
    assert link["href"] == (
        "https://colab.research.google.com/github/anna/cnn/blob/main/"
        "book/workshop/pooling.ipynb#scrollTo=x1f"
    )
    assert "workshop/pooling.ipynb" in line


def test_without_an_address_there_is_no_link() -> None:
    line = opened_exercises.open_it(NAME, "x1f", opened_exercises.UNSET, "main")
    assert "<a" not in line
    assert "make lab" in line


@pytest.mark.parametrize("file", notebooks(), ids=lambda file: file.stem)
def test_the_cells_are_those_of_the_exercises(file: Path) -> None:
    cells = nbformat.read(file, as_version=4).cells
    titles = {cell.id for cell in cells if ". Implement: " in cell.source}
    assert set(opened_exercises.cells(file).values()) == titles


def test_the_built_pages_say_it(site: Path) -> None:
    for page in pages():
        if page.notebook().exists():
            html = (site / f"{page.name}.html").read_text("utf-8")
            titles = re.findall(r"<h3>\d+\. Implement: (?:(?!</h3>).)*</h3>", html)
            lines = re.findall(r'Implement: (?:(?!</h3>).)*</h3><p class="cnnbook-open">', html)
            assert len(lines) == len(titles) == len(opened_exercises.cells(page.notebook()))
