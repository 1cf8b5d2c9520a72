"""The results that the book quotes: complete, consistent, and at least as good as it claims."""

import re
from pathlib import Path
from statistics import mean, stdev

import pytest

from cnnbook.cli.parser import PREDICT
from cnnbook.data import recorded, recorded_names
from cnnbook.nets import LAYERS, Roofline, Work, work
from tests.data.drawings import CLEAN, PAPERS

FOLDER = Path(__file__).parents[1] / "cnnbook" / "data" / "results"
NAMES = [
    "digits-aligned",
    "digits-file-order",
    "digits-in-a-frame",
    "mnist-exercise10",
    "mnist-notes",
    "mnist-simple-cnn",
]


def read(name):
    return recorded(name)


def test_every_file_is_found_by_its_name():
    assert recorded_names() == sorted(path.stem for path in FOLDER.glob("*.json"))
    assert set(NAMES) < set(recorded_names())


def test_a_wrong_name_is_answered_with_the_right_ones():
    with pytest.raises(ValueError, match=r"there is no 'mnist'; expected one of \['device-"):
        recorded("mnist")


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


def test_pictures_of_each_kind_were_read():
    result = read("pictures")
    assert result["command"] == "python -m benchmarks.pictures"
    assert re.fullmatch("[0-9a-f]{40}", result["commit"])
    assert result["seeds"] == [11]
    found = {row["kind"]: row for row in result["rows"]}
    assert tuple(found) == (*CLEAN, *PAPERS)
    for row in found.values():
        assert row["pictures"] == 20
        assert 0 <= row["unsure_and_read"] <= row["unsure"] <= 20
        assert row["unsure_and_read"] <= row["read"] <= 20
    assert sum(found[kind]["read"] for kind in CLEAN) >= 95
    assert all(found[kind]["read"] >= 16 for kind in PAPERS)


def test_the_help_of_predict_quotes_the_recorded_pictures():
    found = {row["kind"]: row for row in read("pictures")["rows"]}
    clean = sum(found[kind]["read"] for kind in CLEAN)
    papers = sum(found[kind]["read"] for kind in PAPERS)
    text = " ".join(PREDICT.split())
    assert f"{clean} of 100 clean ones" in text
    assert f"{papers} of 200 on" in text
    wrong = 300 - clean - papers
    doubted = sum(row["unsure"] - row["unsure_and_read"] for row in found.values())
    right = sum(row["unsure_and_read"] for row in found.values())
    assert f"{doubted} of the {wrong} wrong answers and {right} of the right ones" in text


DEVICES = sorted(path.stem for path in FOLDER.glob("device-*.json"))


def test_the_cpu_was_measured():
    assert "device-cpu" in DEVICES


@pytest.mark.parametrize("name", DEVICES)
def test_the_provenance_of_a_device_is_complete(name):
    result = read(name)
    kind = name.removeprefix("device-")
    assert result["name"] == name
    assert re.fullmatch(
        r"python -m benchmarks\.gpu --threads \d+ --seconds [\d.]+", result["command"]
    )
    assert re.fullmatch(r"[0-9a-f]{40}", result["commit"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", result["date"])
    assert {"python", "cnnbook", "numpy", "torch", "scikit-learn"} <= set(result["versions"])
    assert re.fullmatch(rf"{kind.upper()} \([^/]+\)", result["device"])
    assert result["memory_bytes"] > 2**30
    assert result["threads"] >= 1
    assert result["cores"] >= 1
    assert result["float32_convolutions"] in ("float32", "TF32")
    expected = {kind, "cpu"}
    assert {row["device"] for row in result["throughput"]} == expected
    assert {row["device"] for row in result["time_to_goal"]} == expected


@pytest.mark.parametrize("name", DEVICES)
def test_each_device_was_measured_in_each_mode(name):
    measured = {}
    for row in read(name)["throughput"]:
        assert (row["images_per_second"] is None) != (row["left_out"] is None)
        assert (row["left_out"] is None) or row["device"] != "cpu"
        assert (row["images_per_second"] or 1) > 0
        assert row["parameters"] > 0
        assert row["macs"] > 0
        key = row["device"], row["model"], row["mode"]
        measured.setdefault(key, []).append(row["batch_size"])
    for (_, _, mode), sizes in measured.items():
        assert sizes == sorted(set(sizes))
        assert 256 in sizes
        assert 1 in sizes or "compiled" in mode
    devices = len({device for device, _, _ in measured})
    models = len({model for _, model, _ in measured})
    assert (models, len(measured)) == (3, devices * 3 * 6)


@pytest.mark.parametrize("name", DEVICES)
def test_the_goal_was_reached_and_on_a_cuda_gpu_in_two_seconds(name):
    for row in read(name)["time_to_goal"]:
        assert len(row["train_seconds"]) == len(row["test_accuracy"]) == len(row["seeds"]) > 0
        assert min(row["test_accuracy"]) >= row["goal"] == 0.99
        assert row["device"] != "cuda" or max(row["train_seconds"]) < 2


@pytest.mark.parametrize("name", DEVICES)
def test_copies_were_measured_where_there_is_something_to_copy(name):
    ways = [row["data"] for row in read(name)["copies"]]
    expected = ["on the device", "copied", "copied from pinned memory"]
    assert ways == (expected if name == "device-cuda" else [])


def test_the_roofline_was_measured_with_its_machine():
    result = read("roofline")
    assert result["command"] == "python -m benchmarks.roofline"
    assert re.fullmatch(r"[0-9a-f]{40}", result["commit"])
    assert {"date", "processor", "torch", "blas", "vectors", "load"} <= set(result["machine"])
    limits = result["roofline"]
    assert limits["threads"] == int(result["machine"]["threads"]) == 1
    assert limits["ridge"] == limits["peak"] / limits["bandwidth"]


def test_each_layer_took_at_most_twice_its_least_time_or_says_why():
    result = read("roofline")
    limits = result["roofline"]
    machine = Roofline(limits["peak"], limits["bandwidth"], limits["call"], limits["threads"])
    for row, (name, build, size) in zip(result["rows"], LAYERS, strict=True):
        counted = work(build(), size)
        assert (row["name"], Work(row["macs"], row["bytes"])) == (name, counted)
        assert row["intensity"] == counted.intensity
        assert (row["limit"], row["predicted"]) == (
            machine.limit(counted),
            machine.seconds(counted),
        )
        for way in (row, row["channels_last"], row["fresh_pages"]):
            assert len(way["seconds"]) >= 5
            assert way["measured"] == min(way["seconds"])
            assert way["ratio"] == way["measured"] / row["predicted"]
        assert 0.5 <= row["ratio"] <= 2 or row["reason"], name
        assert 0.5 <= row["channels_last"]["ratio"] <= 2, name


def test_what_memory_limits_pays_for_fresh_pages():
    for row in read("roofline")["rows"]:
        if row["name"].startswith(("ReLU", "batch norm")):
            assert row["fresh_pages"]["measured"] > 2 * row["measured"]


def test_the_image_of_a_depthwise_convolution_is_copied_twice():
    (row,) = (r for r in read("roofline")["rows"] if r["name"].startswith("depthwise"))
    kinds = [line.split()[0] for line in row["log"]]
    assert kinds == ["reorder", "reorder", "convolution", "reorder"]  # the second: the weights
    assert 0.5 <= row["ratio"] / 3 <= 2


def test_what_lies_between_the_layers_was_measured():
    result = read("roofline")
    assert result["im2col"]["matrix_bytes"] == 9 * result["im2col"]["image_bytes"]
    separable = result["separable"]
    fewer = separable["dense_macs"] / separable["separable_macs"]
    assert 8.4 < fewer < 8.5
    for times in separable["layouts"].values():
        assert 1 < times["dense"] / times["separable"] < fewer
    for row in result["fusion"]:
        assert (row["compiled"] is None) != (row["left_out"] is None)
    for row in result["blas"]:
        assert (row["seconds"] is None) != (row["left_out"] is None)
    winograd = result["winograd"]
    assert winograd["direct_multiplications"] / winograd["winograd_multiplications"] == 36 / 16
