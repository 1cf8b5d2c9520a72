"""A telephone with nothing cached on a slow line, with a slow processor, and the built pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import HOW_TO_GET_ONE, chromium_flags, find_chromium
from tests.browser.loading import PHONE, serve

SLOWDOWN = 4
LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,  # bytes: 1.6 Mb/s
    "uploadThroughput": 93_750,
}
SECONDS = 60  # then the page counts as broken


@contextmanager
def browser_and_site(site: Path) -> Iterator[tuple[Browser, str]]:
    """Yield a Chromium and the address at which a folder of built pages is served meanwhile."""
    path = find_chromium()
    if path is None:
        raise SystemExit(HOW_TO_GET_ONE)
    with sync_playwright() as playwright, serve(site) as home:
        browser = playwright.chromium.launch(executable_path=path, args=chromium_flags())
        yield browser, home
        browser.close()


def slow_page(browser: Browser) -> tuple[Page, list[float]]:
    """Return a telephone's page with nothing cached, and a list that grows by received bytes."""
    page = browser.new_context(viewport=PHONE).new_page()
    wire = page.context.new_cdp_session(page)
    received: list[float] = []
    wire.on("Network.dataReceived", lambda event: received.append(event["encodedDataLength"]))
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", LINE)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    return page, received
