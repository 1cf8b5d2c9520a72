"""A network that finds several objects in one look: a one-stage detector with anchors."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnbook.nets.models import _Layers, _with_stored_weights

STRIDE = 4  # pixels from one cell to the next: two poolings
SIDES = (9, 14)  # of the anchors, in pixels


class SmallDetector(_Layers):
    """A small one-stage detector: at every cell of a grid, two answers of class and box.

    Five convolutions and two poolings make a map with a cell for every 4×4 pixels. Each cell has
    two *anchors*, squares of 9 and 14 pixels around its centre, and says of each which class it
    is, background or an object, and how to move and stretch it (after the single-shot detector of
    Liu and others, 2016). Height and width must be multiples of 4.

    On 1×48×48, 15,664 parameters and 2,893,824 MACs::

        layer  output    parameters       MACs  receptive field
        conv1  8×48×48           80    165,888              3×3
        relu1  8×48×48            0          0              3×3
        pool1  8×24×24            0          0              4×4
        conv2  16×24×24       1,168    663,552              8×8
        relu2  16×24×24           0          0              8×8
        pool2  16×12×12           0          0            10×10
        conv3  32×12×12       4,640    663,552            18×18
        relu3  32×12×12           0          0            18×18
        conv4  32×12×12       9,248  1,327,104            26×26
        relu4  32×12×12           0          0            26×26
        head   16×12×12         528     73,728            26×26

    Parameters
    ----------
    n_classes : int
        Kinds of object, without background.
    """

    def __init__(self, n_classes: int = 3) -> None:
        self.n_classes = n_classes
        super().__init__(
            OrderedDict(
                conv1=nn.Conv2d(1, 8, 3, padding=1),
                relu1=nn.ReLU(),
                pool1=nn.MaxPool2d(2),
                conv2=nn.Conv2d(8, 16, 3, padding=1),
                relu2=nn.ReLU(),
                pool2=nn.MaxPool2d(2),
                conv3=nn.Conv2d(16, 32, 3, padding=1),
                relu3=nn.ReLU(),
                conv4=nn.Conv2d(32, 32, 3, padding=1),
                relu4=nn.ReLU(),
                head=nn.Conv2d(32, len(SIDES) * (1 + n_classes + 4), 1),
            )
        )

    @classmethod
    def pretrained(cls) -> SmallDetector:
        """Return the detector of squares, discs and triangles with the weights that ship with it.

        They were trained on `cnnbook.data.object_scenes`, and rounded; the file says how.
        """
        return _with_stored_weights(cls(), "object_scenes")

    def anchors(self, x: Tensor) -> Tensor:
        """Return the anchors of a batch of images, (cells · 2, 4): top, left, bottom, right.

        The order is row, column, size, as in what `answers` returns.

        Examples
        --------
        >>> SmallDetector().anchors(torch.zeros(1, 1, 8, 8))[:2].tolist()
        [[-2.5, -2.5, 6.5, 6.5], [-5.0, -5.0, 9.0, 9.0]]
        """
        rows, columns = (
            torch.arange(n // STRIDE, dtype=x.dtype, device=x.device) for n in x.shape[-2:]
        )
        centre = STRIDE * torch.cartesian_prod(rows, columns)[:, None] + STRIDE / 2
        half = torch.tensor(SIDES, dtype=x.dtype, device=x.device)[None, :, None] / 2
        return torch.cat([centre - half, centre + half], dim=2).reshape(-1, 4)

    def answers(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return each anchor's logits (N, A, 1 + classes) and offsets (N, A, 4)."""
        maps = self(x).movedim(1, -1)  # channels last: the numbers of a cell side by side
        each = maps.reshape(len(x), -1, 1 + self.n_classes + 4)
        return each[..., :-4], each[..., -4:]

    @torch.no_grad()
    def found(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what every anchor found, before any of it is thrown away.

        Parameters
        ----------
        x : Tensor, shape (N, 1, height, width)

        Returns
        -------
        boxes : Tensor, shape (N, A, 4)
            Top, left, bottom, right, cut at the image's border.
        scores : Tensor, shape (N, A)
            The probability that there is an object at all, from 0 to 1.
        labels : Tensor, shape (N, A)
            Its likeliest class, from 1.
        """
        logits, offsets = self.answers(x)
        boxes = decode(offsets, self.anchors(x)).clamp(min=0)
        boxes = boxes.minimum(boxes.new_tensor([*x.shape[-2:], *x.shape[-2:]]))
        probabilities = logits.softmax(dim=2)
        return boxes, 1 - probabilities[..., 0], probabilities[..., 1:].argmax(dim=2) + 1

    def loss(self, x: Tensor, boxes: Tensor, labels: Tensor) -> Tensor:
        """Return what to make small: cross-entropy of classes, smooth L1 of offsets.

        Parameters
        ----------
        x : Tensor, shape (N, 1, height, width)
        boxes : Tensor, shape (N, M, 4)
        labels : Tensor of int64, shape (N, M)
            0 where there is no box.

        Returns
        -------
        Tensor
            One number: both losses summed over anchors, per anchor that stands for an object.
        """
        anchors = self.anchors(x)
        chosen = [assign(anchors, b[k > 0], k[k > 0]) for b, k in zip(boxes, labels, strict=True)]
        classes, targets = (torch.stack(part) for part in zip(*chosen, strict=True))
        logits, offsets = self.answers(x)
        positive = classes > 0
        of_class = F.cross_entropy(
            logits.transpose(1, 2), classes, ignore_index=UNDECIDED, reduction="sum"
        )
        of_box = F.smooth_l1_loss(offsets[positive], targets[positive], beta=0.1, reduction="sum")
        return (of_class + of_box) / positive.sum().clamp(min=1)


UNDECIDED = -1  # an anchor that touches an object without covering it well is not asked


def assign(anchors: Tensor, boxes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Say what each anchor should answer: a class, and the offsets of its box.

    An anchor stands for the box with which its IoU is largest, if that is 0.5 or more; below 0.4
    it is background, and between it is not asked. The best anchor of a box stands for it in any
    case, so that no box goes without.

    Parameters
    ----------
    anchors : Tensor, shape (A, 4)
    boxes : Tensor, shape (M, 4)
    labels : Tensor of int64, shape (M,)
        From 1.

    Returns
    -------
    classes : Tensor of int64, shape (A,)
        0 for background, −1 for an anchor that is not asked.
    offsets : Tensor, shape (A, 4)
        0 where there is no object.
    """
    classes = anchors.new_zeros(len(anchors), dtype=torch.int64)
    if not len(boxes):
        return classes, torch.zeros_like(anchors)
    boxes = boxes.to(anchors.dtype)
    overlap = _iou(anchors, boxes)
    best, of_box = overlap.max(dim=1)
    first = overlap.argmax(dim=0)  # of each box, its best anchor
    best[first] = 1.0
    of_box[first] = torch.arange(len(boxes), device=boxes.device)
    classes[best >= 0.4] = UNDECIDED
    object_ = best >= 0.5
    classes[object_] = labels[of_box[object_]]
    return classes, encode(boxes[of_box], anchors) * object_[:, None]


def encode(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Write boxes (…, 4) as offsets from anchors (…, 4).

    The first two are how far the centre lies from the anchor's, in heights and widths of the
    anchor; the last two the logarithm of how much higher and wider the box is.

    Examples
    --------
    >>> anchor, box = torch.tensor([0.0, 0, 8, 8]), torch.tensor([2.0, 0, 10, 8])
    >>> encode(box, anchor)
    tensor([0.2500, 0.0000, 0.0000, 0.0000])
    """
    centre, size = _centre_and_size(boxes)
    anchor_centre, anchor_size = _centre_and_size(anchors)
    return torch.cat([(centre - anchor_centre) / anchor_size, (size / anchor_size).log()], dim=-1)


def decode(offsets: Tensor, anchors: Tensor) -> Tensor:
    """Return the boxes (…, 4) that offsets from anchors mean: `encode` backwards.

    Examples
    --------
    >>> decode(torch.tensor([0.25, 0, 0, 0]), torch.tensor([0.0, 0, 8, 8]))
    tensor([ 2.,  0., 10.,  8.])
    """
    anchor_centre, anchor_size = _centre_and_size(anchors)
    centre = anchor_centre + offsets[..., :2] * anchor_size
    half = offsets[..., 2:].exp() * anchor_size / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def _centre_and_size(boxes: Tensor) -> tuple[Tensor, Tensor]:
    begin, end = boxes[..., :2], boxes[..., 2:]
    return (begin + end) / 2, end - begin


def _iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """Return intersection over union, (A, M), as `cnnbook.detection.box_iou` does."""
    first, second = boxes1[:, None], boxes2[None]
    begin, end = first[..., :2].maximum(second[..., :2]), first[..., 2:].minimum(second[..., 2:])
    shared = (end - begin).clamp(min=0).prod(dim=2)
    areas: Any = [(boxes[..., 2:] - boxes[..., :2]).prod(dim=2) for boxes in (first, second)]
    return shared / (areas[0] + areas[1] - shared)
