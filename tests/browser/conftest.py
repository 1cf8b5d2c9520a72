"""A Chromium of the machine, the built site behind a local server, and what one visit saw.

Each page is opened once from the server and once from disk; the tests read the visit's record.
"""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.browser import shown
from tests.browser.loading import DESKTOP, PHONE, QuietHandler, serve
from tests.patience import MILLISECONDS

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
INSTALLED_AT = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
)
HOW_TO_GET_ONE = (
    "no Chromium found, so no page was opened. Install one: `apt install chromium` on Debian or "
    "Ubuntu, `brew install --cask chromium` on macOS, Chrome or Edge on Windows."
)
# What the browser would ask the network for by itself.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
)
expect.set_options(timeout=MILLISECONDS)
LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")


def find_chromium() -> str | None:
    """Return the path of a Chromium, Chrome or Edge, or None."""
    on_path = (shutil.which(name) for name in NAMES)
    installed = (path for path in INSTALLED_AT if Path(path).is_file())
    return next((path for path in (*on_path, *installed) if path), None)


def chromium_flags() -> list[str]:
    """Return what a Chromium of ours starts with: nothing of its own over the network."""
    # Its sandbox refuses to run as root, which is what a container's user often is.
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*QUIET, "--no-sandbox"] if as_root else list(QUIET)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(HOW_TO_GET_ONE, pytrace=False)
        pytest.skip(HOW_TO_GET_ONE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=chromium_flags(), timeout=MILLISECONDS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    with serve(site, QuietHandler) as address:
        yield address


@dataclass(frozen=True)
class Visit:
    """What happened while one page was open, and what the page said of itself."""

    home: str
    errors: tuple[str, ...]
    requests: tuple[str, ...]
    seen: dict[str, Any]

    def foreign_requests(self) -> list[str]:
        """Return the requests that left the site's own folder."""
        return [url for url in self.requests if not url.startswith((self.home + "/", "data:"))]

    def weight(self, site: Path, counts: Callable[[str], bool] = bool) -> int:
        """Return the bytes of everything the page loaded (that counts), each file gzipped."""
        addresses = {url.split("?")[0] for url in self.requests if url.startswith(self.home)}
        names = (unquote(address.removeprefix(self.home + "/")) for address in addresses)
        return sum(
            len(gzip.compress((site / name).read_bytes(), 6)) for name in filter(counts, names)
        )


def listen(page: Page, errors: list[str], requests: list[str]) -> None:
    """Write down every request, and everything that a console or a log would show as trouble."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            errors.append(f"console {message.type}: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 400:
            errors.append(f"{response.status}: {response.url}")

    def on_failed(request: Request) -> None:
        # Leaving a page drops what it still waits for (its icon comes last): nothing went wrong.
        if request.failure != "net::ERR_ABORTED":
            errors.append(f"failed: {request.url}: {request.failure}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: errors.append(f"script error: {error}"))
    page.on("request", lambda request: requests.append(request.url))
    page.on("requestfailed", on_failed)
    page.on("response", on_response)


def rest(page: Page) -> None:
    """Wait until the fonts have come; not for ever."""
    page.evaluate(
        """(limit) => Promise.race([
          document.fonts.ready.then(() => null),
          new Promise((_, refuse) => setTimeout(
            () => refuse(new Error(`fonts did not come within ${limit} ms`)), limit)),
        ])""",
        MILLISECONDS,
    )


def new_page(browser: Browser) -> Page:
    """Return a page with nothing cached or stored, in a bright room with a wide screen."""
    context = browser.new_context(viewport=DESKTOP, color_scheme="light")
    context.set_default_timeout(MILLISECONDS)
    return context.new_page()


@pytest.fixture(scope="session", params=["served", "from disk"])
def home(site: Path, request: pytest.FixtureRequest) -> str:
    """Return what stands before the pages' names: the server's address, or the folder's."""
    return site.as_uri() if request.param == "from disk" else request.getfixturevalue("address")


@pytest.fixture(scope="session")
def visit(browser: Browser, home: str, page_name: str) -> Visit:
    """Open the page, wide and narrow, in light and dark, and record what is there."""
    page = new_page(browser)
    errors: list[str] = []
    requests: list[str] = []
    listen(page, errors, requests)
    page.goto(f"{home}/{page_name}")
    rest(page)
    page.evaluate(LOOK)
    seen = {what: page.evaluate(f"look.{what}()") for what in ("policy", "mathematics", "images")}
    seen["fonts"] = page.evaluate("look.fonts()")
    seen["light"] = page.evaluate("look.theme()")
    page.emulate_media(color_scheme="dark")
    seen["dark"] = page.evaluate("look.theme()")
    page.evaluate("look.unfold()")
    seen["wide"] = page.evaluate("look.overflow()")
    page.set_viewport_size(PHONE)
    seen["narrow"] = page.evaluate("look.overflow()")
    record = Visit(home, tuple(errors), tuple(requests), seen)
    # Last, and after the record is closed: the trial makes a console error of its own.
    seen["refuses"] = page.evaluate("look.foreignRequestIsRefused()")
    page.context.close()
    return record


@pytest.fixture
def quiet_page(browser: Browser) -> Iterator[Page]:
    """Yield a fresh page; fail if anything went wrong on it while the test used it."""
    page = new_page(browser)
    errors: list[str] = []
    listen(page, errors, [])
    yield page
    page.wait_for_load_state("networkidle")
    heard = tuple(errors)
    page.context.close()
    assert not heard


@pytest.fixture
def place() -> str:
    """Return where a diagram stands; EVERYWHERE replaces it."""
    return "from disk"


@pytest.fixture
def show(browser: Browser, tmp_path: Path, place: str) -> Iterator[shown.Show]:
    """Yield what opens diagrams and returns the first; at the end nothing may have gone wrong."""
    with shown.opener(browser, tmp_path, place) as open_page:
        yield open_page
