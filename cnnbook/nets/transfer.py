"""Use what a network learnt for other classes: freeze its layers, change its head, and train.

A model's *head* is its last linear layer, its *body* all that comes before.
"""

from __future__ import annotations

from typing import Any, TypeVar

from torch import nn

from cnnbook.arguments.checks import integer
from cnnbook.nets.initial import initialize

Model = TypeVar("Model", bound=nn.Module)


def freeze(model: Model, *names: str) -> Model:
    """Keep parts of a model as they are, whatever is trained.

    Their parameters get no gradient, so that an optimiser passes them over. Their layers stay in
    evaluation mode even after ``model.train()``: batch normalisation keeps its running statistics
    and uses them, and dropout drops nothing.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place.
    *names : str
        Names of its parts, as `named_modules` has them; without any, the whole model.

    Returns
    -------
    torch.nn.Module
        The model itself.

    Raises
    ------
    ValueError
        If the model has no part of that name.

    See Also
    --------
    unfreeze : Let them learn again.

    Examples
    --------
    >>> from cnnbook.nets import TinyCNN
    >>> model = freeze(initialize(TinyCNN()), "conv1", "conv2")
    >>> [name for name, p in model.named_parameters() if p.requires_grad]
    ['fc.weight', 'fc.bias']
    """
    for part in _parts("freeze", model, names):
        for parameter in part.parameters():
            parameter.requires_grad_(False)
            parameter.grad = None  # an old one would still move the weight
        for layer in part.modules():
            if not _is_kept(layer):
                layer.register_forward_pre_hook(_stay_in_evaluation)
            layer.training = False
    return model


def unfreeze(model: Model, *names: str) -> Model:
    """Let frozen parts of a model learn again.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place.
    *names : str
        Names of its parts; without any, the whole model.

    Returns
    -------
    torch.nn.Module
        The model itself. Its mode is the one it had: call ``model.train()`` to train.

    Raises
    ------
    ValueError
        If the model has no part of that name.

    Examples
    --------
    >>> from cnnbook.nets import TinyCNN
    >>> model = unfreeze(freeze(initialize(TinyCNN())), "conv2", "fc")
    >>> [name for name, p in model.named_parameters() if not p.requires_grad]
    ['conv1.weight', 'conv1.bias']
    """
    for part in _parts("unfreeze", model, names):
        for parameter in part.parameters():
            parameter.requires_grad_(True)
        for layer in part.modules():
            hooks = layer._forward_pre_hooks
            for key in [key for key, hook in hooks.items() if hook is _stay_in_evaluation]:
                del hooks[key]
    return model


def replace_head(model: Model, n_classes: int, seed: int = 0) -> Model:
    """Give a model a new last layer, for other classes, and keep the rest.

    Parameters
    ----------
    model : torch.nn.Module
        One of the book's classifiers, or another whose last layer with parameters is an
        `nn.Linear`. Changed in place.
    n_classes : int
        Outputs of the new layer.
    seed : int
        Of its weights (see `initialize`).

    Returns
    -------
    torch.nn.Module
        The model itself. The new layer learns, even if the old one was frozen.

    Raises
    ------
    ValueError
        If the last layer is not linear.

    Examples
    --------
    >>> from cnnbook.nets import TinyCNN
    >>> model = replace_head(TinyCNN.pretrained(), 5)
    >>> model.fc
    Linear(in_features=64, out_features=5, bias=True)
    """
    n_classes = integer("replace_head", "n_classes", n_classes, 1)
    seed = integer("replace_head", "seed", seed, 0)
    name, old = _head("replace_head", model)
    new = nn.Linear(
        old.in_features,
        n_classes,
        bias=old.bias is not None,
        device=old.weight.device,
        dtype=old.weight.dtype,
    )
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, initialize(new, seed))
    return model


def parameter_groups(model: nn.Module, lr: float, head_lr: float) -> list[dict[str, Any]]:
    """Return a model's parameters as an optimiser takes them, with two learning rates.

    Parameters
    ----------
    model : torch.nn.Module
        As for `replace_head`.
    lr, head_lr : float
        Learning rate of the body, and of the head.

    Returns
    -------
    list of dict
        ``{"params": …, "lr": …}`` of the body and of the head. Frozen parameters are left out,
        and a group that has no others.

    Raises
    ------
    ValueError
        If the last layer is not linear, a rate is not positive, or all parameters are frozen.

    Examples
    --------
    >>> from cnnbook.nets import TinyCNN
    >>> groups = parameter_groups(TinyCNN(), lr=0.001, head_lr=0.01)
    >>> [(len(group["params"]), group["lr"]) for group in groups]
    [(4, 0.001), (2, 0.01)]
    >>> import torch
    >>> optimizer = torch.optim.Adam(groups)
    """
    for name, rate in (("lr", lr), ("head_lr", head_lr)):
        if not 0 < rate < float("inf"):
            raise ValueError(f"parameter_groups: {name} is {rate!r}; expected a positive number")
    _, head = _head("parameter_groups", model)
    learning = [p for p in model.parameters() if p.requires_grad]
    if not learning:
        raise ValueError("parameter_groups: all parameters are frozen; expected some to learn")
    of_head = {id(p) for p in head.parameters()}
    body = [p for p in learning if id(p) not in of_head]
    rest = [p for p in learning if id(p) in of_head]
    groups = [{"params": body, "lr": lr}, {"params": rest, "lr": head_lr}]
    return [group for group in groups if group["params"]]


def _stay_in_evaluation(layer: nn.Module, _: Any) -> None:
    """Undo ``model.train()`` for a frozen layer before it computes."""
    layer.training = False


def _is_kept(layer: nn.Module) -> bool:
    return any(hook is _stay_in_evaluation for hook in layer._forward_pre_hooks.values())


def _parts(function: str, model: nn.Module, names: tuple[str, ...]) -> list[nn.Module]:
    """Return the named parts; the model itself if none is named."""
    there = dict(model.named_modules())
    for name in names:
        if name not in there or not name:
            with_weights = [
                n for n, part in there.items() if n and any(True for _ in part.parameters())
            ]
            raise ValueError(
                f"{function}: the model has no part {name!r}; expected some of "
                f"{', '.join(map(repr, with_weights))}"
            )
    return [there[name] for name in names] or [model]


def _head(function: str, model: nn.Module) -> tuple[str, nn.Linear]:
    """Return the last layer with parameters of its own, and its name."""
    layers = [
        (name, layer)
        for name, layer in model.named_modules()
        if any(True for _ in layer.parameters(recurse=False))
    ]
    name, last = layers[-1] if layers else ("", model)
    if not name or not isinstance(last, nn.Linear):
        what = f"ends in {name!r}, a" if name else "is itself a"
        raise ValueError(
            f"{function}: the model {what} {type(last).__name__}; "
            "expected one whose last layer with parameters is an nn.Linear"
        )
    return name, last
