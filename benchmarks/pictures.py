"""Measure how many drawn pictures the network that `predict` uses reads, and write the shares.

    python -m benchmarks.pictures

The result is cnnbook/data/results/pictures.json. The pictures are drawn by tests/data/drawings.py:
hands and papers are the others there, those that were not looked at while the reading was built.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.results import REPOSITORY, RESULTS, commit, provenance
from cnnbook.cli.predict import SURE
from cnnbook.data.scans import like_mnist, read_digits
from cnnbook.nets import SimpleCNN
from tests.data.drawings import CLEAN, PAPERS, picture

EACH = 20
SEED = 11


def row(number: int, kind: str, network: SimpleCNN, folder: Path) -> dict[str, Any]:
    """Draw and read the pictures of one kind."""
    right = unsure = unsure_right = 0
    for i in range(EACH):
        rng = np.random.default_rng([SEED, number, i])
        picture(kind, i % 10, rng, other=True).save(folder / "picture.png")
        images = np.stack([like_mnist(digit) for digit in read_digits(folder / "picture.png")])
        with torch.no_grad():
            shares = network(torch.from_numpy(images)[:, None]).softmax(dim=1)
        read = "".join(map(str, shares.argmax(dim=1).tolist())) == str(i % 10)
        doubt = float(shares.amax(dim=1).min()) < SURE
        right, unsure, unsure_right = right + read, unsure + doubt, unsure_right + (read and doubt)
    print(f"{kind}: {right} of {EACH}", flush=True)
    return {
        "kind": kind,
        "pictures": EACH,
        "read": right,
        "unsure": unsure,
        "unsure_and_read": unsure_right,
    }


def main() -> None:
    torch.set_num_threads(1)
    network = SimpleCNN.pretrained().eval()
    origin = provenance("pictures") | {
        "command": "python -m benchmarks.pictures",
        "commit": commit("benchmarks/pictures.py"),
        "seeds": [SEED],
    }
    with tempfile.TemporaryDirectory() as folder:
        kinds = enumerate((*CLEAN, *PAPERS))
        rows = [row(number, kind, network, Path(folder)) for number, kind in kinds]
    title = "Drawn digits that are read, by kind of picture, in hands and on papers held out"
    result = {"name": "pictures", "title": title, **origin, "rows": rows}
    path = RESULTS / "pictures.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {path.relative_to(REPOSITORY)}")


if __name__ == "__main__":
    main()
