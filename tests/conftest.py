"""What tests share: the device they compute on; for the built pages, the folder and its pages."""

import os
import signal
from pathlib import Path

import pytest
import torch

# A GPU's sums differ in their last digits. The processes that tests start inherit this.
os.environ["CNNBOOK_DEVICE"] = "cpu"

# A shell that starts us in the background has Ctrl-C ignored, also in the processes that we start;
# the tests of interruptions and of time limits need it.
signal.signal(signal.SIGINT, signal.default_int_handler)

SITE = Path(__file__).parents[1] / "_build" / "html"


@pytest.fixture(autouse=True)
def seed() -> None:
    """Let PyTorch's networks start with the same weights in every run."""
    torch.manual_seed(0)


def page_names() -> list[str]:
    """Return every page of the book as a path relative to the site (none before `make book`)."""
    pages = (page.relative_to(SITE) for page in SITE.rglob("*.html"))
    # 404.html is no page of the book: tests/browser/test_look_of_pages.py looks at it.
    other = ("_static", "404.html")
    return sorted(page.as_posix() for page in pages if page.parts[0] not in other)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_name" in metafunc.fixturenames:
        # Before the book is built, the start page alone: it fails with the advice below.
        metafunc.parametrize("page_name", page_names() or ["index.html"], scope="session")


@pytest.fixture(scope="session")
def site() -> Path:
    if not (SITE / "index.html").is_file():
        pytest.fail("the book is not built: run `make book` first", pytrace=False)
    return SITE
