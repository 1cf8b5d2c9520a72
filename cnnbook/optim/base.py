"""What every optimiser has: parameters, numbers to set, and a state to save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from cnnbook.arguments.checks import Array, as_array
from cnnbook.optim._checks import check_parameters

__all__ = ["Optimizer"]

# Infinite gradients meet silently, as in PyTorch.
quiet = np.errstate(all="ignore")

#: What PyTorch's states hold beside ours: how it computes, and what schedules keep there.
_PASSED_OVER = frozenset(
    {"params", "foreach", "fused", "capturable", "differentiable", "initial_lr"}
    | {"max_lr", "min_lr", "max_momentum", "base_momentum"}
)


class Optimizer:
    """A rule by which gradients change parameters.

    A subclass names in `options` the numbers that can be set, as PyTorch does, and checks them in
    `_checked`. What it keeps for each parameter it hands out in `_kept` and takes in `_keep`.

    Parameters
    ----------
    parameters : iterable of ndarray
        The arrays to change; float32 or float64.
    **options
        The numbers to set, by name.
    """

    options: ClassVar[tuple[str, ...]] = ()
    #: Options of PyTorch's that are left out, and the value at which it computes the same.
    fixed: ClassVar[dict[str, Any]] = {}
    lr: float
    initial_lr: float | None = None  # what the first schedule found

    def __init__(self, parameters: Iterable[Array], **options: Any) -> None:
        self.parameters = check_parameters(type(self).__name__, parameters)
        self._take(self._checked(type(self).__name__, options))

    def step(self, gradients: Iterable[Array]) -> None:
        """Change every parameter once, in place."""
        raise NotImplementedError(f"{type(self).__name__} does not define step")

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next steps depend on, beside parameters and gradients, as copies.

        Returns
        -------
        dict
            In PyTorch's form: ``"state"`` holds, for the number of each parameter, what is kept
            for it; ``"param_groups"`` holds the options, in one group. For PyTorch, make tensors
            of the arrays.
        """
        group = {name: getattr(self, name) for name in self.options}
        numbers = list(range(len(self.parameters)))
        return {
            "state": {i: kept for i in numbers if (kept := self._kept(i))},
            "param_groups": [{**group, **self.fixed, "params": numbers}],
        }

    @quiet
    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on where another optimiser stopped; the parameters themselves stay as they are.

        Parameters
        ----------
        state_dict : mapping
            What `state_dict` returned, of this class or of PyTorch's of the same name. Numbers
            are rounded to the dtype of their parameter.

        Raises
        ------
        TypeError
            If `state_dict` is not a mapping of this form.
        ValueError
            If it belongs to another optimiser or to other parameters. Nothing is changed then.
        """
        function = f"{type(self).__name__}.load_state_dict"
        state, group = _parts(function, state_dict)
        count = len(group["params"])
        if count != len(self.parameters):
            raise ValueError(
                f"{function}: state_dict is of {count} parameters; expected {len(self.parameters)}"
            )
        self._check_names(function, group)
        options = self._checked(function, {name: group[name] for name in self.options})
        kept = [self._fitting(function, i, state.get(i, {})) for i in range(count)]
        self._check_kept(function, kept)
        self._take(options)
        for i, arrays in enumerate(kept):
            self._keep(i, arrays)

    def __repr__(self) -> str:
        count, size = len(self.parameters), sum(p.size for p in self.parameters)
        options = "".join(f", {name}={getattr(self, name)!r}" for name in self.options)
        arrays = "1 array" if count == 1 else f"{count} arrays"
        return f"{type(self).__name__}({arrays} of {size:,} numbers{options})"

    def _checked(self, function: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options; refuse what is out of range."""
        raise NotImplementedError

    def _kept(self, i: int) -> dict[str, Array]:
        """Return copies of what is kept for a parameter, under PyTorch's names."""
        raise NotImplementedError

    def _keep(self, i: int, arrays: Mapping[str, Array]) -> None:
        """Take over what `_kept` of another optimiser returned; nothing starts afresh."""
        raise NotImplementedError

    def _check_kept(self, function: str, kept: list[dict[str, Array]]) -> None:
        """Refuse what cannot be kept together."""

    def _take(self, options: Mapping[str, Any]) -> None:
        for name, value in options.items():
            setattr(self, name, value)

    def _check_names(self, function: str, group: Mapping[str, Any]) -> None:
        """Refuse the options of another optimiser, or values at which PyTorch does more."""
        known = {*self.options, *self.fixed, *_PASSED_OVER}
        problems = [f"missing {name}" for name in self.options if name not in group]
        problems += [f"unexpected {name}" for name in group if name not in known]
        problems += [
            f"{name} is {group[name]!r}, expected {value!r}"
            for name, value in self.fixed.items()
            if group.get(name, value) != value
        ]
        if problems:
            raise ValueError(
                f"{function}: state_dict does not fit {type(self).__name__}: " + "; ".join(problems)
            )

    def _fitting(self, function: str, i: int, kept: Any) -> dict[str, Array]:
        """Return what is kept for a parameter as arrays; None stands for nothing."""
        shape = self.parameters[i].shape
        arrays = {}
        for name, value in kept.items():
            if value is None:
                continue
            try:
                array = arrays[name] = as_array(value)
            except (TypeError, ValueError, RuntimeError) as error:
                raise ValueError(
                    f"{function}: {name} of parameter {i} cannot be read as an array: {error}"
                ) from None
            expected = () if name == "step" else shape
            if array.shape != expected or array.dtype.kind not in "iuf":
                raise ValueError(
                    f"{function}: {name} of parameter {i} is {array.dtype.name} of shape "
                    f"{array.shape}; expected real numbers of shape {expected}"
                )
        return arrays


def _parts(function: str, state_dict: Any) -> tuple[Mapping[Any, Any], Mapping[str, Any]]:
    """Return what is kept, and the one group of options."""
    expected = "a dictionary with state and param_groups, as state_dict returns"
    if not isinstance(state_dict, Mapping):
        raise TypeError(
            f"{function}: state_dict is a {type(state_dict).__name__}; expected {expected}"
        )
    if not {"state", "param_groups"} <= state_dict.keys():
        raise ValueError(f"{function}: state_dict has {list(state_dict)}; expected {expected}")
    state, groups = state_dict["state"], state_dict["param_groups"]
    if not isinstance(groups, list) or not all(isinstance(g, Mapping) for g in groups):
        raise TypeError(f"{function}: param_groups is no list of dictionaries; expected {expected}")
    if len(groups) != 1 or not isinstance(groups[0].get("params"), list):
        raise ValueError(
            f"{function}: state_dict has {len(groups)} groups of parameters; "
            "expected one, with a list of params"
        )
    if not isinstance(state, Mapping) or not all(isinstance(s, Mapping) for s in state.values()):
        raise TypeError(f"{function}: state is no dictionary of dictionaries; expected {expected}")
    return state, groups[0]
