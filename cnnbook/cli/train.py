"""`python -m cnnbook train`, alone or started several times by torchrun."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from cnnbook.cli.runs import CHECKPOINT, RUN, CommandError


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
                folder.mkdir(parents=True)
                stack.callback(_remove_if_empty, folder)
            stack.enter_context(only_one(folder / RUN))

        distributed.from_first(begin)
        yield


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _resuming(arguments: argparse.Namespace) -> str:
    resume = [] if arguments.resume else ["--resume"]
    command = shlex.join(["python", "-m", "cnnbook", *arguments.given, *resume])
    return f"; to continue from the last epoch: {command}"


def _train(arguments: argparse.Namespace, folder: Path, device: Any) -> None:
    from cnnbook.nets import distributed
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
    where = f"{device}, {distributed.size()} processes" if distributed.size() > 1 else device
    print(f"training {arguments.model} on {arguments.data} ({where}): {recipe}", flush=True)
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
    )
    if begun:  # only now it is known to be the same training
        distributed.from_first(write)
    print(
        f"{len(history)} epochs in {sum(history.seconds):.1f} s, last training loss "
        f"{history.train_loss[-1]:.4f}"
    )
    print(f"measure it with: python -m cnnbook evaluate {shlex.quote(str(folder))}")


def _write_run(folder: Path, run: dict[str, Any]) -> None:
    from cnnbook.nets.files import write_whole

    write_whole(folder / RUN, (json.dumps(run, indent=1) + "\n").encode())
