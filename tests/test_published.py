"""What the published site needs beside its pages: the list of them, the lost page, previews."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup

import addresses
import way
from book._tools import contents
from book._tools.address import UNSET
from book._tools.contents import notebooks

ROOT = Path(__file__).parents[1]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
BASE = CONFIG["html"]["baseurl"]
REPOSITORY = CONFIG["repository"]["url"]
ADDRESS_SET = REPOSITORY != UNSET


def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def test_the_sitemap_lists_every_page_of_the_book(site: Path) -> None:
    tree = ElementTree.parse(site / "sitemap.xml")
    listed = {element.text for element in tree.iter() if element.tag.endswith("loc")}
    pages = {page.relative_to(site).as_posix() for page in (site / "book").rglob("*.html")}
    assert listed == {f"{BASE}{page}" for page in {"index.html", *pages}}


def test_the_lost_page_needs_no_file_and_leads_home_without_a_script(site: Path) -> None:
    folder = urlsplit(BASE).path
    page = soup(site / "404.html")
    assert not page.find_all(["link", "img"])
    assert not page.find_all("script", src=True)
    for address in (page.a["href"], page.form["action"]):
        assert address.startswith(folder)
        assert (site / address.removeprefix(folder)).is_file()


def test_a_page_says_when_it_was_changed_and_how_to_change_it(site: Path) -> None:
    page = soup(site / "book" / "convolution.html")
    links = [a["href"] for a in page.find_all("a", href=True)]
    assert any("/edit/main/book/convolution.ipynb" in link for link in links) == ADDRESS_SET
    assert any("/issues/new" in link for link in links) == ADDRESS_SET
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


def test_every_chapter_can_be_launched_or_says_how_to_run_it(site: Path) -> None:
    repository = urlsplit(REPOSITORY).path
    for notebook in notebooks():
        name = notebook.relative_to(ROOT).as_posix()
        page = soup((site / name).with_suffix(".html"))
        links = {a["href"] for a in page.find_all("a", href=True)}
        there = {
            f"https://colab.research.google.com/github{repository}/blob/main/{name}",
            f"https://mybinder.org/v2/gh{repository}/main?urlpath=lab/tree/{name}",
        }
        assert there <= links if ADDRESS_SET else not there & links
        way = page.find(class_="cnnbook-way")
        if way and not ADDRESS_SET:
            assert name.removeprefix("book/") in way.get_text()


def test_while_no_address_is_set_nothing_leads_there(site: Path) -> None:
    if ADDRESS_SET:
        return
    for path in site.rglob("*.html"):
        for link in soup(path).find_all("a", href=True):
            assert "address_not_set" not in link["href"], path


@pytest.mark.parametrize("repository", [UNSET, "https://github.com/someone/book"])
def test_the_buttons_follow_the_address(repository: str) -> None:
    options = {"repository_url": repository, "use_issues_button": True, "launch_buttons": {"a": 1}}
    config = SimpleNamespace(
        html_baseurl="https://someone.github.io/book/", html_title="T", html_theme_options=options
    )
    addresses.derive(SimpleNamespace(), config)
    assert config.html_theme_options["use_issues_button"] == (repository != UNSET)
    assert bool(config.html_theme_options["launch_buttons"]) == (repository != UNSET)


def test_the_way_says_how_to_run_a_notebook_where_no_button_does() -> None:
    page = contents.Page("book/workshop/pooling", "Part I", 6, "book/pooling")
    said = way.head(page, lambda *_: "", [page], buttons=False)
    assert "<code>make lab</code>, then <code>workshop/pooling.ipynb</code>" in said
    assert "make lab" not in way.head(page, lambda *_: "", [page])
