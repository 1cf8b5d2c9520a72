"""Dice against its plain definition, known answers, laws, and refusals."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from cnnbook.segmentation import dice

FEW = settings(max_examples=100, derandomize=True, deadline=None)


@st.composite
def two_masks(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw two masks of one shape, empty ones and pixels of every share among them."""
    shape = tuple(draw(st.lists(st.integers(0, 5), min_size=1, max_size=3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    shares = [draw(st.sampled_from([0, 0.1, 0.5, 0.9, 1])) for _ in range(2)]
    a, b = (np.asarray(rng.random(shape) < share) for share in shares)
    return a, b


def pixels(mask: np.ndarray) -> set[tuple[int, ...]]:
    """Return the places of a mask, one by one."""
    return {place for place in np.ndindex(mask.shape) if mask[place]}


def plain_dice(a: np.ndarray, b: np.ndarray) -> float:
    """Return Dice as it is defined, on sets."""
    first, second = pixels(a), pixels(b)
    if not first and not second:
        return 1.0
    return 2 * len(first & second) / (len(first) + len(second))


@given(masks=two_masks())
@FEW
def test_equals_the_plain_definition(masks):
    assert dice(*masks) == plain_dice(*masks)


@given(masks=two_masks())
@FEW
def test_is_symmetric_and_from_0_to_1(masks):
    a, b = masks
    assert dice(a, b) == dice(b, a)
    assert 0 <= dice(a, b) <= 1


@given(masks=two_masks())
@FEW
def test_is_1_for_equal_masks_alone_and_0_for_masks_apart(masks):
    a, b = masks
    assert dice(a, a) == 1
    assert (dice(a, b) == 1) == np.array_equal(a, b)
    assert dice(a & b, a & ~b) == (0 if a.any() else 1)


@given(masks=two_masks())
@FEW
def test_follows_from_intersection_over_union(masks):
    first, second = map(pixels, masks)
    if first | second:
        iou = len(first & second) / len(first | second)
        assert dice(*masks) == pytest.approx(2 * iou / (1 + iou), rel=1e-12)


@given(masks=two_masks(), seed=st.integers(0, 2**16))
@FEW
def test_the_order_of_pixels_and_the_way_to_write_0_and_1_do_not_matter(masks, seed):
    a, b = masks
    order = np.random.default_rng(seed).permutation(a.size)
    value = dice(a, b)
    assert dice(a.ravel()[order], b.ravel()[order]) == value
    for dtype in (np.uint8, np.int8, np.int64):
        assert dice(a.astype(dtype), b) == dice(a, b.astype(dtype)) == value


def test_known_answers():
    target = np.zeros((4, 4), bool)
    target[1:3, 1:3] = True  # 4 pixels
    shifted = np.roll(target, 1, axis=1)  # 2 of them in common
    assert dice(shifted, target) == 0.5
    assert dice(np.ones_like(target), target) == 2 * 4 / (16 + 4)
    assert dice(~target, target) == 0
    assert type(dice(shifted, target)) is float


def test_equals_the_f1_score_of_the_pixels():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 9, 7)) < 0.4
    assert dice(a, b) == pytest.approx(f1_score(b.ravel(), a.ravel()), rel=1e-12)


def test_empty_masks():
    """Nothing to find and nothing found is right; something found, or all missed, is wrong."""
    empty, some = np.zeros((2, 2), bool), np.eye(2, dtype=bool)
    assert dice(empty, empty) == 1
    assert dice(some, empty) == dice(empty, some) == 0
    assert dice(np.zeros((0, 3), bool), np.zeros((0, 3), bool)) == 1


def test_the_masks_are_left_as_they_were():
    a, b = np.eye(3, dtype=np.int64), np.ones((3, 3), np.int64)
    dice(a, b)
    np.testing.assert_array_equal(a, np.eye(3))
    np.testing.assert_array_equal(b, np.ones((3, 3)))


MASK = np.eye(2, dtype=bool)
REFUSED = [
    ([[1, 0]], MASK, TypeError, "dice: prediction is a list; expected a NumPy array"),
    (MASK, torch.ones(2, 2), TypeError, "use target.detach().cpu().numpy()"),
    (MASK, np.ma.array(MASK), TypeError, "target is a MaskedArray; expected a plain NumPy array"),
    (
        np.full((2, 2), 0.7),
        MASK,
        TypeError,
        "dice: prediction has dtype float64; expected a mask of booleans, "
        "or of the integers 0 and 1; use for instance prediction > 0.5",
    ),
    (MASK, np.full((2, 2), "a"), TypeError, "dice: target has dtype str"),
    (
        np.array([[0, 2], [1, 3]]),
        MASK,
        ValueError,
        "dice: prediction holds 2; expected the numbers 0 and 1; for class k use prediction == k",
    ),
    (MASK, np.array([[0, 1], [-1, 0]]), ValueError, "dice: target holds -1"),
    (MASK, 255 * np.eye(2, dtype=np.uint8), ValueError, "dice: target holds 255"),
    (
        MASK,
        np.zeros((1, 2), bool),
        ValueError,
        "dice: prediction has shape (2, 2) and target (1, 2); expected the same shape",
    ),
]


@pytest.mark.parametrize(("prediction", "target", "error", "message"), REFUSED)
def test_refusals(prediction, target, error, message):
    with pytest.raises(error, match=re.escape(message)):
        dice(prediction, target)
