"""Eight layers beside their least time, and what lies between: layout, pages, fusion, kernels.

`python -m benchmarks.roofline` measures and writes cnnbook/data/results/roofline.json, on the CPU
with one thread, in about two minutes. All times are seconds of the fastest round, in processor
time.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import cnnbook
from benchmarks import RECORDED
from benchmarks.engine import machine
from benchmarks.results import commit
from benchmarks.timing import restart_with_warm_heap
from cnnbook.nets.roofline import (
    LAYERS,
    Prediction,
    Roofline,
    in_turns,
    measure_roofline,
    predictions,
    table,
    work,
)
from cnnbook.winograd import conv2d_winograd, multiplications

ROUNDS = 9
#: Why a layer takes more than twice its least time; a row beyond two without an entry is a
#: question to be answered, and a test asks it.
REASONS = {
    "depthwise 3×3, 64, 112²": (
        "The image moves three times: oneDNN's log shows it copied into blocks of channels, which "
        "the kernel wants, then the convolution, then the output copied back. In channels last "
        "there are no copies."
    ),
    "max pool 2×2, 64, 112²": (
        "In this layout PyTorch's loop takes one number at a time, in channels last a vector of "
        "them. It also writes the index of each maximum, eight bytes beside the maximum's four."
    ),
}
#: Kernels of OpenBLAS, from narrow to wide vectors, and what the processor must have for them.
CORES = {"Nehalem": "SSE", "Sandybridge": "AVX", "Haswell": "AVX2", "SkylakeX": "AVX512"}


def layers(roofline: Roofline) -> list[dict[str, Any]]:
    """Measure the eight layers: in both layouts, and with outputs on fresh pages of memory."""
    last = predictions(roofline, rounds=ROUNDS, channels_last=True)
    pages = on_fresh_pages(roofline)
    logs = onednn_logs()
    rows = []
    for row, other in zip(predictions(roofline, rounds=ROUNDS), last, strict=True):
        rows.append(
            {
                "name": row.name,
                "macs": row.work.macs,
                "bytes": row.work.bytes,
                "intensity": row.intensity,
                "limit": row.limit,
                "predicted": row.predicted,
                **times(row.rounds, row.predicted),
                "channels_last": times(other.rounds, row.predicted),
                "fresh_pages": times(pages[row.name], row.predicted),
                "log": logs[row.name],
                "reason": REASONS.get(row.name) if row.ratio > 2 else None,
            }
        )
    print(table([Prediction(r.name, r.work, r.limit, r.predicted, r.rounds) for r in last]))
    return rows


def times(seconds: list[float] | tuple[float, ...], predicted: float) -> dict[str, Any]:
    """Return all rounds, the fastest, and its ratio to the prediction."""
    least = min(seconds)
    return {"seconds": list(seconds), "measured": least, "ratio": least / predicted}


def child(code: str, **environment: str) -> str:
    """Return what a program prints under another environment."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def on_fresh_pages(roofline: Roofline) -> dict[str, list[float]]:
    """Return each layer's seconds when every array of 1 MiB is new from the system.

    The Linux C library gives such arrays back after the call; the system fills new pages with
    zeros, when each is touched first.
    """
    code = (
        "import json, torch; from benchmarks import roofline as b; torch.set_num_threads(1);"
        f"rows = b.predictions(b.Roofline(1, 1, 0, 1), rounds={ROUNDS});"
        "print(json.dumps({row.name: row.rounds for row in rows}))"
    )
    fresh = {"MALLOC_MMAP_MAX_": "65536", "MALLOC_MMAP_THRESHOLD_": str(2**20)}
    found: dict[str, list[float]] = json.loads(child(code, **fresh))
    return found


def onednn_logs() -> dict[str, list[str]]:
    """Return what oneDNN did for each layer, in order: "reorder jit:blk", "convolution …"."""
    code = "from benchmarks import roofline as b; b.run_each_once()"
    logs: dict[str, list[str]] = {}
    done: list[str] = []
    for line in child(code, ONEDNN_VERBOSE="1").splitlines():
        if line.startswith("layer: "):
            done = logs.setdefault(line.removeprefix("layer: "), [])
        elif ",primitive,exec,cpu," in line:
            done.append(" ".join(line.split(",cpu,")[1].split(",")[:2]))
    return logs


def run_each_once() -> None:
    """Call each layer, after its name; oneDNN's lines are pushed out of C's buffer between."""
    torch.set_num_threads(1)
    with torch.inference_mode():
        for name, build, size in LAYERS:
            layer, x = build().eval(), torch.ones(size)
            ctypes.CDLL(None).fflush(None)
            print(f"layer: {name}", flush=True)
            layer(x)
    ctypes.CDLL(None).fflush(None)


def least(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the seconds of each call in its fastest round."""
    with torch.inference_mode():
        return {name: min(seconds) for name, seconds in in_turns(calls, ROUNDS).items()}


def im2col() -> dict[str, Any]:
    """Compare the matrix of all windows of a 3×3 convolution with the image, and the times."""
    conv, x = nn.Conv2d(64, 64, 3, padding=1), torch.ones(8, 64, 56, 56)
    unfold = partial(F.unfold, x, 3, padding=1)
    columns, weight = unfold(), conv.weight.detach().reshape(64, -1)
    calls = {"unfold": unfold, "product": lambda: weight @ columns, "convolution": lambda: conv(x)}
    return {"image_bytes": x.nbytes, "matrix_bytes": columns.nbytes, **least(calls)}


def separable() -> dict[str, Any]:
    """Time a 3×3 convolution 64→128 at 56², dense and as depthwise and 1×1."""
    dense = nn.Conv2d(64, 128, 3, padding=1)
    both = nn.Sequential(nn.Conv2d(64, 64, 3, padding=1, groups=64), nn.Conv2d(64, 128, 1))
    size = (8, 64, 56, 56)
    found: dict[str, Any] = {
        "dense_macs": work(dense, size).macs,
        "separable_macs": work(both, size).macs,
        "layouts": {},
    }
    for name, layout in (
        ("contiguous", torch.contiguous_format),
        ("channels last", torch.channels_last),
    ):
        x = torch.ones(size).contiguous(memory_format=layout)
        models = {"dense": dense, "separable": both}
        calls = {
            key: partial(model.to(memory_format=layout), x)  # type: ignore[call-overload]
            for key, model in models.items()
        }
        found["layouts"][name] = least(calls)
    return found


def scaled(x: torch.Tensor) -> torch.Tensor:
    """Scale, shift and cut off: three operations, each of which reads and writes the image."""
    return F.relu(x * 1.5 + 0.5)


def fusion() -> list[dict[str, Any]]:
    """Time operations one after the other, and as torch.compile makes one of them."""
    conv = nn.Conv2d(64, 64, 1).eval()
    cases = {"scale, shift, ReLU": scaled, "1×1 64→64, ReLU": lambda x: F.relu(conv(x))}
    x = torch.ones(8, 64, 112, 112)
    compiler = any(map(shutil.which, ("g++", "clang++")))
    rows = []
    for name, function in cases.items():
        calls: dict[str, Callable[[], object]] = {"eager": partial(function, x)}
        if compiler:
            calls["compiled"] = partial(torch.compile(function), x)
        row = {"name": name, "compiled": None, **least(calls)}
        rows.append({**row, "left_out": None if compiler else "no C++ compiler is here"})
    return rows


def blas() -> list[dict[str, Any]]:
    """Time NumPy's product of two 1024×1024 matrices with each kernel that OpenBLAS has."""
    code = (
        "import time, numpy as np; a = np.ones((1024, 1024), np.float32); times = []\n"
        f"for _ in range({ROUNDS}):\n"
        "    start = time.thread_time(); a @ a; times.append(time.thread_time() - start)\n"
        "print(min(times))"
    )
    widest = torch.backends.cpu.get_cpu_capability()
    rows: list[dict[str, Any]] = []
    for core, needs in CORES.items():
        row = {"core": core, "vectors": needs, "seconds": None, "macs_per_second": None}
        if platform.machine() not in ("x86_64", "AMD64"):
            rows.append({**row, "left_out": "the processor is none of Intel's kind"})
        elif needs == "AVX512" and widest != needs:
            rows.append({**row, "left_out": f"the processor has {widest}, not AVX-512"})
        else:
            seconds = float(child(code, OPENBLAS_CORETYPE=core))
            row |= {"seconds": seconds, "macs_per_second": 1024**3 / seconds}
            rows.append({**row, "left_out": None})
    return rows


def winograd() -> dict[str, Any]:
    """Time our convolution of 3×3 kernels and Winograd's, which multiplies less."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8, 64, 58, 58), np.float32)
    weight = rng.standard_normal((64, 64, 3, 3), np.float32)
    counts = multiplications(58, 64, 64)
    calls = {
        "direct": partial(cnnbook.conv2d, x, weight),
        "winograd": partial(conv2d_winograd, x, weight),
    }
    return {
        "direct_multiplications": 8 * counts.direct,
        "winograd_multiplications": 8 * counts.winograd,
        **least(calls),
    }


def last_level_cache() -> str:
    """Return the size of the processor's largest cache, as Linux tells it."""
    sizes = sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"))
    return sizes[-1].read_text().strip() if sizes else "unknown"


def main() -> None:
    """Measure, print, and write the record."""
    restart_with_warm_heap("benchmarks.roofline")
    torch.set_num_threads(1)
    origin = {
        "command": "python -m benchmarks.roofline",
        "commit": commit("benchmarks/roofline.py"),
        "machine": machine()
        | {
            "vectors": torch.backends.cpu.get_cpu_capability(),
            "last_level_cache": last_level_cache(),
            "load": f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
        },
    }
    limits = measure_roofline()
    rows = layers(limits)
    for row in rows:
        print(f"{row['name']:30} {row['ratio']:.2f} {row['reason'] or ''}", flush=True)
    result = {
        **origin,
        "roofline": {
            "peak": limits.peak,
            "bandwidth": limits.bandwidth,
            "call": limits.call,
            "ridge": limits.ridge,
            "threads": limits.threads,
        },
        "rows": rows,
        "im2col": im2col(),
        "separable": separable(),
        "fusion": fusion(),
        "blas": blas(),
        "winograd": winograd(),
    }
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    (RECORDED / "roofline.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
