"""`python -m cnnbook info`: what a report of a problem should say. Works without PyTorch.

With --roofline, which needs it, what the CPU can do at best and how close eight layers come.
"""

from __future__ import annotations

import argparse
import platform
from importlib import metadata

import cnnbook
from cnnbook.cli.installing import advice
from cnnbook.cli.messages import in_options
from cnnbook.data.mnist import SHA256, _find, _folder


def run(arguments: argparse.Namespace) -> None:
    """Print versions, device, threads and where MNIST is looked for; then the roofline."""
    try:
        from cnnbook.nets.devices import describe, pick_device
    except ModuleNotFoundError as error:
        lines = {"python": platform.python_version()}
        lines |= {"cnnbook": cnnbook.__version__, "numpy": metadata.version("numpy")}
        lines[error.name or "torch"] = f"not installed; {advice('torch')}"
    else:
        try:
            device = str(pick_device(arguments.device))
        except ValueError as error:
            report, kind = describe("cpu"), f"not usable: {in_options(str(error))}"
        else:
            report = describe(device)
            kind = f"{device}, {report['device']}"
        memory = report["memory_bytes"]
        lines = dict(report["versions"])
        lines |= {
            "system": report["system"],
            "device": kind,
            "memory": "unknown" if memory is None else f"{memory / 2**30:.1f} GiB",
            "threads": f"{report['threads']} of {report['cores']} cores",
        }
    lines["mnist"] = _mnist()
    width = max(map(len, lines))
    for name, value in lines.items():
        print(f"{name:{width}}  {value}")
    if arguments.roofline:
        _print_roofline()


def _print_roofline() -> None:
    """Measure the CPU's limits, and print them above eight layers, predicted and measured."""
    from cnnbook.nets.devices import cpu_threads
    from cnnbook.nets.roofline import measure_roofline, predictions, table

    with cpu_threads():
        machine = measure_roofline()
        rows = predictions(machine)
    print(f"""
the CPU at its best, {machine.threads} thread{"s" if machine.threads > 1 else ""}
arithmetic  {machine.peak / 1e9:.1f} billion MACs/s, a product of matrices
memory      {machine.bandwidth / 1e9:.1f} GB/s, a copy that no cache holds
ridge       {machine.ridge:.1f} MACs/byte: a layer with fewer waits for memory
call        {1e6 * machine.call:.1f} µs, a ReLU of one number

{table(rows)}""")


def _mnist() -> str:
    try:
        folder = _folder(None)
    except ValueError as error:
        return in_options(str(error))
    except ImportError:
        return "no folder: CNNBOOK_DATA is not set, and pooch, which knows one, is not installed"
    found = sum(_find(folder, stem) is not None for stem in SHA256)
    return f"{folder} ({found} of {len(SHA256)} files)"
