"""The pages behind the chapters: complete, and equal to what they describe."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import yaml

import api_links
import cnnbook

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"


def page(name: str) -> str:
    return (BOOK / name).read_text(encoding="utf-8")


def prose(notebook: Path) -> str:
    cells = nbformat.read(notebook, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_the_api_page_lists_every_public_function_once() -> None:
    listed = re.findall(r"autofunction:: (\w+)", page("api.md"))
    assert sorted(listed) == sorted(cnnbook.__all__)


def test_the_links_to_the_api_find_names_as_the_pages_write_them() -> None:
    entries = {"cnnbook.conv2d": ("api", "x"), "cnnbook.layers.Conv2d": ("api_layers", "y")}
    assert api_links.find("conv2d", entries) == "cnnbook.conv2d"
    assert api_links.find("cnnbook.conv2d(x, weight)", entries) == "cnnbook.conv2d"
    assert api_links.find("layers.Conv2d", entries) == "cnnbook.layers.Conv2d"
    assert api_links.find("F.conv2d", entries) is None
    assert api_links.find("conv2d = 3", entries) is None


def test_every_paper_of_a_chapter_is_in_the_references() -> None:
    known = page("references.bib")
    for notebook in sorted(BOOK.glob("*.ipynb")):
        for number in re.findall(r"arXiv:(\d{4}\.\d{4,5})", prose(notebook)):
            assert number in known, f"{notebook.name} cites arXiv:{number}"


def test_the_references_have_no_entry_twice() -> None:
    keys = re.findall(r"^@\w+\{([^,]+),", page("references.bib"), re.MULTILINE)
    assert len(keys) == len(set(keys))


def test_the_citation_names_the_version_of_the_package() -> None:
    project = SimpleNamespace(**yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8")))
    assert project.version == cnnbook.__version__
    assert f"version {project.version}" in page("how_to_cite.md")


def test_the_index_of_solutions_is_what_its_command_writes() -> None:
    command = [sys.executable, str(BOOK / "_tools" / "solutions.py"), "--check"]
    message = "run `python book/_tools/solutions.py`"
    assert subprocess.run(command, check=False).returncode == 0, message


def test_the_page_of_evidence_is_what_its_command_writes() -> None:
    command = [sys.executable, "-m", "book._tools.evidence", "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0, "run `make evidence`"


def test_every_heading_and_item_of_the_notes_went_somewhere() -> None:
    lines = (ROOT / "tests" / "data" / "notes_inventory.tsv").read_text("utf-8").splitlines()
    items: dict[str, list[int]] = {}
    for note, item, *_ in (line.split("\t") for line in lines[1:]):
        items.setdefault(note, []).append(int(item))
    sections = re.split(r"^## Note (\d{3}).*$", page("where_each_note_went.md"), flags=re.MULTILINE)
    rows = dict(zip(sections[1::2], sections[2::2], strict=True))
    assert set(rows) == set(items)
    for note, text in rows.items():
        found: list[int] = []
        for first, last, what, where in re.findall(
            r"^\| (\d+)(?:–(\d+))? \| (.+?) \| (.+) \|$", text, re.MULTILINE
        ):
            assert what
            assert re.search(r"\]\(\w+\.(ipynb|md)(#[\w-]+)?\)", where), f"{note}, {first}"
            found += range(int(first), int(last or first) + 1)
        assert found == items[note], note


def test_the_glossary_has_every_chinese_term_of_the_chapters_in_order() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| \[", page("glossary.md"), re.MULTILINE)
    terms = [english.strip('"').lower() for english, *_ in rows]
    assert terms == sorted(terms)
    assert len(terms) == len(set(terms))
    known = " ".join(chinese for _, chinese, *_ in rows)
    for notebook in sorted(BOOK.glob("*.ipynb")):
        for term in re.findall(r"[一-鿿]+", prose(notebook)):
            assert term in known, f"{notebook.name}: {term}"


def test_each_chapter_that_the_glossary_names_holds_the_term() -> None:
    """In English, or in Chinese; words may stand between: checkerboards, and then their pattern."""
    row = r"^\| (.+?) \| (.+?) \| .+? \| \[.+?\]\((\w+\.ipynb)\) \|$"
    rows = re.findall(row, page("glossary.md"), re.MULTILINE)
    assert len(rows) > 100
    for english, chinese, chapter in rows:
        text = prose(BOOK / chapter).lower()
        terms = [*english.lower().split(","), *chinese.lower().split(",")]
        ways = [re.findall(r"[\w×-]+", term) for term in terms]
        assert any(all(word in text for word in way) for way in ways), f"{english}: {chapter}"
