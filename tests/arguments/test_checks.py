"""The checks themselves: what they let through and how they put it."""

import re
from typing import Any

import numpy as np
import pytest
import torch

import cnnbook
from cnnbook.arguments import checks


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_allowed_arrays_pass(dtype: type) -> None:
    checks.check_array("f", "x", np.ones((2, 3), dtype), (2, 3))
    checks.check_array("f", "x", np.ones(2, dtype).view(np.ndarray))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1.0], r"f: x is a list; expected a NumPy array; use np.array\(\.\.\.\)"),
        ((1.0,), r"f: x is a tuple; expected a NumPy array; use np.array"),
        (1.0, r"f: x is a float; expected a NumPy array; use np.array"),
        ("1", r"f: x is a str; expected a NumPy array$"),
        (None, r"f: x is a NoneType; expected a NumPy array$"),
        (np.ones(2, np.uint8), r"f: x has dtype uint8; expected float32, float64 or int64"),
        (np.ones(2, bool), r"f: x has dtype bool; expected"),
        (np.ones(2, complex), r"f: x has dtype complex128; expected"),
        (np.ones(2, ">f8"), r"f: x has dtype float64 in foreign byte order; expected"),
        (np.array(["a"]), r"f: x has dtype str.*; expected"),
        (np.ma.masked_array([1.0]), r"f: x is a MaskedArray; expected a plain NumPy array"),
    ],
)
def test_other_things_do_not(value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        checks.check_array("f", "x", value)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (np.ones(2, np.uint8), "x.astype(np.float32)"),
        (np.ones(2, bool), "x.astype(np.float32)"),
        (np.ones(2, np.float16), "x.astype(np.float32)"),
        (np.ones(2, np.int32), "x.astype(np.float64)"),
        (np.ones(2, ">f4"), "x.astype(np.float32)"),
        (np.ma.masked_array([1.0], [True]), "x.filled(0)"),
        (np.ones((2, 2)).view(np.matrix), "np.asarray(x)"),
        (torch.ones(2, requires_grad=True), "x.detach().cpu().numpy()"),
        ([1.0], "np.array(x)"),
    ],
)
def test_what_a_message_advises_will_do(value: Any, advice: str) -> None:
    with pytest.raises(TypeError, match=rf"^f: x .*{re.escape(advice).replace('x', '.*')}"):
        checks.check_array("f", "x", value)
    checks.check_array("f", "x", eval(advice, {"x": value, "np": np}))


def test_no_cast_is_advised_where_it_would_not_do() -> None:
    for name, value in (("x", np.ones(2, complex)), ("parameters[0]", np.ones(2, np.uint8))):
        with pytest.raises(TypeError, match=r"expected float32 or float64$"):
            checks.check_array("f", name, value, floating=True)


@pytest.mark.parametrize(
    ("arrays", "advice"),
    [
        ({"x": "f8", "weight": "f4"}, "x.astype(np.float32)"),
        ({"x": "f4", "weight": "f8"}, "x.astype(np.float64)"),
        ({"x": "i8", "weight": "f4"}, "x.astype(np.float32)"),
        ({"x": "f4", "weight": "i8"}, "weight.astype(np.float32)"),
        ({"x": "f4", "weight": "f4", "bias": "f8"}, "bias.astype(np.float32)"),
        ({"logits": "f4", "targets": "f8"}, "targets.astype(np.float32)"),
        ({"grad_output": "f8", "x": "f4"}, "grad_output.astype(np.float32)"),
    ],
)
def test_the_array_to_convert_is_named(arrays: dict[str, str], advice: str) -> None:
    with pytest.raises(TypeError, match=rf"one dtype .* for example with {re.escape(advice)}$"):
        checks.check_same_dtype("f", **{name: np.ones(2, d) for name, d in arrays.items()})


def test_a_missing_axis_is_told_how_to_come_about() -> None:
    with pytest.raises(ValueError, match=r"expected 4 axes; x\[np.newaxis\] has one more$"):
        checks.check_array("f", "x", np.ones((2, 3, 4)), (4,))


@pytest.mark.parametrize("value", ["1", None, True, np.True_, 2j, np.complex64(1), [1], np.ones(1)])
def test_other_things_are_no_real_numbers(value: Any) -> None:
    with pytest.raises(TypeError, match=r"f: lr is .* of type \w+; expected a number$"):
        checks.real("f", "lr", value)


def test_what_came_is_cut_where_it_is_long() -> None:
    with pytest.raises(
        TypeError, match=r"^f: n is \[0, 1, .{60,80}\.\.\. of type list; expected an"
    ):
        checks.integer("f", "n", list(range(10_000)), 0)


def test_floating_excludes_integers() -> None:
    with pytest.raises(TypeError, match=r"f: x has dtype int64; expected float32 or float64"):
        checks.check_array("f", "x", np.ones(2, int), floating=True)


def test_axes_are_named() -> None:
    message = r"f: x has 1 axes, shape \(2,\); expected 4 or 3 axes, \(N, C, H, W\) or \(C, H, W\)"
    with pytest.raises(ValueError, match=message):
        checks.check_array("f", "x", np.ones(2), (3, 4), layout="(N, C, H, W) or (C, H, W)")


def test_dtypes_of_a_call_are_one() -> None:
    checks.check_same_dtype("f", x=np.ones(2), bias=None, weight=np.zeros(3))
    with pytest.raises(TypeError, match=r"f: x is float64, w is int64; expected one dtype"):
        checks.check_same_dtype("f", x=np.ones(2), b=None, w=np.ones(2, int))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, (3, 3)),
        ((1, 2), (1, 2)),
        ([4], (4, 4)),
        (np.int32(2), (2, 2)),
        ([1, np.int64(5)], (1, 5)),
    ],
)
def test_pairs(value: Any, expected: tuple[int, int]) -> None:
    numbers = checks.pair("f", "stride", value, 1)
    assert numbers == expected
    assert all(type(number) is int for number in numbers)


@pytest.mark.parametrize("value", [True, np.True_, 1.0, "1", None, np.array(1), (1, 2.0), {1}])
def test_pairs_of_other_things(value: Any) -> None:
    with pytest.raises(TypeError, match=r"f: stride is .* of type \w+; expected an integer or a"):
        checks.pair("f", "stride", value, 1)


@pytest.mark.parametrize("value", [(), (1, 2, 3), 0, (1, -1)])
def test_impossible_pairs(value: Any) -> None:
    with pytest.raises(ValueError, match=r"f: stride is .*; expected"):
        checks.pair("f", "stride", value, 1)


def test_single_numbers() -> None:
    assert checks.single("f", "stride", (2,), 1) == 2
    with pytest.raises(ValueError, match=r"f: stride is \(1, 2\); expected one integer"):
        checks.single("f", "stride", (1, 2), 1)


@pytest.mark.parametrize("value", [2**31, (1, 2**70)])
def test_numbers_of_pixels_stay_countable(value: Any) -> None:
    with pytest.raises(ValueError, match=r"f: stride is \d+; expected less than 2,147,483,648"):
        checks.pair("f", "stride", value, 1)
    with pytest.raises(ValueError, match="f: padding is 2147483648; expected less than"):
        checks.single("f", "padding", 2**31, 0)


@pytest.mark.parametrize("batch", [0, 1])
def test_an_array_beyond_all_memory_is_refused_before_it_is_made(batch: int) -> None:
    x, wide = np.ones((batch, 1, 4, 4)), 2**30
    with pytest.raises(ValueError, match=r"pad: the padded x would have shape \(\d, 1, 2147483652"):
        cnnbook.pad(x, wide)
    with pytest.raises(ValueError, match="conv2d: the padded x would have shape"):
        cnnbook.conv2d(x, np.ones((1, 1, 2, 2)), padding=wide)
    with pytest.raises(ValueError, match="conv_transpose2d: the output would have shape"):
        cnnbook.conv_transpose2d(x, np.ones((1, 1, 2, 2)), stride=wide)
