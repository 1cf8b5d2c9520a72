"""The diagram of training: a small CNN learns the 8×8 digits in the page."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from cnnbook.arguments.checks import check_flag, choice, integer
from cnnbook.diagrams import _train_run as runs
from cnnbook.diagrams._train_run import Run, Settings
from cnnbook.diagrams.base import Diagram, Rows, Table
from cnnbook.diagrams.values import array, number
from cnnbook.words import say

NAME = "diagrams.train"
#: For each optimiser a learning rate: of 0.1, 0.15, 0.2, 0.3, 0.5 and 1 for SGD, of 0.02, 0.05
#: and 0.1 for momentum, of 0.003, 0.01, 0.02 and 0.03 for Adam the smallest with which at most
#: one in ten of 270 training digits was read wrongly after 5 epochs on the other 1,077, from each
#: of two seeds. The held-out digits had no part in the choice.
RATES = {"SGD": 0.3, "momentum": 0.05, "Adam": 0.01}
MAX_LR, MAX_BATCH, MAX_SEED = 1_000_000, 1347, 999_999
#: After which epochs the table has a row, and how many batches Python learns for it at most,
#: unless the first epoch has more.
EPOCHS, MAX_STEPS = (1, 2, 5), 225


def train(
    optimiser: str = "Adam",
    lr: float | None = None,
    *,
    batch_size: int = 32,
    shuffled: bool = False,
    seed: int = 0,
) -> Diagram:
    """Let a small CNN learn handwritten digits in the page.

    Parameters
    ----------
    optimiser : {"SGD", "momentum", "Adam"}
        Those of `cnnbook.optim`; "momentum" is SGD with momentum 0.9.
    lr : float, optional
        The learning rate, above 0 and at most 1,000,000; 0.3 for SGD, 0.05 for momentum and 0.01
        for Adam if not given.
    batch_size : int
        How many digits each step learns from, 1 to 1347.
    shuffled : bool
        Whether all pictures get their pixels in another order, the same for all: what is near no
        longer belongs together.
    seed : int
        Decides the weights at the start and the order of the digits; 0 to 999,999.

    Returns
    -------
    Diagram

    Raises
    ------
    ValueError, TypeError
        For an argument of another kind or out of its range.
    ImportError
        If scikit-learn, which brings the digits, is not installed.

    Notes
    -----
    The digits are those of `cnnbook.data.digits`: 1,347 to learn from and 450 held out. The
    network has 1,898 parameters: twice a 3×3 convolution (8 and 16 kernels), ReLU and 2×2 max
    pooling, then a fully connected layer with ten scores. The loss is the cross-entropy.

    Page and Python compute in float64 and draw weights and orders from the same generator, so
    one seed gives the same run. The table stops where it would take long: at 225 batches, or
    after the first epoch. The learning rates that are there if none is given were chosen on 270
    of the training digits, not on those held out.

    Examples
    --------
    >>> made = train(batch_size=128)
    >>> made.summary.split(". ")[0]
    'A CNN learns 1,347 digits: Adam, learning rate 0.01, batches of 128, seed 0'
    >>> for row in made.tables[0].rows:
    ...     print(*row)
    epoch loss wrong error
    0 2.31 401 89.1 %
    1 1.94 210 46.7 %
    2 0.99 120 26.7 %
    5 0.24 33 7.3 %
    """
    choice(NAME, "optimiser", optimiser, tuple(RATES))
    rate, plain = array(NAME, "lr", RATES[optimiser] if lr is None else lr, "", ())
    if not 0 < rate <= MAX_LR:
        raise ValueError(f"{NAME}: lr is {lr!r}; expected a number above 0 and at most {MAX_LR}")
    check_flag(NAME, "shuffled", shuffled)
    for name, value, low, high in (
        ("batch_size", batch_size, 1, MAX_BATCH),
        ("seed", seed, 0, MAX_SEED),
    ):
        if integer(NAME, name, value, low) > high:
            raise ValueError(f"{NAME}: {name} is {value}; expected at most {high:,}")
    settings = Settings(optimiser, float(rate), int(batch_size), bool(shuffled), int(seed))
    x, y, x_held, y_held = runs.data()
    state = {
        "optimiser": optimiser,
        "lr": plain,
        "batch_size": int(batch_size),
        "shuffled": bool(shuffled),
        "seed": int(seed),
        "rates": RATES,
        "presets": {"settings": _presets()},
        "digits": runs.packed(np.concatenate([x, x_held])),
        "labels": "".join(map(str, np.concatenate([y, y_held]))),
        "held": len(y_held),
    }
    rows = recorded(settings)
    return Diagram("train", state, _summary(settings, rows), [_table(rows)])


@functools.lru_cache(maxsize=64)
def recorded(settings: Settings) -> tuple[tuple[int, float, int], ...]:
    """Return (epoch, loss, wrong) of the held-out digits, until the loss is no finite number."""
    run = Run(settings)
    rows = [(0, *run.measure())]
    for epoch in range(1, max(EPOCHS) + 1):
        if epoch > 1 and epoch * run.per_epoch > MAX_STEPS:
            break
        for _ in range(run.per_epoch):
            run.step()
        rows.append((epoch, *run.measure()))
        if not math.isfinite(rows[-1][1]):
            break
    return tuple(row for row in rows if row[0] in (0, *EPOCHS) or row is rows[-1])


def _presets() -> dict[str, Any]:
    """Return settings that are worth a try, by name."""
    usual = {"optimiser": "Adam", "lr": RATES["Adam"], "batch_size": 32, "shuffled": False}
    return {
        say("plain SGD"): {**usual, "optimiser": "SGD", "lr": RATES["SGD"]},
        say("SGD, steps too short"): {**usual, "optimiser": "SGD", "lr": 0.01},
        say("SGD, steps too long"): {**usual, "optimiser": "SGD", "lr": 3},
        say("all digits in each step"): {**usual, "batch_size": MAX_BATCH},
        say("shuffled pixels"): {**usual, "shuffled": True},
    }


def _summary(settings: Settings, rows: tuple[tuple[int, float, int], ...]) -> str:
    count = len(runs.data()[3])
    facts: dict[str, Any] = {
        "digits": f"{len(runs.data()[1]):,}",
        "optimiser": optimiser_name(settings.optimiser),
        "lr": number(settings.lr),
        "size": settings.batch_size,
        "seed": settings.seed,
    }
    start = (
        say(
            "A CNN learns {digits} digits with shuffled pixels: {optimiser}, learning rate {lr}, "
            "batches of {size}, seed {seed}.",
            **facts,
        )
        if settings.shuffled
        else say(
            "A CNN learns {digits} digits: {optimiser}, learning rate {lr}, batches of {size}, "
            "seed {seed}.",
            **facts,
        )
    )
    (_, _, before), (epoch, loss, after) = rows[0], rows[-1]
    if not math.isfinite(loss):
        return f"{start} {say('The training diverges in epoch {epoch}.', epoch=epoch)}"
    end = say(
        "Of {count} held-out digits it reads {before} wrongly at the start and {after} after "
        "epoch {epoch}.",
        count=count,
        before=error_text(before, count),
        after=error_text(after, count),
        epoch=epoch,
    )
    if loss > math.log(10):
        end += " " + say("Its loss is above 2.3, the loss of guessing.")
    return f"{start} {end}"


def optimiser_name(optimiser: str) -> str:
    """Return what a reader calls an optimiser."""
    return {"SGD": say("SGD"), "momentum": say("momentum"), "Adam": say("Adam")}[optimiser]


def _table(rows: tuple[tuple[int, float, int], ...]) -> Table:
    count = len(runs.data()[3])
    table: Rows = [[say("epoch"), say("loss"), say("wrong"), say("error")]]
    for epoch, loss, wrong in rows:
        if math.isfinite(loss):
            # Two decimals: what another machine rounds otherwise does not reach them.
            facts = [f"{loss:.2f}", str(wrong), error_text(wrong, count)]
            table.append([str(epoch), *facts])
        else:
            table.append([str(epoch), say("diverged"), "—", "—"])
    return Table(say("held-out digits"), table, headed=True)


def error_text(wrong: int, count: int) -> str:
    """Write a share in percent with one decimal: more than 450 pictures could not tell."""
    return f"{math.floor(1000 * wrong / count + 0.5) / 10:.1f} %"
