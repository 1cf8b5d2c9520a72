"""A layer adds to what is there: the residual networks, with two kinds of block."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from torch import nn

from cnnbook.nets.architectures.blocks import Residual, conv_norm, head

Block = Callable[[int, int, int], nn.Module]


def _sum(body: nn.Module, in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    """Return ReLU after the sum; where shapes differ, a 1×1 convolution brings the input along."""
    same = stride == 1 and in_channels == out_channels
    shortcut = None if same else conv_norm(in_channels, out_channels, 1, stride, activation=None)
    return nn.Sequential(Residual(body, shortcut), nn.ReLU())


def basic_block(in_channels: int, width: int, stride: int) -> nn.Sequential:
    """Return two 3×3 convolutions and the sum."""
    body = nn.Sequential(
        conv_norm(in_channels, width, 3, stride), conv_norm(width, width, 3, activation=None)
    )
    return _sum(body, in_channels, width, stride)


def bottleneck(in_channels: int, width: int, stride: int) -> nn.Sequential:
    """Return 1×1 to few channels, 3×3 among them, 1×1 to four times as many, and the sum.

    The stride is that of the 3×3, as in torchvision; the paper has it in the first 1×1, which
    then skips three of four pixels.
    """
    body = nn.Sequential(
        conv_norm(in_channels, width),
        conv_norm(width, width, 3, stride),
        conv_norm(width, 4 * width, activation=None),
    )
    return _sum(body, in_channels, 4 * width, stride)


def resnet(block: Block, depths: Sequence[int], expansion: int) -> nn.Sequential:
    """Return four stages of blocks; `expansion` is how much wider than its width a block ends."""
    stem = conv_norm(3, 64, 7, stride=2).append(nn.MaxPool2d(3, stride=2, padding=1))
    parts = OrderedDict[str, nn.Module](stem=stem)
    channels = 64
    for number, depth in enumerate(depths):
        width = 64 * 2**number
        stage = parts[f"stage{number + 1}"] = nn.Sequential()
        for i in range(depth):
            stage.append(block(channels, width, 2 if number and i == 0 else 1))
            channels = expansion * width
    parts["head"] = head(channels)
    return nn.Sequential(parts)


def resnet18() -> nn.Sequential:
    """Return ResNet-18: eight basic blocks, each of which adds to its input.

    Where a layer adds, the identity is what it does for nothing, and a gradient has a way past
    it: deeper networks stopped being worse. 11,689,512 parameters, 1.8 G MACs.

    Returns
    -------
    torch.nn.Sequential
        Images (N, 3, H, W) of any size to logits (N, 1000).

    References
    ----------
    He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016,
    arXiv:1512.03385.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = resnet18()
    >>> sum(parameter.numel() for parameter in model.parameters())
    11689512
    """
    return resnet(basic_block, (2, 2, 2, 2), 1)


def resnet50() -> nn.Sequential:
    """Return ResNet-50: sixteen bottlenecks, whose 3×3 convolutions work on few channels.

    25,557,032 parameters, 4.1 G MACs, with the stride in the 3×3 (known as version 1.5).

    Returns
    -------
    torch.nn.Sequential
        Images (N, 3, H, W) of any size to logits (N, 1000).

    References
    ----------
    He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016,
    arXiv:1512.03385.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = resnet50()
    >>> sum(parameter.numel() for parameter in model.parameters())
    25557032
    """
    return resnet(bottleneck, (3, 4, 6, 3), 4)
