"""Shown code is the library's own, without its docstring."""

from __future__ import annotations

import pytest

from cnnbook import kernels
from cnnbook.notebook import show_source


def with_comment(x: int) -> int:
    """Say what is said elsewhere."""
    # The reason stays.
    return x + 1


def without_docstring(x: int) -> int:
    return x - 1


def test_docstring_goes_and_comments_stay() -> None:
    assert repr(show_source(with_comment)) == (
        "def with_comment(x: int) -> int:\n    # The reason stays.\n    return x + 1"
    )


def test_a_function_without_docstring_is_whole() -> None:
    assert repr(show_source(without_docstring)).splitlines() == [
        "def without_docstring(x: int) -> int:",
        "    return x - 1",
    ]


def test_a_long_docstring_goes_whole() -> None:
    shown = repr(show_source(kernels.gaussian_blur))
    assert shown.startswith("def gaussian_blur(")
    assert '"""' not in shown
    assert "Examples" not in shown
    assert "np.exp(" in shown


def test_the_idea_alone_is_shown_from_its_line_on() -> None:
    assert repr(show_source(with_comment, since="return")) == "return x + 1"
    with pytest.raises(ValueError, match=r"no line of with_comment contains 'while'"):
        show_source(with_comment, since="while")


def test_a_notebook_gets_a_code_block() -> None:
    shown = show_source(with_comment)._repr_markdown_()
    assert shown.startswith("```python\ndef with_comment")
    assert shown.endswith("return x + 1\n```")


def test_compiled_code_is_refused() -> None:
    with pytest.raises(TypeError, match=r"show_source: .*len.* has no Python source to show"):
        show_source(len)
