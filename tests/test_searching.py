"""The Sphinx extension that changes what the search shows, and the order of its results."""

import re
from pathlib import Path

import pytest
from sphinx.errors import ExtensionError

import searching
from book._tools import contents

SCORER = contents.ROOT / "book" / "_ext" / "search_scorer.js"


def test_excerpts_come_from_the_text():
    before = 'remove of [".headerlink", "script", "style"]; query(`[role="main"] ${anchor}`)'
    after = searching.quote_text(before)
    assert '`article.bd-article [id="${anchor.slice(1)}"]`' in after
    assert "article.bd-article" in after
    assert "details" in after
    assert searching.quote_text(after) == after


def test_another_script_is_refused():
    with pytest.raises(ExtensionError, match=r"searchtools\.js; Sphinx changed"):
        searching.quote_text("another script")


def test_the_built_script_is_changed(site: Path):
    script = (site / "_static" / "searchtools.js").read_text(encoding="utf-8")
    assert "article.bd-article" in script
    assert '[role="main"]' not in script


def test_the_scorer_knows_every_page_behind_the_chapters():
    behind = re.search(r"const BEHIND = /(.+)/;", SCORER.read_text(encoding="utf-8"))
    assert behind
    for page in contents.pages():
        known = re.match(behind[1].replace("\\/", "/"), page.name) is not None
        is_behind = page.part == "Back matter" and not page.name.startswith("book/api")
        assert known == is_behind, page.name
