"""The diagrams in real JupyterLab: alive in a trusted notebook, a table in one that is not.

A proof, for it starts a JupyterLab: `make proofs`.
"""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cnnbook import diagrams
from tests.browser import jupyterlab
from tests.patience import MILLISECONDS

pytestmark = [pytest.mark.browser, pytest.mark.proof]

MADE = [
    diagrams.convolution(),
    diagrams.channels(),
    diagrams.pooling(),
    diagrams.sizes(),
    diagrams.backward(),
    diagrams.descent(),
    diagrams.network(),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Store every diagram as the output of a cell, as a run would, and start a JupyterLab."""
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    for number, made in enumerate(MADE, 1):
        data = {"text/html": made._repr_html_(), "text/plain": repr(made)}
        output = nbformat.v4.new_output("execute_result", data, execution_count=number)
        source = f"diagrams.{made.name}()"
        cell = nbformat.v4.new_code_cell(source, execution_count=number, outputs=[output])
        notebook.cells.append(cell)
    with jupyterlab.serve(tmp_path_factory.mktemp("lab"), notebook) as address:
        yield address


def notebook(browser: Browser, lab: str, name: str) -> Page:
    # So high that every cell is in view: JupyterLab takes away what is not.
    page = browser.new_context(viewport={"width": 1200, "height": 6000}).new_page()
    page.set_default_timeout(MILLISECONDS)
    page.goto(f"{lab}/doc/tree/{name}.ipynb")
    page.locator(".jp-OutputArea-output").nth(len(MADE) - 1).wait_for()
    return page


@pytest.fixture
def trusted(browser: Browser, lab: str) -> Iterator[Page]:
    page = notebook(browser, lab, "trusted")
    page.locator("cnnbook-sizes .app").wait_for()
    yield page
    page.context.close()


def test_untrusted_shows_every_number_as_a_table(browser, lab):
    page = notebook(browser, lab, "untrusted")
    assert page.locator(".app").count() == 0
    for output, made in zip(page.locator(".jp-OutputArea-output").all(), MADE, strict=True):
        expect(output.get_by_text(made.summary)).to_be_visible()
        for shown, table in zip(output.locator("table").all(), made.tables, strict=True):
            expect(shown).to_be_visible()
            assert shown.locator("caption").text_content() == table.caption
            cells = shown.locator("td").all_inner_texts()
            expected = [text for row in table.rows[table.headed :] for text in row]
            if table.headed:
                cells = shown.locator("td, tr:not(:first-child) th").all_inner_texts()
            assert [text for text in cells if text] == expected
    page.context.close()


def cell(element: Locator, label: str, row: int, column: int) -> Locator:
    rows = element.get_by_role("grid", name=label, exact=True).get_by_role("row")
    return rows.nth(row).get_by_role("gridcell").nth(column)


def test_trusted_shows_the_numbers_of_python(trusted):
    labels = {"convolution": "Output", "channels": "Output 0", "pooling": "Output"}
    labels["backward"] = "Gradient of the kernel"
    by_name = {made.name: made for made in MADE}
    for name, label in labels.items():
        made = by_name[name]
        element = trusted.locator(f"cnnbook-{name}")
        element.get_by_role("button", name="All").click()
        grid = element.get_by_role("grid", name=label, exact=True)
        captions = {table.caption: table.rows for table in made.tables}
        rows = captions[{"Output 0": "output channel 0"}.get(label, label[0].lower() + label[1:])]
        assert grid.get_by_role("gridcell").all_inner_texts() == [n for row in rows for n in row]
    facts = trusted.locator("cnnbook-sizes .facts").last.locator("b").all_inner_texts()
    assert facts == by_name["sizes"].tables[0].rows[-1][1:]
    element = trusted.locator("cnnbook-descent")
    element.get_by_role("button", name="All", exact=True).click()
    for row, table in zip(
        element.locator(".app tbody tr").all(), by_name["descent"].tables, strict=True
    ):
        assert row.locator("td").all_inner_texts() == table.rows[-1][1:]


def test_the_network_is_drawn_on_in_jupyterlab(trusted):
    element = trusted.locator("cnnbook-network")
    bars = element.locator(".shares button")
    rows = next(made for made in MADE if made.name == "network").tables[-1].rows[1:]
    assert [bar.get_attribute("aria-label") for bar in bars.all()] == [
        f"{row[0]}: {row[-1]}" for row in rows
    ]
    element.get_by_role("button", name="Clear").click()
    cells = trusted.locator(".jp-Notebook-cell").count()
    pad = element.get_by_role("application", name="Draw here")
    pad.focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "b", "x", "d", "d"):
        trusted.keyboard.press(key)
    assert element.evaluate("(e) => e.state.x.some(Boolean)")
    box = pad.bounding_box()
    before = element.evaluate("(e) => e.state.x.reduce((a, b) => a + b)")
    trusted.mouse.move(box["x"] + 100, box["y"] + 60)
    trusted.mouse.down()
    trusted.mouse.move(box["x"] + 200, box["y"] + 200, steps=5)
    trusted.mouse.up()
    assert element.evaluate("(e) => e.state.x.reduce((a, b) => a + b)") > before
    assert trusted.locator(".jp-Notebook-cell").count() == cells


def test_keys_go_to_the_diagram_and_not_to_the_notebook(trusted):
    element = trusted.locator("cnnbook-convolution")
    cells = trusted.locator(".jp-Notebook-cell")
    before = cells.count()
    cell(element, "Input", 1, 1).click()
    # In JupyterLab's command mode b inserts a cell, x cuts one, dd deletes one.
    for key in ("b", "x", "d", "d", "ArrowRight", "7", "Enter"):
        trusted.keyboard.press(key)
    assert cell(element, "Input", 1, 2).inner_text().startswith("7")
    element.get_by_text("Edit as text").click()
    area = element.locator("details textarea").first
    area.click()
    trusted.keyboard.press("Control+a")
    trusted.keyboard.type("1 2 3\n4 5 6\n7 8 9")
    area.blur()
    assert cell(element, "Input", 0, 0).inner_text().startswith("1")
    assert cells.count() == before


def test_mouse_points_in_jupyterlab(trusted):
    element = trusted.locator("cnnbook-pooling")
    cell(element, "Output", 1, 1).hover()
    expect(element.locator(".sum")).to_contain_text("y[1, 1] = max(1, 4, 0, 3) = 4")


def test_dark_follows_jupyterlab(trusted):
    app = trusted.locator("cnnbook-convolution .app")
    expect(app).not_to_have_class("app dark")
    trusted.evaluate("document.body.dataset.jpThemeLight = 'false'")
    expect(app).to_have_class("app dark")
