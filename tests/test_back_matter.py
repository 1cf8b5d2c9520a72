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
from book._tools.contents import notebooks, pages
from book._tools.solutions import slug

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
    for notebook in notebooks():
        for number in re.findall(r"arXiv:(\d{4}\.\d{4,5})", prose(notebook)):
            assert number in known, f"{notebook.name} cites arXiv:{number}"


# Sources that are no publications: documentation, issues, talks, pages of this book.
NOT_PUBLISHED = {
    "NVIDIA T4 Tensor Core GPU",
    "Expected all tensors to be on the same device",
    "Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor) should be the same",
    "Tensor Core Performance: The Ultimate Guide",
    "Colaboratory: Frequently Asked Questions",
    "CUDA semantics",
    "Channels Last Memory Format in PyTorch",
    "Images as arrays",
    "Filter Effects Module Level 1",
}


def entries() -> dict[str, str]:
    """Return the bibliography: an entry for each key, without braces around words."""
    parts = re.split(r"^@\w+\{(\w+),$", page("references.bib"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def plain(text: str) -> str:
    return re.sub(r"[{}]", "", text).lower()


def field(entry: str, name: str) -> str:
    found = re.search(rf"^  {name} = \{{(.*)\}},?$", entry, re.MULTILINE)
    return found[1] if found else ""


def cited_titles() -> dict[str, str]:
    """Return the titles that chapters give under Sources, and a chapter of each."""
    titles = {}
    for notebook in notebooks():
        sources = re.split(r"\*\*Sources\.\*\*|^## Sources$", prose(notebook), flags=re.MULTILINE)
        for title in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", "".join(sources[1:])):
            titles[title] = notebook.name
    return titles


def cites_in_code() -> str:
    files = sorted((ROOT / "cnnbook").rglob("*.py"))
    return re.sub(r"\s+", " ", " ".join(file.read_text(encoding="utf-8") for file in files))


def test_every_source_of_a_chapter_is_an_entry() -> None:
    known = [plain(field(entry, "title")) for entry in entries().values()]
    known += [part for title in known for part in title.split(": ", 1)[1:]]
    for title, chapter in cited_titles().items():
        if title not in NOT_PUBLISHED:
            assert any(one.startswith(plain(title)) for one in known), f"{chapter} cites {title}"


def test_every_entry_is_cited_by_a_chapter_or_by_the_library() -> None:
    titles, code = [plain(title) for title in cited_titles()], cites_in_code()
    for key, entry in entries().items():
        author = field(entry, "author").split(" and ")[0].split(",")[0].strip("{}")
        year = field(entry, "year")
        # In the library: the first author, others perhaps, and the year.
        in_code = re.search(rf"\b{author}\b[^;()]{{0,80}}?\b{year}\b", code)
        full = plain(field(entry, "title"))
        in_chapter = any(full.startswith(title) or full.endswith(": " + title) for title in titles)
        assert in_chapter or in_code or full in code.lower(), key


def test_every_name_and_year_in_the_text_is_an_entry() -> None:
    known = {
        (author.split(",")[0].strip("{}"), field(entry, "year"))
        for entry in entries().values()
        for author in field(entry, "author").split(" and ")
    }
    texts = {notebook.name: prose(notebook) for notebook in notebooks()}
    texts |= {file.name: page(file.name) for file in sorted(BOOK.glob("*.md"))}
    texts["the library"] = cites_in_code()
    name = r"[A-Z][\w’-]+"
    several = rf"({name})(?:,? (?:and|et al\.|others|{name}))*,? \(?((?:19|20)\d\d)\b"
    months = "January February March April May June July August September October November December"
    for chapter, text in texts.items():
        # The list of sources has titles, which the tests above hold.
        body = re.split(r"\*\*Sources\.\*\*|^## Sources$", text, flags=re.MULTILINE)[0]
        for first, year in re.findall(rf"\((?:[^()]*; )?{several}", body):
            if first not in months.split():
                assert (first, year) in known, f"{chapter} cites {first} {year}"


def test_every_entry_says_where_it_is_found() -> None:
    for key, entry in entries().items():
        assert re.search(r"  (doi|isbn|url) = |arXiv:\d{4}\.\d{4,5}", entry), key


def test_the_references_have_no_entry_twice() -> None:
    keys = re.findall(r"^@\w+\{([^,]+),", page("references.bib"), re.MULTILINE)
    assert len(keys) == len(set(keys))


def test_the_citation_names_the_version_of_the_package() -> None:
    project = SimpleNamespace(**yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8")))
    assert project.version == cnnbook.__version__
    assert f"version {project.version}" in page("how_to_cite.md")


def test_the_index_of_solutions_is_what_its_command_writes() -> None:
    command = [sys.executable, "-m", "book._tools.solutions", "--check"]
    message = "run `python -m book._tools.solutions`"
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0, message


def exercises_by_address() -> dict[str, int]:
    """Return the address of each heading of the notebooks, and how many exercises stand below."""
    found: dict[str, int] = {}
    for notebook in notebooks():
        address = ""
        for cell in nbformat.read(notebook, as_version=4).cells:
            if cell.cell_type == "markdown":
                for heading in re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE):
                    address = f"{notebook.relative_to(BOOK).as_posix()}#{slug(heading)}"
            elif re.search(r"exercises\.(ask|check)\(", cell.source):
                found[address] = found.get(address, 0) + 1
    return found


def test_the_index_of_solutions_leads_to_each_exercise_itself() -> None:
    listed = re.findall(r"^\| \d+ \| \w+ \| \[.+\]\((.+)\) \|$", page("solutions.md"), re.MULTILINE)
    assert listed
    assert sorted(listed) == sorted(exercises_by_address())
    assert set(exercises_by_address().values()) == {1}


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
            link = r"\]\((?:workshop/)?\w+\.(ipynb|md)(#[\w-]+)?\)"
            assert re.search(link, where), f"{note}, {first}"
            found += range(int(first), int(last or first) + 1)
        assert found == items[note], note


def test_the_glossary_has_every_chinese_term_of_the_chapters_in_order() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| \[", page("glossary.md"), re.MULTILINE)
    terms = [english.strip('"').lower() for english, *_ in rows]
    assert terms == sorted(terms)
    assert len(terms) == len(set(terms))
    known = " ".join(chinese for _, chinese, *_ in rows)
    for notebook in notebooks():
        for term in re.findall(r"[一-鿿]+", prose(notebook)):
            assert term in known, f"{notebook.name}: {term}"


def test_each_chapter_that_the_glossary_names_holds_the_term() -> None:
    """In English, or in Chinese; words may stand between: checkerboards, and then their pattern."""
    row = r"^\| (.+?) \| (.+?) \| .+? \| \[.+?\]\(((?:workshop/)?\w+\.ipynb)\) \|$"
    rows = re.findall(row, page("glossary.md"), re.MULTILINE)
    assert len(rows) > 100
    for english, chinese, chapter in rows:
        text = prose(BOOK / chapter).lower()
        terms = [*english.lower().split(","), *chinese.lower().split(",")]
        ways = [re.findall(r"[\w×-]+", term) for term in terms]
        assert any(all(word in text for word in way) for way in ways), f"{english}: {chapter}"


def misconceptions() -> list[tuple[str, list[str]]]:
    """Return, for each section of the page, its name and its entries, with code cells marked."""
    cells = nbformat.read(BOOK / "misconceptions.ipynb", as_version=4).cells
    text = "\n\n".join(cell.source if cell.cell_type == "markdown" else "<code>" for cell in cells)
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    sections = zip(parts[1::2], parts[2::2], strict=True)
    return [(name, part.split("\n### ")[1:]) for name, part in sections if name != "Sources"]


def test_every_misconception_has_one_form_and_leads_to_its_chapter() -> None:
    titles = {
        re.findall(r"^# (.+)$", prose(page.notebook()), re.MULTILINE)[0]: page.short
        for page in pages()
        if page.number and not page.chapter
    }
    found = misconceptions()
    order = [name for name in titles if name in dict(found)]
    assert [name for name, _ in found] == order, "the sections are chapters, in their order"
    form = r"(\".+)\n\n\*Who is led to it:\* anyone who .+\.\n\n(?:<code>\n\n)+\*\*True:\*\* (.+)"
    for name, entries in found:
        assert entries, name
        for entry in entries:
            match = re.fullmatch(form, entry.strip())
            assert match, entry
            assert re.search(rf"\]\((workshop/)?{titles[name]}\.ipynb", match[2]), match[1]


def test_the_misconceptions_are_listed_at_the_top_by_chapter() -> None:
    top = nbformat.read(BOOK / "misconceptions.ipynb", as_version=4).cells[0].source
    listed = re.findall(r"^- \*\*\[(.+?)\]\(\w+\.ipynb\)\*\*: (.+)$", top, re.MULTILINE)
    expected = []
    for name, entries in misconceptions():
        claims = [entry.split("\n", 1)[0] for entry in entries]
        expected.append((name, " · ".join(f"[{claim}](#{slug(claim)})" for claim in claims)))
    assert listed == expected
