"""Spoken formulas, a choice in MathJax's menu: they work when served, and never cost the formulas.

From disk the browser forbids the files of the speech; a choice made earlier must do no harm.
"""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SWITCHED_ON = "localStorage.setItem('MathJax-Menu-Settings', '{\"explorer\": true}')"


def test_a_reader_who_switched_speech_on_has_formulas(quiet_page, home):
    quiet_page.add_init_script(SWITCHED_ON)
    quiet_page.goto(f"{home}/book/convolution.html")
    formulas = quiet_page.locator(".math").count()
    assert formulas > 0
    # No wait for MathJax's own promise: without its speech files it is never kept.
    expect(quiet_page.locator("mjx-container")).to_have_count(formulas)
    spoken = quiet_page.locator("[data-semantic-speech]")
    if home.startswith("http"):
        spoken.first.wait_for(state="attached")
    else:
        assert spoken.count() == 0
