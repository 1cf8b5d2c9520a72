"""What of a grey picture is pen and what is paper, whatever light falls on it.

A stroke is narrow and has paper on both sides. The paper's own brightness at each pixel is
therefore what remains when everything narrow is filled in (a morphological *closing*). It follows
shadows, also sharp ones, and the edge of a table exactly: they are steps, with paper on one side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbook.data.lines import without_lines
from cnnbook.data.marks import boxes, pieces, size_of

Grey = NDArray[np.float64]
Mask = NDArray[np.bool_]

NOISE = 5.0  # what differs from the paper by fewer of its standard deviations is paper
LEAST_CONTRAST = 0.04  # of the paper's brightness; a shade of less is no ink
LEAST_SIDE = 100  # pixels: a smaller picture is no photo, but one of a data set, on even paper
FAINTEST_PEN = 0.08  # a pencil keeps a third of the light; this is the noise of a dark corner
WIDTHS = (0.1, 0.2, 0.4)  # of the pen at most, as shares of the picture's shorter side
INSIDE = 0.25  # of the largest piece's ink holds a digit that the border does not touch, at least
LEAST_DIGIT = 0.04  # of the picture's shorter side: a smaller one is dust
SPECK = 0.03  # of the largest piece's ink; a piece of less is dust
FAINT = 0.4  # of its darkness; what is fainter shows through, or is the table's pattern
DARK = 0.1  # of full brightness: below, light is too little to divide by


def ink(grey: Grey, name: str = "ink: grey") -> Grey:
    """Return how much ink each pixel of a grey picture holds, 0 to 1.

    Parameters
    ----------
    grey : ndarray of float64, shape (H, W)
        In any unit; 0 is black. Most pixels show the paper.
    name : str
        Begins the error's text.

    Returns
    -------
    ndarray of float64, shape (H, W)

    Raises
    ------
    ValueError
        If nothing but specks stands out from the paper, or a value is infinite or not a number.

    Examples
    --------
    >>> paper = np.full((5, 5), 200.0)
    >>> paper[1:4, 2] = 50
    >>> ink(paper)[2]
    array([0., 0., 1., 0., 0.])
    """
    if not np.isfinite(grey).all():
        raise ValueError(f"{name}: has values that are infinite or not a number")
    blank = ValueError(f"{name}: a blank picture, with no digit on it")
    full = 255.0 if grey.max() <= 255 else float(grey.max())
    if np.ptp(grey) < LEAST_CONTRAST * full:
        raise blank
    picture = grey / full
    if _bright_pen(picture):
        picture = 1 - picture
    if min(picture.shape) < LEAST_SIDE:
        share = picture.max() - picture
        share[share < LEAST_CONTRAST] = 0
    else:
        share = _share_of_ink(picture)
        noise = 1.4826 * float(np.median(np.abs(share - np.median(share))))
        share[share < max(NOISE * noise, LEAST_CONTRAST)] = 0
        share = _without_specks(without_lines(share))
    pen = share[share > 0]
    if not pen.size:
        raise blank
    if _largest_side(share > 0) < LEAST_DIGIT * min(share.shape):
        raise ValueError(f"{name}: only specks, with no digit among them")
    core = pen[pen > np.quantile(pen, 0.98) / 2]  # without the soft borders of strokes
    strength = float(np.quantile(core, 0.75))
    if strength < FAINTEST_PEN:
        raise blank
    return np.clip(share / strength, 0, 1)


def _largest_side(dark: Mask) -> int:
    """Return how high or wide the largest piece of ink is."""
    return max(size_of(box) for box in boxes(*pieces(dark)))


def _bright_pen(picture: Grey) -> bool:
    """Whether the narrow parts of a picture are brighter than what is around them."""
    width = _pixels(picture, WIDTHS[1])
    dark, bright = _closing(picture, width) - picture, picture + _closing(-picture, width)
    narrow = np.maximum(dark, bright)
    # The hole of a 0 is narrow as well, and bright if the pen is dark. But the pen is further
    # from the mean of the neighbourhood, most of which is paper.
    offset = picture - _mean(picture, 3 * width)
    return float((offset**3)[narrow > narrow.max() / 3].sum()) > 0


def _share_of_ink(picture: Grey) -> Grey:
    """Return which share of the light that the paper would send back a dark pen has kept."""
    smooth, best, filled = _mean(picture, 3), None, 0.0
    for share in WIDTHS:
        # Wide enough for this pen? Then twice the width would find no more of it. Too wide is
        # no good either: the shadow of a hand is narrow to a very wide window.
        paper = _closing(smooth, _pixels(picture, share))
        found = 1 - picture / np.maximum(paper, DARK)
        found -= np.median(found)
        amount = float(found[found > found.max() / 3].sum())
        if best is None or amount > 1.5 * filled:
            best, filled = found, amount
        else:
            break
    assert best is not None
    return best


def _pixels(picture: Grey, share: float) -> int:
    return max(3, round(share * min(picture.shape)))


def _closing(values: Grey, width: int) -> Grey:
    """Fill in what is darker than its surroundings and narrower than a width.

    Beyond its border the picture goes on as it ends, so that what is dark up to the border stays.
    """
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (width - 1, width - 1)
        values = _running_max(np.pad(values, padding, mode="edge"), width, axis)
    for axis in (0, 1):
        values = -_running_max(-values, width, axis)
    return values


def _running_max(values: Grey, width: int, axis: int) -> Grey:
    """Return the greatest of each `width` neighbours; the axis becomes shorter by width − 1."""
    values = np.moveaxis(values, axis, 0)
    reach = 1
    while reach < width:  # the greatest of 2, 4, 8 … from two greatest of half as many
        step = min(reach, width - reach)
        values = np.maximum(values[:-step], values[step:])
        reach += step
    return np.moveaxis(values, 0, axis)


def _mean(values: Grey, width: int) -> Grey:
    """Return the mean of each pixel's neighbourhood, a square of an odd width."""
    half = min(width // 2, max(values.shape))
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (half + 1, half)
        sums = np.moveaxis(np.cumsum(np.pad(values, padding, mode="edge"), axis), axis, 0)
        values = np.moveaxis(
            (sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1), 0, axis
        )
    return values


def _without_specks(share: Grey) -> Grey:
    """Keep the pieces that are about as dark as the largest, and no specks beside it.

    What reaches the picture's border is wood, cloth or another sheet, if inside is a digit.
    """
    numbers, count = pieces(share > 0)
    if not count:
        return share
    amount = np.bincount(numbers.ravel(), share.ravel(), minlength=count + 1)
    darkest = np.zeros(count + 1)
    np.maximum.at(darkest, numbers.ravel(), share.ravel())
    keep = (amount >= SPECK * amount.max()) & (darkest >= FAINT * darkest[amount.argmax()])
    border = np.concatenate([numbers[[0, -1]].ravel(), numbers[:, [0, -1]].ravel()])
    inside = amount.copy()
    inside[border] = 0
    if inside.max() >= INSIDE * amount.max():
        keep[border] = False
        keep &= amount >= SPECK * inside.max()
    keep[0] = False
    return np.where(keep[numbers], share, 0)
