"""Read the docstrings of `cnnbook.nets` without PyTorch, so that building pages installs none.

autodoc puts a stand-in in PyTorch's place, always, so that pages are the same where PyTorch is
there. A class made from the stand-in inherits its `__new__`, which autodoc would show as the
class's arguments; told to overlook it, autodoc shows those of `__init__`.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.ext import autodoc


def stand_in(app: Sphinx, config: Config) -> None:
    """Tell autodoc what to replace and what to overlook."""
    config.autodoc_mock_imports = ["torch"]
    new = "sphinx.ext.autodoc.mock._MockObject.__new__"
    if new not in autodoc._CLASS_NEW_BLACKLIST:
        autodoc._CLASS_NEW_BLACKLIST.append(new)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("config-inited", stand_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
