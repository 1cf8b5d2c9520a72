"""Make slides of chapters: pictures, guesses, questions and diagrams, each on a slide of its own.

`python -m book._tools.slides pooling gpu` writes `_build/slides/pooling.html` and `gpu.html`, and
beside them, in `parts/`, what these load: reveal.js from the package sphinx-revealjs, and the style
and fonts of formulas.
Without names it makes all chapters. They open from disk. What a chapter says between two pictures
becomes a slide's speaker notes (key S).
"""

from __future__ import annotations

import argparse
import base64
import html
import importlib.util
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from book._tools import contents

sys.path.append(str(contents.ROOT / "book" / "_ext"))
import formulas

TARGET = contents.ROOT / "_build" / "slides"
ASKED = re.compile(r"exercises\.(guess|question)\(")
HEADING = re.compile(r"^##+ (.+)$", re.MULTILINE)
SCRIPT_OF_OURS = re.compile(r"<script>.*?</script>", re.DOTALL)
DIAGRAM = re.compile(r"<cnnbook-(?!answer|guess)\w+ ")

# Text scrolls where a slide is too small for it; a guess is enlarged, for its page is read from
# nearer than a wall.
STYLE = """
:root { font: 24px/1.4 system-ui, sans-serif; color: #1c1e21; background: #fff; }
.reveal .slides > section { height: 100%; overflow-y: auto; text-align: left; }
.reveal .slides > section { padding: 2vh 4vw 9vh; box-sizing: border-box; }
h1 { font-size: 1.9em; margin: 18vh 0 .6em; line-height: 1.15; }
h2 { font-size: 1.2em; margin: 0 0 .6em; color: #1f3a5f; }
strong, th { font-weight: 600; }
p, ul, ol, pre, table { margin: 0 0 .6em; }
ul, ol { padding-left: 1.5em; }
ol { list-style: decimal; }
figure img { display: block; width: 100%; max-height: 76vh; object-fit: contain; }
pre, code { font: .8em/1.35 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; }
th, td { padding: .2em .7em; border-bottom: 1px solid #d5d8dd; text-align: left; }
cnnbook-guess { zoom: 1.4; }
cnnbook-guess pre { font-size: 14px; }
cnnbook-guess img { max-height: 44vh; max-width: 100%; }
summary { cursor: pointer; padding: .2em 0; }
.controls, .progress { color: #1f3a5f; }
"""
# The window's own size, for a diagram that is scaled would not know where it is pressed; and no
# key of a diagram or of a field turns the page.
SCRIPT = """
Reveal.initialize({
  disableLayout: true, hash: true, slideNumber: "c/t", transition: "none", center: false,
  keyboardCondition: () => !document.activeElement?.localName.startsWith("cnnbook-"),
  plugins: [RevealNotes],
});
"""

TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slides: {{ title }}</title>
<link rel="stylesheet" href="parts/reveal/dist/reset.css">
<link rel="stylesheet" href="parts/reveal/dist/reveal.css">
<link rel="stylesheet" href="parts/formulas.css">
<style>{{ style }}</style>
</head>
<body>
<div class="reveal"><div class="slides">
<section><h1>{{ title }}</h1>{{ question }}</section>
{% for slide in slides %}<section><h2>{{ slide.heading }}</h2>
{{ slide.shown }}
<aside class="notes">{{ slide.notes }}</aside></section>
{% endfor %}<section><h2>Summary</h2>{{ summary }}</section>
</div></div>
{{ scripts }}
<script src="parts/reveal/dist/reveal.js"></script>
<script src="parts/reveal/plugin/notes/notes.js"></script>
<script>{{ script }}</script>
</body>
</html>
"""


@dataclass(frozen=True)
class Slide:
    """One slide, in HTML."""

    heading: str
    shown: str
    notes: str


def reader() -> MarkdownIt:
    """Return what makes HTML of Markdown, formulas as Sphinx writes them."""

    def formula(text: str, options: dict[str, Any]) -> str:
        kind, start, end = (
            ("div", "\\[", "\\]") if options["display_mode"] else ("span", "\\(", "\\)")
        )
        source = html.escape(f"{start}{text}{end}")
        return f'<{kind} class="math notranslate nohighlight">{source}</{kind}>'

    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=formula)


def written(markdown: str) -> str:
    """Return Markdown as HTML, without links: they lead to pages that do not lie beside."""
    return str(reader().render(re.sub(r"(?<!!)\[([^\]]+)\]\([^)]+\)", r"\1", markdown)))


def picture(cell: Any) -> str:
    """Return a cell's picture, as a drawing if it is one, or nothing."""
    for output in cell.outputs:
        data = output.get("data", {})
        for kind in ("image/svg+xml", "image/png"):
            if kind not in data:
                continue
            content = data[kind].replace("\n", "")
            if kind == "image/svg+xml":
                content = base64.b64encode(data[kind].encode()).decode()
            alt = html.escape(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))
            return f'<figure><img src="data:{kind};base64,{content}" alt="{alt}"></figure>'
    return ""


def html_of(cell: Any) -> str:
    """Return what a cell shows as HTML, with its scripts."""
    return "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)


def shown(cell: Any) -> str:
    """Return what a cell puts on a slide, or nothing."""
    made = html_of(cell)
    if ASKED.search(cell.source) or DIAGRAM.search(made):
        return SCRIPT_OF_OURS.sub("", made)
    return picture(cell)


def lead_in(notes: list[str]) -> str:
    """Return the last paragraph before a question: what it asks about."""
    paragraphs = "\n\n".join(notes).split("\n\n")
    last = paragraphs[-1]
    return "" if last.startswith(("#", "*The figure")) else last


def slides(notebook: Any) -> list[Slide]:
    """Return a chapter's slides, without its title and its summary."""
    heading, notes = notebook.cells[0].source.split("\n")[0].removeprefix("# "), []
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            if cell.source.startswith("## Summary") or "\n## Summary\n" in cell.source:
                break
            heading = (HEADING.findall(cell.source) or [heading])[-1]
            notes.append(cell.source)
        elif there := shown(cell):
            before = written(lead_in(notes)) if "exercises.guess(" in cell.source else ""
            title = reader().renderInline(heading)
            found.append(Slide(title, before + there, written("\n\n".join(notes))))
            notes = []
    return found


def scripts(notebook: Any) -> str:
    """Return every script once. They stand last: a guess is made when all of it has been read."""
    found = [SCRIPT_OF_OURS.findall(html_of(c)) for c in notebook.cells if c.cell_type == "code"]
    return "".join(dict.fromkeys(script for of_cell in found for script in of_cell))


def summary(notebook: Any) -> str:
    """Return what one can do now, and the questions to keep."""
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    said = text.split("\n## Summary\n")[1].split("**The workshop**")[0]
    return written(said)


def page(chapter: Path) -> str:
    """Return the page of a chapter's slides."""
    notebook = nbformat.read(chapter, as_version=4)
    title, question = notebook.cells[0].source.removeprefix("# ").split("\n\n")[:2]
    environment = Environment(autoescape=False)  # all that goes in is HTML of ours
    return environment.from_string(TEMPLATE).render(
        title=html.escape(title),
        question=written(question),
        style=STYLE,
        script=SCRIPT,
        slides=slides(notebook),
        summary=summary(notebook),
        scripts=scripts(notebook),
    )


def copy_parts(target: Path) -> None:
    """Put what the slides load beside them."""
    package = importlib.util.find_spec("sphinx_revealjs")
    if package is None or package.origin is None:
        raise SystemExit("make slides needs sphinx-revealjs: pip install sphinx-revealjs")
    reveal = Path(package.origin).parent / "_static" / "revealjs"
    for part in ("dist", "plugin/notes"):
        shutil.copytree(
            reveal / part,
            target / "reveal" / part,
            ignore=shutil.ignore_patterns("*.map", "*.esm.js", "*.mjs", "theme"),
            dirs_exist_ok=True,
        )
    shutil.copy(reveal / "LICENSE", target / "reveal")


def make(chapters: list[Path], target: Path = TARGET) -> list[Path]:
    """Write the slides of these chapters, and return where they are."""
    copy_parts(target / "parts")
    made = [target / f"{chapter.stem}.html" for chapter in chapters]
    for chapter, path in zip(chapters, made, strict=True):
        path.write_text(page(chapter), encoding="utf-8", newline="\n")
    formulas.set_all(made, target / "parts")
    return made


def main() -> None:
    """Make the slides of the chapters that the command line names, or of all."""
    known = {path.stem: path for path in contents.second_edition()}
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("chapter", nargs="*", choices=[*known, []], help="all without any")
    names = parser.parse_args().chapter or list(known)
    for path in make([known[name] for name in names]):
        print(path.relative_to(contents.ROOT))


if __name__ == "__main__":
    main()
