"""Several ways at once, their channels put together: GoogLeNet and DenseNet."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

import torch
from torch import Tensor, nn

from cnnbook.nets.architectures.blocks import Concat, conv_norm, head

# GoogLeNet's own: the published weights were learnt with TensorFlow, under its ε.
_conv = partial(conv_norm, eps=1e-3)


class TransformInput(nn.Module):
    """Where `active`, turns ImageNet's standardisation of the image into (value − 0.5) / 0.5.

    The published weights were learnt with the latter. `load_published` makes it active, as
    torchvision does; before, it gives the image as it came.
    """

    active = False
    mean = (0.485, 0.456, 0.406)  # of ImageNet's red, green, blue, values from 0 to 1
    std = (0.229, 0.224, 0.225)

    def forward(self, x: Tensor) -> Tensor:
        """Return images (N, 3, H, W)."""
        if not self.active:
            return x
        channels = [
            x[:, c] * (std / 0.5) + (mean - 0.5) / 0.5
            for c, (mean, std) in enumerate(zip(self.mean, self.std, strict=True))
        ]
        return torch.stack(channels, dim=1)


def inception(
    in_channels: int, ones: int, threes: tuple[int, int], fives: tuple[int, int], pooled: int
) -> Concat:
    """Return four branches that look at one map in windows of different size.

    A 1×1 convolution makes the channels few before a larger window mixes them; of a pair, the
    first number counts those. The branch that the paper calls 5×5 is 3×3 in the published weights.
    """
    return Concat(
        _conv(in_channels, ones),
        nn.Sequential(_conv(in_channels, threes[0]), _conv(*threes, 3)),
        nn.Sequential(_conv(in_channels, fives[0]), _conv(*fives, 3)),
        nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), _conv(in_channels, pooled)),
    )


def googlenet() -> nn.Sequential:
    """Return GoogLeNet without its auxiliary heads: nine inception modules.

    Windows of several sizes side by side, made cheap by 1×1 convolutions; a mean over the map
    instead of large linear layers. 6,624,904 parameters, 1.5 G MACs. As in torchvision there is
    batch normalisation, and 3×3 in the place of 5×5.

    Returns
    -------
    torch.nn.Sequential
        Images (N, 3, H, W), from 15×15 up, to logits (N, 1000).

    References
    ----------
    Szegedy et al., "Going deeper with convolutions", 2015, arXiv:1409.4842.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = googlenet()
    >>> sum(parameter.numel() for parameter in model.parameters())
    6624904
    """
    half = partial(nn.MaxPool2d, stride=2, ceil_mode=True)  # the last window may be cut off
    stem = nn.Sequential(
        _conv(3, 64, 7, stride=2), half(3), _conv(64, 64), _conv(64, 192, 3), half(3)
    )
    parts = OrderedDict(
        transform=TransformInput(),
        stem=stem,
        inception3a=inception(192, 64, (96, 128), (16, 32), 32),
        inception3b=inception(256, 128, (128, 192), (32, 96), 64),
        pool3=half(3),
        inception4a=inception(480, 192, (96, 208), (16, 48), 64),
        inception4b=inception(512, 160, (112, 224), (24, 64), 64),
        inception4c=inception(512, 128, (128, 256), (24, 64), 64),
        inception4d=inception(512, 112, (144, 288), (32, 64), 64),
        inception4e=inception(528, 256, (160, 320), (32, 128), 128),
        pool4=half(2),
        inception5a=inception(832, 256, (160, 320), (32, 128), 128),
        inception5b=inception(832, 384, (192, 384), (48, 128), 128),
        head=head(1024, dropout=0.2),
    )
    return nn.Sequential(parts)


def norm_relu_conv(in_channels: int, out_channels: int, kernel_size: int = 1) -> nn.Sequential:
    """Return a convolution whose input is normalised and rectified first."""
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=False),
    )


def dense_block(in_channels: int, depth: int, growth: int = 32) -> nn.Sequential:
    """Return layers, each of which sees all maps before it and puts `growth` channels behind them.

    A 1×1 convolution to four times as many comes first, so that the 3×3 stays cheap.
    """
    layers = nn.Sequential()
    for channels in range(in_channels, in_channels + depth * growth, growth):
        new = nn.Sequential(
            *norm_relu_conv(channels, 4 * growth),
            *norm_relu_conv(4 * growth, growth, 3),
        )
        layers.append(Concat(nn.Identity(), new))
    return layers


def densenet121() -> nn.Sequential:
    """Return DenseNet-121: every layer sees the maps of all layers before it.

    A residual network adds them, this one keeps them apart. 7,978,856 parameters, 2.8 G MACs.

    Returns
    -------
    torch.nn.Sequential
        Images (N, 3, H, W), from 29×29 up, to logits (N, 1000).

    References
    ----------
    Huang, Liu, van der Maaten and Weinberger, "Densely connected convolutional networks", 2017,
    arXiv:1608.06993.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = densenet121()
    >>> sum(parameter.numel() for parameter in model.parameters())
    7978856
    """
    stem = conv_norm(3, 64, 7, stride=2).append(nn.MaxPool2d(3, stride=2, padding=1))
    parts = OrderedDict[str, nn.Module](stem=stem)
    channels = 64
    for number, depth in enumerate((6, 12, 24, 16), start=1):
        if number > 1:  # between two blocks, half the channels and half the side
            halved = norm_relu_conv(channels, channels // 2).append(nn.AvgPool2d(2))
            parts[f"transition{number - 1}"] = halved
            channels //= 2
        parts[f"block{number}"] = dense_block(channels, depth)
        channels += 32 * depth
    parts["norm"] = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())
    parts["head"] = head(channels)
    return nn.Sequential(parts)
