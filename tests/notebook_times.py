"""A pytest plugin for the nbval run: how long each notebook took, and which took over a minute.

It only tells: a busy machine may be slow, and no run fails for that.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

SECONDS_PER_NOTEBOOK = 60


class NotebookTimes:
    """Add up the cells of each notebook and print the sums."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.split("::")[0]
        if Path(name).suffix == ".ipynb":
            self.seconds[name] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("seconds per notebook")
        for name, seconds in sorted(self.seconds.items()):
            mark = "  over a minute" if seconds > SECONDS_PER_NOTEBOOK else ""
            terminalreporter.line(f"{seconds:7.1f}  {name}{mark}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(NotebookTimes(), "notebook-times-totals")
