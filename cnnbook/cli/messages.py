"""What the library says, in the words of the command line: options in place of arguments."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from cnnbook.nets.changes import OtherTraining

# The library begins a message with the function that was called. Here nobody called it.
FUNCTIONS = (
    "build", "digits", "evaluate", "explain", "fit", "initialize", "load", "mnist",
    "pick_device", "process_group", "Recipe", "to_grey",
)  # fmt: skip
PREFIX = re.compile(rf"^(rank \d+ of \d+: )?(?:{'|'.join(FUNCTIONS)}): ")
PHRASES = {
    "as root": "with --root",
    "call mnist(download=True)": "add --download",
    "device 'cpu'": "--device cpu",
}
# An argument at the beginning of a message, and its option.
ARGUMENTS = {"name is": "--device is", "device is": "--device is", "root is": "--root is"}


def program() -> str:
    """Return how the command line was called."""
    return "cnnbook" if Path(sys.argv[0]).stem == "cnnbook" else "python -m cnnbook"


def command(words: Sequence[str]) -> str:
    """Return a command that can be pasted into a shell."""
    quoted = subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
    return f"{program()} {quoted}"


def in_options(message: str) -> str:
    """Return a message of the library in the command line's words."""
    message = PREFIX.sub(r"\1", message)
    for argument, option in ARGUMENTS.items():
        if message.startswith(argument):
            message = option + message.removeprefix(argument)
    for phrase, ours in PHRASES.items():
        message = message.replace(phrase, ours)
    return message


def place(device: torch.device, threads: int) -> str:
    """Say where something is computed."""
    if device.type != "cpu":
        return str(device)
    return f"{device}, {threads} thread{'s' if threads > 1 else ''}"


def other_training(folder: Path, error: OtherTraining) -> str:
    """Say that a folder holds another training, and what to do."""
    if error.name in ("mean", "std") or isinstance(error.theirs, list):  # checksums of the data
        found, cure = "a training on other data", "the same data go on with it"
    elif error.name in ("data", "model", "seed", "lr", "epochs", "amp", "channels_last"):
        theirs, ours = (_option(error.name, value) for value in (error.theirs, error.ours))
        more = " or more" if error.name == "epochs" else ""
        found = f"a training with {theirs}, not {ours}"
        cure = f"{theirs}{more} goes on with it"
    else:
        found = f"a training with {error.name} {error.theirs}, not {error.ours}"
        cure = "what it was begun with goes on with it"
    return f"{folder} holds {found}; {cure}, --out trains anew in another folder"


def _option(name: str, value: Any) -> str:
    option = name.replace("_", "-")
    if value is None:
        return f"no --{option}"
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    return f"--{option} {value}"
