"""ConvNeXt and the vision transformer that it answers: a convolution, or attention, and an MLP."""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from cnnbook.nets.architectures.blocks import Permute, Residual, StochasticDepth

EPS = 1e-6  # of every layer normalisation here
LAST = (0, 2, 3, 1)  # channels last, as linear layers and layer normalisation want them
FIRST = (0, 3, 1, 2)  # and back


class Scaled(nn.Module):
    """Multiplies what a body gives by one learnt number per channel, small at first.

    So the deep network starts near the identity (Touvron et al., 2021, "LayerScale").
    """

    def __init__(self, body: nn.Module, channels: int) -> None:
        super().__init__()
        self.layer_scale = nn.Parameter(torch.full((channels, 1, 1), 1e-6))
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        """Return the body's answer (N, C, H, W), scaled."""
        return self.layer_scale * self.body(x)


def channel_norm(channels: int) -> nn.Sequential:
    """Return layer normalisation over the channels of each pixel."""
    return nn.Sequential(Permute(*LAST), nn.LayerNorm(channels, EPS), Permute(*FIRST))


def mlp(width: int) -> list[nn.Module]:
    """Return two linear layers, four times as wide between them."""
    return [nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)]


def convnext_block(channels: int, drop: float) -> Residual:
    """Return a depthwise 7×7, one normalisation, and 1×1 to many channels and back, in a residual.

    The 1×1 convolutions are linear layers over channels that come last.
    """
    look = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
    norm = nn.LayerNorm(channels, EPS)
    body = nn.Sequential(look, Permute(*LAST), norm, *mlp(channels), Permute(*FIRST))
    return Residual(nn.Sequential(Scaled(body, channels), StochasticDepth(drop)))


def convnext_tiny() -> nn.Sequential:
    """Return ConvNeXt-T: a residual network, made over with what transformers had changed.

    Patches as the stem, depthwise 7×7, wide in the middle, GELU, layer normalisation, fewer of
    both: convolutions were as good as transformers again. 28,589,128 parameters, 4.5 G MACs.

    Returns
    -------
    torch.nn.Sequential
        Images (N, 3, H, W), from 32×32 up, to logits (N, 1000).

    References
    ----------
    Liu, Mao, Wu, Feichtenhofer, Darrell and Xie, "A ConvNet for the 2020s", 2022,
    arXiv:2201.03545.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = convnext_tiny()
    >>> sum(parameter.numel() for parameter in model.parameters())
    28589128
    """
    stem = nn.Sequential(nn.Conv2d(3, 96, 4, stride=4), channel_norm(96))
    parts = OrderedDict[str, nn.Module](stem=stem)
    depths = (3, 3, 9, 3)
    before = 0
    for number, depth in enumerate(depths):
        channels = 96 * 2**number
        if number:
            half = nn.Conv2d(channels // 2, channels, 2, stride=2)
            parts[f"half{number}"] = nn.Sequential(channel_norm(channels // 2), half)
        stage = parts[f"stage{number + 1}"] = nn.Sequential()
        for _ in range(depth):
            stage.append(convnext_block(channels, 0.1 * before / (sum(depths) - 1)))
            before += 1
    last = (nn.AdaptiveAvgPool2d(1), channel_norm(channels), nn.Flatten())
    parts["head"] = nn.Sequential(*last, nn.Linear(channels, 1000))
    return nn.Sequential(parts)


class Patches(nn.Module):
    """Cuts an image into patches, each a vector by one convolution, and puts a token before them.

    The token is learnt; what it has gathered at the end is what the classes are read from.
    """

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.conv_proj = nn.Conv2d(3, width, size, stride=size)

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens (N, 1 + patches, width) of images (N, 3, H, W)."""
        patches = self.conv_proj(x).flatten(2).transpose(1, 2)
        return torch.cat([self.class_token.expand(x.shape[0], -1, -1), patches], dim=1)


class Positions(nn.Module):
    """Adds a learnt vector for each place: attention itself does not know where a token stands."""

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.empty(1, tokens, width).normal_(std=0.02))

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens (N, tokens, width)."""
        _check_tokens(x, self.pos_embedding)
        return x + self.pos_embedding


def _check_tokens(x: Tensor, pos_embedding: Tensor) -> None:
    if x.shape[1] != pos_embedding.shape[1]:
        raise ValueError(
            f"vit_b_16: x has {x.shape[1] - 1} patches; expected {pos_embedding.shape[1] - 1}, "
            "one for each learnt position: images of 224×224"
        )


fx.wrap("_check_tokens")  # `explain` follows the network without looking into this


class SelfAttention(nn.Module):
    """Every token takes from every other, with weights that the tokens themselves decide.

    Each gives a query, a key and a value, by one linear layer. How well its query fits the others'
    keys says how much of their values it takes: softmax(QKᵀ / √d) V, in several heads at once.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens (N, tokens, width)."""
        qkv = self.in_proj(x).unflatten(2, (3, self.heads, -1))  # query, key, value
        qkv = qkv.transpose(1, 3)  # (N, heads, 3, tokens, width / heads)
        query, key, value = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
        taken = F.scaled_dot_product_attention(query, key, value)
        return self.out_proj(taken.transpose(1, 2).flatten(2))


class First(nn.Module):
    """Takes the first token."""

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, width) from (N, tokens, width)."""
        return x[:, 0]


def encoder_layer(width: int, heads: int) -> nn.Sequential:
    """Return attention, then two linear layers, each in a residual and normalised before."""
    attention = nn.Sequential(nn.LayerNorm(width, EPS), SelfAttention(width, heads))
    return nn.Sequential(
        Residual(attention), Residual(nn.Sequential(nn.LayerNorm(width, EPS), *mlp(width)))
    )


def vit_b_16() -> nn.Sequential:
    """Return the vision transformer ViT-B/16: an image as 196 patches that attend to each other.

    Beyond the patches nothing says that neighbours belong together; it is learnt, from many more
    images. 86,567,656 parameters, 17.6 G MACs, the products of attention included.

    Returns
    -------
    torch.nn.Sequential
        Images (N, 3, 224, 224) to logits (N, 1000); others raise ValueError.

    References
    ----------
    Dosovitskiy et al., "An image is worth 16×16 words: transformers for image recognition at
    scale", 2021, arXiv:2010.11929.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):
    ...     model = vit_b_16()
    >>> sum(parameter.numel() for parameter in model.parameters())
    86567656
    """
    width = 768
    parts = OrderedDict[str, nn.Module](
        patches=Patches(16, width),
        positions=Positions((224 // 16) ** 2 + 1, width),
        layers=nn.Sequential(*[encoder_layer(width, heads=12) for _ in range(12)]),
        norm=nn.LayerNorm(width, EPS),
        first=First(),
        head=nn.Linear(width, 1000),
    )
    return nn.Sequential(parts)
