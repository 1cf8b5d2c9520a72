"""The advice of `cnnbook.cli.installing` fits the way this package was installed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from cnnbook.cli import installing

ALL = 'python -m pip install "{}"'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the package lie in a folder of this test."""
    monkeypatch.setattr(installing, "HERE", tmp_path)
    return tmp_path


def test_in_a_clone_the_clone_is_installed(folder: Path) -> None:
    (folder / "pyproject.toml").touch()
    expected = f'in {folder}, type: python -m pip install --editable ".[torch]"'
    assert installing.advice("torch") == expected


def test_outside_the_clones_environment_it_is_activated_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "pyproject.toml").touch()
    (folder / ".venv").mkdir()
    activate = r".venv\Scripts\activate" if os.name == "nt" else ". .venv/bin/activate"
    assert installing.advice().endswith(f"in {folder}, type: {activate}")
    monkeypatch.setattr(sys, "prefix", str(folder / ".venv"))
    assert installing.advice().endswith('pip install --editable ".[all]"')


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, "cnnbook[all]"),  # an index
        (
            {"url": "https://github.com/a/b", "vcs_info": {"vcs": "git", "commit_id": "1f"}},
            "cnnbook[all] @ git+https://github.com/a/b",
        ),
        (
            {
                "url": "https://github.com/a/b",
                "vcs_info": {"vcs": "git", "commit_id": "1f", "requested_revision": "v1"},
            },
            "cnnbook[all] @ git+https://github.com/a/b@v1",
        ),
        (
            {"url": "file:///c/cnnbook-0.1.0-py3-none-any.whl", "archive_info": {}},
            "cnnbook[all] @ file:///c/cnnbook-0.1.0-py3-none-any.whl",
        ),
        ({"url": "file:///c/clone", "dir_info": {}}, "cnnbook[all] @ file:///c/clone"),
    ],
)
def test_an_installed_package_names_where_it_came_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch, origin: dict[str, object] | None, expected: str
) -> None:
    class Installed:
        def read_text(self, name: str) -> str | None:
            return None if origin is None else json.dumps(origin)

    monkeypatch.setattr(installing.metadata, "distribution", lambda name: Installed())
    assert installing.advice() == ALL.format(expected)
