"""Drawn digits on papers in all kinds of light are read by the network that comes with the book."""

import numpy as np
import pytest
import torch

from cnnbook.data.scans import like_mnist, read_digits
from cnnbook.nets import SimpleCNN
from tests.data.drawings import CLEAN, PAPERS, picture, pictures

KINDS = (*CLEAN, *PAPERS)


@pytest.fixture(scope="module")
def network():
    return SimpleCNN.pretrained().eval()


def read(image, network, folder):
    """Return the digits that are read, and the least of their probabilities."""
    image.save(folder / "picture.png")
    images = np.stack([like_mnist(digit) for digit in read_digits(folder / "picture.png")])
    with torch.no_grad():
        shares = network(torch.from_numpy(images)[:, None]).softmax(dim=1)
    sure, digits = shares.max(dim=1)
    return "".join(map(str, digits.tolist())), float(sure.min())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.proof
def test_four_of_five_are_read(kind, network, tmp_path):
    number, right = KINDS.index(kind), 0
    for i in range(5):
        digit = (number + 2 * i) % 10
        rng = np.random.default_rng([7, number, i])
        right += read(picture(kind, digit, rng), network, tmp_path)[0] == str(digit)
    assert right >= 4


@pytest.mark.parametrize("kind", ["black", "inverted", "blue ruled", "squared", "hard shadow"])
def test_several_digits_are_read_from_left_to_right(kind, network, tmp_path):
    rng = np.random.default_rng([8, KINDS.index(kind)])
    assert read(pictures(kind, [4, 0, 7], rng), network, tmp_path)[0] == "407"


def test_the_same_seed_draws_the_same_picture():
    first, second = (np.asarray(picture("squared", 3, np.random.default_rng(1))) for _ in range(2))
    other = np.asarray(picture("squared", 3, np.random.default_rng(1), other=True))
    np.testing.assert_array_equal(first, second)
    assert first.shape != other.shape or not np.array_equal(first, other)
