"""The diagrams' JavaScript computes what cnnbook computes: random cases, bad ones among them.

Every case is made here, computed by the library, and given to the script in Chromium exactly as a
page carries it. Where one side refuses, the other must.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

import cnnbook
from cnnbook import diagrams
from cnnbook.diagrams._descent import SURFACES, loss, paths
from cnnbook.diagrams._frequency import alias, gain
from cnnbook.diagrams._pooling import BACKWARD, FORWARD
from cnnbook.diagrams._sizes import stack_rows
from cnnbook.diagrams.values import number
from tests.patience import MILLISECONDS

pytestmark = pytest.mark.browser

CASES = 300
COMPUTE = """([name, keys, states]) => {
  const { compute } = customElements.get(`cnnbook-${name}`);
  return states.map((state) => {
    try {
      const result = compute(state);
      return Object.fromEntries(keys.map((key) => [key, result[key]]));
    } catch (error) {
      if (!(error instanceof cnnbookDiagrams.Refusal)) throw error;
      return { refused: error.message };
    }
  });
}"""
Case = dict[str, Any]
Maker = Callable[[np.random.Generator], Case]
NAN, INFINITY = float("nan"), float("inf")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page with every diagram."""
    page = browser.new_page()
    page.set_default_timeout(MILLISECONDS)
    makers = (
        diagrams.backward,
        diagrams.convolution,
        diagrams.channels,
        diagrams.descent,
        diagrams.frequency,
        diagrams.pooling,
        diagrams.sizes,
        diagrams.transposed,
    )
    page.set_content("".join(make()._repr_html_() for make in makers))
    yield page
    page.close()


def matrix(rng: np.random.Generator, *largest: int) -> Any:
    """Return nested lists of a random size; whole numbers, fractions or large ones."""
    shape = [int(rng.integers(1, most + 1)) for most in largest]
    kind = rng.integers(3)
    if kind == 0:
        return rng.integers(-9, 10, shape).tolist()
    return (rng.normal(size=shape) * (1 if kind == 1 else 1e4)).tolist()


def number_or_pair(rng: np.random.Generator, low: int, high: int) -> Any:
    one, other = (int(n) for n in rng.integers(low, high + 1, 2))
    return one if rng.random() < 0.5 else [one, other]


def spoilt(rng: np.random.Generator) -> Any:
    """Return what is no matrix of numbers, as a reader's text could have it."""
    wrongs = [[], "text", [[]], [[1, 2], [3]], [[NAN]], [[INFINITY]], [[1e308]], [["a"]]]
    wrongs += [[[None]], [1, 2], 5, [[1] * 17], [[1]] * 17, [[[1]]], [[[[[1]]]]]]
    return wrongs[rng.integers(len(wrongs))]


def convolution_case(rng: np.random.Generator) -> Case:
    return {
        "x": matrix(rng, 16, 16),
        "kernel": matrix(rng, 5, 5),
        "bias": int(rng.integers(-3, 4)),
        "stride": number_or_pair(rng, 1, 4),
        "padding": "same" if rng.random() < 0.1 else number_or_pair(rng, 0, 4),
        "dilation": number_or_pair(rng, 1, 3),
        "padding_mode": ["zeros", "reflect", "replicate", "circular"][rng.integers(4)],
    }


def bad_convolution_case(rng: np.random.Generator) -> Case:
    bad: list[Case] = [
        {"x": spoilt(rng)},
        {"kernel": spoilt(rng)},
        {"kernel": np.ones((8, 1)).tolist()},
        {"bias": [NAN, INFINITY, 1e308, "1", [1]][rng.integers(5)]},
        {"stride": [0, -1, 1.5, 9, [1, 2, 3], "2", NAN][rng.integers(7)]},
        {"padding": [-1, 0.5, 9, "full", [1, 2, 3]][rng.integers(5)]},
        {"dilation": [0, 9, 1.5][rng.integers(3)]},
        {"padding_mode": ["mirror", 3][rng.integers(2)]},
        {"padding": "same", "stride": 2},
    ]
    return {**convolution_case(rng), **bad[rng.integers(len(bad))]}


def convolution(case: Case) -> dict[str, Any]:
    state = diagrams.convolution(**case).state
    y = cnnbook.conv2d(
        np.array(state["x"], dtype=np.float64)[None],
        np.array(state["kernel"], dtype=np.float64)[None, None],
        np.array([state["bias"]], dtype=np.float64),
        state["stride"],
        state["padding"],
        state["dilation"],
        padding_mode=state["padding_mode"],
    )[0]
    arguments = (state["stride"], state["padding"], state["dilation"])
    shapes = (np.shape(state["x"]), np.shape(state["kernel"]))
    rows, columns = cnnbook.unused_pixels(*shapes, *arguments)
    return {"y": y, "rows": {"unread": rows}, "columns": {"unread": columns}}


def channels_case(rng: np.random.Generator) -> Case:
    c, o = (int(n) for n in rng.integers(1, 5, 2))
    h, w = (int(n) for n in rng.integers(1, 9, 2))
    kernel = (1, 1) if rng.random() < 0.3 else tuple(int(n) for n in rng.integers(1, 6, 2))
    return {
        "x": rng.normal(size=(c, h, w)).tolist(),
        "weight": rng.integers(-4, 5, (o, c, *kernel)).tolist(),
        "bias": rng.normal(size=o).tolist(),
    }


def bad_channels_case(rng: np.random.Generator) -> Case:
    bad: list[Case] = [
        {"x": spoilt(rng)},
        {"weight": spoilt(rng)},
        {"bias": [[NAN], [1] * 5, [], "1", [[1]]][rng.integers(5)]},
        {"x": np.ones((1, 2, 2)).tolist(), "weight": np.ones((1, 2, 1, 1)).tolist(), "bias": [0]},
        {"x": np.ones((1, 9, 1)).tolist()},
        {"weight": np.ones((1, 1, 6, 1)).tolist()},
    ]
    return {**channels_case(rng), **bad[rng.integers(len(bad))]}


def channels(case: Case) -> dict[str, Any]:
    state = diagrams.channels(**case).state
    x, weight, bias = (np.array(state[k], dtype=np.float64) for k in ("x", "weight", "bias"))
    parts = [
        [cnnbook.conv2d(x[c, None], kernel[None, c, None])[0] for c in range(len(x))]
        for kernel in weight
    ]
    return {"y": cnnbook.conv2d(x, weight, bias), "parts": parts}


def pooling_case(rng: np.random.Generator) -> Case:
    # Whole numbers of a small range: ties are frequent.
    return {
        "x": rng.integers(-3, 4, [int(n) for n in rng.integers(1, 17, 2)]).tolist(),
        "kernel_size": number_or_pair(rng, 1, 5),
        "stride": None if rng.random() < 0.3 else number_or_pair(rng, 1, 4),
        "padding": number_or_pair(rng, 0, 2),
        "mode": ["max", "mean", "sum"][rng.integers(3)],
        "grad_output": None,
    }


def pooling_case_with_gradient(rng: np.random.Generator) -> Case:
    while True:
        case = pooling_case(rng)
        try:
            state = diagrams.pooling(**case).state
        except ValueError:
            continue
        x = np.array(state["x"], dtype=np.float64)
        arguments = (state["kernel_size"], state["stride"], state["padding"])
        y = cnnbook.sum_pool2d(x[None], *arguments)[0]
        return {**case, "grad_output": rng.normal(size=y.shape).tolist()}


def bad_pooling_case(rng: np.random.Generator) -> Case:
    bad: list[Case] = [
        {"x": spoilt(rng)},
        {"kernel_size": [0, 8, 1.5, "2", None][rng.integers(5)]},
        {"stride": [0, 9, "1"][rng.integers(3)]},
        {"padding": [-1, 4, 0.5, "same"][rng.integers(4)]},
        {"mode": ["min", 1][rng.integers(2)]},
        {"grad_output": spoilt(rng)},
    ]
    return {**pooling_case(rng), **bad[rng.integers(len(bad))]}


def pooling(case: Case) -> dict[str, Any]:
    state = diagrams.pooling(**case).state
    x = np.array(state["x"], dtype=np.float64)[None]
    arguments = (state["kernel_size"], state["stride"], state["padding"])
    y = FORWARD[state["mode"]](x, *arguments)[0]
    gradient = state["grad_output"]
    if gradient is None:
        gradient = 1 + np.arange(y.size).reshape(y.shape)
    grad_output = np.array(gradient, dtype=np.float64)
    back = BACKWARD[state["mode"]](grad_output[None], x, *arguments)[0]
    return {"y": y, "grad_output": grad_output, "grad_input": back}


def transposed_case(rng: np.random.Generator) -> Case:
    return {
        "x": matrix(rng, 9, 9),
        "kernel": matrix(rng, 5, 5),
        "stride": number_or_pair(rng, 1, 4),
        "padding": number_or_pair(rng, 0, 3),
        "output_padding": number_or_pair(rng, 0, 2),
        "dilation": number_or_pair(rng, 1, 3),
    }


def bad_transposed_case(rng: np.random.Generator) -> Case:
    bad: list[Case] = [
        {"x": spoilt(rng)},
        {"kernel": spoilt(rng)},
        {"stride": [0, -1, 1.5, 9, [1, 2, 3], "2", NAN][rng.integers(7)]},
        {"padding": [-1, 0.5, 9, "same", [1, 2, 3], None][rng.integers(6)]},
        {"output_padding": [-1, 0.5, 9, "1", [0, 0, 0], [8, 0]][rng.integers(6)]},
        {"dilation": [0, 9, 1.5][rng.integers(3)]},
        {"stride": 2, "dilation": 1, "output_padding": [1, 2]},
        {"x": [[1] * 12], "kernel": [[1] * 4], "stride": 3, "padding": 0},
        {"x": [[1]], "kernel": [[1, 2, 3]], "stride": 2, "padding": [0, 2], "output_padding": 0},
    ]
    return {**transposed_case(rng), **bad[rng.integers(len(bad))]}


def transposed(case: Case) -> dict[str, Any]:
    state = diagrams.transposed(**case).state
    x, kernel = (np.array(state[k], dtype=np.float64) for k in ("x", "kernel"))
    given = {k: state[k] for k in ("stride", "padding", "output_padding", "dilation")}
    y, counts = (
        cnnbook.conv_transpose2d(a[None], b[None, None], **given)[0]
        for a, b in [(x, kernel), (np.ones_like(x), np.ones_like(kernel))]
    )
    # Far from the border of a larger input of ones every phase of the stride occurs.
    far = np.ones((1, 40, 40))
    edge = [s * 12 for s in state["stride"]]
    middle = [
        cnnbook.conv_transpose2d(
            far, b[None, None], stride=state["stride"], dilation=state["dilation"]
        )[0, edge[0] : 2 * edge[0], edge[1] : 2 * edge[1]]
        for b in (kernel, np.ones_like(kernel))
    ]
    ends = [[part.min(), part.max()] for part in middle]
    return {"y": y, "counts": counts, "inside": {"sums": ends[0], "counts": ends[1]}}


def sizes_case(rng: np.random.Generator) -> Case:
    layers: list[Any] = []
    for _ in range(rng.integers(1, 7)):
        kind = ["conv2d", "conv2d", "max_pool2d", "avg_pool2d", "relu"][rng.integers(5)]
        arguments: Case = {}
        if kind != "relu":
            arguments = {"kernel_size": number_or_pair(rng, 1, 4)}
            arguments["stride"] = number_or_pair(rng, 1, 2)
            arguments["padding"] = number_or_pair(rng, 0, 1)
        if kind == "conv2d":
            arguments["out_channels"] = int(2 ** rng.integers(1, 6))
            arguments["groups"] = int(2 ** rng.integers(0, 2))
            arguments["dilation"] = number_or_pair(rng, 1, 2)
            arguments["bias"] = bool(rng.integers(2))
            if rng.random() < 0.2:
                arguments["padding"] = ["same", "valid"][rng.integers(2)]
        layers.append([kind, arguments])
    if rng.random() < 0.5:
        layers += [["flatten", {}], ["linear", {"out_features": int(rng.integers(1, 100))}]]
        layers += [["relu", {}], ["linear", {"out_features": 10, "bias": False}]]
    size = [int(2 ** rng.integers(0, 3)), int(rng.integers(8, 64)), int(rng.integers(8, 64))]
    return {"input_size": size, "layers": layers}


def bad_sizes_case(rng: np.random.Generator) -> Case:
    conv = {"out_channels": 4, "kernel_size": 3}
    bad: list[Case] = [
        {
            "input_size": [[28, 28], [1, 0, 5], [1, 5000, 5], [1, 2.5, 3], [1, NAN, 3]][
                rng.integers(5)
            ]
        },
        {
            "layers": [[], [["relu", {}]] * 25, [["dropout", {}]], [["relu", {"x": 1}]]][
                rng.integers(4)
            ]
        },
        {"layers": [["conv2d", {"kernel_size": 3}]]},
        {"layers": [["conv2d", {**conv, "groups": 3}]]},
        {"layers": [["conv2d", {**conv, "bias": 1}]]},
        {"layers": [["conv2d", {**conv, "padding": "full"}]]},
        {"layers": [["conv2d", {**conv, "padding": "same", "stride": 2}]]},
        {"layers": [["conv2d", {**conv, "kernel_size": 600}]]},
        {"layers": [["conv2d", {**conv, "out_channels": 5000}]]},
        {"layers": [["max_pool2d", {"kernel_size": 2, "padding": 2}]]},
        {"layers": [["max_pool2d", {"kernel_size": 2, "padding": "valid"}]]},
        {"layers": [["linear", {"out_features": 3}]]},
        {"layers": [["flatten", {}], ["conv2d", conv]]},
        {"layers": [["flatten", {}], ["linear", {"out_features": 0}]]},
        {
            "input_size": [4096, 4096, 4096],
            "layers": [["conv2d", {"out_channels": 4096, "kernel_size": 100}]],
        },
    ]
    return {**sizes_case(rng), **bad[rng.integers(len(bad))]}


def sizes(case: Case) -> dict[str, Any]:
    state = diagrams.sizes(**case).state
    rows = stack_rows(tuple(state["input_size"]), state["layers"])
    return {
        "rows": [row._asdict() for row in rows],
        "parameters": sum(row.parameters for row in rows),
        "macs": sum(row.macs for row in rows),
    }


def backward_case(rng: np.random.Generator) -> Case:
    case = convolution_case(rng)
    return {
        **{key: case[key] for key in ("x", "kernel", "stride", "padding", "dilation")},
        "grad_output": None,
    }


def backward_case_with_gradient(rng: np.random.Generator) -> Case:
    while True:
        case = backward_case(rng)
        try:
            shape = diagrams.backward(**case).tables[2].rows
        except ValueError:
            continue
        return {**case, "grad_output": rng.normal(size=(len(shape), len(shape[0]))).tolist()}


def bad_backward_case(rng: np.random.Generator) -> Case:
    bad: list[Case] = [
        {"x": spoilt(rng)},
        {"kernel": spoilt(rng)},
        {"kernel": np.ones((8, 1)).tolist()},
        {"stride": [0, -1, 1.5, 9, [1, 2, 3], "2", NAN][rng.integers(7)]},
        {"padding": [-1, 0.5, 9, "full", [1, 2, 3]][rng.integers(5)]},
        {"dilation": [0, 9, 1.5][rng.integers(3)]},
        {"padding": "same", "stride": 2},
        {"grad_output": spoilt(rng)},
        {"grad_output": np.ones((33, 1)).tolist()},
    ]
    return {**backward_case(rng), **bad[rng.integers(len(bad))]}


def backward(case: Case) -> dict[str, Any]:
    made = diagrams.backward(**case)
    state = made.state
    x, kernel = (np.array(state[k], dtype=np.float64)[None] for k in ("x", "kernel"))
    arguments = (state["stride"], state["padding"], state["dilation"])
    y = cnnbook.conv2d(x, kernel[None], None, *arguments)
    gradient = state["grad_output"]
    if gradient is None:
        gradient = 1 + np.arange(y.size).reshape(y.shape[1:])
    dy = np.array(gradient, dtype=np.float64)
    dx, dw, db = cnnbook.conv2d_backward(dy[None], x, kernel[None], *arguments)
    assert dx is not None
    return {"grad_output": dy, "sums": {"x": dx[0], "w": dw[0, 0], "b": db[None]}}


def descent_case(rng: np.random.Generator) -> Case:
    return {
        "surface": list(SURFACES)[rng.integers(len(SURFACES))],
        "start": [float(rng.uniform(-7, 7)), float(rng.uniform(-3.5, 3.5))],
        **{f"{name}_lr": float(10 ** rng.uniform(-3, 0.5)) for name in ("sgd", "momentum", "adam")},
        "momentum": float(rng.uniform(0, 0.99)),
        "steps": int(rng.integers(1, 101)),
    }


def steady_descent_case(rng: np.random.Generator) -> Case:
    """Leave out chaos: where the last digit of the start decides, no two computers agree."""
    while True:
        case = descent_case(rng)
        nearly = {**case, "start": [value * (1 + 1e-13) for value in case["start"]]}
        if all(
            len(one) == len(other) and np.abs(one - other).max() < 1e-7 * (1 + np.abs(one).max())
            for one, other in zip(paths(case).values(), paths(nearly).values(), strict=True)
        ):
            return case


def bad_descent_case(rng: np.random.Generator) -> Case:
    bad: list[Case] = [
        {"surface": ["mountain", 3, "<b>"][rng.integers(3)]},
        {
            "start": [[], [1], [1, 2, 3], [8, 0], [0, 4], [NAN, 0], [0, "1"], 5, [[1, 2]]][
                rng.integers(9)
            ]
        },
        {
            ["sgd_lr", "momentum_lr", "adam_lr"][rng.integers(3)]: [-0.1, 101, NAN, "1"][
                rng.integers(4)
            ]
        },
        {"momentum": [-0.1, 1, 2, NAN, [0.5]][rng.integers(5)]},
        {"steps": [0, 201, 1.5, "3", NAN][rng.integers(5)]},
    ]
    return {**descent_case(rng), **bad[rng.integers(len(bad))]}


def descent(case: Case) -> dict[str, Any]:
    state = diagrams.descent(**case).state
    walked = paths(state)
    return {"walks": {name: {"path": path} for name, path in walked.items()}}


def frequency_case(rng: np.random.Generator) -> Case:
    return {
        "kernel": matrix(rng, 7),
        "frequency": float(rng.choice([rng.uniform(0, 0.5), rng.integers(0, 9) / 16])),
        "stride": int(rng.integers(1, 9)),
    }


def bad_frequency_case(rng: np.random.Generator) -> Case:
    bad: list[Case] = [
        {"kernel": [[], "1", [NAN], [1] * 8, [[1]], 3, ["1"], [None]][rng.integers(8)]},
        {"frequency": [-0.1, 0.51, NAN, "1", [0.1], None][rng.integers(6)]},
        {"stride": [0, 9, 1.5, "2", [2], None][rng.integers(6)]},
    ]
    return {**frequency_case(rng), **bad[rng.integers(len(bad))]}


def frequency(case: Case) -> dict[str, Any]:
    state = diagrams.frequency(**case).state
    return {
        "gain": gain(np.array(state["kernel"], dtype=np.float64), state["frequency"]),
        "alias": alias(state["frequency"], state["stride"]),
    }


PYTHON: dict[str, Callable[[Case], dict[str, Any]]] = {
    "backward": backward,
    "convolution": convolution,
    "channels": channels,
    "descent": descent,
    "frequency": frequency,
    "pooling": pooling,
    "sizes": sizes,
    "transposed": transposed,
}
GOOD = [
    ("backward", backward_case),
    ("backward", backward_case_with_gradient),
    ("descent", steady_descent_case),
    ("frequency", frequency_case),
    ("convolution", convolution_case),
    ("channels", channels_case),
    ("pooling", pooling_case),
    ("pooling", pooling_case_with_gradient),
    ("sizes", sizes_case),
    ("transposed", transposed_case),
]
BAD = [
    ("backward", bad_backward_case),
    ("descent", bad_descent_case),
    ("frequency", bad_frequency_case),
    ("convolution", bad_convolution_case),
    ("channels", bad_channels_case),
    ("pooling", bad_pooling_case),
    ("sizes", bad_sizes_case),
    ("transposed", bad_transposed_case),
]


def answers(name: str, make: Maker, page: Page) -> list[tuple[Case, dict[str, Any] | None, Any]]:
    """Return each case with Python's answer (None: refused) and JavaScript's."""
    rng = np.random.default_rng(0)
    cases = [make(rng) for _ in range(CASES)]
    expected: list[dict[str, Any] | None] = []
    for case in cases:
        # A pair is a list in JSON; the library takes both.
        try:
            expected.append(PYTHON[name](case))
        except (ValueError, TypeError):
            expected.append(None)
    # What Python has; JavaScript's results hold more.
    keys = next((list(answer) for answer in expected if answer is not None), [])
    # The page has them from Python.
    more = {"surfaces": SURFACES, "shown": ["Adam"]} if name == "descent" else {}
    found = page.evaluate(COMPUTE, [name, keys, [{**case, **more} for case in cases]])
    return list(zip(cases, expected, found, strict=True))


def assert_close(case: Case, expected: Any, found: Any) -> None:
    """Compare what Python has; JavaScript may tell more."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert_close(case, value, found[key])
    elif isinstance(expected, list) and expected and isinstance(expected[0], dict):
        assert len(expected) == len(found), case
        for one, other in zip(expected, found, strict=True):
            assert_close(case, one, other)
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5, err_msg=str(case))


@pytest.mark.parametrize(("name", "make"), GOOD)
def test_the_same_numbers_and_the_same_refusals(name, make, page):
    computed = 0
    for case, expected, found in answers(name, make, page):
        assert ("refused" in found) == (expected is None), (case, found)
        if expected is not None:
            assert_close(case, expected, found)
            computed += 1
    assert computed > CASES / 3  # random sizes need not fit, but many must


@pytest.mark.parametrize(("name", "make"), BAD)
def test_bad_cases_are_refused_on_both_sides(name, make, page):
    refused = 0
    for case, expected, found in answers(name, make, page):
        assert ("refused" in found) == (expected is None), (case, expected, found)
        if expected is None:
            assert found["refused"]
            refused += 1
    assert refused > CASES * 0.9


def test_heights_and_slopes_are_those_of_python(page):
    """What the table calls the loss: read from the diagram at the start."""
    rng = np.random.default_rng(0)
    for surface in SURFACES:
        for a, b in rng.uniform([-7, -3.5], [7, 3.5], (10, 2)).tolist():
            shown = page.locator("cnnbook-descent").evaluate(
                "(e, changes) => { e.set(changes); e.go(0);"
                " return e.shadowRoot.querySelector('tbody td:last-child').textContent; }",
                {"surface": surface, "start": [a, b]},
            )
            assert shown == number(loss(surface, a, b))


def test_numbers_are_written_alike(page):
    rng = np.random.default_rng(0)
    exponents = rng.uniform(-9, 9, 500)
    values = [float(v) for v in rng.choice([-1, 1], 500) * 10**exponents]
    values += [0.0, -0.0, 0.5, 1000.5, 12345.5, 1e6, 999999.0, 99999.96, 1 / 3, 1e-4, 9.9999e-5]
    values += [math.nextafter(v, 0) for v in values] + [float(n) for n in range(-20, 20)]
    found = page.evaluate("(values) => values.map((v) => cnnbookDiagrams.number(v))", values)
    assert found == [number(value) for value in values]
