"""Classical kernels do what their names say, on inputs where the answer is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


F = np.linspace(-1, 1, 33)


@pytest.mark.parametrize(
    ("taps", "closed"),
    [
        ([1], np.ones_like(F)),
        ([1 / 3, 1 / 3, 1 / 3], (1 + 2 * np.cos(2 * np.pi * F)) / 3),
        ([0.25, 0.5, 0.25], np.cos(np.pi * F) ** 2),
        ([-1, 2, -1], 4 * np.sin(np.pi * F) ** 2),
        ([-1, 0, 1], 2j * np.sin(2 * np.pi * F)),
        ([0.5, 0.5], np.exp(1j * np.pi * F) * np.cos(np.pi * F)),
    ],
)
def test_responses_with_a_closed_form(taps: list[float], closed: np.ndarray) -> None:
    found = kernels.frequency_response(taps, F)
    assert found.dtype == np.complex128
    np.testing.assert_allclose(found, closed, rtol=0, atol=1e-14)


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7])
def test_response_of_a_row_is_numpys_transform(size: int) -> None:
    """Which puts the first tap at 0 and turns the other way round."""
    taps = np.random.default_rng(size).normal(size=size)
    f = np.fft.fftfreq(16)
    expected = np.conj(np.fft.fft(taps, 16)) * np.exp(-2j * np.pi * f * ((size - 1) // 2))
    np.testing.assert_allclose(kernels.frequency_response(taps, f), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 5), (4, 1)])
def test_response_of_a_matrix_is_numpys_transform(shape: tuple[int, int]) -> None:
    taps = np.random.default_rng(0).normal(size=shape)
    down, across = np.meshgrid(np.fft.fftfreq(8), np.fft.fftfreq(12), indexing="ij")
    shift = down * ((shape[0] - 1) // 2) + across * ((shape[1] - 1) // 2)
    expected = np.conj(np.fft.fft2(taps, (8, 12))) * np.exp(-2j * np.pi * shift)
    found = kernels.frequency_response(taps, np.stack([down, across], axis=-1))
    assert found.shape == (8, 12)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


def test_the_response_is_what_a_convolution_does_to_a_wave() -> None:
    n, f = np.arange(40), 0.3
    wave = np.cos(2 * np.pi * f * n)
    taps = np.array([0.5, -1, 2, 0.25])
    h = kernels.frequency_response(taps, f)
    assert h.shape == ()
    expected = np.abs(h) * np.cos(2 * np.pi * f * n + np.angle(h))
    filtered = cnnbook.conv1d(wave[None], taps[None, None])[0]  # output 0 stands at pixel 1
    np.testing.assert_allclose(filtered, expected[1:38], rtol=0, atol=1e-13)


def test_sobel_leaves_stripes_along_its_edge_alone() -> None:
    response = kernels.frequency_response(kernels.sobel_x(), [[[0, 0.25], [0.25, 0], [0.5, 0.25]]])
    np.testing.assert_allclose(abs(response), [[8, 0, 0]], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("kernel", "frequencies", "error", "words"),
    [
        ([], 0.1, ValueError, r"kernel has shape \(0,\); expected \(K,\) or \(K_H, K_W\)"),
        (1.0, 0.1, ValueError, r"kernel has shape \(\); expected"),
        (np.ones((1, 3, 3)), [0.1, 0.1], ValueError, r"kernel has shape \(1, 3, 3\); expected"),
        (np.ones((3, 3)), [0.1, 0.2, 0.3], ValueError, r"frequencies has shape \(3,\); expected"),
        (np.ones((3, 3)), 0.1, ValueError, r"frequencies has shape \(\); expected \(…, 2\)"),
        (["a"], 0.1, TypeError, r"kernel has dtype <U1; expected real numbers"),
        ([1.0], [1j], TypeError, r"frequencies has dtype complex128; expected real numbers"),
        ([np.nan], 0.1, ValueError, r"kernel holds NaN or infinity; expected finite numbers"),
        ([1.0], [np.inf], ValueError, r"frequencies holds NaN or infinity; expected finite"),
    ],
)
def test_response_refuses(
    kernel: Any, frequencies: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=f"frequency_response: {words}"):
        kernels.frequency_response(kernel, frequencies)
