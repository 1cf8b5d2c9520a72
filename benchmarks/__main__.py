"""Run every benchmark, one after the other: `make bench`, or `python -m benchmarks`.

Each is a program of its own (`python -m benchmarks.engine --help`), because a fair comparison
sets the environment before NumPy and PyTorch start.
"""

from __future__ import annotations

import os
import subprocess
import sys

# The folder with the MNIST files, if there is one: what is trained on it is measured too.
mnist = os.environ.get("CNNBOOK_DATA")
for module, *arguments in [
    ("engine",),
    ("crossing",),
    ("roofline",),
    ("lenet", *(["--mnist", mnist] if mnist else [])),
    ("training",),
    ("diagrams",),
    ("learning",),
    ("deep_links",),
    ("inputs",),
    ("largest_paint",),
    ("importing",),
]:
    subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *arguments], check=True)
