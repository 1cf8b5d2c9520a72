"""Draw book/_static/welcome.png, the welcome page's figure: a photograph, a kernel, its edge map.

The numbers are those of one place: nine pixels, nine weights, and the sum of their products.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnbook import conv2d, kernels
from cnnbook.data import photographs

TARGET = Path(__file__).resolve().parents[1] / "_static" / "welcome.png"
CROP = np.s_[60:124, 250:314]
ROW, COLUMN = 48, 47  # of the window's upper left pixel, in the crop
INK, WINDOW = "#22303f", "#d9480f"


def draw() -> Figure:
    """Return the figure."""
    image = np.round(photographs.to_grey(photographs.photograph("china"))[CROP], 1)
    kernel = kernels.sobel_y().astype(image.dtype)
    edges = conv2d(image[None, None], kernel[None, None])[0, 0]
    patch = image[ROW : ROW + 3, COLUMN : COLUMN + 3]
    figure = Figure(figsize=(9, 3.1), dpi=80, facecolor="white")
    places = {
        "64 × 64 pixels": (image, (0.01, 0.06, 0.26, 0.78), None),
        "nine of them": (patch, (0.31, 0.22, 0.16, 0.46), "{:.1f}"),
        "nine weights": (kernel, (0.52, 0.22, 0.16, 0.46), "{:.0f}"),
        "their sums of products": (edges, (0.73, 0.06, 0.26, 0.78), None),
    }
    for title, (values, box, form) in places.items():
        axes = figure.add_axes(box)
        axes.set_axis_off()
        axes.set_title(title, fontsize=11, color=INK)
        if form is None:
            axes.imshow(values, cmap="gray", interpolation="nearest")
            side = 3 if values is image else 1
            corner = (COLUMN - 0.5, ROW - 0.5)
            axes.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=WINDOW, linewidth=2))
        else:
            axes.set(xlim=(0, 3), ylim=(3, 0))
            for (row, column), value in np.ndenumerate(values):
                shown = form.format(value).replace("-", "−")
                cell = Rectangle((column, row), 1, 1, facecolor="#f4f1ea", edgecolor=INK)
                axes.add_patch(cell)
                axes.text(
                    column + 0.5,
                    row + 0.55,
                    shown,
                    ha="center",
                    va="center",
                    color=INK,
                    fontsize=11,
                )
    for left, sign in ((0.495, "·"), (0.705, "→")):
        figure.text(left, 0.42, sign, fontsize=20, color=INK, ha="center")
    total = float((patch * kernel).sum())
    figure.text(
        0.5,
        0.05,
        f"sum of the nine products: {total:.1f}".replace("-", "−"),
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
