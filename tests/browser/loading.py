"""How a page loads: bytes, first paint and shifts, from a server that compresses as the web does.

As a program it prints the table of all pages: `python -m tests.browser.loading`.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from tests.patience import MILLISECONDS

# What Chromium's own developer tools call "Fast 3G".
FAST_3G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 180_000,
    "uploadThroughput": 84_375,
}
PHONE = {"width": 375, "height": 800}
DESKTOP = {"width": 1280, "height": 900}
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".txt", ".xml", ".ipynb"}

# Down the page, screen by screen, as a reader who lets everything come; then what was observed.
OBSERVE = """async () => {
  await document.fonts.ready;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo({ top: y, behavior: "instant" });
    await wait(20);
  }
  await wait(100);
  const entries = (type) => new Promise((done) => {
    new PerformanceObserver((list) => done(list.getEntries())).observe({ type, buffered: true });
    setTimeout(() => done([]), 300);
  });
  const paint = (await entries("paint")).find((e) => e.name === "first-contentful-paint");
  const shifts = await entries("layout-shift");
  return {
    paint: paint?.startTime / 1000,
    shift: shifts.reduce((sum, e) => sum + (e.hadRecentInput ? 0 : e.value), 0),
  };
}"""


@dataclass(frozen=True)
class Load:
    """One loading of one page."""

    transferred: int
    paint: float
    shift: float


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serve files as they are."""

    def log_message(self, *_: object) -> None:
        """Say nothing: pytest shows what matters."""


class WebHandler(QuietHandler):
    """Serve files as GitHub's pages are served: text compressed, to be kept for ten minutes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            return self.send_error(404)
        zipped = file.suffix in COMPRESSED
        body = compressed(file) if zipped else file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)


class QuietServer(http.server.ThreadingHTTPServer):
    """A server that does not mind a browser that leaves."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of one that left in the middle of a file."""


@functools.cache
def compressed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), 6)


@contextmanager
def serve(site: Path, handler: type[QuietHandler] = WebHandler) -> Iterator[str]:
    """Serve the site on this machine alone; yield its address."""
    here = functools.partial(handler, directory=str(site))
    with QuietServer(("127.0.0.1", 0), here) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def load(context: BrowserContext, address: str, throttled: bool = False) -> Load:
    """Open the page with what the context has kept, read down to its end and report."""
    page = context.new_page()
    wire = context.new_cdp_session(page)
    received: list[float] = []
    # Headers and body as they came over the wire; nothing for what the cache had.
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    wire.send("Network.enable")
    if throttled:
        wire.send("Network.emulateNetworkConditions", FAST_3G)
    page.goto(address, wait_until="load", timeout=MILLISECONDS)
    seen = page.evaluate(OBSERVE)
    page.wait_for_load_state("networkidle", timeout=MILLISECONDS)
    page.close()
    return Load(round(sum(received)), seen["paint"], seen["shift"])


def visits(browser: Browser, address: str, page: str, other: str) -> dict[str, Load]:
    """Load a page cold, cold on a phone's connection, and after another page of the book."""
    found = {}
    for name, screen, throttled, before in (
        ("cold", DESKTOP, False, None),
        ("3G", PHONE, True, None),
        ("second", DESKTOP, False, other),
    ):
        context = browser.new_context(viewport=screen, color_scheme="light")
        context.set_default_timeout(MILLISECONDS)
        if before is not None:
            load(context, f"{address}/{before}")
        found[name] = load(context, f"{address}/{page}", throttled)
        context.close()
    return found


def main(site: Path) -> None:
    """Print one line per page, in Markdown."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import chromium_flags, find_chromium

    only = sys.argv[2] if len(sys.argv) > 2 else ""
    names = sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html"))
    print("| page | cold, kB | second, kB | paint, s | on 3G, s | shift | on 3G |")
    print("|---|---|---|---|---|---|---|")
    with sync_playwright() as playwright, serve(site) as address:
        path = find_chromium()
        browser = playwright.chromium.launch(executable_path=path, args=chromium_flags())
        for name in names:
            if name.startswith(("_static", "404")) or not re.search(only, name):
                continue
            other = "book/pooling.html" if "convolution" in name else "book/convolution.html"
            seen = visits(browser, address, name, other)
            cold, slow, second = seen["cold"], seen["3G"], seen["second"]
            print(
                f"| {name.removeprefix('book/').removesuffix('.html')} "
                f"| {cold.transferred / 1000:.0f} | {second.transferred / 1000:.0f} "
                f"| {cold.paint:.2f} | {slow.paint:.2f} | {cold.shift:.3f} | {slow.shift:.3f} |",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "_build/html"))
