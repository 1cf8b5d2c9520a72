"""Open the notebooks in JupyterLab as the reader's own copies, so that git sees no change.

The copies lie in my-book/, beside a notebook that lists the chapters in reading order. A file that
is there already stays as it is: the reader's work is never overwritten. The copies are signed, as
`jupyter trust` would do it, so that JupyterLab shows the stored diagrams alive.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from contents import Page, pages

ROOT = Path(__file__).resolve().parents[2]
START = "start_here.ipynb"
WELCOME = """\
# Start here

These are your own copies of the book's notebooks: change and run what you like.

- Click a chapter below; a workshop is what you do after its chapter. **Shift+Enter** runs a cell
  and goes to the next one. Begin at the top: a cell may need what those above it have made.
  *Run*, *Run All Cells* does all of it.
- Where the text says "step through it" and you see tables instead of a diagram, run the cell.
- To have a chapter as it was, delete your copy and start `make lab` again.

The book's pages, for reading, are what `make book` builds.
"""


def copy(target: Path, root: Path = ROOT) -> None:
    """Copy the notebooks, and the pages that they link to, where there is no copy yet."""
    sources = [root / "index.md", *sorted((root / "book").rglob("*"))]
    for source in sources:
        name = source.relative_to(root)
        tools = any(part.startswith((".", "_")) and part != "_static" for part in name.parts)
        copied = target / name
        if tools or copied.exists() or source.suffix not in (".ipynb", ".md", ".png"):
            continue
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copied)
        if source.suffix == ".ipynb":
            NotebookNotary().sign(nbformat.read(copied, as_version=4))


def start(root: Path = ROOT) -> nbformat.NotebookNode:
    """Return the notebook that lists all others in the order of _toc.yml."""
    lines, part = [WELCOME], None
    for page in pages(root):
        if not page.notebook(root).exists():
            continue
        if page.part != part:
            part = page.part
            lines.append(f"\n## {part}\n")
        lines.append(_item(root, page))
    cell = nbformat.v4.new_markdown_cell("\n".join(lines), id="start")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})


def _item(root: Path, page: Page) -> str:
    cells = nbformat.read(page.notebook(root), as_version=4).cells
    title = cells[0].source.splitlines()[0].removeprefix("# ")
    below = "   - " if page.chapter else "1. "  # a workshop, below its chapter
    return f"{below}[{title}]({page.name}.ipynb)"


def main() -> None:
    """Copy, and start JupyterLab on the list of chapters; arguments are JupyterLab's."""
    from jupyterlab.labapp import LabApp

    target = ROOT / "my-book"
    copy(target)
    nbformat.write(start(), target / START)
    print("Your copies of the notebooks are in my-book/. Ctrl-C, twice, ends this.", flush=True)
    os.chdir(target)
    LabApp.launch_instance([START, *sys.argv[1:]])


if __name__ == "__main__":
    main()
