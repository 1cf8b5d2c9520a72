"""A picture file is opened by its content, and opening it starts nothing."""

import ast
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnbook.data.pictures import FORMATS, read_grey
from cnnbook.data.scans import ink

PACKAGE = Path(__file__).parents[2] / "cnnbook"
NOT_A_PICTURE = "not a picture in PNG, JPEG, WEBP, GIF, BMP or TIFF format"
# A PostScript program as short as one gets that Pillow takes for a picture.
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n{} loop\n"


def test_postscript_named_png_is_refused_and_starts_nothing(tmp_path, monkeypatch):
    def started(*arguments, **options):
        pytest.fail(f"a program was started: {arguments}")

    path = tmp_path / "digit.png"
    path.write_bytes(POSTSCRIPT)
    with Image.open(path) as image:  # otherwise this test would show nothing
        assert image.format == "EPS"
    monkeypatch.setattr("PIL.EpsImagePlugin.has_ghostscript", lambda: True)
    monkeypatch.setattr("PIL.EpsImagePlugin.gs_binary", "gs")
    for name in ("Popen", "call", "check_call", "check_output", "run"):
        monkeypatch.setattr(subprocess, name, started)
    monkeypatch.setattr(os, "system", started)
    with pytest.raises(ValueError, match=f"digit.png: {NOT_A_PICTURE}$"):
        read_grey(path)


@pytest.mark.parametrize("format", ["PPM", "PCX", "ICO", "TGA", "SGI"])
def test_other_formats_are_refused_by_name_of_those_that_are_read(tmp_path, format):
    path = tmp_path / "digit.png"
    Image.new("RGB", (32, 32), "white").save(path, format=format)
    with pytest.raises(ValueError, match=NOT_A_PICTURE):
        read_grey(path)


@pytest.mark.parametrize("format", FORMATS)
def test_the_formats_that_are_named_are_read_whatever_the_file_is_called(tmp_path, format):
    path = tmp_path / "digit"
    Image.new("L", (30, 20), 100).save(path, format=format)
    np.testing.assert_allclose(read_grey(path), np.full((20, 30), 100.0), atol=1)


def test_every_place_that_opens_a_picture_says_which_formats():
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Image.open":
                assert "formats" in {keyword.arg for keyword in node.keywords}, path
                found.append(path.name)
    assert sorted(found) == ["photographs.py", "pictures.py"]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_values_that_are_no_numbers(tmp_path, value):
    grey = np.full((40, 50), 200, dtype=np.float32)
    grey[10:30, 20:24] = 30
    grey[0, 0] = value
    path = tmp_path / "digit.tif"
    Image.fromarray(grey).save(path)
    with pytest.raises(
        ValueError, match=r"digit.tif: a picture with values that are infinite or not a number"
    ):
        read_grey(path)
    with pytest.raises(ValueError, match=r"grey: has values that are infinite or not a number"):
        ink(grey.astype(np.float64))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "digit.png")
    with pytest.raises(ValueError, match=r"digit.png: a pipe or a device; expected a picture file"):
        read_grey(tmp_path / "digit.png")
