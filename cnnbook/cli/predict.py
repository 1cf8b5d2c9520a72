"""`python -m cnnbook predict`: which digits a photo or scan shows."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbook.cli.runs import CommandError, load_network
from cnnbook.data.digits import digits_of
from cnnbook.data.scans import like_digits, like_mnist, read_digits

Images = NDArray[np.float32]

# An answer less probable than this is unsure. Chosen on 300 pictures of tests/data/drawings.py:
# below were both wrong answers and 2 right ones; on 300 others all 3 wrong ones and 11 right ones.
SURE = 0.8
SHOWN = 224  # pixels of a side of what --show writes for a digit: 8 for each of MNIST's 28


def run(arguments: argparse.Namespace) -> None:
    """Print a line for each picture; fail at the end if one could not be read."""
    from cnnbook.nets.devices import pick_device

    device = pick_device(arguments.device)
    trained, model = _network(arguments.model)
    model.to(device).eval()
    names = _names(arguments.images, arguments.show)
    width = max(len(str(path)) for path in arguments.images)
    failed = 0
    print(f"{'file':{width}}  digit  probability  runner-up")
    for path, name in zip(arguments.images, names, strict=True):
        try:
            images = _prepared(path, trained)
        except (OSError, ValueError) as error:
            failed += 1
            why = error.strerror if isinstance(error, OSError) else None
            reason = f"{path}: {why}" if why else str(error)
            sys.stdout.flush()
            sys.stderr.write(f"cnnbook: error: {reason}\n")
            continue
        if name is not None:
            _show(images, name)
        shares = _shares(model, (images - trained["mean"]) / trained["std"], device)
        best, probability, second, runner_up = reading(shares)
        line = (
            f"{path!s:{width}}  {best:>5}  {100 * probability:9.1f} %  "
            f"{second} ({100 * runner_up:.1f} %)"
        )
        print(line if shares.max(axis=1).min() >= SURE else f"{line}  unsure")
    if failed:
        raise CommandError(f"{failed} of {len(arguments.images)} pictures could not be used")


def reading(shares: NDArray[np.float64]) -> tuple[str, float, str, float]:
    """Return the likeliest digits and the runner-up, each with its probability.

    Parameters
    ----------
    shares : ndarray, shape (N, 10)
        For each of N digits the probabilities of 0 to 9. They are taken to be independent.

    Examples
    --------
    >>> shares = np.zeros((2, 10))
    >>> shares[0, 4], shares[1, 2], shares[1, 7] = 1, 0.75, 0.25
    >>> reading(shares)
    ('42', 0.75, '47', 0.25)
    """
    rows = np.arange(len(shares))
    order = np.argsort(shares, axis=1)
    best, next_best = order[:, -1], order[:, -2]
    probability = shares[rows, best].prod()
    # The runner-up differs in the one digit where the second best is least worse.
    odds = shares[rows, next_best] / shares[rows, best]
    where = int(odds.argmax())
    second = np.where(rows == where, next_best, best)
    return (
        "".join(map(str, best)),
        float(probability),
        "".join(map(str, second)),
        float(probability * odds[where]),
    )


def _network(folder: Path | None) -> tuple[dict[str, Any], Any]:
    """Return what the network was trained on, and the network."""
    from cnnbook.nets.defaults import MNIST_SIDE, side_of
    from cnnbook.nets.models import SimpleCNN

    if folder is None:
        values = {"data": "mnist", "side": MNIST_SIDE, "mean": 0.0, "std": 1.0}
        return values, SimpleCNN.pretrained()
    trained, model = load_network(folder)
    return trained | {"side": side_of(trained["data"], trained["model"])}, model


def _prepared(path: Path, trained: dict[str, Any]) -> Images:
    """Return the digits of a picture as the network's training images were: (N, side, side)."""
    if trained["data"] == "mnist":
        return np.stack([like_mnist(digit) for digit in read_digits(path)])
    side = trained["side"]
    return np.stack([digits_of(like_digits(digit), side) for digit in read_digits(path)])


def _shares(model: Any, images: Images, device: Any) -> NDArray[np.float64]:
    """Return the probabilities of the ten classes, (N, 10)."""
    import torch

    with torch.no_grad():
        inputs = torch.from_numpy(images.astype(np.float32))[:, None].to(device)
        return model(inputs).softmax(dim=1).double().cpu().numpy()


def _names(paths: list[Path], folder: Path | None) -> list[Path | None]:
    """Return where to show each picture: no name twice, and none of a picture that is read."""
    if folder is None:
        return [None] * len(paths)
    folder.mkdir(parents=True, exist_ok=True)
    names: list[Path | None] = []
    taken = {path.resolve() for path in paths}
    for path in paths:
        name, number = folder / f"{path.stem}-seen.png", 1
        while name.resolve() in taken:
            number += 1
            name = folder / f"{path.stem}-seen-{number}.png"
        taken.add(name.resolve())
        names.append(name)
    return names


def _show(images: Images, name: Path) -> None:
    """Write what the network is given, enlarged, several digits side by side."""
    from PIL import Image

    row = np.concatenate(list(images), axis=1)
    pixels = np.rint(255 * row.clip(0, 1)).astype(np.uint8)
    zoom = SHOWN // len(row)
    Image.fromarray(pixels.repeat(zoom, axis=0).repeat(zoom, axis=1)).save(name, format="PNG")
