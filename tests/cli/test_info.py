import sys

import pytest

from cnnbook.__main__ import main


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
