"""The Python side of the diagrams: what they take, refuse, store and say without JavaScript."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from bs4 import BeautifulSoup

import cnnbook
import cnnbook.optim
from cnnbook import diagrams
from cnnbook.diagrams import base
from cnnbook.diagrams._descent import SURFACES, gradient, loss
from cnnbook.diagrams.values import number
from cnnbook.figures import ROLES

MAKERS = {
    "backward": diagrams.backward,
    "convolution": diagrams.convolution,
    "descent": diagrams.descent,
    "channels": diagrams.channels,
    "network": diagrams.network,
    "pooling": diagrams.pooling,
    "sizes": diagrams.sizes,
}
# What JupyterLab's sanitiser keeps of an untrusted notebook's HTML, of the tags used here.
KEPT = {"p", "table", "caption", "tr", "th", "td", "tbody"}


@pytest.fixture(params=MAKERS, ids=str)
def diagram(request: pytest.FixtureRequest) -> diagrams.Diagram:
    return MAKERS[request.param]()


def tables(diagram: diagrams.Diagram) -> dict[str, list[list[str]]]:
    return {table.caption: table.rows for table in diagram.tables}


def test_every_name_is_public():
    assert diagrams.__all__ == sorted(["Diagram", *MAKERS])


def test_import_needs_numpy_alone():
    code = (
        "import sys; from cnnbook import diagrams;"
        "sys.exit('matplotlib' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_html_is_the_same_every_time(diagram):
    again = MAKERS[diagram.name]()
    assert again._repr_html_() == diagram._repr_html_()


def test_html_is_one_element_and_one_script(diagram):
    soup = BeautifulSoup(diagram._repr_html_(), "html.parser")
    element, script = (child for child in soup.children if child.name)
    assert (element.name, script.name) == (f"cnnbook-{diagram.name}", "script")
    assert json.loads(element["state"]) == json.loads(base.to_json(diagram.state))
    assert {tag.name for tag in element.find_all(True)} <= KEPT
    assert not element.find_all(id=True)


def test_text_and_table_tell_the_same(diagram):
    soup = BeautifulSoup(diagram._repr_html_(), "html.parser")
    summary, *lines = repr(diagram).splitlines()
    in_html = [soup.find("p").get_text()]
    for table in soup.find_all("table"):
        in_html.append(f"{table.caption.get_text()}:")
        rows = [[c.get_text() for c in row.find_all(["td", "th"])] for row in table.find_all("tr")]
        # A matrix has the numbers of its rows and columns besides.
        numbered = rows[0][0] == ""
        in_html += [row[1:] for row in rows[1:]] if numbered else rows
    in_text = [re.split(" {2,}", line.strip()) if line[0] == " " else line for line in lines]
    assert [summary, *in_text] == in_html


def test_convolution_of_the_book():
    shown = tables(diagrams.convolution())
    assert shown["output"] == [["19", "25"], ["37", "43"]]


def test_convolution_with_every_argument():
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(6, 7)), rng.normal(size=(2, 3))
    made = diagrams.convolution(x, kernel, (2, 1), (1, 2), (1, 2), "reflect", 0.5)
    y = cnnbook.conv2d(
        x[None], kernel[None, None], np.array([0.5]), (2, 1), (1, 2), (1, 2), 1, "reflect"
    )[0]
    assert tables(made)["output"] == [[number(v) for v in row] for row in y]
    assert "padding 1×2 (reflect)" in made.summary
    assert "bias 0.5" in made.summary


def test_convolution_keeps_the_size():
    assert len(tables(diagrams.convolution(np.eye(5), np.eye(4), padding="same"))["output"]) == 5


def test_convolution_says_what_is_not_read():
    made = diagrams.convolution(np.ones((7, 7)), np.ones((2, 2)), stride=(3, 2))
    assert "Not read: rows 2, 5, 6 and columns 6 of the input." in made.summary


def test_channels_of_the_book():
    shown = tables(diagrams.channels())
    assert shown["output channel 0"] == [["56", "72"], ["104", "120"]]
    assert shown["output channel 1"] == [["76", "100"], ["148", "172"]]
    assert shown["output channel 2"] == [["96", "128"], ["192", "224"]]


def test_channels_takes_an_input_alone():
    shown = tables(diagrams.channels(np.arange(8).reshape(2, 2, 2)))
    assert shown["output channel 0"] == [["4", "6"], ["8", "10"]]


def test_channels_adds_the_bias():
    shown = tables(diagrams.channels([[[1]]], [[[[2]]]], [3]))
    assert shown["output channel 0"] == [["5"]]


def test_backward_of_the_book():
    shown = tables(diagrams.backward())
    assert shown["gradient of the input"] == [["0", "1", "2"], ["2", "10", "10"], ["6", "17", "12"]]
    assert shown["gradient of the kernel"] == [["27", "37"], ["57", "67"]]
    assert shown["gradient of the bias"] == [["10"]]


def test_backward_with_every_argument():
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(6, 7)), rng.normal(size=(2, 3))
    dy = rng.normal(size=(4, 7))
    made = diagrams.backward(x, kernel, (2, 1), (1, 2), (1, 2), dy)
    dx, dw, db = cnnbook.conv2d_backward(
        dy[None], x[None], kernel[None, None], (2, 1), (1, 2), (1, 2)
    )
    shown = tables(made)
    assert shown["gradient of the input"] == [[number(v) for v in row] for row in dx[0]]
    assert shown["gradient of the kernel"] == [[number(v) for v in row] for row in dw[0, 0]]
    assert shown["gradient of the bias"] == [[number(db[0])]]
    assert "stride 2×1, padding 1×2, dilation 1×2" in made.summary
    assert len(tables(diagrams.backward(padding="same"))["gradient of the output"]) == 3


def test_descent_of_the_book():
    """The heights after 16 steps are those of the chapter's figure."""
    for lr, height in [(0.005, "16.58"), (0.1, "0.6181"), (0.128, "80.92")]:
        made = diagrams.descent(optimisers=["SGD"], sgd_lr=lr, steps=16)
        assert made.summary.endswith(f"loss 36 → {height}.")
        assert made.tables[0].rows[-1][-1] == height


def test_descent_walks_as_the_optimisers_do():
    made = diagrams.descent("tilted valley", [3, -2], momentum=0.9, adam_lr=0.5, steps=7)
    hessian = np.array([[6.4, -7.2], [-7.2, 10.6]])  # of 3.2a² − 7.2ab + 5.3b²
    for table, make in zip(
        made.tables,
        [
            lambda w: cnnbook.optim.SGD([w], 0.1),
            lambda w: cnnbook.optim.SGD([w], 0.1, momentum=0.9),
            lambda w: cnnbook.optim.Adam([w], 0.5),
        ],
        strict=True,
    ):
        w = np.array([3.0, -2.0])
        optimiser = make(w)
        for _ in range(7):
            optimiser.step([hessian @ w])
        assert table.rows[-1] == ["7", *map(number, (*w, w @ hessian @ w / 2))]


@pytest.mark.parametrize("surface", SURFACES)
def test_descent_goes_against_the_slope(surface):
    rng = np.random.default_rng(0)
    for a, b in rng.uniform(-3, 3, (5, 2)):
        along_a = loss(surface, a + 1e-5, b) - loss(surface, a - 1e-5, b)
        along_b = loss(surface, a, b + 1e-5) - loss(surface, a, b - 1e-5)
        measured = np.array([along_a, along_b]) / 2e-5
        np.testing.assert_allclose(gradient(surface, a, b), measured, atol=1e-7)
    for place in SURFACES[surface]["minima"]:
        assert np.abs(gradient(surface, *place)).max() < 0.01


def test_descent_says_where_it_diverges():
    made = diagrams.descent(sgd_lr=1, optimisers=["SGD"])
    assert made.summary.endswith("SGD, lr 1: diverged at step 5.")
    assert made.tables[0].rows[-1] == ["5", "diverged", "—", "—"]


def test_pooling_of_the_book():
    shown = tables(diagrams.pooling())
    assert shown["output"] == [["6", "8"], ["8", "4"]]
    assert tables(diagrams.pooling(mode="mean"))["output"] == [["3", "4"], ["5", "2"]]
    assert tables(diagrams.pooling(mode="sum"))["output"] == [["12", "16"], ["20", "8"]]


def test_pooling_sends_the_gradient_to_the_maximum():
    shown = tables(diagrams.pooling(grad_output=[[10, 20], [30, 40]]))
    assert shown["gradient of the input"] == [
        ["0", "0", "0", "0"],
        ["10", "0", "0", "20"],
        ["0", "0", "0", "40"],
        ["0", "30", "0", "0"],
    ]


def test_sizes_of_lenet():
    made = diagrams.sizes()
    assert "61,706 parameters, 416,520 MACs" in made.summary
    assert [row[2] for row in made.tables[0].rows[1:5]] == ["5×5", "6×6", "14×14", "16×16"]


def test_sizes_takes_words_and_pairs():
    layers = [
        ("conv2d", {"out_channels": 4, "kernel_size": (3, 5), "padding": "same"}),
        ("relu", {}),
        ("avg_pool2d", {"kernel_size": 2, "stride": 1}),
    ]
    made = diagrams.sizes((2, 6, 8), layers)
    assert [row[1] for row in made.tables[0].rows[1:]] == ["4×6×8", "4×6×8", "4×5×7"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-3.0, "−3"),
        (999999.0, "999999"),
        (1e6, "1e6"),
        (-1234567.0, "−1.235e6"),
        (1 / 9, "0.1111"),
        (0.1 + 0.2, "0.3"),
        (1000.5, "1001"),
        (1e-5, "1e−5"),
        (3.99999999999999, "4"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_hostile_text_cannot_leave_the_attribute():
    state = {"x": '"><script>alert(1)</script><b a="'}
    text = diagrams.Diagram("convolution", state, "<b>", [])._repr_html_()
    head = text.split("<script>")[0]
    assert BeautifulSoup(head, "html.parser").find(True)["state"] == base.to_json(state)
    assert html.escape("<b>") in head


WRONG = [
    ("convolution", {"x": []}, ValueError, "shape"),
    ("convolution", {"x": [[1, 2], [3]]}, ValueError, "unequal length"),
    ("convolution", {"x": "<script>"}, TypeError, "expected an array of numbers"),
    ("convolution", {"x": [["a"]]}, TypeError, "expected an array of numbers"),
    ("convolution", {"x": [[True]]}, TypeError, "expected an array of numbers"),
    ("convolution", {"x": [[float("nan")]]}, ValueError, "holds nan"),
    ("convolution", {"x": [[1e308]]}, ValueError, "expected finite numbers"),
    ("convolution", {"x": np.ones((200, 200))}, ValueError, "what a diagram can show"),
    ("convolution", {"x": np.ones((1, 2, 3))}, ValueError, "expected \\(H, W\\)"),
    ("convolution", {"kernel": np.ones((4, 4))}, ValueError, "does not fit|expected a kernel"),
    ("convolution", {"stride": 0}, ValueError, "stride is 0"),
    ("convolution", {"stride": 9}, ValueError, "at most 8"),
    ("convolution", {"padding": 9}, ValueError, "at most 8"),
    ("convolution", {"dilation": 9}, ValueError, "at most 8"),
    ("convolution", {"padding": "full"}, ValueError, "padding is 'full'"),
    ("convolution", {"padding_mode": "mirror"}, ValueError, "padding_mode"),
    ("convolution", {"bias": [1]}, ValueError, "bias has shape"),
    ("backward", {"x": [[float("inf")]]}, ValueError, "holds inf"),
    ("backward", {"kernel": np.ones((4, 4))}, ValueError, "does not fit|expected a kernel"),
    ("backward", {"grad_output": [[1]]}, ValueError, "grad_output"),
    ("backward", {"grad_output": [["<b>"]]}, TypeError, "expected an array of numbers"),
    ("backward", {"stride": 9}, ValueError, "at most 8"),
    ("backward", {"padding": 9}, ValueError, "at most 8"),
    ("backward", {"dilation": 9}, ValueError, "at most 8"),
    ("backward", {"padding": "full"}, ValueError, "padding is 'full'"),
    ("descent", {"surface": "mountain"}, ValueError, "surface is 'mountain'"),
    ("descent", {"start": [1]}, ValueError, "start is"),
    ("descent", {"start": [0, 4]}, ValueError, "b from −3.5 to 3.5"),
    ("descent", {"start": [0, float("nan")]}, ValueError, "holds nan"),
    ("descent", {"optimisers": ["RMSprop"]}, ValueError, "optimisers is"),
    ("descent", {"optimisers": "SGD"}, ValueError, "expected a list"),
    ("descent", {"sgd_lr": -1}, ValueError, "sgd_lr is -1"),
    ("descent", {"adam_lr": 101}, ValueError, "adam_lr is 101"),
    ("descent", {"momentum_lr": "fast"}, TypeError, "momentum_lr"),
    ("descent", {"momentum": 1}, ValueError, "momentum is 1"),
    ("descent", {"steps": 201}, ValueError, "at most 200"),
    ("descent", {"steps": 0}, ValueError, "steps is 0"),
    ("channels", {"x": np.ones((5, 2, 2))}, ValueError, "what a diagram can show"),
    (
        "channels",
        {"x": np.ones((2, 2, 2)), "weight": np.ones((1, 3, 1, 1))},
        ValueError,
        "channels",
    ),
    ("channels", {"bias": [1]}, ValueError, "bias has shape"),
    ("pooling", {"mode": "min"}, ValueError, "mode is 'min'"),
    ("pooling", {"kernel_size": 8}, ValueError, "at most 7"),
    ("pooling", {"stride": 9}, ValueError, "at most 8"),
    ("pooling", {"padding": 2}, ValueError, "at most half"),
    ("pooling", {"grad_output": [[1]]}, ValueError, "grad_output"),
    ("sizes", {"input_size": (28, 28)}, ValueError, "expected \\(C, H, W\\)"),
    ("sizes", {"input_size": (1, 5000, 5)}, ValueError, "at most 4096"),
    ("sizes", {"layers": []}, ValueError, "1 to 24"),
    ("sizes", {"layers": ["conv2d"]}, ValueError, "expected \\(kind"),
    ("sizes", {"layers": [("conv3d", {})]}, ValueError, "layers\\[0\\] is 'conv3d'"),
    ("sizes", {"layers": [("relu", {"x": 1})]}, ValueError, "no arguments"),
    ("sizes", {"layers": [("linear", {})]}, ValueError, "lacks 'out_features'"),
    ("sizes", {"layers": [("linear", {"out_features": 1})]}, ValueError, "flatten before it"),
    (
        "sizes",
        {"layers": [("flatten", {}), ("max_pool2d", {"kernel_size": 2})]},
        ValueError,
        "after",
    ),
    ("sizes", {"layers": [("max_pool2d", {"kernel_size": 99})]}, ValueError, "99"),
    ("sizes", {"layers": [("max_pool2d", {"kernel_size": 999})]}, ValueError, "at most 512"),
    ("sizes", {"layers": [("max_pool2d", {"kernel_size": 2, "padding": 2})]}, ValueError, "half"),
    (
        "sizes",
        {"layers": [("conv2d", {"out_channels": 5000, "kernel_size": 1})]},
        ValueError,
        "at most 4096",
    ),
    (
        "sizes",
        {"layers": [("conv2d", {"out_channels": 2, "kernel_size": 1, "bias": 1})]},
        TypeError,
        "True or False",
    ),
    (
        "sizes",
        {"layers": [("conv2d", {"out_channels": 3, "kernel_size": 1, "groups": 2})]},
        ValueError,
        "groups",
    ),
]


@pytest.mark.parametrize(("name", "arguments", "kind", "words"), WRONG)
def test_refuses(name, arguments, kind, words):
    with pytest.raises(kind, match=words):
        MAKERS[name](**arguments)


def test_the_script_carries_the_colours_of_the_figures(diagram):
    script = base.script(diagram.name)
    for name, role in ROLES.items():
        assert f"--{name}:{role.color}" in script
        assert f"--{name}-fill:{role.fill}" in script
