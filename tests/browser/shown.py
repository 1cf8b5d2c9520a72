"""Open diagrams in a page of their own, as the book or Colab would show them."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page

from cnnbook import diagrams
from tests.patience import MILLISECONDS

# What the pages of the book allow.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:"
)
HEAD = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    '<meta name="viewport" content="width=device-width"><title>Diagram</title>'
)
EVERYWHERE = pytest.mark.parametrize("place", ["from disk", "in a sandboxed frame"])
Show = Callable[..., Locator]


@contextmanager
def opener(browser: Browser, folder: Path, place: str) -> Iterator[Show]:
    """Yield what opens diagrams and returns the first; at the end nothing may have gone wrong.

    They stand in a page from disk under the book's policy, or in a sandboxed frame, which is how
    Colab shows an output.
    """
    contexts = []
    errors: list[str] = []

    def open_page(*made: diagrams.Diagram, **settings: Any) -> Locator:
        context = browser.new_context(**settings)
        context.set_default_timeout(MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        output = HEAD + "".join(diagram._repr_html_() for diagram in made)
        root: Page | FrameLocator = page
        if place != "from disk":
            output = (
                f'{HEAD}<iframe sandbox="allow-scripts" title="output" width="100%" height="2600" '
                f'srcdoc="{html.escape(output)}"></iframe>'
            )
            root = page.frame_locator("iframe")
        file = folder / "page.html"
        file.write_text(output, encoding="utf-8")
        page.goto(file.as_uri())
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        element = root.locator(f"cnnbook-{made[0].name}").first
        element.locator(".app").wait_for()
        assert not requests
        return element

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
