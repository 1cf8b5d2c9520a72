"""Boxes: equal to plain definitions, right on cases by hand, and true to their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbook.detection import average_precision, box_iou, match_boxes, nms, precision_recall
from tests.strategies import DTYPES, scattered


@st.composite
def boxes(draw, least=0, most=12, dtype=np.float64):
    """Draw boxes in a picture of 12×12, some of them equal, some without area."""
    count = draw(st.integers(least, most))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    begin = rng.integers(0, 10, (count, 2))
    return np.hstack([begin, begin + rng.integers(0, 6, (count, 2))]).astype(dtype)


@st.composite
def found(draw, least=0):
    """Draw boxes with scores, ties among them."""
    drawn = draw(boxes(least))
    few = draw(st.booleans())
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    return drawn, rng.integers(0, 4 if few else 1000, len(drawn)) / 4.0


def pixels(box):
    top, left, bottom, right = (int(edge) for edge in box)
    return {(row, column) for row in range(top, bottom) for column in range(left, right)}


def iou_by_counting(a, b):
    a, b = pixels(a), pixels(b)
    return len(a & b) / len(a | b) if a | b else 0.0


def nms_by_definition(boxes, scores, threshold):
    """Keep a box unless one that is kept, and surer, overlaps it too much."""
    kept = []
    for i in sorted(range(len(boxes)), key=lambda i: (-scores[i], i)):
        if all(iou_by_counting(boxes[i], boxes[k]) <= threshold for k in kept):
            kept.append(i)
    return kept


def matches_by_definition(boxes, scores, true, threshold):
    matched, free = [-1] * len(boxes), set(range(len(true)))
    for i in sorted(range(len(boxes)), key=lambda i: (-scores[i], i)):
        if free:
            nearest = max(sorted(free), key=lambda t: iou_by_counting(boxes[i], true[t]))
            if iou_by_counting(boxes[i], true[nearest]) >= threshold:
                matched[i] = nearest
                free.remove(nearest)
    return matched


def average_precision_by_definition(hits, scores, n_true):
    """Mean, over the true boxes, of the best precision at that recall or a higher one."""
    order = sorted(range(len(hits)), key=lambda i: (-scores[i], i))
    ranked = [bool(hits[i]) for i in order]
    precision = [sum(ranked[: k + 1]) / (k + 1) for k in range(len(ranked))]
    return sum(max(precision[k:]) for k, hit in enumerate(ranked) if hit) / n_true


@given(boxes(), boxes())
def test_iou_is_shared_pixels_over_covered_pixels(a, b):
    expected = [[iou_by_counting(one, other) for other in b] for one in a]
    np.testing.assert_allclose(box_iou(a, b), np.reshape(expected, (len(a), len(b))), atol=1e-12)


@given(boxes(), boxes())
def test_iou_is_symmetric_and_does_not_ask_which_axis_comes_first(a, b):
    swap = [1, 0, 3, 2]
    np.testing.assert_array_equal(box_iou(a, b), box_iou(b, a).T)
    np.testing.assert_allclose(box_iou(a, b), box_iou(a[:, swap], b[:, swap]), atol=1e-12)
    np.testing.assert_allclose(box_iou(a, b), box_iou(3 * a + 7, 3 * b + 7), atol=1e-12)


def test_iou_by_hand():
    a = np.array([[1, 1, 5, 5]])
    b = np.array([[2, 2, 6, 6], [1, 1, 5, 5], [5, 1, 9, 5], [2, 2, 4, 3], [3, 3, 3, 3]])
    np.testing.assert_allclose(box_iou(a, b), [[9 / 23, 1, 0, 2 / 16, 0]])
    assert box_iou(b[4:], b[4:]) == 0
    assert box_iou(a, np.empty((0, 4), np.int64)).shape == (1, 0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_iou_keeps_floats_and_reads_any_layout(dtype):
    a = np.array([[0, 0, 2, 2], [0, 0, 4, 4]], dtype)
    answer = box_iou(scattered(a), scattered(a))
    assert answer.dtype == (np.float64 if dtype == np.int64 else dtype)
    np.testing.assert_allclose(answer, [[1, 0.25], [0.25, 1]])


@given(found(), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_nms_is_its_definition(drawn, threshold):
    assert nms(*drawn, threshold).tolist() == nms_by_definition(*drawn, threshold)


@given(found(), st.sampled_from([0.0, 0.25, 0.5]))
def test_nms_keeps_boxes_apart_and_nothing_is_dropped_without_a_surer_neighbour(drawn, threshold):
    boxes, scores = drawn
    kept = nms(boxes, scores, threshold)
    overlap = box_iou(boxes, boxes)
    assert (overlap[np.ix_(kept, kept)] * (1 - np.eye(len(kept))) <= threshold).all()
    for dropped in set(range(len(boxes))) - set(kept.tolist()):
        beside = overlap[dropped, kept] > threshold
        assert (scores[kept][beside] >= scores[dropped]).any()
    assert (np.diff(scores[kept]) <= 0).all()
    again = nms(boxes[kept], scores[kept], threshold)
    np.testing.assert_array_equal(again, np.arange(len(kept)))


def test_nms_by_hand():
    three = np.array([[0, 0, 4, 4], [0, 1, 4, 5], [0, 2, 4, 6]])
    scores = np.array([0.8, 0.9, 0.7])
    assert nms(three, scores, 0.5).tolist() == [1]
    assert nms(three, np.array([0.9, 0.8, 0.7]), 0.5).tolist() == [0, 2]  # 1 is gone, so 2 stays
    assert nms(three, scores, 0.6).tolist() == [1, 0, 2]  # an IoU of just 0.6 is not above it
    assert nms(three, np.zeros(3), 0.5).tolist() == [0, 2]
    assert nms(np.empty((0, 4)), np.empty(0), 0.5).shape == (0,)
    assert nms(np.empty((0, 4)), np.empty(0), 0.5).dtype == np.int64


@given(found(), boxes(), st.sampled_from([0.25, 0.5, 1.0]))
def test_matches_are_their_definition(drawn, true, threshold):
    matched = match_boxes(*drawn, true, threshold)
    assert matched.tolist() == matches_by_definition(*drawn, true, threshold)
    taken = matched[matched >= 0]
    assert len(set(taken.tolist())) == len(taken)


def test_the_second_box_on_an_object_is_a_false_alarm():
    true = np.array([[0, 0, 4, 4]])
    twice = np.array([[0, 0, 4, 4], [0, 0, 4, 4]])
    assert match_boxes(twice, np.array([0.5, 0.9]), true).tolist() == [-1, 0]
    assert match_boxes(twice, np.array([0.5, 0.9]), np.empty((0, 4), np.int64)).tolist() == [-1, -1]


@st.composite
def ranked(draw):
    hits = np.array(draw(st.lists(st.booleans(), max_size=12)), dtype=bool)
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    scores = rng.integers(0, 8, len(hits)) / 8
    return hits, scores, max(int(hits.sum()) + draw(st.integers(0, 3)), 1)


@given(ranked())
def test_average_precision_is_its_definition_and_an_area(drawn):
    hits, scores, n_true = drawn
    answer = average_precision(hits, scores, n_true)
    assert answer == pytest.approx(average_precision_by_definition(hits, scores, n_true))
    assert 0 <= answer <= hits.sum() / n_true + 1e-12
    precision, recall = precision_recall(hits, scores, n_true)
    assert (np.diff(recall) >= 0).all()
    np.testing.assert_allclose(recall * n_true, precision * np.arange(1, len(hits) + 1))


@given(ranked())
def test_a_false_alarm_at_the_end_costs_nothing_and_one_in_front_does_not_help(drawn):
    hits, scores, n_true = drawn
    answer = average_precision(hits, scores, n_true)
    more = np.append(hits, False)
    assert average_precision(more, np.append(scores, -1.0), n_true) == pytest.approx(answer)
    assert average_precision(more, np.append(scores, 9.0), n_true) <= answer + 1e-12


def test_average_precision_by_hand():
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    cases = {
        (1, 1, 1, 1): 1.0,
        (0, 0, 0, 0): 0.0,
        (1, 0, 1, 0): (1 + 2 / 3) / 4,
        (0, 1, 1, 0): (2 / 3 + 2 / 3) / 4,  # precision 1/2 at the first hit, 2/3 beyond it
    }
    for hits, expected in cases.items():
        found = average_precision(np.array(hits, bool), scores, n_true=4)
        assert found == pytest.approx(expected)
    assert average_precision(np.empty(0, bool), np.empty(0), 3) == 0
    precision, recall = precision_recall(np.array([True, False]), np.array([0.1, 0.2]), 2)
    assert precision.tolist() == [0, 0.5]
    assert recall.tolist() == [0, 0.5]


BOX, SCORE = np.array([[0.0, 0, 2, 2]]), np.array([0.5])
HIT = np.array([True])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: box_iou([[0, 0, 2, 2]], BOX), TypeError, "box_iou: boxes1 is a list; expected a"),
        (lambda: box_iou(BOX, BOX[0]), ValueError, r"box_iou: boxes2 has 1 axes, shape \(4,\)"),
        (lambda: box_iou(BOX, BOX[:, :3]), ValueError, r"boxes2 has shape \(1, 3\); expected \(b"),
        (lambda: box_iou(BOX, BOX * np.nan), ValueError, "boxes2 holds NaN or infinity"),
        (lambda: box_iou(BOX, BOX.astype(np.float32)), TypeError, "boxes1 is float64, boxes2 is f"),
        (lambda: box_iou(BOX > 0, BOX), TypeError, "box_iou: boxes1 has dtype bool"),
        (
            lambda: box_iou(BOX, np.array([[0.0, 0, 2, 2], [4, 0, 2, 2]])),
            ValueError,
            r"boxes2\[1\] is \[4.0, 0.0, 2.0, 2.0\], which ends before it begins; expected top",
        ),
        (lambda: nms(BOX, SCORE, 1.5), ValueError, "nms: iou_threshold is 1.5; expected a number"),
        (lambda: nms(BOX, SCORE, None), TypeError, "nms: iou_threshold is None of type NoneType"),
        (lambda: nms(BOX, np.zeros(2), 0.5), ValueError, r"scores has shape \(2,\); expected \(1,"),
        (lambda: nms(BOX, SCORE[None], 0.5), ValueError, "nms: scores has 2 axes"),
        (lambda: nms(BOX, SCORE * np.nan, 0.5), ValueError, "nms: scores holds NaN"),
        (lambda: match_boxes(BOX, SCORE, BOX, 0), ValueError, "match_boxes: iou_threshold is 0; e"),
        (lambda: match_boxes(BOX, SCORE, BOX[0]), ValueError, "match_boxes: true_boxes has 1 axes"),
        (
            lambda: match_boxes(BOX, SCORE, BOX.astype(np.int64)),
            TypeError,
            "match_boxes: boxes is float64, true_boxes is int64",
        ),
        (lambda: average_precision([True], SCORE, 1), TypeError, "average_precision: hits is a l"),
        (lambda: average_precision(SCORE, SCORE, 1), TypeError, "hits has dtype float64; expected"),
        (lambda: average_precision(HIT[None], SCORE, 1), ValueError, "hits has 2 axes; expected 1"),
        (lambda: average_precision(HIT, SCORE, 0), ValueError, "n_true is 0; expected at least 1"),
        (
            lambda: precision_recall(np.array([True, True]), np.zeros(2), 1),
            ValueError,
            "precision_recall: hits holds 2 hits; expected at most n_true, 1",
        ),
        (lambda: precision_recall(HIT, np.zeros(2), 1), ValueError, r"expected \(1,\), one for ea"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()
