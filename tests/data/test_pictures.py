"""The photographs and letters are what their names say."""

from __future__ import annotations

import numpy as np
import pytest

from cnnbook.data import letters, photographs


@pytest.mark.parametrize("name", ["china", "flower"])
def test_photograph_is_channels_first_from_0_to_1(name: str) -> None:
    image = photographs.photograph(name)
    assert image.shape == (3, 427, 640)
    assert image.dtype == np.float32
    assert image.flags.c_contiguous
    assert 0 <= image.min() < 0.05
    assert 0.95 < image.max() <= 1


def test_photograph_is_the_right_way_up_and_in_colour() -> None:
    red, _, blue = photographs.photograph("china")
    assert blue[:50, 400:].mean() > red[:50, 400:].mean(), "the sky is blue, and on top"
    red, green, blue = photographs.photograph("flower")[:, 150:350, 200:320]
    assert red.mean() > green.mean() > blue.mean(), "the dahlia is orange, left of the middle"


def test_every_photograph_names_its_author_and_licence() -> None:
    for text in photographs.ATTRIBUTION.values():
        assert "flickr.com/photos/" in text
        assert text.endswith("CC BY 2.0")


def test_two_calls_share_no_memory() -> None:
    first = photographs.photograph()
    first[:] = 0
    assert photographs.photograph().max() > 0.9


def test_unknown_photograph_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no photograph named 'cat'; expected one of 'china'"):
        photographs.photograph("cat")


def test_grey_weighs_the_colours() -> None:
    primaries = np.eye(3, dtype=np.float32).reshape(3, 1, 3)  # one red, one green, one blue pixel
    np.testing.assert_allclose(photographs.to_grey(primaries), [[0.299, 0.587, 0.114]], rtol=1e-6)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (1, 3, 4, 5)])
def test_grey_refuses_what_is_not_channels_first(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"to_grey: image has shape .*; expected \(3, H, W\)"):
        photographs.to_grey(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize("letter", [letters.letter_x(), letters.letter_o()])
def test_letters_are_symmetric_ink_and_paper(letter: np.ndarray) -> None:
    assert letter.shape == (9, 9)
    assert letter.dtype == np.float32
    assert set(np.unique(letter)) == {-1, 1}
    np.testing.assert_array_equal(letter, letter[::-1])
    np.testing.assert_array_equal(letter, letter[:, ::-1])


def test_features_are_parts_of_the_x() -> None:
    x, features = letters.letter_x(), letters.x_features()
    np.testing.assert_array_equal(x[1:4, 1:4], features["diagonal"])
    np.testing.assert_array_equal(x[3:6, 3:6], features["cross"])
    np.testing.assert_array_equal(x[1:4, 5:8], features["antidiagonal"])
