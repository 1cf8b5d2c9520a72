"""Write the repository's address into the book: the one place is _config.yml, the rest follows.

    make address URL=https://github.com/OWNER/REPOSITORY   set it
    make address                                           repeat what _config.yml says

These depend on it: the address of the published pages; the first cell of each notebook, which
installs the library on Colab, at the tag of this version; and what stands between the marks
"address: NAME" and "end" in README.md, the pages Install and run and How to cite, CITATION.cff and
pyproject.toml. While no address is set, nothing stands
there that needs one. README's links to files become absolute with it, since an index of packages
shows them, too.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import yaml

from contents import notebooks

ROOT = Path(__file__).resolve().parents[2]
UNSET = "https://github.com/address_not_set/cnnbook"  # a name that nobody can own
FIRST_LINES = """\
# On Google Colab this installs the library; elsewhere it does nothing.
from importlib.util import find_spec

if find_spec("google") and find_spec("google.colab"):
"""
INSTALL = '    %pip install -q --no-deps "cnnbook @ git+{address}@{tag}"'
#: How BibTeX is told of the book; the two lines before the last one need an address.
BIBTEX = """\
```bibtex
@book{{cnnbook,
  author = {{{{The cnnbook authors}}}},
  title = {{Convolutional Networks, Pixel by Pixel}},
  year = {{2026}},
  note = {{With the Python package cnnbook, version {version}}},{url}
}}
```
"""
#: What stands between the marks of this name.
MARKED = {
    "site": """\
**[Read it in your browser]({pages})**, or
[run the first chapter on Google Colab]({colab}).
""",
    "clone": """\
```
git clone {address}
cd {name}
```
""",
    "pip": """\
Without a clone: `pip install "cnnbook[all] @ git+{address}"`.
""",
    "bibtex": BIBTEX.replace("{url}", "\n  url = {{{pages}}},"),
    "cite": """\
url: "{pages}"
repository-code: "{address}"
""",
    "urls": """\
[project.urls]
Homepage = "{pages}"
Repository = "{address}"
Issues = "{address}/issues"
Changelog = "{address}/blob/main/CHANGELOG.md"
""",
}
#: What stands there while no address is set; nothing, if it has no line here.
WHILE_UNSET = {
    "bibtex": BIBTEX.replace("{url}", ""),
    "rocket": """\
In this copy there are no rockets yet, for no address is set (CONTRIBUTING.md, *Publishing*).
""",
}
WITH_MARKS = [
    "README.md",
    "book/install.md",
    "book/how_to_cite.md",
    "CITATION.cff",
    "pyproject.toml",
]
SAY_SO = '    print("This copy has no address for cnnbook: see CONTRIBUTING.md")'


def version() -> str:
    """Return the library's version. Its tag is v and this; notebooks install that tag."""
    text = (ROOT / "cnnbook" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if found is None:
        raise SystemExit("address: cnnbook/__init__.py names no version")
    return found[1]


def setup_source(address: str) -> str:
    """Return the source of a notebook's first code cell."""
    install = INSTALL.format(address=address, tag=f"v{version()}")
    return FIRST_LINES + (SAY_SO if address == UNSET else install)


def pages_address(address: str) -> str:
    """Return where GitHub publishes the pages of a repository."""
    owner, name = address.rsplit("/", 2)[-2:]
    return f"https://{owner.lower()}.github.io/{name}/"


def fill(text: str, address: str) -> str:
    """Return the text with what belongs between its marks."""
    known = {
        "address": address,
        "pages": pages_address(address),
        "name": address.rsplit("/", 1)[-1],
        "version": version(),
        "colab": address.replace("https://github.com", "https://colab.research.google.com/github")
        + "/blob/main/book/images_as_arrays.ipynb",
    }

    def between(found: re.Match[str]) -> str:
        texts = WHILE_UNSET if address == UNSET else MARKED
        inside = texts.get(found["name"], "").format(**known)
        return f"{found['begin']}\n{inside}{found['end']}"

    marks = r"(?P<begin>(?:<!--|#) address: (?P<name>\w+)(?: -->)?)\n.*?(?P<end>(?:<!--|#) end\b)"
    return re.sub(marks, between, text, flags=re.DOTALL)


def link(text: str, before: str, address: str) -> str:
    """Return Markdown whose links to files begin with the repository's address, if it has one."""
    for kind in ("blob", "raw"):
        text = text.replace(f"]({before}/{kind}/main/", "](")
    if address == UNSET:
        return text
    text = re.sub(r"(!\[[^\]]*\]\()(?!https?:)", rf"\g<1>{address}/raw/main/", text)
    return re.sub(r"((?<!!)\[[^\]]*\]\()(?!https?:|#)", rf"\g<1>{address}/blob/main/", text)


def check(address: str) -> str:
    """Return the address without a slash or ".git" at its end, or refuse it."""
    address = address.rstrip("/").removesuffix(".git")
    if not re.fullmatch(r"https://github\.com/[\w-]+/[\w.-]+", address):
        raise SystemExit(
            f"address: expected https://github.com/OWNER/REPOSITORY, received {address!r}"
        )
    return address


def read(root: Path = ROOT) -> str:
    """Return the address that _config.yml holds."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    return config["repository"]["url"]


def stamp(address: str, root: Path = ROOT) -> None:
    """Write the address into _config.yml, every notebook and what has marks."""
    before = read(root)
    for name in WITH_MARKS:
        text = fill((root / name).read_text(encoding="utf-8"), address)
        _write(root / name, link(text, before, address) if name == "README.md" else text)
    path = root / "_config.yml"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^(repository:\n  url: ).*$", rf"\g<1>{address}", text)
    text = re.sub(r"(?m)^(  baseurl: ).*$", rf"\g<1>{pages_address(address)}", text)
    _write(path, text)
    for path in notebooks(root):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        setup = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        setup["source"] = setup_source(address).splitlines(keepends=True)
        _write(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Write the repository's address into the book.")
    parser.add_argument("url", nargs="?", help="default: the one in _config.yml")
    address = parser.parse_args().url or read()
    stamp(check(address))
    print(f"the book's repository is {check(address)}")
    if address != UNSET:
        print(f"notebooks install its tag v{version()}: git tag v{version()}, git push --tags")


if __name__ == "__main__":
    main()
