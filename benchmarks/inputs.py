"""The diagrams on a slow processor: how long one input takes to reach the screen.

`python -m benchmarks.inputs` opens each diagram in Chromium, slows the processor four times
(`Emulation.setCPUThrottlingRate`), makes one input after the other and waits for the frame that
shows it. It writes benchmarks/results/inputs.md, with the machine's load. The goal is a median of
at most 100 ms for each diagram as it comes; the largest that there may be are reported too.
"""

from __future__ import annotations

import argparse
import os
import statistics

from playwright.sync_api import Page, sync_playwright

from benchmarks.diagrams import RESULTS, cases
from tests.browser.conftest import chromium_flags, find_chromium

SLOWER = 4
GOAL_MS = 100.0

# One input of each diagram, and that of another kind where it has one. `round` differs each time,
# so that something changes. A frame is on its way when the message after it comes.
MEASURE = """async ([name, rounds]) => {
  const element = document.querySelector(`cnnbook-${name}`);
  const root = element.shadowRoot;
  const all = (selector) => [...root.querySelectorAll(selector)];
  const send = (target, type, Kind = Event, more = {}) =>
    target.dispatchEvent(new Kind(type, { bubbles: true, composed: true, ...more }));
  const over = (cells) => (round) =>
    send(cells[round % cells.length], "pointerover", PointerEvent, { pointerType: "mouse" });
  const fill = (field, values, type) => (round) => {
    field.value = values[round % values.length];
    send(field, type);
  };
  const type = (grid) => (round) => element.edit(...grid, String(round % 9));
  const outputs = () => all(".output .cell");
  const inputs = {
    backward: () => ({ "point": over(all(".gradient .cell")), "number": type(["x", [1, 1]]) }),
    channels: () => ({ "point": over(outputs()), "number": type(["x", [0, 1, 1]]) }),
    convolution: () => ({ "point": over(outputs()), "number": type(["x", [1, 1]]) }),
    descent: () => ({
      "step": (round) => element.go(1 + round % 30),
      "start": (round) => element.set({ start: [round % 6, 1] }),
    }),
    network: () => ({
      "stroke": (round) => element.stroke([4 + round % 20, 6], [5 + round % 20, 26]),
      "point": (round) => { element.pointed = [1, round % 16]; element.mark(); },
    }),
    frequency: () => ({
      "frequency": (round) => element.set({ frequency: (round % 40) / 96 }),
      "point": (round) => { element.pointed = round % 30; element.mark(); },
      "number": type(["kernel", [1]]),
    }),
    photo: () => ({
      "point": (round) => element.look(20 + round % 80, 30),
      "number": type(["kernel", [1, 1]]),
    }),
    pooling: () => ({ "point": over(outputs()), "number": type(["x", [1, 1]]) }),
    train: () => ({
      "picture": (round) => { element.looked = round % 30; element.mark(); },
      "step size": (round) => element.set({ lr: 0.01 + (round % 9) / 1000 }),
    }),
    transposed: () => ({ "point": over(outputs()), "number": type(["x", [1, 1]]) }),
    sizes: () => ({
      "layer": fill(all(".layers .number")[3], [1, 2], "change"),
      "height": fill(all(".form input.number")[1], [64, 60, 62], "change"),
      "row": fill(all('input[type="range"]')[0], [0, 1, 2], "input"),
    }),
  }[name]();
  const frame = () => new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(0);
  }));
  const found = {};
  for (const [what, act] of Object.entries(inputs)) {
    found[what] = [];
    for (let round = 0; round < rounds; round += 1) {
      await frame();
      const start = performance.now();
      act(round);
      await frame();
      found[what].push(performance.now() - start);
    }
  }
  return found;
}"""


def measure(page: Page, case: str, name: str, html: str, rounds: int) -> list[list[str]]:
    """Open a diagram and return its rows of the table: case, input, median, slowest."""
    page.set_content(html)
    slow = page.context.new_cdp_session(page)
    page.evaluate(MEASURE, [name, 2])  # once unmeasured: the compiler warms up
    slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    found = page.evaluate(MEASURE, [name, rounds])
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    slow.detach()
    return [
        [case, what, f"{statistics.median(times):.0f}", f"{max(times):.0f}"]
        for what, times in found.items()
    ]


def table(rows: list[list[str]], version: str, load: str) -> str:
    """Write the rows as Markdown."""
    lines = [
        "# One input of a diagram, on a processor slowed four times",
        "",
        f"Chromium {version}; load of the machine {load}. Milliseconds from the input to the end "
        f"of the frame that shows it. The goal is a median of at most {GOAL_MS:.0f}.",
        "",
        "| diagram | input | median | slowest |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20, help="inputs of each kind")
    parser.add_argument("--only", nargs="*", default=[], help="cases with one of these words")
    given = parser.parse_args()
    path = find_chromium()
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium_flags())
        page = browser.new_page(viewport={"width": 1024, "height": 900})
        for case, made in cases().items():
            if not given.only or any(word in case for word in given.only):
                rows += measure(page, case, made.name, made._repr_html_(), given.rounds)
        version = browser.version
        browser.close()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "not known"
    text = table(rows, version, load)
    print(text)
    if given.only:
        return
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "inputs.md").write_text(text, encoding="utf-8")
    slow = [f"{case}: {what}" for case, what, median, _ in rows if float(median) > GOAL_MS]
    slow = [one for one in slow if "," not in one]
    if slow:
        raise SystemExit(f"an input takes more than {GOAL_MS:.0f} ms: {', '.join(slow)}")


if __name__ == "__main__":
    main()
