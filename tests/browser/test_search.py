"""The search finds a word, from the server and from disk, by its page and by its dialog."""

import pytest

from book._tools import contents

CHAPTERS = {f"{path.stem}.html" for path in contents.chapters()}
pytestmark = pytest.mark.browser


def test_a_word_is_found(quiet_page, home):
    quiet_page.goto(f"{home}/search.html?q=convolution")
    hit = quiet_page.locator("#search-results a[href*='convolution.html']").first
    hit.wait_for()
    # Excerpts are fetched after the titles stand; leaving earlier would break those requests off.
    quiet_page.wait_for_load_state("networkidle")
    hit.click()
    quiet_page.wait_for_url("**/convolution.html*")
    assert quiet_page.locator("article h1").inner_text().startswith("Convolution")


# What a reader may type -> the page that explains it must be among the first five.
TERMS = {
    "receptive field": "receptive_fields",
    "感受野": "receptive_fields",
    "stride": "padding_and_stride",
    "步幅": "padding_and_stride",
    "pooling": "pooling",
    "池化": "pooling",
    "汇聚": "pooling",
    "卷积": "convolution",
    "backpropagation": "backpropagation",
    "反向传播": "backpropagation",
    "softmax": "activations_and_head",
    "install": "install",
    "pip": "install",
    "jupyter": "install",
    "conda": "install",
    "windows": "install",
}


def found(page, address, term):
    """Search for a term, and return the pages that were found, in their order."""
    page.goto(f"{address}/search.html?q={term}")
    page.locator("#search-results li a").first.wait_for()
    page.get_by_text("Search finished").wait_for()
    page.wait_for_load_state("networkidle")
    return page.locator("#search-results li > a").evaluate_all(
        "(links) => links.map((link) => link.pathname.split('/book/').pop())"
    )


@pytest.mark.parametrize(("term", "page"), TERMS.items(), ids=TERMS)
def test_a_term_leads_to_its_page(quiet_page, address, term, page):
    links = found(quiet_page, address, term)
    assert f"{page}.html" in links[:5], links[:8]


@pytest.mark.parametrize(
    ("term", "page"),
    {
        "stride": "padding_and_stride",
        "max pooling": "pooling",
        "receptive field": "receptive_fields",
        "loss": "losses_and_optimisers",
        "卷积": "convolution",
    }.items(),
)
def test_titles_come_first(quiet_page, address, term, page):
    assert found(quiet_page, address, term)[0] == f"{page}.html"


def test_the_api_comes_after_all_chapters(quiet_page, address):
    links = found(quiet_page, address, "convolution")
    chapters = [at for at, link in enumerate(links) if link in CHAPTERS]
    api = [at for at, link in enumerate(links) if link.startswith("api")]
    assert len(chapters) > 10
    assert api
    assert max(chapters) < min(api), links


def test_excerpts_quote_the_text_and_not_the_contents(quiet_page, address):
    found(quiet_page, address, "stride")
    excerpts = quiet_page.locator("#search-results p.context").all_inner_texts()
    assert len(excerpts) > 5
    assert all(len(text) > 40 for text in excerpts)
    joined = " ".join(excerpts)
    for unwanted in ("Contents", "previous", "Right ✓", "exercises.guess("):
        assert unwanted not in joined


def test_what_was_searched_is_marked_on_the_page_and_not_on_the_next(quiet_page, address):
    found(quiet_page, address, "stride")
    quiet_page.locator("#search-results li > a").first.click()
    quiet_page.locator("span.highlighted").first.wait_for()
    quiet_page.locator(".cnnbook-way a.next").click()
    quiet_page.wait_for_url("**/channels.html")
    quiet_page.wait_for_load_state("networkidle")
    assert quiet_page.locator("span.highlighted").count() == 0


@pytest.mark.parametrize("where", ["search.html", "index.html"])
def test_the_icon_of_the_field_covers_no_letter(quiet_page, address, where):
    quiet_page.goto(f"{address}/{where}")
    if where == "index.html":
        quiet_page.keyboard.press("Control+k")
    field = quiet_page.locator("form.bd-search input[type=search]:visible").first
    icon = quiet_page.locator("form.bd-search i:visible").first.bounding_box()
    left = field.bounding_box()["x"] + field.evaluate(
        "(e) => parseFloat(getComputedStyle(e).paddingLeft)"
    )
    assert icon["x"] + icon["width"] <= left


def test_a_word_that_is_nowhere_is_not_found(quiet_page, home):
    quiet_page.goto(f"{home}/search.html?q=xyzzyplugh")
    quiet_page.get_by_text("did not match any documents").wait_for()
    assert quiet_page.locator("#search-results li").count() == 0


def test_the_dialog_on_a_page_leads_to_the_results(quiet_page, home):
    quiet_page.goto(f"{home}/index.html")
    quiet_page.keyboard.press("Control+k")
    field = quiet_page.locator("dialog[open] input[type=search]")
    field.fill("convolution")
    field.press("Enter")
    quiet_page.locator("#search-results li").first.wait_for()
