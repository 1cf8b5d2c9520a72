"""The exercises of the chapter *Finding and outlining* and of its workshop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnbook.detection import average_precision, box_iou, nms
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import finding_and_outlining as boxes
from cnnbook.segmentation import dice

Array = np.ndarray[Any, Any]


def answers(height: int = 64, width: int = 96, anchors: int = 3, classes: int = 5) -> int:
    """Return how many numbers a head gives for a picture whose cells are 4 pixels apart."""
    return (height // 4) * (width // 4) * anchors * (1 + classes + 4)


def what_it_answers() -> str:
    """Return what an anchor at the upper left is asked for, with a box three columns further."""
    anchor, box = np.array([[0.0, 0, 8, 8]]), np.array([[0.0, 3, 8, 11]])
    overlap = float(box_iou(anchor, box)[0, 0])
    return "object" if overlap >= 0.5 else "not asked" if overlap >= 0.4 else "background"


# 3. A chain of three boxes, each 3 columns further than the one before.
CHAIN = np.array([[0.0, 0, 12, 12], [0, 3, 12, 15], [0, 6, 12, 18]])


def who_stays() -> str:
    """Return which of the three boxes a, b, c are kept at a limit of 0.5."""
    kept = nms(CHAIN, np.array([0.9, 0.8, 0.7]), 0.5)
    return " and ".join("abc"[i] for i in kept)


def precision_by_hand(hits: tuple[int, ...] = (0, 1, 1, 0), n_true: int = 4) -> float:
    """Return the average precision of a ranked list."""
    ranked = np.array(hits, bool)
    return average_precision(ranked, -np.arange(len(hits)), n_true)


def two_masks() -> tuple[float, float]:
    """Return Dice and IoU of a mask of 30 pixels and one of 20 that share 15."""
    found, true = np.arange(35) < 30, np.arange(35) >= 15
    shared, covered = (found & true).sum(), (found | true).sum()
    return dice(found, true), float(shared / covered)


# 7. Suppression, and the ways it goes wrong.
def my_nms(boxes: Array, scores: Array, limit: float) -> Array:
    """Return the places of the kept boxes, the surest first."""
    return _suppress(boxes, scores, limit)


def _suppress(
    boxes: Array,
    scores: Array,
    limit: float,
    drops: Callable[[Array, float], Array] = np.greater,
    iou: Callable[[Array, Array], Array] = box_iou,
) -> Array:
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order):
        kept.append(order[0])
        overlap = iou(boxes[order[:1]], boxes[order[1:]])[0]
        order = order[1:][~drops(overlap, limit)]
    return np.array(kept, dtype=np.int64)


def surest_last(boxes: Array, scores: Array, limit: float) -> Array:
    """Sort ascending."""
    return _suppress(boxes, -scores, limit)


def against_all(boxes: Array, scores: Array, limit: float) -> Array:
    """Let dropped boxes drop others."""
    order = np.argsort(-scores, kind="stable")
    overlap = box_iou(boxes[order], boxes[order])
    return order[~(np.triu(overlap, 1) > limit).any(axis=0)].astype(np.int64)


def far_ones_dropped(boxes: Array, scores: Array, limit: float) -> Array:
    """Drop what does not overlap."""
    return _suppress(boxes, scores, limit, drops=np.less_equal)


def in_order_given(boxes: Array, scores: Array, limit: float) -> Array:
    """Return the kept places in the order of the list."""
    return np.sort(my_nms(boxes, scores, limit))


def unsorted_scores(boxes: Array, scores: Array, limit: float) -> Array:
    """Forget to sort."""
    return _suppress(boxes, np.zeros(len(boxes)), limit)


def at_the_limit_dropped(boxes: Array, scores: Array, limit: float) -> Array:
    """Drop at the limit, too."""
    return _suppress(boxes, scores, limit, drops=np.greater_equal)


def kept_boxes(boxes: Array, scores: Array, limit: float) -> Array:
    """Return the boxes in place of their places."""
    return np.asarray(boxes[my_nms(boxes, scores, limit)])


def by_smaller_box(boxes: Array, scores: Array, limit: float) -> Array:
    """Divide the intersection by the smaller box."""

    def share(one: Array, others: Array) -> Array:
        begin = np.maximum(one[:, None, :2], others[None, :, :2])
        end = np.minimum(one[:, None, 2:], others[None, :, 2:])
        shared = np.clip(end - begin, 0, None).prod(axis=2)
        areas = [np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (one, others)]
        return np.asarray(shared / np.minimum(areas[0][:, None], areas[1][None]))

    return _suppress(boxes, scores, limit, iou=share)


def _scores(rng: np.random.Generator, count: int) -> Array:
    """Draw scores without ties, of both signs, 0 among them, as logits are."""
    return np.asarray((rng.permutation(count) - count // 2) / 4)


def few_boxes(rng: np.random.Generator) -> Case:
    """Draw boxes that overlap a lot, scores without ties, and a limit."""
    count = int(rng.integers(1, 9))
    begin = rng.integers(-16, 17, size=(count, 2))
    drawn = np.hstack([begin, begin + rng.integers(12, 37, size=(count, 2))]) / 4
    dtype = (np.float64, np.float32)[int(rng.integers(2))]
    scores = _scores(rng, count)
    return Case(drawn.astype(dtype), scores.astype(dtype), float(rng.choice([0.21, 0.31, 0.47])))


# 8. Average precision, and the ways it goes wrong.
def my_average_precision(hits: Array, scores: Array, n_true: int) -> float:
    """Return the average precision, as the library does."""
    return average_precision(hits, scores, n_true)


def _precision(hits: Array, scores: Array) -> tuple[Array, Array]:
    ranked = hits[np.argsort(-scores, kind="stable")]
    return ranked, np.cumsum(ranked) / np.arange(1, len(ranked) + 1)


def without_envelope(hits: Array, scores: Array, n_true: int) -> float:
    """Take each hit's own precision."""
    ranked, precision = _precision(hits, scores)
    return float(precision[ranked].sum() / n_true)


def ascending(hits: Array, scores: Array, n_true: int) -> float:
    """Begin with the least sure."""
    return average_precision(hits, -scores, n_true)


def unsorted(hits: Array, scores: Array, n_true: int) -> float:
    """Take the list as it comes."""
    return average_precision(hits, -np.arange(len(hits)), n_true)


def over_the_found(hits: Array, scores: Array, n_true: int) -> float:
    """Divide by the true boxes that were found."""
    return average_precision(hits, scores, int(max(hits.sum(), 1)))


def over_the_list(hits: Array, scores: Array, n_true: int) -> float:
    """Divide by the length of the list."""
    return average_precision(hits, scores, n_true) * n_true / max(len(hits), 1)


def only_recall(hits: Array, scores: Array, n_true: int) -> float:
    """Return the recall of the whole list."""
    return float(hits.sum() / n_true)


def only_precision(hits: Array, scores: Array, n_true: int) -> float:
    """Return the precision of the whole list."""
    return float(hits.sum() / max(len(hits), 1))


def ranked_list(rng: np.random.Generator) -> Case:
    """Draw hits, scores without ties, and how many true boxes there are."""
    count = int(rng.integers(1, 9))
    hits = rng.random(count) < 0.6
    scores = _scores(rng, count).astype((np.float64, np.float32)[int(rng.integers(2))])
    return Case(hits, scores, int(max(hits.sum() + rng.integers(0, 3), 1)))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_numbers_of_a_head() -> Any:
    """Answer `numbers_of_a_head` as a reader would, in a cell."""
    print("16 · 24 · 3 · (1 + 5 + 4) =", 16 * 24 * 3 * (1 + 5 + 4))
    return 11520


def solve_asked_or_not() -> Any:
    """Answer `asked_or_not` as a reader would, in a cell."""
    print(f"8·5 / (64 + 64 − 8·5) = {40 / 88:.2f}, between 0.4 and 0.5")
    return "not asked"


def solve_chain() -> Any:
    """Answer `chain` as a reader would, in a cell."""
    print(f"a and b: 12·9 / (2 · 144 − 12·9) = {108 / 180:.2f}, so b goes")
    print(f"a and c: 12·6 / (2 · 144 − 12·6) = {72 / 216:.2f}, so c stays")
    return "a and c"


def solve_ap_by_hand() -> Any:
    """Answer `ap_by_hand` as a reader would, in a cell."""
    print("precision 0/1, 1/2, 2/3, 2/4; from each hit on at best 2/3")
    answer = (2 / 3 + 2 / 3 + 0 + 0) / 4
    print(f"(2/3 + 2/3 + 0 + 0) / 4 = {answer:.3f}")
    return answer


def solve_mixing_parameters() -> Any:
    """Answer `mixing_parameters` as a reader would, in a cell."""
    print("(8 + 8) · 9 · 8 + 8 =", (8 + 8) * 9 * 8 + 8)
    return 1160


def solve_dice_by_hand() -> Any:
    """Answer `dice_by_hand` as a reader would, in a cell."""
    print(f"Dice 2·15 / (30 + 20) = {30 / 50:.2f}")
    print(f"IoU  15 / (30 + 20 − 15) = {15 / 35:.2f}")
    return 0.6, 15 / 35


def solved_nms(boxes: Array, scores: Array, limit: float) -> list[int]:
    """Return the kept places, as a reader would write it."""
    order, kept = list(np.argsort(-scores)), []
    while order:
        best = order.pop(0)
        kept.append(best)
        overlap = box_iou(boxes[[best]], boxes)[0]
        order = [i for i in order if overlap[i] <= limit]
    return kept


def solved_average_precision(hits: Array, scores: Array, n_true: int) -> float:
    """Return the average precision, as a reader would write it."""
    ranked = hits[np.argsort(-scores)]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    total = sum(precision[k:].max() for k in np.flatnonzero(ranked))
    return float(total / n_true)


EXERCISES = Exercises(
    "finding_and_outlining",
    [
        Answer(
            "numbers_of_a_head",
            solution=solve_numbers_of_a_head,
            expected=answers,
            kind=int,
            unit="numbers",
            right="a cell for every 4×4 pixels, three anchors in each, ten numbers an anchor.",
            hint="how many cells, how many anchors in each, how many numbers for each anchor?",
            hints=[
                Mistake(
                    lambda: answers() // 10 * 9, "background is a class, too: one more number."
                ),
                Mistake(lambda: answers(anchors=1), "each cell answers for three anchors."),
                Mistake(lambda: answers() // 10 * 6, "the four numbers of the box are missing."),
                Mistake(
                    lambda: answers(256, 384),
                    "cells are 4 pixels apart, so there are fewer of them than pixels.",
                ),
                Mistake(lambda: answers(48, 48), "this picture has 64×96 pixels."),
            ],
        ),
        Answer(
            "asked_or_not",
            solution=solve_asked_or_not,
            expected=what_it_answers,
            kind=str,
            choices=("object", "not asked", "background"),
            right="40 shared pixels of 88: an IoU between the two limits.",
            hint="compute the IoU of anchor and box, and compare it with both limits.",
            hints=[
                Mistake(
                    lambda: "object", "they share 40 of 88 pixels. Is that half of them or more?"
                ),
                Mistake(lambda: "background", "they share 40 of 88 pixels. Is that below 0.4?"),
            ],
        ),
        Answer(
            "chain",
            solution=solve_chain,
            expected=who_stays,
            kind=str,
            choices=("a", "a and c", "a and b", "a and b and c"),
            right="b goes because of a, and what is gone drops nothing.",
            hint="a is kept. Which of the others overlap a by more than 0.5?",
            hints=[
                Mistake(
                    lambda: "a",
                    "b would have dropped c, but b itself is gone. Compare with kept boxes only.",
                ),
                Mistake(lambda: "a and b", "a and b share 108 of 180 pixels."),
                Mistake(lambda: "a and b and c", "a and b share 108 of 180 pixels."),
            ],
        ),
        Answer(
            "ap_by_hand",
            solution=solve_ap_by_hand,
            expected=precision_by_hand,
            kind=float,
            label="Average precision",
            right="both hits count with the precision 2/3, the two missed boxes with 0.",
            hint="write down the precision after each box. Which is the best from each hit on?",
            hints=[
                Mistake(
                    lambda: (1 / 2 + 2 / 3) / 4,
                    "each hit counts with the best precision from there on, not with its own.",
                ),
                Mistake(
                    lambda: 2 / 3, "two of the four true boxes were never found. They count as 0."
                ),
                Mistake(lambda: 1 / 2, "this is the precision, or the recall, of the whole list."),
                Mistake(
                    lambda: (1 / 2 + 2 / 3) / 2,
                    "each hit counts with the best precision from there on, and there are four "
                    "true boxes.",
                ),
            ],
        ),
        Answer(
            "mixing_parameters",
            solution=solve_mixing_parameters,
            expected=lambda: (8 + 8) * 9 * 8 + 8,
            kind=int,
            unit="parameters",
            right="16 channels come in, because two maps of 8 were joined.",
            hint="how many channels does the joined map have?",
            hints=[
                Mistake(
                    lambda: 8 * 9 * 8 + 8, "this is without the skip: 8 more channels come in."
                ),
                Mistake(lambda: 16 * 9 * 8, "the 8 biases are missing."),
                Mistake(lambda: 16 * 9 * 16 + 16, "8 channels go out, not 16."),
                Mistake(lambda: 16 * 8 + 8, "the kernel is 3×3."),
            ],
        ),
        Answer(
            "dice_by_hand",
            label="Dice, IoU",
            solution=solve_dice_by_hand,
            expected=two_masks,
            kind=tuple,
            right="Dice is never below IoU: 2 · 0.43 / 1.43 = 0.6.",
            hint="15 pixels are shared. What does each measure divide by?",
            hints=[
                Mistake(lambda: two_masks()[::-1], "Dice comes first, then IoU."),
                Mistake(
                    lambda: (15 / 50, 15 / 35), "Dice counts the shared pixels twice: once a mask."
                ),
                Mistake(
                    lambda: (0.6, 15 / 50), "the union counts the shared pixels once: 30 + 20 − 15."
                ),
            ],
        ),
        Implement(
            "my_nms",
            solution=(solved_nms,),
            reference=my_nms,
            cases=[
                Case(CHAIN, np.array([0.7, 0.9, 0.8]), 0.5),
                Case(CHAIN, np.array([0.9, 0.8, 0.7]), 0.5),
                Case(CHAIN, np.array([0.3, 0.5, 0.9]), 0.3),
                Case(np.array([[0.0, 0, 4, 4], [0, 0, 4, 8]]), np.array([0.2, 0.9]), 0.5),
                Case(np.array([[1.0, 1, 3, 3]]), np.array([0.4]), 0.5),
            ],
            generate=few_boxes,
            right="Sort, keep, drop, repeat: that is all of it.",
            hint="keep the surest box, drop what overlaps it by more than the limit, repeat.",
            mistakes=[
                Mistake(surest_last, "you begin with the least sure box: argsort sorts ascending."),
                Mistake(
                    against_all, "a box that was dropped drops nothing: compare with kept ones."
                ),
                Mistake(far_ones_dropped, "you drop what does not overlap, and keep what does."),
                Mistake(unsorted_scores, "you go by the order of the list. Go by the scores."),
                Mistake(in_order_given, "the surest comes first in the answer."),
                Mistake(at_the_limit_dropped, "an IoU that equals the limit is not above it."),
                Mistake(kept_boxes, "these are the boxes. Return their places in the list."),
                Mistake(by_smaller_box, "divide by the union, not by the smaller box."),
            ],
        ),
        Implement(
            "my_average_precision",
            solution=(solved_average_precision,),
            reference=my_average_precision,
            cases=[
                Case(np.array([True, False, False, True]), np.array([0.2, 0.9, 0.4, 0.6]), 3),
                Case(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]), 2),
                Case(np.array([False, True]), np.array([0.9, 0.8]), 1),
                Case(np.array([False, False]), np.array([0.3, 0.8]), 2),
            ],
            generate=ranked_list,
            right="One number for the whole curve, and no threshold to choose.",
            hint="sort by score; for each hit take the best precision from there on; divide the "
            "sum by `n_true`.",
            mistakes=[
                Mistake(
                    without_envelope,
                    "each hit counts with the best precision from there on, not with its own.",
                ),
                Mistake(ascending, "you begin with the least sure box: argsort sorts ascending."),
                Mistake(unsorted, "sort by the scores first."),
                Mistake(over_the_found, "divide by all true boxes, the missed ones included."),
                Mistake(over_the_list, "divide by the true boxes, not by the length of the list."),
                Mistake(only_recall, "this is the recall of the whole list."),
                Mistake(only_precision, "this is the precision of the whole list."),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
