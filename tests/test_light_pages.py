"""The Sphinx extension that makes pages light and still: light_pages."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import light_pages
from cnnbook import diagrams
from cnnbook.diagrams.base import script
from cnnbook.exercises.page import drawing

PAGE = """<head>
    <script data-cfasync="false">
    document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";
    </script>
  <link href="../_static/styles/theme.css?digest=55" rel="stylesheet" />
    <link rel="stylesheet" type="text/css" href="../_static/sphinx-design.min.css?v=6a" />
  <link rel="preload" as="script" href="../_static/scripts/bootstrap.js?digest=55" />
    <script src="../_static/doctools.js?v=9a"></script>
    <link rel="stylesheet" type="text/css" href="../_static/formulas.css" />
    <script>DOCUMENTATION_OPTIONS.pagename = 'book/pooling';</script>
    <script src="../_static/searchtools.js"></script>
    <script src="../searchindex.js"></script>
</head><body>text
    <script type="text/x-thebe-config">
    { requestKernel: true }
    </script>
    <script>kernelName = 'python3'</script>
</body>"""


FORMULA = '<span class="math notranslate nohighlight">x</span>'


def test_what_a_page_does_not_use_is_taken_out_and_scripts_wait():
    page = light_pages.defer(light_pages.take_out(PAGE + FORMULA))
    for unused in ("searchtools", "searchindex", "design", "preload", "thebe", "kernelName"):
        assert unused not in page
    assert '<link href="../_static/basic.css" rel="stylesheet" />' in page
    assert '<script defer src="../_static/doctools.js?v=9a"></script>' in page
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


def test_a_picture_with_two_pixels_for_one_keeps_its_size_on_the_page(tmp_path):
    (tmp_path / "_images").mkdir()
    Image.new("RGB", (60, 40)).save(tmp_path / "_images" / "a.png")
    image = '<img alt="x" src="_images/a.png" style="width: 30px; height: 20px;" />'
    page = light_pages.size_images(image, tmp_path)
    assert page == '<img alt="x" src="_images/a.png" width="30" height="20" />'


def test_a_drawing_is_as_large_as_its_png(tmp_path):
    (tmp_path / "_images").mkdir()
    text = '<?xml version="1.0"?><svg width="403.2pt" height="72pt" viewBox="0 0 1 1"></svg>'
    (tmp_path / "_images" / "a.svg").write_text(text, encoding="utf-8")
    page = light_pages.size_images('<img alt="x" src="_images/a.svg" />', tmp_path)
    assert page == '<img width="672" height="120" alt="x" src="_images/a.svg" />'


HEAD = '<script defer src="theme.js"></script></head>'


def loaded(page):
    """Return what a page names of diagrams, in its order: how, and which."""
    tag = r'(script defer|script|link rel="preload" as="script")'
    return re.findall(rf'<{tag} (?:src|href)="[./]*_static/diagrams\.(\w+)\.', page)


def test_diagrams_share_one_file(tmp_path):
    pooling, network = diagrams.pooling(), diagrams.network()
    html = HEAD + "a".join(made._repr_html_() for made in (pooling, network, pooling))
    page = light_pages.share_diagrams(html, tmp_path, "../")
    files = {file.name.split(".")[1]: file for file in tmp_path.iterdir()}
    assert sorted(files) == ["network", "pooling", "shared"]
    for made in (pooling, network):
        text = "".join(files[name].read_text(encoding="utf-8") for name in ("shared", made.name))
        assert text == script(made.name)
    names = ["shared", "pooling", "network"]
    early = [('link rel="preload" as="script"', name) for name in names]
    assert loaded(page) == early + [("script", name) for name in names]
    assert page.index('rel="preload"') < page.index("theme.js") < page.index("<cnnbook-pooling")
    assert re.search(r"</cnnbook-pooling>\s*<script src=", page)
    assert page.count("a<cnnbook-") == 2


def test_a_page_of_an_earlier_build_stays_as_it_is(tmp_path):
    html = PAGE.replace("text", diagrams.pooling()._repr_html_(), 1) + FORMULA

    def lighten(page):
        page = light_pages.defer(light_pages.take_out(page))
        return light_pages.share_diagrams(page, tmp_path, "../")

    once = lighten(html)
    assert [way for way, _ in loaded(once)].count("script") == 2
    assert lighten(once) == once


def test_questions_wait_for_the_whole_page(tmp_path):
    shared = script("pooling").partition("// cnnbook/diagrams/js/pooling")[0]
    question = f"<script>{shared}// cnnbook/exercises/js/question.js\n</script>"
    alone = light_pages.share_diagrams(HEAD + question, tmp_path, "")
    assert loaded(alone) == [("script defer", "shared"), ("script defer", "exercises")]
    html = HEAD + question + diagrams.pooling()._repr_html_()
    page = light_pages.share_diagrams(html, tmp_path, "")
    early = [('link rel="preload" as="script"', n) for n in ("exercises", "shared", "pooling")]
    later = [("script defer", "exercises"), ("script", "shared"), ("script", "pooling")]
    assert loaded(page) == early + later


def test_a_page_without_formulas_does_not_load_their_style():
    assert "formulas.css" in light_pages.take_out(PAGE + FORMULA)
    assert "formulas.css" not in light_pages.take_out(PAGE)


def test_pictures_in_a_page_become_files(tmp_path):
    memory = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(memory, "PNG")
    data = base64.b64encode(memory.getvalue()).decode()
    output = tmp_path / "html"
    output.mkdir()
    html = f'<img src="data:image/png;base64,{data}" alt="x"><a state=\'data:image/png;base64,x\'>'
    page = light_pages.move_pictures(html, output, "../")
    (file,) = (output / "_images").iterdir()
    assert page == html.replace(f"data:image/png;base64,{data}", f"../_images/{file.name}")
    with Image.open(file) as image:
        assert (image.format, image.size) == ("WEBP", (30, 20))


def test_drawings_in_a_page_become_files(tmp_path):
    output = tmp_path / "html"
    output.mkdir()
    svg = '<svg width="72pt" height="36pt">\n<!-- 5 % × "é" --></svg>'
    html = drawing(svg, 'a "wave"')
    built = light_pages.move_pictures(html, output, "../")
    (file,) = (output / "_images").iterdir()
    assert built == f'<p><img src="../_images/{file.name}" alt="a &quot;wave&quot;"></p>'
    assert file.read_text(encoding="utf-8") == svg.replace("\n", " ")
    (output / "book").mkdir()
    assert 'width="120" height="60"' in light_pages.size_images(built, output / "book")


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
