import numpy as np
import pytest

from cnnbook.data import multispectral_patches, object_scenes, shape_scenes, token_strings, tones
from cnnbook.data.scenes import BANDS, MATERIALS, MOTIF, SAMPLE_RATE, SHAPES, SPECTRA, TONES
from cnnbook.detection import box_iou

GENERATORS = [shape_scenes, object_scenes, tones, token_strings, multispectral_patches]


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("generate", GENERATORS)
def test_a_seed_repeats_and_another_differs(generate):
    first, again, other = generate(20, rng()), generate(20, rng()), generate(20, rng(1))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("generate", GENERATORS)
def test_types_and_balance(generate):
    x, y, *_ = generate(600, rng())
    assert x.dtype == (np.int64 if generate is token_strings else np.float32)
    assert y.dtype == np.int64
    _, counts = np.unique(y[y > 0] if generate is object_scenes else y, return_counts=True)
    assert counts.min() > 0.7 * counts.max()


def test_masks_boxes_and_labels_belong_together():
    images, labels, masks, boxes = shape_scenes(300, rng(), side=24, noise=0)
    assert images.shape == (300, 1, 24, 24)
    assert set(labels) == {1, 2, 3}
    for image, label, mask, (top, left, bottom, right) in zip(
        images[:, 0], labels, masks, boxes, strict=True
    ):
        assert set(np.unique(mask)) == {0, label}
        rows, columns = np.nonzero(mask)
        assert (top, left) == (rows.min(), columns.min())
        assert (bottom, right) == (rows.max() + 1, columns.max() + 1)
        assert top > 0
        assert bottom < 24
        assert image[mask > 0].min() >= 0.6
        assert image[mask == 0].max() <= 0.4


def test_each_shape_fills_its_share_of_its_box():
    _, labels, masks, boxes = shape_scenes(300, rng(), side=128)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    share = (masks > 0).sum(axis=(1, 2)) / area
    for shape, expected in zip(range(1, len(SHAPES)), (1, np.pi / 4, 0.5), strict=True):
        np.testing.assert_allclose(share[labels == shape], expected, atol=0.06)


def test_several_objects_have_boxes_and_keep_apart():
    images, labels, masks, boxes = object_scenes(200, rng(), side=40, most=3, noise=0)
    assert images.shape == (200, 1, 40, 40)
    assert labels.shape == (200, 3)
    assert set((labels > 0).sum(axis=1)) == {1, 2, 3}
    assert not boxes[labels == 0].any()
    for image, label, mask, box in zip(images[:, 0], labels, masks, boxes, strict=True):
        assert (label[:-1] >= (label[1:] > 0)).all()  # no gaps
        true = box[label > 0]
        size = true[:, 2:] - true[:, :2]
        assert size.min() >= 7
        assert size.max() <= 17
        assert true.min() > 0
        assert true.max() < 40
        overlap = box_iou(true, true) - np.eye(len(true))
        assert overlap.max() <= 0.2
        assert image[mask > 0].min() >= 0.6
        assert image[mask == 0].max() <= 0.4
        front = true[-1]  # nothing lies before the last shape
        rows, columns = np.nonzero(
            mask[front[0] : front[2], front[1] : front[3]] == label[label > 0][-1]
        )
        assert (rows.min(), columns.min()) == (0, 0)
        inside = np.zeros_like(mask, bool)
        for top, left, bottom, right in true:
            inside[top:bottom, left:right] = True
        assert not mask[~inside].any()


def test_objects_may_overlap_if_asked_and_are_left_out_where_there_is_no_room():
    close = object_scenes(300, rng(), overlap=1.0)
    overlap = max(
        (box_iou(b[k > 0], b[k > 0]) - np.eye((k > 0).sum())).max()
        for k, b in zip(close.labels, close.boxes, strict=True)
    )
    assert overlap > 0.5
    full = object_scenes(20, rng(), side=32, most=40, overlap=0.0)
    assert (full.labels > 0).sum(axis=1).max() < 20


def test_noise_keeps_the_grey_values_in_range():
    images = shape_scenes(10, rng(), noise=1.0).images
    assert images.min() == 0
    assert images.max() == 1


def test_tones_hold_the_frequencies_of_their_class():
    sounds, labels = tones(200, rng(), noise=0)
    assert sounds.shape == (200, 1, 2000)
    for sound, label in zip(sounds[:, 0], labels, strict=True):
        heard = np.flatnonzero(sound)
        tone = sound[heard[0] : heard[-1] + 1]
        heights = []
        for part in np.array_split(tone, 4):
            spectrum = abs(np.fft.rfft(part, 4000))
            heights.append(spectrum.argmax() * SAMPLE_RATE / 4000)
        first, second = heights[0], heights[-1]
        if TONES[label] in ("low", "high"):
            assert first == pytest.approx(second, abs=30)
            assert (first < 500) == (TONES[label] == "low")
        else:
            assert (second > first) == (TONES[label] == "rising")
            assert abs(second - first) > 300


@pytest.mark.parametrize(("length", "vocabulary"), [(20, 10), (4, 5), (3, 5)])
def test_the_motif_is_in_class_1_alone(length, vocabulary):
    tokens, labels = token_strings(500, rng(), length, vocabulary)
    assert tokens.shape == (500, length)
    assert tokens.min() == 0 or length == 3
    assert tokens.max() < vocabulary
    motif = ",".join(map(str, MOTIF))
    held = ["," + ",".join(map(str, string)) + "," for string in tokens.tolist()]
    assert [f",{motif}," in text for text in held] == labels.astype(bool).tolist()


def test_counting_tokens_does_not_solve_the_strings():
    tokens, labels = token_strings(4000, rng())
    counts = np.stack([np.bincount(string, minlength=10) for string in tokens])
    difference = counts[labels == 1].mean(axis=0) - counts[labels == 0].mean(axis=0)
    assert abs(difference).max() < 0.15


def test_patches_are_spectra_times_light():
    patches, materials = multispectral_patches(20, rng(), noise=0)
    assert patches.shape == (20, len(BANDS), 16, 16)
    assert materials.shape == (20, 16, 16)
    assert SPECTRA.shape == (len(MATERIALS), len(BANDS))
    light = patches.transpose(0, 2, 3, 1) / SPECTRA[materials]
    np.testing.assert_allclose(light, light[..., :1].repeat(6, axis=-1), rtol=1e-5)
    assert light.min() >= 0.4
    assert light.max() <= 1.6


def test_patches_are_regions_not_scattered_pixels():
    _, materials = multispectral_patches(50, rng())
    assert (materials[:, 1:] == materials[:, :-1]).mean() > 0.8


@pytest.mark.parametrize(
    ("generate", "options", "error", "message"),
    [
        *[(g, {"n": 0}, ValueError, "n is 0; expected at least 1") for g in GENERATORS],
        *[(g, {"rng": 0}, TypeError, "rng is a int; expected a NumPy gen") for g in GENERATORS],
        (shape_scenes, {"side": 11}, ValueError, "side is 11; expected at least 12"),
        (shape_scenes, {"noise": -1.0}, ValueError, "noise is -1.0; expected a number from 0"),
        (object_scenes, {"side": 31}, ValueError, "side is 31; expected at least 32"),
        (object_scenes, {"most": 0}, ValueError, "most is 0; expected at least 1"),
        (object_scenes, {"noise": -1.0}, ValueError, "noise is -1.0; expected a number from 0"),
        (object_scenes, {"overlap": 1.5}, ValueError, "overlap is 1.5; expected a number from 0"),
        (tones, {"length": 99}, ValueError, "length is 99; expected at least 100"),
        (tones, {"noise": float("nan")}, ValueError, "noise is nan"),
        (token_strings, {"length": 2}, ValueError, "length is 2; expected at least 3"),
        (token_strings, {"vocabulary": 4}, ValueError, "vocabulary is 4; expected at least 5"),
        (multispectral_patches, {"side": 3}, ValueError, "side is 3; expected at least 4"),
        (multispectral_patches, {"noise": -1.0}, ValueError, "noise is -1.0"),
    ],
)
def test_refusals(generate, options, error, message):
    with pytest.raises(error, match=f"{generate.__name__}: {message}"):
        generate(**{"n": 2, "rng": rng()} | options)
