"""The Sphinx extension that keeps only the icons that are used (book/_ext/icon_font.py)."""

import re

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

import icon_font

STYLES = (
    '.fa-rocket:before{content:"\\f135"}.fa-search:before,.fa-magnifier:before{content:"\\f002"}'
    '.fa-anchor:before{content:"\\f13d"}:root{--note:"\uf05a"}.toggle::after{content: "\\f107"}'
)


def test_icons_are_found_by_name_in_pages_and_by_code_in_styles():
    users = ['<i class="fas fa-rocket"></i>', "add('fa-magnifier')"]
    assert icon_font.icons_used(STYLES, users) == {0xF135, 0xF002, 0xF05A, 0xF107}


def test_icons_that_nobody_names_are_left_out():
    assert icon_font.icons_used(STYLES, []) == {0xF05A, 0xF107}


def test_rules_of_icons_that_nobody_names_go():
    kept = icon_font.cut_rules(STYLES, ['<i class="fas fa-rocket"></i>', "add('fa-magnifier')"])
    assert kept == STYLES.replace('.fa-anchor:before{content:"\\f13d"}', "")


@pytest.fixture(scope="session")
def fonts(site):
    return site / "_static" / "vendor" / "fontawesome" / "webfonts"


@pytest.mark.parametrize("face", icon_font.FACES)
def test_the_built_font_is_small_renamed_and_keeps_its_licence(fonts, face):
    assert not list(fonts.glob("fa-*"))
    font = TTFont(fonts / f"icons-{face}.woff")
    names = {name.nameID: name.toUnicode() for name in font["name"].names}
    assert (fonts / f"icons-{face}.woff").stat().st_size < 20_000
    assert "Font Awesome" in names[0]
    assert "SIL Open Font License" in names[13]
    assert not any("Awesome" in names[number] for number in (1, 3, 4, 6, 16))


STYLED = {"solid": ".fas, .fa-solid", "regular": ".far, .fa-regular", "brands": ".fab, .fa-brands"}


def test_every_icon_of_a_page_has_its_glyph(site, page_name, fonts):
    page = BeautifulSoup((site / page_name).read_text(encoding="utf-8"), "html.parser")
    css = (site / "_static" / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    for face in icon_font.FACES:
        style = face.split("-")[0]
        names = {name for icon in page.select(STYLED[style]) for name in icon["class"]}
        names = {name for name in names if name.startswith("fa-")}
        names -= {"fa-solid", "fa-regular", "fa-brands", "fa-lg", "fa-fw"}
        assert names or style != "solid"
        drawn = TTFont(fonts / f"icons-{face}.woff").getBestCmap()
        for name in names:
            code = re.search(rf'\.{name}:before[^{{}}]*\{{content:"\\([0-9a-f]+)"', css)
            assert code, f"{name} is no icon of the theme"
            assert int(code[1], 16) in drawn, name
