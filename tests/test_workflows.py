"""The workflows run the same commands as any machine; what they name exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
VERBS = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
SYSTEMS = ["ubuntu-latest", "macos-latest", "windows-latest"]


def read(name: str) -> dict[Any, Any]:
    return yaml.safe_load((ROOT / ".github" / name).read_text(encoding="utf-8"))


def steps(workflow: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict[Any, Any]:
    return yaml.safe_load(request.param.read_text(encoding="utf-8"))


def test_every_step_is_a_verb_of_make_or_an_action(workflow: dict[Any, Any]) -> None:
    for step in steps(workflow):
        assert ("run" in step) != ("uses" in step), step
        for line in step.get("run", "").splitlines():
            verb = re.fullmatch(r"make ([a-z]+)", line)
            other = line.startswith(("ln -s ", "sudo apt-get "))
            assert verb or other, f"{line!r} does not run on any machine"
            assert not verb or verb[1] in VERBS, f"make {verb[1]}: there is no such verb"


def test_every_action_is_official_or_condas_and_has_a_version(workflow: dict[Any, Any]) -> None:
    for step in steps(workflow):
        uses = step.get("uses", "actions/none@v1")
        assert re.fullmatch(r"(actions/[\w-]+|conda-incubator/setup-miniconda)@v\d+", uses), uses


def test_jobs_are_bounded_and_may_only_read(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert name == "deploy" or job["timeout-minutes"] <= 90, name


def test_three_systems_with_pinned_oldest_and_newest_versions() -> None:
    jobs = {**read("workflows/test.yml")["jobs"], **read("workflows/newest.yml")["jobs"]}
    for name, verbs in {
        "make": {"make test", "make check", "make proofs"},
        "oldest": {"make oldest"},
        "newest": {"make newest"},
    }.items():
        assert jobs[name]["strategy"]["matrix"]["os"] == SYSTEMS, name
        assert {step["run"] for step in jobs[name]["steps"] if "run" in step} == verbs
    assert re.search(r"cron: ", (ROOT / ".github/workflows/newest.yml").read_text("utf-8"))


def test_linux_gets_pytorch_without_cuda(workflow: dict[Any, Any]) -> None:
    text = yaml.safe_dump(workflow)
    assert "make " not in text or "https://download.pytorch.org/whl/cpu" in text


def test_pages_are_deployed_by_the_official_actions_alone() -> None:
    jobs = read("workflows/pages.yml")["jobs"]
    used = [step.get("uses", step.get("run")).split("@")[0] for step in jobs["build"]["steps"]]
    assert used[-2:] == ["make pdf", "actions/upload-pages-artifact"]
    assert jobs["build"]["steps"][-1]["with"]["path"] == "_build/html"
    assert jobs["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}


def test_dependabot_watches_the_actions() -> None:
    (update,) = read("dependabot.yml")["updates"]
    assert update["package-ecosystem"] == "github-actions"
    assert update["directory"] == "/"
