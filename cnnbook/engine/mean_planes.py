"""Why mean and sum pooling are fast: sums over windows of planes (N·C, H, W), and their adjoint.

A sum over a window is a sum over its rows, then over its columns. The only subtle part of the
mean is what it divides by where a window reaches into the padding or past it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cnnbook.arguments.checks import Array
from cnnbook.arguments.pooling import Pooling
from cnnbook.engine.planes import plane_blocks, reaches


def sums(planes: Array, p: Pooling) -> Array:
    """Add up every window, over its rows first."""
    y = np.zeros((len(planes), *p.out), planes.dtype)
    for block in plane_blocks(planes):
        over_rows = np.zeros((len(y[block]), p.out[0], p.size[1]), planes.dtype)
        for outputs, pixels in reaches(p, 0):
            over_rows[:, outputs] += planes[block][:, pixels]
        for outputs, pixels in reaches(p, 1):
            y[block][:, :, outputs] += over_rows[:, :, pixels]
    return y


def spread(dy: Array, p: Pooling) -> Array:
    """Add each output's gradient onto all pixels of its window: the adjoint of `sums`."""
    dx = np.zeros((len(dy), *p.size), dy.dtype)
    for block in plane_blocks(dx):
        over_rows = np.zeros((len(dx[block]), p.out[0], p.size[1]), dy.dtype)
        for outputs, pixels in reaches(p, 1):
            over_rows[:, :, pixels] += dy[block][:, :, outputs]
        for outputs, pixels in reaches(p, 0):
            dx[block][:, pixels] += over_rows[:, outputs]
    return dx


def pixels_counted(p: Pooling, count_include_pad: bool) -> npt.NDArray[np.int64]:
    """Return how many pixels each window holds, (H_out, W_out), padding counted or not.

    Past the padding, where `ceil_mode` lets the last window reach, nothing ever counts.
    """
    counts = []
    for axis in (0, 1):
        start = np.arange(p.out[axis]) * p.stride[axis] - p.padding[axis]
        margin = p.padding[axis] if count_include_pad else 0
        end = np.minimum(start + p.kernel_size[axis], p.size[axis] + margin)
        counts.append(end - np.maximum(start, -margin))
    return np.multiply.outer(counts[0], counts[1])
