"""Figures: what is drawn, that roles differ without colour, and what is refused."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator

import matplotlib as mpl
import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from nbclient import NotebookClient
from PIL import Image

from cnnbook import figures


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def sharp() -> Iterator[None]:
    figures.sharp()
    yield
    figures.sharp(False)


def test_a_drawing_is_an_svg_that_is_the_same_each_time() -> None:
    def draw() -> str | None:
        ax = figures.matrix(np.arange(6).reshape(2, 3), "kernel", title="w")
        figures.outline(ax, 0, 0, 2, 2)
        return figures.svg(ax.figure)

    first = draw()
    assert first is not None
    assert draw() == first
    assert not re.search(r"<image|<dc:date>|Matplotlib v", first)
    assert re.search(r'clipPath id="p[0-9a-f]{8}-\d+"', first)
    # No more digits than all processors agree on, but for the size of letters.
    long = re.findall(r"\S*\d\.\d{4,}\S*", first)
    assert set(long) == {'transform="scale(0.015625)"/>'}


def test_what_holds_a_bitmap_has_no_svg() -> None:
    for ax in (figures.image(np.zeros((20, 20))), figures.response(np.eye(3))):
        assert figures.svg(ax.figure) is None


@pytest.mark.usefixtures("sharp")
@pytest.mark.parametrize("pixels", [np.eye(3), np.arange(12.0).reshape(3, 2, 2) / 11])
def test_a_small_grid_is_drawn_as_rectangles_of_its_colours(pixels: np.ndarray) -> None:
    ax = figures.image(pixels)
    assert figures.svg(ax.figure) is not None
    (mesh,) = ax.collections
    ax.figure.canvas.draw()
    shown = mesh.get_facecolors()[:, :3]
    wanted = np.stack([pixels] * 3) if pixels.ndim == 2 else pixels
    np.testing.assert_allclose(shown, wanted.reshape(3, -1).T, atol=1e-12)
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "row 0 is on top"


@pytest.mark.usefixtures("sharp")
def test_a_large_picture_stays_a_bitmap() -> None:
    assert figures.svg(figures.image(np.zeros((20, 20))).figure) is None


SHOWS = """\
import numpy as np
from IPython.display import display
from cnnbook import figures
%matplotlib inline
figures.sharp()
for pixels in (np.eye(3), np.zeros((20, 20)), np.zeros((900, 900))):
    display(figures.image(pixels).figure)
"""


def test_a_notebook_stores_a_photograph_with_twice_the_pixels() -> None:
    session = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SHOWS)])
    NotebookClient(session, kernel_name="python3").execute()
    shown = [out for out in session.cells[0].outputs if out.output_type == "display_data"][:3]
    drawn, coarse, photograph = (output.metadata.get("image/png", {}) for output in shown)
    assert (drawn, coarse) == ({}, {})
    assert ["image/svg+xml" in output.data for output in shown] == [True, False, False]
    with Image.open(io.BytesIO(base64.b64decode(shown[2].data["image/png"]))) as image:
        assert image.size == pytest.approx(
            [2 * photograph["width"], 2 * photograph["height"]], abs=2
        )


def cells(ax: figures.Axes) -> list[Rectangle]:
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def luminance(color: str) -> float:
    channels = np.array(to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_matrix_writes_every_number_where_it_stands() -> None:
    ax = figures.matrix(np.array([[1, -2], [0.5, np.nan]]), "kernel", title="w")
    assert [(t.get_position(), t.get_text()) for t in ax.texts] == [
        ((0, 0), "1"),
        ((1, 0), "−2"),
        ((0, 1), "0.5"),
        ((1, 1), ""),
    ]
    assert ax.get_title() == "w"
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "row 0 is on top"
    assert to_rgb(cells(ax)[3].get_facecolor()) == (1, 1, 1), "NaN is an empty cell"


def test_matrix_gives_each_cell_its_own_role() -> None:
    roles = np.array([["input", "padding"]])
    inside, border = cells(figures.matrix(np.zeros((1, 2)), roles))
    assert to_rgb(inside.get_facecolor()) == to_rgb(figures.ROLES["input"].fill)
    assert border.get_hatch() == figures.ROLES["padding"].hatch


def test_matrix_refuses_roles_of_another_shape() -> None:
    with pytest.raises(ValueError, match=r"role has shape \(2, 1\) and values \(1, 2\)"):
        figures.matrix(np.zeros((1, 2)), np.array([["input"], ["padding"]]))


def test_matrix_shows_the_digits_that_it_is_told() -> None:
    ax = figures.matrix(np.array([[1 / 3]]), digits=2)
    assert ax.texts[0].get_text() == "0.33"


def test_image_keeps_grey_between_0_and_1() -> None:
    ax = figures.image(np.array([[0.25, 2.0]]))
    assert ax.images[0].get_clim() == (0, 1)
    scaled = figures.image(np.array([[0.25, 2.0]]), scale=True)
    assert scaled.images[0].get_clim() == (0.25, 2.0)


def test_image_puts_channels_last_for_matplotlib() -> None:
    ax = figures.image(np.zeros((3, 4, 5)))
    assert ax.images[0].get_array().shape == (4, 5, 3)


def test_only_small_images_have_grid_lines() -> None:
    assert len(figures.image(np.zeros((4, 6))).lines) == 5 + 7
    assert len(figures.image(np.zeros((17, 17))).lines) == 0


def test_response_is_symmetric_about_zero() -> None:
    assert figures.response(np.array([[-1.0, 3.0]])).images[0].get_clim() == (-3, 3)
    assert figures.response(np.zeros((2, 2))).images[0].get_clim() == (-1, 1)
    assert figures.response(np.array([[-1.0, 3.0]]), limit=2).images[0].get_clim() == (-2, 2)


def test_outline_frames_the_window() -> None:
    ax = figures.matrix(np.zeros((4, 4)))
    frame = figures.outline(ax, 1, 2, 2, 1, "output")
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((1.5, 0.5), 1, 2)
    assert frame.get_linestyle() == "dashdot"


def test_convolution_step_frames_the_patch_and_its_output() -> None:
    x, kernel = np.arange(12).reshape(3, 4), np.ones((2, 3), dtype=int)
    input_axes, _, output_axes = figures.convolution_step(x, kernel, np.zeros((2, 2)), 1, 0)
    frame = cells(input_axes)[-1]
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((-0.5, 0.5), 3, 2)
    assert cells(output_axes)[-1].get_xy() == (-0.5, 0.5)


def test_panels_are_as_wide_on_every_page() -> None:
    axes = figures.panels(2, 3, height=4)
    assert len(axes) == 6
    assert tuple(axes[0].figure.get_size_inches()) == (5.6, 4)
    assert to_rgb(axes[0].figure.get_facecolor()) == (1, 1, 1)


def test_roles_differ_without_colour() -> None:
    marks = {(look.hatch, look.linestyle) for look in figures.ROLES.values()}
    assert len(marks) == len(figures.ROLES)


@pytest.mark.parametrize("role", figures.ROLES)
def test_roles_are_legible(role: str) -> None:
    look = figures.ROLES[role]
    assert contrast(look.color, "white") >= 4.5, "lines on white"
    assert contrast(look.fill, "black") >= 7, "numbers on the fill"


def test_no_global_style_is_set() -> None:
    before = dict(mpl.rcParams)
    figures.convolution_step(np.ones((3, 3)), np.ones((2, 2)), np.ones((2, 2)), 0, 0)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("draw", [figures.matrix, figures.response])
def test_a_stack_is_not_a_matrix(draw: object) -> None:
    with pytest.raises(ValueError, match=r"values has shape \(2, 2, 2\); expected \(H, W\)"):
        draw(np.zeros((2, 2, 2)))  # type: ignore[operator]


def test_image_refuses_channels_last() -> None:
    with pytest.raises(ValueError, match=r"image: pixels has shape \(4, 5, 3\); expected"):
        figures.image(np.zeros((4, 5, 3)))


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no role 'weights'; expected one of \['gradient'"):
        figures.matrix(np.zeros((2, 2)), "weights")
