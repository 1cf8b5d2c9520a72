"""The second edition's budgets, measured: what a page asks of its reader, and how it fits a screen.

As a program it prints the table of chapters: `python -m tests.anatomy`, or with names of pages,
`python -m tests.anatomy convolution pooling`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import nbformat

from book._tools import contents

#: What a chapter may be, at most (or, of guesses, from and to).
WORDS, CELLS, SCREENS, COLUMNS = 2500, 20, 18, 78
GUESSES = (4, 6)
WORDS_A_MINUTE = 150
ASKING = re.compile(r"exercises\.(ask|guess|question|solution)\(")
DIAGRAM = re.compile(r"<cnnbook-(?!answer|guess)\w+ ")
STATED = re.compile(r"[Aa]bout (\d+) minutes")

# How a page fits: run in the page, with its formulas set.
FIT = """() => {
  const article = document.querySelector("article");
  const first = article.querySelector(
    "img, cnnbook-convolution, cnnbook-channels, cnnbook-pooling, cnnbook-sizes, " +
    "cnnbook-network, cnnbook-descent, cnnbook-backward, " +
    "cnnbook-photo, cnnbook-frequency");
  const box = first?.getBoundingClientRect();
  // Of a diagram counts what moves, not what is folded away or written out below it. Of a network
  // that is the pad, where the reader draws.
  const parts = {
    "cnnbook-photo": "canvas", "cnnbook-network": "canvas", "cnnbook-descent": ".plot",
    "cnnbook-sizes": ".strip",
  };
  const part = parts[first?.localName] ?? ".grids";
  const moves = first?.shadowRoot?.querySelector(part);
  const shown = moves?.getBoundingClientRect() ?? box;
  // Code and what it prints: boxes that scroll sideways, unless folded away.
  const cut = [...article.querySelectorAll(".cell_input pre, .cell_output pre")]
    .filter((e) => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.textContent.split("\\n").sort((a, b) => b.length - a.length)[0]);
  return {
    height: article.getBoundingClientRect().height,
    top: box ? box.top + scrollY : null,
    bottom: box ? shown.bottom + scrollY : null,
    cut,
  };
}"""


def read(path: Path) -> Any:
    """Return a notebook."""
    return nbformat.read(path, as_version=4)


def code_cells(notebook: Any) -> list[Any]:
    """Return the cells with code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook: Any) -> str:
    """Return the text between the code."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def html(cell: Any) -> str:
    """Return what a cell shows as HTML, without scripts."""
    shown = "\n".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
    return re.sub(r"<script>.*?</script>", "", shown, flags=re.DOTALL)


def calls(notebook: Any, what: str) -> list[Any]:
    """Return the cells that ask, guess, and so on."""
    return [cell for cell in code_cells(notebook) if f"exercises.{what}(" in cell.source]


def visible(notebook: Any) -> list[Any]:
    """Return the cells whose code stands in view."""
    hidden = {"remove-cell", "remove-input", "hide-input"}
    return [
        cell for cell in code_cells(notebook) if not hidden & set(cell.metadata.get("tags", []))
    ]


def words(notebook: Any) -> int:
    """Count what is read: prose, a formula as one word, and what questions say, open or folded.

    Not code, nor what it prints, nor the list of sources.
    """
    text = markdown(notebook).split("**Sources.**")[0]
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]+`", " formula ", text, flags=re.DOTALL)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    for cell in code_cells(notebook):
        if ASKING.search(cell.source):
            said = re.sub(r"<pre>.*?</pre>|<summary>Show.*?</summary>", " ", html(cell), flags=re.S)
            text += " " + re.sub(r"<cnnbook-\w+ .*?'>|<[^>]+>", " ", said, flags=re.DOTALL)
    return len(re.findall(r"\w+(?:[’'.,×-]\w+)*", text))


def diagrams(notebook: Any) -> int:
    """Count the diagrams that the reader moves."""
    return sum(len(DIAGRAM.findall(html(cell))) for cell in code_cells(notebook))


def minutes(notebook: Any) -> int:
    """Return how long reading and answering takes, to the nearest five minutes."""
    asked = len(calls(notebook, "guess")) + len(calls(notebook, "ask")) + diagrams(notebook)
    return 5 * round((words(notebook) / WORDS_A_MINUTE + asked) / 5)


def fit(browser: Any, page: str, width: int, height: int = 900) -> dict[str, Any]:
    """Open a built page in a window of this size and measure it."""
    opened = browser.new_page(viewport={"width": width, "height": height})
    opened.goto(page)
    opened.evaluate("document.fonts.ready.then(() => null)")
    found = opened.evaluate(FIT)
    opened.close()
    return found


def main() -> None:
    """Print the table of pages."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import chromium_flags, find_chromium
    from tests.conftest import SITE

    names = sys.argv[1:] or [contents.short_name(path) for path in contents.second_edition()]
    print("page | words | code cells | guesses | screens 1440, 390 | first picture | cut | minutes")
    with sync_playwright() as playwright:
        path = find_chromium()
        browser = playwright.chromium.launch(executable_path=path, args=chromium_flags())
        for name in names:
            notebook = read(contents.ROOT / "book" / f"{name}.ipynb")
            page = (SITE / "book" / f"{name}.html").as_uri()
            wide, laptop, phone = (fit(browser, page, width) for width in (1440, 1200, 390))
            cut = ", ".join(str(len(seen["cut"])) for seen in (wide, laptop, phone))
            print(
                f"{name} | {words(notebook)} | {len(visible(notebook))} | "
                f"{len(calls(notebook, 'guess'))} | "
                f"{wide['height'] / 900:.1f}, {phone['height'] / 900:.1f} | "
                f"{wide['top']:.0f}, {phone['top']:.0f} px | {cut} | {minutes(notebook)}"
            )
        browser.close()


if __name__ == "__main__":
    main()
