"""Planes (N·C, H, W), as pooling goes over them: in blocks, one tap of the window at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnnbook.arguments.checks import Array
from cnnbook.arguments.pooling import Pooling

BLOCK_BYTES = 1 << 20  # planes worked on at a time, so that every step stays in the cache


class Reach(NamedTuple):
    """Which outputs a tap of the window has a pixel for, and these pixels, along one axis."""

    outputs: slice
    pixels: slice


def reaches(p: Pooling, axis: int) -> list[Reach]:
    """Return, for each tap along an axis, the outputs and pixels it joins; padding has none."""
    stride, size, out = p.stride[axis], p.size[axis], p.out[axis]
    joined = []
    for tap in range(p.kernel_size[axis]):
        offset = tap * p.dilation[axis] - p.padding[axis]
        first = max(0, -(offset // stride))
        last = min(out - 1, (size - 1 - offset) // stride)
        if first > last:
            joined.append(Reach(slice(0, 0), slice(0, 0)))
            continue
        pixels = slice(offset + first * stride, offset + last * stride + 1, stride)
        joined.append(Reach(slice(first, last + 1), pixels))
    return joined


def plane_blocks(x: Array) -> Iterator[slice]:
    """Cut planes (N·C, H, W) into blocks that fit into the cache."""
    count, height, width = x.shape
    step = max(1, BLOCK_BYTES // (height * width * x.itemsize))
    for start in range(0, count, step):
        yield slice(start, start + step)
