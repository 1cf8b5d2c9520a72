"""The first weights of a layer: random, and of a size that keeps signals alive.

Weights that are too small make the outputs fade from layer to layer, weights that are too large
make them explode. Both are avoided when each weight's spread shrinks with the number of inputs
that are added up (the fan-in). `kaiming_uniform` draws what PyTorch's layers start with. The four
whose names end in _ fill an array that is there, as those of ``torch.nn.init`` do: He's (kaiming)
for layers before a ReLU, Xavier's for layers before a tanh.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnbook.arguments.checks import (
    Array,
    check_array,
    check_generator,
    check_writeable,
    choice,
    floating_dtype,
    integer,
    real,
    shown,
)

__all__ = [
    "calculate_gain",
    "fan_in",
    "fan_out",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "xavier_normal_",
    "xavier_uniform_",
]

#: What `calculate_gain` gives; leaky_relu's depends on its slope.
_GAINS = {
    **dict.fromkeys(("linear", "conv1d", "conv2d", "conv3d"), 1.0),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), 1.0),
    **{"sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "leaky_relu": None, "selu": 3 / 4},
}


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
    _check_shape("fan_in", weight_shape)
    return math.prod(weight_shape[1:])


def fan_out(weight_shape: tuple[int, ...]) -> int:
    """Return how many outputs one input goes into, for a weight of this shape.

    Going backwards, the gradient at an input adds up so many numbers.

    Parameters
    ----------
    weight_shape : tuple of int
        As for `fan_in`; all axes but the second count.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        For anything but a shape of at least two axes.

    Examples
    --------
    >>> fan_out((6, 1, 5, 5))
    150
    """
    _check_shape("fan_out", weight_shape)
    return math.prod(weight_shape[:1]) * math.prod(weight_shape[2:])


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


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return how much larger weights must be, because of the function that follows the layer.

    Parameters
    ----------
    nonlinearity : str
        The name of the function: "linear" (and "conv2d" and the other layers) and "sigmoid" have
        gain 1, "tanh" 5/3, "relu" √2, "leaky_relu" √(2 / (1 + param²)), "selu" 3/4.
    param : float, optional
        The slope of "leaky_relu" below 0, 0.01 unless given.

    Returns
    -------
    float

    Raises
    ------
    TypeError
        If `nonlinearity` is not a string or `param` not a number.
    ValueError
        If `nonlinearity` is not among these names.

    Notes
    -----
    ReLU lets half of the numbers through: the second moment of its outputs is half of that of its
    inputs, and weights √2 times as large make up for it. He et al., "Delving Deep into
    Rectifiers", ICCV 2015, section 2.2. Those of tanh and SELU are PyTorch's, by experience.

    Examples
    --------
    >>> print(f"{calculate_gain('relu'):.4f}")
    1.4142
    """
    choice("calculate_gain", "nonlinearity", nonlinearity, tuple(_GAINS))
    slope = 0.01 if param is None else real("calculate_gain", "param", param)
    gain = _GAINS[nonlinearity]
    return math.sqrt(2 / (1 + slope**2)) if gain is None else gain


def kaiming_uniform_(
    weight: Array,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    rng: np.random.Generator,
) -> Array:
    """Fill a weight, in place, with numbers between −b and b, b = gain · √(3 / fan).

    Their standard deviation is gain / √fan. (`kaiming_uniform`, without _, makes the arrays that
    PyTorch's layers start with: these numbers with a = √5.)

    Parameters
    ----------
    weight : ndarray, shape (C_out, C_in/groups, ...)
        float32 or float64; see `fan_in`. (PyTorch's `tensor`.)
    a : float
        The slope below 0 of the leaky_relu that follows; 0 is ReLU.
    mode : {"fan_in", "fan_out"}
        Which fan: "fan_in" keeps the size of the signals going forward, "fan_out" that of the
        gradients going back.
    nonlinearity : str
        The function that follows; see `calculate_gain`.
    rng : numpy.random.Generator
        Where the randomness comes from. (PyTorch's `generator`.)

    Returns
    -------
    ndarray
        The same array.

    Raises
    ------
    TypeError
        If `weight` is not a floating array, `rng` not a Generator, or a name not a string.
    ValueError
        If `weight` has less than two axes or is read-only, or a name is not known.

    Notes
    -----
    He et al., "Delving Deep into Rectifiers", ICCV 2015. Drawn in float64 and rounded, so that
    both dtypes get the same numbers. An empty array stays as it is.

    Examples
    --------
    >>> weight = kaiming_uniform_(np.empty((8, 6)), rng=np.random.default_rng(0))
    >>> weight.shape, bool(abs(weight).max() <= 1)
    ((8, 6), True)
    """
    deviation = _kaiming("kaiming_uniform_", weight, a, mode, nonlinearity, rng)
    return _fill_uniform(weight, deviation, rng)


def kaiming_normal_(
    weight: Array,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    rng: np.random.Generator,
) -> Array:
    """Fill a weight, in place, with normal numbers of standard deviation gain / √fan.

    Parameters
    ----------
    weight, a, mode, nonlinearity, rng
        As for `kaiming_uniform_`.

    Returns
    -------
    ndarray
        The same array.

    Raises
    ------
    TypeError, ValueError
        As `kaiming_uniform_`.

    Notes
    -----
    He et al., "Delving Deep into Rectifiers", ICCV 2015, equation 10.

    Examples
    --------
    >>> weight = kaiming_normal_(np.empty((500, 200)), rng=np.random.default_rng(0))
    >>> print(f"{weight.std():.2f}")
    0.10
    """
    deviation = _kaiming("kaiming_normal_", weight, a, mode, nonlinearity, rng)
    return _fill_normal(weight, deviation, rng)


def xavier_uniform_(weight: Array, gain: float = 1.0, *, rng: np.random.Generator) -> Array:
    """Fill a weight, in place, with numbers between −b and b, b = gain · √(6 / (fan_in + fan_out)).

    Their standard deviation is gain · √(2 / (fan_in + fan_out)): a compromise between what the
    signals going forward and the gradients going back ask for.

    Parameters
    ----------
    weight : ndarray, shape (C_out, C_in/groups, ...)
        float32 or float64; see `fan_in`. (PyTorch's `tensor`.)
    gain : float
        Factor; see `calculate_gain`.
    rng : numpy.random.Generator
        Where the randomness comes from. (PyTorch's `generator`.)

    Returns
    -------
    ndarray
        The same array.

    Raises
    ------
    TypeError
        If `weight` is not a floating array, `gain` not a number or `rng` not a Generator.
    ValueError
        If `weight` has less than two axes or is read-only, or `gain` is negative or not finite.

    Notes
    -----
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, equation 16. An empty array stays as it is.

    Examples
    --------
    >>> weight = xavier_uniform_(np.empty((4, 2)), rng=np.random.default_rng(0))
    >>> weight.shape, bool(abs(weight).max() <= 1)
    ((4, 2), True)
    """
    return _fill_uniform(weight, _xavier("xavier_uniform_", weight, gain, rng), rng)


def xavier_normal_(weight: Array, gain: float = 1.0, *, rng: np.random.Generator) -> Array:
    """Fill a weight, in place, with normal numbers: deviation gain · √(2 / (fan_in + fan_out)).

    Parameters
    ----------
    weight, gain, rng
        As for `xavier_uniform_`.

    Returns
    -------
    ndarray
        The same array.

    Raises
    ------
    TypeError, ValueError
        As `xavier_uniform_`.

    Notes
    -----
    Glorot and Bengio, AISTATS 2010, equation 12.

    Examples
    --------
    >>> weight = xavier_normal_(np.empty((500, 300)), rng=np.random.default_rng(0))
    >>> print(f"{weight.std():.2f}")
    0.05
    """
    return _fill_normal(weight, _xavier("xavier_normal_", weight, gain, rng), rng)


def _check_shape(function: str, weight_shape: Any) -> None:
    if not isinstance(weight_shape, tuple | list) or len(weight_shape) < 2:
        raise ValueError(
            f"{function}: weight_shape is {shown(weight_shape)}; expected the shape of a weight, "
            "outputs first"
        )


def _check_weight(function: str, weight: Any, rng: Any) -> None:
    check_array(function, "weight", weight, floating=True)
    if weight.ndim < 2:
        raise ValueError(
            f"{function}: weight has shape {weight.shape}; "
            "expected at least two axes, outputs first (a bias has no fan)"
        )
    check_writeable(function, "weight", weight)
    check_generator(function, rng)


def _kaiming(function: str, weight: Any, a: Any, mode: Any, nonlinearity: Any, rng: Any) -> float:
    """Check the arguments of He's initialisations; return the standard deviation."""
    _check_weight(function, weight, rng)
    slope = real(function, "a", a)
    choice(function, "mode", mode, ("fan_in", "fan_out"))
    choice(function, "nonlinearity", nonlinearity, tuple(_GAINS))
    fan = fan_in(weight.shape) if mode == "fan_in" else fan_out(weight.shape)
    return calculate_gain(nonlinearity, slope) / math.sqrt(max(fan, 1))


def _xavier(function: str, weight: Any, gain: Any, rng: Any) -> float:
    """Check the arguments of Xavier's initialisations; return the standard deviation."""
    _check_weight(function, weight, rng)
    if not 0 <= real(function, "gain", gain) < math.inf:
        raise ValueError(f"{function}: gain is {gain!r}; expected a finite number of at least 0")
    fans = fan_in(weight.shape) + fan_out(weight.shape)
    return float(gain) * math.sqrt(2 / max(fans, 1))


def _fill_uniform(weight: Array, deviation: float, rng: np.random.Generator) -> Array:
    bound = math.sqrt(3) * deviation  # numbers spread evenly deviate by their bound / √3
    weight[...] = rng.uniform(-bound, bound, weight.shape)
    return weight


def _fill_normal(weight: Array, deviation: float, rng: np.random.Generator) -> Array:
    weight[...] = deviation * rng.standard_normal(weight.shape)
    return weight
