"""What optimisers and schedules ask of their arguments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from cnnbook.arguments.checks import Array, a_kind, check_array, check_writeable, real, shown


def number(function: str, name: str, value: Any, below: float = math.inf) -> float:
    """Refuse what is not a number of at least 0 and under `below`."""
    number = real(function, name, value)
    if not 0 <= number < below:
        limit = "" if below == math.inf else f" and below {below}"
        raise ValueError(f"{function}: {name} is {value!r}; expected at least 0{limit}")
    return number


def list_of_arrays(function: str, name: str, values: Any) -> list[Array]:
    """Return arrays as a list; what a learner may have meant otherwise is refused by name."""
    if isinstance(values, list):
        return list(values)
    if isinstance(values, np.ndarray):
        raise TypeError(f"{function}: {name} is one array; expected a list of arrays")
    method = getattr(values, name, None)
    if callable(method):  # a model, whose own list is meant
        raise TypeError(
            f"{function}: {name} is {a_kind(values)}; expected a list of arrays; use its {name}()"
        )
    if isinstance(values, Mapping):
        raise TypeError(
            f"{function}: {name} is {a_kind(values)}; expected a list of arrays; "
            "use list(....values())"
        )
    if not isinstance(values, Iterable):
        raise TypeError(f"{function}: {name} is {shown(values)}; expected a list of arrays")
    return list(values)


def check_parameters(function: str, parameters: Any) -> list[Array]:
    """Refuse what an optimiser cannot change; return the arrays as a list."""
    arrays = list_of_arrays(function, "parameters", parameters)
    if not arrays:
        raise ValueError(f"{function}: parameters is empty; expected at least one array")
    for i, parameter in enumerate(arrays):
        check_array(function, f"parameters[{i}]", parameter, floating=True)
        check_writeable(function, f"parameters[{i}]", parameter)
        if any(parameter is other for other in arrays[:i]):
            raise ValueError(
                f"{function}: parameters[{i}] is there twice; expected each array once, "
                "as it would take each step twice"
            )
    return arrays


def check_gradients(function: str, gradients: Any, parameters: list[Array]) -> list[Array]:
    """Check all gradients before the first parameter changes."""
    arrays = list_of_arrays(function, "gradients", gradients)
    if len(arrays) != len(parameters):
        raise ValueError(
            f"{function}: gradients has {len(arrays)} arrays; "
            f"expected {len(parameters)}, one per parameter"
        )
    for i, (gradient, parameter) in enumerate(zip(arrays, parameters, strict=True)):
        check_array(function, f"gradients[{i}]", gradient, floating=True)
        if (gradient.shape, gradient.dtype) != (parameter.shape, parameter.dtype):
            raise ValueError(
                f"{function}: gradients[{i}] is {gradient.dtype.name} of shape {gradient.shape}; "
                f"expected {parameter.dtype.name} of shape {parameter.shape}, like its parameter"
            )
    return arrays
