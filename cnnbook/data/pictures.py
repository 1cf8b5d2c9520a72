"""A user's picture file, opened without starting anything.

Pillow chooses by a file's first bytes, not by its name, and for some formats calls other
programs: what is named `digit.png` may be PostScript, which Ghostscript would run. Here only
formats are opened that Pillow decodes by itself.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MOST_PIXELS = 100_000_000  # a picture of more is refused before it is unpacked
LONG_SIDE = 800  # larger pictures are made smaller: no digit needs more


def read_grey(path: Path) -> NDArray[np.float64]:
    """Read a picture file in grey, turned as its camera says (EXIF), on white where transparent.

    Parameters
    ----------
    path : Path
        A file in one of `FORMATS`. Of an animation, the first picture.

    Returns
    -------
    ndarray of float64, shape (H, W)
        At most 800 pixels high and wide; 0 to 255, or as the file says if it has 16 bits or more.

    Raises
    ------
    OSError
        If there is no such file, it is a folder or cannot be read.
    ValueError
        If it is no picture, a damaged one, one of more than 100 million pixels, or has values
        that are infinite or not a number.
    ImportError
        If Pillow is not installed.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if path.exists() and not path.is_file() and not path.is_dir():
        raise ValueError(f"{path}: a pipe or a device; expected a picture file")
    path.open("rb").close()  # says what is wrong with the path itself
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow: about damaged metadata, about size
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                picture = _on_white(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError as error:
        raise ValueError(f"{path}: a picture of more than {MOST_PIXELS:,} pixels") from error
    except UnidentifiedImageError as error:
        if not path.stat().st_size:
            raise ValueError(f"{path}: an empty file") from error
        raise ValueError(
            f"{path}: not a picture in {', '.join(FORMATS[:-1])} or {FORMATS[-1]} format"
        ) from error
    except Exception as error:  # each format has its own errors for damage
        raise ValueError(f"{path}: a damaged picture ({error})") from error
    if not np.isfinite(np.asarray(picture)).all():
        raise ValueError(f"{path}: a picture with values that are infinite or not a number")
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.BOX)
    return np.asarray(picture, dtype=np.float64)


def _on_white(image: Any) -> Any:
    """Return a Pillow image in grey, its transparent parts on white."""
    from PIL import Image

    if image.has_transparency_data:
        colours = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, colours)
    # 16 bits and more keep their values; all others become 0 to 255.
    return image.convert("F" if image.mode[0] in "IF" else "L").convert("F")
