"""The letters of the crosses-and-noughts story: a 9×9 X and O of +1 and −1, and features of the X.

The story is Brandon Rohrer's ("How do Convolutional Neural Networks work?", 2016).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_X = """
.........
.#.....#.
..#...#..
...#.#...
....#....
...#.#...
..#...#..
.#.....#.
.........
"""

_O = """
.........
...###...
..#...#..
.#.....#.
.#.....#.
.#.....#.
..#...#..
...###...
.........
"""


def _from_drawing(drawing: str) -> NDArray[np.float32]:
    """Turn lines of '#' and '.' into a matrix of +1 and −1."""
    rows = drawing.strip().splitlines()
    return np.array([[1 if mark == "#" else -1 for mark in row] for row in rows], dtype=np.float32)


def letter_x() -> NDArray[np.float32]:
    """Return the 9×9 X: +1 on the strokes, −1 elsewhere, float32.

    Examples
    --------
    >>> int((letter_x() == 1).sum())
    13
    """
    return _from_drawing(_X)


def letter_o() -> NDArray[np.float32]:
    """Return the 9×9 O: +1 on the stroke, −1 elsewhere, float32.

    Examples
    --------
    >>> letter_o().shape
    (9, 9)
    """
    return _from_drawing(_O)


def x_features() -> dict[str, NDArray[np.float32]]:
    """Return the three 3×3 features that an X is made of: two diagonals and a small cross.

    Examples
    --------
    >>> print(x_features()["diagonal"].astype(int))
    [[ 1 -1 -1]
     [-1  1 -1]
     [-1 -1  1]]
    """
    return {
        "diagonal": _from_drawing("#..\n.#.\n..#"),
        "cross": _from_drawing("#.#\n.#.\n#.#"),
        "antidiagonal": _from_drawing("..#\n.#.\n#.."),
    }
