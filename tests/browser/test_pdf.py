"""The book as one PDF (book/_tools/pdf.py), made of three pages: its words, links and bookmarks.

A proof, for printing takes its time: `make proofs`.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PageObject, PdfReader

from book._tools import pdf, pdf_fonts

pytestmark = pytest.mark.browser

CHOSEN = ["index", "book/pooling", "book/notation"]


@pytest.fixture(scope="module")
def document(site: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    file = tmp_path_factory.mktemp("pdf") / "book.pdf"
    pdf.bind(site, CHOSEN, browser).write(file)
    return PdfReader(file)


@pytest.fixture(scope="module")
def texts(document: PdfReader) -> list[str]:
    # NFKC takes ligatures apart.
    return [unicodedata.normalize("NFKC", page.extract_text()) for page in document.pages]


def bookmarks(outline: list, depth: int = 0) -> list[tuple[int, object]]:
    """Return each bookmark with its depth."""
    found = []
    for item in outline:
        if isinstance(item, list):
            found += bookmarks(item, depth + 1)
        else:
            found.append((depth, item))
    return found


@pytest.mark.proof
def test_every_page_but_the_title_has_its_number(texts: list[str]) -> None:
    assert len(texts) > 10
    assert not re.search(r"\d+\s*$", texts[0])
    for number, text in enumerate(texts[1:], start=2):
        assert text.split()[-1] == str(number)


@pytest.mark.proof
def test_the_contents_name_the_pages(texts: list[str], document: PdfReader) -> None:
    for title in ("Pooling", "Notation"):
        start = int(re.search(rf"^{title}\s*(\d+)$", texts[1], re.M)[1])
        assert texts[start - 1].lstrip().startswith(title)


@pytest.mark.proof
def test_results_of_guesses_are_open_and_formulas_set(texts: list[str]) -> None:
    text = "\n".join(texts)
    assert len(re.findall(r"^What it is$", text, re.M)) >= 6
    assert "\\(" not in text
    assert "�" not in text


@pytest.mark.proof
def test_nothing_is_told_to_open_or_close_and_answers_stand_behind(texts: list[str]) -> None:
    whole = "\n".join(texts)
    for pressed in ("Hide the solution", "Show the solution", "Hide the code", "Hide code"):
        assert pressed not in whole
    assert not re.search(r"^(Show|Check|Forget)$", whole, re.M)
    answers = re.search(r"^Answers$", whole, re.M).start()
    assert 0 <= whole.index("Question 1.") < answers < whole.index("Right ✓")
    exercise = "1. Compute: windows that overlap"
    assert 0 <= whole.index(exercise) < answers < whole.rindex(exercise)


@pytest.mark.proof
def test_bookmarks_are_parts_chapters_and_sections(document: PdfReader, texts: list[str]) -> None:
    found = bookmarks(document.outline)
    titles = [(depth, item.title) for depth, item in found]
    for expected in [
        (0, "Back matter"),
        (1, "Pooling"),
        (2, "At the border"),
        (2, "Answers"),
        (1, "Notation"),
    ]:
        assert expected in titles
    for _, item in found:
        page = texts[document.get_destination_page_number(item)]
        squeezed = re.sub(r"\W", "", page)
        words = re.sub(r"\W", "", item.title)
        part = item.title == "Back matter" or item.title.startswith("Part ")
        assert part or words in squeezed, item.title


@pytest.mark.proof
def test_links_lead_into_the_document_or_to_the_web(document: PdfReader) -> None:
    starts = {
        item.title: document.get_destination_page_number(item)
        for _, item in bookmarks(document.outline)
    }
    inside, outside = set(), set()
    for page in document.pages[2:]:
        for reference in page.get("/Annots", []):
            link = reference.get_object()
            if "/Dest" in link:
                inside.add(document.get_page_number(link["/Dest"][0].get_object()))
            else:
                outside.add(str(link["/A"]["/URI"]))
    # The welcome page links to both; the glossary's and other pages' addresses stay addresses.
    assert {starts["Pooling"], starts["Notation"]} <= inside
    assert outside
    assert all(address.startswith("https://") for address in outside), outside


@pytest.mark.proof
def test_each_font_is_there_once(document: PdfReader) -> None:
    found = {}
    for page in document.pages:
        for reference in page["/Resources"].get("/Font", {}).values():
            font = reference.get_object()
            if font["/Subtype"] == "/Type0":
                found.setdefault(font["/BaseFont"].split("+")[-1], set()).add(reference.idnum)
    assert len(found) > 2
    assert {len(numbers) for numbers in found.values()} == {1}


def widths(reader: PdfReader) -> dict[tuple[str, int], set[float]]:
    """Return the widths that each letter of each face has in a document."""
    found: dict[tuple[str, int], set[float]] = {}
    for page in reader.pages:
        for reference in page["/Resources"].get("/Font", {}).values():
            font = reference.get_object()
            if pdf_fonts.truetype(font) is None:
                continue
            descendant = font["/DescendantFonts"][0].get_object()
            stated, entries = {}, iter(descendant["/W"].get_object())
            for first in entries:
                second = next(entries)
                if isinstance(second, list):
                    stated.update(enumerate(second, first))
                else:
                    stated.update(dict.fromkeys(range(first, second + 1), next(entries)))
            for number, _ in pdf_fonts.read_letters(font["/ToUnicode"].get_object().get_data()):
                width = stated.get(number, descendant.get("/DW", 1000))
                found.setdefault((font["/BaseFont"].split("+")[-1], number), set()).add(width)
    return found


@pytest.mark.proof
def test_shared_letters_keep_their_widths(
    document: PdfReader, site: Path, browser: Browser
) -> None:
    printed = pdf.print_page(browser, site, "book/pooling", None, set())
    shared = widths(document)
    assert len(shared) > 100
    for letter, (width,) in widths(printed.pdf).items():
        assert list(shared[letter]) == [pytest.approx(width, abs=0.51)]


def test_letters_are_read_as_they_are_written() -> None:
    letters = {3: "0020", 4: "0041", 5: "0042", 700: "D83DDE00"} | dict.fromkeys(
        range(8, 300), "03C0"
    )
    assert dict(pdf_fonts.read_letters(pdf_fonts.write_letters(letters))) == letters
    table = b"2 beginbfrange\n<0004> <0006> <0041>\n<0009> <0009> <00D7>\nendbfrange"
    assert dict(pdf_fonts.read_letters(table)) == {4: "0041", 5: "0042", 6: "0043", 9: "00D7"}


@pytest.fixture(scope="module")
def whole(site: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("whole") / "book.pdf"
    pdf.bind(site, None, browser).write(file)
    return file


@pytest.mark.proof
def test_the_whole_book_has_under_400_pages_and_a_page_few_kilobytes(whole: Path) -> None:
    # Drawings are lines and letters, not pixels. What the site itself may weigh, test_pages holds.
    pages = len(PdfReader(whole).pages)
    assert 300 < pages < 400
    assert whole.stat().st_size <= 26_000 * pages


def lowest_line(page: PageObject) -> float:
    """Return the height of the lowest line above the page's number, in points."""
    heights = []

    def see(text: str, place: list[float], line: list[float], *_: object) -> None:
        height = place[1] * line[4] + place[3] * line[5] + place[5]
        if text.strip() and height > 25:
            heights.append(height)

    page.extract_text(visitor_text=see)
    return min(heights)


@pytest.mark.proof
def test_pages_are_full_but_for_the_last_of_a_chapter(whole: Path) -> None:
    reader = PdfReader(whole)
    found = [item for depth, item in bookmarks(reader.outline) if depth <= 1]
    starts = {reader.get_destination_page_number(item) for item in found} | {len(reader.pages)}
    middle = [number for number in range(1, len(reader.pages)) if number + 1 not in starts]
    assert len(middle) > 200
    half = float(reader.pages[0].mediabox.height) / 2
    assert not [number + 1 for number in middle if lowest_line(reader.pages[number]) > half]


ABOUT = "300 pages, 7.0 MB"


@pytest.mark.parametrize("prefix", ["", "../"])
def test_the_pages_offer_it_once_in_their_menu(site: Path, prefix: str) -> None:
    page = (site / ("book/pooling.html" if prefix else "index.html")).read_text(encoding="utf-8")
    once = pdf.offer(page, f"{prefix}cnnbook.pdf", ABOUT)
    menu = once[once.index("dropdown-download-buttons") :]
    menu = menu[: menu.index("</ul>")]
    assert menu.count(f'href="{prefix}cnnbook.pdf"') == 1
    assert f"The whole book, .pdf ({ABOUT})" in menu
    again = pdf.offer(once, f"{prefix}cnnbook.pdf", "301 pages, 7.1 MB")
    assert again == once.replace(ABOUT, "301 pages, 7.1 MB")


def test_the_welcome_page_offers_it_below_its_doors(site: Path) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    once = pdf.offer(page, "cnnbook.pdf", ABOUT)
    assert re.search(rf"</div>\s*<p>[^\n]*The whole book as PDF</a>, {ABOUT}", once)
    assert once.count('href="cnnbook.pdf"') == 2


def test_what_is_offered_has_an_icon(site: Path) -> None:
    # The icons' font holds those that the pages had when they were built.
    page = (site / "book/pooling.html").read_text(encoding="utf-8")
    bare = pdf._OFFERED.sub("", page)
    icons = set(re.findall(r"fas (fa-[\w-]+)", pdf.offer(bare, "../cnnbook.pdf", ABOUT)))
    assert icons == set(re.findall(r"fas (fa-[\w-]+)", bare))


def test_where_it_was_not_printed_nothing_is_offered(site: Path) -> None:
    if not (site / pdf.NAME).exists():
        for page in (site / "index.html", site / "book/pooling.html"):
            assert pdf.NAME not in page.read_text(encoding="utf-8")
