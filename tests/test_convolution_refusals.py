"""What the convolutions refuse, and in which words. One case per refusal."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch.nn.functional as F

import cnnbook

X, WEIGHT = np.ones((2, 4, 7, 8)), np.ones((6, 2, 3, 3))

VALUES = [
    (
        {"x": np.ones((1, 1, 1, 7, 8))},
        r"x has 5 axes, shape .*expected 4 or 3 axes, \(N, C, H, W\)",
    ),
    ({"weight": np.ones((6, 2, 3))}, r"weight has 3 axes, .*expected 4 axes, \(C_out, C/groups"),
    ({"weight": np.ones((6, 3, 3, 3))}, r"weight has 3 input channels per group, but x has 4"),
    ({"groups": 1}, r"weight has 2 input channels .* x has 4 channels and groups=1; expected"),
    ({"weight": np.ones((5, 2, 3, 3))}, r"groups is 2 and weight has 5 output channels; expected"),
    ({"groups": 3}, r"groups is 3 and x has 4 channels; expected groups that divide them"),
    ({"groups": 0}, r"groups is 0; expected at least 1"),
    ({"weight": np.ones((6, 2, 8, 3))}, r"kernel_size 8 spans 8 pixels, but the input has 7 \+ 0"),
    ({"dilation": 4}, r"kernel_size 3 with dilation 4 spans 9 pixels, but the input has 7"),
    (
        {"weight": np.ones((6, 2, 0, 3))},
        r"weight has shape \(6, 2, 0, 3\); expected no axis of size",
    ),
    (
        {"weight": np.ones((0, 2, 3, 3))},
        r"weight has shape \(0, 2, 3, 3\); expected no axis of size",
    ),
    (
        {"x": np.ones((2, 4, 0, 8)), "padding": 2},
        r"x has shape \(2, 4, 0, 8\); expected at least one",
    ),
    ({"bias": np.ones(5)}, r"bias has shape \(5,\); expected \(6,\)"),
    ({"bias": np.ones((6, 1))}, r"bias has 2 axes, shape \(6, 1\); expected 1 axes, \(C_out,\)"),
    ({"padding": -1}, r"padding is -1; expected at least 0"),
    ({"padding": (1, -2)}, r"padding is -2; expected at least 0"),
    ({"padding": (1, 1, 1)}, r"padding is \(1, 1, 1\); expected an integer or a \(height, width\)"),
    ({"padding": "full"}, r"padding is 'full'; expected one of 'same', 'valid'"),
    (
        {"padding": "same", "stride": 2},
        r"padding is 'same' and stride is \(2, 2\); expected stride 1",
    ),
    ({"stride": 0}, r"stride is 0; expected at least 1"),
    ({"dilation": 0}, r"dilation is 0; expected at least 1"),
    ({"padding_mode": "mirror"}, r"padding_mode is 'mirror'; expected one of 'zeros', 'reflect'"),
    (
        {"padding": 7, "padding_mode": "reflect"},
        r"padding is 7 and x has height 7; expected at most 6",
    ),
    (
        {"padding": 8, "padding_mode": "circular"},
        r"padding is 8 and x has height 7; expected at most 7",
    ),
]
KINDS = [
    ({"x": [[1.0]]}, r"x is a list; expected a NumPy array; use np.array"),
    ({"x": "pixels"}, r"x is a str; expected a NumPy array"),
    ({"weight": None}, r"weight is a NoneType; expected a NumPy array"),
    ({"x": X.astype(np.uint8)}, r"x has dtype uint8; expected float32, float64 or int64"),
    ({"x": X.astype(np.float32)}, r"x is float32, weight is float64; expected one dtype for all"),
    ({"bias": np.ones(6, np.float32)}, r"x is float64, .* bias is float32; expected one dtype"),
    ({"x": np.ma.masked_array(X)}, r"x is a MaskedArray; expected a plain NumPy array"),
    ({"stride": 1.0}, r"stride is 1.0 of type float; expected an integer or a \(height, width\)"),
    ({"stride": True}, r"stride is True of type bool; expected an integer"),
    ({"stride": "2"}, r"stride is '2' of type str; expected an integer"),
    ({"groups": 2.0}, r"groups is 2.0 of type float; expected an integer"),
    ({"dilation": (1, 1.5)}, r"dilation is 1.5 of type float; expected an integer"),
    ({"padding_mode": 0}, r"padding_mode is 0 of type int; expected one of 'zeros'"),
]


def call(function: Callable[..., object], arguments: dict[str, Any]) -> None:
    """Call a function of x, weight and more, valid but for `arguments`."""
    function(**{"x": X, "weight": WEIGHT, "groups": 2, **arguments})


@pytest.mark.parametrize("name", ["conv2d", "conv2d_loops"])
@pytest.mark.parametrize(("arguments", "message"), VALUES)
def test_values(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: {message}"):
        call(getattr(cnnbook, name), arguments)


@pytest.mark.parametrize("name", ["conv2d", "conv2d_loops"])
@pytest.mark.parametrize(("arguments", "message"), KINDS)
def test_kinds(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{name}: {message}"):
        call(getattr(cnnbook, name), arguments)


@pytest.mark.parametrize("name", ["conv2d_backward", "conv2d_backward_loops"])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"grad_output": np.ones((2, 6, 5, 5))}, ValueError, r"grad_output has shape .*6, 5, 6\)"),
        ({"grad_output": np.ones((6, 5, 6))}, ValueError, r"grad_output has shape .*6, 5, 6\)"),
        ({"grad_output": np.ones((2, 6, 5, 6), int)}, TypeError, r"grad_output is int64, x is"),
        ({"grad_output": 1.0}, TypeError, r"grad_output is a float; expected a NumPy array"),
        ({"stride": 0}, ValueError, r"stride is 0; expected at least 1"),
        ({"padding": "same", "stride": 2}, ValueError, r"padding is 'same' and stride"),
    ],
)
def test_backward(
    name: str, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{name}: {message}"):
        call(getattr(cnnbook, name), {"grad_output": np.ones((2, 6, 5, 6)), **arguments})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": np.ones((1, 2, 3, 4))}, ValueError, r"x has 4 axes, .* 3 or 2 axes, \(N, C, L\)"),
        ({"stride": (1, 1)}, ValueError, r"stride is \(1, 1\); expected one integer"),
        ({"padding": -1}, ValueError, r"padding is -1; expected at least 0"),
        ({"dilation": 3}, ValueError, r"kernel_size 3 with dilation 3 spans 7 pixels"),
        ({"padding": 5, "padding_mode": "reflect"}, ValueError, r"padding is 5 and x has width 5"),
        ({"stride": 1.5}, TypeError, r"stride is 1.5 of type float; expected an integer"),
        ({"weight": np.ones((1, 3, 3))}, ValueError, r"weight has 3 input channels per group"),
    ],
)
def test_conv1d(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    valid = {"x": np.ones((1, 2, 5)), "weight": np.ones((1, 2, 3))}
    with pytest.raises(error, match=f"^conv1d: {message}"):
        cnnbook.conv1d(**{**valid, **arguments})
    with pytest.raises(error, match=f"^conv1d_backward: {message}"):
        cnnbook.conv1d_backward(np.ones((1, 1, 3)), **{**valid, **arguments})


@pytest.mark.parametrize("function", [cnnbook.correlate2d, cnnbook.convolve2d])
@pytest.mark.parametrize(
    ("image", "kernel", "error", "message"),
    [
        (np.ones((1, 3, 3)), np.ones((2, 2)), ValueError, r"image has 3 axes"),
        (np.ones((3, 3)), np.ones(2), ValueError, r"kernel has 1 axes"),
        (np.ones((3, 3)), np.ones((4, 2)), ValueError, r"kernel_size 4 spans 4 pixels"),
        (np.ones((3, 3)), np.ones((0, 2)), ValueError, r"kernel has shape \(0, 2\)"),
        (np.ones((3, 3)), np.ones((2, 2), int), TypeError, r"image is float64, kernel is int64"),
        (np.ones((3, 3)), [[1.0]], TypeError, r"kernel is a list; .* use np.array"),
    ],
)
def test_plain_arrays(
    function: Callable[..., object],
    image: Any,
    kernel: Any,
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=f"^{function.__name__}: {message}"):
        function(image, kernel)


def test_torch_refuses_the_same() -> None:
    import torch

    torchs = {"x": "input"}
    for arguments, _ in VALUES:
        if "padding_mode" in arguments:
            continue
        call_arguments = {"x": X, "weight": WEIGHT, "groups": 2, **arguments}
        tensors = {
            torchs.get(name, name): torch.from_numpy(v) if isinstance(v, np.ndarray) else v
            for name, v in call_arguments.items()
        }
        with pytest.raises((RuntimeError, TypeError), match=r"\S"):
            F.conv2d(**tensors)


def test_axes_that_were_taken_for_others_are_named() -> None:
    weight = np.ones((4, 1, 3, 3))
    with pytest.raises(ValueError, match=r"5 images of one channel, use x\[:, np.newaxis\]$"):
        cnnbook.conv2d(np.ones((5, 8, 8)), weight)
    with pytest.raises(ValueError, match=r"5 images of one channel, use x\[:, np.newaxis\]$"):
        cnnbook.conv_transpose2d(np.ones((5, 8, 8)), np.ones((1, 4, 3, 3)))
    with pytest.raises(ValueError, match=r"5 images of one channel, use x\[:, np.newaxis\]$"):
        cnnbook.conv1d(np.ones((5, 8)), np.ones((4, 1, 3)))
    for x in (np.ones((2, 8, 8, 3)), np.ones((8, 8, 3))):
        with pytest.raises(
            ValueError, match=r"channels of x stand last, use np.moveaxis\(x, -1, -3"
        ):
            cnnbook.conv2d(x, np.ones((4, 3, 3, 3)))
        cnnbook.conv2d(np.moveaxis(x, -1, -3), np.ones((4, 3, 3, 3)))
    with pytest.raises(ValueError, match=r"use np.moveaxis\(x, -1, -2\)$"):
        cnnbook.conv1d(np.ones((2, 8, 3)), np.ones((4, 3, 3)))
    with pytest.raises(ValueError, match=r"got \(4, 8, 3, 3\)$"):
        cnnbook.conv2d(np.ones((2, 5, 8, 8)), np.ones((4, 8, 3, 3)))
    with pytest.raises(ValueError, match=r"got \(4, 3, 3, 3\)$"):
        cnnbook.conv2d(np.ones((2, 5, 8, 8)), np.ones((4, 3, 3, 3)))


def test_need_input_grad_is_a_flag() -> None:
    x, weight = np.ones((1, 1, 3, 3)), np.ones((1, 1, 1, 1))
    for name, arrays in (
        ("conv2d_backward", (x, x, weight)),
        ("conv_transpose2d_backward", (x, x, weight)),
        ("conv1d_backward", (x[0, :, 0], x[0, :, 0], weight[0])),
    ):
        with pytest.raises(TypeError, match=rf"^{name}: need_input_grad is 'no'; expected True or"):
            getattr(cnnbook, name)(*arrays, need_input_grad="no")
