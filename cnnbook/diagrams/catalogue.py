"""Every text that a diagram can show, for a translator, and for the page of a translated edition.

The texts are found where they stand: as the first argument of ``say`` or ``sayParts`` in the
JavaScript, and of `cnnbook.words.say` in the Python of this folder.
"""

from __future__ import annotations

import ast
import functools
import json
import re
from pathlib import Path

from cnnbook.diagrams.base import HERE, parts, read

#: A string in double quotes, or several with + between them.
_STRING = r'"(?:\\.|[^"\\\n])*"'
_SAID = re.compile(rf"\bsay(?:Parts)?\(\s*({_STRING}(?:\s*\+\s*{_STRING})*)")


def catalogue() -> list[str]:
    """Return the English texts of all diagrams, in JavaScript and in Python, in order.

    Examples
    --------
    >>> "One row per line, or a list as Python writes it. " in catalogue()
    False
    >>> [text for text in catalogue() if text.startswith("Kernel {size}")]
    ['Kernel {size}']
    """
    found = {text for file in HERE.glob("*.js") for text in said_by_script(file.stem)}
    return sorted(found | said_by_python())


@functools.cache
def said_by_script(name: str) -> frozenset[str]:
    """Return the texts that the script of one diagram says."""
    return frozenset(text for part in parts(name) for text in said_in_javascript(read(part)))


def said_in_javascript(code: str) -> list[str]:
    """Return the texts that a piece of JavaScript says."""
    return [
        "".join(json.loads(string) for string in re.findall(_STRING, found))
        for found in _SAID.findall(code)
    ]


def said_by_python() -> set[str]:
    """Return the texts that the Python of the diagrams says."""
    return {
        node.args[0].value
        for file in Path(__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "say"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }
