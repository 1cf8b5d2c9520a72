import sys

import pytest

from cnnbook.__main__ import main
from cnnbook.cli.installing import advice


@pytest.mark.parametrize("device", ["cuda:99", "nonsense"])
@pytest.mark.parametrize("by", ["option", "variable"])
def test_versions_are_shown_though_the_device_is_not_here(device, by, monkeypatch, capsys):
    if by == "variable":
        monkeypatch.setenv("CNNBOOK_DEVICE", device)
    assert main(["info", *(["--device", device] if by == "option" else [])]) == 0
    out, error = capsys.readouterr()
    lines = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert lines["python"] == sys.version.split()[0]
    assert {"cnnbook", "numpy", "torch", "system", "memory", "threads", "mnist"} <= set(lines)
    source = "--device" if by == "option" else "the environment variable CNNBOOK_DEVICE"
    assert lines["device"].startswith(f"not usable: {source} is '{device}'")
    assert error == ""


def test_a_home_folder_that_is_not_known_is_told(monkeypatch, capsys):
    monkeypatch.setenv("CNNBOOK_DATA", "~no-such-user/x")
    assert main(["info"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.split(maxsplit=1) == [
        "mnist",
        "the environment variable CNNBOOK_DATA is '~no-such-user/x', but no home folder is known "
        "for ~no-such-user; expected a path to a folder",
    ]


def test_the_roofline_follows_the_versions(capsys):
    from cnnbook.nets import LAYERS

    assert main(["info", "--roofline"]) == 0
    out, error = capsys.readouterr()
    versions, limits, rows = out.split("\n\n")
    assert versions.splitlines()[-1].startswith("mnist ")
    title, *limits = limits.splitlines()
    assert title.startswith("the CPU at its best, ")
    assert [line.split()[0] for line in limits] == ["arithmetic", "memory", "ridge", "call"]
    header, *rows = rows.splitlines()
    assert header.split("  ")[0] == "layer"
    assert header.endswith("measured / predicted")
    for row, case in zip(rows, LAYERS, strict=True):
        assert row.startswith(case.name)
        assert float(row.split()[-1]) > 0
    assert error == ""


def test_the_roofline_needs_torch_and_says_so(monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith("cnnbook.nets")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["info", "--roofline"]) == 1
    assert f"torch is not installed; {advice()}" in capsys.readouterr().err
