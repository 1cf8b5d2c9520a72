"""One layer after another: AlexNet, which showed that it works, and VGG, which made it regular."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn


def alexnet() -> nn.Sequential:
    """Return AlexNet: five convolutions, ReLU, overlapping pooling, dropout.

    It won ImageNet's contest of 2012 by far. This is the version with one tower, for one GPU, of
    the second paper below. 61,100,840 parameters, of which the three linear layers have 96 %;
    0.71 G MACs.

    Returns
    -------
    torch.nn.Sequential
        Images (N, 3, H, W), from 63×63 up, to logits (N, 1000).

    References
    ----------
    Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
    networks", 2012; Krizhevsky, "One weird trick for parallelizing convolutional neural networks",
    2014, arXiv:1404.5997.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):  # shapes alone: no numbers, no memory
    ...     model = alexnet()
    >>> sum(parameter.numel() for parameter in model.parameters())
    61100840
    """
    features = nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, stride=2),
        nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, stride=2),
        nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, stride=2),
    )  # fmt: skip
    classifier = nn.Sequential(
        nn.Dropout(0.5), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(),
        nn.Dropout(0.5), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000),
    )  # fmt: skip
    return _flattened(features, 6, classifier)


def vgg16() -> nn.Sequential:
    """Return VGG-16: thirteen convolutions, all 3×3, wider wherever the map shrinks.

    Two 3×3 see as far as one 5×5, with fewer weights and a ReLU between them. 138,357,544
    parameters, 15.5 G MACs.

    Returns
    -------
    torch.nn.Sequential
        Images (N, 3, H, W), from 32×32 up, to logits (N, 1000).

    References
    ----------
    Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition",
    2015, arXiv:1409.1556, configuration D.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = vgg16()
    >>> sum(parameter.numel() for parameter in model.parameters())
    138357544
    """
    features = nn.Sequential()
    channels = 3
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            features.append(nn.Conv2d(channels, width, 3, padding=1)).append(nn.ReLU())
            channels = width
        features.append(nn.MaxPool2d(2))
    classifier = nn.Sequential(
        nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 1000),
    )  # fmt: skip
    return _flattened(features, 7, classifier)


def _flattened(features: nn.Module, side: int, classifier: nn.Module) -> nn.Sequential:
    """Return a network whose classifier has a weight for each place of a map of that side.

    An image of 224×224 gives a map of that side. The mean brings others to it.
    """
    mean = nn.AdaptiveAvgPool2d(side)
    parts = OrderedDict(features=features, mean=mean, flatten=nn.Flatten(), classifier=classifier)
    return nn.Sequential(parts)
