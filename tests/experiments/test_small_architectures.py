"""The small networks have the sizes that the chapter names."""

from __future__ import annotations

from experiments import small_architectures


def test_the_networks_have_parameters_alike() -> None:
    counts = {
        name: sum(p.numel() for p in build().parameters())
        for name, build in small_architectures.NETWORKS.items()
    }
    assert counts == {
        "logistic regression": 650,
        "3×3 in a row": 9_690,
        "inception": 10_066,
        "residual": 9_690,
        "dense": 10_218,
        "inverted residual": 9_050,
        "ConvNeXt": 10_450,
        "transformer": 10_790,
    }
