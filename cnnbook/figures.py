"""Draw arrays: numbers in a grid, pictures, signed responses, one step of a convolution.

Every function takes arrays and returns matplotlib Axes; none sets a global style or saves a file.
Colours and marks are the book's one visual language, ``ROLES``: each role keeps one colour (from
the palette of Okabe and Ito, safe for colour-blind readers) and one mark that tells the same
without colour.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib
import io
import re
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from cnnbook.diagrams.roles import ROLES as ROLES
from cnnbook.diagrams.roles import Role as Role

Array = NDArray[Any]

#: Points. A figure 5.6 inches wide is shown about 340 pixels wide on a phone: 13 points are then
#: 11 pixels high, still legible.
FONT_SIZE = 13
WIDTH_INCHES = 5.6
MAX_SIDE_WITH_GRID = 16
DPI = 120


#: A length in an SVG with more digits than can be seen. The sixth of them differs between
#: processors. Letters are scaled by 1/64, which needs its digits.
_LONG = re.compile(r"(?<!scale\()\b\d+\.\d{4,}")
#: How Matplotlib names a clipping path, a marker, a hatch or a part of a collection in an SVG.
_NAME = re.compile(r"\b(?:[pmh]|C[0-9a-f]+_[0-9a-f]+_)[0-9a-f]{10}\b")
#: Whether `sharp` was called: then small grids are drawn as rectangles, not as bitmaps.
_drawn = False


def sharp(on: bool = True) -> None:
    """From now on, let a notebook store drawings and plots as SVG beside PNG.

    An SVG is sharp at any zoom; an untrusted notebook shows the PNG. Small pictures and responses
    are drawn as rectangles. A figure that holds a bitmap, such as a photograph, is stored as PNG
    only, with twice the pixels to an inch if the bitmap has them. Runs on all machines write the
    same SVG: no date, and ids that follow from the drawing. Outside a notebook only the rectangles
    change.

    Parameters
    ----------
    on : bool
        False takes it back.

    Examples
    --------
    >>> sharp()
    >>> image(np.eye(3)).images  # no bitmap
    <Axes.ArtistList of 0 images>
    >>> sharp(False)
    """
    global _drawn
    _drawn = on
    try:
        from IPython import get_ipython
    except ModuleNotFoundError:  # IPython comes with what runs notebooks
        return
    shell = get_ipython()
    if shell is not None:
        # The notebook's own way to draw is set up when it loads, and would undo what follows.
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module("matplotlib_inline.backend_inline")
        formatters = shell.display_formatter.formatters
        formatters["image/svg+xml"].for_type(Figure, svg if on else _no_svg)
        formatters["image/png"].for_type(Figure, _png_of_sharp if on else _png)


def svg(figure: Figure) -> str | None:
    """Return a figure as SVG, or None if it holds a bitmap.

    Examples
    --------
    >>> svg(matrix(np.eye(2)).figure).startswith("<?xml")
    True
    """
    if any(artist.get_rasterized() or isinstance(artist, AxesImage) for artist in figure.findobj()):
        return None
    text = io.StringIO()
    unknown = dict.fromkeys(("Date", "Creator"))  # they differ from day to day, or by version
    with _settled(figure), plt.rc_context({"svg.hashsalt": "cnnbook"}):
        # Cut to what is drawn, as the notebook's PNG is.
        figure.savefig(text, format="svg", bbox_inches="tight", metadata=unknown)
    return _same_everywhere(text.getvalue())


@contextlib.contextmanager
def _settled(figure: Figure) -> Iterator[None]:
    """Place the axes, once: the layout's last digits differ from run to run."""
    figure.draw_without_rendering()
    engine = figure.get_layout_engine()
    figure.set_layout_engine("none")
    for ax in figure.axes:
        left, bottom, width, height = (round(float(v), 6) for v in ax.get_position().bounds)
        ax.set_position((left, bottom, width, height))
        ax.set_in_layout(True)  # else it would be cut off
    yield
    if engine is not None:
        figure.set_layout_engine(engine)


def _same_everywhere(svg: str) -> str:
    """Return an SVG whose numbers and names do not depend on a processor's last digits.

    Matplotlib names parts by a hash of all digits; here they are numbered, behind a hash of what
    is drawn, for several drawings may stand in one page.
    """
    svg = _LONG.sub(lambda number: f"{float(number[0]):.3f}", svg)
    names = {name: number for number, name in enumerate(dict.fromkeys(_NAME.findall(svg)))}
    drawn = hashlib.sha256(_NAME.sub("", svg).encode()).hexdigest()[:8]
    return _NAME.sub(lambda name: f"{name[0][0]}{drawn}-{names[name[0]]}", svg)


def _no_svg(figure: Figure) -> None:
    return None


def _png(figure: Figure, scale: int = 1) -> str:
    """Return what a notebook stores of a figure by itself: its PNG in base64."""
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight", dpi=scale * figure.dpi)
    return base64.b64encode(file.getvalue()).decode()


def _png_of_sharp(figure: Figure) -> str | tuple[str, dict[str, int]]:
    """Return a figure's PNG; of a photograph with twice the pixels, and its size on the page.

    Telephones have two pixels where a page counts one. What was drawn from fewer pixels than it
    covers gains nothing by more.
    """
    plain = _png(figure)
    if not any(_is_shrunk(image) for ax in figure.axes for image in ax.images):
        return plain
    header = base64.b64decode(plain[:32])
    width, height = (int.from_bytes(header[at : at + 4], "big") for at in (16, 20))
    return _png(figure, scale=2), {"width": width, "height": height}


def _is_shrunk(image: AxesImage) -> bool:
    """Whether a bitmap has more columns than it covers, once the figure was drawn."""
    return bool(image.get_size()[1] > image.get_window_extent().width)


def _grid_of_rectangles(ax: Axes, values: Array, **colours: Any) -> None:
    """Draw what `imshow` would draw, cell by cell."""
    height, width = values.shape[:2]
    edges = np.arange(width + 1) - 0.5, np.arange(height + 1) - 0.5
    ax.pcolormesh(*edges, values, edgecolors="face", linewidth=0.2, **colours)
    ax.set_xlim(-0.5, width - 0.5)
    ax.set_ylim(height - 0.5, -0.5)


def _look(role: str) -> Role:
    """Look a role up by its name."""
    if role not in ROLES:
        raise ValueError(f"figures: there is no role {role!r}; expected one of {sorted(ROLES)}")
    return ROLES[role]


def panels(
    rows: int = 1,
    columns: int = 1,
    height: float = 2.6,
    width_ratios: list[float] | None = None,
) -> list[Axes]:
    """Make a figure of equal width for every page and return its Axes, row by row.

    Parameters
    ----------
    rows, columns : int
        How many Axes below and beside each other.
    height : float
        Height of the whole figure in inches; the width is always 5.6 inches.
    width_ratios : list of float, optional
        Relative widths of the columns.

    Examples
    --------
    >>> len(panels(1, 2))
    2
    """
    _, axes = plt.subplots(
        rows,
        columns,
        figsize=(WIDTH_INCHES, height),
        dpi=DPI,
        squeeze=False,
        layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08),
        facecolor="white",  # opaque: the page may be dark
        gridspec_kw={"width_ratios": width_ratios},
    )
    return list(axes.flat)


def matrix(
    values: Array,
    role: str | Array = "input",
    ax: Axes | None = None,
    title: str = "",
    digits: int | None = None,
) -> Axes:
    """Draw a matrix as a grid of numbers, row 0 on top.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (H, W). A NaN is drawn as an empty white cell.
    role : str or numpy.ndarray of str
        A key of ``ROLES``: whose colours and hatch are used. An array has one for each cell, and
        its shape is that of `values`.
    ax : matplotlib Axes, optional
        Where to draw; a new figure without it.
    title : str
        Text above the grid.
    digits : int, optional
        Digits after the decimal point; without it each number is as short as it can be.

    Examples
    --------
    >>> ax = matrix(np.arange(4).reshape(2, 2), "kernel")
    >>> [text.get_text() for text in ax.texts]
    ['0', '1', '2', '3']
    """
    values = np.asarray(values)
    if values.ndim != 2:
        raise ValueError(f"matrix: values has shape {values.shape}; expected (H, W)")
    roles = np.full(values.shape, role) if isinstance(role, str) else role
    if roles.shape != values.shape:
        raise ValueError(
            f"matrix: role has shape {roles.shape} and values {values.shape}; expected one shape"
        )
    ax = panels()[0] if ax is None else ax
    height, width = values.shape
    for row in range(height):
        for column in range(width):
            value, look = values[row, column], _look(str(roles[row, column]))
            empty = bool(np.isnan(value))
            ax.add_patch(
                Rectangle(
                    (column - 0.5, row - 0.5),
                    1,
                    1,
                    facecolor="white" if empty else look.fill,
                    edgecolor=look.color,
                    linewidth=0.8,
                    hatch="" if empty else look.hatch,
                )
            )
            text = "" if empty else _number(value, digits)
            label = ax.text(column, row, text, ha="center", va="center", fontsize=FONT_SIZE)
            if look.hatch:  # its lines would run through the digits
                label.set_path_effects([withStroke(linewidth=4, foreground=look.fill)])
    ax.set_xlim(-0.55, width - 0.45)
    ax.set_ylim(height - 0.45, -0.55)  # row 0 on top
    return _finish(ax, title)


def image(pixels: Array, ax: Axes | None = None, title: str = "", scale: bool = False) -> Axes:
    """Draw a picture, its origin at the top left, every pixel a visible square.

    Parameters
    ----------
    pixels : numpy.ndarray
        Grey (H, W) or colour (3, H, W), values from 0 to 1; values outside are clipped.
    ax : matplotlib Axes, optional
        Where to draw; a new figure without it.
    title : str
        Text above the picture.
    scale : bool
        Draw the smallest value black and the largest white instead (grey only).

    Examples
    --------
    >>> ax = image(np.zeros((2, 3), dtype=np.float32))
    >>> ax.images[0].get_array().shape
    (2, 3)
    """
    pixels = np.asarray(pixels)
    color = pixels.ndim == 3 and pixels.shape[0] == 3
    if not color and pixels.ndim != 2:
        raise ValueError(f"image: pixels has shape {pixels.shape}; expected (H, W) or (3, H, W)")
    ax = panels()[0] if ax is None else ax
    height, width = pixels.shape[-2:]
    small = max(height, width) <= MAX_SIDE_WITH_GRID  # on larger ones lines would hide the picture
    shown = np.clip(pixels, 0, 1).transpose(1, 2, 0) if color else pixels
    low, high = (None, None) if scale else (0, 1)
    colours: dict[str, Any] = {} if color else {"cmap": "gray", "vmin": low, "vmax": high}
    if small and _drawn:
        _grid_of_rectangles(ax, shown, **colours)
    else:
        ax.imshow(shown, interpolation="nearest", **colours)
    if small:
        for edge in np.arange(height + 1) - 0.5:
            ax.axhline(edge, color="#888888", linewidth=0.6)
        for edge in np.arange(width + 1) - 0.5:
            ax.axvline(edge, color="#888888", linewidth=0.6)
        ax.set_xlim(-0.55, width - 0.45)  # room for the outer lines
        ax.set_ylim(height - 0.45, -0.55)
    return _finish(ax, title)


def response(
    values: Array, ax: Axes | None = None, title: str = "", limit: float | None = None
) -> Axes:
    """Draw a signed map: white is 0, orange negative, purple positive, with a labelled scale.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (H, W), any sign.
    ax : matplotlib Axes, optional
        Where to draw; a new figure without it.
    title : str
        Text above the map.
    limit : float, optional
        Where the scale ends; stronger values are drawn as ±limit. Without it, the strongest value.

    Examples
    --------
    >>> response(np.array([[-2.0, 1.0]])).images[0].get_clim()
    (-2.0, 2.0)
    """
    values = np.asarray(values)
    if values.ndim != 2:
        raise ValueError(f"response: values has shape {values.shape}; expected (H, W)")
    ax = panels()[0] if ax is None else ax
    # Machines differ in the last bits of a sum; where a colour ends, a bit would change a pixel.
    values = np.round(values.astype(np.float64), 9)
    limit = limit or float(np.abs(values).max()) or 1.0
    shown = ax.imshow(values, cmap="PuOr", vmin=-limit, vmax=limit, interpolation="nearest")
    bar = ax.figure.colorbar(shown, ax=ax, shrink=0.85, ticks=[-limit, 0, limit])
    bar.ax.set_yticklabels(
        [f"−{_number(limit, None)}", "0", f"+{_number(limit, None)}"], fontsize=FONT_SIZE - 1
    )
    return _finish(ax, title)


def outline(
    ax: Axes, row: int, column: int, height: int, width: int, role: str = "kernel"
) -> Rectangle:
    """Draw a thick frame round a window of a matrix or picture, in the colour and line of a role.

    Parameters
    ----------
    ax : matplotlib Axes
        What ``matrix``, ``image`` or ``response`` returned.
    row, column : int
        The window's top left entry.
    height, width : int
        The window's size.
    role : str
        A key of ``ROLES``.

    Examples
    --------
    >>> ax = matrix(np.arange(9).reshape(3, 3))
    >>> outline(ax, 0, 1, 2, 2).get_xy()
    (0.5, -0.5)
    """
    look = _look(role)
    # White below, so that the frame shows on dark pixels too.
    corner = (column - 0.5, row - 0.5)
    ax.add_patch(Rectangle(corner, width, height, fill=False, edgecolor="white", linewidth=4.5))
    frame = Rectangle(
        corner,
        width,
        height,
        fill=False,
        edgecolor=look.color,
        linewidth=2.6,
        linestyle=look.linestyle,
    )
    ax.add_patch(frame)
    return frame


def convolution_step(x: Array, kernel: Array, output: Array, row: int, column: int) -> list[Axes]:
    """Draw one step of a sliding window: input with its window, kernel, output with its cell.

    Parameters
    ----------
    x, kernel, output : numpy.ndarray
        Matrices; output = x cross-correlated with kernel at stride 1 without padding.
    row, column : int
        Which output cell.

    Returns
    -------
    list of matplotlib Axes
        Input, kernel, output.

    Examples
    --------
    >>> x, kernel, y = np.ones((3, 3)), np.ones((2, 2)), np.full((2, 2), 4.0)
    >>> [ax.get_title() for ax in convolution_step(x, kernel, y, 0, 0)]
    ['input', 'kernel', 'output']
    """
    widths = [a.shape[1] + 0.4 for a in (x, kernel, output)]
    axes = panels(1, 3, height=WIDTH_INCHES * max(x.shape[0], 3) / sum(widths), width_ratios=widths)
    matrix(x, "input", axes[0], "input")
    matrix(kernel, "kernel", axes[1], "kernel")
    matrix(output, "output", axes[2], "output")
    k_h, k_w = kernel.shape
    outline(axes[0], row, column, k_h, k_w, role="kernel")
    outline(axes[2], row, column, 1, 1, role="output")
    return axes


def _number(value: float, digits: int | None) -> str:
    """Write a number with a true minus sign and no needless zeros."""
    text = f"{value:.{digits}f}" if digits is not None else f"{value:.3g}"
    return text.replace("-", "−")


def _finish(ax: Axes, title: str) -> Axes:
    """Square pixels, no ticks, no frame, a legible title."""
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    if title:
        ax.set_title(title, fontsize=FONT_SIZE + 1)
    return ax
