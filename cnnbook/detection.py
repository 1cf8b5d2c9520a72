"""Boxes around objects: how well two agree, which of many to keep, how good a finder is.

A box is four numbers, (top, left, bottom, right): the first row and column, and the row and column
after the last, as in a slice. With (x1, y1, x2, y2) in their place, which PyTorch's torchvision
uses, all functions of this module return the same: none asks which axis comes first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnbook.arguments.checks import (
    Array,
    check_array,
    check_plain,
    check_same_dtype,
    integer,
    real,
)

Indices = npt.NDArray[np.int64]


def box_iou(boxes1: Array, boxes2: Array) -> Array:
    """Intersection over union of every box of one list with every box of another.

    Parameters
    ----------
    boxes1 : ndarray, shape (N, 4)
        Boxes (top, left, bottom, right), or (x1, y1, x2, y2).
    boxes2 : ndarray, shape (M, 4)
        Of the same dtype.

    Returns
    -------
    ndarray, shape (N, M)
        From 0 to 1; float64 for whole numbers. Two boxes without area have 0.

    Raises
    ------
    ValueError
        If a shape is not (…, 4), a number is not finite, or a box ends before it begins.
    TypeError
        If an argument is no array of floats or of int64, or the dtypes differ.

    Examples
    --------
    >>> box_iou(np.array([[0, 0, 2, 2]]), np.array([[1, 0, 3, 2], [0, 0, 2, 4], [5, 5, 6, 6]]))
    array([[0.33333333, 0.5       , 0.        ]])
    """
    _check_boxes("box_iou", "boxes1", boxes1)
    _check_boxes("box_iou", "boxes2", boxes2)
    check_same_dtype("box_iou", boxes1=boxes1, boxes2=boxes2)
    return _iou(boxes1, boxes2)


def _iou(boxes1: Array, boxes2: Array) -> Array:
    first, second = boxes1[:, np.newaxis], boxes2[np.newaxis]
    begin = np.maximum(first[..., :2], second[..., :2])
    end = np.minimum(first[..., 2:], second[..., 2:])
    sides = np.clip(end - begin, 0, None)  # 0 where they do not meet
    shared = np.prod(sides, axis=-1)
    covered = _area(first) + _area(second) - shared
    return shared / (covered + (covered == 0))


def _area(boxes: Array) -> Array:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def nms(boxes: Array, scores: Array, iou_threshold: float) -> Indices:
    """Non-maximum suppression: keep the best box, drop what overlaps it, and so on.

    Parameters
    ----------
    boxes : ndarray, shape (N, 4)
        Boxes (top, left, bottom, right), or (x1, y1, x2, y2).
    scores : ndarray, shape (N,)
        How sure the finder is of each. Of equals, the one that comes first wins.
    iou_threshold : float
        A box is dropped if its IoU with a kept one is *above* this, from 0 to 1.

    Returns
    -------
    ndarray of int64
        The places of the kept boxes in `boxes`, the best first.

    Raises
    ------
    ValueError
        If a shape, a box, a score or the threshold is out of range.
    TypeError
        If an argument is of a wrong kind.

    Examples
    --------
    >>> boxes = np.array([[0, 0, 4, 4], [0, 1, 4, 5], [0, 8, 4, 12]])
    >>> nms(boxes, np.array([0.7, 0.9, 0.8]), iou_threshold=0.5)
    array([1, 2])
    """
    _check_boxes("nms", "boxes", boxes)
    _check_scores("nms", scores, len(boxes), "boxes")
    threshold = _share("nms", "iou_threshold", iou_threshold)
    waiting, kept = _best_first(scores), []
    while len(waiting):
        best, rest = waiting[0], waiting[1:]
        kept.append(best)
        overlap = _iou(boxes[[best]], boxes[rest])[0]
        waiting = rest[overlap <= threshold]
    return np.array(kept, dtype=np.int64)


def match_boxes(
    boxes: Array, scores: Array, true_boxes: Array, iou_threshold: float = 0.5
) -> Indices:
    """Say which true box each found box stands for, in one picture.

    The surest found box chooses first. It takes, of the true boxes that are still free, the one
    with the largest IoU, if that is the threshold or more. So a true box is found once, and a
    second box on it is a false alarm.

    Parameters
    ----------
    boxes : ndarray, shape (N, 4)
        What was found.
    scores : ndarray, shape (N,)
        How sure the finder is of each.
    true_boxes : ndarray, shape (M, 4)
        What is there; of the dtype of `boxes`.
    iou_threshold : float
        The least IoU of a match, above 0 and up to 1.

    Returns
    -------
    ndarray of int64, shape (N,)
        For each found box the place of its true box, or −1 for a false alarm.

    Raises
    ------
    ValueError
        If a shape, a box, a score or the threshold is out of range.
    TypeError
        If an argument is of a wrong kind, or the dtypes of the boxes differ.

    Examples
    --------
    >>> found = np.array([[0, 0, 4, 4], [0, 1, 4, 5], [9, 9, 12, 12]])
    >>> true = np.array([[0, 1, 4, 5]])
    >>> match_boxes(found, np.array([0.7, 0.9, 0.8]), true)
    array([-1,  0, -1])
    """
    _check_boxes("match_boxes", "boxes", boxes)
    _check_scores("match_boxes", scores, len(boxes), "boxes")
    _check_boxes("match_boxes", "true_boxes", true_boxes)
    check_same_dtype("match_boxes", boxes=boxes, true_boxes=true_boxes)
    threshold = _share("match_boxes", "iou_threshold", iou_threshold)
    if threshold == 0:
        raise ValueError(
            "match_boxes: iou_threshold is 0; expected more than 0, or boxes would match what "
            "they do not touch"
        )
    matched = np.full(len(boxes), -1, dtype=np.int64)
    free = _iou(boxes, true_boxes)
    for found in _best_first(scores) if len(true_boxes) else ():
        nearest = free[found].argmax()
        if free[found, nearest] >= threshold:
            matched[found] = nearest
            free[:, nearest] = -1  # taken
    return matched


def precision_recall(hits: Array, scores: Array, n_true: int) -> tuple[Array, Array]:
    """Precision and recall of the best 1, 2, 3, … found boxes.

    Parameters
    ----------
    hits : ndarray of bool, shape (N,)
        Whether each found box, of all pictures, stands for a true one (see `match_boxes`).
    scores : ndarray, shape (N,)
        How sure the finder is of each.
    n_true : int
        How many true boxes there are, found or not.

    Returns
    -------
    precision : ndarray of float64, shape (N,)
        Of the best k + 1 found boxes, the share that are hits.
    recall : ndarray of float64, shape (N,)
        Of all true boxes, the share that these found.

    Raises
    ------
    ValueError
        If a shape or a number is out of range, or there are more hits than true boxes.
    TypeError
        If an argument is of a wrong kind.

    Examples
    --------
    >>> precision, recall = precision_recall(
    ...     np.array([True, True, False]), np.array([0.9, 0.3, 0.6]), n_true=4
    ... )
    >>> precision.round(2), recall
    (array([1.  , 0.5 , 0.67]), array([0.25, 0.25, 0.5 ]))
    """
    return _precision_recall("precision_recall", hits, scores, n_true)


def average_precision(hits: Array, scores: Array, n_true: int) -> float:
    """Average precision: the area under the curve of precision over recall.

    Each true box counts once: with the best precision that is reached at its recall or a higher
    one, or with 0 if it was never found (the area under all points, as in PASCAL VOC from 2010 on).

    Parameters
    ----------
    hits : ndarray of bool, shape (N,)
        Whether each found box, of all pictures, stands for a true one (see `match_boxes`).
    scores : ndarray, shape (N,)
        How sure the finder is of each; of equals, the one that comes first counts as surer.
    n_true : int
        How many true boxes there are, found or not.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        If a shape or a number is out of range, or there are more hits than true boxes.
    TypeError
        If an argument is of a wrong kind.

    Examples
    --------
    >>> hits, scores = np.array([True, False, True]), np.array([0.9, 0.8, 0.7])
    >>> round(average_precision(hits, scores, n_true=2), 4)  # (1 + 2/3) / 2
    0.8333
    """
    precision, recall = _precision_recall("average_precision", hits, scores, n_true)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    gained = np.diff(recall, prepend=0)
    return float((best_from_here * gained).sum())


def _precision_recall(
    function: str, hits: Array, scores: Array, n_true: int
) -> tuple[Array, Array]:
    check_plain(function, "hits", hits)
    if hits.dtype != np.bool_:
        raise TypeError(f"{function}: hits has dtype {hits.dtype}; expected bool")
    if hits.ndim != 1:
        raise ValueError(f"{function}: hits has {hits.ndim} axes; expected 1 axis")
    _check_scores(function, scores, len(hits), "hits")
    n_true = integer(function, "n_true", n_true, 1)
    found = np.cumsum(hits[_best_first(scores)])
    if len(found) and found[-1] > n_true:
        raise ValueError(
            f"{function}: hits holds {found[-1]} hits; expected at most n_true, {n_true}, for a "
            "true box is found once"
        )
    return found / np.arange(1, len(found) + 1), found / n_true


def _best_first(scores: Array) -> Indices:
    return np.argsort(-scores, kind="stable")


def _check_boxes(function: str, name: str, boxes: Any) -> None:
    check_array(function, name, boxes, (2,), layout="(boxes, 4)")
    if boxes.shape[1] != 4:
        raise ValueError(
            f"{function}: {name} has shape {boxes.shape}; expected (boxes, 4): top, left, bottom, "
            "right"
        )
    if not np.isfinite(boxes).all():
        raise ValueError(f"{function}: {name} holds NaN or infinity; expected finite numbers")
    turned = (boxes[:, 2:] < boxes[:, :2]).any(axis=1)
    if turned.any():
        raise ValueError(
            f"{function}: {name}[{turned.argmax()}] is {boxes[turned.argmax()].tolist()}, which "
            "ends before it begins; expected top, left, bottom, right"
        )


def _check_scores(function: str, scores: Any, count: int, of: str) -> None:
    check_array(function, "scores", scores, (1,))
    if len(scores) != count:
        raise ValueError(
            f"{function}: scores has shape {scores.shape}; expected ({count},), one for each of "
            f"{of}"
        )
    if np.isnan(scores).any():
        raise ValueError(f"{function}: scores holds NaN; expected numbers")


def _share(function: str, name: str, value: Any) -> float:
    share = real(function, name, value)
    if not 0 <= share <= 1:
        raise ValueError(f"{function}: {name} is {value!r}; expected a number from 0 to 1")
    return share
