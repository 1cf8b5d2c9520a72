"""The first weights of a layer: random, and of a size that keeps signals alive.

Weights that are too small make the outputs fade from layer to layer, weights that are too large
make them explode. Both are avoided when each weight's spread shrinks with the number of inputs
that are added up (the fan-in).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from cnnbook.arguments.checks import Array, check_generator, floating_dtype, integer, shown

__all__ = ["fan_in", "kaiming_uniform"]


def fan_in(weight_shape: tuple[int, ...]) -> int:
    """Return how many inputs one output adds up, for a weight of this shape.

    Parameters
    ----------
    weight_shape : tuple of int
        (C_out, C_in/groups, K_H, K_W) of a convolution or (out_features, in_features) of a linear
        layer. As in PyTorch all axes but the first count, also for a transposed convolution,
        whose axes mean something else.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        For anything but a shape of at least two axes.

    Examples
    --------
    >>> fan_in((6, 1, 5, 5))
    25
    """
    if not isinstance(weight_shape, tuple | list) or len(weight_shape) < 2:
        raise ValueError(
            f"fan_in: weight_shape is {shown(weight_shape)}; expected the shape of a weight, "
            "outputs first"
        )
    return math.prod(weight_shape[1:])


def kaiming_uniform(
    shape: tuple[int, ...],
    fan: int,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float32,
) -> Array:
    """Draw numbers evenly between −1/√fan and 1/√fan, as PyTorch's layers do.

    Parameters
    ----------
    shape : tuple of int
        Shape of the array.
    fan : int
        The fan-in of the layer; see `fan_in`. A bias takes the fan-in of its weight.
    rng : numpy.random.Generator
        Where the randomness comes from.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    ndarray

    Raises
    ------
    TypeError
        If `rng` is not a Generator, `dtype` is not floating or `fan` is not an integer.
    ValueError
        If `fan` is below 1.

    Notes
    -----
    The Kaiming initialisation, U(−b, b) with b = √(6 / ((1 + a²) · fan)), with PyTorch's default
    a = √5, which makes b = 1/√fan. He et al., "Delving Deep into Rectifiers", ICCV 2015, is the
    same with a = 0, √6 times as wide. Drawn in float64 and rounded, so that float32 and float64
    layers start alike.

    Examples
    --------
    >>> weight = kaiming_uniform((6, 1, 5, 5), 25, np.random.default_rng(0))
    >>> weight.dtype.name, bool(abs(weight).max() <= 0.2)
    ('float32', True)
    """
    check_generator("kaiming_uniform", rng)
    integer("kaiming_uniform", "fan", fan, 1)
    floating = floating_dtype("kaiming_uniform", dtype)
    bound = 1 / math.sqrt(fan)
    return rng.uniform(-bound, bound, shape).astype(floating)
