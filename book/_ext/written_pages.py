"""What the extensions share that work on the pages after these were written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sphinx.application import Sphinx


def after_build(app: Sphinx, finish: Callable[[Path], None]) -> dict[str, bool]:
    """Call `finish` with the folder of the pages when they stand; return what `setup` returns."""

    def finished(app: Sphinx, exception: Exception | None) -> None:
        if exception is None and app.builder.format == "html":
            finish(Path(app.outdir))

    app.connect("build-finished", finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def pages_of(output: Path) -> Iterator[Path]:
    """Return every page of a folder; what lies in _static is none."""
    return (page for page in output.rglob("*.html") if not page.is_relative_to(output / "_static"))


def rewrite(output: Path, change: Callable[[str, Path], str]) -> None:
    """Replace the text of every page by what `change` makes of it, given the page's path too."""
    rewrite_each(pages_of(output), change)


def rewrite_each(pages: Iterable[Path], change: Callable[[str, Path], str]) -> None:
    """Do the same with these pages alone."""
    for page in pages:
        before = page.read_text(encoding="utf-8")
        after = change(before, page)
        if after != before:
            page.write_text(after, encoding="utf-8", newline="\n")
