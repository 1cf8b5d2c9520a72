"""Draw book/_static/welcome.png: the front page's diagram on paper and where no script runs.

All numbers are those with which `cnnbook.diagrams.photo` starts: nine pixels, nine weights, and
the sum of their products.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from cnnbook import conv2d, diagrams
from cnnbook.diagrams._photo import planes_of
from cnnbook.diagrams._photo_pictures import pictures

TARGET = Path(__file__).resolve().parents[1] / "_static" / "welcome.png"
INK, WINDOW = "#22303f", "#d9480f"


def _numbers(rows: list[list[str]]) -> NDArray[np.float64]:
    return np.array([[float(text.replace("−", "-")) for text in row] for row in rows])


def draw() -> Figure:
    """Return the figure."""
    made = diagrams.photo()
    pixels, kernel, _, total = (_numbers(table.rows) for table in made.tables)
    state: dict[str, Any] = made.state
    chosen = next(picture for picture in pictures() if picture.key == state["picture"])
    image = planes_of(chosen.pixels, False)[0]
    edges = conv2d(image[None, None], kernel[None, None])[0, 0]
    row, column = state["at"]
    figure = Figure(figsize=(10, 3.0), dpi=80, facecolor="white")
    places: dict[str, tuple[Any, tuple[float, float, float, float], str]] = {
        "a photograph": (image, (0.01, 0.08, 0.33, 0.76), ""),
        "nine pixels": (pixels, (0.37, 0.24, 0.13, 0.44), "{:.0f}"),
        "nine weights": (kernel, (0.525, 0.24, 0.13, 0.44), "{:.0f}"),
        "their sums of products": (edges, (0.685, 0.08, 0.31, 0.76), ""),
    }
    for title, (values, box, form) in places.items():
        axes = figure.add_axes(box)
        axes.set_axis_off()
        axes.set_title(title, fontsize=11, color=INK)
        if not form:
            most = abs(edges).max() / 2 if values is edges else None
            least = None if most is None else -most
            axes.imshow(values, cmap="gray", interpolation="nearest", vmin=least, vmax=most)
            side, shift = (5, 2) if values is image else (5, 3)
            corner = (column - shift - 0.5, row - shift - 0.5)
            axes.add_patch(
                Rectangle(corner, side, side, fill=False, edgecolor=WINDOW, linewidth=1.5)
            )
            continue
        axes.set(xlim=(0, 3), ylim=(3, 0))
        for (down, right), value in np.ndenumerate(values):
            axes.add_patch(Rectangle((right, down), 1, 1, facecolor="#f4f1ea", edgecolor=INK))
            axes.text(
                right + 0.5,
                down + 0.55,
                form.format(value).replace("-", "−"),
                ha="center",
                va="center",
                color=INK,
                fontsize=11,
            )
    for left, sign in ((0.5125, "×"), (0.67, "→")):
        figure.text(left, 0.43, sign, fontsize=18, color=INK, ha="center")
    figure.text(
        0.5125,
        0.08,
        f"sum of the nine products: {total.item():.0f}".replace("-", "−"),
        ha="center",
        fontsize=11,
        color=WINDOW,
    )
    return figure


def main() -> None:
    """Draw the figure and store it."""
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        draw().savefig(TARGET, facecolor="white", metadata={"Software": None})


if __name__ == "__main__":
    main()
