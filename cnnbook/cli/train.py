"""`python -m cnnbook train`, alone or started several times by torchrun."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnbook.cli.messages import command, other_training, place
from cnnbook.cli.runs import CHECKPOINT, RUN, CommandError

if TYPE_CHECKING:
    from cnnbook.nets.recipes import Recipe
    from cnnbook.nets.training import History

GUESSING = math.log(10)  # the loss of equal shares for the ten digits
DIVERGED = 2 * GUESSING  # who knows nothing and says so is better off


def run(arguments: argparse.Namespace) -> None:
    """Train a network; whatever ends it, the last epoch's checkpoint stays."""
    from cnnbook.nets.distributed import RankError, process_group

    folder: Path = arguments.out or Path("runs") / f"{arguments.data}-{arguments.model}"
    try:
        with process_group(arguments.device) as device, _only_training(folder):
            _train(arguments, folder, device)
    except RankError as error:
        hint = "; the same command with --resume continues from the last epoch"
        began = str(error) and (folder / CHECKPOINT).exists()
        raise CommandError(f"{error}{hint if began else ''}") from error
    except BrokenPipeError:
        raise CommandError(f"nobody reads the output{_resuming(arguments)}") from None
    except KeyboardInterrupt:
        # Before the folder is there, the same command starts anew.
        raise KeyboardInterrupt(_resuming(arguments) if (folder / RUN).exists() else "") from None


@contextmanager
def _only_training(folder: Path) -> Iterator[None]:
    """Let nobody else train into the folder meanwhile; one with nothing in it does not stay."""
    from cnnbook.nets import distributed
    from cnnbook.nets.files import only_one

    with ExitStack() as stack:

        def begin() -> None:
            if not folder.exists():
                folder.mkdir(parents=True, exist_ok=True)  # another may just have made it
                stack.callback(_remove_if_empty, folder)
            stack.enter_context(only_one(folder / RUN))

        distributed.from_first(begin)
        yield


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _resuming(arguments: argparse.Namespace) -> str:
    resume = [] if arguments.resume else ["--resume"]
    return f"; to continue from the last epoch: {command([*arguments.given, *resume])}"


def _train(arguments: argparse.Namespace, folder: Path, device: Any) -> None:
    from cnnbook.nets import distributed
    from cnnbook.nets.changes import OtherTraining
    from cnnbook.nets.defaults import build, default_recipe, load
    from cnnbook.nets.training import fit

    def refuse_another_training() -> None:
        there = any((folder / name).exists() for name in (RUN, CHECKPOINT))
        if there and not arguments.resume:
            raise ValueError(
                f"{folder} already holds a training; --resume continues it, --out names another "
                "folder"
            )

    distributed.from_first(refuse_another_training)
    changes = {k: v for k in ("epochs", "lr") if (v := getattr(arguments, k)) is not None}
    recipe = dataclasses.replace(default_recipe(arguments.data, arguments.model), **changes)
    raw = distributed.after_first(
        lambda: load(arguments.data, arguments.model, arguments.root, arguments.download)
    )
    images = raw.standardized()
    model = build(arguments.model, arguments.data, arguments.seed)
    # A picture that is to be recognized must be standardized by the same mean and deviation.
    settings = {"data": arguments.data, "model": arguments.model, "seed": arguments.seed}
    settings |= dict(zip(("mean", "std"), raw.statistics(), strict=True))
    write = partial(_write_run, folder, settings | {"recipe": dataclasses.asdict(recipe)})
    begun = distributed.from_first((folder / CHECKPOINT).exists)
    if not begun:
        distributed.from_first(write)
    where = place(device, arguments.threads)
    if distributed.size() > 1:
        where += f", {distributed.size()} processes"
    if arguments.resume and not begun:
        print(f"nothing to resume in {folder}: the training starts anew")
    print(
        f"training {arguments.model} on {arguments.data} ({where}): {_in_words(recipe)}", flush=True
    )
    if arguments.resume and recipe.one_cycle:
        planned = _planned_epochs(folder / CHECKPOINT)
        if planned < recipe.epochs:
            print(f"after epoch {planned:.0f}, the last one planned, the learning rate rises again")
    seconds: list[float] = []  # of the epochs that are trained now
    bar = sys.stdout.isatty() and sys.stderr.isatty()

    def told(history: History) -> None:
        seconds.append(history.seconds[-1])
        if not bar:
            print(_last_epoch(history, recipe.epochs), flush=True)

    try:
        history = fit(
            model,
            images.x_train,
            images.y_train,
            recipe,
            seed=arguments.seed,
            device=device,
            checkpoint=folder / CHECKPOINT,
            resume=arguments.resume,
            settings=settings,
            amp=arguments.amp,
            channels_last=arguments.channels_last,
            compile=arguments.compile,
            progress=bar,
            on_epoch=told,
        )
    except OtherTraining as error:
        raise ValueError(other_training(folder, error)) from error
    except FloatingPointError as error:
        why = str(error).split(";")[0]
        cure = "a smaller --lr, and another --out, help"
        if not (folder / CHECKPOINT).exists():  # nothing is kept that the next try would meet
            (folder / RUN).unlink(missing_ok=True)
            cure = "a smaller --lr helps"
        raise FloatingPointError(
            f"{why}: the learning rate {recipe.lr:g} is too large; {cure}"
        ) from error
    except RuntimeError as error:
        if arguments.compile and type(error).__module__.startswith("torch._"):
            why = str(error).partition("\n")[0]
            raise CommandError(f"torch.compile: {why}; without --compile it works") from error
        raise
    if begun:  # only now it is known to be the same training
        distributed.from_first(write)
    _tell_the_end(folder, history, seconds, recipe)


def _in_words(recipe: Recipe) -> str:
    """Return what a recipe does; what it leaves out, or its optimiser does not use, is not said."""
    cycle = " at the highest of one rise and fall" if recipe.one_cycle else ""
    words = [
        _epochs(recipe.epochs),
        f"batches of {recipe.batch_size}",
        {"sgd": f"SGD with momentum {recipe.momentum:g}", "adamw": "AdamW"}[recipe.optimizer],
        f"learning rate {recipe.lr:g}{cycle}",
    ]
    if recipe.weight_decay:
        words.append(f"weight decay {recipe.weight_decay:g}")
    if recipe.shift:
        words.append(f"images shifted by up to {recipe.shift} pixels")
    return ", ".join(words)


def _planned_epochs(checkpoint: Path) -> float:
    """Return how long a training was to be; what is wrong with its checkpoint, `fit` says."""
    from cnnbook.nets.checkpoints import load_checkpoint

    with suppress(OSError, ValueError, LookupError, TypeError):
        return float(load_checkpoint(checkpoint)["training"]["recipe"]["epochs"])
    return math.inf


def _epochs(number: int) -> str:
    return f"{number} epoch{'s' if number > 1 else ''}"


def _last_epoch(history: History, epochs: int) -> str:
    return (
        f"epoch {len(history):{len(str(epochs))}} of {epochs}: "
        f"loss {_loss(history.train_loss[-1])}, accuracy {100 * history.train_accuracy[-1]:.1f} %, "
        f"{history.seconds[-1]:.1f} s"
    )


def _loss(loss: float) -> str:
    return f"{loss:.4f}" if loss < 1000 else f"{loss:.1e}"


def _tell_the_end(folder: Path, history: History, seconds: list[float], recipe: Recipe) -> None:
    done, last = len(history), history.train_loss[-1]
    if last > DIVERGED:
        raise FloatingPointError(
            f"the loss has grown to {_loss(last)}, where guessing has {GUESSING:.2f}: the learning "
            f"rate {recipe.lr:g} is too large; a smaller --lr, and another --out, help"
        )
    if seconds:
        all_in_all = "" if len(seconds) == done else f" ({done} in all)"
        print(
            f"{_epochs(len(seconds))} in {sum(seconds):.1f} s{all_in_all}, last training loss "
            f"{_loss(last)}"
        )
    else:
        print(
            f"nothing was left to train: {folder} holds all of {_epochs(done)}, last training loss "
            f"{_loss(last)}; more --epochs train it longer"
        )
    print(f"measure it with: {command(['evaluate', str(folder)])}")


def _write_run(folder: Path, run: dict[str, Any]) -> None:
    from cnnbook.nets.files import write_whole

    write_whole(folder / RUN, (json.dumps(run, indent=1) + "\n").encode())
