"""The one-stage detector: anchors, offsets, what it is taught, and what its weights find."""

import json
from importlib import resources

import numpy as np
import pytest
import torch

from cnnbook.data import object_scenes
from cnnbook.detection import average_precision, box_iou, match_boxes, nms
from cnnbook.nets import SmallDetector, initialize
from cnnbook.nets.detector import UNDECIDED, assign, decode, encode


def test_anchors_stand_around_the_cells_in_the_order_of_the_answers():
    model = SmallDetector(n_classes=2).double()
    x = torch.zeros(3, 1, 8, 12, dtype=torch.float64)
    anchors = model.anchors(x).reshape(2, 3, 2, 4)
    assert anchors[1, 2, 0].tolist() == [6 - 4.5, 10 - 4.5, 6 + 4.5, 10 + 4.5]
    assert anchors[0, 1, 1].tolist() == [2 - 7, 6 - 7, 2 + 7, 6 + 7]
    maps = torch.arange(3 * 14 * 2 * 3, dtype=torch.float64).reshape(3, 14, 2, 3)
    model.forward = lambda x: maps
    logits, offsets = model.answers(x)
    assert logits.shape == (3, 12, 3)
    at = (1 * 3 + 2) * 2 + 1  # row 1, column 2, second anchor
    assert logits[2, at].tolist() == maps[2, 7:10, 1, 2].tolist()
    assert offsets[2, at].tolist() == maps[2, 10:14, 1, 2].tolist()


def test_decode_undoes_encode():
    rng = np.random.default_rng(0)
    begin, size = rng.uniform(-50, 50, (2, 500, 2)), rng.uniform(1, 30, (2, 500, 2))
    box, anchor = torch.from_numpy(np.concatenate([begin, begin + size], axis=2))
    torch.testing.assert_close(decode(encode(box, anchor), anchor), box)
    torch.testing.assert_close(encode(anchor, anchor), torch.zeros(500, 4).double())


def test_assignment_follows_iou_and_leaves_no_box_out():
    model, rng = SmallDetector().double(), np.random.default_rng(0)
    scenes = object_scenes(40, rng)
    anchors = model.anchors(torch.zeros(1, 1, 48, 48, dtype=torch.float64))
    for boxes, labels in zip(scenes.boxes, scenes.labels, strict=True):
        boxes, labels = boxes[labels > 0].astype(float), labels[labels > 0]
        classes, offsets = assign(anchors, torch.from_numpy(boxes), torch.from_numpy(labels))
        overlap = box_iou(anchors.numpy(), boxes)
        best = overlap.max(axis=1)
        forced = np.isin(np.arange(len(best)), overlap.argmax(axis=0))
        assert (classes.numpy()[best >= 0.5] > 0).all()
        assert (classes.numpy()[(best >= 0.4) & (best < 0.5) & ~forced] == UNDECIDED).all()
        assert (classes.numpy()[(best < 0.4) & ~forced] == 0).all()
        assert (classes.numpy()[forced] > 0).all()
        meant = decode(offsets, anchors)[classes > 0].numpy()
        which = box_iou(meant, boxes)
        np.testing.assert_allclose(which.max(axis=1), 1)  # each encodes a box, and every box is one
        assert set(which.argmax(axis=1)) == set(range(len(boxes)))
        assert (labels[which.argmax(axis=1)] == classes.numpy()[classes > 0]).all()
        assert not offsets[classes <= 0].any()


def test_a_picture_without_objects_is_all_background():
    classes, offsets = assign(torch.ones(3, 4), torch.zeros(0, 4), torch.zeros(0).long())
    assert classes.tolist() == [0, 0, 0]
    assert not offsets.any()


def test_a_step_makes_the_loss_smaller():
    scenes = object_scenes(8, np.random.default_rng(0))
    batch = [torch.from_numpy(part) for part in (scenes.images, scenes.boxes, scenes.labels)]
    model = initialize(SmallDetector(), 0)
    before = model.loss(*batch)
    before.backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())
    with torch.no_grad():
        for p in model.parameters():
            p -= 1e-3 * p.grad
    assert model.loss(*batch) < before


def test_what_is_found_is_cut_at_the_border_and_scored():
    scenes = object_scenes(8, np.random.default_rng(0))
    boxes, scores, labels = initialize(SmallDetector(), 0).found(torch.from_numpy(scenes.images))
    assert boxes.shape == (8, 288, 4)
    assert boxes.min() >= 0
    assert boxes.max() <= 48
    assert ((scores >= 0) & (scores <= 1)).all()
    assert set(labels.unique().tolist()) <= {1, 2, 3}


def test_the_shipped_weights_find_what_their_file_says():
    file = resources.files("cnnbook") / "nets" / "weights" / "object_scenes.json"
    assert len(file.read_bytes()) <= 130_000
    stored = json.loads(file.read_text(encoding="utf-8"))
    values = np.concatenate([np.ravel(v) for v in stored["state_dict"].values()])
    np.testing.assert_array_equal(values, values.round(stored["decimals"]))
    assert len(values) == 15_664
    assert {"made_by", "trained_on", "recipe", "seed", "torch"} <= set(stored)
    scenes = object_scenes(200, np.random.default_rng(7))
    found = SmallDetector.pretrained().found(torch.from_numpy(scenes.images))
    boxes, scores, labels = (part.numpy() for part in found)
    hits, sure, right = [], [], []
    for i, here in enumerate(scenes.labels):
        kept = nms(boxes[i], scores[i], 0.3)
        matched = match_boxes(
            boxes[i][kept], scores[i][kept], scenes.boxes[i][here > 0].astype(np.float32)
        )
        hits.append(matched >= 0)
        sure.append(scores[i][kept])
        right += list(labels[i][kept][matched >= 0] == here[matched[matched >= 0]])
    n_true = int((scenes.labels > 0).sum())
    found_share = 100 * average_precision(np.concatenate(hits), np.concatenate(sure), n_true)
    assert found_share == pytest.approx(stored["test_average_precision_percent"], abs=2)
    assert np.mean(right) > 0.9
