"""Named classical kernels: small matrices whose effect on a picture has been known for decades.

Each function returns a new (height, width) float32 array, ready for ``correlate2d``.
Signs follow cross-correlation, the operation of convolutional networks: ``sobel_x`` is positive
where the picture gets brighter from left to right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbook.arguments.checks import integer

Kernel = NDArray[np.float32]


def _odd_size(function: str, size: int) -> int:
    """Refuse a kernel that has no centre."""
    number = integer(function, "size", size, 1, "an odd integer")
    if number % 2 == 0:
        raise ValueError(f"{function}: size is {size}; expected an odd integer")
    return number


def identity(size: int = 3) -> Kernel:
    """Return the kernel that changes nothing: 1 at the centre, 0 elsewhere.

    Examples
    --------
    >>> identity(3)[1, 1]
    np.float32(1.0)
    """
    size = _odd_size("identity", size)
    kernel = np.zeros((size, size), dtype=np.float32)
    kernel[size // 2, size // 2] = 1
    return kernel


def box_blur(size: int = 3) -> Kernel:
    """Return the mean of a size × size neighbourhood; its entries sum to 1.

    Examples
    --------
    >>> round(float(box_blur(3)[0, 0]), 4)
    0.1111
    """
    size = _odd_size("box_blur", size)
    return np.full((size, size), 1 / size**2, dtype=np.float32)


def gaussian_blur(size: int = 5, sigma: float = 1.0) -> Kernel:
    """Return a mean weighted by distance, exp(−r²/2σ²), scaled to sum to 1.

    Parameters
    ----------
    size : int
        Side of the kernel, odd.
    sigma : float
        Standard deviation σ of the bell curve, in pixels; positive.

    Examples
    --------
    >>> round(float(gaussian_blur(5).sum()), 6)
    1.0
    """
    size = _odd_size("gaussian_blur", size)
    if not sigma > 0:
        raise ValueError(f"gaussian_blur: sigma is {sigma!r}; expected a positive number")
    offset = np.arange(size) - size // 2
    bell = np.exp(-(offset**2) / (2 * sigma**2))
    kernel = np.outer(bell, bell)
    return (kernel / kernel.sum()).astype(np.float32)


def sharpen() -> Kernel:
    """Return the picture plus its difference from its four neighbours; its entries sum to 1.

    Examples
    --------
    >>> print(sharpen().astype(int))
    [[ 0 -1  0]
     [-1  5 -1]
     [ 0 -1  0]]
    """
    return np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], dtype=np.float32)


def laplacian() -> Kernel:
    """Return the sum of differences to the four neighbours (second derivative); it sums to 0.

    Examples
    --------
    >>> int(laplacian().sum())
    0
    """
    return np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=np.float32)


def sobel_x() -> Kernel:
    """Return Sobel's horizontal derivative: positive from dark (left) to bright (right).

    Source: I. Sobel and G. Feldman's operator, as in R. Duda and P. Hart, *Pattern Classification
    and Scene Analysis*, 1973.

    Examples
    --------
    >>> print(sobel_x().astype(int))
    [[-1  0  1]
     [-2  0  2]
     [-1  0  1]]
    """
    return np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=np.float32)


def sobel_y() -> Kernel:
    """Return Sobel's vertical derivative: positive from dark (above) to bright (below).

    Examples
    --------
    >>> print(sobel_y().astype(int))
    [[-1 -2 -1]
     [ 0  0  0]
     [ 1  2  1]]
    """
    return np.ascontiguousarray(sobel_x().T)
