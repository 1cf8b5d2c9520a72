"""A photo or scan of one handwritten digit, made into what a network was trained on.

`read_ink` turns a picture file into ink on nothing: 0 where the paper is, 1 where the pen was.
`like_mnist` and `like_digits` then do to it what was once done to the digits of the two data sets.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnbook.data.digits import _resize_weights
from cnnbook.data.pictures import read_grey

Grey = NDArray[np.float64]

NOISE = 4.0  # grey values below so many standard deviations of the paper are paper
EDGE = 0.2  # where a stroke ends
LEAST_CONTRAST = 0.04  # of full black on white; a shade of less is no ink


def read_ink(path: str | os.PathLike[str]) -> Grey:
    """Read a picture of a digit, bright on dark or dark on bright, as ink from 0 to 1.

    The picture is turned as its camera says (EXIF), laid on white where it is transparent, and
    made grey. The paper's brightness may change over the picture: a surface of second degree is
    fitted to it and taken away. What is then no more than the paper's noise becomes 0.

    Parameters
    ----------
    path : path
        A PNG, JPEG, WebP, GIF, BMP or TIFF file, whatever its name ends in. Nothing else is
        opened. Of an animation, the first picture.

    Returns
    -------
    ndarray of float64, shape (H, W)
        At most 800 pixels high and wide.

    Raises
    ------
    OSError
        If there is no such file, it is a folder or cannot be read.
    ValueError
        If it is no picture in one of these formats, a damaged one, one of more than 100 million
        pixels or with values that are infinite or not a number, or blank.
    ImportError
        If Pillow is not installed.
    """
    return ink(read_grey(Path(path)), str(path))


def ink(grey: Grey, name: str = "ink: grey") -> Grey:
    """Return how much ink each pixel of a grey picture holds, 0 to 1.

    Parameters
    ----------
    grey : ndarray of float64, shape (H, W)
        In any unit. Most pixels show the paper.
    name : str
        Begins the error's text.

    Returns
    -------
    ndarray of float64, shape (H, W)

    Raises
    ------
    ValueError
        If nothing stands out from the paper, or a value is infinite or not a number.

    Examples
    --------
    >>> paper = np.full((5, 5), 200.0)
    >>> paper[1:4, 2] = 50
    >>> ink(paper)[2]
    array([0., 0., 1., 0., 0.])
    """
    if not np.isfinite(grey).all():
        raise ValueError(f"{name}: has values that are infinite or not a number")
    span = float(np.ptp(grey))
    full = 255.0 if grey.max() <= 255 else float(grey.max())
    if not span >= LEAST_CONTRAST * full:
        raise ValueError(f"{name}: a blank picture, with no digit on it")
    median = np.median(grey)
    # The pen's side of the paper's grey is the one that reaches further.
    rough = grey - median if grey.max() - median > median - grey.min() else median - grey
    paper = rough <= _otsu(rough)
    flat = rough - _surface(rough, paper)
    paper = flat <= _otsu(flat)
    flat = flat - _surface(flat, paper)
    noise = float(np.sqrt(np.mean(flat[paper] ** 2)))
    pen = flat[flat > _otsu(flat)]
    strength = float(np.quantile(pen, 0.75))
    if strength < max(NOISE * noise, LEAST_CONTRAST * full):
        raise ValueError(f"{name}: a blank picture, with no digit on it")
    flat[flat < min(NOISE * noise, strength / 2)] = 0
    return np.clip(flat / strength, 0, 1)


def _otsu(values: Grey) -> float:
    """Return the threshold that parts values into two classes of least variance (Otsu, 1979)."""
    counts, edges = np.histogram(values, bins=256)
    middles = (edges[:-1] + edges[1:]) / 2
    below, above = np.cumsum(counts)[:-1], np.cumsum(counts[::-1])[::-1][1:]
    sums = np.cumsum(counts * middles)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = below * above * (sums[:-1] / below - (sums[-1] - sums[:-1]) / above) ** 2
    return float(edges[1:-1][np.nanargmax(between)])


def _surface(values: Grey, where: NDArray[np.bool_]) -> Grey:
    """Fit a polynomial of second degree in row and column to some pixels, and draw it on all."""
    row, column = (2 * np.indices(values.shape).T / np.array(values.shape)).T - 1
    terms = np.stack([np.ones_like(row), row, column, row**2, row * column, column**2], axis=-1)
    best, *_ = np.linalg.lstsq(terms[where], values[where], rcond=None)
    return terms @ best


def crop(image: Grey) -> Grey:
    """Cut ink out of its surroundings; specks of one or two pixels do not count as ink.

    Parameters
    ----------
    image : ndarray, shape (H, W)

    Returns
    -------
    ndarray
        The smallest part that holds every pixel of at least a fifth of ink.
    """
    dark = image >= EDGE
    if min(image.shape) > 40:  # in a small picture a stroke may be as thin as a speck
        padded = np.pad(dark, 1)
        neighbours = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).sum(axis=(2, 3))
        whole = dark & (neighbours >= 4)
        dark = whole if whole.any() else dark
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def resample(image: Grey, height: int, width: int) -> Grey:
    """Bring an image to another size, each new pixel a mean of the old ones around it."""
    rows = _resize_weights(image.shape[0], height)
    columns = _resize_weights(image.shape[1], width)
    return rows @ image @ columns.T


def like_mnist(image: Grey) -> NDArray[np.float32]:
    """Bring ink into MNIST's form.

    Cropped, fitted into 20×20 pixels with its shape kept, and placed in 28×28 so that the centre
    of mass is in the middle (LeCun, Cortes and Burges, "The MNIST database of handwritten
    digits", yann.lecun.com/exdb/mnist).

    Parameters
    ----------
    image : ndarray, shape (H, W)
        Ink, 0 to 1, some of it 1.

    Returns
    -------
    ndarray of float32, shape (28, 28)

    Examples
    --------
    >>> picture = np.zeros((100, 60))
    >>> picture[10:90, 20:24] = 1
    >>> one = like_mnist(picture)
    >>> rows, columns = np.nonzero(one)
    >>> int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())
    (4, 23, 14, 14)
    """
    digit = crop(image)
    scale = 20 / max(digit.shape)
    digit = resample(digit, *(max(1, round(n * scale)) for n in digit.shape))
    digit /= digit.max()
    frame = np.zeros((28, 28))
    # In MNIST's files the centre of mass lies at pixel 14 of 0 to 27, within half a pixel.
    place = []
    for axis, n in enumerate(digit.shape):
        mass = digit.sum(axis=1 - axis)
        centre = float(mass @ np.arange(n) / mass.sum())
        place.append(min(max(round(14 - centre), 0), 28 - n))
    top, left = place
    frame[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return frame.astype(np.float32)


def like_digits(image: Grey) -> NDArray[np.float32]:
    """Bring ink into the form of scikit-learn's digits.

    Cropped and resampled to 32×32 black or white pixels, of which each of the 8×8 counts the ink
    in a cell of 4×4 (Alpaydin and Kaynak, 1998). As there, a digit is as high as the frame and
    at most three quarters as wide.

    Parameters
    ----------
    image : ndarray, shape (H, W)
        Ink, 0 to 1, some of it 1.

    Returns
    -------
    ndarray of float32, shape (8, 8)
        0 to 1 in steps of 1/16.

    Examples
    --------
    >>> picture = np.zeros((80, 80))
    >>> picture[:, 30:50] = 1
    >>> like_digits(picture)[0]
    array([0., 0., 0., 1., 1., 0., 0., 0.], dtype=float32)
    """
    digit = crop(image)
    width = round(digit.shape[1] * 32 / digit.shape[0])
    digit = resample(digit, 32, min(max(1, width), 24))
    bitmap = np.zeros((32, 32))
    left = (32 - digit.shape[1]) // 2
    bitmap[:, left : left + digit.shape[1]] = digit >= digit.max() / 2
    return bitmap.reshape(8, 4, 8, 4).mean(axis=(1, 3)).astype(np.float32)
