"""Below the title of each *implement* exercise: where to solve it, on Colab or at home.

The link to Colab leads to the exercise itself, by the id of its cell. While no address is set
(book/_tools/address.py) there is none.
"""

from __future__ import annotations

import json
import re
import sys
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

sys.path.append(str(Path(__file__).resolve().parents[1] / "_tools"))
from address import UNSET

_TITLE = re.compile(r"<h3>(\d+)\. Implement: .*?</h3>", re.DOTALL)
_HEADING = re.compile(r"^### (\d+)\. Implement: ", re.MULTILINE)


def cells(notebook: Path) -> dict[str, str]:
    """Return the id of the cell of each implement exercise, by the exercise's number."""
    found = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for number in _HEADING.findall("".join(cell["source"])):
            found[number] = cell["id"]
    return found


def open_it(name: str, cell: str, repository: str, branch: str) -> str:
    """Return the line that says where to solve an exercise of a page."""
    file = f"{name}.ipynb"
    home = f"<code>make lab</code>, then <code>{escape(file.removeprefix('book/'))}</code>"
    if repository == UNSET:
        return f'<p class="cnnbook-open">Solve it in JupyterLab: {home}.</p>'
    place = f"{repository.removeprefix('https://github.com/')}/blob/{branch}/{file}"
    colab = f"https://colab.research.google.com/github/{place}#scrollTo={cell}"
    link = f'<a href="{escape(colab)}">Solve it on Colab</a>'
    return f'<p class="cnnbook-open">{link}, or in JupyterLab: {home}.</p>'


def lead(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Put the line below each title."""
    notebook = Path(app.srcdir) / f"{pagename}.ipynb"
    if not notebook.exists():
        return
    options, places = app.config.html_theme_options, cells(notebook)

    def with_line(match: re.Match[str]) -> str:
        where = options["repository_url"], options["repository_branch"]
        return match[0] + open_it(pagename, places[match[1]], *where)

    context["body"] = _TITLE.sub(with_line, context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("html-page-context", lead)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
