"""`python -m cnnbook explain`: the layer table of one of the book's networks."""

from __future__ import annotations

import argparse


def run(arguments: argparse.Namespace) -> None:
    """Print output, parameters, MACs and receptive field of each layer."""
    from cnnbook.nets.defaults import build, side_of
    from cnnbook.nets.summary import explain

    data = "digits" if arguments.model == "tiny" else "mnist"
    side = side_of(data, arguments.model)
    print(explain(build(arguments.model, data, 0), arguments.input_size or (1, side, side)))
