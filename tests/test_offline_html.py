"""The Sphinx extension that makes pages work without a network (book/_ext/offline_html.py)."""

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
