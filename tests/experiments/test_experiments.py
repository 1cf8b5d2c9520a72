"""What the experiments say: it follows from their numbers, and from their present source."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest

from cnnbook.data import recorded_experiment
from cnnbook.notebook import show_experiment
from experiments import recording, verdicts

NAMES = recording.names()


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of each experiment."""
    return request.param


def test_every_experiment_is_recorded_and_nothing_else() -> None:
    assert sorted(path.stem for path in recording.RECORDED.glob("*.json")) == NAMES


def test_its_source_is_the_one_that_was_run(name: str) -> None:
    assert recording.read(name)["source"] == recording.source_hash(name), (
        f"run `python -m experiments {name}`"
    )


def test_its_record_is_complete(name: str) -> None:
    result, experiment = recording.read(name), recording.module(name)
    assert result["name"] == name
    assert result["unit"] == experiment.UNIT
    assert result["seeds"] == experiment.SEEDS >= 5
    assert result["minutes"] <= experiment.MINUTES
    assert all(len(values) == experiment.SEEDS for values in result["numbers"].values())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", result["date"])


def test_its_verdicts_follow_from_its_numbers(name: str) -> None:
    result = recording.read(name)
    numbers = recording.as_arrays(result["numbers"])
    assert recording.module(name).verdicts(numbers) == result["verdicts"]
    assert all(result["verdicts"].values()), "a claim that does not hold is not kept"


def test_its_verdicts_change_when_two_arms_are_exchanged(name: str) -> None:
    """A verdict that no exchange of two arms turns does not compare anything."""
    numbers = recording.as_arrays(recording.read(name)["numbers"])
    experiment = recording.module(name)
    turned: set[str] = set()
    for a, b in itertools.combinations(numbers, 2):
        found = experiment.verdicts({**numbers, a: numbers[b], b: numbers[a]})
        turned |= {sentence for sentence, holds in found.items() if not holds}
    assert turned == set(experiment.verdicts(numbers))


def test_it_runs_with_one_seed_and_a_tenth_of_the_steps(name: str) -> None:
    found = recording.module(name).run(0, share=0.1)
    assert list(found) == list(recording.read(name)["numbers"])
    assert all(math.isfinite(value) for value in found.values())


def test_a_hash_ignores_docstrings_and_comments_alone() -> None:
    tree = recording._nodes
    parse = recording.ast.parse
    assert tree(parse("a = 1  # one")) == tree(parse("a = 1"))
    assert tree(parse("a = 1")) != tree(parse("a = 2"))


def test_less_asks_for_two_standard_errors_and_most_seeds() -> None:
    a = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert verdicts.less(a, a + 1)
    assert not verdicts.less(a + 1, a)
    assert not verdicts.less(a, a + 1, by=1.5)
    assert not verdicts.less(a, a + np.array([3.0, -1.0, 3.0, -1.0, 3.0]))


def test_alike_and_between() -> None:
    a = np.array([1.0, 2.0, 3.0])
    assert verdicts.alike(a, a + 0.1, within=0.2)
    assert not verdicts.alike(a, a + 0.1, within=0.05)
    assert verdicts.between(a, 1, 3)
    assert not verdicts.between(a, 1.5, 3)


def test_a_table_shows_what_is_asked_for() -> None:
    table = show_experiment("softmax_twice", "linear")
    lines = repr(table).splitlines()
    assert len(lines) == 7
    assert table._repr_markdown_().startswith("| compared | mean | least … most |\n| --- |")
    assert "python -m experiments softmax_twice" in lines[-1]


def test_a_table_refuses_what_there_is_not() -> None:
    with pytest.raises(ValueError, match="show_experiment: no arm begins with 'tree'"):
        show_experiment("softmax_twice", "tree")
    with pytest.raises(ValueError, match="recorded_experiment: there is no 'tree'; expected one"):
        recorded_experiment("tree")
