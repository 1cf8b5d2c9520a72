"""Run the book's notebooks again and store what they print: the one way outputs are made.

    python book/_tools/outputs.py                 every notebook under book/
    python book/_tools/outputs.py book/NAME.ipynb only these
    python book/_tools/outputs.py --check         change nothing; exit 1 where a rerun would differ
    python book/_tools/outputs.py --scripts       run nothing: store the diagrams' present scripts

What changes from run to run and from machine to machine (times, the Python version, ids of
messages) is removed, so that running this twice leaves no difference. A cell with the tag
`nbval-ignore-output` measures the reader's own machine: what it printed here is not stored.
Pictures are written again, with the same pixels in fewer bytes.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import re
import sys
from itertools import zip_longest
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient
from PIL import Image

from cnnbook.diagrams.base import script
from cnnbook.exercises import page
from contents import notebooks

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
NOTEBOOK_SECONDS = 300
LIVE = "nbval-ignore-output"
DIAGRAM = re.compile(r"(<cnnbook-(\w+) .*?</cnnbook-\2>\s*)<script>.*?</script>", re.DOTALL)
INSIDE = re.compile(r"(?<=data:image/png;base64,)[^\"]+")
NOT_STORED = "(Run this cell to see what your machine answers. No such answer is stored.)\n"


def renew(path: Path) -> str:
    """Run one notebook from a fresh kernel and return its new text."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=NOTEBOOK_SECONDS,
        kernel_name="python3",
        coalesce_streams=True,  # else what one cell prints may be stored in pieces
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    strip(notebook)
    return nbformat.writes(notebook) + "\n"


def with_present_scripts(path: Path) -> str:
    """Return one notebook's text with the package's present script in every stored diagram."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            if "<cnnbook-" in html:
                output.data["text/html"] = DIAGRAM.sub(
                    lambda found: f"{found[1]}<script>{present_script(found[2])}</script>", html
                )
    return nbformat.writes(notebook) + "\n"


def present_script(name: str) -> str:
    """Return the script of a diagram, or of answers and guesses, whose elements share one."""
    return page.script() if name in ("answer", "guess") else script(name)


def strip(notebook: nbformat.NotebookNode) -> None:
    """Remove what another run or another machine would store differently, in place."""
    kept = {
        key: notebook.metadata[key] for key in ("accelerator", "colab") if key in notebook.metadata
    }
    notebook.metadata = nbformat.from_dict(
        {**kept, "kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    )
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if LIVE in cell.metadata.get("tags", []):
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=NOT_STORED)]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
            if "text/html" in data:  # a guess folds its picture
                data["text/html"] = INSIDE.sub(lambda png: smaller(png[0]), data["text/html"])


def smaller(png: str) -> str:
    """Return a picture in base64 with the same pixels in fewer bytes."""
    return base64.b64encode(shrunk(base64.b64decode(png))).decode("ascii")


def shrunk(png: bytes) -> bytes:
    """Return a picture with the same pixels, without alpha if it is opaque.

    One byte per pixel where 256 colours do: 3.2 MB for all figures of the book become 2.7.
    """
    image = Image.open(io.BytesIO(png))
    pixels = np.array(image.convert("RGBA"))
    if pixels[..., 3].min() == 255:
        image = image.convert("RGB")
        colours, numbers = np.unique(pixels.view(np.uint32), return_inverse=True)
        if len(colours) <= 256:
            numbers = numbers.reshape(pixels.shape[:2]).astype(np.uint8)
            image = Image.fromarray(numbers, mode="P")
            image.putpalette(colours.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    small = io.BytesIO()
    image.save(small, format="PNG", optimize=True)
    return min(small.getvalue(), png, key=len)


def first_difference(old: str, new: str) -> str:
    """Return the first line that differs, as stored and as renewed, shortened."""
    pairs = zip_longest(old.splitlines(), new.splitlines(), fillvalue="(no line)")
    stored, renewed = next(pair for pair in pairs if pair[0] != pair[1])
    return f"  stored   {stored[:200]}\n  renewed  {renewed[:200]}"


def main() -> int:
    """Renew or check the notebooks named on the command line."""
    parser = argparse.ArgumentParser(description="Run the notebooks and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all under book/")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("--scripts", action="store_true", help="run nothing, renew the scripts")
    arguments = parser.parse_args()
    os.environ["PYTHONHASHSEED"] = "0"  # sets print in one order
    differing = []
    for path in arguments.notebooks or notebooks():
        new = (with_present_scripts if arguments.scripts else renew)(path.resolve())
        if new == path.read_text(encoding="utf-8"):
            print(f"same     {path}")
            continue
        differing.append(path)
        if arguments.check:
            print(f"DIFFERS  {path}\n{first_difference(path.read_text(encoding='utf-8'), new)}")
        else:
            path.write_text(new, encoding="utf-8")
            print(f"renewed  {path}")
    return 1 if arguments.check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
