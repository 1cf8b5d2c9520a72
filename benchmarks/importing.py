"""How long `import cnnbook` takes, as a ratio to NumPy's own import.

    python -m benchmarks.importing

Each import is a process of its own, the two in turn, so that load on the machine counts for both.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

CLOCK = "import time; t = time.process_time(); import {}; print(time.process_time() - t)"


def seconds(name: str) -> float:
    """Return what a process spends on one import."""
    done = subprocess.run(
        [sys.executable, "-c", CLOCK.format(name)], capture_output=True, check=True
    )
    return float(done.stdout)


def main() -> None:
    """Print the median ratio and the two medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    for name in ("numpy", "cnnbook"):
        seconds(name)  # compiles, and warms the disk's cache
    pairs = [(seconds("cnnbook"), seconds("numpy")) for _ in range(rounds)]
    ratio = statistics.median(ours / numpy for ours, numpy in pairs)
    ours, numpy = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"import cnnbook: {ours:.0f} ms, {ratio:.2f} times NumPy's import ({numpy:.0f} ms)")


if __name__ == "__main__":
    main()
