"""Real handwritten digits that need no network: the 1,797 images that scikit-learn carries.

They come from the UCI "Optical recognition of handwritten digits" test set (Alpaydin and
Kaynak, 1998), whose 8×8 pixels count the ink in 4×4 cells of a scanned 32×32 bitmap.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnbook.arguments.checks import choice, integer, pair
from cnnbook.data.dataset import Dataset

N_TEST = 450  # a quarter of the 1,797 images
FULL_INK = 16  # the largest value a pixel has in the file


def digits(
    size: int = 8,
    frame: int | tuple[int, int] | None = None,
    *,
    split: Literal["random", "file"] = "random",
    seed: int = 0,
) -> Dataset:
    """Handwritten digits 0–9: 1,347 images to train on and 450 to test on, never fetched.

    Parameters
    ----------
    size : int
        Height and width of a digit in pixels. 8 gives the pixels as they are; any other size
        resamples them with a triangle filter (bilinear when enlarging).
    frame : int or (height, width), optional
        If given, each digit is placed at a random position in an otherwise empty frame.
    split : {"random", "file"}
        "random" draws the test images from the whole file. "file" tests on the last 450 images
        of the file; it is harder, because neighbours in the file look alike and a random split
        puts some of them on either side.
    seed : int
        Decides the random split and the positions. The same seed gives the same arrays, and the
        position of an image does not depend on the split.

    Returns
    -------
    Dataset
        `x_train` (1347, 1, H, W), `y_train` (1347,), `x_test` (450, 1, H, W), `y_test` (450,);
        images float32 from 0 to 1 (the file's 0–16, divided by 16), labels int64. With
        `split="file"` images keep the file's order. Every call returns new arrays.

    Raises
    ------
    ValueError
        If `size` is below 1, `frame` is smaller than `size`, or `split` or `seed` is unknown.
    TypeError
        If `size`, `frame` or `seed` is not made of integers.
    ImportError
        If scikit-learn is not installed.

    Examples
    --------
    >>> from cnnbook.data import digits
    >>> x_train, y_train, x_test, y_test = digits()
    >>> x_train.shape, x_test.shape
    ((1347, 1, 8, 8), (450, 1, 8, 8))
    >>> digits(frame=16).x_train.shape
    (1347, 1, 16, 16)
    """
    integer("digits", "size", size, 1)
    choice("digits", "split", split, ("random", "file"))
    integer("digits", "seed", seed, 0)
    height_width = None if frame is None else pair("digits", "frame", frame, 1)
    if height_width is not None and min(height_width) < size:
        raise ValueError(
            f"digits: frame is {frame!r}; expected at least the size of a digit, {size}×{size}"
        )
    # Two independent streams, so that the positions stay the same whatever the split.
    split_seed, position_seed = np.random.SeedSequence(seed).spawn(2)

    images, labels = _load()
    images = _resize(images, size)
    if height_width is not None:
        images = _place(images, height_width, np.random.default_rng(position_seed))
    x = images[:, np.newaxis].astype(np.float32)

    order = np.arange(len(x))
    if split == "random":
        order = np.random.default_rng(split_seed).permutation(order)
    train, test = order[:-N_TEST], order[-N_TEST:]
    return Dataset(x[train], labels[train], x[test], labels[test])


def _load() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(
            "digits: the images come with scikit-learn, which is not installed; "
            "pip install scikit-learn"
        ) from error
    bunch = load_digits()
    return bunch.images / FULL_INK, bunch.target.astype(np.int64)


def digits_of(image: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Bring one 8×8 image to the size that `digits(size)` gives, by the same filter."""
    return _resize(image.astype(np.float64), size).astype(np.float32)


def _resize(images: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    if size == images.shape[-1]:
        return images
    weights = _resize_weights(images.shape[-1], size)
    return weights @ images @ weights.T  # rows, then columns: the filter is separable


def _resize_weights(n_in: int, n_out: int) -> NDArray[np.float64]:
    """Matrix (n_out, n_in) that resamples one axis with a triangle as wide as a larger pixel."""
    scale = n_in / n_out
    reach = max(scale, 1.0)
    centres = (np.arange(n_out) + 0.5) * scale - 0.5
    distance = np.abs(centres[:, np.newaxis] - np.arange(n_in))
    weights: NDArray[np.float64] = np.maximum(1 - distance / reach, 0)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def _place(
    images: NDArray[np.float64], frame: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Put each image at a uniformly random position in a frame of zeros."""
    n, size, _ = images.shape
    height, width = frame
    tops = rng.integers(height - size, size=n, endpoint=True)
    lefts = rng.integers(width - size, size=n, endpoint=True)
    framed = np.zeros((n, height, width))
    for image, target, top, left in zip(images, framed, tops, lefts, strict=True):
        target[top : top + size, left : left + size] = image
    return framed
