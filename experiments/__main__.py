"""Run experiments: `make experiments`, or `python -m experiments [NAME ...]`.

Each is recorded in cnnbook/data/results/experiments/. `--check` writes nothing and asks whether
the verdicts are those on record.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

from experiments import recording


def main() -> int:
    """Run the command line and return its exit code."""
    names = recording.names()
    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which; all of {names} if none")
    parser.add_argument("--check", action="store_true", help="compare verdicts, write nothing")
    parser.add_argument("--threads", type=int, default=1, help="of each; 1 unless told")
    parser.add_argument("--workers", type=int, default=2, help="experiments at a time")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(names))
    if unknown:
        parser.error(f"there is no {unknown}; expected some of {names}")
    chosen = options.names or names
    longest_first = sorted(chosen, key=lambda name: -recording.module(name).MINUTES)
    wrong = 0
    # New processes: PyTorch's threads do not survive a fork.
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(recording.measure, name, options.threads) for name in longest_first]
        for done in as_completed(futures):
            result = done.result()
            print(report(result), flush=True)
            if not options.check:
                recording.write(result)
            elif result["verdicts"] != recording.read(result["name"])["verdicts"]:
                print("   the verdicts differ from those on record")
                wrong += 1
    return min(wrong, 1)


def report(result: dict[str, Any]) -> str:
    """Return a few lines on what came out."""
    lines = [f"{result['name']}: {result['minutes']} minutes, {result['unit']}"]
    for arm, values in recording.as_arrays(result["numbers"]).items():
        spread = f"{values.min():9.4g} to {values.max():.4g}"
        lines.append(f"   {arm:40} mean {values.mean():9.4g}   {spread}")
    lines += [
        f"   {'yes' if holds else 'NO '} {text}" for text, holds in result["verdicts"].items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
