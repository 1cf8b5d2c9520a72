"""Largest paint: how soon the first screen of a page stands, on a slow line and a slow processor.

`python -m benchmarks.largest_paint` opens pages cold, as a phone might: 1.6 Mb/s, 150 ms before
each answer, a fourth of this processor's speed. It writes benchmarks/results/largest_paint.md. The
goal is 2.5 seconds (web.dev's "good"). Nothing fails when it takes longer: what else the machine
does decides, too, and the table has its load.
"""

from __future__ import annotations

import argparse
import os
import statistics
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.slow_line import SECONDS, SLOWDOWN, browser_and_site, slow_page

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
GOAL_S = 2.5
# The front page; chapters with many formulas, with diagrams and with long tables; the longest page.
PAGES = (
    "index.html",
    "book/convolution.html",
    "book/pooling.html",
    "book/backpropagation.html",
    "book/architectures.html",
    "book/glossary.html",
)
WATCH = """new PerformanceObserver((list) => {
  window.largest = list.getEntries().at(-1).startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift = (window.shift ?? 0) + entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


def visit(browser: Browser, address: str) -> dict[str, float]:
    """Open a page cold and slowly; return its paints and its end in seconds, and kilobytes."""
    page, received = slow_page(browser)
    page.add_init_script(WATCH)
    page.goto(address, wait_until="load", timeout=1000 * SECONDS)
    page.wait_for_timeout(1000)  # what comes after, and may be larger
    seen: dict[str, float] = page.evaluate(
        """() => ({
          first: performance.getEntriesByName("first-contentful-paint")[0].startTime / 1000,
          largest: window.largest / 1000,
          load: performance.getEntriesByType("navigation")[0].loadEventStart / 1000,
          shift: window.shift ?? 0,
        })"""
    )
    page.context.close()
    return {**seen, "kB": sum(received) / 1000}


def table(rows: list[tuple[str, dict[str, float], float]], version: str, rounds: int) -> str:
    """Write the rows as Markdown."""
    lines = [
        "# Largest paint on a slow line and a slow processor",
        "",
        f"Chromium {version}, cold, 1.6 Mb/s, 150 ms, the processor slowed {SLOWDOWN} times; "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores. Medians of {rounds} visits. "
        f"The goal is a largest paint within {GOAL_S} s.",
        "",
        "| page | first text, s | largest paint, s | slowest of them, s | loaded, s | shift | kB |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {page} | {seen['first']:.2f} | {seen['largest']:.2f} | {slowest:.2f} | "
        f"{seen['load']:.2f} | {seen['shift']:.3f} | {seen['kB']:.0f} |"
        for page, seen, slowest in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--rounds", type=int, default=5, help="visits of each page")
    parser.add_argument("--only", default="", help="pages whose name contains this; writes nothing")
    arguments = parser.parse_args()
    rows = []
    with browser_and_site(arguments.site) as (browser, home):
        for page in PAGES:
            if arguments.only not in page:
                continue
            seen = [visit(browser, f"{home}/{page}") for _ in range(arguments.rounds)]
            medians = {key: statistics.median(one[key] for one in seen) for key in seen[0]}
            rows.append((page, medians, max(one["largest"] for one in seen)))
        version = browser.version
    written = table(rows, version, arguments.rounds)
    print(written)
    if not arguments.only:
        (RESULTS / "largest_paint.md").write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
