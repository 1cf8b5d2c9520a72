"""The exercises of the chapter *Little data*."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import little_data as boxes
from cnnbook.exercises.cases import arrays, whole
from cnnbook.optim import SGD

Array = np.ndarray[Any, Any]

# 1. Two classes in a plane of two features.
CLASSES = {
    "a": np.array([[1.0, 0.0], [3.0, 2.0]]),
    "b": np.array([[4.0, 4.0], [6.0, 2.0]]),
}
NEW = np.array([3.0, 3.0])


def nearest_and_mean() -> str:
    """Return the class of the nearest image, and that of the nearest mean."""
    images = {name: np.sum((few - NEW) ** 2, axis=1).min() for name, few in CLASSES.items()}
    means = {name: np.sum((few.mean(axis=0) - NEW) ** 2) for name, few in CLASSES.items()}
    return f"{min(images, key=images.__getitem__)} and {min(means, key=means.__getitem__)}"


# 3. One step of two rates.
def two_weights(lr: float = 0.01, head_lr: float = 0.1) -> tuple[float, float]:
    """Return a weight of the body and one of the head after a step down a slope of 2."""
    weights = []
    for rate in (lr, head_lr):
        weight = np.array([0.5])
        SGD([weight], lr=rate).step([np.array([2.0])])
        weights.append(float(weight[0]))
    return weights[0], weights[1]


# 4. A running mean.
def batches_until(start: float = 8.0, below: float = 1.0, momentum: float = 0.1) -> int:
    """Return after how many batches of mean 0 the running mean is below a number."""
    count = 0
    while start >= below:
        start, count = (1 - momentum) * start, count + 1
    return count


# 6. The mean of each class, and the ways it goes wrong.
def my_class_means(features: Array, labels: Array, n_classes: int) -> Array:
    """Return a row for each class: the mean of its images' features."""
    return np.stack([features[labels == k].mean(axis=0) for k in range(n_classes)])


def by_appearance(features: Array, labels: Array, n_classes: int) -> Array:
    """Take the classes as they come."""
    order = list(dict.fromkeys(labels.tolist()))
    return np.stack([features[labels == k].mean(axis=0) for k in order])


def first_of_each(features: Array, labels: Array, n_classes: int) -> Array:
    """Take one image for its class."""
    return np.stack([features[np.flatnonzero(labels == k)[0]] for k in range(n_classes)])


def sums(features: Array, labels: Array, n_classes: int) -> Array:
    """Add, and do not divide."""
    return np.stack([features[labels == k].sum(axis=0) for k in range(n_classes)])


def class_case(rng: np.random.Generator) -> Case:
    """Draw features of a few images, each class there at least twice."""
    n_classes, extra, size = whole(rng, 3, low=2, high=4)
    labels = rng.permutation([*range(n_classes), *rng.integers(n_classes, size=extra + 1)])
    (features,) = arrays(rng, (len(labels), size))
    return Case(features, labels.astype(np.int64), n_classes)


def fixed_classes() -> list[Case]:
    """Return three classes whose first image is of the last one, then one image for each."""
    features = np.array([[1.0, -2.5], [3.0, 4.0], [0.5, 0.0], [7.0, 1.0], [-2.0, 6.0]])
    return [
        Case(features, np.array([2, 0, 1, 0, 0]), 3),
        Case(features[:2].astype(np.float32), np.array([1, 0]), 2),
    ]


# 7. A step that knows of frozen weights, and the ways it goes wrong.
def my_step(
    weight: Array,
    gradient: Array,
    velocity: Array,
    lr: float,
    momentum: float,
    decay: float,
    frozen: bool,
) -> tuple[Array, Array]:
    """Return weight and velocity after a step of SGD; what is frozen stays as it is."""
    if frozen:
        return weight, velocity
    velocity = momentum * velocity + gradient + decay * weight
    return weight - lr * velocity, velocity


def _step(
    weight: Array, gradient: Array, velocity: Array, lr: float, momentum: float, decay: float
) -> tuple[Array, Array]:
    return my_step(weight, gradient, velocity, lr, momentum, decay, False)


def gradient_of_zero(
    weight: Array,
    gradient: Array,
    velocity: Array,
    lr: float,
    momentum: float,
    decay: float,
    frozen: bool,
) -> tuple[Array, Array]:
    """Freeze by a gradient of 0."""
    return _step(weight, gradient * (not frozen), velocity, lr, momentum, decay)


def only_decay(
    weight: Array,
    gradient: Array,
    velocity: Array,
    lr: float,
    momentum: float,
    decay: float,
    frozen: bool,
) -> tuple[Array, Array]:
    """Let weight decay go on."""
    if frozen:
        return weight - lr * decay * weight, velocity
    return _step(weight, gradient, velocity, lr, momentum, decay)


def rate_inside(
    weight: Array,
    gradient: Array,
    velocity: Array,
    lr: float,
    momentum: float,
    decay: float,
    frozen: bool,
) -> tuple[Array, Array]:
    """Multiply the gradient alone by the rate."""
    if frozen:
        return weight, velocity
    velocity = momentum * velocity + lr * (gradient + decay * weight)
    return weight - velocity, velocity


def old_velocity(
    weight: Array,
    gradient: Array,
    velocity: Array,
    lr: float,
    momentum: float,
    decay: float,
    frozen: bool,
) -> tuple[Array, Array]:
    """Step first, and renew the velocity afterwards."""
    if frozen:
        return weight, velocity
    return weight - lr * velocity, momentum * velocity + gradient + decay * weight


def without_decay(
    weight: Array,
    gradient: Array,
    velocity: Array,
    lr: float,
    momentum: float,
    decay: float,
    frozen: bool,
) -> tuple[Array, Array]:
    """Forget the decay."""
    return my_step(weight, gradient, velocity, lr, momentum, 0.0, frozen)


def decay_apart(
    weight: Array,
    gradient: Array,
    velocity: Array,
    lr: float,
    momentum: float,
    decay: float,
    frozen: bool,
) -> tuple[Array, Array]:
    """Take the decay from the weight alone."""
    if frozen:
        return weight, velocity
    velocity = momentum * velocity + gradient
    return weight - lr * velocity - lr * decay * weight, velocity


def always_frozen(
    weight: Array,
    gradient: Array,
    velocity: Array,
    lr: float,
    momentum: float,
    decay: float,
    frozen: bool,
) -> tuple[Array, Array]:
    """Freeze the wrong way round."""
    return my_step(weight, gradient, velocity, lr, momentum, decay, not frozen)


def step_case(rng: np.random.Generator) -> Case:
    """Draw a weight, its gradient and its velocity; half of them are frozen."""
    shape = whole(rng, 2)
    rates = (float(rng.choice(values)) for values in ([0.5, 0.25], [0.5, 0.75], [0.25, 0.125]))
    return Case(*arrays(rng, shape, shape, shape), *rates, bool(rng.integers(2)))


def fixed_steps() -> list[Case]:
    """Return a weight that is frozen, and the same that is not."""
    numbers = (np.array([2.0, -0.5]), np.array([1.0, 0.0]), np.array([4.0, -2.0]))
    return [Case(*numbers, 0.5, 0.5, 0.25, frozen) for frozen in (True, False)]


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_nearest_and_mean() -> Any:
    """Answer `nearest_and_mean` as a reader would, in a cell."""
    few = {"a": [(1, 0), (3, 2)], "b": [(4, 4), (6, 2)]}
    for name, images in few.items():
        squares = [(a - 3) ** 2 + (b - 3) ** 2 for a, b in images]
        a, b = np.mean(images, axis=0)
        to_mean = (a - 3) ** 2 + (b - 3) ** 2
        print(f"{name}: images {squares}, mean ({a:.0f}, {b:.0f}) {to_mean:.0f}")
    return "a and b"


def solve_head_parameters() -> Any:
    """Answer `head_parameters` as a reader would, in a cell."""
    answer = 3 * 32 + 3
    print(f"3 · 32 weights + 3 biases = {answer}")
    return answer


def solve_two_weights() -> Any:
    """Answer `two_weights` as a reader would, in a cell."""
    answer = (0.5 - 0.01 * 2, 0.5 - 0.1 * 2)
    print(f"body: 0.5 − 0.01 · 2 = {answer[0]:.2f}")
    print(f"head: 0.5 − 0.1 · 2 = {answer[1]:.2f}")
    return answer


def solve_batches_until() -> Any:
    """Answer `batches_until` as a reader would, in a cell."""
    mean, count = 8.0, 0
    while mean >= 1:
        mean, count = 0.9 * mean, count + 1
        if count in (1, 2, 19, 20):
            print(f"after {count:2}: {mean:.2f}")
    return count


def solved_class_means(features: Array, labels: Array, n_classes: int) -> Array:
    """Return the means, as a reader would write them."""
    means = np.zeros((n_classes, features.shape[1]))
    for k in range(n_classes):
        means[k] = features[labels == k].mean(axis=0)
    return means


EXERCISES = Exercises(
    "little_data",
    [
        Answer(
            "nearest_and_mean",
            label="Nearest image, nearest mean",
            solution=solve_nearest_and_mean,
            expected=nearest_and_mean,
            kind=str,
            choices=("a and a", "a and b", "b and a", "b and b"),
            right="an image of a lies closest, and yet the mean of b is closer than that of a.",
            hint="write down six squared distances: to four images, and to two means.",
            hints=[
                Mistake(
                    lambda: "a and a",
                    "the nearest image is found. The mean of a is (2, 1); where is that of b?",
                ),
                Mistake(
                    lambda: "b and b",
                    "the nearest mean is found. But (3, 2) is closer than any image of class b.",
                ),
                Mistake(lambda: "b and a", "the two are exchanged: the image comes first."),
            ],
        ),
        Answer(
            "head_parameters",
            label="Parameters that learn",
            solution=solve_head_parameters,
            expected=lambda: 3 * 32 + 3,
            kind=int,
            right="a row of 32 weights for each class, and its bias.",
            hint="what is frozen does not learn. How many numbers has a linear layer from 32 "
            "features to 3 classes?",
            hints=[
                Mistake(lambda: 3 * 32, "each class has a bias, too."),
                Mistake(lambda: 80 + 2336 + 99, "these are all; the convolutions are frozen."),
                Mistake(lambda: 10 * 32 + 10, "this is a head for ten classes."),
                Mistake(lambda: 5 * 32 + 5, "this is the old head, for five classes."),
                Mistake(lambda: 80 + 2336, "these are the ones that do *not* learn."),
            ],
        ),
        Answer(
            "two_weights",
            label="Weight of the body, of the head",
            solution=solve_two_weights,
            expected=two_weights,
            kind=tuple,
            right="the same slope, and a tenth of the way.",
            hint="each weight goes down its slope: minus its own rate times 2.",
            hints=[
                Mistake(
                    lambda: two_weights(0.1, 0.01),
                    "exchanged: the body takes the smaller rate.",
                ),
                Mistake(
                    lambda: (0.52, 0.7),
                    "the slope is 2: up is where the loss grows.",
                ),
                Mistake(
                    lambda: two_weights(0.1, 0.1),
                    "the body's rate is a tenth of 0.1.",
                ),
                Mistake(
                    lambda: (0.02, 0.2),
                    "these are the steps. Where do the weights end?",
                ),
            ],
        ),
        Answer(
            "batches_until",
            label="Batches",
            solution=solve_batches_until,
            expected=batches_until,
            kind=int,
            right="each batch leaves nine tenths: 8 · 0.9²⁰ is the first below 1.",
            hint="how much of the old mean is left after one batch? After two?",
            hints=[
                Mistake(
                    lambda: batches_until() - 1,
                    "after so many it is 1.08, still above 1.",
                ),
                Mistake(
                    lambda: 9,
                    "this takes 0.8 away each time. It is a tenth of what is left.",
                ),
                Mistake(
                    lambda: 1,
                    "the momentum of a batch norm is the share of the new batch: 0.1.",
                ),
                Mistake(
                    lambda: batches_until(below=4.0),
                    "so many bring it below 4, the half. It is to fall below 1.",
                ),
            ],
        ),
        Answer(
            "what_moves",
            label="What changes",
            expected=lambda: "the running statistics alone",
            kind=str,
            choices=(
                "nothing",
                "the running statistics alone",
                "weights and running statistics",
            ),
            right="they are no parameters: the forward pass renews them, not the optimiser.",
            hint="who changes a weight, and who a running mean?",
            hints=[
                Mistake(
                    lambda: "nothing",
                    "no optimiser step is needed for a running mean: in training mode each "
                    "forward pass renews it.",
                ),
                Mistake(
                    lambda: "weights and running statistics",
                    "an optimiser passes over what has no gradient.",
                ),
            ],
        ),
        Implement(
            "my_class_means",
            solution=(solved_class_means,),
            reference=my_class_means,
            cases=fixed_classes,
            generate=class_case,
            right="With it, a new class needs no training at all.",
            hint="for each class k, choose the rows whose label is k, and take their mean along "
            "the images.",
            mistakes=[
                Mistake(sums, "these are sums. Divide by the number of the class's images."),
                Mistake(
                    lambda features, labels, n_classes: (
                        sums(features, labels, n_classes) / len(labels)
                    ),
                    "divide by the images of the class, not by all.",
                ),
                Mistake(
                    lambda features, labels, n_classes: (
                        sums(features, labels, n_classes) / n_classes
                    ),
                    "divide by the images of the class, not by the number of classes.",
                ),
                Mistake(by_appearance, "row k belongs to class k, whichever comes first."),
                Mistake(first_of_each, "this is the first image of each class, not the mean."),
                Mistake(
                    lambda features, labels, n_classes: np.stack(
                        [np.median(features[labels == k], axis=0) for k in range(n_classes)]
                    ),
                    "this is the median, not the mean.",
                ),
                Mistake(
                    lambda features, labels, n_classes: np.stack(
                        [features.mean(axis=0)] * n_classes
                    ),
                    "each row is the mean of all images. Choose those of its class.",
                ),
                Mistake(
                    lambda features, labels, n_classes: np.stack(
                        [
                            np.full(features.shape[1], features[labels == k].mean())
                            for k in range(n_classes)
                        ]
                    ),
                    "keep the features apart: the mean goes along the images, axis 0.",
                ),
                Mistake(
                    lambda features, labels, n_classes: np.array(
                        [features[labels == k].mean() for k in range(n_classes)]
                    ),
                    "this is one number for each class: .mean(axis=0) keeps the features apart.",
                ),
            ],
        ),
        Implement(
            "my_step",
            reference=my_step,
            cases=fixed_steps,
            generate=step_case,
            right="What is frozen keeps its velocity, too.",
            hint="frozen: return both as they came. Otherwise the velocity is momentum · velocity "
            "+ gradient + decay · weight, and the weight loses lr times the new velocity.",
            mistakes=[
                Mistake(
                    gradient_of_zero,
                    "a gradient of 0 does not freeze: velocity and weight decay still move it.",
                ),
                Mistake(only_decay, "weight decay still moves the frozen weight."),
                Mistake(
                    lambda weight, gradient, velocity, lr, momentum, decay, frozen: (
                        my_step(weight, gradient, velocity, lr, momentum, decay, frozen)[0],
                        velocity * 0
                        if frozen
                        else my_step(weight, gradient, velocity, lr, momentum, decay, False)[1],
                    ),
                    "the velocity of a frozen weight stays, too.",
                ),
                Mistake(
                    lambda weight, gradient, velocity, lr, momentum, decay, frozen: _step(
                        weight, gradient, velocity, lr, momentum, decay
                    ),
                    "`frozen` is ignored.",
                ),
                Mistake(always_frozen, "the wrong way round: True means that it stays."),
                Mistake(without_decay, "the decay is missing: add decay · weight."),
                Mistake(
                    decay_apart,
                    "the weight is right, the velocity is not: the decay goes into it, too.",
                ),
                Mistake(
                    lambda weight, gradient, velocity, lr, momentum, decay, frozen: my_step(
                        weight, gradient, velocity, lr, momentum, decay, frozen
                    )[::-1],
                    "the two are exchanged: the weight comes first.",
                ),
                Mistake(rate_inside, "lr multiplies the whole velocity, when the weight steps."),
                Mistake(old_velocity, "the step uses the new velocity."),
                Mistake(
                    lambda weight, gradient, velocity, lr, momentum, decay, frozen: my_step(
                        weight, gradient, velocity, -lr, momentum, decay, frozen
                    ),
                    "this goes up the slope: subtract.",
                ),
            ],
        ),
    ],
    guesses=boxes.GUESSES,
    questions=boxes.QUESTIONS,
    workshop=boxes.WORKSHOP,
)
check, ask, solution = EXERCISES.check, EXERCISES.ask, EXERCISES.solution
guess, question = EXERCISES.guess, EXERCISES.question
