"""The IDX file format of MNIST: a magic number, the sizes, then one byte per value.

A file is distrusted until it has been read whole: its header must announce exactly the sizes that
the caller expects, and never more bytes than that are decompressed, whatever the file holds.
"""

from __future__ import annotations

import gzip
import math
import zlib
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

GZIP_MAGIC = b"\x1f\x8b"
UNSIGNED_BYTE = 8  # the format's code for uint8


def read_idx(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, plain or gzipped, that must have this shape.

    The header is big-endian: two zero bytes, the type code, the number of axes, then the size of
    each axis in four bytes.

    Parameters
    ----------
    path : Path
        The file. Whether it is compressed is seen from its first bytes, not from its name.
    shape : tuple of int
        The sizes that the header must announce.

    Returns
    -------
    ndarray of uint8
        A new array of shape `shape`.

    Raises
    ------
    ValueError
        If the file is truncated, damaged, too long, of another type or of another shape.
    OSError
        If the file cannot be opened.
    """
    with open(path, "rb") as raw:
        compressed = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        stream = gzip.GzipFile(fileobj=raw) if compressed else raw
        try:
            return _read(stream, path, shape)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(
                f"{path}: the gzip data end early or are damaged ({error}); "
                "delete the file and get it again"
            ) from error


def _read(
    stream: BufferedReader | gzip.GzipFile, path: Path, shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    magic = stream.read(4)
    if magic != (expected := bytes((0, 0, UNSIGNED_BYTE, len(shape)))):
        raise ValueError(
            f"{path}: the file begins with {magic.hex(' ') or 'nothing'}, expected "
            f"{expected.hex(' ')} (IDX, unsigned bytes, {_axes(len(shape))}); "
            "is it another file, or are images and labels swapped?"
        )
    header = stream.read(4 * len(shape))
    sizes = tuple(int(size) for size in np.frombuffer(header[: len(header) // 4 * 4], ">u4"))
    if sizes != shape:
        raise ValueError(
            f"{path}: the header announces the sizes {_times(sizes)}, expected {_times(shape)}; "
            "is it another data set, or are training and test files swapped?"
        )
    n_bytes = math.prod(shape)
    # One byte more than announced: enough to notice a longer file, too little to be a gzip bomb.
    data = stream.read(n_bytes + 1)
    if len(data) != n_bytes:
        found = f"only {len(data):,}" if len(data) < n_bytes else "more"
        raise ValueError(
            f"{path}: {found} bytes follow the header, which announces {n_bytes:,}; "
            "delete the file and get it again"
        )
    return np.frombuffer(data, np.uint8).reshape(shape).copy()


def _axes(n: int) -> str:
    return "1 axis" if n == 1 else f"{n} axes"


def _times(sizes: tuple[int, ...]) -> str:
    return "×".join(f"{size:,}" for size in sizes) or "(none)"
