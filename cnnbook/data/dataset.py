"""What every loader of labelled images returns: four arrays with names."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Dataset(NamedTuple):
    """Training and test images with their labels; unpacks like a tuple.

    Attributes
    ----------
    x_train, x_test : ndarray, shape (N, C, H, W), float32
        Images, values from 0 (background) to 1.
    y_train, y_test : ndarray, shape (N,), int64
        The class of each image, from 0.
    """

    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]
