"""What stands in more than one file of the project agrees."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
PINS = dict(
    line.split("==")
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)


def requirements() -> list[Requirement]:
    lines = PYPROJECT["project"]["dependencies"] + [
        line for extra in EXTRAS.values() for line in extra
    ]
    found = [Requirement(line) for line in lines]
    return [requirement for requirement in found if requirement.name != "cnnbook"]


def asked(extra: str) -> set[str]:
    """Return the names that an extra asks for, with those of the extras that it names."""
    names = {Requirement(line).name for line in PYPROJECT["project"]["dependencies"]}
    for requirement in map(Requirement, EXTRAS[extra]):
        names |= {requirement.name} - {"cnnbook"}
        names |= {name for inner in requirement.extras for name in asked(inner)}
    return names


def imported(folder: str) -> set[str]:
    """Return the distributions that the modules of a folder import, wherever they do so."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add((node.module or "").split(".")[0])
    known = packages_distributions()
    return {canonical(name) for module in found for name in known.get(module, [])} - {"cnnbook"}


#: What jupyter-book, the only requirement of its kind, brings in any case.
JUPYTER_BOOK = {"sphinx", "docutils", "jupyter-book", "pydata-sphinx-theme"}


@pytest.mark.parametrize(
    ("folder", "extra"),
    [("book/_ext", "book"), ("book/_tools", "test"), ("benchmarks", "test"), ("tests", "test")],
)
def test_what_a_purpose_imports_its_extra_asks_for(folder: str, extra: str) -> None:
    there = {canonical(name) for name in asked(extra)} | JUPYTER_BOOK
    assert imported(folder) <= there


def test_reading_installs_no_type_checker_no_browser_and_no_pytorch() -> None:
    for extra, absent in {
        "book": {"torch", "mypy", "ruff", "playwright", "pytest", "jupyterlab", "scipy"},
        "lab": {"mypy", "ruff", "playwright", "pytest", "jupyter-book"},
        "test": {"mypy", "ruff", "pre-commit"},
    }.items():
        assert not asked(extra) & absent, extra
    assert {"jupyterlab", "ipykernel"} <= asked("lab")


def test_each_purpose_of_the_makefile_is_an_extra() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    purposes = set(re.findall(r"\$\(READY\)-(\w+)", makefile))
    assert purposes == {"address", "book", "torch", "lab", "test", "dev"}
    assert purposes <= set(EXTRAS)
    assert purposes == set(re.findall(r"^COST_(\w+) :=", makefile, re.MULTILINE))
    for verb, purpose in {"book": "book", "lab": "lab", "test": "test", "check": "dev"}.items():
        command = ["make", "--dry-run", "--always-make", f".venv/ready-{purpose}"]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert f'--editable ".[{purpose}]"' in said, verb
        assert f'echo "Installing what \\"{purpose}\\" needs' in said, verb


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_environment_installs_this_project_with_its_extras() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == PYPROJECT["project"]["name"]
    python, *_, pip = environment["dependencies"]
    assert python == f"python{PYPROJECT['project']['requires-python']}"
    assert "pip" in environment["dependencies"]
    extra = re.search(r"--editable \.\[([\w,]+)\]", " ".join(pip["pip"]))
    assert extra
    assert set(extra[1].split(",")) <= set(EXTRAS)
    assert "--constraint constraints.txt" in pip["pip"]


def test_every_requirement_is_pinned_within_its_range() -> None:
    pins = {canonical(name): version for name, version in PINS.items()}
    for requirement in requirements():
        pin = pins.get(canonical(requirement.name))
        assert pin, f"{requirement.name} is not in constraints.txt"
        assert Version(pin) in requirement.specifier, f"{requirement} but {pin}"


def oldest() -> dict[str, str]:
    lines = (ROOT / "constraints-oldest.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_the_oldest_versions_are_the_lower_bounds() -> None:
    bounds = {}
    for line in [
        *PYPROJECT["project"]["dependencies"],
        *(line for extra in ("plot", "data", "torch", "notebooks") for line in EXTRAS[extra]),
    ]:
        requirement = Requirement(line)
        (lower,) = [s.version for s in requirement.specifier if s.operator == ">="] or [None]
        # Jupyter's own parts run a kernel; the library and its notebooks do not import them.
        if lower and requirement.name not in ("ipykernel", "nbclient", "nbformat"):
            bounds[requirement.name] = Version(lower)
    assert {name: Version(version) for name, version in oldest().items()} == bounds
    assert list(oldest()) == sorted(oldest())


def test_the_oldest_python_is_the_one_that_is_tested() -> None:
    oldest_python = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"make oldest needs Python {oldest_python}" in makefile
    assert (ROOT / "binder/runtime.txt").read_text() == f"python-{oldest_python}\n"
    for name in ("test", "pages"):
        workflow = (ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8")
        assert set(re.findall(r'python-version: "(.*)"', workflow)) == {oldest_python}


def test_binder_installs_this_project_without_cuda() -> None:
    lines = (ROOT / "binder/requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = [line for line in lines if not line.startswith("#")]
    assert asked[:2] == [
        "--extra-index-url https://download.pytorch.org/whl/cpu",
        "--constraint ../constraints.txt",  # beside binder/, not in it
    ]
    assert set(asked[2:]) == {".[all]", "scipy"}
    assert {Requirement(line).name for line in EXTRAS["notebooks"]} - {"cnnbook"} == {
        "scipy",
        *("ipykernel", "nbclient", "nbformat"),  # Binder has its own Jupyter
    }


def test_chapters_can_be_launched_on_colab_and_binder() -> None:
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["launch_buttons"] == {
        "notebook_interface": "jupyterlab",
        "colab_url": "https://colab.research.google.com",
        "binderhub_url": "https://mybinder.org",
    }


def test_only_jupyter_book_has_an_upper_bound() -> None:
    for requirement in requirements():
        upper = [s for s in requirement.specifier if s.operator in ("<", "<=", "==", "~=")]
        assert not upper or requirement.name == "jupyter-book", str(requirement)


def test_the_readme_names_every_verb_of_the_makefile() -> None:
    verbs = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert verbs
    for verb in verbs:
        assert f"make {verb}" in readme, verb


def test_no_file_names_this_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    pattern = re.compile(
        r"/(home|root|Users|work)/\w|pypi\.org/simple|registry\.npmjs|deb\.debian\.org"
    )
    for name in listed.stdout.splitlines():
        file = ROOT / name
        if (
            file.suffix in {".png", ".npz", ".ico"}
            or not file.exists()
            or name == "tests/test_packaging.py"
        ):
            continue
        text = file.read_text(encoding="utf-8", errors="ignore")
        assert not pattern.search(text.replace("_build/html", "")), name
