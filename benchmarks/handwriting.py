"""Train the network that `python -m cnnbook predict` uses, and write its rounded weights.

    CNNBOOK_DATA=FOLDER python benchmarks/handwriting.py

The folder holds MNIST. The network learns from the first 50,000 training images; on the last
10,000, and on drawn pictures (tests/data/drawings.py), recipe and distortions were chosen. The
test images are used once, for the figure in the file. Three minutes of processor time.
"""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import cnnbook.nets
from cnnbook.data import mnist
from cnnbook.nets import Recipe, SimpleCNN, evaluate, initialize

FILE = Path(cnnbook.nets.__file__).parent / "weights" / "handwriting.json"
SEED = 0
N_TRAIN = 50_000
DECIMALS = 3
RECIPE = Recipe(epochs=10, batch_size=128, optimizer="adamw", lr=0.01, one_cycle=True)
#: Each training image is distorted anew in each epoch, none to all of the way. Each distortion is
#: drawn evenly from − to + these.
DISTORTIONS = {
    "rotation_degrees": 15.0,
    "shear": 0.35,  # columns per row: slanted hands
    "scale": 0.2,  # of height and of width, each for itself
    "shift_pixels": 2.0,
    "stroke": 1.0,  # −1: as thin as the least of 3×3 pixels; +1: as thick as their greatest
    "blur": 1.0,  # from 0: share of the mean of 3×3 pixels
}
#: Of each batch so many more are no digits, and the network is to call them all ten equally.
NO_DIGITS = 0.15


def distorted(x: Tensor, rng: np.random.Generator) -> Tensor:
    """Return images turned, slanted, stretched, moved, with other pens, less sharp."""
    n = len(x)
    strength = rng.random(n)  # nearly 0 for some: images as they are belong to it

    def draw(name: str, least: float = -1.0) -> Tensor:
        return torch.from_numpy(strength * rng.uniform(least, 1, n) * DISTORTIONS[name]).float()

    angle = draw("rotation_degrees") * math.pi / 180
    height, width = 1 + draw("scale"), 1 + draw("scale")
    shear = draw("shear")
    cosine, sine = torch.cos(angle), torch.sin(angle)
    # Where in the original, -1 to 1 from border to border, an output pixel comes from.
    across = torch.stack([cosine, sine + shear * cosine], 1) / width[:, None]
    down = torch.stack([-sine, cosine - shear * sine], 1) / height[:, None]
    move = torch.stack([draw("shift_pixels"), draw("shift_pixels")], 1) / 14
    where = torch.cat([torch.stack([across, down], 1), move[:, :, None]], 2)
    grid = F.affine_grid(where, list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, align_corners=False)
    thick, thin = F.max_pool2d(x, 3, 1, 1), -F.max_pool2d(-x, 3, 1, 1)
    stroke, blur = draw("stroke")[:, None, None, None], draw("blur", 0)[:, None, None, None]
    x = torch.where(stroke > 0, x + stroke * (thick - x), x + 0.6 * stroke * (x - thin))
    return x + blur * (F.avg_pool2d(x, 3, 1, 1) - x)


def no_digits(x: Tensor, rng: np.random.Generator) -> Tensor:
    """Return what is no digit: quarters of four put together, and two in one frame."""
    n = len(x)
    others = [x[torch.from_numpy(rng.permutation(n))] for _ in range(3)]
    quarters = x.clone()
    quarters[:, :, :14, 14:] = others[0][:, :, :14, 14:]
    quarters[:, :, 14:, :14] = others[1][:, :, 14:, :14]
    quarters[:, :, 14:, 14:] = others[2][:, :, 14:, 14:]
    pair = torch.cat([x[..., 4:24], others[0][..., 4:24]], 3)
    pair = F.interpolate(pair, (14, 28), mode="area")
    pair = F.pad(pair, (0, 0, 7, 7))
    return torch.where(torch.from_numpy(rng.random(n) < 0.5)[:, None, None, None], quarters, pair)


def train(x: Tensor, y: Tensor, recipe: Recipe) -> SimpleCNN:
    """Train on distorted images, and on no digits, with cross-entropy."""
    model = initialize(SimpleCNN(), SEED).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.lr, weight_decay=recipe.weight_decay
    )
    steps = math.ceil(len(x) / recipe.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.lr, total_steps=recipe.epochs * steps, cycle_momentum=False
    )
    for epoch in range(recipe.epochs):
        rng = np.random.default_rng([SEED, epoch])
        total = 0.0
        for rows in torch.from_numpy(rng.permutation(len(x))).split(recipe.batch_size):
            none = no_digits(x[rows], rng)[: round(NO_DIGITS * len(rows))]
            inputs = distorted(torch.cat([x[rows], none]), rng)
            inputs = inputs.contiguous(memory_format=torch.channels_last)
            logs = model(inputs).log_softmax(dim=1)
            loss = F.nll_loss(logs[: len(rows)], y[rows])
            loss = loss - logs[len(rows) :].mean(dim=1).sum() / len(rows)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        print(f"epoch {epoch + 1}: loss {total / len(x):.4f}", flush=True)
    return model.to(memory_format=torch.contiguous_format)


def write(model: SimpleCNN) -> None:
    """Round the weights, measure them and write the file."""
    data = mnist()
    validation, test = (data.x_train[N_TRAIN:], data.y_train[N_TRAIN:]), (data.x_test, data.y_test)
    exact = evaluate(model, *test)
    state = {
        name: torch.round(value.double(), decimals=DECIMALS).tolist()
        for name, value in model.state_dict().items()
    }
    model.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    content = {
        "made_by": "CNNBOOK_DATA=FOLDER python benchmarks/handwriting.py",
        "model": "cnnbook.nets.SimpleCNN()",
        "trained_on": "the first 50,000 training images of cnnbook.data.mnist(), values 0 to 1; "
        "the MNIST database of handwritten digits (LeCun, Cortes and Burges, 1998)",
        "seed": SEED,
        "recipe": dataclasses.asdict(RECIPE),
        "distortions": DISTORTIONS,
        "no_digits": NO_DIGITS,
        "torch": torch.__version__,
        "decimals": DECIMALS,
        "validation_images": len(validation[1]),
        "validation_error_percent": round(evaluate(model, *validation).error_percent, 3),
        "test_images": len(test[1]),
        "test_error_percent": round(evaluate(model, *test).error_percent, 3),
        "test_error_percent_before_rounding": round(exact.error_percent, 3),
        "state_dict": state,
    }
    FILE.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    print({k: v for k, v in content.items() if k != "state_dict"})
    print(f"{FILE.stat().st_size:,} bytes")


def main() -> None:
    torch.set_num_threads(1)
    data = mnist()
    x, y = torch.from_numpy(data.x_train[:N_TRAIN]), torch.from_numpy(data.y_train[:N_TRAIN])
    write(train(x, y, RECIPE))


if __name__ == "__main__":
    main()
