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
from cnnbook.diagrams._frequency import alias, gain, samples
from cnnbook.diagrams.values import number
from cnnbook.figures import ROLES

MAKERS = {
    "backward": diagrams.backward,
    "convolution": diagrams.convolution,
    "descent": diagrams.descent,
    "channels": diagrams.channels,
    "frequency": diagrams.frequency,
    "network": diagrams.network,
    "photo": diagrams.photo,
    "pooling": diagrams.pooling,
    "sizes": diagrams.sizes,
    "train": diagrams.train,
    "transposed": diagrams.transposed,
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


@pytest.mark.parametrize("taps", range(1, 8))
def test_gain_is_that_of_numpys_fourier_transform(taps):
    kernel = np.random.default_rng(taps).normal(size=taps)
    expected = np.abs(np.fft.rfft(kernel, 64))
    np.testing.assert_allclose([gain(kernel, i / 64) for i in range(33)], expected, atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_an_alias_has_the_kept_samples_of_its_wave_and_is_the_slowest(stride):
    n = stride * np.arange(50)
    for f in np.arange(49) / 96:
        slow = alias(f, stride)
        assert 0 <= slow <= min(f, 0.5 / stride) + 1e-12
        np.testing.assert_allclose(
            np.cos(2 * np.pi * slow * n), np.cos(2 * np.pi * f * n), atol=1e-10
        )


def test_a_wave_comes_out_of_a_kernel_with_its_gain():
    kernel = np.array([0.5, -1, 2, 0.25])
    x, y = samples(kernel, 0.25, 40)
    np.testing.assert_allclose(x[:4], [1, 0, -1, 0], atol=1e-12)
    assert np.isclose(np.hypot(y[0], y[1]), gain(kernel, 0.25))  # a quarter turn apart
    np.testing.assert_allclose(y[1:-2], cnnbook.conv1d(x[None], kernel[None, None])[0])


def test_frequency_without_javascript():
    made = diagrams.frequency([0.25, 0.5, 0.25], 0.5, 2)
    assert "leaves 0 % of it" in made.summary
    assert "looks like a wave of 0." in made.summary
    assert ["0.25", "50 %", "0.25"] in tables(made)["gain"]
    assert tables(made)["samples"][2] == ["1", "−1", "0", "—"]
    # Cosines of quarter turns are 0.
    quarter = tables(diagrams.frequency([1], 0.25))["samples"]
    assert [row[1] for row in quarter[1:5]] == ["1", "0", "−1", "0"]
    assert diagrams.frequency(stride=1).summary.endswith("Every sample is kept.")
    assert "can still tell it" in diagrams.frequency(frequency=0.125).summary


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


def test_transposed_of_the_book():
    shown = tables(diagrams.transposed([[1, 2]], [[1, 10, 100]], stride=(1, 2)))
    assert shown["output"] == [["1", "10", "102", "20", "200"]]
    assert shown["stamps per output"] == [["1", "1", "2", "1", "1"]]


def test_transposed_with_every_argument():
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(3, 4)), rng.normal(size=(2, 3))
    made = diagrams.transposed(x, kernel, (2, 3), (0, 1), (1, 2), (2, 1))
    y = cnnbook.conv_transpose2d(
        x[None], kernel[None, None], None, (2, 3), (0, 1), (1, 2), 1, (2, 1)
    )[0]
    assert tables(made)["output"] == [[number(v) for v in row] for row in y]
    assert "padding 0×1, output_padding 1×2, dilation 2×1" in made.summary


@pytest.mark.parametrize(("k", "counts"), [(3, {"1", "2", "4"}), (4, {"4"})])
def test_transposed_stamps_are_even_where_the_stride_divides_the_kernel(k, counts):
    shown = tables(diagrams.transposed(np.ones((5, 5)), np.ones((k, k)), stride=2))
    inner = [row[3:-3] for row in shown["stamps per output"][3:-3]]
    assert {count for row in inner for count in row} == counts


def test_transposed_presets_keep_flat_what_they_say():
    """The two that enlarge without a pattern: their taps a stride apart add up to 1."""
    example = diagrams.transposed().state["presets"]["example"]
    for name in ("each cell repeated", "bilinear upsampling", "repeated, then averaged over 3×3"):
        kernel = np.array(example[name]["kernel"])
        sums = [kernel[i::2, j::2].sum() for i in (0, 1) for j in (0, 1)]
        np.testing.assert_allclose(sums, 1)


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
    ("train", {"optimiser": "RMSprop"}, ValueError, "optimiser is 'RMSprop'"),
    ("train", {"lr": 0}, ValueError, "lr is 0; expected a number above 0"),
    ("train", {"lr": -0.1}, ValueError, "lr is -0.1; expected a number above 0"),
    ("train", {"lr": float("nan")}, ValueError, "holds nan"),
    ("train", {"lr": 1e7}, ValueError, "1,000,000"),
    ("train", {"lr": "fast"}, TypeError, "lr"),
    ("train", {"batch_size": 0}, ValueError, "batch_size is 0"),
    ("train", {"batch_size": 1348}, ValueError, "at most 1,347"),
    ("train", {"shuffled": 1}, TypeError, "shuffled"),
    ("train", {"seed": -1}, ValueError, "seed is -1"),
    ("train", {"seed": 1_000_000}, ValueError, "at most 999,999"),
    ("channels", {"x": np.ones((5, 2, 2))}, ValueError, "what a diagram can show"),
    (
        "channels",
        {"x": np.ones((2, 2, 2)), "weight": np.ones((1, 3, 1, 1))},
        ValueError,
        "channels",
    ),
    ("frequency", {"kernel": []}, ValueError, "what a diagram can show"),
    ("frequency", {"kernel": np.ones(8)}, ValueError, "what a diagram can show"),
    ("frequency", {"kernel": [[1]]}, ValueError, "expected \\(K\\)"),
    ("frequency", {"frequency": 0.6}, ValueError, "0 to 1/2"),
    ("frequency", {"frequency": float("nan")}, ValueError, "holds nan"),
    ("frequency", {"frequency": "fast"}, TypeError, "frequency"),
    ("frequency", {"stride": 0}, ValueError, "stride is 0"),
    ("frequency", {"stride": 9}, ValueError, "at most 8"),
    ("frequency", {"stride": 1.5}, TypeError, "stride"),
    ("channels", {"bias": [1]}, ValueError, "bias has shape"),
    ("pooling", {"mode": "min"}, ValueError, "mode is 'min'"),
    ("pooling", {"kernel_size": 8}, ValueError, "at most 7"),
    ("pooling", {"stride": 9}, ValueError, "at most 8"),
    ("pooling", {"padding": 2}, ValueError, "at most half"),
    ("pooling", {"grad_output": [[1]]}, ValueError, "grad_output"),
    ("transposed", {"x": [[float("nan")]]}, ValueError, "holds nan"),
    ("transposed", {"x": np.ones((17, 1))}, ValueError, "what a diagram can show"),
    ("transposed", {"kernel": np.ones((8, 1))}, ValueError, "what a diagram can show"),
    ("transposed", {"stride": 0}, ValueError, "stride is 0"),
    ("transposed", {"stride": 9}, ValueError, "at most 8"),
    ("transposed", {"padding": "same"}, TypeError, "padding"),
    ("transposed", {"padding": 9}, ValueError, "at most 8"),
    ("transposed", {"padding": 3}, ValueError, "the output would have"),
    ("transposed", {"output_padding": 2}, ValueError, "less than the stride"),
    ("transposed", {"dilation": 9}, ValueError, "at most 8"),
    ("transposed", {"x": np.ones((16, 16)), "stride": 3}, ValueError, "expected at most 32"),
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
