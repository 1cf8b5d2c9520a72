"""Train the tiny network of the interactive page and write its rounded weights.

    python benchmarks/tiny_digits.py

The recipe was chosen on parts of the training images; the test images are used once, below.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import torch

import cnnbook.nets
from cnnbook.data import digits
from cnnbook.nets import Recipe, TinyCNN, evaluate, fit, initialize

FILE = Path(cnnbook.nets.__file__).parent / "weights" / "tiny_digits.json"
SEED = 0
DECIMALS = 3
RECIPE = Recipe(
    epochs=120, batch_size=32, optimizer="adamw", lr=0.01, weight_decay=0.5, one_cycle=True
)


def main() -> None:
    torch.set_num_threads(1)
    data = digits()
    model = initialize(TinyCNN(), SEED)
    fit(model, data.x_train, data.y_train, RECIPE, seed=SEED)
    exact = evaluate(model, data.x_test, data.y_test)
    state = {
        name: torch.round(value.double(), decimals=DECIMALS).tolist()
        for name, value in model.state_dict().items()
    }
    model.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    rounded = evaluate(model, data.x_test, data.y_test)
    content = {
        "made_by": "python benchmarks/tiny_digits.py",
        "model": "cnnbook.nets.TinyCNN()",
        "trained_on": "the 1,347 training images of cnnbook.data.digits(), values 0 to 1; "
        "UCI Optical Recognition of Handwritten Digits (Alpaydin and Kaynak, 1998), CC BY 4.0",
        "seed": SEED,
        "recipe": dataclasses.asdict(RECIPE),
        "torch": torch.__version__,
        "decimals": DECIMALS,
        "test_images": len(data.y_test),
        "test_error_percent": round(rounded.error_percent, 3),
        "test_error_percent_before_rounding": round(exact.error_percent, 3),
        "state_dict": state,
    }
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    print({k: v for k, v in content.items() if k != "state_dict"})
    print(f"{FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
