"""What each page asks of a line: bytes and shifts, on a quick line and on "fast 3G".

A proof, for a slow line takes its time: `make proofs`. The weights are tested in test_pages, too.
How soon the first text comes depends on the machine: `python -m tests.browser.loading` prints it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.loading import Load, serve, visits

pytestmark = [pytest.mark.browser, pytest.mark.proof]

COLD, SECOND = 700_000, 300_000  # bytes over the line
SHIFT = 0.1
ATTEMPTS = 3  # a machine with other work to do is not a slow page


@pytest.fixture(scope="module")
def web(site: Path) -> Iterator[str]:
    with serve(site) as address:
        yield address


def faults(seen: dict[str, Load]) -> list[str]:
    """Return what goes over a budget."""
    bounds = [
        ("cold, bytes", seen["cold"].transferred, COLD),
        ("second page, bytes", seen["second"].transferred, SECOND),
        ("shift", seen["cold"].shift, SHIFT),
        ("shift on 3G", seen["3G"].shift, SHIFT),
    ]
    return [f"{what}: {value:.3f} ≥ {most}" for what, value, most in bounds if value >= most]


def test_a_page_keeps_its_budgets(browser: Browser, web: str, page_name: str) -> None:
    other = "book/pooling.html" if "convolution" in page_name else "book/convolution.html"
    found = [""]
    for _ in range(ATTEMPTS):
        seen = visits(browser, web, page_name, other)
        found = faults(seen)
        if not found:
            break
    assert not found
    assert seen["3G"].paint > 0.5, "the slow line was not slow"
    assert 0 < seen["second"].transferred < seen["cold"].transferred, "nothing was kept"
