"""Few multiplications: depthwise convolutions between 1×1 ones, MobileNetV2 and EfficientNet."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from cnnbook.nets.architectures.blocks import Residual, StochasticDepth, conv_norm, head


class Gate(nn.Module):
    """Multiplies each channel by a number from 0 to 1 that the whole map decides.

    The mean over the map, a 1×1 convolution to few channels and one back: "squeeze and excitation"
    (Hu et al., 2018).
    """

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, squeezed, 1),
            nn.SiLU(),
            nn.Conv2d(squeezed, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x, its channels weighted."""
        return x * self.gate(x)


def inverted_residual(
    in_channels: int,
    out_channels: int,
    expansion: int,
    kernel_size: int,
    stride: int,
    activation: type[nn.Module],
    gated: bool = False,
    drop: float = 0.0,
) -> nn.Module:
    """Return 1×1 to many channels, depthwise among them, 1×1 to few without an activation.

    The sum joins the narrow ends, where a bottleneck's joins the wide ones; there is one wherever
    the shapes allow. `drop` is its stochastic depth.
    """
    wide = in_channels * expansion
    body = nn.Sequential()
    if expansion > 1:
        body.append(conv_norm(in_channels, wide, activation=activation))
    depthwise = conv_norm(wide, wide, kernel_size, stride, wide, activation)
    body.append(depthwise)
    if gated:
        body.append(Gate(wide, in_channels // 4))
    body.append(conv_norm(wide, out_channels, activation=None))
    if stride > 1 or in_channels != out_channels:
        return body
    return Residual(body.append(StochasticDepth(drop)) if drop else body)


def mobilenet_v2() -> nn.Sequential:
    """Return MobileNetV2: seventeen inverted residuals around depthwise convolutions.

    A depthwise 3×3 looks around within each channel, 1×1 convolutions mix the channels: about an
    eighth of the multiplications of a full 3×3. 3,504,872 parameters, 0.30 G MACs.

    Returns
    -------
    torch.nn.Sequential
        Images (N, 3, H, W) of any size to logits (N, 1000).

    References
    ----------
    Sandler, Howard, Zhu, Zhmoginov and Chen, "MobileNetV2: inverted residuals and linear
    bottlenecks", 2018, arXiv:1801.04381.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = mobilenet_v2()
    >>> sum(parameter.numel() for parameter in model.parameters())
    3504872
    """
    parts = OrderedDict[str, nn.Module](stem=conv_norm(3, 32, 3, stride=2, activation=nn.ReLU6))
    channels = 32
    stages = (  # expansion, channels, blocks, stride of the first
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
        (6, 320, 1, 1),
    )  # fmt: skip
    for number, (expansion, width, depth, stride) in enumerate(stages, start=1):
        stage = parts[f"stage{number}"] = nn.Sequential()
        for i in range(depth):
            step = stride if i == 0 else 1
            stage.append(inverted_residual(channels, width, expansion, 3, step, nn.ReLU6))
            channels = width
    parts["last"] = conv_norm(channels, 1280, activation=nn.ReLU6)
    parts["head"] = head(1280, dropout=0.2)
    return nn.Sequential(parts)


def efficientnet_b0() -> nn.Sequential:
    """Return EfficientNet-B0: inverted residuals with gates, in sizes that a search found.

    From it, larger ones are made by one rule: deeper, wider and for larger images at once.
    5,288,548 parameters, 0.39 G MACs.

    Returns
    -------
    torch.nn.Sequential
        Images (N, 3, H, W) of any size to logits (N, 1000).

    References
    ----------
    Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks", 2019,
    arXiv:1905.11946, table 1; the gates: Hu, Shen and Sun, "Squeeze-and-excitation networks",
    2018, arXiv:1709.01507.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = efficientnet_b0()
    >>> sum(parameter.numel() for parameter in model.parameters())
    5288548
    """
    parts = OrderedDict[str, nn.Module](stem=conv_norm(3, 32, 3, stride=2, activation=nn.SiLU))
    channels = 32
    stages = (  # expansion, channels, blocks, stride of the first, kernel
        (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5), (6, 320, 1, 1, 3),
    )  # fmt: skip
    blocks = sum(depth for _, _, depth, _, _ in stages)
    before = 0  # the deeper a block, the more often it is dropped
    for number, (expansion, width, depth, stride, kernel_size) in enumerate(stages, start=1):
        stage = parts[f"stage{number}"] = nn.Sequential()
        for i in range(depth):
            step = stride if i == 0 else 1
            drop = 0.2 * before / blocks
            stage.append(
                inverted_residual(
                    channels, width, expansion, kernel_size, step, nn.SiLU, gated=True, drop=drop
                )
            )
            channels = width
            before += 1
    parts["last"] = conv_norm(channels, 1280, activation=nn.SiLU)
    parts["head"] = head(1280, dropout=0.2)
    return nn.Sequential(parts)
