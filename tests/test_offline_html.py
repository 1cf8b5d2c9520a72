"""The Sphinx extension that makes pages work without a network (book/_ext/offline_html.py)."""

import pytest
from sphinx.errors import ExtensionError

import offline_html

PAGE = """<html>
  <head>
    <meta charset="utf-8" />
  <script defer src="../_static/scripts/fontawesome.js?digest=55"></script>
    <script>const kept = 1;</script>
    <script>const THEBE_JS_URL = "https://unpkg.com/thebe"; const thebe_selector = "x"</script>
    <script async="async" src="../_static/sphinx-thebe.js?v=c1"></script>
    <script src="../_static/book.js"></script>
  </head>
  <body><header>The <code>&lt;head&gt;</code> of a page</header></body>
</html>
"""


def test_the_policy_comes_first_and_what_fetches_goes():
    assert (
        offline_html.harden(PAGE)
        == f"""<html>
  <head>
    {offline_html.POLICY_TAG}
    <meta charset="utf-8" />
    <script>const kept = 1;</script>
    <script src="../_static/book.js"></script>
  </head>
  <body><header>The <code>&lt;head&gt;</code> of a page</header></body>
</html>
"""
    )


def test_twice_is_once():
    once = offline_html.harden(PAGE)
    assert offline_html.harden(once) == once


def test_the_subset_of_mathjax_is_complete_and_small(tmp_path):
    offline_html.copy_mathjax(offline_html.mathjax_folder(), tmp_path)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    names = {file.relative_to(tmp_path).as_posix() for file in files}
    assert "tex-chtml.js" in names
    assert "output/chtml/fonts/woff-v2/MathJax_Main-Regular.woff" in names
    assert sum(file.stat().st_size for file in files) < 6_000_000


def test_a_changed_layout_of_mathjax_is_refused(tmp_path):
    with pytest.raises(ExtensionError, match=r"tex-chtml\.js is missing; MathJax's layout changed"):
        offline_html.copy_mathjax(tmp_path / "empty", tmp_path / "copy")
