"""The Sphinx extension that mends the theme's accessibility (book/_ext/accessible.py)."""

import accessible


def test_what_stands_there_is_the_name():
    button = '<button class="btn search-button-field x" title="Search" aria-label="Search">Search'
    assert (
        accessible.mend(button) == '<button class="btn search-button-field x" type="button">Search'
    )


def test_a_role_that_was_given_up_goes():
    entry = '<div class="citation" id="id2" role="doc-biblioentry">'
    assert accessible.mend(entry) == '<div class="citation" id="id2" role="listitem">'


def test_a_folded_cell_is_called_by_its_text():
    fold = '<summary aria-label="Toggle hidden content">\n<p>The code</p>'
    assert accessible.mend(fold) == "<summary>\n<p>The code</p>"


def test_other_labels_stay():
    button = '<button class="btn search-button__button" aria-label="Search"></button>'
    assert accessible.mend(button) == button


def test_a_link_skips_to_the_first_diagram():
    top = '<div id="pst-skip-link" class="skip-link"><a href="#main-content">Skip</a></div>'
    sizes = "<cnnbook-sizes state='1'><cnnbook-sizes state='2'>"
    two = "<cnnbook-guess asked='1'></cnnbook-guess>" + sizes
    mended = accessible.mend(top + two)
    assert mended.count('<a href="#first-diagram">Skip to the diagram</a></div>') == 1
    assert "<cnnbook-sizes id=\"first-diagram\" state='1'>" in mended
    assert accessible.mend(mended) == mended
    assert accessible.mend(top) == top


def test_the_built_pages_are_mended(site):
    page = (site / "book" / "pooling.html").read_text(encoding="utf-8")
    assert "Toggle hidden content" not in page
    assert "search-button-field" in page
