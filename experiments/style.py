"""A picture trained to another's style by networks of random weights: what is not colour.

The tower in the dahlia's style and the dahlia in the tower's. Each result is measured by the
network that it was trained with, and by another one that it never met; so is the same picture
with its colours matched, by an affine map of each pixel, without a network.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnbook.data import photograph
from experiments.verdicts import Numbers, less

UNIT = "style loss, the mean of the two directions"
SEEDS = 8
MINUTES = 2
STEPS = 60
SIDE, ALPHA, RATE = 64, 30.0, 0.03


def crop(name: str, row: int, column: int) -> Tensor:
    """Return 64×64 pixels of a photograph at a third of its resolution."""
    picture = photograph(name).astype(np.float64)[:, :426, :639]
    small = picture.reshape(3, 142, 3, 213, 3).mean(axis=(2, 4))
    return torch.from_numpy(small[None, :, row : row + SIDE, column : column + SIDE].copy())


class Features(nn.Module):
    """The maps of three convolutions with random weights."""

    def __init__(self, seed: int, width: int = 24) -> None:
        super().__init__()
        same: dict[str, Any] = {"padding": 1, "padding_mode": "reflect", "bias": False}
        self.convolutions = nn.ModuleList(
            nn.Conv2d(channels, width, 3, **same) for channels in (3, width, width)
        )
        self.double().requires_grad_(False)
        draw = np.random.default_rng(seed)
        for convolution in self.convolutions:
            weight = convolution.weight
            size = np.sqrt(2 / (weight.shape[1] * 9))
            weight.copy_(torch.from_numpy(draw.normal(scale=size, size=weight.shape)))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the maps of each layer."""
        maps, x = [], x - 0.5
        for convolution in self.convolutions:
            x = F.relu(convolution(x))
            maps.append(x)
            x = F.avg_pool2d(x, 2)
        return maps


def gram(maps: Tensor) -> Tensor:
    """Return the mean products of all pairs of maps."""
    rows = maps.reshape(*maps.shape[:-2], -1)
    return rows @ rows.swapaxes(-1, -2) / rows.shape[-1]


def distance(a: Tensor, b: Tensor) -> Tensor:
    """Return the squared distance, relative to `b`."""
    return ((a - b) ** 2).sum() / (b**2).sum()


@torch.no_grad()
def style_loss(network: nn.Module, picture: Tensor, style: Tensor) -> float:
    """Return how far a picture's Gram matrices are from those of the style."""
    pairs = zip(network(picture), network(style), strict=True)
    return sum(distance(gram(f), gram(g)).item() for f, g in pairs)


def coloured_like(content: Tensor, style: Tensor) -> Tensor:
    """Give a picture the means and covariances of another's colours."""
    a, b = (picture[0].reshape(3, -1) for picture in (content, style))
    spread_a, spread_b = (torch.linalg.cholesky(torch.cov(pixels)) for pixels in (a, b))
    whitened = torch.linalg.solve(spread_a, a - a.mean(dim=1, keepdim=True))
    return (spread_b @ whitened + b.mean(dim=1, keepdim=True)).reshape(content.shape).clamp(0, 1)


def transfer(network: nn.Module, content: Tensor, style: Tensor, steps: int) -> Tensor:
    """Train a picture that starts as the content."""
    content_maps, style_grams = network(content)[1], [gram(maps) for maps in network(style)]
    x = content.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=RATE)
    for _ in range(steps):
        maps = network(x)
        pairs = zip(maps, style_grams, strict=True)
        loss = ALPHA * torch.stack([distance(gram(f), g) for f, g in pairs]).sum()
        loss = loss + distance(maps[1], content_maps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            x.clamp_(0, 1)
    return x.detach()


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Train both pictures with one network, and look with two."""
    network, other = Features(seed), Features(seed + 1000)
    tower, dahlia = crop("china", 20, 60), crop("flower", 30, 90)
    numbers: dict[str, list[float]] = {}
    for content, style in ((tower, dahlia), (dahlia, tower)):
        results = {
            "as it is": content,
            "colours matched": coloured_like(content, style),
            "trained": transfer(network, content, style, round(STEPS * share)),
        }
        for name, picture in results.items():
            numbers.setdefault(name, []).append(style_loss(network, picture, style))
            seen = style_loss(other, picture, style)
            numbers.setdefault(f"{name}, another network", []).append(seen)
    return {name: float(np.mean(values)) for name, values in numbers.items()}


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare a match of colours with what a network adds."""
    start, colours, trained = n["as it is"], n["colours matched"], n["trained"]
    return {
        "a match of colours takes most of the style loss away": less(colours, start / 2),
        "training takes away more than half of what is left": less(trained, colours / 2),
        "another random network sees more than a match of colours, too": less(
            n["trained, another network"], n["colours matched, another network"]
        ),
    }
