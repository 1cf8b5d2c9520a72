"""The command line: `python -m cnnbook train` and `python -m cnnbook evaluate`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RUN = "run.json"  # what was trained on what; written first
CHECKPOINT = "checkpoint.pt"  # replaced after each epoch

# Named here too, so that --help needs no PyTorch; a test holds them equal to cnnbook.nets.defaults.
DATA = ("digits", "mnist")
MODELS = ("exercise10", "fully-connected", "lenet5", "net", "simple-cnn", "tiny")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1 for a failure, 130 if interrupted.

    Wrong arguments leave with code 2, as argparse does.
    """
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except ModuleNotFoundError as error:
        return _failed(f"{error.name} is not installed; pip install 'cnnbook[all]'")
    except (OSError, ValueError, TypeError, ImportError, FloatingPointError) as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        print("cnnbook: interrupted; the same command with --resume continues", file=sys.stderr)
        return 130
    return 0


def _failed(message: str) -> int:
    print(f"cnnbook: error: {message}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cnnbook", description="Train the book's networks and measure them."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a network and keep it in a folder")
    train.set_defaults(run=_train)
    train.add_argument("--data", choices=DATA, default="digits", help="default: %(default)s")
    train.add_argument("--model", choices=MODELS, default="simple-cnn", help="default: %(default)s")
    train.add_argument("--out", type=Path, metavar="FOLDER", help="default: runs/DATA-MODEL, here")
    train.add_argument("--epochs", type=_positive, help="default: the recipe's")
    train.add_argument("--lr", type=float, help="learning rate; default: the recipe's")
    train.add_argument("--seed", type=_natural, default=0, help="default: %(default)s")
    train.add_argument("--resume", action="store_true", help="continue an interrupted training")
    train.add_argument("--amp", choices=("bfloat16", "float16"), help="compute in mixed precision")
    train.add_argument(
        "--channels-last",
        action=argparse.BooleanOptionalAction,
        default=True,  # a third less time for the book's CNNs on a CPU (benchmarks/training.py)
        help="channel as the fastest axis; default: yes",
    )
    train.add_argument("--compile", action="store_true", help="use torch.compile")
    _common(train)

    evaluate = commands.add_parser("evaluate", help="measure a trained network on test images")
    evaluate.set_defaults(run=_evaluate)
    evaluate.add_argument("folder", type=Path, metavar="FOLDER", help="what `train` made")
    _common(evaluate)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--root",
        type=Path,
        metavar="FOLDER",
        help="where the four MNIST files are; default: the environment variable CNNBOOK_DATA",
    )
    parser.add_argument(
        "--download", action="store_true", help="fetch the MNIST files that are missing (11 MB)"
    )
    parser.add_argument("--device", default="cpu", help="for example cuda; default: %(default)s")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return number


def _train(arguments: argparse.Namespace) -> None:
    from cnnbook.nets.checkpoints import write_whole
    from cnnbook.nets.defaults import build, default_recipe, load
    from cnnbook.nets.training import fit

    name = f"{arguments.data}-{arguments.model}"
    folder: Path = arguments.out or Path("runs") / name
    if (folder / RUN).exists() and not arguments.resume:
        raise ValueError(
            f"{folder} already holds a training; --resume continues it, --out names another folder"
        )
    changes = {k: v for k in ("epochs", "lr") if (v := getattr(arguments, k)) is not None}
    recipe = dataclasses.replace(default_recipe(arguments.data, arguments.model), **changes)
    device = _device(arguments.device)
    data = load(arguments.data, arguments.model, arguments.root, arguments.download)
    model = build(arguments.model, arguments.data, arguments.seed)

    folder.mkdir(parents=True, exist_ok=True)
    run = {
        "data": arguments.data,
        "model": arguments.model,
        "seed": arguments.seed,
        "recipe": dataclasses.asdict(recipe),
    }
    if not (folder / RUN).exists():
        write_whole(folder / RUN, (json.dumps(run, indent=1) + "\n").encode())
    print(f"training {arguments.model} on {arguments.data}: {recipe}")
    history = fit(
        model,
        data.x_train,
        data.y_train,
        recipe,
        seed=arguments.seed,
        device=device,
        checkpoint=folder / CHECKPOINT,
        resume=arguments.resume,
        amp=arguments.amp,
        channels_last=arguments.channels_last,
        compile=arguments.compile,
    )
    print(
        f"{len(history)} epochs in {sum(history.seconds):.1f} s, last training loss "
        f"{history.train_loss[-1]:.4f}"
    )
    print(f"measure it with: python -m cnnbook evaluate {folder}")


def _evaluate(arguments: argparse.Namespace) -> None:
    from cnnbook.nets.checkpoints import load_weights
    from cnnbook.nets.defaults import build, load
    from cnnbook.nets.evaluation import evaluate

    device = _device(arguments.device)
    run = _read_run(arguments.folder)
    model = build(run["model"], run["data"], run["seed"])
    load_weights(model, arguments.folder / CHECKPOINT)
    data = load(run["data"], run["model"], arguments.root, arguments.download)
    result = evaluate(model, data.x_test, data.y_test, device=device)
    print("rows: true class, columns: predicted class")
    print(result.confusion)
    print(f"{run['data']} {run['model']} test error {result.error_percent:.2f} %")


def _read_run(folder: Path) -> dict[str, Any]:
    path = folder / RUN
    if not path.is_file():
        raise FileNotFoundError(f"{folder} holds no training of cnnbook: it has no {RUN}")
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        return {name: run[name] for name in ("data", "model", "seed")}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged; delete the folder and train again") from error


def _device(name: str) -> Any:
    import torch

    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # unknown, or absent from this machine
        reason = str(error).split("\n")[0]
        raise ValueError(f"--device {name} cannot be used: {reason}") from error


if __name__ == "__main__":
    sys.exit(main())
