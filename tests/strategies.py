"""Hypothesis strategies for arguments of convolutions and poolings, shared by the tests."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

# The same examples in every run: a failure is seen by everyone, and none comes by chance.
settings.register_profile("cnnbook", derandomize=True, deadline=None, max_examples=200)
settings.load_profile("cnnbook")

DTYPES = (np.float32, np.float64, np.int64)
FLOATS = (np.float32, np.float64)
TOLERANCE = {np.float32: 2e-4, np.float64: 1e-9, np.int64: 0}


class Case(NamedTuple):
    """The arrays and the other arguments of one call."""

    x: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None
    arguments: dict[str, Any]


def random_array(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Draw small integers or normal numbers."""
    if dtype == np.int64:
        return rng.integers(-9, 10, shape)
    return rng.standard_normal(shape).astype(dtype)


def scattered(array: np.ndarray) -> np.ndarray:
    """Return an equal array that is not contiguous: every second number, backwards, transposed."""
    wide = np.zeros((*array.shape[::-1], 2), array.dtype)
    view = wide[..., 0].T[..., ::-1]
    view[...] = array
    assert array.size < 2 or not view.flags.c_contiguous
    return view


pairs = st.tuples


def sizes(low: int, high: int) -> st.SearchStrategy[int | tuple[int, int]]:
    """Draw an int or a (height, width) pair."""
    number = st.integers(low, high)
    return number | pairs(number, number)


def as_pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """Return the pair that an int stands for."""
    return value if isinstance(value, tuple) else (value, value)


@st.composite
def convolutions(
    draw: st.DrawFn, dtypes: tuple[type, ...] = DTYPES, max_kernel: int = 4, words: bool = True
) -> Case:
    """Draw a valid call of conv2d."""
    dtype = draw(st.sampled_from(dtypes))
    groups = draw(st.integers(1, 3))
    c_in, c_out = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    kernel = draw(pairs(st.integers(1, max_kernel), st.integers(1, max_kernel)))
    dilation = draw(sizes(1, 3))
    stride = draw(sizes(1, 3))
    padding: Any = draw(sizes(0, 4))
    if words and draw(st.integers(0, 4)) == 0:
        padding = draw(st.sampled_from(["same", "valid"]))
        stride = 1 if padding == "same" else stride
    batch = draw(st.sampled_from([None, 0, 1, 2, 3]))
    room = (0, 0) if isinstance(padding, str) else as_pair(padding)
    size = []
    for k, d, p in zip(kernel, as_pair(dilation), room, strict=True):
        least = max(1, d * (k - 1) + 1 - 2 * p)
        size.append(draw(st.integers(least, least + 6)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    lead = () if batch is None else (batch,)
    x = random_array(rng, (*lead, groups * c_in, *size), dtype)
    weight = random_array(rng, (groups * c_out, c_in, *kernel), dtype)
    bias = random_array(rng, (groups * c_out,), dtype) if draw(st.booleans()) else None
    if draw(st.booleans()):
        x, weight = scattered(x), scattered(weight)
    arguments = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return Case(x, weight, bias, arguments)


@st.composite
def transposed_convolutions(draw: st.DrawFn, dtypes: tuple[type, ...] = DTYPES) -> Case:
    """Draw a valid call of conv_transpose2d."""
    dtype = draw(st.sampled_from(dtypes))
    groups = draw(st.integers(1, 3))
    c_in, c_out = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    kernel = draw(pairs(st.integers(1, 4), st.integers(1, 4)))
    stride, dilation = draw(sizes(1, 3)), draw(sizes(1, 3))
    size, padding, extra = [], [], []
    for k, s, d in zip(kernel, as_pair(stride), as_pair(dilation), strict=True):
        size.append(draw(st.integers(1, 6)))
        extra.append(draw(st.integers(0, max(s, d) - 1)))
        whole = s * (size[-1] - 1) + d * (k - 1) + 1 + extra[-1]
        padding.append(draw(st.integers(0, min(3, (whole - 1) // 2))))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    batch = draw(st.sampled_from([None, 0, 1, 2]))
    lead = () if batch is None else (batch,)
    x = random_array(rng, (*lead, groups * c_in, *size), dtype)
    weight = random_array(rng, (groups * c_in, c_out, *kernel), dtype)
    bias = random_array(rng, (groups * c_out,), dtype) if draw(st.booleans()) else None
    if draw(st.booleans()):
        x, weight = scattered(x), scattered(weight)
    arguments = {
        "stride": stride,
        "padding": tuple(padding),
        "output_padding": tuple(extra),
        "groups": groups,
        "dilation": dilation,
    }
    return Case(x, weight, bias, arguments)


@st.composite
def poolings(
    draw: st.DrawFn, dtypes: tuple[type, ...] = DTYPES, dilated: bool = True
) -> tuple[np.ndarray, dict[str, Any]]:
    """Draw a valid call of max_pool2d (avg_pool2d without `dilated`), with many ties."""
    dtype = draw(st.sampled_from(dtypes))
    kernel = draw(sizes(1, 4))
    arguments = {
        "kernel_size": kernel,
        "stride": draw(st.none() | sizes(1, 4)),
        "padding": tuple(draw(st.integers(0, k // 2)) for k in as_pair(kernel)),
        "ceil_mode": draw(st.booleans()),
    }
    dilation = draw(sizes(1, 3)) if dilated else 1
    if dilated:
        arguments["dilation"] = dilation
    size = []
    for k, p, d in zip(as_pair(kernel), arguments["padding"], as_pair(dilation), strict=True):
        # d·(k − 1) pixels at least, lest a dilated window steps over the whole image.
        least = max(1, d * (k - 1) + 1 - (2 * p if d == 1 else 0))
        size.append(draw(st.integers(least, least + 6)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    batch = draw(st.sampled_from([None, 0, 1, 2]))
    shape = (*(() if batch is None else (batch,)), draw(st.integers(1, 3)), *size)
    x = rng.integers(-3, 4, shape).astype(dtype)
    return (scattered(x) if draw(st.booleans()) else x), arguments
