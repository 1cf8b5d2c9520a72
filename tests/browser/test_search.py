"""The search finds a word, from the server and from disk, by its page and by its dialog."""

import pytest

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


@pytest.mark.parametrize(("term", "page"), TERMS.items(), ids=TERMS)
def test_a_term_leads_to_its_page(quiet_page, address, term, page):
    quiet_page.goto(f"{address}/search.html?q={term}")
    quiet_page.locator("#search-results li a").first.wait_for()
    quiet_page.get_by_text("Search finished").wait_for()
    quiet_page.wait_for_load_state("networkidle")
    links = quiet_page.locator("#search-results li > a").evaluate_all(
        "(links) => links.map((link) => link.pathname.split('/').pop())"
    )
    assert f"{page}.html" in links[:5], links[:8]


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
