"""How to install what is missing, in words that fit the way cnnbook came here."""

from __future__ import annotations

import json
import os
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]  # a clone's folder, or the one of installed packages


def advice(extra: str = "all") -> str:
    """Return the command that adds what an extra of pyproject.toml names."""
    if not (HERE / "pyproject.toml").is_file():
        return f'python -m pip install "{_requirement(extra)}"'
    environment = HERE / ".venv"
    if environment.is_dir() and environment.resolve() != Path(sys.prefix).resolve():
        activate = r".venv\Scripts\activate" if os.name == "nt" else ". .venv/bin/activate"
        return f"this is not the Python of {environment}; in {HERE}, type: {activate}"
    return f'in {HERE}, type: python -m pip install --editable ".[{extra}]"'


def _requirement(extra: str) -> str:
    """Return this package as pip found it, with an extra: by name, or from an address (PEP 610)."""
    text = metadata.distribution("cnnbook").read_text("direct_url.json")
    if text is None:  # from an index
        return f"cnnbook[{extra}]"
    origin = json.loads(text)
    git = origin.get("vcs_info", {})
    prefix = f"{git['vcs']}+" if git else ""
    revision = f"@{git['requested_revision']}" if "requested_revision" in git else ""
    return f"cnnbook[{extra}] @ {prefix}{origin['url']}{revision}"
