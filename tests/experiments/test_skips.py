"""The comparison with and without skips is fair, and its pictures are what it says."""

from __future__ import annotations

import numpy as np
import torch

from experiments import skips


def test_the_networks_have_parameters_alike() -> None:
    counts = {
        name: sum(p.numel() for p in build().parameters()) for name, build in skips.NETWORKS.items()
    }
    assert counts == {"U-Net": 7_968, "without skips": 7_961, "plain": 7_884}


def test_an_outline_is_a_part_of_the_filled_shape_and_encloses_the_rest() -> None:
    n = 60
    _, filled = skips.draw(np.random.default_rng(0), np.ones(n, bool))
    pictures, outlines = skips.draw(np.random.default_rng(0), np.zeros(n, bool))
    assert pictures.shape == (n, 1, 24, 24)
    assert filled[:, [0, -1]].sum() == filled[:, :, [0, -1]].sum() == 0, "none touches the border"
    rest = filled - outlines
    assert rest.min() == 0
    for step in ((0, 1), (1, 0)):
        for way in (1, -1):
            beside = torch.roll(rest, [way * s for s in step], (1, 2))
            assert (beside <= filled).all(), "next to what is enclosed comes the outline"


def test_the_threshold_is_the_best_of_all_on_its_pictures() -> None:
    pictures, masks = skips.draw(np.random.default_rng(1), np.arange(20) % 2 == 0)
    value = skips.threshold(pictures, masks)
    best = skips.mean_dice(pictures[:, 0] > value, masks)
    assert 0.3 < value < 0.8
    for other in np.linspace(0, 1, 11):
        assert skips.mean_dice(pictures[:, 0] > other, masks) <= best
