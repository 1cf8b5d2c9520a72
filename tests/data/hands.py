"""Digits as hands draw them: strokes through points, in a box one unit high; y points down.

`HANDS` were at hand while the reading of pictures was built, `OTHER_HANDS` were not.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points = list[tuple[float, float]]
Stroke = NDArray[np.float64]


def straight(*points: tuple[float, float]) -> Stroke:
    """Return a stroke with corners at its points."""
    parts = [np.linspace(a, b, 24, endpoint=False) for a, b in pairwise(points)]
    return np.concatenate([*parts, np.array(points[-1:])])


def curved(*points: tuple[float, float]) -> Stroke:
    """Return a smooth stroke through its points (Catmull and Rom, 1974)."""
    p = np.array([points[0], *points, points[-1]])
    t = np.linspace(0, 1, 24, endpoint=False)[:, None]
    parts = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.concatenate([*parts, p[-1:]])


def oval(x: float, y: float, width: float, height: float, start=-90.0, turn=-360.0) -> Stroke:
    """Return a part of an ellipse; degrees, 0 to the right, 90 down; a full turn by default."""
    angle = np.radians(np.linspace(start, start + turn, 60))
    return np.stack([x + width / 2 * np.cos(angle), y + height / 2 * np.sin(angle)], axis=1)


def joined(*strokes: Stroke) -> Stroke:
    return np.concatenate(strokes)


HANDS: dict[int, list[list[Stroke]]] = {
    0: [
        [oval(0.3, 0.5, 0.6, 1.0)],
        [oval(0.3, 0.5, 0.5, 1.0, -60, -385)],
        [oval(0.35, 0.5, 0.75, 1.0, -90, 350)],
    ],
    1: [
        [straight((0.3, 0), (0.3, 1))],
        [straight((0.12, 0.2), (0.3, 0), (0.3, 1))],
        [straight((0.12, 0.18), (0.3, 0), (0.3, 1)), straight((0.1, 1), (0.5, 1))],
    ],
    2: [
        [
            joined(
                curved((0.02, 0.25), (0.1, 0.06), (0.3, 0), (0.52, 0.1), (0.55, 0.3), (0.35, 0.62)),
                straight((0.33, 0.65), (0.0, 1.0), (0.6, 1.0)),
            )
        ],
        [
            curved(
                (0.05, 0.2),
                (0.28, 0.0),
                (0.54, 0.17),
                (0.45, 0.5),
                (0.2, 0.86),
                (0.05, 0.97),
                (0.02, 0.86),
                (0.14, 0.8),
                (0.3, 0.92),
                (0.46, 0.99),
                (0.62, 0.92),
            )
        ],
    ],
    3: [
        [
            joined(
                curved((0.03, 0.14), (0.25, 0.0), (0.5, 0.1), (0.5, 0.32), (0.22, 0.47)),
                curved((0.22, 0.47), (0.52, 0.58), (0.56, 0.82), (0.3, 1.0), (0.0, 0.88)),
            )
        ],
        [
            joined(
                straight((0.05, 0.0), (0.52, 0.0), (0.22, 0.4)),
                curved((0.24, 0.4), (0.5, 0.48), (0.58, 0.75), (0.35, 1.0), (0.02, 0.9)),
            )
        ],
    ],
    4: [
        [straight((0.1, 0.0), (0.02, 0.56), (0.6, 0.54)), straight((0.45, 0.1), (0.42, 1.0))],
        [straight((0.58, 0.68), (0.0, 0.7), (0.44, 0.0), (0.44, 1.0))],
        [
            curved((0.08, 0.0), (0.06, 0.36), (0.2, 0.5), (0.48, 0.44)),
            straight((0.5, 0.0), (0.48, 1.0)),
        ],
    ],
    5: [
        [
            joined(
                straight((0.1, 0.02), (0.07, 0.42)),
                curved((0.07, 0.42), (0.35, 0.36), (0.56, 0.6), (0.42, 0.93), (0.0, 0.94)),
            ),
            straight((0.1, 0.02), (0.54, 0.0)),
        ],
        [
            joined(
                straight((0.52, 0.0), (0.12, 0.0), (0.08, 0.45)),
                curved((0.08, 0.45), (0.4, 0.4), (0.56, 0.68), (0.36, 0.98), (0.02, 0.92)),
            )
        ],
    ],
    6: [
        [
            curved(
                (0.48, 0.0),
                (0.2, 0.2),
                (0.04, 0.55),
                (0.1, 0.9),
                (0.3, 1.0),
                (0.52, 0.86),
                (0.5, 0.62),
                (0.3, 0.52),
                (0.08, 0.68),
            )
        ],
        [
            curved(
                (0.34, 0.0),
                (0.12, 0.32),
                (0.02, 0.7),
                (0.2, 0.99),
                (0.46, 0.92),
                (0.52, 0.7),
                (0.34, 0.56),
                (0.12, 0.66),
                (0.06, 0.8),
            )
        ],
    ],
    7: [
        [straight((0.0, 0.02), (0.56, 0.0), (0.2, 1.0))],
        [straight((0.0, 0.02), (0.56, 0.0), (0.2, 1.0)), straight((0.12, 0.5), (0.55, 0.48))],
        [
            joined(
                straight((0.02, 0.04), (0.55, 0.02)),
                curved((0.55, 0.02), (0.34, 0.36), (0.24, 0.7), (0.22, 1.0)),
            )
        ],
    ],
    8: [
        [oval(0.3, 0.24, 0.42, 0.48), oval(0.3, 0.74, 0.58, 0.52)],
        [
            curved(
                (0.5, 0.14),
                (0.28, 0.0),
                (0.08, 0.18),
                (0.28, 0.45),
                (0.54, 0.72),
                (0.3, 1.0),
                (0.05, 0.76),
                (0.3, 0.46),
                (0.5, 0.22),
                (0.5, 0.14),
            )
        ],
    ],
    9: [
        [joined(oval(0.28, 0.26, 0.48, 0.52, 0, -360), straight((0.52, 0.26), (0.48, 1.0)))],
        [
            joined(
                oval(0.28, 0.26, 0.5, 0.52, 0, -360),
                curved((0.53, 0.26), (0.52, 0.7), (0.36, 0.98), (0.06, 0.9)),
            )
        ],
    ],
}

OTHER_HANDS: dict[int, list[list[Stroke]]] = {
    0: [
        [oval(0.28, 0.5, 0.56, 1.0, -40, -330)],
        [
            curved(
                (0.34, 0.02),
                (0.06, 0.3),
                (0.06, 0.75),
                (0.3, 1.0),
                (0.56, 0.72),
                (0.54, 0.28),
                (0.34, 0.02),
                (0.2, 0.08),
            )
        ],
    ],
    1: [
        [straight((0.0, 0.3), (0.26, 0.0), (0.24, 1.0))],
        [curved((0.36, 0.0), (0.3, 0.5), (0.22, 1.0))],
        [straight((0.2, 0.08), (0.3, 0.0), (0.3, 0.98)), straight((0.16, 1.0), (0.46, 0.98))],
    ],
    2: [
        [
            joined(
                curved((0.06, 0.12), (0.34, 0.0), (0.54, 0.2), (0.36, 0.56), (0.04, 0.96)),
                curved((0.04, 0.96), (0.2, 0.9), (0.4, 0.98), (0.6, 0.94)),
            )
        ],
        [
            curved(
                (0.0, 0.22),
                (0.22, 0.02),
                (0.5, 0.14),
                (0.46, 0.46),
                (0.16, 0.9),
                (0.02, 0.9),
                (0.12, 0.76),
                (0.34, 0.96),
                (0.58, 0.98),
            )
        ],
    ],
    3: [
        [
            curved(
                (0.04, 0.1),
                (0.3, 0.0),
                (0.48, 0.16),
                (0.34, 0.42),
                (0.18, 0.46),
                (0.36, 0.5),
                (0.54, 0.72),
                (0.34, 0.98),
                (0.02, 0.9),
            )
        ],
        [
            joined(
                straight((0.08, 0.04), (0.5, 0.02), (0.26, 0.44)),
                curved((0.28, 0.44), (0.54, 0.56), (0.5, 0.9), (0.2, 1.0), (0.0, 0.84)),
            )
        ],
    ],
    4: [
        [straight((0.16, 0.0), (0.0, 0.48), (0.56, 0.5)), straight((0.36, 0.28), (0.34, 1.0))],
        [straight((0.62, 0.62), (0.02, 0.62), (0.5, 0.02), (0.42, 1.0))],
    ],
    5: [
        [
            curved(
                (0.54, 0.02),
                (0.22, 0.02),
                (0.1, 0.1),
                (0.08, 0.4),
                (0.3, 0.4),
                (0.54, 0.62),
                (0.44, 0.92),
                (0.14, 1.0),
                (0.0, 0.9),
            )
        ],
        [
            joined(
                straight((0.12, 0.06), (0.12, 0.48)),
                curved((0.12, 0.48), (0.42, 0.42), (0.58, 0.7), (0.3, 1.0), (0.04, 0.96)),
            ),
            straight((0.12, 0.04), (0.6, 0.06)),
        ],
    ],
    6: [
        [joined(straight((0.4, 0.0), (0.06, 0.62)), oval(0.28, 0.74, 0.48, 0.5, 195, -380))],
        [
            curved(
                (0.52, 0.06),
                (0.3, 0.02),
                (0.06, 0.36),
                (0.06, 0.8),
                (0.3, 1.0),
                (0.5, 0.78),
                (0.32, 0.54),
                (0.1, 0.64),
            )
        ],
    ],
    7: [
        [
            joined(
                straight((0.02, 0.14), (0.02, 0.02), (0.54, 0.04)),
                curved((0.54, 0.04), (0.32, 0.42), (0.26, 1.0)),
            )
        ],
        [straight((0.0, 0.0), (0.5, 0.02), (0.14, 1.0)), straight((0.1, 0.58), (0.48, 0.44))],
    ],
    8: [
        [
            curved(
                (0.52, 0.08),
                (0.26, 0.0),
                (0.1, 0.2),
                (0.34, 0.46),
                (0.52, 0.74),
                (0.28, 1.0),
                (0.06, 0.78),
                (0.26, 0.5),
                (0.48, 0.24),
                (0.46, 0.06),
            )
        ],
        [oval(0.3, 0.27, 0.5, 0.54, 90, 360), oval(0.3, 0.76, 0.5, 0.48, -90, 360)],
    ],
    9: [
        [
            curved(
                (0.5, 0.16),
                (0.26, 0.02),
                (0.06, 0.26),
                (0.24, 0.5),
                (0.48, 0.3),
                (0.5, 0.16),
                (0.5, 0.5),
                (0.42, 1.0),
            )
        ],
        [
            curved(
                (0.52, 0.2),
                (0.3, 0.0),
                (0.04, 0.22),
                (0.2, 0.46),
                (0.5, 0.32),
                (0.52, 0.2),
                (0.54, 0.66),
                (0.38, 0.96),
                (0.12, 0.98),
                (0.06, 0.86),
            )
        ],
    ],
}


def shaky(strokes: list[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Slant, turn, stretch and wobble the strokes of a digit as one, around its middle."""
    angle, slant = np.radians(rng.uniform(-6, 6)), rng.uniform(-0.12, 0.28)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shape = np.array([[rng.uniform(0.85, 1.2), 0], [-slant, 1]])
    waves = rng.uniform(1.0, 2.5, (2, 2)), rng.uniform(0, 2 * np.pi, 2), rng.uniform(0, 0.025, 2)
    moved = []
    for stroke in strokes:
        points = (stroke - (0.3, 0.5)) @ shape @ turn
        points += np.sin(2 * np.pi * stroke @ waves[0] + waves[1]) * waves[2]
        moved.append(points + rng.normal(0, 0.008, 2))
    return moved


def drawn(
    strokes: list[Stroke],
    size: tuple[int, int],
    middle: tuple[float, float],
    height: float,
    width: float,
) -> NDArray[np.float64]:
    """Draw strokes on a sheet (rows, columns); middle, height and pen width in pixels."""
    zoom = 3  # drawn larger, then made small: soft borders
    sheet = Image.new("L", (zoom * size[1], zoom * size[0]))
    pen = ImageDraw.Draw(sheet)
    radius = max(zoom * width / 2, 0.5)
    for stroke in strokes:
        points = zoom * (stroke * height + middle)
        pen.line([tuple(p) for p in points], fill=255, width=max(1, round(2 * radius)))
        for x, y in points:
            pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
    return np.asarray(sheet.reduce(zoom), dtype=np.float64) / 255
