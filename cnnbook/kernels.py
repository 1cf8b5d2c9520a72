"""Named classical kernels: small matrices whose effect on a picture has been known for decades.

Each returns a new (height, width) float32 array, ready for ``correlate2d``. Signs follow
cross-correlation, the operation of convolutional networks: ``sobel_x`` is positive where the
picture gets brighter from left to right. `frequency_response` says what a kernel does to waves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


def frequency_response(kernel: ArrayLike, frequencies: ArrayLike) -> NDArray[np.complex128]:
    """Return by what a kernel multiplies a wave of each frequency.

    Cross-correlation turns the wave e^(2πifn) into H(f)·e^(2πifn). The size of H(f) is the gain,
    the share of the wave's height that is left; its angle says how far the wave is moved. A kernel
    that is symmetric about its middle pixel moves nothing: its H(f) is real, and negative where
    the wave comes out upside down. In two dimensions a wave has a frequency down the rows and one
    across the columns.

    Parameters
    ----------
    kernel : array_like of shape (K,) or (K_H, K_W)
        A row of numbers, or a matrix. Output n stands at the middle tap; of an even number of
        taps, at the one left of (above) the middle.
    frequencies : array_like
        Cycles per pixel: of any shape for a row, of shape (…, 2) for a matrix, where the last axis
        holds down and across.

    Returns
    -------
    numpy.ndarray of complex128
        H at each frequency, of the shape of `frequencies`, for a matrix without its last axis.

    Raises
    ------
    TypeError
        If one of the two holds no real numbers.
    ValueError
        If the kernel is empty, or neither a row nor a matrix, if a number is not finite, or if
        pairs are missing.

    Examples
    --------
    >>> box = [1 / 3, 1 / 3, 1 / 3]
    >>> frequency_response(box, [0, 0.25, 1 / 3, 0.5]).real.round(4).tolist()
    [1.0, 0.3333, 0.0, -0.3333]
    >>> abs(frequency_response(sobel_x(), [[0, 0.25], [0.25, 0]])).round(4).tolist()
    [8.0, 0.0]
    """
    taps = _real_numbers("kernel", kernel)
    cycles = _real_numbers("frequencies", frequencies)
    if taps.ndim not in (1, 2) or taps.size == 0:
        raise ValueError(
            f"frequency_response: kernel has shape {taps.shape}; expected (K,) or (K_H, K_W), "
            "not empty"
        )
    if taps.ndim == 1:
        response: NDArray[np.complex128] = _turns(cycles, len(taps)) @ taps
        return response
    if cycles.ndim == 0 or cycles.shape[-1] != 2:
        raise ValueError(
            f"frequency_response: frequencies has shape {cycles.shape}; expected (…, 2), down and "
            "across, for a kernel of two axes"
        )
    down = _turns(cycles[..., 0], taps.shape[0])
    across = _turns(cycles[..., 1], taps.shape[1])
    return np.einsum("...u,uv,...v->...", down, taps, across)


def _real_numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return real, finite numbers as an array of float64."""
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        raise TypeError(
            f"frequency_response: {name} has dtype {array.dtype}; expected real numbers"
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"frequency_response: {name} holds NaN or infinity; expected finite numbers"
        )
    return array.astype(np.float64)


def _turns(cycles: NDArray[np.float64], size: int) -> NDArray[np.complex128]:
    """Return the wave at each tap, (…, size): 1 at the middle one."""
    turns = cycles[..., np.newaxis] * (np.arange(size) - (size - 1) // 2)
    # Whole turns change nothing; without them no digits are lost.
    waves: NDArray[np.complex128] = np.exp(2j * np.pi * (turns - np.round(turns)))
    return waves
