"""Draw book/_static/social_card.png, the picture that a link to the book shows elsewhere.

On the left a crop of a photograph, a window on it, and what an edge kernel makes of it; on the
right the mark and the title.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnbook import conv2d, kernels
from cnnbook.data import photographs

CARD = Path(__file__).resolve().parents[1] / "_static" / "social_card.png"
SIZE, DPI = (12.0, 6.3), 100  # 1200×630 pixels, what previews are cut for
BACKGROUND, INK, ACCENT, CELL = "#1f3a5f", "#ffffff", "#f2b134", "#8fb3d9"
TITLE = "Convolutional\nNetworks,\nPixel by Pixel"
CROP = np.s_[60:124, 250:314]


def draw() -> Figure:
    """Return the card."""
    image = photographs.to_grey(photographs.photograph("china"))[CROP]
    edges = conv2d(image[None, None], kernels.sobel_y()[None, None].astype(image.dtype))[0, 0]
    figure = Figure(figsize=SIZE, dpi=DPI, facecolor=BACKGROUND)
    for left, picture in ((0.04, image), (0.29, edges)):
        axes = figure.add_axes((left, 0.27, 0.24, 0.46))
        axes.imshow(picture, cmap="gray", interpolation="nearest")
        axes.set_axis_off()
        window = Rectangle((34, 37), 9, 9, fill=False, edgecolor=ACCENT, linewidth=3)
        axes.add_patch(window)
    for number in range(9):  # the mark, as in favicon.svg
        row, column = divmod(number, 3)
        place = (0.583 + 0.03 * column, 0.80 - 0.03 * row * SIZE[0] / SIZE[1])
        size = (0.024, 0.024 * SIZE[0] / SIZE[1])
        colour = ACCENT if row + column == 2 else CELL
        figure.add_artist(Rectangle(place, *size, color=colour, linewidth=0))
    figure.text(0.58, 0.42, TITLE, color=INK, fontsize=40, weight="bold", va="center")
    return figure


def main() -> None:
    """Draw the card and store it."""
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        draw().savefig(CARD, facecolor=BACKGROUND, metadata={"Software": None})


if __name__ == "__main__":
    main()
