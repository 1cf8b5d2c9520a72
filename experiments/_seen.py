"""The network of *What a network sees*, trained from a seed, and what can be drawn of it."""

from __future__ import annotations

import numpy as np
import torch

from cnnbook import nets
from cnnbook.data import digits
from cnnbook.nets import inspection

DIGITS = digits(size=28)


def trained(seed: int, share: float, images: np.ndarray = DIGITS.x_train) -> nets.SimpleCNN:
    """Train as the chapter does, perhaps on changed images."""
    epochs = max(1, round(8 * share))
    recipe = nets.Recipe(
        epochs=epochs, batch_size=32, optimizer="adamw", lr=0.01, weight_decay=2.0, one_cycle=True
    )
    network = nets.initialize(nets.SimpleCNN(), seed)
    nets.fit(network, images, DIGITS.y_train, recipe, seed=seed, progress=False)
    return network


def gradient(network: nets.SimpleCNN, number: int) -> np.ndarray:
    """Return the slope of the true class' logit at each pixel, with its sign: (28, 28)."""
    leaf = torch.from_numpy(DIGITS.x_test[number][None]).requires_grad_()
    network(leaf)[0, int(DIGITS.y_test[number])].backward()
    assert leaf.grad is not None
    return leaf.grad[0, 0].numpy()


def change(network: nets.SimpleCNN, number: int) -> np.ndarray:
    """Return by how much this logit changes if a 7×7 square is hidden: 8×8 places."""
    image, label = DIGITS.x_test[number], int(DIGITS.y_test[number])
    with torch.no_grad():
        full = network(torch.from_numpy(image[None]))[0, label].item()
    hidden = inspection.occlusion_map(network, image, label, size=7, stride=3, score="logit")
    return hidden - full


def right(network: nets.SimpleCNN, count: int) -> np.ndarray:
    """Return the numbers of the first test images that a network names rightly."""
    with torch.no_grad():
        predicted = network(torch.from_numpy(DIGITS.x_test)).argmax(dim=1).numpy()
    return np.flatnonzero(predicted == DIGITS.y_test)[:count]
