"""Layers made of layers: one after the other, and around a shortcut."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnbook.arguments.checks import Array
from cnnbook.layers.base import Layer, check_layer

__all__ = ["Residual", "Sequential"]


class Sequential(Layer):
    """Layers one after the other; each takes the output of the one before.

    Parameters
    ----------
    *layers : Layer
        In the order of the forward pass. ``model[0]`` is the first, ``len(model)`` their number.
        Without any, what goes in comes out.

    Raises
    ------
    TypeError
        If one of them is not a layer.
    ValueError
        If a layer is there twice: it would remember only its last input.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnbook.layers import Linear, ReLU
    >>> rng = np.random.default_rng(0)
    >>> model = Sequential(Linear(4, 3, rng=rng), ReLU(), Linear(3, 2, rng=rng))
    >>> model
    Sequential(
      (0): Linear(in_features=4, out_features=3, bias=True)
      (1): ReLU()
      (2): Linear(in_features=3, out_features=2, bias=True)
    )
    >>> list(model.state_dict())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    """

    def __init__(self, *layers: Layer) -> None:
        for i, layer in enumerate(layers):
            check_layer("Sequential", f"layer {i}", layer)
        self.layers = list(layers)
        _refuse_twice(self)

    def children(self) -> dict[str, Layer]:
        """Return the layers by their number: "0", "1", …."""
        return {str(i): layer for i, layer in enumerate(self.layers)}

    def forward(self, x: Array) -> Array:
        """Return the output of the last layer."""
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, grad_output: Array, need_input_grad: bool = True) -> Array | None:
        """Go through the layers from last to first and set all their gradients.

        Without `need_input_grad` it stops at the first layer that has parameters, and that
        layer computes no gradient for its input.
        """
        stop = 0
        if not need_input_grad:
            learn = (i for i, layer in enumerate(self.layers) if layer.parameters())
            stop = next(learn, len(self.layers))
        gradient: Array | None = grad_output
        for i in reversed(range(stop, len(self.layers))):
            assert gradient is not None  # only the layer at `stop` may leave it out
            gradient = self.layers[i].backward(gradient, need_input_grad or i > stop)
        return gradient if need_input_grad else None

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: int) -> Layer:
        return self.layers[index]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)


class Residual(Layer):
    """y = body(x) + x, or body(x) + shortcut(x): the body learns what to add.

    Parameters
    ----------
    body : Layer
        Usually a `Sequential`; without a shortcut its output has the shape of its input.
    shortcut : Layer, optional
        Brings `x` to the shape of the body's output, for example a 1×1 convolution.

    Raises
    ------
    TypeError
        If an argument is not a layer.
    ValueError
        If a layer is there twice; in `forward`, if the two shapes differ.

    Notes
    -----
    The keys of `state_dict` begin with ``body.`` and ``shortcut.``, as those of a PyTorch module
    with these two attributes. He et al., "Deep Residual Learning", CVPR 2016; a ReLU after the
    sum, as there, is a layer of its own.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnbook.layers import ReLU
    >>> Residual(ReLU())(np.array([-1.0, 2.0]))
    array([-1.,  4.])
    """

    def __init__(self, body: Layer, shortcut: Layer | None = None) -> None:
        check_layer("Residual", "body", body)
        if shortcut is not None:
            check_layer("Residual", "shortcut", shortcut)
        self.body, self.shortcut = body, shortcut
        _refuse_twice(self)

    def children(self) -> dict[str, Layer]:
        """Return "body", and "shortcut" if there is one."""
        both = {"body": self.body, "shortcut": self.shortcut}
        return {name: layer for name, layer in both.items() if layer is not None}

    @np.errstate(all="ignore")  # infinities of both signs meet silently, as in torch
    def forward(self, x: Array) -> Array:
        """Return the sum of the two branches."""
        y = self.body(x)
        beside = x if self.shortcut is None else self.shortcut(x)
        if y.shape != beside.shape:
            raise ValueError(
                f"Residual: the body gives shape {y.shape} and the shortcut {beside.shape}; "
                "expected the same (a shortcut layer can change the shape)"
            )
        return y + beside

    @np.errstate(all="ignore")
    def backward(self, grad_output: Array, need_input_grad: bool = True) -> Array | None:
        """Send the gradient through both branches and add up what comes out."""
        grad_body = self.body.backward(grad_output, need_input_grad)
        if self.shortcut is None:
            grad_beside: Array | None = grad_output
        else:
            grad_beside = self.shortcut.backward(grad_output, need_input_grad)
        if grad_body is None or grad_beside is None:
            return None
        return grad_body + grad_beside


def _refuse_twice(container: Layer) -> None:
    """Refuse a layer that stands in two places: it remembers one input only."""
    layers = container._layers()
    twice = next((layer for i, layer in enumerate(layers) if layer in layers[:i]), None)
    if twice is not None:
        raise ValueError(
            f"{type(container).__name__}: the layer {twice!r} is there twice; "
            "expected a layer of its own for each place"
        )
