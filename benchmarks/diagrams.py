"""The diagrams: script time of one step and of one change in Chromium, and bytes per output.

`python -m benchmarks.diagrams` opens each diagram, small as by default and as large as it may be,
and writes cnnbook/data/results/diagrams.json and
benchmarks/results/diagrams.md. The goal is a median under 16 ms: a
step then fits into one frame of a screen that draws sixty in a second.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pathlib
import statistics
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks import RECORDED
from cnnbook import diagrams
from cnnbook.diagrams.base import script
from cnnbook.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from tests.browser.conftest import chromium_flags, find_chromium

RESULTS = pathlib.Path(__file__).parent / "results"
GOAL_MS = 16.0

# What a reader does, in the page's own words. A step also lays the page out, as a screen must.
MEASURE = """([name, rounds]) => {
  const element = document.querySelector(`cnnbook-${name}`);
  const time = (action) => {
    const all = [];
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      action(round);
      const script = performance.now() - start;
      element.getBoundingClientRect();
      all.push([script, performance.now() - start]);
    }
    return all;
  };
  const steps = element.go
    ? (round) => element.go(round)
    : element.look ? (round) => element.look(20 + round % 80, 30)
    : element.stroke ? (round) => element.stroke([4 + round % 20, 6], [5 + round % 20, 26])
    : (round) => { element.cell = [round % 3, round % 2]; element.mark(); };
  // A photograph is filtered again only under another kernel.
  const change = element.look ? (round) => ({ kernel: [[-1, 0, 1], [-2, round, 2], [-1, 0, 1]] })
    : () => ({});
  return { step: time(steps), change: time((round) => element.set(change(round))) };
}"""


def cases() -> dict[str, diagrams.Diagram]:
    """Return each diagram as it comes, and as large as it may be."""
    rng = np.random.default_rng(0)
    layer = ("conv2d", {"out_channels": 8, "kernel_size": 3, "padding": 1})
    return {
        "backward": diagrams.backward(),
        "backward, largest": diagrams.backward(
            rng.normal(size=(16, 16)), rng.normal(size=(7, 7)), padding=8
        ),
        "descent": diagrams.descent(),
        "descent, largest": diagrams.descent("two minima", steps=200),
        "convolution": diagrams.convolution(),
        "convolution, largest": diagrams.convolution(
            rng.normal(size=(16, 16)), rng.normal(size=(7, 7)), padding=8
        ),
        "channels": diagrams.channels(),
        "channels, largest": diagrams.channels(
            rng.normal(size=(4, 8, 8)), rng.normal(size=(4, 4, 5, 5))
        ),
        "frequency": diagrams.frequency(),
        "frequency, largest": diagrams.frequency(rng.normal(size=7), stride=3),
        "network": diagrams.network(),
        "network, the simple CNN's": diagrams.network(simple_cnn(rng), input_size=(1, 28, 28)),
        "network, largest": diagrams.network(largest(rng), rng.normal(size=(1, 1, 48, 48))),
        "photo": diagrams.photo(),
        "photo, 512×512": diagrams.photo(rng.integers(0, 256, (3, 512, 512))),
        "photo, 512×512 in colour": diagrams.photo(
            rng.integers(0, 256, (3, 512, 512)), colour=True
        ),
        "pooling": diagrams.pooling(),
        "pooling, largest": diagrams.pooling(
            rng.normal(size=(16, 16)), kernel_size=7, stride=1, padding=3
        ),
        "train": diagrams.train(),
        "transposed": diagrams.transposed(),
        "transposed, largest": diagrams.transposed(
            rng.normal(size=(13, 13)), rng.normal(size=(7, 7))
        ),
        "sizes": diagrams.sizes(),
        "sizes, largest": diagrams.sizes((1, 64, 64), [layer] * 24),
    }


def simple_cnn(rng: np.random.Generator) -> Sequential:
    """Return the layers of `cnnbook.nets.SimpleCNN`, untrained."""
    return Sequential(
        *(Conv2d(1, 10, 5, rng=rng), MaxPool2d(2), ReLU()),
        *(Conv2d(10, 20, 5, rng=rng), MaxPool2d(2), ReLU()),
        *(Flatten(), Linear(320, 10, rng=rng)),
    )


def largest(rng: np.random.Generator) -> Sequential:
    """Return a network near every limit of the diagram: values, multiplications, parameters."""
    return Sequential(
        *(Conv2d(1, 4, 7, padding=3, rng=rng), MaxPool2d(4)),
        *(Conv2d(4, 6, 5, padding=2, rng=rng), MaxPool2d(3)),
        *(Flatten(), Linear(96, 190, rng=rng)),
    )


def measure(page: Page, case: str, diagram: diagrams.Diagram, rounds: int) -> dict[str, Any]:
    """Open a diagram and return its row of the table."""
    html = diagram._repr_html_()
    page.set_content(html)
    page.evaluate(MEASURE, [diagram.name, 5])  # once unmeasured: the compiler warms up
    found = page.evaluate(MEASURE, [diagram.name, rounds])
    row: dict[str, Any] = {"case": case}
    for what, times in found.items():
        row[f"{what}_ms"] = round(statistics.median(script for script, _ in times), 2)
        row[f"{what}_with_layout_ms"] = round(statistics.median(both for _, both in times), 2)
    row["output_bytes"] = len(html.encode())
    row["script_bytes"] = len(script(diagram.name).encode())
    row["script_gzipped_bytes"] = len(gzip.compress(script(diagram.name).encode()))
    return row


def table(rows: list[dict[str, Any]], version: str) -> str:
    """Write the rows as Markdown."""
    lines = [
        "# The diagrams in a browser",
        "",
        f"Chromium {version}. Milliseconds of script, medians; in brackets with layout. The goal "
        f"is a step under {GOAL_MS:.0f} ms.",
        "",
        "| diagram | step | any change | bytes of the output | of these, script | gzipped |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['case']} | {row['step_ms']} ({row['step_with_layout_ms']}) "
            f"| {row['change_ms']} ({row['change_with_layout_ms']}) | {row['output_bytes']:,} "
            f"| {row['script_bytes']:,} | {row['script_gzipped_bytes']:,} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=200, help="steps of each diagram")
    rounds = parser.parse_args().rounds
    path = find_chromium()
    with sync_playwright() as playwright:
        # Without a Chromium on the path, Playwright's own is asked for.
        browser = playwright.chromium.launch(executable_path=path, args=chromium_flags())
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        rows = [measure(page, case, diagram, rounds) for case, diagram in cases().items()]
        version = browser.version
        browser.close()
    RESULTS.mkdir(exist_ok=True)
    content = {"chromium": version, "rounds": rounds, "goal_ms": GOAL_MS, "rows": rows}
    (RECORDED / "diagrams.json").write_text(
        json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (RESULTS / "diagrams.md").write_text(table(rows, version), encoding="utf-8")
    print(table(rows, version))
    slow = [row["case"] for row in rows if row["step_ms"] >= GOAL_MS]
    if slow:
        raise SystemExit(f"a step takes {GOAL_MS:.0f} ms or more: {', '.join(slow)}")


if __name__ == "__main__":
    main()
