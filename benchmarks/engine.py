"""Convolution and pooling against PyTorch and against NumPy's own matrix product.

`python -m benchmarks.engine` measures every case and writes cnnbook/data/results/engine.json and
benchmarks/results/engine.md. `--only WORDS` measures the cases whose name contains one of the
words, and writes nothing.
"""

from __future__ import annotations

import argparse
import datetime
import json
import pathlib
import platform
import statistics
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import threadpoolctl
import torch
import torch.nn.functional as F

import cnnbook
from benchmarks import RECORDED
from benchmarks.timing import interleaved, ratio, restart_with_warm_heap, traced_peak

RESULTS = pathlib.Path(__file__).parent / "results"


class Convolution(NamedTuple):
    """One convolution to measure. `goal_*` are what plain NumPy was seen to reach."""

    name: str
    x: tuple[int, int, int, int]
    c_out: int
    k: int
    arguments: dict[str, int]
    goal_forward: float
    goal_share: float | None
    goal_memory: float | None
    goal_backward: float


class Pooling(NamedTuple):
    """One pooling to measure."""

    name: str
    x: tuple[int, int, int, int]
    k: int
    stride: int
    padding: int
    goal_forward: float
    goal_both: float


CONVOLUTIONS = [
    Convolution("LeNet conv1", (64, 1, 28, 28), 6, 5, {"padding": 2}, 1.4, 0.53, 0.5, 0.49),
    Convolution("LeNet conv2", (64, 6, 14, 14), 16, 5, {}, 3.0, 0.59, 0.4, 1.4),
    Convolution("16→32 k3", (64, 16, 28, 28), 32, 3, {"padding": 1}, 2.7, 0.81, 0.25, 2.75),
    Convolution("64→64 k3 14²", (64, 64, 14, 14), 64, 3, {"padding": 1}, 2.5, 0.86, 0.2, 2.4),
    Convolution("64→64 k3 56²", (8, 64, 56, 56), 64, 3, {"padding": 1}, 2.2, 0.93, 0.2, 2.2),
    Convolution("32→32 k5 14²", (64, 32, 14, 14), 32, 5, {"padding": 2}, 2.5, 0.84, 0.1, 2.7),
    Convolution(
        "32→64 k3 stride 2",
        (64, 32, 28, 28),
        64,
        3,
        {"padding": 1, "stride": 2},
        2.1,
        0.68,
        0.3,
        1.9,
    ),
    Convolution(
        "3→64 k7 stride 2",
        (8, 3, 224, 224),
        64,
        7,
        {"padding": 3, "stride": 2},
        1.9,
        0.85,
        0.4,
        0.84,
    ),
    Convolution(
        "32→32 k3 dilation 2",
        (32, 32, 28, 28),
        32,
        3,
        {"padding": 2, "dilation": 2},
        2.6,
        0.71,
        0.2,
        2.7,
    ),
    Convolution(
        "64→64 k3 groups 4",
        (32, 64, 28, 28),
        64,
        3,
        {"padding": 1, "groups": 4},
        3.5,
        0.52,
        0.2,
        3.7,
    ),
    Convolution(
        "depthwise 64 k3",
        (32, 64, 28, 28),
        64,
        3,
        {"padding": 1, "groups": 64},
        2.1,
        None,
        0.13,
        2.0,
    ),
    Convolution(
        "depthwise 64 k7",
        (32, 64, 28, 28),
        64,
        7,
        {"padding": 3, "groups": 64},
        4.9,
        None,
        0.06,
        0.29,
    ),
    Convolution("1×1 256→64", (32, 256, 14, 14), 64, 1, {}, 1.15, 0.95, None, 1.2),
    Convolution("31×31 1→1", (8, 1, 256, 256), 1, 31, {"padding": 15}, 0.09, None, 0.04, 0.1),
    Convolution("31×31 3→8", (8, 3, 256, 256), 8, 31, {"padding": 15}, 0.47, None, 0.04, 0.1),
    Convolution(
        "31×31 depthwise 8",
        (8, 8, 256, 256),
        8,
        31,
        {"padding": 15, "groups": 8},
        0.03,
        None,
        0.04,
        0.1,
    ),
    Convolution("one image 1→6 k5", (1, 1, 28, 28), 6, 5, {"padding": 2}, 0.7, None, None, 0.5),
]

POOLINGS = [
    Pooling("max pool 2×2, LeNet", (64, 6, 28, 28), 2, 2, 0, 0.18, 0.65),
    Pooling("max pool 2×2", (32, 64, 28, 28), 2, 2, 0, 0.18, 0.65),
    Pooling("max pool 3×3 stride 2", (8, 64, 112, 112), 3, 2, 1, 0.18, 0.65),
    Pooling("max pool 3×3 stride 1", (32, 64, 28, 28), 3, 1, 1, 0.18, 0.65),
]


def measure_convolution(case: Convolution, seconds: float, rounds: int) -> dict[str, object]:
    """Measure one convolution forward, backward, in memory and beside a matrix product."""
    rng = np.random.default_rng(0)
    groups = case.arguments.get("groups", 1)
    k_length = case.x[1] // groups * case.k * case.k
    x = rng.standard_normal(case.x, dtype=np.float32)
    weight = rng.standard_normal((case.c_out, case.x[1] // groups, case.k, case.k), np.float32)
    bias = rng.standard_normal(case.c_out, np.float32)
    y = cnnbook.conv2d(x, weight, bias, **case.arguments)
    dy = rng.standard_normal(y.shape, np.float32)
    tensors = [torch.from_numpy(a).requires_grad_() for a in (x, weight, bias)]
    y_torch = F.conv2d(*tensors, **case.arguments)
    dy_torch = torch.from_numpy(dy)
    difference = np.abs(y - y_torch.detach().numpy()).max() / np.abs(y).max()
    assert difference < 1e-4, (case.name, difference)
    positions = y.size // case.c_out
    # Large kernels go by the Fourier transform; the matrix to multiply would take gigabytes.
    comparable = k_length * groups * positions < 2**28
    left = rng.standard_normal((groups, case.c_out // groups, k_length), np.float32)
    right = rng.standard_normal((groups, k_length, positions * comparable), np.float32)

    def torch_forward() -> torch.Tensor:
        with torch.no_grad():
            return F.conv2d(*tensors, **case.arguments)

    def forward() -> np.ndarray:
        return cnnbook.conv2d(x, weight, bias, **case.arguments)

    def backward() -> object:
        return cnnbook.conv2d_backward(dy, x, weight, **case.arguments)

    calls: dict[str, Callable[[], object]] = {
        "forward": forward,
        "torch forward": torch_forward,
        "matmul": lambda: left @ right,
        "backward": backward,
        "torch backward": lambda: torch.autograd.grad(
            y_torch, tensors, dy_torch, retain_graph=True
        ),
    }
    times = interleaved(calls, seconds, rounds)
    unrolled = k_length * groups * positions * x.itemsize
    return {
        "case": case.name,
        "milliseconds": 1e3 * statistics.median(times["forward"]),
        "forward": ratio(times, "forward", "torch forward"),
        "share": ratio(times, "matmul", "forward") if comparable else None,
        "memory": traced_peak(forward) / unrolled,
        "backward": ratio(times, "backward", "torch backward"),
        "backward_memory": traced_peak(backward) / unrolled,
        "goal_forward": case.goal_forward,
        "goal_share": case.goal_share,
        "goal_memory": case.goal_memory,
        "goal_backward": case.goal_backward,
    }


def measure_pooling(case: Pooling, seconds: float, rounds: int) -> dict[str, object]:
    """Measure one max pooling, forward, and forward and backward together."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(case.x, dtype=np.float32)
    arguments = (case.k, case.stride, case.padding)
    tensor = torch.from_numpy(x).requires_grad_()
    y = cnnbook.max_pool2d(x, *arguments)
    dy = rng.standard_normal(y.shape, np.float32)
    dy_torch = torch.from_numpy(dy)

    def torch_forward() -> torch.Tensor:
        with torch.no_grad():
            return F.max_pool2d(tensor, *arguments)

    def both() -> object:
        cnnbook.max_pool2d(x, *arguments)
        return cnnbook.max_pool2d_backward(dy, x, *arguments)

    calls: dict[str, Callable[[], object]] = {
        "forward": lambda: cnnbook.max_pool2d(x, *arguments),
        "torch forward": torch_forward,
        "both": both,
        "torch both": lambda: torch.autograd.grad(
            F.max_pool2d(tensor, *arguments), tensor, dy_torch
        ),
    }
    times = interleaved(calls, seconds, rounds)
    return {
        "case": case.name,
        "milliseconds": 1e3 * statistics.median(times["forward"]),
        "forward": ratio(times, "forward", "torch forward"),
        "both": ratio(times, "both", "torch both"),
        "goal_forward": case.goal_forward,
        "goal_both": case.goal_both,
    }


def number(value: object, percent: bool = False) -> str:
    """Format a ratio for the table; an absent one stays empty."""
    if value is None:
        return ""
    assert isinstance(value, float)
    return f"{100 * value:.0f} %" if percent else f"{value:.2f}"


def convolution_row(r: dict[str, object]) -> str:
    """Format one line of the table of convolutions."""
    cells = [
        r["case"],
        number(r["milliseconds"]),
        number(r["forward"]),
        number(r["share"], percent=True),
        number(r["memory"]),
        number(r["backward"]),
        number(r["backward_memory"]),
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def pooling_row(r: dict[str, object]) -> str:
    """Format one line of the table of poolings."""
    cells = [r["case"], number(r["milliseconds"]), number(r["forward"]), number(r["both"])]
    return "| " + " | ".join(map(str, cells)) + " |"


def machine() -> dict[str, str]:
    """Describe what was measured on, as far as it matters."""
    blas = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    return {
        "date": datetime.date.today().isoformat(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "blas": ", ".join(
            f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip()
            for pool in blas
        ),
        "threads": "1",
    }


def main() -> None:
    """Measure, print, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="WORDS", help="measure matching cases only")
    parser.add_argument("--seconds", type=float, default=1.0, help="per call and case")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    restart_with_warm_heap("benchmarks.engine")
    torch.set_num_threads(1)
    chosen = options.only or [""]
    conv_head = (
        "| convolution | ms | time / torch | of NumPy's matmul | peak / im2col | "
        "backward time / torch | backward peak / im2col |\n|---|---|---|---|---|---|---|"
    )
    pool_head = "| pooling | ms | time / torch | forward and backward / torch |\n|---|---|---|---|"
    convolutions, poolings = [], []
    with threadpoolctl.threadpool_limits(1):
        print(conv_head)
        for case in CONVOLUTIONS:
            if any(words in case.name for words in chosen):
                convolutions.append(measure_convolution(case, options.seconds, options.rounds))
                print(convolution_row(convolutions[-1]), flush=True)
        print(pool_head)
        for pooling in POOLINGS:
            if any(words in pooling.name for words in chosen):
                poolings.append(measure_pooling(pooling, options.seconds, options.rounds))
                print(pooling_row(poolings[-1]), flush=True)
    if options.only:
        return
    description = machine()
    RESULTS.mkdir(exist_ok=True)
    results = {"machine": description, "convolutions": convolutions, "poolings": poolings}
    (RECORDED / "engine.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    lines = [
        "<!-- Written by python -m benchmarks.engine. -->",
        "float32, one thread, medians over interleaved rounds: "
        + ", ".join(f"{key} {value}" for key, value in description.items())
        + ".",
        "",
        conv_head,
        *map(convolution_row, convolutions),
        "",
        pool_head,
        *map(pooling_row, poolings),
    ]
    (RESULTS / "engine.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
