"""Twelve faulty trainings: each has one fault, and its symptoms tell it from the right one."""

from __future__ import annotations

import math

import pytest

from cnnbook.exercises import training_in_practice, twelve_networks
from cnnbook.exercises.twelve_networks import FAULTS, NETWORKS, Training, symptoms

#: What betrays each fault: a column, and what must hold of its number.
TELLS = {
    "pixels not scaled": ("input", lambda found: found > 50),
    "units that never fire": ("silent", lambda found: found > 80),
    "last weights drawn too large": ("start", lambda found: found > 2 * math.log(10)),
    "softmax over the wrong axis": ("start", lambda found: abs(found - math.log(50)) < 0.02),
    "labels of other images": ("valid", lambda found: found > 85),
    "gradients never set to zero": ("pile", lambda found: found > 10),
    "evaluated in training mode": ("twice", lambda found: found > 10),
    "learning rate too small": ("fifty", lambda found: found > 2),
    "validation images among the training images": ("valid", lambda found: found < 5),
}


def test_each_letter_has_a_fault_of_its_own() -> None:
    assert "".join(NETWORKS) == "ABCDEFGHIJKL"
    assert set(NETWORKS.values()) == set(FAULTS)
    assert set(FAULTS.values()) == set(training_in_practice.WOULD_SHOW)
    assert set(FAULTS.values()) == set(training_in_practice.SHOWED)


def test_the_right_one_learns() -> None:
    right = symptoms()
    assert abs(float(right["start"]) - math.log(10)) < 0.05
    assert float(right["fifty"]) < 0.2
    assert float(right["valid"]) < 12
    assert (right["pile"], right["twice"], right["moved"]) == ("1", "0", "+++")


@pytest.mark.parametrize("letter", NETWORKS)
def test_a_symptom_tells_the_fault(letter: str) -> None:
    found, fault = symptoms(letter), twelve_networks.fault_of(letter)
    assert found != symptoms()
    if fault in TELLS:
        column, holds = TELLS[fault]
        assert holds(float(found[column]))
        assert not holds(float(symptoms()[column]))
    elif fault == "a layer is not trained":
        assert found["moved"] == "=++"
    else:
        most = 1 if fault == "softmax twice" else 20
        low, high = map(int, found["given"].split("…"))
        assert low == 0
        assert 0 < high <= most
        assert float(found["fifty"]) > 0.9


def test_the_solution_shows_the_lines_that_differ(capsys: pytest.CaptureFixture[str]) -> None:
    assert twelve_networks.show_fault("B") == "pixels not scaled"
    assert "return images * 255" in capsys.readouterr().out


def test_training_can_be_changed_by_a_reader() -> None:
    class Faster(Training):
        lr = 0.02

    run = Faster()
    x, y = (part[:50] for part in run.known)
    before = run.measured(x, y)
    for _ in range(10):
        assert run.step(x, y) > 0
    assert run.measured(x, y) < before
