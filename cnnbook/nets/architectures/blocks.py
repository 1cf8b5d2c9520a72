"""What the networks share: convolution with its normalisation, sums, branches, the head."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def conv_norm(
    in_channels: int,
    out_channels: int,
    kernel_size: int = 1,
    stride: int = 1,
    groups: int = 1,
    activation: type[nn.Module] | None = nn.ReLU,
    eps: float = 1e-5,
) -> nn.Sequential:
    """Return a convolution, its batch normalisation and its activation.

    The border keeps the size at stride 1. The convolution needs no bias, for the normalisation
    takes the mean away and adds a bias of its own.
    """
    padding = kernel_size // 2
    conv = nn.Conv2d(
        in_channels,
        out_channels,
        kernel_size,
        stride,
        padding,
        groups=groups,
        bias=False,
    )
    block = nn.Sequential(conv, nn.BatchNorm2d(out_channels, eps))
    return block if activation is None else block.append(activation())


class Residual(nn.Module):
    """Adds what a body makes of its input to the input (He et al., 2016).

    `shortcut` brings the input to the body's shape where the two differ.
    """

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Return body(x) + x."""
        return self.body(x) + (x if self.shortcut is None else self.shortcut(x))


class Concat(nn.Module):
    """Puts the channels of several branches, which all see the same input, behind each other."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, the sum of the branches' channels, H, W)."""
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class StochasticDepth(nn.Module):
    """While training, drops a residual's body for some images of the batch (Huang et al., 2016).

    What is kept is divided by the probability to be kept, so that the mean stays.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return x, each image as a whole set to zero with probability p."""
        if not self.training or self.p == 0:
            return x
        kept = torch.empty(len(x), *[1] * (x.ndim - 1), dtype=x.dtype, device=x.device)
        return x * kept.bernoulli_(1 - self.p) / (1 - self.p)

    def extra_repr(self) -> str:
        """Return what stands between the parentheses of the repr."""
        return f"p={self.p:g}"


class Permute(nn.Module):
    """Puts the axes into another order."""

    def __init__(self, *axes: int) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: Tensor) -> Tensor:
        """Return a view of x."""
        return x.permute(self.axes)

    def extra_repr(self) -> str:
        """Return what stands between the parentheses of the repr."""
        return ", ".join(map(str, self.axes))


def head(channels: int, dropout: float = 0.0) -> nn.Sequential:
    """Return the mean over the map, dropout if any, and a linear layer: one logit per class."""
    mean = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    if dropout:
        mean.append(nn.Dropout(dropout))
    return mean.append(nn.Linear(channels, 1000))
