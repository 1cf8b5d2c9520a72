"""Pen and paper are told apart by what a stroke is, not by how dark it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from cnnbook.data.lines import without_lines
from cnnbook.data.marks import pieces, separate
from cnnbook.data.paper import _closing, ink
from cnnbook.data.scans import crop, read_digits, thickened
from tests.data.hands import HANDS, drawn


def sheet(*digits, size=(400, 500), height=180.0, width=14.0):
    """Draw digits side by side: 1 where the pen was."""
    drawing = np.zeros(size)
    for i, digit in enumerate(digits):
        place = size[1] * (i + 0.8) / (len(digits) + 0.6), size[0] / 2
        strokes = [stroke - (0.3, 0.5) for stroke in HANDS[digit][0]]  # around the place
        drawing = np.maximum(drawing, drawn(strokes, size, place, height, width))
    return drawing


def differ(first, second):
    """Return by how much two inks differ, as a share of the first."""
    return float(np.abs(first - second).sum() / first.sum())


@pytest.mark.parametrize("digit", [0, 1, 4, 5, 8])
@pytest.mark.parametrize("step", ["across", "down", "oblique"])
def test_the_edge_of_a_shadow_is_no_ink(digit, step):
    paper = 220 - 180 * sheet(digit)
    row, column = np.indices(paper.shape)
    shadow = {"across": column > 240, "down": row > 200, "oblique": row + column > 430}[step]
    assert differ(ink(paper), ink(paper * np.where(shadow, 0.5, 1))) < 0.1


def test_a_table_beside_the_paper_is_no_ink():
    paper = 220 - 180 * sheet(3)
    table = paper.copy()
    table[:, :60] = 50
    table[370:] = 90
    assert differ(ink(paper), ink(table)) < 0.05


def test_a_table_with_a_pattern_is_no_ink():
    paper = 220 - 180 * sheet(3)
    row, _ = np.indices(paper.shape)
    table = paper.copy()
    table[:, :80] = np.where(row[:, :80] % 30 < 8, 40, 90)
    assert differ(ink(paper), ink(table)) < 0.05


@pytest.mark.parametrize("slope", [0.0, 0.03, -0.06])
@pytest.mark.parametrize("pitch", [40, 75])
def test_printed_lines_go_and_the_digit_stays(slope, pitch):
    pen = sheet(7)
    row, column = np.indices(pen.shape)
    covered = (row - slope * column) % pitch < 3
    squared = covered | ((column + slope * row) % pitch < 3)
    clean = ink(220 - 180 * pen)
    for lines in (covered, squared):
        found = ink(np.minimum(220 - 180 * pen, np.where(lines, 150, 220)))
        assert differ(clean, found) < 0.12
        assert (found[lines & (pen == 0)] > 0.2).mean() < 0.03


def test_a_line_that_is_all_there_is_is_a_one_unless_it_runs_from_border_to_border():
    stroke = np.zeros((300, 200))
    stroke[20:280, 100:104] = 1
    np.testing.assert_array_equal(without_lines(stroke), stroke)
    stroke[:, 100:104] = 1
    assert not without_lines(stroke).any()
    assert not without_lines(stroke.T).any()


@pytest.mark.parametrize("light", [1.0, 0.4])
def test_a_sheet_with_nothing_but_its_lines_has_no_digit(light):
    row, column = np.indices((400, 500))
    paper = np.where((row % 50 < 3) | (column == 60), 150.0, 220.0)
    paper *= np.where(row + column > 400, light, 1)
    paper += np.random.default_rng(0).normal(0, 2, paper.shape)
    with pytest.raises(ValueError, match=r"a blank picture, with no digit|only specks, with no"):
        ink(paper)


def test_a_thick_line_and_a_short_one_stay():
    drawing = np.zeros((300, 300))
    drawing[100:120] = 1  # as thick as a brush
    drawing[200:203, 80:200] = 1  # the bar of a 7
    np.testing.assert_array_equal(without_lines(drawing), drawing)


@settings(max_examples=60, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 12))))
def test_pieces_are_those_of_a_flood(dark):
    numbers, count = pieces(dark)
    np.testing.assert_array_equal(numbers > 0, dark)
    flooded, found = np.zeros(dark.shape, dtype=int), 0
    for start in zip(*np.nonzero(dark), strict=True):
        if flooded[start]:
            continue
        found += 1
        todo = [start]
        while todo:
            r, c = todo.pop()
            inside = 0 <= r < dark.shape[0] and 0 <= c < dark.shape[1]
            if inside and dark[r, c] and not flooded[r, c]:
                flooded[r, c] = found
                todo += [(r + i, c + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    assert count == found
    assert len({*zip(numbers.ravel().tolist(), flooded.ravel().tolist(), strict=True)}) == (
        found + (not dark.all())
    )


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.floats(0, 1)),
    st.integers(1, 7),
)
def test_closing_fills_only_and_a_second_time_nothing(values, width):
    closed = _closing(values, width)
    assert closed.shape == values.shape
    assert (closed >= values).all()
    assert closed.max() == values.max()
    np.testing.assert_array_equal(closed[::-1, ::-1], _closing(values[::-1, ::-1], width))


def test_closing_keeps_a_step_and_fills_a_stroke():
    step = np.where(np.arange(40) < 17, 0.3, 0.9) * np.ones((30, 1))
    np.testing.assert_array_equal(_closing(step, 9), step)
    stroke = np.full((30, 40), 0.9)
    stroke[:, 20:25] = 0.1
    np.testing.assert_array_equal(_closing(stroke, 9), np.full((30, 40), 0.9))


def test_digits_are_cut_out_in_reading_order():
    ink_ = np.zeros((300, 300))
    places = [(30, 40, 90, 12), (40, 160, 80, 30), (180, 60, 90, 20), (170, 200, 100, 16)]
    for top, left, height, width in reversed(places):
        ink_[top : top + height, left : left + width] = 1
    assert [digit.shape for digit in separate(ink_)] == [place[2:] for place in places]


def test_the_bar_of_a_five_belongs_to_it_and_dust_is_no_digit():
    ink_ = np.zeros((200, 200))
    ink_[60:150, 50:60] = ink_[40:50, 55:110] = 1
    ink_[180:184, 180:184] = 1
    assert [digit.shape for digit in separate(ink_)] == [(110, 60)]


@pytest.mark.parametrize("width", [2.0, 4.0, 8.0])
def test_a_thin_pen_becomes_as_wide_as_a_tenth_of_the_digit(width):
    stroke = crop(sheet(1, width=width))
    wide = crop(thickened(stroke))
    assert 0.07 <= (wide.shape[1]) / max(wide.shape) <= 0.13


def test_a_thick_pen_stays():
    stroke = sheet(0, width=25.0)
    assert thickened(stroke) is stroke


def test_more_marks_than_a_few_digits_are_refused(tmp_path):
    row, column = np.indices((360, 360))
    tiles = np.where(((row - 20) % 60 < 20) & ((column - 20) % 60 < 20), 0, 255)
    Image.fromarray(tiles.astype(np.uint8)).save(tmp_path / "tiles.png")
    with pytest.raises(ValueError, match=r"tiles.png: 36 marks that could be digits; expected at"):
        read_digits(tmp_path / "tiles.png")


def test_specks_of_dust_alone_are_no_digit():
    paper = np.full((400, 400), 200.0)
    paper[100:104, 100:104] = 60
    with pytest.raises(ValueError, match="grey: only specks, with no digit among them"):
        ink(paper)
