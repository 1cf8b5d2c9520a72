"""Deep links: how soon a diagram shows what a link carries, on a slow line and a slow processor.

`python -m benchmarks.deep_links` opens each diagram of the built pages by a link to it, cold, as a
phone might: 1.6 Mb/s, 150 ms before each answer, a fourth of this processor's speed. It writes
benchmarks/results/deep_links.md. The goal is 3 seconds until the diagram is drawn. Nothing fails
when it takes longer: what else the machine does decides, too, and the table has its load.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser

from benchmarks.slow_line import SECONDS, SLOWDOWN, browser_and_site, slow_page

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
GOAL_S = 3.0

# Looks at every frame; a diagram counts as drawn in the frame after it has its parts.
WATCH = """(() => {
  const look = () => {
    const app = document.querySelector("cnnbook-NAME")?.shadowRoot?.querySelector(".app");
    const drawn = app?.childElementCount > 2;
    requestAnimationFrame(drawn ? () => { window.drawn = performance.now(); } : look);
  };
  requestAnimationFrame(look);
})();"""
# All that a link can carry, as it stands.
STATE = """(name) => {
  const element = document.querySelector(`cnnbook-${name}`);
  const names = element.constructor.shared.filter((key) => key in element.state);
  return Object.fromEntries(names.map((key) => [key, element.state[key]]));
}"""
REPORT = """() => ({
  drawn: window.drawn,
  paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  message: document.querySelector("cnnbook-NAME").shadowRoot.querySelector(".message").textContent,
})"""


def diagrams_of(site: Path) -> list[tuple[str, str]]:
    """Return the first page of each diagram, in the order of their names, and every diagram of it.

    The front page and the Studio are there with all that they hold.
    """
    found: dict[str, list[str]] = {}
    for page in [site / "index.html", *sorted((site / "book").glob("*.html"))]:
        html = page.read_text(encoding="utf-8")
        names = re.findall(r"<cnnbook-(?!answer|guess)(\w+) ", html)
        found[page.relative_to(site).as_posix()] = list(dict.fromkeys(names))
    rows = [(page, name) for page in ("index.html", "book/studio.html") for name in found[page]]
    for page, names in found.items():
        rows += [(page, name) for name in names if name not in {known for _, known in rows}]
    return rows


def state_of(browser: Browser, address: str, name: str) -> Any:
    """Return what a link to a diagram can carry."""
    page = browser.new_page()
    page.goto(address)
    state = page.evaluate(STATE, name)
    page.close()
    return state


def visit(browser: Browser, address: str, name: str) -> dict[str, float]:
    """Open a link cold and slowly; return seconds and kilobytes until the diagram is drawn."""
    page, received = slow_page(browser)
    page.add_init_script(WATCH.replace("NAME", name))
    page.goto(address, wait_until="commit")
    until = time.monotonic() + SECONDS
    while not page.evaluate("window.drawn") and time.monotonic() < until:
        time.sleep(0.05)
    kilobytes = sum(received) / 1000
    found = page.evaluate(REPORT.replace("NAME", name))
    page.context.close()
    if not found["drawn"] or found["message"]:
        raise SystemExit(f"{address}: {found['message'] or f'not drawn in {SECONDS} s'}")
    return {"drawn": found["drawn"] / 1000, "paint": found["paint"] / 1000, "kB": kilobytes}


def table(rows: list[tuple[str, str, dict[str, float]]], version: str) -> str:
    """Write the rows as Markdown."""
    lines = [
        "# Deep links on a slow line and a slow processor",
        "",
        f"Chromium {version}, cold, 1.6 Mb/s, 150 ms, the processor slowed {SLOWDOWN} times; "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores. Medians. The goal is a "
        f"diagram that is drawn within {GOAL_S:.0f} s.",
        "",
        "| page | diagram | first text, s | drawn, s | kB until then |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {page} | {name} | {seen['paint']:.2f} | {seen['drawn']:.2f} | {seen['kB']:.0f} |"
        for page, name, seen in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--rounds", type=int, default=3, help="visits of each link")
    parser.add_argument("--only", default="", help="pages whose name contains this; writes nothing")
    arguments = parser.parse_args()
    rows = []
    with browser_and_site(arguments.site) as (browser, home):
        for page, name in diagrams_of(arguments.site):
            if arguments.only not in page:
                continue
            state = state_of(browser, f"{home}/{page}", name)
            link = f"{home}/{page}#{name}-1={quote(json.dumps(state), safe='')}"
            seen = [visit(browser, link, name) for _ in range(arguments.rounds)]
            medians = {key: statistics.median(one[key] for one in seen) for key in seen[0]}
            rows.append((page, name, medians))
        version = browser.version
    print(table(rows, version))
    if not arguments.only:
        (RESULTS / "deep_links.md").write_text(table(rows, version), encoding="utf-8")


if __name__ == "__main__":
    main()
