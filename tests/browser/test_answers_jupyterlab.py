"""A chapter's guesses, answers and question boxes in real JupyterLab: nothing is open at first.

A proof, for it starts a JupyterLab: `make proofs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import jupyterlab
from tests.patience import MILLISECONDS

pytestmark = [pytest.mark.browser, pytest.mark.proof]

BOOK = Path(__file__).parents[2] / "book"
CALLS = re.compile(r"exercises\.(ask|guess|question|solution)\(")


def asking() -> nbformat.NotebookNode:
    """Return *Convolution* with the cells alone that ask or solve something."""
    notebook = nbformat.read(BOOK / "convolution.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if CALLS.search(cell.source)]
    return notebook


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with jupyterlab.serve(tmp_path_factory.mktemp("lab"), asking()) as address:
        yield address


@pytest.fixture(params=["trusted", "untrusted"])
def page(request: pytest.FixtureRequest, browser: Browser, lab: str) -> Iterator[Page]:
    # So high that every cell is in view: JupyterLab takes away what is not.
    opened = browser.new_context(viewport={"width": 1200, "height": 9000}).new_page()
    opened.set_default_timeout(MILLISECONDS)
    opened.goto(f"{lab}/doc/tree/{request.param}.ipynb")
    opened.locator(".jp-OutputArea-output").nth(len(asking().cells) - 1).wait_for()
    if request.param == "trusted":
        opened.locator("cnnbook-answer .app").last.wait_for()
    yield opened
    opened.context.close()


def test_nothing_is_open_at_first(page: Page) -> None:
    stored = sum(
        re.sub(r"<script>.*?</script>", "", cell.outputs[0].data["text/html"], flags=re.S).count(
            "<details"
        )
        for cell in asking().cells
    )
    folds = page.locator(".jp-OutputArea-output details")
    assert folds.count() == stored
    assert page.locator(".jp-OutputArea-output details[open]").count() == 0
    expect(page.get_by_text("Guess first.").locator("visible=true").first).to_be_visible()
    seen = page.locator(".jp-Notebook").inner_text()
    assert not re.search(r"Right( ✓|: )|Not quite ✗|Not yet: ", seen)
    # No cell's code either: it computes what is to be guessed.
    assert "with exercises.guess" not in seen


def test_a_fold_opens(page: Page) -> None:
    fold = page.locator("details", has_text="seven products are +1")
    fold.locator("summary").click()
    expect(fold.get_by_text("seven products are +1")).to_be_visible()


@pytest.mark.parametrize("page", ["trusted"], indirect=True)
def test_a_typed_answer_is_checked_and_no_command_of_the_notebook(page: Page) -> None:
    asked = page.locator('cnnbook-answer[asked*=\'"name":"sides_through_a_stack"\']')
    count = page.locator(".jp-Cell").count()
    asked.get_by_label("Your answer").click()
    page.keyboard.type("dd24")  # d d deletes a cell, for JupyterLab
    page.keyboard.press("Enter")
    expect(asked.get_by_role("status")).to_contain_text("this cannot be read")
    asked.get_by_label("Your answer").fill("24")
    page.keyboard.press("Enter")
    expect(asked.get_by_role("status")).to_contain_text("Right: ")
    assert page.locator(".jp-Cell").count() == count
