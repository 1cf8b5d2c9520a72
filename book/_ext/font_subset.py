"""Cut a font to the characters that are shown."""

from __future__ import annotations

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont


def cut(source: Path, codes: set[int]) -> TTFont:
    """Return a font with the glyphs of these code points, in the WOFF format, to be closed."""
    options = subset.Options(name_IDs=["*"], layout_features=[], recalc_timestamp=False)
    options.drop_tables += ["FFTM"]  # when the font's maker saved it
    font: TTFont = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.flavor = "woff"
    return font
