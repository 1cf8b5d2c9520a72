"""MNIST: 70,000 handwritten digits of 28×28 pixels, from a folder or, when asked, downloaded.

The data set is LeCun, Cortes and Burges' (1998). The package carries none of it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbook.data.dataset import Dataset
from cnnbook.data.idx import read_idx

SIDE = 28
N_CLASSES = 10
CHUNK_SIZE = 16_384  # bytes per write while downloading


class Part(NamedTuple):
    """One half of the data set: how its files are called and how many images it has."""

    stem: str
    n_images: int


TRAIN = Part("train", 60_000)
TEST = Part("t10k", 10_000)

# Of the four files as their authors published them, gzipped.
SHA256 = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


def mnist(root: str | os.PathLike[str] | None = None, download: bool = False) -> Dataset:
    """Read MNIST: 60,000 images to train on and 10,000 to test on.

    Parameters
    ----------
    root : path, optional
        Folder that holds the four files under their usual names (`train-images-idx3-ubyte` and
        so on), plain or gzipped. Without it, the folder that the environment variable
        CNNBOOK_DATA names; without that, a cache folder of the user's.
    download : bool
        Fetch the files that the folder lacks (11 MB in all). Each download is compared with a
        known SHA-256 and takes its name only when complete; an interrupted one is kept as
        `.part` and resumed by the next call. Files that are there are never replaced.

    Returns
    -------
    Dataset
        `x_train` (60000, 1, 28, 28), `y_train` (60000,), `x_test` (10000, 1, 28, 28),
        `y_test` (10000,); images float32 from 0 to 1 (the files' bytes divided by 255; 220 MB),
        labels int64.

    Raises
    ------
    FileNotFoundError
        If a file is missing and `download` is false.
    ValueError
        If a file is truncated, damaged, of another kind or swapped with another one.
    OSError
        If a file cannot be read, or no mirror delivers it, or the disk is full.
    ImportError
        If pooch, which downloads and knows the cache folder, is needed and not installed.

    Examples
    --------
    >>> from cnnbook.data import mnist
    >>> x_train, y_train, x_test, y_test = mnist("~/mnist")  # doctest: +SKIP
    """
    folder = _folder(root)
    missing = [stem for stem in SHA256 if _find(folder, stem) is None]
    if missing and not download:
        raise FileNotFoundError(_not_found(folder, missing))
    for stem in missing:
        _download(folder, stem)
    x_train, y_train = _read(folder, TRAIN)
    x_test, y_test = _read(folder, TEST)
    return Dataset(x_train, y_train, x_test, y_test)


def _folder(root: str | os.PathLike[str] | None) -> Path:
    named = root if root is not None else os.environ.get("CNNBOOK_DATA")
    if named:
        try:
            return Path(named).expanduser()
        except RuntimeError:  # ~ or ~somebody
            source = "root" if root is not None else "the environment variable CNNBOOK_DATA"
            raise ValueError(
                f"mnist: {source} is {str(named)!r}, but no home folder is known for "
                f"{Path(named).parts[0]}; expected a path to a folder"
            ) from None
    return Path(_pooch().os_cache("cnnbook")) / "mnist"


def _names(stem: str) -> Iterator[str]:
    # Some archive programs restore the name with a dot, which is what the gzip header holds.
    for name in (stem, stem.replace("-idx", ".idx")):
        yield name
        yield name + ".gz"


def _find(folder: Path, stem: str) -> Path | None:
    candidates = (folder / name for name in _names(stem))
    return next((path for path in candidates if path.is_file()), None)


def _not_found(folder: Path, missing: list[str]) -> str:
    state = "is no folder" if not folder.is_dir() else f"lacks {', '.join(missing)} (or .gz)"
    return (
        f"mnist: {folder} {state}. Give the folder that holds the four files as root or in the "
        "environment variable CNNBOOK_DATA, or call mnist(download=True) to fetch 11 MB"
    )


def _read(folder: Path, part: Part) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    pixels = read_idx(
        _present(folder, f"{part.stem}-images-idx3-ubyte"), (part.n_images, SIDE, SIDE)
    )
    path = _present(folder, f"{part.stem}-labels-idx1-ubyte")
    labels = read_idx(path, (part.n_images,))
    if labels.max() >= N_CLASSES:
        where = int(labels.argmax())
        raise ValueError(
            f"{path}: label number {where} is {labels[where]}, expected 0 to {N_CLASSES - 1}"
        )
    images = pixels[:, np.newaxis].astype(np.float32)
    images /= 255
    return images, labels.astype(np.int64)


def _present(folder: Path, stem: str) -> Path:
    path = _find(folder, stem)
    if path is None:
        raise FileNotFoundError(_not_found(folder, [stem]))
    return path


def _pooch() -> Any:
    try:
        import pooch
    except ImportError as error:
        raise ImportError(
            "mnist: pooch is needed to download and to know the cache folder; pip install pooch, "
            "or give the folder that holds the files as root"
        ) from error
    return pooch


def _download(folder: Path, stem: str) -> None:
    """Fetch one file; pooch verifies the checksum and gives the file its name by a rename."""
    pooch = _pooch()
    name = stem + ".gz"
    part = folder / (name + ".part")
    reasons = []
    # Two rounds: the second resumes what a broken connection left, or starts anew.
    for mirror in MIRRORS * 2:
        try:
            pooch.retrieve(
                mirror + name,
                known_hash=SHA256[stem],
                fname=name,
                path=folder,
                downloader=_Resuming(part),
            )
            return
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                part.unlink(missing_ok=True)
                raise OSError(
                    error.errno, f"mnist: the disk is full; {name} was not kept", str(folder)
                ) from error
            if isinstance(error, PermissionError):
                raise
            reasons.append(f"{mirror}: {error}")
    raise ConnectionError(
        f"mnist: no mirror delivered {name}. Tried: " + "; ".join(dict.fromkeys(reasons))
    )


class _Resuming:
    """A downloader for pooch that continues the partial file of an earlier attempt."""

    def __init__(self, part: Path) -> None:
        self.part = part

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        from pooch import HTTPDownloader
        from requests import HTTPError
        from tqdm import tqdm

        done = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
        # total=1: pooch asks whether the bar is true before it knows the size.
        progress = tqdm(total=1, unit="B", unit_scale=True, disable=None)
        fetch = HTTPDownloader(progressbar=progress, chunk_size=CHUNK_SIZE, headers=headers)
        try:
            with open(self.part, "ab") as file:
                fetch(url, file, pooch)
        except HTTPError:
            # Refused: nothing came, or the server cannot continue this file. Start anew.
            self.part.unlink()
            raise
        except OSError:
            if self.part.exists() and self.part.stat().st_size == 0:
                self.part.unlink()
            raise
        # A server that ignored the range sent the whole file again: the checksum finds that out,
        # pooch then deletes the file, and the next attempt starts anew.
        os.replace(self.part, output_file)
