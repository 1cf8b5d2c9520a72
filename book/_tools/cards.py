"""Draw book/_static/cards/*.svg, the front page's picture of each chapter.

Each function computes something of its chapter with the library and draws the result; its first
line is what the picture says to readers who do not see it. `python -m book._tools.cards` writes
all of them, `--check` compares.
"""

from __future__ import annotations

import argparse
import html
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnnbook import conv2d, conv2d_cost, conv_transpose2d, kernels, max_pool2d
from cnnbook.data import (
    object_scenes,
    photographs,
    recorded,
    recorded_experiment,
    shape_scenes,
)
from cnnbook.data.scenes import SPECTRA, tones
from cnnbook.diagrams import _network_digits
from cnnbook.diagrams._network import TinyDigits
from cnnbook.optim import SGD

Array: TypeAlias = NDArray[Any]
Draw: TypeAlias = Callable[["Picture"], None]

TARGET = Path(__file__).resolve().parents[1] / "_static" / "cards"
WIDTH, HEIGHT = 160, 100
# The colours of the mark (book/_static/favicon.svg), readable on light and on dark pages.
BACKGROUND, CELL, ACCENT, WHITE = "#1f3a5f", "#8fb3d9", "#f2b134", "#ffffff"
DARK, BRIGHT = (15, 33, 56), (236, 243, 250)
LEVELS = 9
"""So many greys: enough to see a roof, few enough for a small file."""

CARDS: dict[str, Draw] = {}


def card(draw: Draw) -> Draw:
    """Take a function as the picture of the chapter that it is named after."""
    CARDS[draw.__name__] = draw
    return draw


def short(number: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{number:.1f}".removesuffix(".0")


class Picture:
    """An SVG that grows."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def cells(
        self,
        values: Array,
        x: float,
        y: float,
        side: float,
        gap: float = 0,
        low: float | None = None,
    ) -> None:
        """Draw a matrix as squares, its least value (or `low`) dark and its largest bright.

        Squares of one grey are one path; without gaps, neighbours in a row are one rectangle.
        """
        low, high = float(values.min()) if low is None else low, float(values.max())
        levels = np.rint((values - low) / (high - low) * (LEVELS - 1)).astype(int)
        shapes: dict[int, list[str]] = {}
        for row, line in enumerate(levels.tolist()):
            column = 0
            while column < len(line):
                level, end = line[column], column + 1
                while not gap and end < len(line) and line[end] == level:
                    end += 1
                left, top = short(x + column * side), short(y + row * side)
                width, height = short((end - column) * side - gap), short(side - gap)
                shapes.setdefault(level, []).append(f"M{left} {top}h{width}v{height}h-{width}z")
                column = end
        for level, parts in sorted(shapes.items()):
            share = level / (LEVELS - 1)
            mixed = (round(a + share * (b - a)) for a, b in zip(DARK, BRIGHT, strict=True))
            colour = "#" + "".join(f"{part:02x}" for part in mixed)
            self.parts.append(f'<path fill="{colour}" d="{"".join(parts)}"/>')

    def frame(
        self, x: float, y: float, width: float, height: float, colour: str = ACCENT, dash: str = ""
    ) -> None:
        """Draw the border of a box."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<rect x="{short(x)}" y="{short(y)}" width="{short(width)}" height="{short(height)}" '
            f'fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Draw a filled box."""
        self.parts.append(
            f'<path fill="{colour}" d="M{short(x)} {short(y)}h{short(width)}v{short(height)}'
            f'h-{short(width)}z"/>'
        )

    def line(self, points: Array, colour: str, width: float = 2) -> None:
        """Draw a line through points (N, 2)."""
        along = "L".join(f"{short(x)} {short(y)}" for x, y in points)
        self.parts.append(
            f'<path fill="none" stroke="{colour}" stroke-width="{short(width)}" '
            f'stroke-linejoin="round" stroke-linecap="round" d="M{along}"/>'
        )

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Draw a disc."""
        self.parts.append(
            f'<circle cx="{short(x)}" cy="{short(y)}" r="{short(radius)}" fill="{colour}"/>'
        )

    def arrow(self, x: float, y: float, length: float = 14) -> None:
        """Draw an arrow to the right, or to the left if the length is negative."""
        back = 5 if length > 0 else -5
        tip = x + length
        self.line(np.array([(x, y), (tip, y)]), WHITE)
        self.line(np.array([(tip - back, y - 4), (tip, y), (tip - back, y + 4)]), WHITE)

    def svg(self, title: str) -> str:
        """Return the file's text."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}">\n<title>{html.escape(title)}</title>\n'
            f'<path fill="{BACKGROUND}" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )


def roof(side: int) -> Array:
    """Return the roof of the photograph, (side, side), in whole steps from 0 to 255.

    Each pixel is the mean of a block of the photograph's own, 128 of which are a side.
    """
    grey = photographs.to_grey(photographs.photograph("china"))[25:153, 142:270]
    blocks = grey.reshape(side, 128 // side, side, 128 // side).astype(float)
    return np.rint(255 * blocks.mean(axis=(1, 3)))


def convolved(image: Array, kernel: Array, **arguments: Any) -> Array:
    """Return the map that a kernel makes of an image."""
    y: Array = conv2d(image[None, None], np.asarray(kernel, image.dtype)[None, None], **arguments)
    return y[0, 0]


def digit(name: str) -> Array:
    """Return one of the digits that come with the library."""
    return _network_digits.images()[_network_digits.names().index(name), 0]


def scaled(values: Array, low: float, high: float) -> Array:
    """Return values moved and stretched so that they reach from `low` to `high`."""
    return low + (values - values.min()) / (values.max() - values.min()) * (high - low)


@card
def images_as_arrays(p: Picture) -> None:
    """A photograph of a roof; beside it a corner of it, so large that each pixel is a square."""
    image = roof(32)
    p.cells(image, 8, 18, 2)
    p.frame(8 + 2 * 12, 18 + 2 * 1, 16, 16)
    p.cells(image[1:9, 12:20], 86, 18, 8, gap=1, low=0)
    p.frame(84, 16, 67, 67)


@card
def convolution(p: Picture) -> None:
    """A photograph of a roof with a small window, and the edges that a kernel finds in it."""
    image = roof(32)
    p.cells(image, 8, 18, 2)
    p.cells(abs(convolved(image, kernels.sobel_y())), 90, 20, 2)
    p.frame(8 + 2 * 12, 18 + 2 * 20, 6, 6)
    p.frame(90 + 2 * 12, 20 + 2 * 20, 2, 2)
    p.arrow(75, 50, 11)


@card
def padding_and_stride(p: Picture) -> None:
    """Five by five pixels with a border of zeros; a window of three by three in its corner."""
    p.cells(np.pad(roof(16)[2:7, 7:12], 1), 12, 11, 11, gap=1)
    p.frame(22.5, 21.5, 55, 55, CELL, dash="4 3")
    for row in (0, 2, 4):
        for column in (0, 2, 4):
            p.dot(12 + (column + 1.5) * 11 - 0.5, 11 + (row + 1.5) * 11 - 0.5, 2, ACCENT)
    p.frame(11.5, 10.5, 33, 33)
    p.arrow(94, 49)
    kernel = np.rint(kernels.gaussian_blur(3) * 16)
    padded = convolved(roof(16)[2:7, 7:12], kernel, padding=1, stride=2)
    p.cells(padded, 115, 33, 11, gap=1)


@card
def channels(p: Picture) -> None:
    """The red, green and blue planes of a flower, one behind the other, and a map of all three."""
    flower = np.rint(255 * photographs.photograph("flower")[:, 60:380, 130:450])
    planes = flower.reshape(3, 20, 16, 20, 16).mean(axis=(2, 4)).round().astype(float)
    for number, colour in enumerate(("#e0564f", "#4fae62", "#5b8df0")):
        p.box(9 + 16 * number, 9 + 13 * number, 56, 56, colour)
        p.cells(planes[number], 12 + 16 * number, 12 + 13 * number, 2.5)
    weight = np.stack([kernels.sobel_x(), np.zeros((3, 3)), -kernels.sobel_x()])[None]
    p.arrow(100, 50, 10)
    p.cells(conv2d(planes[None], weight.astype(float), padding=1)[0, 0], 114, 30, 2)


@card
def one_by_one_convolution(p: Picture) -> None:
    """Four maps one behind the other; the same pixel of each becomes one pixel."""
    image = roof(8)
    for number, kernel in enumerate(
        (kernels.identity(), kernels.sobel_x(), kernels.sobel_y(), kernels.laplacian())
    ):
        x, y = 10 + 20 * number, 8 + 13 * number
        p.box(x - 1, y - 1, 42, 42, BACKGROUND)
        p.cells(convolved(image, kernel, padding=1), x, y, 5, gap=0.5)
        p.frame(x + 30, y + 10, 5, 5)
    p.line(np.array([(42.5, 20.5), (102.5, 59.5)]), ACCENT, 1.5)
    p.arrow(117, 66, 12)
    p.box(137, 59, 14, 14, ACCENT)


@card
def pooling(p: Picture) -> None:
    """Eight by eight numbers as greys; of every two by two, the brightest is kept."""
    image = roof(16)[2:10, 5:13]
    p.cells(image, 10, 14, 9, gap=1)
    for row in range(0, 8, 2):
        for column in range(0, 8, 2):
            block = image[row : row + 2, column : column + 2]
            down, right = divmod(int(block.argmax()), 2)
            p.dot(14 + 9 * (column + right), 18 + 9 * (row + down), 1.6, ACCENT)
    p.frame(9.5, 13.5, 18, 18)
    p.arrow(89, 50)
    p.cells(max_pool2d(image[None, None], 2)[0, 0], 111, 32, 9, gap=1)
    p.frame(110.5, 31.5, 9, 9)


@card
def activations_and_head(p: Picture) -> None:
    """The line of ReLU: flat left of zero, rising right of it; dots mark whole numbers."""
    x = np.linspace(-4, 4, 9)
    y = np.maximum(x, 0)
    p.line(np.array([(12, 78), (148, 78)]), CELL, 1)
    p.line(np.array([(80, 12), (80, 88)]), CELL, 1)
    points = np.stack([80 + 16 * x, 78 - 15 * y], axis=1)
    p.line(points, ACCENT, 3)
    for across, up in points:
        p.dot(across, up, 3, WHITE)


@card
def losses_and_optimisers(p: Picture) -> None:
    """The rings of a narrow valley, and the zigzag path of gradient descent down into it."""
    at = np.array([-4.0, 1.5])
    steep = np.array([0.12, 1.0])
    path, optimiser = [at.copy()], SGD([at], lr=1.7)
    for _ in range(12):
        optimiser.step([steep * at])
        path.append(at.copy())
    turn = np.linspace(0, 2 * np.pi, 37)
    for height in (0.15, 0.6, 1.35, 2.4):
        reach = np.sqrt(2 * height / steep)
        ring = np.stack([reach[0] * np.cos(turn), reach[1] * np.sin(turn)], axis=1)
        inside = np.clip(ring * (14, 19) + (80, 50), (2, 2), (WIDTH - 2, HEIGHT - 2))
        p.line(inside, CELL, 1)
    p.line(np.array(path) * (14, 19) + (80, 50), ACCENT, 2)
    for x, y in np.array(path) * (14, 19) + (80, 50):
        p.dot(x, y, 2, WHITE)


@card
def backpropagation(p: Picture) -> None:
    """One number of a map on the right; arrows lead back to the nine pixels that it blames."""
    blame = np.zeros((1, 1, 5, 5))
    blame[0, 0, 2, 3] = 1
    weight = np.array([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]])[None, None]
    p.cells(conv_transpose2d(blame, weight)[0, 0], 12, 15, 10, gap=1)
    p.frame(41.5, 34.5, 30, 30)
    p.cells(blame[0, 0] + 0.25, 102, 25, 10, gap=1)
    p.frame(131.5, 44.5, 10, 10)
    for y in (40, 50, 60):
        p.arrow(97, y, -12)


@card
def simple_cnn(p: Picture) -> None:
    """A handwritten four, and ten bars: how sure a small network is of each digit."""
    image = digit("4")
    p.cells(image, 10, 18, 8)
    scores = TinyDigits()(image[None, None].astype(np.float32))[0]
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    for label, share in enumerate(shares):
        y = 12 + 8 * label
        p.box(92, y, 58, 5, "#2c4c78")
        p.box(92, y, max(1.0, round(58 * float(share))), 5, ACCENT if share > 0.5 else CELL)
    p.arrow(77, 50, 10)


@card
def gpu(p: Picture) -> None:
    """Bars that grow: recorded images per second of a training step, for larger batches."""
    rows = [
        row["images_per_second"]
        for row in recorded("device-cpu")["throughput"]
        if (row["model"], row["mode"]) == ("simple-cnn", "float32") and row["images_per_second"]
    ]
    width = 132 / len(rows)
    for number, speed in enumerate(rows):
        height = round(76 * speed / max(rows))
        x = 14 + number * width
        p.box(x, 88 - height, width - 6, height, ACCENT if speed == max(rows) else CELL)
    p.line(np.array([(10, 89), (150, 89)]), WHITE, 1)


@card
def receptive_fields(p: Picture) -> None:
    """Three layers of cells: an output sees three cells below it, and five in the lowest layer."""
    for layer, (cells, seen) in enumerate([(9, 5), (7, 3), (5, 1)]):
        y = 72 - 30 * layer
        for number in range(cells):
            off = abs(number - cells // 2)
            colour = ACCENT if off <= seen // 2 else CELL
            p.box(80 + (number - cells / 2) * 16 + 1, y, 14, 14, colour)
        if layer:
            for end, below in ((-seen, -seen - 2), (seen, seen + 2)):
                p.line(np.array([(80 + 8 * end, y + 15), (80 + 8 * below, y + 29)]), WHITE, 1.5)


@card
def relatives(p: Picture) -> None:
    """A checkerboard: what a transposed convolution with stride two makes of a constant map."""
    ones = np.ones((1, 1, 4, 4))
    weight = np.ones((1, 1, 3, 3))
    p.cells(ones[0, 0], 14, 30, 10, gap=1, low=0)
    p.arrow(62, 50)
    p.cells(conv_transpose2d(ones, weight, stride=2)[0, 0], 84, 18, 7.2, gap=0.6)


@card
def frequencies(p: Picture) -> None:
    """A fine wave, every second point of it marked, and a slow wave through the marked points."""
    x = np.linspace(0, 20, 201)
    fine, slow = (np.cos(2 * np.pi * f * x) for f in (0.4, 0.1))
    across = 10 + 7 * x
    p.line(np.stack([across, 50 - 32 * fine], axis=1), CELL, 1.2)
    p.line(np.stack([across, 50 - 32 * slow], axis=1), WHITE, 2.5)
    for place in range(0, 201, 20):
        p.dot(float(across[place]), float(50 - 32 * fine[place]), 3.5, ACCENT)


@card
def what_a_network_sees(p: Picture) -> None:
    """Six kernels of three by three, learnt by a small network from handwritten digits."""
    weight = TinyDigits().named["conv1"].weight[:6, 0]
    for number, kernel in enumerate(weight):
        row, column = divmod(number, 3)
        p.cells(kernel, 14 + 46 * column, 9 + 43 * row, 13, gap=1)


@card
def uses_images(p: Picture) -> None:
    """A noisy picture of a shape in its box, and the pixels that belong to the shape."""
    scene = shape_scenes(8, np.random.default_rng(4), side=20, noise=0.06)
    number = int(scene.masks.astype(bool).sum(axis=(1, 2)).argmax())
    side = 64 / 20
    p.cells(np.rint(scene.images[number, 0] * 8), 8, 18, side)
    top, left, bottom, right = (int(edge) for edge in scene.boxes[number])
    p.frame(8 + left * side, 18 + top * side, (right - left) * side, (bottom - top) * side)
    p.cells((scene.masks[number] > 0) * 1.0, 88, 18, side)
    p.arrow(75, 50, 10)


@card
def finding_and_outlining(p: Picture) -> None:
    """Two squares and a disc in their frames, and beside them the squares' and disc's pixels."""
    scene = object_scenes(8, np.random.default_rng(4), side=32, most=3, noise=0.06, overlap=0)
    number = int((scene.labels > 0).sum(axis=1).argmax())
    side = 64 / 32
    p.cells(np.rint(scene.images[number, 0] * 8), 8, 18, side)
    for top, left, bottom, right in scene.boxes[number][scene.labels[number] > 0].tolist():
        p.frame(8 + left * side, 18 + top * side, (right - left) * side, (bottom - top) * side)
    p.cells((scene.masks[number] > 0) * 1.0, 88, 18, side)
    p.arrow(75, 50, 10)


@card
def uses_sequences(p: Picture) -> None:
    """A sound as a wave, and below it what a kernel of the same shape answers at each moment."""
    sounds, _ = tones(1, np.random.default_rng(3))
    sound = np.round(sounds[0, 0, :240].astype(float), 2)
    kernel = sound[100:120]
    answer = np.convolve(sound, kernel[::-1], mode="same")
    x = np.linspace(8, 152, sound.size)
    p.line(np.stack([x, scaled(sound, 42, 10)], axis=1), CELL, 1.5)
    p.line(np.stack([x, scaled(answer, 92, 56)], axis=1), ACCENT, 1.5)


@card
def uses_pictures_and_spectra(p: Picture) -> None:
    """Three lines over six bands of light: water dark, soil rising, vegetation with a high step."""
    x = np.linspace(16, 144, SPECTRA.shape[1])
    for values, colour in zip(SPECTRA, (CELL, WHITE, ACCENT), strict=True):
        y = 88 - 160 * values
        p.line(np.stack([x, y], axis=1), colour, 2.5)
        for across, up in zip(x, y, strict=True):
            p.dot(across, up, 2.5, colour)
    p.line(np.array([(10, 92), (150, 92)]), WHITE, 1)


@card
def limits(p: Picture) -> None:
    """A handwritten three, and the same pixels shuffled: for a convolution no longer a three."""
    image = digit("3")
    p.cells(image, 8, 18, 8)
    p.arrow(75, 50, 10)
    shuffled = np.random.default_rng(1).permutation(image.ravel()).reshape(8, 8)
    p.cells(shuffled, 88, 18, 8)


@card
def training_in_practice(p: Picture) -> None:
    """Eight lines from left to right, each a pair of trainings: six fall, two rise."""
    numbers = recorded_experiment("schedules_and_decay")["numbers"]
    pairs = zip(numbers["constant"][:8], numbers["one-cycle"][:8], strict=True)
    for left, right in pairs:
        colour = ACCENT if right < left else CELL
        ends = [(34, 100 - 3 * left), (126, 100 - 3 * right)]
        p.line(np.array(ends), colour, 2)
        for across, up in ends:
            p.dot(across, up, 3, WHITE)


@card
def architectures(p: Picture) -> None:
    """Two blocks: wide, narrow, wide, and the other way round, each with a sum around it."""
    for left, widths in ((10, (52, 14, 52)), (86, (14, 52, 14))):
        middle = left + 26
        for row, width in enumerate(widths):
            colour = CELL if row == 1 else ACCENT
            p.box(middle - width / 2, 14 + 29 * row, width, 14, colour)
            if row:
                p.line(np.array([(middle, 29 * row), (middle, 29 * row + 12)]), WHITE)
        side, edge = left + 62, middle + widths[0] / 2 + 2
        p.line(np.array([(edge, 21), (side, 21), (side, 79), (edge, 79)]), WHITE)


@card
def signals_through_depth(p: Picture) -> None:
    """Two rows of bars, an input and ten layers: in the upper they shrink, in the lower stay."""
    for row, variance in enumerate((1 / 3, 2)):
        y = np.ones(1)
        base = 46 + 44 * row
        for layer in range(11):
            height = max(1.0, 34 * float(y[0]) ** 0.5)
            p.box(14 + 12 * layer, base - height, 9, height, ACCENT if row else CELL)
            y = y * variance / 2  # what a layer with ReLU leaves of the mean square
        p.line(np.array([(10, base + 1), (150, base + 1)]), WHITE, 1)


@card
def little_data(p: Picture) -> None:
    """Two images of each of two digits, a three and an eight, and an arrow to one not yet named."""
    images = [digit(name) for name in ("3", "8")]
    for row, image in enumerate(images):
        for column in range(2):
            moved = np.roll(image, column, axis=1)
            p.cells(moved, 8 + 36 * column, 14 + 38 * row, 4.2)
    p.arrow(84, 50, 12)
    p.frame(106, 26, 48, 48)
    p.cells(np.roll(images[1], -1, axis=1), 108, 28, 5.5)


@card
def why_a_layer_is_slow(p: Picture) -> None:
    """A line that rises, then runs flat, and three layers below: one on the slope, two beyond."""

    def place(macs_a_byte: float) -> tuple[float, float]:
        log = np.log2(macs_a_byte)
        return 26 + 19 * log, 28 + 22 * max(0.0, 2 - log)  # the ridge is at 4

    p.line(np.array([place(0.7), place(4), place(90)]), WHITE)
    for k, groups in ((3, 64), (1, 1), (3, 1)):
        cost = conv2d_cost(56, 64, 64, k, padding=k // 2, groups=groups, bias=False)
        moved = 4 * (2 * 64 * 56**2 + cost.parameters)
        across, down = place(cost.macs / moved)
        p.dot(across + 5, down + 11, 5, ACCENT)


def drawn(name: str) -> str:
    """Return the picture of a chapter as the text of its file."""
    picture = Picture()
    CARDS[name](picture)
    return picture.svg(inspect.getdoc(CARDS[name]) or "")


def main() -> int:
    """Write the pictures, or compare them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    TARGET.mkdir(exist_ok=True)
    differ = []
    for name in CARDS:
        file, text = TARGET / f"{name}.svg", drawn(name)
        if check and (not file.exists() or file.read_text(encoding="utf-8") != text):
            differ.append(name)
        elif not check:
            file.write_text(text, encoding="utf-8", newline="\n")
    return len(differ)


if __name__ == "__main__":
    raise SystemExit(main())
