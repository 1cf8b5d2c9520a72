"""The diagram of descent: three optimisers on one surface, step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnbook.arguments.checks import choice, integer
from cnnbook.diagrams.base import Diagram, Table
from cnnbook.diagrams.values import MAX_VALUE, Array, array, number
from cnnbook.optim import SGD, Adam
from cnnbook.words import say

NAME = "diagrams.descent"
OPTIMISERS = ("SGD", "momentum", "Adam")
MAX_STEPS = 200
#: Half the width and height of the picture: a start lies in it.
SIDES = (7.0, 3.5)
MAX_LR = 100
MAX_MOMENTUM = 0.9999
#: Each surface is a sum of c · aᵖ · bᑫ, written [c, p, q]; with a start that shows its point, and
#: its minima.
SURFACES: dict[str, dict[str, Any]] = {
    "valley": {"terms": [[0.5, 2, 0], [8, 0, 2]], "start": [-6, 1.5], "minima": [[0, 0]]},
    "tilted valley": {
        # The same valley, turned: ½(u² + 16v²) with u = 0.8a + 0.6b and v = 0.8b − 0.6a.
        "terms": [[3.2, 2, 0], [-7.2, 1, 1], [5.3, 0, 2]],
        "start": [-6, -1.5],
        "minima": [[0, 0]],
    },
    "bowl": {"terms": [[0.5, 2, 0], [0.5, 0, 2]], "start": [-6, 3], "minima": [[0, 0]]},
    "saddle": {
        "terms": [[0.5, 2, 0], [-0.5, 0, 2], [0.0625, 0, 4]],
        "start": [-6, 0.001],
        "minima": [[0, 2], [0, -2]],
    },
    "two minima": {
        # Along a: (a² − 8)²/64 + a/4, higher on the right; the slope is 0 at three places.
        "terms": [[0.015625, 4, 0], [-0.25, 2, 0], [0.25, 1, 0], [0.5, 0, 2]],
        "start": [6, 2],
        "minima": [[-3.05, 0], [2.53, 0]],
    },
}


def descent(
    surface: str = "valley",
    start: Any = None,
    *,
    optimisers: Sequence[str] = OPTIMISERS,
    sgd_lr: float = 0.1,
    momentum_lr: float = 0.1,
    momentum: float = 0.5,
    adam_lr: float = 0.3,
    steps: int = 60,
) -> Diagram:
    """Let SGD, momentum and Adam descend a loss of two weights, a and b.

    Parameters
    ----------
    surface : {"valley", "tilted valley", "bowl", "saddle", "two minima"}
        The valley is ½(a² + 16b²).
    start : pair of numbers, optional
        Where all begin, a from −7 to 7 and b from −3.5 to 3.5; each surface has its own if not
        given.
    optimisers : sequence of {"SGD", "momentum", "Adam"}
        Which of the three are shown at first.
    sgd_lr, momentum_lr, adam_lr : float
        The learning rates, from 0 to 100.
    momentum : float
        How much of the velocity is kept, from 0 to 0.9999.
    steps : int
        From 1 to 200.

    Returns
    -------
    Diagram

    Raises
    ------
    ValueError, TypeError
        For an argument of another kind or out of its range.

    Notes
    -----
    The paths are those of `cnnbook.optim` in float64. A path ends where a weight leaves the range
    of ±1,000,000: it has diverged.

    Examples
    --------
    >>> descent(optimisers=["SGD"], steps=2)
    Descent on the valley from (−6, 1.5), 2 steps. SGD, lr 0.1: loss 36 → 14.14.
    SGD, lr 0.1:
      step      a     b   loss
         0     −6   1.5     36
         1   −5.4  −0.9  21.06
         2  −4.86  0.54  14.14
    """
    choice(NAME, "surface", surface, tuple(SURFACES))
    given = SURFACES[surface]["start"] if start is None else start
    place, start_plain = array(NAME, "start", given, "2", (2,))
    if place.size != 2 or np.any(np.abs(place) > SIDES):
        raise ValueError(
            f"{NAME}: start is {given!r}; expected a from −7 to 7 and b from −3.5 to 3.5"
        )
    if isinstance(optimisers, str) or not set(optimisers) <= set(OPTIMISERS):
        raise ValueError(
            f"{NAME}: optimisers is {optimisers!r}; expected a list of {', '.join(OPTIMISERS)}"
        )
    if integer(NAME, "steps", steps, 1) > MAX_STEPS:
        raise ValueError(f"{NAME}: steps is {steps}; expected at most {MAX_STEPS}")
    state: dict[str, Any] = {
        "surface": surface,
        "start": start_plain,
        "shown": [name for name in OPTIMISERS if name in optimisers],
        "sgd_lr": _number("sgd_lr", sgd_lr),
        "momentum_lr": _number("momentum_lr", momentum_lr),
        "momentum": _number("momentum", momentum),
        "adam_lr": _number("adam_lr", adam_lr),
        "steps": int(steps),
    }
    if state["momentum"] > MAX_MOMENTUM:
        raise ValueError(
            f"{NAME}: momentum is {momentum}; expected a number from 0 to {MAX_MOMENTUM}"
        )
    walked = paths(state)
    titles = {
        "SGD": say("SGD, lr {lr}", lr=number(state["sgd_lr"])),
        "momentum": say(
            "momentum {momentum}, lr {lr}",
            momentum=number(state["momentum"]),
            lr=number(state["momentum_lr"]),
        ),
        "Adam": say("Adam, lr {lr}", lr=number(state["adam_lr"])),
    }
    sentences = [
        say(
            "Descent on the {surface} from ({start}), {steps} steps.",
            surface=_surface_name(surface),
            start=", ".join(map(number, place)),
            steps=steps,
        )
    ]
    tables = []
    for name in state["shown"]:
        path = walked[name]
        sentences.append(_outcome(titles[name], surface, path, steps))
        tables.append(Table(titles[name], _rows(surface, path, steps), headed=True))
    return Diagram("descent", {**state, "surfaces": SURFACES}, " ".join(sentences), tables)


def _surface_name(surface: str) -> str:
    """Return what a reader calls a surface."""
    return {
        "valley": say("valley"),
        "tilted valley": say("tilted valley"),
        "bowl": say("bowl"),
        "saddle": say("saddle"),
        "two minima": say("two minima"),
    }[surface]


def loss(surface: str, a: float, b: float) -> float:
    """Return the height of a surface."""
    terms = SURFACES[surface]["terms"]
    return float(sum(c * _power(a, p) * _power(b, q) for c, p, q in terms))


def gradient(surface: str, a: float, b: float) -> Array:
    """Return the two slopes of a surface: a term c · aᵖ · bᑫ gives c · p · aᵖ⁻¹ · bᑫ along a."""
    terms = SURFACES[surface]["terms"]
    along_a = sum(c * p * _power(a, p - 1) * _power(b, q) for c, p, q in terms)
    along_b = sum(c * q * _power(a, p) * _power(b, q - 1) for c, p, q in terms)
    return np.array([along_a, along_b], dtype=np.float64)


def _power(base: float, exponent: int) -> float:
    # By multiplication, in the order of the JavaScript: both then round alike.
    return math.prod([base] * exponent, start=1.0)


def paths(state: dict[str, Any]) -> dict[str, Array]:
    """Return the places that each optimiser visits, until it diverges."""
    return {
        "SGD": _path(state, lambda w: SGD([w], state["sgd_lr"])),
        "momentum": _path(
            state, lambda w: SGD([w], state["momentum_lr"], momentum=state["momentum"])
        ),
        "Adam": _path(state, lambda w: Adam([w], state["adam_lr"])),
    }


def _path(state: dict[str, Any], make: Any) -> Array:
    w = np.array(state["start"], dtype=np.float64)
    optimiser, places = make(w), [w.copy()]
    for _ in range(state["steps"]):
        optimiser.step([gradient(state["surface"], *w.tolist())])
        if not np.abs(w).max() <= MAX_VALUE:
            break
        places.append(w.copy())
    return np.array(places)


def _outcome(optimiser: str, surface: str, path: Array, steps: int) -> str:
    if len(path) <= steps:
        return say("{optimiser}: diverged at step {step}.", optimiser=optimiser, step=len(path))
    first, last = (number(loss(surface, *place)) for place in (path[0], path[-1]))
    return say("{optimiser}: loss {first} → {last}.", optimiser=optimiser, first=first, last=last)


def _rows(surface: str, path: Array, steps: int) -> list[list[str]]:
    """Return some of the steps: each place and its loss."""
    rows = [[say("step"), "a", "b", say("loss")]]
    for step in sorted({0, 1, 2, 5, 10, 20, 50, 100, steps}):
        if step < len(path):
            rows.append([str(step), *map(number, (*path[step], loss(surface, *path[step])))])
        elif step <= steps:
            rows.append([str(step), say("diverged"), "—", "—"])
            break
    return rows


def _number(name: str, value: Any) -> Any:
    """Return a number of the state, whole ones as int."""
    one, plain = array(NAME, name, value, "", ())
    if not 0 <= one <= MAX_LR:
        raise ValueError(f"{NAME}: {name} is {value!r}; expected a number from 0 to {MAX_LR}")
    return plain
