"""The exercises of the chapter *What convolution is for: images* and of its workshop."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import uses_images as boxes
from cnnbook.exercises.cases import whole

Array = np.ndarray[Any, Any]
Box = tuple[int, int, int, int]

# 1. Two boxes: top, left, bottom, right.
A, B = (2, 3, 8, 9), (4, 5, 10, 13)

# 4. A confusion matrix of pixels, true classes in rows.
CONFUSION = np.array([[50, 10], [5, 35]])


def numbers_per_head(classes: int = 10, background: int = 1, side: int = 64) -> tuple[int, ...]:
    """Return how many numbers the heads for class, box and pixels give for one picture."""
    return classes, 4, (classes + background) * side * side


def iou(a: Box = A, b: Box = B, extra: int = 0) -> float:
    """Return intersection over union; `extra` counts pixels beyond the difference of edges."""
    height = min(a[2], b[2]) - max(a[0], b[0]) + extra
    width = min(a[3], b[3]) - max(a[1], b[1]) + extra
    shared = height * width
    return shared / (_area(a, extra) + _area(b, extra) - shared)


def _area(box: Box, extra: int = 0) -> int:
    return (box[2] - box[0] + extra) * (box[3] - box[1] + extra)


def mean_iou_of(confusion: Array = CONFUSION) -> float:
    """Return the mean over the classes of right / (row + column − right)."""
    right = confusion.diagonal()
    return float((right / (confusion.sum(axis=1) + confusion.sum(axis=0) - right)).mean())


# 5. From mask to box, and the ways it goes wrong.
def my_box_of(mask: Array) -> Box:
    """Return the smallest box around all True pixels, zeros without any."""
    return _box(mask, after=1)


def _box(mask: Array, after: int) -> Box:
    if not mask.any():
        return 0, 0, 0, 0
    rows, columns = np.nonzero(mask)
    bottom, right = int(rows.max()) + after, int(columns.max()) + after
    return int(rows.min()), int(columns.min()), bottom, right


def column_first(mask: Array) -> Box:
    """Write columns before rows."""
    top, left, bottom, right = my_box_of(mask)
    return left, top, right, bottom


def with_size(mask: Array) -> Box:
    """Give height and width in place of the far edges."""
    top, left, bottom, right = my_box_of(mask)
    return top, left, bottom - top, right - left


# 6. Mean IoU, and the ways it goes wrong.
def my_mean_iou(true: Array, predicted: Array, n_classes: int) -> float:
    """Return the mean IoU of the classes that appear in either mask."""
    return float(np.mean([shared / union for shared, union, *_ in _present(true, predicted)]))


def _present(true: Array, predicted: Array) -> list[tuple[int, int, int, int]]:
    """Return intersection, union, true and predicted pixels of each class that appears."""
    counts = []
    for k in np.union1d(true, predicted):
        t, p = true == k, predicted == k
        counts.append((int((t & p).sum()), int((t | p).sum()), int(t.sum()), int(p.sum())))
    return counts


def absent_as_zero(true: Array, predicted: Array, n_classes: int) -> float:
    """Divide by all classes."""
    return sum(shared / union for shared, union, *_ in _present(true, predicted)) / n_classes


def absent_as_one(true: Array, predicted: Array, n_classes: int) -> float:
    """Count a class that is nowhere as perfect."""
    counts = _present(true, predicted)
    absent = n_classes - len(counts)
    return (sum(shared / union for shared, union, *_ in counts) + absent) / n_classes


def right_pixels(true: Array, predicted: Array, n_classes: int) -> float:
    """Return the share of right pixels."""
    return float((true == predicted).mean())


def mean_recall(true: Array, predicted: Array, n_classes: int) -> float:
    """Divide by the true pixels of each class."""
    return float(np.mean([shared / max(t, 1) for shared, _, t, _ in _present(true, predicted)]))


def union_as_sum(true: Array, predicted: Array, n_classes: int) -> float:
    """Count the intersection twice in the union."""
    return float(np.mean([shared / (t + p) for shared, _, t, p in _present(true, predicted)]))


def without_background(true: Array, predicted: Array, n_classes: int) -> float:
    """Leave class 0 out."""
    counts = zip(np.union1d(true, predicted), _present(true, predicted), strict=True)
    values = [shared / union for k, (shared, union, *_) in counts if k > 0]
    return float(np.mean(values)) if values else 0.0


def mask_case(rng: np.random.Generator) -> Case:
    """Draw a mask that may be empty."""
    height, width = whole(rng, 2, high=8)
    return Case(rng.random((height, width)) < rng.choice([0.0, 0.1, 0.4]))


def fixed_masks() -> list[Case]:
    """Return a wide block, a single pixel, an empty mask, and two separate pixels."""
    block, pixel, corners = (np.zeros((6, 8), dtype=bool) for _ in range(3))
    block[1:4, 2:7] = True
    pixel[5, 3] = True
    corners[0, 6] = corners[4, 1] = True
    return [Case(block), Case(pixel), Case(np.zeros((3, 4), dtype=bool)), Case(corners)]


def masks_case(rng: np.random.Generator) -> Case:
    """Draw two masks that agree in most pixels; some classes may appear in neither."""
    n_classes = int(rng.integers(2, 6))
    highest = int(rng.integers(1, n_classes + 1))
    height, width = (int(n) for n in rng.integers(2, 7, size=2))
    true = rng.integers(highest, size=(height, width))
    predicted = np.where(rng.random(true.shape) < 0.6, true, rng.integers(highest, size=true.shape))
    return Case(true, predicted, n_classes)


def fixed_pairs() -> list[Case]:
    """Return two classes, then four of which one is nowhere, then a class only one mask has."""
    true = np.array([[0, 0, 1], [0, 1, 1]])
    predicted = np.array([[0, 0, 0], [0, 1, 1]])
    return [
        Case(true, predicted, 2),
        Case(np.array([[0, 0, 3, 3], [1, 1, 1, 0]]), np.array([[0, 3, 3, 3], [1, 1, 0, 0]]), 4),
        Case(np.array([[0, 0, 0, 2]]), np.array([[0, 0, 1, 2]]), 5),
    ]


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_numbers_per_head() -> Any:
    """Answer `numbers_per_head` as a reader would, in a cell."""
    answer = (10, 4, 11 * 64 * 64)
    print(answer, "background is a class for pixels, not for pictures")
    return answer


def solve_lazy_mean_iou() -> Any:
    """Answer `lazy_mean_iou` as a reader would, in a cell."""
    answer = (0.7 + 0 + 0 + 0 + 0) / 5
    print(f"{answer:.2f}: the union of road and called road is every pixel")
    return answer


def solve_iou_by_hand() -> Any:
    """Answer `iou_by_hand` as a reader would, in a cell."""
    shared = (8 - 4) * (9 - 5)
    answer = shared / (6 * 6 + 6 * 8 - shared)
    print(f"4·4 / (6·6 + 6·8 − 4·4) = {answer:.3f}")
    return answer


def solve_mean_iou_by_hand() -> Any:
    """Answer `mean_iou_by_hand` as a reader would, in a cell."""
    answer = (50 / (50 + 10 + 5) + 35 / (35 + 5 + 10)) / 2
    print(f"(50 / 65 + 35 / 50) / 2 = {answer:.3f}")
    return answer


def solved_box_of(mask: Array) -> tuple[Any, ...]:
    """Return the box, as a reader would write it."""
    if not mask.any():
        return 0, 0, 0, 0
    rows, columns = np.nonzero(mask)
    return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1


def solved_mean_iou(true: Array, predicted: Array, n_classes: int) -> float:
    """Return the mean IoU, as a reader would write it."""
    values = []
    for k in range(n_classes):
        union = ((true == k) | (predicted == k)).sum()
        if union > 0:
            values.append(((true == k) & (predicted == k)).sum() / union)
    return float(np.mean(values))


EXERCISES = Exercises(
    "uses_images",
    [
        Answer(
            "iou_by_hand",
            label="IoU",
            solution=solve_iou_by_hand,
            expected=iou,
            kind=float,
            right="rows 4 to 7 and columns 5 to 8 are shared.",
            hint="the shared box starts at the larger top and left, and ends at the smaller "
            "bottom and right.",
            hints=[
                Mistake(
                    lambda: 16 / 84,
                    "the union counts the shared pixels once: subtract them from the two areas.",
                ),
                Mistake(
                    lambda: iou(extra=1),
                    "bottom and right are one past the last: height is bottom − top.",
                ),
                Mistake(lambda: 16 / 36, "divide by the union, not by the smaller box."),
                Mistake(lambda: 16 / 48, "divide by the union, not by the larger box."),
                Mistake(
                    lambda: 16,
                    "this is the intersection. Divide it by the union.",
                ),
                Mistake(
                    lambda: 68 / 16,
                    "upside down: an IoU is at most 1.",
                ),
            ],
        ),
        Answer(
            "numbers_per_head",
            label="What, where, which pixels",
            solution=solve_numbers_per_head,
            expected=numbers_per_head,
            kind=tuple,
            right="a class per picture, four edges, and a logit for each class at each pixel.",
            hint="what: a logit per shape; where: a box; which pixels: logits at every pixel.",
            hints=[
                Mistake(
                    lambda: numbers_per_head(background=0),
                    "a pixel may be background, too.",
                ),
                Mistake(
                    lambda: (11, *numbers_per_head()[1:]),
                    "every picture holds a shape: background is no answer to what it is.",
                ),
                Mistake(
                    lambda: (10, 4, 64 * 64),
                    "the last is the size of the mask. Before argmax, each pixel has a logit for "
                    "each class.",
                ),
                Mistake(
                    lambda: (1, 4, 64 * 64),
                    "these are the decisions. Before argmax there is a logit for each class.",
                ),
                Mistake(
                    lambda: numbers_per_head(classes=3, side=32),
                    "these are the numbers of this page; the exercise has more shapes and pixels.",
                ),
            ],
        ),
        Answer(
            "lazy_mean_iou",
            label="Mean IoU",
            solution=solve_lazy_mean_iou,
            expected=lambda: 0.7 / 5,
            kind=float,
            right="the road has 0.7, and the other classes 0 each.",
            hint="write down the IoU of each of the five classes, then take the mean.",
            hints=[
                Mistake(lambda: 0.7, "this is the share of right pixels."),
                Mistake(
                    lambda: 0.2,
                    "the road's IoU is not 1: its union also holds the pixels that were called "
                    "road and are not.",
                ),
                Mistake(lambda: 0.0, "the road counts as a class, and much of it is right."),
                Mistake(lambda: 0.7 / 4, "there are four other classes, and the road as well."),
            ],
        ),
        Answer(
            "mean_iou_by_hand",
            label="Mean IoU",
            solution=solve_mean_iou_by_hand,
            expected=mean_iou_of,
            kind=float,
            right="each class: right, divided by its row plus its column minus right.",
            hint="the union of a class is its row plus its column, minus the entry in both.",
            hints=[
                # Nearly the same number: the share of right pixels, and the mean over the rows.
                Mistake(
                    lambda: 85 / 100,
                    "you divided by all pixels, or by the rows. The union of a class is its row "
                    "and what was wrongly called so.",
                ),
                Mistake(
                    lambda: (50 / 55 + 35 / 45) / 2,
                    "you divided by the columns. The union also has what was missed.",
                ),
                Mistake(
                    lambda: (50 / 115 + 35 / 85) / 2,
                    "row plus column counts the right pixels twice: subtract them once.",
                ),
                Mistake(lambda: 50 / 65, "this is the background alone."),
                Mistake(lambda: 35 / 50, "this is the road alone."),
            ],
        ),
        Implement(
            "my_box_of",
            solution=(solved_box_of,),
            reference=my_box_of,
            cases=fixed_masks,
            generate=mask_case,
            right="It is a slice in each axis, and the empty mask has an empty box.",
            hint="`np.nonzero(mask)` gives the rows and the columns of all True pixels.",
            mistakes=[
                Mistake(
                    lambda mask: _box(mask, after=0),
                    "bottom and right are one past the last True pixel, as in a slice.",
                ),
                Mistake(column_first, "rows come first: (top, left, bottom, right)."),
                Mistake(
                    with_size,
                    "these are height and width. Bottom and right are asked for.",
                ),
                Mistake(
                    lambda mask: (*my_box_of(mask)[2:], *my_box_of(mask)[:2]),
                    "top and left come first, then bottom and right.",
                ),
                Mistake(
                    lambda mask: (0, 0, *mask.shape),
                    "this is the box of the whole picture.",
                ),
            ],
        ),
        Implement(
            "my_mean_iou",
            solution=(solved_mean_iou,),
            reference=my_mean_iou,
            cases=fixed_pairs,
            generate=masks_case,
            right="Every class that appears counts the same, however small it is.",
            hint="for each class k: both masks are k, divided by at least one is k.",
            mistakes=[
                Mistake(right_pixels, "this is the share of right pixels."),
                Mistake(
                    absent_as_zero,
                    "a class that is in neither mask counts as 0 here. Leave it out.",
                ),
                Mistake(
                    absent_as_one,
                    "a class that is in neither mask counts as 1 here. Leave it out.",
                ),
                Mistake(
                    mean_recall,
                    "you divided by the true pixels of each class, not by the union.",
                ),
                Mistake(
                    union_as_sum,
                    "the pixels in both masks count twice in your union.",
                ),
                Mistake(without_background, "the background, class 0, counts as well."),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
