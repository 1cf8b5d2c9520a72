"""The checks of the pages can fail: each fault, put into a copy of the site, is caught.

A proof, for it starts pytest once per fault: `make proofs`.
"""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import SECONDS

pytestmark = [pytest.mark.browser, pytest.mark.proof]

ROOT = Path(__file__).parents[2]
PAGE = "book/convolution.html"
FORMULA = '<span class="math notranslate nohighlight">\\({}\\)</span>'

LOOKED_AT = ("tests/browser/test_pages.py", "tests/browser/test_search.py", "tests/test_links.py")

# What goes wrong -> what is put at the end of the text, and the test that must notice.
INSERTED = {
    "a link to no page": ('<a href="missing.html">x</a>', "internal_link"),
    "a link to no place": ('<a href="#nowhere">x</a>', "internal_link"),
    "an outside link without https": ('<a href="http://example.org">x</a>', "internal_link"),
    "an id twice": ('<p id="twice"></p><p id="twice"></p>', "ids_are_unique"),
    "an empty description": ('<img src="../_static/favicon.svg" alt="">', "description"),
    "no description": ('<img src="../_static/favicon.svg">', "description"),
    "a picture that is not there": ('<img src="none.png" alt="none">', "nothing_fails"),
    "a picture without a size": ('<img src="../_images/x.png" alt="x">', "have_their_size"),
    "an error in the console": ("<script>console.error('x')</script>", "nothing_fails"),
    "a script that stops": ("<script>throw Error('x')</script>", "nothing_fails"),
    "a script from elsewhere": ('<script src="https://a.invalid/x.js"></script>', "nothing_fails"),
    "a wide box": ('<p style="width: 600px">x</p>', "screen"),
    "a wide box cut off": (
        '<div style="overflow: hidden"><p style="width: 600px">x</p></div>',
        "screen",
    ),
    "a formula that is not set": (FORMULA.format("x"), "formula"),
    "a character without a style": ('<mjx-c class="mjx-cFFFF"></mjx-c>', "formula"),
    "a formula left raw": ("<p>$$x$$</p>", "formula"),
    "a white page in the dark": ("<style>body {background: #fff !important}</style>", "light_and"),
    "a heavy page": ('<script src="../_static/heavy.js"></script>', "weighs"),
    "a font that is not there": (
        "<style>@font-face {font-family: f; src: url(f.woff2)} p {font-family: f}</style>",
        "fonts",
    ),
}


@pytest.fixture
def copy(tmp_path: Path, site: Path) -> Path:
    """Return a folder with the tests of the pages and a site that may be spoilt."""
    (tmp_path / "tests").mkdir()
    for name in ("conftest.py", "patience.py", "test_links.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests")
    shutil.copytree(ROOT / "tests" / "browser", tmp_path / "tests" / "browser")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(site, tmp_path / "_build" / "html")
    return tmp_path


def failures(copy: Path, tests: str, patience: int = SECONDS) -> list[str]:
    """Run the named tests on the copy; return those that failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not proof"]
    environment = {
        **os.environ,
        "REQUIRE_BROWSER": "1",
        "TEST_PATIENCE": str(patience),
        "PYTHONPATH": str(ROOT),  # the list of pages is asked there; the tests are the copy's
    }
    run = subprocess.run(
        [*command, "-k", tests, *LOOKED_AT],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    assert "ERROR" not in run.stdout, run.stdout
    return [line for line in run.stdout.splitlines() if line.startswith("FAILED")]


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(("html", "test"), INSERTED.values(), ids=INSERTED.keys())
def test_a_fault_in_the_text_is_caught(copy: Path, html: str, test: str) -> None:
    site = copy / "_build" / "html"
    noise = random.Random(0).randbytes(700_000).hex()
    (site / "_static" / "heavy.js").write_text(f"// {noise}", encoding="utf-8")
    replace(site / PAGE, "</article>", f"{html}</article>")
    assert failures(copy, f"{test} and convolution.html")


def test_a_policy_that_is_missing_is_caught(copy: Path) -> None:
    page = copy / "_build" / "html" / PAGE
    replace(page, '<meta http-equiv="Content-Security-Policy"', "<meta")
    assert failures(copy, "policy and convolution.html")


def test_a_policy_that_comes_late_is_caught(copy: Path) -> None:
    replace(copy / "_build" / "html" / PAGE, "<head>", '<head><link rel="author" href="#">')
    assert failures(copy, "policy and convolution.html")


def test_a_request_that_leaves_is_caught(copy: Path) -> None:
    page = copy / "_build" / "html" / PAGE
    replace(page, '<meta http-equiv="Content-Security-Policy"', "<meta")
    replace(page, "</article>", '<img src="https://cnnbook.invalid/x.png" alt="x"></article>')
    assert failures(copy, "leaves and convolution.html")


def test_a_search_without_an_index_is_caught(copy: Path) -> None:
    (copy / "_build" / "html" / "searchindex.js").write_text("", encoding="utf-8")
    # What never comes is not waited for as long as what is late.
    assert failures(copy, "word_is_found and served", patience=20)


def test_an_unspoilt_copy_passes(copy: Path) -> None:
    assert not failures(copy, "convolution.html or word_is_found")
