"""What is fast, against what: ratios measured in one run."""

from pathlib import Path

#: Where numbers go that the book shows; `cnnbook.data.recorded` reads them. Tables to read without
#: the book are in benchmarks/results.
RECORDED = Path(__file__).parents[1] / "cnnbook" / "data" / "results"
