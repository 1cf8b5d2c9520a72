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

    def statistics(self) -> tuple[float, float]:
        """Return the mean and the standard deviation of all pixels of the training images."""
        mean, std = self.x_train.mean(dtype=np.float64), self.x_train.std(dtype=np.float64)
        return float(mean), float(std)

    def standardized(self) -> Dataset:
        """Return the images minus the training images' mean, divided by their standard deviation.

        One mean and one deviation for all pixels. Networks learn faster from inputs around zero;
        the test images take the training images' numbers, because nothing about them is known
        beforehand.
        """
        mean, std = self.statistics()
        offset, scale = np.float32(mean), np.float32(1 / std)
        return self._replace(
            x_train=(self.x_train - offset) * scale, x_test=(self.x_test - offset) * scale
        )
