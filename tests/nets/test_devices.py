import json
from types import SimpleNamespace

import pytest
import torch

from cnnbook.nets import devices
from cnnbook.nets.devices import describe, pick_device, stopwatch, synchronize, timed


@pytest.fixture
def machine(monkeypatch):
    """Pretend that a machine has so many GPUs, an Apple GPU or none."""
    monkeypatch.delenv("CNNBOOK_DEVICE", raising=False)

    def pretend(cuda=0, mps=False, built=True):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.backends.mps, "is_built", lambda: built)
        monkeypatch.setattr(torch.version, "cuda", "12.8" if built else None)

    return pretend


@pytest.mark.parametrize("name", [None, "auto"])
@pytest.mark.parametrize(
    ("here", "best"),
    [
        ({}, "cpu"),
        ({"mps": True}, "mps"),
        ({"cuda": 1}, "cuda"),
        ({"cuda": 1, "mps": True}, "cuda"),
    ],
)
def test_the_best_device_is_picked(machine, here, best, name):
    machine(**here)
    assert pick_device(name) == torch.device(best)


@pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:0", "cuda:1", torch.device("cuda", 1)])
def test_a_named_device_is_picked(machine, name):
    machine(cuda=2)
    assert pick_device(name) == torch.device(name)


def test_the_environment_overrides_the_choice_but_not_a_name(machine, monkeypatch):
    machine(cuda=2)
    monkeypatch.setenv("CNNBOOK_DEVICE", "cuda:1")
    assert pick_device() == pick_device("auto") == torch.device("cuda:1")
    assert pick_device("cpu") == torch.device("cpu")
    monkeypatch.setenv("CNNBOOK_DEVICE", "auto")
    assert pick_device() == torch.device("cuda")
    monkeypatch.setenv("CNNBOOK_DEVICE", "")
    assert pick_device() == torch.device("cuda")


def test_the_tests_compute_on_the_cpu():
    assert pick_device() == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "meta", "cuda:x", "cuda:-1"])
def test_an_unknown_name(machine, name):
    machine(cuda=1)
    with pytest.raises(ValueError, match=f"pick_device: name is '{name}'; expected 'auto', 'cpu'"):
        pick_device(name)


@pytest.mark.parametrize("name", [3, b"cpu", True])
def test_a_wrong_kind_of_name(name):
    with pytest.raises(TypeError, match=r"pick_device: name is .*; expected a string such as"):
        pick_device(name)


@pytest.mark.parametrize(
    ("here", "name", "message"),
    [
        ({"cuda": 2}, "cuda:2", "no such device; here is: cuda:0, cuda:1, cpu"),
        ({}, "cuda", "no such device; here is: cpu"),
        ({"mps": True}, "cpu:1", "no such device; here is: mps, cpu"),
        ({"built": False}, "cuda", r"this PyTorch \(.*\) is built without cuda; here is: cpu"),
        ({"built": False}, "mps", r"this PyTorch \(.*\) is built without mps; here is: cpu"),
    ],
)
def test_an_absent_device_is_refused(machine, here, name, message):
    machine(**here)
    with pytest.raises(ValueError, match=f"pick_device: name is '{name}', but .*{message}"):
        pick_device(name)


def test_an_absent_device_of_the_environment_is_refused(machine, monkeypatch):
    machine()
    monkeypatch.setenv("CNNBOOK_DEVICE", "cuda")
    with pytest.raises(ValueError, match="the environment variable CNNBOOK_DEVICE is 'cuda', but"):
        pick_device()


@pytest.fixture
def events(monkeypatch):
    """Record what waits for a device, and when the clock is read."""
    seen = []
    ticks = iter(range(100))
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: seen.append(f"wait {device}"))
    monkeypatch.setattr(torch.mps, "synchronize", lambda: seen.append("wait mps"))

    def clock():
        seen.append("clock")
        return float(next(ticks))

    monkeypatch.setattr(devices, "time", SimpleNamespace(perf_counter=clock))
    return seen


@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps"])
def test_the_stopwatch_waits_for_the_device(events, device):
    with stopwatch(device) as elapsed:
        events.append("work")
    wait = f"wait {device}"
    assert events == [wait, "clock", "work", wait, "clock"]
    assert elapsed.seconds == 1.0


def test_a_cpu_is_not_waited_for(events):
    synchronize(torch.device("cpu"))
    with stopwatch() as elapsed:
        events.append("work")
    assert events == ["clock", "work", "clock"]
    assert elapsed.seconds == 1.0


def test_timed_measures_after_the_warm_up(events):
    seconds = timed(lambda: events.append("work"), "cuda", repeats=2, warmup=3)
    assert seconds == [1.0, 1.0]
    assert events[:3] == ["work"] * 3
    assert events.count("work") == 5
    assert events[-5:] == ["wait cuda", "clock", "work", "wait cuda", "clock"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"repeats": 0}, "repeats is 0"), ({"warmup": -1}, "warmup is -1")],
)
def test_timed_refuses(arguments, message):
    with pytest.raises(ValueError, match=f"timed: {message}; expected at least"):
        timed(lambda: None, **arguments)


def test_describe_a_cpu():
    report = describe("cpu")
    assert json.loads(json.dumps(report)) == report
    assert report["device"].startswith("CPU (")
    assert report["versions"]["torch"].startswith(torch.__version__.split("+")[0])
    assert report["threads"] == torch.get_num_threads()
    assert report["memory_bytes"] is None or report["memory_bytes"] > 2**28
    assert "cuda" not in report["versions"]


def test_describe_a_gpu(machine, monkeypatch):
    machine(cuda=1)
    properties = SimpleNamespace(name="NVIDIA Example", total_memory=2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    monkeypatch.setattr(torch.backends.cudnn, "version", lambda: 91000)
    report = describe()
    assert report["device"] == "CUDA (NVIDIA Example)"
    assert report["memory_bytes"] == 2**30
    assert (report["versions"]["cuda"], report["versions"]["cudnn"]) == ("12.8", "91000")


def test_describe_an_apple_gpu(machine):
    machine(mps=True)
    assert describe()["device"].startswith("MPS (")


def test_describe_without_a_package_or_sysconf(monkeypatch):
    monkeypatch.setattr(devices, "PACKAGES", ("no-such-package",))
    monkeypatch.delattr(devices.os, "sysconf", raising=False)
    report = describe("cpu")
    assert report["versions"]["no-such-package"] == "not installed"
    assert report["memory_bytes"] is None
