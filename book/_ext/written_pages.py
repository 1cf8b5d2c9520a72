"""What the extensions share that work on the pages after these were written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx


def after_build(app: Sphinx, finish: Callable[[Path], None]) -> dict[str, bool]:
    """Call `finish` with the folder of the pages when they stand; return what `setup` returns."""

    def finished(app: Sphinx, exception: Exception | None) -> None:
        if exception is None and app.builder.format == "html":
            finish(Path(app.outdir))

    app.connect("build-finished", finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def rewrite(output: Path, change: Callable[[str, Path], str]) -> None:
    """Replace the text of every page by what `change` makes of it, given the page's path too."""
    for page in output.rglob("*.html"):
        if page.is_relative_to(output / "_static"):
            continue
        before = page.read_text(encoding="utf-8")
        after = change(before, page)
        if after != before:
            page.write_text(after, encoding="utf-8", newline="\n")
