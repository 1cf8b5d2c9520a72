"""Train the detector of the chapter on finding and write its rounded weights.

python benchmarks/object_scenes.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

import cnnbook.nets
from cnnbook.data import object_scenes
from cnnbook.detection import average_precision, match_boxes, nms
from cnnbook.nets import SmallDetector, initialize

FILE = Path(cnnbook.nets.__file__).parent / "weights" / "object_scenes.json"
SEED, STEPS, BATCH, LR = 0, 2000, 16, 0.01
DECIMALS = 3
TEST_SEED, TEST_SCENES, IOU = 1, 1000, 0.3


def trained() -> SmallDetector:
    """Train on scenes that are each drawn once."""
    rng = np.random.default_rng(SEED)
    model = initialize(SmallDetector(), SEED)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=LR, total_steps=STEPS + 1, cycle_momentum=False
    )
    for _ in range(STEPS):
        scenes = object_scenes(BATCH, rng)
        optimizer.zero_grad()
        model.loss(
            *(torch.from_numpy(part) for part in (scenes.images, scenes.boxes, scenes.labels))
        ).backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def precision_on_new_scenes(model: SmallDetector) -> float:
    """Return the average precision at an IoU of 0.5, in per cent."""
    scenes = object_scenes(TEST_SCENES, np.random.default_rng(TEST_SEED))
    boxes, scores, _ = (part.numpy() for part in model.found(torch.from_numpy(scenes.images)))
    hits, sure = [], []
    for i in range(TEST_SCENES):
        kept = nms(boxes[i], scores[i], IOU)
        true = scenes.boxes[i][scenes.labels[i] > 0].astype(np.float32)
        hits.append(match_boxes(boxes[i][kept], scores[i][kept], true) >= 0)
        sure.append(scores[i][kept])
    n_true = int((scenes.labels > 0).sum())
    return 100 * average_precision(np.concatenate(hits), np.concatenate(sure), n_true)


def main() -> None:
    torch.set_num_threads(1)
    model = trained()
    exact = precision_on_new_scenes(model)
    state = {
        name: torch.round(value.double(), decimals=DECIMALS).tolist()
        for name, value in model.state_dict().items()
    }
    model.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    content = {
        "made_by": "python benchmarks/object_scenes.py",
        "model": "cnnbook.nets.SmallDetector()",
        "trained_on": "cnnbook.data.object_scenes, each scene drawn once",
        "seed": SEED,
        "recipe": {
            "steps": STEPS,
            "batch_size": BATCH,
            "optimizer": "adamw",
            "lr": LR,
            "weight_decay": 0,
            "one_cycle": True,
        },
        "torch": torch.__version__,
        "decimals": DECIMALS,
        "test_scenes": TEST_SCENES,
        "test_seed": TEST_SEED,
        "test_average_precision_percent": round(precision_on_new_scenes(model), 2),
        "test_average_precision_percent_before_rounding": round(exact, 2),
        "state_dict": state,
    }
    FILE.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    print({k: v for k, v in content.items() if k != "state_dict"})
    print(f"{FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
