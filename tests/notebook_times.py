"""A pytest plugin for the nbval run: how long each notebook took, beside the limit."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

SECONDS_PER_NOTEBOOK = 60


class NotebookTimes:
    """Add up the cells of each notebook, print the sums, fail the run over the limit."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.split("::")[0]
        if Path(name).suffix == ".ipynb":
            self.seconds[name] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("seconds per notebook")
        for name, seconds in sorted(self.seconds.items()):
            mark = "  OVER THE LIMIT" if seconds > SECONDS_PER_NOTEBOOK else ""
            terminalreporter.line(f"{seconds:7.1f}  {name}{mark}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if any(seconds > SECONDS_PER_NOTEBOOK for seconds in self.seconds.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(NotebookTimes(), "notebook-times-totals")
