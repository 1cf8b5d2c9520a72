"""A trained network as one file that runs without the code that defined it (`torch.export`).

The file holds the operations and the weights: what a phone or a small computer needs, after
PyTorch's own tools have translated it for the device.
"""

from __future__ import annotations

import copy
import io
import os
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn

from cnnbook.nets.evaluation import Array
from cnnbook.nets.files import write_whole
from cnnbook.nets.inspection._common import as_images


def export(model: nn.Module, path: str | os.PathLike[str], example: Array) -> Path:
    """Write a model's operations and weights to one file.

    Parameters
    ----------
    model : torch.nn.Module
        Exported in evaluation mode, on the CPU; it is left as it was. No branch in `forward` may
        depend on values.
    path : path
        Ends in ".pt2", as PyTorch's exported programs do. The file is replaced all at once.
    example : ndarray or Tensor, shape (N, C, H, W)
        Images of the right shape; their values and their number do not matter. The exported
        network takes any number of images, but this height and width only.

    Returns
    -------
    pathlib.Path
        `path`; its `stat().st_size` is the size in bytes.

    Raises
    ------
    ValueError
        For another ending, an example that the model does not accept, and a model that cannot be
        exported.
    TypeError
        For an example that does not hold floating numbers.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile, torch
    >>> from cnnbook.nets import TinyCNN
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = export(TinyCNN.pretrained(), f"{folder}/tiny.pt2", torch.zeros(1, 1, 8, 8))
    ...     load_export(file)(torch.zeros(5, 1, 8, 8)).shape
    torch.Size([5, 10])
    """
    path = Path(path)
    if path.suffix != ".pt2":
        raise ValueError(f"export: path is {str(path)!r}; expected a name that ends in '.pt2'")
    model = copy.deepcopy(model).cpu().eval()
    # Two images: with one, PyTorch takes the batch size for a constant.
    images = as_images("export", "example", example, model)[:1].repeat(2, 1, 1, 1)
    batch = torch.export.Dim("batch")
    try:
        with torch.no_grad():
            program = torch.export.export(model, (images,), dynamic_shapes=({0: batch},))
    except Exception as error:  # the tracer's errors are of many kinds, and long
        reason = str(error).strip().split("\n")[0]
        raise ValueError(
            f"export: {type(model).__name__} cannot be exported with images of shape "
            f"{tuple(images.shape[1:])}: {reason}"
        ) from error
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    write_whole(path, buffer.getvalue())
    return path


def load_export(path: str | os.PathLike[str]) -> nn.Module:
    """Read a network that `export` wrote.

    Parameters
    ----------
    path : path
        A file from a source that you trust: it holds a program.

    Returns
    -------
    torch.nn.Module
        On the CPU, in evaluation mode, whatever `train` is told.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged or something else.
    """
    raw = Path(path).read_bytes()
    try:
        program = torch.export.load(io.BytesIO(raw))
    except Exception as error:  # damaged bytes raise half a dozen kinds
        raise ValueError(
            f"load_export: {path} is no exported program or is damaged; "
            "expected a file that export wrote"
        ) from error
    return _Exported(program.module())


class _Exported(nn.Module):
    """An exported program knows one mode, and PyTorch's refuses `train` and `eval` altogether."""

    def __init__(self, program: nn.Module) -> None:
        super().__init__()
        self.program = program
        self.training = False

    def forward(self, x: Tensor) -> Tensor:
        return self.program(x)

    def train(self, mode: bool = True) -> Self:
        return self
