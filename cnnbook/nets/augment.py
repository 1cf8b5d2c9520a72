"""Training images moved at random, on the device where they are."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def random_shift(x: Tensor, pixels: int, rng: np.random.Generator) -> Tensor:
    """Move each image by up to `pixels` up or down and left or right; border pixels repeat.

    Parameters
    ----------
    x : Tensor, shape (N, C, H, W)
        Images with a margin of background, whatever its value.
    pixels : int
        Largest distance on each axis; all are equally likely.
    rng : numpy.random.Generator
        Draws the distances on the CPU, so that they are the same on every device.

    Returns
    -------
    Tensor
        A new tensor of the same shape.
    """
    return shift(x, pixels, draw_shifts(len(x), pixels, rng))


def draw_shifts(n: int, pixels: int, rng: np.random.Generator) -> Tensor:
    """Return where in an image, padded by `pixels`, each of n images shall begin: (2, n)."""
    return torch.from_numpy(rng.integers(2 * pixels + 1, size=(2, n)))


def shift(x: Tensor, pixels: int, shifts: Tensor) -> Tensor:
    """Move each image as `draw_shifts` decided."""
    n, _, height, width = x.shape
    top, left = shifts.to(x.device)
    padded = F.pad(x, (pixels,) * 4, mode="replicate")
    # A view of every window of the padded image; the indexing copies one window of each.
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)
    return windows[torch.arange(n, device=x.device), :, top, left]
