"""`python -m cnnbook evaluate`: the confusion matrix and the test error of a training."""

from __future__ import annotations

import argparse

from cnnbook.cli.messages import place
from cnnbook.cli.runs import load_network


def run(arguments: argparse.Namespace) -> None:
    """Measure what a folder holds on the test images."""
    from cnnbook.nets.defaults import load
    from cnnbook.nets.devices import pick_device
    from cnnbook.nets.evaluation import evaluate

    device = pick_device(arguments.device)
    trained, model = load_network(arguments.folder)
    raw = load(trained["data"], trained["model"], arguments.root, arguments.download)
    images = raw.standardized()
    result = evaluate(model, images.x_test, images.y_test, device=device)
    print(f"rows: true class, columns: predicted class ({place(device, arguments.threads)})")
    print(result.confusion)
    print(f"{trained['data']} {trained['model']} test error {result.error_percent:.2f} %")
