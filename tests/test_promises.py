"""What every function and layer promises: own memory, untouched arguments, plain arrays, silence.

`CALLS` has all public functions, with shapes that invite an answer to be a view of an argument:
one pixel to a window, one channel, no padding, one image.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import cnnbook
from cnnbook import layers

RNG = np.random.default_rng(0)


def draw(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape)


#: Two images and one, of several channels and of one.
IMAGES = [draw(2, 3, 4, 4), draw(1, 1, 4, 4), draw(1, 3, 4), draw(1, 1, 1, 1)]
SEQUENCES = [draw(2, 3, 4), draw(1, 1, 4), draw(1, 1)]
VECTORS = [draw(2, 5), draw(1, 1), draw(5)]
Case = tuple[str, tuple[Any, ...], dict[str, Any]]


def with_backward(name: str, x: np.ndarray, *others: Any, **options: Any) -> list[Case]:
    """Return a call of a function, and one of its backward pass."""
    y = getattr(cnnbook, name)(x, *others, **options)
    arrays = [other for other in others if other is not None]
    if name.startswith(("conv", "linear")):
        arrays = arrays[:1]  # the bias is left out
    backward = (f"{name}_backward", (draw(*y.shape), x, *arrays), options)
    return [(name, (x, *others), options), backward]


def calls() -> list[Case]:
    made: list[Case] = []
    for x in IMAGES:
        c = x.shape[-3]
        for weight in (draw(c, c, 1, 1), draw(c, 1, 1, 1)):
            options = {"groups": c // weight.shape[1]}
            for bias in (None, draw(c)):
                made += with_backward("conv2d", x, weight, bias, **options)
                made += with_backward("conv_transpose2d", x, weight, bias, **options)
            made.append(("conv2d_loops", (x, weight), options))
            y = cnnbook.conv2d(x, weight, **options)
            made.append(("conv2d_backward_loops", (draw(*y.shape), x, weight), options))
        size = x.shape[-2:]
        for name in ("max_pool2d", "avg_pool2d", "sum_pool2d"):
            made += with_backward(name, x, kernel_size=1)
            made += with_backward(name, x, kernel_size=size)
        made.append(("max_pool2d", (x, 1), {"return_indices": True}))
        made += with_backward("global_avg_pool2d", x)
        for mode in ("constant", "reflect", "replicate", "circular"):
            made += with_backward("pad", x, padding=0, mode=mode)
        if min(size) > 1:  # here gradients meet in a pixel
            for name in ("max_pool2d", "avg_pool2d", "sum_pool2d"):
                made += with_backward(name, x, kernel_size=3, stride=1)
            for mode in ("reflect", "replicate", "circular"):
                made += with_backward("pad", x, padding=2, mode=mode)
            made.append(("col2im", (cnnbook.im2col(x, 3), size, 3), {}))
        for kernel in (1, (1, size[1]), (size[0], 1), size):
            columns = cnnbook.im2col(x, kernel)
            made.append(("im2col", (x, kernel), {}))
            made.append(("im2col", (x, kernel), {"padding": 1}))
            made.append(("col2im", (columns, size, kernel), {}))
    for x in SEQUENCES:
        c = x.shape[-2]
        made += with_backward("conv1d", x, draw(c, c, 1))
        made += with_backward("conv1d", x, draw(c, c, 1), draw(c))
    for x in [*IMAGES, *VECTORS]:
        for name in ("relu", "leaky_relu", "gelu", "silu", "sigmoid", "tanh"):
            made += with_backward(name, abs(x))
        for name in ("softmax", "log_softmax"):
            made += with_backward(name, abs(x))
        made += with_backward("linear", x, np.eye(x.shape[-1]))
        made += with_backward("linear", x, np.eye(x.shape[-1]), np.zeros(x.shape[-1]))
        targets = np.zeros(x.shape[:-1] if x.ndim == 1 else (len(x), *x.shape[2:]), np.int64)
        for name, given in (
            ("cross_entropy", targets),
            ("binary_cross_entropy_with_logits", np.zeros_like(x)),
            ("mse_loss", np.zeros_like(x)),
        ):
            made.append((name, (x, given, "none"), {}))
            made.append((f"{name}_backward", (x, given, "none", draw(*given.shape)), {}))
            made.append((f"{name}_backward", (x, given), {}))
    for image in (draw(4, 4), draw(1, 1)):
        made.append(("correlate2d", (image, np.ones((1, 1))), {}))
        made.append(("convolve2d", (image, np.ones((1, 1))), {}))
    return made


CALLS = calls()
#: These give what their docstrings say: a view where the memory allows.
VIEWS = {"flatten", "flatten_backward", "sliding_windows"}
WITHOUT_ARRAYS = {
    "conv2d_cost",
    "conv_output_size",
    "conv_transpose_output_size",
    "receptive_field",
    "same_padding",
    "unused_pixels",
}


def arrays_of(values: Any) -> list[np.ndarray]:
    values = values if isinstance(values, tuple | list) else (values,)
    return [value for value in values if isinstance(value, np.ndarray)]


def by_name() -> dict[str, list[Case]]:
    return {name: [case for case in CALLS if case[0] == name] for name, *_ in CALLS}


def test_every_public_function_is_called_here() -> None:
    assert set(by_name()) | VIEWS | WITHOUT_ARRAYS == set(cnnbook.__all__)


@pytest.mark.parametrize("name", sorted(by_name()))
def test_answers_have_their_own_memory_and_arguments_stay(name: str) -> None:
    for _, arguments, options in by_name()[name]:
        given = arrays_of(arguments)
        before = [array.copy() for array in given]
        answers = arrays_of(getattr(cnnbook, name)(*arguments, **options))
        for i, answer in enumerate(answers):
            assert answer.flags.writeable
            for array in [*given, *answers[:i]]:
                assert not np.shares_memory(answer, array), f"{array.shape}, {options}"
        for array, copy in zip(given, before, strict=True):
            np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_the_other_answers_are_views_and_say_so(name: str) -> None:
    x, y = draw(2, 3, 4), draw(2, 12)
    arguments = {"flatten": (x,), "flatten_backward": (y, x), "sliding_windows": (x, 1)}[name]
    assert np.shares_memory(getattr(cnnbook, name)(*arguments), arguments[0])
    assert " view" in (getattr(cnnbook, name).__doc__ or "")


LAYERS: dict[str, tuple[Callable[[], layers.Layer], np.ndarray]] = {
    "Conv2d": (lambda: layers.Conv2d(1, 1, 1, rng=RNG, dtype=np.float64), draw(1, 1, 2, 2)),
    "ConvTranspose2d": (
        lambda: layers.ConvTranspose2d(1, 1, 1, rng=RNG, dtype=np.float64),
        draw(1, 1, 2, 2),
    ),
    "Conv1d": (lambda: layers.Conv1d(1, 1, 1, rng=RNG, dtype=np.float64), draw(1, 1, 2)),
    "Linear": (lambda: layers.Linear(1, 1, rng=RNG, dtype=np.float64), draw(1, 1)),
    "LayerNorm": (lambda: layers.LayerNorm(2, dtype=np.float64), draw(1, 2)),
    "LayerNorm plain": (lambda: layers.LayerNorm(2, elementwise_affine=False), draw(1, 2)),
    "GroupNorm": (lambda: layers.GroupNorm(1, 1, dtype=np.float64), draw(1, 1, 2)),
    "GroupNorm plain": (lambda: layers.GroupNorm(1, 1, affine=False), draw(1, 1, 2)),
    "Dropout": (lambda: layers.Dropout(0.0, rng=RNG), draw(1, 1)),
    "BatchNorm2d": (lambda: layers.BatchNorm2d(1, dtype=np.float64), draw(1, 1, 2, 2)),
    "BatchNorm2d plain": (
        lambda: layers.BatchNorm2d(1, affine=False, dtype=np.float64),
        draw(1, 1, 2, 2),
    ),
    "MaxPool2d": (lambda: layers.MaxPool2d(1), draw(1, 1, 2, 2)),
    "AvgPool2d": (lambda: layers.AvgPool2d(1), draw(1, 1, 2, 2)),
    "GlobalAvgPool2d": (layers.GlobalAvgPool2d, draw(1, 1, 1, 1)),
    "ReLU": (layers.ReLU, abs(draw(1, 1))),
    "LeakyReLU": (lambda: layers.LeakyReLU(1.0), draw(1, 1)),
    "GELU": (layers.GELU, draw(1, 1)),
    "SiLU": (layers.SiLU, draw(1, 1)),
    "Softmax": (layers.Softmax, draw(1, 2)),
    "Sigmoid": (layers.Sigmoid, draw(1, 1)),
    "Tanh": (layers.Tanh, draw(1, 1)),
    "Residual": (lambda: layers.Residual(layers.ReLU()), draw(1, 1)),
    "Residual of views": (lambda: layers.Residual(layers.Flatten()), draw(1, 1)),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_answer_with_their_own_memory(name: str, training: bool) -> None:
    build, x = LAYERS[name]
    layer = build() if training else build().eval(backward=True)
    y = layer(x)
    assert not np.shares_memory(y, x)
    grad_output = draw(*y.shape)
    before = y.copy(), x.copy(), grad_output.copy()
    grad_input = layer.backward(grad_output)
    assert grad_input is not None
    kept = [y, x, grad_output, *layer.parameters()]
    for answer in (grad_input, *layer.gradients()):
        assert not any(np.shares_memory(answer, array) for array in kept)
        answer[...] = 7
    for array, copy in zip(kept, before, strict=False):
        np.testing.assert_array_equal(array, copy)
    state = layer.state_dict()
    assert not any(np.shares_memory(state[key], array) for key in state for array in kept)


@pytest.mark.parametrize("kind", [np.ma.MaskedArray, np.matrix, torch.Tensor])
@pytest.mark.parametrize("name", sorted({*by_name(), "flatten", "sliding_windows"}))
def test_other_kinds_of_arrays_are_refused_in_every_place(name: str, kind: type) -> None:
    others = [("flatten", (IMAGES[0],), {}), ("sliding_windows", (IMAGES[0], 1), {})]
    cases = [case for case in [*CALLS, *others] if case[0] == name]
    _, arguments, options = max(cases, key=lambda case: len(arrays_of(case[1])))
    places = [i for i, value in enumerate(arguments) if isinstance(value, np.ndarray)]
    assert places
    for place in places:
        changed = list(arguments)
        flat = np.atleast_2d(arguments[place].reshape(-1))
        changed[place] = {
            np.ma.MaskedArray: lambda a=arguments[place]: np.ma.masked_array(a, a == a),
            np.matrix: lambda a=flat: a.view(np.matrix),
            torch.Tensor: lambda a=arguments[place]: torch.from_numpy(a.copy()),
        }[kind]()
        argument = list(inspect.signature(getattr(cnnbook, name)).parameters)[place]
        words = rf"^{name}: {argument} is a {kind.__name__}; expected a (plain )?NumPy array"
        with pytest.raises(TypeError, match=words):
            getattr(cnnbook, name)(*changed, **options)


@pytest.mark.parametrize("name", sorted(by_name()))
def test_infinities_and_nan_are_met_in_silence(name: str) -> None:
    rng = np.random.default_rng(1)
    for _, arguments, options in by_name()[name]:
        changed = list(arguments)
        for place, value in enumerate(arguments):
            bounded = name.startswith("binary") and place == 1
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and not bounded:
                changed[place] = rng.choice([np.inf, -np.inf, np.nan, 0, 1e308], value.shape)
        with np.errstate(all="raise"), warnings.catch_warnings():
            warnings.simplefilter("error")
            getattr(cnnbook, name)(*changed, **options)
