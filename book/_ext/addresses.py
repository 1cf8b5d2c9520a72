"""Derive from the address of the published pages what other extensions want to know of it.

While the repository has no address, nothing may lead there: the theme's buttons that would are
left out (`way.py` says how to open a notebook instead).
"""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

sys.path.append(str(Path(__file__).resolve().parents[1] / "_tools"))
from address import UNSET

NO_BUTTONS = {
    "use_repository_button": False,
    "use_issues_button": False,
    "use_edit_page_button": False,
    "launch_buttons": {},
}


def derive(app: Sphinx, config: Config) -> None:
    """Take the address from the one place that has it."""
    # The previews of links.
    config.ogp_site_url = config.html_baseurl
    config.ogp_site_name = config.html_title
    if config.html_theme_options["repository_url"] == UNSET:
        config.html_theme_options |= NO_BUTTONS


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("config-inited", derive)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
