"""Train a classifier on arrays, and measure it.

The arrays are moved to the device once and stay there; a batch is an indexing. Everything random
comes from NumPy generators made of the seed and the epoch's number, so a run repeats on other
machines up to rounding, and a resumed run needs no saved generator. Several processes draw the
same batches and take their shares (`cnnbook.nets.distributed`).
"""

from __future__ import annotations

import math
import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnbook.arguments.checks import choice, integer
from cnnbook.nets import distributed
from cnnbook.nets.augment import draw_shifts, shift
from cnnbook.nets.checkpoints import load_checkpoint, plain, save_checkpoint, set_weights
from cnnbook.nets.evaluation import Array, check_targets, device_of, evaluate, on_device
from cnnbook.nets.files import only_one
from cnnbook.nets.recipes import NOTES, Recipe
from cnnbook.nets.resuming import expect_same_training, expect_whole


@dataclass
class History:
    """What happened in each epoch; a training continues where its lists end.

    Attributes
    ----------
    train_loss, train_accuracy : list of float
        Means over the epoch, measured while the weights change.
    validation_loss, validation_accuracy : list of float
        Measured after each epoch; empty without validation data.
    seconds : list of float
        Wall-clock time of each epoch's training, without validation and checkpoint.
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.train_loss)

    @property
    def best_epoch(self) -> int:
        """Index of the epoch with the lowest validation loss."""
        if not self.validation_loss:
            raise ValueError("History: there is no best epoch without validation data")
        return min(range(len(self)), key=self.validation_loss.__getitem__)


def fit(
    model: nn.Module,
    x: Array,
    y: Array,
    recipe: Recipe = NOTES,
    *,
    validation: tuple[Array, Array] | None = None,
    patience: int | None = None,
    seed: int = 0,
    device: str | torch.device | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    settings: dict[str, Any] | None = None,
    amp: Literal["bfloat16", "float16"] | None = None,
    channels_last: bool = False,
    compile: bool = False,
    progress: bool = True,
    on_epoch: Callable[[History], object] | None = None,
) -> History:
    """Train a model with cross-entropy. It starts from the weights it has (see `initialize`).

    Called by several processes at once, inside `cnnbook.nets.distributed.process_group`, it trains
    one model: each takes its share of every batch, and the weights end up as those of one process
    up to rounding, unless the model draws dropout or normalizes over the batch.

    Parameters
    ----------
    model : torch.nn.Module
        Gives logits (N, classes), or (N, classes, H, W) for a class per pixel. Changed in place.
    x : ndarray or Tensor, shape (N, ...)
        Inputs, floating.
    y : ndarray or Tensor, shape (N,) or (N, H, W)
        Classes, integers from 0.
    recipe : Recipe
        Epochs, batch size (of all processes together), optimiser, learning rate and augmentation.
    validation : (x, y), optional
        Measured after each epoch, never trained on.
    patience : int, optional
        Stop when the validation loss has not improved for so many epochs, and put the best
        epoch's weights back.
    seed : int
        Of the batches, the augmentation and dropout.
    device : str or torch.device, optional
        Where to train; the model moves there. Without it, where the model is.
    checkpoint : path, optional
        File that is replaced after each epoch. Only one training at a time may write it.
    resume : bool
        Continue from `checkpoint` if it exists. Recipe, seed, data, settings, `amp` and
        `channels_last` must be the same; on a CPU the weights then end up bit for bit as without
        the interruption. Only `epochs` may be more than before: with `one_cycle` the learning rate
        completes its cycle as planned, and the epochs after it have a new cycle of their own.
    settings : dict, optional
        Plain values to keep in the checkpoint beside the weights, such as the name of the data.
    amp : {"bfloat16", "float16"}, optional
        Compute in this type where PyTorch considers it safe; float16 with scaled gradients.
    channels_last : bool
        Keep images and weights with the channel as the fastest axis.
    compile : bool
        Use `torch.compile`, which needs a C++ compiler on a CPU.
    progress : bool
        Show a progress bar if the output is a terminal.
    on_epoch : callable, optional
        Called with the history so far after each epoch, when its checkpoint is written.

    Returns
    -------
    History

    Raises
    ------
    ValueError, TypeError
        For data that do not fit together, an option that cannot be used, or a checkpoint of
        another training.
    FloatingPointError
        If the loss becomes infinite or not a number.
    OSError
        If the checkpoint cannot be written; the former one is still there. A BlockingIOError if
        another training is writing it.

    Examples
    --------
    >>> import numpy as np
    >>> from torch import nn
    >>> x = np.array([[-1.0], [1.0]], dtype=np.float32)
    >>> model = nn.Linear(1, 2)
    >>> history = fit(model, x, np.array([0, 1]), Recipe(epochs=50, lr=1.0))
    >>> evaluate(model, x, np.array([0, 1])).accuracy
    1.0
    """
    seed = integer("fit", "seed", seed, 0)
    recipe = replace(recipe, **plain(asdict(recipe), "recipe"))
    if amp is not None:
        choice("fit", "amp", amp, ("bfloat16", "float16"))
    if patience is not None:
        integer("fit", "patience", patience, 1)
        if validation is None:
            raise ValueError("fit: patience needs validation data; expected validation=(x, y)")
    if not isinstance(settings, dict | None):
        raise TypeError(f"fit: settings is {settings!r}; expected a dict")
    if resume and checkpoint is None:
        raise ValueError("fit: resume is True, but no checkpoint is named; expected a path")
    target = torch.device(device) if device is not None else device_of(model)
    x, y = on_device("fit", x, y, target)
    if validation is not None:
        validation = on_device("fit", *validation, target)
    model.to(target)
    if channels_last:
        if x.ndim != 4:
            raise ValueError(
                f"fit: channels_last is True for x of shape {tuple(x.shape)}; expected (N, C, H, W)"
            )
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    with torch.no_grad():
        check_targets("fit", y, model.eval()(x[:1]))
    state = _State(model, recipe, seed, target, amp, len(x))
    state.identity["channels_last"] = channels_last
    state.settings = plain(settings or {}, "settings")
    with _only_writer(checkpoint):
        if checkpoint is not None:
            state.identity["data"] = _fingerprint(x, y)
            if resume:
                state.load(checkpoint, validation is not None)
        if distributed.size() > 1:
            distributed.expect_same("fit", **state.identity | {"data": _fingerprint(x, y)})
        forward = distributed.parallel(model, target)
        if compile:
            forward = torch.compile(forward)  # type: ignore[assignment]

        bar = _progress_bar(progress, recipe.epochs * state.steps, len(state.history) * state.steps)
        with bar:
            while len(state.history) < recipe.epochs and not state.out_of_patience(patience):
                _one_epoch(forward, x, y, state, channels_last, bar)
                if validation is not None:
                    state.validate(*validation, keep_best=patience is not None)
                if checkpoint is not None:
                    distributed.from_first(partial(state.save, checkpoint))
                if on_epoch is not None:
                    on_epoch(state.history)
        distributed.copy_buffers(model)
        if state.best is not None:
            model.load_state_dict(state.best)
    return state.history


@contextmanager
def _only_writer(checkpoint: str | os.PathLike[str] | None) -> Iterator[None]:
    with ExitStack() as stack:
        if checkpoint is not None:
            distributed.from_first(lambda: stack.enter_context(only_one(checkpoint)))
        yield


class _State:
    """Everything that changes during a training, and how it goes to a file and back."""

    def __init__(
        self,
        model: nn.Module,
        recipe: Recipe,
        seed: int,
        device: torch.device,
        amp: str | None,
        n_inputs: int,
    ) -> None:
        self.model, self.recipe, self.seed, self.device = model, recipe, seed, device
        self.steps = math.ceil(n_inputs / recipe.batch_size)  # per epoch
        self.optimizer = _optimizer(recipe, model.parameters())
        self.scheduler = self._cycle(recipe.epochs) if recipe.one_cycle else None
        self.amp_dtype = None if amp is None else getattr(torch, amp)
        # float16 has few small numbers: gradients are scaled up, and down again in the step.
        self.scaler = torch.amp.GradScaler(device.type, enabled=amp == "float16")
        self.history = History()
        self.best: dict[str, Any] | None = None
        # What must be the same in a training that continues this one.
        self.identity: dict[str, Any] = {
            "model": type(model).__name__,
            "recipe": asdict(recipe),
            "seed": seed,
            "amp": amp,
        }
        self.settings: dict[str, Any] = {}

    def _cycle(self, epochs: int) -> torch.optim.lr_scheduler.OneCycleLR:
        return torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            max_lr=self.recipe.lr,
            total_steps=self.steps * epochs,
            cycle_momentum=False,
        )

    def continue_cycle(self) -> None:
        """Begin another cycle if the last one is over: the training has become longer."""
        if self.scheduler is not None and self.scheduler.last_epoch == self.scheduler.total_steps:
            self.scheduler = self._cycle(self.recipe.epochs - len(self.history))

    def out_of_patience(self, patience: int | None) -> bool:
        if patience is None or not self.history.validation_loss:
            return False
        return len(self.history) - 1 - self.history.best_epoch >= patience

    def validate(self, x: Tensor, y: Tensor, keep_best: bool) -> None:
        result = distributed.from_first(lambda: evaluate(self.model, x, y))
        self.history.validation_loss.append(result.loss)
        self.history.validation_accuracy.append(result.accuracy)
        if keep_best and self.history.best_epoch == len(self.history) - 1:
            self.best = {k: v.detach().clone() for k, v in self.model.state_dict().items()}

    def content(self) -> dict[str, Any]:
        return {
            "settings": self.settings,
            "training": self.identity,
            "model": self.model.state_dict(),
            "best": self.best,
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "scaler": self.scaler.state_dict(),
            "history": asdict(self.history),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        save_checkpoint(path, self.content())

    def load(self, path: str | os.PathLike[str], validated: bool) -> None:
        content = distributed.from_first(
            lambda: load_checkpoint(path) if Path(path).exists() else None
        )
        if content is None:
            return
        content = {"settings": {}, **content}  # the first edition wrote none
        try:
            expect_same_training(content, self.content(), validated, path)
            after_a_step = {"optimizer": _state_after_a_step(self.recipe, self.model)}
            expect_whole(content, self.content() | after_a_step, self.steps, path)
            set_weights(self.model, content["model"], path)
            if self.scheduler is not None:  # a longer training completes its former cycle first
                step = content["scheduler"]["last_epoch"]  # PyTorch's name, though we count batches
                self.scheduler = self._cycle(content["scheduler"]["total_steps"] // self.steps)
                self.scheduler.load_state_dict({"last_epoch": step, "_step_count": step + 1})
            # Of the options only the rate changes; the others are the recipe's, which is the same.
            optimizer = self.optimizer.state_dict() | {"state": content["optimizer"]["state"]}
            for ours, theirs in zip(
                optimizer["param_groups"], content["optimizer"]["param_groups"], strict=True
            ):
                ours["lr"] = theirs["lr"]
            self.optimizer.load_state_dict(optimizer)
            self.scaler.load_state_dict(content["scaler"])
            self.history = History(**content["history"])
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError) as error:
            raise ValueError(
                f"{path}: a damaged checkpoint of cnnbook ({type(error).__name__}); train again"
            ) from error
        self.best = content["best"]
        self.settings = content["settings"] | self.settings


def _optimizer(recipe: Recipe, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(
            parameters, lr=recipe.lr, momentum=recipe.momentum, weight_decay=recipe.weight_decay
        )
    return torch.optim.AdamW(parameters, lr=recipe.lr, weight_decay=recipe.weight_decay)


def _state_after_a_step(recipe: Recipe, model: nn.Module) -> dict[str, Any]:
    """Return what an optimiser for this model writes; before a step it has nothing to write."""
    parameters = [torch.zeros_like(p, device="cpu") for p in model.parameters()]
    for parameter, own in zip(parameters, model.parameters(), strict=True):
        if own.requires_grad:  # of a frozen one nothing is written
            parameter.grad = torch.zeros_like(parameter)
    optimizer = _optimizer(recipe, parameters)
    optimizer.step()
    return optimizer.state_dict()


def _one_epoch(
    forward: Any,
    x: Tensor,
    y: Tensor,
    state: _State,
    channels_last: bool,
    bar: Any,
) -> None:
    recipe, device, epoch = state.recipe, state.device, len(state.history)
    state.continue_cycle()
    rng = np.random.default_rng([state.seed, epoch])
    order = torch.from_numpy(rng.permutation(len(x))).to(device)
    amp = torch.autocast(device.type, state.amp_dtype, enabled=state.amp_dtype is not None)
    # Sums stay on the device: reading them in each step would make it wait.
    loss_sum = torch.zeros((), device=device)
    right = torch.zeros((), dtype=torch.int64, device=device)
    start = time.perf_counter()
    state.model.train()
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(int(rng.integers(2**63)) + distributed.rank())  # for dropout
        for batch in torch.split(order, recipe.batch_size):
            mine = distributed.share(len(batch))
            rows = batch[mine.rows]
            # A third of the time of x[batch], y[batch] for 64 images of 28×28.
            inputs, targets = x.index_select(0, rows), y.index_select(0, rows)
            if recipe.shift:
                shifts = draw_shifts(len(batch), recipe.shift, rng)
                inputs = shift(inputs, recipe.shift, shifts[:, mine.rows])
            if channels_last:
                inputs = inputs.contiguous(memory_format=torch.channels_last)
            with amp:
                logits = forward(inputs)
                loss = F.cross_entropy(logits, targets)
            state.optimizer.zero_grad()
            weighted = loss if mine.weight == 1 else loss * mine.weight
            state.scaler.scale(weighted).backward()  # type: ignore[no-untyped-call]
            state.scaler.step(state.optimizer)
            state.scaler.update()
            if state.scheduler is not None:
                state.scheduler.step()
            loss_sum.add_(loss.detach(), alpha=mine.count)
            right += (logits.detach().argmax(dim=1) == targets)[: mine.count].sum()
            bar.update()
    distributed.add_up(loss_sum)
    distributed.add_up(right)
    mean_loss = loss_sum.item() / len(x)  # waits for the device, so the clock below is right
    if not math.isfinite(mean_loss):
        raise FloatingPointError(
            f"fit: the loss became {mean_loss} in epoch {epoch + 1}; a smaller lr than "
            f"{recipe.lr} usually helps, or the inputs hold numbers that are not finite"
        )
    state.history.seconds.append(time.perf_counter() - start)
    state.history.train_loss.append(mean_loss)
    state.history.train_accuracy.append(right.item() / y.numel())
    bar.set_postfix(epoch=epoch + 1, loss=f"{mean_loss:.4f}")


def _fingerprint(x: Tensor, y: Tensor) -> list[int]:
    """Shape and checksums: enough to notice that a resumed training got other data."""
    # As bytes: NumPy has no bfloat16.
    sums = (zlib.crc32(a.cpu().contiguous().view(torch.uint8).numpy().data) for a in (x, y))
    return [*x.shape, *sums]


def _progress_bar(progress: bool, total: int, initial: int) -> Any:
    from tqdm import tqdm

    # disable=None: only on a terminal, so that a notebook stores no bar.
    shown = progress and distributed.rank() == 0
    return tqdm(total=total, initial=initial, unit="batch", disable=None if shown else True)
