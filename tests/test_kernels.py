"""Classical kernels do what their names say, on inputs where the answer is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import cnnbook
from cnnbook import kernels

RAMP_RIGHT = np.tile(np.arange(5, dtype=np.float32), (5, 1))  # brighter by 1 per column
FLAT = np.full((5, 5), 0.5, dtype=np.float32)


@pytest.mark.parametrize(
    "make",
    [kernels.identity, kernels.box_blur, kernels.gaussian_blur, kernels.sharpen],
)
def test_kernels_that_keep_brightness(make: Callable[[], kernels.Kernel]) -> None:
    answer = cnnbook.correlate2d(FLAT, make())
    np.testing.assert_allclose(answer, 0.5, rtol=1e-6)


@pytest.mark.parametrize("make", [kernels.sobel_x, kernels.sobel_y, kernels.laplacian])
def test_kernels_that_ignore_brightness(make: Callable[[], kernels.Kernel]) -> None:
    np.testing.assert_array_equal(cnnbook.correlate2d(FLAT, make()), 0)


def test_sobel_measures_eight_times_the_slope() -> None:
    np.testing.assert_array_equal(cnnbook.correlate2d(RAMP_RIGHT, kernels.sobel_x()), 8)
    np.testing.assert_array_equal(cnnbook.correlate2d(RAMP_RIGHT, kernels.sobel_y()), 0)
    down = np.ascontiguousarray(RAMP_RIGHT.T)
    np.testing.assert_array_equal(cnnbook.correlate2d(down, kernels.sobel_y()), 8)


def test_laplacian_of_a_parabola_is_its_second_derivative() -> None:
    np.testing.assert_array_equal(cnnbook.correlate2d(RAMP_RIGHT**2, kernels.laplacian()), 2)


def test_sharpen_is_the_picture_minus_its_laplacian() -> None:
    np.testing.assert_array_equal(kernels.sharpen(), kernels.identity() - kernels.laplacian())


def test_gaussian_is_round_and_falls_off_from_its_centre() -> None:
    kernel = kernels.gaussian_blur(7, sigma=1.5)
    np.testing.assert_array_equal(kernel, kernel.T)
    np.testing.assert_array_equal(kernel, kernel[::-1])
    assert (np.diff(kernel[3, 3:]) < 0).all()
    expected = np.exp(-1 / (2 * 1.5**2))
    assert kernel[3, 4] / kernel[3, 3] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("make", [kernels.identity, kernels.box_blur, kernels.gaussian_blur])
@pytest.mark.parametrize("size", [1, 3, 5])
def test_sizes_and_dtype(make: Callable[[int], kernels.Kernel], size: int) -> None:
    assert make(size).shape == (size, size)
    assert make(size).dtype == np.float32


@pytest.mark.parametrize("make", [kernels.identity, kernels.box_blur, kernels.gaussian_blur])
def test_an_even_size_is_refused(make: Callable[[int], kernels.Kernel]) -> None:
    with pytest.raises(ValueError, match=f"{make.__name__}: size is 4; expected an odd integer"):
        make(4)


@pytest.mark.parametrize("make", [kernels.identity, kernels.box_blur, kernels.gaussian_blur])
def test_a_size_below_one_is_refused(make: Callable[[int], kernels.Kernel]) -> None:
    with pytest.raises(ValueError, match=f"{make.__name__}: size is -1; expected at least 1"):
        make(-1)


def test_a_size_that_is_no_integer_is_refused() -> None:
    with pytest.raises(TypeError, match=r"box_blur: size is 3\.0 of type float; expected an odd"):
        kernels.box_blur(3.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("sigma", [0, -1.0, float("nan")])
def test_a_sigma_that_is_not_positive_is_refused(sigma: float) -> None:
    with pytest.raises(ValueError, match=r"gaussian_blur: sigma is .*; expected a positive number"):
        kernels.gaussian_blur(3, sigma)
