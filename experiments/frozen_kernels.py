"""Whether the kernels have to learn, or a head on random kernels would do.

The network of *Backpropagation*, whole; the best head on its random kernels, trained until it
changes no more; the same head on the pixels; and the nearest neighbour. How much the weights of a
head are held small is chosen on a fifth of the training digits. Each seed has a split of its own.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from experiments._training import batches, tensors_of_digits, wrong
from experiments.verdicts import Numbers, less

UNIT = "wrong of 450 test digits"
SEEDS = 6
MINUTES = 4
STEPS = 860
SHARES = (0.1, 1.0, 10.0, 100.0)


def network() -> nn.Sequential:
    """Return two rounds of convolution, ReLU and max pooling, and a head."""
    first = [nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    second = [nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    model = nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(64, 10))
    for layer in model:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
    return model


def head(x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, most: int) -> int:
    """Fit logistic regression, its decay chosen on the last fifth, and count the wrong answers."""
    scale = x.std()

    def fitted(strength: float, count: int) -> LogisticRegression:
        model = LogisticRegression(C=strength, max_iter=most)
        return model.fit(x[:count] / scale, y[:count])

    cut = len(x) * 4 // 5
    scores = [fitted(c, cut).score(x[cut:] / scale, y[cut:]) for c in SHARES]
    best = fitted(SHARES[int(np.argmax(scores))], len(x))
    return int((best.predict(x_test / scale) != y_test).sum())


def run(seed: int, share: float = 1.0) -> dict[str, float]:
    """Count what each gets wrong."""
    x, y, x_test, y_test = tensors_of_digits(seed)
    torch.manual_seed(seed)
    model = network()
    with torch.no_grad():
        random = [model[:7](images).numpy() for images in (x, x_test)]
    pixels = [images.flatten(1).numpy() for images in (x, x_test)]
    labels, labels_test = y.numpy(), y_test.numpy()
    numbers = {
        name: float(head(before, labels, after, labels_test, 5000))
        for name, (before, after) in {
            "random kernels, best head": random,
            "pixels, best head": pixels,
        }.items()
    }
    nearest = KNeighborsClassifier(1).fit(pixels[0], labels)
    numbers["nearest neighbour"] = float((nearest.predict(pixels[1]) != labels_test).sum())
    optimizer = torch.optim.Adam(model.parameters(), 0.003)
    for chosen in batches(len(x), 32, round(STEPS * share), seed):
        optimizer.zero_grad()
        F.cross_entropy(model(x[chosen]), y[chosen]).backward()
        optimizer.step()
    numbers["all weights trained"] = wrong(model, x_test, y_test)
    return numbers


def verdicts(n: dict[str, Numbers]) -> dict[str, bool]:
    """Compare with the whole network."""
    whole = n["all weights trained"]
    return {
        "the whole network errs less than the best head on random kernels": less(
            whole, n["random kernels, best head"]
        ),
        "random kernels serve the head worse than the pixels do": less(
            n["pixels, best head"], n["random kernels, best head"]
        ),
        "the nearest neighbour errs less than the whole network": less(
            n["nearest neighbour"], whole
        ),
    }
