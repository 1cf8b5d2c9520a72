"""What every layer has: a forward and a backward pass, parameters, and a state to save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from cnnbook.arguments.checks import Array, a_kind, as_array, check_flag


class Layer:
    """A step of a network: it holds parameters and calls the functions of this package.

    ``layer(x)`` or ``layer.forward(x)`` computes the output and remembers what the backward pass
    needs: a reference to `x`, so do not change `x` before `backward`.
    ``layer.backward(grad_output)`` then returns the gradient with respect to `x`, and *sets* the
    gradients of the layer's own parameters. PyTorch adds them to what is there until
    ``zero_grad()`` is called; here each backward pass starts afresh and there is no `zero_grad`.
    With ``need_input_grad=False`` the gradient with respect to `x` is not computed and the answer
    is None: the first layer of a network has no use for it.

    In evaluation mode (`eval`) a layer remembers nothing, unless told to. Copies and pickles hold
    parameters and buffers; of the last batch they hold nothing, neither inputs nor gradients.

    A layer belongs to one thread: two that train it at once would meet in what it remembers.
    Give each a ``copy.deepcopy`` of the model. In evaluation mode any number of threads may call
    it, as nothing is written.

    A parameter is a plain array, for example `weight`, and its gradient is the attribute
    `grad_weight`. Optimisers change the arrays in place.

    A subclass lists its parameters and buffers (what it remembers but does not learn) in
    `parameter_names` and `buffer_names`, its inner layers in `children`, and defines `forward`
    and `backward`. What `backward` needs, `forward` hands to ``self._remember(...)``, and
    `backward` gets it back from ``self._recall()``.
    """

    parameter_names: ClassVar[tuple[str, ...]] = ()
    buffer_names: ClassVar[tuple[str, ...]] = ()
    training: bool = True
    _backward_in_eval: bool = False
    _saved_input: Any = None  # what `_remember` was given

    def __call__(self, x: Array) -> Array:
        """Return ``forward(x)``."""
        return self.forward(x)

    def forward(self, x: Array) -> Array:
        """Return the output for `x`."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def backward(self, grad_output: Array, need_input_grad: bool = True) -> Array | None:
        """Set the parameters' gradients; return the one with respect to the last input."""
        raise NotImplementedError(f"{type(self).__name__} does not define backward")

    def children(self) -> dict[str, Layer]:
        """Return the layers inside this one, by name."""
        return {}

    def parameters(self) -> list[Array]:
        """Return the arrays that are learnt, in the order of `state_dict`."""
        return [array for layer in self._layers() for _, array in layer._own_parameters()]

    def gradients(self) -> list[Array]:
        """Return the gradients that the last backward pass set, in the order of `parameters`.

        Raises
        ------
        RuntimeError
            If there was no backward pass yet.
        """
        return [
            layer._gradient(name) for layer in self._layers() for name, _ in layer._own_parameters()
        ]

    def state_dict(self) -> dict[str, Array]:
        """Return copies of all parameters and buffers by name.

        The names and shapes are those of ``torch.nn``: ``0.weight`` for the weight of a
        `Sequential`'s first layer. For PyTorch, make tensors of them:
        ``{name: torch.from_numpy(array) for name, array in layer.state_dict().items()}``.
        """
        return {name: array.copy() for name, array in self._state().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Copy values into all parameters and buffers.

        Parameters
        ----------
        state : mapping of str to array_like
            Exactly the names and shapes of `state_dict`: one that came from there, or from a
            PyTorch module. Numbers are rounded to the dtype of this layer.

        Raises
        ------
        TypeError
            If `state` is not a mapping.
        ValueError
            If a name is missing or too many, or a shape or kind of number differs. The message
            lists them all, and nothing is copied.
        """
        if not isinstance(state, Mapping):
            raise TypeError(
                f"load_state_dict: state is a {type(state).__name__}; "
                "expected a dictionary of arrays, as state_dict returns"
            )
        own = self._state()
        problems = [f"missing {name}" for name in own if name not in state]
        problems += [f"unexpected {name}" for name in state if name not in own]
        values: dict[str, Array] = {}
        for name in own.keys() & state.keys():
            try:
                values[name] = as_array(state[name])
            except (TypeError, ValueError, RuntimeError) as error:
                problems.append(f"{name} cannot be read as an array: {error}")
        for name, value in values.items():
            if value.shape != own[name].shape:
                problems.append(f"{name} has shape {value.shape}, expected {own[name].shape}")
            elif not np.can_cast(value.dtype, own[name].dtype, casting="same_kind"):
                problems.append(f"{name} is {value.dtype.name}, expected {own[name].dtype.name}")
        if problems:
            raise ValueError(
                f"load_state_dict: state does not fit this {type(self).__name__}: "
                + "; ".join(problems)
            )
        for name, value in values.items():
            with np.errstate(over="ignore"):  # beyond float32 is infinite, as in torch
                own[name][...] = value

    def train(self, mode: bool = True) -> Self:
        """Put this layer and all inside it in training mode (or not); return the layer."""
        check_flag("train", "mode", mode)
        for layer in self._layers():
            layer.training, layer._backward_in_eval = mode, False
            if not mode:
                layer._saved_input = None
        return self

    def eval(self, backward: bool = False) -> Self:
        """Put this layer and all inside it in evaluation mode; return the layer.

        Parameters
        ----------
        backward : bool
            Whether to go on remembering what a backward pass needs. (PyTorch has `no_grad` for
            that.) It is wanted for a gradient of the network as it is used, a saliency map for
            example, or to train on while batch normalisation keeps its statistics.
        """
        check_flag("eval", "backward", backward)
        self.train(False)
        for layer in self._layers():
            layer._backward_in_eval = backward
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Return what copies and pickles hold: all but what came from a batch."""
        gradients = {f"grad_{name}": None for name in self.parameter_names}
        state = {**vars(self), **gradients}
        state.pop("_saved_input", None)
        return state

    def __repr__(self) -> str:
        children = self.children()
        if not children:
            return f"{type(self).__name__}({self._arguments()})"
        lines = "".join(f"({name}): {child!r}\n" for name, child in children.items())
        indented = "".join(f"  {line}\n" for line in lines.splitlines())
        return f"{type(self).__name__}(\n{indented})"

    def _arguments(self) -> str:
        """Return what stands between the brackets of the layer's repr."""
        return ""

    def _layers(self) -> list[Layer]:
        """Return this layer and all inside it, depth first, as PyTorch orders a state."""
        return [self, *(inner for child in self.children().values() for inner in child._layers())]

    def _own_parameters(self) -> list[tuple[str, Array]]:
        pairs = ((name, getattr(self, name)) for name in self.parameter_names)
        return [(name, array) for name, array in pairs if array is not None]

    def _state(self) -> dict[str, Array]:
        """Return the arrays themselves by name: own parameters, own buffers, the children's."""
        own = dict(self._own_parameters())
        own.update({name: getattr(self, name) for name in self.buffer_names})
        for prefix, child in self.children().items():
            own.update({f"{prefix}.{name}": array for name, array in child._state().items()})
        return own

    def _gradient(self, name: str) -> Array:
        gradient: Array | None = getattr(self, f"grad_{name}", None)
        if gradient is None:
            raise RuntimeError(
                f"{type(self).__name__}: there is no gradient of {name} yet; call backward first"
            )
        return gradient

    def _remember(self, saved: Any) -> None:
        """Keep what `backward` will need; in evaluation mode nothing, and no older batch either."""
        if self.training or self._backward_in_eval:
            self._saved_input = saved
        elif self._saved_input is not None:
            self._saved_input = None

    def _recall(self, need_input_grad: Any) -> Any:
        """Return what `forward` kept, for a backward pass with this argument."""
        function = f"{type(self).__name__}.backward"
        check_flag(function, "need_input_grad", need_input_grad)
        if self._saved_input is None:
            hint = "" if self.training or self._backward_in_eval else EVALUATION
            raise RuntimeError(
                f"{function}: called before forward; "
                f"the backward pass needs the input of a forward pass{hint}"
            )
        return self._saved_input


EVALUATION = (
    ". In evaluation mode a forward pass keeps nothing: call the model's eval(backward=True) "
    "before it, or train()"
)


def check_layer(function: str, name: str, value: Any) -> None:
    """Refuse what is not a layer."""
    if isinstance(value, Layer):
        return
    hint = ""
    if isinstance(value, type) and issubclass(value, Layer):
        hint = f"; {value.__name__} is a class, make a layer of it: {value.__name__}(...)"
    elif isinstance(value, list | tuple):
        hint = f"; hand the layers over one by one: {function}(*layers)"
    elif type(value).__module__.startswith("torch."):
        hint = f" of cnnbook.layers, not of {type(value).__module__}"
    raise TypeError(f"{function}: {name} is {a_kind(value)}; expected a layer{hint}")
