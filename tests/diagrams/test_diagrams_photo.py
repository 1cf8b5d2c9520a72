"""The photo diagram's Python: what it takes and refuses, its numbers, its pictures."""

from __future__ import annotations

import io
import json
import re
from importlib import resources

import numpy as np
import pytest
from PIL import Image

import cnnbook
from cnnbook import diagrams
from cnnbook.data import photographs
from cnnbook.diagrams import _photo, _photo_pictures
from cnnbook.diagrams.values import number


def tables(diagram: diagrams.Diagram) -> list[list[list[str]]]:
    return [table.rows for table in diagram.tables]


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"),
    [((3, 3), 1, 0), ((3, 3), 2, 1), ((2, 5), (3, 1), (0, 2)), ((4, 4), 1, "same")],
)
def test_the_sum_is_the_librarys(colour, kernel, stride, padding):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (3, 20, 30)).astype(np.uint8)
    weights = rng.normal(size=kernel)
    y = cnnbook.conv2d(
        _photo.planes_of(image, colour)[:, None], weights[None, None], None, stride, padding
    )[0, 0]
    seen = set()
    for at in [(0, 0), (9, 17), (19, 29)]:
        made = diagrams.photo(image, weights, stride, padding, colour, at)
        window, shown_kernel, products, total = tables(made)
        assert shown_kernel == [[number(w) for w in row] for row in weights]
        assert len(window) == len(products) == kernel[0]
        assert total[0][0] in {number(value) for value in y.ravel()}
        seen.add(total[0][0])
    assert len(seen) == 3
    assert f"output {y.shape[0]}×{y.shape[1]}" in made.summary


def test_the_window_has_its_middle_at_the_place():
    image = np.arange(100).reshape(10, 10)
    pixels = tables(diagrams.photo(image, at=(4, 6)))[0]
    assert pixels[1][1] == "46"
    # A corner's window lies inside where there is no padding, and half outside where there is.
    assert tables(diagrams.photo(image, at=(0, 0)))[0][0][0] == "0"
    assert tables(diagrams.photo(image, at=(0, 1), padding=1))[0] == [
        ["0", "0", "0"],
        ["0", "1", "2"],
        ["10", "11", "12"],
    ]


def test_fractions_and_whole_numbers_are_the_same_picture():
    whole = np.array([[0, 51, 255]] * 3)
    first, second = (diagrams.photo(image, padding=1) for image in (whole, whole / 255))
    assert first.state == second.state
    assert diagrams.photo(np.repeat(whole[None], 3, 0), padding=1).state == first.state


def test_brightness_is_the_books():
    image = photographs.photograph("flower")[:, :40, :40]
    whole = np.round(255 * image).astype(np.uint8)
    grey = photographs.to_grey(whole.astype(np.float32))
    assert np.abs(_photo.planes_of(whole, colour=False)[0] - grey).max() <= 0.5 + 1e-4


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"image": "cat"}, ValueError, "'cat'; expected an array or one of 'roof'"),
        ({"image": np.zeros((2, 4, 4))}, ValueError, r"shape \(2, 4, 4\)"),
        ({"image": np.zeros((4, 4, 4, 4))}, ValueError, "shape"),
        ({"image": np.zeros((513, 4))}, ValueError, "at most 512"),
        ({"image": [[0, 256, 0]] * 3}, ValueError, "0 to 256"),
        ({"image": [[0.5, 1.5, 0]] * 3}, ValueError, "to 1.5"),
        ({"image": [[-1, 0, 0]] * 3}, ValueError, "−1"),
        ({"image": []}, ValueError, "shape"),
        ({"kernel": np.ones((8, 8))}, ValueError, "at most 7"),
        ({"kernel": [1, 2]}, ValueError, "K_H, K_W"),
        ({"image": np.zeros((2, 2))}, ValueError, "does not fit|kernel"),
        ({"stride": 9}, ValueError, "stride"),
        ({"padding": -1}, ValueError, "padding"),
        ({"colour": 1}, TypeError, "True or False"),
        ({"at": (1, 2, 3)}, ValueError, "row, column"),
        ({"at": (0, 5000)}, ValueError, "at most"),
    ],
)
def test_refusals_name_what_came(arguments, error, message):
    with pytest.raises(error, match=message):
        diagrams.photo(**arguments)


def test_a_picture_is_stored_without_loss():
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (c, h, w)).astype(np.uint8) for c, h, w in [(3, 7, 5), (1, 1, 1)]]
    for pixels in [*noise, *(one.pixels for one in _photo_pictures.pictures())]:
        with Image.open(io.BytesIO(_photo_pictures.png(pixels))) as image:
            read = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
        assert np.array_equal(read, np.broadcast_to(pixels, (3, *pixels.shape[1:])))


@pytest.mark.parametrize("key", _photo_pictures.STORED)
def test_photographs_are_scikit_learns(key):
    name, (left, top, right, bottom), size = _photo_pictures.STORED[key]
    part = photographs.photograph(name)[:, top:bottom, left:right]
    stored = next(one for one in _photo_pictures.pictures() if one.key == key)
    assert stored.pixels.shape == (3, *size[::-1])
    factor = (bottom - top) // size[1]
    means = part.reshape(3, size[1], factor, size[0], factor).mean(axis=(2, 4))
    assert np.abs(255 * means - stored.pixels).mean() < 4
    maker = re.match(r"\w+", photographs.ATTRIBUTION[name])
    assert maker
    assert maker[0] in stored.credit


def test_the_learnt_kernel_is_the_networks():
    file = resources.files("cnnbook") / "nets" / "weights" / "tiny_digits.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    learnt = diagrams.photo().state["kernels"][-1]
    assert [learnt["kernel"]] == stored["state_dict"]["conv1.weight"][_photo.LEARNT]
    assert "1,347" in stored["trained_on"]
    assert "1,347" in learnt["note"]
    assert stored["model"].removesuffix("()") in learnt["note"]


def test_the_output_stays_small():
    """What a notebook's file gets; a page of the book has the script once."""
    state = json.dumps(diagrams.photo().state)
    assert len(state) < 80_000


def test_the_makers_are_named_without_scripts():
    assert "danielbuechele, CC BY 2.0" in diagrams.photo().summary
