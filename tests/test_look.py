"""The Sphinx extensions that say how a page may look: prose_outputs, dark_drawings, lost_page."""

from __future__ import annotations

from pathlib import Path

import pytest

import dark_drawings
import lost_page
import prose_outputs

SENTENCE = "conv1d: kernel_size 3 spans 3 pixels, but the input has 2."
COLUMNS = "256 kernels, not pooled: gap          5  3.11 … 8.44"
PRINTED = (
    '<div class="output stream highlight-myst-ansi notranslate"><div class="highlight">'
    "<pre><span></span>{}\n</pre></div></div>"
)
DRAWING = '<path d="M 0" clip-path="url(#a)" style="{}"/>'


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        (SENTENCE, True),
        (f"short\n{SENTENCE}", True),
        ("short", False),
        (COLUMNS, False),
        (f"{SENTENCE}\na  b", False),
        ("[[[100, 101, 102], [103, 104, 105]], [[106, 107, 108]]]", False),
        ("0.123456 0.234567 0.345678 0.456789 0.567890", False),
    ],
)
def test_sentences_are_prose_and_columns_are_not(text: str, prose: bool) -> None:
    assert prose_outputs.is_prose(text) == prose


def test_prose_is_marked_once_and_the_rest_stays() -> None:
    marked = prose_outputs.mark(PRINTED.format(SENTENCE))
    assert 'class="output stream prose highlight-myst-ansi' in marked
    assert SENTENCE in marked
    assert prose_outputs.mark(marked) == marked
    columns = PRINTED.format(COLUMNS)
    assert prose_outputs.mark(columns) == columns


@pytest.mark.parametrize(
    ("style", "ink"),
    [
        ("fill: #ffffff; stroke: #000000", True),
        ("fill: #dcebf5", True),
        ("fill: #808080", False),
        ("fill: #000000", False),
        ("stroke: #000000", False),  # filled with black, as no colour is named
    ],
)
def test_a_drawing_is_ink_if_no_grey_is_a_value(tmp_path: Path, style: str, ink: bool) -> None:
    file = tmp_path / "a.svg"
    file.write_text(DRAWING.format(style), encoding="utf-8")
    assert dark_drawings.is_ink(file) == ink


def test_a_picture_and_a_scale_of_colours_are_no_ink(tmp_path: Path) -> None:
    (tmp_path / "picture.svg").write_text("<image/>", encoding="utf-8")
    scale = (DRAWING.format(f"fill: #{red:02x}0000") for red in range(10, 40))
    (tmp_path / "scale.svg").write_text("".join(scale), encoding="utf-8")
    assert not dark_drawings.is_ink(tmp_path / "picture.svg")
    assert not dark_drawings.is_ink(tmp_path / "scale.svg")


@pytest.mark.parametrize(
    ("alt", "turned"), [("A curve falls.", True), ("A black curve falls.", False)]
)
def test_what_is_told_of_light_and_dark_is_not_turned(
    tmp_path: Path, alt: str, turned: bool
) -> None:
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images/a.svg").write_text(DRAWING.format("fill: #dcebf5"), encoding="utf-8")
    tag = f'<img alt="{alt}" src="_images/a.svg">'
    marked = dark_drawings.mark(tag, tmp_path)
    assert ('class="ink"' in marked) == turned
    assert dark_drawings.mark(marked, tmp_path) == marked


def test_the_lost_page_knows_the_published_address(tmp_path: Path) -> None:
    lost_page.write(tmp_path, "A & B", "https://someone.github.io/book/")
    page = (tmp_path / "404.html").read_text(encoding="utf-8")
    assert "A &amp; B" in page
    assert 'action="/book/search.html"' in page
    assert 'href="/book/index.html"' in page
    assert "<link" not in page
