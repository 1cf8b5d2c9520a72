"""What the command line accepts, and its help. Needs neither PyTorch nor data."""

from __future__ import annotations

import argparse
import glob
import math
import os
import re
from collections.abc import Sequence
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from cnnbook.cli.messages import program

# Named here too, so that --help needs no PyTorch; a test holds them equal to cnnbook.nets.defaults.
DATA = ("digits", "mnist")
NETWORKS = {
    "exercise10": "three convolutions and three linear layers, an answer to an exercise",
    "fully-connected": "five linear layers, no convolution",
    "lenet5": "LeNet-5 of 1998 as it is usually given today",
    "net": "two convolutions, the book's first network",
    "simple-cnn": "two convolutions, the book's simple CNN",
    "tiny": "two convolutions for 8×8 images, the smallest network of the book",
}
MODELS = tuple(NETWORKS)

LIST = "networks:\n" + "\n".join(f"  {name:15}  {what}" for name, what in NETWORKS.items())

EXIT_CODES = """\
exit codes: 0 done, 1 it failed (the reason is one line on standard error), 2 wrong arguments,
130 interrupted"""

ALL = f"""\
examples:
  python -m cnnbook train
  python -m cnnbook evaluate runs/digits-simple-cnn
  python -m cnnbook predict photo.jpg
  python -m cnnbook explain --model lenet5

{EXIT_CODES}
Each command has its own --help."""

TRAIN = f"""\
examples:
  python -m cnnbook train                          scikit-learn's digits: nothing is fetched
  python -m cnnbook train --data mnist --download  MNIST, fetched if need be (11 MB)
  python -m cnnbook train --resume                 go on after Ctrl-C, or when a machine went down
  torchrun --standalone --nproc-per-node=2 -m cnnbook train
                                                   two processes, on two GPUs if --device is cuda

The folder is written after each epoch. With several processes each takes its share of every
batch; give --resume the same options, the number of processes may change. --epochs may grow: the
learning rate completes the rise and fall that was planned, and rises and falls once more.

{LIST}

{EXIT_CODES}"""

EVALUATE = f"""\
example:
  python -m cnnbook evaluate runs/digits-simple-cnn

{EXIT_CODES}"""

PREDICT = f"""\
Each picture shows a digit, or a few beside each other, dark on bright or bright on dark, with some
paper around: a PNG, JPEG, WebP, GIF, BMP or TIFF file of any size. Light, shadows, the table
beside the paper and printed lines are taken away, and each digit is cut out and centred as the
network's training images are. A file that cannot be used is reported, and the others go on.

How well: of pictures drawn by a program, in other hands and on other papers than it was built
with, it read 100 of 100 clean ones and 197 of 200 on ruled and squared paper, beside a margin line
or a table, in uneven light, soft or hard shadow, with pencil or thin pen. "unsure" follows where a
digit has less than 80 %: there, 3 of the 3 wrong answers and 11 of the right ones. Scribbles are
mostly unsure, letters often not.

examples:
  python -m cnnbook predict photo.jpg scan.png
  python -m cnnbook predict --model runs/mnist-simple-cnn *.jpg

{EXIT_CODES}"""

EXPLAIN = f"""\
examples:
  python -m cnnbook explain --model lenet5
  python -m cnnbook explain --model tiny --input-size 1x8x8

{LIST}

{EXIT_CODES}"""

INFO = f"""\
examples:
  python -m cnnbook info
  python -m cnnbook info --roofline

The roofline is the CPU's, with one thread, or with as many as the environment variable
OMP_NUM_THREADS says.

{EXIT_CODES}"""


def parser() -> argparse.ArgumentParser:
    """Return the parser; the attribute `run` of what it parses calls the command."""
    parser = argparse.ArgumentParser(
        prog=program(),
        description="Train the book's networks, measure them and look at them.",
        epilog=_called(ALL),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"cnnbook {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")

    def command(name: str, summary: str, epilog: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=_called(epilog),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run=partial(_call, name))
        return added

    train = command("train", "train a network and keep it in a folder", TRAIN)
    train.add_argument("--data", choices=DATA, default="digits", help="default: %(default)s")
    train.add_argument(
        "--model", choices=MODELS, default="simple-cnn", help="see below; default: %(default)s"
    )
    train.add_argument("--out", type=Path, metavar="FOLDER", help="default: runs/DATA-MODEL, here")
    train.add_argument("--epochs", type=_positive, help="default: the recipe's")
    train.add_argument("--lr", type=_rate, help="learning rate; default: the recipe's")
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
    _mnist(train)
    _device(train)
    _threads(train)

    evaluate = command("evaluate", "measure a trained network on test images", EVALUATE)
    evaluate.add_argument("folder", type=Path, metavar="FOLDER", help="what `train` made")
    _mnist(evaluate)
    _device(evaluate)
    _threads(evaluate)

    predict = command("predict", "read handwritten digits from photos or scans", PREDICT)
    predict.add_argument(
        "images",
        action=_Pictures,
        metavar="IMAGE",
        nargs="+",
        help="picture files, or patterns such as 'scans/*.jpg'",
    )
    predict.add_argument(
        "--model",
        type=Path,
        metavar="FOLDER",
        help="what `train` made; default: the simple CNN that comes with the book",
    )
    predict.add_argument(
        "--show", type=Path, metavar="FOLDER", help="write what the network sees, a PNG a picture"
    )
    _device(predict)
    _threads(predict)

    explain = command("explain", "show what each layer of a network does to an image", EXPLAIN)
    explain.add_argument("--model", choices=MODELS, required=True, help="see below")
    explain.add_argument(
        "--input-size",
        type=_size,
        metavar="CxHxW",
        help="one image: channels, height, width; default: what the network is trained on",
    )

    info = command("info", "show versions, devices and where MNIST is looked for", INFO)
    info.add_argument(
        "--roofline",
        action="store_true",
        help="measure the CPU's limits, and eight layers beside the least time these give them "
        "(half a minute at most)",
    )
    _device(info)
    return parser


def _mnist(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--root",
        type=Path,
        metavar="FOLDER",
        help="where the four MNIST files are; default: the environment variable CNNBOOK_DATA",
    )
    parser.add_argument(
        "--download", action="store_true", help="fetch the MNIST files that are missing (11 MB)"
    )


def _device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device",
        default="auto",
        help="cuda, cuda:1, mps or cpu; default: the environment variable CNNBOOK_DEVICE, else "
        "the best one of this machine",
    )


def _threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threads",
        type=_thread_number,
        help="to compute with on the CPU; default: the environment variable OMP_NUM_THREADS, else "
        "1, which is fastest for networks as small as these unless nothing else is running",
    )


def _called(text: str) -> str:
    """Return a help text that names the program as the user did."""
    return text.replace("python -m cnnbook", program())


def _call(name: str, arguments: argparse.Namespace) -> None:
    """Run a command, with the threads it was given."""
    run = import_module(f"cnnbook.cli.{name}").run
    if "threads" not in arguments:
        return run(arguments)
    from cnnbook.nets.devices import cpu_threads

    with cpu_threads(arguments.threads) as arguments.threads:
        run(arguments)


def _version() -> str:
    try:
        return metadata.version("cnnbook")
    except metadata.PackageNotFoundError:
        return "(not installed)"


class _Pictures(argparse.Action):
    """Files, and all that fit a pattern: Windows' shell, unlike others, leaves it to programs."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        paths: list[Path] = []
        for text in values or ():
            # A file's own name may have a bracket in it.
            pattern = glob.has_magic(text) and not os.path.lexists(text)
            found = sorted(glob.glob(text, recursive=True)) if pattern else [text]
            if not found:
                raise argparse.ArgumentError(self, f"no file fits the pattern {text!r}")
            paths += map(Path, found)
        setattr(namespace, self.dest, paths)


def _whole(text: str, minimum: int) -> int:
    expected = f"expected a whole number from {minimum}"
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}; {expected}") from None
    if number < minimum:
        raise argparse.ArgumentTypeError(f"{text!r}; {expected}")
    return number


def _positive(text: str) -> int:
    return _whole(text, 1)


def _natural(text: str) -> int:
    return _whole(text, 0)


def _thread_number(text: str) -> int:
    number, cores = _whole(text, 1), os.cpu_count() or 1
    if number > cores:
        raise argparse.ArgumentTypeError(f"{text!r}; this machine has {cores} cores")
    return number


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r}; expected a positive number such as 0.01")
    return rate


def _size(text: str) -> tuple[int, ...]:
    numbers = re.fullmatch(r"([1-9]\d*)[x×]([1-9]\d*)[x×]([1-9]\d*)", text)
    if numbers is None:
        raise argparse.ArgumentTypeError(
            f"{text!r}; expected channels, height and width such as 1x28x28"
        )
    return tuple(int(number) for number in numbers.groups())
