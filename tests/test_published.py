"""What the published site needs beside its pages: the list of them, the lost page, previews."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from bs4 import BeautifulSoup

from book._tools.contents import notebooks

ROOT = Path(__file__).parents[1]
BASE = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]


def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def test_the_sitemap_lists_every_page_of_the_book(site: Path) -> None:
    tree = ElementTree.parse(site / "sitemap.xml")
    listed = {element.text for element in tree.iter() if element.tag.endswith("loc")}
    pages = {page.relative_to(site).as_posix() for page in (site / "book").rglob("*.html")}
    assert listed == {f"{BASE}{page}" for page in {"index.html", *pages}}


def test_the_lost_page_leads_home_from_any_depth(site: Path) -> None:
    folder = urlsplit(BASE).path
    found = soup(site / "404.html").find_all(["a", "link", "script", "img"])
    addresses = [e.get("href") or e.get("src") for e in found if e.get("href") or e.get("src")]
    inside = [a for a in addresses if not urlsplit(a).netloc and not a.startswith(("#", "data:"))]
    assert any(address.endswith("index.html") for address in inside)
    for address in inside:
        assert address.startswith(folder), address
        assert (site / urlsplit(address).path.removeprefix(folder)).is_file(), address


def test_a_page_says_when_it_was_changed_and_how_to_change_it(site: Path) -> None:
    page = soup(site / "book" / "convolution.html")
    links = [a["href"] for a in page.find_all("a", href=True)]
    assert any("/edit/main/book/convolution.ipynb" in link for link in links)
    assert any("/issues/new" in link for link in links)
    if (ROOT / ".git").exists():
        assert "Last updated on" in page.get_text()


def test_a_link_to_a_page_shows_its_title_question_and_picture(site: Path) -> None:
    page = soup(site / "book" / "convolution.html")
    preview = {m["property"]: m["content"] for m in page.find_all("meta", property=True)}
    assert preview["og:title"] == "Convolution"
    assert "nine numbers" in preview["og:description"]
    assert preview["og:url"] == f"{BASE}book/convolution.html"
    card = (site / preview["og:image"].removeprefix(BASE)).read_bytes()
    assert struct.unpack(">II", card[16:24]) == (1200, 630)


def test_every_chapter_can_be_launched_on_colab_and_binder(site: Path) -> None:
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    repository = urlsplit(config["repository"]["url"]).path
    for notebook in notebooks():
        name = notebook.relative_to(ROOT).as_posix()
        page = (site / name).with_suffix(".html")
        links = {a["href"] for a in soup(page).find_all("a", href=True)}
        assert f"https://colab.research.google.com/github{repository}/blob/main/{name}" in links
        assert f"https://mybinder.org/v2/gh{repository}/main?urlpath=lab/tree/{name}" in links
