"""The Sphinx extensions that make pages light and still: light_pages and formula_room."""

import re

import numpy as np
import pytest
from PIL import Image

import formula_room
import light_pages
from cnnbook import diagrams
from cnnbook.diagrams.base import script

PAGE = """<head>
    <script data-cfasync="false">
    document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";
    </script>
  <link href="../_static/styles/theme.css?digest=55" rel="stylesheet" />
    <link rel="stylesheet" type="text/css" href="../_static/sphinx-design.min.css?v=6a" />
  <link rel="preload" as="script" href="../_static/scripts/bootstrap.js?digest=55" />
    <script src="../_static/doctools.js?v=9a"></script>
    <script defer="defer" src="../_static/mathjax/tex-chtml.js"></script>
    <script>DOCUMENTATION_OPTIONS.pagename = 'book/pooling';</script>
    <script src="../_static/searchtools.js"></script>
    <script src="../searchindex.js"></script>
</head><body>text
    <script type="text/x-thebe-config">
    { requestKernel: true }
    </script>
    <script>kernelName = 'python3'</script>
</body>"""


def test_what_a_page_does_not_use_is_taken_out_and_scripts_wait():
    page = light_pages.defer(light_pages.take_out(PAGE))
    for unused in ("searchtools", "searchindex", "design", "preload", "thebe", "kernelName"):
        assert unused not in page
    assert '<link href="../_static/basic.css" rel="stylesheet" />' in page
    assert '<script defer src="../_static/doctools.js?v=9a"></script>' in page
    assert '<script defer="defer" src="../_static/mathjax/tex-chtml.js"></script>' in page
    assert "<script type=\"module\">DOCUMENTATION_OPTIONS.pagename = 'book/pooling'" in page
    assert "prefers-color-scheme" in page


def test_what_a_page_uses_stays():
    page = light_pages.take_out(PAGE + '<div class="sd-card"></div><div id="search-results">')
    for used in ("searchtools", "searchindex", "sphinx-design"):
        assert used in page


def test_images_say_their_size_and_wait_below_the_first(tmp_path):
    (tmp_path / "_images").mkdir()
    Image.new("RGB", (30, 20)).save(tmp_path / "_images" / "a.png")
    image = '<img alt="x" src="_images/a.png" />'
    page = light_pages.size_images(image * 2, tmp_path)
    assert page == (
        '<img width="30" height="20" alt="x" src="_images/a.png" />'
        '<img width="30" height="20" loading="lazy" alt="x" src="_images/a.png" />'
    )


def test_diagrams_share_one_file(tmp_path):
    pooling, network = diagrams.pooling(), diagrams.network()
    html = "a".join(made._repr_html_() for made in (pooling, network, pooling))
    page = light_pages.share_diagrams(html, tmp_path, "../")
    files = {file.name.split(".")[1]: file for file in tmp_path.iterdir()}
    assert sorted(files) == ["network", "pooling", "shared"]
    for made in (pooling, network):
        text = "".join(files[name].read_text(encoding="utf-8") for name in ("shared", made.name))
        assert text == script(made.name)
    loaded = re.findall(r'<script defer src="\.\./_static/([^"]*)"></script>', page)
    assert loaded == [files[name].name for name in ("shared", "pooling", "network")]
    assert page.count("<script") == 3
    assert page.count("a<cnnbook-") == 2


def test_a_script_that_is_no_diagram_stays(tmp_path):
    page = "<script>alert(1);</script>"
    assert light_pages.share_diagrams(page, tmp_path, "") == page
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("colours", [2, 256, 257])
@pytest.mark.parametrize("alpha", [255, 100])
def test_a_smaller_picture_shows_the_same(tmp_path, colours, alpha):
    number = np.arange(90 * 60).reshape(60, 90) % colours
    pixels = np.stack([number % 256, number // 256, number % 7, np.full_like(number, alpha)], -1)
    file, kept = tmp_path / "a.png", tmp_path / "kept" / "a.webp"
    Image.fromarray(pixels.astype(np.uint8)).save(file, compress_level=0)
    size = file.stat().st_size
    light_pages.shrink(file, kept)
    assert not file.exists()
    small = file.with_suffix(".webp")
    assert small.stat().st_size < size
    assert kept.read_bytes() == small.read_bytes()
    with Image.open(small) as image:
        np.testing.assert_array_equal(np.array(image.convert("RGBA")), pixels)


def test_a_wider_formula_gets_more_room():
    widths = [formula_room.room(tex)[0] for tex in ("x", "x + y", r"\text{C}_{in} \times K_H + 1")]
    assert widths == sorted(widths)
    assert 0.3 < widths[0] < 1


def test_a_formula_of_rows_is_as_high_as_its_rows():
    rows = r"\begin{aligned} a &= b \\ &= c \\ &= d \end{aligned}"
    assert formula_room.room(rows)[1] > 2.5 * formula_room.room("a = b")[1]
    assert formula_room.room(rows)[0] < 6


def test_a_formula_that_matplotlib_cannot_read_gets_some_room():
    width, height, depth = formula_room.room(r"\unknownmacro{x}")
    assert width > 0.5
    assert height > depth > 0


def test_the_room_stands_in_the_page_once():
    page = '<p><span class="math notranslate nohighlight">\\(a &lt; b\\)</span></p>'
    once = formula_room.reserve(page)
    assert 'style="--width:' in once
    assert once.endswith("\\(a &lt; b\\)</span></p>")
    assert formula_room.reserve(once) == once
