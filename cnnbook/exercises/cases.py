"""Numbers for cases: of both signs, fractional, zero and tied, in both dtypes of a network.

A case of whole, positive numbers lets a wrong function pass: one that truncates, drops a sign or
begins its search for the largest at 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

#: Where readers begin a search for the largest number, besides 0.
BEGINNINGS = (-1, -10, -100, -128, -255, -256, -999, -1000, -9999, -1e4, -99999, -1e5, -1e6, -1e9)


def whole(rng: np.random.Generator, n: int, low: int = 1, high: int = 3) -> tuple[int, ...]:
    """Draw n whole numbers from `low` to `high`, both included."""
    return tuple(int(number) for number in rng.integers(low, high + 1, size=n))


def arrays(
    rng: np.random.Generator, *shapes: tuple[int, ...], most: float = 3.0
) -> tuple[Array, ...]:
    """Draw arrays of one dtype, float64 or float32: multiples of 1/4 from −`most` to `most`.

    Sums of their products are exact in float32, too, so every order of adding gives the same.
    """
    dtype = (np.float64, np.float32)[int(rng.integers(2))]
    quarters = round(4 * most)
    return tuple(
        (rng.integers(-quarters, quarters + 1, size=shape) / 4).astype(dtype) for shape in shapes
    )


def two_layers(rng: np.random.Generator, n_in: int, n_middle: int, n_out: int) -> tuple[Array, ...]:
    """Draw weight and bias of two linear layers, one after the other."""
    return arrays(rng, (n_middle, n_in), (n_middle,), (n_out, n_middle), (n_out,))


def lowered(rng: np.random.Generator, x: Array) -> Array:
    """Return x, or with all entries below 0, or far below any number at which a search begins."""
    return (x, x - 4, (x - 4) * 1e12)[int(rng.integers(3))]


def multiples(rng: np.random.Generator, shape: tuple[int, ...], most: int = 127) -> Array:
    """Draw rows of a step times −`most` to `most`, each with a step of its own, nearly.

    No entry lies halfway between two multiples, where float32 and float64 may round to
    different sides. The largest of each row is exact, and negative in half of them.
    """
    rows = rng.integers(-most + 1, most, size=shape) + rng.uniform(-0.3, 0.3, size=shape)
    for row in rows:
        row.flat[int(rng.integers(row.size))] = most * rng.choice([-1, 1])
    steps = 10.0 ** rng.integers(-3, 1, size=(shape[0], *[1] * (len(shape) - 1)))
    return (rows * steps).astype((np.float64, np.float32)[int(rng.integers(2))])
