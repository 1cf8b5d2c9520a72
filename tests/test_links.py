"""Every link inside the built book leads to a file that exists, and to a place in it."""

import functools
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

ADDRESS_ATTRIBUTES = ("href", "src", "data", "poster")


@functools.cache
def parse(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@functools.cache
def anchors(page: Path) -> frozenset[str]:
    """Return every place of the page that a fragment may name."""
    elements = parse(page).find_all(True)
    return frozenset(e[key] for e in elements for key in ("id", "name") if e.get(key))


def addresses(page: Path) -> set[str]:
    """Return every address that the page links to or loads."""
    elements = parse(page).find_all(True)
    return {e[key] for e in elements for key in ADDRESS_ATTRIBUTES if e.has_attr(key)}


def complaint(page: Path, address: str, site: Path) -> str | None:
    """Return what is wrong with an address on a page, or None."""
    parts = urlsplit(address)
    if parts.scheme == "mailto" or address.startswith("data:image/"):
        return None
    if parts.scheme or parts.netloc:
        sound = parts.scheme == "https" and "." in parts.netloc and " " not in address
        return None if sound else f"{address}: an outside address must be sound https"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_relative_to(site.resolve()):
        return f"{address}: leaves the site's folder"
    if not target.is_file():
        return f"{address}: no such file"
    # "#" alone means the top of the page.
    fragment = unquote(parts.fragment)
    if target.suffix == ".html" and fragment and fragment not in anchors(target):
        return f"{address}: no such place in {target.relative_to(site.resolve())}"
    return None


def test_every_internal_link_leads_somewhere(site: Path, page_name: str) -> None:
    page = (site / page_name).resolve()
    found = addresses(page)
    assert found
    wrong = [text for address in sorted(found) if (text := complaint(page, address, site))]
    assert not wrong, "\n".join(wrong)


def test_ids_are_unique(site: Path, page_name: str) -> None:
    ids = [element["id"] for element in parse((site / page_name).resolve()).find_all(id=True)]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    assert not repeated


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("b.html#here", None),
        ("#top", None),
        ("#", None),
        ("../a.html", None),
        ("https://pytorch.org/docs", None),
        ("mailto:someone@example.org", None),
        ("b.html#there", "no such place in sub/b.html"),
        ("#nowhere", "no such place in sub/page.html"),
        ("missing.html", "no such file"),
        ("../sub", "no such file"),
        ("../../outside.html", "leaves the site's folder"),
        ("http://pytorch.org", "must be sound https"),
        ("//cdn.example.org/x.js", "must be sound https"),
        ("https://", "must be sound https"),
        ("javascript:alert(1)", "must be sound https"),
    ],
)
def test_each_kind_of_broken_link_is_seen(
    tmp_path: Path, address: str, expected: str | None
) -> None:
    folder = tmp_path / "site" / "sub"
    folder.mkdir(parents=True)
    for name in ("../a.html", "page.html", "../../outside.html"):
        (folder / name).write_text('<p id="top"></p>', encoding="utf-8")
    (folder / "b.html").write_text('<h2 id="here"></h2>', encoding="utf-8")
    got = complaint((folder / "page.html").resolve(), address, tmp_path / "site")
    assert got is None if expected is None else expected in (got or "")
