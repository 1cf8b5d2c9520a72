"""The pictures that come with the photo diagram, and how a picture travels in a page.

`python -m cnnbook.diagrams._photo_pictures` makes photo.npz anew from scikit-learn's two
photographs (`cnnbook.data.photographs`), so that the diagram itself needs neither them nor Pillow.
"""

from __future__ import annotations

import base64
import functools
import struct
import zlib
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbook.words import say

Pixels = NDArray[np.uint8]

FILE = "photo.npz"
#: Which part of each photograph is stored (left, top, right, bottom), and its size there.
STORED = {
    "roof": ("china", (72, 8, 408, 232), (168, 112)),
    "flower": ("flower", (117, 95, 501, 351), (96, 64)),
}


class Picture(NamedTuple):
    """A picture that the reader can choose."""

    key: str
    name: str
    pixels: Pixels  # (3, H, W)
    credit: str  # what to say of its maker
    at: tuple[int, int]  # where its window stands first


def pictures() -> list[Picture]:
    """Return the pictures that come with the diagram."""
    stored = _stored()
    paper = np.full((3, 80, 120), 255, np.uint8)
    return [
        Picture("roof", say("a roof"), stored["roof"], _credit("danielbuechele"), (22, 68)),
        Picture("flower", say("a flower"), stored["flower"], _credit("vultilion"), (4, 27)),
        Picture("shapes", say("shapes"), shapes(), "", (10, 14)),
        Picture("paper", say("paper to draw on"), paper, "", (40, 60)),
    ]


def _credit(maker: str) -> str:
    return say("Photograph: {maker}, CC BY 2.0, a part, scaled down.", maker=maker)


def shapes() -> Pixels:
    """Return a square, a disc and a slanted bar, (3, 40, 60): each has another kind of edge."""
    row, column = np.mgrid[0:40, 0:60]
    image = np.full((3, 40, 60), 255, np.uint8)
    image[:, 10:30, 6:22] = 0
    disc = (row - 12) ** 2 + (column - 35) ** 2 <= 64
    image[:, disc] = np.array([[213], [94], [0]])
    bar = np.abs(row + column - 73) <= 3
    image[:, bar & (row > 22)] = np.array([[0], [114], [178]])
    return image


def png(pixels: Pixels) -> bytes:
    """Write a (1 or 3, H, W) picture as PNG: lossless, and without any other library.

    Every number is stored as its difference from a guess by its left, upper and upper left
    neighbours (Paeth's; PNG specification, section 9.4): differences compress better.
    """
    channels, height, width = pixels.shape
    padded = np.pad(pixels.astype(np.int16), ((0, 0), (1, 0), (1, 0)))
    value, left, up = padded[:, 1:, 1:], padded[:, 1:, :-1], padded[:, :-1, 1:]
    corner = padded[:, :-1, :-1]
    guess = left + up - corner
    nearest = np.abs(guess - np.stack([left, up, corner])).argmin(0)
    rest = (value - np.choose(nearest, [left, up, corner])).astype(np.uint8)  # modulo 256
    lines = rest.transpose(1, 2, 0).reshape(height, -1)
    data = np.pad(lines, ((0, 0), (1, 0)), constant_values=4).tobytes()  # 4: Paeth
    colour_type = {1: 0, 3: 2}[channels]
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def address(pixels: Pixels) -> str:
    """Return a picture as a data address, which a page carries in itself."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode()


@functools.cache
def _stored() -> dict[str, Pixels]:
    file = resources.files("cnnbook.diagrams") / FILE
    with file.open("rb") as stream, np.load(stream) as stored:
        return {name: stored[name] for name in stored.files}


def main() -> None:
    """Make the stored pictures anew."""
    from PIL import Image

    from cnnbook.data.photographs import photograph

    made: dict[str, Any] = {}
    for key, (name, box, size) in STORED.items():
        whole = np.round(255 * photograph(name).transpose(1, 2, 0)).astype(np.uint8)
        small = Image.fromarray(whole).crop(box).resize(size, Image.Resampling.LANCZOS)
        made[key] = np.asarray(small).transpose(2, 0, 1).copy()
    np.savez_compressed(Path(__file__).with_name(FILE), **made)


if __name__ == "__main__":
    main()
