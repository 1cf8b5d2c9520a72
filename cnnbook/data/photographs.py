"""Two real photographs that ship inside scikit-learn, as arrays in PyTorch's layout.

Both are released under the Creative Commons Attribution 2.0 licence. Nothing is fetched.
"""

from __future__ import annotations

from importlib import resources

import numpy as np
from numpy.typing import NDArray

#: Where each photograph comes from. scikit-learn's own README credits both to danielbuechele;
#: the address that it gives for the flower belongs to the account vultilion.
ATTRIBUTION = {
    "china": "danielbuechele, flickr.com/photos/danielbuechele/6061409035, CC BY 2.0",
    "flower": "vultilion, flickr.com/photos/vultilion/6056698931, CC BY 2.0",
}

#: How much red, green and blue add to perceived brightness (ITU-R Recommendation BT.601).
LUMA_WEIGHTS = (0.299, 0.587, 0.114)


def photograph(name: str = "china") -> NDArray[np.float32]:
    """Return one of scikit-learn's two photographs.

    Parameters
    ----------
    name : str
        "china" (a tower above a lake) or "flower" (a dahlia, close up).

    Returns
    -------
    numpy.ndarray
        Shape (3, 427, 640): channels red, green, blue, then height, then width. float32 from
        0 (dark) to 1 (bright).

    Raises
    ------
    ValueError
        If there is no photograph of that name.

    Examples
    --------
    >>> photograph("china").shape
    (3, 427, 640)
    """
    if name not in ATTRIBUTION:
        raise ValueError(
            f"photograph: there is no photograph named {name!r}; expected one of "
            f"{', '.join(map(repr, ATTRIBUTION))}"
        )
    from PIL import Image

    file = resources.files("sklearn.datasets.images") / f"{name}.jpg"
    with file.open("rb") as stream, Image.open(stream, formats=("JPEG",)) as image:
        height_width_channel = np.asarray(image.convert("RGB"), dtype=np.float32)
    return np.ascontiguousarray(height_width_channel.transpose(2, 0, 1)) / np.float32(255)


def to_grey(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn a colour image into its brightness.

    Parameters
    ----------
    image : numpy.ndarray
        Shape (3, H, W): red, green, blue.

    Returns
    -------
    numpy.ndarray
        Shape (H, W), same dtype: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).

    Raises
    ------
    ValueError
        If the first axis does not have three entries.

    Examples
    --------
    >>> white = np.ones((3, 1, 1), dtype=np.float32)
    >>> round(float(to_grey(white)[0, 0]), 3)
    1.0
    """
    if image.ndim != 3 or image.shape[0] != 3:
        raise ValueError(
            f"to_grey: image has shape {image.shape}; expected (3, H, W), red, green and blue first"
        )
    red, green, blue = (image.dtype.type(weight) for weight in LUMA_WEIGHTS)
    return red * image[0] + green * image[1] + blue * image[2]
