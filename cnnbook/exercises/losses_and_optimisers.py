"""The exercises of the chapter *Losses and optimisers*."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnbook
from cnnbook.exercises import Answer, Case, Exercises, Implement, Mistake
from cnnbook.exercises.boxes import losses_and_optimisers as boxes
from cnnbook.exercises.cases import arrays, whole
from cnnbook.optim import SGD, Adam

Array = np.ndarray[Any, Any]

# 2. The gradient of one cross-entropy: probabilities 1/8, 2/8 and 5/8, the first class is right.
LOGITS = np.log(np.array([[1.0, 2.0, 5.0]]))


def logit_gradient(right: int = 0) -> Array:
    """Return the gradient with respect to the three logits."""
    gradient: Array = cnnbook.cross_entropy_backward(LOGITS, np.array([right]))[0]
    return gradient


# 3. Learning rates on ½ · 5 · w².
CURVATURE = 5.0
RATES = (0.1, 0.3, 0.39, 0.41, 1.0)


def rates_that_descend(limit: float = 2 / CURVATURE) -> tuple[float, ...]:
    """Return the rates below a limit."""
    return tuple(rate for rate in RATES if rate < limit)


# 4. Three steps on w² from w = 1, at learning rate 0.1.
def three_steps(momentum: float = 0.5, steps: int = 3, slope: float = 2.0) -> float:
    """Return where w stands."""
    w = np.array([1.0])
    optimiser = SGD([w], lr=0.1, momentum=momentum)
    for _ in range(steps):
        optimiser.step([slope * w])
    return float(w[0])


# 6. Cross-entropy, and the ways it goes wrong.
def my_cross_entropy(logits: Array, targets: Array) -> float:
    """Return the mean cross-entropy."""
    return float(cnnbook.cross_entropy(logits, targets))


def without_shift(logits: Array, targets: Array) -> float:
    """Take exponentials of the logits as they are."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        exponentials = np.exp(logits)
        p = exponentials / exponentials.sum(axis=1, keepdims=True)
        return float(-np.log(p[np.arange(len(p)), targets]).mean())


def logits_and_targets(rng: np.random.Generator) -> Case:
    """Draw logits, now and then large ones, and classes."""
    n, classes = whole(rng, 2, high=5)
    (logits,) = arrays(rng, (n, classes))
    return Case(logits * float(rng.choice([1, 10, 1000])), rng.integers(0, classes, size=n))


# 7. Adam, and the ways it goes wrong.
def my_adam(w: Array, gradients: Array, lr: float) -> Array:
    """Return w after one step for each gradient."""
    w = w.copy()
    optimiser = Adam([w], lr=lr)
    for gradient in gradients:
        optimiser.step([gradient])
    return w


def wrong_adam(
    w: Array,
    gradients: Array,
    lr: float,
    corrected: bool = True,
    first_step: int = 1,
    root: bool = True,
    squared: bool = True,
    eps: float = 1e-8,
    inside: bool = False,
) -> Array:
    """Make one of the mistakes that the arguments name."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, gradient in enumerate(gradients, start=first_step):
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * (gradient**2 if squared else np.abs(gradient))
        a, b = (1 - 0.9**t, 1 - 0.999**t) if corrected else (1.0, 1.0)
        spread = np.sqrt(v / b + eps * inside) if root else v / b
        with np.errstate(invalid="ignore"):  # 0 by 0, where eps was forgotten
            w = w - lr * (m / a) / (spread + eps * (not inside))
    return w


def weights_and_gradients(rng: np.random.Generator) -> Case:
    """Draw weights, a few gradients for them, some as small as eps, and a learning rate."""
    steps, size = whole(rng, 2, high=5)
    w, gradients = arrays(rng, (size,), (steps, size))
    scale = float(rng.choice([1e-8, 1e-4, 1, 100]))
    return Case(w, scale * gradients, float(rng.choice([0.001, 0.1])))


# What is folded as the solution: as a reader would write it, in cells of the page.
def solve_loss_before_training() -> Any:
    """Answer `loss_before_training` as a reader would, in a cell."""
    answer = float(cnnbook.cross_entropy(np.zeros((1, 26)), np.array([0])))
    print(f"p = 1/26, and −log(1/26) = log 26 = {answer:.3f}")
    return answer


def solve_logit_gradient() -> Any:
    """Answer `logit_gradient` as a reader would, in a cell."""
    shares = np.array([1, 2, 5]) / 8
    answer = shares - [1, 0, 0]
    print("exp undoes log: 1, 2 and 5, together 8")
    print("1/8 − 1, 2/8, 5/8 =", answer.tolist())
    return answer


def solve_rates_that_descend() -> Any:
    """Answer `rates_that_descend` as a reader would, in a cell."""
    rates = (0.1, 0.3, 0.39, 0.41, 1.0)
    for lr in rates:
        print(f"lr {lr}: the factor is 1 − 5 · {lr} = {1 - 5 * lr:.2f}")
    answer = tuple(lr for lr in rates if abs(1 - 5 * lr) < 1)
    print(answer, "lie below 2/5 = 0.4")
    return answer


def solve_three_momentum_steps() -> Any:
    """Answer `three_momentum_steps` as a reader would, in a cell."""
    w, velocity = 1.0, 0.0
    for _ in range(3):
        print(f"velocity = 0.5 · {velocity:.2f} + 2 · {w:.3f}", end=" = ")
        velocity = 0.5 * velocity + 2 * w
        print(f"{velocity:.2f}", end=", ")
        print(f"w = {w:.3f} − 0.1 · {velocity:.2f}", end=" = ")
        w -= 0.1 * velocity
        print(f"{w:.3f}")
    return w


def solve_fewer_errors() -> Any:
    """Answer `fewer_errors` as a reader would, in a cell."""
    answer = 100 * (4 - 1.6) / 4
    print(f"(4 − 1.6) / 4 = 0.6: {answer:.0f} % of the errors,")
    print("and 2.4 percentage points")
    return answer


def solved_cross_entropy(logits: Array, targets: Array) -> float:
    """Return the mean cross-entropy, as the page asks for it."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    picked = shifted[np.arange(len(targets)), targets]
    return float((log_sums - picked).mean())


def solved_adam(w: Array, gradients: Array, lr: float) -> Array:
    """Return w after Adam's steps, as the page asks for it."""
    w, m, v = w.copy(), np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients, start=1):
        m += (1 - 0.9) * (g - m)
        v += (1 - 0.999) * (g**2 - v)
        m_now, v_now = m / (1 - 0.9**t), v / (1 - 0.999**t)
        w -= lr * m_now / (np.sqrt(v_now) + 1e-8)
    return w


EXERCISES = Exercises(
    "losses_and_optimisers",
    [
        Answer(
            "loss_before_training",
            solution=solve_loss_before_training,
            label="Cross-entropy",
            expected=lambda: float(cnnbook.cross_entropy(np.zeros((1, 26)), np.array([0]))),
            kind=float,
            tolerance=0.02,
            right="equal logits give each class the same probability, whatever the letter is.",
            hint="which probability does softmax give to each of 26 equal logits?",
            hints=[
                Mistake(
                    lambda: float(cnnbook.cross_entropy(np.zeros((1, 10)), np.array([0]))),
                    "that is the loss for ten classes.",
                ),
                Mistake(lambda: float(np.log2(26)), "the logarithm is the natural one."),
                Mistake(lambda: float(np.log10(26)), "the logarithm is the natural one."),
                Mistake(lambda: 1 / 26, "that is the probability of the right letter."),
                Mistake(lambda: 0.0, "a loss of 0 would mean that the network is certain."),
                Mistake(lambda: -float(np.log(26)), "the sign: the loss is minus the logarithm."),
            ],
        ),
        Answer(
            "logit_gradient",
            solution=solve_logit_gradient,
            label="Three slopes",
            expected=logit_gradient,
            kind=np.ndarray,
            right="the share of each class, minus 1 for the right one; the three add up to 0.",
            hint="work out the three probabilities first: exp undoes log, and 1 + 2 + 5 = 8.",
            hints=[
                Mistake(lambda: -logit_gradient(), "all three signs are turned round."),
                Mistake(
                    lambda: cnnbook.softmax(LOGITS)[0],
                    "these are the probabilities. The right class has something subtracted.",
                ),
                Mistake(lambda: logit_gradient(2), "the right class is the first one."),
                Mistake(lambda: logit_gradient(1), "the right class is the first one."),
                Mistake(
                    lambda: logit_gradient() / 3,
                    "the mean is taken over examples, not over classes: here is one example.",
                ),
            ],
        ),
        Answer(
            "rates_that_descend",
            solution=solve_rates_that_descend,
            label="Learning rates",
            expected=rates_that_descend,
            kind=tuple,
            right="each step multiplies w by 1 − 5 · lr, which lies between −1 and 1 for these.",
            hint="by which factor does one step multiply w? Its size must be below 1.",
            hints=[
                Mistake(
                    lambda: rates_that_descend(1 / CURVATURE),
                    "a step may cross the bottom, as long as it ends nearer to it.",
                ),
                Mistake(
                    lambda: rates_that_descend(0.4 + 0.05),
                    "one of them lands further away on the other side.",
                ),
                Mistake(lambda: rates_that_descend(2.0), "try the largest: from 1, where to?"),
                Mistake(
                    lambda: tuple(rate for rate in RATES if rate not in rates_that_descend()),
                    "these are the ones that diverge.",
                ),
            ],
        ),
        Answer(
            "three_momentum_steps",
            solution=solve_three_momentum_steps,
            label="w after three steps",
            expected=three_steps,
            kind=float,
            tolerance=0.0005,
            right="each velocity is half the last one plus the new gradient.",
            hint="keep two numbers, velocity and w. First the velocity: half of it plus 2w.",
            hints=[
                Mistake(lambda: three_steps(momentum=0.0), "that is without momentum."),
                Mistake(lambda: three_steps(steps=2), "that is after two steps."),
                Mistake(lambda: three_steps(momentum=0.9), "that is with a momentum of 0.9."),
                Mistake(lambda: three_steps(slope=1.0), "the gradient of w² is 2w."),
            ],
        ),
        Answer(
            "fewer_errors",
            solution=solve_fewer_errors,
            label="Errors that are gone",
            unit="%",
            expected=lambda: 100 * (1 - 1.6 / 4),
            kind=float,
            tolerance=0.5,
            right="compare what is left with what there was.",
            hint="of every 1,000 images, how many were wrong before, and how many are now?",
            hints=[
                Mistake(lambda: 4 - 1.6, "that is the difference in percentage points."),
                Mistake(lambda: 100 * 1.6 / 4, "that is the share of the errors that stays."),
                Mistake(lambda: 0.6, "the share is right. Give it in percent."),
                Mistake(
                    lambda: 100 * (4 / 1.6 - 1), "the errors before are the whole, not those after."
                ),
            ],
        ),
        Implement(
            "my_cross_entropy",
            solution=(solved_cross_entropy,),
            reference=my_cross_entropy,
            cases=[
                (np.array([[2.0, 1.0, 0.0], [0.0, 3.0, -1.0]]), np.array([0, 2])),
                (np.array([[0.0, 1000.0], [-1000.0, 0.0]]), np.array([0, 1])),
                (np.array([[5.0]]), np.array([0])),
            ],
            generate=logits_and_targets,
            right="No exponential overflows, and no logarithm meets 0.",
            hint="for each row: log of the sum of exponentials, minus the right class's logit.",
            mistakes=[
                Mistake(
                    without_shift,
                    "large logits overflow or underflow: subtract each row's largest logit first.",
                ),
                Mistake(
                    lambda logits, targets: my_cross_entropy(logits, targets) * len(logits),
                    "you took the sum. The mean over the examples is asked for.",
                ),
                Mistake(
                    lambda logits, targets: -my_cross_entropy(logits, targets),
                    "the sign is turned round.",
                ),
                Mistake(
                    lambda logits, targets: my_cross_entropy(cnnbook.softmax(logits), targets),
                    "softmax was taken twice.",
                ),
                Mistake(
                    lambda logits, targets: my_cross_entropy(logits, targets) / logits.shape[1],
                    "divide by the number of examples, not also by the number of classes.",
                ),
                Mistake(
                    lambda logits, targets: my_cross_entropy(logits, targets) / np.log(2),
                    "the logarithm is the natural one.",
                ),
            ],
        ),
        Implement(
            "my_adam",
            solution=(solved_adam,),
            reference=my_adam,
            cases=[
                (np.array([1.0, -2.0]), np.array([[2.0, -0.5], [1.0, 3.0], [-4.0, 0.25]]), 0.1),
                (np.array([0.5]), np.array([[1000.0]]), 0.01),
                (np.array([0.0, 1.0]), np.array([[0.0, 1.0], [0.0, 1.0]]), 0.1),
            ],
            generate=weights_and_gradients,
            right="Two running averages, corrected for their start at 0.",
            hint="m and v start at 0; at step t they are divided by 1 − 0.9ᵗ and 1 − 0.999ᵗ.",
            mistakes=[
                Mistake(
                    lambda w, gradients, lr: wrong_adam(w, gradients, lr, corrected=False),
                    "m and v start at 0: divide by 1 − betaᵗ before you use them.",
                ),
                Mistake(
                    lambda w, gradients, lr: wrong_adam(w, gradients, lr, first_step=2),
                    "the first step has t = 1.",
                ),
                Mistake(
                    lambda w, gradients, lr: wrong_adam(w, gradients, lr, root=False),
                    "the square root of v is missing.",
                ),
                Mistake(
                    lambda w, gradients, lr: wrong_adam(w, gradients, lr, squared=False),
                    "v averages the square of the gradient.",
                ),
                Mistake(
                    lambda w, gradients, lr: wrong_adam(w, gradients, lr, eps=0.0),
                    "eps is missing: where all gradients were 0, this divides 0 by 0, and small "
                    "ones make steps that are too long.",
                ),
                Mistake(
                    lambda w, gradients, lr: wrong_adam(w, gradients, lr, inside=True),
                    "eps is added to the square root, not under it.",
                ),
                Mistake(
                    lambda w, gradients, lr: 2 * w - my_adam(w, gradients, lr),
                    "that is uphill: subtract the step.",
                ),
                Mistake(
                    lambda w, gradients, lr: my_adam(w, gradients[:1], lr),
                    "that is after the first gradient. Go through all of them.",
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
