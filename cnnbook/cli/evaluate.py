"""`python -m cnnbook evaluate`: the confusion matrix and the test error of a training."""

from __future__ import annotations

import argparse

from cnnbook.cli.messages import place
from cnnbook.cli.runs import CHECKPOINT, read_run


def run(arguments: argparse.Namespace) -> None:
    """Measure what a folder holds on the test images."""
    from cnnbook.nets.checkpoints import load_weights
    from cnnbook.nets.defaults import build, load
    from cnnbook.nets.devices import pick_device
    from cnnbook.nets.evaluation import evaluate

    device = pick_device(arguments.device)
    trained = read_run(arguments.folder)
    model = build(trained["model"], trained["data"], trained["seed"])
    load_weights(model, arguments.folder / CHECKPOINT)
    raw = load(trained["data"], trained["model"], arguments.root, arguments.download)
    images = raw.standardized()
    result = evaluate(model, images.x_test, images.y_test, device=device)
    print(f"rows: true class, columns: predicted class ({place(device, arguments.threads)})")
    print(result.confusion)
    print(f"{trained['data']} {trained['model']} test error {result.error_percent:.2f} %")
