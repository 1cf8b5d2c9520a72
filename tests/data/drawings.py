"""Pictures of handwritten digits on many papers, as a phone or a drawing program makes them.

`picture(kind, digit, rng)` draws one. With `other=True` hands and papers are others: they were
not looked at while the reading of pictures was built.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from tests.data.hands import HANDS, OTHER_HANDS, drawn, shaky

Grid = NDArray[np.float64]
Rng = np.random.Generator

CLEAN = ("black", "inverted", "off-centre", "small", "coloured")
PAPERS = (
    "blue ruled",
    "grey ruled",
    "squared",
    "margin line",
    "uneven light",
    "soft shadow",
    "hard shadow",
    "table edge",
    "pencil",
    "thin pen",
)
COLOURS = ((200, 30, 30), (20, 60, 190), (20, 120, 50), (110, 40, 140), (210, 100, 10))


def picture(kind: str, digit: int, rng: Rng, other: bool = False) -> Image.Image:
    """Draw a digit on a paper of a kind: an RGB picture."""
    return pictures(kind, [digit], rng, other)


def pictures(kind: str, digits: list[int], rng: Rng, other: bool = False) -> Image.Image:
    """Draw digits side by side on a paper of a kind: an RGB picture."""
    rows = int(rng.integers(300, 1100))
    size = rows, int(rows * rng.uniform(0.8, 1.35) * (1 + 0.45 * (len(digits) - 1)))
    width = rng.uniform(0.05, 0.12)  # of the pen, in heights of the digit
    if kind == "pencil":
        width = rng.uniform(0.025, 0.045)
    elif kind == "thin pen":
        width = rng.uniform(0.012, 0.022)
    elif kind in PAPERS:
        width = rng.uniform(0.03, 0.08)
    pen = _strokes(kind, digits, size, width, rng, other)
    if kind in CLEAN:
        return _clean(kind, pen, rng)
    return _photo(kind, pen, rng, other)


def _strokes(
    kind: str, digits: list[int], size: tuple[int, int], width: float, rng: Rng, other: bool
) -> Grid:
    """Draw the digits in a row: how much of the pen each pixel has, 0 to 1."""
    rows, columns = size
    height = rows * rng.uniform(0.35, 0.7)
    if kind == "small":
        height = rows * rng.uniform(0.08, 0.16)
    elif kind == "off-centre":
        height = rows * rng.uniform(0.2, 0.4)
    elif kind == "table edge":  # it stays on the paper
        height = rows * rng.uniform(0.3, 0.5)
    height = min(height, 0.75 * columns / (0.95 * len(digits)))
    spread = 0.32 if kind in ("off-centre", "small") else 0.06
    y, x = (
        rows * (0.5 + rng.uniform(-spread, spread)),
        columns * (0.5 + rng.uniform(-spread, spread)),
    )
    y = min(max(y, 0.65 * height), rows - 0.65 * height)
    half = 0.5 * height * len(digits)
    x = min(max(x, half), columns - half)
    sheet = np.zeros(size)
    for i, digit in enumerate(digits):
        variants = (OTHER_HANDS if other else HANDS)[digit]
        strokes = shaky(variants[rng.integers(len(variants))], rng)
        place = x + (i - (len(digits) - 1) / 2) * height * rng.uniform(0.88, 0.98), y
        sheet = np.maximum(sheet, drawn(strokes, size, place, height, max(width * height, 1.2)))
    return sheet


def _clean(kind: str, pen: Grid, rng: Rng) -> Image.Image:
    """Colour a drawing as a program does: no paper, no light."""
    paper, ink = np.array((255, 255, 255)), np.zeros(3)
    if kind == "inverted":
        paper, ink = ink, paper
    elif kind == "coloured":
        ink = np.array(COLOURS[rng.integers(len(COLOURS))])
    return _image(paper + (ink - paper) * pen[..., None])


def _photo(kind: str, pen: Grid, rng: Rng, other: bool) -> Image.Image:
    """Put a drawing on a paper in some light, and photograph it."""
    size = pen.shape
    across, down = _turned(size, rng, 5 if other else 3)
    paper = np.full((*size, 3), rng.uniform(0.78, 0.92)) * rng.uniform(0.96, 1.0, 3)
    paper *= _lines(kind, across, down, size, rng, other)
    dark = rng.uniform(0.08, 0.3)
    colour = np.full(3, dark)
    if rng.random() < 0.4:
        colour = np.array(COLOURS[1]) / 255 * rng.uniform(0.6, 1)
    if kind == "pencil":
        colour = np.full(3, rng.uniform(0.35, 0.5) if not other else rng.uniform(0.3, 0.55))
        grain = _smooth(rng.normal(0, 1, size), 1.2)
        pen = np.clip(pen * (0.85 + 0.5 * grain), 0, 1)
    scene = paper * (1 - pen[..., None]) + colour * pen[..., None]
    if kind == "table edge":
        scene = _on_a_table(scene, across, down, rng, other)
    scene = scene * _light(kind, across, down, size, rng, other)[..., None]
    scene = scene + rng.normal(0, rng.uniform(0.006, 0.014), scene.shape)
    image = _image(255 * scene)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.0)))
    file = io.BytesIO()
    image.save(file, format="JPEG", quality=int(rng.integers(75, 96)))
    with Image.open(file, formats=("JPEG",)) as photo:
        return photo.convert("RGB")


def _image(values: Grid) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8), "RGB")


def _turned(size: tuple[int, int], rng: Rng, degrees: float) -> tuple[Grid, Grid]:
    """Return each pixel's place on a paper that lies turned by a few degrees."""
    y, x = np.indices(size, dtype=np.float64)
    angle = np.radians(rng.uniform(-degrees, degrees))
    x, y = x - size[1] / 2, y - size[0] / 2
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _line(distance: Grid, thickness: float) -> Grid:
    return np.clip(thickness / 2 + 0.5 - np.abs(distance), 0, 1)[..., None]


def _lines(
    kind: str, across: Grid, down: Grid, size: tuple[int, int], rng: Rng, other: bool
) -> Grid:
    """Return what printed lines leave of the light."""
    rows = size[0]
    thickness = max(1.3, rows * (rng.uniform(0.003, 0.009) if other else rng.uniform(0.004, 0.007)))
    blue, grey = np.array((0.68, 0.8, 0.95)), np.full(3, 0.75)
    colour = (grey if kind == "grey ruled" else blue) * rng.uniform(0.9, 1.05)
    if other:  # a sheet that does not lie flat
        down = down + 0.006 * rows * np.sin(
            across / size[1] * rng.uniform(2, 4) + rng.uniform(0, 6)
        )
    left = np.ones((*size, 3))
    if kind in ("blue ruled", "grey ruled", "squared"):
        pitch = rows * (rng.uniform(0.08, 0.3) if other else rng.uniform(0.11, 0.25))
        if kind == "squared":
            pitch = rows * (rng.uniform(0.06, 0.16) if other else rng.uniform(0.08, 0.14))
            colour = (grey if rng.random() < 0.5 else blue) * rng.uniform(0.95, 1.08)
            covered = _line((across + rng.uniform(0, pitch)) % pitch - pitch / 2, thickness)
            left *= 1 - covered * (1 - colour)
        covered = _line((down + rng.uniform(0, pitch)) % pitch - pitch / 2, thickness)
        left *= 1 - covered * (1 - colour)
    if kind == "margin line":
        place = size[1] * (rng.uniform(-0.45, -0.3) if not other else rng.uniform(-0.45, -0.1))
        red = np.array((0.92, 0.5, 0.55)) * rng.uniform(0.9, 1.05)
        left *= 1 - _line(across - place, thickness * 1.3) * (1 - red)
        if other and rng.random() < 0.5:
            left *= 1 - _line(across - place - 3 * thickness, thickness) * (1 - red)
    return left


def _on_a_table(scene: Grid, across: Grid, down: Grid, rng: Rng, other: bool) -> Grid:
    """Let the paper end within the picture, on one side or two; there a table begins."""
    rows, columns = scene.shape[:2]
    share = rng.uniform(0.06, 0.16)
    outside = np.zeros((rows, columns))
    for side in rng.choice(4, size=rng.integers(1, 3), replace=False):
        place = (across, -across, down, -down)[side]
        reach = (columns if side < 2 else rows) * (0.5 - share)
        outside = np.maximum(outside, np.clip(place - reach + 0.5, 0, 1))
    wood = np.array(((0.45, 0.3, 0.2), (0.25, 0.24, 0.25), (0.6, 0.45, 0.32))[rng.integers(3)])
    if other:
        wood = wood * rng.uniform(0.6, 1.1)
    grain = 1 + (0.12 if other else 0.06) * np.sin(down / rows * rng.uniform(60, 160) + across / 40)
    table = wood * grain[..., None]
    return scene * (1 - outside[..., None]) + table * outside[..., None]


def _light(
    kind: str, across: Grid, down: Grid, size: tuple[int, int], rng: Rng, other: bool
) -> Grid:
    """Return how much light falls on each pixel."""
    angle = rng.uniform(0, 2 * np.pi)
    along = (across * np.cos(angle) + down * np.sin(angle)) / max(size)  # −.5 to .5
    if kind == "uneven light":
        centre = rng.uniform(-0.3, 0.3, 2)
        far = (across / max(size) - centre[0]) ** 2 + (down / max(size) - centre[1]) ** 2
        strength = rng.uniform(0.5, 0.9) if other else rng.uniform(0.4, 0.8)
        return np.clip(1 - strength * (along + 0.3) - 0.5 * far, 0.25, 1.05)
    if kind in ("soft shadow", "hard shadow"):
        dark = rng.uniform(0.35, 0.7) if other else rng.uniform(0.45, 0.7)
        width = rng.uniform(0.03, 0.1) if kind == "soft shadow" else rng.uniform(0.001, 0.004)
        edge = along - rng.uniform(-0.2, 0.25)
        if other:  # the shadow of a hand, not of a board
            edge = edge + 0.05 * np.sin(rng.uniform(6, 14) * (across + down) / max(size))
        return 1 - (1 - dark) / (1 + np.exp(-np.clip(edge / width * 2, -50, 50)))
    return 1 - rng.uniform(0, 0.15) * (along + 0.5)


def _smooth(values: Grid, radius: float) -> Grid:
    image = Image.fromarray(values.astype(np.float32), "F")
    soft = np.asarray(
        image.resize(
            (max(1, int(image.width / radius)), max(1, int(image.height / radius))),
            Image.Resampling.BOX,
        ).resize(image.size, Image.Resampling.BILINEAR)
    )
    return soft / max(float(soft.std()), 1e-9)
