"""A photo or scan of handwritten digits, made into what a network was trained on.

`read_ink` turns a picture file into ink on nothing: 0 where the paper is, 1 where the pen was.
`read_digits` cuts it into digits. `like_mnist` and `like_digits` then do to each what was once
done to the digits of the two data sets.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnbook.data.digits import _resize_weights
from cnnbook.data.marks import EDGE, separate
from cnnbook.data.paper import ink
from cnnbook.data.pictures import read_grey

Grey = NDArray[np.float64]

MOST_DIGITS = 20
THINNEST = 0.1  # of a digit's height or width: MNIST's strokes are rarely thinner


def read_ink(path: str | os.PathLike[str]) -> Grey:
    """Read a picture of digits, bright on dark or dark on bright, as ink from 0 to 1.

    The picture is turned as its camera says (EXIF), laid on white where it is transparent, and
    made grey. Light, shadows, what lies beside the paper and printed lines are taken away
    (`cnnbook.data.paper`, `cnnbook.data.lines`).

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


def read_digits(path: str | os.PathLike[str]) -> list[Grey]:
    """Read a picture file and cut it into digits, from left to right, row by row.

    Parameters
    ----------
    path : path
        As for `read_ink`.

    Returns
    -------
    list of ndarray of float64
        The ink of each digit, 0 to 1, the strokes at least about a tenth of its size wide.

    Raises
    ------
    OSError, ValueError, ImportError
        As `read_ink`; ValueError also if there are more than 20 marks that could be digits.
    """
    digits = separate(read_ink(path))
    if len(digits) > MOST_DIGITS:
        raise ValueError(
            f"{path}: {len(digits)} marks that could be digits; expected at most {MOST_DIGITS}"
        )
    return [thickened(digit) for digit in digits]


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


def thickened(image: Grey) -> Grey:
    """Widen the strokes of a thin pen, so that 20×20 pixels can show them.

    Parameters
    ----------
    image : ndarray, shape (H, W)
        The ink of one digit.

    Returns
    -------
    ndarray
        With strokes of about a tenth of the digit's height or width; larger by what they grew.
        Strokes that are as wide already stay.

    Examples
    --------
    >>> stroke = np.zeros((100, 9))
    >>> stroke[:, 4] = 1
    >>> int((thickened(stroke) > 0).sum(axis=1).max())
    9
    """
    dark = image >= EDGE
    # A stroke has two borders: its width is its area by half of the length of its border.
    inner = np.pad(dark, 1)
    inner = inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:]
    width = 2 * dark.sum() / max(1, (dark & ~inner).sum())
    radius = (THINNEST * max(crop(image).shape) - width) / 2
    if radius < 0.5:
        return image
    whole = math.ceil(radius)
    padded = np.pad(image, 2 * whole)
    grown = np.zeros_like(padded)
    for down in range(-whole, whole + 1):  # a disc, row by row
        half = math.isqrt(max(0, round(radius**2) - down**2))
        row = np.roll(padded, down, axis=0)
        for across in range(-half, half + 1):
            np.maximum(grown, np.roll(row, across, axis=1), out=grown)
    return grown[whole:-whole, whole:-whole]


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
