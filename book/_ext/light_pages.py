"""Make the built pages light: nothing waits for a script, nothing unused is loaded, nothing jumps.

After the pages are written:

1. scripts wait until the text stands, and what a page does not use is taken out;
2. each image says its size, so that the text below it does not jump, and those below the first
   load when the reader comes near;
3. the diagrams' scripts, which every notebook carries in itself, become files: one with what all
   diagrams share, and one for each of them, which a reader's browser fetches once;
4. the notebooks' pictures, those in guesses too, become WebP files, which show the same pixels
   in half the bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PIL import Image
from sphinx.application import Sphinx

from written_pages import after_build, rewrite

# Loaded by the theme and by extensions on every page -> what shows that a page uses it.
NEEDED_BY = {
    "_static/searchtools.js": 'id="search-results"',
    "_static/language_data.js": 'id="search-results"',
    "searchindex.js": 'id="search-results"',
    "_static/sphinx-design.min.css": 'class="sd-',
    "_static/design-tabs.js": "sd-tab-",
    "_static/togglebutton.css": 'class="toggle',
    "_static/togglebutton.js": 'class="toggle',
    "_static/sphinx-thebe.css": "thebe-launch-button",
    "_static/formulas.css": 'class="math ',
}
_LOADS = re.compile(r'[ \t]*<(?:script|link)\b[^>]*\b(?:src|href)="([^"?]*)[^>]*>(?:</script>)?\n?')
# An earlier build's pages are gone through again: what was done for the diagrams stays.
_PRELOAD = re.compile(r'[ \t]*<link rel="preload" as="script"(?![^>]*/diagrams\.)[^>]*>\n?')
_THEBE = re.compile(
    r"[ \t]*<script type=\"text/x-thebe-config\">.*?</script>\n?"
    r"|[ \t]*<script>kernelName = [^<]*</script>\n?",
    re.DOTALL,
)
_SCRIPT_FILE = re.compile(
    r'<script(?![^>]*\b(?:defer|async)\b)(?=[^>]*\bsrc=")(?![^>]*/diagrams\.)'
)
PIXELS_PER_POINT = 120 / 72  # cnnbook.figures draws with 120 pixels to an inch
_PICTURE = re.compile(r"(\b_images/[\w-]+)\.png\b")
_INLINE = re.compile(r'(<img\b[^>]*\bsrc=")data:image/(png;base64|svg\+xml),([^"]+)"')
_SIZED = re.compile(r'style="width: (\d+)px; height: (\d+)px;"')
_IMAGE = re.compile(r'<img\b[^>]*\bsrc="([^"]+)"[^>]*>')
# base.py names each part of a script in a comment; the shared ones come first.
_PARTS = "// cnnbook/diagrams/js/"
_DIAGRAM = re.compile(f"<script>({_PARTS}shared/.*?)</script>", re.DOTALL)
# Those of answers and guesses stand beside the exercises; all of them are one file.
QUESTIONS = "exercises"
_OWN_PARTS = re.compile(
    rf"^(?:{_PARTS}(?!shared/|style\.css)(\w+)|// cnnbook/(exercises)/js/)", re.MULTILINE
)
# The theme would decide between light and dark only when its scripts run, after the first paint:
# a flash in the dark, and letters that move.
_LATE_THEME = 'document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";'
_PROMPT_THEME = """document.documentElement.dataset.theme =
      { light: "light", dark: "dark" }[document.documentElement.dataset.mode]
      ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");"""


def take_out(html: str) -> str:
    """Return the page without what it loads and does not use."""

    def keep(match: re.Match[str]) -> str:
        address = match[1]
        used = (sign in html for file, sign in NEEDED_BY.items() if address.endswith(file))
        return match[0] if next(used, True) else ""

    html = _THEBE.sub("", _PRELOAD.sub("", html))
    # This stylesheet only names another, which the browser would learn too late.
    html = re.sub(r"styles/theme\.css[^\"]*", "basic.css", html)
    return _LOADS.sub(keep, html)


def defer(html: str) -> str:
    """Let the scripts run after the text was read, in their order; light or dark is set at once.

    An inline script cannot wait, except as a module: these wait in the same row.
    """
    head, end, body = html.partition("</head>")
    head = _SCRIPT_FILE.sub("<script defer", head)
    option = "DOCUMENTATION_OPTIONS."
    head = head.replace(f"<script>{option}", f'<script type="module">{option}')
    head = head.replace(_LATE_THEME, _PROMPT_THEME)
    # The search page loads its scripts again at the end of the body.
    return head + end + _SCRIPT_FILE.sub("<script defer", body)


def size_images(html: str, folder: Path) -> str:
    """Give each image its size in pixels; let those below the first load when they come near."""
    count = 0

    def improve(match: re.Match[str]) -> str:
        nonlocal count
        file, tag = folder / match[1], match[0]
        drawing = file.suffix == ".svg" and file.parent.name == "_images"
        if not (drawing or file.suffix in (".png", ".webp")) or not file.is_file():
            return tag
        count += "_images/" in match[1]
        attributes = ""
        # A picture with two pixels where the page counts one says its size as a style, which would
        # not shrink with a narrow page.
        tag = _SIZED.sub(r'width="\1" height="\2"', tag)
        if "width=" not in tag:
            attributes = ' width="{}" height="{}"'.format(*size(file))
        if count > 1 and "loading=" not in tag:
            attributes += ' loading="lazy"'
        return tag.replace("<img", f"<img{attributes}", 1)

    return _IMAGE.sub(improve, html)


def size(file: Path) -> tuple[int, int]:
    """Return the width and height in which a picture is shown."""
    if file.suffix != ".svg":
        with Image.open(file) as image:
            return image.size
    start = file.read_text(encoding="utf-8")[:2000]
    width, height = (float(re.search(rf'\b{k}="([\d.]+)', start)[1]) for k in ("width", "height"))
    # As large as its PNG, which has 120 pixels to an inch of 72 points.
    return round(width * PIXELS_PER_POINT), round(height * PIXELS_PER_POINT)


def share_diagrams(html: str, static: Path, prefix: str) -> str:
    """Put the diagrams' scripts into files and load each once.

    A diagram's stands behind the first diagram of its kind, which is there when the page has been
    read as far; its file is named at the top, so that it is fetched by then. Questions read what
    stands inside them, so their script waits until the whole page was read.
    """
    scripts = [parts_of(match[1]) for match in _DIAGRAM.finditer(html)]
    prompt = any(name != QUESTIONS for name, _, _ in scripts)
    loaded: dict[str, None] = {}

    def load(name: str, script: str, waits: bool) -> str:
        file = f"diagrams.{name}.{hashlib.sha256(script.encode()).hexdigest()[:12]}.js"
        if file in loaded:
            return ""
        loaded[file] = None
        if not (static / file).exists():
            (static / file).write_text(script, encoding="utf-8", newline="\n")
        return f'<script {"defer " if waits else ""}src="{prefix}_static/{file}"></script>'

    def move(match: re.Match[str]) -> str:
        name, shared, own = parts_of(match[1])
        if name != QUESTIONS:
            return load("shared", shared, waits=False) + load(name, own, waits=False)
        before = "" if prompt else load("shared", shared, waits=True)
        return before + load(name, own, waits=True)

    html = _DIAGRAM.sub(move, html)
    if not prompt:
        return html
    early = (f'<link rel="preload" as="script" href="{prefix}_static/{name}">\n' for name in loaded)
    head, mark, rest = html.partition("<script defer")
    return head + "".join(early) + mark + rest


def parts_of(script: str) -> tuple[str, str, str]:
    """Return a script's name, the part that all diagrams share, and its own."""
    own = _OWN_PARTS.search(script)
    if own is None:
        raise ValueError("a diagram's script without parts of its own")
    return own[1] or own[2], script[: own.start()], script[own.start() :]


def move_pictures(html: str, output: Path, prefix: str) -> str:
    """Put the pictures that a page carries in itself, as guesses do, into files."""

    def move(match: re.Match[str]) -> str:
        drawn = match[2] == "svg+xml"
        data = unquote_to_bytes(match[3]) if drawn else base64.b64decode(match[3])
        name = hashlib.sha256(data).hexdigest()
        file = output / "_images" / f"{name}.{'svg' if drawn else 'png'}"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
        if not drawn:
            file = shrink(file, output.parent / "pictures" / f"{name}.webp")
        return f'{match[1]}{prefix}_images/{file.name}"'

    return _INLINE.sub(move, html)


def shrink(file: Path, kept: Path) -> Path:
    """Replace a PNG by a WebP with the same pixels, or by what an earlier build kept; return it.

    The names of a notebook's pictures are checksums of what they show.
    """
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        with Image.open(file) as image:
            image.convert("RGBA").save(kept, format="WEBP", lossless=True, quality=100, exact=True)
    file.unlink()
    return Path(shutil.copy(kept, file.with_suffix(".webp")))


def finish(output: Path) -> None:
    """Do the steps on the folder that was just written."""
    for file in sorted((output / "_images").glob("*.png")):
        shrink(file, output.parent / "pictures" / f"{file.stem}.webp")

    def lighten(html: str, page: Path) -> str:
        prefix = "../" * (len(page.relative_to(output).parts) - 1)
        html = move_pictures(html, output, prefix)
        html = share_diagrams(defer(take_out(html)), output / "_static", prefix)
        return size_images(_PICTURE.sub(r"\1.webp", html), page.parent)

    rewrite(output, lighten)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    return after_build(app, finish)
