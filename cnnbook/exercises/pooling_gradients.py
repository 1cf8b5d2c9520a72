"""Max pooling backwards, right and wrong, as *Backpropagation* asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnbook.exercises.cases import BEGINNINGS, arrays, lowered, whole
from cnnbook.exercises.checking import Mistake
from cnnbook.exercises.running import Case

Array = np.ndarray[Any, Any]
Share = Callable[[Array], Array]


def routing(share: Share, add: bool = True) -> Callable[..., Array]:
    """Return a backward pass that shares each gradient in its window, and adds up or forgets to."""

    def backward(grad_output: Array, image: Array, kernel_size: int, stride: int) -> Array:
        grad_input = np.zeros(image.shape)
        for i, j in np.ndindex(grad_output.shape):
            rows = slice(i * stride, i * stride + kernel_size)
            columns = slice(j * stride, j * stride + kernel_size)
            part = grad_output[i, j] * share(image[rows, columns])
            before = grad_input[rows, columns]
            grad_input[rows, columns] = before + part if add else np.where(part != 0, part, before)
        return grad_input

    return backward


def to_first(window: Array) -> Array:
    """Give all to the first maximum."""
    share = np.zeros(window.shape)
    share[np.unravel_index(window.argmax(), window.shape)] = 1
    return share


def to_last(window: Array) -> Array:
    """Give all to the last maximum."""
    return to_first(window[::-1, ::-1])[::-1, ::-1]


def to_every_maximum(window: Array) -> Array:
    """Give all to every pixel that shares the maximum."""
    return (window == window.max()).astype(float)


def split_evenly(window: Array) -> Array:
    """Share among the pixels that share the maximum."""
    winners = to_every_maximum(window)
    return winners / winners.sum()


def equal_shares(window: Array) -> Array:
    """Share among all pixels, as mean pooling does."""
    return np.full(window.shape, 1 / window.size)


def searched_from(start: float) -> Share:
    """Begin the search at a number, and at the first pixel, which keeps all if none is larger."""

    def share(window: Array) -> Array:
        return to_first(np.where(window > start, window, -np.inf))

    return share


def winners_placed(
    offset: Callable[[int, int], int], keep: Callable[[Array, Any], Any]
) -> Callable[..., Array]:
    """Return a backward pass that counts a winner's place from `offset(i, stride)`."""

    def backward(grad_output: Array, image: Array, kernel_size: int, stride: int) -> Array:
        grad_input = np.zeros(image.shape)
        for i, j in np.ndindex(grad_output.shape):
            top, left = i * stride, j * stride
            window = image[top : top + kernel_size, left : left + kernel_size]
            row, column = divmod(int(window.argmax()), kernel_size)
            place = offset(i, stride) + row, offset(j, stride) + column
            grad_input[place] += keep(window, grad_output[i, j])
        return grad_input

    return backward


def _gradient(window: Array, gradient: Any) -> Any:
    return gradient


#: The mistakes about places, strides, signs and where a search begins.
MISTAKES = [
    Mistake(
        winners_placed(lambda i, stride: 0, _gradient),
        "the place of the maximum is counted within its window. Add where the window begins, "
        "i · stride and j · stride.",
    ),
    Mistake(
        winners_placed(lambda i, stride: i, _gradient),
        "the window of output (i, j) begins at i · stride and j · stride, not at i and j.",
    ),
    Mistake(
        winners_placed(lambda i, stride: i * stride, lambda window, _: window.max()),
        "you put the maximum itself at its place. Its gradient belongs there.",
    ),
    Mistake(
        lambda grad_output, image, kernel_size, _: routing(to_first)(
            grad_output, image, kernel_size, 1
        ),
        "your windows move by one pixel. Use `stride`.",
    ),
    Mistake(
        lambda grad_output, *args: routing(to_first)(np.abs(grad_output), *args),
        "a gradient may be negative: its sign got lost.",
    ),
    *(
        Mistake(
            routing(searched_from(start)),
            "your search begins at a number that pixels may lie below. Begin with a pixel of the "
            "window, or with −∞.",
        )
        for start in (0, *BEGINNINGS)
    ),
]


def pooling_case(rng: np.random.Generator) -> Case:
    """Draw few different pixels, so that ties are frequent, some left over, and gradients."""
    height, width, kernel_size, stride = whole(rng, 4)
    sides = (stride * (n - 1) + kernel_size + int(rng.integers(stride)) for n in (height, width))
    image, grad_output = arrays(rng, tuple(sides), (height, width), most=0.75)
    return Case(4 * grad_output, lowered(rng, image), kernel_size, stride)
