"""Derive from the address of the published pages what other extensions want to know of it."""

from __future__ import annotations

from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config


def derive(app: Sphinx, config: Config) -> None:
    """Take the address from the one place that has it."""
    # 404.html is shown at any depth below this folder, so its links begin with it.
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path
    # The previews of links.
    config.ogp_site_url = config.html_baseurl
    config.ogp_site_name = config.html_title


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("config-inited", derive)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
