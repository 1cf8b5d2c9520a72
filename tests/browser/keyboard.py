"""What a reader without a mouse does."""

import pytest
from playwright.sync_api import Locator


def press_tab_until(target: Locator) -> None:
    """Go to an element with the Tab key, as who has no mouse does."""
    for _ in range(12):
        if target.evaluate("(e) => e.getRootNode().activeElement === e"):
            return
        target.page.keyboard.press("Tab")
    pytest.fail("twelve stops of the Tab key do not reach it")
