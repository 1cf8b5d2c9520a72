"""The results that the book quotes: complete, consistent, and at least as good as it claims."""

import json
from pathlib import Path
from statistics import mean, stdev

import pytest

FOLDER = Path(__file__).parents[1] / "book" / "results"
NAMES = [
    "digits-aligned",
    "digits-file-order",
    "digits-in-a-frame",
    "mnist-exercise10",
    "mnist-notes",
    "mnist-simple-cnn",
]


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def rows(name):
    return {row["model"]: row for row in read(name)["rows"]}


@pytest.mark.parametrize("name", NAMES)
def test_provenance_is_complete(name):
    result = read(name)
    assert result["name"] == name
    assert result["command"].startswith(f"python benchmarks/results.py {name}")
    assert len(result["commit"]) == 40
    assert set(result["versions"]) == {"python", "cnnbook", "numpy", "torch", "scikit-learn"}
    assert result["seeds"] == [0, 1, 2, 3, 4]
    assert result["device"].startswith("CPU")
    assert result["threads"] in (1, 2)
    assert "/" not in result["device"]


@pytest.mark.parametrize("name", NAMES)
def test_means_and_spreads_are_those_of_the_numbers(name):
    for row in read(name)["rows"]:
        errors = row["test_error_percent"]
        assert len(errors) == len(row["train_seconds"]) == 5
        assert row["mean"] == pytest.approx(mean(errors), abs=1e-3)
        assert row["standard_deviation"] == pytest.approx(stdev(errors), abs=1e-3)
        # Each error is a whole number of images.
        wrong = [e * row["test_images"] / 100 for e in errors]
        assert wrong == pytest.approx([round(w) for w in wrong], abs=0.06)


@pytest.mark.parametrize("name", ["mnist-notes", "digits-in-a-frame"])
def test_the_convolutional_network_makes_at_most_two_thirds_of_the_errors(name):
    found = rows(name)
    assert found["convolutional"]["mean"] <= 2 / 3 * found["fully connected"]["mean"]


def test_on_aligned_digits_the_two_are_level_with_a_ninth_of_the_parameters():
    found = rows("digits-aligned")
    cnn, peer = found["convolutional"], found["fully connected"]
    assert abs(cnn["mean"] - peer["mean"]) < peer["standard_deviation"]
    assert 9 <= peer["parameters"] / cnn["parameters"] < 10


@pytest.mark.parametrize(
    ("name", "model", "error"),
    [("mnist-simple-cnn", "simple-cnn", 1.0), ("mnist-exercise10", "exercise10", 0.5)],
)
def test_the_default_recipes_reach_their_goals(name, model, error):
    assert rows(name)[model]["mean"] <= error
