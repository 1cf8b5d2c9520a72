"""A differential trial: every operation beside PyTorch's, on plain, special and hostile arguments.

    python -m tests.differential --cases 100000 --seed 1

A case draws a valid call, spoils it more often than not, and asks both libraries. What may come
out: equal answers, or a refusal in our words. Everything else is a find, printed with its call:
another answer, an answer where PyTorch refuses, a refusal of a plain call, an error of another
kind, a warning, an argument that was changed or that the answer shares memory with, and more
memory than the arrays of the call explain.
"""

from __future__ import annotations

import argparse
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

import cnnbook
from tests.strategies import random_array, scattered

Arguments = dict[str, Any]
MEMORY = 1 << 26  # bytes; the largest arrays of a plain case take some 100 kB

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-42, -1e-310, 3e38, -3e38, 1e300, 1.0, -1.0]
HOSTILE = [
    *(-1, 0, 1, 2, 3, 7, 2**40, 2**70, True, None, 1.0, 1.5, np.nan, "2", "same", "zeros", b"1"),
    *((), (1,), (2, 1), [1, 2], (1, 2, 3), ((1, 2), (0, 1)), {"a": 1}, 1j, object(), slice(2)),
    *(np.int64(2), np.uint8(1), np.float32(2), np.bool_(True), np.array(2), np.array([1, 2])),
]


class Operation(NamedTuple):
    """One of our functions, PyTorch's on tensors of the same arguments, and a valid call."""

    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    draw: Callable[[np.random.Generator, Any], Arguments]
    linear: bool = False  # in each array: the sum of magnitudes bounds the rounding


def dims(rng: np.random.Generator, low: int, high: int) -> tuple[int, int]:
    """Draw a (height, width) pair."""
    height, width = rng.integers(low, high + 1, 2)
    return int(height), int(width)


def lead(rng: np.random.Generator) -> tuple[int, ...]:
    """Draw no batch axis, or one of up to three images."""
    return () if rng.random() < 0.2 else (int(rng.integers(0, 4)),)


def convolution(rng: np.random.Generator, dtype: Any, axes: int = 2) -> Arguments:
    """Draw a valid call of a convolution."""
    groups, c_in, c_out = (int(n) for n in rng.integers(1, 4, 3))
    kernel = dims(rng, 1, 4) if rng.random() < 0.95 else (13, 14)
    stride, dilation, padding = dims(rng, 1, 3), dims(rng, 1, 2), dims(rng, 0, 3)
    size = [
        max(1, d * (k - 1) + 1 - 2 * p) + int(rng.integers(0, 6))
        for k, d, p in zip(kernel, dilation, padding, strict=True)
    ]
    last = slice(2 - axes, None)
    call = {
        "x": random_array(rng, (*lead(rng), groups * c_in, *size[last]), dtype),
        "weight": random_array(rng, (groups * c_out, c_in, *kernel[last]), dtype),
        "bias": random_array(rng, (groups * c_out,), dtype) if rng.random() < 0.5 else None,
        "stride": stride[last],
        "padding": padding[last],
        "dilation": dilation[last],
        "groups": groups,
    }
    if rng.random() < 0.1:
        call |= {"padding": "same", "stride": 1}
    return call


def transposed(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw a valid call of a transposed convolution."""
    groups, c_in, c_out = (int(n) for n in rng.integers(1, 4, 3))
    kernel, stride, dilation = dims(rng, 1, 4), dims(rng, 1, 3), dims(rng, 1, 2)
    return {
        "x": random_array(rng, (*lead(rng), groups * c_in, *dims(rng, 2, 6)), dtype),
        "weight": random_array(rng, (groups * c_in, c_out, *kernel), dtype),
        "bias": random_array(rng, (groups * c_out,), dtype) if rng.random() < 0.5 else None,
        "stride": stride,
        "padding": tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel),
        "output_padding": tuple(
            int(rng.integers(0, max(s, d))) for s, d in zip(stride, dilation, strict=True)
        ),
        "groups": groups,
        "dilation": dilation,
    }


def pooling(rng: np.random.Generator, dtype: Any, dilated: bool = False) -> Arguments:
    """Draw a valid call of a pooling, with many ties."""
    kernel = dims(rng, 1, 4)
    size = [k + int(rng.integers(0, 6)) for k in kernel]
    x = rng.integers(-3, 4, (*lead(rng), int(rng.integers(1, 4)), *size)).astype(dtype)
    call = {
        "x": x,
        "kernel_size": kernel,
        "stride": None if rng.random() < 0.3 else dims(rng, 1, 3),
        "padding": tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel),
        "ceil_mode": bool(rng.random() < 0.5),
    }
    return {**call, "dilation": 1} if dilated else call


def padding(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw a valid call of `pad`."""
    mode = str(rng.choice(["constant", "reflect", "replicate", "circular"]))
    call = {
        "x": random_array(rng, (*lead(rng), int(rng.integers(1, 4)), *dims(rng, 4, 7)), dtype),
        "padding": (dims(rng, 0, 3), dims(rng, 0, 3)),
        "mode": mode,
    }
    return {**call, "value": 2} if mode == "constant" else call


def array_alone(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw an array of two to four axes."""
    return {"x": random_array(rng, tuple(rng.integers(1, 5, rng.integers(2, 5))), dtype)}


def with_axis(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw an array and one of its axes."""
    call = array_alone(rng, dtype)
    axes = call["x"].ndim
    return {**call, "axis": int(rng.integers(-axes, axes))}


def sloped(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw an array and a slope for its negative numbers."""
    return {**array_alone(rng, dtype), "negative_slope": float(rng.choice([0.01, 0.5, 0, -1, 3]))}


def approximated(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw an array and one of the ways to compute `gelu`."""
    return {**array_alone(rng, dtype), "approximate": str(rng.choice(["none", "tanh"]))}


def features(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw a valid call of `linear`, one feature in or out among them."""
    n_in, n_out = (int(n) for n in rng.integers(1, 5, 2))
    shape = (*(int(n) for n in rng.integers(0, 4, rng.integers(0, 3))), n_in)
    bias = random_array(rng, (n_out,), dtype) if rng.random() < 0.5 else None
    return {
        "x": random_array(rng, shape, dtype),
        "weight": random_array(rng, (n_out, n_in), dtype),
        "bias": bias,
    }


def classes(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw logits and targets."""
    n, k = (int(n) for n in rng.integers(1, 6, 2))
    return {
        "logits": random_array(rng, (n, k), dtype),
        "targets": rng.integers(0, k, n),
        "reduction": str(rng.choice(["mean", "sum", "none"])),
    }


def pairs_of_numbers(name: str, rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw predictions and targets of one shape; targets are shares of one."""
    shape = tuple(rng.integers(1, 5, 2))
    return {
        name: random_array(rng, shape, dtype),
        "targets": rng.random(shape).astype(dtype),
        "reduction": str(rng.choice(["mean", "sum", "none"])),
    }


def columns(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw a valid call of `im2col`."""
    call = convolution(rng, dtype)
    kept = {name: call[name] for name in ("x", "stride", "dilation", "padding")}
    if call["padding"] == "same":
        kept["padding"] = 0
        kept["x"] = random_array(rng, (1, 2, 30, 30), dtype)
    return {**kept, "kernel_size": call["weight"].shape[2:]}


def folded(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw a valid call of `col2im`."""
    call = columns(rng, dtype)
    x = call.pop("x")
    shape = cnnbook.im2col(x, **call).shape
    return {"columns": random_array(rng, shape, dtype), "size": x.shape[-2:], **call}


def images_alone(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw images of four axes."""
    return {"x": random_array(rng, tuple(rng.integers(1, 5, 4)), dtype)}


def windows_alone(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw a valid call of `sliding_windows`."""
    kernel = dims(rng, 1, 3)
    x = random_array(rng, (2, *(k + int(rng.integers(0, 4)) for k in kernel)), dtype)
    return {"x": x, "kernel_size": kernel, "stride": dims(rng, 1, 3)}


def image_and_kernel(rng: np.random.Generator, dtype: Any) -> Arguments:
    """Draw an image and a kernel that fits."""
    kernel = dims(rng, 1, 4)
    size = [k + int(rng.integers(0, 5)) for k in kernel]
    return {"image": random_array(rng, size, dtype), "kernel": random_array(rng, kernel, dtype)}


def torch_windows(x: Any, kernel_size: Any, stride: Any = 1) -> Any:
    """Return (..., H_out, W_out, K_H, K_W)."""
    (k_h, k_w), (s_h, s_w) = (v if isinstance(v, tuple) else (v, v) for v in (kernel_size, stride))
    return x.unfold(-2, k_h, s_h).unfold(-2, k_w, s_w)


def torch_correlate(image: Any, kernel: Any) -> Any:
    """Slide one kernel over one image."""
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]


def torch_pad(x: Any, padding: Any, mode: str = "constant", value: float = 0.0) -> Any:
    """Pad in PyTorch's order: (left, right, top, bottom)."""
    if isinstance(padding, tuple) and all(isinstance(side, tuple) for side in padding):
        (top, bottom), (left, right) = padding
    else:
        sizes = padding if isinstance(padding, tuple | list) else (padding,)
        # One number in a sequence counts for both axes, as in `conv2d`.
        height, width = sizes * 2 if len(sizes) == 1 else sizes
        top, bottom, left, right = height, height, width, width
    if mode != "constant":
        return F.pad(x, (left, right, top, bottom), mode, *([] if value == 0 else [value]))
    return F.pad(x, (left, right, top, bottom), mode, value)


def renamed(function: Callable[..., Any], **names: str) -> Callable[..., Any]:
    """Return a PyTorch function that takes our names."""

    def call(**arguments: Any) -> Any:
        return function(**{names.get(name, name): value for name, value in arguments.items()})

    return call


def gradients(operation: Operation, name: str) -> Operation:
    """Return the trial of an operation's backward pass, beside autograd."""

    def draw(rng: np.random.Generator, dtype: Any) -> Arguments:
        call = operation.draw(rng, dtype)
        answer = asked(operation.theirs, call)
        assert answer is not None
        dy = rng.standard_normal(answer[0].shape).astype(dtype)
        kept = {key: value for key, value in call.items() if key not in ("bias", "value")}
        return {"grad_output": dy, **kept}

    def theirs(grad_output: torch.Tensor, **call: Any) -> tuple[torch.Tensor, ...]:
        names = [key for key in ("x", "logits", "columns", "weight") if key in call]
        asked_for = [call[key].requires_grad_() for key in names]
        if "weight" in names:
            features = call["weight"].shape[0]
            if name == "conv_transpose2d":
                features = call["weight"].shape[1] * call.get("groups", 1)
            call["bias"] = torch.zeros(features, dtype=call["x"].dtype, requires_grad=True)
            asked_for.append(call["bias"])
        answer = operation.theirs(**call)
        if grad_output.dtype != answer.dtype:  # autograd would convert it
            raise TypeError
        return torch.autograd.grad(answer, asked_for, grad_output)

    return Operation(getattr(cnnbook, f"{name}_backward"), theirs, draw, operation.linear)


def operations() -> dict[str, Operation]:
    """Return what is tried: every operation and its backward pass."""
    table = forward_operations()
    backward = {
        f"{name}_backward": gradients(operation, name)
        for name, operation in table.items()
        if hasattr(cnnbook, f"{name}_backward")
    }
    return {**table, **backward}


def forward_operations() -> dict[str, Operation]:
    """Return the operations."""
    x, logits = {"x": "input"}, {"logits": "input", "targets": "target"}
    return {
        "conv2d": Operation(cnnbook.conv2d, renamed(F.conv2d, **x), convolution, True),
        "conv1d": Operation(
            cnnbook.conv1d, renamed(F.conv1d, **x), lambda r, d: convolution(r, d, 1), True
        ),
        "conv_transpose2d": Operation(
            cnnbook.conv_transpose2d, renamed(F.conv_transpose2d, **x), transposed, True
        ),
        "max_pool2d": Operation(
            cnnbook.max_pool2d, renamed(F.max_pool2d, **x), lambda r, d: pooling(r, d, True)
        ),
        "avg_pool2d": Operation(cnnbook.avg_pool2d, renamed(F.avg_pool2d, **x), pooling, True),
        "pad": Operation(cnnbook.pad, torch_pad, padding),
        "im2col": Operation(cnnbook.im2col, renamed(F.unfold, **x), columns),
        "linear": Operation(cnnbook.linear, renamed(F.linear, **x), features, True),
        "relu": Operation(cnnbook.relu, renamed(F.relu, **x), array_alone),
        "leaky_relu": Operation(cnnbook.leaky_relu, renamed(F.leaky_relu, **x), sloped),
        "gelu": Operation(cnnbook.gelu, renamed(F.gelu, **x), approximated),
        "silu": Operation(cnnbook.silu, renamed(F.silu, **x), array_alone),
        "sigmoid": Operation(cnnbook.sigmoid, renamed(torch.sigmoid, **x), array_alone),
        "tanh": Operation(cnnbook.tanh, renamed(torch.tanh, **x), array_alone),
        "softmax": Operation(cnnbook.softmax, renamed(F.softmax, **x, axis="dim"), with_axis),
        "log_softmax": Operation(
            cnnbook.log_softmax, renamed(F.log_softmax, **x, axis="dim"), with_axis
        ),
        "cross_entropy": Operation(
            cnnbook.cross_entropy, renamed(F.cross_entropy, **logits), classes
        ),
        "binary_cross_entropy_with_logits": Operation(
            cnnbook.binary_cross_entropy_with_logits,
            renamed(F.binary_cross_entropy_with_logits, **logits),
            lambda r, d: pairs_of_numbers("logits", r, d),
        ),
        "col2im": Operation(
            cnnbook.col2im,
            renamed(F.fold, columns="input", size="output_size"),
            folded,
            True,
        ),
        "sum_pool2d": Operation(
            cnnbook.sum_pool2d,
            lambda x, **call: F.avg_pool2d(x, **call, divisor_override=1),
            lambda r, d: {k: v for k, v in pooling(r, d).items() if k != "ceil_mode"},
            True,
        ),
        "global_avg_pool2d": Operation(
            cnnbook.global_avg_pool2d, lambda x: x.mean(dim=(-2, -1)), images_alone, True
        ),
        "flatten": Operation(cnnbook.flatten, lambda x: torch.flatten(x, 1), images_alone, True),
        "sliding_windows": Operation(cnnbook.sliding_windows, torch_windows, windows_alone, True),
        "correlate2d": Operation(cnnbook.correlate2d, torch_correlate, image_and_kernel, True),
        "convolve2d": Operation(
            cnnbook.convolve2d,
            lambda image, kernel: torch_correlate(image, kernel.flip(0, 1)),
            image_and_kernel,
            True,
        ),
        "mse_loss": Operation(
            cnnbook.mse_loss,
            renamed(F.mse_loss, **x, targets="target"),
            lambda r, d: pairs_of_numbers("x", r, d),
        ),
    }


def spoil_values(rng: np.random.Generator, call: Arguments) -> None:
    """Put special numbers into floating arrays, or turn them into views; the call stays valid."""
    for name, value in call.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and name != "targets":
            with np.errstate(over="ignore"):
                specials = np.array(SPECIAL).astype(value.dtype)
            where = rng.random(value.shape) < rng.choice([0, 0.05, 0.5])
            value[where] = rng.choice(specials, value.shape)[where]
            if value.ndim and rng.random() < 0.2:
                call[name] = scattered(value)


def spoil_argument(rng: np.random.Generator, call: Arguments) -> None:
    """Put something hostile in the place of one argument."""
    name = str(rng.choice(list(call)))
    value = call[name]
    if isinstance(value, np.ndarray) and value.ndim and rng.random() < 0.8:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call[name] = odd_array(rng, value)
    else:
        call[name] = HOSTILE[int(rng.integers(len(HOSTILE)))]


def odd_array(rng: np.random.Generator, array: np.ndarray) -> Any:
    """Return an array of another kind, shape or class."""
    ways: list[Callable[[], Any]] = [
        *(lambda kind=kind: array.astype(kind) for kind in ("f2", "i4", "u1", "?", "c16", "O")),
        lambda: array.astype(array.dtype.newbyteorder()),
        lambda: np.ma.masked_array(array, np.zeros(array.shape, bool)),
        lambda: array.tolist(),
        lambda: torch.from_numpy(array.copy()),
        lambda: array[..., None],
        lambda: array[0] if len(array) else array,
        lambda: array[:0],
        lambda: array[..., :0],
        lambda: np.concatenate([array, array], axis=-1),
        lambda: np.array(1, array.dtype),
        lambda: np.nextafter(array, 1) if array.dtype.kind == "f" else array + 2**62,
    ]
    return ways[int(rng.integers(len(ways)))]()


def find(name: str, operation: Operation, call: Arguments, plain: bool) -> str | None:
    """Ask both libraries; return what is wrong, or None."""
    given = {key: np.ndarray.copy(v) for key, v in call.items() if type(v) is np.ndarray}
    tracemalloc.start()
    error, ours = None, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ours = several(operation.ours(**call))
    except Exception as raised:
        error = raised
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    if isinstance(error, MemoryError):
        return None  # asked for more than there is, as PyTorch would say
    if peak > MEMORY:
        return f"takes {peak:,} bytes"
    theirs = asked(operation.theirs, call)
    if ours is None:
        if not isinstance(error, ValueError | TypeError) or not str(error).startswith(f"{name}:"):
            return f"error of another kind: {type(error).__name__}: {error}"
        return f"a plain call is refused: {error}" if plain and theirs is not None else None
    for key, before in given.items():
        if not np.array_equal(before, call[key], equal_nan=before.dtype.kind == "f"):
            return f"{key} was changed"
        if any(isinstance(a, np.ndarray) and np.shares_memory(a, call[key]) for a in ours):
            return None if name in VIEWS else f"the answer shares memory with {key}"
    if theirs is None:
        return None if more_is_offered(name, call) else "answers where PyTorch refuses"
    tolerances = rounding(operation, call)
    wrong = first_wrong(ours, theirs, tolerances)
    if wrong and name == "cross_entropy_backward" and not finite(call):
        return None  # PyTorch goes through log_softmax, inf − inf; ours is (p − 1)·∞
    if wrong and not finite(call):
        # In float32 PyTorch itself lets an infinity in here and there that float64 has not.
        exact = asked(operation.theirs, {key: widened(value) for key, value in call.items()})
        if exact is not None:
            with np.errstate(over="ignore"):
                narrow = [e.astype(their.dtype) for e, their in zip(exact, theirs, strict=True)]
            wrong = first_wrong(ours, narrow, tolerances)
    return wrong


VIEWS = {"sliding_windows", "flatten", "flatten_backward"}  # as their docstrings say


def several(answer: Any) -> list[np.ndarray]:
    """Return the arrays of an answer; the gradient that was not asked for is left out."""
    parts = answer if isinstance(answer, tuple | list) else [answer]
    return [part if isinstance(part, np.ndarray) else np.asarray(part) for part in parts]


def first_wrong(ours: list[np.ndarray], theirs: list[np.ndarray], tolerances: Any) -> str | None:
    """Compare the arrays of two answers."""
    if len(ours) != len(theirs):
        return f"{len(ours)} arrays where PyTorch gives {len(theirs)}"
    for number, (our, their) in enumerate(zip(ours, theirs, strict=True)):
        tolerance = tolerances if np.isscalar(tolerances) else tolerances[number]
        wrong = compare(our, their, tolerance)
        if wrong:
            return wrong
    return None


def more_is_offered(name: str, call: Arguments) -> bool:
    """Say whether we offer on purpose what PyTorch does not: see the docstrings."""
    enormous = any(np.any(np.abs(v) >= 2**31) for v in call.values() if isinstance(v, int | tuple))
    # As `conv2d`: words for the padding, one number in a sequence for both axes.
    like_conv2d = name in ("im2col", "col2im")
    modes = name == "pad" and (call["x"].ndim == 2 or call["x"].dtype == np.int64)
    # The gradient of a loss is one number.
    number = name.endswith(("entropy_backward", "logits_backward", "loss_backward"))
    return (
        enormous or like_conv2d or modes or (number and np.ndim(call.get("grad_output", ())) == 0)
    )


def finite(call: Arguments) -> bool:
    """Say whether all floating numbers are finite and of everyday size."""
    floats = [v for v in call.values() if isinstance(v, np.ndarray) and v.dtype.kind == "f"]
    return all(np.isfinite(v).all() and (np.abs(v) < 1e6).all() for v in floats)


def widened(value: Any) -> Any:
    """Return floating arrays as float64."""
    floating = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype(np.float64) if floating else value


def asked(function: Callable[..., Any], call: Arguments) -> list[np.ndarray] | None:
    """Return PyTorch's answer, or None if it refuses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = function(**{key: as_tensor(value) for key, value in call.items()})
            parts = answer if isinstance(answer, tuple | list) else [answer]
            return [part.detach().numpy() for part in parts]
    except Exception:
        return None


def as_tensor(value: Any) -> Any:
    """Return a copy of an array as a tensor."""
    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value


def rounding(operation: Operation, call: Arguments) -> Any:
    """Return how far sums in another order may differ: eps times the sum of magnitudes."""
    arrays = [v for v in call.values() if isinstance(v, np.ndarray) and v.dtype.kind == "f"]
    if not arrays:
        return 0.0
    eps = float(np.finfo(arrays[0].dtype).eps)
    if not operation.linear:
        return 256 * eps * (1 + max(magnitudes(array).max(initial=0) for array in arrays))
    sizes = {
        key: magnitudes(v) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
        for key, v in call.items()
    }
    scales = asked(operation.theirs, sizes)
    assert scales is not None
    weight = call.get("weight")
    if weight is not None and np.prod(weight.shape[2:]) >= 170:  # by the Fourier transform
        scales = [scale.max(initial=0) for scale in scales]
    return [64 * eps * scale for scale in scales]


def magnitudes(array: np.ndarray) -> np.ndarray:
    """Return absolute values in float64, 0 for what is not finite."""
    return np.abs(np.nan_to_num(array.astype(np.float64), posinf=0, neginf=0))


def compare(ours: np.ndarray, theirs: np.ndarray, tolerance: Any) -> str | None:
    """Return where two answers differ, or None."""
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return f"{ours.dtype}{ours.shape} where PyTorch gives {theirs.dtype}{theirs.shape}"
    if ours.dtype.kind != "f":
        return None if np.array_equal(ours, theirs) else "another answer"
    limit = float(np.finfo(ours.dtype).max)
    with np.errstate(all="ignore"):
        near = np.abs(ours - theirs) <= tolerance + 32 * np.finfo(ours.dtype).eps * np.abs(theirs)
    same = near | (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    # So near the largest number the order of a sum decides whether it overflows.
    same |= np.broadcast_to(np.asarray(tolerance) > limit * np.finfo(ours.dtype).eps, same.shape)
    if same.all():
        return None
    place = tuple(int(i) for i in np.argwhere(~same)[0])
    return f"another answer at {place}: {ours[place]!r}, PyTorch {theirs[place]!r}"


def cases(seed: int, count: int) -> Iterator[tuple[str, Operation, Arguments, bool]]:
    """Draw calls: a third plain, a third with special numbers, a third with a hostile argument."""
    rng = np.random.default_rng(seed)
    table = operations()
    for _ in range(count):
        name = str(rng.choice(list(table)))
        operation = table[name]
        floats = [np.float32, np.float64]
        whole = name in {"conv2d", "conv1d", "max_pool2d", "pad", "linear", "relu", "correlate2d"}
        dtype = floats[int(rng.integers(2))] if rng.random() < 0.8 or not whole else np.int64
        call = operation.draw(rng, dtype)
        kind = rng.integers(3)
        if kind:
            spoil_values(rng, call)
        if kind == 2:
            spoil_argument(rng, call)
        yield name, operation, call, kind < 2


def trial(seed: int, count: int) -> tuple[Counter[str], dict[str, str]]:
    """Try so many cases; return how many of each operation, and the finds by kind."""
    torch.set_num_threads(1)
    tried: Counter[str] = Counter()
    finds: dict[str, str] = {}
    for number, (name, operation, call, plain) in enumerate(cases(seed, count)):
        tried[name] += 1
        wrong = find(name, operation, call, plain)
        if wrong is not None:
            kind = f"{name}: {wrong.split(':')[0].split(' at ')[0]}"
            finds.setdefault(kind, f"case {number} of seed {seed}: {name}: {wrong}\n{brief(call)}")
    return tried, finds


def brief(call: Arguments) -> str:
    """Write a call on a few lines, arrays by shape and dtype."""
    shown = {
        key: f"{type(v).__name__} {v.dtype}{v.shape}" if isinstance(v, np.ndarray) else repr(v)
        for key, v in call.items()
    }
    return "\n".join(f"    {key} = {value}" for key, value in shown.items())


def main() -> None:
    """Try what the command line asks for, and print the finds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    tried, finds = trial(arguments.seed, arguments.cases)
    print("\n".join(finds.values()))
    print(f"{tried.total():,} cases of {len(tried)} operations, {len(finds)} kinds of finds")


if __name__ == "__main__":
    main()
