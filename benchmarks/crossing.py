"""Where one way of computing a convolution overtakes another, and whether the rule knows it.

`python -m benchmarks.crossing` times every way that a convolution can go, forward and for both
gradients, over taps × channels × size, and the one that `cnnbook.engine.rule` chooses. It writes
cnnbook/data/results/engine-crossing.json and benchmarks/results/crossing.md. `--only WORDS`
measures the layers whose name contains one of the words, and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import threadpoolctl

from benchmarks import RECORDED
from benchmarks.engine import machine
from benchmarks.timing import interleaved, restart_with_warm_heap, traced_peak
from cnnbook import engine
from cnnbook.arguments.convolution import Arguments, check_convolution
from cnnbook.engine import fourier, im2col, rule, unrolled

RESULTS = pathlib.Path(__file__).parent / "results"
KERNELS = (7, 14, 20, 31)
LARGEST = 3e9  # multiplications of a case: above it one call takes a second or more
LARGEST_MATRIX = 2e8  # bytes of im2col's matrix


class Layer(NamedTuple):
    """Channels in and out, and their groups."""

    name: str
    c_in: int
    c_out: int
    groups: int


LAYERS = (
    Layer("1→1", 1, 1, 1),
    Layer("3→8", 3, 8, 1),
    Layer("16→16", 16, 16, 1),
    Layer("64→64", 64, 64, 1),
    Layer("depthwise 16", 16, 16, 16),
)
SIZES = ((1, 32), (16, 32), (1, 128))  # images and their side


def ways(
    operation: str, x: np.ndarray, weight: np.ndarray, dy: np.ndarray, a: Arguments
) -> tuple[dict[str, Callable[[], np.ndarray]], str, Callable[[], np.ndarray]]:
    """Return each way of an operation, the chosen one's name, and the call that chooses."""
    size = x.shape[2:]
    modules = {"fourier": fourier, "unrolled": unrolled}
    if len(x) * x.shape[1] * np.prod(a.kernel_size) * np.prod(a.out) * 4 < LARGEST_MATRIX:
        modules["im2col"] = im2col
    if operation == "forward":
        calls = {name: (lambda m=m: m.forward(x, weight, None, a)) for name, m in modules.items()}
        return calls, rule.forward(x, weight, a), lambda: engine.forward(x, weight, None, a)
    if operation == "weight gradient":
        calls = {name: (lambda m=m: m.weight_gradient(dy, x, a)) for name, m in modules.items()}
        return calls, rule.weight_gradient(dy, x, a), lambda: engine.weight_gradient(dy, x, a)
    calls = {
        name: (lambda m=m: m.input_gradient(dy, weight, a, size)) for name, m in modules.items()
    }
    calls["turned"] = lambda: unrolled.input_gradient_stride_1(dy, weight, a, size)
    chosen = rule.input_gradient(dy, weight, a, size)
    return calls, chosen, lambda: engine.input_gradient(dy, weight, a, size)


def measure(layer: Layer, batch: int, side: int, k: int, rounds: int) -> list[dict[str, Any]]:
    """Measure a convolution's three operations."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, layer.c_in, side, side), np.float32)
    weight = rng.standard_normal((layer.c_out, layer.c_in // layer.groups, k, k), np.float32)
    a = check_convolution("crossing", x, weight, None, 1, k // 2, 1, layer.groups, "zeros")
    dy = rng.standard_normal((batch, layer.c_out, *a.out), np.float32)
    rows = []
    for operation in ("forward", "weight gradient", "input gradient"):
        calls, chosen, call = ways(operation, x, weight, dy, a)
        times = interleaved(calls, 0.05, rounds)
        least = {name: min(seconds) for name, seconds in times.items()}
        best = min(least, key=lambda name: least[name])
        rows.append(
            {
                "layer": layer.name,
                "batch": batch,
                "side": side,
                "kernel": k,
                "operation": operation,
                "milliseconds": {name: 1e3 * seconds for name, seconds in least.items()},
                "chosen": chosen,
                "best": best,
                "chosen_to_best": least[chosen] / least[best],
                "peak_megabytes": traced_peak(call) / 1e6,
            }
        )
    return rows


def line(row: dict[str, Any]) -> str:
    """Format one line of the table."""
    times = row["milliseconds"]
    columns = [f"{times[name]:.2f}" if name in times else "" for name in NAMES]
    images = f"{row['batch']}×{row['side']}²"
    cells = [row["layer"], images, f"{row['kernel']}²", row["operation"], *columns]
    cells += [row["chosen"], f"{row['chosen_to_best']:.2f}", f"{row['peak_megabytes']:.1f}"]
    return "| " + " | ".join(cells) + " |"


NAMES = ("fourier", "unrolled", "turned", "im2col")
HEAD = (
    "| layer | images | taps | operation | "
    + " | ".join(f"{name} ms" for name in NAMES)
    + " | chosen | chosen / best | peak MB |\n"
    + "|---" * (7 + len(NAMES))
    + "|"
)


def main() -> None:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="WORDS", help="measure matching layers only")
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    restart_with_warm_heap("benchmarks.crossing")
    load = os.getloadavg()[0]
    rows = []
    print(HEAD)
    with threadpoolctl.threadpool_limits(1):
        for layer in LAYERS:
            if options.only and not any(words in layer.name for words in options.only):
                continue
            for batch, side in SIZES:
                for k in KERNELS:
                    pairs = layer.c_in // layer.groups * layer.c_out
                    if batch * side * side * pairs * k * k < LARGEST and k <= side:
                        rows += measure(layer, batch, side, k, options.rounds)
                        print("\n".join(map(line, rows[-3:])), flush=True)
    ratios = np.array([row["chosen_to_best"] for row in rows])
    near = int((ratios <= 1.1).sum())
    within = f"{near} of {len(rows)} within a tenth of the best, worst {ratios.max():.2f}"
    print(within)
    if options.only:
        return
    description = {**machine(), "load": f"{load:.1f} on {os.cpu_count()} cores"}
    results = {"machine": description, "rows": rows}
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    (RECORDED / "engine-crossing.json").write_text(text)
    about = ", ".join(f"{key} {value}" for key, value in description.items())
    lines = ["<!-- Written by python -m benchmarks.crossing. -->"]
    lines += [f"float32, one thread, the fastest of {options.rounds} interleaved rounds: {about}."]
    lines += ["", f"{within}.", ""]
    (RESULTS / "crossing.md").write_text("\n".join([*lines, HEAD, *map(line, rows)]) + "\n")


if __name__ == "__main__":
    main()
