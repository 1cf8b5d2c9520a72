"""`python -m cnnbook predict`: which digit a photo or scan shows."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbook.cli.runs import CommandError, load_network
from cnnbook.data.digits import digits_of
from cnnbook.data.scans import like_digits, like_mnist, read_ink


def run(arguments: argparse.Namespace) -> None:
    """Print a line for each picture; fail at the end if one could not be read."""
    import torch

    from cnnbook.nets.devices import pick_device

    device = pick_device(arguments.device)
    trained, model = _network(arguments.model)
    model.to(device).eval()
    width = max(len(str(path)) for path in arguments.images)
    failed = 0
    print(f"{'file':{width}}  digit  probability  runner-up")
    for path in arguments.images:
        try:
            image = (_prepared(path, trained) - trained["mean"]) / trained["std"]
        except (OSError, ValueError) as error:
            failed += 1
            why = error.strerror if isinstance(error, OSError) else None
            reason = f"{path}: {why}" if why else str(error)
            sys.stdout.flush()
            sys.stderr.write(f"cnnbook: error: {reason}\n")
            continue
        with torch.no_grad():
            inputs = torch.from_numpy(image.astype(np.float32))[None, None].to(device)
            shares = model(inputs)[0].softmax(dim=0).tolist()
        best, second = sorted(range(len(shares)), key=shares.__getitem__, reverse=True)[:2]
        print(
            f"{path!s:{width}}  {best:5}  {100 * shares[best]:9.1f} %  "
            f"{second} ({100 * shares[second]:.1f} %)"
        )
    if failed:
        raise CommandError(f"{failed} of {len(arguments.images)} pictures could not be used")


def _network(folder: Path | None) -> tuple[dict[str, Any], Any]:
    """Return what the network was trained on, and the network."""
    from cnnbook.nets.defaults import side_of
    from cnnbook.nets.models import TinyCNN

    if folder is None:
        return {"data": "digits", "side": 8, "mean": 0.0, "std": 1.0}, TinyCNN.pretrained()
    trained, model = load_network(folder)
    return trained | {"side": side_of(trained["data"], trained["model"])}, model


def _prepared(path: Path, trained: dict[str, Any]) -> NDArray[np.float32]:
    ink = read_ink(path)
    if trained["data"] == "mnist":
        return like_mnist(ink)
    return digits_of(like_digits(ink), trained["side"])
