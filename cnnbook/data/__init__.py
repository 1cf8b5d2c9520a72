"""Real and generated data for the book; the heavy libraries load only when a function is called.

Nothing here touches the network, except `mnist(download=True)`.
"""

from cnnbook.data.dataset import Dataset
from cnnbook.data.digits import digits
from cnnbook.data.mnist import mnist
from cnnbook.data.photographs import photograph, to_grey
from cnnbook.data.recorded import recorded, recorded_experiment, recorded_names
from cnnbook.data.scenes import (
    ObjectScenes,
    ShapeScenes,
    multispectral_patches,
    object_scenes,
    shape_scenes,
    token_strings,
    tones,
)

__all__ = [
    "Dataset",
    "ObjectScenes",
    "ShapeScenes",
    "digits",
    "mnist",
    "multispectral_patches",
    "object_scenes",
    "photograph",
    "recorded",
    "recorded_experiment",
    "recorded_names",
    "shape_scenes",
    "to_grey",
    "token_strings",
    "tones",
]
