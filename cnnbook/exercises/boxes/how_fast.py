"""The guess of the page *How fast is it*, which has no exercises."""

from __future__ import annotations

import numpy as np

from cnnbook.data import recorded
from cnnbook.exercises.chapter import Exercises
from cnnbook.exercises.guesses import Guess

ALT_OF_RATIOS = (
    "Horizontal marks on a logarithmic axis, for each kind of convolution layer: a dot for the "
    "forward pass and a cross for the backward pass, at the time of cnnbook divided by PyTorch's. "
    "Most lie between one and four; those of the 31×31 kernels lie far below one."
)
SPEEDS = {
    "about as fast": 1.0,
    "a third to a half of the speed": 2.5,
    "a tenth of the speed": 10.0,
    "a hundredth of the speed": 100.0,
}


def recorded_speed() -> str:
    """Return which of the speeds is nearest to the recorded median, in powers of ten."""
    rows = recorded("engine")["convolutions"]
    times = np.median([row["forward"] for row in rows if "31×31" not in row["case"]])
    return min(SPEEDS, key=lambda speed: abs(np.log(SPEEDS[speed] / times)))


EXERCISES = Exercises(
    "how_fast",
    [],
    guesses=[
        Guess(
            "beside_pytorch",
            prompt="How fast is the forward pass of the usual small kernels, beside PyTorch?",
            options=tuple(SPEEDS),
            truth=recorded_speed,
            alt=ALT_OF_RATIOS,
            after=(
                "The figure shows the time of a forward and of a backward pass, divided by "
                "PyTorch's: mostly between one and four times, and far less than PyTorch's for "
                "kernels of 31×31. For the usual small kernels the median is below three times "
                "PyTorch's time."
            ),
        ),
    ],
)
guess = EXERCISES.guess
