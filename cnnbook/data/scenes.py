"""Generated data for tasks beyond digits: shapes, tones, token strings, multispectral patches.

Each function draws everything from the generator it is given, so a seed gives the same arrays.
The tasks are small enough to learn in seconds, and each one needs what its chapter is about.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbook.arguments.checks import integer

SHAPES = ("background", "square", "disc", "triangle")
TONES = ("low", "high", "rising", "falling")
SAMPLE_RATE = 8000  # samples per second
MOTIF = (3, 1, 4)
BANDS = ("blue", "green", "red", "red edge", "near infrared", "shortwave infrared")
MATERIALS = ("water", "soil", "vegetation")
# Share of the light that each material returns in each band: schematic, not measured. Only the
# ratios between the bands tell vegetation from soil, as they do in nature.
SPECTRA = np.array(
    [
        [0.08, 0.07, 0.05, 0.04, 0.02, 0.01],
        [0.10, 0.15, 0.20, 0.24, 0.28, 0.36],
        [0.04, 0.09, 0.05, 0.22, 0.46, 0.22],
    ]
)


class ShapeScenes(NamedTuple):
    """Pictures of one shape each, and what a network can be asked about them.

    Attributes
    ----------
    images : ndarray of float32, shape (N, 1, side, side)
        Grey values from 0 to 1.
    labels : ndarray of int64, shape (N,)
        The shape: 1 square, 2 disc, 3 triangle, as in `SHAPES`.
    masks : ndarray of int64, shape (N, side, side)
        The class of each pixel; 0 is background.
    boxes : ndarray of int64, shape (N, 4)
        The smallest box around the shape: first row, first column, row after the last, column
        after the last.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    masks: NDArray[np.int64]
    boxes: NDArray[np.int64]


def shape_scenes(
    n: int, rng: np.random.Generator, side: int = 32, noise: float = 0.1
) -> ShapeScenes:
    """Draw noisy pictures of a square, a disc or a triangle at a random place and size.

    Parameters
    ----------
    n : int
        How many pictures.
    rng : numpy.random.Generator
    side : int
        Height and width in pixels, at least 12.
    noise : float
        Standard deviation of the grey values' noise.

    Returns
    -------
    ShapeScenes
        `images`, `labels`, `masks` and `boxes`.

    Raises
    ------
    ValueError, TypeError
        If an argument is out of range or of a wrong kind.

    Examples
    --------
    >>> import numpy as np
    >>> scenes = shape_scenes(2, np.random.default_rng(0))
    >>> scenes.images.shape, scenes.masks.shape, scenes.boxes.shape
    ((2, 1, 32, 32), (2, 32, 32), (2, 4))
    """
    _check("shape_scenes", n, rng)
    integer("shape_scenes", "side", side, 12)
    _check_noise("shape_scenes", noise)
    labels = rng.integers(1, len(SHAPES), size=n)
    radius = rng.uniform(side / 8, side / 4, size=n)
    centres = rng.uniform(radius, side - 1 - radius, size=(2, n))
    down, right = (np.indices((side, side))[:, None] - centres[:, :, None, None]).astype(float)
    r = radius[:, None, None]
    inside = _inside(down, right, r)[labels - 1, np.arange(n)]
    dark, bright = rng.uniform(0, 0.4, size=(n, 1, 1)), rng.uniform(0.6, 1, size=(n, 1, 1))
    grey = np.where(inside, bright, dark) + rng.normal(0, noise, size=inside.shape)
    images = np.clip(grey, 0, 1)[:, np.newaxis].astype(np.float32)
    return ShapeScenes(images, labels, inside * labels[:, None, None], _boxes(inside))


class ObjectScenes(NamedTuple):
    """Pictures of several shapes each, with a box for every shape and a class for every pixel.

    Attributes
    ----------
    images : ndarray of float32, shape (N, 1, side, side)
        Grey values from 0 to 1.
    labels : ndarray of int64, shape (N, most)
        The shapes: 1 square, 2 disc, 3 triangle, as in `SHAPES`. 0 where a picture has fewer.
    masks : ndarray of int64, shape (N, side, side)
        The class of each pixel; 0 is background. Of two shapes, the later lies in front.
    boxes : ndarray of int64, shape (N, most, 4)
        The smallest box around each shape, its hidden part included: first row, first column, row
        after the last, column after the last. Zeros where a picture has fewer.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    masks: NDArray[np.int64]
    boxes: NDArray[np.int64]


def object_scenes(
    n: int,
    rng: np.random.Generator,
    side: int = 48,
    most: int = 4,
    noise: float = 0.1,
    overlap: float = 0.2,
) -> ObjectScenes:
    """Draw noisy pictures of one or more squares, discs and triangles, about 8 to 16 pixels wide.

    Parameters
    ----------
    n : int
        How many pictures.
    rng : numpy.random.Generator
    side : int
        Height and width in pixels, at least 32.
    most : int
        The largest number of shapes in a picture; each number from 1 on is as likely.
    noise : float
        Standard deviation of the grey values' noise.
    overlap : float
        The largest intersection over union of two boxes of a picture, from 0 to 1. A shape for
        which no place is found in fifty tries is left out.

    Returns
    -------
    ObjectScenes
        `images`, `labels`, `masks` and `boxes`.

    Raises
    ------
    ValueError, TypeError
        If an argument is out of range or of a wrong kind.

    Examples
    --------
    >>> import numpy as np
    >>> scenes = object_scenes(2, np.random.default_rng(3))
    >>> scenes.images.shape, scenes.boxes.shape
    ((2, 1, 48, 48), (2, 4, 4))
    >>> scenes.labels
    array([[1, 0, 0, 0],
           [1, 2, 0, 0]])
    """
    _check("object_scenes", n, rng)
    integer("object_scenes", "side", side, 32)
    integer("object_scenes", "most", most, 1)
    _check_noise("object_scenes", noise)
    if not 0 <= overlap <= 1:
        raise ValueError(f"object_scenes: overlap is {overlap!r}; expected a number from 0 to 1")
    images = np.empty((n, side, side))
    labels, masks = np.zeros((n, most), np.int64), np.zeros((n, side, side), np.int64)
    boxes = np.zeros((n, most, 4), np.int64)
    for image, label, mask, box in zip(images, labels, masks, boxes, strict=True):
        image[:] = rng.uniform(0, 0.4)
        placed = 0
        for _ in range(rng.integers(1, most, endpoint=True)):
            kind, inside, around = _free_place(box[:placed], rng, side, overlap)
            if kind:
                image[inside], mask[inside] = rng.uniform(0.6, 1), kind
                label[placed], box[placed] = kind, around
                placed += 1
    grey = np.clip(images + rng.normal(0, noise, size=images.shape), 0, 1)
    return ObjectScenes(grey[:, np.newaxis].astype(np.float32), labels, masks, boxes)


def _free_place(
    others: NDArray[np.int64], rng: np.random.Generator, side: int, overlap: float
) -> tuple[int, NDArray[np.bool_], NDArray[np.int64]]:
    """Draw a shape until its box leaves the others free enough; 0 for the shape if none does."""
    for _ in range(50):
        kind = int(rng.integers(1, len(SHAPES)))
        r = rng.uniform(4, 8)
        down, right = np.indices((side, side)) - rng.uniform(r, side - 1 - r, size=(2, 1, 1))
        inside = _inside(down, right, r)[kind - 1]
        (box,) = _boxes(inside[np.newaxis])
        if all(_overlap(box, other) <= overlap for other in others):
            return kind, inside, box
    return 0, inside, box


def _overlap(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Return intersection over union."""
    shared = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    return float(shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared))


def _inside(
    down: NDArray[np.float64], right: NDArray[np.float64], r: NDArray[np.float64] | float
) -> NDArray[np.bool_]:
    """Say which pixels lie in a square, a disc and a triangle of this half side."""
    square = np.maximum(abs(down), abs(right)) <= r
    disc = down**2 + right**2 <= r**2
    triangle = (abs(down) <= r) & (2 * abs(right) <= down + r)  # the tip is above
    each: NDArray[np.bool_] = np.array([square, disc, triangle])
    return each


def _boxes(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    edges = []
    for axis in (2, 1):  # rows that hold the shape, then columns
        held = np.asarray(inside.any(axis=axis))
        first = held.argmax(axis=1)
        after = held.shape[1] - held[:, ::-1].argmax(axis=1)
        edges.append((first, after))
    (top, bottom), (left, right) = edges
    return np.stack([top, left, bottom, right], axis=1).astype(np.int64)


def tones(
    n: int, rng: np.random.Generator, length: int = 2000, noise: float = 0.3
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Make short sounds: a low or a high tone, or one that rises or falls between the two.

    Pitch, loudness, phase and onset vary; the tone lasts half of the recording. A rising and a
    falling tone hold the same frequencies, so their order decides.

    Parameters
    ----------
    n : int
        How many sounds.
    rng : numpy.random.Generator
    length : int
        Samples of a sound, at least 100, at `SAMPLE_RATE` samples per second.
    noise : float
        Standard deviation of the noise; the tone's amplitude is 0.5 to 1.

    Returns
    -------
    sounds : ndarray of float32, shape (n, 1, length)
    labels : ndarray of int64, shape (n,)
        Index into `TONES`.

    Raises
    ------
    ValueError, TypeError
        If an argument is out of range or of a wrong kind.
    """
    _check("tones", n, rng)
    integer("tones", "length", length, 100)
    _check_noise("tones", noise)
    labels = rng.integers(len(TONES), size=n)
    low, high = rng.uniform(350, 450, size=n), rng.uniform(1400, 1800, size=n)  # hertz
    start = np.choose(labels, [low, high, low, high])[:, np.newaxis]
    end = np.choose(labels, [low, high, high, low])[:, np.newaxis]
    duration = length // 2
    progress = np.arange(duration) / duration
    # The phase is the integral of the frequency, which goes from start to end in a line.
    cycles = (start * progress + (end - start) * progress**2 / 2) * duration / SAMPLE_RATE
    wave = np.sin(2 * np.pi * (cycles + rng.uniform(size=(n, 1))))
    wave *= rng.uniform(0.5, 1, size=(n, 1)) * np.hanning(duration) ** 0.25  # no clicks
    sounds = rng.normal(0, noise, size=(n, length))
    onsets = rng.integers(length - duration, size=n, endpoint=True)
    for sound, tone, onset in zip(sounds, wave, onsets, strict=True):
        sound[onset : onset + duration] += tone
    return sounds[:, np.newaxis].astype(np.float32), labels


def token_strings(
    n: int, rng: np.random.Generator, length: int = 20, vocabulary: int = 10
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Make strings of tokens; those of class 1 hold `MOTIF` somewhere, in order and unbroken.

    Strings of class 0 hold the same three tokens side by side in another order, so that counting
    tokens does not solve the task. Recognising these other orders does: a network may learn what
    class 0 has in place of what class 1 has.

    Parameters
    ----------
    n : int
        How many strings.
    rng : numpy.random.Generator
    length : int
        Tokens in a string, at least 3.
    vocabulary : int
        Tokens are 0 to `vocabulary` − 1; at least 5, because the motif uses token 4.

    Returns
    -------
    tokens : ndarray of int64, shape (n, length)
    labels : ndarray of int64, shape (n,)

    Raises
    ------
    ValueError, TypeError
        If an argument is out of range or of a wrong kind.
    """
    _check("token_strings", n, rng)
    integer("token_strings", "length", length, len(MOTIF))
    integer("token_strings", "vocabulary", vocabulary, max(MOTIF) + 1)
    labels = rng.integers(2, size=n)
    motif = np.array(MOTIF)
    others = np.array([motif[[0, 2, 1]], motif[[1, 0, 2]], motif[[2, 1, 0]]])
    tokens = rng.integers(vocabulary, size=(n, length))
    # The first tokens draw again until no string holds the motif by chance.
    while (by_chance := _holds(tokens, motif)).any():
        tokens[by_chance] = rng.integers(vocabulary, size=(by_chance.sum(), length))
    for string, label in zip(tokens, labels, strict=True):
        planted = motif if label else others[rng.integers(len(others))]
        place = rng.integers(length - len(motif), endpoint=True)
        before = string.copy()
        string[place : place + len(motif)] = planted
        while _holds(string[np.newaxis], motif)[0] != label:  # its neighbours completed the motif
            string[:] = before
            place = rng.integers(length - len(motif), endpoint=True)
            string[place : place + len(motif)] = planted
    return tokens, labels


def _holds(tokens: NDArray[np.int64], motif: NDArray[np.int64]) -> NDArray[np.bool_]:
    windows = np.lib.stride_tricks.sliding_window_view(tokens, len(motif), axis=1)
    found: NDArray[np.bool_] = (windows == motif).all(axis=2).any(axis=1)
    return found


def multispectral_patches(
    n: int, rng: np.random.Generator, side: int = 16, noise: float = 0.01
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Make patches of land seen in six bands, each pixel water, soil or vegetation.

    The land is divided among a few random centres, each pixel to the nearest. Its values are the
    material's spectrum times the light, which varies from pixel to pixel, plus noise: brightness
    tells little, the ratios between the bands tell the material.

    Parameters
    ----------
    n : int
        How many patches.
    rng : numpy.random.Generator
    side : int
        Height and width in pixels, at least 4.
    noise : float
        Standard deviation of the sensor's noise.

    Returns
    -------
    patches : ndarray of float32, shape (n, 6, side, side)
        The channels are `BANDS`.
    materials : ndarray of int64, shape (n, side, side)
        Index into `MATERIALS` for each pixel.

    Raises
    ------
    ValueError, TypeError
        If an argument is out of range or of a wrong kind.
    """
    _check("multispectral_patches", n, rng)
    integer("multispectral_patches", "side", side, 4)
    _check_noise("multispectral_patches", noise)
    n_centres = 5
    centres = rng.uniform(0, side - 1, size=(n, n_centres, 2, 1, 1))
    distance = ((np.indices((side, side)) - centres) ** 2).sum(axis=2)
    owner = distance.argmin(axis=1)
    material_of = rng.integers(len(MATERIALS), size=(n, n_centres))
    materials = np.take_along_axis(material_of, owner.reshape(n, -1), axis=1)
    materials = materials.reshape(n, side, side)
    light = rng.uniform(0.4, 1.6, size=(n, 1, side, side))
    patches = SPECTRA[materials].transpose(0, 3, 1, 2) * light
    patches += rng.normal(0, noise, size=patches.shape)
    return patches.astype(np.float32), materials


def _check(function: str, n: int, rng: np.random.Generator) -> None:
    integer(function, "n", n, 1)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{function}: rng is a {type(rng).__name__}; "
            "expected a NumPy generator such as np.random.default_rng(0)"
        )


def _check_noise(function: str, noise: float) -> None:
    if not 0 <= noise < float("inf"):
        raise ValueError(f"{function}: noise is {noise!r}; expected a number from 0")
