"""Winograd's convolution: PyTorch's and our own answers, its counts, and what it refuses."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import cnnbook
from cnnbook.winograd import (
    OF_THE_OUTPUT,
    OF_THE_TILE,
    OF_THE_WEIGHT,
    conv1d_winograd,
    conv2d_winograd,
    multiplications,
)
from tests.strategies import TOLERANCE, random_array, scattered

DTYPES = [np.float32, np.float64]
WAYS = {conv1d_winograd: (cnnbook.conv1d, F.conv1d), conv2d_winograd: (cnnbook.conv2d, F.conv2d)}
SHAPES = [
    (conv1d_winograd, (2, 4, 9)),
    (conv1d_winograd, (3, 2, 8)),
    (conv1d_winograd, (4, 3)),
    (conv1d_winograd, (0, 2, 5)),
    (conv2d_winograd, (2, 4, 7, 8)),
    (conv2d_winograd, (3, 2, 6, 9)),
    (conv2d_winograd, (4, 3, 4)),
    (conv2d_winograd, (2, 1, 3, 3)),
    (conv2d_winograd, (0, 2, 5, 6)),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("winograd", "shape"), SHAPES)
def test_it_is_the_convolution_and_pytorchs(winograd, shape, dtype):
    rng = np.random.default_rng(0)
    axes = 1 if winograd is conv1d_winograd else 2
    x = random_array(rng, shape, dtype)
    weight = random_array(rng, (5, shape[-axes - 1], *[3] * axes), dtype)
    ours, theirs = WAYS[winograd]
    y = winograd(x, weight)
    limit = TOLERANCE[dtype]
    assert y.dtype == dtype
    np.testing.assert_allclose(y, ours(x, weight), rtol=limit, atol=limit)
    expected = theirs(torch.from_numpy(x), torch.from_numpy(weight)).numpy()
    np.testing.assert_allclose(y, expected, rtol=limit, atol=limit)
    np.testing.assert_allclose(winograd(scattered(x), scattered(weight)), y, rtol=limit, atol=limit)


def test_with_whole_numbers_it_is_exact():
    """Halves and sums of small integers have no rounding."""
    x = np.arange(36.0).reshape(1, 6, 6)
    weight = np.arange(9.0).reshape(1, 1, 3, 3)
    np.testing.assert_array_equal(conv2d_winograd(x, weight), cnnbook.conv2d(x, weight))


def test_four_products_make_two_outputs():
    """The law behind it: Aᵀ ((G g) · (Bᵀ d)) is the row d under the taps g."""
    g, d = np.array([2.0, 3, 5]), np.array([7.0, 11, 13, 17])
    products = (OF_THE_WEIGHT @ g) * (OF_THE_TILE @ d)
    assert products.shape == (4,)
    np.testing.assert_array_equal(OF_THE_OUTPUT @ products, [d[:3] @ g, d[1:] @ g])


def test_the_counts():
    assert multiplications(4, 1, 1) == (36, 16)
    direct, winograd = multiplications((6, 10), 3, 5)
    assert direct == cnnbook.conv2d_cost((6, 10), 3, 5, 3).macs
    assert direct / winograd == 36 / 16 == 2.25
    assert multiplications((5, 7), 1, 1).winograd == 2 * 3 * 16  # 3×5 outputs: tiles cut short


X, WEIGHT = np.ones((1, 2, 6, 7)), np.ones((4, 2, 3, 3))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: conv2d_winograd(X, np.ones((4, 2, 5, 5))),
            ValueError,
            r"conv2d_winograd: weight has shape \(4, 2, 5, 5\); expected \(C_out, C, 3, 3\)",
        ),
        (
            lambda: conv1d_winograd(X[0], np.ones((4, 6, 2))),
            ValueError,
            r"conv1d_winograd: weight has shape \(4, 6, 2\); expected \(C_out, C, 3\)",
        ),
        (
            lambda: conv2d_winograd(X.astype(int), WEIGHT.astype(int)),
            TypeError,
            r"conv2d_winograd: x has dtype int64; expected float32 or float64",
        ),
        (
            lambda: conv1d_winograd(X[0].astype(int), np.ones((4, 6, 3), int)),
            TypeError,
            r"conv1d_winograd: x has dtype int64; expected float32 or float64",
        ),
        (
            lambda: conv2d_winograd(X, np.ones((4, 1, 3, 3))),
            ValueError,
            r"conv2d_winograd: weight has 1 input channels per group, but x has 2",
        ),
        (
            lambda: conv2d_winograd(X[..., :2], WEIGHT),
            ValueError,
            r"conv2d_winograd: kernel_size 3 spans 3 pixels, but the input has 2",
        ),
        (
            lambda: multiplications(2, 1, 1),
            ValueError,
            r"multiplications: size is 2; expected at least 3",
        ),
        (
            lambda: multiplications(4, 0, 1),
            ValueError,
            r"multiplications: in_channels is 0; expected at least 1",
        ),
        (
            lambda: multiplications(4, 1, 0.5),
            TypeError,
            r"multiplications: out_channels is 0.5 of type float; expected an integer",
        ),
    ],
)
def test_what_it_refuses(call, error, words):
    with pytest.raises(error, match=words):
        call()
