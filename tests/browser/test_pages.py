"""Each page of the book, served and from disk: quiet, self-contained, set, and fitting."""

import pytest

from tests.browser.shown import POLICY

pytestmark = pytest.mark.browser

HEAVIEST, HEAVIEST_SECOND = 700_000, 300_000
# On disk, for each page. Half of it are the notebooks to download, with their diagrams' scripts.
MEAN_OF_SITE = 650_000
MOST_OF_DIAGRAMS = 60_000


def test_nothing_fails_and_the_console_is_silent(visit):
    assert not visit.errors


def test_no_request_leaves_the_site(visit):
    assert visit.requests
    assert not visit.foreign_requests()


def test_the_policy_stands_first_and_holds(visit):
    assert visit.seen["policy"] == POLICY
    assert visit.seen["refuses"]


def test_every_formula_is_set_and_can_be_read_aloud(visit):
    mathematics = visit.seen["mathematics"]
    assert not mathematics["unset"]
    assert not mathematics["invisible"]
    assert not mathematics["silent"]
    assert not mathematics["raw"]
    assert mathematics["rendered"] == mathematics["sources"]


def test_every_image_has_a_description_and_loads(visit):
    assert not visit.seen["images"]["nameless"]
    assert not visit.seen["images"]["broken"]


def test_images_have_their_size_and_wait_below_the_first(visit):
    assert not visit.seen["images"]["sizeless"]
    assert not visit.seen["images"]["hasty"]


def test_fonts_and_icons_load(visit):
    assert not visit.seen["fonts"]["failed"]
    assert visit.seen["fonts"]["icons"]


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_nothing_is_wider_than_the_screen(visit, width):
    assert visit.seen[width]["excess"] == 0
    assert not visit.seen[width]["cut"]


def test_light_and_dark_follow_the_reader(visit):
    light, dark = visit.seen["light"], visit.seen["dark"]
    assert (light["name"], dark["name"]) == ("light", "dark")
    assert light["background"] > 0.9 > 0.4 > light["text"]
    assert dark["background"] < 0.1 < 0.6 < dark["text"]


def test_a_first_visit_weighs_under_700_kilobytes(visit, site):
    weight = visit.weight(site)
    assert 50_000 < weight < HEAVIEST


def test_the_scripts_of_a_page_s_diagrams_are_small(visit, site):
    assert visit.weight(site, lambda name: name.startswith("_static/diagrams.")) <= MOST_OF_DIAGRAMS


def test_a_second_page_weighs_under_300_kilobytes(visit, site):
    # Styles, scripts and fonts lie in _static; the reader has them from the page before.
    own = visit.weight(site, lambda name: not name.startswith("_static/"))
    assert 1_000 < own < HEAVIEST_SECOND


def test_the_whole_site_is_small(site):
    total = sum(file.stat().st_size for file in site.rglob("*") if file.name != "cnnbook.pdf")
    assert total < MEAN_OF_SITE * len(list(site.rglob("*.html")))
